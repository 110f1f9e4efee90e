"""Journeys through Postfix and Dovecot."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from gateway import Lossy
from mail_cast import Cast, arrived, free_port, make_packs
from servers import MailServers, missing

from amana.errors import MailRefused, MailUnreachable
from amana.mail.account import Account, parse_account
from amana.mail.acknowledge import answer_for, answer_signer, write_answer
from amana.mail.assemble import Shelf
from amana.mail.delivery import Outlet
from amana.mail.fetch import fetch
from amana.mail.folder import Maildir
from amana.mail.follow import Following, follow
from amana.mail.imap import ImapMailbox
from amana.mail.plan import Redundancy
from amana.mail.post import Cover, compose
from amana.mail.send import Sender, send
from amana.mail.smtp import SmtpMailer, mailer_of
from amana.ports import system_clock

pytestmark = pytest.mark.skipif(missing() is not None, reason=f"9 journeys: {missing()}")


@pytest.fixture(scope="module")
def servers() -> Iterator[MailServers]:
    running = MailServers.start()
    yield running
    running.stop()


def account(servers: MailServers, user: str, **more: str) -> Account:
    return parse_account(servers.account(user, **more).encode())


def test_letters_cross_postfix_and_come_out_of_dovecot(
    cast: Cast, servers: MailServers, tmp_path: Path, inbox: Path
) -> None:
    contents = make_packs(tmp_path / "packs", [400_000, 450_000])
    with mailer_of(account(servers, "sender")) as mailer:
        assert mailer.limit() == 40_000_000
        send(
            tmp_path / "packs",
            cast.kit,
            ["archive@localhost"],
            mailer,
            sender_address="sender@localhost",
            state=tmp_path / "state",
        )
    servers.settle("archive", 28)
    with ImapMailbox(account(servers, "archive")) as mailbox:
        report = fetch(mailbox, inbox, cast.mailbox, cast.senders)
        again = fetch(mailbox, inbox, cast.mailbox, cast.senders)
    assert sorted(arrived(inbox)) == sorted(contents)
    assert (report.letters + report.duplicates, report.refused_count) == (28, 0)
    assert (again.letters, again.duplicates, again.bytes) == (0, 0, 0)
    from_disk = fetch(
        Maildir(servers.maildir("archive")), tmp_path / "other", cast.mailbox, cast.senders
    )
    assert from_disk.packs_complete == 2


def test_a_small_limit_makes_small_letters(
    cast: Cast, servers: MailServers, tmp_path: Path
) -> None:
    make_packs(tmp_path / "packs", [400_000])
    with mailer_of(account(servers, "sender", smtp=str(servers.small))) as mailer:
        assert mailer.limit() == 60_000
        report = send(
            tmp_path / "packs",
            cast.kit,
            ["small@localhost"],
            mailer,
            sender_address="sender@localhost",
            state=tmp_path / "state",
        )
    assert report.letters_sent >= 14
    assert not report.refused
    servers.settle("small", report.letters_sent)


def test_an_unknown_certificate_is_not_accepted(servers: MailServers) -> None:
    text = servers.account("sender").replace(f'authorities = "{servers.certificate}"', "")
    stranger = parse_account(text.encode())
    with mailer_of(stranger) as mailer, pytest.raises(MailUnreachable, match="ertificate"):
        mailer.limit()
    with ImapMailbox(stranger) as mailbox, pytest.raises(MailUnreachable, match="ertificate"):
        list(mailbox.arrivals())


def test_wrong_passwords_and_folders_are_named(servers: MailServers) -> None:
    wrong = servers.account("sender").replace("correct-horse", "wrong")
    stranger = ImapMailbox(parse_account(wrong.encode()))
    with stranger as mailbox, pytest.raises(MailRefused, match="login"):
        list(mailbox.arrivals())
    nowhere = account(servers, "sender", imap='folders = ["Nowhere"]')
    with ImapMailbox(nowhere) as mailbox, pytest.raises(MailRefused, match="Nowhere"):
        list(mailbox.arrivals())


def test_relaying_is_refused_for_good(servers: MailServers) -> None:
    with mailer_of(account(servers, "sender")) as mailer, pytest.raises(MailRefused) as caught:
        mailer.send("sender@localhost", "x@example.com", b"Subject: x\r\n\r\nx\r\n")
    assert caught.value.fields["code"] == 554


def test_idle_wakes_when_a_letter_comes(servers: MailServers) -> None:
    message = compose("a@localhost", "idle@localhost", b"x" * 100, Cover())
    servers.inject("idle", message)
    with ImapMailbox(account(servers, "idle")) as mailbox:
        assert len(list(mailbox.arrivals())) == 1
        timer = threading.Timer(1.0, servers.inject, ["idle", message])
        timer.start()
        began = time.monotonic()
        mailbox.wait(30)
        assert time.monotonic() - began < 15
        timer.join()


def test_several_folders_are_looked_at(cast: Cast, servers: MailServers) -> None:
    servers.inject("both", compose("a@localhost", "both@localhost", b"x" * 100, Cover()))
    both = account(servers, "both", imap='folders = ["INBOX", "Junk"]')
    with ImapMailbox(both) as mailbox:
        names = [arrival.name for arrival in mailbox.arrivals()]
    assert len(names) == 1
    assert names[0].startswith("INBOX/")


def test_the_sender_follows_until_all_is_safe(
    cast: Cast, servers: MailServers, tmp_path: Path, inbox: Path
) -> None:
    """Seven of fourteen letters are swallowed: the archive says so, fresh parity comes, and it says
    that the pack is safe. All over SMTP and IMAP."""
    make_packs(tmp_path / "packs", [300_000])
    mine, archive = account(servers, "follower"), account(servers, "vigil")
    swallowed = 0

    class Lossy:
        def __init__(self) -> None:
            self.inner = mailer_of(mine)

        def send(self, sender: str, recipient: str, message: bytes) -> None:
            nonlocal swallowed
            if swallowed < 7:
                swallowed += 1
                return
            self.inner.send(sender, recipient, message)

    done = threading.Event()

    def abroad() -> None:
        signer = answer_signer(cast.mailbox.secret())
        with ImapMailbox(archive) as mailbox, mailer_of(archive) as answering:
            while not done.is_set():
                fetch(mailbox, inbox, cast.mailbox, cast.senders)
                sets = Shelf.open(inbox).sets.values()
                if any(s.done for s in sets) or servers.count("vigil") == 7:
                    answer, reply = answer_for(cast.kit.public.public, sets, system_clock())
                    attachment = write_answer(answer, reply, signer)
                    message = compose("vigil@localhost", reply.address, attachment, Cover())
                    answering.send("vigil@localhost", reply.address, message)
                time.sleep(1.05)

    worker = threading.Thread(target=abroad)
    lossy = Lossy()
    sender = Sender(
        cast.kit, ["vigil@localhost"], [Outlet("follower@localhost", lossy)], Redundancy()
    )
    worker.start()
    try:
        with ImapMailbox(mine) as answers:
            how = Following(answers, patience=40, poll=1.0, grace=0)
            report = follow(sender, tmp_path / "packs", tmp_path / "state", how)
    finally:
        done.set()
        worker.join()
        lossy.inner.close()
    assert report.packs_safe == 1
    assert 17 <= report.letters_sent <= 30
    assert len(arrived(inbox)) == 1


def test_a_lossy_gateway_between_sender_and_mailbox(
    cast: Cast, servers: MailServers, tmp_path: Path, inbox: Path
) -> None:
    """Twelve of a hundred letters vanish, four are cut in half, a quarter comes late, all others
    are re-encoded or forwarded; everything is recovered, and every loss is accounted for."""
    contents = make_packs(tmp_path / "packs", [150_000, 180_000, 60_000])
    gateway = Lossy(lambda raw: servers.inject("lossy", raw), seed=11)
    port = free_port()
    controller = Controller(gateway, hostname="127.0.0.1", port=port, ready_timeout=20)
    controller.start()
    try:
        with SmtpMailer("127.0.0.1", port, security="none") as mailer:
            sent = send(
                tmp_path / "packs",
                cast.kit,
                ["lossy@localhost"],
                mailer,
                sender_address="sender@localhost",
                state=tmp_path / "state",
                loss=0.4,
            )
    finally:
        controller.stop()
    assert all(gateway.count.values())
    with ImapMailbox(account(servers, "lossy")) as mailbox:
        first = fetch(mailbox, inbox, cast.mailbox, cast.senders)
        gateway.release()
        late = fetch(mailbox, inbox, cast.mailbox, cast.senders)
    assert sorted(arrived(inbox)) == sorted(contents)
    count = gateway.count
    arrived_letters = first.letters + late.letters
    spare = first.duplicates + late.duplicates
    assert first.refused_count + late.refused_count == count["truncated"]
    assert arrived_letters + spare == (
        sent.letters_sent - count["dropped"] - count["truncated"] + count["doubled"]
    )
