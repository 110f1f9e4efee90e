"""Sealing: age v1 files to public keys. Whoever holds only this module can open nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pyrage

from amana.errors import BadKey


class Reader(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Writer(Protocol):
    def write(self, data: bytes, /) -> int: ...
    def flush(self) -> None: ...


def check_recipient(text: str) -> str:
    """`text` itself, if it is an age X25519 recipient. Raises BadKey."""
    _recipient(text)
    return text


def seal(data: bytes, recipients: Sequence[str]) -> bytes:
    """`data` as one age file that any one of `recipients` opens. Raises BadKey."""
    sealed: bytes = pyrage.encrypt(data, [_recipient(r) for r in _some(recipients)])
    return sealed


def seal_stream(reader: Reader, writer: Writer, recipients: Sequence[str]) -> None:
    """As `seal`, from a reader to a writer, in chunks of 64 KiB: memory does not grow."""
    pyrage.encrypt_io(reader, writer, [_recipient(r) for r in _some(recipients)])


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
