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
from pathlib import Path

from amana.core.unseal import unseal
from amana.errors import AmanaError, Damaged, Malformed
from amana.ledger.entry import ITEM
from amana.ports import Progress, silent
from amana.reunite.archive import Archive
from amana.reunite.catalogue import KIND_ARRIVAL
from amana.reunite.commit import Fresh, ReceiveReport, commit_checkpoint, commit_pack
from amana.reunite.commitment import accept_checkpoint
from amana.reunite.confined import Outcome, examined_confined
from amana.reunite.examine import Examined, examine, keep_streamed, records_tag, tag_of
from amana.reunite.inboxes import Arrival, arrivals, checkpoint_files
from amana.reunite.keys import COPY, ORIGINAL, object_name
from amana.reunite.proving import prove_all
from amana.reunite.slips import checkpoint_slip, pack_slip, write_slip
from amana.reunite.store import SealTo, flush_together
from amana.vault.pack import COPIES, OpenMember

__all__ = ["ReceiveReport", "examine_here", "prove_all", "receive", "sweep"]

_MAX_CHECKPOINT = 1 << 20


Opener = Callable[[Sequence[Arrival], Archive], Iterator[Outcome]]


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
    now = int(archive.clock().timestamp())
    fresh = _write_objects(archive, arrival, examined)
    slip = write_slip(archive, pack_slip(examined, now))
    flush_together(archive.records, archive.store)
    with archive.catalogue.transaction():
        commit_pack(archive, examined, fresh, report, now)
        archive.catalogue.add_object(slip.tag, KIND_ARRIVAL, now, slip.sealed)
        archive.catalogue.add_pack(examined.sha256, records_tag(examined, archive.keys), now)
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


def _write_objects(archive: Archive, arrival: Arrival, examined: Examined) -> Fresh:
    """Everything of the pack that is not held yet, written; lasting after the next flush."""
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
    now = int(archive.clock().timestamp())
    slip = write_slip(archive, checkpoint_slip(note, kit.codename, now))
    archive.records.flush()
    with archive.catalogue.transaction():
        archive.catalogue.add_object(slip.tag, KIND_ARRIVAL, now, slip.sealed)
        report.checkpoints_new += commit_checkpoint(archive, note, checkpoint, kit, now)
