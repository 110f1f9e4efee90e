"""What an interrupted build leaves behind: plain evidence in a hidden folder. Found, and removed.

A build holds the operating system's lock on its folder, which goes away with the process: so a
sweep removes what nobody works on any more, and nothing else. Removing is not erasing: on a solid
state disk the bytes may stay until they are overwritten. Build on an encrypted volume.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amana.core.durable import TEMPORARY, speaking_errors

PREFIX = TEMPORARY + "dossier-"


@contextmanager
def hidden_folder(parent: Path) -> Iterator[Path]:
    """A new folder in `parent`, locked; gone when the block ends, unless it was renamed. Raises
    NoSpace, WriteFailed."""
    hidden = parent / (PREFIX + secrets.token_hex(8))
    with speaking_errors(hidden):
        hidden.mkdir(mode=0o700)
    lock = _lock(hidden)
    try:
        yield hidden
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise
    finally:
        if lock is not None:
            os.close(lock)


def sweep(parent: Path) -> int:
    """Remove what interrupted builds left in `parent`; how many there were."""
    swept = 0
    for path in parent.glob(PREFIX + "*"):
        lock = _lock(path) if path.is_dir() and not path.is_symlink() else None
        if lock is None:
            continue  # somebody builds it at this moment, or this system has no such lock
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)
        swept += 1
    return swept


if os.name == "nt":

    def _lock(folder: Path) -> int | None:
        """Windows locks no folders: there the leftovers are named in the guide, and removed by
        hand."""
        return None

else:
    import fcntl

    def _lock(folder: Path) -> int | None:
        """The lock of a folder, or None where somebody else holds it."""
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return None
        return handle
