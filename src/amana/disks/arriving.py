"""A pack that is being put together: it gets its name when every byte is there and proved."""

from __future__ import annotations

import hashlib
from pathlib import Path

from amana.core.durable import Disk
from amana.disks.lanes import Buffer, Lane
from amana.disks.reading import Reader

_READ = 8 << 20


class Arriving:
    """One pack of `size` bytes whose sealed file has the SHA-256 `pack` (hex).

    Blocks come in order for a pack in one piece, and part by part for one that was cut.
    """

    def __init__(self, disk_io: Disk, path: Path, pack: str, size: int) -> None:
        self.pack, self.size, self.left = pack, size, size
        self.blocks_lost = 0
        self.restored = False
        self._lane = Lane(disk_io, path)
        self._digest = hashlib.sha256()
        self._in_order = 0

    def put(self, at: int, data: Buffer) -> None:
        if at == self._in_order:
            self._digest.update(data)
            self._in_order += len(data)
        self._lane.write(data, at)
        self.left -= len(data)

    def skip(self, size: int) -> None:
        """A block that is lost."""
        self.blocks_lost += 1
        self.left -= size

    def abandon(self) -> None:
        self._lane.abandon()

    def finish(self, reader: Reader) -> bool:
        """Whether the pack is whole, and now stands under its name. Raises NoSpace, WriteFailed."""
        whole = not self.left and not self.blocks_lost and self._lane.failure is None
        if not whole or self._sha256(reader) != self.pack:
            self._lane.abandon()
            if self._lane.failure:
                raise self._lane.failure
            return False
        if not self._lane.finish() and self._lane.failure:
            raise self._lane.failure
        return True

    def _sha256(self, reader: Reader) -> str:
        if self._in_order == self.size:
            return self._digest.hexdigest()
        digest, at = hashlib.sha256(), 0
        while chunk := reader.part(self._lane.temporary, at, _READ):
            digest.update(chunk)
            at += len(chunk)
        return digest.hexdigest()
