"""Locked or unlocked: the one state of the archive's server.

    locked ──share──▶ locked, n of k given ──share──▶ UNLOCKED
       ▲                 │ ten minutes, or a wrong one   │
       └─────────────────┴───────────────────────────────┘ idle · longest · command · restart

The key exists only between the last share and the lock, in this process's memory. Python cannot
promise to overwrite memory; what is dropped is unreachable at once and overwritten in time. Whoever
holds an unlocked machine's memory has the key: docs/threat-model/web.md says so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from amana.core.unseal import Identity
from amana.errors import AmanaError, Locked, WrongShare
from amana.reunite.archive import Archive
from amana.trustees.archive_keys import open_archive
from amana.trustees.shares import join, normalise, share_number
from amana_archive.lockup.opened import Opened, open_with

SHARE_LIFETIME = 600.0
DRAIN_SECONDS = 10.0


@dataclass(frozen=True)
class Status:
    """What anybody may know: locked or not; shares given and needed; seconds until it locks."""

    locked: bool
    given: int = 0
    needed: int = 2
    seconds_left: int = 0


class Lockup:
    """The state machine of the archive in `folder`. Times in seconds; `clock` is monotonic."""

    def __init__(
        self,
        folder: Path,
        *,
        idle: float,
        longest: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder
        self._idle, self._longest, self._clock = idle, longest, clock
        self._recipient = open_archive(folder).card.recipients[0]
        self._changed = threading.Condition(threading.RLock())
        self._shares: dict[int, tuple[str, float]] = {}
        self._needed = 2
        self._opened: Opened | None = None
        self._since = self._last = 0.0
        self._inside = 0

    # -- reading --------------------------------------------------------------------------------

    def status(self) -> Status:
        with self._changed:
            self._expire()
            if self._opened is None:
                return Status(True, len(self._shares), self._needed)
            return Status(False, seconds_left=max(0, int(self._deadline() - self._clock())))

    @property
    def opened(self) -> Opened:
        """Raises Locked."""
        with self._changed:
            self._expire()
            if self._opened is None:
                raise Locked(needed=self._needed)
            return self._opened

    @contextmanager
    def using(self, *, touch: bool) -> Iterator[Opened]:
        """The opened archive for the length of one request. Locking waits for it a little.

        `touch` says that a person is at work, which puts the idle time-out off. Raises Locked.
        """
        with self._changed:
            opened = self.opened
            self._inside += 1
            if touch:
                self._last = self._clock()
        try:
            yield opened
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    # -- changing -------------------------------------------------------------------------------

    def offer(self, share: str) -> Status:
        """One trustee's share. With enough of them the archive opens.

        Raises WrongShare: a share that is none changes nothing; shares that do not fit together
        are all dropped. Raises whatever opening raises (Damaged, CannotOpen), and stays locked.
        """
        number, needed = share_number(share)
        with self._changed:
            self._expire()
            if self._opened is not None:
                return self.status()
            self._needed = needed
            self._shares[number] = (normalise(share), self._clock())
            if len(self._shares) >= needed:
                words = [words for words, _ in self._shares.values()]
                self._shares.clear()
                self._open(join(words, self._recipient))
            return self.status()

    def open_with(self, identity: Identity) -> Status:
        """Unlock with a key that was joined elsewhere (the terminal). Raises WrongShare."""
        if identity.recipient != self._recipient:
            raise WrongShare(reason="they give another key than the archive's")
        with self._changed:
            if self._opened is None:
                self._open(identity)
            return self.status()

    def lock(self, reason: str) -> bool:
        """Lock, and write why in the ledger where it still can be. Whether it was open."""
        with self._changed:
            opened, self._opened = self._opened, None
            self._shares.clear()
            if opened is None:
                return False
            until = self._clock() + DRAIN_SECONDS
            while self._inside > 0 and self._clock() < until:
                self._changed.wait(0.1)
            opened.close(reason)
            return True

    # -- inside ---------------------------------------------------------------------------------

    def _open(self, identity: Identity) -> None:
        self._opened = open_with(Archive.open(self.folder, identity))
        self._since = self._last = self._clock()

    def _deadline(self) -> float:
        return min(self._last + self._idle, self._since + self._longest)

    def _expire(self) -> None:
        now = self._clock()
        for number, (_, given) in list(self._shares.items()):
            if now - given > SHARE_LIFETIME:
                del self._shares[number]
        if self._opened is not None and now >= self._deadline():
            opened, self._opened = self._opened, None
            opened.close("time-out")


# --- the one of this process -------------------------------------------------------------------

_lockup: Lockup | None = None


def install(lockup: Lockup | None) -> None:
    """Make `lockup` the process's own (None: none)."""
    global _lockup  # noqa: PLW0603 - one process, one archive
    _lockup = lockup


def lockup() -> Lockup:
    """Raises Locked where none was installed: a process that was not started by `serve`."""
    if _lockup is None:
        raise Locked(needed=2)
    return _lockup


def watch(lockup: Lockup, stop: threading.Event, every: float = 5.0) -> None:
    """Let time-outs happen even when nobody asks. Runs until `stop` is set."""
    while not stop.wait(every):
        try:
            lockup.status()
        except AmanaError:
            continue
