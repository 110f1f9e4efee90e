"""A family's private page: a number and a phrase of seven words tell one of three things.

Threat: somebody guesses, or has the catalogue. A row is found and opened only by what scrypt makes
of number and phrase together; without them it is random bytes, so the catalogue does not say which
family it belongs to, nor what it says. Every question costs the same scrypt and gets the same
answer unless both are right. The result of an enquiry is never here: that is told by a person.

    made   = scrypt(phrase ‖ number, HMAC(archive's secret, FAMILY_SLIP); 2**14, 8, 1), 64 bytes
    tag    = its first 32 bytes, key = its last 32
    sealed = nonce ‖ ChaCha20-Poly1305(key, the state in 16 bytes)
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from amana.core.labels import FAMILY_SLIP
from amana.errors import AmanaError
from amana.handover import words
from amana_archive.families.models import Slip
from amana_archive.lockup.opened import Opened

WORDS = 7  # 48 bits, behind scrypt, a number and a throttle
STATES = ("received", "looking", "call")
_N, _R, _P = 1 << 14, 8, 1
_STATE_BYTES, _NONCE = 16, 12
_STOPS = str.maketrans("،؛.;:", "     ")  # as they stand between words on the sheet
_NOTHING = bytes(_NONCE + _STATE_BYTES + 16)


@dataclass(frozen=True)
class Keys:
    """What finds a row, and what opens it."""

    tag: str
    key: bytes


def draw() -> bytes:
    """A phrase: seven words, one byte each."""
    return words.draw(WORDS)


def spelled(phrase: bytes, language: str) -> str:
    return " ".join(words.spell(phrase, language))


def number_of(text: str) -> int:
    """The number behind `F-000012`, however it is typed; 0 for none."""
    digits = "".join(str(int(c)) for c in text if c.isdecimal())
    return int(digits) if 0 < len(digits) < 16 else 0


def keys_of(opened: Opened, number: int, phrase: bytes) -> Keys:
    return derive(opened.archive.keys.secret, number, phrase)


def derive(secret: bytes, number: int, phrase: bytes) -> Keys:
    """What number and phrase find and open. `secret` is the archive's (32 bytes)."""
    salt = hmac.new(secret, FAMILY_SLIP, hashlib.sha256).digest()
    password = phrase + number.to_bytes(8, "big")
    made = hashlib.scrypt(password, salt=salt, n=_N, r=_R, p=_P, maxmem=1 << 26, dklen=64)
    return Keys(made[:32].hex(), made[32:])


def seal_state(keys: Keys, state: str, nonce: bytes) -> bytes:
    plain = state.encode().ljust(_STATE_BYTES)
    return nonce + ChaCha20Poly1305(keys.key).encrypt(nonce, plain, keys.tag.encode())


def open_state(keys: Keys, sealed: bytes) -> str | None:
    """One of STATES, or None for what these keys did not seal."""
    nonce, body = sealed[:_NONCE], sealed[_NONCE:]
    try:
        plain = ChaCha20Poly1305(keys.key).decrypt(nonce, body, keys.tag.encode())
    except (InvalidTag, ValueError):
        return None
    state = plain.decode("ascii", "replace").rstrip(" ")
    return state if len(plain) == _STATE_BYTES and state in STATES else None


def write(keys: Keys, state: str) -> None:
    """Say `state` on this page from now on."""
    sealed = seal_state(keys, state, secrets.token_bytes(_NONCE))
    Slip.objects.update_or_create(tag=keys.tag, defaults={"sealed": sealed})


def remove(tag: str) -> None:
    Slip.objects.filter(tag=tag).delete()


def ask(opened: Opened, number_text: str, phrase_text: str) -> str | None:
    """One of STATES, or None: wrong, unknown, erased, all the same and after the same work."""
    try:
        phrase = words.check(words.read(phrase_text.translate(_STOPS)), WORDS, "a phrase")
    except AmanaError:
        phrase = bytes(WORDS)  # seven times the same word: never drawn
    keys = keys_of(opened, number_of(number_text), phrase)
    row = Slip.objects.filter(tag=keys.tag).first()
    return open_state(keys, bytes(row.sealed) if row is not None else _NOTHING)
