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
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from amana.reunite.remains import FEATURES, NOTHING, remains
from amana.reunite.squares import SIDE, Floats, Mask, Square, boxed, inside, shrunk, warped

Bytes = NDArray[np.uint8]
Map = NDArray[np.float64]

# (side in pixels, steps), coarse to fine. The last tenths of a pixel are taken out in `remains`.
_LEVELS = ((20, 10), (40, 5), (80, 3), (160, 1))
# Correlations below which the finer levels are not worth their time: a stranger; another frame.
# (Drawn copies had 0.93, 0.96, 0.96 or more with their own originals, strangers up to 0.85 at 20.)
_GIVE_UP = {20: 0.6, 40: 0.7, 80: 0.9}
# Of one step, in halves of a side; and a step so small (in half pixels) that it is the last.
_FARTHEST_STEP, _SMALL = 0.12, 0.04
# Pixels, at a corner, by which a map may lie beside no map at all.
_BESIDE = 1.5
_REMAINDER = FEATURES.index("remainder")


@dataclass(frozen=True)
class Compared:
    """Of each pair its features, in the order of remains.FEATURES, and the map (2 x 3) from the
    first to the second, both seen as [-1, 1] each way."""

    features: Floats
    maps: NDArray[np.float64]


def compare(pairs: Sequence[tuple[Square, Square]]) -> Compared:
    """Of each pair: is the first made from the second?"""
    found = [Template(copy).look(original) for copy, original in pairs]
    if not found:
        return Compared(np.empty((0, len(FEATURES)), np.float32), np.empty((0, 2, 3)))
    return Compared(np.stack([f for f, _ in found]), np.stack([m for _, m in found]))


def look_at_all(asked: tuple[Square, Sequence[tuple[Square, int]]]) -> Floats:
    """One copy against several originals, each with what to begin with: a row of features each.
    To begin with: 0 for the whole, 1 to 9 for the crops of Fingerprint. A function of a module, so
    that an Executor of processes can be given it."""
    copy, originals = asked
    template = Template(copy)
    return np.stack([template.look(original, start)[0] for original, start in originals])


class Template:
    """A copy's square, made ready to have originals laid over it."""

    def __init__(self, copy: Square) -> None:
        self._copy, self._grey = copy, copy.grey.astype(np.float32)
        self._usable = usable(copy.grey)
        self._levels: dict[int, _Level] = {}

    def look(self, original: Square, start: int = 0) -> tuple[Floats, Map]:
        """(features, map) of this copy and one original; `start` as in look_at_all."""
        picture = original.grey.astype(np.float32)
        found = _start(start)
        for side, steps in _LEVELS:
            found, fit = self._level(side).align(shrunk(picture, side), found, steps)
            if fit < _GIVE_UP.get(side, -1):
                nothing = NOTHING.copy()
                # Graded, so that the nearest of several strangers is still the nearest.
                nothing[0] = fit if side == 80 else fit / 2
                return nothing, found
        finest = min(self._copy.longest, original.longest)
        tried = [(remains(self._grey, self._usable, original, m, finest), m) for m in _near(found)]
        return min(tried, key=lambda features_and_map: float(features_and_map[0][_REMAINDER]))

    def _level(self, side: int) -> _Level:
        if side not in self._levels:
            whole = side == SIDE
            keep = self._usable if whole else shrunk(self._usable.astype(np.float32), side) > 0.99
            self._levels[side] = _Level(shrunk(self._grey, side), keep)
        return self._levels[side]


def _near(found: Map) -> list[Map]:
    """The map, and no map at all where that is nearly the same: most copies were not moved, and
    what burnt out may have drawn the map aside by a part of a pixel."""
    plain = _start(0)
    away = float(np.abs(found - plain).sum(1).max()) * SIDE / 2
    return [found, plain] if 0 < away <= _BESIDE else [found]


def _start(number: int) -> Map:
    if not number:
        return np.array([[1.0, 0, 0], [0, 1, 0]])
    down, across = divmod(number - 1, 3)
    return np.array([[0.9, 0, 0.1 * (across - 1)], [0, 0.9, 0.1 * (down - 1)]])


@dataclass(frozen=True)
class _Seen:
    """A copy's pixels, standardised where they count: `weight` 1, `total` of them; zero else."""

    weight: Floats
    total: float
    pixels: Floats


class _Level:
    """The copy at one size: pixels, which of them count, and how they change with the map."""

    def __init__(self, grey: Floats, keep: Mask) -> None:
        self._side, self._grey = len(grey), grey.ravel()
        self._whole = self._counted(keep.ravel().astype(np.float32))
        spread = _spread(self._grey, self._whole.weight, self._whole.total)[1]
        weight = self._whole.weight.reshape(grey.shape)
        self._slopes = slopes(grey, weight * np.float32(self._side / 2 / spread))
        square = (self._slopes @ self._slopes.T).astype(np.float64)
        square += np.eye(6) * (1e-3 * np.trace(square) / 6 + 1e-3)
        self._inverse: Map = np.linalg.inv(square).astype(np.float64)

    def align(self, original: Floats, start: Map, steps: int) -> tuple[Map, float]:
        """The best map of those tried, and the correlation that it gives."""
        picture = Image.fromarray(original)
        now, best, best_fit = start, start, -2.0
        for step in range(steps + 1):
            mine = self._whole
            if (within := inside(now, self._side)) is not None:
                mine = self._counted(self._whole.weight * within.ravel())
            seen = _standard(warped(picture, now, self._side).ravel(), mine.weight, mine.total)
            enough = mine.total > self._side**2 / 5
            fit = float(seen @ mine.pixels) / mine.total if enough else -1.0
            if fit > best_fit:
                best, best_fit = now, fit
            if step < steps:
                change = self._inverse @ (self._slopes @ (seen - mine.pixels)).astype(np.float64)
                now = _stepped(now, np.clip(change, -_FARTHEST_STEP, _FARTHEST_STEP))
                if np.abs(change).max() < _SMALL / self._side:
                    break
        return best, best_fit

    def _counted(self, weight: Floats) -> _Seen:
        total = max(float(weight.sum()), 1.0)
        return _Seen(weight, total, _standard(self._grey, weight, total))


def _stepped(now: Map, change: NDArray[np.float64]) -> Map:
    """`now` after the inverse of the small map that would take the copy to the original."""
    a, b, c, d, e, f = change.tolist()
    a, e = a + 1, e + 1
    area = a * e - b * d
    back = [[e, -b, b * f - c * e], [-d, a, c * d - a * f], [0, 0, area]]
    return np.asarray(now @ (np.array(back) / area))


def _spread(pixels: Floats, weight: Floats, total: float) -> tuple[Floats, float]:
    """(pixels less their mean, zero where they do not count; their standard deviation)."""
    centred = (pixels - np.float32(float(pixels @ weight) / total)) * weight
    return centred, max(float(np.sqrt(float(centred @ centred) / total)), 0.5)


def _standard(pixels: Floats, weight: Floats, total: float) -> Floats:
    """Zero mean and unit variance where it counts; zero elsewhere."""
    centred, spread = _spread(pixels, weight, total)
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


__all__ = ["FEATURES", "Compared", "Template", "compare", "look_at_all"]
