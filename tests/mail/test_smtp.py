"""SMTP over loopback with aiosmtpd: what the server gets to see, and what it may answer."""

from __future__ import annotations

import email
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from mail_cast import HERE, THERE, Cast, arrived, free_port, make_packs
from servers import make_certificate

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


# --- TLS and passwords -------------------------------------------------------------------------


def authenticator(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
    good = isinstance(data, LoginPassword) and data.password == b"correct-horse"
    return AuthResult(success=good and session.ssl is not None, handled=False)


@pytest.fixture(params=["starttls", "tls"])
def secure(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Server, str, int]]:
    folder = tmp_path / "mailbox"
    folder.mkdir()
    handler, port = Server(folder), free_port()
    _certificate, both = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(both)
    way = {"starttls": {"tls_context": context}, "tls": {"ssl_context": context}}[request.param]
    controller = Controller(
        handler,
        hostname="127.0.0.1",
        port=port,
        ready_timeout=20,
        authenticator=authenticator,
        auth_required=request.param == "starttls",
        **way,
    )
    controller.start()
    yield handler, request.param, port
    controller.stop()


def test_passwords_go_through_checked_tls_alone(
    secure: tuple[Server, str, int], tmp_path: Path
) -> None:
    handler, security, port = secure
    trusting = ssl.create_default_context(cafile=tmp_path / "cert.pem")
    options: dict[str, Any] = {"security": security, "username": HERE}
    if security == "tls":
        # aiosmtpd offers AUTH only behind STARTTLS.
        options = {"security": security}
    message = b"Subject: x\r\n\r\nx\r\n"
    with SmtpMailer(
        "127.0.0.1", port, password="correct-horse", context=trusting, **options
    ) as mailer:
        mailer.send(HERE, THERE, message)
        mailer.send(HERE, THERE, message)
    assert len(list(handler.folder.glob("*.eml"))) == 2
    assert set(handler.hellos) == {"[127.0.0.1]"}
    stranger = SmtpMailer("127.0.0.1", port, password="correct-horse", **options)
    with stranger as mailer, pytest.raises(MailUnreachable, match="ertificate"):
        mailer.send(HERE, THERE, message)
    if security == "starttls":
        wrong = SmtpMailer("127.0.0.1", port, password="no", context=trusting, **options)
        with wrong as mailer, pytest.raises(MailRefused, match="535"):
            mailer.send(HERE, THERE, message)


def test_a_server_without_tls_never_sees_a_password(server: tuple[Server, int]) -> None:
    """Threat: somebody in between strips STARTTLS from the server's greeting."""
    handler, port = server
    naive = SmtpMailer("127.0.0.1", port, username=HERE, password="secret")
    with naive as mailer, pytest.raises(MailRefused, match="STARTTLS"):
        mailer.send(HERE, THERE, b"Subject: x\r\n\r\nx\r\n")
    assert not list(handler.folder.glob("*.eml"))


def test_a_connection_that_broke_is_made_again(server: tuple[Server, int]) -> None:
    handler, port = server
    with SmtpMailer("127.0.0.1", port, security="none") as mailer:
        mailer.send(HERE, THERE, b"Subject: 1\r\n\r\nx\r\n")
        assert mailer._connection is not None
        assert mailer._connection.sock is not None
        mailer._connection.sock.shutdown(socket.SHUT_RDWR)
        with pytest.raises(MailUnreachable):
            mailer.send(HERE, THERE, b"Subject: 2\r\n\r\nx\r\n")
        mailer.send(HERE, THERE, b"Subject: 2\r\n\r\nx\r\n")
    assert len(list(handler.folder.glob("*.eml"))) == 2
