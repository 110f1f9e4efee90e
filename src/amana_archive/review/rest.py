"""How many pictures one has looked at in this session, and when a pause is due.

People who look at such pictures are harmed by them. The count is theirs: it is kept in memory, ends
with the session, and no report is made of it.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from django.http import HttpRequest

AFTER_PICTURES, AFTER_MINUTES = 40, 45


@dataclass
class Rest:
    """`due` says that a pause would be good."""

    looked: int = 0
    since_pause: int = 0
    started: float = 0.0

    @property
    def minutes(self) -> int:
        return int((time.monotonic() - self.started) / 60)

    @property
    def due(self) -> bool:
        return self.since_pause >= AFTER_PICTURES or (
            self.minutes >= AFTER_MINUTES and self.since_pause > 0
        )


_mutex = threading.Lock()
_sessions: dict[int, Rest] = {}


def of(request: HttpRequest) -> Rest:
    with _mutex:
        row = request.session_row  # type: ignore[attr-defined]
        return _sessions.setdefault(row.pk, Rest(started=time.monotonic()))


def looked(request: HttpRequest) -> None:
    mine = of(request)
    with _mutex:
        mine.looked += 1
        mine.since_pause += 1


def rested(request: HttpRequest) -> None:
    mine = of(request)
    with _mutex:
        mine.since_pause, mine.started = 0, time.monotonic()


def forget() -> None:
    """All sessions end when the archive locks."""
    with _mutex:
        _sessions.clear()
