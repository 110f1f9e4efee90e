"""A ledger on disk: the archive's own acts, appended one by one, each durable before the act.

    head.json              the commit point: the signed checkpoint, the tree's frontier, and how
                           many bytes of the last segment count
    entries/000000.jsonl   4,096 entries a segment (segments.py)
    lock                   one writer at a time

The order of an append: entries written and fsynced; then the head replaced (durable.py). A crash
before the head leaves entries behind that no checkpoint covers: the next append adopts the
complete ones and cuts the torn one. A complete entry is never overwritten, and no checkpoint is
signed over an entry that is not on the medium: so a ledger never forks by accident. After any
error what is in memory is forgotten and read from the disk again.

If the entry cannot be written, `append` raises, and the act it stands for must not happen.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from amana.core.durable import Disk
from amana.core.encoding import Json, b64, canonical, has_version, parse, unb64, utc
from amana.core.locker import Locker
from amana.core.merkle import HASH_BYTES, Frontier, Tree
from amana.core.sign import Signer, Verifier
from amana.errors import Damaged, Malformed, NotOurs, NotProved
from amana.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from amana.ledger.entry import ACT, Record, new_record
from amana.ledger.locking import locked
from amana.ledger.segments import SEGMENT, StoredLine, read_lines, segment_path, store
from amana.ports import Clock, system_clock

HEAD_FILE = "head.json"


@dataclass(frozen=True)
class Head:
    """What is committed: the note, the tree's frontier, the bytes that count in the last
    segment."""

    note: str
    frontier: Frontier
    offset: int

    @property
    def size(self) -> int:
        return self.frontier.size

    def to_bytes(self) -> bytes:
        frontier = [b64(h) for h in self.frontier.hashes]
        return canonical({"v": 1, "note": self.note, "frontier": frontier, "offset": self.offset})


def parse_head(
    data: bytes, verifier: Verifier, retired: Sequence[tuple[Verifier, Checkpoint]] = ()
) -> Head:
    """A head whose note `verifier` signed over this very frontier; or a retired key, whose last
    head it is.

    Raises Malformed, NotProved.
    """
    fields = parse(data, "ledger head")
    note, offset, hashes = fields.get("note"), fields.get("offset"), fields.get("frontier")
    if not has_version(fields, 1) or not isinstance(note, str) or not isinstance(hashes, list):
        raise Malformed(what="ledger head", reason="version, note or frontier")
    if type(offset) is not int or offset < 0:
        raise Malformed(what="ledger head", reason="its offset")
    checkpoint = _opened(note, verifier, retired)
    frontier = Frontier(checkpoint.size, tuple(unb64(h, "frontier", HASH_BYTES) for h in hashes))
    if frontier.root() != checkpoint.root:
        raise NotProved(what="the ledger's head", reason="its frontier gives another root")
    return Head(note, frontier, offset)


def _opened(
    note: str, verifier: Verifier, retired: Sequence[tuple[Verifier, Checkpoint]]
) -> Checkpoint:
    try:
        return open_checkpoint(note, verifier)
    except NotProved:
        for former, last in retired:
            if _is_signed(note, former, last):
                return last
        raise


def _is_signed(note: str, verifier: Verifier, checkpoint: Checkpoint) -> bool:
    try:
        return open_checkpoint(note, verifier) == checkpoint
    except NotProved:
        return False


class Reader:
    """The committed part of a ledger in `folder`, whose head `verifier` signed, or a retired key
    at its very end.

    Without the `lockers` that sealed entries were sealed to, the tree and its proofs are there all
    the same; only `records` needs it.
    """

    def __init__(
        self,
        folder: Path,
        verifier: Verifier,
        *,
        lockers: Sequence[Locker] = (),
        retired: Sequence[tuple[Verifier, Checkpoint]] = (),
    ) -> None:
        self.folder = folder
        self.verifier = verifier
        self.origin = self.verifier.name
        self._retired = tuple(retired)
        self._lockers = tuple(lockers)
        self._head: Head | None = None

    @property
    def size(self) -> int:
        """Entries that are committed."""
        return self._load().size

    def checkpoint(self) -> str:
        """The signed note of the present head."""
        return self._load().note

    def lines(self) -> Iterator[StoredLine]:
        """The committed lines of all segments, in order. Raises Damaged."""
        size = self.size
        for number in range(-(-size // SEGMENT)):
            wanted = min(SEGMENT, size - number * SEGMENT)
            yield from self._segment(number, wanted)

    def records(self) -> Iterator[Record]:
        """Every committed record, in order. Raises Damaged, and CannotOpen without the key."""
        for line in self.lines():
            yield from line.records(self._lockers)

    def leaves(self) -> Iterator[bytes]:
        """The leaf hashes (32 bytes each) of the committed entries: no key is needed."""
        for line in self.lines():
            yield from line.leaves

    def segment_leaves(self, number: int) -> list[bytes]:
        """The leaf hashes of one segment of 4,096 entries. Raises Damaged."""
        wanted = min(SEGMENT, self.size - number * SEGMENT)
        return [leaf for line in self._segment(number, wanted) for leaf in line.leaves]

    def record(self, seq: int) -> Record:
        """The committed record at `seq`. Raises NotProved where there is none, Damaged."""
        if not 0 <= seq < self.size:
            raise NotProved(what=f"entry {seq}", reason=f"the ledger holds {self.size} entries")
        number, place = divmod(seq, SEGMENT)
        for line in self._segment(number, min(SEGMENT, self.size - number * SEGMENT)):
            if place < len(line.leaves):
                return line.records(self._lockers)[place]
            place -= len(line.leaves)
        raise Damaged(path=str(self.folder), reason=f"entry {seq} is not there")

    def _segment(self, number: int, wanted: int) -> Iterator[StoredLine]:
        path = segment_path(self.folder, number)
        for line in read_lines(_read(path)):
            if wanted <= 0:
                break
            wanted -= len(line.leaves)
            yield line
        if wanted:
            raise Damaged(path=str(path), reason=f"{wanted} committed entries are not there")

    def tree(self) -> Tree:
        """The whole tree in memory (64 bytes an entry), compared with the signed root.

        Raises Damaged, NotProved.
        """
        head = self._load()
        tree = Tree.of(itertools.islice(self.leaves(), head.size))
        if tree.root() != head.frontier.root():
            raise NotProved(what="the ledger", reason="its entries give another root than its head")
        return tree

    def _load(self) -> Head:
        # Another process may have appended meanwhile: what is committed is on the disk.
        self._head = self._reload()
        return self._head

    def _reload(self) -> Head:
        path = self.folder / HEAD_FILE
        if not path.exists():
            return self._empty()
        data = path.read_bytes()
        if self._head is not None and self._head.to_bytes() == data:
            return self._head
        return parse_head(data, self.verifier, self._retired)

    def _empty(self) -> Head:
        raise NotOurs(path=str(self.folder), expected="a ledger")


class Book(Reader):
    """The ledger in `folder`, written with `signer`, whose name is the ledger's origin.

    `retired` are earlier keys of the same ledger, each with the last head that it signed: only
    that very head is accepted of it, and the next append signs anew: how a key is rotated. With
    `lockers` the entries are sealed to the first; the others only read.
    """

    def __init__(
        self,
        folder: Path,
        signer: Signer,
        *,
        disk: Disk | None = None,
        clock: Clock = system_clock,
        lockers: Sequence[Locker] = (),
        retired: Sequence[tuple[Verifier, Checkpoint]] = (),
    ) -> None:
        super().__init__(folder, signer.verifier, lockers=lockers, retired=retired)
        self._signer = signer
        self._disk = disk or Disk()
        self._clock = clock

    def append(self, fields: Json) -> Record:
        """Add one act (`fields` names it under `act`; `time` is filled in) and return its record.

        Durable on return. Raises WriteFailed, NoSpace, InUse, Malformed, Damaged, NotProved:
        then the act must not happen.
        """
        return self.append_all([fields])[0]

    def append_all(self, acts: Sequence[Json], kind: str = ACT) -> list[Record]:
        """As `append`, for several records under one checkpoint."""
        self._disk.make_folder(self.folder / "entries")
        with locked(self.folder / "lock"):
            try:
                head = self._adopted(self._reload())
                # One moment for all: they are under one checkpoint.
                first = {"time": utc(self._clock())} if kind == ACT else {}
                records = [
                    new_record(kind, head.size + i, {**first, **fields})
                    for i, fields in enumerate(acts)
                ]
                self._head = self._commit(head, records)
            except BaseException:
                self._head = None
                raise
        return records

    def resign(self) -> str:
        """Sign the present head with the present key (after a rotation). Returns the note."""
        self._disk.make_folder(self.folder / "entries")
        with locked(self.folder / "lock"):
            self._head = self._commit(self._adopted(self._reload()), [])
        return self._head.note

    def _empty(self) -> Head:
        return Head(self._sign(Frontier()), Frontier(), 0)

    def _sign(self, frontier: Frontier) -> str:
        checkpoint = Checkpoint(self.origin, frontier.size, frontier.root())
        return sign_checkpoint(checkpoint, [self._signer])

    def _adopted(self, head: Head) -> Head:
        """`head` and the complete entries that an interrupted append left behind it."""
        frontier, offset = head.frontier, head.offset
        while True:
            room = SEGMENT - frontier.size % SEGMENT
            path = segment_path(self.folder, frontier.size // SEGMENT)
            start = offset if room < SEGMENT else 0
            tail = _read(path, start) if path.exists() else b""
            grown, used = _take(tail, frontier, room)
            if grown.size == frontier.size:
                return Head(head.note, frontier, offset)
            # On the medium before it is signed: a crash may have left it in the cache only.
            self._disk.append(path, start + used, b"")
            frontier, offset = grown, start + used

    def _commit(self, head: Head, records: Sequence[Record]) -> Head:
        frontier, offset, done = head.frontier, head.offset, 0
        while done < len(records):
            room = SEGMENT - frontier.size % SEGMENT
            part = records[done : done + room]
            start = offset if room < SEGMENT else 0
            lines = store(part, self._lockers[0] if self._lockers else None)
            data = b"".join(x.line for x in lines)
            self._disk.append(segment_path(self.folder, frontier.size // SEGMENT), start, data)
            if start == 0:
                self._disk.sync_folder(self.folder / "entries")
            frontier = frontier.append(r.leaf for r in part)
            offset, done = start + len(data), done + len(part)
        new = Head(self._sign(frontier), frontier, offset)
        self._disk.write_whole(self.folder / HEAD_FILE, new.to_bytes())
        return new


def _take(tail: bytes, frontier: Frontier, room: int) -> tuple[Frontier, int]:
    used = 0
    for line in read_lines(tail):
        room -= len(line.leaves)
        if room < 0:
            break
        frontier = frontier.append(line.leaves)
        used += len(line.line)
    return frontier, used


def _read(path: Path, start: int = 0) -> bytes:
    try:
        with path.open("rb") as stream:
            stream.seek(start)
            return stream.read()
    except OSError as error:
        raise Damaged(path=str(path), reason=error.strerror or str(error)) from None
