"""The calm grid, and one item on purpose."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from amana.errors import CannotOpen
from amana_archive.access import policy
from amana_archive.access.audit import note, of_item, opened
from amana_archive.access.gate import asks, who
from amana_archive.evidence import queries, source
from amana_archive.evidence.models import Item, WorkingCopy
from amana_archive.review import rest
from amana_archive.web.pages import number_of

SHOW = ("grey", "colour")


@asks(policy.review)
@require_GET
def grid(request: HttpRequest) -> HttpResponse:
    """Veils only. Which items were on the page is an entry; nothing was revealed."""
    person = who(request)
    page = queries.grid(person, number_of(request, "after"), number_of(request, "before"))
    note(request, "grid.shown", items=[item.pk for item in page.items])
    context = {"page": page, "rest": rest.of(request)}
    return render(request, "review.html", context)


@asks(policy.see_item, item=Item)
@require_GET
def item(request: HttpRequest, item: Item) -> HttpResponse:
    """One item, covered; with ?show=grey or colour the page asks for the picture itself."""
    person = who(request)
    note(request, "item.opened", **of_item(item))
    show = request.GET.get("show", "")
    context: dict[str, Any] = {
        **queries.about(person, item),
        "show": show if show in SHOW and item.is_picture else "",
        "vocabulary": queries.vocabulary(),
        "may_describe": policy.describe_item(person, item),
        "may_export": policy.export_item(person, item),
        "rest": rest.of(request),
    }
    return render(request, "item.html", context)


@asks(policy.see_item, item=Item)
@require_GET
def picture(request: HttpRequest, item: Item) -> HttpResponse:
    """The picture's bytes: recorded before they leave."""
    try:
        data, media_type = source.picture_bytes(opened(request), item)
    except CannotOpen:
        raise Http404 from None
    note(request, "item.viewed", **of_item(item))
    rest.looked(request)
    return HttpResponse(data, content_type=media_type)


@asks(policy.see_working_copy, made=WorkingCopy)
@require_GET
def working_copy(request: HttpRequest, made: WorkingCopy) -> HttpResponse:
    try:
        data = source.working_copy_bytes(opened(request), made)
    except CannotOpen:
        raise Http404 from None
    note(request, "copy.viewed", **of_item(made.item), copy=made.pk)
    rest.looked(request)
    return HttpResponse(data, content_type="image/png")


@asks(policy.review)
@require_POST
def rested(request: HttpRequest) -> HttpResponse:
    """Somebody took the pause: the reminder starts anew."""
    rest.rested(request)
    return HttpResponseRedirect("/review")
