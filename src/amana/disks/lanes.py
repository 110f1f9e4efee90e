"""Several files written at once, each to its own disk, none able to hold up or spoil another.

A lane is one piece on its way to one disk: a temporary file that becomes the piece when it is
whole. What its disk refuses (full, pulled out) is kept as the lane's `failure`; the others go on.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import cast

from amana.core.durable import ALIGNED, Disk, Temporary
from amana.errors import AmanaError

Buffer = bytes | memoryview


class Lane:
    """One file. `write` in order, then `finish` or `abandon`."""

    def __init__(self, disk_io: Disk, path: Path) -> None:
        self.path = path
        self._disk_io = disk_io
        self.failure: AmanaError | None = None
        self.sent = 0
        self._context: AbstractContextManager[Temporary] | None = disk_io.replacing(path)
        try:
            disk_io.make_folder(path.parent)
            self._file = self._context.__enter__()
            self._past_cache = disk_io.past_cache(self._file.handle, True)
        except AmanaError as error:
            self.failure, self._context = error, None

    @property
    def is_open(self) -> bool:
        """Whether more may be written to it."""
        return self._context is not None

    @property
    def temporary(self) -> Path:
        """Where the bytes are until they have their name."""
        return self._file.path

    def write(self, data: Buffer, at: int | None = None) -> None:
        """The next bytes, or those that begin `at`."""
        if self._context is None:
            return
        handle = self._file.handle
        try:
            begin = os.lseek(handle, at or 0, os.SEEK_CUR if at is None else os.SEEK_SET)
            if self._past_cache and (len(data) % ALIGNED or begin % ALIGNED):
                self._past_cache = self._disk_io.past_cache(handle, False)
            try:
                self._file.write(cast(bytes, data))  # a view will do for os.write
            except OSError as error:
                if not self._past_cache or error.errno != errno.EINVAL:
                    raise
                # A file system that only says now that it wants its bytes another way.
                self._past_cache = self._disk_io.past_cache(handle, False)
                os.lseek(handle, begin, os.SEEK_SET)
                self._file.write(cast(bytes, data))
            self.sent += len(data)
        except OSError as error:
            self._leave(error)

    def finish(self) -> bool:
        """Make the file durable under its name; whether that worked."""
        self._leave(None)
        return self.failure is None

    def abandon(self) -> None:
        """Leave nothing of it."""
        self._leave(_Abandoned())

    def _leave(self, error: BaseException | None) -> None:
        context, self._context = self._context, None
        if context is None:
            return
        try:
            context.__exit__(type(error) if error else None, error, None)
        except _Abandoned:
            return
        except AmanaError as refused:
            self.failure = refused


class _Abandoned(Exception):
    """A lane that is given up on purpose."""


class Blocks:
    """The digests of a piece's blocks, and on request of the whole, as they pass by."""

    def __init__(self, *, whole: bool = False) -> None:
        self.joined = bytearray()
        self._whole = hashlib.sha256() if whole else None

    def add(self, block: Buffer) -> None:
        self.joined += hashlib.sha256(block).digest()
        if self._whole is not None:
            self._whole.update(block)

    @property
    def sha256(self) -> str:
        return self._whole.hexdigest() if self._whole is not None else ""


class Turns:
    """Work in the background, one turn at a time: a turn begins when the one before has ended, so
    that each file sees its blocks in order and memory holds two turns, not a terabyte."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._running: list[Future[None]] = []

    def next(self, jobs: Sequence[Callable[[], None]]) -> None:
        self.wait()
        self._running = [self._pool.submit(job) for job in jobs]

    def wait(self) -> None:
        running, self._running = self._running, []
        for future in running:
            future.result()
