"""The keys of an archive, and the folder that holds them.

archive.json            ArchiveCard: the public keys; whoever makes a kit needs only this
ledger.vkey             the public key of the archive's own ledger (C2SP vkey)
office.age              the ledger's signing key and the key its entries are sealed to,
                        sealed to the archive: whoever unlocks the archive may write in it
mailbox-identity.txt    the low key of the fetching machine: opens envelopes only
archive-identity.txt    the secret key: to be split among trustees, then destroyed
people/                 the public halves of the kits that were given out
ledger/                 the archive's own ledger
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from amana.core.durable import Disk
from amana.core.encoding import b64, canonical, parse, unb64
from amana.core.ids import new_origin
from amana.core.locker import Locker
from amana.core.padding import pad, unpad
from amana.core.seal import seal
from amana.core.sign import SEED_BYTES, Signer, Verifier
from amana.core.unseal import Identity, unseal
from amana.errors import AlreadyThere, NotOurs
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import PublicKit
from amana.ledger.book import Book
from amana.ports import Clock, system_clock

CARD_FILE = "archive.json"
VKEY_FILE = "ledger.vkey"
OFFICE_FILE = "office.age"
MAILBOX_FILE = "mailbox-identity.txt"
IDENTITY_FILE = "archive-identity.txt"
PEOPLE_FOLDER, LEDGER_FOLDER = "people", "ledger"
_OFFICE_BYTES = 1024


@dataclass(frozen=True)
class Office:
    """What an unlocked archive works with: `signer` of its ledger (name = origin), and the
    `locker` that the ledger's entries are sealed to."""

    signer: Signer
    locker: Locker = field(repr=False)


@dataclass(frozen=True)
class ArchiveKeys:
    """The public side of an archive folder; `open_office` gives the rest to who has the key."""

    folder: Path
    card: ArchiveCard
    verifier: Verifier

    @property
    def mailbox(self) -> Identity:
        """The fetching machine's identity. Raises NotOurs, BadKey."""
        return Identity.from_file(_text(self.folder / MAILBOX_FILE, "a mailbox identity"))

    def people(self) -> list[PublicKit]:
        """The public halves of all kits that were given out. Raises Malformed."""
        folder = self.folder / PEOPLE_FOLDER
        paths = sorted(folder.glob("*.json")) if folder.is_dir() else []
        return [PublicKit.from_bytes(path.read_bytes()) for path in paths]

    def register(self, kit: PublicKit, disk: Disk | None = None) -> Path:
        """Keep the public half of a kit: only what registered kits sign is believed."""
        disk = disk or Disk()
        disk.make_folder(self.folder / PEOPLE_FOLDER)
        path = self.folder / PEOPLE_FOLDER / f"{kit.role}-{kit.public.hex()[:16]}.json"
        disk.write_whole(path, kit.to_bytes())
        return path

    def open_office(self, identities: Sequence[Identity]) -> Office:
        """Raises NotOurs, CannotOpen, Malformed."""
        sealed = _bytes(self.folder / OFFICE_FILE, "an archive's office key")
        return _parse_office(unseal(sealed, identities, OFFICE_FILE), self.verifier.name)

    def book(self, office: Office, disk: Disk | None = None, clock: Clock = system_clock) -> Book:
        """The archive's own ledger, its entries sealed to the office."""
        folder = self.folder / LEDGER_FOLDER
        return Book(folder, office.signer, disk=disk, clock=clock, locker=office.locker)


def new_archive(folder: Path, *, disk: Disk | None = None) -> ArchiveKeys:
    """Make an archive's keys in `folder`, which must be new or empty.

    `archive-identity.txt` then holds the secret key in clear, for as long as it takes to split it.
    Raises AlreadyThere, WriteFailed, NoSpace.
    """
    disk = disk or Disk()
    if folder.exists() and any(folder.iterdir()):
        raise AlreadyThere(path=str(folder))
    archive, mailbox = Identity.generate(), Identity.generate()
    card = ArchiveCard((archive.recipient,), mailbox.recipient)
    disk.make_folder(folder)
    signer = write_office(folder, new_origin(), card.recipients, disk).signer
    disk.write_whole(folder / MAILBOX_FILE, mailbox.to_file("opens envelopes only").encode())
    comment = "the archive's secret key: split it among trustees, then destroy this file"
    disk.write_whole(folder / IDENTITY_FILE, archive.to_file(comment).encode())
    disk.write_whole(folder / VKEY_FILE, f"{signer.verifier.vkey}\n".encode())
    disk.write_whole(folder / CARD_FILE, card.to_bytes())
    return ArchiveKeys(folder, card, signer.verifier)


def open_archive(folder: Path) -> ArchiveKeys:
    """The public side of an archive folder. Raises NotOurs, Malformed, BadKey."""
    card = ArchiveCard.from_bytes(_bytes(folder / CARD_FILE, "an archive folder"))
    return ArchiveKeys(folder, card, Verifier.parse(_text(folder / VKEY_FILE, "a ledger key")))


def write_office(folder: Path, origin: str, recipients: Sequence[str], disk: Disk) -> Office:
    """Make a fresh office key for the ledger `origin`, sealed to `recipients`."""
    identity = Identity.generate()
    office = Office(Signer.generate(origin), Locker(identity.text))
    fields = {"v": 1, "seed": b64(office.signer.seed), "locker": identity.text}
    disk.write_whole(folder / OFFICE_FILE, seal(pad(canonical(fields), _OFFICE_BYTES), recipients))
    return office


def _parse_office(plain: bytes, origin: str) -> Office:
    fields = parse(unpad(plain), "office key")
    locker = Identity.from_text(str(fields.get("locker")))
    seed = unb64(fields.get("seed"), "signing key", SEED_BYTES)
    return Office(Signer(origin, seed), Locker(locker.text))


def _bytes(path: Path, expected: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise NotOurs(path=str(path), expected=expected) from None


def _text(path: Path, expected: str) -> str:
    return _bytes(path, expected).decode("utf-8", "replace")
