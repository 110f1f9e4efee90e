"""The rules of a dossier's items (spec/dossier.md, sections 6 and 8). Decides on bytes and digests;
does no I/O.

- every entry is accounted for, once, in order;
- a file is what its record committed to: name, bytes and size;
- what a withheld or redacted record does not say cannot be proved, so no file may claim it;
- a working copy descends from evidence, step by step, by disclosed acts of the archive.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from amana.core.encoding import Json, is_utc, parse
from amana.core.ids import is_id, is_sha256
from amana.dossier import layout
from amana.dossier.bag_rules import Bag, Digest
from amana.dossier.findings import Findings
from amana.dossier.ledger_rules import Entries
from amana.dossier.notes import open_strictly
from amana.dossier.sheet import ItemLine, Part, Sheet, digest_in, lines, read_item, read_texts
from amana.errors import AmanaError, Malformed, NotProved

_GONE: Digest = Digest("", -1)


def check_items(
    bag: Bag, sheet: Sheet, entries: Mapping[str, Entries], findings: Findings
) -> list[ItemLine]:
    """The items, checked as far as they can be read."""
    try:
        items = [read_item(line) for line in lines(bag.read(layout.ITEMS), "items")]
    except Malformed as error:
        findings.fail("item", error.message)
        return []
    wanted = [
        (name, seq)
        for name in (ledger.name for ledger in sheet.ledgers)
        if name != layout.OWN
        for seq in entries[name].proofs
    ]
    if [(item.ledger, item.seq) for item in items] != wanted:
        findings.fail("item", f"{len(items)} items do not answer to {len(wanted)} entries")
    if [item.n for item in items] != list(range(1, len(items) + 1)):
        findings.fail("item", "they are not counted from 1")
    findings.note("item", f"{len(items)} items")
    acts = entries[layout.OWN] if layout.OWN in entries else Entries()
    for item in items:
        fields = fields_of(item, entries.get(item.ledger, Entries()))
        _check_part(bag, item, "original", fields, findings)
        _check_part(bag, item, "copy", fields, findings)
        _check_working(bag, item, fields, acts, findings)
    for part in ("original", "copy"):
        given = sum(1 for item in items if getattr(item, part).file)
        findings.note(part, f"{given} given, {len(items) - given} withheld or absent")
    return items


def fields_of(item: ItemLine, entries: Entries) -> Json:
    """What is disclosed of the item's record: the record, what a redacted one still says, or
    nothing."""
    if item.seq in entries.records:
        return entries.records[item.seq].fields
    if item.seq in entries.redacted:
        return entries.redacted[item.seq].fields
    return {}


def _check_part(bag: Bag, item: ItemLine, name: str, fields: Json, findings: Findings) -> None:
    part: Part = getattr(item, name)
    if part.file is None:
        return
    said = fields.get(name)
    found = bag.digests.get(layout.DATA + part.file, _GONE)
    if not isinstance(said, dict) or not is_sha256(said.get("sha256")):
        findings.fail(name, f"item {item.n}: no disclosed record speaks of {part.file}")
    elif said["sha256"] != digest_in(part.file):
        findings.fail(name, f"item {item.n}: its record speaks of another file than {part.file}")
    elif (found.sha256, found.size) != (said["sha256"], said.get("size")):
        findings.fail(name, f"item {item.n}: {part.file} is not what was committed to")


# --- working copies --------------------------------------------------------------------------


def _check_working(
    bag: Bag, item: ItemLine, fields: Json, acts: Entries, findings: Findings
) -> None:
    known = {
        said["sha256"]
        for said in (fields.get("original"), fields.get("copy"))
        if isinstance(said, dict) and is_sha256(said.get("sha256"))
    }
    for act, path in item.working:
        try:
            made = _derived(acts, act, known)
            found = bag.digests.get(layout.DATA + path, _GONE)
            if (digest_in(path), found.sha256, found.size) != (*[made["sha256"]] * 2, made["size"]):
                raise NotProved(what=path, reason=f"act {act} made another file")
            known.add(made["sha256"])
        except AmanaError as error:
            findings.fail("working", f"item {item.n}: {error.message}")
    if item.working:
        findings.note("working", f"item {item.n}: {len(item.working)}")


def _derived(acts: Entries, seq: int, known: set[str]) -> Json:
    """What act `seq` made of something in `known`. Raises NotProved."""
    record = acts.records.get(seq)
    fields: Json = record.fields if record else {}
    made: Any = fields.get("made")
    texts = [fields.get("operation"), fields.get("reason")]
    if fields.get("act") != "derived" or not all(isinstance(t, str) and t for t in texts):
        raise NotProved(
            what="a working copy", reason=f"act {seq} of the archive does not record it"
        )
    if not isinstance(made, dict) or not {"sha256", "size", "media_type"} <= set(made):
        raise NotProved(what="a working copy", reason=f"act {seq} does not say what it made")
    if fields.get("from") not in known:
        raise NotProved(what="a working copy", reason=f"act {seq} started from something else")
    return made


# --- disclosure ----------------------------------------------------------------------------------


def check_disclosure(
    bag: Bag, sheet: Sheet, entries: Mapping[str, Entries], findings: Findings
) -> None:
    names = "basis by on terms to"
    try:
        data = bag.read(layout.DISCLOSURE)
        if "supplements" in parse(data, "disclosure"):
            names += " supplements"
        said = read_texts(data, "disclosure", names, lambda value: is_utc(value["on"]))
        former = _former(said["supplements"], sheet) if "supplements" in said else ""
    except AmanaError as error:
        findings.fail("disclosure", error.message)
        return
    acts = entries[layout.OWN].records.values() if layout.OWN in entries else ()
    logged = any(
        record.fields.get("act") == "disclosed" and record.fields.get("dossier") == sheet.id
        for record in acts
    )
    ledger = "entered in the archive's ledger" if logged else "not in the archive's ledger here"
    findings.note("disclosure", f"{said['by']} to {said['to']}, {said['on']}; {ledger}{former}")


def _former(seal: str, sheet: Sheet) -> str:
    """Which dossier the seal in `seal` sealed: the one that this one adds to. Raises NotProved.

    Threat: a supplement that names a former dossier by its number alone could be passed off as an
    addition to another one, or to a state of it that nobody was given.
    """
    said = open_strictly(seal.encode("utf-8"), sheet.seal).text.split("\n")
    line, number, manifest = (*said, "", "", "")[:3]
    whole = len(said) == 4 and line == layout.SEAL_LINE and said[3] == ""
    if not whole or not is_id(number) or not is_sha256(manifest) or number == sheet.id:
        raise NotProved(what="the seal of the former dossier", reason="it seals no other dossier")
    return f"; supplements dossier {number}"
