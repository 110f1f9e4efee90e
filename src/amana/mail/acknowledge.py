"""The archive's answer: which packs are complete, and how far the others have come.

An answer is a letter like the others, the other way: sealed in the bare form to the key that the
sender's letters named, of one of a few sizes, signed by a key that only the fetching machine can
make and that every kit knows. It says nothing that the sender does not know but what has arrived.

    signature (64 bytes) ‖ canonical JSON ‖ "\\n" ‖ zero bytes

Both sides are here, and neither can open what is sealed to the archive: the sender opens answers
with the kit's own locker. Without any answer the redundancy alone suffices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from amana.core.encoding import Json, b64, canonical, has_version, parse, unb64
from amana.core.ids import is_id
from amana.core.labels import ANSWERS_SEED, SIGN_ACKNOWLEDGEMENT
from amana.core.locker import Locker
from amana.core.sign import PUBLIC_BYTES, SIGNATURE_BYTES, Signer, Verifier
from amana.errors import CannotOpen, Malformed, NotProved, UsageProblem
from amana.mail.assemble import Collected
from amana.mail.bare import plain_length, seal_bare, to_age
from amana.mail.letter import Reply
from amana.mail.outbox import Outbox, Sending

ANSWER_SIZES = (16_384, 65_536, 262_144, 1 << 20, 4 << 20)
_NAME = "answers"
_BITMAP = 32


@dataclass(frozen=True)
class State:
    """How far one set is: complete, or which shards are there (a bit each)."""

    set_id: str
    complete: bool
    have: int = 0


@dataclass(frozen=True)
class Answer:
    """An answer to one sender (public key); `at` in unix seconds."""

    sender: bytes
    at: int
    states: tuple[State, ...]


def answer_signer(mailbox_secret: bytes) -> Signer:
    """The key that signs answers: from the secret (32 bytes) of the archive's mailbox, so that a
    fetching machine needs nothing more than that."""
    kdf = HKDF(SHA256(), 32, salt=None, info=ANSWERS_SEED)
    return Signer(_NAME, kdf.derive(mailbox_secret))


# --- the archive's side ------------------------------------------------------------------------


def answer_for(sender: bytes, sets: Iterable[Collected], now: datetime) -> tuple[Answer, Reply]:
    """What to tell `sender` of its sets, and where to. Raises UsageProblem where it named no
    address. The sets come in the order of their names, the latest address counts."""
    own = [s for s in sets if s.sender == sender]
    replies = [s.reply for s in own if s.reply is not None]
    if not replies:
        raise UsageProblem(what="this sender's letters named no address to answer to")
    states = tuple(State(s.of.set_id, s.done, 0 if s.done else s.have) for s in own)
    return Answer(sender, int(now.timestamp()), states), replies[-1]


def write_answer(answer: Answer, reply: Reply, signer: Signer) -> bytes:
    """The sealed attachment. Raises Malformed where there are too many sets for one letter."""
    fields: Json = {
        "v": 1,
        "sender": b64(answer.sender),
        "at": answer.at,
        "complete": [s.set_id for s in answer.states if s.complete],
        "waiting": [
            [s.set_id, b64(s.have.to_bytes(_BITMAP, "little"))]
            for s in answer.states
            if not s.complete
        ],
    }
    line = canonical(fields)
    content = signer.sign(SIGN_ACKNOWLEDGEMENT + line) + line + b"\n"
    for size in ANSWER_SIZES:
        if len(content) <= plain_length(size):
            return seal_bare(content.ljust(plain_length(size), b"\x00"), reply.recipient)
    raise Malformed(what="answer", reason="too many sets for one letter")


# --- the sender's side -------------------------------------------------------------------------


def read_answer(attachment: bytes, locker: Locker, sender: bytes, answers: bytes) -> Answer:
    """The answer in an attachment, if it is to this sender and signed by the archive's key
    `answers`. Raises CannotOpen, Malformed, NotProved."""
    if not answers:
        raise NotProved(what="the answer", reason="this kit knows no key that signs answers")
    content = locker.open_own(to_age(attachment), "the answer")
    signature, rest = content[:SIGNATURE_BYTES], content[SIGNATURE_BYTES:]
    line, line_break, padding = rest.partition(b"\n")
    if not Verifier(_NAME, answers).accepts(SIGN_ACKNOWLEDGEMENT + line, signature):
        raise NotProved(what="the answer", reason="its signature does not verify")
    if not line_break or padding.strip(b"\x00"):
        raise Malformed(what="answer", reason="its padding holds something")
    answer = _parse(parse(line, "answer"))
    if answer.sender != sender:
        raise NotProved(what="the answer", reason="it is to somebody else")
    return answer


def _parse(fields: Json) -> Answer:
    complete, waiting = fields.get("complete"), fields.get("waiting")
    if not has_version(fields, 1) or type(fields.get("at")) is not int:
        raise Malformed(what="answer", reason="version or time")
    if not isinstance(complete, list) or not isinstance(waiting, list):
        raise Malformed(what="answer", reason="its lists")
    states = [State(_set_id(name), complete=True) for name in complete]
    for pair in waiting:
        if not isinstance(pair, list) or len(pair) != 2:
            raise Malformed(what="answer", reason="its lists")
        bitmap = unb64(pair[1], "answer's bits", _BITMAP)
        states.append(State(_set_id(pair[0]), False, int.from_bytes(bitmap, "little")))
    sender = unb64(fields.get("sender"), "answer's sender", PUBLIC_BYTES)
    return Answer(sender, int(fields["at"]), tuple(states))


def _set_id(value: object) -> str:
    if not is_id(value):
        raise Malformed(what="answer", reason="a set's name")
    return str(value)


def read_answers(
    attachments: Iterable[bytes], locker: Locker, sender: bytes, answers: bytes
) -> list[Answer]:
    """Every good answer among `attachments`, the rest passed over: a mailbox holds other mail."""
    found = []
    for attachment in attachments:
        try:
            found.append(read_answer(attachment, locker, sender, answers))
        except (CannotOpen, Malformed, NotProved):
            continue
    return found


def act_on(answers: Sequence[Answer], outbox: Outbox, grace: float) -> int:
    """Let the latest answer change what is to be sent: packs are safe, or get as many letters more
    as they miss. Letters that went less than `grace` seconds before the answer may still be on
    their way and count as arrived. Returns how many letters were added.

    An answer not later than the last one that was acted upon changes nothing: it may be a replay.
    """
    latest = max((a for a in answers if a.at > outbox.answered), key=lambda a: a.at, default=None)
    if latest is None:
        return 0
    added = 0
    for state in latest.states:
        sending = outbox.by_set.get(state.set_id)
        if sending is None or sending.safe:
            continue
        if state.complete:
            outbox.is_safe(state.set_id)
        else:
            added += _add(sending, state, latest.at - grace, outbox)
    outbox.answer_read(latest.at)
    return added


def _add(sending: Sending, state: State, before: float, outbox: Outbox) -> int:
    """Plan the letters that are missing: fresh parity, as long as the code has any."""
    planned = set(sending.waiting())
    gone = [i for i in range(sending.split.n) if sending.gone >> i & 1]
    hoped = {i for i in gone if sending.at.get(i, 0) > before}
    counted = state.have.bit_count() + len((hoped | planned) - _bits(state.have))
    missing = sending.split.of.k - counted
    if missing <= 0:
        return 0
    sent = max(1, len(gone) - len(hoped))
    arrived = len(_bits(state.have) & (set(gone) - hoped))
    # As many are lost again as were lost before, and one for luck.
    wanted = min(255, -(-missing * sent // max(1, arrived)) + 1)
    fresh = min(wanted, 255 - sending.split.n)
    if fresh > 0:
        outbox.extend(state.set_id, sending.split.n + fresh)
    again = [i for i in gone if not state.have >> i & 1 and i not in hoped][: wanted - fresh]
    if again:
        outbox.send_again(state.set_id, sum(1 << i for i in again))
    return fresh + len(again)


def _bits(number: int) -> set[int]:
    return {i for i in range(number.bit_length()) if number >> i & 1}
