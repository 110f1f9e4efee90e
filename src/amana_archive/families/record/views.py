"""One's records: the list, the intake, one record and what the family says."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from amana.core.encoding import b64
from amana.errors import AmanaError, UsageProblem
from amana_archive.access.audit import note, opened
from amana_archive.access.gate import who
from amana_archive.access.models import Person, Role
from amana_archive.evidence.models import Tag
from amana_archive.families import rights, slips
from amana_archive.families.gate import asks_open, opener
from amana_archive.families.letters.write import phrase_sheet
from amana_archive.families.models import Consent, Erasure, Finding, Name, Photo, Record, Right
from amana_archive.families.record import actions, forms
from amana_archive.families.record.upload import takes_a_file
from amana_archive.families.store.openings import openings
from amana_archive.review.describe import problem

LANGUAGES = (("ar", "العربية"), ("en", "English"), ("fr", "Français"))


@asks_open(rights.work_with_families)
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """Those one has a right to, newest first; and what waits for oneself as the second person."""
    person = who(request)
    rows = list(rights.visible(person).order_by("-pk"))
    note(request, "families.listed", families=[row.number for row in rows])
    waiting = Finding.objects.filter(record__in=rows, decision=Finding.Decision.OPEN)
    erasures = Erasure.objects.filter(record__in=rows).exclude(by=person.pk)
    context = {
        "rows": [(row, forms.shown_name(row)) for row in rows],
        "waiting": [f for f in waiting.select_related("record") if rights.decide(person, f)],
        "erasures": erasures.select_related("record"),
        "minutes": openings.minutes_left(opener(request)),
    }
    return render(request, "families.html", context)


@asks_open(rights.work_with_families)
@require_http_methods(["GET", "POST"])
def intake(request: HttpRequest) -> HttpResponse:
    """A new enquiry; its number and phrase are shown once."""
    if request.method == "GET":
        note(request, "family.intake-opened")
        return render(request, "family_intake.html", _blank())
    try:
        made = actions.receive(opened(request), who(request), forms.told(request))
    except UsageProblem as error:
        context = {**_blank(), "problem": error, "given": request.POST}
        return render(request, "family_intake.html", context, status=400)
    return _phrase(request, made.record, made.phrase)


def _blank() -> dict[str, Any]:
    return {
        "kinds": Name.Kind.choices,
        "name_rows": range(forms.NAME_ROWS),
        "sexes": Record.Sex.choices,
        "vocabulary": forms.tags(),
        "told_in": LANGUAGES,
        "given": {},
        "ticked": [],
    }


def _phrase(request: HttpRequest, record: Record, phrase: bytes) -> HttpResponse:
    rows = [(name, code, slips.spelled(phrase, code)) for code, name in LANGUAGES]
    sheet = b64(phrase_sheet(phrase, record.language))
    context = {"record": record, "phrases": rows, "sheet": sheet}
    return render(request, "family_phrase.html", context)


@asks_open(rights.see, record=Record)
@require_GET
def record(request: HttpRequest, record: Record) -> HttpResponse:
    note(request, "family.viewed", family=record.number)
    return render(request, "family_record.html", _about(request, record))


def _about(request: HttpRequest, record: Record) -> dict[str, Any]:
    person = who(request)
    own = Right.objects.filter(record=record, ended=None).values_list("person", flat=True)
    liaisons = Person.objects.filter(role=Role.LIAISON, active=True)
    findings = record.findings.order_by("-pk")
    return {
        "record": record,
        "name": forms.shown_name(record),
        "names": record.names.order_by("pk"),
        "kinds": Name.Kind.choices,
        "marks": Tag.objects.filter(code__in=record.tags).order_by("kind", "code"),
        "photos": record.photos.defer("data").order_by("pk"),
        "show": request.GET.get("photo", ""),
        "consents": _consents(record),
        "findings": [(f, rights.decide(person, f), f"C-{f.case:06d}") for f in findings],
        "meetings": record.meetings.order_by("-pk"),
        "letters": record.letters.defer("data").order_by("-pk"),
        "own": liaisons.filter(pk__in=list(own)).order_by("name"),
        "others": liaisons.exclude(pk__in=list(own)).order_by("name"),
        "events": record.events.order_by("-pk"),
        "people": dict(Person.objects.values_list("pk", "name")),
        "states": Record.State.choices,
        "erasure": Erasure.objects.filter(record=record).first(),
        "told_in": LANGUAGES,
    }


def _consents(record: Record) -> list[tuple[str, str, Consent | None]]:
    held = {c.purpose: c for c in record.consents.filter(ended=None).order_by("pk")}
    return [(code, str(label), held.get(code)) for code, label in Consent.Purpose.choices]


@asks_open(rights.see, record=Record)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, record: Record) -> HttpResponse:
    if request.method == "POST":
        try:
            actions.change(opened(request), who(request), record, forms.told(request))
        except UsageProblem as error:
            return problem(request, error)
        return back(record)
    note(request, "family.viewed", family=record.number)
    given = {name: getattr(record, name) for name in (*actions.WORDS, *actions.DATES)}
    given |= {"language": record.language, "sex": record.sex}
    context = {**_blank(), "record": record, "given": given, "ticked": record.tags}
    return render(request, "family_intake.html", context)


def back(record: Record, place: str = "") -> HttpResponse:
    return HttpResponseRedirect(f"/families/{record.pk}{place}")


@asks_open(rights.see, record=Record)
@require_POST
def name(request: HttpRequest, record: Record) -> HttpResponse:
    """Add a spelling, or take one away."""
    form, gone = request.POST, request.POST.get("remove", "")
    try:
        if gone.isascii() and gone.isdecimal():
            actions.remove_name(opened(request), who(request), record, int(gone[:18]))
        else:
            kind, text = form.get("kind", ""), form.get("text", "")
            actions.add_name(opened(request), who(request), record, kind, text)
    except AmanaError as error:
        return problem(request, error)
    return back(record, "#names")


@takes_a_file
@asks_open(rights.see, record=Record)
@require_POST
def add_photo(request: HttpRequest, record: Record) -> HttpResponse:
    file = request.FILES.get("file")
    data = file.read() if file is not None else b""
    try:
        label = request.POST.get("label", "")
        actions.add_photo(opened(request), who(request), record, data, label)
    except AmanaError as error:
        return problem(request, error)
    return back(record, "#photos")


@asks_open(rights.see_photo, photo=Photo)
@require_GET
def photo(request: HttpRequest, photo: Photo) -> HttpResponse:
    """A picture of the living: recorded before it leaves."""
    note(request, "family.photo-viewed", family=photo.record.number, photo=photo.pk)
    return HttpResponse(bytes(photo.data), content_type="image/jpeg")


@asks_open(rights.see_photo, photo=Photo)
@require_POST
def remove_photo(request: HttpRequest, photo: Photo) -> HttpResponse:
    actions.remove_photo(opened(request), who(request), photo)
    return back(photo.record, "#photos")


@asks_open(rights.see, record=Record)
@require_POST
def consent(request: HttpRequest, record: Record) -> HttpResponse:
    form = request.POST
    try:
        actions.answer(
            opened(request),
            who(request),
            record,
            form.get("purpose", ""),
            form.get("given") == "yes",
            form.get("words", ""),
            form.get("names", "").splitlines(),
            form.get("pictures") == "1",
        )
    except AmanaError as error:
        return problem(request, error)
    return back(record, "#consent")


@asks_open(rights.see, record=Record)
@require_POST
def state(request: HttpRequest, record: Record) -> HttpResponse:
    """What the family's private page says."""
    try:
        actions.set_state(opened(request), who(request), record, request.POST.get("state", ""))
    except AmanaError as error:
        return problem(request, error)
    return back(record)


@asks_open(rights.see, record=Record)
@require_POST
def phrase(request: HttpRequest, record: Record) -> HttpResponse:
    return _phrase(request, record, actions.new_phrase(opened(request), who(request), record))


@asks_open(rights.see, record=Record)
@require_POST
def share(request: HttpRequest, record: Record) -> HttpResponse:
    """Another liaison may see it, or no longer."""
    form = request.POST
    key = form.get("person", "")
    other = Person.objects.filter(pk=int(key)).first() if _is_key(key) else None
    try:
        if other is None:
            raise UsageProblem(what="choose to whom")
        if form.get("take"):
            actions.take_back(opened(request), who(request), record, other.pk)
        else:
            actions.share(opened(request), who(request), record, other)
    except AmanaError as error:
        return problem(request, error)
    return back(record, "#rights") if rights.see(who(request), record) else _home()


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 18


def _home() -> HttpResponse:
    return HttpResponseRedirect("/families")
