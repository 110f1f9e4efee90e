"""Where sealed objects lie: a local folder here, S3 in `s3`. Both are `ports.ObjectStore`.

An object is one age file of the bytes followed by zeros up to a Padmé length: `age -d | head -c
SIZE` gives them back, and the size is in the record.

Order of a batch: every object is written to a temporary name and renamed, then one `flush` puts
all of it on the medium, then the catalogue commits. Until it has, an object that is there counts
for nothing and is written again, so a name whose bytes never reached the medium does no harm.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, cast

from amana.core.age_x25519 import Room, seal_x25519
from amana.core.durable import CONSTANT_TIME, TEMPORARY, Disk, Temporary, speaking_errors
from amana.core.hybrid import is_hybrid
from amana.core.padding import padme
from amana.core.seal import Reader, Writer, seal, seal_stream
from amana.errors import Malformed

_NAME = re.compile(r"[0-9a-z]{1,64}(/[0-9a-z.-]{1,80})*")
_ZEROS = bytes(1 << 20)
Sealed = bytes | bytearray | memoryview


class Store(Protocol):
    """`ports.ObjectStore`, and what a batch needs beside it."""

    def put(self, name: str, data: bytes) -> bool: ...

    def get(self, name: str) -> bytes: ...

    def names(self, prefix: str = "") -> Iterator[str]: ...

    def has(self, name: str) -> bool: ...

    def replace(self, name: str, data: Sealed, digest: bytes = b"") -> bytes:
        """Store, over whatever stands under the name; lasting only after `flush`.

        Returns the SHA-256 (32 bytes) of `data`: what `check` holds the object against; `digest`
        is that, where it is known already.
        """
        ...

    def replace_stream(self, name: str, reader: Reader, size: int, seal_to: Sealing) -> bytes:
        """As `replace`, for `size` bytes to be sealed on the way, without holding them."""
        ...

    def open(self, name: str) -> AbstractContextManager[Reader]:
        """A reader of the object, to be closed. Raises KeyError."""
        ...

    def flush(self) -> None:
        """Everything written so far is on the medium when this returns."""
        ...


class Sealing(Protocol):
    def __call__(self, reader: Reader, size: int, writer: Writer) -> None: ...


def seal_object(
    data: bytes | memoryview,
    recipients: tuple[str, ...],
    take: Callable[[int], Room] = bytearray,
) -> Sealed:
    """One object, padded and sealed; into the room that `take` gives, where it may choose."""
    zeros = padme(len(data)) - len(data)
    if any(is_hybrid(recipient) for recipient in recipients):
        return seal(bytes(data) + bytes(zeros), recipients)
    return seal_x25519(data, zeros, recipients, take)


class SealTo:
    """Seals a stream as `seal_object` seals bytes."""

    def __init__(self, recipients: tuple[str, ...]) -> None:
        self._recipients = recipients

    def __call__(self, reader: Reader, size: int, writer: Writer) -> None:
        seal_stream(_Padded(reader, padme(size) - size), writer, self._recipients)


class _Padded:
    def __init__(self, reader: Reader, zeros: int) -> None:
        self._reader, self._zeros = reader, zeros

    def read(self, size: int = -1, /) -> bytes:
        wanted = size if size >= 0 else len(_ZEROS)
        data = self._reader.read(wanted)
        if not data and self._zeros:
            data = _ZEROS[: min(wanted, self._zeros, len(_ZEROS))]
            self._zeros -= len(data)
        return data


class HashingWriter:
    """Passes on what is written, and knows its SHA-256."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._hash = hashlib.sha256()

    def write(self, data: bytes, /) -> int:
        self._hash.update(data)
        return self._writer.write(data)

    def flush(self) -> None:
        self._writer.flush()

    def digest(self) -> bytes:
        return self._hash.digest()


def copied(reader: Reader, size: int, writer: Writer) -> None:
    """A `Sealing` for what is sealed already: copies the bytes."""
    while chunk := reader.read(len(_ZEROS)):
        writer.write(chunk)


class LocalStore:
    """Objects as files below one folder, which must exist."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder
        self._disk = disk or Disk()
        self._touched: set[Path] = set()

    def put(self, name: str, data: bytes) -> bool:
        if self.has(name):
            return False
        self.replace(name, data)
        self.flush()
        return True

    def get(self, name: str) -> bytes:
        try:
            return self._path(name).read_bytes()
        except FileNotFoundError:
            raise KeyError(name) from None

    def open(self, name: str) -> AbstractContextManager[Reader]:
        try:
            return self._path(name).open("rb")
        except FileNotFoundError:
            raise KeyError(name) from None

    def names(self, prefix: str = "") -> Iterator[str]:
        for folder, _, files in os.walk(self.folder):
            for file in files:
                name = (Path(folder) / file).relative_to(self.folder).as_posix()
                if not file.startswith(TEMPORARY) and name.startswith(prefix):
                    yield name

    def has(self, name: str) -> bool:
        return self._path(name).is_file()

    def replace(self, name: str, data: Sealed, digest: bytes = b"") -> bytes:
        with self._replacing(name) as temporary:
            self._disk.write(temporary.handle, cast(bytes, data))
        return digest or hashlib.sha256(data).digest()

    def replace_stream(self, name: str, reader: Reader, size: int, seal_to: Sealing) -> bytes:
        with self._replacing(name) as temporary:
            hashing = HashingWriter(temporary)
            seal_to(reader, size, hashing)
        return hashing.digest()

    def flush(self) -> None:
        """One `syncfs` for the batch where the system has it (0.1 ms a file instead of 0.45 by
        `fsync`, measured); elsewhere each file and folder."""
        self.flush_unless(set())

    def flush_unless(self, synced: set[int]) -> None:
        """As `flush`, but nothing where all of this file system (its device's number) is in
        `synced`, to which it is added when that was done."""
        with speaking_errors(self.folder):
            device = self.folder.stat().st_dev
            if self._touched and device not in synced:
                if self._disk.sync_all(self.folder):
                    synced.add(device)
                else:
                    self._sync_each()
        self._touched.clear()

    def _sync_each(self) -> None:
        for path in sorted(self._touched):
            handle = os.open(path, os.O_RDWR)
            try:
                self._disk.sync(handle)
            finally:
                self._disk.close(handle)
        for folder in sorted({p.parent for p in self._touched} | {self.folder}):
            self._disk.sync_folder(folder)

    def sweep(self) -> int:
        """Remove temporary files of an interrupted batch."""
        left = self._disk.sweep(self.folder)
        return left + sum(self._disk.sweep(p) for p in self.folder.iterdir() if p.is_dir())

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name) or ".." in name:
            raise Malformed(what="object name", reason=f"{name[:80]!r}")
        return self.folder / name

    def _replacing(self, name: str) -> _Replacing:
        return _Replacing(self, self._path(name))


class _Replacing:
    """A temporary file that takes its name at the end, not yet forced onto the medium."""

    def __init__(self, store: LocalStore, path: Path) -> None:
        self._store, self._path = store, path
        self._disk = store._disk

    def __enter__(self) -> Temporary:
        with speaking_errors(self._path):
            # Not forced onto the medium here: `flush` does that for the whole batch.
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            temporary = self._path.parent / (TEMPORARY + secrets.token_hex(8))
            self._temporary = Temporary(self._disk, temporary)
        return self._temporary

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is not None:
            self._temporary.discard()
            if issubclass(kind, OSError):
                with speaking_errors(self._path):
                    raise error  # type: ignore[misc]
            return
        with speaking_errors(self._path):
            try:
                self._temporary.close()
                os.utime(self._temporary.path, (CONSTANT_TIME, CONSTANT_TIME))
                self._disk.rename(self._temporary.path, self._path)
            except OSError:
                self._temporary.discard()
                raise
        self._store._touched.add(self._path)


def flush_together(*stores: Store) -> None:
    """Everything written to these stores is on the medium when this returns; two on one file
    system are synced at once, which takes half the time."""
    synced: set[int] = set()
    for store in stores:
        if isinstance(store, LocalStore):
            store.flush_unless(synced)
        else:
            store.flush()
