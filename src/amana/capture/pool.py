"""The workers: processes of our own, or whatever executor is handed in."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any, TypeVar

from amana.capture.limits import enter_worker
from amana.ports import Executor

T = TypeVar("T")


class Inline:
    """An executor that works at once, in this process."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Workers:
    """Keeps an executor; makes a new one when a worker was killed."""

    def __init__(self, count: int, lock: int | None, given: Executor | None = None) -> None:
        self._count = count
        self._lock = lock
        self._own: ProcessPoolExecutor | None = None
        self._given: Executor | None = given or (Inline() if count == 0 else None)

    @property
    def expendable(self) -> bool:
        """Whether a worker may be ended by the system without harm to this process."""
        return self._given is None

    def submit(self, fn: Callable[..., T], /, *args: Any) -> Future[T]:
        if self._given is not None:
            return self._given.submit(fn, *args)
        if self._own is None:
            # fork starts in milliseconds and leaves nothing in /tmp, as a fork server would.
            method = "fork" if sys.platform == "linux" else "spawn"
            self._own = ProcessPoolExecutor(
                max(1, self._count),
                multiprocessing.get_context(method),
                enter_worker,
                (self._lock if method == "fork" else None, os.getpid()),
            )
        return self._own.submit(fn, *args)

    def renew(self) -> None:
        """Give up the executor: the next submission makes a new one."""
        if self._own is not None:
            own, self._own = self._own, None
            own.shutdown(wait=True, cancel_futures=True)

    def abort(self) -> None:
        """End the workers now, whatever they do."""
        own, self._own = self._own, None
        if own is not None:
            for process in list((own._processes or {}).values()):
                process.kill()
            own.shutdown(wait=True, cancel_futures=True)
