"""The gate before every view: it loads the thing, asks the policy, and answers 404 or lets in.

A view without a question is refused at run time (middleware) and fails the build (standing cast).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls.resolvers import ResolverMatch

from amana_archive.access.models import Person

View = Callable[..., HttpResponseBase]
Question = Callable[..., bool]
M = TypeVar("M", bound=Model)


def asks(question: Question, **things: type[Model]) -> Callable[[View], View]:
    """Only who passes `question` reaches the view. Each of `things` names a URL argument (a primary
    key) that is loaded and handed to the question and to the view."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            person = getattr(request, "person", None)
            found = [_load(kind, kwargs[name]) for name, kind in things.items()]
            # Nobody learns from the answer whether the thing exists.
            if any(thing is None for thing in found) or not question(person, *found):
                raise Http404
            kwargs.update(zip(things, found, strict=True))
            return view(request, **kwargs)

        guarded.policy = question  # type: ignore[attr-defined]
        return guarded

    return wrap


def public(view: View) -> View:
    """Anybody, also before signing in."""
    view.policy = anybody  # type: ignore[attr-defined]
    return view


def anybody(person: Person | None) -> bool:
    return True


def has_policy(match: ResolverMatch | None) -> bool:
    return match is not None and hasattr(match.func, "policy")


def _load(kind: type[M], key: int) -> M | None:
    return kind._default_manager.filter(pk=key).first()


def who(request: HttpRequest) -> Person:
    """The person behind a guarded request."""
    person: Person = request.person  # type: ignore[attr-defined]
    return person
