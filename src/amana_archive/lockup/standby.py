"""One confined worker for all threads of the server, started when first needed.

Threat: what is to be decoded is a hostile file, and this server holds the key; and a worker that
outlives the unlocked span keeps the last file in its memory. So every one of them ends with it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from amana.errors import AmanaError
from amana.reunite.workers import Workers

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Standby(Generic[Asked, Answer]):
    """As `amana.reunite.workers.Workers`, one piece at a time. Made where a module is loaded."""

    def __init__(self, work: Callable[[Asked], Answer], *, memory: int, seconds: int) -> None:
        self._one = threading.Lock()
        self._workers = Workers(work, processes=1, memory=memory, seconds=seconds)
        _all.append(self)

    def answer(self, asked: Asked) -> Answer:
        """Raises what `work` raises; CannotOpen where it takes too long or too much memory."""
        with self._one:
            ((_, answer),) = self._workers.results([asked])
        if isinstance(answer, AmanaError):
            raise answer
        return answer

    def close(self) -> None:
        """End the worker; the next piece starts another."""
        with self._one:
            self._workers.__exit__()


_all: list[Standby[Any, Any]] = []


def close_all() -> None:
    """The archive locks."""
    for standby in _all:
        with contextlib.suppress(Exception):  # whatever it is, the others must end, too
            standby.close()
