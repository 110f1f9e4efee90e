"""Which keys an archive had, and who was allowed to name the next ones. Bytes in, verdict out.

`keys.jsonl` is public: one event a line. The first says which keys the archive began with; each
later one retires the keys before it. The rules:

1. Every event commits to its successor: `next` is a digest of the public keys that may follow. The
   secret behind them was split among the trustees when the event was made, and has never been on
   a machine that works.
2. A rotation is valid only if it reveals exactly those keys, and the successor's key signed it.
   So whoever stole today's keys, all of them, cannot name a key of his own: he does not have the
   secret behind the digest, and trustees do not bring those shares until keys are rotated.
3. Each event names the one before it by digest: none can be left out, or swapped.
4. A rotation says where the ledger stood: what the retired key signs beyond that is no head of it.
5. The first event is believed because it is known: its digest stands on the trustees' sheets.

The idea is that of pre-rotation in KERI (draft-ssmith-keri) and of TUF's root role.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from amana.core.encoding import Json, b64, canonical, is_utc, parse, unb64
from amana.core.ids import is_sha256
from amana.core.labels import SIGN_KEY_EVENT, SUCCESSOR_DIGEST, SUCCESSOR_SEED
from amana.core.merkle import HASH_BYTES
from amana.core.seal import check_recipient
from amana.core.sign import PUBLIC_BYTES, SIGNATURE_BYTES, Signer, Verifier
from amana.core.unseal import Identity
from amana.errors import Malformed, NotProved
from amana.ledger.checkpoint import Checkpoint

MADE, ROTATED = "made", "rotated"
MAX_HISTORY = 1 << 20


@dataclass(frozen=True)
class KeyEvent:
    """One line. `recipient` opens packs, `ledger` signs heads; `next` commits to who may follow.
    `retired` is where the ledger stood when the keys before these ended."""

    line: bytes
    fields: Json

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.line).hexdigest()

    @property
    def recipient(self) -> str:
        return str(self.fields["recipient"])

    @property
    def ledger(self) -> Verifier:
        return Verifier.parse(str(self.fields["ledger"]))

    @property
    def retired(self) -> Checkpoint | None:
        at = self.fields.get("retired")
        if at is None:
            return None
        return Checkpoint(self.ledger.name, at["size"], unb64(at["root"], "root", HASH_BYTES))


def successor_signer(secret: Identity) -> Signer:
    """The key that signs a rotation, derived from the successor's secret."""
    hkdf = HKDF(SHA256(), 32, salt=None, info=SUCCESSOR_SEED)
    return Signer("successor", hkdf.derive(secret.secret()))


def commitment(public: bytes, recipient: str) -> str:
    """What an event says of its successor: a digest of both public keys, as 64 hex digits."""
    return hashlib.sha256(SUCCESSOR_DIGEST + public + recipient.encode("ascii")).hexdigest()


def commitment_to(secret: Identity) -> str:
    return commitment(successor_signer(secret).verifier.public, secret.recipient)


def first_event(recipient: str, ledger: Signer, following: str, time: str) -> KeyEvent:
    """The event that an archive begins with, signed by its ledger's key."""
    fields = {"v": 1, "kind": MADE, "time": time, "recipient": recipient, "next": following}
    return _signed({**fields, "ledger": ledger.verifier.vkey}, ledger)


def rotation(
    before: KeyEvent,
    successor: Identity,
    ledger: Verifier,
    following: str,
    retired: Checkpoint,
    *,
    time: str,
    reason: str,
) -> KeyEvent:
    """The event that retires the keys of `before`, signed by the successor it commits to."""
    signer = successor_signer(successor)
    fields: Json = {
        "v": 1,
        "kind": ROTATED,
        "time": time,
        "reason": reason,
        "previous": before.digest,
        "recipient": successor.recipient,
        "successor": b64(signer.verifier.public),
        "ledger": ledger.vkey,
        "next": following,
        "retired": {"size": retired.size, "root": b64(retired.root)},
    }
    return _signed(fields, signer)


def _signed(fields: Json, signer: Signer) -> KeyEvent:
    signature = signer.sign(SIGN_KEY_EVENT + canonical(fields))
    full = {**fields, "signature": b64(signature)}
    return KeyEvent(canonical(full), full)


# --- reading ---------------------------------------------------------------------------------


def verify_history(data: bytes, first_digest: str | None = None) -> tuple[KeyEvent, ...]:
    """All events of a `keys.jsonl`, the last of which holds today.

    `first_digest` is what a trustee's sheet says of the first event; without it the first event is
    taken on trust. Raises Malformed, NotProved.
    """
    if len(data) > MAX_HISTORY or not data.endswith(b"\n"):
        raise Malformed(what="key history", reason="too long, or its last line is cut")
    events: list[KeyEvent] = []
    for line in data[:-1].split(b"\n"):
        event = parse_event(line)
        if not events:
            _check_first(event, first_digest)
        else:
            check_rotation(event, events[-1])
        events.append(event)
    return tuple(events)


def parse_event(line: bytes) -> KeyEvent:
    """Raises Malformed, BadKey."""
    fields = parse(line, "key event")
    good = fields.get("v") == 1 and is_utc(fields.get("time")) and is_sha256(fields.get("next"))
    if not good or fields.get("kind") not in (MADE, ROTATED):
        raise Malformed(what="key event", reason="version, kind, time or successor's digest")
    check_recipient(str(fields.get("recipient")))
    Verifier.parse(str(fields.get("ledger")))
    unb64(fields.get("signature"), "signature", SIGNATURE_BYTES)
    if fields["kind"] == ROTATED:
        _check_rotated_fields(fields)
    return KeyEvent(line, fields)


def _check_rotated_fields(fields: Json) -> None:
    unb64(fields.get("successor"), "successor's key", PUBLIC_BYTES)
    retired = fields.get("retired")
    if not is_sha256(fields.get("previous")) or not isinstance(fields.get("reason"), str):
        raise Malformed(what="key event", reason="what it follows, or why")
    if not isinstance(retired, dict) or type(retired.get("size")) is not int:
        raise Malformed(what="key event", reason="where the ledger stood")
    unb64(retired.get("root"), "root", HASH_BYTES)


def _check_first(event: KeyEvent, first_digest: str | None) -> None:
    if event.fields["kind"] != MADE:
        raise NotProved(what="the archive's keys", reason="their history has no beginning")
    if first_digest is not None and event.digest != first_digest:
        raise NotProved(what="the archive's keys", reason="they began as another archive's")
    _check_signature(event, event.ledger)


def check_rotation(event: KeyEvent, before: KeyEvent) -> None:
    """That `event` may follow `before`. Raises NotProved."""
    what = "a change of the archive's keys"
    if event.fields["kind"] != ROTATED or event.fields["previous"] != before.digest:
        raise NotProved(what=what, reason="it does not follow the event before it")
    if event.ledger.name != before.ledger.name:
        raise NotProved(what=what, reason="it is of another ledger")
    public = unb64(event.fields["successor"], "successor's key", PUBLIC_BYTES)
    if commitment(public, event.recipient) != before.fields["next"]:
        raise NotProved(what=what, reason="these are not the keys that were committed to before")
    _check_signature(event, Verifier("successor", public))


def _check_signature(event: KeyEvent, verifier: Verifier) -> None:
    plain = {k: v for k, v in event.fields.items() if k != "signature"}
    signature = unb64(event.fields["signature"], "signature", SIGNATURE_BYTES)
    if not verifier.accepts(SIGN_KEY_EVENT + canonical(plain), signature):
        raise NotProved(what="a change of the archive's keys", reason="its signature is wrong")


def key_of(
    checkpoint_signed_by: Verifier, checkpoint: Checkpoint, events: Sequence[KeyEvent]
) -> None:
    """That this key could sign this head: the key was an archive's key, and the head lies before
    the key was retired. Raises NotProved."""
    for number, event in enumerate(events):
        if event.ledger == checkpoint_signed_by:
            end = events[number + 1].retired if number + 1 < len(events) else None
            if end is not None and checkpoint.size > end.size:
                break
            return
    raise NotProved(what="the head", reason="its key was not the ledger's, or was retired before")
