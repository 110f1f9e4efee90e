"""Working copies: derived pictures with a record of how, provable by doing it again."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import transaction

from amana.errors import AmanaError
from amana_archive.access.audit import of_item, record
from amana_archive.access.models import Person
from amana_archive.evidence.actions import remember, required
from amana_archive.evidence.models import Item, Proposal, WorkingCopy
from amana_archive.evidence.pictures import TOOL, Asked, check_steps, darkroom
from amana_archive.evidence.source import (
    copy_bytes,
    keep_working_copy,
    original_bytes,
    working_copy_bytes,
)
from amana_archive.lockup.opened import Opened


def source_of(opened: Opened, item: Item) -> tuple[str, bytes]:
    """(original or copy, its bytes): the best there is. Raises CannotOpen."""
    try:
        return "original", original_bytes(opened, item)
    except AmanaError:
        return "copy", copy_bytes(opened, item)[0]


def make_working_copy(
    opened: Opened, by: Person, item: Item, steps: list[dict[str, Any]], reason: str
) -> WorkingCopy:
    """Derive a picture; covering something asks a second person before anybody may use it.

    Raises CannotOpen, UsageProblem without a reason.
    """
    reason, steps = required(reason), check_steps(steps)
    kind, data = source_of(opened, item)
    made = darkroom.answer(Asked(data, tuple(steps)))
    sha256, source = hashlib.sha256(made).hexdigest(), hashlib.sha256(data).hexdigest()
    keep_working_copy(opened, sha256, made)
    with transaction.atomic():
        entry = record(
            opened,
            by,
            "copy.derived",
            **of_item(item),
            source=kind,
            source_sha256=source,
            steps=steps,
            sha256=sha256,
            tool=TOOL,
            reason=reason,
        )
        row = WorkingCopy.objects.create(
            item=item,
            source_kind=kind,
            source_sha256=source,
            steps=steps,
            sha256=sha256,
            size=len(made),
            tool=TOOL,
            reason=reason,
            by=by,
            act=entry.seq,
        )
        remember(entry, by, "item", item.pk, {"field": "working copy", "new": sha256}, reason)
        if row.covers:
            Proposal.objects.create(
                kind=Proposal.Kind.REDACTION, working_copy=row, text=reason, by=by
            )
    return row


def prove(opened: Opened, made: WorkingCopy) -> bool:
    """Whether the recorded steps, done again on the recorded source, give these very bytes."""
    kind, data = source_of(opened, made.item)
    if kind != made.source_kind or hashlib.sha256(data).hexdigest() != made.source_sha256:
        return False
    again = darkroom.answer(Asked(data, tuple(made.steps)))
    return again == working_copy_bytes(opened, made)
