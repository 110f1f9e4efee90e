"""Before a meeting: what will be shown, in which order, with what covered."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max

from amana.errors import UsageProblem
from amana_archive.access import policy
from amana_archive.access.models import Person
from amana_archive.evidence import queries
from amana_archive.evidence.models import Case, Item, WorkingCopy
from amana_archive.families.consent import identified_case
from amana_archive.families.models import Meeting, Record, Step
from amana_archive.families.record.actions import LONGEST, happened
from amana_archive.families.router import STORE
from amana_archive.lockup.opened import Opened

PICTURES = (Step.Kind.EFFECTS, Step.Kind.BODY)


def prepare(
    opened: Opened, by: Person, record: Record, result: str, when: str = "", where: str = ""
) -> Meeting:
    """A new meeting. That somebody was identified is told only of what two people confirmed.

    Raises UsageProblem.
    """
    if result not in Meeting.Result.values:
        raise UsageProblem(what="choose what there is to tell")
    case = identified_case(record)
    if result == Meeting.Result.IDENTIFIED and case is None:
        raise UsageProblem(
            what="nobody is told of an identification that two people did not confirm"
        )
    with transaction.atomic(using=STORE):
        made = Meeting.objects.create(
            record=record,
            by=by.pk,
            result=result,
            case=case if result == Meeting.Result.IDENTIFIED else None,
            when=when.strip()[:60],
            where=where.strip()[:200],
        )
        happened(opened, by, record, "meeting-prepared", meeting=made.pk)
    return made


def showable(person: Person, meeting: Meeting) -> list[Item]:
    """The items of the identified case that this liaison may see."""
    case = Case.objects.filter(pk=meeting.case).first() if meeting.case else None
    if case is None or not policy.see_case(person, case):
        return []
    return [item for item in queries.members(person, case) if item.is_picture]


def add_step(
    opened: Opened,
    by: Person,
    meeting: Meeting,
    kind: str,
    text: str,
    item: Item | None = None,
    copy: WorkingCopy | None = None,
) -> Step:
    """One more thing to show, at the end. Raises UsageProblem."""
    _still_prepared(meeting)
    if kind not in Step.Kind.values:
        raise UsageProblem(what="choose what is shown")
    if kind == Step.Kind.WORDS and not text.strip():
        raise UsageProblem(what="say it in words")
    if kind in PICTURES:
        _check_picture(by, meeting, item, copy)
    else:
        item = copy = None
    (last,) = meeting.steps.aggregate(last=Max("place")).values()
    with transaction.atomic(using=STORE):
        made = Step.objects.create(
            meeting=meeting,
            place=(last or 0) + 1,
            kind=kind,
            text=text.strip()[:LONGEST],
            item=item.pk if item else None,
            copy=copy.pk if copy else None,
        )
        shown: dict[str, Any] = {"item": item.pk} if item else {}
        happened(opened, by, meeting.record, "meeting-step", meeting=meeting.pk, **shown)
    return made


def _check_picture(
    by: Person, meeting: Meeting, item: Item | None, copy: WorkingCopy | None
) -> None:
    """Of the identified case, and of nobody else's; a covered one as two people confirmed it."""
    if item is None or item.pk not in {one.pk for one in showable(by, meeting)}:
        raise UsageProblem(what="only pictures of the identified case can be shown")
    if copy is not None and copy.pk not in {c.pk for c in queries.usable_copies(item)}:
        raise UsageProblem(what="this working copy cannot be shown")


def move_up(opened: Opened, by: Person, meeting: Meeting, step: Step) -> None:
    _still_prepared(meeting)
    above = meeting.steps.filter(place__lt=step.place).order_by("-place").first()
    if above is None:
        return
    with transaction.atomic(using=STORE):
        above.place, step.place = step.place, above.place
        above.save(update_fields=["place"])
        step.save(update_fields=["place"])
        happened(opened, by, meeting.record, "meeting-order", meeting=meeting.pk)


def remove_step(opened: Opened, by: Person, meeting: Meeting, step: Step) -> None:
    _still_prepared(meeting)
    with transaction.atomic(using=STORE):
        step.delete()
        happened(opened, by, meeting.record, "meeting-step-removed", meeting=meeting.pk)


def _still_prepared(meeting: Meeting) -> None:
    if meeting.state != Meeting.State.PREPARED:
        raise UsageProblem(what="this meeting has begun already")
