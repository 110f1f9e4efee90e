"""What there is to capture: every regular file below the sources, links never followed.

A link could lead out of the source or round in a circle; a FIFO would block; a device has no end.
They are named in the report instead.
"""

from __future__ import annotations

import os
import stat
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amana.core.names import shown
from amana.errors import SourceMissing, SourceUnreadable


@dataclass(frozen=True)
class Entry:
    """A regular file: where it lies, under which name it is recorded (both as bytes), its size in
    bytes and its time in nanoseconds since 1970, as seen while walking."""

    path: bytes
    name: bytes
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Oddity:
    """Something that is no regular file, or could not be looked at, and why."""

    name: bytes
    reason: str
    unreadable: bool = False


_NOATIME = getattr(os, "O_NOATIME", 0)
_KINDS = (
    (stat.S_ISLNK, "a symbolic link, not followed"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISCHR, "a device"),
)


def check_sources(sources: Sequence[Path]) -> None:
    """Raises SourceMissing, SourceUnreadable before anything is begun."""
    for source in sources:
        try:
            mode = source.stat().st_mode
            if stat.S_ISDIR(mode):
                os.scandir(source).close()
        except (FileNotFoundError, NotADirectoryError):
            raise SourceMissing(path=shown(source)) from None
        except OSError as error:
            raise SourceUnreadable(path=shown(source), reason=error.strerror) from None


def walk(sources: Sequence[Path], outside: Sequence[Path] = ()) -> Iterator[Entry | Oddity]:
    """Everything below `sources`, folder by folder, sorted by name; never what lies in `outside`.

    A recorded name is the source's own last name and what follows it: not where it was mounted,
    nor whose home it lay in.
    """
    barred = {(s.st_dev, s.st_ino) for s in map(_stat, outside) if s is not None}
    for source in sources:
        path = os.fsencode(source.absolute())
        name = os.fsencode(source.absolute().name) or b"source"
        # The source itself may be a link: it was named on purpose.
        if source.is_dir():
            yield from _folder(path, name, barred)
        else:
            yield _classify(path, name, source.stat())


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _folder(path: bytes, name: bytes, barred: set[tuple[int, int]]) -> Iterator[Entry | Oddity]:
    pending = [(path, name)]
    while pending:
        path, name = pending.pop()
        try:
            here = os.stat(path)  # noqa: PTH116 - names are bytes here
            if (here.st_dev, here.st_ino) in barred:
                continue
            found = _listed(path)
        except OSError as error:
            yield Oddity(name, f"the folder cannot be read: {error.strerror}", unreadable=True)
            continue
        folders: list[tuple[bytes, bytes]] = []
        for last, facts in found:
            own, lies = name + b"/" + last, os.path.join(path, last)  # noqa: PTH118
            if isinstance(facts, OSError):
                yield Oddity(own, f"cannot be read: {facts.strerror}", unreadable=True)
            elif stat.S_ISDIR(facts.st_mode):
                folders.append((lies, own))
            else:
                yield _classify(lies, own, facts)
        pending += reversed(folders)


def _listed(path: bytes) -> list[tuple[bytes, os.stat_result | OSError]]:
    """The names in a folder, sorted, each with its facts or why they cannot be had.

    By a descriptor where that keeps the folder's access time as it is.
    """
    if not _NOATIME:
        with os.scandir(path) as listing:
            return sorted(((e.name, _facts(e)) for e in listing), key=lambda e: e[0])
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | _NOATIME)
    except PermissionError:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with os.scandir(handle) as entries:
            return sorted(((os.fsencode(e.name), _facts(e)) for e in entries), key=lambda e: e[0])
    finally:
        os.close(handle)


def _facts(entry: os.DirEntry[Any]) -> os.stat_result | OSError:
    try:
        return entry.stat(follow_symlinks=False)
    except OSError as error:
        return error


def _classify(path: bytes, name: bytes, facts: os.stat_result) -> Entry | Oddity:
    if stat.S_ISREG(facts.st_mode):
        return Entry(path, name, facts.st_size, facts.st_mtime_ns)
    reasons = [reason for test, reason in _KINDS if test(facts.st_mode)]
    return Oddity(name, reasons[0] if reasons else "not a regular file")


class Listing:
    """Entries, kept small: a million files take about as many times the length of a path and 32
    bytes, where a million objects would take a quarter of a gigabyte."""

    def __init__(self) -> None:
        self._names = bytearray()
        self._ends = array("q", [0])
        self._numbers = array("q")
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._numbers) // 3

    def add(self, entry: Entry) -> None:
        """`name` must be a tail of `path`, or begin with the last name of the source."""
        self._names += entry.path + b"\0" + entry.name
        self._ends.append(len(self._names))
        self._numbers.extend((len(entry.path), entry.size, _clamped(entry.mtime_ns)))
        self.bytes += entry.size

    def __getitem__(self, index: int) -> Entry:
        split, size, mtime = self._numbers[3 * index : 3 * index + 3]
        both = bytes(self._names[self._ends[index] : self._ends[index + 1]])
        return Entry(both[:split], both[split + 1 :], size, mtime)

    def newest_first(self) -> Iterator[Entry]:
        times = self._numbers[2::3]
        order = array("q", sorted(range(len(self)), key=times.__getitem__, reverse=True))
        return (self[i] for i in order)

    def __iter__(self) -> Iterator[Entry]:
        return (self[i] for i in range(len(self)))


def _clamped(number: int) -> int:
    return max(-(2**63), min(2**63 - 1, number))
