"""What families allowed to be published: asked by the rooms above, also while the store is closed.

    may_publish(case)       the consent of every family to whom the case was identified, or None
    on_withdrawn(hook)      hook(opened, case's key, record's number) after a consent was withdrawn

A case may be published when at least one family was identified with it by two people, and all such
families agree: one relative's yes does not outweigh another's no. Names and pictures are those that
all allowed. A family that never answered has not agreed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from amana_archive.access.audit import record as entry
from amana_archive.evidence.models import Case
from amana_archive.families.models import Consent as Answer
from amana_archive.families.models import Finding, OpenConsent, Record
from amana_archive.lockup.opened import Opened

Hook = Callable[[Opened, int, str], None]
_hooks: list[Hook] = []


@dataclass(frozen=True)
class Consent:
    """What may be published of one case. `records` are the families' numbers (F-000012), `names`
    exactly as the family wants them printed (none: publish without a name)."""

    case: int
    records: tuple[str, ...]
    names: tuple[str, ...]
    pictures: bool
    since: datetime


def may_publish(case: Case) -> Consent | None:
    """Reads the catalogue only. None: nothing of this case may be published."""
    rows = list(OpenConsent.objects.filter(case__in=_with_merged(case)).order_by("record"))
    if not rows or case.status != Case.Status.CONFIRMED or not all(row.given for row in rows):
        return None
    agreed = [name for name in rows[0].names if all(name in row.names for row in rows)]
    return Consent(
        case=case.pk,
        records=tuple(f"F-{row.record:06d}" for row in rows),
        names=tuple(agreed),
        pictures=all(row.pictures for row in rows),
        since=max(row.at for row in rows),
    )


def _with_merged(case: Case) -> list[int]:
    """The case's key and those of all that were merged into it."""
    keys, fresh = [case.pk], [case.pk]
    while fresh:
        fresh = list(Case.objects.filter(merged_into__in=fresh).values_list("pk", flat=True))
        fresh = [key for key in fresh if key not in keys]
        keys += fresh
    return keys


def publishable() -> list[tuple[Case, Consent]]:
    """Every case that may be published, with its consent."""
    keys = OpenConsent.objects.values_list("case", flat=True).distinct()
    held = {standing(case).pk for case in Case.objects.filter(pk__in=keys)}
    found = [(case, may_publish(case)) for case in Case.objects.filter(pk__in=held).order_by("pk")]
    return [(case, consent) for case, consent in found if consent is not None]


def standing(case: Case) -> Case:
    """The case that this one was merged into, or itself."""
    while case.merged_into is not None:
        case = case.merged_into
    return case


def on_withdrawn(hook: Hook) -> Hook:
    """Register what must happen when a consent is withdrawn: pages taken back, files made anew."""
    if hook not in _hooks:
        _hooks.append(hook)
    return hook


# --- for this room -------------------------------------------------------------------------------


def identified_case(record: Record) -> int | None:
    """The case that two people found to be this person."""
    kind, sure = Finding.Kind.IDENTIFIED, Finding.Decision.CONFIRMED
    row = Finding.objects.filter(record=record, kind=kind, decision=sure).order_by("-pk").first()
    return row.case if row is not None else None


def refresh(opened: Opened, record: Record) -> None:
    """Bring the catalogue's row up to what the store says. A no, and silence, are rows too: they
    keep another family's yes from counting. Call it inside the transaction of the store."""
    before = OpenConsent.objects.filter(record=record.pk).first()
    case = identified_case(record)
    if case is None:
        withdraw(opened, record.pk)
        return
    purpose = Answer.Purpose.PUBLICATION
    answer = Answer.objects.filter(record=record, purpose=purpose, ended=None).last()
    given = bool(answer and answer.given)
    OpenConsent.objects.update_or_create(
        record=record.pk,
        defaults={
            "case": case,
            "given": given,
            "names": answer.names if answer and given else [],
            "pictures": bool(answer and given and answer.pictures),
            "at": answer.at if answer else timezone.now(),
        },
    )
    if before is not None and before.given and (not given or before.case != case):
        _tell(opened, before)


def withdraw(opened: Opened, number: int) -> None:
    """The row goes: no identification any more, or everything erased."""
    row = OpenConsent.objects.filter(record=number).first()
    if row is None:
        return
    OpenConsent.objects.filter(pk=row.pk).delete()
    if row.given:
        _tell(opened, row)


def _tell(opened: Opened, row: OpenConsent) -> None:
    number = f"F-{row.record:06d}"
    entry(opened, None, "family.publication-withdrawn", family=number, case=row.case)
    for hook in list(_hooks):
        hook(opened, row.case, number)
