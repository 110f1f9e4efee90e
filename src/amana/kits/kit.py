"""Kits: a folder with `key.age` (a locker under the role's passphrase) and `kit.age` (sealed to
that locker). Without the passphrase a kit does not say whose it is, nor what for.

The archive keeps of each kit only its public half: role, codename, public key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from amana.core.durable import Disk
from amana.core.encoding import Json, b64, canonical, parse, unb64
from amana.core.locker import WORK_FACTOR, Locker
from amana.core.padding import pad, unpad
from amana.core.seal import check_recipient
from amana.core.sign import PUBLIC_BYTES, SEED_BYTES, Signer, Verifier
from amana.errors import AlreadyThere, Malformed, NotOurs
from amana.kits.archive_card import ArchiveCard

ROLES = ("source", "sender", "courier")
KEY_FILE, KIT_FILE = "key.age", "kit.age"
# Every kit is padded to one size, so that neither a long codename nor a hybrid archive shows.
_KIT_BYTES = 8192


@dataclass(frozen=True)
class Kit:
    """An opened kit. `signer`'s name is the codename."""

    role: str
    codename: str
    signer: Signer
    archive: ArchiveCard
    locker: Locker
    key_file: bytes

    @property
    def public(self) -> PublicKit:
        public = self.signer.verifier.public
        return PublicKit(self.role, self.codename, public, self.locker.recipient)


@dataclass(frozen=True)
class PublicKit:
    """What the archive keeps: how to recognise this role's signatures (Ed25519, 32 bytes), and
    `recipient`, the locker's public age key, to which a courier's cards are sealed ("" where an
    older kit did not give it)."""

    role: str
    codename: str
    public: bytes
    recipient: str = ""

    def verifier(self, name: str | None = None) -> Verifier:
        """The key under its codename, or under the name of a ledger that it signs."""
        return Verifier(name or self.codename, self.public)

    def to_bytes(self) -> bytes:
        fields: Json = {"v": 1, "role": self.role, "codename": self.codename}
        if self.recipient:
            fields["recipient"] = self.recipient
        return canonical({**fields, "public": b64(self.public)}) + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> PublicKit:
        """Raises Malformed, BadKey."""
        fields = parse(data.removesuffix(b"\n"), "public kit")
        recipient = fields.get("recipient", "")
        if recipient != "":
            check_recipient(str(recipient))
        role, codename = fields.get("role"), fields.get("codename")
        if role not in ROLES or not isinstance(codename, str) or not codename:
            raise Malformed(what="public kit", reason="role or codename")
        public = unb64(fields.get("public"), "public key", PUBLIC_BYTES)
        return cls(role, codename, public, recipient)


def create_kit(
    folder: Path,
    role: str,
    codename: str,
    archive: ArchiveCard,
    passphrase: str,
    *,
    disk: Disk | None = None,
    work_factor: int = WORK_FACTOR,
) -> Kit:
    """Write a new kit into `folder`, which must be new or empty.

    Raises AlreadyThere, WeakPassphrase, Malformed, WriteFailed.
    """
    if role not in ROLES:
        raise Malformed(what="kit", reason=f"role {role!r}")
    disk = disk or Disk()
    if folder.exists() and any(folder.iterdir()):
        raise AlreadyThere(path=str(folder))
    locker, key_file = Locker.create(passphrase, work_factor)
    kit = Kit(role, codename, Signer.generate(codename), archive, locker, key_file)
    disk.make_folder(folder)
    disk.write_whole(folder / KEY_FILE, key_file)
    disk.write_whole(folder / KIT_FILE, locker.seal(pad(_fields(kit), _KIT_BYTES)))
    return kit


def open_kit(folder: Path, passphrase: str) -> Kit:
    """Raises NotOurs, WrongPassphrase, CannotOpen, Malformed."""
    try:
        key_file = (folder / KEY_FILE).read_bytes()
        sealed = (folder / KIT_FILE).read_bytes()
    except OSError:
        raise NotOurs(path=str(folder), expected="a kit") from None
    locker = Locker.open(passphrase, key_file, str(folder))
    fields = parse(unpad(locker.open_own(sealed, "the kit")), "kit")
    archive = ArchiveCard.from_bytes(canonical(fields.get("archive") or {}))
    signer = Signer(str(fields.get("codename")), unb64(fields.get("seed"), "seed", SEED_BYTES))
    return Kit(str(fields.get("role")), signer.name, signer, archive, locker, key_file)


def _fields(kit: Kit) -> bytes:
    archive = parse(kit.archive.to_bytes().strip(), "archive card")
    return canonical(
        {
            "v": 1,
            "role": kit.role,
            "codename": kit.codename,
            "seed": b64(kit.signer.seed),
            "archive": archive,
        }
    )


def find_public(kits: Sequence[PublicKit], role: str, public: bytes) -> PublicKit | None:
    """The registered kit of `role` with this public key, or None."""
    return next((k for k in kits if k.role == role and k.public == public), None)
