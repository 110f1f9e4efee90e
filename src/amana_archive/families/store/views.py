"""Pages of the store itself: made by administrators, opened by liaisons."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from amana.errors import AmanaError, UsageProblem
from amana_archive.access.audit import note, opened
from amana_archive.access.gate import asks, who
from amana_archive.access.models import Person, Role
from amana_archive.families import rights
from amana_archive.families.gate import asks_open, opener, try_to_open
from amana_archive.families.store import making
from amana_archive.families.store.keyfile import load
from amana_archive.families.store.openings import openings
from amana_archive.review.describe import problem


@asks(rights.keep_store)
@require_GET
def store(request: HttpRequest) -> HttpResponse:
    """For administrators: whether it is there, who asked for it, one's own words."""
    note(request, "family-store.looked-at")
    keyfile = load(opened(request))
    asked = Person.objects.filter(pk=keyfile.asked).first() if keyfile.asked else None
    context = {
        "made": keyfile.is_made,
        "asked": asked,
        "ready": Person.objects.filter(pk__in=list(keyfile.slots)).order_by("name"),
        "words": making.has_words(who(request)),
    }
    return render(request, "family_store.html", context)


@asks(rights.keep_store)
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    try:
        making.ask(opened(request), who(request))
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect("/families/store")


@asks(rights.keep_store)
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    try:
        making.confirm(opened(request), who(request))
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect("/families/store")


@asks(rights.keep_words)
@require_POST
def words(request: HttpRequest) -> HttpResponse:
    """One's own share, shown once, in the answer itself: it is kept nowhere."""
    share = making.fetch_words(opened(request), who(request))
    return render(request, "family_words.html", {"words": share.split() if share else []})


# --- liaisons ------------------------------------------------------------------------------------


@asks(rights.work_with_families)
@require_http_methods(["GET", "POST"])
def open_store(request: HttpRequest) -> HttpResponse:
    """The passphrase opens the store for this session, for a limited time."""
    following = _following(request)
    if request.method == "GET":
        note(request, "family-store.looked-at")
        return render(request, "family_open.html", _state(request, following))
    refused = try_to_open(request, request.POST.get("passphrase", ""))
    if refused is not None:
        context = {**_state(request, following), "problem": refused}
        return render(request, "family_open.html", context, status=403)
    return HttpResponseRedirect(following)


def _following(request: HttpRequest) -> str:
    there = request.POST.get("next") or request.GET.get("next") or "/families"
    own = url_has_allowed_host_and_scheme(there, allowed_hosts=None)
    return there if own and there.startswith(("/families", "/cases")) else "/families"


def _state(request: HttpRequest, following: str) -> dict[str, Any]:
    person, keyfile = who(request), load(opened(request))
    slot = keyfile.slots.get(person.pk)
    return {
        "following": following,
        "made": keyfile.is_made,
        "prepared": slot is not None,
        "admitted": keyfile.admitted(person.pk) is not None,
        "words": making.has_words(person),
    }


@asks(rights.work_with_families)
@require_POST
def passphrase(request: HttpRequest) -> HttpResponse:
    """Set one's own, or change it: whoever is let in must know the present one."""
    person, form = who(request), request.POST
    new = form.get("new", "")
    try:
        if new != form.get("again", ""):
            raise UsageProblem(what="the two passphrases differ")
        if form.get("old"):
            making.change(opened(request), person, form["old"], new)
        elif load(opened(request)).admitted(person.pk) and not form.get("forgotten"):
            raise UsageProblem(what="the present passphrase is needed")
        else:
            making.prepare(opened(request), person, new)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect("/families/open")


@asks(rights.work_with_families)
@require_POST
def recover(request: HttpRequest) -> HttpResponse:
    """Two keepers' words."""
    shares = [request.POST.get(name, "") for name in ("one", "two")]
    try:
        making.recover(opened(request), who(request), opener(request), shares)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect("/families")


@asks(rights.work_with_families)
@require_POST
def shut(request: HttpRequest) -> HttpResponse:
    note(request, "family-store.closed")
    openings.shut(opener(request))
    return HttpResponseRedirect("/families/open")


@asks_open(rights.work_with_families)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Which liaisons are let in, which wait."""
    note(request, "family-store.people-listed")
    keyfile = load(opened(request))
    rows = [
        (person, person.pk in keyfile.slots, keyfile.admitted(person.pk) is not None)
        for person in Person.objects.filter(role=Role.LIAISON, active=True).order_by("name")
    ]
    return render(request, "family_people.html", {"rows": rows})


@asks_open(rights.other_liaison, person=Person)
@require_POST
def admit(request: HttpRequest, person: Person) -> HttpResponse:
    try:
        making.admit(opened(request), who(request), person)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect("/families/people")


@asks_open(rights.other_liaison, person=Person)
@require_POST
def dismiss(request: HttpRequest, person: Person) -> HttpResponse:
    try:
        making.dismiss(opened(request), who(request), person)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect("/families/people")
