"""Threads for what leaves Python's lock alone: digests, reading, writing."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_T = TypeVar("_T")
_MOST = 3  # stripes under way: one is read, one is reckoned, one is brought to the medium
_BLOCKS = 64  # blocks of memory that the further ones may take


def workers() -> ThreadPoolExecutor:
    """More than there are cores: some wait for a disk to sync."""
    return ThreadPoolExecutor(max_workers=min(16, (os.cpu_count() or 2) + 8))


def width(n: int, turns: int) -> int:
    """How many stripes of `n` pieces, each with `turns` blocks of memory a piece, go on at once:
    three for small sets, one for those whose memory would grow with it."""
    return max(1, min(_MOST, _BLOCKS // (n * turns)))


def abreast(jobs: Iterable[Callable[[int], _T]], width: int) -> Iterator[_T]:
    """Run `jobs`, `width` at a time, and give their results in order. Each is told its slot (0 to
    width - 1), which no other has at the same time: memory to work in can be kept by slot.

    A job is asked for, in the caller's thread, only when there is a slot for it.
    """
    running: deque[Future[_T]] = deque()
    with ThreadPoolExecutor(width) as pool:
        for number, job in enumerate(jobs):
            running.append(pool.submit(job, number % width))
            if len(running) == width:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
