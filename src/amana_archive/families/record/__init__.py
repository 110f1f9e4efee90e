"""Ante-mortem records: intake, names, pictures, consent, rights, erasure."""
