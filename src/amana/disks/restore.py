"""One stripe, block by block: read what is there, restore the rest, prove every block.

A damaged piece decodes silently to rubbish. So no block leaves here without the digest that the
signed index gives it. Where pieces are only read to restore others, the restored block's digest
proves them, too, and their own are not reckoned; when it fails, each is proved by its own, the bad
ones are left out and others are read. So damage on every disk at once is repaired, as long as any k
blocks at one offset are good.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from amana.core.erasure import Code
from amana.disks.buffers import Ring, seen, turns
from amana.disks.damage import Damage
from amana.disks.layout import BLOCK, disk_of
from amana.disks.manifest import Head, Stripe
from amana.disks.reading import Reader


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
    blocks: dict[int, memoryview]
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


def reading_ring(n: int) -> Ring:
    """Memory for reading stripes of `n` pieces: three turns at least, five if there is room."""
    return Ring(turns(n, 3, 5))


class StripeReader:
    """Reads one stripe. Use as a context manager; `damage` tells afterwards what was wrong."""

    def __init__(
        self,
        head: Head,
        stripe: Stripe,
        sources: Mapping[int, Sequence[Source]],
        reader: Reader,
        pool: ThreadPoolExecutor,
        ring: Ring | None = None,
    ) -> None:
        self._code = Code(head.k, head.n)
        self._stripe = stripe
        self._reader = reader
        self._pool = pool
        self._ring = ring or reading_ring(head.n)
        self._hopeful = True
        self._ahead: deque[Future[Window]] = deque()
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
        self._drain()
        for places in self._sources.values():
            for _, handle in places:
                self._reader.close(handle)

    def _drain(self) -> None:
        """What was begun ahead and is not wanted any more: its memory and its files are."""
        wait(self._ahead)
        self._ahead.clear()

    # -- reading ------------------------------------------------------------------------------

    def windows(self, wanted: Sequence[int]) -> Iterator[Window]:
        """The pieces at `wanted` (positions), block after block, some being read and restored
        ahead. A window's bytes last until the one after the next is asked for."""
        self._drain()
        first = self._first(wanted)
        # One turn is with the caller, and one is perhaps still being written by him.
        depth = self._ring.slots - 2
        for block in range(self._stripe.count):
            self._ahead.append(self._pool.submit(self._window, block, first, wanted))
            if len(self._ahead) > depth:
                yield self._ahead.popleft().result()
        while self._ahead:
            yield self._ahead.popleft().result()

    def _window(self, block: int, first: Sequence[int], wanted: Sequence[int]) -> Window:
        found = {
            p: self._read(p, block, proved=p in wanted)
            for p in first
            if self._stripe.pieces[p].length(block)
        }
        return self._solve(block, found, wanted)

    def block(self, block: int, wanted: Sequence[int]) -> Window:
        """One block alone."""
        self._drain()
        found = {p: self._read(p, block, proved=True) for p in self._here if p in wanted}
        return self._solve(block, found, wanted)

    @property
    def _here(self) -> list[int]:
        return [p for p, places in sorted(self._sources.items()) if places]

    def _first(self, wanted: Sequence[int]) -> list[int]:
        """What to read in any case: the wanted, and as many others as a missing one needs."""
        chosen = [p for p in self._here if p in wanted]
        if any(self._stripe.pieces[p].size and p not in chosen for p in wanted):
            absent = sum(not piece.size for piece in self._stripe.pieces)
            others = [p for p in self._here if p not in wanted]
            chosen += others[: max(0, self._code.k - absent - len(chosen))]
        return chosen

    def _read(self, position: int, block: int, *, proved: bool) -> memoryview | None:
        """A block from the first source that has it good. Unproved, its digest is not looked at:
        what is restored from it is proved instead, see `_restore`."""
        piece = self._stripe.pieces[position]
        data = seen(self._ring.array(block, position, piece.length(block)))
        for source, handle in self._sources.get(position, ()):
            try:
                count = self._reader.read_into(handle, source.offset + block * BLOCK, data)
            except OSError:
                self._damage(source.path).unreadable.append(block)
                continue
            whole = count == len(data)
            if whole and (not proved or sha256(data).digest() == piece.digest(block)):
                return data
            self._damage(source.path).changed.append(block)
        return None

    def _damage(self, path: Path) -> Damage:
        return self.damage.setdefault(path, Damage(path))

    # -- restoring ----------------------------------------------------------------------------

    def _solve(
        self, block: int, found: Mapping[int, memoryview | None], wanted: Sequence[int]
    ) -> Window:
        real = [p for p, piece in enumerate(self._stripe.pieces) if piece.length(block)]
        good = {p for p, data in found.items() if data is not None}
        window = Window(block, {p: found[p] for p in wanted if p in good})  # type: ignore[misc]
        missing = [p for p in wanted if p in real and p not in good]
        if not missing:
            return window
        others = [p for p in real if p not in found and p not in missing]
        if self._hopeful:
            self._fetch(block, good, others, proved=False)
            if self._restore(window, good, missing):
                return window
        # Something among the helpers is not what it should be: prove each, and take others.
        self._hopeful = False
        helpers = [p for p in real if p not in window.blocks and p not in missing]
        good = set(window.blocks)
        self._fetch(block, good, helpers, proved=True)
        if not self._restore(window, good, missing):
            window.lost.update(p for p in missing if p not in window.blocks)
        return window

    def _fetch(self, block: int, good: set[int], others: Sequence[int], *, proved: bool) -> None:
        """Read further pieces until k are there; what lies beyond a piece's end counts as zeros."""
        zeros = sum(not piece.length(block) for piece in self._stripe.pieces)
        for position in others:
            if len(good) + zeros >= self._code.k:
                return
            if position not in good and self._read(position, block, proved=proved) is not None:
                good.add(position)

    def _restore(self, window: Window, good: set[int], missing: Sequence[int]) -> bool:
        """Reckon the missing pieces' blocks, and take those that have their digest in the index.

        The digest of what comes out also proves all that went in: every helper has a weight other
        than zero in it, so one changed byte changes it."""
        pieces, block = self._stripe.pieces, window.block
        length = max(p.length(block) for p in pieces)
        arrays = [self._ring.array(block, p, length) for p in range(len(pieces))]
        ready = {}
        for position, piece in enumerate(pieces):
            if position in good or not piece.length(block):
                arrays[position][piece.length(block) :] = 0
                ready[position] = arrays[position]
        if len(ready) < self._code.k:
            return False
        self._code.restore_into(ready, missing, [arrays[p] for p in missing])
        for position in missing:
            data = seen(arrays[position][: pieces[position].length(block)])
            if sha256(data).digest() == pieces[position].digest(block):
                window.blocks[position] = data
                window.restored.add(position)
        return all(p in window.blocks for p in missing)
