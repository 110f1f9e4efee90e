"""A dossier as one file, zip or tar: streamed, so that tens of gigabytes need no memory and no
second copy. Nothing is compressed (pictures are already), so each file can be read where it lies.

Threat: an archive format likes to tell who packed when, on what: every time, owner and mode is one
constant. The same dossier gives the same bytes.
"""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from amana.core.durable import CONSTANT_TIME, Disk, Temporary
from amana.dossier import layout
from amana.dossier.verify import walk
from amana.errors import AlreadyThere, NotOurs, UsageProblem
from amana.ports import Progress, silent

_CHUNK = 1 << 20
_MODE = 0o644
_ZIP_TIME = (2000, 1, 1, 0, 0, 0)
_UNIX = 3


@dataclass(frozen=True)
class Parcel:
    path: Path
    files: int
    bytes: int


def pack(
    folder: Path, out: Path, *, disk: Disk | None = None, progress: Progress = silent
) -> Parcel:
    """Write the dossier in `folder` as `out`, a .zip or .tar by its name. Whole or not there.

    Raises NotOurs, AlreadyThere, UsageProblem, SourceUnreadable, NoSpace, WriteFailed.
    """
    writers = {".zip": _write_zip, ".tar": _write_tar}
    if out.suffix not in writers:
        raise UsageProblem(what="a dossier is packed as .zip or .tar")
    if not (folder / layout.BAGIT).is_file() or not (folder / layout.SHEET).is_file():
        raise NotOurs(path=str(folder), expected="a dossier")
    if out.exists():
        raise AlreadyThere(path=str(out))
    found, odd = walk(folder)
    if odd:
        raise NotOurs(path=str(folder / odd[0]), expected="a file of a dossier")
    files = sorted(found)
    total = sum(size for _, size in files)
    with (disk or Disk()).replacing(out) as target:
        writers[out.suffix](target, folder, files, _counting(progress, total))
    return Parcel(out, len(files), total)


Count = Callable[[int], None]


def _counting(progress: Progress, total: int) -> Count:
    done = 0

    def count(size: int) -> None:
        nonlocal done
        done += size
        progress(done, total, "packing")

    return count


def _write_zip(target: Temporary, folder: Path, files: list[tuple[str, int]], count: Count) -> None:
    stream = cast("IO[bytes]", target)
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=True) as packed:
        for path, size in files:
            with packed.open(zip_entry(f"{folder.name}/{path}", size), "w") as member:
                for chunk in _chunks(folder / path):
                    member.write(chunk)
                    count(len(chunk))


def zip_entry(name: str, size: int) -> zipfile.ZipInfo:
    """One file of a zip that tells nothing of when, by whom and on what it was packed."""
    entry = zipfile.ZipInfo(name, _ZIP_TIME)
    entry.create_system, entry.external_attr = _UNIX, (0o100000 | _MODE) << 16
    entry.file_size = size
    return entry


def _write_tar(target: Temporary, folder: Path, files: list[tuple[str, int]], count: Count) -> None:
    stream: Any = target
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as packed:
        for path, size in files:
            entry = tarfile.TarInfo(f"{folder.name}/{path}")
            entry.size, entry.mtime, entry.mode = size, CONSTANT_TIME, _MODE
            with (folder / path).open("rb") as source:
                packed.addfile(entry, source)
            count(size)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk
