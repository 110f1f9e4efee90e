"""Confined processes that read foreign bytes, and the one who waits for them.

A worker that dies (out of memory, out of time, or broken by what it read) takes nothing with it:
what it had in hand is tried once more, alone; what kills a worker twice is refused by name.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Generic, TypeVar

from amana.errors import AmanaError, CannotOpen
from amana.reunite.confine import Cage, confine

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

MEMORY = 3 << 30
SECONDS = 600
_cage: Cage | None = None


def _enter(memory: int, prepare: Callable[[], None] | None) -> None:
    global _cage  # noqa: PLW0603 - one cage a process, for its whole life
    os.environ.pop("AMANA_PASSPHRASE", None)
    if prepare is not None:
        prepare()
    _cage = confine(memory)
    # After the cage has closed: a thread made before would stand outside it.
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Threat: a receiver that is killed leaves workers behind, with the archive's key in memory."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _bounded(seconds: int, work: Callable[[Asked], Answer], asked: Asked) -> Answer:
    """`work` with a clock that ends the process: a loop inside a C decoder heeds no exception."""
    if not hasattr(signal, "setitimer"):
        return work(asked)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return work(asked)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def current_cage(_: object = None) -> Cage | None:
    """The cage of the process this is called in."""
    return _cage


class Workers(Generic[Asked, Answer]):
    """A pool for one kind of work. `work` is a function of a module, its argument and answer
    picklable. `seconds` bounds one piece, `memory` (bytes) what a worker may take. `prepare` is
    called in each worker before its cage closes."""

    def __init__(
        self,
        work: Callable[[Asked], Answer],
        *,
        processes: int | None = None,
        memory: int = MEMORY,
        seconds: int = SECONDS,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        self._prepare = prepare
        self._work, self._memory, self._seconds = work, memory, seconds
        self._processes = processes or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers[Asked, Answer]:
        return self

    def __exit__(self, *_: object) -> None:
        self._drop()

    def results(self, asked: Sequence[Asked]) -> Iterator[tuple[Asked, Answer | AmanaError]]:
        """Each piece with its answer, or with the error that it ended in; in order."""
        waiting = deque(asked)
        running: deque[tuple[Asked, Future[Answer]]] = deque()
        while waiting or running:
            while waiting and len(running) <= self._processes:
                piece = waiting.popleft()
                running.append((piece, self._submit(piece)))
            piece, future = running.popleft()
            try:
                yield piece, future.result()
            except BrokenProcessPool:
                self._drop()
                broken = [piece, *(p for p, _ in running)]
                running.clear()
                for one in broken:
                    yield one, self._alone(one)
            except AmanaError as error:
                yield piece, error

    def _alone(self, piece: Asked) -> Answer | AmanaError:
        try:
            return self._submit(piece).result()
        except BrokenProcessPool:
            self._drop()
            return CannotOpen(
                what="this file", reason="reading it ended the confined worker (memory or time)"
            )
        except AmanaError as error:
            return error

    def _submit(self, piece: Asked) -> Future[Answer]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._processes,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_enter,
                initargs=(self._memory, self._prepare),
            )
        try:
            return self._pool.submit(_bounded, self._seconds, self._work, piece)
        except BrokenProcessPool:
            self._drop()
            return self._submit(piece)

    def _drop(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
