"""Administration: people, rights, recovery by two. No evidence is shown here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from amana.errors import UsageProblem
from amana_archive.access import accounts, policy, sessions
from amana_archive.access.audit import opened
from amana_archive.access.gate import asks, who
from amana_archive.access.models import Grant, Person, Recovery, Role
from amana_archive.evidence.models import Case, Collection


@asks(policy.administer)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    context = {"people": Person.objects.order_by("login"), "roles": Role.choices}
    return render(request, "people.html", context)


@asks(policy.administer)
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    form = request.POST
    try:
        token = accounts.invite(
            opened(request),
            who(request),
            form.get("login", ""),
            form.get("name", ""),
            form.get("role", ""),
        )
    except UsageProblem as problem:
        context = {
            "people": Person.objects.order_by("login"),
            "roles": Role.choices,
            "problem": problem,
        }
        return render(request, "people.html", context, status=400)
    return _show_link(request, token)


def _show_link(request: HttpRequest, token: str) -> HttpResponse:
    """Shown once, in the answer itself: it is kept nowhere."""
    link = request.build_absolute_uri(f"/welcome/{token}")
    return render(request, "invitation.html", {"link": link})


@asks(policy.administer_person, person=Person)
@require_GET
def person(request: HttpRequest, person: Person) -> HttpResponse:
    rights = Grant.objects.filter(person=person, ended=None).select_related("collection", "case")
    context = {
        "subject": person,
        "rights": rights,
        "collections": Collection.objects.order_by("name"),
        "sessions": sessions.listed(person),
        "recoveries": person.recoveries.filter(confirmed=None).select_related("by"),
    }
    return render(request, "person.html", context)


@asks(policy.administer_person, person=Person)
@require_POST
def activity(request: HttpRequest, person: Person) -> HttpResponse:
    accounts.set_active(opened(request), who(request), person, request.POST.get("active") == "1")
    return HttpResponseRedirect(f"/people/{person.pk}")


@asks(policy.administer_person, person=Person)
@require_POST
def end_sessions(request: HttpRequest, person: Person) -> HttpResponse:
    """A machine was lost: out everywhere, and the account still works."""
    accounts.end_sessions(opened(request), who(request), person)
    return HttpResponseRedirect(f"/people/{person.pk}")


@asks(policy.administer_person, person=Person)
@require_POST
def give_right(request: HttpRequest, person: Person) -> HttpResponse:
    form = request.POST
    thing: Collection | Case | None
    if form.get("case"):
        digits = form["case"].upper().removeprefix("C-")
        thing = Case.objects.filter(pk=int(digits)).first() if digits.isdecimal() else None
    else:
        key = form.get("collection", "")
        thing = Collection.objects.filter(pk=int(key)).first() if key.isdecimal() else None
    if thing is not None:
        accounts.grant(opened(request), who(request), person, thing)
    return HttpResponseRedirect(f"/people/{person.pk}")


@asks(policy.administer_person, person=Person)
@require_POST
def take_right(request: HttpRequest, person: Person) -> HttpResponse:
    key = request.POST.get("right", "")
    right = Grant.objects.filter(pk=int(key), person=person).first() if key.isdecimal() else None
    if right is not None:
        accounts.take_back(opened(request), who(request), right)
    return HttpResponseRedirect(f"/people/{person.pk}")


@asks(policy.administer_person, person=Person)
@require_POST
def recover(request: HttpRequest, person: Person) -> HttpResponse:
    """The first administrator asks, the second confirms: one form, two people."""
    key = request.POST.get("recovery", "")
    try:
        if key.isdecimal():
            asked = Recovery.objects.filter(pk=int(key), person=person).first()
            if asked is not None:
                token = accounts.confirm_recovery(opened(request), who(request), asked)
                return _show_link(request, token)
        else:
            reason = request.POST.get("reason", "")
            accounts.ask_recovery(opened(request), who(request), person, reason)
    except UsageProblem as problem:
        context = {"problem": "amana", "error": problem}
        return render(request, "problem.html", context, status=400)
    return HttpResponseRedirect(f"/people/{person.pk}")
