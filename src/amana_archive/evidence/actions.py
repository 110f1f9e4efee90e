"""The only writers of what is known. Each writes its rows, their history and an entry in the
archive's ledger in one transaction: if the entry cannot be written, nothing has happened."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from amana.core.encoding import Json
from amana.errors import UsageProblem
from amana.ledger.entry import Record
from amana_archive.access.audit import of_item, record
from amana_archive.access.models import Person
from amana_archive.evidence.agreement import all_agree
from amana_archive.evidence.models import (
    Change,
    Item,
    ItemTag,
    Note,
    Number,
    Reading,
    Skip,
    Tag,
)
from amana_archive.lockup.opened import Opened
from amana_archive.search.documents import reindex

LONGEST_NOTE = 4000


def required(reason: str) -> str:
    """Raises UsageProblem for an empty reason."""
    if not reason.strip():
        raise UsageProblem(what="a reason is needed")
    return reason.strip()[:300]


def remember(
    entry: Record, by: Person | None, thing: str, key: int, change: Json, reason: str = ""
) -> None:
    """One line of history: `change` is {field, old, new}."""
    Change.objects.create(
        thing=thing,
        key=key,
        field=change["field"],
        old=change.get("old", ""),
        new=change.get("new", ""),
        by=by,
        reason=reason,
        act=entry.seq,
    )


def add_tag(opened: Opened, by: Person, item: Item, tag: Tag) -> ItemTag:
    """Say that a tag fits. Saying it twice is saying it once."""
    held = ItemTag.objects.filter(item=item, tag=tag, ended=None).first()
    if held is not None:
        return held
    with transaction.atomic():
        made = ItemTag.objects.create(item=item, tag=tag, by=by)
        reindex([item])
        entry = record(opened, by, "item.tagged", **of_item(item), tag=tag.code)
        remember(entry, by, "item", item.pk, {"field": "tag", "new": tag.code})
    return made


def take_tag(opened: Opened, by: Person, tagged: ItemTag, reason: str) -> None:
    """Take a tag back; that it was there stays known. Raises UsageProblem without a reason."""
    reason = required(reason)
    with transaction.atomic():
        here = ItemTag.objects.filter(pk=tagged.pk, ended=None)
        if not here.update(ended=timezone.now(), ended_by=by, reason=reason):
            return
        reindex([tagged.item])
        code = tagged.tag.code
        entry = record(opened, by, "item.untagged", **of_item(tagged.item), tag=code, reason=reason)
        remember(entry, by, "item", tagged.item_id, {"field": "tag", "old": code}, reason)


def add_note(opened: Opened, by: Person, item: Item, text: str) -> Note:
    """A free note, in any language. Raises UsageProblem for an empty one."""
    if not text.strip():
        raise UsageProblem(what="the note is empty")
    with transaction.atomic():
        made = Note.objects.create(item=item, text=text.strip()[:LONGEST_NOTE], by=by)
        reindex([item])
        entry = record(opened, by, "item.noted", **of_item(item), note=made.pk)
        remember(entry, by, "item", item.pk, {"field": "note", "new": made.text})
    return made


def add_reading(
    opened: Opened,
    by: Person,
    item: Item,
    number: str,
    finding: str,
    value: str,
    confidence: int,
    settles: bool = False,
) -> Reading:
    """What one person read. A second reading by the same person ends the first, which stays.

    `confidence` in per cent. `settles` decides between readings that disagree, and is a third
    person's. Raises UsageProblem.
    """
    value = _western(value)
    _check_reading(number, finding, value, confidence)
    current = Reading.objects.filter(item=item, number=number, ended=None)
    if settles:
        _check_settling(by, list(current))
    with transaction.atomic():
        now, why = timezone.now(), "read again"
        current.filter(by=by, machine="").update(ended=now, ended_by=by, reason=why)
        made = Reading.objects.create(
            item=item,
            number=number,
            finding=finding,
            value=value,
            confidence=confidence,
            settles=settles,
            by=by,
        )
        reindex([item])
        act = "reading.settled" if settles else "reading.added"
        entry = record(
            opened,
            by,
            act,
            **of_item(item),
            number=number,
            finding=finding,
            value=value,
            confidence=confidence,
        )
        change = {"field": f"reading {number}", "new": value or finding}
        remember(entry, by, "item", item.pk, change)
    return made


def _check_reading(number: str, finding: str, value: str, confidence: int) -> None:
    if number not in Number.values or finding not in Reading.Finding.values:
        raise UsageProblem(what="which number it is, and how it was found, must be chosen")
    if (finding == Reading.Finding.READ) != bool(value):
        raise UsageProblem(what="a number that was read has digits, and no other has")
    if not 0 <= confidence <= 100:
        raise UsageProblem(what="confidence is from 0 to 100 per cent")


def _check_settling(by: Person, current: Sequence[Reading]) -> None:
    people = {r.by_id for r in current if not r.machine}
    answers = [(r.finding, r.value) for r in current if not r.settles]
    if all_agree(answers):
        raise UsageProblem(what="these readings agree: there is nothing to settle")
    if by.pk in people:
        raise UsageProblem(what="a third person must settle it, who has not read it")


def _western(value: str) -> str:
    """Digits as they are compared; a question mark stands for one that nobody can read."""
    value = "".join(str(int(c)) if c.isdecimal() else c for c in value.strip())
    if len(value) > 20 or any(not (c.isdigit() or c in "?/- ") for c in value):
        raise UsageProblem(what="a number has digits, and ? for one that cannot be read")
    return value


def skip(opened: Opened, by: Person, item: Item) -> None:
    """Somebody else, please."""
    with transaction.atomic():
        Skip.objects.get_or_create(item=item, by=by)
        record(opened, by, "item.skipped", **of_item(item))
