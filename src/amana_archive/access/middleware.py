"""Who asks: the cookie's session, if it is whole, fresh and of an active person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from amana.errors import AmanaError, Locked
from amana_archive.access import sessions
from amana_archive.access.gate import has_policy
from amana_archive.access.models import Person, Role

HOMES = {
    Role.ADMINISTRATOR.value: "/people",
    Role.REVIEWER.value: "/review",
    Role.LIAISON.value: "/families",
    Role.INVESTIGATOR.value: "/search",
    Role.COURT.value: "/disclosed",
    Role.AUDITOR.value: "/log",
}


def home_of(person: Person) -> str:
    return HOMES[person.role]


class People:
    """Sets `request.session_row` and `request.person`; refuses views that have no policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.person = request.session_row = None  # type: ignore[attr-defined]
        if request.opened is not None:  # type: ignore[attr-defined]
            row = sessions.current(request)
            request.session_row = row  # type: ignore[attr-defined]
            if row is not None and not row.pending:
                request.person = row.person  # type: ignore[attr-defined]
                row.person.remembered = []  # type: ignore[union-attr]
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not has_policy(request.resolver_match):
            raise Http404
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What cannot be recorded is not shown."""
        if isinstance(error, Locked):
            return render(request, "problem.html", {"problem": "locked"}, status=503)
        if isinstance(error, AmanaError):
            context = {"problem": "amana", "error": error}
            return render(request, "problem.html", context, status=503)
        return None
