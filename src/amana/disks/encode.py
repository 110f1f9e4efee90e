"""A new stripe: packs in, pieces and parity out to every disk that is there, in one pass.

The main thread reads and reckons parity; digests and writing happen behind it, some blocks later.
Every disk's share is digested whether or not that disk is plugged in: it may come another day.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from amana.core.erasure import Code
from amana.disks.buffers import Bytes, Ring, seen, turns
from amana.disks.lanes import Blocks, Lane
from amana.disks.layout import BLOCK
from amana.disks.manifest import Piece, Stripe
from amana.disks.plan import Part
from amana.disks.reading import Reader


class PackUnfit(Exception):
    """A pack in the vault is not what SHA256SUMS says; never leaves this package."""

    def __init__(self, pack: str, reason: str) -> None:
        super().__init__(reason)
        self.pack, self.reason = pack, reason


class Encoder:
    """Codes one stripe after another. Each position of a stripe has a thread that digests its
    blocks in their order, and one that writes them: a disk that is slow for a moment holds up
    nobody before the memory is full. Use as a context manager."""

    def __init__(self, code: Code, reader: Reader, tick: Callable[[int], None]) -> None:
        self.code, self.reader, self.tick = code, reader, tick
        self._ring = Ring(turns(code.n, 2, 4))
        self._digesting = [ThreadPoolExecutor(1) for _ in range(code.n)]
        self._writing = [ThreadPoolExecutor(1) for _ in range(code.n)]

    def __enter__(self) -> Encoder:
        return self

    def __exit__(self, *exc: object) -> None:
        for line in self._digesting + self._writing:
            line.shutdown()

    def encode(self, number: int, parts: Sequence[Part], lanes: Mapping[int, Lane]) -> Stripe:
        """Write stripe `number` of up to k `parts` to `lanes` (by position); its index line.

        The lanes are left open, for the caller to finish or abandon. Raises PackUnfit.
        """
        k, n = self.code.k, self.code.n
        length = max(part.size for part in parts)
        digests = [Blocks(whole=p < len(parts) and parts[p].whole) for p in range(n)]
        sizes = [p.size for p in parts] + [0] * (k - len(parts)) + [length] * (n - k)
        handles = [self._open(part) for part in parts]
        behind: deque[list[Future[None]]] = deque()
        try:
            for block in range(-(-length // BLOCK)):
                if len(behind) == self._ring.slots:  # its memory is needed again
                    _wait(behind.popleft())
                here = [p.length(block) for p in parts] + [0] * (k - len(parts))
                here += [max(here)] * (n - k)
                arrays = self._blocks(parts, handles, block, here)
                behind.append([])
                for p, size in enumerate(here):
                    if size:
                        data = seen(arrays[p][:size])
                        behind[-1].append(self._digesting[p].submit(digests[p].add, data))
                        if p in lanes:
                            behind[-1].append(self._writing[p].submit(lanes[p].write, data))
                self.tick(sum(here[:k]))
        finally:
            for turn in behind:
                _wait(turn)
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
        arrays = [self._ring.array(block, p, length) for p in range(self.code.n)]
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


def _wait(turn: Sequence[Future[None]]) -> None:
    for future in turn:
        future.result()


def _piece(parts: Sequence[Part], position: int, size: int, digests: Blocks) -> Piece:
    blocks = bytes(digests.joined)
    if position < len(parts):
        part = parts[position]
        return Piece(size, blocks, part.pack, part.at, part.of)
    return Piece(size, blocks)
