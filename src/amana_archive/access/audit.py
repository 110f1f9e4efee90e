"""Who did what: an entry in the archive's ledger before the act, and an index of it for reading."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest

from amana.core.encoding import Json
from amana.ledger.entry import Record
from amana_archive.access.models import Act, Person, Role
from amana_archive.evidence.models import Item
from amana_archive.lockup.opened import Opened

_BATCH = 500
_FRAME = frozenset({"v", "kind", "seq", "salt"})


def opened(request: HttpRequest) -> Opened:
    found: Opened = request.opened  # type: ignore[attr-defined]
    return found


def note(request: HttpRequest, act: str, **fields: Any) -> Record:
    """Record one act of the person behind `request`.

    Raises AmanaError where the ledger cannot be written: then nothing may be shown or changed.
    """
    return record(opened(request), getattr(request, "person", None), act, **fields)


def note_items(request: HttpRequest, act: str, items: Sequence[Item], **fields: Any) -> None:
    """One entry for each item, all of them before anything leaves."""
    by = _by(getattr(request, "person", None))
    acts = [{"act": act, **by, **of_item(item), **fields} for item in items]
    opened(request).recorder.record_all(acts)


def record(opened: Opened, person: Person | None, act: str, **fields: Any) -> Record:
    return opened.recorder.record({"act": act, **_by(person), **fields})


def _by(person: Person | None) -> Json:
    return {"who": person.login, "person": person.pk, "role": person.role} if person else {}


def typed(person: Person, words: str) -> str:
    """What somebody typed into a search, for its entry. A liaison may have typed the name of a
    family's relative, and the ledger forgets nothing: his entry says what was found, not this."""
    return "" if person.role == Role.LIAISON else words


def of_item(item: Item) -> Json:
    """How an entry names an item: by its place here and by its place in the source's ledger."""
    return {"item": item.pk, "ledger": item.collection.origin, "record": item.seq}


def catch_up(opened: Opened) -> int:
    """Bring the index up to the ledger; how many entries were added."""
    (last,) = Act.objects.aggregate(last=Max("seq")).values()
    start = 0 if last is None else int(last) + 1
    if start >= opened.recorder.size:
        return 0
    rows = [_row(r) for r in opened.recorder.records(start)]
    with transaction.atomic():
        Act.objects.bulk_create(rows, batch_size=_BATCH, ignore_conflicts=True)
    return len(rows)


def _row(record: Record) -> Act:
    fields = {k: v for k, v in record.fields.items() if k not in _FRAME}
    return Act(
        seq=record.seq,
        time=str(fields.pop("time", "")),
        act=str(fields.pop("act", "")),
        person=_number(fields.pop("person", None)),
        who=str(fields.pop("who", ""))[:60],
        item=_number(fields.get("item")),
        case=_number(fields.get("case")),
        fields=json.dumps(fields, ensure_ascii=False),
    )


def _number(value: object) -> int | None:
    return value if type(value) is int else None
