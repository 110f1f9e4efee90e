"""Fills a case file from an unlocked archive: proofs, heads, stamps, the archive's own acts.

Every act on evidence is a ledger entry: the disclosure itself is entered first; where that fails,
there is no dossier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from amana.core.encoding import Json, parse, utc
from amana.core.ids import new_id
from amana.core.merkle import Tree
from amana.core.sign import Signer, Verifier
from amana.dossier.case import (
    Act,
    CaseFile,
    CheckpointEvidence,
    Custody,
    Disclosure,
    Evidence,
    LedgerEvidence,
    Proof,
    Redaction,
    Source,
    TimestampEvidence,
    Withheld,
    WorkingCopy,
)
from amana.errors import AmanaError, NotProved, UsageProblem
from amana.handover.plan import Plan
from amana.ledger.checkpoint import open_checkpoint, parse_checkpoint
from amana.ledger.entry import Record
from amana.ledger.stamps import asked_before, authority_name
from amana.reunite.archive import Archive
from amana.reunite.catalogue import GOOD

Name = tuple[str, int]


@dataclass(frozen=True)
class Wanted:
    """What the archive is to disclose. `items` name records by (ledger's origin, seq).

    `stamps` is the folder where `amana ledger timestamp` keeps tokens; `roots` the authorities'
    certificates (PEM, the root last) by address. `cosigned` are notes that witnesses cosigned, and
    `witnesses` their keys. `acts` chooses among the archive's own entries; by default those that
    name one of the items, their bytes, their ledger's heads, or this dossier. `act_redaction` says
    what is left out of an act that is disclosed. `supplements` is a former dossier's seal, and
    `entered` goes into the act "disclosed" beside what always stands there.
    """

    title: str
    items: Sequence[Name]
    by: str
    to: str
    basis: str
    terms: str = "for use in these proceedings only"
    withheld: Mapping[Name, Withheld] = field(default_factory=dict)
    working: Mapping[Name, Sequence[WorkingCopy]] = field(default_factory=dict)
    custody: Custody = field(default_factory=Custody)
    stamps: Path | None = None
    roots: Mapping[str, bytes] = field(default_factory=dict)
    cosigned: Sequence[str] = ()
    witnesses: Sequence[Verifier] = ()
    acts: Callable[[Record], bool] | None = None
    act_redaction: Callable[[Record], Redaction | None] = lambda record: None
    supplements: str = ""
    entered: Json = field(default_factory=dict)
    languages: Sequence[str] = ("ar", "en", "fr")
    reports: Sequence[str] = ("ar", "en", "fr")


def case_from_archive(
    archive: Archive, wanted: Wanted, signer: Signer, enter: Callable[[Json], object] | None = None
) -> CaseFile:
    """The case file of `wanted`. `signer` is the archive's (`Office.signer`). `enter` writes an act
    into the archive's ledger where somebody else holds its pen; by default the archive does.

    Raises UsageProblem, NotProved where an item has no proof, Locked, WriteFailed where the
    disclosure cannot be entered in the archive's ledger.
    """
    if not wanted.items:
        raise UsageProblem(what="a dossier of nothing was asked for")
    if archive.book is None:
        raise UsageProblem(what="this archive has no ledger of its own to enter the disclosure in")
    found = [archive.evidence(origin, seq) for origin, seq in sorted(set(wanted.items))]
    origins = sorted({evidence.origin for evidence in found})
    dossier_id, now = new_id(), utc(archive.clock())
    said: Json = {
        **wanted.entered,
        "dossier": dossier_id,
        "to": wanted.to,
        "basis": wanted.basis,
        "items": [{"ledger": e.origin, "seq": e.record.seq} for e in found],
    }
    if enter is None:
        archive.act("disclosed", **said)
    else:
        enter({"act": "disclosed", **said})
    ledgers = []
    for origin in origins:
        own = [e for e in found if e.origin == origin]
        heads = _Heads.of(archive, origin, {e.size for e in own}, wanted)
        ledgers.append((heads.evidence(wanted), [_item(e, wanted) for e in own]))
    return CaseFile(
        case=wanted.title,
        made=now,
        ledgers=ledgers,
        signer=signer,
        disclosure=Disclosure(
            wanted.by, wanted.to, wanted.basis, now, wanted.terms, wanted.supplements
        ),
        own=_own(archive, wanted, _Names.of(found, dossier_id)),
        custody=wanted.custody,
        languages=wanted.languages,
        reports=wanted.reports,
        id=dossier_id,
    )


def couriers_of(plans: Iterable[Plan]) -> list[tuple[str, bytes]]:
    """Who may sign receipts on these routes: codename and one-time public key, for `Custody`."""
    hands = []
    for plan in plans:
        for leg, giver, taker in zip(plan.legs, plan.hands, plan.hands[1:], strict=False):
            hands += [(giver.codename, leg.giver), (taker.codename, leg.taker)]
    return hands


def _item(found: Any, wanted: Wanted) -> Evidence:
    name = (found.origin, found.record.seq)
    record: Record = found.record
    states = {(True, True): "reunited", (True, False): "reunited", (False, True): "copy_only"}
    held = (found.original is not None, found.copy is not None)
    return Evidence(
        record,
        Proof(found.size, found.proof),
        _source(record.fields["original"]["size"], found.original),
        _source(record.copy["size"], found.copy) if record.copy else None,
        states.get(held, "record_only"),
        wanted.withheld.get(name, Withheld()),
        wanted.working.get(name, ()),
    )


def _source(size: int, opener: Callable[[], bytes] | None) -> Source | None:
    return None if opener is None else Source(size, lambda: [opener()])


# --- heads, steps, stamps --------------------------------------------------------------------


@dataclass(frozen=True)
class _Heads:
    """A ledger's signed heads by size, its tree, and whose key it is."""

    holder: str
    verifier: Verifier
    notes: Mapping[int, str]
    tree: Tree

    @classmethod
    def of(cls, archive: Archive, origin: str, sizes: set[int], wanted: Wanted) -> _Heads:
        """Those heads that proofs need, that were stamped or cosigned, and the largest."""
        (ledger,) = (row for row in archive.catalogue.ledgers() if row.origin == origin)
        notes: dict[int, str] = {}
        for row in archive.catalogue.checkpoints(ledger.id):
            if row.verdict == GOOD and row.size:
                opened = parse(archive.keys.open_row(row.closed), "checkpoint row")
                notes.setdefault(row.size, str(opened["note"]))
        stamped = {_text(path.read_text("utf-8")) for path in _places(wanted.stamps)}
        stamped |= {_text(note) for note in wanted.cosigned}
        sizes = sizes | {size for size, note in notes.items() if _text(note) in stamped}
        chosen = {size: notes[size] for size in sorted(sizes | {max(notes)})}
        leaves = (
            leaf
            for seq, leaf, refuted in archive.catalogue.leaves(ledger.id, 0)
            if not refuted and seq < max(notes)
        )
        holder, verifier = _whose(archive, origin, chosen[max(notes)])
        return cls(holder, verifier, chosen, Tree.of(leaves))

    def evidence(self, wanted: Wanted) -> LedgerEvidence:
        sizes = list(self.notes)
        return LedgerEvidence(
            self.holder,
            self.verifier,
            [_checkpoint(note, wanted) for note in self.notes.values()],
            [self.tree.consistency(a, b) for a, b in pairwise(sizes)],
            _cosigners(self.notes.values(), wanted),
        )


def _whose(archive: Archive, origin: str, note: str) -> tuple[str, Verifier]:
    """The registered kit that signed `note` in the name of `origin`. Raises NotProved."""
    for kit in archive.kits():
        verifier = Verifier(origin, kit.public)
        try:
            open_checkpoint(note, verifier)
        except AmanaError:
            continue
        return kit.codename, verifier
    raise NotProved(what=f"the ledger {origin}", reason="no registered kit signed its head")


def _checkpoint(note: str, wanted: Wanted) -> CheckpointEvidence:
    """The head's note, in its cosigned form where there is one, with its tokens."""
    text = _text(note)
    cosigned = next((n for n in wanted.cosigned if _text(n) == text), note)
    tokens = [
        token
        for path in _places(wanted.stamps)
        if _text(path.read_text("utf-8")) == text
        for token in _tokens(path.parent, wanted.roots)
    ]
    return CheckpointEvidence(cosigned, tokens)


def _tokens(place: Path, roots: Mapping[str, bytes]) -> Iterable[TimestampEvidence]:
    note = (place / "checkpoint").read_text("utf-8")
    urls = sorted({str(entry["url"]) for entry in asked_before(place)})
    for url in urls:
        request, reply = (place / (authority_name(url) + end) for end in (".tsq", ".tsr"))
        if url in roots and request.exists() and reply.exists():
            yield TimestampEvidence(
                request.read_bytes(), reply.read_bytes(), roots[url], url, stamped=note
            )


def _places(stamps: Path | None) -> list[Path]:
    return sorted(stamps.glob("*/checkpoint")) if stamps and stamps.is_dir() else []


def _cosigners(notes: Iterable[str], wanted: Wanted) -> list[Verifier]:
    texts = {_text(note) for note in notes}
    lines = "".join(n for n in wanted.cosigned if _text(n) in texts)
    return [w for w in wanted.witnesses if f"\u2014 {w.name} " in lines]


def _text(note: str) -> str:
    return note.rpartition("\n\n")[0]


# --- the archive's own acts ------------------------------------------------------------------


@dataclass(frozen=True)
class _Names:
    """By what an act may name the case."""

    items: frozenset[Name]
    texts: frozenset[str]
    origins: frozenset[str]

    @classmethod
    def of(cls, found: Sequence[Any], dossier_id: str) -> _Names:
        digests = {e.record.original["sha256"] for e in found}
        digests |= {e.record.copy["sha256"] for e in found if e.record.copy}
        items = frozenset((e.origin, e.record.seq) for e in found)
        return cls(items, frozenset(digests | {dossier_id}), frozenset(o for o, _ in items))

    def concern(self, fields: Mapping[str, Any]) -> bool:
        if fields.get("act") == "disclosed":
            return fields.get("dossier") in self.texts
        if fields.get("act") == "accepted checkpoint":
            return parse_checkpoint(str(fields["checkpoint"])).origin in self.origins
        places = {fields.get("seq"), fields.get("record")}  # the web says `record`
        return any((fields.get("ledger"), place) in self.items for place in places) or self._named(
            fields
        )

    def _named(self, value: Any) -> bool:
        if isinstance(value, str):
            return value in self.texts
        inner = value.values() if isinstance(value, dict) else value
        return isinstance(value, dict | list) and any(self._named(x) for x in inner)


def _own(archive: Archive, wanted: Wanted, names: _Names) -> tuple[LedgerEvidence, list[Act]]:
    book = archive.book
    assert book is not None  # checked before anything was entered
    note = book.checkpoint()
    size = parse_checkpoint(note).size
    tree = book.tree()
    chosen = wanted.acts or (lambda record: names.concern(record.fields))
    working = {w.act for copies in wanted.working.values() for w in copies}
    acts = [
        Act(
            record,
            Proof(size, tree.inclusion(record.seq, size)),
            redaction=None if record.seq in working else wanted.act_redaction(record),
        )
        for record in book.records()
        if record.seq < size and (record.seq in working or chosen(record))
    ]
    checkpoint = _checkpoint(note, wanted)
    witnesses = _cosigners([note], wanted)
    verifier = Verifier(book.origin, book.verifier.public)
    return LedgerEvidence("the archive", verifier, [checkpoint], (), witnesses), acts
