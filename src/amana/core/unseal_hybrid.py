"""Opening hybrid age files (see hybrid.py). Belongs to core/unseal.py, and is out of reach of the
inside by the same contract."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

from amana.core.age_format import (
    CHUNK,
    ENCAPSULATED_BYTES,
    FILE_KEY_BYTES,
    HYBRID,
    HYBRID_INFO,
    HYBRID_PREFIX,
    HYBRID_SECRET_PREFIX,
    NONCE_BYTES,
    TAG_BYTES,
    VERSION_LINE,
    bech32_bytes,
    bech32_text,
    chunk_nonce,
    header_mac,
    hkdf,
    unraw64,
)
from amana.core.hybrid import suite
from amana.core.seal import Reader, Writer

SECRET_BYTES = 32
_SEED_BYTES = 64  # of ML-KEM, of the 96 that the secret is expanded to
MAX_HEADER = 1 << 16


class NotOpened(Exception):  # turned into CannotOpen by unseal.py, which knows what it was
    """Why a hybrid file does not open."""


def hybrid_secret(text: str) -> bytes:
    """The 32 bytes behind `AGE-SECRET-KEY-PQ-1…`. Raises ValueError."""
    secret = bech32_bytes(HYBRID_SECRET_PREFIX, text)
    if len(secret) != SECRET_BYTES:
        raise ValueError("it has a wrong length")
    return secret


def hybrid_text(secret: bytes) -> str:
    return bech32_text(HYBRID_SECRET_PREFIX, secret).upper()


def hybrid_recipient(secret: bytes) -> str:
    """`age1pq1…` of a secret."""
    lattice, curve = _expand(secret)
    public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return bech32_text(HYBRID_PREFIX, public)


def _expand(secret: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    """X-Wing's expansion (draft-connolly-cfrg-xwing-kem): SHAKE-256 to 96 bytes."""
    seed = hashlib.shake_256(secret).digest(96)
    curve = X25519PrivateKey.from_private_bytes(seed[_SEED_BYTES:])
    return MLKEM768PrivateKey.from_seed_bytes(seed[:_SEED_BYTES]), curve


class Buffered:
    """A reader that can look at the beginning of a file and give it back."""

    def __init__(self, reader: Reader) -> None:
        self._reader, self._held = reader, b""

    def read(self, size: int = -1, /) -> bytes:
        if self._held:
            size = len(self._held) if size < 0 else size
            data, self._held = self._held[:size], self._held[size:]
            return data
        return self._reader.read(size)

    def exactly(self, size: int) -> bytes:
        """`size` bytes, fewer only at the end."""
        parts = []
        while size > 0 and (data := self.read(size)):
            parts.append(data)
            size -= len(data)
        return b"".join(parts)

    def push(self, data: bytes) -> None:
        self._held = data + self._held

    def header(self) -> bytes:
        """The header of an age file, through the line break after its MAC; what does not look like
        one is given back whole, so that pyrage says what is wrong. Then b""."""
        data = self.exactly(1024)
        while (end := data.find(b"\n---")) < 0 or data.find(b"\n", end + 1) < 0:
            more = self.exactly(4096)
            if not more or len(data) > MAX_HEADER:
                self.push(data + more)
                return b""
            data += more
        stop = data.find(b"\n", end + 1) + 1
        self.push(data[stop:])
        return data[:stop]


def is_hybrid_header(header: bytes) -> bool:
    return header.startswith(VERSION_LINE) and f"\n-> {HYBRID} ".encode() in header


def open_hybrid(header: bytes, rest: Buffered, writer: Writer, secrets: Sequence[bytes]) -> None:
    """Write the content of a hybrid file to `writer`. Raises NotOpened.

    Chunks are written out as they are verified: trust nothing before this returned.
    """
    try:
        file_key = _file_key(header, secrets)
    except ValueError as error:
        raise NotOpened(str(error)) from None
    nonce = rest.exactly(NONCE_BYTES)
    if len(nonce) != NONCE_BYTES:
        raise NotOpened("it is cut off")
    cipher = ChaCha20Poly1305(hkdf(file_key, nonce, b"payload"))
    for counter, (chunk, last) in enumerate(_chunks(rest)):
        try:
            plain = cipher.decrypt(chunk_nonce(counter, last=last), chunk, None)
        except InvalidTag:
            raise NotOpened("it is damaged or cut off") from None
        if last and counter and not plain:
            raise NotOpened("its last chunk is empty")
        writer.write(plain)


def _chunks(reader: Buffered) -> Iterator[tuple[bytes, bool]]:
    chunk = reader.exactly(CHUNK + TAG_BYTES)
    while True:
        following = reader.exactly(CHUNK + TAG_BYTES)
        yield chunk, not following
        if not following:
            return
        chunk = following


def _file_key(header: bytes, secrets: Sequence[bytes]) -> bytes:
    text, _, mac = header[:-1].rpartition(b" ")
    for share, body in _stanzas(text.decode("ascii")):
        for secret in secrets:
            file_key = _try(share + body, secret)
            if file_key is None:
                continue
            if not bytes_eq(unraw64(mac.decode("ascii")), header_mac(file_key, text)):
                raise ValueError("its header was changed")
            return file_key
    raise ValueError("it is sealed to another key")


def _try(sealed: bytes, secret: bytes) -> bytes | None:
    lattice, curve = _expand(secret)
    try:
        file_key: bytes = suite().decrypt(
            sealed, MLKEM768X25519PrivateKey(lattice, curve), info=HYBRID_INFO
        )
    except (InvalidTag, ValueError):
        return None
    return file_key if len(file_key) == FILE_KEY_BYTES else None


def _stanzas(header: str) -> Iterator[tuple[bytes, bytes]]:
    """(encapsulated key, body) of each hybrid stanza; others are passed over. Raises ValueError."""
    lines = header.split("\n")
    if lines[-1] != "---":
        raise ValueError("its header has no end")
    at = 1
    while at < len(lines) - 1:
        arguments = lines[at].split(" ")
        body: list[str] = []
        at += 1
        while True:
            body.append(lines[at])
            at += 1
            if len(body[-1]) < 64:
                break
        if arguments[0] != "->" or any(len(x) > 64 for x in body):
            raise ValueError("a stanza that is none")
        if arguments[1:2] == [HYBRID]:
            yield _parsed(arguments, "".join(body))


def _parsed(arguments: list[str], body: str) -> tuple[bytes, bytes]:
    if len(arguments) != 3:
        raise ValueError("a hybrid stanza with too few or too many arguments")
    share, sealed = unraw64(arguments[2]), unraw64(body)
    if len(share) != ENCAPSULATED_BYTES or len(sealed) != FILE_KEY_BYTES + TAG_BYTES:
        raise ValueError("a hybrid stanza of a wrong length")
    return share, sealed
