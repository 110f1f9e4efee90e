"""Sealing: age v1 files to public keys. Whoever holds only this module can open nothing."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Protocol

import pyrage

from amana.core.hybrid import HybridWriter, is_hybrid, parse_hybrid
from amana.errors import BadKey

_PIECE = 1 << 20


class Reader(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Writer(Protocol):
    def write(self, data: bytes, /) -> int: ...
    def flush(self) -> None: ...


def check_recipient(text: str) -> str:
    """`text` itself, if it is an age recipient, X25519 or hybrid. Raises BadKey."""
    if is_hybrid(text):
        parse_hybrid(text)
    else:
        _recipient(text)
    return text


def seal(data: bytes, recipients: Sequence[str]) -> bytes:
    """`data` as one age file that any one of `recipients` opens. Raises BadKey."""
    if _all_hybrid(recipients):
        stream = io.BytesIO()
        writer = HybridWriter(stream.write, recipients)
        writer.write(data)
        writer.finish()
        return stream.getvalue()
    sealed: bytes = pyrage.encrypt(data, [_recipient(r) for r in _some(recipients)])
    return sealed


def seal_stream(reader: Reader, writer: Writer, recipients: Sequence[str]) -> None:
    """As `seal`, from a reader to a writer, in chunks of 64 KiB: memory does not grow.

    What `reader` or `writer` raise is raised, and not pyrage's description of it.
    """
    if _all_hybrid(recipients):
        hybrid = HybridWriter(writer.write, recipients)
        while chunk := reader.read(_PIECE):
            hybrid.write(chunk)
        hybrid.finish()
        writer.flush()
        return
    pipe = Pipe(reader, writer)
    try:
        pyrage.encrypt_io(pipe, pipe, [_recipient(r) for r in _some(recipients)])
    except pyrage.EncryptError:
        raise pipe.failure or OSError("sealing failed") from None


class Pipe:
    """A reader and a writer for pyrage that remember what went wrong in them: a full disk must be
    called a full disk."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader, self._writer = reader, writer
        self.failure: Exception | None = None

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._reader.read(size)
        except Exception as error:
            self.failure = error
            raise

    def write(self, data: bytes, /) -> int:
        try:
            return self._writer.write(data)
        except Exception as error:
            self.failure = error
            raise

    def flush(self) -> None:
        self._writer.flush()


def _all_hybrid(recipients: Sequence[str]) -> bool:
    """Whether all are hybrid. Raises BadKey for a mixture: its classical half would open it all."""
    kinds = {is_hybrid(recipient) for recipient in _some(recipients)}
    if len(kinds) > 1:
        raise BadKey(
            expected="a list of recipients of one kind", reason="hybrid and classical are mixed"
        )
    return kinds == {True}


def _some(recipients: Sequence[str]) -> Sequence[str]:
    if not recipients:
        raise BadKey(expected="a list of recipients", reason="it is empty")
    return recipients


def _recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except (pyrage.RecipientError, ValueError) as error:
        raise BadKey(expected="an age recipient", reason=str(error)) from None


def parse_recipients(text: str) -> tuple[str, ...]:
    """The recipients in a file of the `age -R` form: one a line, `#` begins a comment line.

    Raises BadKey where one is wrong or there is none.
    """
    lines = [line.strip() for line in text.splitlines()]
    return tuple(
        check_recipient(line) for line in _some([x for x in lines if x and not x.startswith("#")])
    )
