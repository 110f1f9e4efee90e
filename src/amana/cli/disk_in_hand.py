"""The disk in hand, as a meeting needs it: the digest of its signed note, and the taker's check."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from amana.errors import NotProved, UsageProblem

if TYPE_CHECKING:
    from amana.disks.media import Medium
    from amana.handover.meet import Check, OfferedDisk


def parse_disks(values: list[str]) -> dict[int, Path]:
    """`2=/media/disk` becomes {2: path}; of a folder alone the disk's own label gives the number.

    Raises UsageProblem, NotOurs.
    """
    disks: dict[int, Path] = {}
    for value in values:
        number, equals, place = value.partition("=")
        path = Path(place if equals else value)
        if equals and not number.isdecimal():
            raise UsageProblem(what=f"{value!r} is not of the form NUMBER=FOLDER")
        disks[int(number) if equals else _number(path)] = path
    return disks


def _medium(path: Path) -> Medium:
    from amana.disks.media import open_medium
    from amana.disks.reading import Reader

    return open_medium(path, Reader())


def _number(path: Path) -> int:
    medium = _medium(path)
    if medium.disk is None:
        raise UsageProblem(what=f"the disk {str(path)!r} does not say its number; name it")
    return medium.disk


def note_digests(disks: dict[int, Path]) -> dict[int, bytes]:
    """SHA-256 of each disk's signed note: what the two hands agree to speak of."""
    return {number: hashlib.sha256(_medium(path).note).digest() for number, path in disks.items()}


def set_of(path: Path) -> tuple[str, str]:
    """(set id, verifier key) of the set that this disk is of. Raises NotOurs, NotProved."""
    head = _medium(path).head
    if head is None:
        raise NotProved(what=f"the disk {str(path)!r}", reason="it has no signed note")
    return head.set_id, head.vkey


def checker(disks: dict[int, Path], *, seal: str | None = None, thorough: bool = False) -> Check:
    """The taker's look at each offered disk: is it here, of the card's set, signed, the one that
    the giver speaks of, under the seal that he speaks of. `thorough`: every block is read, too; a
    damaged one is no reason to refuse, because the others of its set mend it, but it is noted."""

    def check(offered: OfferedDisk) -> str:
        from amana.disks.manifest import open_head

        name = f"disk {offered.number}"
        if offered.number not in disks:
            raise NotProved(what=name, reason="it was offered, but is not plugged in here")
        if seal is not None and seal != offered.seal:
            raise NotProved(what=name, reason=f"its seal was said to be {offered.seal!r}")
        medium = _medium(disks[offered.number])
        open_head(medium.note, offered.set_vkey, offered.set_id)
        if medium.disk is not None and medium.disk != offered.number:
            raise NotProved(what=name, reason=f"its label says disk {medium.disk}")
        if offered.manifest and hashlib.sha256(medium.note).digest() != offered.manifest:
            raise NotProved(what=name, reason="its note is not the one that the giver has seen")
        return _read_whole(offered, disks) if thorough else "note signed, blocks not read"

    return check


def _read_whole(offered: OfferedDisk, disks: dict[int, Path]) -> str:
    from amana.disks.check import check as check_disk

    report = check_disk(disks[offered.number], vkey=offered.set_vkey or None, set_id=offered.set_id)
    if report.ok:
        return f"every block read, sound ({report.files} files)"
    return f"damaged: {len(report.damaged)} files, {len(report.problems)} remarks"
