"""New stripes: packs that are in none yet are coded onto the disks that are there."""

from __future__ import annotations

from collections.abc import Sequence

from amana.core.erasure import Code
from amana.disks.encode import Encoder, PackUnfit
from amana.disks.filling import Work, commit, leaving_nothing, open_lanes
from amana.disks.plan import Part, plan

COMMIT_EVERY = 2 << 30  # bytes of packs; a pulled cable costs at most this much work


def extend(work: Work, fresh: Sequence[Part]) -> None:
    """Code the packs that are in no stripe yet, and commit every few gigabytes; the last stripes
    are left for the caller to commit. A pack that turns out unfit is left out, and its stripe is
    planned again without it."""
    todo = plan(fresh, work.state.k)
    since = 0
    code = Code(work.state.k, work.state.n)
    with Encoder(code, work.reader, work.tick) as encoder:
        while todo and any(not t.failure and not t.full for t in work.targets):
            parts = todo.pop(0)
            try:
                _stripe(work, encoder, parts)
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


def _stripe(work: Work, encoder: Encoder, parts: Sequence[Part]) -> None:
    number = work.state.stripes + len(work.pending) + 1
    k, n = work.state.k, work.state.n
    absent = k - len(parts)
    sizes = [p.size for p in parts] + [0] * absent + [max(p.size for p in parts)] * (n - k)
    whole = [p.whole for p in parts] + [False] * (absent + n - k)
    lanes = open_lanes(work, number, sizes, whole)
    with leaving_nothing(work, number, lanes):
        stripe = encoder.encode(number, parts, {p: lane for p, (_, lane) in lanes.items()})
    work.pending.append(stripe)
    work.finishing.begin(number, [(target, lane, sizes[p]) for p, (target, lane) in lanes.items()])
