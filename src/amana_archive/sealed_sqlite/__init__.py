"""A Django database backend: SQLite whose every page is encrypted (SQLCipher)."""
