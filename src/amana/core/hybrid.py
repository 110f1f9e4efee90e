"""Sealing to hybrid recipients: MLKEM768-X25519 (X-Wing), age's own post-quantum type.

https://c2sp.org/age, section "The MLKEM768-X25519 hybrid post-quantum recipient type". The `age`
command opens these files from version 1.3 on. Written out here because pyrage does not have the
type; the primitives are the `cryptography` package's. See docs/decisions/0101-post-quantum.md.

Threat: what is sealed today is copied today, and opened when the first large quantum computer
runs. A hybrid is as strong as the stronger of its halves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PublicKey, Suite

from amana.core.age_format import (
    CHUNK,
    ENCAPSULATED_BYTES,
    FILE_KEY_BYTES,
    HYBRID,
    HYBRID_INFO,
    HYBRID_PREFIX,
    NONCE_BYTES,
    VERSION_LINE,
    bech32_bytes,
    chunk_nonce,
    header_mac,
    hkdf,
    raw64,
    wrapped,
)
from amana.errors import BadKey

_MLKEM_BYTES, _X25519_BYTES = 1184, 32


@lru_cache(maxsize=1)
def suite() -> Suite:
    """Made on first use: a cryptography built on an old OpenSSL has no ML-KEM, and must not keep
    the classical kind from working."""
    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def is_hybrid(recipient: str) -> bool:
    return recipient.lower().startswith(HYBRID_PREFIX + "1")


@lru_cache(maxsize=16)  # public keys; reading 1,959 letters of Bech32 takes longer than sealing
def parse_hybrid(recipient: str) -> MLKEM768X25519PublicKey:
    """The public key behind `age1pq1…`. Raises BadKey."""
    try:
        data = bech32_bytes(HYBRID_PREFIX, recipient)
        if len(data) != _MLKEM_BYTES + _X25519_BYTES:
            raise ValueError(f"{len(data)} bytes")
        lattice = MLKEM768PublicKey.from_public_bytes(data[:_MLKEM_BYTES])
        curve = X25519PublicKey.from_public_bytes(data[_MLKEM_BYTES:])
    except ValueError as error:
        raise BadKey(expected="a hybrid age recipient", reason=str(error)) from None
    return MLKEM768X25519PublicKey(lattice, curve)


def hybrid_header(recipients: Sequence[str]) -> tuple[bytes, bytes]:
    """(header, file key) of a new age file to `recipients`. Raises BadKey."""
    file_key = os.urandom(FILE_KEY_BYTES)
    stanzas = [_stanza(parse_hybrid(recipient), file_key) for recipient in recipients]
    header = VERSION_LINE + "".join(stanzas).encode("ascii") + b"---"
    return header + f" {raw64(header_mac(file_key, header))}\n".encode(), file_key


def _stanza(public: MLKEM768X25519PublicKey, file_key: bytes) -> str:
    sealed = suite().encrypt(file_key, public, info=HYBRID_INFO)
    share, body = sealed[:ENCAPSULATED_BYTES], sealed[ENCAPSULATED_BYTES:]
    return f"-> {HYBRID} {raw64(share)}\n{wrapped(raw64(body))}"


class HybridWriter:
    """Seals what is written to it, in chunks of 64 KiB, to a plain writer; `finish` ends it."""

    def __init__(self, write: Callable[[bytes], object], recipients: Sequence[str]) -> None:
        self._write = write
        header, file_key = hybrid_header(recipients)
        nonce = os.urandom(NONCE_BYTES)
        self._cipher = ChaCha20Poly1305(hkdf(file_key, nonce, b"payload"))
        self._counter = 0
        self._pending = bytearray()
        self._out(header + nonce)

    def write(self, data: bytes) -> int:
        self._pending += data
        # One chunk is kept back: the last one is marked, and must not be empty behind others.
        while len(self._pending) > CHUNK:
            self._chunk(bytes(self._pending[:CHUNK]), last=False)
            del self._pending[:CHUNK]
        return len(data)

    def finish(self) -> None:
        self._chunk(bytes(self._pending), last=True)

    def _chunk(self, chunk: bytes, *, last: bool) -> None:
        nonce = chunk_nonce(self._counter, last=last)
        self._counter += 1
        self._out(self._cipher.encrypt(nonce, chunk, None))

    def _out(self, data: bytes) -> None:
        self._write(data)
