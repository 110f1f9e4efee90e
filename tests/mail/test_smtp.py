"""SMTP over loopback with aiosmtpd: what the server gets to see, and what it may answer."""

from __future__ import annotations

import email
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from mail_cast import HERE, THERE, Cast, arrived, free_port, make_packs

from amana.errors import MailRefused, MailUnreachable
from amana.mail.fetch import fetch
from amana.mail.folder import EmlFolder
from amana.mail.send import send
from amana.mail.smtp import SmtpMailer

ALLOWED = {
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
}
PART = {"content-type", "content-transfer-encoding", "content-disposition"}


class Server:
    """A handler that keeps messages as they came, and says what it is told to say."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hellos: list[str] = []
        self.answers: list[str] = []
        self.connections = 0

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.hellos.append(hostname)
        return responses

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.answers.pop(0) if self.answers else "250 kept"
        if answer.startswith("250"):
            number = len(list(self.folder.glob("*.eml")))
            (self.folder / f"{number:06d}.eml").write_bytes(envelope.content)
        return answer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Server, int]]:
    folder = tmp_path / "mailbox"
    folder.mkdir()
    handler = Server(folder)
    port = free_port()
    controller = Controller(
        handler, hostname="127.0.0.1", port=port, ready_timeout=20, data_size_limit=3_000_000
    )
    controller.start()
    yield handler, port
    controller.stop()


def test_letters_cross_a_real_server_and_say_nothing(
    cast: Cast, tmp_path: Path, inbox: Path, server: tuple[Server, int]
) -> None:
    handler, port = server
    contents = make_packs(tmp_path / "packs", [300_000, 310_000])
    with SmtpMailer("127.0.0.1", port, security="none") as mailer:
        assert mailer.limit() == 3_000_000
        send(
            tmp_path / "packs",
            cast.kit,
            [THERE],
            mailer,
            sender_address=HERE,
            state=tmp_path / "state",
        )
    assert handler.hellos == ["[127.0.0.1]"]
    fetch(EmlFolder(handler.folder), inbox, cast.mailbox, cast.senders)
    assert sorted(arrived(inbox)) == sorted(contents)
    raws = [path.read_bytes() for path in handler.folder.glob("*.eml")]
    assert len({len(raw) for raw in raws}) <= 2
    for raw in raws:
        assert_says_nothing(raw)


def assert_says_nothing(raw: bytes) -> None:
    lowered = raw.lower()
    for word in (b"amana", b"python", b"age-encryption", b"smtplib", b"===="):
        assert word not in lowered
    message = email.message_from_bytes(raw)
    added_by_the_server = {"x-peer", "x-mailfrom", "x-rcptto"}
    assert {name.lower() for name in message} - added_by_the_server <= ALLOWED
    assert message["Date"].endswith("+0000")
    assert message["Message-ID"].endswith("@example.org>")
    for part in message.get_payload():
        assert {name.lower() for name in part} <= PART  # type: ignore[union-attr]


def test_refusals_carry_their_code(server: tuple[Server, int]) -> None:
    handler, port = server
    with SmtpMailer("127.0.0.1", port, security="none") as mailer:
        for answer, code in (("451 later", 451), ("552 too big", 552)):
            handler.answers.append(answer)
            with pytest.raises(MailRefused) as caught:
                mailer.send(HERE, THERE, b"Subject: x\r\n\r\nx\r\n")
            assert caught.value.fields["code"] == code
        mailer.send(HERE, THERE, b"Subject: x\r\n\r\nx\r\n")


def test_a_closed_port_is_unreachable() -> None:
    with SmtpMailer("127.0.0.1", 9, security="none") as mailer, pytest.raises(MailUnreachable):
        mailer.limit()
