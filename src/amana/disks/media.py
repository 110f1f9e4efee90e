"""The disks that were plugged in: which set, which number, and one good index out of many bad ones.

A *medium* is one folder that was given: usually the root of one disk. Disk 3 of a set may be spread
over several media (it was full), or exist twice (it was made again, and then found).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from amana.core.sign import MAX_NOTE
from amana.disks.layout import CHUNK, INDEX, LABEL, NOTE, NOTE_COPY
from amana.disks.manifest import Head, Label, Stripe, open_head, parse_stripe, same_so_far
from amana.disks.reading import Reader
from amana.errors import AmanaError, Malformed, NotOurs, NotProved, UsageProblem

_MAX_LABEL = 1 << 20


@dataclass
class Medium:
    """One folder of a set. `disk` is None until the label or the content tells the number."""

    path: Path
    label: Label | None
    head: Head | None
    note: bytes
    disk: int | None
    problems: list[str] = field(default_factory=list)

    @property
    def stripes(self) -> int:
        return self.head.stripes if self.head else 0


@dataclass
class DiskSet:
    """The media of one set, under its newest note; and those that were put aside, and why."""

    head: Head
    note: bytes
    media: list[Medium]
    foreign: list[Path] = field(default_factory=list)
    twice: list[Path] = field(default_factory=list)
    forked: list[Path] = field(default_factory=list)

    @property
    def numbers(self) -> set[int]:
        return {m.disk for m in self.media if m.disk}


def open_medium(path: Path, reader: Reader) -> Medium:
    """What a folder says that it is. Raises NotOurs where nothing of a set lies in it."""
    problems: list[str] = []
    raw = reader.whole(path / LABEL, _MAX_LABEL)
    label = None
    try:
        label = Label.from_bytes(raw) if raw is not None else None
    except Malformed as error:
        problems.append(str(error))
    head, note = _read_note(path, reader, problems)
    if label and head and label.set_id != head.set_id:
        problems.append("its label is of another set")
        label = None
    if raw is None:
        problems.append("its label cannot be read")
    if head is None and label is None and reader.size_of(path / INDEX) is None:
        raise NotOurs(path=str(path), expected="a disk of a set")
    return Medium(path, label, head, note, label.disk if label else None, problems)


def _read_note(path: Path, reader: Reader, problems: list[str]) -> tuple[Head | None, bytes]:
    """The note or its copy; the newer, where a pulled cable left them different."""
    found: list[tuple[Head, bytes]] = []
    for name in (NOTE, NOTE_COPY):
        data = reader.whole(path / name, MAX_NOTE)
        if data is None:
            problems.append(f"{name} cannot be read")
            continue
        try:
            found.append((open_head(data), data))
        except AmanaError as error:
            problems.append(f"{name}: {error}")
    return max(found, key=lambda pair: pair[0].stripes, default=(None, b""))


def open_set(
    paths: Sequence[Path],
    reader: Reader,
    *,
    vkey: str | None = None,
    set_id: str | None = None,
) -> DiskSet:
    """The set that most of `paths` belong to, or the one that `vkey` or `set_id` names.

    Media of other sets, and media given twice, are put aside, not refused. Raises NotOurs (a path
    holds nothing of ours, or no note is whole), NotProved (none is of the set that is meant),
    UsageProblem (two sets, and no telling which is meant).
    """
    once, twice = _once_each(paths)
    media = [open_medium(path, reader) for path in once]
    chosen = _choose(media, vkey, set_id)
    mine: list[Medium] = []
    foreign: list[Medium] = []
    for medium in media:
        known = medium.head.set_id if medium.head else medium.label and medium.label.set_id
        # Neither note nor label is whole: its pieces will tell, each by its digest.
        (mine if known in (chosen.set_id, None) else foreign).append(medium)
    mine, copies = _without_copies(mine)
    newest = max((m for m in mine if m.head), key=lambda m: m.stripes)
    assert newest.head is not None
    whole = DiskSet(newest.head, newest.note, mine, [m.path for m in foreign], twice + copies)
    _put_forks_aside(whole, reader)
    return whole


def _choose(media: Sequence[Medium], vkey: str | None, set_id: str | None) -> Head:
    heads = [m.head for m in media if m.head]
    if not heads:
        if any(m.label for m in media):
            raise NotProved(what="the set", reason="no note on these disks is whole")
        raise NotOurs(path=", ".join(str(m.path) for m in media) or "?", expected="a disk of a set")
    wanted = [h for h in heads if vkey in (None, h.vkey) and set_id in (None, h.set_id)]
    if not wanted:
        raise NotProved(what="the disk", reason="it belongs to another set")
    ranked = Counter(h.set_id for h in wanted).most_common()
    if len(ranked) > 1 and ranked[0][1] == ranked[1][1]:
        raise UsageProblem(what="these disks are of two sets; say which is meant with --set")
    return next(h for h in wanted if h.set_id == ranked[0][0])


def _once_each(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """The same folder under two names is one disk, whatever the names say."""
    seen: set[object] = set()
    once: list[Path] = []
    twice: list[Path] = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            raise NotOurs(path=str(path), expected="a folder that can be read") from None
        key = (status.st_dev, status.st_ino) if status.st_ino else path.resolve()
        (twice if key in seen else once).append(path)
        seen.add(key)
    return once, twice


def _without_copies(media: Sequence[Medium]) -> tuple[list[Medium], list[Path]]:
    """A medium copied file by file carries the same medium id: it is a spare, not another disk.

    It is kept, for it may be good where the first is bad, but it is told."""
    seen: set[str] = set()
    copies: list[Path] = []
    for medium in media:
        if medium.label:
            if medium.label.medium in seen:
                copies.append(medium.path)
            seen.add(medium.label.medium)
    return list(media), copies


def _put_forks_aside(found: DiskSet, reader: Reader) -> None:
    """An older note must be the beginning of the newest. Where it is not, the set was written on
    from a vault that had been put back in time; the two branches must not be mixed."""
    for medium in [m for m in found.media if m.head and m.head != found.head]:
        old = medium.head
        assert old is not None
        same = (old.k, old.n) == (found.head.k, found.head.n) and same_so_far(
            old.chunks, old.index_size, found.head.chunks
        )
        rest = old.index_size % CHUNK
        if same and rest:
            chunk = read_chunk(found.head, found.media, old.index_size // CHUNK, reader)
            same = chunk is None or hashlib.sha256(chunk[:rest]).digest() == old.chunks[-1]
        if not same:
            found.media.remove(medium)
            found.forked.append(medium.path)


def read_chunk(head: Head, media: Sequence[Medium], number: int, reader: Reader) -> bytes | None:
    """Chunk `number` of the index: from the first medium that has it whole, or voted byte by byte
    out of copies that are each damaged elsewhere; None where neither gives the signed digest."""
    size, digest = head.chunk_size(number), head.chunks[number]
    copies: list[bytes] = []
    for medium in media:
        data = reader.part(medium.path / INDEX, number * CHUNK, size)
        if data is not None and len(data) == size:
            if hashlib.sha256(data).digest() == digest:
                return data
            copies.append(data)
    if len(copies) < 3:
        return None
    voted = np.median(np.frombuffer(b"".join(copies), np.uint8).reshape(-1, size), axis=0)
    data = voted.astype(np.uint8).tobytes()
    return data if hashlib.sha256(data).digest() == digest else None


def read_stripes(head: Head, media: Sequence[Medium], reader: Reader) -> Iterator[Stripe]:
    """The stripes of the index, in order, one in memory at a time.

    A chunk that no copy gives whole takes its lines with it, and their numbers are left out: the
    caller counts. Raises Malformed where a signed line is none.
    """
    torn, rest, number = False, b"", 1
    for chunk_number in range(len(head.chunks)):
        chunk = read_chunk(head, media, chunk_number, reader)
        if chunk is None:
            torn, rest = True, b""
            continue
        if torn:  # begin anew behind the next line break
            _, line_break, chunk = chunk.partition(b"\n")
            if not line_break:
                continue
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        for line in lines:
            stripe = parse_stripe(line, head, None if torn else number)
            torn, number = False, stripe.number + 1
            yield stripe
