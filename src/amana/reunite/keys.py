"""The store's own secret: what names objects, and what closes the rows of the catalogue.

Threat: whoever steals the store, or a backup of it, may own the same photographs. A name made with
a plain digest would tell him which of them are here; an HMAC under a secret that only an unlocked
session has tells nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from amana.core.labels import STORE_KEY, STORE_NAME
from amana.core.padding import pad, unpad
from amana.errors import CannotOpen

SECRET_BYTES = 32
TAG_BYTES = 16
_NONCE_BYTES = 12
# Rows are padded, so that the length of a path or of a camera's name does not show.
_ROW_BYTES = 1024

ORIGINAL, COPY, RECORDS = "original", "copy", "records"
READINGS, ARRIVAL = "readings", "arrival"


@dataclass(frozen=True)
class StoreKeys:
    """Keys derived from the store's secret (32 random bytes, itself sealed to the archive)."""

    secret: bytes = field(repr=False)
    _name_key: bytes = field(init=False, repr=False)
    _rows: ChaCha20Poly1305 = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET_BYTES:
            raise CannotOpen(what="the store's key", reason="it has a wrong length")
        object.__setattr__(self, "_name_key", _derive(self.secret, STORE_NAME))
        object.__setattr__(self, "_rows", ChaCha20Poly1305(_derive(self.secret, STORE_KEY)))

    @classmethod
    def generate(cls) -> StoreKeys:
        return cls(os.urandom(SECRET_BYTES))

    def tag(self, kind: str, sha256: str) -> bytes:
        """16 bytes that stand for the bytes with this digest, in this use."""
        message = kind.encode("ascii") + b"\x00" + sha256.encode("ascii")
        return hmac.new(self._name_key, message, hashlib.sha256).digest()[:TAG_BYTES]

    def close_row(self, plain: bytes) -> bytes:
        """`plain` (which holds no line break), padded and sealed with ChaCha20-Poly1305."""
        return self.close_blob(pad(plain, _ROW_BYTES))

    def open_row(self, closed: bytes) -> bytes:
        """Raises CannotOpen."""
        return unpad(self.open_blob(closed))

    def close_blob(self, plain: bytes) -> bytes:
        """Any bytes, sealed as they are: for what has one length anyway."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._rows.encrypt(nonce, plain, None)

    def open_blob(self, closed: bytes) -> bytes:
        """Raises CannotOpen."""
        try:
            return self._rows.decrypt(closed[:_NONCE_BYTES], closed[_NONCE_BYTES:], None)
        except (InvalidTag, ValueError):
            raise CannotOpen(what="a row of the catalogue", reason="it is damaged") from None


def object_name(tag: bytes) -> str:
    """Where an object lies in the store: `ab/cdef…`, 256 folders."""
    text = tag.hex()
    return f"{text[:2]}/{text[2:]}"


def _derive(secret: bytes, label: bytes) -> bytes:
    return hmac.new(secret, label, hashlib.sha256).digest()
