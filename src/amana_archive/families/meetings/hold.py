"""A meeting under way.

    prepared ──consent and support asked──▶ begun ──one thing at a time──▶ ended
                                              └──────────stop──────────▶ stopped

A picture is reached covered, and uncovered on purpose; what the family did not want to see is
passed over by the page itself, not by the liaison's memory. Each is an entry in the ledger before
it is shown; after the end nothing is shown any more.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from amana.errors import UsageProblem
from amana_archive.access.models import Person
from amana_archive.families.models import Consent, Meeting, Step
from amana_archive.families.record.actions import LONGEST, agrees, answer, happened
from amana_archive.families.router import STORE
from amana_archive.lockup.opened import Opened


def begin(
    opened: Opened, by: Person, meeting: Meeting, *, support: str, pictures: bool, body: bool
) -> None:
    """What the family answered before anything is shown: who is with them, whether they want to see
    pictures at all, and whether of the body. Raises UsageProblem."""
    if meeting.state != Meeting.State.PREPARED:
        raise UsageProblem(what="this meeting has begun already")
    if not support.strip():
        raise UsageProblem(what="say who is with them, or that they want nobody")
    with transaction.atomic(using=STORE):
        record = meeting.record
        if agrees(record, Consent.Purpose.PICTURES) != pictures:
            answer(opened, by, record, Consent.Purpose.PICTURES, pictures)
        Meeting.objects.filter(pk=meeting.pk).update(
            state=Meeting.State.BEGUN,
            asked=timezone.now(),
            support=support.strip()[:200],
            pictures=pictures,
            body=pictures and body,
        )
        happened(opened, by, record, "meeting-begun", meeting=meeting.pk)
    meeting.refresh_from_db()
    _reach(opened, by, meeting, 0)


def wanted(meeting: Meeting, step: Step) -> bool:
    """Whether the family wants to see this kind of thing."""
    if step.kind == Step.Kind.BODY:
        return meeting.pictures and meeting.body
    return step.kind == Step.Kind.WORDS or meeting.pictures


def current(meeting: Meeting) -> Step | None:
    if meeting.state != Meeting.State.BEGUN:
        return None
    return meeting.steps.filter(place=meeting.current).first()


def uncover(opened: Opened, by: Person, meeting: Meeting) -> None:
    """The family asks to see this picture now. Raises UsageProblem for one it does not want."""
    step = current(meeting)
    if step is None or step.item is None or not wanted(meeting, step):
        raise UsageProblem(what="this is not shown now")
    with transaction.atomic(using=STORE):
        Step.objects.filter(pk=step.pk).update(
            uncovered=step.uncovered or timezone.now(), open=True
        )
        named: dict[str, Any] = {"meeting": meeting.pk, "case": meeting.case, "item": step.item}
        happened(opened, by, meeting.record, "shown", **named)


def cover(opened: Opened, by: Person, meeting: Meeting) -> None:
    """Out of sight again; that it was seen stays written."""
    step = current(meeting)
    if step is not None:
        with transaction.atomic(using=STORE):
            Step.objects.filter(pk=step.pk).update(open=False)
            happened(opened, by, meeting.record, "covered", meeting=meeting.pk)


def go_on(opened: Opened, by: Person, meeting: Meeting) -> None:
    """The next thing. Raises UsageProblem where the meeting is not under way."""
    if meeting.state != Meeting.State.BEGUN:
        raise UsageProblem(what="this is not shown now")
    _reach(opened, by, meeting, meeting.current)


def _reach(opened: Opened, by: Person, meeting: Meeting, after: int) -> None:
    """The next step that is wanted; those between are passed over and say so. Past the last one the
    place is beyond all."""
    later = list(meeting.steps.filter(place__gt=after).order_by("place"))
    with transaction.atomic(using=STORE):
        meeting.steps.update(open=False)
        place = after + 1 if not later else later[-1].place + 1
        for step in later:
            if wanted(meeting, step):
                place = step.place
                Step.objects.filter(pk=step.pk).update(reached=timezone.now())
                named: dict[str, Any] = {"item": step.item} if step.item else {}
                happened(opened, by, meeting.record, "reached", meeting=meeting.pk, **named)
                break
            Step.objects.filter(pk=step.pk).update(passed_over=timezone.now())
        Meeting.objects.filter(pk=meeting.pk).update(current=place)
    meeting.refresh_from_db()


def finish(opened: Opened, by: Person, meeting: Meeting, *, stopped: bool) -> None:
    """The end, or the family's word to stop: nothing can be shown any more."""
    state = Meeting.State.STOPPED if stopped else Meeting.State.ENDED
    with transaction.atomic(using=STORE):
        rows = Meeting.objects.filter(pk=meeting.pk, state=Meeting.State.BEGUN)
        if not rows.update(state=state, ended=timezone.now()):
            raise UsageProblem(what="this is not shown now")
        meeting.steps.update(open=False)
        what = "meeting-stopped" if stopped else "meeting-ended"
        happened(opened, by, meeting.record, what, meeting=meeting.pk)
    meeting.refresh_from_db()


def write_minutes(opened: Opened, by: Person, meeting: Meeting, text: str) -> None:
    """What was said, in the liaison's words. Raises UsageProblem before the end."""
    if meeting.ended is None:
        raise UsageProblem(what="minutes are written after the meeting")
    if not text.strip():
        raise UsageProblem(what="the note is empty")
    with transaction.atomic(using=STORE):
        Meeting.objects.filter(pk=meeting.pk).update(minutes=text.strip()[:LONGEST])
        happened(opened, by, meeting.record, "minutes", meeting=meeting.pk)
    meeting.refresh_from_db()


def seen(meeting: Meeting) -> list[Step]:
    """What was reached, in order: for the minutes and the receipt."""
    return list(meeting.steps.exclude(reached=None).order_by("place"))
