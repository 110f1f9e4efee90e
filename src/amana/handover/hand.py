"""A courier's folder: one card, which is rewritten as the meetings go, and receipts on their way.

    card.age       the card and how far it came, sealed to this kit's locker; always one size
    outbox/*.age   receipts sealed to the archive; neutral names, one size

Threat: what has been used up is written over, not kept beside: after a meeting the card holds no
word, place, time or key of it. (A flash disk may keep old blocks; the field guide says so.)
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from amana.core import labels
from amana.core.durable import Disk
from amana.errors import AlreadyThere, NotOurs
from amana.handover.card import Card, Meeting, Progress, parse_card
from amana.handover.machine import Role, Standing
from amana.handover.receipts import link, seal_receipt
from amana.kits.kit import Kit

CARD_FILE, OUTBOX = "card.age", "outbox"
# What travels with the disk fits into one message of the line, whose size is always the same.
MAX_PARCEL_BYTES = 44_000


class Hand:
    """An opened card in its folder. Every change is on the disk when the call returns."""

    def __init__(self, folder: Path, kit: Kit, card: Card, disk: Disk) -> None:
        self.folder, self.kit, self.card, self.disk = folder, kit, card, disk

    @classmethod
    def open(cls, folder: Path, kit: Kit, disk: Disk | None = None) -> Hand:
        """The card in `folder`. Raises NotOurs, CannotOpen, Malformed."""
        disk = disk or Disk()
        try:
            sealed = (folder / CARD_FILE).read_bytes()
        except OSError:
            raise NotOurs(path=str(folder), expected="a folder with a card") from None
        disk.sweep(folder)
        disk.sweep(folder / OUTBOX)
        return cls(folder, kit, parse_card(kit.locker.open_own(sealed, "the card")), disk)

    @classmethod
    def receive(cls, folder: Path, sealed: bytes, kit: Kit, disk: Disk | None = None) -> Hand:
        """Put a card from the planner into `folder`.

        A card there that the new one replaces goes, and its link to what was signed before is
        kept. Raises AlreadyThere for any other, CannotOpen, Malformed, WriteFailed.
        """
        disk = disk or Disk()
        card = parse_card(kit.locker.open_own(sealed, "the card"))
        if (folder / CARD_FILE).exists():
            old = cls.open(folder, kit, disk).card
            if old.route not in card.replaces:
                raise AlreadyThere(path=str(folder / CARD_FILE))
            card = _go_on(card, old)
        disk.make_folder(folder)
        hand = cls(folder, kit, card, disk)
        hand.save(card)
        return hand

    def save(self, card: Card) -> None:
        self.disk.write_whole(self.folder / CARD_FILE, self.kit.locker.seal(card.padded()))
        self.card = card

    # -- one leg ------------------------------------------------------------------------------

    def meeting(self, role: Role) -> Meeting | None:
        return self.card.give if role is Role.GIVER else self.card.take

    def progress(self, role: Role) -> Progress:
        return self.card.giving if role is Role.GIVER else self.card.taking

    def with_leg(self, role: Role, meeting: Meeting | None, progress: Progress) -> Card:
        if role is Role.GIVER:
            return replace(self.card, give=meeting, giving=progress)
        return replace(self.card, take=meeting, taking=progress)

    # -- receipts on their way ----------------------------------------------------------------

    def put_receipt(self, seed: bytes, receipt: bytes) -> Path:
        """Seal a receipt, or the half of one, to the archive. The name depends on this leg's key,
        so that the whole takes the place of the half. Raises NoSpace, WriteFailed."""
        name = hashlib.sha256(labels.RECEIPT_NAME + seed).hexdigest()[:32]
        path = self.folder / OUTBOX / f"{name}.age"
        self.disk.make_folder(path.parent)
        self.disk.write_whole(path, seal_receipt(receipt, self.kit.archive.recipients))
        return path

    def parcel(self) -> list[bytes]:
        """The sealed receipts that travel with the disk: nobody on the way can read them. What
        does not fit stays in the outbox."""
        sealed: list[bytes] = []
        for path in sorted((self.folder / OUTBOX).glob("*.age")):
            data = path.read_bytes()
            if sum(map(len, sealed)) + len(data) <= MAX_PARCEL_BYTES:
                sealed.append(data)
        return sealed

    def put_parcel(self, sealed: list[bytes]) -> None:
        """Keep what the giver passed on, under names that say nothing."""
        for data in sealed:
            name = hashlib.sha256(labels.RECEIPT_NAME + data).hexdigest()[:32]
            path = self.folder / OUTBOX / f"{name}.age"
            self.disk.make_folder(path.parent)
            self.disk.write_whole(path, data)


def _go_on(card: Card, old: Card) -> Card:
    """A new card for one who holds the disks already: it goes on from what he signed for."""
    if card.take is None and old.taking.standing is Standing.HELD:
        return replace(card, former=old.former, taking=old.taking)
    if card.take is None and old.taking.standing is Standing.SIGNED and old.taking.statement:
        # Whether the giver has countersigned will never be known to him; his half is sealed.
        return replace(card, former=link(old.taking.statement))
    return card
