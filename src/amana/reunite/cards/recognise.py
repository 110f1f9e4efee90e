"""What one mark may be: a small network over gradients, in numpy alone.

Histograms of oriented gradients (Dalal and Triggs, CVPR 2005) and the ink itself go through one
hidden layer. The weights ship with the package; `benchmarks/cards_train.py` made them, from drawn
digits only, and makes the very same again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from amana.reunite.cards.glyphs import GEOMETRY, SIDE

Floats = NDArray[np.float32]

MACHINE = "amana-cards 1"
WEIGHTS = "weights.npz"
# Classes: 0-9 ASCII, 10-19 Arabic-Indic, a slash, anything else.
SLASH, OTHER, CLASSES = 20, 21, 22
_BINS, _CELL = 8, 4
_CELLS = SIDE // _CELL
FEATURES = _CELLS * _CELLS * _BINS + (SIDE // 2) ** 2 + GEOMETRY


@dataclass(frozen=True)
class Weights:
    """A trained network, and the logistic curve that turns a reading's marks into a confidence."""

    mean: Floats
    spread: Floats
    first: Floats
    first_bias: Floats
    second: Floats
    second_bias: Floats
    curve: Floats


@cache
def weights() -> Weights:
    """The weights that ship with the package."""
    with files("amana.reunite.cards").joinpath(WEIGHTS).open("rb") as file:
        loaded = np.load(file, allow_pickle=False)
        return Weights(*(loaded[name].astype(np.float32) for name in Weights.__dataclass_fields__))


def features(squares: Floats, geometry: Floats) -> Floats:
    """N x SIDE x SIDE ink and N x GEOMETRY → N x FEATURES."""
    padded = np.pad(squares, ((0, 0), (1, 1), (1, 1)))
    x = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    y = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
    size = np.hypot(x, y)
    place = (np.arctan2(y, x) / (2 * np.pi) * _BINS) % _BINS
    low = np.floor(place).astype(np.int64) % _BINS
    part = place - np.floor(place)
    count = len(squares)
    oriented = np.zeros((count, SIDE, SIDE, _BINS), np.float32)
    np.put_along_axis(oriented, low[..., None], (size * (1 - part))[..., None], 3)
    high = ((low + 1) % _BINS)[..., None]
    before = np.take_along_axis(oriented, high, 3)
    np.put_along_axis(oriented, high, before + (size * part)[..., None], 3)
    cells = oriented.reshape(count, _CELLS, _CELL, _CELLS, _CELL, _BINS).sum((2, 4))
    flat = cells.reshape(count, -1)
    flat = np.sqrt(flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 1e-3))
    coarse = squares.reshape(count, SIDE // 2, 2, SIDE // 2, 2).mean((2, 4)).reshape(count, -1)
    return np.concatenate([flat, coarse, geometry], 1).astype(np.float32)


def probabilities(found: Floats, using: Weights) -> Floats:
    """N x FEATURES → N x CLASSES, each row adding up to 1."""
    hidden = np.maximum((found - using.mean) / using.spread @ using.first + using.first_bias, 0)
    raw = hidden @ using.second + using.second_bias
    raw -= raw.max(1, keepdims=True)
    powers = np.exp(raw)
    return np.asarray(powers / powers.sum(1, keepdims=True), np.float32)
