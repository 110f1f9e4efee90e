"""Letters handed to a provider over SMTP: TLS checked, and nothing said about who sends.

Threat: EHLO with the machine's name gives the machine's name. Here it is always `[127.0.0.1]`,
which many programs behind a home router say.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from types import TracebackType
from typing import Self

from amana.core.names import shown
from amana.errors import MailRefused, MailUnreachable, UsageProblem
from amana.mail.account import PLAIN, STARTTLS, TLS, Account
from amana.mail.line import check_proxy, connect, xoauth2

NEUTRAL_NAME = "[127.0.0.1]"
_TIMEOUT = 60.0


class SmtpMailer:
    """One provider's SMTP server; the connection is made when needed, kept, and made again.

    `security` is `starttls` (default), `tls`, or `none`, which is for tests on loopback. A `token`
    is used by XOAUTH2 in place of a password. `proxy`: see `line.connect`.
    """

    def __init__(  # noqa: PLR0913 - a server has as many settings as these
        self,
        host: str,
        port: int = 587,
        *,
        username: str | None = None,
        password: str | None = None,
        token: str | None = None,
        proxy: str | None = None,
        security: str = STARTTLS,
        context: ssl.SSLContext | None = None,
        timeout: float = _TIMEOUT,
    ) -> None:
        if security not in (STARTTLS, TLS, PLAIN):
            raise UsageProblem(what=f"security {security!r} is none of starttls, tls, none")
        self._server = (host, port)
        self._username, self._password, self._token = username, password, token
        self._proxy = check_proxy(proxy)
        self._security = security
        self._context = context or ssl.create_default_context()
        self._timeout = timeout
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection politely, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.quit()
            except (smtplib.SMTPException, OSError):
                connection.close()

    def limit(self) -> int | None:
        """The longest message that the server takes, in bytes, as its EHLO says (RFC 1870).

        Raises MailRefused, MailUnreachable.
        """
        with self._speaking():
            size = self._connected().esmtp_features.get("size", "")
        return int(size) if size.isdigit() and int(size) else None

    def send(self, sender: str, recipient: str, message: bytes) -> None:
        """Hand one message over. Raises MailRefused (with its `code`), MailUnreachable."""
        with self._speaking():
            connection = self._connected()
            refused = connection.sendmail(sender, [recipient], message)
        for code, text in refused.values():
            raise _refusal(code, text)

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        connection = self._open()
        try:
            connection.ehlo_or_helo_if_needed()
            if self._security == STARTTLS:
                connection.starttls(context=self._context)
                connection.ehlo()
            self._log_in(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _log_in(self, connection: smtplib.SMTP) -> None:
        if self._username and self._token is not None:
            # After a refusal the server sends a challenge with the reason, to be answered by "".
            answers = iter([xoauth2(self._username, self._token)])
            connection.auth("XOAUTH2", lambda challenge=None: next(answers, ""))
        elif self._username and self._password is not None:
            connection.login(self._username, self._password)

    def _open(self) -> smtplib.SMTP:
        host, port = self._server
        if self._security == TLS:
            secure = _SecureLine(NEUTRAL_NAME, self._timeout, self._context)
            secure.proxy = self._proxy
            return _greeted(secure, host, port)
        plain = _Line(NEUTRAL_NAME, self._timeout)
        plain.proxy = self._proxy
        return _greeted(plain, host, port)

    def _speaking(self) -> _Speaking:
        return _Speaking(self)

    def forget(self) -> None:
        """Drop the connection without a word: its state is not known any more."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @property
    def server(self) -> str:
        return "{}:{}".format(*self._server)


class _Line(smtplib.SMTP):
    """smtplib's client over a line of ours."""

    proxy: str | None = None

    def __init__(self, local_name: str, timeout: float) -> None:
        super().__init__(local_hostname=local_name, timeout=timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return connect(host, port, timeout, self.proxy)


class _SecureLine(_Line):
    """The same with TLS from the first byte."""

    def __init__(self, local_name: str, timeout: float, context: ssl.SSLContext) -> None:
        super().__init__(local_name, timeout)
        self._context = context

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = super()._get_socket(host, port, timeout)
        return self._context.wrap_socket(line, server_hostname=host)


def _greeted(client: smtplib.SMTP, host: str, port: int) -> smtplib.SMTP:
    client._host = host  # type: ignore[attr-defined]  # what STARTTLS checks certificates against
    code, text = client.connect(host, port)
    if code != 220:
        client.close()
        raise smtplib.SMTPConnectError(code, text)
    return client


class _Speaking:
    """Turns what smtplib raises into our two errors, and drops a connection that is in doubt."""

    def __init__(self, mailer: SmtpMailer) -> None:
        self._mailer = mailer

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            return
        self._mailer.forget()
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            raise _refusal(*next(iter(error.recipients.values()))) from None
        if isinstance(error, smtplib.SMTPResponseException):
            raise _refusal(error.smtp_code, error.smtp_error) from None
        if isinstance(error, smtplib.SMTPNotSupportedError):
            raise _refusal(554, str(error)) from None
        if isinstance(error, smtplib.SMTPException | OSError | ValueError):
            raise MailUnreachable(
                server=self._mailer.server, reason=str(error) or type(error).__name__
            ) from None


def _refusal(code: int, text: bytes | str) -> MailRefused:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return MailRefused(reason=f"{code} {shown(words)[:300]}", code=code)


def mailer_of(account: Account, timeout: float = _TIMEOUT) -> SmtpMailer:
    """The mailer of an account. Raises UsageProblem where it has no [smtp]."""
    server = account.smtp
    if server is None:
        raise UsageProblem(what=f"the account {account.address} has no [smtp] to send with")
    return SmtpMailer(
        server.host,
        server.port,
        username=server.username,
        password=server.secret(),
        token=server.bearer(),
        proxy=account.proxy,
        security=server.security,
        context=server.context(),
        timeout=timeout,
    )
