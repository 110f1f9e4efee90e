"""A new stripe: packs in, pieces and parity out to every disk that is there, in one pass.

The main thread reads and reckons parity; digests and writing happen behind it, one block later.
Every disk's share is digested whether or not that disk is plugged in: it may come another day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from amana.core.erasure import Code
from amana.disks.lanes import Blocks, Lane, Turns
from amana.disks.layout import BLOCK
from amana.disks.manifest import Piece, Stripe
from amana.disks.plan import Part
from amana.disks.reading import Reader


class PackUnfit(Exception):
    """A pack in the vault is not what SHA256SUMS says; never leaves this package."""

    def __init__(self, pack: str, reason: str) -> None:
        super().__init__(reason)
        self.pack, self.reason = pack, reason


@dataclass(frozen=True)
class Encoder:
    """What every stripe of a set needs."""

    code: Code
    reader: Reader
    pool: ThreadPoolExecutor
    tick: Callable[[int], None]

    def encode(self, number: int, parts: Sequence[Part], lanes: Mapping[int, Lane]) -> Stripe:
        """Write stripe `number` of up to k `parts` to `lanes` (by position); its index line.

        The lanes are left open, for the caller to finish or abandon. Raises PackUnfit.
        """
        k, n = self.code.k, self.code.n
        length = max(part.size for part in parts)
        digests = [Blocks(whole=p < len(parts) and parts[p].whole) for p in range(n)]
        sizes = [p.size for p in parts] + [0] * (k - len(parts)) + [length] * (n - k)
        turns = Turns(self.pool)
        handles = [self._open(part) for part in parts]
        try:
            for block in range(-(-length // BLOCK)):
                blocks = self._blocks(parts, handles, block, min(BLOCK, length - block * BLOCK))
                turns.next(
                    [
                        partial(_pass, digests[p], lanes.get(p), data)
                        for p, data in enumerate(blocks)
                        if data
                    ]
                )
                self.tick(sum(len(b) for b in blocks[: len(parts)]))
            turns.wait()
        finally:
            for handle in handles:
                self.reader.close(handle)
        for part, blocks_seen in zip(parts, digests, strict=False):
            if part.whole and blocks_seen.sha256 != part.pack:
                raise PackUnfit(part.pack, "its digest is not the one in SHA256SUMS")
        return Stripe(number, tuple(_piece(parts, p, sizes[p], d) for p, d in enumerate(digests)))

    def _open(self, part: Part) -> int:
        try:
            return self.reader.open(part.path)
        except OSError as error:
            raise PackUnfit(part.pack, error.strerror or str(error)) from None

    def _blocks(
        self, parts: Sequence[Part], handles: Sequence[int], block: int, length: int
    ) -> list[bytes]:
        """One block of every piece; a data block is cut where its piece ends."""
        data = [
            self._read(part, handle, block) for part, handle in zip(parts, handles, strict=True)
        ]
        absent = [b""] * (self.code.k - len(data))
        if self.code.n == self.code.k:
            return data + absent
        zeros = bytes(length)
        padded = [d if len(d) == length else d.ljust(length, b"\0") for d in data]
        return data + absent + self.code.parity(padded + [zeros] * len(absent))

    def _read(self, part: Part, handle: int, block: int) -> bytes:
        size = max(0, min(BLOCK, part.size - block * BLOCK))
        if not size:
            return b""
        try:
            data = self.reader.read_at(handle, part.at + block * BLOCK, size)
        except OSError as error:
            raise PackUnfit(part.pack, error.strerror or str(error)) from None
        if len(data) != size:
            raise PackUnfit(part.pack, "it is shorter than it was")
        return data


def _pass(digests: Blocks, lane: Lane | None, data: bytes) -> None:
    digests.add(data)
    if lane is not None:
        lane.write(data)


def _piece(parts: Sequence[Part], position: int, size: int, digests: Blocks) -> Piece:
    blocks = bytes(digests.joined)
    if position < len(parts):
        part = parts[position]
        return Piece(size, blocks, part.pack, part.at, part.of)
    return Piece(size, blocks)
