"""Opening age files to X25519 recipients with OpenSSL's ciphers: four times as fast as pyrage.

Belongs to core/unseal.py, and is out of reach of the inside by the same contract. It opens only
what has exactly the plain form; whatever else it is left to pyrage, which also says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.constant_time import bytes_eq

from amana.core.age_format import (
    CHUNK,
    FILE_KEY_BYTES,
    NONCE_BYTES,
    TAG_BYTES,
    VERSION_LINE,
    chunk_nonce,
    header_mac,
    hkdf,
    unraw64,
)
from amana.core.age_x25519 import X25519, X25519_INFO, Room

_MAX_HEADER = 1 << 14
Buffer = bytes | bytearray | memoryview
_LINE = 64
_FIRST = f"-> {X25519} "


def open_x25519(
    sealed: Buffer, secrets: Sequence[bytes], take: Callable[[int], Room] = bytearray
) -> Room | None:
    """The content of an age file, if one of `secrets` (32 bytes each) opens it and every chunk of
    it is authentic up to the last; else None, whatever the reason. It is written into the room that
    `take` gives for so many bytes."""
    head = bytes(sealed[:_MAX_HEADER])
    end = head.find(b"\n---") + 4
    stop = head.find(b"\n", end, end + 64) + 1
    if end < 4 or stop < 1 or not head.startswith(VERSION_LINE):
        return None
    try:
        file_key = _file_key(head[:end], head[end:stop], secrets)
        return None if file_key is None else _payload(sealed, stop, file_key, take)
    except (ValueError, InvalidTag):
        return None


def _file_key(header: bytes, mac: bytes, secrets: Sequence[bytes]) -> bytes | None:
    """Raises ValueError for anything that is not plainly an age header."""
    if mac[:1] != b" " or mac[-1:] != b"\n":
        return None
    for share, wrapped in _stanzas(header.decode("ascii").split("\n")[1:-1]):
        for secret in secrets:
            file_key = _unwrapped(secret, share, wrapped)
            if file_key is None:
                continue
            good = bytes_eq(unraw64(mac[1:-1].decode("ascii")), header_mac(file_key, header))
            return file_key if good else None
    return None


def _stanzas(lines: list[str]) -> Iterator[tuple[bytes, bytes]]:
    """(share, wrapped file key) of each X25519 stanza; others are passed over: rage and pyrage put
    some in that mean nothing. Raises ValueError."""
    at = 0
    while at < len(lines):
        argument, body = lines[at], ""
        while True:
            at += 1
            if at == len(lines):
                raise ValueError("a stanza without an end")
            body += lines[at]
            if len(lines[at]) < _LINE:
                break
        at += 1
        if argument.startswith(_FIRST):
            share, wrapped = unraw64(argument.removeprefix(_FIRST)), unraw64(body)
            if len(share) != 32 or len(wrapped) != FILE_KEY_BYTES + TAG_BYTES:
                raise ValueError("an X25519 stanza of a wrong length")
            yield share, wrapped
        elif not argument.startswith("-> "):
            raise ValueError("a stanza that is none")


def _unwrapped(secret: bytes, share: bytes, wrapped: bytes) -> bytes | None:
    private, public = _pair(secret)
    shared = private.exchange(X25519PublicKey.from_public_bytes(share))
    wrap = hkdf(shared, share + public, X25519_INFO)
    try:
        return ChaCha20Poly1305(wrap).decrypt(bytes(12), wrapped, None)
    except InvalidTag:
        return None


@lru_cache(maxsize=2)
def _pair(secret: bytes) -> tuple[X25519PrivateKey, bytes]:
    private = X25519PrivateKey.from_private_bytes(secret)
    return private, private.public_key().public_bytes_raw()


def _payload(sealed: Buffer, at: int, file_key: bytes, take: Callable[[int], Room]) -> Room | None:
    """Raises InvalidTag, ValueError."""
    nonce = bytes(sealed[at : at + NONCE_BYTES])
    at += NONCE_BYTES
    cipher = ChaCha20Poly1305(hkdf(file_key, nonce, b"payload"))
    with memoryview(sealed) as view:
        chunks = max(1, -(-(len(view) - at) // (CHUNK + TAG_BYTES)))
        size = len(view) - at - chunks * TAG_BYTES
        if size < 0 or (chunks > 1 and size == (chunks - 1) * CHUNK):
            return None  # cut within a chunk, or an empty last one, which age forbids
        opened = take(size)
        with memoryview(opened) as out:
            for counter in range(chunks):
                start = at + counter * (CHUNK + TAG_BYTES)
                chunk = view[start : start + CHUNK + TAG_BYTES]
                place = out[counter * CHUNK : counter * CHUNK + len(chunk) - TAG_BYTES]
                last = counter == chunks - 1
                cipher.decrypt_into(chunk_nonce(counter, last=last), chunk, None, place)
        return opened
