"""May this person do that with a family's record? A right to each record, given by a liaison who
has it; a role alone sees nothing, and no other role is ever given a right."""

from __future__ import annotations

from django.db.models import QuerySet

from amana_archive.access import policy
from amana_archive.access.models import Person, Role
from amana_archive.evidence.models import Case
from amana_archive.families.models import (
    Erasure,
    Finding,
    Letter,
    Meeting,
    Photo,
    Record,
    Right,
    Step,
)


def work_with_families(person: Person | None) -> bool:
    """Liaisons: the list of one's own records, a new one, opening the store."""
    return person is not None and person.active and person.role == Role.LIAISON


def keep_store(person: Person | None) -> bool:
    """Administrators make the store, two together; they cannot open it."""
    return policy.administer(person)


def keep_words(person: Person | None) -> bool:
    """Who may have a share of the recovery words to fetch; most have none."""
    return keep_store(person) or work_with_families(person)


def other_liaison(person: Person | None, subject: Person) -> bool:
    """Letting in and out: another liaison than oneself."""
    own = person is not None and person.pk == subject.pk
    return work_with_families(person) and subject.role == Role.LIAISON and not own


def visible(person: Person | None) -> QuerySet[Record]:
    if not work_with_families(person) or person is None:
        return Record.objects.none()
    own = Right.objects.filter(person=person.pk, ended=None).values("record")
    return Record.objects.filter(pk__in=own)


def see(person: Person | None, record: Record) -> bool:
    if not work_with_families(person) or person is None:
        return False
    return Right.objects.filter(record=record, person=person.pk, ended=None).exists()


def see_photo(person: Person | None, photo: Photo) -> bool:
    return see(person, photo.record)


def see_letter(person: Person | None, letter: Letter) -> bool:
    return see(person, letter.record)


def see_meeting(person: Person | None, meeting: Meeting) -> bool:
    return see(person, meeting.record)


def see_in_sight(person: Person | None, meeting: Meeting) -> bool:
    """A picture, while the family has it uncovered before it."""
    begun = meeting.state == Meeting.State.BEGUN
    return begun and see_meeting(person, meeting) and meeting.steps.filter(open=True).exists()


def see_step(person: Person | None, meeting: Meeting, step: Step) -> bool:
    return step.meeting_id == meeting.pk and see_meeting(person, meeting)


def compare(person: Person | None, record: Record, case: Case) -> bool:
    """Both sides must be one's own."""
    return see(person, record) and policy.see_case(person, case)


def of_case(person: Person | None, case: Case) -> bool:
    return work_with_families(person) and policy.see_case(person, case)


def decide(person: Person | None, finding: Finding) -> bool:
    """The second person is another one, and sees both sides."""
    case = Case.objects.filter(pk=finding.case).first()
    return (
        person is not None
        and case is not None
        and finding.by != person.pk
        and finding.decision == Finding.Decision.OPEN
        and compare(person, finding.record, case)
    )


def see_finding(person: Person | None, finding: Finding) -> bool:
    return see(person, finding.record)


def erase(person: Person | None, erasure: Erasure) -> bool:
    """The second person."""
    return person is not None and erasure.by != person.pk and see(person, erasure.record)
