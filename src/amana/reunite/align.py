"""A second look at two pictures that a hash thinks alike: lay one over the other, and subtract.

Two frames of one scene have nearly one hash; what tells them apart is that no shift or scale lays
one over the other everywhere at once. So the original is laid over the copy by an affine map
(Lucas, Kanade 1981, in the inverse compositional form of Baker and Matthews, 2004: the copy's
gradients are taken once for all originals), coarse to fine. Then the copy is explained from the
original by least squares: any smooth curve of tones, other colours, colours burnt out one channel
at a time, a little softer or sharper. What remains is measured: on the whole, in the worst
place, and as movement, block by block. Whether it is little enough is not decided here (`score`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from amana.reunite.remains import FEATURES, NOTHING, remains
from amana.reunite.squares import COLOUR, SIDE, Floats, Mask, boxed, inside, shrunk, warped

Bytes = NDArray[np.uint8]
Map = NDArray[np.float64]

# (side in pixels, steps), coarse to fine. The last tenths of a pixel are taken out in `remains`.
_LEVELS = ((20, 10), (40, 5), (80, 3), (160, 1))
# Correlations below which the finer levels are not worth their time: a stranger; another frame.
_GIVE_UP = {40: 0.5, 80: 0.9}
# Of one step, in halves of a side; and a step so small (in half pixels) that it is the last.
_FARTHEST_STEP, _SMALL = 0.12, 0.04


@dataclass(frozen=True)
class Compared:
    """Of each pair its features, in the order of remains.FEATURES, and the map (2 x 3) from the
    first to the second, both seen as [-1, 1] each way."""

    features: Floats
    maps: NDArray[np.float64]


def compare(first: Bytes, second: Bytes, colour: Bytes) -> Compared:
    """Compare pairs: is the first (n, SIDE, SIDE), grey, made from the second (likewise, and its
    `colour` (n, 2, COLOUR, COLOUR))?"""
    found = [Template(a).look(b, c) for a, b, c in zip(first, second, colour, strict=True)]
    if not found:
        return Compared(np.empty((0, len(FEATURES)), np.float32), np.empty((0, 2, 3)))
    return Compared(np.stack([f for f, _ in found]), np.stack([m for _, m in found]))


def look_at_all(asked: tuple[Bytes, Sequence[tuple[Bytes, Bytes, int]]]) -> Floats:
    """One copy's grey square against several originals (grey, colour, what to begin with): a row of
    features each. To begin with: 0 for the whole, 1 to 9 for the crops of Fingerprint. A function
    of a module, so that an Executor of processes can be given it."""
    grey, originals = asked
    template = Template(grey)
    return np.stack([template.look(other, colour, start)[0] for other, colour, start in originals])


class Template:
    """A copy's square, made ready to have originals laid over it."""

    def __init__(self, grey: Bytes) -> None:
        self._grey = grey.astype(np.float32)
        self._usable = usable(grey)
        self._levels: dict[int, _Level] = {}

    def look(self, original: Bytes, colour: Bytes, start: int = 0) -> tuple[Floats, Map]:
        """(features, map) of this copy and one original; `start` as in look_at_all."""
        picture = original.astype(np.float32)
        found = _start(start)
        for side, steps in _LEVELS:
            found, fit = self._level(side).align(shrunk(picture, side), found, steps)
            if fit < _GIVE_UP.get(side, -1):
                nothing = NOTHING.copy()
                # Graded, so that the nearest of several strangers is still the nearest.
                nothing[0] = fit if side == 80 else fit / 2
                return nothing, found
        return remains(self._grey, self._usable, picture, colour, found), found

    def _level(self, side: int) -> _Level:
        if side not in self._levels:
            whole = side == SIDE
            keep = self._usable if whole else shrunk(self._usable.astype(np.float32), side) > 0.99
            self._levels[side] = _Level(shrunk(self._grey, side), keep)
        return self._levels[side]


def _start(number: int) -> Map:
    if not number:
        return np.array([[1.0, 0, 0], [0, 1, 0]])
    down, across = divmod(number - 1, 3)
    return np.array([[0.9, 0, 0.1 * (across - 1)], [0, 0.9, 0.1 * (down - 1)]])


@dataclass
class _Level:
    """The copy at one size: pixels, which of them count, and how they change with the map."""

    grey: Floats
    keep: Mask
    _slopes: Floats = field(init=False)
    _inverse: Map = field(init=False)

    def __post_init__(self) -> None:
        side, weight = len(self.grey), self.keep.astype(np.float32)
        total = max(float(weight.sum()), 1.0)
        centred = self.grey - float((self.grey * weight).sum()) / total
        spread = max(float(np.sqrt((centred * centred * weight).sum() / total)), 0.5)
        self._slopes = slopes(self.grey, weight * (side / 2 / spread))
        square = (self._slopes @ self._slopes.T).astype(np.float64)
        square += np.eye(6) * (1e-3 * np.trace(square) / 6 + 1e-3)
        self._inverse = np.linalg.inv(square).astype(np.float64)

    def align(self, original: Floats, start: Map, steps: int) -> tuple[Map, float]:
        """The best map of those tried, and the correlation that it gives."""
        side, picture = len(self.grey), Image.fromarray(original)
        now: Map = start
        best: Map = start
        best_fit = -2.0
        for step in range(steps + 1):
            weight = (self.keep & inside(now, side)).astype(np.float32)
            total = max(float(weight.sum()), 1.0)
            seen = _standard(warped(picture, now, side), weight, total)
            mine = _standard(self.grey, weight, total)
            fit = float((seen * mine).sum()) / total if total > side * side / 5 else -1.0
            if fit > best_fit:
                best, best_fit = now, fit
            if step < steps:
                change: Map = self._inverse @ (self._slopes @ (seen - mine).ravel()).astype(
                    np.float64
                )
                now = _stepped(now, np.clip(change, -_FARTHEST_STEP, _FARTHEST_STEP))
                if np.abs(change).max() < _SMALL / side:
                    break
        return best, best_fit


def _stepped(now: Map, change: NDArray[np.float64]) -> Map:
    """`now` after the inverse of the small map that would take the copy to the original."""
    a, b, c, d, e, f = change.tolist()
    a, e = a + 1, e + 1
    area = a * e - b * d
    back = [[e, -b, b * f - c * e], [-d, a, c * d - a * f], [0, 0, area]]
    return np.asarray(now @ (np.array(back) / area))


def _standard(picture: Floats, weight: Floats, total: float) -> Floats:
    """Zero mean and unit variance where it counts; zero elsewhere."""
    centred = (picture - np.float32((picture * weight).sum() / total)) * weight
    spread = max(float(np.sqrt((centred * centred).sum() / total)), 0.5)
    return np.asarray(centred * np.float32(1 / spread))


def slopes(picture: Floats, weight: Floats) -> Floats:
    """(6, pixels): how each pixel changes with each number of the map, times `weight`."""
    side = len(picture)
    line = (np.arange(side, dtype=np.float32) * 2 + 1) / np.float32(side) - 1
    x, y = line[None, :], line[:, None]
    down, right = np.gradient(picture)
    down, right = down * weight, right * weight
    parts = [right * x, right * y, right, down * x, down * y, down]
    return np.stack(parts).astype(np.float32).reshape(6, -1)


def usable(grey: Bytes) -> Mask:
    """All but the black or white corners that a turn leaves: from the edge of the picture inwards,
    as long as it is drowned or burnt out, and what compression spreads around that."""
    empty = np.zeros(grey.shape, bool)
    for extreme in (grey <= 4, grey >= 251):
        # A corner: reached without a break along its row and along its column.
        across = _reached(extreme, 1)
        down = _reached(extreme, 0)
        empty |= across & down
    if not empty.any():
        return ~empty
    # Where a corner ends it is thinner than a pixel: so the rim goes, too.
    empty[[0, 1, 2, -3, -2, -1]] = True
    empty[:, [0, 1, 2, -3, -2, -1]] = True
    found = boxed(empty.astype(np.float32), 3) < 1e-3
    # A picture that is mostly black or white has nothing else to be compared by.
    return found if found.mean() >= 0.3 else np.ones(grey.shape, bool)


def _reached(extreme: Mask, axis: int) -> Mask:
    forth = np.logical_and.accumulate(extreme, axis)
    back = np.flip(np.logical_and.accumulate(np.flip(extreme, axis), axis), axis)
    return np.asarray(forth | back)


__all__ = ["COLOUR", "FEATURES", "SIDE", "Compared", "Template", "compare", "look_at_all"]
