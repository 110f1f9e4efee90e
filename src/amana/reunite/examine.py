"""Opening one pack: what is in it, and whether it is what the records say. Keeps nothing.

This is where foreign bytes are read first, so `workers` runs it in a confined process. It holds no
catalogue and writes nothing: sealed objects and verdicts go back to the one who called.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path

from amana.core.age_x25519 import Room
from amana.core.seal import Reader
from amana.core.unseal import Identity, unseal_stream, unseal_view
from amana.errors import AmanaError, CannotOpen, SourceUnreadable
from amana.ledger.entry import ITEM, Record
from amana.reunite.keys import COPY, ORIGINAL, RECORDS, StoreKeys
from amana.reunite.store import Sealed, seal_object
from amana.vault.pack import COPIES, OpenMember, read_pack

CHUNK = 1 << 20
# A pack above this is not held in memory but streamed, twice: once to know, once to keep.
IN_MEMORY = 192 << 20
Take = Callable[[int], Room]
_scratch = threading.local()


@dataclass(frozen=True)
class Expected:
    """What the records of a pack say of one member: the digest and size (bytes) it must have."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Found:
    """One member as it is. `sealed` is the object to store, None where the pack was streamed, and
    `sealed_digest` its SHA-256 (32 bytes).

    `expected` is the digest that a record names; `actual` that of the bytes.
    """

    kind: str
    original: str
    expected: str
    expected_size: int
    actual: str
    size: int
    sealed: Sealed | None
    sealed_digest: bytes = b""

    @property
    def good(self) -> bool:
        return self.expected == self.actual


@dataclass(frozen=True)
class Examined:
    """A whole pack: the digest of its sealed file, its records' lines, and what was found.

    `cage` says what confined the process that opened it; empty where nothing did."""

    sha256: str
    sealed_bytes: int
    records: tuple[Record, ...]
    records_sha256: str
    records_sealed: Sealed
    found: tuple[Found, ...]
    cage: str = ""

    @property
    def streamed(self) -> bool:
        return any(f.sealed is None for f in self.found)


@dataclass(frozen=True)
class Keys:
    """What opening and keeping need. `identity` never shows in a repr."""

    identity: Identity
    recipients: tuple[str, ...]


def examine(path: Path, keys: Keys, take: Take = bytearray) -> Examined:
    """Open the pack in the file `path`, in memory where it is small enough. `take` gives the room
    for each object that is sealed.

    Raises SourceUnreadable, CannotOpen, Malformed: then nothing of it may be used.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > IN_MEMORY:
                return _examine_stream(file, size, keys)
            sealed = _whole(file, size)
    except OSError as error:
        raise SourceUnreadable(path=path.name, reason=error.strerror or str(error)) from None
    digest = hashlib.sha256(sealed).hexdigest()
    opened = unseal_view(sealed, [keys.identity], "a pack", lambda n: _again("opened", n))
    size = len(sealed)
    sealed.release()

    def keep(member: OpenMember, expected: Expected, keys: Keys) -> Found:
        return _keeping(member, expected, keys, take)

    return _read(_Window(opened), digest, size, keys, keep)


def _whole(file: BufferedReader, size: int) -> memoryview:
    view = _again("sealed", size)
    return view[: file.readinto(view)]


def _again(name: str, size: int) -> memoryview:
    """Memory that is used again for the next pack: new memory costs as much time as opening what
    lies in it."""
    held = getattr(_scratch, name, b"")
    if len(held) < size:
        held = bytearray(size)
        setattr(_scratch, name, held)
    return memoryview(held)[:size]


class _Window:
    """A plain reader over what lies in memory, which is not copied before it is read."""

    def __init__(self, data: bytes | Room) -> None:
        self._rest = memoryview(data)

    def read(self, size: int = -1, /) -> bytes:
        size = len(self._rest) if size < 0 else size
        part, self._rest = self._rest[:size], self._rest[size:]
        return bytes(part)


def _examine_stream(file: BufferedReader, size: int, keys: Keys) -> Examined:
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    with opened_stream(file, keys.identity) as stream:
        return _read(stream, digest, size, keys, _hashing)


def _read(
    stream: Reader,
    digest: str,
    sealed_bytes: int,
    keys: Keys,
    look: Callable[[OpenMember, Expected, Keys], Found],
) -> Examined:
    pack = read_pack(stream)
    wanted = expectations(pack.records)
    found = tuple(
        look(member, wanted.get((member.series, member.sha256)) or Expected("", 0), keys)
        for member in pack.members()
    )
    lines = b"".join(record.line + b"\n" for record in pack.records)
    return Examined(
        sha256=digest,
        sealed_bytes=sealed_bytes,
        records=pack.records,
        records_sha256=hashlib.sha256(lines).hexdigest(),
        records_sealed=seal_object(lines, keys.recipients),
        found=found,
    )


def expectations(records: tuple[Record, ...]) -> dict[tuple[str, str], Expected]:
    """(series, digest of the original) → what its bytes must be, by these records.

    The first record that names a copy of an original counts; a second one, of the same bytes
    under another path, names the same copy or none.
    """
    wanted: dict[tuple[str, str], Expected] = {}
    for record in records:
        if record.kind != ITEM:
            continue
        original, copy = record.original, record.copy
        sha256 = original["sha256"]
        wanted.setdefault(("originals", sha256), Expected(sha256, original["size"]))
        if copy is not None:
            wanted.setdefault((COPIES, sha256), Expected(copy["sha256"], copy["size"]))
    return wanted


def _keeping(member: OpenMember, expected: Expected, keys: Keys, take: Take) -> Found:
    data = member.read()
    actual = hashlib.sha256(data).hexdigest()
    sealed = seal_object(data, keys.recipients, take)
    found = _found(member, expected, actual, sealed)
    return replace(found, sealed_digest=hashlib.sha256(sealed).digest())


def _hashing(member: OpenMember, expected: Expected, keys: Keys) -> Found:
    digest = hashlib.sha256()
    for chunk in member.chunks():
        digest.update(chunk)
    return _found(member, expected, digest.hexdigest(), None)


def _found(member: OpenMember, expected: Expected, actual: str, sealed: Sealed | None) -> Found:
    kind = COPY if member.series == COPIES else ORIGINAL
    return Found(kind, member.sha256, expected.sha256, expected.size, actual, member.size, sealed)


def tag_of(found: Found, store: StoreKeys) -> bytes:
    """The tag under which these bytes are kept: that of what they ARE, not of what they claim."""
    return store.tag(found.kind, found.actual)


def records_tag(examined: Examined, store: StoreKeys) -> bytes:
    return store.tag(RECORDS, examined.records_sha256)


# --- streaming -----------------------------------------------------------------------------------


@contextmanager
def opened_stream(file: BufferedReader, identity: Identity) -> Iterator[Reader]:
    """The opened content of an age file as a reader, without holding it.

    Raises CannotOpen when the block ends, if the file was cut or altered: nothing that was read
    may be kept unless the block ended without an error.
    """
    file.seek(0)
    out, into = os.pipe()
    failure: list[AmanaError] = []

    def feed() -> None:
        try:
            unseal_stream(file, _PipeWriter(into), [identity], "a pack")
        except AmanaError as error:
            failure.append(error)
        finally:
            os.close(into)

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    try:
        with os.fdopen(out, "rb", buffering=CHUNK) as reader:
            yield reader
            reader.read(1)
    except AmanaError:
        feeder.join()
        if failure:
            raise failure[0] from None
        raise
    feeder.join()
    if failure:
        raise failure[0]


class _PipeWriter:
    def __init__(self, handle: int) -> None:
        self._handle = handle

    def write(self, data: bytes, /) -> int:
        view = memoryview(data)
        while view:
            view = view[os.write(self._handle, view) :]
        return len(data)

    def flush(self) -> None:
        """A pipe has nothing to flush."""


def keep_streamed(path: Path, keys: Keys, keep: Callable[[OpenMember], None], digest: str) -> None:
    """Second pass over a large pack: hand each member to `keep`. Raises CannotOpen.

    The file is held open and its digest taken again first, so that both passes saw one file.
    """
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != digest:
            raise CannotOpen(what=path.name, reason="it changed while it was read")
        with opened_stream(file, keys.identity) as stream:
            for member in read_pack(stream).members():
                keep(member)
