"""The vault's `checkpoint.age`: the signed head of its ledger, sealed to the archive.

Threat: a tree size is a count, and even its number of digits says something. So the note is
followed by empty lines up to one constant length before it is sealed; `age -d` still prints it.
"""

from __future__ import annotations

from amana.core.seal import seal
from amana.errors import Malformed
from amana.ledger.checkpoint import Checkpoint, sign_checkpoint
from amana.vault.state import State

CHECKPOINT_FILE = "checkpoint.age"
NOTE_BYTES = 1024


def sign_head(state: State) -> str:
    """The signed note over the ledger's head as `state` has it."""
    head = Checkpoint(state.origin, state.frontier.size, state.frontier.root())
    return sign_checkpoint(head, [state.signer])


def seal_checkpoint(state: State) -> bytes:
    """What stands in `checkpoint.age`."""
    return seal(pad_note(sign_head(state)), state.recipients)


def pad_note(note: str) -> bytes:
    """`note` and empty lines, 1,024 bytes in all (or as long as the note, if that is longer)."""
    return note.encode("utf-8").ljust(NOTE_BYTES, b"\n")


def unpad_note(data: bytes) -> str:
    """The note from an opened `checkpoint.age`. Raises Malformed where it is no text."""
    try:
        return data.decode("utf-8").rstrip("\n") + "\n"
    except UnicodeDecodeError:
        raise Malformed(what="checkpoint", reason="not text") from None
