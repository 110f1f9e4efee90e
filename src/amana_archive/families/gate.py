"""The gate before the pages of the store: a liaison, for whose session the store is open."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect

from amana_archive.access.gate import Question, View, asks
from amana_archive.access.models import Person, SignIn
from amana_archive.families import rights
from amana_archive.families.store.openings import Opener, openings

OPEN_PAGE = "/families/open"


def opener(request: HttpRequest) -> Opener:
    """Whose opening it is: this person's, in this session."""
    person: Person = request.person  # type: ignore[attr-defined]
    session: SignIn = request.session_row  # type: ignore[attr-defined]
    return person.pk, session.pk


def asks_open(question: Question, **things: type[Model]) -> Callable[[View], View]:
    """As `access.gate.asks`, for what lies in the store. Whoever is no liaison gets 404; a liaison
    for whom it is closed is asked to open it, whether the thing exists or not."""

    def wrap(view: View) -> View:
        loaded = asks(question, **things)(view)

        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            if not rights.work_with_families(getattr(request, "person", None)):
                raise Http404
            if not openings.is_open_for(opener(request)):
                back = request.get_full_path() if request.method == "GET" else "/families"
                return HttpResponseRedirect(f"{OPEN_PAGE}?next={quote(back)}")
            return loaded(request, **kwargs)

        guarded.policy = question  # type: ignore[attr-defined]
        return guarded

    return wrap
