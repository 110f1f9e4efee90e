"""Proposed cases: views of one scene taken in a row; and one picture under several names.

A proposal is a suggestion to a person who then looks. Two pictures are thought to belong together
when one camera took them within a minute of each other; within five, or with neighbouring numbers
in their names, if the one also shows much of what the other shows; at any time, if they are alike
as only views of one thing are; and when the same number was read on both and they were taken on one
day. What carries two different numbers is never put together, not even by way of a third.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from amana.reunite.align import compare
from amana.reunite.brief import Brief
from amana.reunite.index import Index
from amana.reunite.prints import Prints
from amana.reunite.remains import FEATURES
from amana.reunite.score import SURE, log_odds, probability
from amana.reunite.squares import Floats

_AT_ONCE_SECONDS = 60
# Five minutes: a body was photographed four or five times within one or two.
_GAP_SECONDS = 300
_DAY_SECONDS = 86400
_ALIKE = 0.55
_ALIKE_ALONE = 0.80
_NEIGHBOURS = 8
_NEAR = 90
_BATCH = 256
_CORRELATION, _OUTSIDE = FEATURES.index("correlation"), FEATURES.index("outside")
_COUNTER = re.compile(r"^(.*?)(\d{3,9})(\D*)$", re.DOTALL)


@dataclass(frozen=True)
class Groups:
    """Lists of places in the prints, each at least two, each place in one group at most."""

    cases: list[list[int]]
    twins: list[list[int]]


def propose(
    prints: Prints,
    places: Sequence[int] | None = None,
    names: Mapping[int, str] | None = None,
    numbers: Mapping[int, str] | None = None,
) -> Groups:
    """Group the pictures at `places` (all, by default). `names`: what each was called, for the
    counter in it; `numbers`: what was read on its card, where something was."""
    asked = range(len(prints)) if places is None else places
    briefs = {place: prints.brief(place) for place in asked}
    numbers = numbers or {}
    views, twins = _Union(numbers), _Union({})
    rows = _in_a_row(briefs)
    counted = _counted(names or {}, briefs)
    for one, other in _same_number(briefs, numbers):
        views.join(one, other)
    for one, other, features in _compared(prints, sorted(rows | counted | _near(briefs))):
        if probability(log_odds(features[None]))[0] >= SURE and features[_OUTSIDE] < 0.1:
            twins.join(one, other)
        apart, alike = _apart(briefs[one], briefs[other]), features[_CORRELATION]
        near = apart <= _GAP_SECONDS or (one, other) in counted
        if apart <= _AT_ONCE_SECONDS or alike >= (_ALIKE if near else _ALIKE_ALONE):
            views.join(one, other)
    return Groups(views.groups(), twins.groups())


def _compared(prints: Prints, pairs: list[tuple[int, int]]) -> Iterable[tuple[int, int, Floats]]:
    for start in range(0, len(pairs), _BATCH):
        part = pairs[start : start + _BATCH]
        found = prints.several([p for pair in part for p in pair])
        square = {place: one.whole.square(one.longest) for place, one in found.items()}
        compared = compare([(square[a], square[b]) for a, b in part])
        for (a, b), features in zip(part, compared.features, strict=True):
            yield a, b, features


def _in_a_row(briefs: Mapping[int, Brief]) -> set[tuple[int, int]]:
    """Pairs of pictures that one camera took shortly after each other."""
    taken = sorted(
        (brief.camera, moment, place)
        for place, brief in briefs.items()
        if (moment := _moment(brief)) is not None
    )
    pairs = set()
    for (camera, moment, place), (camera2, later, place2) in itertools.pairwise(taken):
        if camera == camera2 and (later - moment).total_seconds() <= _GAP_SECONDS:
            pairs.add((min(place, place2), max(place, place2)))
    return pairs


def _counted(names: Mapping[int, str], briefs: Mapping[int, Brief]) -> set[tuple[int, int]]:
    """Pairs whose names are the same but for a counter that goes on by one: DSC_0411, DSC_0412."""
    found: dict[tuple[str, str, int], int] = {}
    for place, name in names.items():
        if place in briefs and (parts := _COUNTER.match(name)):
            found[parts[1], parts[3], int(parts[2])] = place
    return {
        (min(place, after), max(place, after))
        for (before, behind, number), place in found.items()
        if (after := found.get((before, behind, number + 1))) is not None
    }


def _same_number(
    briefs: Mapping[int, Brief], numbers: Mapping[int, str]
) -> Iterator[tuple[int, int]]:
    """Pairs on which one number was read, and which one camera took on one day. (Another day, or
    another camera, may have begun to count anew.)"""
    by_number: dict[str, list[int]] = {}
    for place, number in sorted(numbers.items()):
        if place in briefs:
            by_number.setdefault(number, []).append(place)
    for group in by_number.values():
        for one, other in itertools.pairwise(group):
            if _apart(briefs[one], briefs[other]) <= _DAY_SECONDS:
                yield one, other


def _near(briefs: Mapping[int, Brief]) -> set[tuple[int, int]]:
    """Pairs whose hashes are near, time or not: what lost its EXIF has only its face."""
    pairs: set[tuple[int, int]] = set()
    if not briefs:
        return pairs
    asked = list(briefs)
    index = Index()
    index.add(briefs.values())
    distances, rows = index.nearest(
        np.stack([brief.whole for brief in briefs.values()]), _NEIGHBOURS
    )
    for number, (near, row) in enumerate(zip(distances, rows, strict=True)):
        for distance, other in zip(near.tolist(), row.tolist(), strict=True):
            a, b = asked[number], asked[other]
            if a != b and distance <= _NEAR:
                pairs.add((min(a, b), max(a, b)))
    return pairs


def _apart(one: Brief, other: Brief) -> float:
    """Seconds between two pictures of one camera; without end where that is not known."""
    first, second = _moment(one), _moment(other)
    if first is None or second is None or one.camera != other.camera:
        return math.inf
    return abs((second - first).total_seconds())


def _moment(found: Brief) -> datetime | None:
    try:
        return datetime.strptime(found.taken, "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None


class _Union:
    """Disjoint sets, by union and find; sets with two different numbers are not joined."""

    def __init__(self, numbers: Mapping[int, str]) -> None:
        self._parent: dict[int, int] = {}
        self._number = dict(numbers)

    def _root(self, place: int) -> int:
        while (parent := self._parent.setdefault(place, place)) != place:
            self._parent[place] = self._parent.setdefault(parent, parent)
            place = parent
        return place

    def join(self, one: int, other: int) -> None:
        first, second = self._root(one), self._root(other)
        numbers = {self._number[root] for root in (first, second) if root in self._number}
        if first != second and len(numbers) < 2:
            self._parent[first] = second
            if numbers:
                self._number[second] = numbers.pop()

    def groups(self) -> list[list[int]]:
        found: dict[int, list[int]] = {}
        for place in sorted(self._parent):
            found.setdefault(self._root(place), []).append(place)
        return sorted(group for group in found.values() if len(group) > 1)
