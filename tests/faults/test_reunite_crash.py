"""The crash table of receiving: every system call is broken twice (not done; done, but reported as
failed), the catalogue's commit too; then the archive is opened again and goes on."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.reunite_support import Source, new_archive
from tests.unit.reunite_support import receive_here as receive

from amana.core.durable import Disk
from amana.core.unseal import Identity
from amana.errors import NoSpace, WriteFailed
from amana.reunite.archive import Archive
from amana.reunite.catalogue import Catalogue
from amana.reunite.inventory import inventory

CALLS = ("create", "write", "sync", "close", "rename", "sync_folder", "sync_all")
SOAK = int(os.environ.get("AMANA_SOAK", "0"))


class Broken(Disk):
    """Breaks the `nth` system call; `done` says whether it was carried out all the same."""

    def __init__(self, nth: int, done: bool) -> None:
        self.left, self.done = nth, done
        self.broke = ""


def _breaking(name: str) -> Callable[..., Any]:
    real = getattr(Disk, name)

    def call(self: Broken, *args: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            self.broke = name
            if self.done:
                real(self, *args)
            elif name == "close":
                real(self, *args)  # a handle that stays open would be the test's own leak
            raise OSError(errno.ENOSPC if self.done else errno.EIO, "broken by the test")
        return real(self, *args)

    return call


for _name in CALLS:
    setattr(Broken, _name, _breaking(_name))


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.generate()


def make(tmp_path: Path, identity: Identity) -> Source:
    source = Source(identity, tmp_path / "inbox")
    for _ in range(2):
        source.both(source.many(2))
    source.checkpoint()
    new_archive(tmp_path / "archive", identity, source).close()
    return source


def whole(tmp_path: Path, identity: Identity, source: Source) -> None:
    """Receive with a sound disk, and look at every byte."""
    with Archive.open(tmp_path / "archive", identity) as archive:
        receive(archive, [source.inbox])
        assert inventory(archive).counts["reunited"] == 4
        for seq, (original, copy) in source.content.items():
            evidence = archive.evidence(source.origin, seq)
            assert evidence.original is not None
            assert evidence.copy is not None
            assert (evidence.original(), evidence.copy()) == (original, copy)
        left = list(archive.folder.rglob(".tmp-*"))
        assert left == []


@pytest.mark.parametrize("done", [False, True])
def test_every_system_call_broken_twice(tmp_path: Path, identity: Identity, done: bool) -> None:
    broken: set[str] = set()
    for nth in range(1, 500):
        place = tmp_path / str(nth)
        place.mkdir()
        source = make(place, identity)
        disk = Broken(nth, done)
        archive = Archive.open(place / "archive", identity)
        archive.disk = disk
        for store in (archive.store, archive.records):
            store._disk = disk  # type: ignore[attr-defined]
        try:
            receive(archive, [source.inbox])
        except (NoSpace, WriteFailed):
            pass
        finally:
            archive.close()
        if not disk.broke:
            break
        broken.add(disk.broke)
        whole(place, identity, source)
    assert broken >= {"create", "write", "close", "rename", "sync_all"}


def test_the_slow_way_of_flushing(
    tmp_path: Path, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Disk, "sync_all", lambda self, folder: False)
    source = make(tmp_path, identity)
    whole(tmp_path, identity, source)


@pytest.mark.parametrize("nth", range(1, 9))
def test_a_commit_that_fails(
    tmp_path: Path, identity: Identity, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make(tmp_path, identity)
    calls = 0
    real = Catalogue.transaction

    def failing(self: Catalogue) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth:
            raise WriteFailed(path="catalogue", reason="broken by the test")
        return real(self)

    with Archive.open(tmp_path / "archive", identity) as archive:
        monkeypatch.setattr(Catalogue, "transaction", failing)
        try:
            receive(archive, [source.inbox])
        except WriteFailed:
            assert calls == nth
        monkeypatch.undo()
    whole(tmp_path, identity, source)


_RECEIVE = """
import sys
from pathlib import Path
from amana.core.unseal import Identity
from amana.reunite.archive import Archive
from amana.reunite.open import receive
with Archive.open(Path(sys.argv[1]), Identity.from_text(sys.argv[3])) as archive:
    receive(archive, [Path(sys.argv[2])], progress=lambda d, t, w: print(d, flush=True))
"""


@pytest.mark.parametrize("delay", [n / 40 for n in range(SOAK or 4)])
def test_killed_at_any_instant(tmp_path: Path, identity: Identity, delay: float) -> None:
    source = make(tmp_path, identity)
    run = [sys.executable, "-c", _RECEIVE, str(tmp_path / "archive"), str(source.inbox)]
    process = subprocess.Popen([*run, identity.text], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(delay / 10)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    whole(tmp_path, identity, source)
