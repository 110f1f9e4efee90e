"""The archive's answer, and what the sender does with it, without any server."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mail_cast import HERE, THERE, Cast, Memory, arrived, drop, make_packs

from amana.errors import CannotOpen, InUse, MailUnreachable, NotProved, UsageProblem
from amana.mail.acknowledge import (
    Answer,
    State,
    act_on,
    answer_for,
    answer_signer,
    read_answer,
    write_answer,
)
from amana.mail.assemble import Shelf
from amana.mail.delivery import Outlet
from amana.mail.fetch import fetch
from amana.mail.folder import EmlFolder
from amana.mail.follow import Following, follow
from amana.mail.journal import Journal
from amana.mail.letter import Reply
from amana.mail.outbox import Outbox
from amana.mail.plan import Redundancy
from amana.mail.post import Cover, compose
from amana.mail.send import Sender
from amana.ports import silent

NOW = datetime(2031, 5, 6, 12, 0, tzinfo=UTC)


def sender_for(cast: Cast, mailer: Memory) -> Sender:
    return Sender(cast.kit, [THERE], [Outlet(HERE, mailer)], Redundancy())


def answer_of(cast: Cast, inbox: Path, now: datetime) -> tuple[bytes, str]:
    sets = Shelf.open(inbox).sets.values()
    answer, reply = answer_for(cast.kit.public.public, sets, now)
    return write_answer(answer, reply, answer_signer(cast.mailbox.secret())), reply.address


@dataclass
class Answers:
    """The sender's mailbox: each time it waits, the archive fetches what has come and answers."""

    cast: Cast
    folder: Path
    mailer: Memory
    swallow: float
    now: datetime = NOW
    dice: random.Random = field(default_factory=lambda: random.Random(5))
    taken: int = 0
    breaks: int = 0

    def arrivals(self, skip: object = None) -> object:
        if self.breaks:
            self.breaks -= 1
            raise MailUnreachable(server="imap", reason="down")
        return EmlFolder(self.folder / "answers").arrivals(skip)  # type: ignore[arg-type]

    def wait(self, seconds: float) -> None:
        new, self.taken = self.mailer.messages[self.taken :], len(self.mailer.messages)
        mail = self.folder / "mail"
        mail.mkdir(exist_ok=True)
        for number, raw in enumerate(new):
            if self.dice.random() >= self.swallow:
                (mail / f"{self.taken}-{number}.eml").write_bytes(raw)
        inbox = self.folder / "inbox"
        fetch(EmlFolder(mail), inbox, self.cast.mailbox, self.cast.senders)
        self.now += timedelta(hours=1)
        try:
            attachment, address = answer_of(self.cast, inbox, self.now)
        except UsageProblem:
            return
        raw = compose("archive@example.net", address, attachment, Cover())
        (self.folder / f"answers/{self.now.timestamp():.0f}.eml").write_bytes(raw)


@pytest.mark.parametrize("swallow", [0.3, 0.6, 0.85])
def test_whatever_is_swallowed_all_is_safe_in_the_end(
    cast: Cast, tmp_path: Path, swallow: float
) -> None:
    contents = make_packs(tmp_path / "packs", [40_000, 300_000])
    (tmp_path / "answers").mkdir()
    mailer = Memory()
    mailbox = Answers(cast, tmp_path, mailer, swallow, breaks=2)
    how = Following(mailbox, grace=0, poll=0, sleep=lambda seconds: None)  # type: ignore[arg-type]
    report = follow(sender_for(cast, mailer), tmp_path / "packs", tmp_path / "state", how)
    assert report.packs_safe == 2
    assert sorted(arrived(tmp_path / "inbox")) == sorted(contents)
    # Not needlessly many: about as many as the loss makes necessary, and some for luck.
    assert report.letters_sent <= 20 + 2.5 * 13 / (1 - swallow)


def prepared(cast: Cast, folder: Path, letters: int) -> tuple[Memory, Outbox]:
    """A set of which only `letters` have arrived, and the sender's outbox."""
    make_packs(folder / "packs", [300_000])
    mailer = Memory()
    sender_for(cast, mailer).run(folder / "packs", folder / "state", silent)
    mail = drop(folder / "mail", mailer.messages[:letters])
    fetch(EmlFolder(mail), folder / "inbox", cast.mailbox, cast.senders)
    return mailer, Outbox.load(Journal.open(folder / "state", cast.kit.locker))


def read(cast: Cast, attachment: bytes) -> Answer:
    public = cast.kit.signer.verifier.public
    return read_answer(attachment, cast.kit.locker, public, cast.kit.archive.answers)


def test_only_fresh_parity_is_sent_and_no_more_than_needed(cast: Cast, tmp_path: Path) -> None:
    _, outbox = prepared(cast, tmp_path, 8)
    later = datetime.now(UTC) + timedelta(days=1)
    answer = read(cast, answer_of(cast, tmp_path / "inbox", later)[0])
    assert act_on([answer], outbox, grace=3600) == 5
    (sending,) = outbox.by_set.values()
    assert sending.waiting() == [14, 15, 16, 17, 18]
    assert act_on([answer], outbox, grace=3600) == 0
    old = Answer(answer.sender, answer.at - 1, answer.states)
    assert act_on([old], outbox, grace=3600) == 0


def test_letters_still_on_their_way_are_not_called_lost(cast: Cast, tmp_path: Path) -> None:
    _, outbox = prepared(cast, tmp_path, 8)
    answer = read(cast, answer_of(cast, tmp_path / "inbox", datetime.now(UTC))[0])
    assert act_on([answer], outbox, grace=6 * 3600) == 0


def test_a_code_without_fresh_parity_sends_lost_letters_again(cast: Cast, tmp_path: Path) -> None:
    _, outbox = prepared(cast, tmp_path, 3)
    (set_id,) = outbox.by_set
    outbox.extend(set_id, 255)
    for index in range(14, 255):
        sending = outbox.by_set[set_id]
        sending.gone |= 1 << index
    later = int((datetime.now(UTC) + timedelta(days=9)).timestamp())
    added = act_on([Answer(b"", later, (State(set_id, False, 0b111),))], outbox, grace=0)
    waiting = outbox.by_set[set_id].waiting()
    assert len(waiting) == added >= 7
    assert not set(waiting) & {0, 1, 2}


def test_answers_are_to_one_sender_from_one_archive(cast: Cast, tmp_path: Path) -> None:
    prepared(cast, tmp_path, 8)
    attachment, address = answer_of(cast, tmp_path / "inbox", NOW)
    assert address == HERE
    assert len(attachment) == 16_384
    kit, public = cast.kit, cast.kit.signer.verifier.public
    with pytest.raises(CannotOpen):
        read_answer(attachment, cast.stranger.locker, public, kit.archive.answers)
    with pytest.raises(NotProved):
        read_answer(attachment, kit.locker, public, bytes(32))
    with pytest.raises(NotProved):
        read_answer(attachment, kit.locker, public, b"")
    forged = write_answer(
        Answer(public, 1, ()), Reply(HERE, kit.locker.recipient), cast.stranger.signer
    )
    with pytest.raises(NotProved):
        read(cast, forged)


def test_two_senders_do_not_share_a_state(cast: Cast, tmp_path: Path) -> None:
    make_packs(tmp_path / "packs", [40_000])
    first, second = sender_for(cast, Memory()), sender_for(cast, Memory())
    with first.opened(tmp_path / "state"), pytest.raises(InUse):
        second.run(tmp_path / "packs", tmp_path / "state", silent)
    second.run(tmp_path / "packs", tmp_path / "state", silent)
