"""From one day to another, in the index's terms: whole years, else whole months, else days. So a
span of ten years is ten tokens, and the same question serves both databases."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from amana_archive.search.index import Term, filter_token

FIRST, LAST = date(1900, 1, 1), date(2099, 12, 31)


def day_of(text: str) -> date | None:
    """A day as YYYY-MM-DD, also in Arabic-Indic digits; None for anything else."""
    western = "".join(str(int(c)) if c.isdecimal() else c for c in text.strip())
    try:
        return date.fromisoformat(western)
    except ValueError:
        return None


def span(first: date | None, last: date | None) -> list[Term]:
    """The terms of which an item between the two days, both included, has one."""
    start, end = max(first or FIRST, FIRST), min(last or LAST, LAST)
    return [Term(token) for token in _tokens(start, end)] or [Term(filter_token("day", "none"))]


def _tokens(day: date, end: date) -> Iterator[str]:
    while day <= end:
        year_end = date(day.year, 12, 31)
        month_end = day.replace(day=monthrange(day.year, day.month)[1])
        if (day.month, day.day) == (1, 1) and year_end <= end:
            yield filter_token("year", day.year)
            day = year_end
        elif day.day == 1 and month_end <= end:
            yield filter_token("month", f"{day:%Y-%m}")
            day = month_end
        else:
            yield filter_token("day", day.isoformat())
        day += timedelta(days=1)
