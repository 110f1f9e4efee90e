"""What is known of the evidence. Rows are added; what was said is never overwritten.

An item's own facts come from its record in a ledger and change only when the store learns more
(`state`). What people say of it are rows of their own, each with who and when, and `Change` holds
every field that ever moved, with the reason.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Collection(models.Model):
    """Where items come from: one ledger of one source, named by the archive."""

    origin = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """One captured file. `veil` is a tiny grey blurred picture (WebP), all the grid ever shows."""

    collection = models.ForeignKey(Collection, on_delete=models.PROTECT)
    seq = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=80)
    path = models.TextField()
    taken = models.CharField(max_length=20, blank=True)  # as the camera wrote it, ISO order
    state = models.CharField(max_length=16)
    copy = models.JSONField(null=True)
    photo = models.JSONField(null=True)
    leaf = models.CharField(max_length=64)  # the leaf hash of its record
    captured = models.CharField(max_length=20, blank=True)  # by the source's clock, UTC
    words = models.TextField(blank=True)  # text of documents and OCR: the newest `MachineText`
    veil = models.BinaryField(default=b"")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["collection", "seq", "leaf"], name="item_place")
        ]
        indexes = [models.Index(fields=["collection", "id"])]

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    @property
    def ending(self) -> str:
        """What stands on the tile of a file that has no picture."""
        _, dot, ending = self.name.rpartition(".")
        return ending[:4] if dot else ""

    @property
    def is_picture(self) -> bool:
        return self.copy is not None or self.media_type.startswith("image/")


class Tag(models.Model):
    """The vocabulary: a code that never changes, and its words in three languages."""

    class Kind(models.TextChoices):
        PLACE = "place", _("Place")
        BACKGROUND = "background", _("Background")
        MARKS = "marks", _("Marks")
        CLOTHING = "clothing", _("Clothing")
        AGE = "age", _("Apparent age")
        SEX = "sex", _("Apparent sex")
        CONDITION = "condition", _("Condition")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    code = models.SlugField(max_length=40, unique=True)
    ar = models.CharField(max_length=60)
    en = models.CharField(max_length=60)
    fr = models.CharField(max_length=60)


class Said(models.Model):
    """What a person added, and when it was taken back and why. Never deleted."""

    by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        "access.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True


class ItemTag(Said):
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="tags")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT)


class Case(models.Model):
    """One person who died, as far as is known. `number` is what people say: C-000017."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        CONFIRMED = "confirmed", _("Confirmed by two")
        MERGED = "merged", _("Merged into another")

    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PROPOSED)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT)
    summary = models.TextField(blank=True)
    by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    @property
    def number(self) -> str:
        return f"C-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class CaseItem(Said):
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="members")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="memberships")


class Note(Said):
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="notes")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="notes")
    text = models.TextField()


class Number(models.TextChoices):
    DETAINEE = "detainee", _("Detainee number")
    BRANCH = "branch", _("Branch number")
    DEATH = "death", _("Death or medical number")


class Reading(Said):
    """One number as somebody, or a machine, read it. `value` is empty where it is missing or
    unreadable, and `finding` says which. A machine's (`by` is nobody) is a hint: it is shown and
    found, and no identity is made of it."""

    class Finding(models.TextChoices):
        READ = "read", _("Read")
        UNREADABLE = "unreadable", _("Unreadable")
        MISSING = "missing", _("Not there")

    # A machine is nobody.
    by = models.ForeignKey(  # type: ignore[assignment]
        "access.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="readings")
    number = models.CharField(max_length=10, choices=Number.choices)
    finding = models.CharField(max_length=12, choices=Finding.choices)
    value = models.CharField(max_length=20, blank=True)
    confidence = models.PositiveSmallIntegerField()  # per cent
    machine = models.CharField(max_length=60, blank=True)
    settles = models.BooleanField(default=False)


class MachineText(models.Model):
    """What a machine read of a file. A newer reading is another row; the older ones stay."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="machine_texts")
    cursor = models.BigIntegerField()  # its place among the archive's readings
    how = models.CharField(max_length=60)  # "pdf", "scan + tesseract", ...
    machine = models.CharField(max_length=120, blank=True)  # empty: the file's own text
    confidence = models.PositiveSmallIntegerField(null=True)  # per cent, of recognised text
    text = models.TextField(blank=True)
    unread = models.PositiveIntegerField(default=0)  # pages that are pictures nobody read
    trouble = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "cursor"], name="machine_text_once")]


class NumberSeen(models.Model):
    """A number that a machine saw in a picture, without knowing which one it is. `box`: the four
    corners of the card in the upright picture, pixels."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="numbers_seen")
    cursor = models.BigIntegerField()
    machine = models.CharField(max_length=120)
    value = models.CharField(max_length=20)
    script = models.CharField(max_length=16)
    confidence = models.PositiveSmallIntegerField()  # per cent
    box = models.JSONField()
    line = models.PositiveIntegerField()
    place = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "cursor", "line", "place"], name="number_seen_once"
            )
        ]


class Followed(models.Model):
    """How far the catalogue has followed a source that only grows."""

    source = models.CharField(max_length=40, unique=True)
    cursor = models.BigIntegerField(default=0)


class Skip(models.Model):
    """Somebody else, please. It asks for no reason."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE)
    by = models.ForeignKey("access.Person", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)


class WorkingCopy(models.Model):
    """A derived picture: how it was made from which bytes. The bytes lie sealed in the store."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="working_copies")
    source_kind = models.CharField(max_length=10)  # original or copy
    source_sha256 = models.CharField(max_length=64)
    steps = models.JSONField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    tool = models.CharField(max_length=60)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    act = models.BigIntegerField()  # the entry of the archive's ledger that records it

    @property
    def covers(self) -> bool:
        """Whether something is hidden in it: then a second person must confirm it."""
        return any(step.get("do") == "cover" for step in self.steps)


class Proposal(models.Model):
    """What takes two people: one proposes, another confirms or refuses."""

    class Kind(models.TextChoices):
        IDENTIFICATION = "identification", _("Identification")
        DISCLOSURE = "disclosure", _("Disclosure")
        REDACTION = "redaction", _("Redaction")
        EXPORT = "export", _("Export")

    class Decision(models.TextChoices):
        OPEN = "open", _("Waiting for a second person")
        CONFIRMED = "confirmed", _("Confirmed")
        REFUSED = "refused", _("Refused")

    kind = models.CharField(max_length=16, choices=Kind.choices)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="proposals")
    working_copy = models.ForeignKey(WorkingCopy, null=True, on_delete=models.PROTECT)
    to = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.OPEN)
    decided_by = models.ForeignKey(
        "access.Person", null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)


class Disclosure(models.Model):
    """One case, as it stood, shown to one person of a court. Items are fixed at confirmation."""

    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT)
    case = models.ForeignKey(Case, on_delete=models.PROTECT)
    to = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="disclosures")
    at = models.DateTimeField(auto_now_add=True)
    items: models.ManyToManyField[Item, models.Model] = models.ManyToManyField(Item)


class Export(models.Model):
    """Originals that somebody asks to take out of the archive. The items are fixed when it is
    asked, so that the second person confirms exactly what will leave."""

    proposal = models.OneToOneField(Proposal, on_delete=models.PROTECT)
    items: models.ManyToManyField[Item, models.Model] = models.ManyToManyField(Item)


class Change(models.Model):
    """Every field that ever moved: what, from, to, who, when, why, and the ledger's entry."""

    thing = models.CharField(max_length=20)
    key = models.BigIntegerField()
    field = models.CharField(max_length=40)
    old = models.TextField(blank=True)
    new = models.TextField(blank=True)
    by = models.ForeignKey("access.Person", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=300, blank=True)
    act = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["thing", "key", "id"])]


class SavedSearch(models.Model):
    person = models.ForeignKey("access.Person", on_delete=models.CASCADE)
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=500)
    at = models.DateTimeField(auto_now_add=True)
