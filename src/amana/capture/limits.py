"""What a worker may use, and that it dies with its master.

A hostile picture costs one file: a soft limit of time raises an error inside the worker, a hard
one of processor time ends a decoder that does not listen, a limit of memory makes an allocation
fail. Who ends is replaced, and the file is captured without a copy.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator

SOFT_SECONDS = 20.0
HARD_CPU_SECONDS = 60.0
MEMORY = 1 << 30
_PR_SET_PDEATHSIG = 1


class TooSlow(BaseException):
    """The soft limit of time: no ordinary error, so that no decoder's own handling swallows it."""


def enter_worker(lock: int | None, master: int) -> None:
    """Called once in a new worker: `lock` is the vault's lock as inherited, `master` our maker."""
    if lock is not None and os.name == "posix":
        with contextlib.suppress(OSError):
            os.close(lock)
    _die_with(master)
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    # Decoders in C print what they think of hostile files; only the report speaks.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _die_with(master: int) -> None:
    """An orphan would hold the vault's files and write on: kill -9 of the master ends all."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != master:
        os._exit(1)
    if sys.platform != "linux":
        threading.Thread(target=_watch, args=(master,), daemon=True).start()


def _watch(master: int) -> None:
    while os.getppid() == master:
        time.sleep(0.5)
    os._exit(1)


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415

    # A core dump would be the plain content of the batch, lying in somebody's home.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_DATA, (_data_bytes() + MEMORY, hard))


def _data_bytes() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123
            return int(stream.read().split()[5]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return MEMORY


@contextlib.contextmanager
def time_limit(hard: bool) -> Iterator[None]:
    """Raise TooSlow after the soft limit; with `hard`, let the system end a worker that does not
    listen. Does nothing where alarms cannot be set (threads, Windows)."""
    if (
        not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return
    before = signal.signal(signal.SIGALRM, _too_slow)
    signal.setitimer(signal.ITIMER_REAL, SOFT_SECONDS)
    if hard:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, HARD_CPU_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if hard:
            signal.setitimer(signal.ITIMER_PROF, 0)


def _too_slow(signum: int, frame: object) -> None:
    raise TooSlow
