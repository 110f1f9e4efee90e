"""Search, saved searches, a case in full."""
