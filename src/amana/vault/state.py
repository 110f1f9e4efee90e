"""The vault's state: all that the next commit needs, sealed to the source's locker.

Replacing `state.age` IS the commit: a pack counts when the state counts it, and not before.
Its size is one constant, whatever the vault holds.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from amana.core.encoding import Json, b64, canonical, has_version, parse, unb64
from amana.core.ids import is_origin, new_origin
from amana.core.merkle import HASH_BYTES, Frontier
from amana.core.padding import pad, unpad
from amana.core.seal import check_recipient
from amana.core.sign import SEED_BYTES, Signer
from amana.errors import Malformed

VERSION = 1
KEY_BYTES = 32
# Holds fifty-three hashes of a tree's frontier and more recipients than anyone has.
STATE_BYTES = 8192


@dataclass(frozen=True)
class State:
    """`copies`, `originals`: how many packs are committed. `sums`: the bytes of SHA256SUMS that
    count. `tags`: the entries of the index that count. `waiting`: originals' batches to come, by
    number (see vault/waiting.py), the highest number given so far."""

    origin: str
    seed: bytes = field(repr=False)
    index_key: bytes = field(repr=False)
    recipients: tuple[str, ...]
    frontier: Frontier = field(default_factory=Frontier)
    copies: int = 0
    originals: int = 0
    sums: int = 0
    tags: int = 0
    waiting: int = 0

    @classmethod
    def new(cls, seed: bytes, recipients: Sequence[str]) -> State:
        return cls(new_origin(), seed, os.urandom(KEY_BYTES), tuple(recipients))

    @property
    def signer(self) -> Signer:
        """The source's key under the name of this vault's own ledger."""
        return Signer(self.origin, self.seed)

    def advanced(self, leaves: Sequence[bytes], counts: Mapping[str, int]) -> State:
        """The state after `leaves` were appended to the ledger, with new `counts`."""
        changes: dict[str, Any] = dict(counts)
        return replace(self, frontier=self.frontier.append(leaves), **changes)

    def to_bytes(self) -> bytes:
        hashes = [b64(h) for h in self.frontier.hashes]
        fields: Json = {
            "v": VERSION,
            "origin": self.origin,
            "seed": b64(self.seed),
            "index_key": b64(self.index_key),
            "recipients": list(self.recipients),
            "size": self.frontier.size,
            "frontier": hashes,
            **{name: getattr(self, name) for name in _COUNTS},
        }
        return pad(canonical(fields), STATE_BYTES)

    @classmethod
    def from_bytes(cls, data: bytes) -> State:
        """Raises Malformed, BadKey."""
        fields = parse(unpad(data), "vault state")
        numbers = [fields.get(name) for name in ("size", *_COUNTS)]
        lists = [fields.get("frontier"), fields.get("recipients")]
        if not has_version(fields, VERSION) or not is_origin(fields.get("origin")):
            raise Malformed(what="vault state", reason="version or origin")
        if not all(type(n) is int and n >= 0 for n in numbers) or not all(
            isinstance(one, list) for one in lists
        ):
            raise Malformed(what="vault state", reason="a count or a list is wrong")
        hashes = tuple(unb64(h, "vault state", HASH_BYTES) for h in fields["frontier"])
        return cls(
            fields["origin"],
            unb64(fields.get("seed"), "vault state", SEED_BYTES),
            unb64(fields.get("index_key"), "vault state", KEY_BYTES),
            tuple(check_recipient(str(r)) for r in fields["recipients"]),
            Frontier(fields["size"], hashes),
            **{name: fields[name] for name in _COUNTS},
        )


_COUNTS = ("copies", "originals", "sums", "tags", "waiting")
