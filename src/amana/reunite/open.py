"""Receiving: open what arrived, hold every item against its record, keep it sealed again.

Order for one pack, so that an interruption at any instant is resumed by running it again:

    examine            open, parse, hash; nothing is kept if anything of the form is wrong
    objects, records   written over whatever stands under their names
    flush              all of it is on the medium
    catalogue commit   THE commit point: from here on the pack is received

Bytes that do not match their record are kept too, aside and sealed: they are evidence of an
alteration. They never stop the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amana.core.encoding import Json, canonical
from amana.core.ids import is_origin
from amana.core.merkle import Frontier
from amana.core.unseal import unseal
from amana.errors import AmanaError, Damaged, Malformed
from amana.ledger.entry import ACT, ITEM, SKIPPED, Record
from amana.ports import Progress, silent
from amana.reunite.archive import Archive, checkpoint_row
from amana.reunite.catalogue import (
    CONTRADICTED,
    GOOD,
    KIND_ACT,
    KIND_ASIDE,
    KIND_COPY,
    KIND_ITEM,
    KIND_ORIGINAL,
    KIND_RECORDS,
    KIND_SKIPPED,
    WAITING,
    LedgerRow,
    RecordRow,
)
from amana.reunite.commitment import Head, Verdict, accept_checkpoint, prove
from amana.reunite.confined import Outcome, examined_confined
from amana.reunite.examine import (
    Examined,
    Expected,
    Found,
    examine,
    expectations,
    keep_streamed,
    records_tag,
    tag_of,
)
from amana.reunite.inboxes import Arrival, arrivals, checkpoint_files
from amana.reunite.keys import COPY, ORIGINAL, object_name
from amana.reunite.store import SealTo
from amana.vault.pack import COPIES, OpenMember

_KINDS = {ITEM: KIND_ITEM, SKIPPED: KIND_SKIPPED, ACT: KIND_ACT}
_MAX_CHECKPOINT = 1 << 20
UNNAMED = ""


Opener = Callable[[Sequence[Arrival], Archive], Iterator[Outcome]]


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


def receive(
    archive: Archive,
    inboxes: Sequence[Path],
    *,
    progress: Progress = silent,
    examined: Opener | None = None,
) -> ReceiveReport:
    """Receive every pack and checkpoint that lies in `inboxes`. May be run again at any time.

    Packs are opened in confined processes, on all cores; `examined` may open them otherwise
    (`examine_here` does it in this process, for those who are confined already). Raises Locked,
    SourceMissing, NoSpace, WriteFailed; what is wrong with one pack or item is in the report.
    """
    report = ReceiveReport()
    archive.keys  # noqa: B018 - raises Locked before anything is done
    with archive.exclusively():
        _receive(archive, inboxes, report, progress, examined or examined_confined)
    return report


def _receive(
    archive: Archive,
    inboxes: Sequence[Path],
    report: ReceiveReport,
    progress: Progress,
    examined: Opener,
) -> None:
    sweep(archive)
    for path in checkpoint_files(inboxes):
        _take_checkpoint(archive, path, report)
    waiting, known = arrivals(archive.catalogue, inboxes)
    report.packs_known = known
    for done, (arrival, outcome) in enumerate(examined(waiting, archive)):
        if isinstance(outcome, AmanaError):
            report.packs_refused.append(_refusal(arrival.path, outcome))
        else:
            _take_pack(archive, arrival, outcome, report)
        progress(done + 1, len(waiting), "packs opened")
    prove_all(archive)


def examine_here(waiting: Sequence[Arrival], archive: Archive) -> Iterator[Outcome]:
    """Open packs one after the other in this process."""
    for arrival in waiting:
        try:
            yield arrival, examine(arrival.path, archive.opening)
        except AmanaError as error:
            yield arrival, error


def sweep(archive: Archive) -> None:
    """Remove the temporary files of an interrupted run."""
    for store in (archive.store, archive.records):
        clean = getattr(store, "sweep", None)
        if clean:
            clean()


def _refusal(path: Path, error: AmanaError) -> dict[str, str]:
    return {"what": path.name, "reason": error.message}


# --- packs ---------------------------------------------------------------------------------------


def _take_pack(
    archive: Archive, arrival: Arrival, examined: Examined, report: ReceiveReport
) -> None:
    if arrival.sha256 and arrival.sha256 != examined.sha256:
        error = Damaged(path=arrival.path.name, reason="its content is not what its name says")
        report.packs_refused.append(_refusal(arrival.path, error))
        return
    if archive.catalogue.has_pack(examined.sha256):
        report.packs_known += 1
        return
    report.confined = examined.cage or "nothing: opened in this process"
    archive.act("received", pack=examined.sha256, **_summary(examined))
    fresh = _write_objects(archive, arrival, examined)
    with archive.catalogue.transaction():
        _commit(archive, examined, fresh, report)
    report.packs_opened += 1
    report.bytes += examined.sealed_bytes
    report.items += sum(r.kind == ITEM for r in examined.records)


def _summary(examined: Examined) -> dict[str, int]:
    return {
        "records": len(examined.records),
        "originals": sum(f.kind == ORIGINAL and f.good for f in examined.found),
        "copies": sum(f.kind == COPY and f.good for f in examined.found),
        "altered": sum(not f.good for f in examined.found),
    }


Fresh = dict[bytes, bytes]


def _write_objects(archive: Archive, arrival: Arrival, examined: Examined) -> Fresh:
    """Everything of the pack onto the medium; returns what was not held before: its tag, and the
    SHA-256 of the sealed object."""
    fresh: Fresh = {}
    for found in examined.found:
        tag = tag_of(found, archive.keys)
        if tag in fresh or archive.catalogue.has_object(tag):
            continue
        fresh[tag] = b""
        if found.sealed is not None:
            fresh[tag] = archive.store.replace(object_name(tag), found.sealed, found.sealed_digest)
    if examined.streamed:
        _stream_objects(archive, arrival, examined, fresh)
    tag = records_tag(examined, archive.keys)
    if not archive.catalogue.has_object(tag):
        fresh[tag] = archive.records.replace(object_name(tag), examined.records_sealed)
        archive.records.flush()
    archive.store.flush()
    return fresh


def _stream_objects(archive: Archive, arrival: Arrival, examined: Examined, fresh: Fresh) -> None:
    by_name = {(f.kind, f.original): f for f in examined.found}

    def keep(member: OpenMember) -> None:
        found = by_name[COPY if member.series == COPIES else ORIGINAL, member.sha256]
        tag = tag_of(found, archive.keys)
        if tag in fresh:
            sealing = SealTo(archive.card.recipients)
            name = object_name(tag)
            fresh[tag] = archive.store.replace_stream(name, member, member.size, sealing)

    keep_streamed(arrival.path, archive.opening, keep, examined.sha256)


def _commit(archive: Archive, examined: Examined, fresh: Fresh, report: ReceiveReport) -> None:
    catalogue, now = archive.catalogue, int(archive.clock().timestamp())
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
            _remember_altered(archive, examined, found, tag, report)
    catalogue.add_pack(examined.sha256, lines, now)


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
    archive: Archive, examined: Examined, found: Found, tag: bytes, report: ReceiveReport
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
        int(archive.clock().timestamp()),
    )


# --- checkpoints ---------------------------------------------------------------------------------


def _take_checkpoint(archive: Archive, path: Path, report: ReceiveReport) -> None:
    try:
        data = path.read_bytes()
        if len(data) > _MAX_CHECKPOINT:
            raise Malformed(what="checkpoint", reason="longer than 1 MiB")
        opened = unseal(data, [archive.identity], "a checkpoint")
        note = opened.decode("utf-8", "replace").rstrip(" \n\0") + "\n"
        checkpoint, kit = accept_checkpoint(note, archive.kits())
    except OSError as error:
        reason = error.strerror or str(error)
        report.checkpoints_refused.append({"what": path.name, "reason": reason})
        return
    except AmanaError as error:
        report.checkpoints_refused.append(_refusal(path, error))
        return
    ledger = archive.catalogue.ledger(checkpoint.origin)
    if archive.catalogue.has_checkpoint(ledger, checkpoint.size, checkpoint.root):
        return
    # Threat: "that checkpoint was made afterwards". The archive's own ledger, witnessed and
    # timestamped, holds when it arrived and that nothing of the originals had.
    archive.act("accepted checkpoint", checkpoint=note, codename=kit.codename)
    with archive.catalogue.transaction():
        report.checkpoints_new += archive.catalogue.add_checkpoint(
            ledger,
            checkpoint.size,
            checkpoint.root,
            archive.keys.close_row(checkpoint_row(note, kit)),
            int(archive.clock().timestamp()),
        )


# --- the ledger ----------------------------------------------------------------------------------


def prove_all(archive: Archive) -> None:
    """Hold what arrived against the checkpoints, ledger by ledger, from where it was proved."""
    with archive.catalogue.transaction():
        _name_unnamed(archive)
    for ledger in archive.catalogue.ledgers():
        with archive.catalogue.transaction():
            _prove(archive, ledger)


def _name_unnamed(archive: Archive) -> None:
    """Records that name no ledger belong to the one ledger whose signed root they give."""
    catalogue = archive.catalogue
    ledgers = {ledger.origin: ledger for ledger in catalogue.ledgers()}
    unnamed = ledgers.pop(UNNAMED, None)
    if unnamed is None:
        return
    for ledger in ledgers.values():
        heads = [Head(h.id, h.size, h.root) for h in catalogue.checkpoints(ledger.id)]
        both = ((s, x) for s, x, _ in catalogue.leaves_of([unnamed.id, ledger.id]))
        if prove(Frontier(), both, heads).good:
            catalogue.move_records(unnamed.id, ledger.id)
            return


def _prove(archive: Archive, ledger: LedgerRow) -> None:
    catalogue = archive.catalogue
    heads = catalogue.checkpoints(ledger.id)
    late = any(h.size <= ledger.proved and h.verdict == WAITING for h in heads)
    start = Frontier() if late else _frontier(ledger)
    asked = [Head(h.id, h.size, h.root) for h in heads if h.size >= start.size]
    leaves = (
        (seq, leaf)
        for seq, leaf, refuted in catalogue.leaves(ledger.id, start.size)
        if not (refuted and seq < ledger.proved)
    )
    verdict = prove(start, leaves, asked)
    if verdict.frontier.size >= ledger.proved:
        _write_verdict(archive, ledger, verdict)


def _frontier(ledger: LedgerRow) -> Frontier:
    hashes = tuple(ledger.frontier[i : i + 32] for i in range(0, len(ledger.frontier), 32))
    return Frontier(ledger.proved, hashes)


def _write_verdict(archive: Archive, ledger: LedgerRow, verdict: Verdict) -> None:
    database = archive.catalogue.db
    database.executemany(
        "UPDATE checkpoint SET verdict = ? WHERE id = ?",
        [(GOOD, i) for i in verdict.good] + [(CONTRADICTED, i) for i in verdict.contradicted],
    )
    database.executemany(
        "UPDATE record SET refuted = (leaf != ?) WHERE ledger = ? AND seq = ?",
        [(leaf, ledger.id, seq) for seq, leaf in verdict.chosen.items()],
    )
    database.execute(
        "UPDATE ledger SET proved = ?, frontier = ?, note = ? WHERE id = ?",
        (verdict.frontier.size, b"".join(verdict.frontier.hashes), verdict.note, ledger.id),
    )
