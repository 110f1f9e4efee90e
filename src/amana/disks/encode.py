"""A new stripe: packs in, pieces and parity out to every disk that is there, in one pass.

The main thread reads and reckons parity; digests and writing happen behind it, one block later.
Every disk's share is digested whether or not that disk is plugged in: it may come another day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from amana.core.erasure import Code
from amana.disks.buffers import Bytes, Ring, seen
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
    # Two turns: one is being read and reckoned while the one before is digested and written.
    ring: Ring = field(default_factory=lambda: Ring(2))

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
                here = [p.length(block) for p in parts] + [0] * (k - len(parts))
                here += [max(here)] * (n - k)
                arrays = self._blocks(parts, handles, block, here)
                turns.next(
                    [
                        partial(_pass, digests[p], lanes.get(p), seen(arrays[p][:size]))
                        for p, size in enumerate(here)
                        if size
                    ]
                )
                self.tick(sum(here[:k]))
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
        self, parts: Sequence[Part], handles: Sequence[int], block: int, here: Sequence[int]
    ) -> list[Bytes]:
        """One block of every piece, zeros behind the end of the shorter ones."""
        length = max(here)
        arrays = [self.ring.array(block, p, length) for p in range(self.code.n)]
        for position, part in enumerate(parts):
            self._read(part, handles[position], block, arrays[position][: here[position]])
        for position in range(self.code.k):
            arrays[position][here[position] :] = 0
        self.code.parity_into(arrays[: self.code.k], arrays[self.code.k :])
        return arrays

    def _read(self, part: Part, handle: int, block: int, into: Bytes) -> None:
        try:
            count = self.reader.read_into(handle, part.at + block * BLOCK, seen(into))
        except OSError as error:
            raise PackUnfit(part.pack, error.strerror or str(error)) from None
        if count != len(into):
            raise PackUnfit(part.pack, "it is shorter than it was")


def _pass(digests: Blocks, lane: Lane | None, data: memoryview) -> None:
    digests.add(data)
    if lane is not None:
        lane.write(data)


def _piece(parts: Sequence[Part], position: int, size: int, digests: Blocks) -> Piece:
    blocks = bytes(digests.joined)
    if position < len(parts):
        part = parts[position]
        return Piece(size, blocks, part.pack, part.at, part.of)
    return Piece(size, blocks)
