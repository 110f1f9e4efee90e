"""A fill at work: what is missing on the disks that are there, and the stripes that are new."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from amana.core.durable import Disk
from amana.core.erasure import Code
from amana.disks.encode import Encoder, PackUnfit
from amana.disks.lanes import Lane
from amana.disks.layout import piece_name, position_of
from amana.disks.manifest import Extra, Head, IndexDigests, Stripe
from amana.disks.plan import Part, cut, plan
from amana.disks.reading import Reader
from amana.disks.restore import Source, StripeReader, sources_on
from amana.disks.state import SetState, SetStore
from amana.disks.target import Target
from amana.ports import Progress
from amana.vault.manifest import PackFile

COMMIT_EVERY = 2 << 30  # bytes of packs; a pulled cable costs at most this much work
_WHAT = "filling disks"
_CHANGED = "its digest is not the one in SHA256SUMS"


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

    def tick(self, size: int) -> None:
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
    for target in work.targets:
        target.begin(work.state.set_id, work.state.stripes, work.disk_io)


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
    head = work.head()
    for stripe in work.store.stripes(work.state):
        lanes = _lanes(
            work,
            stripe.number,
            [p.size for p in stripe.pieces],
            [p.whole for p in stripe.pieces],
        )
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
        with StripeReader(head, stripe, sources, work.reader, work.pool) as stripes:
            _copy_pieces(work, stripe, stripes, lanes)


def _copy_pieces(
    work: Work, stripe: Stripe, stripes: StripeReader, lanes: dict[int, tuple[Target, Lane]]
) -> None:
    whole = True
    for window in stripes.windows(sorted(lanes)):
        for position, data in window.blocks.items():
            lanes[position][1].write(data)
        whole = whole and not window.lost
        work.tick(sum(len(b) for b in window.blocks.values()))
    for position, (target, lane) in lanes.items():
        if whole:
            target.settle(lane, stripe.number, stripe.pieces[position].size, work.disk_io)
        else:
            lane.abandon()
    if not whole:
        gone = [p.pack for p in stripe.pieces if p.pack]
        work.unfit.update(dict.fromkeys(gone, "too little of its stripe is left"))


def _lanes(
    work: Work, number: int, sizes: Sequence[int], whole: Sequence[bool]
) -> dict[int, tuple[Target, Lane]]:
    """By position: a disk that lacks its piece of stripe `number`, and an open file on it."""
    lanes: dict[int, tuple[Target, Lane]] = {}
    for target in work.targets:
        position = position_of(target.disk, number, work.state.n)
        if number in target.held or position in lanes or work.elsewhere(target, number):
            continue
        if not sizes[position]:
            target.held.add(number)
        elif target.takes(sizes[position], work.reader):
            path = target.path / piece_name(number, whole=whole[position])
            lanes[position] = target, Lane(work.disk_io, path)
    return lanes


# --- new stripes -----------------------------------------------------------------------------


def extend(work: Work, fresh: Sequence[Part]) -> None:
    """Code the packs that are in no stripe yet. A pack that turns out unfit is left out, and its
    stripe is planned again without it."""
    encoder = Encoder(Code(work.state.k, work.state.n), work.reader, work.pool, work.tick)
    todo = plan(fresh, work.state.k)
    since = 0
    while todo and any(not t.failure and not t.full for t in work.targets):
        parts = todo.pop(0)
        try:
            work.pending.append(_stripe(work, encoder, parts))
        except PackUnfit as unfit:
            work.unfit[unfit.pack] = unfit.reason
            todo = [kept for x in (parts, *todo) if (kept := _without(x, unfit.pack))]
            continue
        work.placed += sum(part.at == 0 for part in parts)
        since += sum(part.size for part in parts)
        if since >= COMMIT_EVERY:
            commit(work)
            since = 0


def _without(parts: Sequence[Part], pack: str) -> list[Part]:
    return [part for part in parts if part.pack != pack]


def _stripe(work: Work, encoder: Encoder, parts: Sequence[Part]) -> Stripe:
    number = work.state.stripes + len(work.pending) + 1
    k, n = work.state.k, work.state.n
    absent = k - len(parts)
    sizes = [p.size for p in parts] + [0] * absent + [max(p.size for p in parts)] * (n - k)
    whole = [p.whole for p in parts] + [False] * (absent + n - k)
    lanes = _lanes(work, number, sizes, whole)
    try:
        stripe = encoder.encode(number, parts, {p: lane for p, (_, lane) in lanes.items()})
    except BaseException:
        for _, lane in lanes.values():
            lane.abandon()
        raise
    # Each disk syncs for itself, all at once.
    settled = [
        work.pool.submit(target.settle, lane, number, sizes[position], work.disk_io)
        for position, (target, lane) in lanes.items()
    ]
    for future in settled:
        future.result()
    return stripe


def commit(work: Work) -> None:
    """The vault first: it is what counts. Then the disks, each for itself."""
    for stripe in work.pending:
        work.digests.add(stripe.line())
    for target in work.targets:
        work.state.media[target.medium] = target.label(work.state.set_id)
    work.store.commit(work.state, work.pending)
    work.pending = []
    head = work.head()
    note = head.signed(work.state.seed)
    for target in work.targets:
        target.publish(
            head,
            note,
            lambda offset: work.store.index(work.state, offset),
            work.extras,
            work.disk_io,
            work.reader,
        )
