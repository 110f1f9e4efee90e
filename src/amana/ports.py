"""What the stages ask of the world outside, as protocols. Adapters live beside the stage that uses
them and are handed in at the top: a test hands in its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Now, with a time zone."""
        ...


def system_clock() -> datetime:
    return datetime.now(UTC)


def local_clock() -> datetime:
    """Now, by this machine's wall clock: for hours that people name, never for what is sent."""
    return datetime.now().astimezone()


class Executor(Protocol):
    """The part of `concurrent.futures.Executor` that batches need; Dask's is one, too."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]: ...


class Progress(Protocol):
    """Where a long work says how far it is. `total` and `done` are in one unit."""

    def __call__(self, done: int, total: int | None, what: str) -> None: ...


def silent(done: int, total: int | None, what: str) -> None:
    """The progress of one who does not listen."""


class ObjectStore(Protocol):
    """Named bytes. A name is a relative path of lower-case letters, digits, `-`, `.` and `/`."""

    def put(self, name: str, data: bytes) -> bool:
        """Store durably unless the name is taken; whether it was stored now."""
        ...

    def get(self, name: str) -> bytes:
        """The bytes. Raises KeyError."""
        ...

    def names(self, prefix: str = "") -> Iterator[str]: ...


class Mailer(Protocol):
    def send(self, sender: str, recipient: str, message: bytes) -> None:
        """Hand one message over. Raises MailRefused, MailUnreachable."""
        ...


class Arrival(Protocol):
    """One message in a mailbox, which can be looked at before it is loaded."""

    @property
    def name(self) -> str:
        """A name that stays the same."""
        ...

    @property
    def size(self) -> int:
        """Its length in bytes; what a server says may be a little off."""
        ...

    def read(self, limit: int) -> bytes:
        """The first `limit` bytes of the raw message."""
        ...


class Mailbox(Protocol):
    def arrivals(self, skip: Callable[[str], bool] = ...) -> Iterator[Arrival]:
        """Every message whose name `skip` does not know, in any order."""
        ...


class Channel(Protocol):
    """A line between two people: whole messages, in order, at most 64 KiB each."""

    def send(self, message: bytes) -> None: ...

    def receive(self) -> bytes:
        """The next message. Raises MeetingCut when the line ends."""
        ...


class TimestampAuthority(Protocol):
    @property
    def url(self) -> str: ...

    def query(self, request: bytes) -> bytes:
        """An RFC 3161 TimeStampReq (DER) answered by a TimeStampResp. Raises AuthorityFailed."""
        ...
