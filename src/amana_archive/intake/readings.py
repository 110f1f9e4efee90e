"""What machines read of cards and documents (`amana archive read`) becomes hints in the catalogue.

A machine's reading is never truth: it is kept as the machine's, with its confidence; it can be
found by, it is shown, a person may agree or not, and no identity is made of it. The store keeps
readings in the order they were made, so that only new ones are taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from django.conf import settings
from django.db import transaction

from amana.core.encoding import Json
from amana.reunite.archive import Archive
from amana.reunite.readings import Reading as MadeByMachine
from amana.reunite.readings import Readings
from amana_archive.access.audit import record
from amana_archive.evidence.models import (
    Change,
    Followed,
    Item,
    MachineText,
    Number,
    NumberSeen,
    Reading,
)
from amana_archive.intake.plain import plain
from amana_archive.lockup.opened import Opened
from amana_archive.search.documents import reindex

SOURCE = "readings"
BATCH = 100
_WHOLE_CARD = len(Number.values)


def cursor() -> int:
    """The last reading that was taken."""
    row = Followed.objects.filter(source=SOURCE).first()
    return row.cursor if row else 0


def follow(opened: Opened) -> Json:
    """Take what machines read since the last time. Raises Locked, Damaged."""
    archive = opened.archive
    # An archive of its own: SQLite's connections belong to their threads.
    with Archive.open(archive.folder, archive.identity) as mine:
        return take(opened, Readings.of(mine).since(cursor()))


def take(opened: Opened, readings: Iterable[MadeByMachine]) -> Json:
    """Take readings that came after `cursor`, in their order. Returns {readings, items}.

    A reading of a file that is not in the catalogue is passed over: its record has not arrived, and
    the catalogue follows the records first.
    """
    count = touched = 0
    for batch in _batches(iter(readings)):
        with transaction.atomic():
            touched += _take(batch)
            Followed.objects.update_or_create(
                source=SOURCE, defaults={"cursor": max(r.cursor for r in batch)}
            )
        count += len(batch)
    if count:
        record(opened, None, "readings.taken", readings=count, items=touched)
    return {"readings": count, "items": touched}


def _batches(readings: Iterator[MadeByMachine]) -> Iterator[list[MadeByMachine]]:
    while batch := list(islice(readings, BATCH)):
        yield batch


def _take(batch: Sequence[MadeByMachine]) -> int:
    rows = Item.objects.filter(sha256__in={r.original for r in batch})
    by_digest: dict[str, list[Item]] = {}
    for item in rows.select_related("collection"):
        by_digest.setdefault(item.sha256, []).append(item)
    touched: dict[int, Item] = {}
    for reading in batch:
        for item in by_digest.get(reading.original, ()):
            _keep(item, reading)
            touched[item.pk] = item
    reindex(list(touched.values()))
    return len(touched)


def _keep(item: Item, reading: MadeByMachine) -> None:
    is_said = bool(reading.text or reading.trouble or reading.unread)
    if is_said:
        _keep_text(item, reading)
    for seen in reading.numbers:
        NumberSeen.objects.get_or_create(
            item=item,
            cursor=reading.cursor,
            line=seen.line,
            place=seen.place,
            defaults={
                "machine": reading.machine[:120],
                "value": seen.value[:20],
                "script": seen.script[:16],
                "confidence": seen.confidence,
                "box": list(seen.box),
            },
        )
    if reading.numbers:
        said = ", ".join(f"{s.value} ({s.confidence} %)" for s in reading.numbers)
        _remember(item, "numbers seen by a machine", said, reading.machine)
        _keep_as_readings(item, reading)


def _keep_text(item: Item, reading: MadeByMachine) -> None:
    _, made = MachineText.objects.get_or_create(
        item=item,
        cursor=reading.cursor,
        defaults={
            "how": reading.how[:60],
            "machine": reading.machine[:120],
            "confidence": reading.confidence,
            "text": plain(reading.text),
            "unread": reading.unread,
            "trouble": reading.trouble[:300],
        },
    )
    if made and reading.text:
        _remember(item, "text read", reading.how, reading.machine)


def _keep_as_readings(item: Item, reading: MadeByMachine) -> None:
    """Which number is which is known only where the archive says how its cards are written, and the
    card gave all of them in one line."""
    order, numbers = settings.AMANA_CARD_ORDER, reading.numbers
    is_whole = len(numbers) == _WHOLE_CARD and len({n.line for n in numbers}) == 1
    if not is_whole or sorted(order) != sorted(Number.values):
        return
    machine = reading.machine[:60]
    for number, seen in zip(order, sorted(numbers, key=lambda n: n.place), strict=True):
        same = Reading.objects.filter(item=item, number=number, machine=machine, ended=None)
        if same.filter(value=seen.value[:20]).exists():
            continue
        Reading.objects.create(
            item=item,
            number=number,
            finding=Reading.Finding.READ,
            value=seen.value[:20],
            confidence=seen.confidence,
            machine=machine,
        )


def _remember(item: Item, field: str, new: str, machine: str) -> None:
    Change.objects.create(
        thing="item", key=item.pk, field=field, new=new[:400], reason=machine[:300]
    )
