"""Demonstration accounts, one a role, for the rehearsal. Never in an operation: their passphrases
and second factors are printed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from amana.core.unseal import Identity

NAMES = {
    "administrator": ("nadia", "Nadia"),
    "reviewer": ("rana", "Rana"),
    "liaison": ("leila", "Leila"),
    "investigator": ("ismail", "Ismail"),
    "court": ("clara", "Clara"),
    "auditor": ("amir", "Amir"),
}


@dataclass(frozen=True)
class Account:
    role: str
    login: str
    passphrase: str
    totp_secret: str


def fill(folder: Path, identity: Identity) -> list[Account]:
    """Take the archive in `folder` into the catalogue, with one account a role, each with a right
    to every collection. In a process of its own: Django is set up for this folder.

    Raises NotOurs, WrongShare, WriteFailed.
    """
    from amana_archive.server import prepare

    lockup = prepare(folder)
    lockup.open_with(identity)
    try:
        with lockup.using(touch=True) as opened:
            return fill_opened(opened)
    finally:
        lockup.lock("filled")


def fill_opened(opened: object) -> list[Account]:
    """As `fill`, where the archive is open already."""
    from amana_archive.intake.readings import follow
    from amana_archive.intake.sync import sync
    from amana_archive.lockup.opened import Opened

    assert isinstance(opened, Opened)
    sync(opened)
    follow(opened)
    return [_account(opened, role) for role in NAMES]


def _account(opened: object, role: str) -> Account:
    from django.contrib.auth.hashers import make_password

    from amana_archive.access import accounts, second_factor
    from amana_archive.access.models import Person
    from amana_archive.evidence.models import Collection
    from amana_archive.lockup.opened import Opened

    assert isinstance(opened, Opened)
    login, name = NAMES[role]
    person = Person.objects.filter(login=login).first()
    if person is None:
        accounts.invite(opened, None, login, name, role)
        person = Person.objects.get(login=login)
    passphrase, secret = secrets.token_hex(8), second_factor.new_secret()
    person.passphrase, person.totp_secret = make_password(passphrase), secret
    person.active = True
    person.save()
    if role in ("reviewer", "liaison", "investigator"):
        for collection in Collection.objects.all():
            accounts.grant(opened, None, person, collection)
    return Account(role, login, passphrase, secret)
