"""One piece on one disk against its digests in the index."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from amana.disks.damage import Damage
from amana.disks.layout import BLOCK
from amana.disks.manifest import Piece
from amana.disks.reading import Reader

_TOGETHER = 4  # blocks a job reads; larger reads are kinder to old disks
_AHEAD = 4  # jobs under way


def verify_piece(
    path: Path, piece: Piece, reader: Reader, pool: ThreadPoolExecutor
) -> Damage | None:
    """What is wrong with the piece at `path`, or None. The medium is read, not the memory of it."""
    damage = Damage(path)
    try:
        handle = reader.open(path)
    except OSError:
        damage.missing = True
        return damage
    try:
        reader.forget(handle)
        if reader.size(handle) > piece.size:
            damage.changed.append(max(0, piece.count - 1))
        _verify_blocks(handle, piece, damage, reader, pool)
    finally:
        reader.close(handle)
    return damage if damage.blocks else None


def _verify_blocks(
    handle: int, piece: Piece, damage: Damage, reader: Reader, pool: ThreadPoolExecutor
) -> None:
    under_way: deque[Future[None]] = deque()
    for first in range(0, piece.count, _TOGETHER):
        if len(under_way) >= _AHEAD:
            under_way.popleft().result()
        last = min(piece.count, first + _TOGETHER)
        under_way.append(pool.submit(_verify_some, handle, piece, (first, last), damage, reader))
    for future in under_way:
        future.result()


_own = threading.local()


def _buffer() -> memoryview:
    """This thread's memory for reading: fresh pages for every read cost more than the digest."""
    if not hasattr(_own, "buffer"):
        _own.buffer = memoryview(bytearray(_TOGETHER * BLOCK))
    found: memoryview = _own.buffer
    return found


def _verify_some(
    handle: int, piece: Piece, blocks: tuple[int, int], damage: Damage, reader: Reader
) -> None:
    first, last = blocks
    start, end = first * BLOCK, min(last * BLOCK, piece.size)
    try:
        data = _buffer()[: end - start]
        data = data[: reader.read_into(handle, start, data)]
    except OSError:
        # One bad sector must not condemn its neighbours: each block by itself.
        if last - first > 1:
            for block in range(first, last):
                _verify_some(handle, piece, (block, block + 1), damage, reader)
        else:
            damage.unreadable.append(first)
        return
    for block in range(first, last):
        at = (block - first) * BLOCK
        if hashlib.sha256(data[at : at + piece.length(block)]).digest() != piece.digest(block):
            damage.changed.append(block)
