"""Publication: what waits, what stands, what was taken back; editions, and how they leave."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from amana.errors import AmanaError
from amana_archive.access.audit import note, opened
from amana_archive.access.gate import asks, who
from amana_archive.evidence.models import Case
from amana_archive.families import consent
from amana_archive.publication import dataset, editions, publishing, rights
from amana_archive.publication.models import Edition, Entry
from amana_archive.review.describe import problem


@asks(rights.look)
@require_GET
def publication(request: HttpRequest) -> HttpResponse:
    note(request, "publication.listed")
    person = who(request)
    rows = Entry.objects.select_related("case", "by", "decided_by").order_by("-pk")
    entries = [entry for entry in rows if rights.see_entry(person, entry)]
    added, gone = editions.behind()
    context = {
        "waiting": [e for e in entries if e.decision == "open" and e.ended is None],
        "standing": [e for e in entries if e.stands],
        "ended": [e for e in entries if e.ended is not None],
        "may_publish": rights.publish(person),
        "open_cases": _open_cases(person) if rights.publish(person) else [],
        "editions": Edition.objects.order_by("-number")[:50],
        "added": added,
        "gone": gone,
        "last": editions.last(),
    }
    return render(request, "publication.html", context)


def _open_cases(person: Any) -> list[Case]:
    """Cases a family has allowed to be published, that nobody has asked for yet."""
    found = [case for case, _ in consent.publishable() if rights.ask(person, case)]
    return [case for case in found if not publishing.standing(case).exists()]


@asks(rights.ask, case=Case)
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, case: Case) -> HttpResponse:
    """Ask to publish: the first of two people."""
    if request.method == "POST":
        try:
            made = publishing.ask(opened(request), who(request), case, _text(request, case))
        except AmanaError as error:
            return problem(request, error)
        return HttpResponseRedirect(f"/published/{made.pk}")
    note(request, "case.viewed", case=case.pk, publication=True)
    context = {
        "case": case,
        "consent": consent.may_publish(case),
        "pictures": publishing.pictures_of(case),
        "languages": _LANGUAGES,
    }
    return render(request, "ask_publication.html", context)


_LANGUAGES = (("ar", "العربية"), ("en", "English"), ("fr", "Français"))


def _text(request: HttpRequest, case: Case) -> publishing.Text:
    form = request.POST
    allowed = consent.may_publish(case)
    names = allowed.names if allowed else ()
    chosen = form.getlist("name")
    key = form.get("picture", "")
    pictures = {str(made.pk): made for made in publishing.pictures_of(case)} if key else {}
    return publishing.Text(
        names=tuple(name for name in names if name in chosen),
        died=form.get("died", "").strip(),
        place=form.get("place", ""),
        words={code: form.get(f"words_{code}", "") for code in dataset.LANGUAGES},
        picture=pictures.get(key),
        picture_words={code: form.get(f"picture_{code}", "") for code in dataset.LANGUAGES},
        tombstone=form.get("tombstone") == "1",
    )


@asks(rights.see_entry, entry=Entry)
@require_GET
def entry(request: HttpRequest, entry: Entry) -> HttpResponse:
    """Exactly what would be printed."""
    note(request, "publication.viewed", case=entry.case_id, entry=entry.pk)
    person = who(request)
    context = {
        "entry": entry,
        "consent": consent.may_publish(entry.case),
        "may_decide": rights.decide(person, entry),
        "may_withdraw": rights.withdraw(person, entry) and entry.ended is None,
        "words": [(c, name, entry.words[c]) for c, name in _LANGUAGES if c in entry.words],
        "editions": entry.editions.filter(state=Edition.State.READY).order_by("number"),
        "in_last": editions.stood_in_last(entry),
    }
    return render(request, "entry.html", context)


@asks(rights.decide, entry=Entry)
@require_POST
def decide(request: HttpRequest, entry: Entry) -> HttpResponse:
    form = request.POST
    try:
        confirm = form.get("answer") == "confirm"
        publishing.decide(opened(request), who(request), entry, confirm, form.get("reason", ""))
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/published/{entry.pk}")


@asks(rights.withdraw, entry=Entry)
@require_POST
def withdraw(request: HttpRequest, entry: Entry) -> HttpResponse:
    form = request.POST
    try:
        tombstone = form.get("tombstone") == "1"
        reason = form.get("reason", "")
        publishing.withdraw(opened(request), who(request), entry, reason, tombstone)
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/published/{entry.pk}")


# --- editions ------------------------------------------------------------------------------------


@asks(rights.publish)
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    try:
        edition = editions.make(opened(request), who(request), request.POST.get("why", ""))
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect(f"/editions/{edition.pk}")


@asks(rights.see_edition, edition=Edition)
@require_GET
def edition(request: HttpRequest, edition: Edition) -> HttpResponse:
    note(request, "edition.viewed", edition=edition.number)
    newest = editions.last()
    context = {
        "edition": edition,
        "is_newest": newest is not None and newest.pk == edition.pk,
        "entries": edition.entries.select_related("case").order_by("public_id"),
        "gone": editions.behind()[1],
    }
    return render(request, "edition.html", context)


@asks(rights.see_edition, edition=Edition)
@require_POST
def fetch(request: HttpRequest, edition: Edition) -> StreamingHttpResponse | HttpResponse:
    """The site as one zip, scanned before it was sealed."""
    try:
        pieces = editions.fetch(opened(request), who(request), edition)
    except AmanaError as error:
        return problem(request, error)
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response["Content-Length"] = str(edition.bytes)
    response["Content-Disposition"] = f'attachment; filename="{edition.file_name}"'
    return response
