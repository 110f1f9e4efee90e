"""The tree as tiles (https://c2sp.org/tlog-tiles): static files that anyone may mirror.

    checkpoint                    the signed note
    tile/<L>/<N>[.p/<W>]          up to 256 hashes of level 8·L, 32 bytes each

Only hashes are published. The leaves are salted, so they say nothing of the entries; the entry
bundles of the C2SP text are left out, because our entries say who looked at which case.

A proof in ten million entries reads at most six tiles of 8 KiB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from amana.core.durable import Disk
from amana.core.merkle import HASH_BYTES, Frontier, Tree, node_hash
from amana.errors import Damaged

WIDTH, HEIGHT = 256, 8
MAX_LEVEL = 63
CHECKPOINT_FILE = "checkpoint"


class TileSource(Protocol):
    """Where tiles are read from: a folder, an HTTP server."""

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of a resource, at most `limit`. Raises KeyError where there is none."""
        ...


def tile_name(level: int, index: int, width: int = WIDTH) -> str:
    """`tile/0/x001/x234/067` or, for a partial one, `tile/0/x001/x234/067.p/5`."""
    parts = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        parts.append(f"x{index % 1000:03d}")
    suffix = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(parts))}{suffix}"


def tiles_between(old: int, size: int) -> Iterator[tuple[int, int, int]]:
    """(level, index, width) of each tile of a tree of `size` that one of `old` does not have."""
    for level in range(MAX_LEVEL):
        before, now = old >> (HEIGHT * level), size >> (HEIGHT * level)
        if now == 0:
            return
        if before == now:
            continue
        for index in range(before // WIDTH, now // WIDTH):
            yield level, index, WIDTH
        if now % WIDTH:
            yield level, now // WIDTH, now % WIDTH


class TileTree(Tree):
    """The tree of the first `size` entries over a source of tiles: the proofs of merkle.Tree.

    Raises Damaged when a tile is missing or has a wrong length. A tile that lies gives a root or a
    proof that does not verify: nothing here is believed, see verify.py.
    """

    def __init__(self, source: TileSource, size: int) -> None:
        super().__init__()
        self._source, self._size = source, size
        self.tile = lru_cache(maxsize=64)(self._tile)

    @property
    def size(self) -> int:
        return self._size

    def append(self, leaf: bytes) -> None:
        """Not here: tiles are written by `write_tiles`."""
        raise NotImplementedError

    def leaves(self, start: int = 0) -> Iterator[bytes]:
        """The leaf hashes from `start` on."""
        for index in range(start // WIDTH, -(-self._size // WIDTH)):
            row = self.tile(0, index)
            first = max(0, start - index * WIDTH)
            yield from (row[i : i + HASH_BYTES] for i in range(first * 32, len(row), HASH_BYTES))

    def subtree(self, level: int, index: int) -> bytes:
        """The root over the `index`th 2**level entries."""
        return self._node(level, index)

    def _node(self, level: int, index: int) -> bytes:
        tile_level, height = divmod(level, HEIGHT)
        first = index << height
        row = self.tile(tile_level, first // WIDTH)
        start = first % WIDTH * HASH_BYTES
        return fold(row[start : start + (HASH_BYTES << height)])

    def _tile(self, level: int, index: int) -> bytes:
        width = min(WIDTH, (self._size >> (HEIGHT * level)) - index * WIDTH)
        wanted = width * HASH_BYTES
        # A partial tile may have been removed once the full one was there.
        for name in dict.fromkeys((tile_name(level, index, width), tile_name(level, index))):
            try:
                data = self._source.read(name, WIDTH * HASH_BYTES)
            except KeyError:
                continue
            if len(data) >= wanted and (len(data) == wanted or not name.endswith(f"/{width}")):
                return data[:wanted]
        raise Damaged(path=tile_name(level, index, width), reason="the tile is missing or cut")


def fold(row: bytes) -> bytes:
    """The root over a row of 2**n hashes."""
    hashes = [row[i : i + HASH_BYTES] for i in range(0, len(row), HASH_BYTES)]
    while len(hashes) > 1:
        hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def write_tiles(folder: Path, leaves: Iterable[bytes], old: int, disk: Disk) -> int:
    """Add `leaves` to the tiles in `folder`, which hold a tree of `old`. Returns the new size.

    Full tiles are never written twice. Durable on return; nothing counts until the checkpoint
    beside them is replaced. Raises Damaged, WriteFailed, NoSpace.
    """
    source = FolderSource(folder)
    rows: dict[int, bytearray] = {0: bytearray(_open_row(source, 0, old))}
    size = old
    for leaf in leaves:
        rows[0] += leaf
        size += 1
        if size % WIDTH == 0:
            _carry(folder, source, rows, size, old, disk)
    for level in range(MAX_LEVEL):
        width = (size >> (HEIGHT * level)) % WIDTH
        if size >> (HEIGHT * level) == 0:
            break
        if width:
            row = rows.get(level) or _open_row(source, level, old)
            _write(folder, tile_name(level, (size >> (HEIGHT * level)) // WIDTH, width), row, disk)
    return size


def _carry(
    folder: Path,
    source: FolderSource,
    rows: dict[int, bytearray],
    size: int,
    old: int,
    disk: Disk,
) -> None:
    """Write every tile that is full at `size`, and hash it into the level above."""
    level = 0
    while size % WIDTH ** (level + 1) == 0:
        _write(folder, tile_name(level, (size >> (HEIGHT * level)) // WIDTH - 1), rows[level], disk)
        if level + 1 not in rows:
            rows[level + 1] = bytearray(_open_row(source, level + 1, old))
        rows[level + 1] += fold(bytes(rows[level]))
        rows[level] = bytearray()
        level += 1


def _open_row(source: FolderSource, level: int, size: int) -> bytes:
    """The partial tile at the right edge of a tree of `size`."""
    count = size >> (HEIGHT * level)
    return TileTree(source, size).tile(level, count // WIDTH) if count % WIDTH else b""


def _write(folder: Path, name: str, row: bytes | bytearray, disk: Disk) -> None:
    path = folder / name
    # What stands there may be left from a head that did not hold: it is compared, not believed.
    if not path.exists() or path.read_bytes() != row:
        disk.make_folder(path.parent)
        disk.write_whole(path, bytes(row))


class FolderSource:
    """Tiles in a folder of one's own, or on a mounted disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str, limit: int) -> bytes:
        try:
            with (self._folder / name).open("rb") as stream:
                return stream.read(limit)
        except OSError:
            raise KeyError(name) from None


def frontier_of(tree: TileTree) -> Frontier:
    """The frontier of a tiled tree, from its tiles. Raises Damaged."""
    hashes, start = [], 0
    for level in range(tree.size.bit_length() - 1, -1, -1):
        if tree.size >> level & 1:
            hashes.append(tree.subtree(level, start >> level))
            start += 1 << level
    return Frontier(tree.size, tuple(hashes))
