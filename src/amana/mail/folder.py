"""Letters that lie in files: `.eml` in a folder, a Maildir, an mbox."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from amana.errors import SourceMissing, SourceUnreadable
from amana.ports import Arrival


def everything(name: str) -> bool:
    """The `skip` of one who wants every message."""
    return False


_FROM_LINE = re.compile(rb"^From [^\r\n]*\r?\n")


@dataclass(frozen=True)
class _FileArrival:
    """A message that is a stretch of a file."""

    name: str
    size: int
    path: Path
    start: int = 0

    def read(self, limit: int) -> bytes:
        with self.path.open("rb") as stream:
            stream.seek(self.start)
            return stream.read(min(limit, self.size))


class EmlFolder:
    """A Mailbox over the `.eml` files in a folder, in the order of their names.

    Raises SourceMissing.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise SourceMissing(path=str(path))
        self._path = path

    def arrivals(self, skip: Callable[[str], bool] = everything) -> Iterator[Arrival]:
        for name in _names(self._path):
            if name.endswith(".eml"):
                yield from _file(self._path / name, name, skip)


class Maildir:
    """A Mailbox over a Maildir, with its subfolders (Maildir++). Flags may change: a message is
    known by the part of its name before them."""

    def __init__(self, path: Path) -> None:
        if not (path / "new").is_dir() and not (path / "cur").is_dir():
            raise SourceMissing(path=str(path))
        self._path = path

    def arrivals(self, skip: Callable[[str], bool] = everything) -> Iterator[Arrival]:
        folders = [self._path, *sorted(p for p in self._path.glob(".*") if p.is_dir())]
        for folder in folders:
            for place in ("new", "cur"):
                for name in _names(folder / place):
                    yield from _file(folder / place / name, name.partition(":")[0], skip)


class Mbox:
    """A Mailbox over one mbox file. A line that begins with `From ` after an empty one begins a
    message; base64 has no such line. Offsets name messages: an mbox only grows."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise SourceMissing(path=str(path))
        self._path = path

    def arrivals(self, skip: Callable[[str], bool] = everything) -> Iterator[Arrival]:
        previous: int | None = None
        for start, end in self._begins():
            if previous is not None:
                yield from self._one(previous, start, skip)
            previous = end
        if previous is not None:
            yield from self._one(previous, self._path.stat().st_size, skip)

    def _begins(self) -> Iterator[tuple[int, int]]:
        """(offset, offset behind it) of each `From ` line."""
        offset, after_empty = 0, True
        with self._path.open("rb") as stream:
            while line := stream.readline(1 << 16):
                if after_empty and _FROM_LINE.match(line):
                    yield offset, offset + len(line)
                after_empty = line in (b"\n", b"\r\n")
                offset += len(line)

    def _one(self, start: int, end: int, skip: Callable[[str], bool]) -> Iterator[Arrival]:
        name = f"{self._path.name}@{start}"
        if not skip(name):
            yield _FileArrival(name, end - start, self._path, start)


def open_folder(path: Path) -> EmlFolder | Maildir | Mbox:
    """The mailbox at `path`, by its form. Raises SourceMissing."""
    if path.is_file():
        return Mbox(path)
    if (path / "new").is_dir() or (path / "cur").is_dir():
        return Maildir(path)
    return EmlFolder(path)


def _names(folder: Path) -> list[str]:
    """Names alone: a hundred thousand of them weigh little."""
    return sorted(entry.name for entry in os.scandir(folder)) if folder.is_dir() else []


def _file(path: Path, name: str, skip: Callable[[str], bool]) -> Iterator[Arrival]:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return  # a mail program moved it meanwhile; the next run finds it
    except OSError as error:
        raise SourceUnreadable(path=str(path), reason=error.strerror or str(error)) from None
    name = f"{name}/{size}"
    if path.is_file() and not skip(name):
        yield _FileArrival(name, size, path)
