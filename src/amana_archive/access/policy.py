"""May this person do that? One function a question; nothing else decides.

Every question takes the person (None: nobody is signed in) and, where it is about a thing, the
thing. Whoever may not is answered 404, as if there were nothing. tests/archive/test_cast.py asks
every question of every view for every member of a standing cast.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from amana_archive.access.models import Grant, Person, Role, SignIn
from amana_archive.evidence.models import (
    Case,
    CaseItem,
    Disclosure,
    Export,
    Item,
    ItemTag,
    Proposal,
    SavedSearch,
    WorkingCopy,
)

_AT_EVIDENCE = (Role.REVIEWER, Role.LIAISON, Role.INVESTIGATOR)


def _is(person: Person | None, *roles: str) -> bool:
    return person is not None and person.active and person.role in roles


# --- everybody ---------------------------------------------------------------------------------


def signed_in(person: Person | None) -> bool:
    """One's own account: language, sessions, passkeys."""
    return person is not None and person.active


def own_session(person: Person | None, session: SignIn) -> bool:
    return signed_in(person) and person is not None and session.person_id == person.pk


# --- administration ----------------------------------------------------------------------------


def administer(person: Person | None) -> bool:
    """People, invitations, grants. An administrator sees no evidence."""
    return _is(person, Role.ADMINISTRATOR)


def administer_person(person: Person | None, subject: Person) -> bool:
    return administer(person) and person is not None and subject.pk != person.pk


def lock(person: Person | None) -> bool:
    """Anybody at work may lock: it hurts nobody, and may be urgent."""
    return signed_in(person)


def audit(person: Person | None) -> bool:
    """The log, without the evidence."""
    return _is(person, Role.AUDITOR)


# --- evidence ----------------------------------------------------------------------------------


def collections(person: Person | None) -> list[int]:
    """The collections granted to somebody who works with evidence."""
    return _granted(person)[0]


def granted_cases(person: Person | None) -> list[int]:
    """The single cases granted beside whole collections."""
    return _granted(person)[1]


def _granted(person: Person | None) -> tuple[list[int], list[int]]:
    """(collections, cases). Asked of the database once a request, where the middleware has laid
    out a place to remember it; never longer."""
    if person is None or not _is(person, *_AT_EVIDENCE):
        return [], []
    remembered: list[tuple[list[int], list[int]]] | None = getattr(person, "remembered", None)
    if remembered:
        return remembered[0]
    rows = Grant.objects.filter(person=person, ended=None)
    pairs = list(rows.values_list("collection_id", "case_id"))
    found = sorted({c for c, _ in pairs if c}), sorted({c for _, c in pairs if c})
    if remembered is not None:
        remembered.append(found)
    return found


def work_with_evidence(person: Person | None) -> bool:
    """Search, cases, proposals: whatever is granted."""
    return _is(person, *_AT_EVIDENCE)


def review(person: Person | None) -> bool:
    """The grid."""
    return _is(person, Role.REVIEWER)


def see_item(person: Person | None, item: Item) -> bool:
    """By its collection, or by a case that was granted."""
    if item.collection_id in collections(person):
        return True
    cases = granted_cases(person)
    return bool(cases) and CaseItem.objects.filter(item=item, case__in=cases, ended=None).exists()


def describe_item(person: Person | None, item: Item) -> bool:
    """Tags, readings, notes: a reviewer's work, an investigator's too."""
    return _is(person, Role.REVIEWER, Role.INVESTIGATOR) and see_item(person, item)


def retag_item(person: Person | None, tagged: ItemTag) -> bool:
    return describe_item(person, tagged.item)


def derive(person: Person | None, item: Item) -> bool:
    """Make a working copy."""
    return describe_item(person, item)


def export(person: Person | None) -> bool:
    """Ask for originals: an investigator's right, and never alone."""
    return _is(person, Role.INVESTIGATOR)


def export_item(person: Person | None, item: Item) -> bool:
    return export(person) and see_item(person, item)


def export_case(person: Person | None, case: Case) -> bool:
    return export(person) and see_case(person, case)


def see_export(person: Person | None, export_: Export) -> bool:
    """One's own, as long as one may still see all of it."""
    asked_by = export_.proposal.by_id
    is_own = export(person) and person is not None and asked_by == person.pk
    return is_own and see_items(person, export_)


def see_items(person: Person | None, export_: Export) -> bool:
    """Every one of them, or none of it."""
    return all(see_item(person, item) for item in export_.items.only("collection"))


def see_working_copy(person: Person | None, made: WorkingCopy) -> bool:
    """What covers something is its maker's alone until a second person has confirmed it."""
    if not see_item(person, made.item):
        return False
    is_own = person is not None and made.by_id == person.pk
    return is_own or not made.covers or _confirmed(made)


def _confirmed(made: WorkingCopy) -> bool:
    rows = Proposal.objects.filter(working_copy=made, kind=Proposal.Kind.REDACTION)
    return rows.filter(decision=Proposal.Decision.CONFIRMED).exists()


def visible_cases(person: Person | None) -> QuerySet[Case]:
    """Cases granted, and cases with an item of a granted collection."""
    own, cases = collections(person), granted_cases(person)
    inside = CaseItem.objects.filter(case=OuterRef("pk"), ended=None, item__collection__in=own)
    return Case.objects.filter(Q(pk__in=cases) | Exists(inside))


def see_case(person: Person | None, case: Case) -> bool:
    return work_with_evidence(person) and visible_cases(person).filter(pk=case.pk).exists()


def change_case(person: Person | None, case: Case) -> bool:
    """Merge, split, add, propose an identification."""
    return see_case(person, case)


def propose_disclosure(person: Person | None, case: Case) -> bool:
    return _is(person, Role.INVESTIGATOR) and see_case(person, case)


def see_proposal(person: Person | None, proposal: Proposal) -> bool:
    """Who sees all that it is about."""
    if proposal.case is not None and not see_case(person, proposal.case):
        return False
    about_items = getattr(proposal, "export", None)
    if about_items is not None:
        return work_with_evidence(person) and see_items(person, about_items)
    made = proposal.working_copy
    return proposal.case is not None or (made is not None and see_item(person, made.item))


def see_proposed_picture(person: Person | None, proposal: Proposal) -> bool:
    """What was covered, while it waits: whoever may decide must be able to look at it."""
    waits = proposal.decision == Proposal.Decision.OPEN and proposal.working_copy is not None
    return waits and see_proposal(person, proposal)


def decide(person: Person | None, proposal: Proposal) -> bool:
    """The second person is another one than the first, and sees the same evidence."""
    return (
        person is not None
        and proposal.by_id != person.pk
        and proposal.decision == Proposal.Decision.OPEN
        and see_proposal(person, proposal)
    )


def own_search(person: Person | None, saved: SavedSearch) -> bool:
    return work_with_evidence(person) and person is not None and saved.person_id == person.pk


# --- courts ------------------------------------------------------------------------------------


def receive_disclosures(person: Person | None) -> bool:
    return _is(person, Role.COURT)


def see_disclosure(person: Person | None, disclosure: Disclosure) -> bool:
    """Only what was disclosed to this very person."""
    return receive_disclosures(person) and person is not None and disclosure.to_id == person.pk
