"""Which disk of the set a medium is, by what lies on it. A label only says so; a digest knows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from amana.disks.layout import BLOCK, disk_of, piece_name, position_of
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
                number = min(numbers - found.numbers or numbers)
                if medium.disk is not None:
                    medium.problems.append(f"its label says disk {medium.disk}; it is {number}")
                medium.disk = number


def _numbers(medium: Medium, stripe: Stripe, head: Head, reader: Reader) -> set[int]:
    """The disks whose piece of `stripe` this may be, judged by the piece's first block. Pieces can
    be alike (any 1 of 2 are copies): what the label says is asked first, and is enough."""
    numbers: set[int] = set()
    for data in _first_blocks(medium, stripe, reader):
        digests: dict[int, bytes] = {}
        for position in _positions(medium, stripe, head):
            piece = stripe.pieces[position]
            length = piece.length(0)
            if length and length not in digests:
                digests[length] = hashlib.sha256(data[:length]).digest()
            if length and digests[length] == piece.digest(0):
                disk = disk_of(position, stripe.number, head.n)
                if disk == medium.disk:
                    return {disk}
                numbers.add(disk)
    return numbers


def _positions(medium: Medium, stripe: Stripe, head: Head) -> list[int]:
    """All positions, that of the medium's own number first."""
    own = position_of(medium.disk, stripe.number, head.n) if medium.disk else 0
    return sorted(range(head.n), key=lambda position: position != own)


def _first_blocks(medium: Medium, stripe: Stripe, reader: Reader) -> Iterator[memoryview]:
    for whole in (True, False):
        data = reader.part(medium.path / piece_name(stripe.number, whole=whole), 0, BLOCK)
        if data:
            yield memoryview(data)
