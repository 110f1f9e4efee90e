"""Receipts: what two hands sign when a disk passes between them. spec/receipt.md is normative.

Rules, each checked here on bytes alone:
1. A statement names the two one-time keys of its leg, and they differ: no one signs twice.
2. A receipt holds only if both keys signed the very same statement.
3. A half (the taker's signature alone) is a half, and is called so.
4. A statement carries the link of the receipt before it, so that the order cannot be turned.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amana.core import labels
from amana.core.encoding import Json, b64, canonical, has_version, is_utc, parse, unb64
from amana.core.ids import is_id
from amana.core.padding import pad, unpad
from amana.core.seal import seal
from amana.core.sign import PUBLIC_BYTES, SIGNATURE_BYTES, Signer, Verifier
from amana.errors import Malformed, NotProved

VERSION = 1
DISK, PERSON = "disk", "person"
KINDS = (DISK, PERSON)
LINK_BYTES = 32
MAX_DISKS, MAX_NUMBER, MAX_TEXT = 12, 255, 64
# Every sealed receipt has one size, so that the number of disks does not show.
RECEIPT_BYTES = 2048
_STATEMENT = frozenset(
    ("v", "kind", "giver", "taker", "set", "disks", "time", "how", "why", "former", "spent")
)
_DISK = frozenset(("n", "seal", "manifest", "condition"))


@dataclass(frozen=True)
class Receipt:
    """A parsed receipt whose signatures hold. `full`: both hands signed."""

    statement: Json
    giver: bytes
    taker: bytes
    full: bool

    @property
    def link(self) -> bytes:
        return link(self.statement)

    @property
    def disks(self) -> tuple[int, ...]:
        return tuple(int(d["n"]) for d in self.statement["disks"])


def link(statement: Json) -> bytes:
    """What the next statement carries as `former`: SHA-256(label ‖ canonical statement)."""
    return hashlib.sha256(labels.RECEIPT_LINK + canonical(statement)).digest()


def link_of_words(meeting: str, giver: bytes, taker: bytes) -> bytes:
    """What stands for a link after a meeting without devices: both hands and the archive can form
    it from the meeting's id and the words that each said at parting; nobody who was not there."""
    return hashlib.sha256(labels.SPOKEN_CODE + meeting.encode() + giver + taker).digest()


def sign(statement: Json, seed: bytes) -> bytes:
    """One hand's signature (64 bytes) over a complete statement."""
    return Signer("leg", seed).sign(labels.SIGN_RECEIPT + canonical(statement))


def signed_by(statement: Json, public: bytes, signature: bytes) -> bool:
    return Verifier("leg", public).accepts(labels.SIGN_RECEIPT + canonical(statement), signature)


def to_bytes(statement: Json, taker: bytes, giver: bytes | None) -> bytes:
    """A receipt, or a half where `giver` has not signed yet."""
    fields: Json = {"v": VERSION, "statement": statement, "taker": b64(taker)}
    return canonical(fields if giver is None else {**fields, "giver": b64(giver)})


def seal_receipt(receipt: bytes, recipients: Sequence[str]) -> bytes:
    """Sealed to the archive, padded: from here on nobody on the way can read it."""
    return seal(pad(receipt, RECEIPT_BYTES), recipients)


def open_receipt(data: bytes) -> Receipt:
    """A receipt from its bytes, padded or not. Raises Malformed, NotProved."""
    fields = parse(unpad(data) if b"\n" in data else data, "receipt")
    if not has_version(fields, VERSION) or not {"v", "statement", "taker"} <= set(fields):
        raise Malformed(what="receipt", reason="version or fields")
    if set(fields) - {"v", "statement", "taker", "giver"}:
        raise Malformed(what="receipt", reason="a field that is not known")
    statement = check_statement(fields["statement"])
    giver, taker = keys(statement)
    _require_signature(statement, taker, fields["taker"], "taker")
    full = "giver" in fields
    if full:
        _require_signature(statement, giver, fields["giver"], "giver")
    return Receipt(statement, giver, taker, full)


def _require_signature(statement: Json, public: bytes, text: Any, who: str) -> None:
    if not signed_by(statement, public, unb64(text, f"{who}'s signature", SIGNATURE_BYTES)):
        raise NotProved(what="the receipt", reason=f"the {who}'s signature does not hold")


# --- what a statement must be ----------------------------------------------------------------


def keys(statement: Json) -> tuple[bytes, bytes]:
    """(giver's, taker's) public keys. Raises Malformed."""
    giver = unb64(statement.get("giver"), "giver's key", PUBLIC_BYTES)
    taker = unb64(statement.get("taker"), "taker's key", PUBLIC_BYTES)
    if giver == taker:
        # Threat: one side reflected onto itself would make a receipt alone.
        raise Malformed(what="statement", reason="giver and taker are the same key")
    return giver, taker


def check_statement(value: Any, *, draft: bool = False) -> Json:
    """`value`, if it is a statement; a draft has no conditions yet. Raises Malformed."""
    if not isinstance(value, dict) or set(value) != _STATEMENT or value["v"] != VERSION:
        raise Malformed(what="statement", reason="its fields")
    keys(value)
    unb64(value["former"], "former", LINK_BYTES)
    person = value["kind"] == PERSON
    good = (
        value["kind"] in KINDS
        and (value["set"] == "" if person else is_id(value["set"]))
        and is_utc(value["time"])
        and _is_text(value["how"])
        and _is_text(value["why"])
        and _are_spent(value["spent"])
    )
    if not good or not isinstance(value["disks"], list):
        raise Malformed(what="statement", reason="a field's value")
    check_disks(value["disks"], person, draft)
    return value


def check_disks(disks: list[Any], person: bool, draft: bool) -> None:
    """Raises Malformed unless these can be a statement's (or a draft's) disks."""
    if person != (not disks) or len(disks) > MAX_DISKS:
        raise Malformed(what="statement", reason=f"{len(disks)} disks")
    numbers = []
    for disk in disks:
        if not isinstance(disk, dict) or set(disk) != _DISK or not is_disk_number(disk["n"]):
            raise Malformed(what="statement", reason="a disk's fields")
        if disk["manifest"] != "":
            unb64(disk["manifest"], "manifest's digest", LINK_BYTES)
        condition = disk["condition"]
        if not _is_text(disk["seal"]) or (condition != "" if draft else not _is_text(condition)):
            raise Malformed(what="statement", reason="a disk's seal or condition")
        numbers.append(disk["n"])
    if numbers != sorted(set(numbers)):
        raise Malformed(what="statement", reason="disks out of order or twice")


def is_disk_number(value: Any) -> bool:
    return type(value) is int and 1 <= value <= MAX_NUMBER


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_TEXT and value.isprintable()


def _are_spent(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(type(n) is int and 0 <= n <= 9 for n in value)
    )


def completes(statement: Json, draft: Json) -> bool:
    """Whether `statement` is `draft` with the taker's part filled in: conditions, his spent sets.

    Threat: a taker who changes anything else would have the giver sign what he did not offer.
    """
    spent = [draft["spent"][0], statement["spent"][1]]
    disks = [{**d, "condition": ""} for d in statement["disks"]]
    return {**statement, "disks": disks, "spent": [spent[0], 0]} == draft and (
        statement["spent"] == spent
    )
