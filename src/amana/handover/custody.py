"""The chain of custody from receipts and plan: bytes in, a report out, nothing hidden.

Rules:
1. A receipt counts only under the two one-time keys of one leg of the plan.
2. A full receipt is `signed`; the taker's half alone is `half`; words told later are `told`: the
   report never calls one the other.
3. Each statement carries the link of the one before: the first the plan's anchor. Where the one
   before is missing, the gap is stated; where the link differs, the chain is broken there.
4. What a hand took and did not give on is a gap, with the disk's number.
5. Two different receipts of one leg, a manifest that changed, a time that runs backwards break the
   chain; a seal that changed is a remark, because seals may be renewed, and a court must ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from amana.core.encoding import Json, unb64
from amana.errors import AmanaError
from amana.handover.entries import Entry, is_entry
from amana.handover.findings import Finding
from amana.handover.plan import LegPlan, Plan
from amana.handover.receipts import PERSON, Receipt, link_of_words, open_receipt

SIGNED, HALF, TOLD, MISSING = "signed", "half", "told", "missing"
HOW_TOLD = "in person, without devices; words told to the archive later"


@dataclass(frozen=True)
class Event:
    """One leg, as far as it is proved. `giver`, `taker`: codenames. `how_proved`: signed, half,
    told or missing."""

    leg: int
    giver: str
    taker: str
    how_proved: str
    disks: tuple[int, ...] = ()
    seals: tuple[tuple[int, str], ...] = ()
    conditions: tuple[tuple[int, str], ...] = ()
    time: str = ""
    how: str = ""
    why: str = ""
    refused: int = 0

    def to_json(self) -> Json:
        return {
            "leg": self.leg,
            "from": self.giver,
            "to": self.taker,
            "proof": self.how_proved,
            "what": [f"disk {n}" for n in self.disks],
            "seals": {str(n): seal for n, seal in self.seals},
            "conditions": {str(n): text for n, text in self.conditions},
            "when": self.time,
            "how": self.how,
            "why": self.why,
            "words_tried_in_vain": self.refused,
        }


@dataclass
class CustodyReport:
    """`chain`: one event a leg, in order. `gaps`: what is not proved. `broken`: what contradicts.
    `remarks`: what a court will ask. `arrived`: disks signed for by the last hand; `lost`: disk →
    the last hand that signed for it. `intact`: every planned disk has a full chain."""

    route: str
    kind: str
    chain: list[Event] = field(default_factory=list)
    gaps: list[Finding] = field(default_factory=list)
    broken: list[Finding] = field(default_factory=list)
    remarks: list[Finding] = field(default_factory=list)
    arrived: tuple[int, ...] = ()
    lost: dict[int, str] = field(default_factory=dict)

    @property
    def intact(self) -> bool:
        return not self.gaps and not self.broken

    def to_json(self) -> Json:
        return {
            "route": self.route,
            "kind": self.kind,
            "intact": self.intact,
            "chain": [event.to_json() for event in self.chain],
            "gaps": list(map(str, self.gaps)),
            "broken": list(map(str, self.broken)),
            "remarks": list(map(str, self.remarks)),
            "arrived": list(self.arrived),
            "lost": {str(n): hand for n, hand in self.lost.items()},
        }


def verify(
    receipts: Sequence[bytes],
    plan: Plan,
    *,
    entries: Sequence[Entry] = (),
) -> CustodyReport:
    """The chain of one route; for one that was planned anew, of its joined plan (plan.join).

    `receipts`: opened bytes of receipts, and of entries, in any order; repeated or foreign ones may
    be among them. Never raises for a bad one: it is listed under `broken`.
    """
    report = CustodyReport(plan.route, plan.kind)
    told_later = [*entries, *_entries(receipts, report)]
    found = _sort([r for r in receipts if not is_entry(r)], plan, report)
    _check_entries(told_later, plan, report)
    for index, leg in enumerate(plan.legs):
        receipt, told = found.get(index), _told(told_later, leg)
        spoken = _follows_spoken(leg, found.get(index + 1))
        report.chain.append(_event(plan, index, receipt, told, spoken=spoken))
        _check_leg(plan, index, receipt, told, report)
        if receipt and _breaks(plan, index, receipt, found):
            report.broken.append(Finding("does not follow", leg=index + 1))
    _compare_neighbours([found.get(i) for i in range(len(plan.legs))], report)
    _compare_seals(report)
    _follow_disks(plan, report)
    return report


def _breaks(plan: Plan, index: int, receipt: Receipt, found: dict[int, Receipt]) -> bool:
    """Whether this receipt carries another link than that of the leg before."""
    former = _former(receipt)
    if index == 0:
        return former != plan.anchor
    if index - 1 in found:
        return former != found[index - 1].link
    return False  # the one before is missing, and stated as a gap: nothing to compare with


def _follows_spoken(leg: LegPlan, after: Receipt | None) -> bool:
    """Whether the next leg's giver knew both hands' parting words: then this meeting took place."""
    return after is not None and _former(after) == spoken_link(leg)


def spoken_link(leg: LegPlan) -> bytes:
    return link_of_words(leg.meeting, leg.parting_giver, leg.parting_taker)


def _former(receipt: Receipt) -> bytes:
    return unb64(receipt.statement["former"], "former")


# --- which receipt belongs where -------------------------------------------------------------


def _sort(receipts: Sequence[bytes], plan: Plan, report: CustodyReport) -> dict[int, Receipt]:
    places = {(leg.giver, leg.taker): index for index, leg in enumerate(plan.legs)}
    void = {(leg.giver, leg.taker) for leg in plan.void}
    found: dict[int, Receipt] = {}
    for data in receipts:
        try:
            receipt = open_receipt(data)
        except AmanaError as error:
            report.broken.append(Finding("receipt not used", why=error.message))
            continue
        index = places.get((receipt.giver, receipt.taker))
        if (receipt.giver, receipt.taker) in void:
            report.broken.append(Finding("revoked"))
        if index is None:
            continue  # another route's: not ours to judge
        if receipt.statement["kind"] != plan.kind or receipt.statement["set"] != plan.set_id:
            report.broken.append(Finding("other set", leg=index + 1))
        else:
            _keep(found, index, receipt, report)
    return found


def _keep(found: dict[int, Receipt], index: int, new: Receipt, report: CustodyReport) -> None:
    old = found.get(index)
    if old and old.statement != new.statement:
        report.broken.append(Finding("two receipts", leg=index + 1))
    if old is None or (new.full and not old.full):
        found[index] = new


def _told(entries: Sequence[Entry], leg: LegPlan) -> dict[str, Entry]:
    """The entries of this leg: each side must name the words that only the other could tell."""
    right = {"giver": leg.parting_taker, "taker": leg.parting_giver}
    return {e.teller: e for e in entries if e.heard == right[e.teller]}


def _check_entries(entries: Sequence[Entry], plan: Plan, report: CustodyReport) -> None:
    """Threat: someone on the telephone who was not there, and guesses."""
    for entry in entries:
        if not any(_told([entry], leg) for leg in plan.legs):
            report.broken.append(Finding("strange words"))


def _entries(opened: Sequence[bytes], report: CustodyReport) -> list[Entry]:
    entries = []
    for data in opened:
        if is_entry(data):
            try:
                entries.append(Entry.from_bytes(data))
            except AmanaError as error:
                report.broken.append(Finding("entry not used", why=error.message))
    return entries


# --- what a leg says -------------------------------------------------------------------------


def _event(
    plan: Plan, index: int, receipt: Receipt | None, told: dict[str, Entry], *, spoken: bool
) -> Event:
    giver, taker = plan.hands[index].codename, plan.hands[index + 1].codename
    if receipt:
        statement = receipt.statement
        return Event(
            leg=index + 1,
            giver=giver,
            taker=taker,
            how_proved=SIGNED if receipt.full else HALF,
            disks=receipt.disks,
            seals=tuple((d["n"], d["seal"]) for d in statement["disks"]),
            conditions=tuple((d["n"], d["condition"]) for d in statement["disks"]),
            time=statement["time"],
            how=statement["how"],
            why=statement["why"],
            refused=max(statement["spent"]),
        )
    if told:
        entry = told.get("taker") or told["giver"]
        return Event(
            leg=index + 1,
            giver=giver,
            taker=taker,
            how_proved=TOLD,
            disks=entry.disks,
            seals=tuple((n, entry.seal) for n in entry.disks),
            conditions=tuple((n, entry.condition) for n in entry.disks),
            time=entry.time,
            how=HOW_TOLD,
            why=plan.why,
        )
    if spoken:
        return Event(index + 1, giver, taker, TOLD, how=HOW_TOLD, why=plan.why)
    return Event(index + 1, giver, taker, MISSING)


def _check_leg(
    plan: Plan,
    index: int,
    receipt: Receipt | None,
    told: dict[str, Entry],
    report: CustodyReport,
) -> None:
    place: Json = {
        "leg": index + 1,
        "giver": plan.hands[index].codename,
        "taker": plan.hands[index + 1].codename,
    }
    if receipt is None and not told:
        report.gaps.append(Finding("no receipt", **place))
    elif receipt is None:
        missing = {"giver", "taker"} - set(told)
        if missing:
            report.gaps.append(Finding("one told", **place, side=missing.pop()))
        told_disks = {entry.disks for entry in told.values()}
        if len(told_disks) > 1:
            report.broken.append(Finding("other disks told", **place))
    else:
        if not receipt.full:
            report.gaps.append(Finding("half", **place))
        if strange := set(receipt.disks) - set(plan.disks):
            report.broken.append(Finding("strange disks", **place, disks=sorted(strange)))
        if tried := max(receipt.statement["spent"]):
            report.remarks.append(Finding("words spent", **place, count=tried))


def _compare_neighbours(chain: Sequence[Receipt | None], report: CustodyReport) -> None:
    manifests: dict[int, str] = {}
    latest = ""
    for leg, receipt in enumerate(chain, 1):
        if receipt is None:
            continue
        if receipt.statement["time"] < latest:
            report.broken.append(Finding("earlier time", leg=leg))
        latest = max(latest, receipt.statement["time"])
        for disk in receipt.statement["disks"]:
            number, manifest = disk["n"], disk["manifest"]
            if manifest and manifests.setdefault(number, manifest) != manifest:
                report.broken.append(Finding("other manifest", leg=leg, disk=number))


def _compare_seals(report: CustodyReport) -> None:
    """What was signed for, and what was only told: a seal is looked at in any case."""
    seals: dict[int, str] = {}
    for event in report.chain:
        for number, seal in event.seals:
            old = seals.setdefault(number, seal)
            if old != seal:
                report.remarks.append(
                    Finding("other seal", leg=event.leg, disk=number, old=old, new=seal)
                )
                seals[number] = seal


def _follow_disks(plan: Plan, report: CustodyReport) -> None:
    if plan.kind == PERSON:
        return
    holding = dict.fromkeys(plan.disks, plan.hands[0].codename)
    for event in report.chain:
        had = [n for n in plan.disks if holding.get(n) == event.giver]
        passed = event.disks
        if event.how_proved == TOLD and not passed:
            # That they met is proved by the next receipt, which disks passed is not.
            place = {"leg": event.leg, "giver": event.giver, "taker": event.taker}
            report.gaps.append(Finding("disks untold", **place))
            passed = tuple(had)
        holding.update(dict.fromkeys(passed, event.taker))
        if event.how_proved != MISSING:
            report.gaps += [
                Finding("not given on", disk=n, giver=event.giver, leg=event.leg)
                for n in had
                if n not in passed
            ]
    last = plan.hands[-1].codename
    report.arrived = tuple(n for n in plan.disks if holding[n] == last)
    report.lost = {n: hand for n, hand in holding.items() if hand != last}
