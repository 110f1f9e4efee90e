"""Prosecution and defence: what was disclosed to them, and nothing beside it."""

from __future__ import annotations

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from amana.errors import AmanaError, CannotOpen
from amana_archive.access import policy
from amana_archive.access.audit import note, of_item, opened
from amana_archive.access.gate import asks, who
from amana_archive.courts import building, disclosing, queries, rights
from amana_archive.courts.models import Dossier
from amana_archive.courts.sealed_parcel import opened_parts
from amana_archive.evidence import queries as evidence
from amana_archive.evidence import source
from amana_archive.evidence.models import Disclosure
from amana_archive.review.describe import problem
from amana_archive.review.grid import SHOW


@asks(policy.receive_disclosures)
@require_GET
def disclosed(request: HttpRequest) -> HttpResponse:
    note(request, "disclosures.listed")
    rows = evidence.disclosures(who(request)).select_related("dossier", "dossier__asked")
    return render(request, "disclosed.html", {"disclosures": rows})


@asks(policy.see_disclosure, disclosure=Disclosure)
@require_GET
def disclosure(request: HttpRequest, disclosure: Disclosure) -> HttpResponse:
    """One disclosed case: its dossier, and its items, covered until asked for."""
    note(request, "disclosure.viewed", case=disclosure.case_id, disclosure=disclosure.pk)
    items = queries.given(disclosure)
    one = request.GET.get("item", "")
    shown = next((given for given in items if str(given.item.pk) == one), None)
    show = request.GET.get("show", "")
    context = {
        "disclosure": disclosure,
        "items": items,
        "withheld": queries.withheld(disclosure),
        "identity": evidence.identity_of([given.item for given in items]),
        "shown": shown,
        "show": show if show in SHOW else "",
        **queries.about_dossier(getattr(disclosure, "dossier", None)),
    }
    return render(request, "disclosure.html", context)


@asks(policy.see_disclosure, disclosure=Disclosure)
@require_GET
def disclosed_picture(request: HttpRequest, disclosure: Disclosure, item: int) -> HttpResponse:
    """The picture, or the covered one where that is what was given; none where none was."""
    found = queries.one_given(disclosure, item)
    if found is None or not found.shows_picture:
        raise Http404
    try:
        made = found.working_copy
        if made is not None:
            data, media_type = source.working_copy_bytes(opened(request), made), "image/png"
        else:
            data, media_type = source.picture_bytes(opened(request), found.item)
    except CannotOpen:
        raise Http404 from None
    note(request, "item.viewed", **of_item(found.item), disclosure=disclosure.pk)
    return HttpResponse(data, content_type=media_type)


# --- the dossier ---------------------------------------------------------------------------------


def _dossier(disclosure: Disclosure) -> Dossier:
    found = Dossier.objects.filter(disclosure=disclosure).select_related("asked", "disclosure")
    dossier = found.first()
    if dossier is None:
        raise Http404
    return dossier


@asks(rights.receive, disclosure=Disclosure)
@require_POST
def fetch(request: HttpRequest, disclosure: Disclosure) -> StreamingHttpResponse | HttpResponse:
    """The dossier as one zip, opened part by part as it leaves."""
    dossier, here = _dossier(disclosure), opened(request)
    try:
        disclosing.fetched(here, who(request), dossier)
    except AmanaError as error:
        return problem(request, error)
    folder = building.folder_of(here, dossier)
    pieces = opened_parts(folder, dossier.parts, lambda: here.archive.identity)
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response["Content-Length"] = str(dossier.bytes)
    response["Content-Disposition"] = f'attachment; filename="{dossier.file_name}"'
    return response


@asks(rights.receive, disclosure=Disclosure)
@require_POST
def sign(request: HttpRequest, disclosure: Disclosure) -> HttpResponse:
    """The receiver signs that he holds this dossier."""
    form = request.POST
    try:
        typed, name = form.get("manifest", ""), form.get("name", "")
        disclosing.acknowledge(opened(request), who(request), _dossier(disclosure), typed, name)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/disclosed/{disclosure.pk}#dossier")


@asks(rights.receive, disclosure=Disclosure)
@require_GET
def receipt(request: HttpRequest, disclosure: Disclosure) -> HttpResponse:
    return receipt_of(request, _dossier(disclosure))


def receipt_of(request: HttpRequest, dossier: Dossier) -> HttpResponse:
    """The signed receipt, for either side's files."""
    found = getattr(dossier, "receipt", None)
    if found is None:
        raise Http404
    note(request, "receipt.fetched", dossier=dossier.number, case=dossier.disclosure.case_id)
    response = HttpResponse(found.note, content_type="text/plain; charset=utf-8")
    name = f"receipt-{dossier.number[:8]}.txt"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
