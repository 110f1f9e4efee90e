"""A family wants its data erased: asked by one liaison, done by another."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from amana.core.encoding import b64
from amana.errors import AmanaError
from amana_archive.access.audit import note, opened
from amana_archive.access.gate import who
from amana_archive.families import rights
from amana_archive.families.gate import asks_open
from amana_archive.families.letters import write
from amana_archive.families.models import Erasure, Record
from amana_archive.families.record import erasure as actions
from amana_archive.families.record.forms import shown_name
from amana_archive.families.record.views import back
from amana_archive.review.describe import problem


@asks_open(rights.see, record=Record)
@require_POST
def ask(request: HttpRequest, record: Record) -> HttpResponse:
    if request.POST.get("off"):
        actions.call_off(opened(request), who(request), record)
    else:
        actions.ask(opened(request), who(request), record)
    return back(record, "#erasure")


@asks_open(rights.erase, erasure=Erasure)
@require_GET
def look(request: HttpRequest, erasure: Erasure) -> HttpResponse:
    """What would be erased, for the second person."""
    record = erasure.record
    note(request, "family.viewed", family=record.number)
    context = {"erasure": erasure, "record": record, "name": shown_name(record)}
    return render(request, "family_erasure.html", context)


@asks_open(rights.erase, erasure=Erasure)
@require_POST
def erase(request: HttpRequest, erasure: Erasure) -> HttpResponse:
    """Done; the letter that says so is in the answer itself, and kept nowhere."""
    language = erasure.record.language
    try:
        number = actions.erase(opened(request), who(request), erasure)
    except AmanaError as error:
        return problem(request, error)
    letter = b64(write.withdrawn(number, language))
    return render(request, "family_erased.html", {"number": number, "letter": letter})
