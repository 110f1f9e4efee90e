"""What was asked to be disclosed, item by item; the dossier made of it; who signed for it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Asked(models.Model):
    """What a proposal to disclose is about. The items and what is withheld of each are fixed when
    it is asked, so that the second person confirms exactly what will leave."""

    class Side(models.TextChoices):
        PROSECUTION = "prosecution", _("Prosecution")
        DEFENCE = "defence", _("Defence")
        COURT = "court", _("Court")

    proposal = models.OneToOneField(
        "evidence.Proposal", on_delete=models.PROTECT, related_name="asked"
    )
    side = models.CharField(max_length=12, choices=Side.choices)
    terms = models.CharField(max_length=400)
    former = models.ForeignKey(
        "courts.Dossier", null=True, on_delete=models.PROTECT, related_name="supplements"
    )


class Part(models.Model):
    """One item of what was asked: how much of it is given, and why not all."""

    class Give(models.TextChoices):
        ALL = "all", _("Original and copy")
        COPY = "copy", _("Only the small copy")
        COVERED = "covered", _("Only a covered picture")
        RECORD = "record", _("Only the record, no picture")
        NOTHING = "nothing", _("Nothing")

    asked = models.ForeignKey(Asked, on_delete=models.PROTECT, related_name="parts")
    item = models.ForeignKey("evidence.Item", on_delete=models.PROTECT, related_name="+")
    give = models.CharField(max_length=8, choices=Give.choices, default=Give.ALL)
    hides_path = models.BooleanField(default=False)
    working_copy = models.ForeignKey(
        "evidence.WorkingCopy", null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["asked", "item"], name="part_once")]
        ordering = ["item"]

    @property
    def where(self) -> str:
        """Its collection and record, as one text: two would be turned round on an Arabic page."""
        return f"{self.item.collection.name} / {self.item.seq}"

    @property
    def is_whole(self) -> bool:
        return self.give == self.Give.ALL and not self.hides_path


class Derived(models.Model):
    """The entry of the archive's ledger that says, in a dossier's own form, how a working copy was
    made: written once, so that both sides are shown the same entry."""

    working_copy = models.OneToOneField("evidence.WorkingCopy", on_delete=models.PROTECT)
    act = models.BigIntegerField()


class Dossier(models.Model):
    """A dossier on its way to one person. Until it was received it lies sealed, in `parts`."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting to be made")
        BUILDING = "building", _("Being made")
        READY = "ready", _("Ready to be fetched")
        RECEIVED = "received", _("Received and signed for")
        FAILED = "failed", _("Could not be made")

    disclosure = models.OneToOneField(
        "evidence.Disclosure", on_delete=models.PROTECT, related_name="dossier"
    )
    asked = models.OneToOneField(Asked, on_delete=models.PROTECT, related_name="dossier")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    trouble = models.CharField(max_length=300, blank=True)
    number = models.CharField(max_length=32, blank=True)  # the dossier's id, hex
    folder = models.CharField(max_length=32, blank=True)  # random; where the sealed parts lie
    parts = models.JSONField(default=list)  # of the zip: {sha256, size}
    bytes = models.BigIntegerField(default=0)
    files = models.IntegerField(default=0)
    manifest = models.CharField(max_length=64, blank=True)  # SHA-256 of manifest-sha256.txt
    seal = models.TextField(blank=True)  # seal.note
    contents = models.TextField(blank=True)  # the manifest's lines of what is evidence
    contents_digest = models.CharField(max_length=64, blank=True)
    made = models.DateTimeField(null=True)
    fetched = models.DateTimeField(null=True)  # the first time

    @property
    def file_name(self) -> str:
        return f"dossier-{self.number[:8]}.zip"

    @property
    def can_be_fetched(self) -> bool:
        return self.state == self.State.READY


class Receipt(models.Model):
    """The receiver's word that this very dossier arrived: the digest he typed, of what he holds."""

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="receipt")
    by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)  # as he wrote it
    at = models.DateTimeField(auto_now_add=True)
    manifest = models.CharField(max_length=64)
    act = models.BigIntegerField()
    note = models.TextField()  # signed by the archive: a C2SP signed note
