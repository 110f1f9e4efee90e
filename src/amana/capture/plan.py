"""Which files go into the next batch.

The same bytes are to be stored once, and batches run side by side. So a file that may be the twin
of one in flight (same size, same last 4 KiB) waits until that one is committed; then the index
knows it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from amana.capture.files import reading
from amana.capture.options import Options
from amana.capture.walk import Entry, Oddity

_PEEK = 4096
_LEAST_BYTES, _LEAST_FILES = 4 << 20, 16
# Several batches a worker, so that none waits long for the last one.
_SHARES = 8
_MOST_LOOKS = 512

Thing = Entry | Oddity


@dataclass
class InFlight:
    """The files of the batches that are being worked on, by size."""

    _by_size: dict[int, list[bytes]] = field(default_factory=dict)

    def add(self, entries: tuple[Thing, ...]) -> None:
        for entry in entries:
            if isinstance(entry, Entry):
                self._by_size.setdefault(entry.size, []).append(entry.path)

    def remove(self, entries: tuple[Thing, ...]) -> None:
        for entry in entries:
            if isinstance(entry, Entry):
                paths = self._by_size[entry.size]
                paths.remove(entry.path)
                if not paths:
                    del self._by_size[entry.size]

    def may_hold(self, entry: Entry) -> bool:
        others = self._by_size.get(entry.size)
        if not others:
            return False
        own = _tail(entry)
        return any(_tail(Entry(path, b"", entry.size, 0)) == own for path in others)


def _tail(entry: Entry) -> bytes | None:
    try:
        with reading(entry.path) as source:
            os.lseek(source.handle, max(0, entry.size - _PEEK), os.SEEK_SET)
            return os.read(source.handle, _PEEK)
    except OSError:
        return None


class Planner:
    """Cuts what is to be captured into batches, one at a time."""

    def __init__(
        self, things: Iterator[Thing], count: int, total: int, options: Options, workers: int
    ) -> None:
        shares = _SHARES * max(1, workers)
        self._things = things
        self._bytes = min(options.batch_bytes, max(_LEAST_BYTES, total // shares))
        self._files = min(options.batch_files, max(_LEAST_FILES, -(-count // shares)))
        self._waiting: deque[Thing] = deque()
        self._next: Thing | None = None

    def next(self, flying: InFlight) -> tuple[Thing, ...]:
        """The next batch; empty when there is none, or none before something lands."""
        batch: list[Thing] = []
        size = 0
        for thing in self._candidates(flying):
            own = thing.size if isinstance(thing, Entry) else 0
            if batch and size + own > self._bytes:
                self._next = thing
                break
            batch.append(thing)
            size += own
            if len(batch) >= self._files or size >= self._bytes:
                break
        return tuple(batch)

    def _candidates(self, flying: InFlight) -> Iterator[Thing]:
        if self._next is not None:
            thing, self._next = self._next, None
            yield thing
        for _ in range(min(len(self._waiting), _MOST_LOOKS)):
            thing = self._waiting.popleft()
            if isinstance(thing, Entry) and flying.may_hold(thing):
                self._waiting.append(thing)
            else:
                yield thing
        for thing in self._things:
            if isinstance(thing, Entry) and flying.may_hold(thing):
                self._waiting.append(thing)
            else:
                yield thing
