"""Finding the card: a bright (or dark) flat patch, nearly a rectangle, with something on it.

The picture is cut at several brightnesses; pieces whose hull nearly fills the smallest rectangle
around it are candidates. Each is cut out along that rectangle, so a skewed card comes out straight;
which side is up is for the reader to find.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from amana.reunite.cards.blobs import Blobs, blobs

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]
Point = tuple[float, float]

_LOOK = 720  # the picture is searched at this many pixels on its longer side
_CUT = 640  # a card is cut out at this many at most
_LEVELS = (0.5, 0.7, 0.85, 0.94, 0.98)
_SMALLEST, _LARGEST = 0.0012, 0.7  # of the picture's area
_FULL = 0.84  # hull over rectangle: a rectangle has 1, an ellipse 0.79
_FILLED = 0.22  # of the upright box: a card at 45 degrees of 1 by 5 fills this much
_MOST = 9


@dataclass(frozen=True)
class Card:
    """A candidate: its `corners` (4 x 2, pixels of the picture, in order), how much it looks like
    a card (0 to 1), and its pixels, straightened; ink is dark in them, whatever it was."""

    corners: Points
    score: float
    grey: Grey


def find_cards(picture: Image.Image) -> list[Card]:
    """The likeliest cards of a picture (mode L, upright as EXIF says), the best first."""
    scale = min(1.0, _LOOK / max(picture.size))
    small = picture.resize(
        (max(1, round(picture.width * scale)), max(1, round(picture.height * scale))),
        Image.Resampling.BOX,
    )
    seen = np.asarray(small)
    found = [(q, s, dark) for dark in (False, True) for q, s in _candidates(seen, dark)]
    found.sort(key=lambda entry: -entry[1])
    cards: list[Card] = []
    for corners, score, dark in found:
        if len(cards) < _MOST and not any(_same(corners / scale, c.corners) for c in cards):
            cards.append(Card(corners / scale, score, _cut(picture, corners / scale, dark)))
    return cards


def _candidates(seen: Grey, dark: bool) -> list[tuple[Points, float]]:
    light = 255 - seen if dark else seen
    found = []
    for level in sorted({int(np.quantile(light, q)) for q in _LEVELS}):
        mask = light >= max(level, 1)
        pieces = blobs(mask)
        fit = pieces.area >= _SMALLEST * seen.size
        fit &= pieces.area <= _LARGEST * seen.size
        boxes = (pieces.right - pieces.left) * (pieces.bottom - pieces.top)
        fit &= pieces.area >= _FILLED * boxes
        for blob in np.flatnonzero(fit):
            corners, full, ink = _shape(pieces, int(blob))
            if full >= _FULL and 0.008 <= ink <= 0.55 and _sides_fit(corners):
                found.append((corners, full - abs(ink - 0.12) * 0.3))
    return found


def _sides_fit(corners: Points) -> bool:
    one, other = np.linalg.norm(np.diff(corners[:3], axis=0), axis=1)
    return bool(min(one, other) >= 14 and max(one, other) <= 14 * min(one, other))


def _shape(pieces: Blobs, blob: int) -> tuple[Points, float, float]:
    """(corners of the least rectangle, hull's share of it, share of the hull not in the blob)."""
    runs = np.flatnonzero(pieces.of == blob)
    sides, rows = (pieces.start[runs], pieces.end[runs]), (pieces.row[runs], pieces.row[runs] + 1)
    ends = np.concatenate([np.stack([x, y], 1) for x in sides for y in rows])
    hull = _hull(ends.astype(np.float64))
    area = _area(hull)
    corners = smallest_rectangle(hull)
    whole = max(_area(corners), 1.0)
    return corners, area / whole, 1.0 - int(pieces.area[blob]) / max(area, 1.0)


def _hull(points: Points) -> Points:
    """The convex hull, by Andrew's monotone chain, of the outermost points of each row."""
    order = np.lexsort((points[:, 0], points[:, 1]))
    points = points[order]
    first = np.r_[True, np.diff(points[:, 1]) > 0]
    last = np.r_[first[1:], True]
    kept: list[Point] = [(x, y) for x, y in points[first | last].tolist()]
    return np.array(_half(kept)[:-1] + _half(kept[::-1])[:-1])


def _half(points: list[Point]) -> list[Point]:
    chain: list[Point] = []
    for x, y in points:
        while len(chain) > 1:
            (ax, ay), (bx, by) = chain[-2], chain[-1]
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                break
            chain.pop()
        chain.append((x, y))
    return chain


def _area(corners: Points) -> float:
    x, y = corners[:, 0], corners[:, 1]
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def smallest_rectangle(hull: Points) -> Points:
    """The four corners (4 x 2) of the least rectangle around a convex polygon: one of its sides
    lies along a side of the polygon (Freeman and Shapira 1975)."""
    edges = np.roll(hull, -1, 0) - hull
    angles = np.unique(np.round(np.arctan2(edges[:, 1], edges[:, 0]) % (np.pi / 2), 3))
    cos, sin = np.cos(angles), np.sin(angles)
    along = hull @ np.stack([cos, sin])
    across = hull @ np.stack([-sin, cos])
    sizes = np.ptp(along, 0) * np.ptp(across, 0)
    best = int(np.argmin(sizes))
    low, high = along[:, best].min(), along[:, best].max()
    near, far = across[:, best].min(), across[:, best].max()
    box = np.array([[low, near], [high, near], [high, far], [low, far]])
    turn = np.array([[cos[best], sin[best]], [-sin[best], cos[best]]])
    return np.asarray(box @ turn, np.float64)


def _cut(picture: Image.Image, corners: Points, dark: bool) -> Grey:
    """The card's pixels, straightened, its longer side at most `_CUT`."""
    wide = float(np.linalg.norm(corners[1] - corners[0]))
    high = float(np.linalg.norm(corners[2] - corners[1]))
    scale = min(3.0, _CUT / max(wide, high))
    size = max(8, round(wide * scale)), max(8, round(high * scale))
    if scale < 1:  # a plain transform would skip pixels
        picture = picture.resize(
            (max(1, round(picture.width * scale)), max(1, round(picture.height * scale))),
            Image.Resampling.BOX,
        )
        corners = corners * scale
    a, b, d = corners[0], corners[1], corners[3]
    right, down = (b - a) / size[0], (d - a) / size[1]
    data = (right[0], down[0], a[0], right[1], down[1], a[1])
    cut = picture.transform(size, Image.Transform.AFFINE, data, Image.Resampling.BICUBIC)
    grey = np.asarray(cut)
    return 255 - grey if dark else grey


def _same(one: Points, other: Points) -> bool:
    """Whether two candidates are one card: their boxes overlap by more than 60 %."""
    low = np.maximum(one.min(0), other.min(0))
    high = np.minimum(one.max(0), other.max(0))
    shared = float(np.prod(np.maximum(high - low, 0)))
    sizes = [float(np.prod(np.ptp(c, axis=0))) for c in (one, other)]
    return shared > 0.6 * (sizes[0] + sizes[1] - shared)
