"""Search, saved searches, and a case re-opened: everything ever known of it, in order."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from amana_archive.access import policy
from amana_archive.access.audit import catch_up, note, opened, typed
from amana_archive.access.gate import asks, who
from amana_archive.evidence import queries
from amana_archive.evidence.models import Case, SavedSearch, Tag
from amana_archive.evidence.story import whole_story
from amana_archive.search.find import asked, find
from amana_archive.web.pages import number_of


@asks(policy.work_with_evidence)
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    person = who(request)
    wanted = asked(request.GET)
    found = find(person, wanted, number_of(request, "after") or 0) if wanted.is_asked else None
    if found is not None:
        keys = [item.pk for item in found.items]
        words = typed(person, wanted.text)
        note(request, "searched", words=words, chosen=wanted.chosen, items=keys)
    codes = dict(found.facets).get("tag", []) if found else []
    tags = {t.code: t for t in Tag.objects.filter(code__in=[code for code, _ in codes])}
    context = {
        "wanted": wanted,
        "found": found,
        "tags": tags,
        "saved": SavedSearch.objects.filter(person=person).order_by("name"),
    }
    return render(request, "search.html", context)


@asks(policy.work_with_evidence)
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    name, query = request.POST.get("name", "").strip()[:80], request.POST.get("query", "")[:500]
    if name and query:
        SavedSearch.objects.create(person=who(request), name=name, query=query)
    return HttpResponseRedirect(f"/search?{query}")


@asks(policy.own_search, saved=SavedSearch)
@require_POST
def forget(request: HttpRequest, saved: SavedSearch) -> HttpResponse:
    saved.delete()
    return HttpResponseRedirect("/search")


@asks(policy.see_case, case=Case)
@require_GET
def reopen(request: HttpRequest, case: Case) -> HttpResponse:
    """The whole story of a case; reading it is part of it."""
    note(request, "case.viewed", case=case.pk, whole=True)
    catch_up(opened(request))
    person = who(request)
    context = {
        **queries.about_case(person, case),
        "story": whole_story(person, case),
    }
    return render(request, "story.html", context)
