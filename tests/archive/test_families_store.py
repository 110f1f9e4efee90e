"""The families' own store: what opens it, what does not, and what whoever has it without its right
can read, which is nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from archive_cast import World
from cast_families import NAMES, PASSPHRASE, WORK_FACTOR, open_store

from amana.errors import Locked, UsageProblem, WeakPassphrase, WrongPassphrase, WrongShare


@pytest.fixture(autouse=True)
def _open(here: World) -> None:
    open_store()


SECRETS = [
    *(text for _, text in NAMES),
    "Alhalabi",
    "Barazi",
    "الحلبي",
    "أم مازن",
    "society of the families",
    "above the left eye",
]


def needles() -> list[bytes]:
    return [text.encode(code) for text in SECRETS for code in ("utf-8", "utf-16-le", "utf-16-be")]


def found_in(folder: Path) -> list[tuple[str, bytes]]:
    return [
        (str(path.relative_to(folder)), needle)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for data in [path.read_bytes()]
        for needle in needles()
        if needle in data
    ]


def test_no_file_of_the_archive_holds_a_familys_name(here: World, tmp_path: Path) -> None:
    """Open, with write-ahead logs beside the databases; and as a backup of the locked archive."""
    folder = here.kept.folder
    names = {path.name for path in (folder / "web").iterdir()}
    assert {"families.sealed", "catalogue.sealed", "families.keys.age"} <= names
    assert found_in(folder) == []
    # The search can find: the same words in a file of ours.
    (tmp_path / "control").mkdir()
    (tmp_path / "control" / "plain").write_bytes(SECRETS[0].encode("utf-16-le"))
    assert found_in(tmp_path / "control") != []
    here.lockup.lock("backup")
    try:
        shutil.copytree(folder, tmp_path / "backup")
    finally:
        here.lockup.open_with(here.kept.identity)
    assert found_in(tmp_path / "backup") == []


def test_the_whole_catalogue_opened_holds_none_either(here: World) -> None:
    """Whoever has the trustees' key reads the catalogue: every row of every table, as text."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        tables = [name for (name,) in cursor.fetchall()]
        assert "families_openconsent" in tables
        assert "families_record" not in tables
        assert "families_name" not in tables
        everything = b""
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            everything += repr(cursor.fetchall()).encode()
    assert here.people["liaison"].login.encode() in everything
    assert [needle for needle in needles() if needle in everything] == []


def test_the_ledger_names_a_number_only(here: World) -> None:
    from amana_archive.access.audit import catch_up
    from amana_archive.access.models import Act

    catch_up(here.opened)
    lines = "\n".join(Act.objects.values_list("fields", flat=True))
    assert '"family": "F-000001"' in lines
    assert [text for text in SECRETS if text in lines] == []


def restored(here: World, tmp_path: Path, script: str) -> str:
    """Run `script` in another process on a restored backup, unlocked by the trustees."""
    here.lockup.lock("backup")
    try:
        shutil.copytree(here.kept.folder, tmp_path / "restored")
    finally:
        here.lockup.open_with(here.kept.identity)
    head = f"""
import sys
from pathlib import Path
from amana_archive.server import prepare
lockup = prepare(Path({str(tmp_path / "restored")!r}))
for words in sys.stdin.read().splitlines():
    lockup.offer(words)
opened = lockup.opened
from amana.errors import *
from amana_archive.access.models import Person
from amana_archive.families.models import Name, Record
from amana_archive.families.store import making, openings
"""
    done = subprocess.run(
        [sys.executable, "-c", head + script],
        input="\n".join(here.kept.shares[:2]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_trustees_key_does_not_open_it_a_liaison_does(here: World, tmp_path: Path) -> None:
    """On another machine, from a backup: two trustees open the archive and see no family."""
    script = f"""
try:
    Record.objects.count()
except Locked:
    print("closed")
from sqlcipher3 import dbapi2
import hashlib, hmac
from django.conf import settings
from amana.core.labels import WEB_DATABASE
secret = opened.archive.keys.secret
for key in (hmac.new(secret, WEB_DATABASE, hashlib.sha256).digest(), secret):
    connection = dbapi2.connect(settings.DATABASES["families"]["NAME"])
    connection.execute(f"PRAGMA key = \\"x'{{key.hex()}}'\\"")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        print("opened!")
    except dbapi2.DatabaseError:
        print("not by this key")
liaison = Person.objects.get(login="liaison")
for words in ("not the passphrase", {PASSPHRASE!r}):
    try:
        making.unlock(opened, liaison, (liaison.pk, 1), words)
        print(Name.objects.filter(text__contains="Alhalabi").count())
    except WrongPassphrase:
        print("refused")
"""
    lines = restored(here, tmp_path, script).split("\n")
    assert lines[:5] == ["closed", "not by this key", "not by this key", "refused", "1"]


def test_two_keepers_words_open_it_again(here: World, tmp_path: Path) -> None:
    """Every passphrase forgotten: a liaison sets a new one, and two of three give their words."""
    from amana_archive.families.store import making

    words = [making._waiting[here.people[n].pk] for n in ("administrator", "liaison")]
    script = f"""
liaison = Person.objects.get(login="liaisonoutsider")
making.prepare(opened, liaison, "a new passphrase of mine", {WORK_FACTOR})
def says(shares):
    try:
        making.recover(opened, liaison, (liaison.pk, 1), shares)
        return Record.objects.count() > 0
    except (WrongShare, Locked) as error:
        return type(error).__name__
words = {words!r}
print(says(words[:1]), says([words[0], words[0]]), says(words))
openings.openings.shut_all()
making.unlock(opened, liaison, (liaison.pk, 2), "a new passphrase of mine")
print(Record.objects.count() > 0)
"""
    assert restored(here, tmp_path, script).split() == ["WrongShare", "WrongShare", "True", "True"]


def test_made_by_two_and_only_once(here: World) -> None:
    from amana_archive.families.store import making

    for act in (making.ask, making.confirm):
        with pytest.raises(UsageProblem):
            act(here.opened, here.people["administrator"])


def test_one_administrator_cannot_make_it_alone(here: World, monkeypatch: Any) -> None:
    from amana_archive.families.store import keyfile, making

    held = keyfile.Keyfile()
    monkeypatch.setattr(making, "load", lambda opened: held)
    monkeypatch.setattr(making, "save", lambda opened, keyfile: None)
    one, two = here.people["administrator"], here.people["administrator-outsider"]
    making.ask(here.opened, one)
    with pytest.raises(UsageProblem, match="another administrator"):
        making.confirm(here.opened, one)
    with pytest.raises(UsageProblem, match="passphrase first"):
        making.confirm(here.opened, two)
    assert not held.is_made


def test_words_are_fetched_once_by_three_people(here: World) -> None:
    from amana_archive.families.store import making

    waiting = dict(making._waiting)
    try:
        assert len(waiting) == 3
        person = here.people["administrator"]
        assert making.has_words(person)
        assert making.fetch_words(here.opened, person) == waiting[person.pk]
        assert making.fetch_words(here.opened, person) is None
        assert making.fetch_words(here.opened, here.people["reviewer"]) is None
    finally:
        making._waiting.update(waiting)


def test_who_was_not_let_in_cannot_open(here: World) -> None:
    from amana_archive.families.store import keyfile, making

    for name in ("administrator", "reviewer", "investigator"):
        with pytest.raises(WrongPassphrase):
            making.unlock(here.opened, here.people[name], (here.people[name].pk, 1), PASSPHRASE)
    with pytest.raises(WeakPassphrase):
        making.prepare(here.opened, here.people["liaison"], "short")
    slot = keyfile.load(here.opened).slots[here.people["liaison"].pk]
    assert slot.sealed


def test_the_key_file_counts_nobody(here: World) -> None:
    """Its size is the same for one liaison as for a dozen."""
    from amana.core.unseal import Identity
    from amana_archive.families.store.keyfile import Keyfile, Slot, from_bytes, to_bytes

    recipient = Identity.generate().recipient
    slot = Slot(b"k" * 480, recipient, b"s" * 232)
    few = Keyfile(None, recipient, b"r" * 232, {1: slot})
    many = Keyfile(3, recipient, b"r" * 232, dict.fromkeys(range(1, 13), slot))
    assert len(to_bytes(few)) == len(to_bytes(many))
    assert from_bytes(to_bytes(many)) == many


def test_openings_end_by_themselves() -> None:
    """Idle, longest, on command, one session apart from another; the key goes with the last."""
    from amana_archive.families.router import STORE
    from amana_archive.families.store.openings import IDLE, LONGEST, Openings
    from amana_archive.sealed_sqlite import keyring

    before = dict(keyring._keys)
    now = [100.0]
    try:
        keyring.forget(STORE)
        made = Openings(clock=lambda: now[0])
        made._watching = True  # no thread: the test is the clock
        made.open((1, 10), b"k" * 32)
        assert made.is_open_for((1, 10))
        assert not made.is_open_for((1, 11))
        assert not made.is_open_for((2, 10))
        for _ in range(20):
            now[0] += IDLE - 1
            if now[0] < 100 + LONGEST:
                assert made.is_open_for((1, 10))
        assert not made.is_open_for((1, 10))
        assert not keyring.holds(STORE)
        made.open((1, 10), b"k" * 32)
        made.open((2, 20), b"k" * 32)
        now[0] += IDLE
        assert not made.is_open_for((2, 20))
        made.open((1, 10), b"k" * 32)
        made.open((2, 20), b"k" * 32)
        made.shut((1, 10))
        assert keyring.holds(STORE)
        made.shut_person(2)
        assert not keyring.holds(STORE)
        with pytest.raises(Locked):
            keyring.key(STORE)
    finally:
        keyring._keys.update(before)


def test_a_restored_store_survives_a_dismissal(here: World, tmp_path: Path) -> None:
    """A liaison leaves: another key. His old slot opens nothing, the others' go on, and the words
    of the keepers, too; a crash in the middle leaves a key that fits."""
    from amana_archive.families.store import making

    words = [making._waiting[here.people[n].pk] for n in ("administrator", "liaison")]
    script = f"""
from amana_archive.families.store import keyfile
liaison, gone = (Person.objects.get(login=n) for n in ("liaison", "liaisonoutsider"))
passphrase = {PASSPHRASE!r}
making.unlock(opened, liaison, (liaison.pk, 1), passphrase)
old = keyfile.load(opened)
real, calls = making._seal_to_all, []
def crashing(held, keys):
    calls.append(len(keys))
    if len(keys) == 32:
        raise OSError("the power went")
    real(held, keys)
making._seal_to_all = crashing
try:
    making.dismiss(opened, liaison, gone)
except OSError:
    print("crashed", calls)
making._seal_to_all = real
openings.openings.shut_all()
making.unlock(opened, liaison, (liaison.pk, 2), passphrase)
print(Record.objects.count() > 0)
making.dismiss(opened, liaison, gone)
openings.openings.shut_all()
making.unlock(opened, liaison, (liaison.pk, 3), passphrase)
print(Record.objects.count() > 0)
openings.openings.shut_all()
keyfile.save(opened, old)
making.unlock(opened, gone, (gone.pk, 4), passphrase)
"""
    script += """
try:
    Record.objects.count()
    print("still open!")
except Exception as error:
    print(type(error).__name__)
"""
    script = script.replace(
        "making.unlock(opened, gone", "making.migrate = lambda: None\nmaking.unlock(opened, gone"
    )
    lines = restored(here, tmp_path, script).split("\n")
    assert lines[:4] == ["crashed [64, 32]", "True", "True", "DatabaseError"]
    assert len(words) == 2


def test_a_wrong_share_is_an_error(here: World) -> None:
    from amana_archive.families.store import making

    liaison = here.people["liaison"]
    with pytest.raises(WrongShare):
        making.recover(here.opened, liaison, (liaison.pk, 0), here.kept.shares[:2])


def test_it_opens_without_amana(here: World, tmp_path: Path) -> None:
    """In thirty years, with spec/family-store.md: the age command, JSON, SLIP-39, SQLCipher."""
    import base64
    import json

    from shamir_mnemonic import combine_mnemonics
    from sqlcipher3 import dbapi2

    from amana.core.unseal import Identity
    from amana_archive.families.store import making

    def age(identity: str, sealed: bytes) -> bytes:
        path = tmp_path / "identity.txt"
        path.write_text(identity)
        command = ["age", "-d", "-i", str(path)]
        return subprocess.run(command, input=sealed, capture_output=True, check=True).stdout

    folder = here.kept.folder / "web"
    keys = json.loads(age(here.kept.identity.text, (folder / "families.keys.age").read_bytes()))
    secret = combine_mnemonics(list(making._waiting.values())[:2])
    recovery = Identity.from_secret(secret)
    assert recovery.recipient == keys["recovery"]["recipient"]
    key = age(recovery.text, base64.b64decode(keys["recovery"]["sealed"]))
    connection = dbapi2.connect(str(folder / "families.sealed"))
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    texts = [text for (text,) in connection.execute("SELECT text FROM families_name")]
    connection.close()
    assert NAMES[0][1] in texts
