"""How the family store is made, who is let in, and how it is opened again without passphrases.

Two administrators make it; its key is random and shown to nobody. It is sealed to liaisons who have
prepared a passphrase, and to a recovery key of which three people get a share of words once, any
two of which open it. After that nobody lets a liaison in but another liaison, or two of the three.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from django.conf import settings
from django.core.management import call_command
from sqlcipher3 import dbapi2

from amana.core.locker import Locker
from amana.core.seal import seal
from amana.core.unseal import Identity, unseal
from amana.errors import CannotOpen, UsageProblem, WeakPassphrase, WrongPassphrase
from amana.trustees.shares import join, split
from amana_archive.access.audit import record
from amana_archive.access.models import Person, Role
from amana_archive.families.router import STORE
from amana_archive.families.store.keyfile import KEY_BYTES, Keyfile, Slot, load, save
from amana_archive.families.store.openings import Opener, openings
from amana_archive.lockup.opened import Opened
from amana_archive.sealed_sqlite import keyring

WORK_FACTOR = 17  # log2 of scrypt's N: 128 MiB, half a second
LEAST_PASSPHRASE = 12
SHARES, THRESHOLD = 3, 2
_WHAT = "the family store"
_changing = threading.Lock()
# Words that wait for their keeper. Only in memory: what nobody fetched before a restart is gone,
# and two of three are enough.
_waiting: dict[int, str] = {}


@contextmanager
def _changed(opened: Opened) -> Iterator[Keyfile]:
    with _changing:
        keyfile = load(opened)
        yield keyfile
        save(opened, keyfile)


# --- a liaison's own passphrase ------------------------------------------------------------------


def prepare(
    opened: Opened, person: Person, passphrase: str, work_factor: int = WORK_FACTOR
) -> None:
    """A liaison's own lock, which holds nothing until he is let in. A new one replaces the old, and
    what was in it: whoever forgot his passphrase is let in anew. Raises WeakPassphrase."""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise WeakPassphrase(minimum=LEAST_PASSPHRASE)
    locker, key_file = Locker.create(passphrase, work_factor)
    with _changed(opened) as keyfile:
        record(opened, person, "family-store.passphrase-set")
        keyfile.slots[person.pk] = Slot(key_file, locker.recipient)
    openings.shut_person(person.pk)


def change(
    opened: Opened, person: Person, old: str, new: str, work_factor: int = WORK_FACTOR
) -> None:
    """Another passphrase for whoever knows the present one. Raises WrongPassphrase,
    WeakPassphrase."""
    if len(new) < LEAST_PASSPHRASE:
        raise WeakPassphrase(minimum=LEAST_PASSPHRASE)
    key = _key_of(opened, person, old)
    locker, key_file = Locker.create(new, work_factor)
    with _changed(opened) as keyfile:
        record(opened, person, "family-store.passphrase-changed")
        sealed = seal(key, [locker.recipient])
        keyfile.slots[person.pk] = Slot(key_file, locker.recipient, sealed)


def _key_of(opened: Opened, person: Person, passphrase: str) -> bytes:
    slot = load(opened).admitted(person.pk)
    if slot is None:
        raise WrongPassphrase(path=_WHAT)
    return _fitting(Locker.open(passphrase, slot.key_file, _WHAT).open_own(slot.sealed, _WHAT))


def unlock(opened: Opened, person: Person, opener: Opener, passphrase: str) -> None:
    """Open the store for one session of a liaison. Raises WrongPassphrase, also for somebody who
    was not let in."""
    if person.role != Role.LIAISON:
        raise WrongPassphrase(path=_WHAT)
    key = _key_of(opened, person, passphrase)
    record(opened, person, "family-store.opened")
    openings.open(opener, key)
    migrate()


def migrate() -> None:
    call_command("migrate", "families", database=STORE, verbosity=0, interactive=False)


# --- making it -----------------------------------------------------------------------------------


def ask(opened: Opened, by: Person) -> None:
    """The first of two administrators."""
    with _changed(opened) as keyfile:
        if keyfile.is_made:
            raise UsageProblem(what="the family store is there already")
        record(opened, by, "family-store.asked")
        keyfile.asked = by.pk


def confirm(opened: Opened, by: Person) -> None:
    """The second administrator: the store is made. Liaisons who have set a passphrase are let in;
    the two administrators and the first liaison can fetch a share of the recovery words each.

    Raises UsageProblem.
    """
    with _changed(opened) as keyfile:
        if keyfile.is_made or keyfile.asked is None:
            raise UsageProblem(what="this was decided already")
        if keyfile.asked == by.pk:
            raise UsageProblem(what="another administrator must confirm")
        ready = _liaisons(keyfile)
        if not ready:
            raise UsageProblem(what="a liaison must set a passphrase first")
        record(opened, by, "family-store.made", liaisons=ready)
        key, recovery = secrets.token_bytes(KEY_BYTES), Identity.generate()
        keyfile.recipient, keyfile.recovery = recovery.recipient, seal(key, [recovery.recipient])
        for person in ready:
            _let_in(keyfile, person, key)
        keepers = (keyfile.asked, by.pk, ready[0])
        keyfile.asked = None
        _make_database(key)
    _waiting.update(zip(keepers, split(recovery, THRESHOLD, SHARES), strict=True))


def _liaisons(keyfile: Keyfile) -> list[int]:
    active = Person.objects.filter(role=Role.LIAISON, active=True, pk__in=list(keyfile.slots))
    return list(active.order_by("pk").values_list("pk", flat=True))


def _let_in(keyfile: Keyfile, person: int, key: bytes) -> None:
    slot = keyfile.slots[person]
    keyfile.slots[person] = replace(slot, sealed=seal(key, [slot.recipient]))


def _make_database(key: bytes) -> None:
    keyring.hold(key, STORE)
    try:
        migrate()
    finally:
        keyring.forget(STORE)


def has_words(person: Person) -> bool:
    return person.pk in _waiting


def fetch_words(opened: Opened, person: Person) -> str | None:
    """One keeper's share, once."""
    if person.pk not in _waiting:
        return None
    record(opened, person, "family-store.words-fetched")
    return _waiting.pop(person.pk, None)


# --- afterwards ----------------------------------------------------------------------------------


def admit(opened: Opened, by: Person, other: Person) -> None:
    """A liaison who has it open lets another one in, who has set a passphrase.

    Raises Locked where it is closed, UsageProblem.
    """
    key = keyring.key(STORE)
    with _changed(opened) as keyfile:
        if other.role != Role.LIAISON or not other.active or other.pk not in keyfile.slots:
            raise UsageProblem(what="a liaison must set a passphrase first")
        record(opened, by, "family-store.let-in", subject=other.pk)
        _let_in(keyfile, other.pk, key)


def dismiss(opened: Opened, by: Person, other: Person) -> None:
    """A liaison is let in no longer, and the store gets another key: a copy of the key file that
    somebody kept opens nothing that is written from now on. Raises Locked, UsageProblem."""
    if other.pk == by.pk:
        raise UsageProblem(what="another person must decide")
    with _changed(opened) as keyfile:
        if other.pk not in keyfile.slots:
            return
        record(opened, by, "family-store.let-out", subject=other.pk)
        del keyfile.slots[other.pk]
        openings.shut_person(other.pk)
        _change_key(opened, keyfile)


def _change_key(opened: Opened, keyfile: Keyfile) -> None:
    """While the database changes, everybody's slot holds both keys, so that a crash at any point
    leaves one that fits."""
    from django.db import connections

    old, new = keyring.key(STORE), secrets.token_bytes(KEY_BYTES)
    _seal_to_all(keyfile, old + new)
    save(opened, keyfile)
    keyring.forget_connections(STORE)
    with connections[STORE].cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        cursor.execute(f"PRAGMA rekey = \"x'{new.hex()}'\"")
    keyring.forget(STORE)
    keyring.hold(new, STORE)
    _seal_to_all(keyfile, new)


def _seal_to_all(keyfile: Keyfile, keys: bytes) -> None:
    for person, slot in list(keyfile.slots.items()):
        if slot.sealed:
            _let_in(keyfile, person, keys)
    keyfile.recovery = seal(keys, [keyfile.recipient])


def _fitting(keys: bytes) -> bytes:
    """The key that opens the database, of one or two. Raises CannotOpen."""
    found = [keys[at : at + KEY_BYTES] for at in range(0, len(keys), KEY_BYTES)]
    if len(found) == 1:
        return found[0]
    path = str(settings.DATABASES[STORE]["NAME"])
    for key in found:
        connection = dbapi2.connect(path)
        try:
            connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except dbapi2.DatabaseError:
            continue
        finally:
            connection.close()
        return key
    raise CannotOpen(what=_WHAT, reason="no key fits its database")


def recover(opened: Opened, person: Person, opener: Opener, shares: Sequence[str]) -> None:
    """Two keepers' words let a liaison in who has set a passphrase, and open the store for him.

    Raises WrongShare, UsageProblem.
    """
    with _changed(opened) as keyfile:
        if person.pk not in keyfile.slots or not keyfile.is_made:
            raise UsageProblem(what="a liaison must set a passphrase first")
        identity = join(shares, keyfile.recipient)
        record(opened, person, "family-store.recovered")
        key = _fitting(unseal(keyfile.recovery, [identity], _WHAT))
        _let_in(keyfile, person.pk, key)
    openings.open(opener, key)
    migrate()
