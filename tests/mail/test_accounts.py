"""Account files, XOAUTH2, and the line through SOCKS5."""

from __future__ import annotations

import base64
import socket
import sys
import threading
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Session
from mail_cast import HERE, THERE, Cast, free_port

from amana.core.locker import Locker
from amana.errors import AmanaError, BadKey, CannotOpen, MailRefused, MailUnreachable, NotOurs
from amana.mail.account import parse_account, read_account
from amana.mail.smtp import SmtpMailer, mailer_of

FULL = """
address = "someone@example.org"
proxy = "socks5://127.0.0.1:9050"
[smtp]
host = "smtp.example.org"
password = "secret"
[imap]
host = "imap.example.org"
token = "abc"
folders = ["INBOX", "Junk"]
[limits]
letters_per_day = 80
bytes_per_day = "200M"
bandwidth = "30k"
quiet = "23:00-07:00"
spacing = [20, 180]
[cover]
subjects = ["صور العائلة", "Photos"]
bodies = ["مرحبا\\n"]
names = ["IMG_####.zip"]
"""


def test_a_full_account_is_read() -> None:
    account = parse_account(FULL.encode())
    assert account.smtp is not None
    assert account.imap is not None
    assert (account.smtp.port, account.imap.port) == (587, 993)
    assert (account.smtp.username, account.smtp.secret()) == ("someone@example.org", "secret")
    assert account.imap.bearer() == "abc"
    assert account.limits.bytes_per_day == 200_000_000
    assert account.limits.quiet == (time(23), time(7))
    assert account.cover.names == ("IMG_####.zip",)
    assert "secret" not in repr(account)
    assert "abc" not in repr(account)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "address = 3",
        'address = "no at"',
        'address = "a@b.c"\nunknown = 1',
        'address = "a@b.c"\n[smtp]\nsecurity = "tls"',
        'address = "a@b.c"\n[smtp]\nhost = "x"\nsecurity = "ssl"',
        'address = "a@b.c"\n[smtp]\nhost = "example.org"\nsecurity = "none"',
        'address = "a@b.c"\nproxy = "http://x"',
        'address = "a@b.c"\n[limits]\nletters = 1',
        'address = "a@b.c"\n[limits]\nspacing = "x"',
        'address = "a@b.c\\r\\nBcc: x@y.z"',
        'address = "a@b.c"\n[cover]\nsubjects = ["a\\r\\nBcc: x"]',
        'address = "a@b.c"\n[cover]\nnames = []',
        "\x00\xff",
    ],
)
def test_bad_accounts_are_named(bad: str) -> None:
    with pytest.raises(AmanaError):
        parse_account(bad.encode("latin-1"))


def test_passwords_may_come_from_a_command() -> None:
    command = f'["{sys.executable}", "-c", "print(12345)"]'
    text = f'address = "a@b.c"\n[smtp]\nhost = "h"\npassword_command = {command}'
    account = parse_account(text.encode())
    assert account.smtp is not None
    assert account.smtp.secret() == "12345"
    broken = parse_account(text.replace("print(12345)", "exit(1)").encode())
    assert broken.smtp is not None
    with pytest.raises(AmanaError):
        broken.smtp.secret()


def test_a_sealed_account_opens_with_its_kit_alone(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "mine.age"
    path.write_bytes(cast.kit.locker.seal(FULL.encode().ljust(4096)))
    assert b"example.org" not in path.read_bytes()
    assert read_account(path, cast.kit.locker).address == "someone@example.org"
    with pytest.raises(BadKey):
        read_account(path)
    with pytest.raises(CannotOpen):
        read_account(path, Locker.create("another passphrase", 8)[0])
    with pytest.raises(NotOurs):
        read_account(tmp_path / "nowhere")


# --- XOAUTH2 -----------------------------------------------------------------------------------


class OAuthServer:
    """Understands XOAUTH2 as the large providers do: a JSON challenge, then a refusal."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.mails = 0

    async def auth_XOAUTH2(self, server: Any, arguments: list[str]) -> AuthResult:
        response = base64.b64decode(arguments[1])
        self.received.append(response)
        if b"auth=Bearer good" in response:
            return AuthResult(success=True)
        await server.challenge_auth(b'{"status":"401"}')
        await server.push("535 5.7.8 not accepted")
        return AuthResult(success=False, handled=True)

    async def handle_DATA(self, server: Any, session: Session, envelope: Any) -> str:
        self.mails += 1
        return "250 kept"


@pytest.fixture
def oauth() -> Iterator[tuple[OAuthServer, int]]:
    handler, port = OAuthServer(), free_port()
    controller = Controller(
        handler,
        hostname="127.0.0.1",
        port=port,
        auth_require_tls=False,
        auth_required=True,
        ready_timeout=20,
    )
    controller.start()
    yield handler, port
    controller.stop()


def test_a_token_logs_in_and_a_bad_one_is_refused(oauth: tuple[OAuthServer, int]) -> None:
    handler, port = oauth
    options: dict[str, Any] = {"username": HERE, "security": "none"}
    with SmtpMailer("127.0.0.1", port, token="good", **options) as mailer:
        mailer.send(HERE, THERE, b"Subject: x\r\n\r\nx\r\n")
    assert handler.mails == 1
    assert handler.received[0] == b"user=someone@example.org\x01auth=Bearer good\x01\x01"
    stale = SmtpMailer("127.0.0.1", port, token="stale", **options)
    with stale as mailer, pytest.raises(MailRefused, match="535"):
        mailer.send(HERE, THERE, b"Subject: x\r\n\r\nx\r\n")


# --- SOCKS5 ------------------------------------------------------------------------------------


class Socks:
    """A SOCKS5 proxy (RFC 1928) of our own; it remembers what it was asked to connect to."""

    def __init__(self, refuse: bool = False) -> None:
        self.asked: list[tuple[str, int]] = []
        self.refuse = refuse
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            with client:
                self._one(client)

    def _one(self, client: socket.socket) -> None:
        client.recv(2 + 255)
        client.sendall(b"\x05\x00")
        request = client.recv(4 + 1 + 255 + 2)
        assert request[3] == 3, "the name must be resolved by the proxy"
        name = request[5 : 5 + request[4]].decode()
        port = int.from_bytes(request[-2:], "big")
        self.asked.append((name, port))
        if self.refuse:
            client.sendall(b"\x05\x04\x00\x01\0\0\0\0\0\0")
            return
        client.sendall(b"\x05\x00\x00\x01\0\0\0\0\0\0")
        with socket.create_connection(("127.0.0.1", port)) as inner:
            back = threading.Thread(target=_pump, args=(inner, client))
            back.start()
            _pump(client, inner)
            back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_the_proxy_resolves_names_and_carries_everything(oauth: tuple[OAuthServer, int]) -> None:
    handler, port = oauth
    proxy = Socks()
    text = f"""
address = "{HERE}"
proxy = "socks5://127.0.0.1:{proxy.port}"
[smtp]
host = "localhost"
port = {port}
security = "none"
token = "good"
"""
    with mailer_of(parse_account(text.encode())) as mailer:
        mailer.send(HERE, THERE, b"Subject: x\r\n\r\nx\r\n")
    proxy.close()
    assert proxy.asked == [("localhost", port)]
    assert handler.mails == 1


def test_a_proxy_that_refuses_is_named() -> None:
    proxy = Socks(refuse=True)
    with (
        SmtpMailer(
            "mail.example", 25, security="none", proxy=f"socks5://127.0.0.1:{proxy.port}"
        ) as mailer,
        pytest.raises(MailUnreachable, match="proxy"),
    ):
        mailer.limit()
    proxy.close()
