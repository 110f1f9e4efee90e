"""Who may draw the whole together: series, time and places are an investigator's."""

from __future__ import annotations

from amana_archive.access import policy
from amana_archive.access.models import Person, Role
from amana_archive.evidence.models import Item
from amana_archive.investigators.models import Place


def investigate(person: Person | None) -> bool:
    """Over everything that is granted; nothing else is counted."""
    return policy.work_with_evidence(person) and person is not None and person.role == _WHO


def change_place(person: Person | None, place: Place) -> bool:
    """Places are the archive's, not a collection's."""
    return investigate(person) and place.ended is None


def translate(person: Person | None, item: Item) -> bool:
    """Whoever describes an item may translate it."""
    return policy.describe_item(person, item)


_WHO = Role.INVESTIGATOR
