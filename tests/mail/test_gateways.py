"""What the way does to a mail, and what people who want to break us send."""

from __future__ import annotations

import base64
import os
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from gateway import HARMLESS, parted
from hypothesis import given
from hypothesis import strategies as st
from mail_cast import HERE, THERE, Cast, Memory, arrived, drop, make_packs

from amana.core.durable import Disk
from amana.core.unseal import Identity
from amana.errors import AmanaError
from amana.mail import aside
from amana.mail import fetch as fetching
from amana.mail.aside import Aside
from amana.mail.fetch import fetch
from amana.mail.folder import EmlFolder
from amana.mail.post import Cover, compose
from amana.mail.send import send
from amana.mail.sift import attachments, beginnings, glance


@pytest.fixture(scope="module")
def letters(cast: Cast, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, list[bytes]]:
    folder = tmp_path_factory.mktemp("letters")
    # A size at which a mail around the letter has a letter's size, too, within a few bytes.
    (content,) = make_packs(folder / "packs", [150_000])
    mailer = Memory()
    send(folder / "packs", cast.kit, [THERE], mailer, sender_address=HERE, state=folder / "state")
    return content, mailer.messages


@pytest.mark.parametrize("change", HARMLESS, ids=lambda change: change.__name__)
def test_a_letter_survives(
    change: Callable[[bytes], bytes], letters: tuple[bytes, list[bytes]]
) -> None:
    for raw in letters[1]:
        assert list(attachments(change(raw))) == [parted(raw)[1]]


def test_a_whole_mailbox_of_gateways(
    cast: Cast, letters: tuple[bytes, list[bytes]], tmp_path: Path, inbox: Path
) -> None:
    """Each letter takes another way; some are doubled, four are lost, the order is nobody's."""
    content, messages = letters
    dice = random.Random(3)
    changed = [dice.choice(HARMLESS)(message) for message in messages[4:]]
    everything = [*changed, *changed[:3]]
    report = fetch(
        EmlFolder(drop(tmp_path / "mail", everything)), inbox, cast.mailbox, cast.senders
    )
    assert arrived(inbox) == [content]
    assert report.refused_count == 0


def test_two_letters_in_one_mail(letters: tuple[bytes, list[bytes]]) -> None:
    one, two = letters[1][:2]
    joined = one.rsplit(b"\r\n--", 1)[0] + b"\r\n\r\n" + two
    assert list(attachments(joined)) == [parted(one)[1], parted(two)[1]]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_what_was_cut_off_is_refused(
    cast: Cast, letters: tuple[bytes, list[bytes]], tmp_path: Path, inbox: Path, share: float
) -> None:
    raw = letters[1][0]
    cut = raw[: int(len(raw) * share)]
    report = fetch(EmlFolder(drop(tmp_path / "mail", [cut])), inbox, cast.mailbox, cast.senders)
    assert report.refused_count == 1
    assert (inbox / "aside").exists()


MALFORMED = {
    "empty": b"",
    "only line ends": b"\r\n" * 50_000,
    "no end of headers": b"Subject: " + b"x" * 200_000,
    "a boundary that is not there": b'Content-Type: multipart/mixed; boundary="a"\r\n\r\n'
    + b"y" * 20000,
    "an endless boundary": b'Content-Type: multipart/mixed; boundary="' + b"b" * 100_000,
    "nested a thousand times": b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (i, i)
        for i in range(1000)
    )
    + b"binary",
    "mails in mails in mails": b"Content-Type: message/rfc822\r\n\r\n" * 3000
    + b"8bit"
    + b"z" * 20000,
    "ten thousand parts": b'Content-Type: multipart/mixed; boundary="c"\r\n\r\n'
    + b"--c\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nx\r\n" * 10_000,
    "wrong base64": b"Content-Transfer-Encoding: base64\r\n\r\n" + b"!@#$" * 20_000,
    "base64 of one letter": b"A" * 500_001 + b"\r\n",
    "a charset that is none": b"Content-Type: text/plain; charset=\xff\xfe\x00\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\n" + b"\x80" * 40_000,
    "uuencoded rubbish": b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 x\r\n"
    + b"M" * 50_000,
    "zero bytes": bytes(300_000),
    "every byte": bytes(range(256)) * 400,
    "equal signs": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=" * 100_000,
    "a bomb of headers": b"X: y\r\n" * 100_000 + b"\r\nbinary",
    "folded for ever": b"Subject: a\r\n" + b" b\r\n" * 50_000 + b"\r\n8bit",
    "pgp that is none": b"-----BEGIN PGP MESSAGE-----\n" + b"A" * 70 + b"\n" * 10_000,
    "almost base64": (b"A" * 76 + b"\r\n") * 3000 + b"A" * 76 + b"-\r\n",
    "alternating": b"A\r\n" * 100_000,
}


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_mail_is_survived(cast: Cast, tmp_path: Path, inbox: Path, raw: bytes) -> None:
    report = fetch(EmlFolder(drop(tmp_path / "mail", [raw])), inbox, cast.mailbox, cast.senders)
    assert (report.letters, report.refused_count) == (0, 1)


@given(st.binary(max_size=400), st.integers(0, 60_000), st.integers(0, 60_000))
def test_no_mutation_raises_or_passes(
    cast: Cast, letters: tuple[bytes, list[bytes]], junk: bytes, at: int, length: int
) -> None:
    """Any stretch of a genuine mail replaced by junk: it opens as it was, or not at all."""
    raw = letters[1][0]
    changed = raw[:at] + junk + raw[at + length % 500 :]
    opening = fetching.Opening(cast.mailbox, cast.senders)
    for attachment in attachments(changed):
        try:
            found = opening.letter(attachment)
        except AmanaError:
            continue
        else:
            assert found == opening.letter(parted(raw)[1])


def test_forgeries_are_told_apart(cast: Cast, tmp_path: Path, inbox: Path) -> None:
    """To somebody else's key; by somebody who is not registered; and a genuine letter behind a
    picture and in front of one, which no glance may throw away."""
    make_packs(tmp_path / "packs", [60_000])
    forger, mailer = Memory(), Memory()
    for kit, memory in ((cast.stranger, forger), (cast.kit, mailer)):
        state = tmp_path / kit.codename
        send(tmp_path / "packs", kit, [THERE], memory, sender_address=HERE, state=state)
    noise = compose(HERE, THERE, os.urandom(45_312), Cover())
    one, two = mailer.messages[:2]
    behind = noise.rsplit(b"\r\n--", 1)[0] + b"\r\n\r\n" + one
    before = two.rsplit(b"\r\n--", 1)[0] + b"\r\n\r\n" + noise
    mails = [forger.messages[0], noise, behind, before]
    report = fetch(EmlFolder(drop(tmp_path / "mail", mails)), inbox, cast.mailbox, cast.senders)
    assert report.letters == 2
    reasons = [refusal.reason for refusal in report.refused]
    assert sum("not registered" in reason for reason in reasons) == 1
    assert sum("another key" in reason for reason in reasons) == 1
    assert sum("cannot be opened" in reason for reason in reasons) == 2


@pytest.mark.parametrize("change", HARMLESS, ids=lambda change: change.__name__)
def test_a_glance_never_passes_over_a_letter(
    change: Callable[[bytes], bytes], letters: tuple[bytes, list[bytes]]
) -> None:
    for raw in letters[1]:
        changed, begin = change(raw), parted(raw)[1][:64]
        assert glance(changed[:4096], len(changed)) in (None, begin)
        begins = beginnings(changed)
        assert begins is None or begin in begins


def test_letters_as_they_were_sent_are_told_by_a_glance(
    letters: tuple[bytes, list[bytes]],
) -> None:
    for raw in letters[1]:
        received = b"Received: from somewhere\r\n" * 9 + raw
        for sent in (raw, received, raw.replace(b"\r\n", b"\n"), raw + b"\r\n"):
            assert glance(sent[:4096], len(sent)) == parted(raw)[1][:64]
        for length in (-20, 40, 1000):
            assert glance(raw[:4096], len(raw) + length) is None


def test_a_flood_is_not_loaded(cast: Cast, tmp_path: Path, inbox: Path) -> None:
    noise = compose(HERE, THERE, os.urandom(1 << 20), Cover())
    folder = drop(tmp_path / "mail", [noise] * 30)
    Aside.open(inbox / "aside", Disk())
    for number in range(aside.MOST_LETTERS):
        (inbox / f"aside/{number}.eml").touch()
    report = fetch(EmlFolder(folder), inbox, cast.mailbox, cast.senders)
    assert report.refused_count == 30
    assert report.bytes == 30 * 4096


def test_large_letters_come_through(cast: Cast, tmp_path: Path, inbox: Path) -> None:
    (content,) = make_packs(tmp_path / "packs", [6_000_000])
    mailer = Memory()
    send(
        tmp_path / "packs",
        cast.kit,
        [THERE],
        mailer,
        sender_address=HERE,
        state=tmp_path / "state",
        m=0,
    )
    fetch(EmlFolder(drop(tmp_path / "mail", mailer.messages)), inbox, cast.mailbox, cast.senders)
    assert arrived(inbox) == [content]


def test_the_refused_fill_neither_disk_nor_report(
    cast: Cast, tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "MOST_LETTERS", 5)
    monkeypatch.setattr(fetching, "_MOST_REFUSALS", 7)
    junk = [b"Subject: %d\r\n\r\nbuy\r\n" % i for i in range(20)]
    report = fetch(EmlFolder(drop(tmp_path / "mail", junk)), inbox, cast.mailbox, cast.senders)
    assert (report.refused_count, len(report.refused)) == (20, 7)
    assert len(list((inbox / "aside").glob("*.eml"))) == 5


def test_a_flood_is_not_loaded_once_the_space_for_it_is_full(
    cast: Cast, tmp_path: Path, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "MOST_BYTES", 300_000)
    mails = [compose(HERE, THERE, os.urandom(65_536), Cover()) for _ in range(20)]
    report = fetch(EmlFolder(drop(tmp_path / "mail", mails)), inbox, cast.mailbox, cast.senders)
    kept = len(list((inbox / "aside").glob("*.eml")))
    assert (report.refused_count, kept) == (20, 3)
    assert report.bytes == 4 * len(mails[0]) + 16 * 4096


def test_oversized_mail_is_not_loaded(cast: Cast, tmp_path: Path, inbox: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    with (folder / "huge.eml").open("wb") as stream:
        stream.truncate(3 << 30)
    tracemalloc.start()
    report = fetch(EmlFolder(folder), inbox, cast.mailbox, cast.senders)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "larger than any letter" in report.refused[0].reason
    assert peak < 4 << 20


def test_letters_to_another_archive_are_foreign(
    cast: Cast, letters: tuple[bytes, list[bytes]], tmp_path: Path, inbox: Path
) -> None:
    folder = drop(tmp_path / "mail", letters[1])
    report = fetch(EmlFolder(folder), inbox, Identity.generate(), cast.senders)
    assert (report.letters, report.refused_count) == (0, 14)


def test_a_run_that_looks_like_base64_costs_no_more_than_its_length() -> None:
    text = base64.b64encode(os.urandom(3_000_000))
    lines = b"\n".join(text[i : i + 15] for i in range(0, len(text), 15))
    assert list(attachments(lines + b"-" + lines)) == []
