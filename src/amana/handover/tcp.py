"""A line over a local TCP connection: each message is its length in four bytes, and itself.

Nothing here is trusted or secret: what goes over the line protects itself. The bounds keep a
stranger from filling the memory or holding the line for ever.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager

from amana.errors import MeetingCut
from amana.handover.session import MAX_MESSAGE

TIMEOUT = 120.0
_BETWEEN_CALLS = 0.2
_NOTHING = "nothing more was said"


class TcpChannel:
    """ports.Channel over one connected socket. Use as a context manager, or `close` it."""

    def __init__(self, connection: socket.socket, timeout: float = TIMEOUT) -> None:
        self._socket = connection
        self._socket.settimeout(timeout)

    def send(self, message: bytes) -> None:
        if len(message) > MAX_MESSAGE:
            raise MeetingCut(step="the line", outcome="a message was longer than 64 KiB")
        try:
            self._socket.sendall(struct.pack(">I", len(message)) + message)
        except OSError as error:
            raise MeetingCut(step="the line", outcome=error.strerror or _NOTHING) from None

    def receive(self) -> bytes:
        (size,) = struct.unpack(">I", self._exactly(4))
        if size > MAX_MESSAGE:
            raise MeetingCut(step="the line", outcome="a message longer than 64 KiB was announced")
        return self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            try:
                chunk = self._socket.recv(size - len(data))
            except OSError as error:
                raise MeetingCut(step="the line", outcome=error.strerror or _NOTHING) from None
            if not chunk:
                raise MeetingCut(step="the line", outcome=_NOTHING)
            data += chunk
        return bytes(data)

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> TcpChannel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(host: str, port: int, timeout: float = TIMEOUT) -> TcpChannel:
    """Call until the other answers: two people never start at once. Raises MeetingCut."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return TcpChannel(socket.create_connection((host, port), timeout), timeout)
        except OSError as error:
            if time.monotonic() >= deadline or not isinstance(error, ConnectionRefusedError):
                reason = error.strerror or str(error)
                raise MeetingCut(
                    step="the line", outcome=f"{host} does not answer: {reason}"
                ) from None
        time.sleep(_BETWEEN_CALLS)


class Listener:
    """A bound port; `accept` waits for one caller at a time."""

    def __init__(self, host: str, port: int) -> None:
        try:
            self._socket = socket.create_server((host, port))
        except OSError as error:
            raise MeetingCut(
                step="the line", outcome=f"no port could be opened: {error.strerror or error}"
            ) from None

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def accept(self, timeout: float = TIMEOUT) -> TcpChannel:
        """Raises MeetingCut when nobody came in time."""
        self._socket.settimeout(timeout)
        try:
            connection, _ = self._socket.accept()
        except OSError:
            raise MeetingCut(step="the line", outcome="nobody came") from None
        return TcpChannel(connection, timeout)

    def close(self) -> None:
        self._socket.close()


@contextmanager
def listening(host: str, port: int = 0) -> Iterator[Listener]:
    """A listener that is closed at the end; port 0 takes any free one."""
    listener = Listener(host, port)
    try:
        yield listener
    finally:
        listener.close()


def listen(host: str, port: int, timeout: float = TIMEOUT) -> TcpChannel:
    """The first caller's line; the port is closed behind him. Raises MeetingCut."""
    with listening(host, port) as listener:
        return listener.accept(timeout)
