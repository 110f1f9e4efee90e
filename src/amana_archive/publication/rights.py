"""The questions of this room. Nothing else decides here."""

from __future__ import annotations

from amana_archive.access import policy
from amana_archive.access.models import Person, Role
from amana_archive.evidence.models import Case
from amana_archive.publication.models import Edition, Entry


def publish(person: Person | None) -> bool:
    """Those who speak with families ask, make editions, and take them out."""
    return policy.work_with_evidence(person) and person is not None and person.role == Role.LIAISON


def look(person: Person | None) -> bool:
    """What is published, and what waits: whoever may be the second person."""
    return policy.work_with_evidence(person)


def ask(person: Person | None, case: Case) -> bool:
    return publish(person) and policy.see_case(person, case)


def see_entry(person: Person | None, entry: Entry) -> bool:
    return look(person) and policy.see_case(person, entry.case)


def decide(person: Person | None, entry: Entry) -> bool:
    """The second person is another one than the first, and sees the case."""
    waits = entry.decision == Entry.Decision.OPEN and entry.ended is None
    other = person is not None and entry.by_id != person.pk
    return waits and other and see_entry(person, entry)


def withdraw(person: Person | None, entry: Entry) -> bool:
    """One person is enough to protect a family."""
    return publish(person) and see_entry(person, entry)


def see_edition(person: Person | None, edition: Edition) -> bool:
    return publish(person)
