"""Writes the files of a bag: streamed once, digested on the way, times made constant.

No rename for each file, and one sync at the end: the whole folder is still hidden (see build)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from amana.core.durable import CONSTANT_TIME, Disk, speaking_errors
from amana.dossier.bag_rules import Digest


class Bagging(Protocol):
    """Where a dossier's files go as they are made: a folder here, a sealed zip in the archive's
    courts. `digests` holds what was written, by path."""

    digests: dict[str, Digest]

    def write(self, path: str, data: bytes) -> Digest: ...

    def stream(self, path: str, chunks: Iterable[bytes], size: int) -> Digest:
        """Write one file of `size` bytes, as they come. Raises NoSpace, WriteFailed."""
        ...

    def sync_all(self) -> None:
        """All of it on the medium when this returns."""
        ...


class BagWriter:
    """`digests` holds what was written, by path."""

    def __init__(self, root: Path, disk: Disk) -> None:
        self._root = root
        self._disk = disk
        self._folders: set[Path] = set()
        self.digests: dict[str, Digest] = {}
        self._folder(root)

    def write(self, path: str, data: bytes) -> Digest:
        return self.stream(path, [data], len(data))

    def stream(self, path: str, chunks: Iterable[bytes], size: int) -> Digest:
        """Write one file; `size` is what it should turn out as, and is not relied on."""
        target = self._root / path
        self._folder(target.parent)
        sha256, done = hashlib.sha256(), 0
        with speaking_errors(target):
            handle = self._disk.create(target)
            try:
                for chunk in chunks:
                    sha256.update(chunk)
                    done += len(chunk)
                    self._disk.write(handle, chunk)
            finally:
                self._disk.close(handle)
            os.utime(target, (CONSTANT_TIME, CONSTANT_TIME))
        self.digests[path] = Digest(sha256.hexdigest(), done)
        return self.digests[path]

    def sync_all(self) -> None:
        """Everything onto the medium, at the end and at once: the system has written most of it by
        then, and twenty thousand small waits become few."""
        for path in self.digests:
            target = self._root / path
            with speaking_errors(target):
                handle = os.open(target, os.O_RDWR | getattr(os, "O_BINARY", 0))
                try:
                    self._disk.sync(handle)
                finally:
                    self._disk.close(handle)
        for folder in sorted(self._folders, reverse=True):
            with speaking_errors(folder):
                self._disk.sync_folder(folder)

    def _folder(self, folder: Path) -> None:
        if folder in self._folders:
            return
        with speaking_errors(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folders |= {folder, *(p for p in folder.parents if p.is_relative_to(self._root))}
