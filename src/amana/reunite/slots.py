"""Memory that confined workers and the one who waits for them share: Linux's memfd, no file.

What a worker sealed is some 60 MB a pack; through a pipe it would be copied five times, which took
half of all processor time. A slot is mapped by the worker before its cage closes. Only sealed bytes
lie in it. Its size is sealed too: a broken worker cannot make it shrink under the reader.
"""

from __future__ import annotations

import contextlib
import mmap
import os
from dataclasses import dataclass

try:
    import fcntl
except ImportError:  # Windows, which has no memfd either
    fcntl = None  # type: ignore[assignment]

SIZE = 256 << 20
_ADD_SEALS, _SEALS = 1033, 0x1 | 0x2 | 0x4  # F_ADD_SEALS: no more seals, no shrinking, no growing
_mapped: list[mmap.mmap] = []


@dataclass(frozen=True)
class Span:
    """Where in a slot something lies."""

    slot: int
    start: int
    end: int


class Slots:
    """`count` slots of this process. Memory is taken as it is written to."""

    def __init__(self, count: int) -> None:
        self._handles: list[int] = []
        self._maps: list[mmap.mmap] = []
        for _ in range(count):
            handle = os.memfd_create("amana", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
            os.ftruncate(handle, SIZE)
            fcntl.fcntl(handle, _ADD_SEALS, _SEALS)
            self._handles.append(handle)
            self._maps.append(mmap.mmap(handle, SIZE))

    def names(self) -> list[str]:
        """Under these a child process finds them, as long as it is free."""
        return [f"/proc/{os.getpid()}/fd/{handle}" for handle in self._handles]

    def at(self, span: Span) -> memoryview:
        """What lies there, without copying it. Good until the slot is used again."""
        return memoryview(self._maps[span.slot])[span.start : span.end]

    def close(self) -> None:
        for handle, mapped in zip(self._handles, self._maps, strict=True):
            os.close(handle)
            with contextlib.suppress(BufferError):  # somebody still looks at it: freed with them
                mapped.close()


def make_slots(count: int) -> Slots | None:
    """None where the system has no such memory: then pipes must do."""
    try:
        return Slots(count)
    except (AttributeError, OSError):
        return None


def attach(names: list[str]) -> None:
    """In the worker, before its cage closes."""
    for name in names:
        handle = os.open(name, os.O_RDWR | os.O_CLOEXEC)
        try:
            _mapped.append(mmap.mmap(handle, SIZE))
        finally:
            os.close(handle)


class Room:
    """Room in a slot, given out piece by piece; beyond its end, ordinary memory."""

    def __init__(self, slot: int) -> None:
        self._slot, self._at = slot, 0
        self._spans: dict[int, Span] = {}

    def take(self, size: int) -> bytearray | memoryview:
        end = self._at + size
        if self._slot >= len(_mapped) or end > SIZE:
            return bytearray(size)
        given = memoryview(_mapped[self._slot])[self._at : end]
        self._spans[id(given)] = Span(self._slot, self._at, end)
        self._at = end
        return given

    def span(self, given: object) -> Span | None:
        """Where a piece lies that `take` gave and that is still held; None for ordinary memory."""
        return self._spans.get(id(given)) if isinstance(given, memoryview) else None
