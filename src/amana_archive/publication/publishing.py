"""Asking to publish, deciding, taking back. Each writes its rows and an entry in the archive's
ledger in one transaction."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import Error, models, transaction
from django.utils import timezone

from amana.errors import AmanaError, UsageProblem
from amana_archive.access.audit import record
from amana_archive.access.models import Person
from amana_archive.evidence import queries
from amana_archive.evidence.actions import required
from amana_archive.evidence.models import Case, CaseItem, WorkingCopy
from amana_archive.families import consent
from amana_archive.lockup.opened import Opened
from amana_archive.publication import dataset
from amana_archive.publication.models import Entry


@dataclass(frozen=True)
class Text:
    """What an entry is to say. Whatever the family did not allow is refused, not left out."""

    names: tuple[str, ...] = ()
    died: str = ""
    place: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    picture: WorkingCopy | None = None
    picture_words: Mapping[str, str] = field(default_factory=dict)
    tombstone: bool = False


def ask(opened: Opened, by: Person, case: Case, text: Text) -> Entry:
    """The first of two people. Raises UsageProblem."""
    allowed = consent.may_publish(case)
    if allowed is None:
        raise UsageProblem(what="no family has allowed this case to be published")
    if standing(case).exists():
        raise UsageProblem(what="this case is published, or waits to be")
    _check(case, allowed, text)
    with transaction.atomic():
        entry = Entry.objects.create(
            case=case,
            by=by,
            names=list(text.names),
            died=text.died,
            place=dataset.clean(text.place, dataset.LONGEST_PLACE),
            words=_words(text.words),
            picture=text.picture,
            picture_words=_words(text.picture_words) if text.picture else {},
            tombstone=text.tombstone,
        )
        record(
            opened,
            by,
            "publication.asked",
            case=case.pk,
            entry=entry.pk,
            names=len(text.names),
            picture=text.picture is not None,
            families=list(allowed.records),
        )
    return entry


def standing(case: Case) -> models.QuerySet[Entry]:
    """Entries of a case that are published, or wait to be."""
    rows = Entry.objects.filter(case=case, ended=None)
    return rows.exclude(decision=Entry.Decision.REFUSED)


def _check(case: Case, allowed: consent.Consent, text: Text) -> None:
    if not set(text.names) <= set(allowed.names) or len(text.names) > dataset.MOST_NAMES:
        raise UsageProblem(what="a name is printed as the family wants it, or not at all")
    if not dataset.is_died(text.died):
        raise UsageProblem(what="a year, or a year and a month: 2013 or 2013-05")
    if text.picture is None:
        return
    if not allowed.pictures:
        raise UsageProblem(what="the family has not allowed pictures")
    if text.picture.pk not in {made.pk for made in pictures_of(case)}:
        raise UsageProblem(what="choose a working copy of this case that may be shown")


def pictures_of(case: Case) -> list[WorkingCopy]:
    """Working copies of the case's items: what two people have seen before, never the evidence."""
    rows = CaseItem.objects.filter(case=case, ended=None).select_related("item")
    return [made for row in rows for made in queries.usable_copies(row.item)]


def _words(given: Mapping[str, str]) -> dict[str, str]:
    cleaned = {code: dataset.clean_words(given.get(code, "")) for code in dataset.LANGUAGES}
    return {code: text for code, text in cleaned.items() if text}


def decide(opened: Opened, by: Person, entry: Entry, confirm: bool, reason: str) -> None:
    """The second of two people. Raises UsageProblem."""
    reason = required(reason)
    if entry.by_id == by.pk:
        raise UsageProblem(what="another person must decide")
    if confirm and consent.may_publish(entry.case) is None:
        raise UsageProblem(what="no family has allowed this case to be published")
    answer = Entry.Decision.CONFIRMED if confirm else Entry.Decision.REFUSED
    with transaction.atomic():
        waiting = Entry.objects.filter(pk=entry.pk, decision=Entry.Decision.OPEN, ended=None)
        if not waiting.update(
            decision=answer, decided_by=by, decided=timezone.now(), reason=reason
        ):
            raise UsageProblem(what="this was decided already")
        about = {"case": entry.case_id, "entry": entry.pk, "reason": reason}
        record(opened, by, f"publication.{answer}", **about)


def withdraw(
    opened: Opened, by: Person | None, entry: Entry, reason: str, tombstone: bool | None = None
) -> None:
    """Take an entry back: one person is enough. A new edition is made at once where it stood in
    the last one. `tombstone`: what the family wants, if it was asked again. Raises UsageProblem."""
    from amana_archive.publication import editions

    reason = required(reason)
    with transaction.atomic():
        here = Entry.objects.filter(pk=entry.pk, ended=None)
        wanted = entry.tombstone if tombstone is None else tombstone
        if not here.update(ended=timezone.now(), ended_by=by, end_reason=reason, tombstone=wanted):
            raise UsageProblem(what="this entry was taken back already")
        record(opened, by, "publication.withdrawn", case=entry.case_id, entry=entry.pk)
        if editions.stood_in_last(entry):
            transaction.on_commit(lambda: _anew(opened, by))


def _anew(opened: Opened, by: Person | None) -> None:
    """The withdrawal stands, whatever becomes of the edition: the page says what is missing."""
    from amana_archive.publication import editions

    with contextlib.suppress(AmanaError, Error):
        editions.make(opened, by, "an entry was taken back")


@consent.on_withdrawn
def follow(opened: Opened, case: int, family: str) -> None:
    """The family has said so: every entry of the case goes, without asking anybody."""
    found = Case.objects.filter(pk=case).first()
    if found is None:
        return
    for entry in Entry.objects.filter(case__in={found.pk, consent.standing(found).pk}, ended=None):
        with contextlib.suppress(UsageProblem):
            withdraw(opened, None, entry, "the family has taken its consent back")
