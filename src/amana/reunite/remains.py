"""What remains of a copy when everything is taken away that its original explains."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from amana.reunite.squares import COLOUR, SIDE, Floats, Square, boxed, inside, reach, warped

FEATURES = (
    "correlation",
    "detail",
    "remainder",
    "worst",
    "typical",
    "structure",
    "structure_worst",
    "moving",
    "moving_worst",
    "shift",
    "shift_worst",
    "peak",
    "peak_wide",
    "edges",
    "outside",
    "overlap",
    "resampled",
    "fineness",
    "slope",
    "contrast",
)
"""Of one pair. Grey levels are of 0 to 255; "log" is the natural logarithm.

correlation   of the copy with what the original explains of it
detail        the same, of what is finer than about an eighteenth of the picture
remainder     log of the root mean square of what is left, in grey levels
worst         the same in the worst of 64 blocks; `typical`: in the middle one of them
structure     log of the root mean square of what is left when it is softened: compression's noise
              is gone then, a thing that was moved is not; `structure_worst`: in the worst block
moving        log of how much more of what is left a shift of the block explains than it would of
              noise (an F ratio), on average; `moving_worst`: in the worst block
shift         log of the root mean square of these shifts in pixels; `shift_worst`: the largest
peak          log of the strongest softened pixel that is left, against what an edge may leave;
              `peak_wide`: softened further
edges         log of the root mean square of what is left at edges
outside       how far the copy reaches beyond the frame of the original (0 to 1)
overlap       the share of the copy that could be compared
resampled     log of how far the map turns, scales or shears, in pixels, up to 2: what was turned or
              cropped was sampled on another grid, and differs at every edge
fineness      log of how many pixels of the coarser picture stand behind one of the square, 1 to 4:
              a small copy keeps less of what its compression left, so more remains of it
slope         log of the root mean square of how the explained picture changes, pixel by pixel;
              `contrast`: log of how far its pixels are spread. Without them what is smooth, dark,
              or plain is judged by what is usual of a picture full of detail
"""
# What stands for a pair that was given up at a coarse level.
NOTHING = np.array(
    [0, 0, 4, 5, 4, 4, 5, 6, 8, 1, 2, 3, 3, 4, 1, 0, 0.7, 1.1, 2.5, 3.9],
    np.float32,
)
_BLOCKS = 8
_BLOCK = SIDE // _BLOCKS
# Where a channel may begin to burn out, as parts of the way from grey to white.
_KNEES = (0.4, 0.55, 0.7, 0.85)
# From this one on the causes stand for burning out.
_BURNING = 8
_UNEVEN = 1.0
# Pixels that are enough to explain a picture by; and a share that is as good as the whole.
_FEW, _NEARLY_ALL = 2000, 0.97


def remains(
    copy: Floats,
    usable: NDArray[np.bool_],
    original: Square,
    map_: NDArray[np.float64],
    finest: int,
) -> Floats:
    """The features of a copy and an original laid over it by `map_`. `finest`: the longer side, in
    pixels, of the coarser of the two."""
    through = inside(map_, SIDE)
    kept = usable if through is None else usable & through
    weight, explained = _explained_where(copy, kept.astype(np.float32), _causes(original, map_))
    total = max(float(weight.sum()), 1.0)
    down, right = np.gradient(explained)
    down, right = down * weight, right * weight
    left = _settled((copy - explained) * weight, down, right)
    near = boxed(weight, 2)
    soft = np.asarray(boxed(left, 2) / np.maximum(near, 0.3) * weight, np.float32)
    fine = weight * (boxed(weight, 4) > 0.999)
    pixels = _sums(weight)
    seen = pixels >= _BLOCK**2 * 0.15
    if not seen.any():
        return NOTHING.copy()
    pixels = np.maximum(pixels, 1)
    spread = (_sums(left * left) / pixels)[seen]
    structure = (_sums(soft * soft) / pixels)[seen]
    typical = max(float(np.median(spread)), 0.3)
    moving, shifts = _moving(left, down, right, pixels, seen, typical)
    peaks = _peaks(soft, down, right, near > 0.5)
    edge = np.sqrt(down * down + right * right)
    found = [
        _correlation(explained, copy, weight),
        _correlation(explained - boxed(explained, 4), copy - boxed(copy, 4), fine),
        _log_root(float((left * left).sum()) / total, 0.1),
        _log_root(float(spread.max()), 0.1),
        _log_root(typical, 0.1),
        _log_root(float((soft * soft).sum()) / total, 0.02),
        _log_root(float(structure.max()), 0.02),
        *moving,
        *shifts,
        *peaks,
        _log_root(float((left * left * edge).sum()) / max(float(edge.sum()), 1.0), 0.1),
        float(np.clip(reach(map_) - 1, 0, 1)),
        total / SIDE**2,
        float(np.log(0.1 + min(2.0, float(np.linalg.norm(map_[:, :2] - np.eye(2))) * SIDE / 2))),
        float(np.log(np.clip(finest / SIDE, 1, 4))),
        _log_root(float((edge * edge).sum()) / total, 0.1),
        _log_root(_variance(explained, weight, total), 0.1),
    ]
    return np.array(found, np.float32)


def _explained_where(copy: Floats, weight: Floats, causes: Floats) -> tuple[Floats, Floats]:
    """(weight, explained): `weight` without what burnt out, and the rest of the copy explained."""
    explained, burning = _explained(copy, weight, causes)
    # An edge between what is burnt out in one channel and what is not cannot be foretold from
    # pixels that are averages of both.
    even = np.abs(burning - boxed(burning, 2)) < _UNEVEN
    seen = weight * (boxed(_burnt(copy, explained), 2) < 1e-3) * even
    if _FEW < seen.sum() < weight.sum() * _NEARLY_ALL:
        # What is left is explained for itself: what burnt out would have its say in how soft it is.
        explained, _ = _explained(copy, seen, causes)
    return seen, explained


def _causes(original: Square, map_: NDArray[np.float64]) -> Floats:
    """(n, SIDE, SIDE): what a copy's brightness may be a sum of, from the original through the map:
    its brightness and powers of it, softer forms of it, its colours, and each channel beyond where
    it may burn out."""
    picture = Image.fromarray(original.grey.astype(np.float32))
    grey = warped(picture, map_, SIDE, Image.Resampling.BICUBIC)
    grey = grey * np.float32(1 / 128) - 1
    blue, red = (
        np.repeat(np.repeat(warped(part, map_, COLOUR), 2, 0), 2, 1)
        for part in (Image.fromarray((c.astype(np.float32) - 128) / 128) for c in original.colour)
    )
    softer = boxed(grey, 1)
    square = grey * grey
    causes = [np.ones_like(grey), grey, square, square * grey, softer, boxed(softer, 2), blue, red]
    channels = (
        grey + np.float32(1.402) * red,
        grey - np.float32(0.344) * blue - np.float32(0.714) * red,
        grey + np.float32(1.772) * blue,
    )
    causes += [np.maximum(c - np.float32(knee), 0) for c in channels for knee in _KNEES]
    return np.stack(causes)


def _explained(copy: Floats, weight: Floats, causes: Floats) -> tuple[Floats, Floats]:
    """The sum of `causes` that comes nearest to the copy, by least squares over every other row;
    and the part of it that stands for channels burning out. Both in grey levels."""
    counted = (causes[:, ::2] * weight[::2]).reshape(len(causes), -1)
    square = (counted @ counted.T).astype(np.float64)
    square += np.eye(len(causes)) * 1e-5 * max(float(weight[::2].sum()), 1.0)
    right = (counted @ copy[::2].ravel()).astype(np.float64)
    shares = np.linalg.solve(square, right).astype(np.float32)
    flat = causes.reshape(len(causes), -1)
    burning = (shares[_BURNING:] @ flat[_BURNING:]).reshape(copy.shape)
    plain = (shares[:_BURNING] @ flat[:_BURNING]).reshape(copy.shape)
    return np.clip(plain + burning, 0, 255), burning


def _burnt(copy: Floats, explained: Floats) -> Floats:
    """1 where both are white, or both black: there, and beside it, a copy made brighter or darker
    says nothing. (White where the original is not is a thing that was moved, and counts.)"""
    white = (copy >= 250) & (explained >= 235)
    return np.asarray(white | (copy <= 5) & (explained <= 20), np.float32)


def _settled(left: Floats, down: Floats, right: Floats) -> Floats:
    """`left` without what a last small change of the whole map explains, to the first order."""
    line = (np.arange(SIDE, dtype=np.float32) * 2 + 1) / np.float32(SIDE) - 1
    x, y = line[None, :], line[:, None]
    slopes = np.stack([right * x, right * y, right, down * x, down * y, down]).reshape(6, -1)
    square = (slopes @ slopes.T).astype(np.float64)
    square += np.eye(6) * 1e-4 * (np.trace(square) / 6 + 1)
    change = np.linalg.solve(square, (slopes @ left.ravel()).astype(np.float64))
    return np.asarray(left - (change.astype(np.float32) @ slopes).reshape(left.shape))


def _moving(
    left: Floats,
    down: Floats,
    right: Floats,
    pixels: Floats,
    seen: NDArray[np.bool_],
    noise: float,
) -> tuple[tuple[float, float], tuple[float, float]]:
    """((moving, moving_worst), (shift, shift_worst)): each block's own best small shift."""
    damping = pixels / 4
    xx, xy = _sums(right * right) + damping, _sums(right * down)
    yy = _sums(down * down) + damping
    x, y = _sums(right * left), _sums(down * left)
    area = np.maximum(xx * yy - xy * xy, 1e-3)
    move_x, move_y = (yy * x - xy * y) / area, (xx * y - xy * x) / area
    ratio = ((move_x * x + move_y * y) / (2 * noise))[seen]
    firm, far = np.sqrt(area)[seen], np.sqrt(move_x**2 + move_y**2)[seen]
    shift = float(np.sqrt((firm * far * far).sum() / max(float(firm.sum()), 1e-3)))
    reliable = far[firm >= np.median(firm) / 2]
    return (
        (float(np.log(ratio.mean() + 0.05)), float(np.log(ratio.max() + 0.5))),
        (float(np.log(shift + 0.003)), float(np.log(reliable.max() + 0.003))),
    )


def _peaks(
    soft: Floats, down: Floats, right: Floats, core: NDArray[np.bool_]
) -> tuple[float, float]:
    edge = boxed(np.sqrt(down * down + right * right), 2)
    narrow = np.abs(soft) / (1 + np.float32(0.1) * edge) * core
    wide = np.abs(boxed(soft, 2)) / (np.float32(0.7) + np.float32(0.07) * edge) * core
    return float(np.log(narrow.max() + 0.05)), float(np.log(wide.max() + 0.05))


_ROWS = np.repeat(np.eye(_BLOCKS, dtype=np.float32), _BLOCK, 1)


def _sums(values: Floats) -> Floats:
    return np.asarray(_ROWS @ values @ _ROWS.T)


def _variance(picture: Floats, weight: Floats, total: float) -> float:
    centred = (picture - np.float32(float((picture * weight).sum()) / total)) * weight
    return float((centred * centred).sum()) / total


def _log_root(square: float, least: float) -> float:
    return float(0.5 * np.log(square + least))


def _correlation(first: Floats, second: Floats, weight: Floats) -> float:
    total = max(float(weight.sum()), 1.0)
    a = (first - np.float32((first * weight).sum() / total)) * weight
    b = (second - np.float32((second * weight).sum() / total)) * weight
    scale = float((a * a).sum()) * float((b * b).sum())
    return float((a * b).sum() / np.sqrt(max(scale, 1e-3)))
