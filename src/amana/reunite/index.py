"""Exact search by Hamming distance over the hashes of originals (faiss, on all cores).

Two indexes: of whole pictures, asked first; and of nine crops each, asked only for what the first
did not settle. Both can be added to, so ten thousand more do not redo a million. Memory: 320 bytes
a picture, and nothing else of it.
"""

from __future__ import annotations

from collections.abc import Iterable

import faiss
import numpy as np
from numpy.typing import NDArray

from amana.reunite.brief import Brief

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Distances = NDArray[np.int32]
BITS, CROPS = 256, 9
_AT_ONCE = 4096


class Index:
    """Originals by place, in the order in which they were added."""

    def __init__(self) -> None:
        self._whole = faiss.IndexBinaryFlat(BITS)
        self._crops = faiss.IndexBinaryFlat(BITS)

    def __len__(self) -> int:
        return int(self._whole.ntotal)

    @property
    def memory(self) -> int:
        """Bytes held."""
        return int(self._whole.ntotal + self._crops.ntotal) * BITS // 8

    def add(self, briefs: Iterable[Brief]) -> None:
        whole: list[Bytes] = []
        crops: list[Bytes] = []
        for one in briefs:
            whole.append(one.whole)
            crops.append(one.crops)
            if len(whole) == _AT_ONCE:
                self._put(whole, crops)
                whole, crops = [], []
        self._put(whole, crops)

    def _put(self, whole: list[Bytes], crops: list[Bytes]) -> None:
        if whole:
            self._whole.add(np.ascontiguousarray(np.stack(whole)))
            self._crops.add(np.ascontiguousarray(np.concatenate(crops)))

    def nearest(self, hashes: Bytes, count: int) -> tuple[Distances, Places]:
        """(distance in bits, place) of the `count` nearest whole pictures of each hash."""
        return _search(self._whole, hashes, count)

    def nearest_crops(self, plain: Bytes, count: int) -> tuple[Distances, Places, Places]:
        """(distance, place, which of the nine); a picture may come more than once."""
        distances, rows = _search(self._crops, plain, count)
        return distances, np.where(rows >= 0, rows // CROPS, -1), rows % CROPS


def _search(index: faiss.IndexBinaryFlat, hashes: Bytes, count: int) -> tuple[Distances, Places]:
    if not index.ntotal or not len(hashes):
        return np.empty((len(hashes), 0), np.int32), np.empty((len(hashes), 0), np.int64)
    count = min(count, index.ntotal)
    distances, places = index.search(np.ascontiguousarray(hashes), count)
    return distances, places
