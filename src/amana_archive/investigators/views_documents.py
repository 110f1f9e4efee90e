"""Documents: read page by page, searched within, their text beside them, translated."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from amana.errors import AmanaError
from amana_archive.access import policy
from amana_archive.access.audit import note, of_item, opened, typed
from amana_archive.access.gate import asks, who
from amana_archive.evidence import source
from amana_archive.evidence.models import Item, MachineText
from amana_archive.investigators import documents, rights, translations
from amana_archive.investigators.documents import PDF
from amana_archive.investigators.models import LANGUAGES
from amana_archive.review.describe import problem
from amana_archive.web.pages import number_of

_SHOW = ("grey", "colour")
_LONGEST = 60_000  # of a text on one page


@asks(policy.work_with_evidence)
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Everything that is read rather than looked at, as far as this person may see it."""
    items, following = documents.listed(who(request), number_of(request, "after"))
    note(request, "documents.listed", items=[item.pk for item in items])
    return render(request, "documents.html", {"items": items, "following": following})


@asks(policy.see_item, item=Item)
@require_GET
def document(request: HttpRequest, item: Item) -> HttpResponse:
    """One document: a page covered until asked for, its text beside it, what others made of it."""
    asked, show = request.GET.get("q", "")[:200], request.GET.get("show", "")
    note(request, "document.viewed", **of_item(item), words=typed(who(request), asked))
    pages, why = documents.pages(opened(request), item)
    number = min(max(1, number_of(request, "page") or 1), max(1, pages))
    pieces, places = documents.found_in(item.words, asked)
    own = ""
    if pages and item.media_type == PDF:
        own = documents.page(opened(request), item, number).text
    versions = translations.of_document(item)
    context = {
        "item": item,
        "pages": pages,
        "why": why,
        "number": number,
        "show": show if show in _SHOW else "",
        "asked": asked,
        "pieces": pieces,
        "places": places,
        "own": own,
        "text": item.words[:_LONGEST],
        "is_cut": len(item.words) > _LONGEST,
        "read": MachineText.objects.filter(item=item).order_by("-cursor").first(),
        "versions": versions,
        "latest": max((made.pk for made in versions), default=0),
        "tongues": LANGUAGES,
        "may_translate": rights.translate(who(request), item),
    }
    return render(request, "document.html", context)


@asks(policy.see_item, item=Item)
@require_GET
def page(request: HttpRequest, item: Item, page: int) -> HttpResponse:
    """One page as a picture."""
    try:
        if item.is_picture:
            data, media_type = source.picture_bytes(opened(request), item)
        elif item.media_type == PDF:
            data = documents.page(opened(request), item, page).picture
            media_type = "image/webp"
        else:
            raise Http404
    except AmanaError:
        raise Http404 from None
    note(request, "item.viewed", **of_item(item), page=page)
    return HttpResponse(data, content_type=media_type)


@asks(rights.translate, item=Item)
@require_POST
def translate(request: HttpRequest, item: Item) -> HttpResponse:
    form = request.POST
    languages = form.get("from", ""), form.get("to", "")
    try:
        translations.add(
            *(opened(request), who(request), item, languages),
            form.get("text", ""),
            form.get("translator", ""),
        )
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/documents/{item.pk}#translations")
