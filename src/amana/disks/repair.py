"""Old disks made whole again from each other, and lost ones made anew. No keys are needed: the
note and the index that the source signed are on every disk.

A bad block is written over where it lies (a disk remaps a bad sector when it is written to); a
missing or cut file is made anew. What is written was proved by the signed index first.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from amana.core.durable import Disk
from amana.disks.buffers import Ring
from amana.disks.damage import Damage, DamagedFile, report
from amana.disks.finishing import Finishing
from amana.disks.identify import settle_numbers
from amana.disks.lanes import Lane
from amana.disks.layout import BLOCK, CHUNK, position_of
from amana.disks.manifest import Stripe
from amana.disks.media import DiskSet, Medium, open_set, read_chunk, read_stripes
from amana.disks.pool import workers
from amana.disks.reading import Reader
from amana.disks.report import Report
from amana.disks.restore import StripeReader, reading_ring, sources_on
from amana.disks.target import Target
from amana.disks.verify import verify_piece
from amana.errors import NotProved, SourceMissing, UsageProblem
from amana.ports import Progress, silent

_MAX_EXTRA = 1 << 20


@dataclass(frozen=True)
class DiskRepaired:
    """One medium: blocks and files written, and why it was given up, if it was."""

    path: str
    disk: int
    blocks: int
    files: int
    bytes: int
    full: bool
    failure: str


@dataclass(frozen=True)
class RepairReport(Report):
    """`damaged`: what was found; `lost`: files that these disks do not suffice to make again."""

    set_id: str
    vkey: str
    k: int
    n: int
    stripes: int
    disks: tuple[DiskRepaired, ...]
    damaged: tuple[DamagedFile, ...]
    lost: tuple[str, ...]
    unknown: int
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether every disk that was given is whole now."""
        return (
            not self.lost and not self.unknown and not any(d.failure or d.full for d in self.disks)
        )


@dataclass
class _Bench:
    """A medium on the workbench."""

    target: Target
    blocks: int = 0
    files: int = 0


@dataclass
class _Repair:
    found: DiskSet
    benches: list[_Bench]
    holders: list[Target]
    disk_io: Disk
    reader: Reader
    pool: ThreadPoolExecutor
    finishing: Finishing
    ring: Ring
    damage: list[Damage] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    seen: int = 0


@dataclass
class _Fault:
    """A bad piece; where it is written anew, the file on its way (None on a disk that is full); and
    what became of it."""

    bench: _Bench
    position: int
    bad: Damage
    anew: bool
    lane: Lane | None
    lost: bool = False


def repair(
    disks: Sequence[Path],
    *,
    anew: Sequence[tuple[int | None, Path]] = (),
    vkey: str | None = None,
    set_id: str | None = None,
    progress: Progress = silent,
    disk_io: Disk | None = None,
    reader: Reader | None = None,
) -> RepairReport:
    """Make each of `disks` whole from the others; or, with `anew`, make lost ones again in empty
    folders: (the number, or None for the lowest that is missing; the folder). Then the others are
    only read, as far as they are needed, and what is found bad on them is told.

    Raises NotOurs, NotProved, UsageProblem, SourceMissing.
    """
    started = time.monotonic()
    disk_io, reader = disk_io or Disk(), reader or Reader()
    found = open_set(disks, reader, vkey=vkey, set_id=set_id)
    settle_numbers(found, reader)
    here = [_Bench(_target(medium)) for medium in found.media if medium.disk]
    new = [_Bench(target) for target in _new_targets(found, anew)]
    with workers() as pool:
        holders = [bench.target for bench in here + new]
        finishing, ring = Finishing(pool, disk_io), reading_ring(found.head.n)
        work = _Repair(found, new or here, holders, disk_io, reader, pool, finishing, ring)
        for bench in work.benches:
            bench.target.begin(found.head.set_id, found.head.stripes, disk_io)
        for stripe in read_stripes(found.head, found.media, reader):
            work.seen += 1
            if faults := _look(work, stripe):
                _mend_stripe(work, stripe, faults)
            progress(stripe.number, found.head.stripes, "repairing")
        work.finishing.end()
        _publish(work)
    return _report(work, time.monotonic() - started)


def _target(medium: Medium) -> Target:
    assert medium.disk is not None
    held = medium.label.held if medium.label else ((1, medium.stripes),)
    target = Target(medium.path, medium.disk, new=False)
    if medium.label:
        target.medium = medium.label.medium
    target.held = {stripe for first, last in held for stripe in range(first, last + 1)}
    target.labelled = frozenset(target.held)
    return target


def _new_targets(found: DiskSet, anew: Sequence[tuple[int | None, Path]]) -> Iterator[Target]:
    missing = [d for d in range(1, found.head.n + 1) if d not in found.numbers]
    for number, path in anew:
        if not path.is_dir():
            raise SourceMissing(path=str(path))
        if number is None and not missing:
            raise UsageProblem(what="no disk of this set is missing")
        disk = missing[0] if number is None else number
        if not 1 <= disk <= found.head.n:
            raise UsageProblem(what=f"this set has no disk {disk}")
        if disk in missing:
            missing.remove(disk)
        yield Target(path, disk)


# --- one stripe ------------------------------------------------------------------------------


def _look(work: _Repair, stripe: Stripe) -> list[_Fault]:
    """What is bad, on all disks before any is mended: so a disk that is bad here mends another
    that is bad there."""
    n = work.found.head.n
    faults: list[_Fault] = []
    for bench in work.benches:
        target = bench.target
        position = position_of(target.disk, stripe.number, n)
        piece = stripe.pieces[position]
        if target.failure:
            continue
        if not piece.size:
            target.held.add(stripe.number)
            continue
        path = target.path / stripe.name(position)
        bad = verify_piece(path, piece, work.reader, work.pool)
        if bad is None:
            target.held.add(stripe.number)
        elif not bad.missing or target.new or _should_hold(work, target, stripe.number):
            # Block by block, if the file is there and as long as it should be; else all of it.
            anew = bad.missing or work.reader.size_of(path) != piece.size
            name = stripe.name(position)
            lane = target.lane(name, piece.size, work.disk_io, work.reader) if anew else None
            faults.append(_Fault(bench, position, bad, anew, lane))
    return faults


def _mend_stripe(work: _Repair, stripe: Stripe, faults: Sequence[_Fault]) -> None:
    found, n = work.found, work.found.head.n
    holders = [t for t in work.holders if not t.failure and (not t.new or stripe.number in t.held)]
    sources = sources_on(stripe, n, holders)
    try:
        with StripeReader(
            found.head, stripe, sources, work.reader, work.pool, work.ring
        ) as stripes:
            for fault in faults:
                if fault.anew:
                    _write_anew(fault, stripes)
                else:
                    _overwrite(work, fault, stripes)
    except BaseException:
        for fault in faults:
            if fault.lane:
                fault.lane.abandon()
        raise
    _note(work, stripe, faults, stripes.damage)


def _overwrite(work: _Repair, fault: _Fault, stripes: StripeReader) -> None:
    """Bad blocks are written over where they lie."""
    for block in fault.bad.blocks:
        window = stripes.block(block, [fault.position])
        if fault.position in window.lost:
            fault.lost = True
            return
        data = bytes(window.blocks[fault.position])
        over = partial(work.disk_io.overwrite, fault.bad.path, block * BLOCK, data)
        if fault.bench.target.guard(over):
            fault.bench.blocks += 1
            fault.bench.target.written += len(data)


def _write_anew(fault: _Fault, stripes: StripeReader) -> None:
    lane = fault.lane
    if lane is None:  # the disk takes no more
        return
    for window in stripes.windows([fault.position]):
        if window.lost:
            lane.abandon()
            fault.lost = True
            return
        if fault.position in window.blocks:  # beyond the end of a short piece there is nothing
            lane.write(window.blocks[fault.position])


def _note(
    work: _Repair, stripe: Stripe, faults: Sequence[_Fault], damage: dict[Path, Damage]
) -> None:
    """Take note of what became of a stripe."""
    whole = []
    for fault in faults:
        target = fault.bench.target
        if fault.lost:
            work.lost.append(str(fault.bad.path))
            if fault.anew:
                target.held.discard(stripe.number)
        elif fault.lane is not None:
            whole.append((target, fault.lane, stripe.pieces[fault.position].size))
            fault.bench.files += 1
    work.finishing.begin(stripe.number, whole)
    seen = {fault.bad.path: fault.bad for fault in faults} | damage
    work.damage += [d for d in seen.values() if _is_damage(work, d, stripe.number)]


def _is_damage(work: _Repair, damage: Damage, stripe: int) -> bool:
    """A file that a disk never had is not damaged."""
    target = next(t for t in work.holders if damage.path.is_relative_to(t.path))
    return not target.new and (not damage.missing or stripe in target.labelled)


def _should_hold(work: _Repair, target: Target, stripe: int) -> bool:
    """A piece that another medium of the same disk holds need not be here as well."""
    others = [t for t in work.holders if t.disk == target.disk and t is not target]
    return not any(stripe in other.held for other in others)


# --- note, index, label ----------------------------------------------------------------------


def _publish(work: _Repair) -> None:
    """Every disk gets the newest note, a whole index, and the sealed files that belong to them."""
    found, reader = work.found, work.reader
    extras = _good_extras(found, reader)

    def index_from(offset: int) -> Iterator[bytes]:
        for number in range(offset // CHUNK, len(found.head.chunks)):
            chunk = read_chunk(found.head, found.media, number, reader)
            if chunk is None:
                raise NotProved(what="the index", reason="no disk here has all of it")
            yield chunk[max(0, offset - number * CHUNK) :]

    def publish(bench: _Bench) -> None:
        bench.target.publish(found.head, found.note, index_from, extras, work.disk_io, reader)

    list(work.pool.map(publish, work.benches))


def _good_extras(found: DiskSet, reader: Reader) -> dict[str, bytes]:
    good: dict[str, bytes] = {}
    for extra in found.head.extras:
        for medium in found.media:
            data = reader.whole(medium.path / extra.name, _MAX_EXTRA)
            if data is not None and hashlib.sha256(data).hexdigest() == extra.sha256:
                good[extra.name] = data
                break
    return good


def _report(work: _Repair, seconds: float) -> RepairReport:
    head = work.found.head
    return RepairReport(
        set_id=head.set_id,
        vkey=head.vkey,
        k=head.k,
        n=head.n,
        stripes=head.stripes,
        disks=tuple(_repaired(bench) for bench in work.benches),
        damaged=report(work.damage),
        lost=tuple(work.lost),
        unknown=head.stripes - work.seen,
        seconds=seconds,
    )


def _repaired(bench: _Bench) -> DiskRepaired:
    target = bench.target
    return DiskRepaired(
        path=str(target.path),
        disk=target.disk,
        blocks=bench.blocks,
        files=bench.files,
        bytes=target.written,
        full=target.full,
        failure=target.failure.message if target.failure else "",
    )
