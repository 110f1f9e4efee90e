"""Which files go into the next batch.

The same bytes are to be stored once, and batches run side by side. So a file that may be the twin
of one in flight (same size, same last 4 KiB) waits until that one is committed; then the index
knows it.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterator

from amana.capture.files import reading
from amana.capture.options import Options
from amana.capture.walk import Entry, Oddity

_PEEK = 4096
_LEAST_BYTES, _LEAST_FILES = 4 << 20, 16
# Several batches a worker, so that none waits long for the last one.
_SHARES = 8
_MOST_LOOKS = 512

Thing = Entry | Oddity


class InFlight:
    """The files of the batches that are being worked on.

    Their last bytes are read only once a file of the same size comes up, and then once each.
    """

    def __init__(self) -> None:
        self._paths: dict[int, dict[bytes, int]] = {}
        self._tails: dict[int, Counter[bytes]] = {}

    def add(self, entries: tuple[Thing, ...]) -> None:
        for entry in entries:
            if isinstance(entry, Entry):
                paths = self._paths.setdefault(entry.size, {})
                paths[entry.path] = paths.get(entry.path, 0) + 1
                if entry.size in self._tails:
                    self._tails[entry.size][_tail(entry.path, entry.size)] += 1

    def remove(self, entries: tuple[Thing, ...]) -> None:
        for entry in entries:
            if not isinstance(entry, Entry):
                continue
            paths = self._paths[entry.size]
            paths[entry.path] -= 1
            if not paths[entry.path]:
                del paths[entry.path]
            if not paths:
                del self._paths[entry.size]
                self._tails.pop(entry.size, None)

    def may_hold(self, entry: Entry) -> bool:
        """Whether a file in flight may have the same bytes. Sometimes yes where it is no."""
        paths = self._paths.get(entry.size)
        if not paths:
            return False
        if entry.size not in self._tails:
            self._tails[entry.size] = Counter(_tail(path, entry.size) for path in paths)
        return self._tails[entry.size][_tail(entry.path, entry.size)] > 0


def _tail(path: bytes, size: int) -> bytes:
    """The last bytes of a file; nothing of one that cannot be read, which waits with its like."""
    try:
        with reading(path) as source:
            os.lseek(source.handle, max(0, size - _PEEK), os.SEEK_SET)
            return os.read(source.handle, _PEEK)
    except OSError:
        return b""


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
