"""Sealing again what the archive holds, after its keys were rotated (trustees/rotation.py).

Each object is opened with the old key and sealed to the new recipients in one stream, without its
content touching a disk; then the catalogue learns the new digest. Interrupted, it goes on: what
opens with the new key is only compared with the catalogue. The inbox stays as it came.
"""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

from amana.core.durable import Disk
from amana.core.seal import Reader, Writer, seal, seal_stream
from amana.core.unseal import Identity, unseal, unseal_stream
from amana.errors import CannotOpen
from amana.ports import Progress, silent
from amana.reunite.archive import STORE_KEY_FILE, Archive
from amana.reunite.keys import object_name
from amana.reunite.store import Store

_BATCH = 256
_PIECE = 1 << 20


def reseal_store(
    folder: Path,
    old: Identity,
    new: Identity,
    *,
    disk: Disk | None = None,
    progress: Progress = silent,
) -> int:
    """Seal everything in the store to the archive's present recipients; how many objects that was.

    Raises CannotOpen for an object that opens with neither key, WriteFailed, NoSpace.
    """
    disk = disk or Disk()
    with Archive.open(folder, disk=disk) as archive:
        recipients = archive.card.recipients
        _reseal_store_key(folder / STORE_KEY_FILE, old, new, recipients, disk)
        objects = list(archive.catalogue.objects())
        done = 0
        for start in range(0, len(objects), _BATCH):
            changed: list[tuple[bytes, bytes]] = []
            for tag, kind, wanted in objects[start : start + _BATCH]:
                store = archive.place.of(kind)
                digest = _reseal(store, object_name(tag), old, new, recipients)
                if digest != wanted:
                    changed.append((digest, tag))
            archive.place.objects.flush()
            archive.place.records.flush()
            with archive.catalogue.transaction():
                archive.catalogue.db.executemany(
                    "UPDATE object SET sealed = ? WHERE tag = ?", changed
                )
            done += len(changed)
            progress(min(start + _BATCH, len(objects)), len(objects), "objects sealed again")
    return done


def _reseal_store_key(
    path: Path, old: Identity, new: Identity, recipients: tuple[str, ...], disk: Disk
) -> None:
    if not path.exists():
        return
    sealed = path.read_bytes()
    try:
        unseal(sealed, [new], STORE_KEY_FILE)
    except CannotOpen:
        disk.write_whole(path, seal(unseal(sealed, [old], STORE_KEY_FILE), recipients))


def _reseal(
    store: Store, name: str, old: Identity, new: Identity, recipients: tuple[str, ...]
) -> bytes:
    """The SHA-256 of the object as it is sealed now."""
    with store.open(name) as reader:
        if _is_for(reader, new):
            return _digest(store, name)

    def again(reader: Reader, size: int, writer: Writer) -> None:
        _through(reader, writer, old, recipients, name)

    with store.open(name) as reader:
        return store.replace_stream(name, reader, 0, again)


class _Seen(Exception):
    """The first bytes came out: the key is right."""


class _Stop:
    def write(self, data: bytes, /) -> int:
        raise _Seen

    def flush(self) -> None:
        """Nothing was written."""


def _is_for(reader: Reader, identity: Identity) -> bool:
    try:
        unseal_stream(reader, _Stop(), [identity], "an object of the store")
    except _Seen:
        return True
    except CannotOpen:
        return False
    return True


def _digest(store: Store, name: str) -> bytes:
    digest = hashlib.sha256()
    with store.open(name) as reader:
        while chunk := reader.read(_PIECE):
            digest.update(chunk)
    return digest.digest()


def _through(
    reader: Reader, writer: Writer, old: Identity, recipients: tuple[str, ...], name: str
) -> None:
    """Open on one thread, seal on this one, with a pipe between them.

    What the first finds out at the very end (a truncation) still condemns the whole: the caller
    replaces nothing when this raises.
    """
    source, sink = os.pipe()
    failures: list[BaseException] = []

    def opening() -> None:
        try:
            with os.fdopen(sink, "wb") as pipe:
                unseal_stream(reader, pipe, [old], f"object {name}")
        except BaseException as error:  # handed to the other thread, which raises it
            failures.append(error)

    thread = threading.Thread(target=opening)
    thread.start()
    try:
        with os.fdopen(source, "rb") as pipe:
            seal_stream(pipe, writer, recipients)
    finally:
        thread.join()
    if failures:
        raise failures[0]
