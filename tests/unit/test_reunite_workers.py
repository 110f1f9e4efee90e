"""The cage and the workers: what they refuse, and that a death takes nothing with it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from tests.unit.reunite_support import Source, new_archive

from amana.core.unseal import Identity
from amana.errors import AmanaError, CannotOpen
from amana.reunite.confine import Cage
from amana.reunite.inventory import inventory
from amana.reunite.open import receive
from amana.reunite.slots import SIZE, Slots, Span, attach
from amana.reunite.workers import Workers, current_cage

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
        report = receive(archive, [source.inbox])  # confined, unless told otherwise
        assert (report.packs_opened, len(report.packs_refused)) == (6, 1)
        assert inventory(archive).counts["reunited"] == 9
        if sys.platform == "linux":
            assert report.confined.startswith("confined by limits")
            assert "landlock" in report.confined or "not available here" in report.confined


def test_without_shared_memory_pipes_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amana.reunite.confined.make_slots", lambda count: None)
    identity = Identity.generate()
    source = Source(identity, tmp_path / "inbox")
    source.both(source.many(2))
    source.checkpoint()
    with new_archive(tmp_path / "archive", identity, source) as archive:
        receive(archive, [source.inbox])
        assert inventory(archive).counts["reunited"] == 2


def grow(name: str) -> str:
    """What a broken worker may try with the memory that it shares."""
    from amana.reunite import slots

    try:
        slots._mapped[0].resize(1 << 30)
    except (OSError, SystemError, ValueError, BufferError) as error:
        refused = type(error).__name__
    else:
        refused = "done"
    try:
        with Path(name).open("r+b"):
            return "done"
    except OSError:
        return refused


@linux
def test_the_shared_memory_is_all_that_is_shared() -> None:
    slots = Slots(1)
    try:
        (name,) = slots.names()
        with Workers(grow, processes=1, prepare=partial(attach, [name])) as workers:
            ((_, answer),) = workers.results([name])
        assert answer not in ("done", ""), "its size and its handle are out of reach"
        assert len(slots.at(Span(0, 0, SIZE))) == SIZE
    finally:
        slots.close()


def name_and_wait(seconds: float) -> int:
    print(os.getpid(), flush=True)
    time.sleep(seconds)
    return os.getpid()


_ORPHANS = """
import sys
sys.path[:0] = sys.argv[1:]
from tests.unit.test_reunite_workers import name_and_wait
from amana.reunite.workers import Workers
if __name__ == "__main__":
    with Workers(name_and_wait, processes=2) as workers:
        list(workers.results([60.0, 60.0]))
"""


@linux
def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    """They hold the archive's key: nobody may leave them behind."""
    script = tmp_path / "orphans.py"
    script.write_text(_ORPHANS)
    command = [sys.executable, str(script), *sys.path]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        parent.kill()
        parent.wait(10)
        ends = time.monotonic() + 20
        while any(_alive(pid) for pid in workers) and time.monotonic() < ends:
            time.sleep(0.05)
        assert not any(_alive(pid) for pid in workers)


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]
    except OSError:
        return False


@linux
def test_a_program_in_the_cage(tmp_path: Path) -> None:
    """What tesseract runs in: it may read, and start what the system has; nothing else."""
    (tmp_path / "existing").write_text("before")
    own = tmp_path / "own"
    own.write_bytes(Path("/bin/true").read_bytes())
    own.chmod(0o755)
    script = f"""
        cat {tmp_path}/existing && echo
        (echo x > /dev/null) && echo nothing-is-written
        (echo x > {tmp_path}/made) && echo made
        (echo x >> {tmp_path}/existing) && echo appended
        rm {tmp_path}/existing && echo removed
        {own} && echo started
        (exec 3<>/dev/tcp/127.0.0.1/9) 2>&1 | grep -o 'not permitted' | head -1
        (ulimit -v unlimited) && echo unbounded
        ulimit -t
    """
    command = [sys.executable, "-m", "amana.reunite.caged", str(1 << 30), "7"]
    done = subprocess.run(
        [*command, "bash", "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout.split("\n") == ["before", "not permitted", "7", ""], (
        done.stdout + done.stderr
    )
    assert (tmp_path / "existing").read_text() == "before"
    endless = subprocess.run(
        [*command[:-1], "1", "bash", "-c", "while :; do :; done"], timeout=60, check=False
    )
    assert endless.returncode < 0, "the system ended it"
