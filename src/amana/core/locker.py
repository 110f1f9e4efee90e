"""A role's own small secrets, under its passphrase: the vault's state, a kit, a sender's progress.

A locker opens only what was sealed to its own key, so it can stand before the border: it opens
nothing that was sealed to the archive.

The key file is an ordinary age file with a scrypt recipient (C2SP age.md): `age -d key.age` asks
for the passphrase and prints an identity that opens the rest. The scrypt recipient is written here
because pyrage picks a work factor of its own, up to 2**19 and so 512 MiB, more than a poor
machine has; reading is pyrage's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

import pyrage
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from amana.errors import BadKey, CannotOpen, WeakPassphrase, WrongPassphrase

WORK_FACTOR = 18  # log2 of scrypt's N, age's own default: 256 MiB and most of a second
MINIMUM_PASSPHRASE = 8
_MAX_KEY_FILE = 4096


class Locker:
    """Seals to itself, and opens what it sealed."""

    def __init__(self, identity: str) -> None:
        self._identity = pyrage.x25519.Identity.from_str(identity)
        self._recipient = self._identity.to_public()

    def __repr__(self) -> str:
        return "Locker(…)"

    @classmethod
    def create(cls, passphrase: str, work_factor: int = WORK_FACTOR) -> tuple[Locker, bytes]:
        """A new locker and its key file. Raises WeakPassphrase."""
        if len(passphrase) < MINIMUM_PASSPHRASE:
            raise WeakPassphrase(minimum=MINIMUM_PASSPHRASE)
        identity = str(pyrage.x25519.Identity.generate())
        return cls(identity), _seal_scrypt(f"{identity}\n".encode(), passphrase, work_factor)

    @classmethod
    def open(cls, passphrase: str, key_file: bytes, path: str) -> Locker:
        """The locker of a key file. Raises WrongPassphrase, BadKey for what is no key file."""
        if not key_file.startswith(b"age-encryption.org/v1\n-> scrypt ") or (
            len(key_file) > _MAX_KEY_FILE
        ):
            raise BadKey(expected="a key file under a passphrase", reason="it has another form")
        try:
            identity: bytes = pyrage.passphrase.decrypt(key_file, passphrase)
        except (pyrage.DecryptError, ValueError):
            raise WrongPassphrase(path=path) from None
        try:
            return cls(identity.decode("ascii").strip())
        except (pyrage.IdentityError, ValueError):
            raise BadKey(expected="a key file", reason="it holds no identity") from None

    @property
    def recipient(self) -> str:
        """The public half, `age1…`: others seal to it what only this locker's owner opens."""
        return str(self._recipient)

    def seal(self, data: bytes) -> bytes:
        sealed: bytes = pyrage.encrypt(data, [self._recipient])
        return sealed

    def open_own(self, sealed: bytes, what: str) -> bytes:
        """What this locker sealed; `what` names it in errors. Raises CannotOpen."""
        try:
            opened: bytes = pyrage.decrypt(sealed, [self._identity])
        except (pyrage.DecryptError, ValueError) as error:
            raise CannotOpen(what=what, reason=str(error)) from None
        return opened


def _seal_scrypt(plain: bytes, passphrase: str, work_factor: int) -> bytes:
    """One age v1 file with a single scrypt stanza and one STREAM chunk (plain < 64 KiB)."""
    salt, file_key, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
    kdf = Scrypt(b"age-encryption.org/v1/scrypt" + salt, 32, n=1 << work_factor, r=8, p=1)
    wrap = ChaCha20Poly1305(kdf.derive(passphrase.encode("utf-8")))
    body = _unpadded(wrap.encrypt(bytes(12), file_key, None))
    header = f"age-encryption.org/v1\n-> scrypt {_unpadded(salt)} {work_factor}\n{body}\n---"
    mac = hmac.new(_hkdf(file_key, b"", b"header"), header.encode(), hashlib.sha256).digest()
    payload = ChaCha20Poly1305(_hkdf(file_key, nonce, b"payload"))
    chunk = payload.encrypt(bytes(11) + b"\x01", plain, None)
    return f"{header} {_unpadded(mac)}\n".encode() + nonce + chunk


def _hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=salt, info=info).derive(key)


def _unpadded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii").rstrip("=")
