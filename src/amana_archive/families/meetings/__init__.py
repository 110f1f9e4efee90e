"""Disclosure to a family: a meeting that a liaison prepares, holds, and writes down."""
