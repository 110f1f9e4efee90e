"""One writer at a time, across processes: several web workers share one ledger.

Threat: two writers that both sign "entry 1,000" make a fork, and a fork is what a liar makes. The
lock is the operating system's, so that it goes away with the process that held it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amana.core.durable import speaking_errors
from amana.errors import InUse

_STEP = 0.005


@contextmanager
def locked(path: Path, patience: float = 30.0) -> Iterator[None]:
    """Hold the lock file `path`, waiting for at most `patience` seconds. Raises InUse."""
    with speaking_errors(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + patience
        while not _try(handle):
            if time.monotonic() > until:
                raise InUse(path=str(path.parent))
            time.sleep(_STEP)
        yield
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _try(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
