"""Who has the family store open, and until when.

    closed ──a liaison's passphrase──▶ open for that session ──▶ closed again:
        15 minutes without a page of this room · 4 hours in any case · on command · the session
        ends · the archive locks · the process ends

The database's key is in memory while it is open for at least one session. For every other session,
also of a liaison with rights, it is closed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from amana_archive.families.router import STORE
from amana_archive.lockup.opened import Opened, on_unlock
from amana_archive.sealed_sqlite import keyring

IDLE, LONGEST = 900.0, 4 * 3600.0
_EVERY = 5.0

Opener = tuple[int, int]  # a person, and the session he signed in with


@dataclass
class _Span:
    since: float
    last: float

    def ends(self) -> float:
        return min(self.last + IDLE, self.since + LONGEST)


class Openings:
    """Thread-safe. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._mutex = clock, threading.RLock()
        self._spans: dict[Opener, _Span] = {}
        self._watching = False

    def open(self, opener: Opener, key: bytes) -> None:
        with self._mutex:
            self.expire()
            now = self._clock()
            keyring.hold(key, STORE)
            self._spans[opener] = _Span(now, now)
            if not self._watching:
                self._watching = True
                threading.Thread(target=self._watch, name="family store", daemon=True).start()

    def is_open_for(self, opener: Opener) -> bool:
        """Asking is working: it puts the idle time off."""
        with self._mutex:
            self.expire()
            span = self._spans.get(opener)
            if span is not None:
                span.last = self._clock()
            return span is not None and keyring.holds(STORE)

    def minutes_left(self, opener: Opener) -> int:
        with self._mutex:
            span = self._spans.get(opener)
            return max(0, int(span.ends() - self._clock()) // 60) if span else 0

    def shut(self, opener: Opener) -> None:
        with self._mutex:
            self._spans.pop(opener, None)
            self._drop_if_unused()

    def shut_person(self, person: int) -> None:
        """All sessions of one person: he may not open it any more."""
        with self._mutex:
            for opener in [o for o in self._spans if o[0] == person]:
                del self._spans[opener]
            self._drop_if_unused()

    def shut_all(self) -> None:
        with self._mutex:
            self._spans.clear()
            self._drop_if_unused()

    def expire(self) -> None:
        with self._mutex:
            now = self._clock()
            for opener in [o for o, span in self._spans.items() if now >= span.ends()]:
                del self._spans[opener]
            self._drop_if_unused()

    def _drop_if_unused(self) -> None:
        if not self._spans and keyring.holds(STORE):
            keyring.forget(STORE)

    def _watch(self) -> None:
        """Time-outs happen also when nobody asks."""
        while True:
            time.sleep(_EVERY)
            with self._mutex:
                self.expire()
                if not self._spans:
                    self._watching = False
                    return


openings = Openings()


def _session_ended(person: int | None, session: int | None) -> None:
    """Signing out closes the store for that session; a stopped account, for all of its own."""
    if person is None:
        openings.shut_all()
    elif session is None:
        openings.shut_person(person)
    else:
        openings.shut((person, session))


def follow_sessions() -> None:
    """Once, when Django's models are loaded."""
    from amana_archive.access import sessions

    sessions.on_end.append(_session_ended)


@on_unlock
def _shut_with_the_archive(opened: Opened) -> None:
    opened.closing.append(openings.shut_all)
