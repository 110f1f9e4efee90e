"""Out of any mail, whatever came of it on the way, the attachments that may be letters.

Bytes in, bytes out; nothing here is trusted, and nothing raises: what is no letter yields nothing.
Two ways, the fast one first:

- Runs of base64 lines anywhere in the raw message. That needs no understanding of its structure,
  and so survives forwarding, footers, broken boundaries, re-wrapped lines and changed line ends.
- Python's own mail parser, for other encodings, and for mails inside mails.

Attachments of ours have one of the sizes in `plan.sizes`: what has another one was cut off, or is
somebody's holiday picture.
"""

from __future__ import annotations

import binascii
import bisect
import email
import email.policy
import re
from collections.abc import Iterator
from email.message import Message

from amana.mail.plan import SMALLEST, sizes

# Lines of base64, perhaps quoted by a forwarding program (">"), perhaps not wrapped at all.
_RUN = re.compile(
    rb"(?:^[> \t]{0,8}[A-Za-z0-9+/]{16,}={0,2}[ \t]*\r*\n){3,}"
    rb"(?:^[> \t]{0,8}[A-Za-z0-9+/]{2,}={0,2}[ \t]*\r*$)?"
    rb"|^[A-Za-z0-9+/]{20000,}={0,2}",
    re.MULTILINE,
)
_NOT_BASE64 = b"> \t\r\n"
_TRAILING = 96  # how much a line of text that looks like base64 may add at the end
_DEPTH = 3
_PARTS = 200


def attachments(raw: bytes) -> Iterator[bytes]:
    """Every attachment in `raw` that has a letter's size, each once."""
    found = False
    for candidate in _runs(raw):
        found = True
        yield candidate
    if not found:
        yield from _parsed(raw, _DEPTH)


def _runs(raw: bytes) -> Iterator[bytes]:
    for run in _RUN.finditer(raw):
        text = run.group().translate(None, _NOT_BASE64)
        padding = text.find(b"=")
        if padding >= 0:
            text = text[: padding + 2]
        candidate = _trimmed(_decoded(text))
        if candidate is not None:
            yield candidate


def _decoded(text: bytes) -> bytes:
    whole = text.rstrip(b"=")
    whole = whole[: len(whole) - (len(whole) % 4 == 1)]
    try:
        return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
    except (binascii.Error, ValueError):
        return b""


def _trimmed(data: bytes) -> bytes | None:
    """`data` cut to the letter's size just below its length; None where there is none so near."""
    if len(data) < SMALLEST:
        return None
    known = sizes()
    size = known[bisect.bisect_right(known, len(data)) - 1]
    return data[:size] if len(data) - size <= _TRAILING else None


def _parsed(raw: bytes, depth: int) -> Iterator[bytes]:
    """By the structure of the mail. The parser has met hostile mail for twenty years, and still
    raises odd things: any of them means that there is no letter here."""
    try:
        parts = list(_parts(email.message_from_bytes(raw, policy=email.policy.compat32)))
    except Exception:
        return
    for part in parts:
        candidate = _trimmed(part)
        if candidate is not None:
            yield candidate
        elif depth > 0 and len(part) > SMALLEST and part != raw:
            yield from attachments(part) if depth == _DEPTH else _parsed(part, depth - 1)


def _parts(message: Message) -> Iterator[bytes]:
    for number, part in enumerate(message.walk()):
        if number >= _PARTS:
            return
        if not part.is_multipart():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield payload
