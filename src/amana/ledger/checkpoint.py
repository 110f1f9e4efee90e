"""Checkpoints: the head of a ledger as a C2SP tlog-checkpoint in a signed note.

https://c2sp.org/tlog-checkpoint: the note's text is the origin, the tree size in decimal and the
root in base64, one a line; the key's name is the origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amana.core.encoding import b64, unb64
from amana.core.merkle import HASH_BYTES
from amana.core.sign import Signer, Verifier, open_note, parse_note, sign_note
from amana.errors import Malformed

MAX_SIZE = 2**63 - 1


@dataclass(frozen=True)
class Checkpoint:
    """A ledger's origin, its size in entries, and the root of its tree (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64(self.root)}\n"


def sign_checkpoint(checkpoint: Checkpoint, signers: Sequence[Signer]) -> str:
    """The signed note; the first signer is the ledger's own key, whose name is the origin."""
    return str(sign_note(checkpoint.text(), signers))


def parse_checkpoint(note: str) -> Checkpoint:
    """The checkpoint in a note, nothing verified: only to find out whose it claims to be.

    Raises Malformed.
    """
    return parse_text(parse_note(note).text)


def open_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """The checkpoint in a note that `verifier` signed. Raises Malformed, NotProved."""
    checkpoint = parse_text(open_note(note, [verifier]).text)
    if checkpoint.origin != verifier.name:
        raise Malformed(what="checkpoint", reason="its origin is not the name of its key")
    return checkpoint


def parse_text(text: str) -> Checkpoint:
    """The checkpoint in a note's text, without its signatures. Raises Malformed."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0]:
        raise Malformed(what="checkpoint", reason="fewer than three lines")
    size = lines[1]
    number = size.isascii() and size.isdigit() and len(size) <= len(str(MAX_SIZE))
    if not number or str(int(size)) != size or int(size) > MAX_SIZE:
        raise Malformed(what="checkpoint", reason=f"tree size {size[:40]!r}")
    return Checkpoint(lines[0], int(size), unb64(lines[2], "checkpoint's root", HASH_BYTES))
