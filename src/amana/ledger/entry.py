"""Records: what was seen, as one line of canonical JSON each. A record's line is a ledger entry.

spec/record.md is normative. Three kinds: `item` (a file that was captured), `skipped` (a file that
could not be), `act` (what the archive did). Unknown fields are kept; malformed records are
rejected. The salt makes a leaf hash say nothing to one who owns the same originals.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from amana.core.encoding import MAX_INTEGER, Json, b64, canonical, has_version, is_utc, parse, unb64
from amana.core.ids import is_sha256
from amana.core.merkle import leaf_hash
from amana.core.names import path_bytes
from amana.errors import Malformed

VERSION = 1
SALT_BYTES = 32
MAX_LINE = 1 << 20
ITEM, SKIPPED, ACT = "item", "skipped", "act"


@dataclass(frozen=True)
class Record:
    """One parsed record; `line` is its exact bytes, without a line break."""

    line: bytes
    fields: Json

    @property
    def kind(self) -> str:
        return str(self.fields["kind"])

    @property
    def seq(self) -> int:
        """The record's place in its ledger: the index of its leaf, from 0."""
        return int(self.fields["seq"])

    @property
    def original(self) -> Json:
        """`sha256`, `size`, `media_type`, `path`, `mtime` of an item."""
        return dict(self.fields["original"])

    @property
    def copy(self) -> Json | None:
        """`sha256`, `size`, `media_type`, `width`, `height`, `suffix`; None where there is none."""
        return self.fields.get("copy")

    @property
    def leaf(self) -> bytes:
        """The hash of its line as a leaf of the tree (32 bytes), computed once."""
        # Not functools.cached_property: its lock costs as much as the hash.
        leaf: bytes | None = self.__dict__.get("_leaf")
        if leaf is None:
            leaf = self.__dict__["_leaf"] = leaf_hash(self.line)
        return leaf


def new_record(kind: str, seq: int, fields: Json) -> Record:
    """A record with a fresh salt. Raises Malformed when `fields` do not make a valid one."""
    full = {**fields, "v": VERSION, "kind": kind, "seq": seq, "salt": b64(_salt())}
    _check_body(full)
    return Record(canonical(full), full)


def parse_record(line: bytes) -> Record:
    """A record from its line, without the line break. Raises Malformed."""
    if len(line) > MAX_LINE:
        raise Malformed(what="record", reason="longer than 1 MiB")
    fields = parse(line, "record")
    check_fields(fields)
    return Record(line, fields)


def _salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


# --- what a record must be -------------------------------------------------------------------


def check_fields(fields: Json) -> None:
    """Raises Malformed unless `fields` are those of a valid record (spec/record.md, section 3)."""
    if not has_version(fields, VERSION):
        raise Malformed(what="record", reason=f"version {fields.get('v')!r}")
    unb64(fields.get("salt"), "record's salt", SALT_BYTES)
    _check_body(fields)


def _check_body(fields: Json) -> None:
    """All but what `new_record` has just made itself."""
    _require(fields, "seq", _is_count)
    if "ledger" in fields:
        _require(fields, "ledger", _is_text)
    kind = fields.get("kind")
    if kind == ITEM:
        _check_item(fields)
    elif kind == SKIPPED:
        path_bytes(fields)
        _require(fields, "reason", _is_text)
    elif kind == ACT:
        _require(fields, "act", _is_text)
        _require(fields, "time", is_utc)
    else:
        raise Malformed(what="record", reason=f"kind {kind!r}")


def _check_item(fields: Json) -> None:
    original = _section(fields, "original")
    capture = _section(fields, "capture")
    _check_bytes(original)
    if "path_raw" in original or not isinstance(original.get("path"), str):
        path_bytes(original)
    if not (
        _is_text(original.get("mtime"))
        and is_utc(capture.get("time"))
        and _is_text(capture.get("tool"))
    ):
        _require(original, "mtime", _is_text)
        _require(capture, "time", is_utc)
        _require(capture, "tool", _is_text)
    if "copy" in fields:
        copy = _section(fields, "copy")
        _check_bytes(copy)
        _require(copy, "suffix", _is_suffix)
        _require(copy, "width", _is_count)
        _require(copy, "height", _is_count)
    if "photo" in fields:
        photo = _section(fields, "photo")
        _require(photo, "width", _is_count)
        _require(photo, "height", _is_count)


def _check_bytes(section: Json) -> None:
    get = section.get
    if is_sha256(get("sha256")) and _is_count(get("size")) and _is_text(get("media_type")):
        return  # the ordinary case, in a third of the time
    _require(section, "sha256", is_sha256)
    _require(section, "size", _is_count)
    _require(section, "media_type", _is_text)


def _section(fields: Json, name: str) -> Json:
    section = fields.get(name)
    if not isinstance(section, dict):
        raise Malformed(what="record", reason=f"no section {name!r}")
    return section


def _require(fields: Json, name: str, test: Callable[[Any], bool]) -> None:
    if not test(fields.get(name)):
        raise Malformed(what="record", reason=f"field {name!r} is missing or wrong")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MAX_INTEGER


def _is_suffix(value: Any) -> bool:
    return (
        isinstance(value, str)
        and 2 <= len(value) <= 6
        and value[0] == "."
        and value[1:].isascii()
        and value[1:].isalnum()
        and value == value.lower()
    )
