"""Small things that pages share."""

from __future__ import annotations

from django.http import HttpRequest

MAX_KEY = 2**62


def number_of(request: HttpRequest, name: str) -> int | None:
    """A whole number from the address; None where there is none or it is no number."""
    text = request.GET.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        return None
    return int(text)
