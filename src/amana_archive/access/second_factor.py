"""One-time codes: TOTP (RFC 6238: SHA-1, six digits, thirty seconds), each of which counts once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
import time
from urllib.parse import quote

SECRET_BYTES = 20
STEP, DIGITS = 30, 6


def new_secret() -> str:
    """A fresh secret in base32, as authenticators take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def code_at(secret: str, step: int) -> str:
    """The code of one step of thirty seconds (RFC 4226 section 5.3)."""
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    at = mac[-1] & 15
    number = struct.unpack(">I", mac[at : at + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def current_step(now: float | None = None) -> int:
    return int((time.time() if now is None else now) // STEP)


def check(secret: str, code: str, last_step: int, now: float | None = None) -> int | None:
    """The step whose code this is, one before and after allowed; None for a wrong or used one."""
    digits = "".join(_western(c) for c in code if not c.isspace())
    step = current_step(now)
    found = None
    for candidate in (step - 1, step, step + 1):
        same = hmac.compare_digest(code_at(secret, candidate).encode(), digits.encode())
        if same and candidate > last_step:
            found = candidate
    return found


def uri(secret: str, login: str) -> str:
    """What the square for authenticators says."""
    return f"otpauth://totp/Amana:{quote(login)}?secret={secret}&issuer=Amana"


def _western(character: str) -> str:
    return str(int(character)) if character.isdecimal() else character
