"""A mirror: follows a ledger from outside, keeps its tree, and shouts when it lies.

    <folder>/checkpoint      the last head that held
             tile/…          the tree under it, itself in the form of C2SP tlog-tiles
             evidence/       every head that broke a promise, beside the one it contradicts

What is decided (`judge`, on bytes alone): the head must be signed by the ledger's key; it must not
be smaller than the last one (rollback); at the same size it must have the same root (fork); the
entries added since, on top of the tree kept here, must give the new root (a fork, or a tail that
was cut off). Threat: an archive under pressure that removes, replaces or reorders what it said.
"""

from __future__ import annotations

import hashlib
import http.client
import itertools
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from amana.core.durable import Disk
from amana.core.merkle import EMPTY_ROOT, Frontier
from amana.core.sign import MAX_NOTE, Verifier
from amana.errors import Damaged, Incomplete, LedgerBroken, NotProved, UsageProblem
from amana.ledger.book import Reader
from amana.ledger.checkpoint import Checkpoint, open_checkpoint
from amana.ledger.segments import SEGMENT
from amana.ledger.tiles import (
    CHECKPOINT_FILE,
    WIDTH,
    FolderSource,
    TileSource,
    TileTree,
    frontier_of,
    write_tiles,
)
from amana.ledger.witness import require_witnesses

STEP = 65_536  # leaves in memory at once


@dataclass(frozen=True)
class MirrorReport:
    """`old` and `size`: entries before and now. `cosigned`: witnesses under the new head."""

    origin: str
    old: int
    size: int
    cosigned: int


def judge(new: Checkpoint, old: Checkpoint, grown: Frontier | None) -> str | None:
    """What is wrong with `new` after `old`, or None. `grown` is the tree of `old` with the newly
    served leaves; None where they were not all served."""
    if new.size < old.size:
        return f"rollback: from {old.size} entries to {new.size}"
    if new.size == old.size:
        return None if new.root == old.root else f"fork: two different heads of {old.size} entries"
    if grown is None or grown.size < new.size:
        return f"truncated tail: its head counts {new.size} entries, they are not served"
    if grown.root() != new.root:
        return f"fork: its head of {new.size} entries does not continue the one of {old.size}"
    return None


class Mirror:
    """A mirror in `folder` of the ledger signed by `key`. `witnesses` of whom `quorum` must have
    cosigned each head."""

    def __init__(
        self,
        folder: Path,
        key: Verifier,
        *,
        witnesses: Sequence[Verifier] = (),
        quorum: int = 0,
        disk: Disk | None = None,
    ) -> None:
        self.folder, self.key = folder, key
        self._witnesses, self._quorum = witnesses, quorum
        self._disk = disk or Disk()

    def last(self) -> Checkpoint:
        """The last head that held; an empty one before the first. Raises NotProved, Malformed."""
        path = self.folder / CHECKPOINT_FILE
        if not path.exists():
            return Checkpoint(self.key.name, 0, EMPTY_ROOT)
        return open_checkpoint(path.read_text("utf-8"), self.key)

    def follow(self, source: TileSource) -> MirrorReport:
        """Take over what is new at `source`.

        Raises LedgerBroken for a fork, a rollback, a truncated tail; NotProved for a head by
        another key or with too few witnesses; Damaged where the mirror's own tiles are.
        """
        try:
            note = source.read(CHECKPOINT_FILE, MAX_NOTE).decode("utf-8", "replace")
        except KeyError:
            raise NotProved(what="the ledger", reason="it serves no checkpoint") from None
        new, old = open_checkpoint(note, self.key), self.last()
        cosigned = require_witnesses(note, self._witnesses, self._quorum)
        grown = self._take(source, new, old)
        if problem := judge(new, old, grown):
            raise LedgerBroken(origin=new.origin, what=problem, evidence=str(self._keep(note)))
        self._disk.make_folder(self.folder)
        self._disk.write_whole(self.folder / CHECKPOINT_FILE, note.encode())
        return MirrorReport(new.origin, old.size, new.size, len(cosigned))

    def _take(self, source: TileSource, new: Checkpoint, old: Checkpoint) -> Frontier | None:
        """Copy the tiles behind `old`, in steps, so that memory does not grow. They count only
        once the checkpoint beside them is replaced. None where they were not all served."""
        if new.size <= old.size:
            return None
        grown = frontier_of(TileTree(FolderSource(self.folder), old.size))
        if grown.root() != old.root:
            raise Damaged(path=str(self.folder), reason="the mirror's own tiles were changed")
        leaves = _served(TileTree(source, new.size), old.size)
        while part := list(itertools.islice(leaves, STEP - grown.size % STEP)):
            write_tiles(self.folder, part, grown.size, self._disk)
            grown = grown.append(part)
        return grown

    def _keep(self, note: str) -> Path:
        folder = self.folder / "evidence"
        self._disk.make_folder(folder)
        kept = folder / f"{hashlib.sha256(note.encode()).hexdigest()[:16]}.broken"
        self._disk.write_whole(kept, note.encode())
        last = self.folder / CHECKPOINT_FILE
        if last.exists():
            self._disk.write_whole(kept.with_suffix(".before"), last.read_bytes())
        return kept


def _served(tree: TileTree, start: int) -> Iterator[bytes]:
    """The leaves from `start` on, as far as the source serves them."""
    try:
        yield from tree.leaves(start)
    except Damaged:
        return  # a tail that is cut off: the caller counts


def publish(reader: Reader, folder: Path, disk: Disk | None = None) -> MirrorReport:
    """Write the ledger's tiles and its checkpoint into `folder`, for any web server to serve.

    The tree is compared with the head first: an archive must not publish what it would be caught
    with. Raises LedgerBroken, Damaged, WriteFailed, NoSpace.
    """
    disk = disk or Disk()
    note = reader.checkpoint()
    size = open_checkpoint(note, reader.verifier).size
    mirror = Mirror(folder, reader.verifier, disk=disk)
    return mirror.follow(_BookSource(reader, note, size))


class _BookSource:
    """A book's leaves as level-0 tiles; the levels above are the mirror's to compute."""

    def __init__(self, reader: Reader, note: str, size: int) -> None:
        self._reader, self._note, self._size = reader, note, size
        self._segment = lru_cache(maxsize=2)(reader.segment_leaves)

    def read(self, name: str, limit: int) -> bytes:
        if name == CHECKPOINT_FILE:
            return self._note.encode()
        index = int(re.sub(r"\D", "", name.removeprefix("tile/0/").partition(".p/")[0]))
        first = index * WIDTH
        row = self._segment(first // SEGMENT)[first % SEGMENT : first % SEGMENT + WIDTH]
        return b"".join(row[: self._size - first])


class HttpSource:
    """Tiles behind HTTP. `prefix` without a trailing slash; `timeout` in seconds."""

    def __init__(self, prefix: str, timeout: float = 30.0) -> None:
        if urlsplit(prefix).scheme not in ("http", "https"):
            raise UsageProblem(what=f"{prefix!r} is not the address of a ledger")
        self._prefix, self._timeout = prefix.rstrip("/"), timeout

    def read(self, name: str, limit: int) -> bytes:
        """Raises KeyError where the server says there is none, Incomplete where it is silent."""
        call = urllib.request.Request(  # noqa: S310 - checked above
            f"{self._prefix}/{name}", headers={"User-Agent": ""}
        )
        try:
            with urllib.request.urlopen(call, timeout=self._timeout) as answer:  # noqa: S310
                data: bytes = answer.read(limit)
                return data
        except urllib.error.HTTPError as error:
            if error.code in (404, 410):
                raise KeyError(name) from None
            raise self._silent(f"HTTP status {error.code}") from None
        except (OSError, http.client.HTTPException) as error:
            raise self._silent(str(getattr(error, "reason", error))[:200]) from None

    def _silent(self, reason: str) -> Incomplete:
        return Incomplete(what=f"{self._prefix}: {reason}", next="follow it again later")
