"""Turns a case into the files of a dossier, all but the large ones as bytes. No I/O.

Threat: what is withheld must not slip through a side door. Every part is decided here, in one
place: a withheld record takes its original and its copy with it; a redacted one loses its salt, and
its file too when the file's digest is among what was removed.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from amana.core.encoding import Json, b64, canonical
from amana.core.ids import new_id
from amana.core.padding import unpad
from amana.dossier import layout
from amana.dossier.case import (
    Act,
    CaseFile,
    Evidence,
    LedgerEvidence,
    Proof,
    Redaction,
    Source,
)
from amana.dossier.custody_rules import in_order, is_receipt
from amana.dossier.sheet import has_field
from amana.errors import UsageProblem
from amana.ledger.checkpoint import parse_checkpoint
from amana.ledger.entry import Record

Contents = dict[str, bytes]
SALT_REASON = "always left out: with it, what was left out could be guessed"


@dataclass(frozen=True)
class Piece:
    """A large file to be streamed to `path` (relative to `data/`), and what it must turn out as."""

    path: str
    sha256: str
    size: int
    source: Source


@dataclass(frozen=True)
class Compiled:
    id: str
    contents: Contents
    bulk: tuple[Piece, ...]
    items: int
    withheld: int
    redacted: int


def compile_case(case: CaseFile) -> Compiled:
    """Every file of the dossier but tags and reports. Raises UsageProblem, Malformed."""
    dossier_id = case.id or new_id()
    contents: Contents = {}
    bulk: list[Piece] = []
    items: list[bytes] = []
    withheld = redacted = 0
    for index, (ledger, given) in enumerate(case.ledgers):
        name = layout.ledger_name(index)
        evidence = sorted(given, key=lambda e: e.record.seq)
        contents |= _ledger_files(name, ledger)
        contents |= _entry_files(name, [_entry(e) for e in evidence])
        for item in evidence:
            line, pieces = _item(name, len(items) + 1, item)
            items.append(canonical(line) + b"\n")
            bulk += pieces
            withheld += item.withheld.record is not None
            redacted += item.withheld.redaction is not None
    if case.own:
        ledger, acts = case.own
        contents |= _ledger_files(layout.OWN, ledger)
        ordered = sorted(acts, key=lambda act: act.record.seq)
        contents |= _entry_files(layout.OWN, [_act_entry(act) for act in ordered])
    contents[layout.ITEMS] = b"".join(items)
    contents[layout.SHEET] = canonical(_sheet(dossier_id, case))
    contents |= _statements(case)
    return Compiled(dossier_id, contents, tuple(bulk), len(items), withheld, redacted)


def _sheet(dossier_id: str, case: CaseFile) -> Json:
    ledgers = [
        _sheet_ledger(layout.ledger_name(i), ledger) for i, (ledger, _) in enumerate(case.ledgers)
    ]
    if case.own:
        ledgers.append(_sheet_ledger(layout.OWN, case.own[0]))
    return {
        "v": 1,
        "id": dossier_id,
        "case": case.case,
        "made": case.made,
        "languages": sorted(case.languages),
        "reports": sorted(case.reports),
        "seal": case.signer.verifier.vkey,
        "ledgers": ledgers,
        "receipts": len(_receipts(case)),
        "couriers": [{"name": name, "key": b64(key)} for name, key in case.custody.couriers],
    }


def _sheet_ledger(name: str, ledger: LedgerEvidence) -> Json:
    return {
        "name": name,
        "holder": ledger.holder,
        "vkey": ledger.verifier.vkey,
        "witnesses": [witness.vkey for witness in ledger.witnesses],
        "checkpoints": [
            {"tokens": [{"url": token.url} for token in checkpoint.timestamps]}
            for checkpoint in ledger.checkpoints
        ],
    }


def _statements(case: CaseFile) -> Contents:
    files = {
        layout.CUSTODY_REPORT: canonical(case.custody.report),
        layout.DISCLOSURE: canonical(
            {name: said for name, said in vars(case.disclosure).items() if said != ""}
            | {"terms": case.disclosure.terms}
        ),
    }
    for number, receipt in enumerate(_receipts(case), start=1):
        files[layout.receipt(number)] = receipt
    for language in case.languages:
        text = resources.files("amana.dossier").joinpath(f"howto/{language}.txt").read_bytes()
        files[layout.how_to_verify(language)] = text
    return files


def _receipts(case: CaseFile) -> list[bytes]:
    """What was only told is in the archive's custody report; here stands what was signed."""
    opened = [unpad(r) if b"\n" in r else r for r in case.custody.receipts]
    return in_order([receipt for receipt in opened if is_receipt(receipt)])


# --- ledgers ---------------------------------------------------------------------------------


def _ledger_files(name: str, ledger: LedgerEvidence) -> Contents:
    files: Contents = {}
    for place, checkpoint in enumerate(ledger.checkpoints, start=1):
        files[layout.checkpoint(name, place)] = checkpoint.note.encode("utf-8")
        for number, token in enumerate(checkpoint.timestamps, start=1):
            stamped = token.stamped if token.stamped is not None else checkpoint.note
            files |= {
                layout.token(name, place, number, ".note"): stamped.encode("utf-8"),
                layout.token(name, place, number, ".tsq"): token.request,
                layout.token(name, place, number, ".tsr"): token.response,
                layout.token(name, place, number, ".pem"): token.chain,
            }
    if len(ledger.checkpoints) > 1:
        sizes = [parse_checkpoint(checkpoint.note).size for checkpoint in ledger.checkpoints]
        if len(ledger.consistency) != len(sizes) - 1:
            raise UsageProblem(what=f"ledger {name} lacks consistency proofs between its heads")
        files[layout.consistency(name)] = b"".join(
            canonical({"from": old, "to": new, "path": [b64(h) for h in path]}) + b"\n"
            for old, new, path in zip(sizes, sizes[1:], ledger.consistency, strict=False)
        )
    return files


@dataclass(frozen=True)
class _Entry:
    record: Record
    proof: Proof
    withheld: str | None
    redaction: Redaction | None


def _entry(item: Evidence) -> _Entry:
    return _Entry(item.record, item.proof, item.withheld.record, item.withheld.redaction)


def _act_entry(act: Act) -> _Entry:
    return _Entry(act.record, act.proof, act.withheld, act.redaction)


def _entry_files(name: str, entries: Sequence[_Entry]) -> Contents:
    records: list[bytes] = []
    redacted: list[bytes] = []
    proofs: list[bytes] = []
    for entry in entries:
        line: Json = {
            "seq": entry.record.seq,
            "size": entry.proof.size,
            "leaf": entry.record.leaf.hex(),
            "path": [b64(step) for step in entry.proof.path],
        }
        if entry.withheld is not None:
            line["withheld"] = entry.withheld
        elif entry.redaction is not None:
            line["redacted"] = "; ".join(sorted(set(entry.redaction.removed.values())))
            redacted.append(canonical(redact(entry.record, entry.redaction)) + b"\n")
        else:
            records.append(entry.record.line + b"\n")
        proofs.append(canonical(line) + b"\n")
    files = {layout.records(name): b"".join(records), layout.proofs(name): b"".join(proofs)}
    if redacted:
        files[layout.redacted(name)] = b"".join(redacted)
    return files


def redact(record: Record, redaction: Redaction) -> Json:
    """The archive's statement of what a record says without the removed fields.

    Raises UsageProblem when a field to remove is not there: a slip of the pen must not disclose.
    """
    fields = copy.deepcopy(record.fields)
    removed = {**redaction.removed, "salt": SALT_REASON}
    if "original.path" in removed and has_field(fields, "original.path_raw"):
        removed["original.path_raw"] = removed["original.path"]
    for name in removed:
        if not has_field(fields, name):
            raise UsageProblem(what=f"entry {record.seq} has no field {name!r} to leave out")
    for name in removed:
        _drop(fields, name.split("."))
    return {
        "seq": record.seq,
        "leaf": record.leaf.hex(),
        "fields": fields,
        "removed": [{"field": name, "reason": removed[name]} for name in sorted(removed)],
    }


def _drop(fields: Any, path: list[str]) -> None:
    for part in path[:-1]:
        fields = fields.get(part) if isinstance(fields, dict) else None
    if isinstance(fields, dict):
        fields.pop(path[-1], None)


# --- items -----------------------------------------------------------------------------------


def _item(ledger: str, n: int, item: Evidence) -> tuple[Json, list[Piece]]:
    original, pieces = _part(item, "original")
    small, more = _part(item, "copy")
    line: Json = {
        "n": n,
        "ledger": ledger,
        "seq": item.record.seq,
        "state": item.state,
        "original": original,
        "copy": small,
    }
    pieces += more
    for working in item.working:
        path = layout.content("working", working.sha256, layout.extension(working.media_type))
        line.setdefault("working", []).append({"act": working.act, "file": path})
        pieces.append(Piece(path, working.sha256, working.source.size, working.source))
    return line, pieces


def _part(item: Evidence, name: str) -> tuple[Json, list[Piece]]:
    """What the dossier says of an item's original or copy, and the file if it gives one."""
    held = item.withheld
    reason = held.record or getattr(held, name)
    if reason is None and held.redaction is not None:
        removed = held.redaction.removed
        reason = next((removed[f] for f in (name, f"{name}.sha256") if f in removed), None)
    if reason is not None:
        return {"withheld": reason}, []
    said = item.record.fields.get(name)
    source: Source | None = getattr(item, name)
    if said is None:
        return {"absent": _why_none(item, name)}, []
    if source is None:
        return {"absent": item.state}, []
    folder = "originals" if name == "original" else "copies"
    suffix = layout.extension(said["media_type"])
    path = layout.content(folder, said["sha256"], suffix)
    return {"file": path}, [Piece(path, said["sha256"], said["size"], source)]


def _why_none(item: Evidence, name: str) -> str:
    fields = item.record.fields
    if fields["kind"] != "item":
        return str(fields.get("reason") or "the entry is not a file")
    return str(fields.get("trouble") or f"no {name} was made")
