"""Connected pieces of a mask, with numpy alone.

A mask is cut into runs (stretches of one row); runs of neighbouring rows that touch, also by a
corner, are one piece. The method is the classical two-pass labelling over runs (Rosenfeld and
Pfaltz 1966), with the equivalences settled for all runs at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Blobs:
    """Runs (`row`, `start`, `end` excluded, and the blob `of` each), sorted by row, and for every
    blob its box (`left`, `top`, `right`, `bottom`, the last two excluded) and `area` in pixels."""

    row: Ints
    start: Ints
    end: Ints
    of: Ints
    left: Ints
    top: Ints
    right: Ints
    bottom: Ints
    area: Ints

    def __len__(self) -> int:
        return len(self.area)

    def mask(self, blob: int, margin: int = 0) -> Mask:
        """The pixels of one blob within its box, with `margin` empty pixels around."""
        wide = int(self.right[blob] - self.left[blob]) + 2 * margin
        high = int(self.bottom[blob] - self.top[blob]) + 2 * margin
        found = np.zeros((high, wide), bool)
        for run in np.flatnonzero(self.of == blob):
            row = self.row[run] - self.top[blob] + margin
            shift = margin - self.left[blob]
            found[row, self.start[run] + shift : self.end[run] + shift] = True
        return found


def blobs(mask: Mask) -> Blobs:
    """The connected pieces of `mask` (H x W)."""
    row, start, end = _runs(mask)
    of = _settle(len(row), *_touching(row, start, end, mask.shape[1]))
    count = int(of.max()) + 1 if len(of) else 0
    far = max(mask.shape) + 1
    left, top = np.full(count, far), np.full(count, far)
    right, bottom = np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.minimum.at(left, of, start)
    np.minimum.at(top, of, row)
    np.maximum.at(right, of, end)
    np.maximum.at(bottom, of, row + 1)
    area = np.bincount(of, weights=end - start, minlength=count).astype(np.int64)
    return Blobs(row, start, end, of, left, top, right, bottom, area)


def _runs(mask: Mask) -> tuple[Ints, Ints, Ints]:
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), np.int8)
    padded[:, 1:-1] = mask
    change = np.diff(padded, axis=1)
    row, start = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)
    return row, start, end


def _touching(row: Ints, start: Ints, end: Ints, width: int) -> tuple[Ints, Ints]:
    """Pairs of runs in neighbouring rows that touch. In one row runs are sorted, so those that
    touch a given one stand together."""
    stride = width + 2
    above = (row - 1) * stride
    first = np.searchsorted(row * stride + end, above + start, "left")
    last = np.searchsorted(row * stride + start, above + end, "right")
    count = np.maximum(last - first, 0)
    lower = np.repeat(np.arange(len(row)), count)
    offset = np.arange(len(lower)) - np.repeat(np.cumsum(count) - count, count)
    return lower, np.repeat(first, count) + offset


def _settle(count: int, one: Ints, other: Ints) -> Ints:
    """For `count` runs, the number of the blob of each, from 0 on without gaps."""
    label = np.arange(count)
    while True:
        least = np.minimum(label[one], label[other])
        before = label.copy()
        np.minimum.at(label, label[one], least)
        np.minimum.at(label, label[other], least)
        label = label[label]
        if np.array_equal(label, before):
            break
    _, settled = np.unique(label, return_inverse=True)
    return settled.astype(np.int64)
