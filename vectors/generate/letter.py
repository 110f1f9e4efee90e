"""Makes vectors/letter: python vectors/generate/letter.py"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from amana.core.encoding import b64, canonical
from amana.core.erasure import Code
from amana.core.labels import SIGN_ACKNOWLEDGEMENT, SIGN_LETTER
from amana.core.sign import Signer
from amana.core.unseal import Identity
from amana.mail import bare
from amana.mail.acknowledge import Answer, State, answer_signer, write_answer
from amana.mail.letter import Reply, ShardSet, write_letter

ROOT = Path(__file__).resolve().parent.parent / "letter"


def fixed(name: str, size: int = 32) -> bytes:
    return hashlib.shake_256(name.encode()).digest(size)


MAILBOX = Identity.from_secret(fixed("mailbox"))
LOCKER = Identity.from_secret(fixed("locker"))
SENDER, STRANGER = Signer("walnut", fixed("sender")), Signer("stranger", fixed("stranger"))
ANSWERS = answer_signer(MAILBOX.secret())
PACK = fixed("pack", 1000)
SET = ShardSet(k=3, size=len(PACK), sha256=hashlib.sha256(PACK).hexdigest())
SHARD_BYTES = SET.shard_bytes
DATA = [PACK[i * SHARD_BYTES :][:SHARD_BYTES].ljust(SHARD_BYTES, b"\0") for i in range(3)]
CHECKPOINT = fixed("checkpoint", 200)
REPLY = Reply("someone@example.org", LOCKER.recipient)
ROOM = 1200


def sealed(content: bytes, recipient: str) -> bytes:
    """As the library seals, but with the randomness of these vectors."""

    class Known:
        @staticmethod
        def generate() -> X25519PrivateKey:
            return X25519PrivateKey.from_private_bytes(fixed("ephemeral"))

    with (
        mock.patch.object(bare, "X25519PrivateKey", Known),
        mock.patch.object(bare.os, "urandom", lambda n: fixed("random", n)),
    ):
        return bare.seal_bare(content, recipient)


def letter(index: int = 0, room: int = ROOM, **more: Any) -> bytes:
    shard = more.get("shard") or Code(3, 255).shard(index, DATA)
    return write_letter(
        more.get("of", SET),
        index,
        more.get("n", 5),
        (shard, more.get("checkpoint", b"")),
        more.get("signer", SENDER),
        more.get("mailbox", MAILBOX.recipient),
        room,
        more.get("reply"),
    )


def resigned(change: Callable[[dict[str, Any]], object], raw: bool = False) -> bytes:
    """A letter whose header was changed and signed again by the genuine sender."""
    content = letter()
    line, _, rest = content[64:].partition(b"\n")
    fields = json.loads(line)
    change(fields)
    changed = json.dumps(fields).encode() if raw else canonical(fields)
    message = SIGN_LETTER + MAILBOX.recipient.encode() + b"\n" + changed
    return (SENDER.sign(message) + changed + b"\n" + rest)[:ROOM].ljust(ROOM, b"\0")


def write(kind: str, name: str, scenario: str, level: str, data: bytes, **fields: Any) -> None:
    base = {
        "format": "letter",
        "scenario": scenario,
        "level": level,
        "mailbox": MAILBOX.text,
        "senders": [b64(SENDER.verifier.public)],
        level: b64(data),
    }
    path = ROOT / kind / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**base, **fields}, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def expected(index: int, **more: Any) -> dict[str, Any]:
    shard = Code(3, 255).shard(index, DATA)
    return {"k": 3, "index": index, "size": 1000, "pack": SET.sha256, "shard": b64(shard), **more}


def changed(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def valid() -> None:
    write("valid", "data-shard", "A data shard.", "content", letter(1), expect=expected(1))
    write(
        "valid", "last-data-shard", "The last data shard ends in zeros: 1000 is not 3 times 334.",
        "content", letter(2), expect=expected(2),
    )  # fmt: skip
    write("valid", "parity-shard", "A parity shard.", "content", letter(3), expect=expected(3))
    write(
        "valid", "fresh-parity", "Parity beyond what was planned at first: index 254 of 255.",
        "content", letter(254, n=255), expect=expected(254),
    )  # fmt: skip
    write(
        "valid", "checkpoint", "A checkpoint travels with the shard.", "content",
        letter(checkpoint=CHECKPOINT), expect=expected(0, checkpoint=b64(CHECKPOINT)),
    )  # fmt: skip
    write(
        "valid", "reply", "The letter says where it may be answered.", "content",
        letter(reply=REPLY), expect=expected(0, reply=[REPLY.address, REPLY.recipient]),
    )  # fmt: skip
    room = bare.plain_length(16_384)
    write(
        "valid", "sealed", "The whole attachment, in the bare form.", "attachment",
        sealed(letter(4, room), MAILBOX.recipient), expect=expected(4),
    )  # fmt: skip
    shards = {str(i): b64(Code(3, 255).shard(i, DATA)) for i in (1, 3, 200)}
    write(
        "valid", "restored", "One data shard and two of parity give the pack.", "pack", PACK,
        k=3, shards=shards,
    )  # fmt: skip
    write(
        "valid", "answer", "The archive's answer: one pack complete, of another two shards.",
        "answer", answer(), locker=LOCKER.text, answers=b64(ANSWERS.verifier.public),
        expect={"at": 2_000_000_000, "complete": [SET.set_id], "waiting": {"ab" * 16: 0b101}},
    )  # fmt: skip


def answer(signer: Signer = ANSWERS, to: Signer = SENDER) -> bytes:
    states = (State(SET.set_id, True), State("ab" * 16, False, 0b101))
    told = Answer(to.verifier.public, 2_000_000_000, states)
    with mock.patch("amana.mail.acknowledge.seal_bare", sealed):
        return write_answer(told, REPLY, signer)


def invalid() -> None:
    def content(name: str, scenario: str, data: bytes) -> None:
        write("invalid", name, scenario, "content", data)

    content("no-header", "No line break where the header must end.", b"x" * ROOM)
    content("unknown-sender", "A key that is not registered.", letter(signer=STRANGER))
    content("bad-signature", "One bit of the signature.", changed(letter(), 10))
    content("altered-header", "One bit of the header.", changed(letter(), 100))
    content("other-mailbox", "Signed for another archive's mailbox.",
            letter(mailbox=LOCKER.recipient))  # fmt: skip
    content("altered-shard", "One bit of the shard.", changed(letter(), 600))
    content("altered-checkpoint", "One bit of the checkpoint.",
            changed(letter(checkpoint=CHECKPOINT), 64 + 360 + 334 + 20))  # fmt: skip
    content(
        "filled-padding", "The last byte of the padding is not zero.", changed(letter(), ROOM - 1)
    )
    content("cut-off", "The content ends within the shard.", letter()[:500])
    content("spaces", "The header is not canonical.", resigned(lambda f: None, raw=True))
    content("unknown-version", "Version 2.", resigned(lambda f: f.update(v=2)))
    content("unknown-field", "A field that this version has not.",
            resigned(lambda f: f.update(x=1)))  # fmt: skip
    content("missing-field", "No index.", resigned(lambda f: f.pop("index")))
    content("k-of-none", "k is 0.", resigned(lambda f: f.update(k=0)))
    content("n-below-k", "n is less than k.", resigned(lambda f: f.update(n=2)))
    content("n-too-large", "n is 256.", resigned(lambda f: f.update(n=256)))
    content("index-too-large", "The index is n.", resigned(lambda f: f.update(index=5)))
    content("negative-index", "The index is -1.", resigned(lambda f: f.update(index=-1)))
    content("index-is-text", "The index is a string.", resigned(lambda f: f.update(index="1")))
    content("size-below-k", "A pack of 2 bytes in 3 shards.", resigned(lambda f: f.update(size=2)))
    content("size-too-large", "A pack of 2^41 bytes.", resigned(lambda f: f.update(size=2**41)))
    content("short-digest", "The pack's digest has 31 bytes.",
            resigned(lambda f: f.update(pack=b64(bytes(31)))))  # fmt: skip
    content("checkpoint-of-none", "A checkpoint of 0 bytes is named.",
            resigned(lambda f: f.update(checkpoint=[0, b64(bytes(32))])))  # fmt: skip
    content("checkpoint-too-large", "A checkpoint of 1 MB.",
            resigned(lambda f: f.update(checkpoint=[10**6, b64(bytes(32))])))  # fmt: skip
    content("reply-with-a-line-break", "An address that would become a header.",
            resigned(lambda f: f.update(reply=["a@b.c\r\nBcc: x", LOCKER.recipient])))  # fmt: skip
    content("reply-to-no-key", "A reply key that is no age recipient.",
            resigned(lambda f: f.update(reply=["a@b.c", "age1x"])))  # fmt: skip
    _invalid_sealed()


def _invalid_sealed() -> None:
    whole = sealed(letter(4, bare.plain_length(16_384)), MAILBOX.recipient)
    for name, scenario, data in (
        ("other-key", "Sealed to another key.", sealed(letter(4), LOCKER.recipient)),
        ("altered-share", "One bit of the ephemeral share.", changed(whole, 5)),
        ("altered-mac", "One bit of the header's MAC.", changed(whole, 70)),
        ("altered-payload", "One bit of the payload.", changed(whole, 9_000)),
        ("truncated", "The last 100 bytes are missing.", whole[:-100]),
        ("too-short", "Shorter than any envelope.", whole[:90]),
    ):
        write("invalid", f"sealed-{name}", scenario, "attachment", data)
    keys = {"locker": LOCKER.text, "answers": b64(ANSWERS.verifier.public)}
    forged = answer(Signer("answers", fixed("forger")))
    write("invalid", "answer-forged", "Signed by another key.", "answer", forged, **keys)
    astray = answer(to=STRANGER)
    write("invalid", "answer-to-another", "To another sender.", "answer", astray, **keys)
    assert SIGN_ACKNOWLEDGEMENT


if __name__ == "__main__":
    valid()
    invalid()
