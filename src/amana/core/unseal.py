"""Opening what was sealed to the archive. The only module that does.

Write-only before the border: import contracts keep this module away from capture, vault, kits,
ledger, mail.send, mail.split, disks.fill and handover, directly and indirectly.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import bech32
import pyrage
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from amana.core.age_format import HYBRID_SECRET_PREFIX
from amana.core.age_x25519 import Room
from amana.core.seal import Pipe, Reader, Writer
from amana.core.unseal_hybrid import (
    Buffered,
    NotOpened,
    hybrid_recipient,
    hybrid_secret,
    hybrid_text,
    is_hybrid_header,
    open_hybrid,
)
from amana.core.unseal_x25519 import open_x25519
from amana.errors import BadKey, CannotOpen

_PREFIX = "age-secret-key-"
SECRET_BYTES = 32


@dataclass(frozen=True)
class Identity:
    """An age identity, X25519 or hybrid: the archive's, or the lower one of its mailbox.

    `text` is the form of age's own identity files, `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`;
    it never shows in a repr.
    """

    text: str = field(repr=False)
    recipient: str

    @classmethod
    def generate(cls, *, hybrid: bool = False) -> Identity:
        if hybrid:
            return cls.from_secret(os.urandom(SECRET_BYTES), hybrid=True)
        return cls.from_text(str(pyrage.x25519.Identity.generate()))

    @classmethod
    def from_text(cls, text: str) -> Identity:
        """From one `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`. Raises BadKey."""
        try:
            if text.strip().lower().startswith(HYBRID_SECRET_PREFIX):
                return cls.from_secret(hybrid_secret(text.strip()), hybrid=True)
            identity = pyrage.x25519.Identity.from_str(text.strip())
        except (pyrage.IdentityError, ValueError):
            raise BadKey(expected="an age identity", reason="it does not parse") from None
        return cls(text=str(identity), recipient=str(identity.to_public()))

    @classmethod
    def from_file(cls, text: str) -> Identity:
        """From an age identity file: the first line that is no comment. Raises BadKey."""
        lines = [x for x in text.splitlines() if x.strip() and not x.startswith("#")]
        if not lines:
            raise BadKey(expected="an age identity file", reason="it holds no identity")
        return cls.from_text(lines[0])

    @classmethod
    def from_secret(cls, secret: bytes, *, hybrid: bool = False) -> Identity:
        """From the 32 bytes behind the text (BIP 173 Bech32, as age writes them)."""
        if hybrid:
            return cls(text=hybrid_text(secret), recipient=hybrid_recipient(secret))
        words = bech32.convertbits(secret, 8, 5) or []
        return cls.from_text(bech32.bech32_encode(_PREFIX, words).upper())

    @property
    def hybrid(self) -> bool:
        """Whether it withstands a quantum computer (core/hybrid.py)."""
        return self.text.lower().startswith(HYBRID_SECRET_PREFIX)

    def secret(self) -> bytes:
        """The 32 bytes, for splitting among trustees."""
        if self.hybrid:
            return hybrid_secret(self.text)
        _, words = bech32.bech32_decode(self.text)
        return bytes(bech32.convertbits(words or [], 5, 8, False) or [])

    def to_file(self, comment: str) -> str:
        """An identity file for `age -i`, with a comment that says what it is."""
        return f"# {comment}\n# public key: {self.recipient}\n{self.text}\n"


def unseal(sealed: bytes, identities: Sequence[Identity], what: str) -> bytes:
    """The content of an age file; `what` names it in errors. Raises CannotOpen."""
    if any(identity.hybrid for identity in identities):
        writer = io.BytesIO()
        unseal_stream(io.BytesIO(sealed), writer, identities, what)
        return writer.getvalue()
    quick = open_x25519(sealed, [_secret(identity) for identity in identities])
    if quick is not None:
        return bytes(quick)
    try:
        opened: bytes = pyrage.decrypt(sealed, _open_keys(identities))
    except (pyrage.DecryptError, ValueError, OSError) as error:
        raise CannotOpen(what=what, reason=str(error)) from None
    return opened


def unseal_view(
    sealed: memoryview,
    identities: Sequence[Identity],
    what: str,
    take: Callable[[int], Room] = bytearray,
) -> bytes | Room:
    """As `unseal`, without copying what is large, into the room that `take` gives where it can.
    Raises CannotOpen."""
    quick = open_x25519(sealed, [_secret(identity) for identity in identities], take)
    return quick if quick is not None else unseal(bytes(sealed), identities, what)


def unseal_stream(
    reader: Reader, writer: Writer, identities: Sequence[Identity], what: str
) -> None:
    """As `unseal`, streamed. Raises CannotOpen, and what `reader` or `writer` raise.

    Chunks are written out before a truncation behind them is found: nothing that was written may
    be trusted or kept unless this function returned.
    """
    secrets = [identity.secret() for identity in identities if identity.hybrid]
    if secrets:
        reader = Buffered(reader)
        header = reader.header()
        if is_hybrid_header(header):
            try:
                return open_hybrid(header, reader, writer, secrets)
            except NotOpened as error:
                raise CannotOpen(what=what, reason=str(error)) from None
        reader.push(header)
    pipe = Pipe(reader, writer)
    try:
        pyrage.decrypt_io(pipe, pipe, _open_keys(identities))
    except (pyrage.DecryptError, ValueError, OSError) as error:
        raise pipe.failure or CannotOpen(what=what, reason=str(error)) from None


def is_for(stanza: bytes, identity: Identity) -> bool:
    """Whether a file whose one X25519 stanza holds `stanza` (32 bytes of ephemeral share, 32 of
    wrapped file key; C2SP age.md, "X25519 recipient stanza") can be opened by `identity`.

    Nothing is opened; it is a quick way to pass over what is not for us, a tenth of a millisecond.
    """
    share, body = stanza[:32], stanza[32:64]
    secret, public = _exchange_key(identity)
    try:
        shared = secret.exchange(X25519PublicKey.from_public_bytes(share))
        salt = share + public
        wrap = HKDF(SHA256(), 32, salt=salt, info=b"age-encryption.org/v1/X25519").derive(shared)
        ChaCha20Poly1305(wrap).decrypt(bytes(12), body, None)
    except (ValueError, InvalidTag):
        return False
    return True


@lru_cache(maxsize=2)
def _secret(identity: Identity) -> bytes:
    """Reading Bech32 takes as long as opening a small file."""
    return identity.secret()


@lru_cache(maxsize=1)
def _exchange_key(identity: Identity) -> tuple[X25519PrivateKey, bytes]:
    secret = X25519PrivateKey.from_private_bytes(identity.secret())
    return secret, secret.public_key().public_bytes_raw()


def _open_keys(identities: Sequence[Identity]) -> list[pyrage.x25519.Identity]:
    return [pyrage.x25519.Identity.from_str(i.text) for i in identities if not i.hybrid]
