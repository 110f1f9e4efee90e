"""From the store to the catalogue: every item of the archive's inventory has a row here.

Idempotent: a second run adds what is new and follows states that changed. It reads the store's
index through an archive of its own, because SQLite's connections belong to their threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import transaction

from amana.core.encoding import Json
from amana.errors import AmanaError, Locked
from amana.ports import Progress, silent
from amana.reunite.archive import Archive
from amana.reunite.inventory import Item as Held
from amana.reunite.inventory import inventory
from amana_archive.access.audit import record
from amana_archive.evidence import texts
from amana_archive.evidence.models import Change, Collection, Item
from amana_archive.evidence.pictures import Asked, darkroom
from amana_archive.evidence.source import copy_bytes, original_bytes
from amana_archive.intake.plain import plain
from amana_archive.lockup.opened import Opened
from amana_archive.search.documents import reindex

BATCH = 200
_TAKEN = ("DateTimeOriginal", "DateTimeDigitized", "DateTime")


def sync(opened: Opened, progress: Progress = silent) -> Json:
    """Bring the catalogue up to the store. Returns {added, changed}."""
    archive = opened.archive
    added = changed = 0
    with Archive.open(archive.folder, archive.identity) as mine:
        held = inventory(mine)
        total, done = held.items_total, 0
        for batch in _batches(held.items()):
            new, moved = _take(opened, batch)
            added, changed, done = added + new, changed + moved, done + len(batch)
            progress(done, total, "taking items into the catalogue")
    if added or changed:
        record(opened, None, "catalogue.synced", added=added, changed=changed)
    return {"added": added, "changed": changed}


def _batches(items: Iterator[Held]) -> Iterator[list[Held]]:
    while batch := list(islice(items, BATCH)):
        yield batch


def _take(opened: Opened, batch: Sequence[Held]) -> tuple[int, int]:
    collections = {origin: _collection(origin) for origin in {h.origin for h in batch}}
    rows = [_row(h, collections[h.origin]) for h in batch]
    known = _known(rows)
    fresh = [row for row in rows if _place(row) not in known]
    for row in fresh:
        row.veil, row.words = _veil(opened, row), _words(opened, row)
    with transaction.atomic():
        Item.objects.bulk_create(fresh)
        moved = _follow(opened, [r for r in rows if _place(r) in known], known)
        reindex(fresh)
    return len(fresh), moved


def _collection(origin: str) -> Collection:
    """One ledger is one collection; the archive may give it a better name."""
    found, _ = Collection.objects.get_or_create(origin=origin, defaults={"name": origin[-8:]})
    return found


def _place(row: Item) -> tuple[int, int, str]:
    return row.collection_id, row.seq, row.leaf


def _known(rows: Sequence[Item]) -> dict[tuple[int, int, str], Item]:
    leaves = [row.leaf for row in rows]
    held = Item.objects.filter(leaf__in=leaves, collection__in={r.collection_id for r in rows})
    return {_place(row): row for row in held}


def _follow(opened: Opened, rows: Sequence[Item], known: dict[tuple[int, int, str], Item]) -> int:
    moved = []
    for row in rows:
        here = known[_place(row)]
        late = not here.veil and _veil(opened, here)
        if here.state == row.state and not late:
            continue
        if here.state != row.state:
            change = {"thing": "item", "key": here.pk, "field": "state"}
            Change.objects.create(**change, old=here.state, new=row.state, reason="the store")
        here.state, here.veil = row.state, late or here.veil
        here.words = here.words or _words(opened, here)
        here.save(update_fields=["state", "veil", "words"])
        moved.append(here)
    reindex(moved)
    return len(moved)


def _row(held: Held, collection: Collection) -> Item:
    fields, original = held.record.fields, held.record.original
    return Item(
        collection=collection,
        seq=held.seq,
        leaf=held.record.leaf.hex(),
        sha256=original["sha256"],
        size=original["size"],
        media_type=original["media_type"][:80],
        path=plain(original["path"]),
        taken=_taken(fields.get("photo")),
        state=held.state,
        copy=held.record.copy,
        captured=_captured(fields.get("capture")),
        photo=plain(fields.get("photo")),
    )


def _captured(capture: Any) -> str:
    time = capture.get("time") if isinstance(capture, dict) else None
    return str(time[:19]).replace("T", " ") if isinstance(time, str) else ""


def _taken(photo: Any) -> str:
    """The camera's own time as YYYY-MM-DD HH:MM:SS; empty where it says none."""
    exif = photo.get("exif") if isinstance(photo, dict) else None
    for name in _TAKEN:
        text = exif.get(name) if isinstance(exif, dict) else None
        if isinstance(text, str) and len(text) >= 19 and text[:4].isdigit():
            return text[:10].replace(":", "-") + text[10:19]
    return ""


def _veil(opened: Opened, row: Item) -> bytes:
    if row.copy is None:
        return b""
    try:
        return darkroom.answer(Asked(copy_bytes(opened, row)[0]))
    except Locked:
        raise
    except AmanaError:
        return b""  # not here yet, or not decodable: the grid says so with a plain mark


def _words(opened: Opened, row: Item) -> str:
    if not texts.readable(row.media_type, row.size):
        return ""
    try:
        document = texts.Document(original_bytes(opened, row), row.media_type)
        return str(plain(texts.reader.answer(document)))
    except Locked:
        raise
    except AmanaError:
        return ""
