"""age files without their telltale lines, for one X25519 recipient.

Threat: every age file begins with `age-encryption.org/v1`, which any filter on the way finds. The
header of a file for one recipient holds three random values (ephemeral share, wrapped file key,
header's MAC: 32 bytes each) between fixed words. The bare form is those 96 bytes and the payload:
noise to a filter, and `to_age` (or ten lines of anything, see spec/letter.md) puts the words back,
so that age itself opens it.

Sealing is written out here, not pyrage's, because pyrage adds a random extra stanza: its sizes
vary, and ours must be a few fixed ones. The construction is C2SP age.md, sections "X25519
recipient stanza" and "Payload"; tests open the result with age and with pyrage.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

import bech32
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from amana.errors import BadKey, Malformed

HEADER_BYTES = 96
NONCE_BYTES = 16
CHUNK, TAG = 65536, 16
_INTRODUCTION = "age-encryption.org/v1\n-> X25519 "
_INFO = b"age-encryption.org/v1/X25519"


def bare_length(plain: int) -> int:
    """The length in bytes of the bare form of `plain` bytes."""
    chunks = max(1, -(-plain // CHUNK))
    return HEADER_BYTES + NONCE_BYTES + plain + TAG * chunks


def plain_length(bare: int) -> int:
    """How many bytes a bare form of exactly `bare` bytes holds. Raises Malformed if none does."""
    chunks = max(1, -(-(bare - HEADER_BYTES - NONCE_BYTES) // (CHUNK + TAG)))
    plain = bare - HEADER_BYTES - NONCE_BYTES - TAG * chunks
    if plain < 0 or bare_length(plain) != bare:
        raise Malformed(what="letter", reason=f"no envelope has {bare} bytes")
    return plain


def seal_bare(plain: bytes, recipient: str) -> bytes:
    """`plain` sealed to one age recipient, in the bare form. Raises BadKey."""
    public = _public(recipient)
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    file_key = os.urandom(16)
    wrap = ChaCha20Poly1305(_hkdf(shared, share + public, _INFO))
    body = wrap.encrypt(bytes(12), file_key, None)
    mac_key = _hkdf(file_key, b"", b"header")
    mac = hmac.new(mac_key, _text(share, body).encode(), hashlib.sha256).digest()
    nonce = os.urandom(NONCE_BYTES)
    payload = _stream(plain, ChaCha20Poly1305(_hkdf(file_key, nonce, b"payload")))
    return b"".join([share, body, mac, nonce, *payload])


def to_age(bare: bytes) -> bytes:
    """The same file as age writes it. Raises Malformed where it is too short to be one."""
    if len(bare) < bare_length(0):
        raise Malformed(what="letter", reason="too short to be sealed")
    share, body, mac = bare[:32], bare[32:64], bare[64:96]
    return f"{_text(share, body)} {_unpadded(mac)}\n".encode() + bare[HEADER_BYTES:]


def _text(share: bytes, body: bytes) -> str:
    return f"{_INTRODUCTION}{_unpadded(share)}\n{_unpadded(body)}\n---"


def _stream(plain: bytes, key: ChaCha20Poly1305) -> list[bytes]:
    """STREAM: chunks of 64 KiB, an 11-byte counter and a flag on the last as nonce."""
    starts = range(0, max(1, len(plain)), CHUNK)
    view = memoryview(plain)
    return [
        key.encrypt(
            number.to_bytes(11, "big") + bytes([start + CHUNK >= len(plain)]),
            view[start : start + CHUNK],
            None,
        )
        for number, start in enumerate(starts)
    ]


def _public(recipient: str) -> bytes:
    prefix, words = bech32.bech32_decode(recipient)
    public = bech32.convertbits(words or [], 5, 8, False)
    if prefix != "age" or public is None or len(public) != 32:
        raise BadKey(expected="an age recipient", reason="it does not parse")
    return bytes(public)


def _hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=salt, info=info).derive(key)


def _unpadded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii").rstrip("=")
