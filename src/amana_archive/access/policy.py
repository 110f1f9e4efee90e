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


def download_original(person: Person | None, item: Item) -> bool:
    """The very bytes: an investigator's right."""
    return _is(person, Role.INVESTIGATOR) and see_item(person, item)


def see_working_copy(person: Person | None, made: WorkingCopy) -> bool:
    return see_item(person, made.item)


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
    if proposal.case is not None:
        return see_case(person, proposal.case)
    made = proposal.working_copy
    return made is not None and see_item(person, made.item)


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
