"""One letter's content: bytes in, bytes out, and every decision whether to trust them. No I/O.

A letter, opened with the mailbox key, is

    signature (64 bytes) ‖ header (canonical JSON) ‖ "\\n" ‖ shard ‖ checkpoint ‖ zero bytes

Rules that `read_letter` keeps, in this order; spec/letter.md is normative:

1. the header is within its room, canonical, complete, and of this version;
2. its sender is one whose public key the archive registered;
3. the signature is that key's, over the label, the mailbox it was sealed to, and the header;
4. the counts make a code: 1 <= k <= n <= 255, index < n, a shard is ceil(size / k) bytes;
5. shard and checkpoint have the digests that the header gives;
6. behind them is nothing but zeros.

Only then may anything of it reach a disk or the decoder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from amana.core.encoding import Json, b64, canonical, has_version, parse, unb64
from amana.core.erasure import MAX_SHARDS
from amana.core.labels import SIGN_LETTER
from amana.core.seal import check_recipient
from amana.core.sign import PUBLIC_BYTES, SIGNATURE_BYTES, Signer
from amana.errors import BadKey, Malformed, NotProved, UsageProblem
from amana.kits.kit import PublicKit
from amana.mail.post import check_address

VERSION = 1
# What signature and header take of a letter, at most; without a checkpoint, and with one.
FRONT, FRONT_CHECKPOINT = 512, 560
MAX_ADDRESS = 80
MAX_CHECKPOINT = 16_384
MAX_PACK = 1 << 40


@dataclass(frozen=True)
class ShardSet:
    """One sealed pack on its way: what all its letters agree on. `sha256` is of the sealed pack.

    How many letters there are is no part of it: fresh parity may follow.
    """

    k: int
    size: int
    sha256: str

    @property
    def set_id(self) -> str:
        """32 hexadecimal digits that name this split of this pack."""
        return hashlib.sha256(f"{self.sha256} {self.size} {self.k}".encode()).hexdigest()[:32]

    @property
    def shard_bytes(self) -> int:
        return -(-self.size // self.k)


@dataclass(frozen=True)
class Reply:
    """Where and to which age key the archive may answer."""

    address: str
    recipient: str


@dataclass(frozen=True)
class Header:
    """What a letter says of itself. `sender` is an Ed25519 public key; `shard` and `checkpoint` are
    SHA-256 digests (32 bytes each); without a checkpoint, its digest is empty."""

    of: ShardSet
    n: int
    index: int
    shard: bytes
    sender: bytes
    checkpoint_bytes: int = 0
    checkpoint: bytes = b""
    reply: Reply | None = None

    def line(self) -> bytes:
        fields: Json = {
            "v": VERSION,
            "k": self.of.k,
            "n": self.n,
            "index": self.index,
            "size": self.of.size,
            "pack": b64(bytes.fromhex(self.of.sha256)),
            "shard": b64(self.shard),
            "sender": b64(self.sender),
        }
        if self.checkpoint_bytes:
            fields["checkpoint"] = [self.checkpoint_bytes, b64(self.checkpoint)]
        if self.reply is not None:
            fields["reply"] = [self.reply.address, self.reply.recipient]
        return canonical(fields)


@dataclass(frozen=True)
class Letter:
    """A letter that kept every rule. `checkpoint` is a sealed file, empty where none travelled."""

    header: Header
    shard: bytes
    checkpoint: bytes


def write_letter(
    of: ShardSet,
    index: int,
    n: int,
    contents: tuple[bytes, bytes],
    signer: Signer,
    mailbox: str,
    room: int,
    reply: Reply | None = None,
) -> bytes:
    """A letter's content of exactly `room` bytes; `contents` is (shard, checkpoint or b"").

    Raises Malformed where it does not fit.
    """
    shard, checkpoint = contents
    header = Header(
        of=of,
        n=n,
        index=index,
        shard=hashlib.sha256(shard).digest(),
        sender=signer.verifier.public,
        checkpoint_bytes=len(checkpoint),
        checkpoint=hashlib.sha256(checkpoint).digest() if checkpoint else b"",
        reply=reply,
    )
    line = header.line()
    signature = signer.sign(_signed(line, mailbox))
    content = b"".join([signature, line, b"\n", shard, checkpoint])
    if len(content) > room:
        raise Malformed(what="letter", reason=f"{len(content)} bytes in a room of {room}")
    return content.ljust(room, b"\x00")


def read_header(front: bytes, senders: Sequence[PublicKit], mailbox: str) -> tuple[Header, int]:
    """The header in the first bytes of a letter, and where its shard begins. Rules 1 to 4.

    Raises Malformed, NotProved.
    """
    signature = front[:SIGNATURE_BYTES]
    line, line_break, _ = front[SIGNATURE_BYTES:FRONT_CHECKPOINT].partition(b"\n")
    if not line_break:
        raise Malformed(what="letter", reason="no header in it")
    header = _parse_header(line)
    known = next((s for s in senders if s.public == header.sender), None)
    if known is None:
        raise NotProved(what="the letter", reason="its sender is not registered")
    if not known.verifier().accepts(_signed(line, mailbox), signature):
        raise NotProved(what="the letter", reason="its signature does not verify")
    _check_counts(header)
    return header, SIGNATURE_BYTES + len(line) + 1


def read_letter(content: bytes, senders: Sequence[PublicKit], mailbox: str) -> Letter:
    """The letter in an opened envelope; `mailbox` is the recipient it was sealed to.

    Raises Malformed, NotProved.
    """
    header, start = read_header(content, senders, mailbox)
    middle = start + header.of.shard_bytes
    end = middle + header.checkpoint_bytes
    shard, checkpoint = content[start:middle], content[middle:end]
    if len(content) < end:
        raise Malformed(what="letter", reason="it is cut off")
    if hashlib.sha256(shard).digest() != header.shard:
        raise Malformed(what="letter", reason="its shard has another digest")
    if checkpoint and hashlib.sha256(checkpoint).digest() != header.checkpoint:
        raise Malformed(what="letter", reason="its checkpoint has another digest")
    if content.count(b"\x00", end) != len(content) - end:
        raise Malformed(what="letter", reason="its padding holds something")
    return Letter(header, shard, checkpoint)


def _signed(line: bytes, mailbox: str) -> bytes:
    # The mailbox is signed, too: a letter taken out of one archive's envelope and sealed again to
    # another archive is not the sender's letter to that one.
    return SIGN_LETTER + mailbox.encode("ascii") + b"\n" + line


def _parse_header(line: bytes) -> Header:
    fields = parse(line, "letter's header")
    if not has_version(fields, VERSION) or set(fields) - {"checkpoint", "reply"} != _FIELDS:
        raise Malformed(what="letter", reason="another version, or other fields")
    checkpoint_bytes, checkpoint = _parse_checkpoint(fields)
    return Header(
        of=ShardSet(
            k=_count(fields["k"], "k"),
            size=_count(fields["size"], "size"),
            sha256=unb64(fields["pack"], "letter's pack", _DIGEST).hex(),
        ),
        n=_count(fields["n"], "n"),
        index=_count(fields["index"], "index"),
        shard=unb64(fields["shard"], "letter's shard", _DIGEST),
        sender=unb64(fields["sender"], "letter's sender", PUBLIC_BYTES),
        checkpoint_bytes=checkpoint_bytes,
        checkpoint=checkpoint,
        reply=_parse_reply(fields),
    )


_FIELDS = frozenset(["v", "k", "n", "index", "size", "pack", "shard", "sender"])
_DIGEST = 32


def _parse_checkpoint(fields: Json) -> tuple[int, bytes]:
    if "checkpoint" not in fields:
        return 0, b""
    value = fields["checkpoint"]
    if not isinstance(value, list) or len(value) != 2 or not _count(value[0], "checkpoint"):
        raise Malformed(what="letter", reason="field 'checkpoint'")
    return int(value[0]), unb64(value[1], "letter's checkpoint", _DIGEST)


def _parse_reply(fields: Json) -> Reply | None:
    if "reply" not in fields:
        return None
    value = fields["reply"]
    if not isinstance(value, list) or len(value) != 2 or not all(type(x) is str for x in value):
        raise Malformed(what="letter", reason="field 'reply'")
    if len(value[0]) > MAX_ADDRESS:
        raise Malformed(what="letter", reason="an address too long")
    try:
        return Reply(check_address(value[0]), check_recipient(value[1]))
    except (UsageProblem, BadKey):
        raise Malformed(what="letter", reason="field 'reply'") from None


def _count(value: object, name: str) -> int:
    if type(value) is not int or value < 0:
        raise Malformed(what="letter", reason=f"field {name!r}")
    return value


def _check_counts(header: Header) -> None:
    of = header.of
    if not 1 <= of.k <= header.n <= MAX_SHARDS or header.index >= header.n:
        raise Malformed(what="letter", reason=f"shard {header.index} of {of.k} of {header.n}")
    if not of.k <= of.size <= MAX_PACK or header.checkpoint_bytes > MAX_CHECKPOINT:
        raise Malformed(what="letter", reason="its sizes are out of bounds")
