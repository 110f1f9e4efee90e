"""Ed25519 signatures, and C2SP signed notes (https://c2sp.org/signed-note).

A note is a text of lines, a blank line, and signature lines `— name base64(key id ‖ signature)`;
any Go `sumdb/note` reads it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from amana.errors import BadKey, Malformed, NotProved

SEED_BYTES = PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64
ED25519 = 0x01
COSIGNATURE = 0x04
MAX_NOTE = 1_000_000
MAX_SIGNATURES = 100
_DASH = "\u2014 "


@dataclass(frozen=True)
class Verifier:
    """A public key with a name and an algorithm, as in a C2SP vkey."""

    name: str
    public: bytes
    algorithm: int = ED25519

    def __post_init__(self) -> None:
        if not self.name or any(c.isspace() or c == "+" for c in self.name):
            raise BadKey(expected="a key name", reason="empty, or with a space or a plus sign")
        if len(self.public) != PUBLIC_BYTES:
            raise BadKey(expected="an Ed25519 public key", reason=f"{len(self.public)} bytes")

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """From `name+hash+base64(algorithm ‖ public key)`. Raises BadKey."""
        parts = vkey.strip().split("+", 2)
        try:
            name, key_id, data = (
                parts[0],
                bytes.fromhex(parts[1]),
                base64.b64decode(parts[2], validate=True),
            )
            verifier = cls(name, data[1:], data[0])
        except (IndexError, ValueError, binascii.Error):
            raise BadKey(expected="a verifier key", reason="it does not parse") from None
        if verifier.key_id != key_id or verifier.algorithm not in (ED25519, COSIGNATURE):
            raise BadKey(expected="a verifier key", reason="its hash does not match its key")
        return verifier

    @property
    def vkey(self) -> str:
        data = base64.b64encode(bytes([self.algorithm]) + self.public).decode("ascii")
        return f"{self.name}+{self.key_id.hex()}+{data}"

    @cached_property
    def key_id(self) -> bytes:
        """SHA-256(name ‖ 0x0A ‖ algorithm ‖ public key), its first four bytes."""
        named = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public
        return hashlib.sha256(named).digest()[:4]

    def accepts(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` (64 bytes) is this key's over `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Signer:
    """A secret key (32-byte seed) with a name. The seed never shows in a repr."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str) -> Signer:
        return cls(name, os.urandom(SEED_BYTES))

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        try:
            return Ed25519PrivateKey.from_private_bytes(self.seed)
        except ValueError as error:
            raise BadKey(expected="an Ed25519 seed", reason=str(error)) from None

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self._key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


@dataclass(frozen=True)
class Signature:
    """One signature line of a note: the key's name, its id (4 bytes), the rest."""

    name: str
    key_id: bytes
    data: bytes

    def line(self) -> str:
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.data).decode()}\n"


@dataclass(frozen=True)
class Note:
    """A text that ends in a line break, and the signatures under it, verified or not."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(s.line() for s in self.signatures)


def sign_note(text: str, signers: Sequence[Signer]) -> Note:
    """`text` signed by each of `signers`. Raises Malformed if it cannot be a note's text."""
    _check_text(text)
    message = text.encode("utf-8")
    return Note(text, tuple(Signature(s.name, s.verifier.key_id, s.sign(message)) for s in signers))


def parse_note(data: str) -> Note:
    """Split a note into text and signatures, verifying none. Raises Malformed."""
    text, separator, tail = data.rpartition("\n\n")
    if len(data) > MAX_NOTE or not separator or not tail.endswith("\n"):
        raise Malformed(what="signed note", reason="no blank line before its signatures")
    text += "\n"
    _check_text(text)
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Malformed(what="signed note", reason="too many signatures")
    return Note(text, tuple(_parse_signature(line) for line in lines))


def open_note(data: str, verifiers: Sequence[Verifier]) -> Note:
    """The note, with only the signatures that `verifiers` made.

    Signatures by unknown keys are passed over; one by a known key that does not verify, or two by
    one key, condemn the note, as does the lack of any. Raises Malformed, NotProved.
    """
    note = parse_note(data)
    known = {(v.name, v.key_id): v for v in verifiers if v.algorithm == ED25519}
    good: dict[tuple[str, bytes], Signature] = {}
    for signature in note.signatures:
        key = (signature.name, signature.key_id)
        if key not in known or key in good:
            continue
        if not known[key].accepts(note.text.encode("utf-8"), signature.data):
            raise NotProved(what="the signed note", reason=f"bad signature by {signature.name}")
        good[key] = signature
    if not good:
        raise NotProved(what="the signed note", reason="no signature by a known key")
    return Note(note.text, tuple(good.values()))


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(ord(c) < 0x20 and c != "\n" for c in text):
        raise Malformed(what="signed note", reason="text with control characters or no line end")


def _parse_signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        data = base64.b64decode(encoded.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        data = b""
    plain = name and space and line.startswith(_DASH) and "+" not in name
    if not plain or any(c.isspace() for c in name) or len(data) < 5:
        raise Malformed(what="signed note", reason="a bad signature line")
    return Signature(name, data[:4], data[4:])
