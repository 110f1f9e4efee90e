"""Reconciliation: which cases may be this person, why, and what two people found."""
