"""The rules of a dossier's ledgers (spec/dossier.md, section 5). Decides on bytes; does no I/O:
how a timestamp token is verified is handed in.

- heads: signed by the ledger's key, in its name, strictly growing;
- steps: each head continues the one before;
- witnesses and time authorities: what they signed is this head;
- entries: each has a proof under one of the heads; each disclosed line is that entry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from amana.core.encoding import utc
from amana.core.merkle import leaf_hash, verify_consistency, verify_inclusion
from amana.dossier import layout
from amana.dossier.bag_rules import Bag
from amana.dossier.findings import Findings
from amana.dossier.notes import OpenedNote, open_strictly
from amana.dossier.sheet import (
    ProofLine,
    RedactedLine,
    SheetLedger,
    has_field,
    lines,
    read_consistency,
    read_proof,
    read_redacted,
)
from amana.errors import AmanaError, Malformed, NotProved
from amana.ledger.checkpoint import Checkpoint, parse_checkpoint
from amana.ledger.entry import ACT, Record, parse_record


@dataclass(frozen=True)
class Token:
    """A timestamp as a dossier holds it: what was stamped, request, response, certificates."""

    stamped: bytes
    request: bytes
    response: bytes
    chain: bytes


_MAX_DIGITS = 19
# The time a token states. Raises AmanaError when it does not hold.
TokenCheck = Callable[[Token], datetime]


@dataclass
class Entries:
    """What a ledger's files say, as far as it held: by `seq`."""

    proofs: dict[int, ProofLine] = field(default_factory=dict)
    records: dict[int, Record] = field(default_factory=dict)
    redacted: dict[int, RedactedLine] = field(default_factory=dict)


def check_ledger(
    bag: Bag, ledger: SheetLedger, token_check: TokenCheck, findings: Findings
) -> Entries:
    heads = [_open_head(bag, ledger, place, findings) for place in _places(ledger)]
    sizes = [head.size for head in heads if head]
    if any(later <= earlier for earlier, later in pairwise(sizes)):
        findings.fail("checkpoint", f"{ledger.name}: a head is not larger than the one before")
    findings.note(
        "checkpoint", f"{ledger.name}: {len(heads)} heads, {max(sizes, default=0)} entries"
    )
    _check_consistency(bag, ledger, heads, findings)
    for place, urls in enumerate(ledger.tokens, start=1):
        for number, url in enumerate(urls, start=1):
            _check_token(bag, ledger, (place, number, url), token_check, findings)
    entries = Entries()
    _check_proofs(bag, ledger, {head.size: head for head in heads if head}, entries, findings)
    _check_records(bag, ledger, entries, findings)
    _check_redacted(bag, ledger, entries, findings)
    return entries


def _places(ledger: SheetLedger) -> range:
    return range(1, len(ledger.tokens) + 1)


# --- heads -----------------------------------------------------------------------------------


def _open_head(bag: Bag, ledger: SheetLedger, place: int, findings: Findings) -> Checkpoint | None:
    path = layout.checkpoint(ledger.name, place)
    try:
        note, head = _open_note(bag.read(path), ledger)
    except AmanaError as error:
        findings.fail("checkpoint", f"{path}: {error.message}")
        return None
    for name in note.refused:
        findings.fail("witness", f"{path}: the cosignature of {name} does not hold")
    for name in note.witnessed:
        findings.note("witness", f"{path}: {name}")
    return head


def _open_note(data: bytes, ledger: SheetLedger) -> tuple[OpenedNote, Checkpoint]:
    note = open_strictly(data, ledger.verifier, ledger.witnesses)
    if len(note.text.split("\n", 2)[1]) > _MAX_DIGITS:
        raise Malformed(what="checkpoint", reason="a size beyond all ledgers")
    head = parse_checkpoint(data.decode("utf-8"))
    if head.origin != ledger.verifier.name:
        raise Malformed(what="checkpoint", reason="its origin is not the name of its key")
    return note, head


def _check_consistency(
    bag: Bag, ledger: SheetLedger, heads: list[Checkpoint | None], findings: Findings
) -> None:
    path = layout.consistency(ledger.name)
    try:
        steps = [read_consistency(line) for line in lines(bag.read(path), "consistency proofs")]
    except Malformed as error:
        findings.fail("consistency", f"{path}: {error.message}")
        return
    if len(steps) != len(heads) - 1:
        findings.fail("consistency", f"{path}: {len(steps)} steps between {len(heads)} heads")
        return
    for (start, end, proof), old, new in zip(steps, heads, heads[1:], strict=False):
        if old is None or new is None:
            continue
        try:
            if (start, end) != (old.size, new.size):
                raise NotProved(what="a step", reason="it is between other heads")
            verify_consistency(old.size, new.size, proof, old.root, new.root)
        except NotProved as error:
            findings.fail("consistency", f"{path}: {error.message}")
    if steps:
        findings.note("consistency", f"{ledger.name}: {len(steps)} steps")


def _check_token(
    bag: Bag,
    ledger: SheetLedger,
    which: tuple[int, int, str],
    token_check: TokenCheck,
    findings: Findings,
) -> None:
    place, number, url = which
    stem = layout.token(ledger.name, place, number, "")
    stamped, *rest = (bag.read(stem + suffix) for suffix in (".note", ".tsq", ".tsr", ".pem"))
    try:
        note, head = _open_note(stamped, ledger)
        if not bag.read(layout.checkpoint(ledger.name, place)).startswith(
            f"{note.text}\n".encode()
        ):
            raise NotProved(what="the token", reason="it is over another head")
        time = token_check(Token(stamped, *rest))
    except AmanaError as error:
        findings.fail("timestamp", f"{stem}: {error.message}")
        return
    size = head.size
    findings.note("timestamp", f"{ledger.name}: {size} entries existed at {utc(time)} ({url})")
    stamps = findings.facts.setdefault("stamps", [])
    assert isinstance(stamps, list)
    stamps.append({"ledger": ledger.name, "size": size, "time": utc(time), "authority": url})


# --- entries ---------------------------------------------------------------------------------


def _check_proofs(
    bag: Bag,
    ledger: SheetLedger,
    heads: dict[int, Checkpoint],
    entries: Entries,
    findings: Findings,
) -> None:
    path, last = layout.proofs(ledger.name), -1
    try:
        for line in lines(bag.read(path), "proofs"):
            proof = read_proof(line)
            if proof.seq <= last:
                raise Malformed(what="proofs", reason=f"{proof.seq} after {last}")
            last = proof.seq
            entries.proofs[proof.seq] = proof
            _check_inclusion(proof, heads, path, findings)
    except Malformed as error:
        findings.fail("inclusion", f"{path}: {error.message}")
    findings.note("inclusion", f"{ledger.name}: {len(entries.proofs)} entries")


def _check_inclusion(
    proof: ProofLine, heads: dict[int, Checkpoint], path: str, findings: Findings
) -> None:
    head = heads.get(proof.size)
    try:
        if head is None:
            raise NotProved(what=f"entry {proof.seq}", reason=f"no head of {proof.size} entries")
        verify_inclusion(proof.leaf, proof.seq, proof.size, proof.path, head.root)
    except NotProved as error:
        findings.fail("inclusion", f"{path}: {error.message}")


def _check_records(bag: Bag, ledger: SheetLedger, entries: Entries, findings: Findings) -> None:
    path = layout.records(ledger.name)
    wanted = [p for p in entries.proofs.values() if not p.withheld and not p.redacted]
    try:
        given = list(lines(bag.read(path), "records"))
    except Malformed as error:
        findings.fail("record", f"{path}: {error.message}")
        return
    if len(given) != len(wanted):
        findings.fail("record", f"{path}: {len(given)} lines for {len(wanted)} disclosed entries")
    for line, proof in zip(given, wanted, strict=False):
        try:
            entries.records[proof.seq] = _open_record(line, proof, ledger)
        except AmanaError as error:
            findings.fail("record", f"{path}: entry {proof.seq}: {error.message}")
    findings.note("record", f"{ledger.name}: {len(given)} records")


def _open_record(line: bytes, proof: ProofLine, ledger: SheetLedger) -> Record:
    if leaf_hash(line) != proof.leaf:
        raise NotProved(what="the record", reason="it is not the line that was committed")
    record = parse_record(line)
    if record.seq != proof.seq:
        raise NotProved(what="the record", reason=f"it says it is entry {record.seq}")
    if record.fields.get("ledger", ledger.verifier.name) != ledger.verifier.name:
        # Threat: entries of one ledger, copied into another and sworn to anew.
        raise NotProved(what="the record", reason="it says it is of another ledger")
    if type(record.fields["v"]) is not int:
        raise Malformed(what="record", reason="its version is no number")
    if ledger.name == layout.OWN and record.kind != ACT:
        raise Malformed(what="record", reason="the archive's ledger holds acts only")
    return record


def _check_redacted(bag: Bag, ledger: SheetLedger, entries: Entries, findings: Findings) -> None:
    path = layout.redacted(ledger.name)
    wanted = [proof for proof in entries.proofs.values() if proof.redacted]
    try:
        given = [read_redacted(line) for line in lines(bag.read(path), "redacted records")]
    except Malformed as error:
        findings.fail("redaction", f"{path}: {error.message}")
        return
    if len(given) != len(wanted):
        findings.fail("redaction", f"{path}: {len(given)} lines for {len(wanted)} entries")
    for line, proof in zip(given, wanted, strict=False):
        names = [name for name, _ in line.removed]
        if (line.seq, line.leaf) != (proof.seq, proof.leaf):
            findings.fail("redaction", f"{path}: entry {line.seq} is not entry {proof.seq}")
        elif "salt" not in names:
            # Threat: with the salt, a removed name is guessed and each guess tried on the leaf.
            findings.fail("redaction", f"{path}: entry {line.seq} keeps its salt")
        elif any(has_field(line.fields, name) for name in [*names, "salt"]):
            findings.fail("redaction", f"{path}: entry {line.seq} still holds a removed field")
        else:
            entries.redacted[line.seq] = line
    if given:
        findings.note("redaction", f"{ledger.name}: {len(given)} redacted records")
