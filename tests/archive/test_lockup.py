"""Locked or unlocked: every way from one to the other, and what a locked archive tells."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from archive_cast import World, browser_of

from amana.core.unseal import Identity
from amana.errors import Locked, WrongShare
from amana.trustees.shares import split


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def machine(here: World):
    """A second machine over the same folder: the world's own stays open until it opens."""
    from amana_archive.lockup.machine import Lockup

    clock = Clock()
    here.lockup.lock("test")
    lockup = Lockup(here.kept.folder, idle=60, longest=300, clock=clock)
    yield lockup, clock, here.kept.shares
    lockup.lock("test")
    here.lockup.open_with(here.kept.identity)


def test_two_shares_open_and_a_command_locks(machine) -> None:
    lockup, _, shares = machine
    assert lockup.status().locked
    with pytest.raises(Locked):
        _ = lockup.opened
    assert lockup.offer(shares[0]).given == 1
    assert lockup.offer(shares[0]).given == 1  # the same trustee twice is one
    assert not lockup.offer(shares[2]).locked
    assert lockup.lock("command")
    assert lockup.status().locked
    assert not lockup.lock("command")


def test_wrong_shares_change_nothing_or_drop_all(machine) -> None:
    lockup, _, shares = machine
    with pytest.raises(WrongShare):
        lockup.offer("not a share at all")
    assert lockup.status().given == 0
    lockup.offer(shares[0])
    foreign = split(Identity.generate(), 2, 3)
    with pytest.raises(WrongShare):
        lockup.offer(foreign[1])
    assert lockup.status().given == 0
    lockup.offer(shares[0])
    assert not lockup.offer(shares[1]).locked


def test_shares_are_forgotten_and_idleness_locks(machine) -> None:
    lockup, clock, shares = machine
    lockup.offer(shares[0])
    clock.now += 601
    assert lockup.status().given == 0
    lockup.offer(shares[0])
    lockup.offer(shares[1])
    for _ in range(3):
        clock.now += 50
        with lockup.using(touch=True):
            pass
    clock.now += 59
    assert not lockup.status().locked
    clock.now += 1
    assert lockup.status().locked


def test_even_the_busiest_archive_locks_in_the_end(machine) -> None:
    lockup, clock, shares = machine
    for words in shares[:2]:
        lockup.offer(words)
    for _ in range(10):
        clock.now += 31
        if lockup.status().locked:
            break
        with lockup.using(touch=True):
            pass
    assert lockup.status().locked
    assert clock.now - 1000 >= 300


def test_locking_is_in_the_ledger(here: World) -> None:
    here.lockup.lock("a reason")
    here.lockup.open_with(here.kept.identity)
    acts = [r.fields for r in here.opened.recorder.records()]
    assert [a["act"] for a in acts][-2:] == ["archive.locked", "archive.unlocked"]
    assert acts[-2]["reason"] == "a reason"


def test_locked_it_shows_nothing_but_its_state(here: World) -> None:
    person = here.people["reviewer"]
    client = browser_of(person)
    assert client.get("/review").status_code == 200
    here.lockup.lock("test")
    try:
        for path in ("/review", "/people", "/no/such", f"/items/{here.things['item'].pk}"):
            answer = client.get(path)
            assert (answer.status_code, answer["Location"]) == (302, "/")
        page = client.get("/")
        assert b"locked" in page.content
        assert person.name.encode() not in page.content.replace(b"reviewer-", b"")
        wrong = client.post("/unlock", {"share": "abandon ability able"})
        assert wrong.status_code == 400
        assert b"abandon" not in wrong.content
    finally:
        here.lockup.open_with(here.kept.identity)
    # Unlocking lets nobody back in who was inside before.
    assert client.get("/review").status_code == 404


def test_two_trustees_unlock_in_two_browsers(here: World) -> None:
    here.lockup.lock("test")
    first, second = browser_of(None), browser_of(None)
    assert first.post("/unlock", {"share": here.kept.shares[1]})["Location"] == "/"
    assert b'class="done"' in second.get("/").content
    assert second.post("/unlock", {"share": here.kept.shares[2]})["Location"] == "/sign-in"
    assert not here.lockup.status().locked


def test_a_stolen_locked_server_confesses_nothing(here: World) -> None:
    """The database, its log and its backup hold no name, no word, no number, no digest in clear."""
    from amana_archive.evidence.models import Item

    item = Item.objects.filter(copy__isnull=False).first()
    assert item is not None
    secrets_ = [b"reviewer", b"SQLite format", b"DSC_0", item.sha256.encode(), b"9077", b"jacket"]
    secrets_ += [bytes.fromhex(item.sha256), "سترة".encode(), "أحمد".encode()]
    here.lockup.lock("test")
    try:
        files = [p for p in (here.kept.folder / "web").rglob("*") if p.is_file()]
        assert any(p.name == "catalogue.sealed" for p in files)
        for path in files:
            data = path.read_bytes()
            assert [s for s in secrets_ if s in data] == [], path.name
    finally:
        here.lockup.open_with(here.kept.identity)


def test_the_watch_port_says_little_and_obeys_only_the_token(here: World, tmp_path: Path) -> None:
    from amana_archive import watching

    here.lockup.lock("test")
    watcher = watching.serve(here.lockup, "right", 0)
    try:
        assert _get(watcher.address + "/health") == {"locked": True}
        with pytest.raises(urllib.error.HTTPError):
            _post(watcher.address + "/share", here.kept.shares[0], "wrong")
        assert _post(watcher.address + "/share", here.kept.shares[0], "right")["given"] == 1
        assert _post(watcher.address + "/share", here.kept.shares[1], "right")["locked"] is False
        metrics = urllib.request.urlopen(watcher.address + "/metrics").read().decode()
        assert "amana_locked 0" in metrics
        assert _post(watcher.address + "/lock", "", "right") == {"was_open": True}
    finally:
        watcher.close()
        here.lockup.open_with(here.kept.identity)


def _get(address: str) -> dict[str, object]:
    with urllib.request.urlopen(address) as answer:
        return dict(json.load(answer))


def _post(address: str, body: str, token: str) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(address, body.encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return dict(json.load(answer))


def test_no_worker_outlives_the_unlocked_span(here: World) -> None:
    """It would keep the last file in its memory."""
    from amana_archive.evidence.texts import Document, reader
    from amana_archive.lockup import standby

    assert reader.answer(Document(b"words", "text/plain")) == "words"
    assert reader._workers._pool is not None
    here.lockup.lock("test")
    try:
        assert [one for one in standby._all if one._workers._pool is not None] == []
    finally:
        here.lockup.open_with(here.kept.identity)
