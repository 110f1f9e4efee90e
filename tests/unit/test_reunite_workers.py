"""The cage and the workers: what they refuse, and that a death takes nothing with it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.unit.reunite_support import Source, new_archive

from amana.core.unseal import Identity
from amana.errors import AmanaError, CannotOpen
from amana.reunite.confine import Cage
from amana.reunite.inventory import inventory
from amana.reunite.open import receive
from amana.reunite.workers import Workers, current_cage, examined_confined

linux = pytest.mark.skipif(sys.platform != "linux", reason="the cage is Linux's")


def attempt(what: str) -> str:
    """Something a broken decoder might be made to do; returns how far it came."""
    place = Path(what.partition(" ")[2] or "/tmp")
    acts = {
        "socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "unix": lambda: socket.socket(socket.AF_UNIX),
        "write": lambda: (place / "made").write_bytes(b"x"),
        "existing": lambda: (place / "existing").open("r+b").write(b"y"),
        "append": lambda: (place / "existing").open("ab").close(),
        "truncate": lambda: os.truncate(place / "existing", 0),
        "remove": (place / "existing").unlink,
        "rename": lambda: (place / "existing").rename(place / "renamed"),
        "folder": (place / "folder").mkdir,
        "link": lambda: (place / "link").symlink_to("/etc"),
        "exec": lambda: subprocess.run(["/bin/true"], check=True),
        "kill": lambda: os.kill(os.getppid(), 0),
        "memory": lambda: bytearray(2 << 30),
        "read": (place / "existing").read_bytes,
    }
    try:
        acts[what.partition(" ")[0]]()
    except (OSError, MemoryError, subprocess.SubprocessError) as error:
        return type(error).__name__
    return "done"


def die(how: str) -> str:
    if how == "die":
        os.abort()
    if how == "hang":
        while True:
            time.sleep(60)
    if how == "fail":
        raise CannotOpen(what="it", reason="bad")
    return how


@linux
def test_the_cage_refuses(tmp_path: Path) -> None:
    (tmp_path / "existing").write_bytes(b"before")
    acts = ["socket", "udp", "unix", "write", "existing", "append", "truncate", "remove"]
    acts += ["rename", "folder", "link", "exec", "kill", "memory", "read"]
    asked = [f"{act} {tmp_path}" for act in acts]
    with Workers(attempt, processes=1, memory=1 << 30) as workers:
        came = {what.split()[0]: answer for what, answer in workers.results(asked)}
    assert came.pop("memory") == "MemoryError"
    assert came.pop("read") == "done", "what it must read, it can"
    assert set(came.values()) == {"PermissionError"}, came
    assert [p.name for p in tmp_path.iterdir()] == ["existing"]
    assert (tmp_path / "existing").read_bytes() == b"before"


@linux
def test_the_cage_says_what_holds_it() -> None:
    with Workers(current_cage, processes=1) as workers:
        ((_, cage),) = workers.results([None])
    assert isinstance(cage, Cage)
    assert "seccomp" in cage.held
    assert "confined by limits" in str(cage)
    assert "not available here: x" in str(Cage((), ("x",)))


def test_a_death_takes_nothing_with_it() -> None:
    asked = ["a", "die", "b", "fail", "hang", "c"]
    with Workers(die, processes=2, seconds=1) as workers:
        answers = [answer for _, answer in workers.results(asked)]
    kinds = [type(a).__name__ if isinstance(a, AmanaError) else a for a in answers]
    assert kinds == ["a", "CannotOpen", "b", "CannotOpen", "CannotOpen", "c"]


def test_receiving_in_the_cage(tmp_path: Path) -> None:
    identity = Identity.generate()
    source = Source(identity, tmp_path / "inbox")
    for _ in range(3):
        source.both(source.many(3))
    source.checkpoint()
    source.put(b"rubbish")
    with new_archive(tmp_path / "archive", identity, source) as archive:
        report = receive(archive, [source.inbox], examined=examined_confined)
        assert (report.packs_opened, len(report.packs_refused)) == (6, 1)
        assert inventory(archive).counts["reunited"] == 9
