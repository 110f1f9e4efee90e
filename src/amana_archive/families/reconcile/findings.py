"""What two people find: the same person, or not. An exclusion is made as carefully as an
identification; both can be opened again, with a reason, and neither is ever forgotten."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from amana.errors import UsageProblem
from amana_archive.access.models import Person
from amana_archive.evidence import cases as evidence
from amana_archive.evidence.actions import required
from amana_archive.evidence.models import Case, Proposal
from amana_archive.families import consent
from amana_archive.families.models import Finding, Record
from amana_archive.families.reconcile import candidates
from amana_archive.families.record.actions import LONGEST, happened
from amana_archive.families.router import STORE
from amana_archive.lockup.opened import Opened

_STANDS = (Finding.Decision.OPEN, Finding.Decision.CONFIRMED)


def propose(
    opened: Opened, by: Person, record: Record, case: Case, kind: str, text: str
) -> Finding:
    """The first of two people says why. Raises UsageProblem."""
    if kind not in Finding.Kind.values:
        raise UsageProblem(what="choose whether it is the same person")
    if not text.strip():
        raise UsageProblem(what="say what is proposed, and why")
    _possible(record, case, kind)
    facts = candidates.told(by, record, case)
    with transaction.atomic(using=STORE):
        made = Finding.objects.create(
            record=record,
            case=case.pk,
            kind=kind,
            text=text.strip()[:LONGEST],
            facts=facts,
            by=by.pk,
        )
        what = f"{kind}-proposed"
        happened(opened, by, record, what, made.text, case=case.pk, finding=made.pk)
    return made


def _possible(record: Record, case: Case, kind: str) -> None:
    if case.status == Case.Status.MERGED:
        raise UsageProblem(what="this case was merged into another one")
    rows = Finding.objects.filter(record=record, decision__in=_STANDS)
    if rows.filter(case=case.pk).exists():
        raise UsageProblem(what="something is found of this pair already: open that again first")
    if kind == Finding.Kind.IDENTIFIED and rows.filter(kind=kind).exists():
        raise UsageProblem(
            what="this person is identified with another case: open that again first"
        )


def decide(opened: Opened, by: Person, finding: Finding, confirm: bool, reason: str) -> None:
    """The second of two people. What the catalogue learns of an identification is the record's
    number. Raises UsageProblem for the first person again, or twice."""
    reason = required(reason)
    if finding.by == by.pk:
        raise UsageProblem(what="another person must decide")
    answer = Finding.Decision.CONFIRMED if confirm else Finding.Decision.REFUSED
    record = finding.record
    with transaction.atomic(using=STORE):
        waiting = Finding.objects.filter(pk=finding.pk, decision=Finding.Decision.OPEN)
        fields = {"decision": answer, "decided_by": by.pk, "reason": reason}
        if not waiting.update(decided=timezone.now(), **fields):
            raise UsageProblem(what="this was decided already")
        what = f"{finding.kind}-{answer}"
        happened(opened, by, record, what, reason, case=finding.case, finding=finding.pk)
        if confirm and finding.kind == Finding.Kind.IDENTIFIED:
            _identify(opened, by, finding)
            consent.refresh(opened, record)
    finding.refresh_from_db()


def _identify(opened: Opened, by: Person, finding: Finding) -> None:
    """The same two people, in the catalogue: with the number, without a name or a reason."""
    case, first = Case.objects.get(pk=finding.case), Person.objects.get(pk=finding.by)
    number, kind = finding.record.number, Proposal.Kind.IDENTIFICATION
    with transaction.atomic():
        proposal = evidence.propose_act(opened, first, case, kind, number)
        evidence.decide(opened, by, proposal, True, number)


def reopen(opened: Opened, by: Person, finding: Finding, reason: str) -> None:
    """It may be looked at again. What was found, by whom and why, stays to be read. Raises
    UsageProblem."""
    reason = required(reason)
    record = finding.record
    with transaction.atomic(using=STORE):
        rows = Finding.objects.filter(pk=finding.pk, decision__in=_STANDS)
        if not rows.update(decision=Finding.Decision.REOPENED, reason=reason):
            raise UsageProblem(what="this was decided already")
        what = f"{finding.kind}-reopened"
        happened(opened, by, record, what, reason, case=finding.case, finding=finding.pk)
        if finding.kind == Finding.Kind.IDENTIFIED:
            if finding.decision == Finding.Decision.CONFIRMED:
                case = Case.objects.get(pk=finding.case)
                text = f"{record.number}: opened again"
                if case.status != Case.Status.MERGED:
                    evidence.note_case(opened, by, case, text)
            consent.refresh(opened, record)
    finding.refresh_from_db()
