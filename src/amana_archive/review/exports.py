"""Originals leave the archive by two people: ask, be confirmed, fetch."""

from __future__ import annotations

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from amana.errors import AmanaError
from amana_archive.access import policy
from amana_archive.access.audit import note, note_items, opened
from amana_archive.access.gate import asks, who
from amana_archive.evidence import exports as actions
from amana_archive.evidence import queries
from amana_archive.evidence.models import Case, Export, Item
from amana_archive.review.describe import problem


@asks(policy.export)
@require_GET
def exports(request: HttpRequest) -> HttpResponse:
    """One's own exports, newest first: those that wait, and those that may be fetched."""
    note(request, "exports.listed")
    rows = [(e, actions.is_open(e)) for e in queries.exports(who(request))]
    return render(request, "exports.html", {"rows": rows})


@asks(policy.export_item, item=Item)
@require_POST
def ask_item(request: HttpRequest, item: Item) -> HttpResponse:
    return _ask(request, [item], None)


@asks(policy.export_case, case=Case)
@require_POST
def ask_case(request: HttpRequest, case: Case) -> HttpResponse:
    """All items of the case that the asker sees, as they stand now."""
    return _ask(request, queries.members(who(request), case), case)


def _ask(request: HttpRequest, items: list[Item], case: Case | None) -> HttpResponse:
    reason = request.POST.get("reason", "")
    try:
        made = actions.ask(opened(request), who(request), items, reason, case)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/exports/{made.pk}")


@asks(policy.see_export, export=Export)
@require_GET
def export(request: HttpRequest, export: Export) -> HttpResponse:
    note(request, "export.viewed", export=export.pk)
    items = queries.with_veils(export.items)
    context = {"export": export, "items": items, "is_open": actions.is_open(export)}
    return render(request, "export.html", context)


@asks(policy.see_export, export=Export)
@require_POST
def fetch(request: HttpRequest, export: Export) -> HttpResponseBase:
    """The originals as one tar. Every one of them is an entry before the first byte leaves."""
    if not actions.is_open(export):
        raise Http404
    items = actions.items_of(export)
    note_items(request, "item.downloaded", items, export=export.pk)
    response = StreamingHttpResponse(
        actions.tar_of(opened(request), items), content_type="application/x-tar"
    )
    # A number is its name: a path in a header would stay in the browser's list of downloads.
    response.headers["Content-Disposition"] = f'attachment; filename="export-{export.pk}.tar"'
    return response
