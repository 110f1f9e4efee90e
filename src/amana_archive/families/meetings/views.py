"""Pages of a meeting: preparing it, and the one that the family sees."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from amana.errors import AmanaError, CannotOpen
from amana_archive.access import policy
from amana_archive.access.audit import note, of_item, opened
from amana_archive.access.gate import who
from amana_archive.evidence import queries, source
from amana_archive.evidence.models import Item, WorkingCopy
from amana_archive.families import rights
from amana_archive.families.gate import asks_open
from amana_archive.families.meetings import hold, prepare
from amana_archive.families.models import Meeting, Record, Step
from amana_archive.families.record.forms import shown_name
from amana_archive.review.describe import problem


@asks_open(rights.see, record=Record)
@require_POST
def new(request: HttpRequest, record: Record) -> HttpResponse:
    form = request.POST
    words = [form.get(name, "") for name in ("result", "when", "where")]
    try:
        made = prepare.prepare(opened(request), who(request), record, *words)
    except AmanaError as error:
        return problem(request, error)
    return _to(made)


def _to(meeting: Meeting, place: str = "") -> HttpResponse:
    return HttpResponseRedirect(f"/families/meetings/{meeting.pk}{place}")


@asks_open(rights.see_meeting, meeting=Meeting)
@require_GET
def meeting(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """For the liaison alone: what will be shown, or was."""
    person = who(request)
    note(request, "family.meeting-viewed", family=meeting.record.number, meeting=meeting.pk)
    items = prepare.showable(person, meeting)
    names = {item.pk: item.name for item in items}
    steps = meeting.steps.order_by("place")
    context = {
        "meeting": meeting,
        "record": meeting.record,
        "name": shown_name(meeting.record),
        "steps": [
            (step, names.get(step.item or 0, ""), _standing(meeting, step)) for step in steps
        ],
        "items": [(item, queries.usable_copies(item)) for item in items],
        "kinds": Step.Kind.choices,
        "case": f"C-{meeting.case:06d}" if meeting.case else "",
    }
    return render(request, "family_meeting.html", context)


def _standing(meeting: Meeting, step: Step) -> str:
    if step.uncovered:
        return "seen"
    if step.reached:
        return "told" if step.kind == Step.Kind.WORDS else "left covered"
    if meeting.state == Meeting.State.PREPARED:
        return ""
    return "not reached" if hold.wanted(meeting, step) else "not wished"


@asks_open(rights.see_meeting, meeting=Meeting)
@require_POST
def add_step(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    form = request.POST
    chosen, _, copy = form.get("item", "").partition("-")
    item = Item.objects.filter(pk=_key(chosen)).select_related("collection").first()
    made = WorkingCopy.objects.filter(pk=_key(copy), item=item).first() if copy else None
    try:
        if copy and made is None:
            raise Http404
        words = form.get("kind", ""), form.get("text", "")
        prepare.add_step(opened(request), who(request), meeting, *words, item, made)
    except AmanaError as error:
        return problem(request, error)
    return _to(meeting, "#steps")


def _key(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0


@asks_open(rights.see_step, meeting=Meeting, step=Step)
@require_POST
def arrange(request: HttpRequest, meeting: Meeting, step: Step) -> HttpResponse:
    """Earlier, or away."""
    act = prepare.remove_step if request.POST.get("remove") else prepare.move_up
    try:
        act(opened(request), who(request), meeting, step)
    except AmanaError as error:
        return problem(request, error)
    return _to(meeting, "#steps")


@asks_open(rights.see_meeting, meeting=Meeting)
@require_POST
def begin(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """What the family answered first."""
    form = request.POST
    try:
        hold.begin(
            opened(request),
            who(request),
            meeting,
            support=form.get("support", ""),
            pictures=form.get("wish") in ("effects", "body"),
            body=form.get("wish") == "body",
        )
    except AmanaError as error:
        return problem(request, error)
    return _to(meeting, "/shown")


@asks_open(rights.see_meeting, meeting=Meeting)
@require_GET
def shown(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """The page before the family's eyes: one thing, no menu, no name of anybody."""
    note(request, "family.meeting-shown", family=meeting.record.number, meeting=meeting.pk)
    if meeting.state != Meeting.State.BEGUN:
        return _to(meeting)
    later = [s for s in meeting.steps.filter(place__gt=meeting.current) if hold.wanted(meeting, s)]
    context = {
        "meeting": meeting,
        "step": hold.current(meeting),
        "more": bool(later),
        "person": None,
    }
    return render(request, "family_shown.html", context)


@asks_open(rights.see_meeting, meeting=Meeting)
@require_POST
def act(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """One button of that page: uncover, cover, the next thing, stop, the end."""
    what = request.POST.get("do", "")
    here, person = opened(request), who(request)
    try:
        if what in ("stop", "end"):
            hold.finish(here, person, meeting, stopped=what == "stop")
            return _to(meeting, "#minutes")
        acts = {"uncover": hold.uncover, "cover": hold.cover, "next": hold.go_on}
        if what in acts:
            acts[what](here, person, meeting)
    except AmanaError as error:
        return problem(request, error)
    return _to(meeting, "/shown")


@asks_open(rights.see_in_sight, meeting=Meeting)
@require_GET
def picture(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """The picture in sight, and no other: the family asked for it, and it was recorded then."""
    step = hold.current(meeting)
    if step is None or not step.open or step.item is None:
        raise Http404
    item = Item.objects.filter(pk=step.item).select_related("collection").first()
    if item is None or not policy.see_item(who(request), item):
        raise Http404
    try:
        data, media_type = _bytes(request, item, step)
    except CannotOpen:
        raise Http404 from None
    number = meeting.record.number
    note(request, "family.picture-shown", **of_item(item), family=number, meeting=meeting.pk)
    return HttpResponse(data, content_type=media_type)


def _bytes(request: HttpRequest, item: Item, step: Step) -> tuple[bytes, str]:
    if step.copy is None:
        return source.picture_bytes(opened(request), item)
    made = WorkingCopy.objects.filter(pk=step.copy, item=item).first()
    if made is None or made.pk not in {one.pk for one in queries.usable_copies(item)}:
        raise Http404
    return source.working_copy_bytes(opened(request), made), "image/png"


@asks_open(rights.see_meeting, meeting=Meeting)
@require_POST
def minutes(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    try:
        hold.write_minutes(opened(request), who(request), meeting, request.POST.get("text", ""))
    except AmanaError as error:
        return problem(request, error)
    return _to(meeting, "#minutes")
