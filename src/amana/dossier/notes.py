"""Signed notes in a dossier, held to the strictest reading: every signature must be by a key that
the sheet names, and verify.

Threat: a note that carries unread lines is a place to smuggle; a signature by "somebody" is a
place to mislead a reader who counts signatures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amana.core.sign import COSIGNATURE, ED25519, SIGNATURE_BYTES, Signature, Verifier, parse_note
from amana.errors import NotProved

_TIME_BYTES = 8


@dataclass(frozen=True)
class OpenedNote:
    """A note's text, which its owner signed; the names of the witnesses whose cosignature holds,
    and of those whose does not."""

    text: str
    witnessed: tuple[str, ...]
    refused: tuple[str, ...]


def open_strictly(data: bytes, own: Verifier, witnesses: Sequence[Verifier] = ()) -> OpenedNote:
    """The note in `data`, signed by `own` and, beside it, by none but `witnesses`.

    Raises Malformed, NotProved.
    """
    try:
        text = data.decode("utf-8", "strict")
    except UnicodeDecodeError:
        raise NotProved(what="the note", reason="it is not UTF-8") from None
    note = parse_note(text)
    if str(note) != text:
        raise NotProved(what="the note", reason="its base64 is not canonical")
    named = {(v.name, v.key_id): v for v in (own, *witnesses)}
    signed = [(s.name, s.key_id) for s in note.signatures]
    if len(set(signed)) != len(signed) or not set(signed) <= set(named):
        raise NotProved(what="the note", reason="signed twice by one key, or by a key not named")
    if (own.name, own.key_id) not in signed:
        raise NotProved(what="the note", reason=f"not signed by {own.name}")
    good: list[str] = []
    refused: list[str] = []
    for signature in note.signatures:
        verifier = named[signature.name, signature.key_id]
        if _holds(note.text.encode("utf-8"), signature, verifier):
            good.append(signature.name)
        elif verifier == own:
            raise NotProved(what="the note", reason=f"bad signature by {own.name}")
        else:
            refused.append(signature.name)
    return OpenedNote(note.text, tuple(n for n in good if n != own.name), tuple(refused))


def _holds(message: bytes, signature: Signature, verifier: Verifier) -> bool:
    data = signature.data
    if verifier.algorithm == COSIGNATURE:
        # C2SP tlog-cosignature: the time is signed with the text, so that neither can be exchanged.
        seconds = int.from_bytes(data[:_TIME_BYTES], "big")
        message = f"cosignature/v1\ntime {seconds}\n".encode() + message
        data = data[_TIME_BYTES:]
    elif verifier.algorithm != ED25519:
        return False
    return len(data) == SIGNATURE_BYTES and verifier.accepts(message, data)
