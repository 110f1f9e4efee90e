"""Sealing whole pieces to X25519 recipients with OpenSSL's ciphers: four times as fast as pyrage.

The same age v1 files (https://c2sp.org/age, "The X25519 recipient type"); `age -d` and pyrage open
them. Only the archive's store is written so, where millions of objects are sealed again and the
speed of the cipher is the speed of receiving. Before the border everything is sealed by pyrage
(core/seal.py). See docs/decisions/0603-how-fast-receiving-is.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from amana.core.age_format import (
    CHUNK,
    FILE_KEY_BYTES,
    NONCE_BYTES,
    TAG_BYTES,
    VERSION_LINE,
    bech32_bytes,
    chunk_nonce,
    header_mac,
    hkdf,
    raw64,
    wrapped,
)
from amana.errors import BadKey

X25519, X25519_PREFIX = "X25519", "age"
X25519_INFO = b"age-encryption.org/v1/X25519"


Room = bytearray | memoryview


def seal_x25519(
    data: bytes | memoryview,
    zeros: int,
    recipients: Sequence[str],
    take: Callable[[int], Room] = bytearray,
) -> Room:
    """`data` and `zeros` zero bytes behind it as one age file to X25519 recipients, written into
    the room that `take` gives for so many bytes.

    Raises BadKey, also for an empty list.
    """
    if not recipients:
        raise BadKey(expected="a list of recipients", reason="it is empty")
    file_key, nonce = os.urandom(FILE_KEY_BYTES), os.urandom(NONCE_BYTES)
    stanzas = "".join(_stanza(recipient, file_key) for recipient in recipients)
    header = VERSION_LINE + stanzas.encode("ascii") + b"---"
    head = header + f" {raw64(header_mac(file_key, header))}\n".encode() + nonce
    total = len(data) + zeros
    chunks = max(1, -(-total // CHUNK))
    sealed = take(len(head) + total + chunks * TAG_BYTES)
    sealed[: len(head)] = head
    cipher = ChaCha20Poly1305(hkdf(file_key, nonce, b"payload"))
    plain, out, at = memoryview(data), memoryview(sealed), len(head)
    for counter in range(chunks):
        start, end = counter * CHUNK, min((counter + 1) * CHUNK, total)
        piece: bytes | memoryview = plain[start:end]
        if end > len(data):  # it reaches into the zeros
            piece = bytes(piece).ljust(end - start, b"\0")
        last = counter == chunks - 1
        size = end - start + TAG_BYTES
        cipher.encrypt_into(chunk_nonce(counter, last=last), piece, None, out[at : at + size])
        at += size
    return sealed


def _stanza(recipient: str, file_key: bytes) -> str:
    public = _public(recipient)
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    try:
        shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise BadKey(expected="an age recipient", reason="a point of low order") from None
    wrap = hkdf(shared, share + public, X25519_INFO)
    body = ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None)
    return f"-> {X25519} {raw64(share)}\n{wrapped(raw64(body))}"


@lru_cache(maxsize=16)
def _public(recipient: str) -> bytes:
    try:
        public = bech32_bytes(X25519_PREFIX, recipient)
        if len(public) != 32:
            raise ValueError(f"{len(public)} bytes")
    except ValueError as error:
        raise BadKey(expected="an age recipient", reason=str(error)) from None
    return public
