"""A real SMTP server on loopback, and a post that loses, doubles, alters and forges letters.

The server (aiosmtpd) accepts every letter, as a provider does; what reaches the mailbox is another
matter. The mailbox is a folder of `.eml` files, each as it went over the wire.
"""

from __future__ import annotations

import random
import socket
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Mishaps:
    """What the post does on purpose, and how often it did. It loses every fifth letter: 20 %."""

    lose_every: int = 5
    doubled: float = 0.05
    altered: int = 1
    lost: int = 0
    twice: int = 0
    damaged: int = 0
    accepted: int = 0
    names: list[str] = field(default_factory=list)


class LossyPost:
    """`with LossyPost(mailbox, mishaps, seed) as post:` listens on `post.host`, `post.port`."""

    host = "127.0.0.1"

    def __init__(self, mailbox: Path, mishaps: Mishaps, seed: int) -> None:
        self.mailbox = mailbox
        self.mishaps = mishaps
        self._chance = random.Random(seed)  # noqa: S311 - mishaps must be repeatable, not secret
        self.port = _free_port(self.host)
        self._controller = Controller(self, hostname=self.host, port=self.port)

    def __enter__(self) -> LossyPost:
        self.mailbox.mkdir(parents=True, exist_ok=True)
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._controller.stop()

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Accept the letter, and then do with it what posts do."""
        content = envelope.content or b""
        self._deliver(content if isinstance(content, bytes) else content.encode())
        return "250 OK"

    def _deliver(self, letter: bytes) -> None:
        mishaps = self.mishaps
        mishaps.accepted += 1
        if mishaps.accepted % mishaps.lose_every == 0:
            mishaps.lost += 1
            return
        if mishaps.damaged < mishaps.altered and mishaps.accepted > 2:
            mishaps.damaged += 1
            letter = alter(letter)
        self._put(letter)
        if self._chance.random() < mishaps.doubled:
            mishaps.twice += 1
            self._put(letter)

    def _put(self, letter: bytes) -> None:
        """Letters arrive in no order: their names are drawn, not counted."""
        name = f"{self._chance.getrandbits(64):016x}.eml"
        (self.mailbox / name).write_bytes(letter)
        self.mishaps.names.append(name)


def _free_port(host: str) -> int:
    """A port that is free now; aiosmtpd cannot be asked to choose one itself."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def alter(letter: bytes) -> bytes:
    """Change one character of the attachment, as a damaged disk of the provider's would."""
    place = len(letter) * 2 // 3
    while not chr(letter[place]).isalnum():
        place += 1
    changed = b"A" if letter[place : place + 1] != b"A" else b"B"
    return letter[:place] + changed + letter[place + 1 :]
