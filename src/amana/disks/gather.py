"""Abroad: whatever disks arrived, in whatever state, back into packs. No keys are needed.

`out` gets the layout of an inbox: packs/<sha256 of the sealed pack>.age and
checkpoints/<sha256>.age, and beside them sets/<sha256>.age, the sealed word of the source for which
vault the set carries. A pack appears under its name only when it is whole and has that digest; what
was gathered before is not gathered again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from amana.core.durable import Disk
from amana.disks.arriving import Arriving
from amana.disks.damage import Damage, DamagedFile, report
from amana.disks.identify import settle_numbers
from amana.disks.lanes import Turns
from amana.disks.layout import BLOCK, CHECKPOINT, CONTENT
from amana.disks.manifest import Head, Piece, Stripe
from amana.disks.media import DiskSet, Medium, open_set, read_stripes
from amana.disks.pool import workers
from amana.disks.reading import Reader
from amana.disks.report import Report
from amana.disks.restore import StripeReader, Window, sources_on
from amana.ports import Progress, silent

PACKS, CHECKPOINTS, SETS = "packs", "checkpoints", "sets"
_MAX_EXTRA = 1 << 20
_WHAT = "gathering packs"


@dataclass(frozen=True)
class LostPack:
    """A pack (SHA-256 of the sealed file) that these disks do not suffice for: how many of its
    blocks are lost, of how many, and its size in bytes."""

    pack: str
    size: int
    blocks_lost: int
    blocks: int


@dataclass(frozen=True)
class GatherReport(Report):
    """`disks_used`: numbers of the disks that were there; `packs_plain`: copied as they lay;
    `packs_restored`: with at least one block from other disks; `packs_before`: there already;
    `blocks_repaired`: of 1 MiB; `lost` and `damaged` name what was lost, and which files were bad;
    `stripes_unknown`: stripes whose line no copy of the index gave whole; `foreign`, `twice`,
    `forked`: folders put aside; `behind`: disks that were not brought to the last fill."""

    set_id: str
    vkey: str
    k: int
    n: int
    disks_used: tuple[int, ...]
    packs_plain: int
    packs_restored: int
    packs_before: int
    blocks_repaired: int
    bytes: int
    lost: tuple[LostPack, ...]
    damaged: tuple[DamagedFile, ...]
    stripes_unknown: tuple[int, ...]
    foreign: tuple[str, ...]
    twice: tuple[str, ...]
    forked: tuple[str, ...]
    behind: tuple[int, ...]
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether every pack of the set is in the inbox now."""
        return not self.lost and not self.stripes_unknown


@dataclass
class _Gathering:
    head: Head
    out: Path
    disk_io: Disk
    reader: Reader
    pool: ThreadPoolExecutor
    progress: Progress
    damage: list[Damage] = field(default_factory=list)
    arriving: dict[str, Arriving] = field(default_factory=dict)
    lost: list[LostPack] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    plain: int = 0
    restored: int = 0
    before: int = 0
    repaired: int = 0
    bytes: int = 0


def gather(
    disks: Sequence[Path],
    out: Path,
    *,
    vkey: str | None = None,
    set_id: str | None = None,
    progress: Progress = silent,
    disk_io: Disk | None = None,
    reader: Reader | None = None,
) -> GatherReport:
    """Restore every pack of the set that `disks` allow, into `out`.

    Raises NotOurs, NotProved, UsageProblem (see `open_set`), NoSpace, WriteFailed.
    """
    started = time.monotonic()
    disk_io, reader = disk_io or Disk(), reader or Reader()
    found = open_set(disks, reader, vkey=vkey, set_id=set_id)
    for folder in (PACKS, CHECKPOINTS, SETS):
        disk_io.make_folder(out / folder)
        disk_io.sweep(out / folder)
    settle_numbers(found, reader)
    _take_extras(found, out, disk_io, reader)
    with workers() as pool:
        work = _Gathering(found.head, out, disk_io, reader, pool, progress)
        try:
            for stripe in read_stripes(found.head, found.media, reader):
                _gather_stripe(work, found, stripe)
                progress(stripe.number, found.head.stripes, _WHAT)
        except BaseException:
            for arriving in work.arriving.values():
                arriving.abandon()
            raise
        for arriving in list(work.arriving.values()):
            _settle(work, arriving)
    return _report(work, found, time.monotonic() - started)


def _take_extras(found: DiskSet, out: Path, disk_io: Disk, reader: Reader) -> None:
    """The sealed files that every disk carries, each as its own disk's note vouches for it."""
    vouched = {e.sha256 for m in found.media if m.head for e in m.head.extras}
    for name, folder in ((CHECKPOINT, CHECKPOINTS), (CONTENT, SETS)):
        for medium in found.media:
            data = reader.whole(medium.path / name, _MAX_EXTRA)
            sha256 = hashlib.sha256(data or b"").hexdigest()
            path = out / folder / f"{sha256}.age"
            if data and sha256 in vouched and not path.exists():
                disk_io.write_whole(path, data)


# --- stripes ---------------------------------------------------------------------------------


def _gather_stripe(work: _Gathering, found: DiskSet, stripe: Stripe) -> None:
    work.seen.append(stripe.number)
    wanted = [p for p, x in enumerate(stripe.pieces[: work.head.k]) if x.size and _wanted(work, x)]
    if not wanted:
        return
    sources = sources_on(stripe, work.head.n, found.media)
    turns = Turns(work.pool)
    with StripeReader(work.head, stripe, sources, work.reader, work.pool) as stripes:
        for window in stripes.windows(wanted):
            work.repaired += len(window.restored)
            turns.next(
                [partial(_put, work, stripe, window, pack) for pack in _packs(stripe, wanted)]
            )
        turns.wait()
    work.damage += [d for d in stripes.damage.values() if _is_damage(d, stripe, found.media)]
    for pack in _packs(stripe, wanted):
        if work.arriving[pack].left <= 0:
            _settle(work, work.arriving[pack])


def _wanted(work: _Gathering, piece: Piece) -> bool:
    if piece.pack in work.arriving:
        return True
    path = work.out / PACKS / f"{piece.pack}.age"
    if path.exists():
        work.before += piece.at == 0
        return False
    work.arriving[piece.pack] = Arriving(work.disk_io, path, piece.pack, piece.of)
    return True


def _packs(stripe: Stripe, wanted: Sequence[int]) -> list[str]:
    return list(dict.fromkeys(stripe.pieces[p].pack for p in wanted))


def _put(work: _Gathering, stripe: Stripe, window: Window, pack: str) -> None:
    """One window's blocks of one pack: a split pack may have several in a stripe, and its file
    takes one at a time."""
    arriving = work.arriving[pack]
    for position, piece in enumerate(stripe.pieces):
        length = piece.length(window.block) if piece.pack == pack else 0
        if not length:
            continue
        if position in window.lost:
            arriving.skip(length)
        elif position in window.blocks:
            arriving.restored = arriving.restored or position in window.restored
            arriving.put(piece.at + window.block * BLOCK, window.blocks[position])


def _is_damage(damage: Damage, stripe: Stripe, media: Sequence[Medium]) -> bool:
    """A file that a disk never had (it was full, or was not there that day) is not damaged."""
    medium = next(m for m in media if damage.path.is_relative_to(m.path))
    if not damage.missing:
        return True
    return medium.label.holds(stripe.number) if medium.label else stripe.number <= medium.stripes


def _settle(work: _Gathering, arriving: Arriving) -> None:
    """A pack has had all its blocks, or will get no more."""
    del work.arriving[arriving.pack]
    if arriving.finish(work.reader):
        work.bytes += arriving.size
        work.restored += arriving.restored
        work.plain += not arriving.restored
    else:
        blocks = -(-arriving.size // BLOCK)
        lost = arriving.blocks_lost + -(-max(0, arriving.left) // BLOCK)
        work.lost.append(LostPack(arriving.pack, arriving.size, lost, blocks))


def _report(work: _Gathering, found: DiskSet, seconds: float) -> GatherReport:
    head, seen = work.head, set(work.seen)
    return GatherReport(
        set_id=head.set_id,
        vkey=head.vkey,
        k=head.k,
        n=head.n,
        disks_used=tuple(sorted(found.numbers)),
        packs_plain=work.plain,
        packs_restored=work.restored,
        packs_before=work.before,
        blocks_repaired=work.repaired,
        bytes=work.bytes,
        lost=tuple(work.lost),
        damaged=report(work.damage),
        stripes_unknown=tuple(x for x in range(1, head.stripes + 1) if x not in seen),
        foreign=tuple(map(str, found.foreign)),
        twice=tuple(map(str, found.twice)),
        forked=tuple(map(str, found.forked)),
        behind=tuple(sorted({m.disk for m in found.media if m.disk and m.stripes < head.stripes})),
        seconds=seconds,
    )
