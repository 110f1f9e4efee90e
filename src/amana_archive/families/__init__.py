"""Families: the ante-mortem store, reconciliation, meetings, letters."""
