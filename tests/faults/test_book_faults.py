"""The archive's ledger against crashes: every system call of an append is broken, twice."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from amana.core.durable import Disk
from amana.core.locker import Locker
from amana.core.merkle import Frontier
from amana.core.sign import Signer
from amana.core.unseal import Identity
from amana.errors import AmanaError, Damaged, NotProved
from amana.ledger.book import Book
from amana.ledger.checkpoint import Checkpoint, parse_checkpoint
from amana.ledger.segments import SEGMENT
from amana.ledger.verify import continues, whole_ledger

CALLS = ("create", "write", "sync", "close", "rename", "sync_folder")


class BrokenDisk(Disk):
    """Breaks the `at`th of the named calls: before it is done, or after."""

    def __init__(self, call: str, at: int, after: bool) -> None:
        self.call, self.left, self.after, self.broke = call, at, after, False

    def _break(self, call: str, *arguments: Any) -> Any:
        method = getattr(Disk, call)
        if call != self.call or self.broke:
            return method(self, *arguments)
        self.left -= 1
        if self.left > 0:
            return method(self, *arguments)
        self.broke = True
        if self.after:
            result = method(self, *arguments)
            if call == "create":
                os.close(result)
        raise OSError(errno.EIO, "broken on purpose")


for _call in CALLS:
    setattr(BrokenDisk, _call, lambda self, *arguments, _name=_call: self._break(_name, *arguments))


@pytest.fixture(params=["open", "sealed"])
def lockers(request: pytest.FixtureRequest) -> list[Locker]:
    return [Locker(Identity.generate().text)] if request.param == "sealed" else []


@pytest.mark.parametrize("after", [False, True], ids=["lost", "done-but-reported-lost"])
@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("call", CALLS)
def test_a_broken_append_never_forks(
    tmp_path: Path, call: str, at: int, after: bool, lockers: list[Locker]
) -> None:
    signer = Signer.generate("amana.ledger/test")
    Book(tmp_path, signer, lockers=lockers).append({"act": "first"})
    seen = [Book(tmp_path, signer).checkpoint()]
    broken = Book(tmp_path, signer, disk=BrokenDisk(call, at, after), lockers=lockers)
    with contextlib.suppress(AmanaError):
        broken.append({"act": "second"})
    seen.append(Book(tmp_path, signer).checkpoint())  # what another process sees meanwhile
    again = Book(tmp_path, signer, lockers=lockers) if at == 2 else broken
    try:
        again.append({"act": "third"})
    except AmanaError:
        again.append({"act": "third"})
    seen.append(again.checkpoint())

    book = Book(tmp_path, signer, lockers=lockers)
    acts = [act for act, _ in itertools.groupby(r.fields["act"] for r in book.records())]
    assert acts in (["first", "third"], ["first", "second", "third"])
    whole_ledger(book.records(), parse_checkpoint(book.checkpoint()))
    tree = book.tree()
    for note in seen:  # no checkpoint that anybody saw may contradict the ledger of today
        old = parse_checkpoint(note)
        new = parse_checkpoint(book.checkpoint())
        continues(new, old, tree.consistency(old.size))


def test_a_torn_tail_is_cut_and_complete_entries_are_kept(tmp_path: Path) -> None:
    signer = Signer.generate("amana.ledger/test")
    book = Book(tmp_path, signer)
    book.append({"act": "first"})
    head = (tmp_path / "head.json").read_bytes()
    book.append({"act": "second"})
    segment = tmp_path / "entries" / "000000.jsonl"
    segment.write_bytes(segment.read_bytes() + b'{"act":"torn')
    (tmp_path / "head.json").write_bytes(head)  # as if the crash came before the head
    again = Book(tmp_path, signer)
    assert again.size == 1
    again.append({"act": "third"})
    assert [r.fields["act"] for r in again.records()] == ["first", "second", "third"]


def test_lost_or_changed_entries_are_found(tmp_path: Path) -> None:
    signer = Signer.generate("amana.ledger/test")
    book = Book(tmp_path, signer)
    book.append_all([{"act": "a"}, {"act": "b"}])
    segment = tmp_path / "entries" / "000000.jsonl"
    whole = segment.read_bytes()
    segment.write_bytes(whole.replace(b'"act":"a"', b'"act":"x"'))
    with pytest.raises(NotProved):
        Book(tmp_path, signer).tree()
    segment.write_bytes(whole.split(b"\n")[0] + b"\n")
    with pytest.raises(Damaged):
        list(Book(tmp_path, signer).records())
    with pytest.raises(NotProved):
        Book(tmp_path, Signer.generate("amana.ledger/test")).checkpoint()


def test_segments_are_crossed(tmp_path: Path) -> None:
    signer = Signer.generate("amana.ledger/test")
    lockers = [Locker(Identity.generate().text)]
    book = Book(tmp_path, signer, lockers=lockers)
    book.append_all([{"act": "x", "n": n} for n in range(SEGMENT - 1)])
    book.append_all([{"act": "y", "n": n} for n in range(3)])
    again = Book(tmp_path, signer, lockers=lockers)
    assert again.size == SEGMENT + 2
    whole_ledger(again.records(), parse_checkpoint(again.checkpoint()))
    frontier = Frontier().append(again.leaves())
    assert parse_checkpoint(again.checkpoint()) == Checkpoint(
        book.origin, frontier.size, frontier.root()
    )


_WRITER = """
import sys
from pathlib import Path
from amana.core.sign import Signer
from amana.ledger.book import Book
book = Book(Path(sys.argv[1]), Signer("amana.ledger/test", bytes(32)))
for number in range(int(sys.argv[3])):
    book.append({"act": "viewed", "by": sys.argv[2], "n": number})
"""


def test_two_processes_write_one_ledger_and_one_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WRITER, str(tmp_path)]
    one = subprocess.Popen([*command, "one", "60"])
    two = subprocess.Popen([*command, "two", "100000"])
    assert one.wait(60) == 0
    two.kill()
    two.wait()
    book = Book(tmp_path, Signer("amana.ledger/test", bytes(32)))
    book.append({"act": "after"})
    records = list(book.records())
    whole_ledger(records, parse_checkpoint(book.checkpoint()))
    assert [r.fields["n"] for r in records if r.fields.get("by") == "one"] == list(range(60))


def test_a_sealed_ledger_says_nothing_of_its_acts(tmp_path: Path) -> None:
    """A seized, locked archive server: neither acts nor accounts nor digests are readable."""
    lockers = [Locker(Identity.generate().text)]
    book = Book(tmp_path, Signer.generate("amana.ledger/test"), lockers=lockers)
    digest = "ab" * 32
    book.append({"act": "viewed", "by": "reviewer-nour", "item": digest})
    for path in filter(Path.is_file, tmp_path.rglob("*")):
        data = path.read_bytes()
        for secret in (b"viewed", b"nour", digest.encode(), bytes.fromhex(digest)):
            assert secret not in data, path
