"""One Amana at a time in a vault.

The lock is on the folder itself and lives in the kernel: no lock file that a crash could leave,
or that could tell a searcher that somebody is at work.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from amana.errors import InUse

if sys.platform == "win32":
    import msvcrt

    def _lock(folder: Path) -> int:
        # Windows cannot open folders; a byte far behind the end of the key file is locked instead.
        handle = os.open(folder / "key.age", os.O_RDWR)
        os.lseek(handle, 1 << 30, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        return handle
else:
    import fcntl

    def _lock(folder: Path) -> int:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise
        return handle


class Lock:
    """Held from creation until `release` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        self._handle: int | None = None
        try:
            self._handle = _lock(folder)
        except BlockingIOError:
            raise InUse(path=str(folder)) from None
        except OSError as error:
            if os.name == "nt":
                raise InUse(path=str(folder)) from error
            # A file system without locks (some network drives): work on rather than refuse.

    @property
    def handle(self) -> int | None:
        """The descriptor that holds the lock: a forked child must close its own copy of it."""
        return self._handle

    def release(self) -> None:
        if self._handle is not None:
            handle, self._handle = self._handle, None
            os.close(handle)
