"""Where something was, and what a document says in another language. Rows are added; what was said
is taken back with a reason, and stays."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from amana_archive.evidence.models import Item, Said

LANGUAGES = {
    "ar": gettext_noop("Arabic"),
    "en": gettext_noop("English"),
    "fr": gettext_noop("French"),
    "de": gettext_noop("German"),
    "ku": gettext_noop("Kurdish"),
    "tr": gettext_noop("Turkish"),
    "fa": gettext_noop("Persian"),
    "ru": gettext_noop("Russian"),
}


class Place(Said):
    """A branch, a hospital, a prison, as far as the archive knows where it is. `number` is the
    branch's, as it stands on the cards; `source`: how it is known."""

    class Kind(models.TextChoices):
        BRANCH = "branch", _("Branch")
        HOSPITAL = "hospital", _("Hospital")
        PRISON = "prison", _("Prison")
        OTHER = "other", _("Another place")

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.CharField(max_length=20, blank=True)
    latitude = models.FloatField()  # degrees, WGS 84
    longitude = models.FloatField()
    source = models.CharField(max_length=300)


class Translation(models.Model):
    """One version of one translation of one document. A later version is another row."""

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="translations")
    version = models.PositiveIntegerField()
    from_language = models.CharField(max_length=20)
    to_language = models.CharField(max_length=20)
    text = models.TextField()
    translator = models.CharField(max_length=120)
    source_sha256 = models.CharField(max_length=64)  # of the text that was translated
    by = models.ForeignKey("access.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    act = models.BigIntegerField()  # the entry of the archive's ledger that records it

    @property
    def source_tongue(self) -> str:
        return gettext(LANGUAGES[self.from_language])

    @property
    def target_tongue(self) -> str:
        return gettext(LANGUAGES[self.to_language])

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "to_language", "version"], name="translation_version"
            )
        ]
