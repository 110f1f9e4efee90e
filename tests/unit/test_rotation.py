"""Rotation: a thief of every key that works today cannot name his own successor."""

from __future__ import annotations

import errno
import itertools
from dataclasses import dataclass
from pathlib import Path

import pytest

from amana.core.durable import Disk
from amana.core.encoding import canonical
from amana.core.seal import seal
from amana.core.sign import Signer
from amana.core.unseal import Identity, unseal
from amana.errors import AlreadyThere, AmanaError, CannotOpen, Malformed, NotProved, WrongShare
from amana.ledger.checkpoint import Checkpoint, parse_checkpoint
from amana.ledger.verify import continues, whole_ledger
from amana.trustees.archive_keys import IDENTITY_FILE, new_archive, open_archive
from amana.trustees.ceremony import Scheme, drill, split_archive
from amana.trustees.key_history import (
    KeyEvent,
    check_rotation,
    commitment_to,
    key_of,
    rotation,
    verify_history,
)
from amana.trustees.rotation import rotate


@dataclass
class Founded:
    folder: Path
    identity: Identity
    shares: list[str]
    successor: list[str]


@pytest.fixture
def founded(tmp_path: Path) -> Founded:
    folder = tmp_path / "archive"
    new_archive(folder)
    identity = Identity.from_file((folder / IDENTITY_FILE).read_text())
    paths = split_archive(folder, tmp_path / "shares")
    successor = [(p.parent / "successor" / p.name).read_text() for p in paths]
    return Founded(folder, identity, [p.read_text() for p in paths], successor)


def test_a_rotation(founded: Founded, tmp_path: Path) -> None:
    keys = open_archive(founded.folder)
    book = keys.book(keys.open_office([founded.identity]))
    book.append({"act": "viewed"})
    before = book.checkpoint()
    resealed: list[tuple[str, str]] = []

    def reseal(folder: Path, old: Identity, new: Identity) -> int:
        resealed.append((old.recipient, open_archive(folder).card.recipients[0]))
        assert new.recipient == open_archive(folder).card.recipients[0]
        return 7

    scheme = Scheme(tmp_path / "next")
    done = rotate(
        founded.folder, founded.identity, founded.successor[1:], scheme, "left", reseal=reseal
    )
    assert done.resealed == 7
    now = open_archive(founded.folder)
    assert now.card.recipients == (done.identity.recipient,)
    assert now.card.recipients[0] != founded.identity.recipient
    assert now.card.mailbox == keys.card.mailbox
    assert resealed == [(founded.identity.recipient, done.identity.recipient)]

    # The successor's shares are the archive's now, the old ones are nothing to it.
    assert drill(founded.folder, founded.successor[:2])["needed"] == 2
    with pytest.raises(WrongShare):
        drill(founded.folder, founded.shares[:2])
    with pytest.raises(CannotOpen):
        now.open_office([founded.identity])

    # One ledger: it goes on, by another key, and the entries of before are still read.
    again = now.book(now.open_office([done.identity]))
    records = list(again.records())
    assert [r.fields["act"] for r in records] == ["keys-made", "viewed", "keys-rotated"]
    assert records[-1].fields["event"] == done.event.fields
    whole_ledger(records, parse_checkpoint(again.checkpoint()))
    old, new = parse_checkpoint(before), parse_checkpoint(again.checkpoint())
    continues(new, old, again.tree().consistency(old.size))

    # And once more, with the shares that the first rotation wrote.
    following = [p.read_text() for p in done.successor_shares]
    third = rotate(founded.folder, done.identity, following[:2], Scheme(tmp_path / "3"), "drill")
    events = verify_history((founded.folder / "keys.jsonl").read_bytes())
    assert [e.fields["kind"] for e in events] == ["made", "rotated", "rotated"]
    assert events[-1].recipient == third.identity.recipient
    now = open_archive(founded.folder)
    again = now.book(now.open_office([third.identity]))
    assert [r.fields["act"] for r in again.records()] == [
        "keys-made",
        "viewed",
        "keys-rotated",
        "keys-rotated",
    ]


def test_a_thief_of_all_keys_cannot_name_his_own(founded: Founded, tmp_path: Path) -> None:
    keys = open_archive(founded.folder)
    office = keys.open_office([founded.identity])  # he has these: the server was his
    head = parse_checkpoint(keys.book(office).checkpoint())
    his, next_of_his = Identity.generate(), Identity.generate()
    forged = rotation(
        keys.history[-1],
        his,
        Signer.generate(keys.verifier.name).verifier,
        commitment_to(next_of_his),
        head,
        time="2026-01-01T00:00:00Z",
        reason="mine",
    )
    with pytest.raises(NotProved) as error:
        check_rotation(forged, keys.history[-1])
    assert "committed to before" in error.value.message
    lines = b"".join(e.line + b"\n" for e in (*keys.history, forged))
    (founded.folder / "keys.jsonl").write_bytes(lines)
    with pytest.raises(NotProved):
        open_archive(founded.folder)
    (founded.folder / "keys.jsonl").write_bytes(keys.history[0].line + b"\n")
    scheme = Scheme(tmp_path / "x")
    with pytest.raises(WrongShare):  # nor do the shares of today rotate anything
        rotate(founded.folder, founded.identity, founded.shares[:2], scheme, "mine")
    assert not (tmp_path / "x").exists()


def test_he_cannot_rewrite_the_beginning_for_who_knows_it(founded: Founded, tmp_path: Path) -> None:
    other = new_archive(tmp_path / "his")
    digest = open_archive(founded.folder).history[0].digest
    with pytest.raises(NotProved):
        verify_history((tmp_path / "his" / "keys.jsonl").read_bytes(), digest)
    assert verify_history((founded.folder / "keys.jsonl").read_bytes(), digest)
    assert other.history[0].digest != digest


def test_a_retired_key_signs_no_new_head(founded: Founded, tmp_path: Path) -> None:
    keys = open_archive(founded.folder)
    stolen = keys.open_office([founded.identity])
    done = rotate(
        founded.folder, founded.identity, founded.successor[:2], Scheme(tmp_path / "n"), "stolen"
    )
    now = open_archive(founded.folder)
    last = now.retired[0][1]
    key_of(stolen.signer.verifier, last, now.history)
    beyond = Checkpoint(last.origin, last.size + 1, last.root)
    with pytest.raises(NotProved):
        key_of(stolen.signer.verifier, beyond, now.history)
    # He goes on writing with the stolen key: the archive does not accept his head.
    keys.book(stolen).folder.joinpath("head.json").unlink()
    keys.book(stolen).append({"act": "forged"})
    with pytest.raises(NotProved):
        now.book(now.open_office([done.identity])).checkpoint()


@pytest.mark.parametrize(
    ("call", "at"), list(itertools.product(("rename", "write", "sync"), range(1, 9)))
)
def test_a_crash_leaves_the_old_keys_or_the_new(
    founded: Founded, tmp_path: Path, call: str, at: int
) -> None:
    class Broken(Disk):
        left = at

    def broken(self: Broken, *arguments: object) -> None:
        self.left -= 1
        if self.left == 0:
            raise OSError(errno.EIO, "broken on purpose")
        getattr(Disk, call)(self, *arguments)

    setattr(Broken, call, broken)
    arguments = (founded.folder, founded.identity, founded.successor[:2])
    try:
        done = rotate(*arguments, Scheme(tmp_path / "a"), "crash", disk=Broken())
        crashed = False
    except (AmanaError, OSError):
        crashed = True
    keys = open_archive(founded.folder)
    if crashed:
        holder = Identity.generate()
        for holder in (founded.identity, _joined(founded)):
            if holder.recipient == keys.card.recipients[0]:
                keys.open_office([holder])  # whichever rules can work
                break
        else:
            pytest.fail("nobody holds the archive's key")
        done = rotate(*arguments, Scheme(tmp_path / "b"), "crash")
    book = open_archive(founded.folder).book(
        open_archive(founded.folder).open_office([done.identity])
    )
    acts = [r.fields["act"] for r in book.records()]
    assert acts == ["keys-made", "keys-rotated"]


def _joined(founded: Founded) -> Identity:
    from amana.trustees.shares import join_if

    return join_if(founded.successor[:2], lambda _: True)


def test_what_is_no_history(founded: Founded) -> None:
    good = (founded.folder / "keys.jsonl").read_bytes()
    [event] = verify_history(good)
    for bad in (b"", good[:-1], good + good, b"{}\n", good.replace(b'"made"', b'"rotated"')):
        with pytest.raises((Malformed, NotProved)):
            verify_history(bad)
    changed = KeyEvent(event.line, {**event.fields, "time": "2020-01-01T00:00:00Z"})
    with pytest.raises(NotProved):
        verify_history(canonical(changed.fields) + b"\n")


def test_shares_are_never_overwritten(founded: Founded, tmp_path: Path) -> None:
    (tmp_path / "next").mkdir()
    (tmp_path / "next" / "share-2.txt").write_text("taken")
    with pytest.raises(AlreadyThere):
        rotate(
            founded.folder, founded.identity, founded.successor[:2], Scheme(tmp_path / "next"), "x"
        )
    assert len(open_archive(founded.folder).history) == 1
    sealed = seal(b"still", open_archive(founded.folder).card.recipients)
    assert unseal(sealed, [founded.identity], "x") == b"still"
