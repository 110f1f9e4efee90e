"""A gateway that does to mail what gateways do: each function takes a message and gives one that
still holds the letter, re-encoded, forwarded or decorated, as the world outside does it."""

from __future__ import annotations

import base64
import email
import email.policy
import random
import re
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from mail_cast import HERE, THERE

FOOTER = (
    b"\r\n-- \r\nTo unsubscribe send a mail to list-leave@example.net\r\nBestRegardsFromAll\r\n"
)


def bare_line_ends(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n")


def doubled_line_ends(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\r\r\n")


def empty_lines_between(raw: bytes) -> bytes:
    """What a server makes of CR CR LF."""
    return raw.replace(b"\r\n", b"\r\n\r\n")


def footer_behind_all(raw: bytes) -> bytes:
    return raw + FOOTER


def footer_inside_the_attachment(raw: bytes) -> bytes:
    at = raw.rindex(b"\r\n--")
    return raw[:at] + b"\r\n" + FOOTER.strip() + raw[at:]


def footer_as_a_part(raw: bytes) -> bytes:
    boundary = boundary_of(raw)
    end = b"--" + boundary + b"--"
    part = b"--" + boundary + b"\r\nContent-Type: text/plain\r\n\r\n" + FOOTER + end
    return raw.replace(end, part)


def rewrapped(width: int) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        head, data = parted(raw)
        text = base64.b64encode(data)
        lines = [text[i : i + width] for i in range(0, len(text), width)]
        return head + b"\r\n".join(lines) + b"\r\n--" + boundary_of(raw) + b"--\r\n"

    change.__name__ = f"rewrapped_{width}"
    return change


def quoted_printable(raw: bytes) -> bytes:
    head, data = parted(raw)
    head = head.replace(b"base64", b"quoted-printable")
    body = b"".join(_escaped(data))
    return head + body + b"\r\n--" + boundary_of(raw) + b"--\r\n"


def _escaped(data: bytes) -> list[bytes]:
    """Every byte as =XX, with soft line breaks: what a binary file is in quoted-printable."""
    text = b"".join(b"=%02X" % byte for byte in data)
    return [text[i : i + 75] + b"=\r\n" for i in range(0, len(text), 75)]


def binary(raw: bytes) -> bytes:
    head, data = parted(raw)
    head = head.replace(b"Transfer-Encoding: base64", b"Transfer-Encoding: binary")
    return head + data + b"\r\n--" + boundary_of(raw) + b"--\r\n"


def renamed_headers(raw: bytes) -> bytes:
    head, _, body = raw.partition(b"\r\n\r\n")
    received = b"Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0300\r\n" * 20
    return received + b"X-Spam-Score: 5\r\nSubject: [list] [SPAM]\r\n" + head + b"\r\n\r\n" + body


def no_structure_at_all(raw: bytes) -> bytes:
    """The headers are lost, and with them the boundary."""
    return raw.partition(b"\r\n\r\n")[2]


def quoted_inline(raw: bytes) -> bytes:
    """Forwarded by a program that quotes the source."""
    quoted = b"\r\n".join(b"> " + line for line in raw.split(b"\r\n"))
    return b"From: x@y.z\r\nSubject: Fwd\r\n\r\nsee below\r\n\r\n" + quoted


def forwarded_as_attachment(raw: bytes) -> bytes:
    outer = _outer()
    outer.add_attachment(email.message_from_bytes(raw, policy=email.policy.default))
    return outer.as_bytes(policy=email.policy.SMTP)


def forwarded_as_a_file(raw: bytes) -> bytes:
    """A .eml file attached as any file: the whole mail once more in base64."""
    outer = _outer()
    outer.add_attachment(raw, maintype="application", subtype="octet-stream", filename="a.eml")
    return outer.as_bytes(policy=email.policy.SMTP)


def forwarded_inline(raw: bytes) -> bytes:
    """The program takes the attachment out and attaches it to the new mail."""
    outer = _outer()
    outer.add_attachment(parted(raw)[1], maintype="application", subtype="zip", filename="x.zip")
    return outer.as_bytes(policy=email.policy.SMTP)


def twice_forwarded(raw: bytes) -> bytes:
    return forwarded_as_attachment(forwarded_as_a_file(raw))


def inside_a_digest(raw: bytes) -> bytes:
    body = b"\r\n--d\r\n\r\n" + raw + b"\r\n--d\r\n\r\nSubject: other\r\n\r\nhi\r\n--d--\r\n"
    return b'MIME-Version: 1.0\r\nContent-Type: multipart/digest; boundary="d"\r\n' + body


def lower_case_names(raw: bytes) -> bytes:
    head, _, body = raw.partition(b"\r\n\r\n")
    return re.sub(rb"(?m)^[A-Za-z-]+:", lambda m: m.group().lower(), head) + b"\r\n\r\n" + body


HARMLESS: list[Callable[[bytes], bytes]] = [
    bare_line_ends,
    doubled_line_ends,
    empty_lines_between,
    footer_behind_all,
    footer_inside_the_attachment,
    footer_as_a_part,
    rewrapped(64),
    rewrapped(998),
    rewrapped(10_000_000),
    quoted_printable,
    binary,
    renamed_headers,
    no_structure_at_all,
    quoted_inline,
    forwarded_as_attachment,
    forwarded_as_a_file,
    forwarded_inline,
    twice_forwarded,
    inside_a_digest,
    lower_case_names,
]


def boundary_of(raw: bytes) -> bytes:
    match = re.search(rb'boundary="([^"]+)"', raw)
    assert match is not None
    return match.group(1)


def parted(raw: bytes) -> tuple[bytes, bytes]:
    """(everything before the attachment's content, the content)."""
    at = raw.rindex(b"\r\n\r\n") + 4
    return raw[:at], base64.b64decode(raw[at : raw.rindex(b"\r\n--")])


def _outer() -> EmailMessage:
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = HERE, THERE, "Fwd: Documents"
    outer.set_content("see attached")
    return outer


class Lossy:
    """An SMTP server between the sender and the mailbox that treats mail as a bad one does: it
    drops, doubles, holds back, reorders, truncates and re-encodes."""

    def __init__(self, deliver: Callable[[bytes], None], seed: int) -> None:
        self.deliver = deliver
        self.dice = random.Random(seed)
        self.held: list[bytes] = []
        self.count = dict.fromkeys(("dropped", "doubled", "held", "truncated", "changed"), 0)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        raw: bytes = envelope.content
        fate = self.dice.random()
        if fate < 0.12:
            self.count["dropped"] += 1
            return "250 of course"
        if fate < 0.16:
            self.count["truncated"] += 1
            self.deliver(raw[: len(raw) // 2] + b"\r\n")
            return "250 of course"
        changed = self.dice.choice(SAFE_ON_THE_WIRE)(raw)
        self.count["changed"] += 1
        if fate < 0.40:
            self.count["held"] += 1
            self.held.append(changed)
            return "250 later"
        self.deliver(changed)
        if fate > 0.90:
            self.count["doubled"] += 1
            self.deliver(changed)
        return "250 of course"

    def release(self) -> None:
        """Deliver what was held back, in another order."""
        held, self.held = self.held, []
        self.dice.shuffle(held)
        for raw in held:
            self.deliver(raw)


_UNSAFE = {"binary", "doubled_line_ends", "rewrapped_10000000", "no_structure_at_all"}
SAFE_ON_THE_WIRE = [change for change in HARMLESS if change.__name__ not in _UNSAFE]
