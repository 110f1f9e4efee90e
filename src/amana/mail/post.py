"""An ordinary mail around a letter: a short text and one attachment with a neutral name.

Threat: headers tell where, when and with what program somebody wrote. These are all that a mail of
ours has: From, To, Subject, Date (UTC), Message-ID (random), MIME-Version, Content-Type; and in its
parts Content-Type, Content-Transfer-Encoding, Content-Disposition. It is composed by hand, because
libraries add marks of their own (Python's boundaries begin with fifteen equal signs).
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import string
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime

from amana.errors import UsageProblem

_LETTERS = string.ascii_letters + string.digits
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}|.{1,64}@localhost"
)
_LINE = 57  # bytes that make a base64 line of 76 characters


@dataclass(frozen=True)
class Cover:
    """What people see of a mail: one of each is taken at random. In `names`, `#` becomes a digit.

    An account file may replace all of it: words that fit the sender are the best cover.
    """

    subjects: tuple[str, ...] = ("Documents",)
    bodies: tuple[str, ...] = ("Hello,\n\nplease find the file attached.\n\nBest wishes\n",)
    names: tuple[str, ...] = ("document-######.dat",)

    def check(self) -> Cover:
        """Itself. Raises UsageProblem where something is empty or would break a header."""
        shown = [*self.subjects, *self.names]
        if not (self.subjects and self.bodies and self.names) or any(
            not text or any(ord(c) < 32 or c in '"\\/' for c in text) for text in shown
        ):
            raise UsageProblem(what="a subject or an attachment's name is empty or has odd signs")
        return self


def check_address(address: str) -> str:
    """`address` itself, if it can stand in a header and an envelope. Raises UsageProblem."""
    plain = address.isascii() and address.isprintable() and not set(address) & set(' "<>()[],:;\\')
    if not plain or not _ADDRESS.fullmatch(address):
        raise UsageProblem(what=f"{address!r} is not a mail address")
    return address


def compose(
    sender: str, recipient: str, attachment: bytes, cover: Cover, now: datetime | None = None
) -> bytes:
    """The whole message, lines ended by CRLF, seven bits throughout. Raises UsageProblem."""
    check_address(sender)
    check_address(recipient)
    boundary = _random(28)
    lines = [
        f"From: {sender}",
        f"To: {recipient}",
        f"Subject: {_words(secrets.choice(cover.subjects))}",
        f"Date: {format_datetime((now or datetime.now(UTC)).astimezone(UTC))}",
        f"Message-ID: <{_random(32)}@{sender.rpartition('@')[2]}>",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
        "",
        f"--{boundary}",
        *_text_part(secrets.choice(cover.bodies)),
        f"--{boundary}",
        *_attachment_head(_name(secrets.choice(cover.names))),
        "",
    ]
    head = "\r\n".join(lines).encode("ascii")
    return b"".join([head, _base64_lines(attachment), f"--{boundary}--\r\n".encode()])


def _text_part(text: str) -> list[str]:
    body = "\r\n".join(text.splitlines()) + "\r\n"
    if text.isascii() and all(len(line) < 78 for line in text.splitlines()):
        return ["Content-Type: text/plain; charset=us-ascii", "", *body.split("\r\n")]
    encoded = base64.encodebytes(body.encode("utf-8")).decode("ascii").split("\n")
    return [
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        *encoded[:-1],
    ]


def _attachment_head(name: str) -> list[str]:
    return [
        f'Content-Type: application/octet-stream; name="{name}"',
        "Content-Transfer-Encoding: base64",
        f'Content-Disposition: attachment; filename="{name}"',
        "",
    ]


def _base64_lines(data: bytes) -> bytes:
    view = memoryview(data)
    lines = [
        binascii.b2a_base64(view[i : i + _LINE], newline=False) for i in range(0, len(data), _LINE)
    ]
    return b"\r\n".join([*lines, b""])


def _words(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8").encode(linesep="\r\n")


def _name(pattern: str) -> str:
    return "".join(secrets.choice(string.digits) if c == "#" else c for c in pattern)


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
