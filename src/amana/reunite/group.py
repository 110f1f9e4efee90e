"""Proposed cases: views of one scene taken in a row; and one picture under several names.

A proposal is a suggestion to a person who then looks. Two pictures are thought to belong together
when one camera took them within a minute of each other; within five, if the one also shows much of
what the other shows; at any time, if they are alike as only views of one thing are.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from amana.reunite.align import FEATURES, compare
from amana.reunite.index import Index
from amana.reunite.picture import Fingerprint
from amana.reunite.prints import Prints

_AT_ONCE_SECONDS = 60
# Five minutes: a body was photographed four or five times within one or two.
_GAP_SECONDS = 300
_ALIKE = 0.55
_ALIKE_ALONE = 0.80
_NEIGHBOURS = 8
_TWIN_DETAIL = 0.93
_BATCH = 1024
_CORRELATION, _DETAIL = FEATURES.index("correlation"), FEATURES.index("detail")


@dataclass(frozen=True)
class Groups:
    """Lists of places in the prints, each at least two, each place in one group at most."""

    cases: list[list[int]]
    twins: list[list[int]]


def propose(prints: Prints, places: Sequence[int] | None = None) -> Groups:
    """Group the pictures at `places` (all, by default)."""
    asked = list(range(len(prints))) if places is None else list(places)
    views, twins = _Union(), _Union()
    for one, other, features, apart in _compared(prints, asked):
        correlation, detail = features[_CORRELATION], features[_DETAIL]
        if detail >= _TWIN_DETAIL and features[FEATURES.index("outside")] < 0.1:
            twins.join(one, other)
        near = apart <= _GAP_SECONDS
        if apart <= _AT_ONCE_SECONDS or correlation >= (_ALIKE if near else _ALIKE_ALONE):
            views.join(one, other)
    return Groups(views.groups(), twins.groups())


def _compared(
    prints: Prints, asked: list[int]
) -> Iterable[tuple[int, int, np.ndarray[tuple[int], np.dtype[np.float32]], float]]:
    pairs = sorted(_in_a_row(prints, asked) | _near(prints, asked))
    for start in range(0, len(pairs), _BATCH):
        part = pairs[start : start + _BATCH]
        found = prints.several([place for pair in part for place in pair])
        first = np.stack([found[a].whole.grey for a, _ in part])
        second = np.stack([found[b].whole.grey for _, b in part])
        for (a, b), features in zip(part, compare(first, second).features, strict=True):
            yield a, b, features, _apart(found[a], found[b])


def _in_a_row(prints: Prints, asked: list[int]) -> set[tuple[int, int]]:
    """Pairs of pictures that one camera took shortly after each other."""
    taken = []
    for place in asked:
        found = prints.get(place)
        if (moment := _moment(found)) is not None:
            taken.append((found.camera, moment, place))
    taken.sort()
    pairs = set()
    for (camera, moment, place), (camera2, later, place2) in itertools.pairwise(taken):
        if camera == camera2 and (later - moment).total_seconds() <= _GAP_SECONDS:
            pairs.add((min(place, place2), max(place, place2)))
    return pairs


def _near(prints: Prints, asked: list[int]) -> set[tuple[int, int]]:
    """Pairs whose hashes are near, time or not: what lost its EXIF has only its face."""
    index = Index()
    index.add(prints.get(place) for place in asked)
    hashes = np.stack([prints.get(place).whole.hashes[0] for place in asked]) if asked else None
    pairs: set[tuple[int, int]] = set()
    if hashes is None:
        return pairs
    distances, rows = index.nearest(hashes, _NEIGHBOURS)
    for number, (near, row) in enumerate(zip(distances, rows, strict=True)):
        for distance, other in zip(near.tolist(), row.tolist(), strict=True):
            a, b = asked[number], asked[other]
            if a != b and distance <= 90:
                pairs.add((min(a, b), max(a, b)))
    return pairs


def _apart(one: Fingerprint, other: Fingerprint) -> float:
    """Seconds between two pictures of one camera; without end where that is not known."""
    first, second = _moment(one), _moment(other)
    if first is None or second is None or one.camera != other.camera:
        return math.inf
    return abs((second - first).total_seconds())


def _moment(found: Fingerprint) -> datetime | None:
    try:
        return datetime.strptime(found.taken, "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None


class _Union:
    """Disjoint sets, by union and find."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def _root(self, place: int) -> int:
        while (parent := self._parent.setdefault(place, place)) != place:
            self._parent[place] = self._parent.setdefault(parent, parent)
            place = parent
        return place

    def join(self, one: int, other: int) -> None:
        self._parent[self._root(one)] = self._root(other)

    def groups(self) -> list[list[int]]:
        found: dict[int, list[int]] = {}
        for place in sorted(self._parent):
            found.setdefault(self._root(place), []).append(place)
        return sorted(group for group in found.values() if len(group) > 1)
