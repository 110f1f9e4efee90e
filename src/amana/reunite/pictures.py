"""Where pictures to be matched come from: a folder of anybody's files, or an archive's originals.

Every file is decoded in a confined worker. A file that is no picture, or a damaged one, is named in
the report and stops nothing.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from amana.core.names import shown
from amana.errors import AmanaError, SourceMissing
from amana.ports import Progress, silent
from amana.reunite.archive import Archive
from amana.reunite.inventory import inventory
from amana.reunite.keys import ORIGINAL
from amana.reunite.picture import Fingerprint, fingerprint
from amana.reunite.prints import Prints
from amana.reunite.workers import Workers

_LARGEST = 512 << 20
_BATCH = 64
_SECONDS, _MEMORY = 60, 2 << 30


@dataclass(frozen=True)
class Picture:
    """A file by the name it was given, its digest, and its place in the prints."""

    name: str
    sha256: str
    place: int


@dataclass
class Gathered:
    """All pictures of a source, in order; `unreadable` holds {"what", "reason"}. Files with the
    same bytes share a place: the first is in `pictures`, every name in `names`."""

    pictures: list[Picture] = field(default_factory=list)
    names: dict[int, list[str]] = field(default_factory=dict)
    unreadable: list[dict[str, str]] = field(default_factory=list)

    def add(self, name: str, sha256: str, place: int) -> None:
        if place not in self.names:
            self.pictures.append(Picture(name, sha256, place))
        self.names.setdefault(place, []).append(name)


def folder_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(name below the folder, bytes) of every file, links not followed. Raises SourceMissing."""
    if not folder.is_dir():
        raise SourceMissing(path=str(folder))
    for place, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            path = Path(place) / file
            if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
                continue
            yield shown(path.relative_to(folder)), path.read_bytes()


def archive_originals(archive: Archive) -> Iterator[tuple[str, bytes]]:
    """(ledger and place of its record, bytes) of every original picture that is held."""
    for item in inventory(archive).items():
        original = item.record.original
        if not str(original["media_type"]).startswith("image/"):
            continue
        try:
            data = archive.read(ORIGINAL, original["sha256"], original["size"])
        except KeyError:
            continue
        yield f"{item.origin}#{item.seq}", data


def gather(
    files: Iterable[tuple[str, bytes]], prints: Prints, progress: Progress = silent
) -> Gathered:
    """Take the fingerprint of each file that `prints` does not know yet."""
    gathered = Gathered()
    source = iter(files)
    with Workers(fingerprint, seconds=_SECONDS, memory=_MEMORY) as workers:
        while batch := list(islice(source, _BATCH)):
            _gather(batch, prints, workers, gathered)
            progress(len(gathered.pictures) + len(gathered.unreadable), None, "pictures read")
    return gathered


def _gather(
    batch: list[tuple[str, bytes]],
    prints: Prints,
    workers: Workers[bytes, Fingerprint],
    gathered: Gathered,
) -> None:
    digests = [hashlib.sha256(data).hexdigest() for _, data in batch]
    places = [prints.place(digest) for digest in digests]
    new = [data for (_, data), place in zip(batch, places, strict=True) if place is None]
    answers = workers.results(new)
    for (name, _), digest, known in zip(batch, digests, places, strict=True):
        place = known
        if place is None:
            _, answer = next(answers)
            if isinstance(answer, AmanaError):
                gathered.unreadable.append({"what": name, "reason": answer.message})
                continue
            place = prints.add(digest, answer)
        gathered.add(name, digest, place)
