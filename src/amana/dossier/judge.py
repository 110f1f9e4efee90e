"""The judgement over a dossier that has been read: bytes in, verdict out, no I/O.

Rules, in order (spec/dossier.md names each by its code):
1. the manifests hold; 2. the sheet can be read, else nothing further can be said; 3. the bag and
its seal; 4. each ledger: heads, steps, witnesses, times, entries; 5. the items and their files;
6. no file too many or too few; 7. custody and disclosure; 8. what is not proved is said.
A missing file counts as an empty one in every check but 1 and 6, so that one fault hides no other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from amana.dossier import layout
from amana.dossier.bag_rules import Bag, check_bag, check_files, check_manifests, check_seal
from amana.dossier.custody_rules import check_custody, count_gaps
from amana.dossier.findings import CODES, Findings, Verdict
from amana.dossier.item_rules import check_disclosure, check_items
from amana.dossier.ledger_rules import Entries, TokenCheck, check_ledger
from amana.dossier.sheet import ItemLine, Sheet, SheetLedger, read_sheet
from amana.errors import Malformed


@dataclass(frozen=True)
class Examined:
    """A verdict, and what it was found on (nothing where the sheet could not be read)."""

    verdict: Verdict
    sheet: Sheet | None = None
    entries: Mapping[str, Entries] = field(default_factory=dict)
    items: Sequence[ItemLine] = ()


def judge(bag: Bag, token_check: TokenCheck, expected_seal: str | None = None) -> Verdict:
    """The verdict over `bag`. `expected_seal`: the archive's vkey as published elsewhere."""
    return examine(bag, token_check, expected_seal).verdict


def examine(bag: Bag, token_check: TokenCheck, expected_seal: str | None = None) -> Examined:
    """As `judge`, with the dossier's structures as they were read."""
    findings = Findings()
    check_manifests(bag, findings)
    try:
        sheet = read_sheet(bag.read(layout.SHEET))
    except Malformed as error:
        findings.fail("sheet", error.message)
        return Examined(_unread(findings))
    check_bag(bag, sheet, findings)
    check_seal(bag, sheet, findings)
    if expected_seal is not None and sheet.seal.vkey != expected_seal.strip():
        findings.fail("seal", "the sealing key is not the one that was expected")
    entries = {
        ledger.name: check_ledger(bag, ledger, token_check, findings) for ledger in sheet.ledgers
    }
    items = check_items(bag, sheet, entries, findings)
    check_files(bag, called_for(sheet, entries, items), findings)
    check_custody(bag, sheet, findings)
    check_disclosure(bag, sheet, entries, findings)
    findings.note("sheet", f"{sheet.case}; dossier {sheet.id}, made {sheet.made}")
    _say_what_is_not_proved(sheet, entries, items, expected_seal, findings)
    gaps = count_gaps(bag.read(layout.CUSTODY_REPORT))
    if gaps:
        findings.unproved("gaps", gaps)
    findings.facts |= {"id": sheet.id, "case": sheet.case, "seal": sheet.seal.vkey}
    return Examined(findings.verdict(), sheet, entries, items)


def _unread(findings: Findings) -> Verdict:
    findings.unproved("nothing")
    verdict = findings.verdict()
    done = {"manifest", "tagmanifest", "sheet"}
    checks = [c for c in verdict.checks if c.name in done]
    return Verdict(False, checks, verdict.open, {"not_checked": sorted(set(CODES) - done)})


def called_for(sheet: Sheet, entries: dict[str, Entries], items: Sequence[ItemLine]) -> set[str]:
    """Every payload path that the sheet and the items call for."""
    paths = {layout.SHEET, layout.ITEMS, layout.CUSTODY_REPORT, layout.DISCLOSURE}
    paths |= {layout.how_to_verify(language) for language in sheet.languages}
    paths |= {layout.report(language) for language in sheet.reports}
    paths |= {layout.receipt(number) for number in range(1, sheet.receipts + 1)}
    for ledger in sheet.ledgers:
        paths |= _ledger_paths(ledger, entries[ledger.name])
    for item in items:
        given = [item.original.file, item.copy.file, *(path for _, path in item.working)]
        paths |= {layout.DATA + path for path in given if path}
    return paths


def _ledger_paths(ledger: SheetLedger, entries: Entries) -> set[str]:
    paths = {layout.records(ledger.name), layout.proofs(ledger.name)}
    for place, urls in enumerate(ledger.tokens, start=1):
        paths.add(layout.checkpoint(ledger.name, place))
        for number in range(1, len(urls) + 1):
            suffixes = (".note", ".tsq", ".tsr", ".pem")
            paths |= {layout.token(ledger.name, place, number, suffix) for suffix in suffixes}
    if len(ledger.tokens) > 1:
        paths.add(layout.consistency(ledger.name))
    if any(proof.redacted for proof in entries.proofs.values()):
        paths.add(layout.redacted(ledger.name))
    return paths


def _say_what_is_not_proved(
    sheet: Sheet,
    entries: dict[str, Entries],
    items: Sequence[ItemLine],
    expected_seal: str | None,
    findings: Findings,
) -> None:
    say = findings.unproved
    if expected_seal is None:
        say("key", sheet.seal.vkey)
    _say_of_ledgers(sheet, findings)
    for key in ("pictures", "before", "else", "acts"):
        say(key)
    proofs = [proof for found in entries.values() for proof in found.proofs.values()]
    counts = {
        "withheld": sum(1 for proof in proofs if proof.withheld),
        "redacted": sum(1 for proof in proofs if proof.redacted),
        "absent": sum(1 for item in items if item.original.absent),
    }
    for key, count in counts.items():
        if count:
            say(key, count)
    if not sheet.receipts:
        say("custody")
    elif not sheet.couriers:
        say("couriers")


def _say_of_ledgers(sheet: Sheet, findings: Findings) -> None:
    say = findings.unproved
    for ledger in sheet.ledgers:
        if ledger.name != layout.OWN:
            say("holder", ledger.name, ledger.holder)
        if not any(ledger.tokens):
            say("time", ledger.name)
        if not ledger.witnesses:
            say("witness", ledger.name)
    if any(any(ledger.tokens) for ledger in sheet.ledgers):
        say("roots")
