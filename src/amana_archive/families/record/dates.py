"""Dates as families know them: a year, a month, a day."""

from __future__ import annotations

import calendar
import re
from datetime import date

from amana.errors import UsageProblem

_FORM = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def partial(text: str) -> str:
    """`text` as YYYY, YYYY-MM or YYYY-MM-DD; empty stays empty. Digits of any script, and / or .
    for the dash. Raises UsageProblem for what is no date."""
    digits = "".join(str(int(c)) if c.isdecimal() else c for c in text.strip())
    found = _FORM.fullmatch(re.sub(r"\s*[/.\-]\s*", "-", digits))
    if not digits:
        return ""
    if found is None:
        raise UsageProblem(what="a date is a year, a year and month, or a whole day: 2012-05-03")
    parts = [int(part) for part in found.groups() if part]
    made = "-".join([f"{parts[0]:04d}", *(f"{part:02d}" for part in parts[1:])])
    try:
        if not _FIRST_YEAR <= parts[0] <= _LAST_YEAR:
            raise ValueError
        span(made)
    except ValueError:
        raise UsageProblem(
            what="a date is a year, a year and month, or a whole day: 2012-05-03"
        ) from None
    return made


def span(text: str) -> tuple[date, date]:
    """The first and the last day that a partial date may mean."""
    year, month, day = (*(int(part) for part in text.split("-")), 0, 0)[:3]
    if not month:
        return date(year, 1, 1), date(year, 12, 31)
    if not day:
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    return date(year, month, day), date(year, month, day)
