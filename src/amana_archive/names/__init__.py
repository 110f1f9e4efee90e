"""Names of people: Arabic and Latin spellings, compared. Knows no web framework."""

from amana_archive.names.index import LIKELY, Match, NameIndex, compare
from amana_archive.names.reasons import REASONS, Likeness, Reason

__all__ = ["LIKELY", "REASONS", "Likeness", "Match", "NameIndex", "Reason", "compare"]
