"""New stripes: packs that are in none yet are coded, several stripes at once, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from amana.core.erasure import Code
from amana.disks.encode import Encoder, PackUnfit
from amana.disks.filling import Lanes, Work, commit, finish_all, leaving_nothing, open_lanes
from amana.disks.manifest import Stripe
from amana.disks.plan import Part, plan
from amana.disks.pool import abreast, width

COMMIT_EVERY = 2 << 30  # bytes of packs; a pulled cable costs at most this much work

_Parts = Sequence[Part]


@dataclass(frozen=True)
class _Coded:
    """What became of the parts that were to be stripe `number`."""

    number: int
    parts: _Parts
    lanes: Lanes
    stripe: Stripe | None
    unfit: PackUnfit | None = None


def extend(work: Work, fresh: Sequence[Part]) -> None:
    """Code the packs that are in no stripe yet, and commit every few gigabytes; the last stripes
    are left for the caller to commit. A pack that turns out unfit is left out, and its stripe is
    planned again without it."""
    encoders = [
        Encoder(Code(work.state.k, work.state.n), work.reader, work.pool, work.tick)
        for _ in range(width(work.state.n, 2))
    ]
    todo = plan(fresh, work.state.k)
    while todo and _usable(work):
        batch, todo = _batch(todo)
        todo = _code(work, encoders, batch) + todo
        if todo:
            commit(work)


def _usable(work: Work) -> bool:
    return any(not t.failure and not t.full for t in work.targets)


def _batch(todo: list[_Parts]) -> tuple[list[_Parts], list[_Parts]]:
    """As many stripes as are committed together, and the rest."""
    size = count = 0
    while count < len(todo) and size < COMMIT_EVERY:
        size += sum(part.size for part in todo[count])
        count += 1
    return todo[:count], todo[count:]


def _code(work: Work, encoders: Sequence[Encoder], batch: list[_Parts]) -> list[_Parts]:
    """Make stripes of the batch; give back what has to be planned again."""
    again: list[_Parts] = []
    left = list(batch)
    for coded in abreast(_jobs(work, encoders, left, again), len(encoders)):
        if coded.stripe is not None and not again:
            for position, (target, lane) in coded.lanes.items():
                target.settle(lane, coded.number, coded.stripe.pieces[position].size, work.disk_io)
            work.placed += sum(part.at == 0 for part in coded.parts)
            work.pending.append(coded.stripe)
            continue
        if coded.unfit is not None:
            work.unfit[coded.unfit.pack] = coded.unfit.reason
        again.append(coded.parts)
        _take_back(work, coded)
    return [
        kept for parts in again + left if (kept := [p for p in parts if p.pack not in work.unfit])
    ]


def _jobs(
    work: Work, encoders: Sequence[Encoder], left: list[_Parts], again: list[_Parts]
) -> Iterator[Callable[[int], _Coded]]:
    """The work of coding each stripe, until one has to be planned `again` or no disk is left: the
    numbers of those behind it would no longer be theirs."""
    number = work.state.stripes + len(work.pending)
    while left and not again and _usable(work):
        number += 1
        parts = left.pop(0)
        lanes = open_lanes(work, number, _sizes(work, parts), _wholes(work, parts))
        yield partial(_stripe, work, encoders, (number, parts, lanes))


def _sizes(work: Work, parts: _Parts) -> list[int]:
    k, n = work.state.k, work.state.n
    parity = max(p.size for p in parts)
    return [p.size for p in parts] + [0] * (k - len(parts)) + [parity] * (n - k)


def _wholes(work: Work, parts: _Parts) -> list[bool]:
    return [p.whole for p in parts] + [False] * (work.state.n - len(parts))


def _stripe(
    work: Work, encoders: Sequence[Encoder], what: tuple[int, _Parts, Lanes], slot: int
) -> _Coded:
    number, parts, lanes = what
    with leaving_nothing(lanes):
        try:
            stripe = encoders[slot].encode(
                number, parts, {p: lane for p, (_, lane) in lanes.items()}
            )
        except PackUnfit as unfit:
            return _Coded(number, parts, lanes, None, unfit)
        finish_all(work, lanes)
    return _Coded(number, parts, lanes, stripe)


def _take_back(work: Work, coded: _Coded) -> None:
    """Pieces of a stripe that will be another one: away with them before they are forgotten."""
    for target, lane in coded.lanes.values():
        lane.abandon()
        target.guard(partial(work.disk_io.remove, lane.path))
    for target in work.targets:
        target.held.discard(coded.number)  # even where there was nothing to hold
