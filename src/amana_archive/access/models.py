"""Accounts. All of it lies in the encrypted catalogue: a locked server names nobody."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", _("Administrator")
    REVIEWER = "reviewer", _("Reviewer")
    LIAISON = "liaison", _("Family liaison")
    INVESTIGATOR = "investigator", _("Investigator")
    COURT = "court", _("Prosecutor or defence")
    AUDITOR = "auditor", _("Auditor")


class Person(models.Model):
    """Somebody who signs in. `totp_secret` (base32) and passkeys are the second factor."""

    login = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role.choices)
    passphrase = models.CharField(max_length=200, blank=True)
    totp_secret = models.CharField(max_length=64, blank=True)
    totp_step = models.BigIntegerField(default=0)  # the last used one: a code counts once
    active = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def is_ready(self) -> bool:
        """Has passphrase and second factor: may sign in."""
        return bool(self.active and self.passphrase and (self.totp_secret or self.has_passkey))

    @property
    def has_passkey(self) -> bool:
        return Passkey.objects.filter(person=self).exists()


class Passkey(models.Model):
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="passkeys")
    credential = models.BinaryField(unique=True)
    public = models.BinaryField()  # AttestedCredentialData (W3C WebAuthn section 6.5.1)
    uses = models.BigIntegerField(default=0)  # the authenticator's signature counter
    label = models.CharField(max_length=60)
    created = models.DateTimeField(auto_now_add=True)


class Invitation(models.Model):
    """A link that makes, or makes anew, one account. Only the digest of its token is kept."""

    token = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    expires = models.DateTimeField()
    totp_secret = models.CharField(max_length=64)
    used = models.DateTimeField(null=True)


class SignIn(models.Model):
    """A session: one cookie. Before the second factor it is only `pending`; a pending one whose
    passphrase was wrong has no person, and looks the same from outside."""

    token = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE)
    pending = models.BooleanField(default=True)
    challenge = models.JSONField(default=dict)
    device = models.CharField(max_length=60)
    created = models.DateTimeField(auto_now_add=True)
    seen = models.DateTimeField()
    ended = models.DateTimeField(null=True)


class Attempt(models.Model):
    """Failures under one keyed name (an account's, an address's)."""

    name = models.CharField(max_length=64, unique=True)
    failures = models.PositiveIntegerField(default=0)
    last = models.DateTimeField()


class Grant(models.Model):
    """A right to one collection, or to one case. Without a grant a role sees nothing."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="grants")
    collection = models.ForeignKey(
        "evidence.Collection", null=True, on_delete=models.CASCADE, related_name="+"
    )
    case = models.ForeignKey("evidence.Case", null=True, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True)


class Recovery(models.Model):
    """A lost second factor: one administrator asks, another confirms."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="recoveries")
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=300)
    confirmed_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed = models.DateTimeField(null=True)


class Act(models.Model):
    """An index over the archive's ledger, so that the auditor's page is quick. The ledger itself is
    the truth: this is made from it, and may be thrown away."""

    seq = models.BigIntegerField(primary_key=True)
    time = models.CharField(max_length=20)
    act = models.CharField(max_length=60)
    person = models.BigIntegerField(null=True)
    who = models.CharField(max_length=60)
    item = models.BigIntegerField(null=True)
    case = models.BigIntegerField(null=True)
    fields = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["person", "act", "seq"]),
            models.Index(fields=["item", "seq"]),
            models.Index(fields=["case", "seq"]),
            models.Index(fields=["act", "seq"]),
            models.Index(fields=["who", "seq"]),
        ]


class Cosigned(models.Model):
    """A head of the archive's ledger that a witness cosigned. `note` is the whole signed note,
    which anybody can verify with the witness's key."""

    witness = models.CharField(max_length=120)
    size = models.BigIntegerField()
    time = models.DateTimeField()  # the witness's own clock
    note = models.TextField()
