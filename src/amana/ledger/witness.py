"""Witnesses: others who have seen a head, and cosign only what continues what they saw before.

Cosignatures are C2SP tlog-cosignature (`cosignature/v1`, Ed25519), the exchange is C2SP
tlog-witness (`add-checkpoint`). This module decides on bytes; witness_http.py carries them.

What a witness must do, in this order (each refusal has its HTTP status):
1. parse the request, or 400;
2. know the log by its origin, or 404;
3. find a signature by the log's key under the checkpoint, or 403;
4. refuse an old size above the new one, 400;
5. compare the old size with the last one it cosigned, or 409 with that size;
6. at the same size, compare the roots, or 409: two roots for one size are a fork;
7. verify the consistency proof, or 422;
8. store the new checkpoint durably *before* it signs: a witness that forgets can be rolled back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from amana.core.encoding import b64, unb64
from amana.core.merkle import EMPTY_ROOT, HASH_BYTES
from amana.core.sign import COSIGNATURE, Note, Signature, Signer, Verifier, parse_note
from amana.errors import Malformed, NotProved
from amana.ledger.checkpoint import Checkpoint, open_checkpoint, parse_text
from amana.ledger.verify import continues

MAX_PROOF = 63
_TIME_BYTES, _SIGNATURE_BYTES = 8, 64


@dataclass(frozen=True)
class Cosignature:
    """A verified cosignature: who saw the head as the largest of its ledger, and when (UTC)."""

    witness: str
    time: datetime


def cosigner(signer: Signer) -> Verifier:
    """The public key of a witness: as a vkey it has the signature type 0x04."""
    return replace(signer.verifier, algorithm=COSIGNATURE)


def cosign(text: str, signer: Signer, now: datetime) -> Signature:
    """A cosignature line over a checkpoint's text."""
    seconds = int(now.timestamp())
    data = signer.sign(_message(text, seconds))
    return Signature(
        signer.name, cosigner(signer).key_id, seconds.to_bytes(_TIME_BYTES, "big") + data
    )


def cosignatures(note: str, witnesses: Sequence[Verifier]) -> list[Cosignature]:
    """The cosignatures under `note` by `witnesses`, one each. Others' lines are passed over.

    Raises NotProved where a line by a known witness does not verify, Malformed.
    """
    parsed = parse_note(note)
    found: dict[str, Cosignature] = {}
    for signature in parsed.signatures:
        for witness in witnesses:
            if (witness.name, witness.key_id) == (signature.name, signature.key_id):
                found.setdefault(witness.name, _verified(parsed.text, signature, witness))
    return list(found.values())


def require_witnesses(note: str, witnesses: Sequence[Verifier], quorum: int) -> list[Cosignature]:
    """At least `quorum` of `witnesses` cosigned `note`. Raises NotProved."""
    found = cosignatures(note, witnesses)
    if len(found) < quorum:
        raise NotProved(what="the head", reason=f"{len(found)} witnesses of {quorum} cosigned it")
    return found


def _verified(text: str, signature: Signature, witness: Verifier) -> Cosignature:
    seconds = int.from_bytes(signature.data[:_TIME_BYTES], "big")
    whole = len(signature.data) == _TIME_BYTES + _SIGNATURE_BYTES and seconds < 2**63
    if not whole or not witness.accepts(_message(text, seconds), signature.data[_TIME_BYTES:]):
        raise NotProved(what="the signed note", reason=f"bad cosignature by {witness.name}")
    try:
        return Cosignature(witness.name, datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        raise NotProved(what="the signed note", reason="a cosignature beyond all time") from None


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


# --- the request -----------------------------------------------------------------------------


@dataclass(frozen=True)
class AddCheckpoint:
    """The body of an `add-checkpoint` request."""

    old: int
    proof: tuple[bytes, ...]
    note: str

    def to_bytes(self) -> bytes:
        lines = [f"old {self.old}", *(b64(p) for p in self.proof), "", self.note]
        return "\n".join(lines).encode()


def parse_request(body: bytes) -> AddCheckpoint:
    """Raises Malformed."""
    try:
        head, blank, note = body.decode("utf-8", "strict").partition("\n\n")
    except UnicodeDecodeError:
        raise Malformed(what="add-checkpoint request", reason="not UTF-8") from None
    first, *proof = head.split("\n")
    digits = first.removeprefix("old ")
    good = first.startswith("old ") and digits.isascii() and digits.isdigit() and len(digits) < 20
    if not good or str(int(digits)) != digits or not blank or len(proof) > MAX_PROOF:
        raise Malformed(what="add-checkpoint request", reason="its old size or its proof")
    hashes = tuple(unb64(line, "consistency proof", HASH_BYTES) for line in proof)
    return AddCheckpoint(int(digits), hashes, note)


class Refused(Exception):  # not an AmanaError: it is an answer, sent to the one who asked
    """A witness's refusal: the HTTP status, and for 409 the size that it knows."""

    def __init__(self, status: int, reason: str, size: int | None = None) -> None:
        super().__init__(reason)
        self.status, self.size = status, size


def decide(
    request: AddCheckpoint, logs: Mapping[str, Sequence[Verifier]], last: Checkpoint | None
) -> Checkpoint:
    """The checkpoint that may be cosigned: steps 2 to 7. `last` is the latest cosigned one of
    the same origin. Raises Refused."""
    note = _parsed(request)
    text = parse_text(note.text)
    if text.origin not in logs:
        raise Refused(404, "no such log")
    checkpoint = _signed(request.note, logs[text.origin])
    if request.old > checkpoint.size:
        raise Refused(400, "the old size is above the new one")
    known = last or Checkpoint(checkpoint.origin, 0, EMPTY_ROOT)
    if request.old != known.size:
        raise Refused(409, "another checkpoint was cosigned last", known.size)
    if known.size == checkpoint.size and known.root != checkpoint.root:
        raise Refused(409, "fork: one size, two roots", known.size)
    try:
        continues(checkpoint, known, request.proof)
    except NotProved as error:
        raise Refused(422, error.message) from None
    return checkpoint


def origin_of(request: AddCheckpoint) -> str:
    """The log that a request is about, nothing verified. Raises Refused."""
    return parse_text(_parsed(request).text).origin


def _parsed(request: AddCheckpoint) -> Note:
    try:
        note = parse_note(request.note)
        parse_text(note.text)
    except Malformed as error:
        raise Refused(400, error.message) from None
    return note


def _signed(note: str, keys: Sequence[Verifier]) -> Checkpoint:
    for key in keys:
        try:
            return open_checkpoint(note, key)
        except (NotProved, Malformed):
            continue
    raise Refused(403, "no signature by a trusted key of the log")


def add_signatures(note: str, lines: str, witnesses: Sequence[Verifier]) -> str:
    """`note` with the cosignature lines by `witnesses` among `lines`; others are left out, and a
    newer one replaces the older of the same witness. Raises Malformed, NotProved."""
    parsed, more = parse_note(note), parse_note(parse_note(note).text + "\n" + lines)
    known = {(w.name, w.key_id): w for w in witnesses}
    new = {(s.name, s.key_id): s for s in more.signatures if (s.name, s.key_id) in known}
    for key, signature in new.items():
        _verified(parsed.text, signature, known[key])
    kept = [s for s in parsed.signatures if (s.name, s.key_id) not in new]
    return str(Note(parsed.text, (*kept, *new.values())))
