"""Reading from old disks: every system call that reading needs, in a class that tests break.

A sector that cannot be read is no disaster here, so nothing raises: what cannot be read is None,
and whoever asked takes the block from other disks.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
from pathlib import Path


class Reader:
    """Single system calls, as methods. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def open(self, path: Path) -> int:
        return os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))

    def size(self, handle: int) -> int:
        return os.fstat(handle).st_size

    def read_into(self, handle: int, offset: int, buffer: memoryview) -> int:
        """Fill `buffer` from `offset` on; how many bytes there were. Raises OSError."""
        done = 0
        while done < len(buffer):
            count = self._once(handle, offset + done, buffer[done:])
            if not count:
                break
            done += count
        return done

    def _once(self, handle: int, offset: int, buffer: memoryview) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(handle, [buffer], offset)
        with self._lock:  # Windows: the position belongs to the handle, not to the call
            os.lseek(handle, offset, os.SEEK_SET)
            data = os.read(handle, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read_at(self, handle: int, offset: int, size: int) -> bytes:
        """Up to `size` bytes at `offset`; fewer only at the end of the file. Raises OSError."""
        data = bytearray(size)
        return bytes(data[: self.read_into(handle, offset, memoryview(data))])

    def forget(self, handle: int) -> None:
        """Ask the system to drop the file from memory, so that a check reads the medium itself and
        not what was just written."""
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)

    def close(self, handle: int) -> None:
        os.close(handle)

    def free(self, path: Path) -> int:
        """Bytes that can still be written to the disk of `path`. Raises OSError."""
        usage = shutil.disk_usage(path)
        if not usage.total:
            raise OSError(errno.ENOSYS, "the file system does not say")
        return usage.free

    # -- put together -------------------------------------------------------------------------

    def whole(self, path: Path, limit: int) -> bytes | None:
        """A small file, or None where it is missing, unreadable or longer than `limit` bytes."""
        return self.part(path, 0, limit + 1, limit)

    def part(self, path: Path, offset: int, size: int, limit: int | None = None) -> bytes | None:
        """Up to `size` bytes of a file at `offset`, or None."""
        try:
            handle = self.open(path)
        except OSError:
            return None
        try:
            data = self.read_at(handle, offset, size)
        except OSError:
            return None
        finally:
            self.close(handle)
        return None if limit is not None and len(data) > limit else data

    def size_of(self, path: Path) -> int | None:
        try:
            handle = self.open(path)
        except OSError:
            return None
        try:
            return self.size(handle)
        except OSError:
            return None
        finally:
            self.close(handle)
