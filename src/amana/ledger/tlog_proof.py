"""A proof in one text file that other tools read: https://c2sp.org/tlog-proof.

    c2sp.org/tlog-proof@v1
    index <n>
    <inclusion proof, one base64 hash a line>
    (blank line)
    <the signed checkpoint, cosignatures and all>

What it proves of a record is decided by `verify_proof`; the record's own line is not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amana.core.encoding import b64, unb64
from amana.core.merkle import HASH_BYTES
from amana.core.sign import Verifier
from amana.errors import Malformed, NotProved
from amana.ledger.checkpoint import Checkpoint, open_checkpoint
from amana.ledger.entry import Record
from amana.ledger.verify import included

_FIRST = "c2sp.org/tlog-proof@v1"
MAX_PROOF = 63
MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class TlogProof:
    """The entry's index, its inclusion proof (32-byte hashes), the signed note."""

    index: int
    proof: tuple[bytes, ...]
    note: str

    def __str__(self) -> str:
        hashes = "".join(f"{b64(h)}\n" for h in self.proof)
        return f"{_FIRST}\nindex {self.index}\n{hashes}\n{self.note}"


def parse_proof(text: str) -> TlogProof:
    """Raises Malformed. Extra data is accepted and ignored: nothing vouches for it."""
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if len(text) > MAX_BYTES or lines[0] != _FIRST or not blank:
        raise Malformed(what="proof", reason="not a tlog-proof")
    rest = lines[2:] if lines[1:] and lines[1].startswith("extra ") else lines[1:]
    number = rest[0].removeprefix("index ") if rest else ""
    plain = number.isascii() and number.isdigit() and len(number) < 20
    if not plain or not rest[0].startswith("index ") or str(int(number)) != number:
        raise Malformed(what="proof", reason="its index")
    if len(rest) - 1 > MAX_PROOF:
        raise Malformed(what="proof", reason="too many hashes")
    return TlogProof(int(number), tuple(unb64(x, "proof", HASH_BYTES) for x in rest[1:]), note)


def verify_proof(proof: TlogProof, record: Record, keys: Sequence[Verifier]) -> Checkpoint:
    """That `record` is entry `proof.index` of a ledger whose head one of `keys` signed.

    Raises NotProved, Malformed.
    """
    if record.seq != proof.index:
        raise NotProved(what="the record", reason=f"it says it is entry {record.seq}")
    problem: NotProved | None = None
    for key in keys:
        try:
            checkpoint = open_checkpoint(proof.note, key)
        except NotProved as error:
            problem = error
            continue
        included(record, proof.proof, checkpoint)
        return checkpoint
    raise problem or NotProved(what="the record", reason="no key of a ledger was given")
