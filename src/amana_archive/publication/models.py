"""What is published of a case, by whose consent; and every edition that was ever made."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _


def new_public_id() -> str:
    """Eight random hex digits: what the world calls an entry. It leads to no case number."""
    return secrets.token_hex(4)


class Entry(models.Model):
    """One person, as the memorial shows him. Fixed when it is asked; another text is another entry.

    `names` are of those the family wants printed; `died` is a year, or a year and a month, or
    nothing; `words` and `picture_words` are texts by language.
    """

    class Decision(models.TextChoices):
        OPEN = "open", _("Waiting for a second person")
        CONFIRMED = "confirmed", _("Confirmed")
        REFUSED = "refused", _("Refused")

    public_id = models.CharField(max_length=8, unique=True, default=new_public_id)
    case = models.ForeignKey("evidence.Case", on_delete=models.PROTECT, related_name="+")
    names = models.JSONField(default=list)
    died = models.CharField(max_length=7, blank=True)
    place = models.CharField(max_length=80, blank=True)
    words = models.JSONField(default=dict)
    picture = models.ForeignKey(
        "evidence.WorkingCopy", null=True, on_delete=models.PROTECT, related_name="+"
    )
    picture_words = models.JSONField(default=dict)
    by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.OPEN)
    decided_by = models.ForeignKey(
        "access.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    ended = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        "access.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )
    end_reason = models.CharField(max_length=300, blank=True)
    tombstone = models.BooleanField(default=False)  # only where the family wants one

    @property
    def stands(self) -> bool:
        return self.decision == self.Decision.CONFIRMED and self.ended is None


class Edition(models.Model):
    """One state of the whole site. What the scan refused is kept as a row, and never left."""

    class State(models.TextChoices):
        READY = "ready", _("Ready to leave")
        REFUSED = "refused", _("Refused by the scan")

    number = models.PositiveIntegerField(unique=True)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=State.choices)
    entries: models.ManyToManyField[Entry, models.Model] = models.ManyToManyField(
        Entry, related_name="editions"
    )
    sums = models.CharField(max_length=64, blank=True)  # SHA-256 of SHA256SUMS
    folder = models.CharField(max_length=32, blank=True)
    parts = models.JSONField(default=list)
    bytes = models.BigIntegerField(default=0)
    files = models.IntegerField(default=0)
    scanned = models.JSONField(default=dict)  # files, bytes, known, exiftool
    findings = models.JSONField(default=list)
    fetched = models.DateTimeField(null=True)  # the first time it left

    @property
    def file_name(self) -> str:
        return f"memorial-{self.number:04d}.zip"
