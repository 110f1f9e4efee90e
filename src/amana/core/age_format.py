"""The age v1 file format (https://c2sp.org/age): what sealing and opening of hybrid files share.

Holds no key and opens nothing.
"""

from __future__ import annotations

import base64
import binascii

import bech32
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK = 64 * 1024
TAG_BYTES = NONCE_BYTES = FILE_KEY_BYTES = 16
VERSION_LINE = b"age-encryption.org/v1\n"
HYBRID = "mlkem768x25519"
HYBRID_INFO = b"age-encryption.org/mlkem768x25519"
HYBRID_PREFIX, HYBRID_SECRET_PREFIX = "age1pq", "age-secret-key-pq-"
ENCAPSULATED_BYTES = 1120
_LINE = 64


def hkdf(key: bytes, salt: bytes | None, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=salt, info=info).derive(key)


def header_mac(file_key: bytes, header: bytes) -> bytes:
    """HMAC-SHA-256 over the header up to and including `---`."""
    mac = HMAC(hkdf(file_key, None, b"header"), SHA256())
    mac.update(header)
    return mac.finalize()


def chunk_nonce(counter: int, *, last: bool) -> bytes:
    return counter.to_bytes(11, "big") + bytes([last])


def raw64(data: bytes) -> str:
    """Base64 without padding, as age writes it."""
    return base64.b64encode(data).decode("ascii").rstrip("=")


def unraw64(text: str) -> bytes:
    """Strict inverse of `raw64`. Raises ValueError."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None
    if raw64(data) != text:
        raise ValueError("not canonical base64")
    return data


def wrapped(text: str) -> str:
    """A stanza's body in lines of 64 columns, the last of which is shorter."""
    return "".join(f"{text[i : i + _LINE]}\n" for i in range(0, len(text) + 1, _LINE))


def bech32_text(prefix: str, data: bytes) -> str:
    """BIP 173 without its limit of length, as age uses it; lower case."""
    words = bech32.convertbits(data, 8, 5) or []
    text: str = bech32.bech32_encode(prefix, words)
    return text


def bech32_bytes(prefix: str, text: str) -> bytes:
    """The data of a Bech32 text, all upper or all lower case. Raises ValueError."""
    lower = text.lower()
    if text not in (lower, text.upper()) or not lower.startswith(prefix + "1"):
        raise ValueError("not Bech32 of this kind")
    words = [bech32.CHARSET.find(c) for c in lower[len(prefix) + 1 :]]
    if -1 in words or len(words) < 6 or not bech32.bech32_verify_checksum(prefix, words):
        raise ValueError("its checksum does not fit")
    data = bech32.convertbits(words[:-6], 5, 8, False)
    if data is None:
        raise ValueError("stray bits at its end")
    return bytes(data)
