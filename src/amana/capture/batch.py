"""One batch: files in, two sealed packs and their records' leaves out. Runs in a worker.

Nothing here touches what the vault has committed: packs are written under temporary names, and
count only when the master commits them. A batch that fails is done again, or never happened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from amana.capture.copy import Copy
from amana.capture.describe import Item, Known, describe, skipped_fields
from amana.capture.files import reading
from amana.capture.options import Options
from amana.capture.report import Trouble
from amana.capture.walk import Entry, Oddity
from amana.core.durable import TEMPORARY, Disk, Temporary, speaking_errors
from amana.core.encoding import Json
from amana.core.names import content_name, shown
from amana.errors import Malformed
from amana.ledger.entry import ITEM, SKIPPED, Record, new_record
from amana.vault.index import Tags, copied_tag, held_tag, seen_tag
from amana.vault.pack import COPIES, ORIGINALS, Member, write_pack
from amana.vault.store import SealedPack
from amana.vault.waiting import Waiting


@dataclass(frozen=True)
class Job:
    """A batch to be done: which files, from which `seq` on, and what a worker must know of the
    vault. `plain`: places of those that are not to be decoded, because that killed a worker."""

    entries: tuple[Entry | Oddity, ...]
    base: int
    vault: str
    index_key: bytes = field(repr=False)
    tags: int
    recipients: tuple[str, ...]
    options: Options
    plain: frozenset[int] = frozenset()
    # In a process of its own, which may be ended by the system.
    expendable: bool = True
    # The vault's ledger: every record names it, so that a record alone says where it belongs.
    ledger: str = ""


@dataclass
class Result:
    """What a batch came to. Small, whatever the batch held: it crosses between processes."""

    leaves: list[bytes] = field(default_factory=list)
    tags: list[bytes] = field(default_factory=list)
    copies_pack: SealedPack | None = None
    originals_pack: SealedPack | None = None
    items: int = 0
    copies: int = 0
    originals: int = 0
    again: int = 0
    bytes_read: int = 0
    unreadable: list[Trouble] = field(default_factory=list)
    skipped: list[Trouble] = field(default_factory=list)
    # Only when the originals are to follow later: the list of them (vault/waiting.py), and how many
    # of them were left for another time, because their disk is away, or are lost.
    waiting: bytes | None = None
    left: int = 0
    lost: list[Trouble] = field(default_factory=list)


_known: dict[tuple[str, bytes], Tags] = {}


def _tags(job: Job) -> Tags:
    """The index as committed; kept between the batches of one worker, one vault at a time."""
    which = (job.vault, job.index_key)
    if which not in _known:
        _known.clear()
        _known[which] = Tags(Path(job.vault) / "index")
    return _known[which].follow(job.tags)


def capture_batch(job: Job, disk: Disk | None = None) -> Result:
    """Read, digest, describe, copy and seal every file of the job.

    Raises NoSpace, WriteFailed. Whatever is wrong with a file is in the result instead.
    """
    unsteady: set[int] = set()
    while True:
        work = _Batch(job, disk or Disk(), unsteady)
        for place, entry in enumerate(job.entries):
            work.take(place, entry)
        try:
            return work.finish()
        except Exception:
            # A large file is read twice; one that changed in between spoils its pack only once.
            if not work.moved - unsteady:
                raise
            unsteady |= work.moved


class _Batch:
    def __init__(self, job: Job, disk: Disk, unsteady: set[int]) -> None:
        self._job = job
        self._disk = disk
        self._unsteady = unsteady
        self._tags = _tags(job)
        self._own: set[bytes] = set()
        self._records: list[Record] = []
        self._originals: list[Member] = []
        self._copies: list[Member] = []
        self._waiting: dict[int, bytes] = {}
        self.moved: set[int] = set()
        self.result = Result()

    # -- files in -----------------------------------------------------------------------------

    def take(self, place: int, entry: Entry | Oddity) -> None:
        if isinstance(entry, Oddity):
            self._record(SKIPPED, skipped_fields(entry.name, entry.reason))
            self.result.tags.append(oddity_tag(self._job.index_key, entry))
            return
        try:
            if place in self._unsteady:
                raise OSError(5, "it keeps changing while it is read")
            self._add(
                place, entry, describe(entry, self._job.options, self._known, self._guard(place))
            )
        except (OSError, Malformed) as error:
            reason = f"cannot be read: {getattr(error, 'strerror', None) or error}"
            self._record(SKIPPED, skipped_fields(entry.name, reason))
            self.result.unreadable.append(Trouble(shown(entry.name), reason))

    def _guard(self, place: int) -> tuple[bool, bool]:
        """(whether to decode, whether a decoder that hangs may take this process with it)"""
        return place not in self._job.plain, self._job.expendable

    def _known(self, digest: bytes) -> Known:
        key = self._job.index_key
        for tag, known in (
            (held_tag(key, digest), Known.HELD),
            (copied_tag(key, digest), Known.COPIED),
        ):
            if tag in self._own or tag in self._tags:
                return known
        return Known.NEW

    def _record(self, kind: str, fields: Json) -> Record:
        named = {**fields, "ledger": self._job.ledger}
        record = new_record(kind, self._job.base + len(self._records), named)
        self._records.append(record)
        self.result.leaves.append(record.leaf)
        return record

    def _add(self, place: int, entry: Entry, item: Item) -> None:
        self._record(ITEM, item.fields)
        result, key = self.result, self._job.index_key
        result.items += 1
        result.bytes_read += item.size
        if item.trouble:
            result.unreadable.append(Trouble(shown(entry.name), item.trouble))
        if item.settled:
            result.tags.append(seen_tag(key, entry.path, item.size, item.mtime_ns))
        if item.again:
            result.again += 1
            return
        if item.copy:
            result.copies += 1
            self._copies.append(_copy_member(item.digest.hex(), item.copy))
        if self._job.options.originals:
            result.originals += 1
            self._own.add(held_tag(key, item.digest))
            self._originals.append(self._original(place, entry, item))
        else:
            self._own.add(copied_tag(key, item.digest))
            self._waiting[place] = entry.path

    def _original(self, place: int, entry: Entry, item: Item) -> Member:
        name = content_name(ORIGINALS, item.digest.hex())
        chunks = (
            [item.data] if item.data is not None else self._streamed(place, entry.path, item.digest)
        )
        return Member(name, item.size, chunks)

    def _streamed(self, place: int, path: bytes, digest: bytes) -> Iterator[bytes]:
        try:
            yield from read_again(path, digest)
        except OSError:
            self.moved.add(place)
            raise

    # -- packs out ----------------------------------------------------------------------------

    def finish(self) -> Result:
        result = self.result
        result.tags += self._own
        result.copies_pack = self._seal(COPIES, self._copies)
        if self._originals:
            result.originals_pack = self._seal(ORIGINALS, self._originals)
        if self._waiting:
            waiting = Waiting(tuple(r.line for r in self._records), self._waiting)
            result.waiting = waiting.to_bytes()
        return result

    def _seal(self, series: str, members: Sequence[Member]) -> SealedPack:
        folder = Path(self._job.vault) / series
        return seal_pack(folder, self._job.recipients, self._records, members, self._disk)


def seal_pack(
    folder: Path,
    recipients: Sequence[str],
    records: Sequence[Record],
    members: Sequence[Member],
    disk: Disk,
) -> SealedPack:
    """Write a pack, whole, under a temporary name in `folder`; the commit syncs it.

    Raises NoSpace, WriteFailed, and what reading the members raises.
    """
    with speaking_errors(folder):
        temporary = Temporary(disk, folder / (TEMPORARY + token_hex(8)))
        try:
            sink = _Digesting(temporary)
            write_pack(sink, recipients, records, members)
            temporary.settle()
        except BaseException:
            temporary.discard()
            raise
    return SealedPack(str(temporary.path), sink.digest.hexdigest(), sink.size)


class _Digesting:
    """Counts and digests what passes on to the disk, in larger pieces than age writes."""

    def __init__(self, writer: Temporary) -> None:
        self._writer = writer
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes, /) -> int:
        self.digest.update(data)
        self.size += len(data)
        return self._writer.write(data)

    def flush(self) -> None:
        """Nothing is buffered here."""


def oddity_tag(key: bytes, oddity: Oddity) -> bytes:
    """The tag of "this, which is no regular file, was recorded"."""
    return seen_tag(key, b"\0" + oddity.reason.encode() + b"\0" + oddity.name, 0, 0)


def _copy_member(original: str, copy: Copy) -> Member:
    return Member(content_name(COPIES, original, copy.suffix), len(copy.data), [copy.data])


def read_again(path: bytes, expected: bytes) -> Iterator[bytes]:
    """The content of a large file once more, which must have the digest `expected` (32 bytes).

    Raises OSError where it has not: the pack is given up.
    """
    digest = hashlib.sha256()
    with reading(path) as source:
        for chunk in source.chunks():
            digest.update(chunk)
            yield chunk
    if digest.digest() != expected:
        raise OSError(5, "it changed between two readings")
