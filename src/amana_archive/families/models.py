"""What a family told, and what was done with it. All of it lies in the families' own store, but for
the last two tables, which lie in the catalogue (families/router.py).

People and cases are named by their keys in the catalogue: a database does not point into another.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Record(models.Model):
    """One ante-mortem record: one missing person, as one family describes him. Dates are partial:
    YYYY, YYYY-MM or YYYY-MM-DD. The key is never given twice, also after an erasure."""

    class State(models.TextChoices):
        RECEIVED = "received", _("Received")
        LOOKING = "looking", _("Being looked at")
        CALL = "call", _("Please call us")

    class Sex(models.TextChoices):
        UNKNOWN = "", _("Not said")
        MALE = "male", _("Male")
        FEMALE = "female", _("Female")

    at = models.DateTimeField(auto_now_add=True)
    by = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    # who asks
    asker = models.CharField(max_length=200, blank=True)
    relation = models.CharField(max_length=120, blank=True)
    contact = models.TextField(blank=True)
    caution = models.TextField(blank=True)  # how not to reach them: who else reads, who may listen
    language = models.CharField(max_length=2, default="ar")
    support = models.TextField(blank=True)  # who is with them when they are told
    # who is missing
    sex = models.CharField(max_length=8, choices=Sex.choices, blank=True)
    born = models.CharField(max_length=10, blank=True)
    arrested = models.CharField(max_length=10, blank=True)
    last_seen = models.CharField(max_length=10, blank=True)
    born_at = models.CharField(max_length=200, blank=True)
    arrested_at = models.CharField(max_length=200, blank=True)
    last_seen_at = models.CharField(max_length=200, blank=True)
    circumstances = models.TextField(blank=True)
    branch = models.CharField(max_length=120, blank=True)
    detainee = models.CharField(max_length=60, blank=True)
    marks = models.TextField(blank=True)
    clothing = models.TextField(blank=True)
    tags = models.JSONField(default=list)  # codes of the archive's vocabulary
    # the private page: see families/slips.py
    slip = models.CharField(max_length=64, blank=True)
    slip_key = models.CharField(max_length=64, blank=True)

    @property
    def number(self) -> str:
        return f"F-{self.pk:06d}"

    def __str__(self) -> str:
        return self.number


class Name(models.Model):
    """One spelling of the missing person's name."""

    class Kind(models.TextChoices):
        OFFICIAL = "official", _("As in papers")
        PATRONYMIC = "patronymic", _("With father and grandfather")
        NICKNAME = "nickname", _("Nickname")
        MOTHER = "mother", _("Mother's name")
        OTHER = "other", _("Another spelling")

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="names")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.OFFICIAL)
    text = models.CharField(max_length=200)


class Photo(models.Model):
    """A picture of somebody who lived: decoded and encoded again, without what a camera wrote."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="photos")
    data = models.BinaryField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    label = models.CharField(max_length=200, blank=True)
    by = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True)


class Consent(models.Model):
    """What the family said to one question. A later answer ends the earlier one, which stays."""

    class Purpose(models.TextChoices):
        CONTACT = "contact", _("We may contact you")
        PICTURES = "pictures", _("We may show you pictures")
        PUBLICATION = "publication", _("It may be published")
        COURT = "court", _("A court may be told")

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    given = models.BooleanField()
    names = models.JSONField(default=list)  # publication: the names as they may be printed
    pictures = models.BooleanField(default=False)  # publication: pictures, too
    words = models.TextField(blank=True)
    by = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True)


class Right(models.Model):
    """A liaison who may see one record."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="rights")
    person = models.BigIntegerField()
    by = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True)


class Finding(models.Model):
    """He is, or is not, the person of a case. Counts when a second person has confirmed it.

    `facts` are what both sides said when it was found: new facts are told by it.
    """

    class Kind(models.TextChoices):
        IDENTIFIED = "identified", _("The same person")
        EXCLUDED = "excluded", _("Not the same person")

    class Decision(models.TextChoices):
        OPEN = "open", _("Waiting for a second person")
        CONFIRMED = "confirmed", _("Confirmed")
        REFUSED = "refused", _("Refused")
        REOPENED = "reopened", _("Opened again")

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="findings")
    case = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = models.TextField()
    facts = models.JSONField(default=dict)
    by = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.OPEN)
    decided_by = models.BigIntegerField(null=True)
    decided = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)


class Meeting(models.Model):
    """A family is told, by a person. Nothing is shown before it was asked about consent and support
    (`asked`), and nothing after it ended."""

    class State(models.TextChoices):
        PREPARED = "prepared", _("Being prepared")
        BEGUN = "begun", _("Under way")
        ENDED = "ended", _("Ended")
        STOPPED = "stopped", _("Stopped by the family")

    class Result(models.TextChoices):
        NOTHING = "", _("Nothing to tell yet")
        IDENTIFIED = "identified", _("Identified")
        NOT_FOUND = "not-found", _("Not found so far")
        EXCLUDED = "excluded", _("It was somebody else")

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="meetings")
    by = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True)
    result = models.CharField(max_length=12, choices=Result.choices, blank=True)
    case = models.BigIntegerField(null=True)
    when = models.CharField(max_length=60, blank=True)
    where = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARED)
    asked = models.DateTimeField(null=True)
    support = models.CharField(max_length=200, blank=True)
    pictures = models.BooleanField(default=False)  # they want to see pictures
    body = models.BooleanField(default=False)  # of the body, too; else of the effects alone
    current = models.PositiveIntegerField(default=0)
    minutes = models.TextField(blank=True)
    ended = models.DateTimeField(null=True)


class Step(models.Model):
    """One thing that a meeting shows, in its place. A picture is covered until asked for."""

    class Kind(models.TextChoices):
        WORDS = "words", _("Words")
        EFFECTS = "effects", _("Picture of the effects")
        BODY = "body", _("Picture of the body")

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="steps")
    place = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    text = models.TextField(blank=True)
    item = models.BigIntegerField(null=True)
    copy = models.BigIntegerField(null=True)  # a working copy: partly covered
    reached = models.DateTimeField(null=True)
    uncovered = models.DateTimeField(null=True)  # first seen
    open = models.BooleanField(default=False)  # in sight now
    passed_over = models.DateTimeField(null=True)


class Letter(models.Model):
    """A letter as it was written, with its PDF."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField(max_length=20)
    language = models.CharField(max_length=2)
    data = models.BinaryField()
    by = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True)


class Event(models.Model):
    """What happened with a record: for the liaison. The ledger has the same without the words."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="events")
    what = models.CharField(max_length=40)
    text = models.TextField(blank=True)
    by = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True)


class Erasure(models.Model):
    """A family wants its data erased: one liaison asks, another does it."""

    record = models.OneToOneField(Record, on_delete=models.CASCADE)
    by = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True)


class Tombstone(models.Model):
    """There was a record of this number. Nothing else is known any more."""

    number = models.PositiveBigIntegerField(primary_key=True)


# --- in the catalogue --------------------------------------------------------------------------


class Slip(models.Model):
    """The private page of one family. Neither column says anything without the family's number and
    phrase: `tag` is found by them, and `sealed` opened by them alone."""

    tag = models.CharField(max_length=64, unique=True)
    sealed = models.BinaryField()


class OpenConsent(models.Model):
    """What a family allowed to be published. It is to be public, so it may lie in the catalogue; it
    is there only while the consent stands."""

    case = models.BigIntegerField(db_index=True)
    record = models.BigIntegerField(unique=True)
    given = models.BooleanField()
    names = models.JSONField(default=list)
    pictures = models.BooleanField(default=False)
    at = models.DateTimeField()
