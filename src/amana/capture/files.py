"""Reading the source: once, without leaving a mark, and noticing when it moves underneath."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    # What was a file while walking may be a FIFO or a link by now: never wait, never follow.
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
)
_NOATIME = getattr(os, "O_NOATIME", 0)
CHUNK = 1 << 20


class NotAFile(OSError):
    """It was a regular file when the folder was read, and is none now."""


@dataclass(frozen=True)
class Reading:
    """An open file: its descriptor, and its size (bytes) and time (ns) when it was opened."""

    handle: int
    size: int
    mtime_ns: int

    def unmoved(self) -> bool:
        """Whether size and time are still those of the opening."""
        now = os.fstat(self.handle)
        return (now.st_size, now.st_mtime_ns) == (self.size, self.mtime_ns)

    def whole(self) -> bytes:
        """The content: what is there up to the end, were it more or less than `size`."""
        parts = []
        while chunk := os.read(self.handle, max(self.size + 1, CHUNK)):
            parts.append(chunk)
            if sum(map(len, parts)) > 2 * self.size + CHUNK:
                break  # it grows faster than it is read: the file is being written
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def chunks(self) -> Iterator[bytes]:
        """The content from the start, 1 MiB at a time, at most `size` bytes."""
        os.lseek(self.handle, 0, os.SEEK_SET)
        left = self.size
        while left and (chunk := os.read(self.handle, min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


@contextmanager
def reading(path: bytes, *, follow: bool = False) -> Iterator[Reading]:
    """Open a regular file without changing its access time where the system allows it.

    Raises OSError.
    """
    flags = _FLAGS & ~getattr(os, "O_NOFOLLOW", 0) if follow else _FLAGS
    try:
        handle = os.open(path, flags | _NOATIME)
    except PermissionError:
        # O_NOATIME is for the owner alone.
        handle = os.open(path, flags)
    try:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise NotAFile("no regular file any more")
        yield Reading(handle, facts.st_size, facts.st_mtime_ns)
    finally:
        os.close(handle)
