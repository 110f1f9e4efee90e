"""The gate before the pages of the store: a liaison, for whose session the store is open."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from amana.errors import AmanaError, UsageProblem
from amana_archive.access import throttle
from amana_archive.access.audit import opened
from amana_archive.access.gate import Question, View, asks
from amana_archive.access.models import Person, SignIn
from amana_archive.families import rights
from amana_archive.families.store import making
from amana_archive.families.store.openings import Opener, openings

OPEN_PAGE = "/families/open"
WORDS = "family_passphrase"


def opener(request: HttpRequest) -> Opener:
    """Whose opening it is: this person's, in this session."""
    person: Person = request.person  # type: ignore[attr-defined]
    session: SignIn = request.session_row  # type: ignore[attr-defined]
    return person.pk, session.pk


def _opens(request: HttpRequest) -> bool:
    """A form that was sent too late comes again, with the passphrase."""
    return WORDS in request.POST and try_to_open(request, request.POST[WORDS]) is None


def try_to_open(request: HttpRequest, passphrase: str) -> AmanaError | None:
    """Open the store for this session, or say why not; failures slow down."""
    person: Person = request.person  # type: ignore[attr-defined]
    names = throttle.names(opened(request).attempt_key, f"families {person.login}", "")[:1]
    if throttle.wait(names):
        return UsageProblem(what="wait a little before the next try")
    try:
        making.unlock(opened(request), person, opener(request), passphrase)
    except AmanaError as error:
        throttle.failed(names)
        return error
    throttle.passed(names)
    return None


def _closed(request: HttpRequest) -> HttpResponseBase:
    """To the passphrase. What somebody typed while a family spoke, and the store closed meanwhile,
    is not lost: the form is asked for again, as it was."""
    if request.method != "POST":
        return HttpResponseRedirect(f"{OPEN_PAGE}?next={quote(request.get_full_path())}")
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in (WORDS, "csrfmiddlewaretoken")
    ]
    context = {"fields": fields, "refused": WORDS in request.POST, "files": bool(request.FILES)}
    return render(request, "family_reopen.html", context, status=403)


def asks_open(question: Question, **things: type[Model]) -> Callable[[View], View]:
    """As `access.gate.asks`, for what lies in the store. Whoever is no liaison gets 404; a liaison
    for whom it is closed is asked to open it, whether the thing exists or not."""

    def wrap(view: View) -> View:
        loaded = asks(question, **things)(view)

        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            if not rights.work_with_families(getattr(request, "person", None)):
                raise Http404
            if not openings.is_open_for(opener(request)) and not _opens(request):
                return _closed(request)
            return loaded(request, **kwargs)

        guarded.policy = question  # type: ignore[attr-defined]
        return guarded

    return wrap
