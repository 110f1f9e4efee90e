"""Entries: what couriers tell the archive after a meeting without devices (spec/receipt.md)."""

from __future__ import annotations

from dataclasses import dataclass

from amana.core.encoding import Json, b64, canonical, has_version, is_utc, parse, unb64
from amana.core.padding import unpad
from amana.errors import Malformed
from amana.handover import words
from amana.handover.receipts import MAX_TEXT, is_disk_number

VERSION = 1


@dataclass(frozen=True)
class Entry:
    """What a courier told the archive after a meeting without devices: `heard`, the three words
    that the other said to him at parting; `teller` is `giver` or `taker`."""

    heard: bytes
    teller: str
    disks: tuple[int, ...]
    seal: str
    condition: str
    time: str

    def to_bytes(self) -> bytes:
        told: Json = {
            "heard": b64(self.heard),
            "teller": self.teller,
            "disks": list(self.disks),
            "seal": self.seal,
            "condition": self.condition,
            "time": self.time,
        }
        return canonical({"told": told, "v": VERSION})

    @classmethod
    def from_bytes(cls, data: bytes) -> Entry:
        """Raises Malformed."""
        fields = parse(unpad(data) if b"\n" in data else data, "custody entry")
        told = fields.get("told")
        if not has_version(fields, VERSION) or not isinstance(told, dict) or set(told) != _ENTRY:
            raise Malformed(what="custody entry", reason="version or fields")
        disks, seal, condition = told["disks"], told["seal"], told["condition"]
        good = (
            isinstance(disks, list)
            and all(map(is_disk_number, disks))
            and told["teller"] in ("giver", "taker")
            and is_utc(told["time"])
            and all(isinstance(t, str) and len(t) <= MAX_TEXT for t in (seal, condition))
        )
        if not good:
            raise Malformed(what="custody entry", reason="a field's value")
        heard = words.check(unb64(told["heard"], "words"), words.PARTING_WORDS, "parting words")
        return cls(heard, told["teller"], tuple(disks), seal, condition, told["time"])


_ENTRY = frozenset(("heard", "teller", "disks", "seal", "condition", "time"))


def is_entry(data: bytes) -> bool:
    """Whether opened bytes claim to be an entry, not a receipt."""
    return data.startswith(b'{"told":')
