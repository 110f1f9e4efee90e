"""Locked, the server shows nothing but its state: no cookie is read, no database asked."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from amana.errors import Locked
from amana_archive.lockup.machine import lockup

OPEN_PATHS = frozenset({"/", "/unlock", "/language"})


class OnlyUnlocked:
    """Every other path leads to the state page, whether it exists or not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            # Only what somebody does on purpose puts the time-out off: not a page left open.
            with lockup().using(touch=request.COOKIES.get("amana") is not None) as opened:
                request.opened = opened  # type: ignore[attr-defined]
                return self._get_response(request)
        except Locked:
            request.opened = None  # type: ignore[attr-defined]
        if request.path in OPEN_PATHS:
            return self._get_response(request)
        return HttpResponseRedirect("/")
