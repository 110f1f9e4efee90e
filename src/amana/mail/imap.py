"""Letters from an IMAP mailbox: by UID, without marking them as read, a few megabytes at a time.

Sizes and beginnings come for five hundred messages at once, so that most of a flood need not be
loaded; then small messages many at once, because a line to the other side of the world answers
slowly, and large ones one by one.
"""

from __future__ import annotations

import imaplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from amana.core.names import shown
from amana.errors import MailRefused, MailUnreachable, UsageProblem
from amana.mail.account import STARTTLS, TLS, Account
from amana.mail.folder import everything
from amana.mail.line import connect
from amana.ports import Arrival

_TIMEOUT = 90.0
_SIZES_AT_ONCE, _HEAD = 500, 4096
_SMALL, _BATCH_BYTES, _BATCH = 512 << 10, 8 << 20, 64
_IDLE = 28 * 60.0  # servers may drop those who idle for half an hour (RFC 2177)


@dataclass
class _Message:
    """One message on the server; its content is loaded when it is asked for."""

    name: str
    size: int
    uid: int
    mailbox: ImapMailbox
    head: bytes = field(default=b"", repr=False)
    loaded: bytes | None = field(default=None, repr=False)
    batch: list[_Message] = field(default_factory=list, repr=False)

    def read(self, limit: int) -> bytes:
        if limit <= len(self.head) or len(self.head) >= self.size:
            return self.head[:limit]
        if self.loaded is None and len(self.batch) > 1:
            self.mailbox.load_all(self.batch)
        if self.loaded is not None:
            return self.loaded[:limit]
        return self.mailbox.load(self.uid, limit)


class ImapMailbox:
    """A Mailbox over the folders of one IMAP account. The connection is made when it is needed.

    Raises MailUnreachable, MailRefused (login, a folder that is not there).
    """

    def __init__(self, account: Account, timeout: float = _TIMEOUT) -> None:
        if account.imap is None:
            raise UsageProblem(what=f"the account {account.address} has no [imap] to fetch from")
        self._server = account.imap
        self._proxy = account.proxy
        self._timeout = timeout
        self._client: IMAPClient | None = None

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
        client, self._client = self._client, None
        if client is not None:
            try:
                client.logout()
            except (IMAPClientError, OSError):
                return  # the other side is gone already

    def arrivals(self, skip: Callable[[str], bool] = everything) -> Iterator[Arrival]:
        for folder in self._server.folders:
            with self._speaking():
                validity = self._select(folder)
                uids = sorted(self._connected().search("ALL"))
            # UIDs are only good as long as UIDVALIDITY is (RFC 3501, 2.3.1.1).
            names = ((uid, f"{folder}/{validity}/{uid}") for uid in uids)
            wanted = [(uid, name) for uid, name in names if not skip(name)]
            for start in range(0, len(wanted), _SIZES_AT_ONCE):
                yield from self._some(dict(wanted[start : start + _SIZES_AT_ONCE]))

    def wait(self, seconds: float) -> None:
        """Return when something has come to the first folder, or after `seconds`."""
        with self._speaking():
            client = self._connected()
            if not client.has_capability("IDLE"):
                time.sleep(min(seconds, 60.0))
                return
            self._select(self._server.folders[0])
            client.idle()
            try:
                client.idle_check(timeout=min(seconds, _IDLE))
            finally:
                client.idle_done()

    def load(self, uid: int, limit: int) -> bytes:
        """The first `limit` bytes of a message in the folder that is selected."""
        with self._speaking():
            found = self._connected().fetch([uid], [f"BODY.PEEK[]<0.{limit}>"])
        return _body(found.get(uid, {}))

    def _some(self, names: dict[int, str]) -> Iterator[Arrival]:
        with self._speaking():
            items = ["RFC822.SIZE", f"BODY.PEEK[]<0.{_HEAD}>"]
            found = self._connected().fetch(list(names), items)
        messages = [
            _Message(
                names[uid], int(found[uid].get(b"RFC822.SIZE", 0)), uid, self, _body(found[uid])
            )
            for uid in names
            if uid in found
        ]
        for batch in _batches(messages):
            for message in batch:
                message.batch = batch
            for message in batch:
                yield message
                message.loaded, message.batch = None, []

    def load_all(self, batch: Sequence[_Message]) -> None:
        """Load messages of the folder that is selected, all at once."""
        item = f"BODY.PEEK[]<0.{2 * _SMALL}>"
        with self._speaking():
            found = self._connected().fetch([message.uid for message in batch], [item])
        for message in batch:
            message.loaded = _body(found.get(message.uid, {}))

    def _select(self, folder: str) -> int:
        try:
            found: dict[bytes, Any] = self._connected().select_folder(folder, readonly=True)
        except IMAPClientError as error:
            raise MailRefused(reason=f"folder {folder}: {shown(str(error))[:200]}") from None
        return int(found.get(b"UIDVALIDITY", 0))

    def _connected(self) -> IMAPClient:
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _connect(self) -> IMAPClient:
        server = self._server
        client = _Client(server.host, server.port, server.security == TLS, self._proxy, server)
        try:
            if server.security == STARTTLS:
                client.starttls(server.context())
            if server.username and (token := server.bearer()):
                client.oauth2_login(server.username, token)
            elif server.username:
                client.login(server.username, server.secret() or "")
        except LoginError as error:
            client.shutdown()
            raise MailRefused(reason=f"login: {shown(str(error))[:200]}") from None
        except BaseException:
            client.shutdown()
            raise
        client.socket().settimeout(self._timeout)
        return client

    def _speaking(self) -> _Speaking:
        return _Speaking(self)

    def forget(self) -> None:
        """Drop a connection whose state is not known any more."""
        client, self._client = self._client, None
        if client is not None:
            try:
                client.shutdown()
            except (OSError, IMAPClientError):
                return

    @property
    def where(self) -> str:
        return f"{self._server.host}:{self._server.port}"


class _Speaking:
    """Turns what the library raises into our two errors."""

    def __init__(self, mailbox: ImapMailbox) -> None:
        self._mailbox = mailbox

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, IMAPClientError | imaplib.IMAP4.error | OSError | ssl.SSLError):
            self._mailbox.forget()
            reason = shown(str(error))[:300] or type(error).__name__
            raise MailUnreachable(server=self._mailbox.where, reason=reason) from None


class _Client(IMAPClient):  # type: ignore[misc]  # the library has no types
    """imapclient over a line of ours."""

    def __init__(self, host: str, port: int, tls: bool, proxy: str | None, server: Any) -> None:
        self._line_proxy = proxy
        self._line_context = server.context() if tls else None
        timeout = SocketTimeout(connect=_TIMEOUT, read=_TIMEOUT)
        super().__init__(host, port, ssl=tls, ssl_context=self._line_context, timeout=timeout)

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802 - the library's name
        return _Line(self.host, self.port, self._line_proxy, self._line_context)


class _Line(imaplib.IMAP4):
    def __init__(
        self, host: str, port: int, proxy: str | None, context: ssl.SSLContext | None
    ) -> None:
        self._proxy, self._context = proxy, context
        super().__init__(host, port, timeout=_TIMEOUT)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        line = connect(self.host, self.port, timeout or _TIMEOUT, self._proxy)
        if self._context is None:
            return line
        return self._context.wrap_socket(line, server_hostname=self.host)


def _batches(messages: Sequence[_Message]) -> Iterator[list[_Message]]:
    """Small messages together, up to 8 MiB; large ones alone."""
    batch: list[_Message] = []
    total = 0
    for message in messages:
        if message.size > _SMALL:
            yield [message]
            continue
        if batch and (total + message.size > _BATCH_BYTES or len(batch) >= _BATCH):
            yield batch
            batch, total = [], 0
        batch.append(message)
        total += message.size
    if batch:
        yield batch


def _body(fields: dict[bytes, Any]) -> bytes:
    for name, value in fields.items():
        if name.upper().startswith(b"BODY[]") and isinstance(value, bytes):
            return value
    return b""
