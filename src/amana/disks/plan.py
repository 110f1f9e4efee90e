"""Which packs go together into a stripe. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from amana.disks.layout import BLOCK, PIECE


@dataclass(frozen=True)
class Part:
    """A pack, or the part of it that begins `at`: what becomes one data piece."""

    path: Path
    pack: str
    at: int
    size: int
    of: int

    def length(self, block: int) -> int:
        """Bytes of `block` that the part really has."""
        return max(0, min(BLOCK, self.size - block * BLOCK))

    @property
    def whole(self) -> bool:
        return self.size == self.of


def cut(path: Path, pack: str, size: int) -> list[Part]:
    """A pack as parts of at most PIECE bytes, all but the last of exactly that size."""
    return [Part(path, pack, at, min(PIECE, size - at), size) for at in range(0, size, PIECE)]


def plan(parts: Iterable[Part], k: int) -> list[Sequence[Part]]:
    """Stripes of up to k parts each.

    Parity is as long as the longest piece beside it, so like goes with like: the parts are taken
    in the order of their size, the largest first, those of one pack in their own order.
    """
    ordered = sorted(parts, key=lambda part: -part.size)
    return [ordered[at : at + k] for at in range(0, len(ordered), k)]
