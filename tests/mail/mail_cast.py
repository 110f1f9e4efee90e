"""The cast of the mail tests: an archive, its senders, a folder of packs, mailers that remember."""

from __future__ import annotations

import hashlib
import os
import random
import socket
from dataclasses import dataclass, field
from pathlib import Path

from amana.core.unseal import Identity
from amana.errors import MailRefused
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import Kit, PublicKit, create_kit
from amana.mail.acknowledge import answer_signer

HERE, THERE = "someone@example.org", "elsewhere@example.net"


@dataclass
class Cast:
    """The archive (its mailbox key and its trustees' key), a registered sender, and a stranger who
    knows the archive's public keys but is not registered."""

    mailbox: Identity
    trustees: Identity
    kit: Kit
    stranger: Kit

    @property
    def senders(self) -> list[PublicKit]:
        return [self.kit.public]


def make_cast(folder: Path) -> Cast:
    mailbox, trustees = Identity.generate(), Identity.generate()
    answers = answer_signer(mailbox.secret()).verifier.public
    card = ArchiveCard((trustees.recipient,), mailbox.recipient, answers)
    kits = [
        create_kit(folder / name, "sender", name, card, "three calm words", work_factor=8)
        for name in ("walnut", "stranger")
    ]
    return Cast(mailbox, trustees, *kits)


def make_packs(folder: Path, sizes: list[int], checkpoint: int = 1450) -> list[bytes]:
    """A folder as a sender has it: random bytes stand for sealed packs, which is what they are."""
    (folder / "copies").mkdir(parents=True)
    contents = [os.urandom(size) for size in sizes]
    lines = []
    for number, content in enumerate(contents, 1):
        (folder / "copies" / f"{number:06d}.age").write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        lines.append(f"{digest}  copies/{number:06d}.age\n")
        lines.append(f"{digest}  originals/{number:06d}.age\n")
    (folder / "SHA256SUMS").write_text("".join(lines))
    if checkpoint:
        (folder / "checkpoint.age").write_bytes(os.urandom(checkpoint))
    return contents


@dataclass
class Memory:
    """A Mailer that keeps what it is given; `refuse` lists codes for the next messages."""

    messages: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuse: list[int] = field(default_factory=list)

    def send(self, sender: str, recipient: str, message: bytes) -> None:
        code = self.refuse.pop(0) if self.refuse else 0
        if code:
            raise MailRefused(reason=f"{code} no", code=code)
        self.messages.append(message)
        self.recipients.append(recipient)


def drop(folder: Path, messages: list[bytes], seed: int = 1) -> Path:
    """Lay messages into a folder of .eml files, in a random order."""
    folder.mkdir(exist_ok=True)
    chosen = list(messages)
    random.Random(seed).shuffle(chosen)
    for number, message in enumerate(chosen):
        (folder / f"{number:06d}.eml").write_bytes(message)
    return folder


def arrived(inbox: Path) -> list[bytes]:
    """The packs in an inbox, each checked against its name."""
    packs = []
    for path in sorted((inbox / "packs").glob("*.age")):
        content = path.read_bytes()
        assert hashlib.sha256(content).hexdigest() == path.stem
        packs.append(content)
    return packs


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
