"""One medium that is being written: its pieces, then its index, label and note.

Order on the medium: pieces, index, label, note and its copy. The note alone says what counts;
an index that is longer than the note knows, or a piece beyond it, was left by a pulled cable and is
overwritten by the next fill.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from amana.core.durable import Disk, speaking_errors
from amana.core.ids import new_id
from amana.disks.lanes import Lane
from amana.disks.layout import CHUNK, INDEX, LABEL, NOTE, NOTE_COPY, piece_number, position_of
from amana.disks.manifest import Head, Label, Stripe, ranges
from amana.disks.reading import Reader
from amana.errors import AmanaError, NoSpace, WriteFailed

_RESERVE = 8 << 20  # bytes kept free for the index and the notes of a disk that fills up
_APPEND = 4 << 20


@dataclass
class Target:
    """A medium to write to. `held` are the stripes whose pieces lie on it, `labelled` those that
    its label said; after a `failure` it is left alone, and `full` takes no further pieces."""

    path: Path
    disk: int
    medium: str = field(default_factory=new_id)
    new: bool = True
    held: set[int] = field(default_factory=set)
    labelled: frozenset[int] = frozenset()
    written: int = 0
    full: bool = False
    index_good: int | None = None
    failure: AmanaError | None = None
    under_way: list[tuple[Lane, int]] = field(default_factory=list)

    def begin(self, set_id: str, stripes: int, disk_io: Disk) -> None:
        """Sweep away what a crash left, pieces beyond the committed `stripes` among it; and say on
        a new medium which disk it will be, before anything else is on it."""

        def work() -> None:
            folders = [p for p in self.path.iterdir() if p.is_dir() and p.name.isdecimal()]
            for folder in (self.path, *folders):
                disk_io.sweep(folder)
                for path in folder.iterdir():
                    if (piece_number(path) or 0) > stripes:
                        disk_io.remove(path)
            if self.new:
                disk_io.write_whole(self.path / LABEL, self.label(set_id).to_bytes())

        self.guard(work)

    def label(self, set_id: str) -> Label:
        return Label(set_id, self.disk, self.medium, ranges(sorted(self.held)))

    def lane(self, name: str, size: int, disk_io: Disk, reader: Reader) -> Lane | None:
        """A file on its way to this disk, or None where it takes no more; notices a disk that is
        full. Room that was promised to files still under way is not promised twice."""
        if self.failure or self.full:
            return None
        self.under_way = [(lane, of) for lane, of in self.under_way if lane.is_open]
        promised = sum(max(0, of - lane.sent) for lane, of in self.under_way)
        with suppress(OSError):  # where there is no telling, the writing will tell
            self.full = reader.free(self.path) < size + promised + _RESERVE
        if self.full:
            return None
        lane = Lane(disk_io, self.path / name)
        self.under_way.append((lane, size))
        return lane

    def settle(self, lane: Lane, number: int, size: int, disk_io: Disk) -> None:
        """Take note of how a piece fared."""
        if lane.finish():
            self.held.add(number)
            self.written += size
            other = lane.path.with_suffix(".dat" if lane.path.suffix == ".age" else ".age")
            self.guard(lambda: disk_io.remove(other))
        elif isinstance(lane.failure, NoSpace):
            self.full = True
        else:
            self.failure = self.failure or lane.failure

    def guard(self, work: Callable[[], None]) -> bool:
        """Run `work`; a refusal is this disk's failure, not the set's."""
        if self.failure:
            return False
        try:
            with speaking_errors(self.path):
                work()
        except AmanaError as error:
            self.failure = error
        return self.failure is None

    def look(self, stripe: Stripe, n: int, reader: Reader) -> bool:
        """Whether the piece of `stripe` lies here already, by name and size."""
        position = position_of(self.disk, stripe.number, n)
        piece = stripe.pieces[position]
        if piece.size and reader.size_of(self.path / stripe.name(position)) != piece.size:
            return False
        self.held.add(stripe.number)
        return True

    # -- index, label, note -------------------------------------------------------------------

    def publish(
        self,
        head: Head,
        note: bytes,
        index_from: Callable[[int], Iterable[bytes]],
        extras: dict[str, bytes],
        disk_io: Disk,
        reader: Reader,
    ) -> None:
        """Bring index, label, extras and note up to `head`. Failures are kept, not raised."""

        def work() -> None:
            offset = self.index_good
            if offset is None:
                offset = good_index(self.path, head, reader)
            write_index(self.path, offset, index_from, disk_io)
            self.index_good = head.index_size
            beside = {**extras, LABEL: self.label(head.set_id).to_bytes()}
            new = {
                self.path / name: data
                for name, data in beside.items()
                if reader.whole(self.path / name, len(data)) != data
            }
            if new:
                disk_io.write_several(new)
            disk_io.write_several({self.path / NOTE_COPY: note, self.path / NOTE: note})

        self.guard(work)


def good_index(path: Path, head: Head, reader: Reader) -> int:
    """How many bytes of a medium's index are good already, counted in whole chunks."""
    for number, digest in enumerate(head.chunks):
        size = head.chunk_size(number)
        data = reader.part(path / INDEX, number * CHUNK, size)
        if data is None or hashlib.sha256(data).digest() != digest:
            return number * CHUNK
    return head.index_size


def write_index(
    path: Path, offset: int, index_from: Callable[[int], Iterable[bytes]], disk_io: Disk
) -> None:
    """Append to the index from `offset` on. The first time, and where a driver cannot append (some
    of FAT's cannot), it is written whole."""
    if offset:
        try:
            _append_index(path, offset, index_from(offset), disk_io)
            return
        except WriteFailed:
            pass
    disk_io.write_whole(path / INDEX, index_from(0))


def _append_index(path: Path, offset: int, data: Iterable[bytes], disk_io: Disk) -> None:
    pending = b""
    for part in data:
        pending += part
        if len(pending) >= _APPEND:
            disk_io.append(path / INDEX, offset, pending)
            offset, pending = offset + len(pending), b""
    disk_io.append(path / INDEX, offset, pending)
