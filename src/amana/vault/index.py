"""The keyed index: which files were seen, which bytes are held, told only to who has the key.

A tag is HMAC-SHA-256 under the vault's own key, cut to 16 bytes, so the index says nothing to one
who owns the same originals. The file is `capacity` tags long, a power of two; real tags fill it
from the front and random bytes stand behind them. How many are real is in the sealed state only.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from amana.core.durable import Disk
from amana.core.labels import INDEX_COPIED, INDEX_HELD, INDEX_SEEN

INDEX_FILE = "index"
TAG_BYTES = 16
LEAST_CAPACITY = 1 << 12
_CHUNK = 1 << 20
# Up to here a set of Python's own is small and quick; above it, sorted arrays keep memory flat.
_SET_LIMIT = 1 << 17


def seen_tag(key: bytes, path: bytes, size: int, mtime_ns: int) -> bytes:
    """The tag of "this path, of this size and time, was captured"."""
    facts = b"%d\x00%d\x00" % (size, mtime_ns)
    return hmac.digest(key, INDEX_SEEN + facts + path, "sha256")[:TAG_BYTES]


def held_tag(key: bytes, sha256: bytes) -> bytes:
    """The tag of "the bytes of this digest (32 bytes) are stored"."""
    return hmac.digest(key, INDEX_HELD + sha256, "sha256")[:TAG_BYTES]


def copied_tag(key: bytes, sha256: bytes) -> bytes:
    """The tag of "a copy of the bytes of this digest is committed, the original is to come"."""
    return hmac.digest(key, INDEX_COPIED + sha256, "sha256")[:TAG_BYTES]


class Tags:
    """The committed tags of an index file, for asking. Follows the file as it grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = 0
        self._recent: set[bytes] = set()
        self._sorted: Any = None

    def __contains__(self, tag: bytes) -> bool:
        return tag in self._recent or (self._sorted is not None and self._in_sorted(tag))

    def follow(self, count: int) -> Tags:
        """Take in the file's tags up to `count`; itself. Fewer than before: it began anew."""
        if count < self._count:
            self._count, self._recent, self._sorted = 0, set(), None
        if count > self._count:
            with self._path.open("rb") as stream:
                stream.seek(self._count * TAG_BYTES)
                data = stream.read((count - self._count) * TAG_BYTES)
            self._count = count
            self._take(data[: len(data) - len(data) % TAG_BYTES])
        return self

    def _take(self, data: bytes) -> None:
        if len(data) + len(self._recent) * TAG_BYTES <= _SET_LIMIT * TAG_BYTES:
            self._recent.update(data[i : i + TAG_BYTES] for i in range(0, len(data), TAG_BYTES))
            return
        import numpy as np  # noqa: PLC0415 - slow to import, and only large vaults need it

        fresh = np.frombuffer(data + b"".join(self._recent), dtype=">u8").astype(np.uint64)
        self._recent = set()
        pairs = fresh.reshape(-1, 2)
        if self._sorted is not None:
            pairs = np.concatenate([self._sorted, pairs])
        self._sorted = pairs[np.argsort(pairs[:, 0], kind="stable")]

    def _in_sorted(self, tag: bytes) -> bool:
        first, second = int.from_bytes(tag[:8], "big"), int.from_bytes(tag[8:], "big")
        heads = self._sorted[:, 0]
        place = int(heads.searchsorted(heads.dtype.type(first)))
        while place < len(heads) and int(heads[place]) == first:
            if int(self._sorted[place, 1]) == second:
                return True
            place += 1
        return False


def create_index(disk: Disk, folder: Path) -> None:
    disk.write_whole(folder / INDEX_FILE, secrets.token_bytes(LEAST_CAPACITY * TAG_BYTES))


def append_tags(disk: Disk, folder: Path, count: int, tags: Sequence[bytes]) -> None:
    """Write `tags` behind the `count` that stand; the file doubles when it is full."""
    path = folder / INDEX_FILE
    capacity = path.stat().st_size // TAG_BYTES
    needed = count + len(tags)
    if needed <= capacity:
        disk.overwrite(path, count * TAG_BYTES, b"".join(tags))
        return
    while capacity < needed:
        capacity *= 2
    disk.write_whole(path, _grown(path, count, tags, capacity))


def _grown(path: Path, count: int, tags: Sequence[bytes], capacity: int) -> Iterator[bytes]:
    with path.open("rb") as old:
        left = count * TAG_BYTES
        while left and (chunk := old.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk
    yield b"".join(tags)
    left = (capacity - count - len(tags)) * TAG_BYTES
    while left:
        yield os.urandom(min(_CHUNK, left))
        left -= min(_CHUNK, left)


def index_is_whole(folder: Path, count: int) -> bool:
    """Whether the index file has a capacity of its form and room for `count` tags."""
    try:
        size = (folder / INDEX_FILE).stat().st_size
    except OSError:
        return False
    capacity, rest = divmod(size, TAG_BYTES)
    right = capacity >= LEAST_CAPACITY and capacity & (capacity - 1) == 0
    return right and not rest and capacity >= count
