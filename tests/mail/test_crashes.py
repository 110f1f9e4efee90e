"""A sender killed at any instant, a disk that fails at any call, a torn journal."""

from __future__ import annotations

from pathlib import Path

import pytest
from mail_cast import HERE, THERE, Cast, Memory, arrived, drop, make_packs

from amana.core.durable import Disk
from amana.errors import Damaged, WriteFailed
from amana.mail.fetch import fetch
from amana.mail.folder import EmlFolder
from amana.mail.journal import FRAME, Journal
from amana.mail.send import send

CALLS = ("create", "write", "sync", "close", "rename", "sync_folder")


class Killed(BaseException):
    """What `kill -9` is to Python: nothing may catch it."""


class Failing(Disk):
    """Breaks at the n-th system call: not done at all, or done and reported to have failed."""

    def __init__(self, at: int, done: bool) -> None:
        self.left, self.done = at, done


def _break(name: str) -> None:
    original = getattr(Disk, name)

    def call(self: Failing, *arguments: object) -> object:
        self.left -= 1
        if self.left == 0 and not self.done:
            raise Killed
        result = original(self, *arguments)
        if self.left == 0:
            raise Killed
        return result

    setattr(Failing, name, call)


for _name in CALLS:
    _break(_name)


def post(cast: Cast, folder: Path, mailer: Memory, disk: Disk | None = None) -> int:
    return send(
        folder / "packs",
        cast.kit,
        [THERE],
        mailer,
        sender_address=HERE,
        state=folder / "state",
        disk=disk,
    ).letters_sent


@pytest.mark.parametrize("done", [False, True])
def test_a_killed_sender_loses_nothing_and_repeats_one_letter(
    cast: Cast, tmp_path: Path, done: bool
) -> None:
    make_packs(tmp_path / "packs", [60_000])
    planned = post(cast, tmp_path, Memory())
    for at in range(1, 4 * planned, 4):
        folder = tmp_path / f"{at}-{done}"
        folder.mkdir()
        (folder / "packs").symlink_to(tmp_path / "packs")
        mailer = Memory()
        with pytest.raises(Killed):
            post(cast, folder, mailer, Failing(at, done))
        before = len(mailer.messages)
        rest = post(cast, folder, mailer)
        assert rest + before - planned in (0, 1)
        inbox = folder / "inbox"
        mail = drop(folder / "mail", mailer.messages)
        report = fetch(EmlFolder(mail), inbox, cast.mailbox, cast.senders)
        assert len(arrived(inbox)) == 1
        assert report.refused_count == 0


@pytest.mark.parametrize("done", [False, True])
def test_a_killed_fetcher_goes_on(cast: Cast, tmp_path: Path, done: bool) -> None:
    contents = make_packs(tmp_path / "packs", [60_000])
    mailer = Memory()
    post(cast, tmp_path, mailer)
    mail = drop(tmp_path / "mail", [*mailer.messages, b"Subject: junk\r\n\r\nx\r\n"])
    for at in range(1, 90, 7):
        inbox = tmp_path / f"inbox-{at}-{done}"
        try:
            fetch(EmlFolder(mail), inbox, cast.mailbox, cast.senders, disk=Failing(at, done))
        except Killed:
            fetch(EmlFolder(mail), inbox, cast.mailbox, cast.senders)
        assert arrived(inbox) == contents
        assert not list((inbox / "packs").glob(".tmp-*"))


def test_a_torn_journal_forgets_its_last_entry_only(cast: Cast, tmp_path: Path) -> None:
    make_packs(tmp_path / "packs", [60_000])
    mailer = Memory()
    letters = post(cast, tmp_path, mailer)
    journal = tmp_path / "state/journal"
    data = journal.read_bytes()
    assert len(data) == (letters + 1) * FRAME
    journal.write_bytes(data[:-10])
    assert post(cast, tmp_path, mailer) == 1
    assert len(journal.read_bytes()) == len(data)


def test_an_altered_journal_is_an_error_not_a_guess(cast: Cast, tmp_path: Path) -> None:
    make_packs(tmp_path / "packs", [60_000])
    post(cast, tmp_path, Memory())
    journal = tmp_path / "state/journal"
    data = bytearray(journal.read_bytes())
    swapped = data[FRAME : 2 * FRAME] + data[:FRAME] + data[2 * FRAME :]
    data[20] ^= 1
    for bad in (data, swapped):
        journal.write_bytes(bad)
        with pytest.raises(Damaged):
            post(cast, tmp_path, Memory())


def test_a_full_disk_is_named(cast: Cast, tmp_path: Path) -> None:
    class Full(Disk):
        def write(self, handle: int, data: bytes) -> None:
            raise OSError(28, "No space left on device")

    make_packs(tmp_path / "packs", [60_000])
    with pytest.raises(WriteFailed.__mro__[1]):
        post(cast, tmp_path, Memory(), Full())


def test_a_seized_state_tells_nothing(cast: Cast, tmp_path: Path) -> None:
    """Neither addresses, nor digests of packs (hex or raw), nor names; frames of one size."""
    (content,) = make_packs(tmp_path / "packs", [60_000])
    post(cast, tmp_path, Memory())
    import hashlib

    digest = hashlib.sha256(content)
    forbidden = [
        digest.digest(),
        digest.hexdigest().encode(),
        HERE.encode(),
        THERE.encode(),
        b"copies",
        b"walnut",
        b"60000",
    ]
    for path in (tmp_path / "state").rglob("*"):
        data = path.read_bytes()
        assert not [word for word in forbidden if word in data]
        assert path.stat().st_mtime == 946_684_800
    assert (tmp_path / "state/journal").stat().st_size % FRAME == 0


def test_entries_of_every_length_fit_their_frame(cast: Cast, tmp_path: Path) -> None:
    journal = Journal.open(tmp_path, cast.kit.locker)
    assert list(journal.entries()) == []
    for n in (0, 100, 250):
        journal.append({"text": "x" * n})
    again = Journal.open(tmp_path, cast.kit.locker)
    assert [len(entry["text"]) for entry in again.entries()] == [0, 100, 250]
