"""The structures of a dossier, read strictly: the sheet, and the lines of items, proofs and
redactions (spec/dossier.md, sections 4 to 7). No I/O; every reader raises Malformed.

Rules: one spelling only (canonical JSON); no field that the spec does not name, none missing; what
is left out says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from amana.core.encoding import MAX_INTEGER, Json, is_utc, parse, unb64
from amana.core.ids import is_id, is_sha256
from amana.core.merkle import HASH_BYTES
from amana.core.sign import COSIGNATURE, ED25519, PUBLIC_BYTES, Verifier
from amana.dossier.layout import LANGUAGES, OWN, ledger_name
from amana.errors import BadKey, Malformed

MAX_PATH = 64
_CONTENT = re.compile(r"(originals|copies|working)/([0-9a-f]{64})(\.[a-z0-9]{1,5})?")
_PART_FOLDER = {"original": "originals", "copy": "copies"}


@dataclass(frozen=True)
class SheetLedger:
    name: str
    holder: str
    verifier: Verifier
    witnesses: tuple[Verifier, ...]
    tokens: tuple[tuple[str, ...], ...]
    """For each checkpoint, the addresses of the authorities that stamped it."""


@dataclass(frozen=True)
class Sheet:
    id: str
    case: str
    made: str
    languages: tuple[str, ...]
    reports: tuple[str, ...]
    seal: Verifier
    ledgers: tuple[SheetLedger, ...]
    receipts: int
    couriers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class ProofLine:
    seq: int
    size: int
    leaf: bytes
    path: tuple[bytes, ...]
    withheld: str | None
    redacted: str | None


@dataclass(frozen=True)
class Part:
    """What became of an original or a copy: one of the three is given."""

    file: str | None = None
    withheld: str | None = None
    absent: str | None = None


@dataclass(frozen=True)
class ItemLine:
    n: int
    ledger: str
    seq: int
    state: str
    original: Part
    copy: Part
    working: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class RedactedLine:
    seq: int
    leaf: bytes
    fields: Json
    removed: tuple[tuple[str, str], ...]


def lines(data: bytes, what: str) -> Iterator[bytes]:
    """The lines of `data` without their line feeds; the last one must have its own."""
    if not data:
        return
    if not data.endswith(b"\n"):
        raise Malformed(what=what, reason="no line feed at its end")
    yield from data[:-1].split(b"\n")


# --- the sheet -------------------------------------------------------------------------------


def read_sheet(data: bytes) -> Sheet:
    sheet = parse(data, "sheet")
    _fields(
        sheet,
        "sheet",
        "v id case made languages reports seal ledgers receipts couriers",
    )
    _require(type(sheet["v"]) is int and sheet["v"] == 1, "sheet", "v")
    _require(is_id(sheet["id"]), "sheet", "id")
    _require(is_utc(sheet["made"]), "sheet", "made")
    ledgers = tuple(_read_ledger(entry) for entry in _array(sheet["ledgers"], "sheet", "ledgers"))
    named = [ledger.name for ledger in ledgers]
    wanted = [ledger_name(i) for i in range(len([n for n in named if n != OWN]))]
    _require(bool(wanted) and named in (wanted, [*wanted, OWN]), "sheet", "ledgers")
    origins = {ledger.verifier.name for ledger in ledgers}
    _require(len(origins) == len(ledgers), "sheet", "ledgers: two of one origin")
    return Sheet(
        id=sheet["id"],
        case=_text(sheet["case"], "sheet", "case"),
        made=sheet["made"],
        languages=_languages(sheet["languages"], "languages"),
        reports=_languages(sheet["reports"], "reports"),
        seal=_vkey(sheet["seal"], ED25519),
        ledgers=ledgers,
        receipts=_count(sheet["receipts"], "sheet", "receipts"),
        couriers=tuple(_read_courier(c) for c in _array(sheet["couriers"], "sheet", "couriers")),
    )


def _read_ledger(entry: Any) -> SheetLedger:
    what = "sheet's ledger"
    _fields(entry, what, "name holder vkey witnesses checkpoints")
    checkpoints = _array(entry["checkpoints"], what, "checkpoints")
    _require(bool(checkpoints), what, "checkpoints")
    witnesses = [_vkey(key, COSIGNATURE) for key in _array(entry["witnesses"], what, "witnesses")]
    return SheetLedger(
        name=_text(entry["name"], what, "name"),
        holder=_text(entry["holder"], what, "holder"),
        verifier=_vkey(entry["vkey"], ED25519),
        witnesses=tuple(witnesses),
        tokens=tuple(_read_tokens(c) for c in checkpoints),
    )


def _read_tokens(entry: Any) -> tuple[str, ...]:
    what = "sheet's checkpoint"
    _fields(entry, what, "tokens")
    urls = []
    for token in _array(entry["tokens"], what, "tokens"):
        _fields(token, what, "url")
        urls.append(_text(token["url"], what, "url"))
    return tuple(urls)


def _read_courier(entry: Any) -> tuple[str, bytes]:
    _fields(entry, "sheet's courier", "name key")
    key = unb64(entry["key"], "courier's key", PUBLIC_BYTES)
    return _text(entry["name"], "sheet's courier", "name"), key


def _languages(value: Any, field: str) -> tuple[str, ...]:
    found = _array(value, "sheet", field)
    _require(found == [x for x in LANGUAGES if x in found], "sheet", field)
    return tuple(found)


def _vkey(value: Any, algorithm: int) -> Verifier:
    text = _text(value, "sheet", "vkey")
    try:
        verifier = Verifier.parse(text)
    except BadKey as error:
        raise Malformed(what="sheet", reason=error.message) from None
    _require(verifier.algorithm == algorithm and verifier.vkey == text, "sheet", "vkey")
    return verifier


# --- lines -----------------------------------------------------------------------------------


def read_proof(line: bytes) -> ProofLine:
    what = "proof"
    proof = parse(line, what)
    reasons = {"withheld", "redacted"} & set(proof)
    _require(len(reasons) <= 1, what, "both withheld and redacted")
    _fields(proof, what, " ".join(["leaf path seq size", *reasons]))
    return ProofLine(
        seq=_count(proof["seq"], what, "seq"),
        size=_count(proof["size"], what, "size"),
        leaf=_digest(proof["leaf"], what, "leaf"),
        path=read_path(proof["path"], what),
        withheld=_text(proof["withheld"], what, "withheld") if "withheld" in reasons else None,
        redacted=_text(proof["redacted"], what, "redacted") if "redacted" in reasons else None,
    )


def read_consistency(line: bytes) -> tuple[int, int, tuple[bytes, ...]]:
    """(from, to, path)."""
    what = "consistency proof"
    step = parse(line, what)
    _fields(step, what, "from path to")
    start, end = _count(step["from"], what, "from"), _count(step["to"], what, "to")
    return start, end, read_path(step["path"], what)


def read_path(value: Any, what: str) -> tuple[bytes, ...]:
    steps = _array(value, what, "path")
    _require(len(steps) <= MAX_PATH, what, "path")
    return tuple(unb64(step, what, HASH_BYTES) for step in steps)


def read_item(line: bytes) -> ItemLine:
    what = "item"
    item = parse(line, what)
    given = ["working"] if "working" in item else []
    _fields(item, what, " ".join(["copy ledger n original seq state", *given]))
    working = [_read_working(w) for w in _array(item.get("working", []), what, "working")]
    _require(not given or bool(working), what, "working")
    return ItemLine(
        n=_count(item["n"], what, "n"),
        ledger=_text(item["ledger"], what, "ledger"),
        seq=_count(item["seq"], what, "seq"),
        state=_text(item["state"], what, "state"),
        original=_read_part(item["original"], "original"),
        copy=_read_part(item["copy"], "copy"),
        working=tuple(working),
    )


def _read_part(value: Any, name: str) -> Part:
    _require(isinstance(value, dict) and len(value) == 1, "item", name)
    ((field, content),) = value.items()
    _require(field in ("file", "withheld", "absent"), "item", name)
    text = _text(content, "item", name)
    if field == "file":
        _require(text.startswith(_PART_FOLDER[name] + "/"), "item", name)
        digest_in(text)
    return Part(**{field: text})


def _read_working(value: Any) -> tuple[int, str]:
    _fields(value, "item", "act file")
    path = _text(value["file"], "item", "working")
    _require(path.startswith("working/"), "item", "working")
    digest_in(path)
    return _count(value["act"], "item", "working"), path


def digest_in(path: str) -> str:
    """The SHA-256 that the name of an original, copy or working copy says."""
    match = _CONTENT.fullmatch(path)
    if not match:
        raise Malformed(what="item", reason=f"a file named {path[:90]!r}")
    return match.group(2)


def read_redacted(line: bytes) -> RedactedLine:
    what = "redacted record"
    entry = parse(line, what)
    _fields(entry, what, "fields leaf removed seq")
    _require(isinstance(entry["fields"], dict), what, "fields")
    removed = []
    for hole in _array(entry["removed"], what, "removed"):
        _fields(hole, what, "field reason")
        removed.append((_text(hole["field"], what, "field"), _text(hole["reason"], what, "reason")))
    names = [name for name, _ in removed]
    _require(names == sorted(set(names)), what, "removed")
    return RedactedLine(
        seq=_count(entry["seq"], what, "seq"),
        leaf=_digest(entry["leaf"], what, "leaf"),
        fields=entry["fields"],
        removed=tuple(removed),
    )


def has_field(fields: Json, name: str) -> bool:
    """Whether the dotted name leads to anything in `fields`."""
    value: Any = fields
    for part in name.split("."):
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return True


# --- single values ---------------------------------------------------------------------------


def _fields(value: Any, what: str, names: str) -> None:
    if not isinstance(value, dict) or set(value) != set(names.split()):
        raise Malformed(what=what, reason=f"its fields are not exactly: {names}")


def _require(holds: bool, what: str, field: str) -> None:
    if not holds:
        raise Malformed(what=what, reason=f"field {field} is wrong")


def _array(value: Any, what: str, field: str) -> list[Any]:
    _require(isinstance(value, list), what, field)
    return list(value)


def _text(value: Any, what: str, field: str) -> str:
    _require(isinstance(value, str) and bool(value), what, field)
    return str(value)


def _count(value: Any, what: str, field: str) -> int:
    _require(type(value) is int and 0 <= value <= MAX_INTEGER, what, field)
    return int(value)


def _digest(value: Any, what: str, field: str) -> bytes:
    _require(is_sha256(value), what, field)
    return bytes.fromhex(value)


def read_texts(data: bytes, what: str, names: str, check: Callable[[Json], bool]) -> Json:
    """A canonical object whose fields are exactly `names`, texts all, and that `check` accepts."""
    value = parse(data, what)
    _fields(value, what, names)
    for name in names.split():
        _text(value[name], what, name)
    _require(check(value), what, names)
    return value
