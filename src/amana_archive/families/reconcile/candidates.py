"""Candidates: cases for a family, families for a case, each with every reason.

What two people excluded is shown as excluded, and is not proposed again; only new facts say that it
may be looked at again, and which they are.
"""

from __future__ import annotations

from dataclasses import dataclass

from amana.core.encoding import Json
from amana_archive.access.models import Person
from amana_archive.evidence.models import Case
from amana_archive.families import rights
from amana_archive.families.models import Finding, Record
from amana_archive.families.reconcile import named
from amana_archive.families.reconcile.facts import (
    Family,
    Found,
    cases,
    families,
    visible_cases,
)
from amana_archive.families.reconcile.weigh import Reason, reasons, verdict

SHOWN = 40
_STANDS = (Finding.Decision.OPEN, Finding.Decision.CONFIRMED)


@dataclass(frozen=True)
class Candidate:
    """One pair. `finding` is what somebody found of it, `fresh` which facts came since."""

    record: Record
    case: Case
    reasons: list[Reason]
    verdict: str
    finding: Finding | None = None
    fresh: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidates:
    proposed: list[Candidate]
    excluded: list[Candidate]
    identified: list[Candidate]


def for_record(person: Person, record: Record) -> Candidates:
    """Cases that may be this person, among those that the liaison may see."""
    (family,) = families([record])
    found = cases(person, visible_cases(person))
    names = named.look(family, found)
    held = _findings(Finding.objects.filter(record=record))
    pairs = [
        _pair(family, one, names.get(one.case.pk, []), held.get((record.pk, one.case.pk)))
        for one in found
    ]
    return _sorted(pairs)


def for_case(person: Person, case: Case) -> Candidates:
    """Records that may be the person of this case, among those that the liaison may see."""
    (one,) = cases(person, Case.objects.filter(pk=case.pk))
    held = _findings(Finding.objects.filter(case=case.pk))
    pairs = []
    for family in families(rights.visible(person)):
        names = named.look(family, [one]).get(case.pk, [])
        pairs.append(_pair(family, one, names, held.get((family.record.pk, case.pk))))
    return _sorted(pairs)


def pair(person: Person, record: Record, case: Case) -> Candidate:
    """One record beside one case."""
    (family,), (one,) = families([record]), cases(person, Case.objects.filter(pk=case.pk))
    names = named.look(family, [one]).get(case.pk, [])
    held = _findings(Finding.objects.filter(record=record, case=case.pk))
    return _pair(family, one, names, held.get((record.pk, case.pk)))


def told(person: Person, record: Record, case: Case) -> Json:
    """What both sides say now; kept with a finding."""
    (family,), (one,) = families([record]), cases(person, Case.objects.filter(pk=case.pk))
    return {"family": family.told(), "case": one.told()}


def _findings(rows: object) -> dict[tuple[int, int], Finding]:
    """The last word on each pair, as far as it stands."""
    held: dict[tuple[int, int], Finding] = {}
    for row in rows.filter(decision__in=_STANDS).order_by("pk"):  # type: ignore[attr-defined]
        held[row.record_id, row.case] = row
    return held


def _pair(family: Family, one: Found, names: list[Reason], finding: Finding | None) -> Candidate:
    made = sorted([*names, *reasons(family, one)], key=lambda reason: -abs(reason.weight))
    fresh: tuple[str, ...] = ()
    if finding is not None and finding.kind == Finding.Kind.EXCLUDED:
        fresh = _fresh(finding.facts, {"family": family.told(), "case": one.told()})
    return Candidate(
        family.record, one.case, made, verdict([r.weight for r in made]), finding, fresh
    )


def _fresh(before: Json, now: Json) -> tuple[str, ...]:
    """Which facts are others than when the pair was excluded: `family born`, `case tags`."""
    return tuple(
        f"{side} {name}"
        for side in ("family", "case")
        for name, value in now[side].items()
        if before.get(side, {}).get(name) != value
    )


def _sorted(pairs: list[Candidate]) -> Candidates:
    proposed, excluded, identified = [], [], []
    for one in sorted(pairs, key=lambda c: (-sum(r.weight for r in c.reasons), c.case.pk)):
        kind = one.finding.kind if one.finding else ""
        if kind == Finding.Kind.EXCLUDED:
            excluded.append(one)
        elif kind == Finding.Kind.IDENTIFIED:
            identified.append(one)
        elif one.verdict != "against" and any(r.weight > 0 for r in one.reasons):
            proposed.append(one)
    return Candidates(proposed[:SHOWN], excluded, identified)
