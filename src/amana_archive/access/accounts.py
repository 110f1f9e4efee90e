"""Making, entering and recovering accounts: the only writers of `Person`. Each act is recorded."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from amana.errors import UsageProblem, WeakPassphrase
from amana_archive.access import second_factor, sessions
from amana_archive.access.audit import record
from amana_archive.access.models import Grant, Invitation, Person, Recovery, Role
from amana_archive.evidence.models import Case, Collection
from amana_archive.lockup.opened import Opened

INVITATION_LIFETIME = timedelta(days=3)
LEAST_PASSPHRASE = 12
# What an unknown account's passphrase is compared with, so that it takes as long.
_NOBODY = make_password(secrets.token_hex(16))


def invite(opened: Opened, by: Person | None, login: str, name: str, role: str) -> str:
    """A new, inactive account; returns the token of its invitation, which is kept nowhere.

    Raises UsageProblem.
    """
    login = login.strip().casefold()
    if not login.isalnum() or not name.strip() or role not in Role.values:
        raise UsageProblem(what="a login of letters and digits, a name and a role are needed")
    if Person.objects.filter(login=login).exists():
        raise UsageProblem(what="this login is taken")
    with transaction.atomic():
        person = Person.objects.create(login=login, name=name.strip(), role=role)
        token = _invitation(person, by)
        record(opened, by, "person.invited", subject=person.pk, login=login, as_role=role)
    return token


def _invitation(person: Person, by: Person | None) -> str:
    token = secrets.token_urlsafe(32)
    Invitation.objects.create(
        token=sessions.digest(token),
        person=person,
        by=by,
        expires=timezone.now() + INVITATION_LIFETIME,
        totp_secret=second_factor.new_secret(),
    )
    return token


def open_invitation(token: str) -> Invitation | None:
    rows = Invitation.objects.select_related("person")
    found = rows.filter(token=sessions.digest(token), used=None).first()
    return found if found is not None and found.expires > timezone.now() else None


def accept(opened: Opened, invitation: Invitation, passphrase: str, code: str) -> None:
    """Set passphrase and one-time codes; what was there before is void.

    Raises WeakPassphrase, UsageProblem for a wrong code.
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise WeakPassphrase(minimum=LEAST_PASSPHRASE)
    step = second_factor.check(invitation.totp_secret, code, 0)
    if step is None:
        raise UsageProblem(what="the code is not the present one")
    person = invitation.person
    with transaction.atomic():
        sessions.end_all(person)
        person.passkeys.all().delete()
        person.passphrase = make_password(passphrase)
        person.totp_secret, person.totp_step, person.active = invitation.totp_secret, step, True
        person.save()
        Invitation.objects.filter(person=person).update(used=timezone.now())
        record(opened, person, "person.entered")


def by_passphrase(login: str, passphrase: str) -> Person | None:
    """The account that this passphrase opens. An unknown one takes as long to refuse."""
    person = Person.objects.filter(login=login.strip().casefold()).first()
    ready = person is not None and person.is_ready
    right = check_password(passphrase, person.passphrase if person and ready else _NOBODY)
    return person if ready and right else None


def use_code(person: Person, code: str) -> bool:
    """Whether this one-time code is right; it is used up in one statement, so twice never is."""
    if not person.totp_secret:
        return False
    step = second_factor.check(person.totp_secret, code, person.totp_step)
    if step is None:
        return False
    fresh = Person.objects.filter(pk=person.pk, totp_step__lt=step)
    return fresh.update(totp_step=step) == 1


def set_active(opened: Opened, by: Person, person: Person, active: bool) -> None:
    with transaction.atomic():
        Person.objects.filter(pk=person.pk).update(active=active)
        if not active:
            sessions.end_all(person)
        record(opened, by, "person.active" if active else "person.stopped", subject=person.pk)


def end_sessions(opened: Opened, by: Person, person: Person) -> None:
    with transaction.atomic():
        record(opened, by, "sessions.ended", subject=person.pk)
        sessions.end_all(person)


def grant(opened: Opened, by: Person | None, person: Person, thing: Collection | Case) -> Grant:
    """Give a right. The same right twice is one."""
    one = {"collection": thing} if isinstance(thing, Collection) else {"case": thing}
    held = Grant.objects.filter(person=person, ended=None, **one).first()
    if held is not None:
        return held
    with transaction.atomic():
        made = Grant.objects.create(person=person, by=by, **one)
        what = {"collection": thing.pk} if isinstance(thing, Collection) else {"case": thing.pk}
        record(opened, by, "right.given", subject=person.pk, **what)
    return made


def take_back(opened: Opened, by: Person, right: Grant) -> None:
    with transaction.atomic():
        Grant.objects.filter(pk=right.pk, ended=None).update(ended=timezone.now())
        record(opened, by, "right.taken", subject=right.person_id, right=right.pk)


def ask_recovery(opened: Opened, by: Person, person: Person, reason: str) -> Recovery:
    """The first of two administrators. Raises UsageProblem without a reason."""
    if not reason.strip():
        raise UsageProblem(what="a reason is needed")
    with transaction.atomic():
        asked = Recovery.objects.create(person=person, by=by, reason=reason.strip()[:300])
        record(opened, by, "recovery.asked", subject=person.pk, reason=asked.reason)
    return asked


def confirm_recovery(opened: Opened, by: Person, asked: Recovery) -> str:
    """The second administrator: a new invitation. Raises UsageProblem for the first one again."""
    if by.pk in (asked.by_id, asked.person_id):
        raise UsageProblem(what="another administrator must confirm")
    with transaction.atomic():
        waiting = Recovery.objects.filter(pk=asked.pk, confirmed=None)
        if waiting.update(confirmed=timezone.now(), confirmed_by=by) != 1:
            raise UsageProblem(what="this was decided already")
        token = _invitation(asked.person, by)
        record(opened, by, "recovery.confirmed", subject=asked.person_id)
    return token
