"""What a pack changes in the catalogue: the same when it arrives, and when a lost catalogue is
made again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from amana.core.encoding import Json, canonical
from amana.core.ids import is_origin
from amana.kits.kit import PublicKit
from amana.ledger.checkpoint import Checkpoint
from amana.ledger.entry import ACT, ITEM, SKIPPED, Record
from amana.reunite.archive import Archive, checkpoint_row
from amana.reunite.catalogue import (
    KIND_ACT,
    KIND_ASIDE,
    KIND_COPY,
    KIND_ITEM,
    KIND_ORIGINAL,
    KIND_RECORDS,
    KIND_SKIPPED,
    RecordRow,
)
from amana.reunite.examine import Examined, Expected, Found, expectations, records_tag, tag_of
from amana.reunite.keys import COPY, ORIGINAL
from amana.vault.pack import COPIES

_KINDS = {ITEM: KIND_ITEM, SKIPPED: KIND_SKIPPED, ACT: KIND_ACT}
UNNAMED = ""
# What was not held before: its tag, and the SHA-256 of the sealed object.
Fresh = dict[bytes, bytes]


@dataclass
class ReceiveReport:
    """What one run received.

    `packs_refused`, `refused` and `checkpoints_refused` hold {"what", "reason"}: of a whole pack,
    of one item of a pack that was opened, of a checkpoint. `altered` are items whose bytes are not
    those of their record. `bytes` counts sealed packs. `confined` says what held the processes
    that opened them, and what this system does not offer; empty where none was needed.
    """

    packs_opened: int = 0
    packs_known: int = 0
    packs_refused: list[dict[str, str]] = field(default_factory=list)
    items: int = 0
    records_new: int = 0
    objects_new: int = 0
    objects_known: int = 0
    altered: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, str]] = field(default_factory=list)
    checkpoints_new: int = 0
    checkpoints_refused: list[dict[str, str]] = field(default_factory=list)
    bytes: int = 0
    confined: str = ""

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


def commit_pack(
    archive: Archive, examined: Examined, fresh: Fresh, report: ReceiveReport, now: int
) -> None:
    """Inside a transaction: the pack's records, its objects, what was altered in it; `now` is
    when it arrived (Unix seconds). Whether the pack itself is received, the caller says."""
    catalogue = archive.catalogue
    wanted = expectations(examined.records)
    rows = [_row(archive, record, wanted) for record in examined.records]
    report.records_new += catalogue.add_records(rows, now)
    lines = records_tag(examined, archive.keys)
    if lines in fresh:
        catalogue.add_object(lines, KIND_RECORDS, now, fresh[lines])
    for found in examined.found:
        tag = tag_of(found, archive.keys)
        known = tag not in fresh
        sealed = fresh.pop(tag, b"")
        if found.good:
            kind = KIND_COPY if found.kind == COPY else KIND_ORIGINAL
            catalogue.add_object(tag, kind, now, sealed)
            report.objects_known += known
            report.objects_new += not known
        else:
            catalogue.add_object(tag, KIND_ASIDE, now, sealed)
            _remember_altered(archive, examined, found, tag, report, now)


def _row(archive: Archive, record: Record, wanted: dict[tuple[str, str], Expected]) -> RecordRow:
    origin = record.fields.get("ledger")
    original = copy = None
    if record.kind == ITEM:
        sha256 = record.original["sha256"]
        original = archive.keys.tag(ORIGINAL, sha256)
        expected = wanted.get((COPIES, sha256))
        copy = archive.keys.tag(COPY, expected.sha256) if expected else None
    return RecordRow(
        ledger=archive.catalogue.ledger(origin if is_origin(origin) else UNNAMED),  # type: ignore[arg-type]
        seq=record.seq,
        leaf=record.leaf,
        kind=_KINDS[record.kind],
        original=original,
        copy=copy,
        closed=archive.keys.close_row(record.line),
    )


def _remember_altered(
    archive: Archive,
    examined: Examined,
    found: Found,
    tag: bytes,
    report: ReceiveReport,
    now: int,
) -> None:
    paths = [
        r.original["path"]
        for r in examined.records
        if r.kind == ITEM and r.original["sha256"] == found.original
    ]
    detail: Json = {
        "side": found.kind,
        "original": found.original,
        "path": paths[0] if paths else "",
        "expected": found.expected,
        "expected_size": found.expected_size,
        "actual": found.actual,
        "size": found.size,
        "pack": examined.sha256,
    }
    if not found.expected:
        report.refused.append(
            {"what": str(detail["path"]), "reason": "a copy arrived that no record describes"}
        )
        return
    report.altered.append(detail)
    archive.catalogue.add_altered(
        archive.keys.tag(found.kind, found.expected),
        tag,
        KIND_COPY if found.kind == COPY else KIND_ORIGINAL,
        archive.keys.close_row(canonical(detail)),
        now,
    )


def commit_checkpoint(
    archive: Archive, note: str, checkpoint: Checkpoint, kit: PublicKit, now: int
) -> bool:
    """Inside a transaction: a verified checkpoint that arrived at `now`; whether it is new."""
    return archive.catalogue.add_checkpoint(
        archive.catalogue.ledger(checkpoint.origin),
        checkpoint.size,
        checkpoint.root,
        archive.keys.close_row(checkpoint_row(note, kit)),
        now,
    )
