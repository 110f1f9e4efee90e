"""Slips: what arrived, when, and what was found in it, sealed into the store beside the records.

With them the store alone gives back the whole catalogue, times of arrival and altered arrivals
included (`rebuild.py`). One slip a pack, one a checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from amana.core.encoding import Json, canonical, parse
from amana.errors import Malformed
from amana.reunite.archive import Archive
from amana.reunite.examine import Examined, Found
from amana.reunite.keys import ARRIVAL, object_name
from amana.reunite.store import seal_object

PACK, CHECKPOINT = "pack", "checkpoint"
_VERSION = 1


@dataclass(frozen=True)
class Slip:
    """A slip in the store: its tag, and the SHA-256 (32 bytes) of the sealed object."""

    tag: bytes
    sealed: bytes


def pack_slip(examined: Examined, now: int) -> bytes:
    """What a pack held, in the order of its members; `now` in Unix seconds."""
    found = [
        [f.kind, f.original, f.expected, f.expected_size, f.actual, f.size] for f in examined.found
    ]
    slip: Json = {
        "v": _VERSION,
        "kind": PACK,
        "at": now,
        "pack": examined.sha256,
        "bytes": examined.sealed_bytes,
        "records": examined.records_sha256,
        "found": found,
    }
    return canonical(slip) + b"\n"


def checkpoint_slip(note: str, codename: str, now: int) -> bytes:
    slip: Json = {
        "v": _VERSION,
        "kind": CHECKPOINT,
        "at": now,
        "note": note,
        "codename": codename,
    }
    return canonical(slip) + b"\n"


def parse_slip(line: bytes) -> Json:
    """Raises Malformed."""
    slip = parse(line.rstrip(b"\n"), "slip")
    if slip.get("v") != _VERSION or slip.get("kind") not in (PACK, CHECKPOINT):
        raise Malformed(what="slip", reason="of another version or kind")
    return slip


def found_of(slip: Json) -> tuple[Found, ...]:
    """What a pack's slip says was found. Raises Malformed."""
    try:
        return tuple(
            Found(
                str(kind), str(original), str(wanted), int(wanted_size), str(is_), int(size), None
            )
            for kind, original, wanted, wanted_size, is_, size in slip["found"]
        )
    except (KeyError, TypeError, ValueError):
        raise Malformed(what="slip", reason="its list of members is none") from None


def write_slip(archive: Archive, line: bytes) -> Slip:
    """Into the store; lasting after its next flush."""
    tag = archive.keys.tag(ARRIVAL, sha256(line).hexdigest())
    sealed = seal_object(line, archive.card.recipients)
    return Slip(tag, archive.records.replace(object_name(tag), sealed))
