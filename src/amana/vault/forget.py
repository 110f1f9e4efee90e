"""Forgetting: the keys and the index go, the packs stay.

Threat: a source who is made to give his passphrase. After this there is nothing it opens.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path

from amana.core.durable import Disk, speaking_errors
from amana.core.encoding import Json
from amana.errors import NotOurs
from amana.kits.kit import KEY_FILE
from amana.vault.index import INDEX_FILE
from amana.vault.lock import Lock
from amana.vault.manifest import SERIES, SUMS
from amana.vault.store import STATE_FILE

_CHUNK = 1 << 20


@dataclass(frozen=True)
class ForgetReport:
    """`forgotten`: how many files were destroyed; the packs are not among them."""

    forgotten: int

    def to_json(self) -> Json:
        return asdict(self)


def forget_vault(path: Path, disk: Disk | None = None) -> ForgetReport:
    """Overwrite and remove key file, state, index, and the lists of originals and disk sets.

    Overwriting may not reach the cells of a flash disk: then the passphrase still protects what is
    left of the key. Raises NotOurs, InUse, WriteFailed.
    """
    disk = disk or Disk()
    if not (path / SUMS).is_file():
        raise NotOurs(path=str(path), expected="a vault")
    # The key first: without it the rest is rubbish, wherever this is cut off.
    names = [path / KEY_FILE, path / STATE_FILE, path / INDEX_FILE]
    lists = [file for folder in path.iterdir() for file in _lists(folder)]
    lock = Lock(path)
    forgotten = 0
    try:
        for file in [*names, *lists]:
            forgotten += _destroy(disk, file)
    finally:
        lock.release()
    return ForgetReport(forgotten)


def _lists(folder: Path) -> list[Path]:
    """What was sealed to the source's own locker: every folder's files but the packs."""
    if folder.name in SERIES or not folder.is_dir() or folder.is_symlink():
        return []
    return sorted(file for file in folder.iterdir() if file.is_file())


def _destroy(disk: Disk, path: Path) -> int:
    if not path.is_file():
        return 0
    left, offset = path.stat().st_size, 0
    while left:
        size = min(_CHUNK, left)
        disk.overwrite(path, offset, os.urandom(size))
        left, offset = left - size, offset + size
    with speaking_errors(path):
        disk.remove(path)
        disk.sync_folder(path.parent)
    return 1
