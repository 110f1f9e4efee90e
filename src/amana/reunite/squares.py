"""Small squares of pictures, and what is done to them again and again: shrink, soften, lay over.

A square is a whole picture pressed into SIDE x SIDE grey pixels, with its colours (Cb, Cr) in
COLOUR x COLOUR. 160 pixels are as fine as a copy of 200 pixels is; 96 were not enough to tell it
from the next frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE, COLOUR = 160, 80
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Square:
    """`grey`: SIDE x SIDE; `colour`: Cb and Cr, 2 x COLOUR x COLOUR; `longest`: the longer side, in
    pixels, of the picture that was pressed into it."""

    grey: Bytes
    colour: Bytes
    longest: int


def pressed(picture: Image.Image) -> tuple[Bytes, Bytes]:
    """(grey, colour) of a picture in RGB or L."""
    if picture.mode == "L":
        grey, colours = picture, None
    else:
        grey, *colours = picture.convert("YCbCr").split()
    small = np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    if colours is None:
        return small, np.full((2, COLOUR, COLOUR), 128, np.uint8)
    size = (COLOUR, COLOUR)
    parts = [np.asarray(part.resize(size, Image.Resampling.BOX)) for part in colours]
    return small, np.stack(parts)


def shrunk(picture: Floats, side: int) -> Floats:
    """By halves, each pixel the mean of four."""
    while len(picture) > side:
        rows = picture[::2] + picture[1::2]
        picture = (rows[:, ::2] + rows[:, 1::2]) * np.float32(0.25)
    return picture


@cache
def _line(side: int) -> Floats:
    return ((np.arange(side, dtype=np.float32) * 2 + 1) / np.float32(side) - 1).astype(np.float32)


_CORNERS = np.array([[-1, 1, -1, 1], [-1, -1, 1, 1]])


def reach(map_: NDArray[np.float64], part: float = 1) -> float:
    """How far the corners of `part` of a picture, from its middle, come to lie from the middle of
    the other: 1 is its edge."""
    return float(np.abs(map_[:, :2] @ (_CORNERS * part) + map_[:, 2:]).max())


def inside(map_: NDArray[np.float64], side: int) -> Mask | None:
    """Which pixels of a grid of `side` come to lie inside the other picture; None for all."""
    if reach(map_, 1 - 1 / side) <= 1 - 1 / side + 1e-9:
        return None
    line, m = _line(side), map_.astype(np.float32)
    x = (m[0, 0] * line)[None, :] + (m[0, 1] * line + m[0, 2])[:, None]
    y = (m[1, 0] * line)[None, :] + (m[1, 1] * line + m[1, 2])[:, None]
    edge = np.float32(1 - 1 / side)
    return np.asarray((np.abs(x) <= edge) & (np.abs(y) <= edge))


def warped(
    picture: Image.Image,
    map_: NDArray[np.float64],
    side: int,
    how: Image.Resampling = Image.Resampling.BILINEAR,
) -> Floats:
    """`picture` (mode F, square) as seen through the map on a grid of `side`; 0 outside."""
    own = picture.size[0]
    scale, half = own / side, own / 2
    rows = [(a * scale, b * scale, (c + 1 - a - b) * half) for a, b, c in map_.tolist()]
    seen = picture.transform((side, side), Image.Transform.AFFINE, rows[0] + rows[1], how)
    return np.asarray(seen, np.float32)


def boxed(picture: Floats, reach: int) -> Floats:
    """The mean over squares of 2 * reach + 1 pixels; edges are repeated. (Sums of shifted pictures:
    faster than running sums, and without a library's threads, at this size.)"""
    side, width = len(picture), 2 * reach + 1
    wide = np.empty((side + 2 * reach, side), np.float32)
    wide[reach : reach + side] = picture
    wide[:reach], wide[reach + side :] = picture[0], picture[-1]
    rows = wide[:side].copy()
    for step in range(1, width):
        rows += wide[step : step + side]
    wide = np.empty((side, side + 2 * reach), np.float32)
    wide[:, reach : reach + side] = rows
    wide[:, :reach], wide[:, reach + side :] = rows[:, :1], rows[:, -1:]
    found = wide[:, :side].copy()
    for step in range(1, width):
        found += wide[:, step : step + side]
    found *= np.float32(1 / (width * width))
    return found
