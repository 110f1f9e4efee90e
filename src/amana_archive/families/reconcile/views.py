"""Candidates, two sides beside each other, and what is found."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from amana.errors import AmanaError
from amana_archive.access.audit import note, opened
from amana_archive.access.gate import who
from amana_archive.access.models import Person
from amana_archive.evidence import queries
from amana_archive.evidence.models import Case, ItemTag
from amana_archive.families import rights
from amana_archive.families.gate import asks_open
from amana_archive.families.models import Finding, Record
from amana_archive.families.reconcile import candidates as found
from amana_archive.families.reconcile import findings as actions
from amana_archive.families.reconcile.weigh import VERDICTS
from amana_archive.families.record.forms import shown_name
from amana_archive.families.record.views import back
from amana_archive.review.describe import problem
from amana_archive.web.templatetags.amana import in_language


@asks_open(rights.see, record=Record)
@require_GET
def candidates(request: HttpRequest, record: Record) -> HttpResponse:
    """Cases that may be this person. Nothing of a picture is here."""
    made = found.for_record(who(request), record)
    note(request, "family.compared", family=record.number, cases=_cases(made))
    context = {
        "record": record,
        "name": shown_name(record),
        "found": made,
        "verdicts": VERDICTS,
        "people": dict(Person.objects.values_list("pk", "name")),
    }
    return render(request, "family_candidates.html", context)


@asks_open(rights.of_case, case=Case)
@require_GET
def of_case(request: HttpRequest, case: Case) -> HttpResponse:
    """Families that may be this case's."""
    made = found.for_case(who(request), case)
    numbers = [c.record.number for c in (*made.proposed, *made.excluded, *made.identified)]
    note(request, "family.compared", case=case.pk, families=numbers)
    context = {
        "case": case,
        "found": made,
        "verdicts": VERDICTS,
        "people": dict(Person.objects.values_list("pk", "name")),
    }
    return render(request, "family_of_case.html", context)


def _cases(made: found.Candidates) -> list[int]:
    return [c.case.pk for c in (*made.proposed, *made.excluded, *made.identified)]


@asks_open(rights.compare, record=Record, case=Case)
@require_GET
def beside(request: HttpRequest, record: Record, case: Case) -> HttpResponse:
    """Both sides, pictures covered; one of them is shown on purpose, by ?photo= or ?item=."""
    person = who(request)
    note(request, "family.compared", family=record.number, case=case.pk)
    items = [item for item in queries.members(person, case) if item.is_picture]
    tags = ItemTag.objects.filter(item__in=items, ended=None).select_related("tag")
    context: dict[str, Any] = {
        "record": record,
        "name": shown_name(record),
        "names": record.names.order_by("pk"),
        "photos": record.photos.defer("data").order_by("pk"),
        "photo": request.GET.get("photo", ""),
        "marks": _tags(record),
        "case": case,
        "items": items,
        "item": request.GET.get("item", ""),
        "identity": queries.identity_of(queries.members(person, case)),
        "tags": sorted({in_language(row.tag) for row in tags}),
        "notes": queries.about_case(person, case)["notes"],
        "pair": found.pair(person, record, case),
        "verdicts": VERDICTS,
        "kinds": Finding.Kind.choices,
        "people": dict(Person.objects.values_list("pk", "name")),
    }
    finding = context["pair"].finding
    context["may_decide"] = finding is not None and rights.decide(person, finding)
    return render(request, "family_beside.html", context)


def _tags(record: Record) -> Any:
    from amana_archive.evidence.models import Tag

    return Tag.objects.filter(code__in=record.tags).order_by("kind", "code")


@asks_open(rights.compare, record=Record, case=Case)
@require_POST
def find(request: HttpRequest, record: Record, case: Case) -> HttpResponse:
    """The first of two people."""
    kind, text = request.POST.get("kind", ""), request.POST.get("text", "")
    try:
        actions.propose(opened(request), who(request), record, case, kind, text)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/families/{record.pk}/beside/{case.pk}#found")


@asks_open(rights.decide, finding=Finding)
@require_POST
def decide(request: HttpRequest, finding: Finding) -> HttpResponse:
    """The second of two people."""
    form = request.POST
    try:
        confirm = form.get("answer") == "confirm"
        actions.decide(opened(request), who(request), finding, confirm, form.get("reason", ""))
    except AmanaError as error:
        return problem(request, error)
    return back(finding.record, "#findings")


@asks_open(rights.see_finding, finding=Finding)
@require_POST
def reopen(request: HttpRequest, finding: Finding) -> HttpResponse:
    try:
        actions.reopen(opened(request), who(request), finding, request.POST.get("reason", ""))
    except AmanaError as error:
        return problem(request, error)
    return back(finding.record, "#findings")
