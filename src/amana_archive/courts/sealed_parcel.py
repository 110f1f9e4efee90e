"""A dossier as a sealed zip: written while it is made, opened while it is fetched.

    web/dossiers/<32 random hex digits>/000001.age …    4 MiB of the zip each, padded, sealed

Threat: a dossier lies plain from the moment it is made to the moment it is fetched: days on a
server that may be seized, or for ever where a power cut left half of it. So no byte of it is ever
written plain: the zip is cut into parts, each sealed to the archive before it reaches the disk.
Anyone with the identity: `for f in *.age; do age -d -i identity $f; done > dossier.zip`; the zeros
that the last part is padded with stand behind the zip's end.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, cast

from amana.core.durable import Disk
from amana.core.unseal import Identity, unseal
from amana.dossier import layout
from amana.dossier.bag_rules import Digest
from amana.dossier.parcel import zip_entry
from amana.errors import CannotOpen, Damaged
from amana.reunite.store import seal_object

FOLDER = "dossiers"
PART = 4 << 20


class _Parts:
    """A plain writer whose bytes reach the disk sealed only. It cannot seek, and says so."""

    def __init__(self, folder: Path, recipients: tuple[str, ...], disk: Disk) -> None:
        self._folder, self._recipients, self._disk = folder, recipients, disk
        self._buffer = bytearray()
        self.written: list[dict[str, Any]] = []

    def write(self, data: bytes) -> int:
        self._buffer += data
        while len(self._buffer) >= PART:
            self._put(PART)
        return len(data)

    def flush(self) -> None:
        """A part is written when it is full, or by `end`."""

    def end(self) -> None:
        if self._buffer:
            self._put(len(self._buffer))

    def _put(self, size: int) -> None:
        piece = bytes(self._buffer[:size])
        del self._buffer[:size]
        path = part_path(self._folder, len(self.written))
        self._disk.write_whole(path, bytes(seal_object(piece, self._recipients)))
        self.written.append({"sha256": hashlib.sha256(piece).hexdigest(), "size": len(piece)})


class SealedZip:
    """Where the builder of a dossier writes (`amana.dossier.writer.Bagging`). `check` is asked
    before every file, and raises where the archive was locked meanwhile."""

    def __init__(
        self,
        folder: Path,
        name: str,
        recipients: tuple[str, ...],
        disk: Disk,
        check: Callable[[], None],
    ) -> None:
        disk.make_folder(folder)
        self._name, self._check = name, check
        self._parts = _Parts(folder, recipients, disk)
        stream = cast("IO[bytes]", self._parts)
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=True)
        self.digests: dict[str, Digest] = {}
        self.seal = b""

    def write(self, path: str, data: bytes) -> Digest:
        if path == layout.SEAL:
            self.seal = data
        return self.stream(path, [data], len(data))

    def stream(self, path: str, chunks: Iterable[bytes], size: int) -> Digest:
        """One file of the bag. Raises NoSpace, WriteFailed, and what `check` raises."""
        self._check()
        sha256, done = hashlib.sha256(), 0
        with self._zip.open(zip_entry(f"{self._name}/{path}", size), "w") as member:
            for chunk in chunks:
                sha256.update(chunk)
                done += len(chunk)
                member.write(chunk)
        self.digests[path] = Digest(sha256.hexdigest(), done)
        return self.digests[path]

    def sync_all(self) -> None:
        """Each part is on the medium before the next one begins."""

    def end(self) -> list[dict[str, Any]]:
        """Close the zip; the digest and size of every part, in order."""
        self._zip.close()
        self._parts.end()
        return self._parts.written


def put(folder: Path, data: bytes, recipients: tuple[str, ...], disk: Disk) -> list[dict[str, Any]]:
    """A whole file as sealed parts in a new folder. Raises NoSpace, WriteFailed."""
    disk.make_folder(folder)
    parts = _Parts(folder, recipients, disk)
    parts.write(data)
    parts.end()
    return parts.written


def opened_parts(
    folder: Path, parts: Sequence[dict[str, Any]], identity: Callable[[], Identity]
) -> Iterator[bytes]:
    """The zip, part by part, each checked before it is given on. `identity` is asked anew for each,
    so that locking the archive ends a download.

    Raises CannotOpen, Damaged, Locked: then what was given before is not a whole zip.
    """
    for place, part in enumerate(parts):
        path = part_path(folder, place)
        try:
            sealed = path.read_bytes()
        except OSError:
            raise CannotOpen(what="a part of the dossier", reason="it is not here") from None
        data = unseal(sealed, [identity()], "a part of the dossier")[: part["size"]]
        if hashlib.sha256(data).hexdigest() != part["sha256"]:
            raise Damaged(path=path.name, reason="its content is not what was written")
        yield data


def part_path(folder: Path, place: int) -> Path:
    return folder / f"{place + 1:06d}.age"


def remove(folder: Path) -> None:
    """Let the sealed parts of one dossier go."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep(root: Path, known: set[str]) -> int:
    """Remove what no dossier names: parts of builds that were interrupted. How many there were."""
    found = [path for path in root.iterdir() if path.name not in known] if root.is_dir() else []
    for path in found:
        remove(path)
    return len(found)
