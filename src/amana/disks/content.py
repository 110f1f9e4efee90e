"""The content file: sealed to the archive, the source's own word for which vault a set carries.

Its text is a signed note: the set's vkey, and the ledger's origin, signed by the source's key under
the name of that ledger. So the archive, once unlocked, knows that a set was made by its source and
not by one who found a vault's packs; nobody on the way learns either. Opening it is `core/unseal`,
which stands where this module must not look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amana.core.seal import seal
from amana.core.sign import Signer, Verifier, open_note, sign_note
from amana.errors import Malformed

_TITLE = "amana.disks/content"
_BYTES = 4096


@dataclass(frozen=True)
class Content:
    """The set's verifier key and the origin of the ledger whose packs it carries."""

    vkey: str
    origin: str


def seal_content(vkey: str, signer: Signer, recipients: Sequence[str]) -> bytes:
    """`signer` is the vault's: the source's key under the name of its ledger. Raises BadKey."""
    note = str(sign_note(f"{_TITLE}\n{vkey}\n{signer.name}\n", [signer]))
    # Empty lines up to one constant length: `age -d` prints it as it is.
    return seal(note.encode("utf-8").ljust(_BYTES, b"\n"), recipients)


def open_content(opened: bytes, source: Verifier) -> Content:
    """From the opened (unsealed) file, as signed by `source`, whose name is the ledger's origin.

    Raises Malformed, NotProved.
    """
    try:
        note = opened.decode("utf-8").rstrip("\n") + "\n"
    except UnicodeDecodeError:
        raise Malformed(what="content of a disk set", reason="not text") from None
    lines = open_note(note, [source]).text.split("\n")
    if len(lines) != 4 or lines[0] != _TITLE or lines[2] != source.name:
        raise Malformed(what="content of a disk set", reason="another form")
    return Content(vkey=lines[1], origin=lines[2])
