"""Cases: proposed, merged, split; nothing is deleted, and every step has a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils import timezone

from amana.errors import UsageProblem
from amana_archive.access.audit import record
from amana_archive.access.models import Person
from amana_archive.evidence.actions import remember, required
from amana_archive.evidence.models import Case, CaseItem, Disclosure, Item, Note, Proposal
from amana_archive.lockup.opened import Opened
from amana_archive.search.documents import reindex


def propose(opened: Opened, by: Person, items: Sequence[Item], summary: str) -> Case:
    """A new case of these items. Raises UsageProblem for none."""
    if not items:
        raise UsageProblem(what="a case needs at least one item")
    with transaction.atomic():
        case = Case.objects.create(by=by, summary=summary.strip()[:4000])
        CaseItem.objects.bulk_create([CaseItem(case=case, item=i, by=by) for i in items])
        reindex(items)
        keys = [item.pk for item in items]
        entry = record(opened, by, "case.proposed", case=case.pk, items=keys)
        remember(entry, by, "case", case.pk, {"field": "items", "new": _names(items)})
    return case


def add_item(opened: Opened, by: Person, case: Case, item: Item) -> None:
    """An item may be in several cases."""
    _open(case)
    if CaseItem.objects.filter(case=case, item=item, ended=None).exists():
        return
    with transaction.atomic():
        CaseItem.objects.create(case=case, item=item, by=by)
        reindex([item])
        entry = record(opened, by, "case.item-added", case=case.pk, item=item.pk)
        remember(entry, by, "case", case.pk, {"field": "item", "new": item.name})


def take_out(opened: Opened, by: Person, case: Case, item: Item, reason: str) -> None:
    """The item was in this case by mistake; that it was stays known. Raises UsageProblem."""
    reason = required(reason)
    _open(case)
    members = _members(case)
    if item.pk not in {member.pk for member in members}:
        return
    if len(members) == 1:
        raise UsageProblem(what="a case needs at least one item")
    with transaction.atomic():
        _end(case, [item], by, reason)
        reindex([item])
        entry = record(opened, by, "case.item-taken-out", case=case.pk, item=item.pk, reason=reason)
        remember(entry, by, "case", case.pk, {"field": "item", "old": item.name}, reason)


def describe(opened: Opened, by: Person, case: Case, summary: str, reason: str) -> None:
    """Say anew what the items have in common; the old words stay in the history."""
    reason, summary = required(reason), summary.strip()[:4000]
    _open(case)
    if summary == case.summary:
        return
    with transaction.atomic():
        old, case.summary = case.summary, summary
        case.save(update_fields=["summary"])
        reindex(_members(case))
        entry = record(opened, by, "case.described", case=case.pk, reason=reason)
        change = {"field": "summary", "old": old, "new": summary}
        remember(entry, by, "case", case.pk, change, reason)


def merge(opened: Opened, by: Person, case: Case, into: Case, reason: str) -> None:
    """All of `case` goes over to `into`. Raises UsageProblem."""
    reason = required(reason)
    _open(case)
    _open(into)
    if case.pk == into.pk:
        raise UsageProblem(what="a case cannot be merged into itself")
    with transaction.atomic():
        moved = _members(case)
        there = {i.pk for i in _members(into)}
        _end(case, moved, by, reason)
        CaseItem.objects.bulk_create(
            [CaseItem(case=into, item=i, by=by) for i in moved if i.pk not in there]
        )
        Case.objects.filter(pk=case.pk).update(status=Case.Status.MERGED, merged_into=into)
        reindex(moved)
        entry = record(opened, by, "case.merged", case=case.pk, into=into.pk, reason=reason)
        remember(
            entry,
            by,
            "case",
            case.pk,
            {"field": "status", "old": case.status, "new": f"merged {into.number}"},
            reason,
        )
        remember(entry, by, "case", into.pk, {"field": "merged", "new": case.number}, reason)


def split(opened: Opened, by: Person, case: Case, items: Sequence[Item], reason: str) -> Case:
    """These items become a case of their own. Raises UsageProblem."""
    reason = required(reason)
    _open(case)
    members = _members(case)
    leaving = [i for i in members if i.pk in {x.pk for x in items}]
    if not leaving or len(leaving) == len(members):
        raise UsageProblem(what="some of the items must go, and some must stay")
    with transaction.atomic():
        _end(case, leaving, by, reason)
        made = Case.objects.create(by=by)
        CaseItem.objects.bulk_create([CaseItem(case=made, item=i, by=by) for i in leaving])
        reindex(leaving)
        keys = [i.pk for i in leaving]
        entry = record(
            opened, by, "case.split", case=case.pk, new=made.pk, items=keys, reason=reason
        )
        names = _names(leaving)
        old, new = {"field": "items", "old": names}, {"field": "items", "new": names}
        remember(entry, by, "case", case.pk, old, reason)
        remember(entry, by, "case", made.pk, new, reason)
    return made


def note_case(opened: Opened, by: Person, case: Case, text: str) -> Note:
    if not text.strip():
        raise UsageProblem(what="the note is empty")
    with transaction.atomic():
        made = Note.objects.create(case=case, text=text.strip()[:4000], by=by)
        entry = record(opened, by, "case.noted", case=case.pk, note=made.pk)
        remember(entry, by, "case", case.pk, {"field": "note", "new": made.text})
    return made


# --- what takes two ------------------------------------------------------------------------------


def propose_act(
    opened: Opened, by: Person, case: Case, kind: str, text: str, to: Person | None = None
) -> Proposal:
    """The first of two people. Raises UsageProblem."""
    if not text.strip():
        raise UsageProblem(what="say what is proposed, and why")
    _open(case)
    with transaction.atomic():
        made = Proposal.objects.create(kind=kind, case=case, text=text.strip()[:4000], by=by, to=to)
        subject = {"to": to.pk} if to else {}
        record(opened, by, f"{kind}.proposed", case=case.pk, proposal=made.pk, **subject)
    return made


def decide(opened: Opened, by: Person, proposal: Proposal, confirm: bool, reason: str) -> None:
    """The second of two people. Raises UsageProblem for the first one again, or twice."""
    reason = required(reason)
    if proposal.by_id == by.pk:
        raise UsageProblem(what="another person must decide")
    answer = Proposal.Decision.CONFIRMED if confirm else Proposal.Decision.REFUSED
    with transaction.atomic():
        waiting = Proposal.objects.filter(pk=proposal.pk, decision=Proposal.Decision.OPEN)
        if not waiting.update(
            decision=answer, decided_by=by, decided=timezone.now(), reason=reason
        ):
            raise UsageProblem(what="this was decided already")
        case = {"case": proposal.case_id} if proposal.case_id else {}
        entry = record(
            opened, by, f"{proposal.kind}.{answer}", proposal=proposal.pk, reason=reason, **case
        )
        if confirm:
            _carry_out(proposal)
            for follow in _followers.get(proposal.kind, ()):
                follow(opened, proposal)
        if proposal.case_id:
            change = {"field": proposal.kind, "new": answer}
            remember(entry, by, "case", proposal.case_id, change, reason)


_followers: dict[str, list[Callable[[Opened, Proposal], None]]] = {}
Follower = Callable[[Opened, Proposal], None]


def on_confirmed(kind: str) -> Callable[[Follower], Follower]:
    """For a room above: what else happens when a second person confirms a proposal of this kind,
    inside the same transaction. What it raises undoes the confirmation."""

    def register(follow: Follower) -> Follower:
        _followers.setdefault(kind, []).append(follow)
        return follow

    return register


def _carry_out(proposal: Proposal) -> None:
    case = proposal.case
    if case is None:
        return
    if proposal.kind == Proposal.Kind.IDENTIFICATION:
        Case.objects.filter(pk=case.pk).update(status=Case.Status.CONFIRMED)
    elif proposal.kind == Proposal.Kind.DISCLOSURE and proposal.to is not None:
        # What is disclosed is fixed now: items that join the case later are a new disclosure.
        made = Disclosure.objects.create(proposal=proposal, case=case, to=proposal.to)
        made.items.set(_members(case))


def _members(case: Case) -> list[Item]:
    rows = CaseItem.objects.filter(case=case, ended=None).select_related("item__collection")
    return [row.item for row in rows.order_by("item")]


def _end(case: Case, items: Sequence[Item], by: Person, reason: str) -> None:
    rows = CaseItem.objects.filter(case=case, item__in=items, ended=None)
    rows.update(ended=timezone.now(), ended_by=by, reason=reason)


def _open(case: Case) -> None:
    if case.status == Case.Status.MERGED:
        raise UsageProblem(what="this case was merged into another one")


def _names(items: Sequence[Item]) -> str:
    return ", ".join(item.name for item in items)
