"""Prosecution and defence: what was disclosed to them, and nothing beside it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from amana.errors import CannotOpen
from amana_archive.access import policy
from amana_archive.access.audit import note, of_item, opened
from amana_archive.access.gate import asks, who
from amana_archive.evidence import queries, source
from amana_archive.evidence.models import Disclosure
from amana_archive.review.grid import SHOW


@asks(policy.receive_disclosures)
@require_GET
def disclosed(request: HttpRequest) -> HttpResponse:
    context = {"disclosures": queries.disclosures(who(request))}
    return render(request, "disclosed.html", context)


@asks(policy.see_disclosure, disclosure=Disclosure)
@require_GET
def disclosure(request: HttpRequest, disclosure: Disclosure) -> HttpResponse:
    """One disclosed case, its items covered until asked for."""
    note(request, "disclosure.viewed", case=disclosure.case_id, disclosure=disclosure.pk)
    items = list(disclosure.items.select_related("collection").order_by("pk"))
    one = request.GET.get("item", "")
    shown = next((i for i in items if str(i.pk) == one), None)
    show = request.GET.get("show", "")
    context = {
        "disclosure": disclosure,
        "items": items,
        "identity": queries.identity_of(items),
        "shown": shown,
        "show": show if show in SHOW else "",
    }
    return render(request, "disclosure.html", context)


@asks(policy.see_disclosure, disclosure=Disclosure)
@require_GET
def disclosed_picture(request: HttpRequest, disclosure: Disclosure, item: int) -> HttpResponse:
    found = disclosure.items.filter(pk=item).select_related("collection").first()
    if found is None:
        raise Http404
    try:
        data, media_type = source.picture_bytes(opened(request), found)
    except CannotOpen:
        raise Http404 from None
    note(request, "item.viewed", **of_item(found), disclosure=disclosure.pk)
    return HttpResponse(data, content_type=media_type)
