"""Writes that survive `kill -9` and a pulled cable.

The order of system calls, for a whole file:

    open(temporary, CREATE | EXCL)   in the same folder, so that rename stays on one file system
    write … write
    fsync(temporary)                 the bytes are on the medium before the name is
    utime(temporary)                 one constant: file times are a diary
    rename(temporary, final)         atomic: readers see the old file or the new one
    fsync(folder)                    the name is on the medium

A call that fails, or is reported to have failed after it was done, leaves either the old file or
the new one. Temporary files left by a crash are named `.tmp-*` and are swept away on open.
Every system call is a method of `Disk`, so that tests break each of them, twice.
"""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from amana.errors import NoSpace, WriteFailed

if sys.platform == "linux":
    import fcntl

    def _past_cache(handle: int, wanted: bool) -> bool:
        flags = fcntl.fcntl(handle, fcntl.F_GETFL) & ~os.O_DIRECT
        try:
            fcntl.fcntl(handle, fcntl.F_SETFL, flags | (os.O_DIRECT if wanted else 0))
        except OSError:
            return False
        return wanted
else:

    def _past_cache(handle: int, wanted: bool) -> bool:
        return False


TEMPORARY = ".tmp-"
# Threat: times of files tell when the source worked. 2000-01-01 is older than any use, and within
# what FAT can hold.
CONSTANT_TIME = 946_684_800
ALIGNED = 4096  # bytes: no medium's sector is larger


class Disk:
    """The system calls that writing needs, and the few safe ways to put them together."""

    # -- single system calls ------------------------------------------------------------------

    def create(self, path: Path) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        return os.open(path, flags, 0o600)

    def write(self, handle: int, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]

    def past_cache(self, handle: int, wanted: bool) -> bool:
        """Whether writes go straight to the medium from now on (Linux's O_DIRECT), as `wanted` and
        as far as the file system lets them; their memory, place and length must then be multiples
        of `ALIGNED` bytes. It spares a copy of every byte, and leaves the machine's memory to what
        is read again; it promises nothing, so `sync` is needed all the same."""
        return _past_cache(handle, wanted)

    def sync(self, handle: int) -> None:
        os.fsync(handle)

    def close(self, handle: int) -> None:
        os.close(handle)

    def rename(self, old: Path, new: Path) -> None:
        old.replace(new)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def sync_folder(self, folder: Path) -> None:
        if os.name == "nt":  # Windows journals names itself and cannot open folders
            return
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            # Some network and FAT file systems refuse; there is no more to be had from them.
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):
                raise
        finally:
            os.close(handle)

    def sync_all(self, folder: Path) -> bool:
        """Everything written so far to the file system of `folder` is on the medium (Linux's
        `syncfs`: for many small files 4 times as fast as fsync on each).

        False where there is no such call: then sync each.
        """
        call = (
            getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None) if os.name != "nt" else None
        )
        if call is None:
            return False
        handle = os.open(folder, os.O_RDONLY)
        try:
            if call(handle):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        finally:
            os.close(handle)
        return True

    # -- put together -------------------------------------------------------------------------

    def write_whole(self, path: Path, chunks: bytes | Iterable[bytes]) -> None:
        """Replace or create `path`, atomically and durably. Raises NoSpace, WriteFailed."""
        with self.replacing(path) as temporary:
            handle = temporary.handle
            for chunk in [chunks] if isinstance(chunks, bytes) else chunks:
                self.write(handle, chunk)

    def write_several(self, files: Mapping[Path, bytes]) -> None:
        """As `write_whole`, for small files of one folder: each is replaced atomically, all are
        durable on return, and the folder is synced but once. The order in which the names change
        is not promised. Raises NoSpace, WriteFailed."""
        ready: list[tuple[Temporary, Path]] = []
        with speaking_errors(next(iter(files))):
            try:
                for path, data in files.items():
                    temporary = Temporary(self, path.parent / (TEMPORARY + secrets.token_hex(8)))
                    ready.append((temporary, path))
                    self.write(temporary.handle, data)
                for temporary, _ in ready:
                    self.sync(temporary.handle)
                    temporary.settle()
                for temporary, path in ready:
                    self.rename(temporary.path, path)
            except BaseException:
                for temporary, _ in ready:
                    temporary.discard()
                raise
            for folder in {path.parent for path in files}:
                self.sync_folder(folder)

    @contextmanager
    def replacing(self, path: Path) -> Iterator[Temporary]:
        """A temporary file that becomes `path` when the block ends without an error."""
        with speaking_errors(path):
            temporary = Temporary(self, path.parent / (TEMPORARY + secrets.token_hex(8)))
            try:
                yield temporary
                self.sync(temporary.handle)
                temporary.close()
                os.utime(temporary.path, (CONSTANT_TIME, CONSTANT_TIME))
                self.rename(temporary.path, path)
            except BaseException:
                temporary.discard()
                raise
            self.sync_folder(path.parent)

    def append(self, path: Path, offset: int, data: bytes) -> None:
        """Write `data` at `offset` and cut the file there: what stood behind an interrupted
        append goes away. Durable on return; not atomic, so the offset that counts must be
        committed elsewhere, afterwards. Raises NoSpace, WriteFailed."""
        with speaking_errors(path):
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
            handle = os.open(path, flags, 0o600)
            try:
                os.lseek(handle, offset, os.SEEK_SET)
                self.write(handle, data)
                os.ftruncate(handle, offset + len(data))
                self.sync(handle)
            finally:
                self.close(handle)
            os.utime(path, (CONSTANT_TIME, CONSTANT_TIME))

    def sync_file(self, path: Path) -> None:
        """Bring a file that another process wrote and closed to the medium. Raises NoSpace,
        WriteFailed."""
        with speaking_errors(path):
            handle = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
            try:
                self.sync(handle)
            finally:
                self.close(handle)

    def overwrite(self, path: Path, offset: int, data: bytes) -> None:
        """Write `data` inside an existing file, keeping its length. Durable on return."""
        with speaking_errors(path):
            handle = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
            try:
                os.lseek(handle, offset, os.SEEK_SET)
                self.write(handle, data)
                self.sync(handle)
            finally:
                self.close(handle)
            os.utime(path, (CONSTANT_TIME, CONSTANT_TIME))

    def make_folder(self, path: Path) -> None:
        """Create a folder and its parents, private to the user. Durable on return."""
        with speaking_errors(path):
            missing = [p for p in [path, *path.parents] if not p.exists()]
            for folder in reversed(missing):
                folder.mkdir(mode=0o700, exist_ok=True)
                self.sync_folder(folder.parent)

    def sweep(self, folder: Path) -> int:
        """Remove what crashes left behind in `folder`; returns how many files that were."""
        left = list(folder.glob(TEMPORARY + "*")) if folder.is_dir() else []
        with speaking_errors(folder):
            for path in left:
                self.remove(path)
        return len(left)


class Temporary:
    """A file on its way to a name: `handle` to write to, or itself as a plain writer."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk = disk
        self.path = path
        self.handle = disk.create(path)
        self._open = True

    def write(self, data: bytes) -> int:
        self._disk.write(self.handle, data)
        return len(data)

    def flush(self) -> None:
        """Nothing is buffered here."""

    def close(self) -> None:
        if self._open:
            self._open = False
            self._disk.close(self.handle)

    def settle(self) -> None:
        """Close it under its temporary name, with the constant time, to be renamed by another."""
        self.close()
        os.utime(self.path, (CONSTANT_TIME, CONSTANT_TIME))

    def discard(self) -> None:
        self.close()
        try:
            self._disk.remove(self.path)
        except OSError:
            return  # the disk may be gone; the sweep on the next open removes it


@contextmanager
def speaking_errors(path: Path) -> Iterator[None]:
    """Turn the system's refusals into ours, naming the path."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpace(path=str(path.parent)) from error
        raise WriteFailed(path=str(path), reason=error.strerror or str(error)) from error
