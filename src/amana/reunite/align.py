"""A second look at two pictures that a hash thinks alike: lay one over the other, and subtract.

Two frames of one scene have nearly one hash; what tells them apart is that no shift or scale lays
one over the other everywhere at once. So each pair is aligned by an affine map (Lucas, Kanade 1981,
in its forward compositional form, coarse to fine, on normalised brightness), and what remains is
measured, in the worst place as well as on the whole.

All pairs of a batch are worked on together; arrays are (pairs, rows, columns), float32.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_LEVELS = ((24, 9), (48, 4), (96, 3))
_BLOCKS = 8
_GIVE_UP = 0.35
_BATCH = 64
# What stands for a pair that is given up early.
_NOTHING = (0.0, 0.0, 4.0, 5.0, 4.0, 5.0, 1.0, 0.0)
FEATURES = (
    "correlation",
    "detail",
    "remainder",
    "worst",
    "local",
    "local_worst",
    "outside",
    "overlap",
)


@dataclass(frozen=True)
class Compared:
    """Features of each pair, in the order of FEATURES, and the maps (2 x 3) in [-1, 1].

    correlation  of brightness, over what both show
    detail       of what is finer than an eighth of the picture
    remainder    log of the root mean square of what is left, in grey levels
    worst        the same in the worst of 64 blocks
    local        as remainder, when in each block the tones of the first are fitted to the second's
    local_worst  as worst, likewise
    outside      how far the first reaches beyond the frame of the second (0 to 1)
    overlap      the share of the first that could be compared
    """

    features: Floats
    maps: Floats


def compare(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Compared:
    """Compare pairs of grey squares (n, 96, 96): is the first made from the second?"""
    features, maps = [], []
    for start in range(0, len(first), _BATCH):
        a = first[start : start + _BATCH].astype(np.float32)
        b = second[start : start + _BATCH].astype(np.float32)
        found, map_ = _compare(a, b)
        features.append(found)
        maps.append(map_)
    if not features:
        return Compared(np.empty((0, len(FEATURES)), np.float32), np.empty((0, 2, 3), np.float32))
    return Compared(np.concatenate(features), np.concatenate(maps))


def _compare(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    usable = _usable(first)
    maps = np.tile(np.array([[1, 0, 0], [0, 1, 0]], np.float32), (len(first), 1, 1))
    alive = np.ones(len(first), bool)
    for side, steps in _LEVELS:
        a, b = _shrunk(first, side), _shrunk(second, side)
        keep = _shrunk(usable.astype(np.float32), side) > 0.99
        chosen = np.flatnonzero(alive)
        maps[chosen] = _align(a[chosen], b[chosen], keep[chosen], maps[chosen], steps)
        if side == _LEVELS[0][0]:
            warped, inside = _warp(b, maps)
            alive = _correlation(a, warped, keep & inside) > _GIVE_UP
    found = np.tile(np.array(_NOTHING, np.float32), (len(first), 1))
    found[alive] = _features(first[alive], second[alive], usable[alive], maps[alive])
    return found, maps


def _softened(pictures: Floats) -> Floats:
    """[1 4 6 4 1] / 16 along both axes, as two products with one band matrix."""
    return np.asarray(_SOFTEN @ pictures @ _SOFTEN.T, np.float32)


def _band(side: int) -> Floats:
    """The matrix of _softened, its edge rows brought to a sum of one."""
    matrix = np.zeros((side, side), np.float32)
    for step, weight in zip(range(-2, 3), (1, 4, 6, 4, 1), strict=True):
        matrix += np.diag(np.full(side - abs(step), weight, np.float32), step)
    return np.asarray(matrix / matrix.sum(1, keepdims=True), np.float32)


def _doubling(side: int) -> Floats:
    """The matrix (2 * side, side) that doubles the samples of a line, by Lanczos' kernel of 3."""
    place = (np.arange(2 * side) + 0.5) / 2 - 0.5
    away = place[:, None] - np.arange(side)[None, :]
    matrix = np.sinc(away) * np.sinc(away / 3) * (np.abs(away) < 3)
    return np.asarray(matrix / matrix.sum(1, keepdims=True), np.float32)


def _usable(first: Floats) -> Mask:
    """Pixels that say something: not burnt out, not drowned, not in corners left by turning."""
    clipped = (first <= 4) | (first >= 251)
    # Compression rings four pixels around them.
    usable = _box(clipped.astype(np.float32), 4) < 0.001
    # A picture that is mostly black or white has nothing else to be compared by.
    usable[usable.mean((1, 2)) < 0.3] = True
    return usable


def _shrunk(pictures: Floats, side: int) -> Floats:
    factor = pictures.shape[1] // side
    if factor == 1:
        return pictures
    blocks = pictures.reshape(len(pictures), side, factor, side, factor)
    return np.asarray(blocks.mean((2, 4)), np.float32)


def _grid(side: int) -> Floats:
    """Homogeneous coordinates (3, side * side) in [-1, 1]."""
    line = (np.arange(side, dtype=np.float32) * 2 + 1) / side - 1
    y, x = np.meshgrid(line, line, indexing="ij")
    return np.stack([x.ravel(), y.ravel(), np.ones(side * side, np.float32)])


def _warp(pictures: Floats, maps: Floats, wanted: int = 0) -> tuple[Floats, Mask]:
    """Each picture as seen through its map on a grid of `wanted` (or its own) pixels a side,
    bilinear, and where that lies inside the picture."""
    count, side, _ = pictures.shape
    wanted = wanted or side
    place = (maps @ _grid(wanted) + 1) * (side / 2) - 0.5
    x, y = place[:, 0], place[:, 1]
    inside = (x > -0.5) & (x < side - 0.5) & (y > -0.5) & (y < side - 0.5)
    x, y = np.clip(x, 0, side - 1.001), np.clip(y, 0, side - 1.001)
    left, top = np.floor(x), np.floor(y)
    fx, fy = x - left, y - top
    first = np.arange(count, dtype=np.int64)[:, None] * (side * side)
    start = (top * side + left).astype(np.int64) + first
    flat = pictures.ravel()

    def at(offset: int) -> Floats:
        return np.asarray(np.take(flat, start + offset), np.float32)

    upper = at(0)
    upper += (at(1) - upper) * fx
    lower = at(side)
    lower += (at(side + 1) - lower) * fx
    seen = upper + (lower - upper) * fy
    shape = (count, wanted, wanted)
    return seen.reshape(shape), inside.reshape(shape)


def _standard(pictures: Floats, mask: Mask) -> Floats:
    """Zero mean and unit variance over the mask; zero outside it."""
    weight = mask.astype(np.float32)
    total = np.maximum(weight.sum((1, 2), keepdims=True), 1)
    mean = (pictures * weight).sum((1, 2), keepdims=True) / total
    centred = (pictures - mean) * weight
    spread = np.sqrt((centred**2).sum((1, 2), keepdims=True) / total)
    return np.asarray(centred / np.maximum(spread, 0.5), np.float32)


def _correlation(first: Floats, second: Floats, mask: Mask) -> Floats:
    total = np.maximum(mask.sum((1, 2)), 1)
    product = _standard(first, mask) * _standard(second, mask)
    return np.asarray(product.sum((1, 2)) / total, np.float32)


def _align(first: Floats, second: Floats, keep: Mask, maps: Floats, steps: int) -> Floats:
    count, side, _ = first.shape
    if not count:
        return maps
    x, y, one = _grid(side)
    best, best_fit = maps.copy(), np.full(count, -2, np.float32)
    for step in range(steps + 1):
        warped, inside = _warp(second, maps)
        mask = keep & inside
        a, b = _standard(first, mask), _standard(warped, mask)
        fit = (a * b).sum((1, 2)) / np.maximum(mask.sum((1, 2)), 1)
        better = fit > best_fit
        best[better], best_fit[better] = maps[better], fit[better]
        if step == steps:
            break
        gy, gx = np.gradient(b, axis=(1, 2))
        weight = mask.reshape(count, -1)
        gx = gx.reshape(count, -1) * weight * (side / 2)
        gy = gy.reshape(count, -1) * weight * (side / 2)
        slopes = np.stack([gx * x, gx * y, gx * one, gy * x, gy * y, gy * one], 1)
        square = slopes @ slopes.transpose(0, 2, 1)
        damping = 1e-3 * np.trace(square, axis1=1, axis2=2)[:, None, None] / 6 + 1e-3
        square = square + damping * np.eye(6, dtype=np.float32)
        right = slopes @ (a - b).reshape(count, -1, 1)
        change = np.linalg.solve(square, right)[:, :, 0]
        maps = _composed(maps, np.clip(change, -0.12, 0.12).reshape(count, 2, 3))
    return best


def _composed(maps: Floats, change: Floats) -> Floats:
    full = np.tile(np.eye(3, dtype=np.float32), (len(maps), 1, 1))
    full[:, :2] += change
    return (maps @ full).astype(np.float32)


def _features(first: Floats, second: Floats, usable: Mask, maps: Floats) -> Floats:
    # Seen through the map the second loses its finest waves, and a crop shows finer ones than the
    # whole does. So it is sampled from a doubled grid, and both are softened in one and the same
    # grid afterwards: then a crop compares as well as a whole picture.
    doubled = np.asarray(_DOUBLE @ second @ _DOUBLE.T, np.float32)
    warped, inside = _warp(doubled, maps, first.shape[1])
    first, warped = _softened(first), _softened(warped)
    # Softening carries what must not count two pixels further.
    mask = _box((usable & inside).astype(np.float32), 2) > 0.999
    toned = _toned(first, warped, mask)
    correlation = _correlation(toned, warped, mask)
    core = _box(mask.astype(np.float32)) > 0.999
    detail = _correlation(_fine(toned), _fine(warped), core)
    weight, plain, local = _remainders(toned, warped, mask)
    total = np.maximum(weight.sum((1, 2)), 1)
    remainders = [np.sqrt((left * weight).sum((1, 2)) / total) for left in (plain, local)]
    worst = [np.sqrt(left.max((1, 2))) for left in (plain, local)]
    corners = np.array([[-1, -1, 1], [1, -1, 1], [-1, 1, 1], [1, 1, 1]], np.float32).T
    outside = np.clip(np.abs(maps @ corners) - 1, 0, 1).max((1, 2))
    overlap = mask.mean((1, 2))
    grey = [np.log(value + 0.3) for value in (remainders[0], worst[0], remainders[1], worst[1])]
    return np.stack([correlation, detail, *grey, outside, overlap], 1).astype(np.float32)


def _toned(first: Floats, second: Floats, mask: Mask) -> Floats:
    """`first` in the tones of `second`: a cubic curve, fitted by least squares over the mask, for
    copies that were made brighter, darker or flatter."""
    count = len(first)
    value = (first.reshape(count, -1) - 128) / 128
    powers = np.stack([np.ones_like(value), value, value**2, value**3], 1)
    weighted = powers * mask.reshape(count, 1, -1)
    square = weighted @ powers.transpose(0, 2, 1)
    square += 1e-4 * np.trace(square, axis1=1, axis2=2)[:, None, None] * np.eye(4, dtype=np.float32)
    curve = np.linalg.solve(square, weighted @ second.reshape(count, -1, 1))
    return (curve.transpose(0, 2, 1) @ powers).reshape(first.shape).astype(np.float32)


def _fine(pictures: Floats) -> Floats:
    return pictures - _box(pictures)


def _box(pictures: Floats, reach: int = 4) -> Floats:
    """The mean over a square of 2 * reach + 1 pixels, by running sums."""
    for axis in (1, 2):
        # Centred first, so that running sums in single precision stay exact enough.
        width = [(0, 0)] * 3
        width[axis] = (reach + 1, reach)
        sums = np.cumsum(np.pad(pictures, width, mode="edge"), axis=axis, dtype=np.float32)
        length = pictures.shape[axis]
        high = np.take(sums, range(2 * reach + 1, 2 * reach + 1 + length), axis)
        low = np.take(sums, range(length), axis)
        pictures = ((high - low) / (2 * reach + 1)).astype(np.float32)
    return pictures


def _remainders(first: Floats, second: Floats, mask: Mask) -> tuple[Floats, Floats, Floats]:
    """For each of 8 x 8 blocks: how many pixels count; the mean square of what is left; and the
    variance of `second` there that no straight line through the tones of `first` explains. (Where a
    colour was burnt out, tones differ from place to place; a thing that moved has no tone.)"""
    count, side, _ = first.shape
    shape = (count, _BLOCKS, side // _BLOCKS, _BLOCKS, side // _BLOCKS)

    def mean(values: Floats) -> Floats:
        return np.asarray((values * mask).reshape(shape).sum((2, 4)) / n, np.float32)

    weight = mask.reshape(shape).sum((2, 4)).astype(np.float32)
    n = np.maximum(weight, 1)
    a, b = first - 128, second - 128
    mean_a, mean_b = mean(a), mean(b)
    spread_a = np.maximum(mean(a * a) - mean_a**2, 0) + 0.05
    spread_b = np.maximum(mean(b * b) - mean_b**2, 0)
    common = np.maximum(mean(a * b) - mean_a * mean_b, 0)
    local = np.maximum(spread_b - common**2 / spread_a, 0)
    keep = weight >= (side // _BLOCKS) ** 2 / 2
    return (
        np.where(keep, weight, 0),
        np.where(keep, mean((a - b) ** 2), 0),
        np.where(keep, local, 0),
    )


_SOFTEN, _DOUBLE = _band(96), _doubling(96)
