"""One stripe, block by block: read what is there, check every digest, restore the rest.

No block enters the decoder unless it has the digest that the signed index gives it, and no block
leaves it without the same check: a damaged piece decodes silently to rubbish otherwise. So damage
on every disk at once is repaired, as long as any k blocks at one offset are good.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from amana.core.erasure import Code
from amana.disks.damage import Damage
from amana.disks.layout import BLOCK, disk_of
from amana.disks.manifest import Head, Stripe
from amana.disks.reading import Reader
from amana.errors import AmanaError


@dataclass(frozen=True)
class Source:
    """Where a piece may be read: a file, and the offset at which the piece begins in it."""

    path: Path
    offset: int = 0


@dataclass
class Window:
    """One block of a stripe: the wanted pieces' bytes, which of them had to be restored, and which
    are lost, by position."""

    block: int
    blocks: dict[int, bytes]
    restored: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)


class Holder(Protocol):
    """Anything with a folder that is a disk of the set, by number."""

    @property
    def path(self) -> Path: ...

    @property
    def disk(self) -> int | None: ...


def sources_on(stripe: Stripe, n: int, media: Sequence[Holder]) -> dict[int, list[Source]]:
    """Where the media should hold the pieces of `stripe`, by position."""
    found: dict[int, list[Source]] = {}
    for position, piece in enumerate(stripe.pieces):
        disk = disk_of(position, stripe.number, n)
        if piece.size:
            found[position] = [
                Source(m.path / stripe.name(position)) for m in media if m.disk == disk
            ]
    return found


class StripeReader:
    """Reads one stripe. Use as a context manager; `damage` tells afterwards what was wrong."""

    def __init__(
        self,
        head: Head,
        stripe: Stripe,
        sources: Mapping[int, Sequence[Source]],
        reader: Reader,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._code = Code(head.k, head.n)
        self._stripe = stripe
        self._reader = reader
        self._pool = pool
        self._sources: dict[int, list[tuple[Source, int]]] = {}
        self.damage: dict[Path, Damage] = {}
        for position, places in sources.items():
            opened = [(source, self._open(source.path)) for source in places]
            self._sources[position] = [(s, handle) for s, handle in opened if handle is not None]

    def _open(self, path: Path) -> int | None:
        try:
            return self._reader.open(path)
        except OSError:
            self.damage[path] = Damage(path, missing=True)
            return None

    def __enter__(self) -> StripeReader:
        return self

    def __exit__(self, *exc: object) -> None:
        for places in self._sources.values():
            for _, handle in places:
                self._reader.close(handle)

    # -- reading ------------------------------------------------------------------------------

    def windows(self, wanted: Sequence[int]) -> Iterator[Window]:
        """The pieces at `wanted` (positions), block after block, the next being read ahead."""
        first = self._first(wanted)
        ahead = self._ask(first, 0)
        for block in range(self._stripe.count):
            found = {position: future.result() for position, future in ahead.items()}
            ahead = self._ask(first, block + 1)
            yield self._solve(block, found, wanted)

    def block(self, block: int, wanted: Sequence[int]) -> Window:
        """One block alone."""
        return self._solve(block, {}, wanted)

    def _first(self, wanted: Sequence[int]) -> list[int]:
        """What to read in any case: the wanted, and as many others as a missing one needs."""
        here = [p for p, places in sorted(self._sources.items()) if places]
        chosen = [p for p in here if p in wanted]
        if any(self._stripe.pieces[p].size and p not in here for p in wanted):
            absent = sum(not piece.size for piece in self._stripe.pieces)
            others = [p for p in here if p not in wanted]
            chosen += others[: max(0, self._code.k - absent - len(chosen))]
        return chosen

    def _ask(self, positions: Sequence[int], block: int) -> dict[int, Future[bytes | None]]:
        return {
            p: self._pool.submit(self._read, p, block)
            for p in positions
            if self._stripe.pieces[p].length(block)
        }

    def _read(self, position: int, block: int) -> bytes | None:
        """A block from the first source that has it good."""
        piece = self._stripe.pieces[position]
        for source, handle in self._sources.get(position, ()):
            try:
                data = self._reader.read_at(
                    handle, source.offset + block * BLOCK, piece.length(block)
                )
            except OSError:
                self._damage(source.path).unreadable.append(block)
                continue
            if hashlib.sha256(data).digest() == piece.digest(block):
                return data
            self._damage(source.path).changed.append(block)
        return None

    def _damage(self, path: Path) -> Damage:
        return self.damage.setdefault(path, Damage(path))

    # -- restoring ----------------------------------------------------------------------------

    def _solve(
        self, block: int, found: Mapping[int, bytes | None], wanted: Sequence[int]
    ) -> Window:
        pieces = self._stripe.pieces
        real = [p for p in range(len(pieces)) if pieces[p].length(block)]
        good = {p: data for p, data in found.items() if data is not None}
        for p in real:
            if p in wanted and p not in found and (data := self._read(p, block)) is not None:
                good[p] = data
        missing = [p for p in wanted if p in real and p not in good]
        window = Window(block, {p: good[p] for p in wanted if p in good})
        if missing:
            asked = {*found, *wanted}
            self._fetch(block, good, [p for p in real if p not in asked])
            self._restore(window, good, missing)
        return window

    def _fetch(self, block: int, good: dict[int, bytes], others: Sequence[int]) -> None:
        """Read further pieces until k are good; what lies beyond a piece's end counts as zeros."""
        zeros = sum(not piece.length(block) for piece in self._stripe.pieces)
        for position in others:
            if len(good) + zeros >= self._code.k:
                return
            data = self._read(position, block)
            if data is not None:
                good[position] = data

    def _restore(self, window: Window, good: Mapping[int, bytes], missing: Sequence[int]) -> None:
        pieces = self._stripe.pieces
        length = max(p.length(window.block) for p in pieces)
        padded = {
            p: good[p].ljust(length, b"\0") if p in good else bytes(length)
            for p in range(len(pieces))
            if p in good or not pieces[p].length(window.block)
        }
        try:
            solved = self._code.restore(padded, missing)
        except AmanaError:
            window.lost.update(missing)
            return
        for p in missing:
            data = solved[p][: pieces[p].length(window.block)]
            if hashlib.sha256(data).digest() == pieces[p].digest(window.block):
                window.blocks[p] = data
                window.restored.add(p)
            else:  # the index contradicts itself: never write what no digest vouches for
                window.lost.add(p)
