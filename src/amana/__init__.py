"""Amana: evidence of atrocities, handed over intact."""

__version__ = "0.1.0"
