"""Which disk of the set a medium is, by what lies on it. A label only says so; a digest knows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from amana.disks.layout import BLOCK, disk_of, piece_name
from amana.disks.manifest import Head, Stripe
from amana.disks.media import DiskSet, Medium, read_stripes
from amana.disks.reading import Reader

_ENOUGH = 200


def settle_numbers(found: DiskSet, reader: Reader) -> None:
    """Give every medium its number: what its label says, unless its first readable piece belongs
    to another disk. A medium that matches nowhere keeps what its label says, or None."""
    open_questions = list(found.media)
    for stripe in read_stripes(found.head, found.media, reader):
        if not open_questions or stripe.number > _ENOUGH:
            return
        for medium in list(open_questions):
            numbers = _numbers(medium, stripe, found.head, reader)
            if not numbers:
                continue
            open_questions.remove(medium)
            if medium.disk not in numbers:
                # Pieces can be alike (any 1 of 2 are copies): then any free number will do.
                number = min(numbers - found.numbers or numbers)
                if medium.disk is not None:
                    medium.problems.append(f"its label says disk {medium.disk}; it is {number}")
                medium.disk = number


def _numbers(medium: Medium, stripe: Stripe, head: Head, reader: Reader) -> set[int]:
    """The disks whose piece of `stripe` this may be, judged by the piece's first block."""
    numbers: set[int] = set()
    for data in _first_blocks(medium, stripe, reader):
        for position, piece in enumerate(stripe.pieces):
            length = piece.length(0)
            if length and hashlib.sha256(data[:length]).digest() == piece.digest(0):
                numbers.add(disk_of(position, stripe.number, head.n))
    return numbers


def _first_blocks(medium: Medium, stripe: Stripe, reader: Reader) -> Iterator[bytes]:
    for whole in (True, False):
        data = reader.part(medium.path / piece_name(stripe.number, whole=whole), 0, BLOCK)
        if data:
            yield data
