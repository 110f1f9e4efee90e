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
import hashlib
import re
from collections.abc import Iterator
from email.message import Message
from functools import cache

from amana.mail.plan import SMALLEST, sizes

# Lines of base64, perhaps quoted by a forwarding program (">"), perhaps with empty lines between
# them (where CR and LF became two line ends), perhaps not wrapped at all. Each part of a line is
# of other characters than the one before, so nothing is tried twice.
_RUN = re.compile(
    rb"(?:^[> \t]{0,8}[A-Za-z0-9+/]{16,}+={0,2}(?:[ \t]*+\r*+\n)++){3,}+"
    rb"(?:^[> \t]{0,8}[A-Za-z0-9+/]{2,}+={0,2}[ \t]*+\r*+$)?"
    rb"|^[A-Za-z0-9+/]{20000,}+={0,2}",
    re.MULTILINE,
)
_BEGINNING = re.compile(rb"(?:[A-Za-z0-9+/]{16,}+\r?\n?){1,8}")
_ATTACHMENT = re.compile(
    rb"\n\r?\n([A-Za-z0-9+/]{76})(\r?\n)([A-Za-z0-9+/]{76})\r?\n[A-Za-z0-9+/]{76}"
)
_BOUNDARY = re.compile(rb"boundary=\"([^\"\r\n]{1,70})\"", re.IGNORECASE)
_NOT_BASE64 = b"> \t\r\n"
# How much is tolerated behind a letter: a line of a footer that happens to look like base64.
_TRAILING = 96
# Only these need the mail parser, which is slow: a flood of base64 must not get that far.
_ENCODED = re.compile(rb"quoted-printable|binary|8bit|uuencode|x-uue", re.IGNORECASE)
_MAIL = re.compile(rb"content-transfer-encoding|quoted-printable", re.IGNORECASE)
_DEPTH = 3
_PARTS = 200
_MOST = 50


def attachments(raw: bytes) -> Iterator[bytes]:
    """Every attachment in `raw` that has a letter's size, each once; at most 50."""
    yield from _Search().within(raw, _DEPTH)


def glance(head: bytes, size: int) -> bytes | None:
    """The first 64 bytes of the attachment of a message that begins with `head` and has `size`
    bytes, if it has exactly the form and length of a letter as it was sent; else None.

    The length decides: from the first line of the attachment to the end there is room for base64
    of a letter's size, the last boundary, and at most four bytes more. A mail that holds anything
    else besides has such a length once in hundreds, and then only loses this one letter.
    """
    start, boundary = _ATTACHMENT.search(head), _BOUNDARY.search(head)
    if start is None or boundary is None:
        return None
    line_end = len(start.group(2))
    rest = size - start.start(1) - len(boundary.group(1)) - 4 - line_end
    lengths = _encoded_sizes(line_end)
    place = bisect.bisect_right(lengths, rest) - 1
    if place < 0 or rest - lengths[place] > 4:
        return None
    beginning = _decoded(start.group(1) + start.group(3))[:64]
    return None if beginning.isascii() else beginning


@cache
def _encoded_sizes(line_end: int) -> tuple[int, ...]:
    return tuple(-(-size // 3) * 4 + -(-size // 57) * line_end for size in sizes())


def beginnings(raw: bytes) -> list[bytes] | None:
    """The first 64 bytes of everything in `raw` that may be a letter, found without decoding it;
    None where its form is not so plain that nothing can be missed.

    Parts of a mail are separated by empty lines. One that is shorter than the smallest letter holds
    none; one that begins as base64 of no text begins with what a letter would begin with.
    """
    if b"\r\r" in raw or (b"\n\n" in raw and b"\r\n" in raw):
        return None
    sections = raw.split(b"\r\n\r\n" if b"\r\n" in raw else b"\n\n")
    if len(sections) > _MOST:
        return None
    found = []
    for section in sections:
        if len(section) < SMALLEST:
            if _ENCODED.search(section):
                return None
            continue
        start = _BEGINNING.match(section)
        if start is None:
            return None
        beginning = _decoded(start.group().translate(None, _NOT_BASE64))[:64]
        if len(beginning) < 64 or beginning.isascii():
            return None
        found.append(beginning)
    return found


class _Search:
    """One message's: what was found already, by digest."""

    def __init__(self) -> None:
        self._found: set[bytes] = set()

    def within(self, raw: bytes, depth: int) -> Iterator[bytes]:
        before = len(self._found)
        for data in _runs(raw):
            candidate = _trimmed(data)
            if candidate is not None:
                yield from self._new(candidate)
            elif depth > 0 and _MAIL.search(data, 0, 1 << 16):
                yield from self.within(data, depth - 1)
        if len(self._found) == before and depth > 0 and _ENCODED.search(raw):
            for part in _parsed(raw) if len(raw) >= SMALLEST else ():
                candidate = _trimmed(part)
                if candidate is not None:
                    yield from self._new(candidate)
                elif len(part) > SMALLEST and part != raw:
                    yield from self.within(part, depth - 1)

    def _new(self, candidate: bytes) -> Iterator[bytes]:
        digest = hashlib.sha256(candidate).digest()
        if digest not in self._found and len(self._found) < _MOST:
            self._found.add(digest)
            yield candidate


def _runs(raw: bytes) -> Iterator[bytes]:
    """What every run of base64 decodes to."""
    for run in _RUN.finditer(raw):
        text = run.group().translate(None, _NOT_BASE64)
        padding = text.find(b"=")
        yield _decoded(text[:padding] if padding >= 0 else text)


def _decoded(text: bytes) -> bytes:
    whole = text.rstrip(b"=")
    whole = whole[: len(whole) - (len(whole) % 4 == 1)]
    try:
        return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
    except (binascii.Error, ValueError):
        return b""


def _trimmed(data: bytes) -> bytes | None:
    """`data` cut to the letter's size just below its length; None where there is none so near."""
    # Noise does not begin with 64 ASCII signs: that is a mail inside a mail, of whatever length.
    if len(data) < SMALLEST or data[:64].isascii():
        return None
    known = sizes()
    size = known[bisect.bisect_right(known, len(data)) - 1]
    return data[:size] if len(data) - size <= _TRAILING else None


def _parsed(raw: bytes) -> list[bytes]:
    """The parts of a mail, decoded. The parser has met hostile mail for twenty years, and still
    raises odd things: any of them means that there is no letter here."""
    try:
        return list(_parts(email.message_from_bytes(raw, policy=email.policy.compat32)))
    except Exception:
        return []


def _parts(message: Message) -> Iterator[bytes]:
    for number, part in enumerate(message.walk()):
        if number >= _PARTS:
            return
        if not part.is_multipart():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield payload
