"""Migrations of evidence."""
