"""The questions of this room, beside those of access/policy.py. Nothing else decides here."""

from __future__ import annotations

from amana_archive.access import policy
from amana_archive.access.models import Person, Role
from amana_archive.courts.models import Dossier
from amana_archive.evidence.models import Case, Disclosure, Proposal


def prepare(person: Person | None, case: Case) -> bool:
    """Ask for a disclosure, and see what became of it: those who speak with courts and families."""
    at_work = person is not None and person.role in (Role.LIAISON, Role.INVESTIGATOR)
    return at_work and policy.see_case(person, case)


def see_asked(person: Person | None, proposal: Proposal) -> bool:
    """What exactly is asked: for whoever may be the second person, and whoever asked."""
    return proposal.kind == Proposal.Kind.DISCLOSURE and policy.see_proposal(person, proposal)


def see_dossier(person: Person | None, dossier: Dossier) -> bool:
    return prepare(person, dossier.disclosure.case)


def receive(person: Person | None, disclosure: Disclosure) -> bool:
    """Only the very person it was disclosed to fetches it and signs for it."""
    return policy.see_disclosure(person, disclosure)
