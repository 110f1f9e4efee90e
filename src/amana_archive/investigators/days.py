"""The day of a picture: as its camera wrote it; else as the name of its folder or file says."""

from __future__ import annotations

import re
from datetime import date

FIRST_YEAR = 1990  # a camera whose clock was never set says an earlier one
_IN_PATH = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_.]?)(\d\d)\2(\d\d)(?!\d)")


def day_of(taken: str, path: str) -> str:
    """ISO, or empty. The last date of a path counts: it is the nearest to the picture."""
    if taken[:4].isdecimal() and int(taken[:4]) >= FIRST_YEAR and is_day(taken[:10]):
        return taken[:10]
    days = ["-".join(m.group(1, 3, 4)) for m in _IN_PATH.finditer(path)]
    return next((d for d in reversed(days) if d >= str(FIRST_YEAR) and is_day(d)), "")


def is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
