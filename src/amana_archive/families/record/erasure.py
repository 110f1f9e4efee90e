"""Erasing: a family asks, one liaison writes it down, another one does it. The rows are deleted and
overwritten, the file is written anew without them, and what is left is a number.

Not within reach: a backup made before. docs/archive/families.md says how long backups may live.
"""

from __future__ import annotations

from django.db import connections, transaction

from amana.errors import UsageProblem
from amana_archive.access.audit import record as entry
from amana_archive.access.models import Person
from amana_archive.families import consent, slips
from amana_archive.families.models import Erasure, Record, Tombstone
from amana_archive.families.record.actions import happened
from amana_archive.families.router import STORE
from amana_archive.lockup.opened import Opened


def ask(opened: Opened, by: Person, record: Record) -> Erasure:
    """The first liaison: the family wants it."""
    with transaction.atomic(using=STORE):
        made, fresh = Erasure.objects.get_or_create(record=record, defaults={"by": by.pk})
        if fresh:
            happened(opened, by, record, "erasure-asked")
    return made


def call_off(opened: Opened, by: Person, record: Record) -> None:
    with transaction.atomic(using=STORE):
        if Erasure.objects.filter(record=record).delete()[0]:
            happened(opened, by, record, "erasure-called-off")


def erase(opened: Opened, by: Person, erasure: Erasure) -> str:
    """The second liaison; the number that is left. Raises UsageProblem for the first one again."""
    if erasure.by == by.pk:
        raise UsageProblem(what="another person must decide")
    record = erasure.record
    number, key, slip = record.number, record.pk, record.slip
    with transaction.atomic(using=STORE):
        entry(opened, by, "family.erased", family=number)
        consent.withdraw(opened, key)
        slips.remove(slip)
        Tombstone.objects.get_or_create(number=key)
        Record.objects.filter(pk=key).delete()
    overwrite()
    return number


def overwrite() -> None:
    """Write the store anew, without what was deleted, and empty its log."""
    with connections[STORE].cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
