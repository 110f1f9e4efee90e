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
from dataclasses import dataclass, field, replace
from pathlib import Path

from amana.core.durable import Disk
from amana.core.encoding import b64, canonical, parse, unb64, utc
from amana.core.ids import new_origin
from amana.core.locker import Locker
from amana.core.padding import pad, unpad
from amana.core.seal import seal
from amana.core.sign import SEED_BYTES, Signer, Verifier
from amana.core.unseal import Identity, unseal
from amana.errors import AlreadyThere, CannotOpen, NotOurs
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import PublicKit
from amana.ledger.book import Book, Reader
from amana.ledger.checkpoint import Checkpoint
from amana.mail.acknowledge import answer_signer
from amana.ports import Clock, system_clock
from amana.trustees.key_history import KeyEvent, commitment_to, first_event, verify_history

CARD_FILE = "archive.json"
VKEY_FILE = "ledger.vkey"
OFFICE_FILE = "office.age"
MAILBOX_FILE = "mailbox-identity.txt"
IDENTITY_FILE = "archive-identity.txt"
SUCCESSOR_FILE = "successor-identity.txt"
HISTORY_FILE = "keys.jsonl"
# Written before a rotation is committed, renamed after: whichever is the ledger's key counts.
NEXT_OFFICE_FILE = "office.next.age"
PEOPLE_FOLDER, LEDGER_FOLDER = "people", "ledger"
_OFFICE_BYTES = 1024


@dataclass(frozen=True)
class Office:
    """What an unlocked archive works with: `signer` of its ledger (name = origin), the `locker`
    that the ledger's entries are sealed to, and those of before a rotation, which only read."""

    signer: Signer
    locker: Locker = field(repr=False)
    former: tuple[str, ...] = field(default=(), repr=False)
    identity: str = field(default="", repr=False)

    @property
    def lockers(self) -> list[Locker]:
        return [self.locker, *(Locker(text) for text in self.former)]


@dataclass(frozen=True)
class ArchiveKeys:
    """The public side of an archive folder; `open_office` gives the rest to who has the key."""

    folder: Path
    card: ArchiveCard
    verifier: Verifier
    history: tuple[KeyEvent, ...] = ()

    @property
    def retired(self) -> list[tuple[Verifier, Checkpoint]]:
        """Former keys of the ledger, each with the last head that it could sign."""
        pairs = zip(self.history, self.history[1:], strict=False)
        return [(old.ledger, new.retired) for old, new in pairs if new.retired is not None]

    @property
    def fingerprint(self) -> str:
        """The digest of the first event of its keys (64 hex digits): it stands on the trustees'
        sheets, and no rotation changes it."""
        return self.history[0].digest

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
        paths = [self.folder / NEXT_OFFICE_FILE, self.folder / OFFICE_FILE]
        for path in [p for p in paths if p.exists()] or paths[1:]:
            try:
                plain = unseal(_bytes(path, "an archive's office key"), identities, path.name)
            except CannotOpen:
                if path == paths[1]:
                    raise
                continue
            office = _parse_office(plain, self.verifier.name)
            if office.signer.verifier == self.verifier:
                return office
        raise NotOurs(
            path=str(self.folder), expected="an archive whose office key signs its ledger"
        )

    def reader(self) -> Reader:
        """The tree of the archive's own ledger, without its entries: needs no key."""
        return Reader(self.folder / LEDGER_FOLDER, self.verifier, retired=self.retired)

    def book(self, office: Office, disk: Disk | None = None, clock: Clock = system_clock) -> Book:
        """The archive's own ledger, its entries sealed to the office."""
        folder = self.folder / LEDGER_FOLDER
        return Book(
            folder,
            office.signer,
            disk=disk,
            clock=clock,
            lockers=office.lockers,
            retired=self.retired,
        )


def new_archive(
    folder: Path,
    *,
    hybrid: bool = False,
    disk: Disk | None = None,
    clock: Clock = system_clock,
) -> ArchiveKeys:
    """Make an archive's keys in `folder`, which must be new or empty. With `hybrid` they withstand
    a quantum computer, and need age 1.3 or newer to be opened without Amana.

    `archive-identity.txt` and `successor-identity.txt` then hold secrets in clear, for as long as
    it takes to split them. Raises AlreadyThere, WriteFailed, NoSpace.
    """
    disk = disk or Disk()
    if folder.exists() and any(folder.iterdir()):
        raise AlreadyThere(path=str(folder))
    archive, successor = (Identity.generate(hybrid=hybrid) for _ in range(2))
    mailbox = Identity.generate()
    answers = answer_signer(mailbox.secret()).verifier.public
    card = ArchiveCard((archive.recipient,), mailbox.recipient, answers)
    disk.make_folder(folder)
    office = new_office(new_origin())
    write_office(folder / OFFICE_FILE, office, card.recipients, disk)
    event = first_event(archive.recipient, office.signer, commitment_to(successor), utc(clock()))
    for name, content in {
        MAILBOX_FILE: mailbox.to_file("opens envelopes only"),
        IDENTITY_FILE: archive.to_file("the archive's secret key: split it, then destroy this"),
        SUCCESSOR_FILE: successor.to_file("the key after the next rotation: split, destroy"),
        VKEY_FILE: f"{office.signer.verifier.vkey}\n",
        HISTORY_FILE: event.line.decode() + "\n",
    }.items():
        disk.write_whole(folder / name, content.encode())
    disk.write_whole(folder / CARD_FILE, card.to_bytes())
    keys = open_archive(folder)
    keys.book(office, disk, clock).append({"act": "keys-made", "event": event.fields})
    return keys


def open_archive(folder: Path) -> ArchiveKeys:
    """The public side of an archive folder, as the history of its keys has it.

    Raises NotOurs, Malformed, BadKey, NotProved.
    """
    card = ArchiveCard.from_bytes(_bytes(folder / CARD_FILE, "an archive folder"))
    history = verify_history(_bytes(folder / HISTORY_FILE, "an archive folder"))
    now = history[-1]
    # Of an interrupted rotation: the history is what counts.
    former = {event.recipient for event in history}
    recipients = (now.recipient, *(r for r in card.recipients if r not in former))
    return ArchiveKeys(folder, replace(card, recipients=recipients), now.ledger, history)


def new_office(origin: str, former: Sequence[str] = ()) -> Office:
    """Fresh keys to work with; `former` are the identities of lockers before."""
    identity = Identity.generate().text
    return Office(Signer.generate(origin), Locker(identity), tuple(former), identity)


def write_office(path: Path, office: Office, recipients: Sequence[str], disk: Disk) -> None:
    """Seal an office key to the archive. Raises WriteFailed, NoSpace."""
    fields = {
        "v": 1,
        "seed": b64(office.signer.seed),
        "locker": office.identity,
        "former": list(office.former),
    }
    disk.write_whole(path, seal(pad(canonical(fields), _OFFICE_BYTES), recipients))


def _parse_office(plain: bytes, origin: str) -> Office:
    fields = parse(unpad(plain), "office key")
    locker = Identity.from_text(str(fields.get("locker")))
    former = tuple(Identity.from_text(str(text)).text for text in fields.get("former") or [])
    seed = unb64(fields.get("seed"), "signing key", SEED_BYTES)
    return Office(Signer(origin, seed), Locker(locker.text), former, locker.text)


def _bytes(path: Path, expected: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise NotOurs(path=str(path), expected=expected) from None


def _text(path: Path, expected: str) -> str:
    return _bytes(path, expected).decode("utf-8", "replace")
