"""What fetching remembers beside the shards: messages it has looked at, and those it refused.

Threat: who floods the mailbox must not fill the disk. The refused are kept up to a number and a
total size; beyond these they are counted only.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from amana.core.durable import Disk

MOST_LETTERS, MOST_BYTES = 1_000, 256 << 20
_MARK = 16


@dataclass
class Aside:
    """A folder of refused messages, each with its reason beside it."""

    folder: Path
    disk: Disk
    count: int = 0
    size: int = 0
    turned_away: bool = False

    @classmethod
    def open(cls, folder: Path, disk: Disk) -> Aside:
        disk.make_folder(folder)
        disk.sweep(folder)
        kept = [path.stat().st_size for path in folder.glob("*.eml")]
        return cls(folder, disk, len(kept), sum(kept))

    @property
    def full(self) -> bool:
        """Whether nothing more is kept, so that callers need not even load what they refuse."""
        return self.turned_away or self.count >= MOST_LETTERS

    def keep(self, name: str, reason: str, raw: bytes) -> bool:
        """Keep a message and why it was refused; whether there was room."""
        path = self.folder / f"{name}.eml"
        if path.exists():
            return True
        if self.full or self.size + len(raw) > MOST_BYTES:
            self.turned_away = True
            return False
        self.disk.write_whole(self.folder / f"{name}.txt", f"{reason}\n".encode())
        self.disk.write_whole(path, raw)
        self.count += 1
        self.size += len(raw)
        return True


class Seen:
    """The names of messages that were looked at: 16 bytes of a digest each, appended.

    It only saves work: a message seen twice is found to be a duplicate. So it is not synced.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._marks: set[bytes] = set()
        self._stream: BinaryIO | None = None

    def __enter__(self) -> Self:
        data = self._path.read_bytes() if self._path.exists() else b""
        whole = len(data) - len(data) % _MARK
        self._marks = {data[i : i + _MARK] for i in range(0, whole, _MARK)}
        self._stream = self._path.open("ab")
        self._stream.truncate(whole)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._stream is not None:
            self._stream.close()

    def knows(self, name: str) -> bool:
        return _mark(name) in self._marks

    def add(self, name: str) -> None:
        self._marks.add(_mark(name))
        if self._stream is not None:
            self._stream.write(_mark(name))


def _mark(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()[:_MARK]
