"""A series as a page shows it: its stretches, its gaps with who stands beside them, an estimate."""

from __future__ import annotations

from dataclasses import dataclass

from amana_archive.access.models import Person
from amana_archive.evidence.models import Case, Number
from amana_archive.investigators.seen import FILE, Seen, View, cases_of
from amana_archive.investigators.series import (
    Estimate,
    Gap,
    Stretch,
    estimate,
    fitting,
    stretches_of,
)

SHOWN = 200  # gaps on a page; the download has all
_ITEMS = 3  # of one number, that are named


@dataclass(frozen=True)
class Neighbour:
    """A number that we have beside a gap, where it was seen, and in which cases."""

    number: int
    branches: tuple[str, ...]
    taken: str
    disputed: bool
    items: tuple[int, ...]
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Missing:
    """A gap: the numbers that nobody here has seen, and what may yet belong there."""

    gap: Gap
    before: Neighbour
    after: Neighbour
    hints: tuple[Seen, ...]


@dataclass(frozen=True)
class Series:
    """One series as this person may see it. `held`: where each number was seen."""

    kind: str
    branch: str
    stretches: tuple[Stretch, ...]
    gaps: tuple[Gap, ...]
    held: dict[int, list[Seen]]
    disputed: int
    unclear: int
    estimate: Estimate | None

    @property
    def count(self) -> int:
        return len(self.held)

    @property
    def missing(self) -> int:
        return sum(gap.size for gap in self.gaps)


def series(view: View, branch: str = "") -> Series:
    """Runs and gaps of one number; of a branch, its own runs and the gaps beside them.

    Death numbers were given out for all branches together, detainee numbers by each branch. So a
    death number that another branch has is not missing, and only a series that is counted by
    itself gives an estimate.
    """
    held = view.numbers(branch)
    shared = view.kind == Number.DEATH.value
    everywhere = view.numbers() if shared else held
    stretches = tuple(stretches_of(held))
    gaps = [gap for stretch in stretches_of(everywhere) for gap in stretch.gaps]
    mine = tuple(g for g in gaps if g.before in held or g.after in held)
    counted = view.kind != FILE and not (shared and branch) and bool(shared or branch)
    seen = [one for rows in held.values() for one in rows]
    return Series(
        view.kind,
        branch,
        stretches,
        mine,
        held,
        sum(one.disputed for one in seen),
        sum(h.number is None and not h.machine and branch in ("", h.branch) for h in view.hints),
        estimate(stretches) if counted else None,
    )


def missing(person: Person, view: View, found: Series, most: int = SHOWN) -> list[Missing]:
    """The gaps of a series, each with its neighbours and with what may belong there."""
    everywhere = view.numbers() if view.kind == Number.DEATH.value else found.held
    gaps = list(found.gaps[:most])
    beside = {n for gap in gaps for n in (gap.before, gap.after)}
    shown = {s.item for n in beside for s in everywhere[n][:_ITEMS]}
    cases = cases_of(person, shown)
    neighbours = {n: _neighbour(n, everywhere[n], cases) for n in beside}
    return [
        Missing(gap, neighbours[gap.before], neighbours[gap.after], _hints(view, gap))
        for gap in gaps
    ]


def _neighbour(number: int, seen: list[Seen], cases: dict[int, list[Case]]) -> Neighbour:
    items = tuple(dict.fromkeys(s.item for s in seen))[:_ITEMS]
    held = {case.pk: case for item in items for case in cases.get(item, ())}
    return Neighbour(
        number,
        tuple(sorted({s.branch for s in seen if s.branch})),
        min((s.taken for s in seen if s.taken), default=""),
        any(s.disputed for s in seen),
        items,
        tuple(held.values()),
    )


def _hints(view: View, gap: Gap) -> tuple[Seen, ...]:
    """What a machine saw, or a person could not read wholly, that may be one of these."""
    return tuple(hint for hint in view.hints if fitting(hint.value, gap))[:_ITEMS]
