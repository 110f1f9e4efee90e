"""The marks on a card, line by line: each a square of ink, and where it stands in its line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from amana.reunite.cards.blobs import Blobs, blobs

Grey = NDArray[np.uint8]
Ink = NDArray[np.float32]

SIDE, MARGIN = 24, 2
GEOMETRY = 4
_SMALLEST = 7  # pixels: below that no digit can be told from another
_MOST = 120  # marks on one card; more is texture, not writing
_MOST_LINES = 12


@dataclass(frozen=True)
class Glyph:
    """One mark: its box in the card, its ink (0 to 1) within that box, and the box of its line."""

    left: int
    top: int
    right: int
    bottom: int
    ink: Ink
    line_top: int
    line_height: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


def ink_of(grey: Grey) -> Ink:
    """How much darker than its surroundings each pixel is: 0 ground, 1 ink."""
    ground = _local(grey, max(8, min(grey.shape) // 3))
    darker = np.clip(ground - grey.astype(np.float32), 0, None)
    full = max(float(np.quantile(darker, 0.99)), 24.0)
    return np.asarray(np.clip(darker / full, 0, 1), np.float32)


def _local(grey: Grey, reach: int) -> Ink:
    """The ground: a blurred picture of the brighter half, free of the strokes themselves."""
    small = Image.fromarray(grey)
    step = max(2, reach // 3)
    size = max(1, grey.shape[1] // step), max(1, grey.shape[0] // step)
    coarse = np.asarray(small.resize(size, Image.Resampling.BOX), np.float32)
    padded = np.pad(coarse, 1, mode="edge")
    stack = [padded[y : y + size[1], x : x + size[0]] for y in range(3) for x in range(3)]
    bright = np.quantile(np.stack(stack), 0.75, axis=0).astype(np.float32)
    back = Image.fromarray(bright).resize((grey.shape[1], grey.shape[0]), Image.Resampling.BILINEAR)
    return np.asarray(back, np.float32)


def lines_of(grey: Grey) -> list[list[Glyph]]:
    """The marks of a straightened card, in lines from the top, each from the left."""
    ink = ink_of(grey)
    pieces = blobs(ink > 0.45)
    boxes = _plausible(pieces, grey.shape)
    if not 0 < len(boxes) <= _MOST:
        return []
    lines = [_joined(line) for line in _grouped(boxes)]
    return [_glyphs(line, pieces, ink) for line in lines[:_MOST_LINES]]


@dataclass
class _Box:
    left: int
    top: int
    right: int
    bottom: int
    blobs: list[int]


def _plausible(pieces: Blobs, shape: tuple[int, ...]) -> list[_Box]:
    high = pieces.bottom - pieces.top
    wide = pieces.right - pieces.left
    edge = (pieces.left <= 1) | (pieces.top <= 1)
    edge |= (pieces.right >= shape[1] - 1) | (pieces.bottom >= shape[0] - 1)
    fit = ~edge & (np.maximum(high, wide) >= 3) & (pieces.area >= 6)
    fit &= (high <= 0.95 * shape[0]) & (wide <= 0.9 * shape[1])
    fits = np.flatnonzero(fit)
    if len(fits) > 4 * _MOST:
        return []
    return [
        _Box(
            int(pieces.left[b]),
            int(pieces.top[b]),
            int(pieces.right[b]),
            int(pieces.bottom[b]),
            [int(b)],
        )
        for b in fits
    ]


def _grouped(boxes: list[_Box]) -> list[list[_Box]]:
    """Lines: the tallest marks first; a mark whose middle lies within a line belongs to it."""
    lines: list[tuple[float, float, list[_Box]]] = []
    for box in sorted(boxes, key=lambda b: b.top - b.bottom):
        middle, height = (box.top + box.bottom) / 2, box.bottom - box.top
        for number, (top, bottom, line) in enumerate(lines):
            inside = top < middle < bottom and height <= 1.6 * (bottom - top)
            if inside and min(box.bottom, bottom) - max(box.top, top) > 0.5 * height:
                line.append(box)
                count = len(line)
                pull = 1 / count if height > 0.6 * (bottom - top) else 0
                middle_top, middle_bottom = (box.top - top) * pull, (box.bottom - bottom) * pull
                lines[number] = top + middle_top, bottom + middle_bottom, line
                break
        else:
            if height >= _SMALLEST:
                lines.append((box.top, box.bottom, [box]))
    lines.sort(key=lambda entry: entry[0])
    return [sorted(line, key=lambda b: b.left) for _, _, line in lines]


def _joined(line: list[_Box]) -> list[_Box]:
    """Strokes that stand over each other are one mark."""
    joined: list[_Box] = []
    for box in line:
        last = joined[-1] if joined else None
        if last is not None:
            shared = min(last.right, box.right) - max(last.left, box.left)
            if shared > 0.55 * min(last.right - last.left, box.right - box.left):
                last.right, last.left = max(last.right, box.right), min(last.left, box.left)
                last.top, last.bottom = min(last.top, box.top), max(last.bottom, box.bottom)
                last.blobs += box.blobs
                continue
        joined.append(box)
    return joined


def _glyphs(line: list[_Box], pieces: Blobs, ink: Ink) -> list[Glyph]:
    height = max(int(np.quantile([b.bottom - b.top for b in line], 0.8)), _SMALLEST)
    tall = [b for b in line if b.bottom - b.top >= 0.7 * height]
    top = int(np.median([b.top for b in tall]))
    return [
        Glyph(b.left, b.top, b.right, b.bottom, _cut(b, pieces, ink), top, height) for b in line
    ]


def _cut(box: _Box, pieces: Blobs, ink: Ink) -> Ink:
    """The ink of a mark, without that of its neighbours."""
    own = np.zeros((box.bottom - box.top, box.right - box.left), bool)
    for blob in box.blobs:
        mask = pieces.mask(blob)
        y, x = int(pieces.top[blob]) - box.top, int(pieces.left[blob]) - box.left
        own[y : y + mask.shape[0], x : x + mask.shape[1]] |= mask
    near = own.copy()  # the soft edge of a stroke belongs to it
    near[1:] |= own[:-1]
    near[:-1] |= own[1:]
    near[:, 1:] |= own[:, :-1]
    near[:, :-1] |= own[:, 1:]
    return np.where(near, ink[box.top : box.bottom, box.left : box.right], 0).astype(np.float32)


def part(glyph: Glyph, start: int, end: int) -> Glyph:
    """The columns `start` to `end` of a mark as a mark of its own, cut down to its ink."""
    ink = glyph.ink[:, start:end]
    rows = np.flatnonzero(ink.max(1) > 0.3) if ink.size else np.array([], int)
    top, bottom = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, ink.shape[0])
    left = glyph.left + start
    box = left, glyph.top + top, glyph.left + end, glyph.top + bottom
    return Glyph(*box, ink[top:bottom], glyph.line_top, glyph.line_height)


def square(glyph: Glyph) -> tuple[Ink, Ink]:
    """(ink in a square of SIDE pixels, its shape kept; four numbers on where it stood: height and
    width over the line's height, middle over the line, share of ink)."""
    return square_of(glyph.ink), np.array(
        [
            glyph.height / glyph.line_height,
            glyph.width / glyph.line_height,
            ((glyph.top + glyph.bottom) / 2 - glyph.line_top) / glyph.line_height,
            float(glyph.ink.mean()) if glyph.ink.size else 0.0,
        ],
        np.float32,
    )


def square_of(ink: Ink) -> Ink:
    """Any ink (H x W) fitted into the square."""
    room = SIDE - 2 * MARGIN
    scale = room / max(ink.shape)
    size = max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale))
    way = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    fitted = np.asarray(Image.fromarray(ink).resize(size, way), np.float32)
    out = np.zeros((SIDE, SIDE), np.float32)
    y, x = (SIDE - fitted.shape[0]) // 2, (SIDE - fitted.shape[1]) // 2
    out[y : y + fitted.shape[0], x : x + fitted.shape[1]] = fitted
    return out / max(float(out.max()), 1e-3)
