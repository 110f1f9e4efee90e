"""A fill at work: what the disks that are there hold, what they miss, and how it is committed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from amana.core.durable import Disk
from amana.disks.finishing import Finishing
from amana.disks.lanes import Lane
from amana.disks.layout import piece_name, position_of
from amana.disks.manifest import Extra, Head, IndexDigests, Stripe
from amana.disks.plan import Part, cut
from amana.disks.reading import Reader
from amana.disks.restore import Source, StripeReader, reading_ring, sources_on
from amana.disks.state import SetState, SetStore
from amana.disks.target import Target
from amana.ports import Progress
from amana.vault.manifest import PackFile

_WHAT = "filling disks"
_CHANGED = "its digest is not the one in SHA256SUMS"
Lanes = dict[int, tuple[Target, Lane]]  # by position: the disk, and a file on its way to it


@dataclass
class Work:
    """Everything that the steps of one fill share; `unfit` gathers the packs that failed."""

    store: SetStore
    state: SetState
    targets: list[Target]
    packs: list[PackFile]
    extras: dict[str, bytes]
    disk_io: Disk
    reader: Reader
    progress: Progress
    pool: ThreadPoolExecutor
    digests: IndexDigests = field(default_factory=IndexDigests)
    unfit: dict[str, str] = field(default_factory=dict)
    pending: list[Stripe] = field(default_factory=list)
    done: int = 0
    total: int = 0
    placed: int = 0
    finishing: Finishing = field(init=False)

    def __post_init__(self) -> None:
        self.finishing = Finishing(self.pool, self.disk_io)

    def tick(self, size: int) -> None:
        """Bytes more are done."""
        self.done += size
        self.progress(self.done, max(self.total, self.done), _WHAT)

    def head(self) -> Head:
        """The set as committed."""
        extras = tuple(
            Extra(name, len(data), hashlib.sha256(data).hexdigest())
            for name, data in sorted(self.extras.items())
        )
        state, digests = self.state, self.digests
        return Head(
            state.public, state.k, state.n, state.stripes, digests.size, digests.chunks(), extras
        )

    def elsewhere(self, target: Target, stripe: int) -> bool:
        """Whether another medium of the same disk holds the piece: this one only continues it."""
        here = {t.medium: t for t in self.targets}
        for medium, label in self.state.media.items():
            if medium == target.medium or label.disk != target.disk:
                continue
            other = here.get(medium)
            if stripe in other.held if other else label.holds(stripe):
                return True
        return False


def begin(work: Work) -> None:
    """Remember new media in the vault, then name them on the media: in this order, so that a disk
    with a label is always one that the vault knows."""
    for target in work.targets:
        work.state.media.setdefault(target.medium, target.label(work.state.set_id))
    work.store.commit(work.state, [])
    set_id, stripes = work.state.set_id, work.state.stripes
    list(work.pool.map(lambda t: t.begin(set_id, stripes, work.disk_io), work.targets))


# --- what is there, and what is missing ------------------------------------------------------


def look(work: Work) -> list[Part]:
    """Go through the stripes so far: what each disk holds. The packs that are in no stripe yet."""
    used: set[str] = set()
    missing = 0
    for stripe in work.store.stripes(work.state):
        work.digests.add(stripe.line())
        used.update(p.pack for p in stripe.pieces[: work.state.k] if p.size)
        for target in work.targets:
            if not target.look(stripe, work.state.n, work.reader):
                missing += stripe.size
    fresh: list[Part] = []
    for pack in work.packs:
        if pack.sha256 not in used:
            used.add(pack.sha256)
            fresh += _parts(work, pack)
    work.total = missing + sum(part.size for part in fresh)
    return fresh


def _parts(work: Work, pack: PackFile) -> list[Part]:
    parts = cut(pack.path, pack.sha256, pack.size)
    if not parts:
        work.unfit[pack.sha256] = "it is missing from the vault"
    elif len(parts) > 1 and _sha256(pack.path, work.reader) != pack.sha256:
        # A whole pack is digested on its way; one that is cut has no other moment for it.
        work.unfit[pack.sha256] = _CHANGED
        return []
    return parts


def _sha256(path: Path, reader: Reader) -> str:
    digest, at = hashlib.sha256(), 0
    while chunk := reader.part(path, at, 8 << 20):
        digest.update(chunk)
        at += len(chunk)
    return digest.hexdigest()


def catch_up(work: Work) -> None:
    """Give each disk the pieces of committed stripes that it lacks, from the vault or from the
    other disks that are plugged in; every block is proved by the index either way."""
    paths = {pack.sha256: pack.path for pack in work.packs if pack.size}
    head, ring = work.head(), reading_ring(work.state.n)
    for stripe in work.store.stripes(work.state):
        sizes, whole = [p.size for p in stripe.pieces], [p.whole for p in stripe.pieces]
        lanes = open_lanes(work, stripe.number, sizes, whole)
        if not lanes:
            continue
        sources = {
            p: [Source(paths[piece.pack], piece.at)]
            for p, piece in enumerate(stripe.pieces[: head.k])
            if piece.pack in paths
        }
        holding = [t for t in work.targets if stripe.number in t.held and not t.failure]
        for p, places in sources_on(stripe, head.n, holding).items():
            sources.setdefault(p, []).extend(places)
        with (
            leaving_nothing(work, stripe.number, lanes),
            StripeReader(head, stripe, sources, work.reader, work.pool, ring) as stripes,
        ):
            _copy(work, stripe, stripes, lanes)
    work.finishing.end()


def _copy(work: Work, stripe: Stripe, stripes: StripeReader, lanes: Lanes) -> None:
    whole = True
    for window in stripes.windows(sorted(lanes)):
        for position, data in window.blocks.items():
            lanes[position][1].write(data)
        whole = whole and not window.lost
        work.tick(sum(len(b) for b in window.blocks.values()))
    if whole:
        files = [(target, lane, stripe.pieces[p].size) for p, (target, lane) in lanes.items()]
        work.finishing.begin(stripe.number, files)
        return
    for _, lane in lanes.values():
        lane.abandon()
    gone = [p.pack for p in stripe.pieces if p.pack]
    work.unfit.update(dict.fromkeys(gone, "too little of its stripe is left"))


# --- files on their way ----------------------------------------------------------------------


@contextmanager
def leaving_nothing(work: Work, number: int, lanes: Lanes) -> Iterator[None]:
    """What is under way is taken back if stripe `number` comes to nothing."""
    try:
        yield
    except BaseException:
        for _, lane in lanes.values():
            lane.abandon()
        for target in work.targets:
            target.held.discard(number)  # also where there was nothing to hold
        raise


def open_lanes(work: Work, number: int, sizes: Sequence[int], whole: Sequence[bool]) -> Lanes:
    """By position: a disk that lacks its piece of stripe `number`, and an open file on it."""
    lanes: Lanes = {}
    for target in work.targets:
        position = position_of(target.disk, number, work.state.n)
        if number in target.held or position in lanes or work.elsewhere(target, number):
            continue
        if not sizes[position]:
            target.held.add(number)
            continue
        name = piece_name(number, whole=whole[position])
        if lane := target.lane(name, sizes[position], work.disk_io, work.reader):
            lanes[position] = target, lane
    return lanes


# --- what counts -----------------------------------------------------------------------------


def commit(work: Work) -> None:
    """The vault first: it is what counts. Then the disks, each for itself."""
    work.finishing.end()
    for stripe in work.pending:
        work.digests.add(stripe.line())
    for target in work.targets:
        work.state.media[target.medium] = target.label(work.state.set_id)
    work.store.commit(work.state, work.pending)
    work.pending = []
    head = work.head()
    note = head.signed(work.state.seed)

    def publish(target: Target) -> None:
        target.publish(
            head,
            note,
            lambda offset: work.store.index(work.state, offset),
            work.extras,
            work.disk_io,
            work.reader,
        )

    list(work.pool.map(publish, work.targets))
