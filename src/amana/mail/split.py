"""A sealed pack becomes letters: k data and up to 255 - k parity shards, each signed and sealed to
the archive's mailbox key. Shards are made one at a time, so memory holds one letter, not a pack.

Parity shard i does not depend on how many there are: when the archive asks for more, fresh parity
extends the same set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from amana.core.erasure import MAX_SHARDS, Code
from amana.errors import Damaged
from amana.kits.kit import Kit
from amana.mail.bare import plain_length, seal_bare
from amana.mail.letter import (
    FRONT_CHECKPOINT,
    MAX_ADDRESS,
    MAX_CHECKPOINT,
    Reply,
    ShardSet,
    write_letter,
)
from amana.mail.plan import Plan

_SLICE = 1 << 18


@dataclass(frozen=True)
class Split:
    """One pack's split: the set, how many letters are planned, and the size of each attachment."""

    of: ShardSet
    n: int
    letter_bytes: int


def new_split(size: int, sha256: str, plan: Plan) -> Split:
    """A fresh split of the sealed pack of `size` bytes with digest `sha256` (hex)."""
    return Split(ShardSet(k=plan.k, size=size, sha256=sha256), plan.n, plan.letter_bytes)


def check_pack(path: Path, sha256: str) -> int:
    """The size of the sealed pack at `path`. Raises Damaged unless it has this digest."""
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
    except OSError as error:
        raise Damaged(path=str(path), reason=error.strerror or str(error)) from None
    if found != sha256:
        raise Damaged(path=str(path), reason="its SHA-256 is not the one in SHA256SUMS")
    return size


def make_attachment(
    split: Split,
    index: int,
    pack: Path,
    checkpoint: bytes,
    kit: Kit,
    reply_to: str | None = None,
) -> bytes:
    """Letter `index` of a split: the sealed attachment, of exactly `split.letter_bytes`.

    The checkpoint (a sealed file) travels with it where there is room. `reply_to`: an address at
    which the archive may answer, sealed to the kit. Raises BadKey, Damaged.
    """
    room = plain_length(split.letter_bytes)
    if not carries_checkpoint(split, checkpoint):
        checkpoint = b""
    content = write_letter(
        split.of,
        index,
        max(split.n, index + 1),
        (make_shard(split.of, index, pack), checkpoint),
        kit.signer,
        kit.archive.mailbox,
        room,
        _reply(reply_to, kit),
    )
    return seal_bare(content, kit.archive.mailbox)


def _reply(address: str | None, kit: Kit) -> Reply | None:
    if address is None or not kit.archive.answers or len(address) > MAX_ADDRESS:
        return None
    return Reply(address, kit.locker.recipient)


def carries_checkpoint(split: Split, checkpoint: bytes) -> bool:
    """Whether the letters of this split have room for `checkpoint`."""
    room = plain_length(split.letter_bytes) - FRONT_CHECKPOINT - split.of.shard_bytes
    return len(checkpoint) <= min(MAX_CHECKPOINT, room)


def make_shard(of: ShardSet, index: int, pack: Path) -> bytes:
    """Shard `index` of the pack: a stretch of the pack, or parity. Raises Damaged."""
    length = of.shard_bytes
    with pack.open("rb") as stream:
        if stream.seek(0, 2) != of.size:
            raise Damaged(path=str(pack), reason="its size has changed")
        if index < of.k:
            stream.seek(index * length)
            return stream.read(length).ljust(length, b"\x00")
    code = Code(of.k, MAX_SHARDS)
    return b"".join(code.shard(index, stripe) for stripe in _stripes(of, pack))


def _stripes(of: ShardSet, pack: Path) -> Iterator[list[bytes]]:
    """Slice after slice, the same stretch of all k data shards."""
    length = of.shard_bytes
    with pack.open("rb") as stream:
        for start in range(0, length, _SLICE):
            width = min(_SLICE, length - start)
            stripe = []
            for shard in range(of.k):
                stream.seek(shard * length + start)
                within = max(0, min(width, of.size - shard * length - start))
                stripe.append(stream.read(within).ljust(width, b"\x00"))
            yield stripe
