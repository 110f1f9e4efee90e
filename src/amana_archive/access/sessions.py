"""Sessions: a random cookie, of which only a digest is kept; short, listed, revocable."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from amana_archive.access.models import Person, SignIn

COOKIE = "amana"
# What a session has open elsewhere ends with it: called with a person (None: everybody) and a
# session (None: all of that person's).
on_end: list[Callable[[int | None, int | None], None]] = []
PENDING_LIFETIME = timedelta(minutes=5)
_SEEN_EVERY = timedelta(minutes=1)
_BROWSERS = ("Firefox", "Edg", "Chrome", "Safari")


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def current(request: HttpRequest) -> SignIn | None:
    """The session of this request's cookie, if it still counts."""
    token = request.COOKIES.get(COOKIE)
    if not token:
        return None
    rows = SignIn.objects.select_related("person")
    row = rows.filter(token=digest(token), ended=None).first()
    now = timezone.now()
    if row is None or not _fresh(row, now) or (row.person and not row.person.active):
        return None
    if now - row.seen > _SEEN_EVERY:
        SignIn.objects.filter(pk=row.pk).update(seen=now)
    return row


def _fresh(row: SignIn, now: datetime) -> bool:
    if row.pending:
        return now - row.created < PENDING_LIFETIME
    idle = timedelta(seconds=settings.AMANA_SESSION_IDLE)
    longest = timedelta(seconds=settings.AMANA_SESSION_LONGEST)
    return now - row.seen < idle and now - row.created < longest


def begin(
    request: HttpRequest, response: HttpResponseBase, person: Person | None, *, pending: bool
) -> SignIn:
    """A new session under a new token, its cookie set on `response`; the old one ends."""
    end(getattr(request, "session_row", None))
    token = secrets.token_urlsafe(32)
    row = SignIn.objects.create(
        token=digest(token),
        person=person,
        pending=pending,
        device=_device(request.headers.get("User-Agent", "")),
        seen=timezone.now(),
    )
    response.set_cookie(
        COOKIE, token, httponly=True, samesite="Strict", secure=settings.CSRF_COOKIE_SECURE
    )
    return row


def end(row: SignIn | None) -> None:
    if row is not None:
        SignIn.objects.filter(pk=row.pk).update(ended=timezone.now())
        for hook in on_end:
            hook(row.person_id, row.pk)


def end_all(person: Person | None = None) -> int:
    """End every session of `person`, or of all: after unlocking nobody is still inside."""
    rows = SignIn.objects.filter(ended=None)
    for hook in on_end:
        hook(person.pk if person else None, None)
    return (rows if person is None else rows.filter(person=person)).update(ended=timezone.now())


def listed(person: Person) -> QuerySet[SignIn]:
    longest = timezone.now() - timedelta(seconds=settings.AMANA_SESSION_LONGEST)
    rows = SignIn.objects.filter(person=person, pending=False, ended=None, created__gt=longest)
    return rows.order_by("-seen")


def _device(agent: str) -> str:
    """The browser's family: enough to know one's own, too little to follow anybody."""
    name = next((b for b in _BROWSERS if b in agent), "?").replace("Edg", "Edge")
    where = "Android" if "Android" in agent else "iPhone" if "iPhone" in agent else ""
    return f"{name} {where}".strip()
