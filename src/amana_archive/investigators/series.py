"""Numbers that run on: what stands between two that we have, and how many there may have been.

Pure arithmetic, no evidence is read here. A gap says only that nobody *here* has seen these
numbers: not that anybody bore them. Numbers far apart begin a new stretch; between stretches no
gap is counted, because one misread digit would make thousands of people out of nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import comb

WIDEST = 500  # numbers further apart than this are two stretches
LEAST_DRAWS = 5  # fewer say nothing of the whole
CERTAINTY = 0.95


@dataclass(frozen=True)
class Run:
    """Numbers one after another, both ends among them."""

    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class Gap:
    """`before` and `after` are held; what stands between them is not."""

    before: int
    after: int

    @property
    def first(self) -> int:
        return self.before + 1

    @property
    def last(self) -> int:
        return self.after - 1

    @property
    def size(self) -> int:
        return self.after - self.before - 1


@dataclass(frozen=True)
class Stretch:
    """Runs that belong together, and the gaps between them."""

    runs: tuple[Run, ...]

    @property
    def gaps(self) -> tuple[Gap, ...]:
        return tuple(Gap(a.last, b.first) for a, b in pairwise(self.runs))

    @property
    def first(self) -> int:
        return self.runs[0].first

    @property
    def last(self) -> int:
        return self.runs[-1].last

    @property
    def held(self) -> int:
        return sum(run.size for run in self.runs)

    @property
    def missing(self) -> int:
        return sum(gap.size for gap in self.gaps)


def runs_of(numbers: Iterable[int]) -> list[Run]:
    found: list[Run] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1].last + 1:
            found[-1] = Run(found[-1].first, number)
        else:
            found.append(Run(number, number))
    return found


def stretches_of(numbers: Iterable[int]) -> list[Stretch]:
    groups: list[list[Run]] = []
    for run in runs_of(numbers):
        if groups and run.first - groups[-1][-1].last - 1 <= WIDEST:
            groups[-1].append(run)
        else:
            groups.append([run])
    return [Stretch(tuple(group)) for group in groups]


@dataclass(frozen=True)
class Estimate:
    """How far the series went, if it began at 1 and ours are a fair draw from it.

    `least` is certain (the highest that we have, if it was read rightly); `likely` the estimate;
    `most` the end of the one-sided interval of 95 %; `draws` how many were counted.
    """

    least: int
    likely: int
    most: int
    draws: int


def estimate(stretches: Sequence[Stretch]) -> Estimate | None:
    """The estimate of the highest number ever given out; None where there is too little.

    The serial number problem (Ruggles and Brodie, 1947; Goodman, 1952): from k draws without
    replacement from 1..N with maximum m, N is estimated without bias by m + m/k - 1, and N is at
    most the largest for which C(m, k) / C(N, k) >= 5 %. Numbers beside each other reached us
    together (one film, one day), so a run counts as one draw: k is the number of runs. That makes
    the interval wider than counting every number would. A number far from all others does not
    count: it may be misread.
    """
    counted = [stretch for stretch in stretches if stretch.held > 1]
    k = sum(len(stretch.runs) for stretch in counted)
    if k < LEAST_DRAWS:
        return None
    m = counted[-1].last
    return Estimate(m, round(m + m / k - 1), _most(m, k), k)


def _most(m: int, k: int) -> int:
    """The largest N with C(m, k) / C(N, k) >= 1 - CERTAINTY, by bisection on exact integers."""
    ways = comb(m, k) * 100
    share = round((1 - CERTAINTY) * 100)

    def fits(n: int) -> bool:
        return ways >= share * comb(n, k)

    low, high = m, 2 * m
    while fits(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def fitting(pattern: str, gap: Gap) -> bool:
    """Whether a number with digits that nobody could tell (`29?7`) may be one of the gap."""
    if not pattern or any(not (c.isdigit() or c == "?") for c in pattern):
        return False
    low = int(pattern.replace("?", "0"))
    high = int(pattern.replace("?", "9"))
    if high < gap.first or low > gap.last:
        return False
    if gap.size > WIDEST:
        return True
    return any(_fits(pattern, str(n)) for n in range(gap.first, gap.last + 1))


def _fits(pattern: str, number: str) -> bool:
    number = number.zfill(len(pattern))
    return len(number) == len(pattern) and all(
        p in ("?", n) for p, n in zip(pattern, number, strict=True)
    )
