"""Whole files on their way to their names, while the next stripe is worked on already.

A file is brought to the medium before it gets its name, and a disk may take its time for that. So
that nobody waits, up to three stripes are behind; what a disk is thought to hold is changed when it
is certain, and in order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from amana.core.durable import Disk
from amana.disks.lanes import Lane
from amana.disks.target import Target

_BEHIND = 3


@dataclass(frozen=True)
class _File:
    target: Target
    lane: Lane
    size: int
    done: Future[bool]


class Finishing:
    """`begin` a stripe's files, and `end` before anything is said to be there."""

    def __init__(self, pool: ThreadPoolExecutor, disk_io: Disk) -> None:
        self._pool = pool
        self._disk_io = disk_io
        self._stripes: deque[tuple[int, list[_File]]] = deque()

    def begin(self, number: int, files: Iterable[tuple[Target, Lane, int]]) -> None:
        """Finish the whole files of stripe `number`, each of so many bytes, behind the caller.
        Each disk syncs for itself, all at once."""
        while len(self._stripes) >= _BEHIND:
            self._settle()
        under_way = [
            _File(target, lane, size, self._pool.submit(lane.finish))
            for target, lane, size in files
        ]
        self._stripes.append((number, under_way))

    def end(self) -> None:
        """Wait for all of them."""
        while self._stripes:
            self._settle()

    def _settle(self) -> None:
        number, files = self._stripes.popleft()
        for file in files:
            file.done.result()
            file.target.settle(file.lane, number, file.size, self._disk_io)
