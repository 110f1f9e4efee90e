"""Memory that is used again and again: a block of fresh pages costs as much as its digest."""

from __future__ import annotations

import mmap
from typing import cast

import numpy as np
import numpy.typing as npt

from amana.disks.layout import BLOCK

Bytes = npt.NDArray[np.uint8]


_MOST = 160  # blocks of memory that a wide set may take for working ahead


def turns(n: int, least: int, most: int) -> int:
    """How many turns a set of `n` disks has memory for."""
    return max(least, min(most, _MOST // n))


class Ring:
    """A block's worth of memory for each piece of a stripe, in `slots` turns: what is read ahead,
    what is worked on, and what is still being written do not meet."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._memory: dict[tuple[int, int], Bytes] = {}

    def array(self, turn: int, position: int, length: int) -> Bytes:
        key = turn % self.slots, position
        if key not in self._memory:
            # Whole pages, so that writes can go past the cache.
            self._memory[key] = np.frombuffer(mmap.mmap(-1, BLOCK), dtype=np.uint8)
        return self._memory[key][:length]


def seen(array: Bytes) -> memoryview:
    """The array's bytes, for reading into, digesting and writing. (numpy's annotations do not say
    on Python 3.11 that its arrays have a buffer.)"""
    return memoryview(cast("bytearray", array))
