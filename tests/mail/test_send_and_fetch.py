"""From a folder of packs to an inbox and back, without a server: loss, doubles, forgeries."""

from __future__ import annotations

import mailbox
import random
from pathlib import Path

import pytest
from mail_cast import HERE, THERE, Cast, Memory, arrived, drop, make_packs

from amana.core.unseal import unseal
from amana.errors import CannotOpen, MailRefused, SourceMissing
from amana.mail.bare import to_age
from amana.mail.fetch import fetch
from amana.mail.folder import EmlFolder, open_folder
from amana.mail.letter import read_letter
from amana.mail.send import SendReport, send
from amana.mail.sift import attachments


def post(cast: Cast, packs: Path, state: Path, mailer: Memory, **options: object) -> SendReport:
    return send(packs, cast.kit, [THERE], mailer, sender_address=HERE, state=state, **options)  # type: ignore[arg-type]


def set_of(cast: Cast, message: bytes) -> str:
    (found,) = attachments(message)
    content = unseal(to_age(found), [cast.mailbox], "x")
    return read_letter(content, cast.senders, cast.mailbox.recipient).header.of.sha256


def test_any_four_of_fourteen_may_be_lost(cast: Cast, tmp_path: Path, inbox: Path) -> None:
    contents = make_packs(tmp_path / "packs", [400_000 + 40_000 * i for i in range(4)])
    mailer = Memory()
    report = post(cast, tmp_path / "packs", tmp_path / "state", mailer)
    by_set: dict[str, list[bytes]] = {}
    for message in mailer.messages:
        by_set.setdefault(set_of(cast, message), []).append(message)
    assert [len(letters) for letters in by_set.values()] == [14] * 4
    dice = random.Random(7)
    kept = [m for letters in by_set.values() for m in dice.sample(letters, 10)]
    found = fetch(EmlFolder(drop(tmp_path / "mail", kept)), inbox, cast.mailbox, cast.senders)
    assert sorted(arrived(inbox)) == sorted(contents)
    assert (report.letters_sent, found.letters) == (56, 40)
    assert found.packs_complete == 4
    assert not found.refused
    assert not found.packs_incomplete
    assert found.checkpoints == 1


def test_what_is_not_genuine_is_counted_and_spoils_nothing(
    cast: Cast, tmp_path: Path, inbox: Path
) -> None:
    contents = make_packs(tmp_path / "packs", [300_000])
    mailer, forger = Memory(), Memory()
    post(cast, tmp_path / "packs", tmp_path / "state", mailer)
    send(
        tmp_path / "packs",
        cast.stranger,
        [THERE],
        forger,
        sender_address=HERE,
        state=tmp_path / "forger",
    )
    genuine = mailer.messages[4:]
    head, body = mailer.messages[0].rsplit(b"\r\n\r\n", 1)
    altered = head + b"\r\n\r\n" + body.replace(b"A", b"B", 40)
    cut = mailer.messages[1][: len(mailer.messages[1]) // 2]
    messages = [*genuine, *genuine[:3], altered, cut, forger.messages[0], b"Subject: hi\n\nhello"]
    found = fetch(EmlFolder(drop(tmp_path / "mail", messages)), inbox, cast.mailbox, cast.senders)
    assert arrived(inbox) == contents
    assert (found.letters, found.duplicates, found.refused_count) == (10, 3, 4)
    reasons = " ".join(sorted(r.reason for r in found.refused))
    assert "not registered" in reasons
    assert "sealed to another key" in reasons or "cannot be opened" in reasons
    assert len(list((inbox / "aside").glob("*.eml"))) == 4


def test_fetching_again_does_nothing_again(cast: Cast, tmp_path: Path, inbox: Path) -> None:
    make_packs(tmp_path / "packs", [300_000])
    mailer = Memory()
    post(cast, tmp_path / "packs", tmp_path / "state", mailer)
    early, late = mailer.messages[:8], mailer.messages[8:]
    folder = drop(tmp_path / "mail", early)
    first = fetch(EmlFolder(folder), inbox, cast.mailbox, cast.senders)
    assert list(first.packs_incomplete.values()) == [{"have": 8, "need": 10}]
    again = fetch(EmlFolder(folder), inbox, cast.mailbox, cast.senders)
    assert (again.letters, again.duplicates, again.refused_count) == (0, 0, 0)
    for number, message in enumerate(late):
        (folder / f"late{number}.eml").write_bytes(message)
    last = fetch(EmlFolder(folder), inbox, cast.mailbox, cast.senders)
    assert (last.letters, last.packs_complete, last.duplicates) == (2, 1, 4)


def test_sending_again_sends_nothing_again(cast: Cast, tmp_path: Path) -> None:
    make_packs(tmp_path / "packs", [300_000, 350_000])
    mailer = Memory()
    post(cast, tmp_path / "packs", tmp_path / "state", mailer)
    again = post(cast, tmp_path / "packs", tmp_path / "state", mailer)
    assert (again.letters_sent, again.packs) == (0, 2)
    with pytest.raises(CannotOpen):
        send(
            tmp_path / "packs",
            cast.stranger,
            [THERE],
            mailer,
            sender_address=HERE,
            state=tmp_path / "state",
        )


def test_a_damaged_pack_is_named_and_the_rest_goes(cast: Cast, tmp_path: Path) -> None:
    make_packs(tmp_path / "packs", [300_000, 350_000])
    (tmp_path / "packs/copies/000001.age").write_bytes(b"torn")
    report = post(cast, tmp_path / "packs", tmp_path / "state", Memory())
    assert report.letters_sent == 14
    assert report.refused[0]["what"] == "copies/000001.age"


def test_a_server_that_takes_nothing_is_an_error(cast: Cast, tmp_path: Path) -> None:
    make_packs(tmp_path / "packs", [300_000])
    with pytest.raises(MailRefused):
        post(cast, tmp_path / "packs", tmp_path / "state", Memory(refuse=[550] * 30))


def test_a_sender_registered_late_is_believed_on_a_second_look(
    cast: Cast, tmp_path: Path, inbox: Path
) -> None:
    contents = make_packs(tmp_path / "packs", [60_000])
    mailer = Memory()
    post(cast, tmp_path / "packs", tmp_path / "state", mailer)
    mail = EmlFolder(drop(tmp_path / "mail", mailer.messages))
    assert fetch(mail, inbox, cast.mailbox, []).letters == 0
    assert fetch(mail, inbox, cast.mailbox, cast.senders).letters == 0
    assert fetch(mail, inbox, cast.mailbox, cast.senders, again=True).packs_complete == 1
    assert arrived(inbox) == contents


def test_the_same_pack_in_another_split_is_known(cast: Cast, tmp_path: Path, inbox: Path) -> None:
    make_packs(tmp_path / "packs", [300_000])
    first, second = Memory(), Memory()
    post(cast, tmp_path / "packs", tmp_path / "one", first)
    post(cast, tmp_path / "packs", tmp_path / "two", second, k=5, m=2)
    fetch(EmlFolder(drop(tmp_path / "a", first.messages)), inbox, cast.mailbox, cast.senders)
    late = fetch(
        EmlFolder(drop(tmp_path / "b", second.messages)), inbox, cast.mailbox, cast.senders
    )
    assert (late.letters, late.packs_incomplete) == (0, {})
    assert late.duplicates == len(second.messages)


def test_maildir_and_mbox_hold_the_same_letters(cast: Cast, tmp_path: Path) -> None:
    contents = make_packs(tmp_path / "packs", [60_000])
    mailer = Memory()
    post(cast, tmp_path / "packs", tmp_path / "state", mailer)
    maildir = mailbox.Maildir(tmp_path / "maildir")
    box = mailbox.mbox(tmp_path / "mbox")
    sub = maildir.add_folder("Later")
    for number, raw in enumerate(mailer.messages):
        (sub if number % 2 else maildir).add(raw)
        box.add(raw.replace(b"\r\n", b"\n"))
    box.flush()
    box.close()
    for name in ("maildir", "mbox"):
        inbox = tmp_path / f"inbox-{name}"
        report = fetch(open_folder(tmp_path / name), inbox, cast.mailbox, cast.senders)
        assert arrived(inbox) == contents
        assert report.letters + report.duplicates == len(mailer.messages)
        again = fetch(open_folder(tmp_path / name), inbox, cast.mailbox, cast.senders)
        assert again.letters + again.duplicates == 0
    with pytest.raises(SourceMissing):
        open_folder(tmp_path / "nowhere")
