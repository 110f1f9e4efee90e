"""What the disks' tests share: a source's vault with packs of any size, disks that break, and the
ways in which disks break."""

from __future__ import annotations

import errno
import hashlib
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from amana.core.durable import Disk
from amana.core.seal import seal
from amana.core.unseal import Identity
from amana.disks.reading import Reader
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import Kit, create_kit
from amana.vault.store import Commit, SealedPack, Vault

PASSPHRASE = "olive lantern seven rivers"


@dataclass
class Carried:
    """A source: the vault, and its packs' sealed bytes by SHA-256 (hex)."""

    folder: Path
    kit: Kit
    archive: Identity
    vault: Vault
    rng: random.Random
    packs: dict[str, bytes] = field(default_factory=dict)

    def add(self, *sizes: int, series: str = "originals") -> None:
        for size in sizes:
            data = seal(self.rng.randbytes(size), self.kit.archive.recipients)
            sha256 = hashlib.sha256(data).hexdigest()
            temporary = self.vault.path / series / ".tmp-test"
            temporary.write_bytes(data)
            pack = SealedPack(str(temporary), sha256, len(data))
            originals = series == "originals"
            self.vault.commit(
                Commit([b"\0" * 32], [], None if originals else pack, pack if originals else None)
            )
            self.packs[sha256] = data

    def disks(self, n: int, start: int = 1) -> list[Path]:
        folders = [self.folder / "disks" / str(i) for i in range(start, start + n)]
        for folder in folders:
            folder.mkdir(parents=True)
        return folders

    def reopen(self) -> None:
        self.vault.close()
        self.vault = Vault.open(self.vault.path, locker=self.kit.locker)


def new_carried(folder: Path, sizes: Sequence[int], seed: int) -> Carried:
    archive = Identity.generate()
    card = ArchiveCard((archive.recipient,), Identity.generate().recipient)
    kit = create_kit(folder / "kit", "source", "caesar", card, PASSPHRASE, work_factor=10)
    vault = Vault.create(folder / "vault", kit)
    carried = Carried(folder, kit, archive, vault, random.Random(seed))
    carried.add(*sizes)
    return carried


def gathered(out: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in (out / "packs").glob("*.age")}


def pieces(disk: Path) -> list[Path]:
    """The files of a disk that hold packs or parity."""
    return sorted(p for p in disk.glob("[0-9]*/*") if p.suffix in (".age", ".dat"))


def flip(path: Path, offset: int, bit: int = 1) -> None:
    """One flipped bit."""
    with path.open("r+b") as stream:
        stream.seek(offset)
        byte = stream.read(1)[0]
        stream.seek(offset)
        stream.write(bytes([byte ^ bit]))


def snapshot(disk: Path) -> dict[str, bytes]:
    return {str(p.relative_to(disk)): p.read_bytes() for p in disk.rglob("*") if p.is_file()}


def copy(disk: Path, to: Path) -> Path:
    shutil.copytree(disk, to)
    return to


class PulledCable(Disk):
    """After `calls` system calls under `root`, every further one there fails like a device that is
    gone; with `after`, the failing call is done first, and only reported as failed."""

    def __init__(self, root: Path, calls: int, code: int = errno.EIO, *, after: bool = False):
        self.root, self.left, self.code, self.after = root, calls, code, after
        self._ours: set[int] = set()

    def _count(self, ours: bool, done: Callable[[], None] | None = None) -> None:
        if not ours:
            return
        self.left -= 1
        if self.left < 0:
            if self.after and self.left == -1 and done:
                done()
            raise OSError(self.code, "injected")

    def create(self, path: Path) -> int:
        ours = path.is_relative_to(self.root)
        self._count(ours)
        handle = super().create(path)
        if ours:
            self._ours.add(handle)
        return handle

    def write(self, handle: int, data: bytes) -> None:
        self._count(handle in self._ours, lambda: super(PulledCable, self).write(handle, data))
        super().write(handle, data)

    def sync(self, handle: int) -> None:
        self._count(handle in self._ours, lambda: super(PulledCable, self).sync(handle))
        super().sync(handle)

    def close(self, handle: int) -> None:
        self._ours.discard(handle)
        super().close(handle)

    def rename(self, old: Path, new: Path) -> None:
        inside = new.is_relative_to(self.root)
        self._count(inside, lambda: super(PulledCable, self).rename(old, new))
        super().rename(old, new)

    def remove(self, path: Path) -> None:
        if self.code != errno.ENOSPC:  # a full disk lets go of files
            self._count(path.is_relative_to(self.root))
        super().remove(path)


class BadSectors(Reader):
    """Reading any of `bad` (path, offset) gives an input/output error, as a failing disk does."""

    def __init__(self, bad: Sequence[tuple[Path, int]]):
        super().__init__()
        self._bad = list(bad)
        self._paths: dict[int, Path] = {}

    def open(self, path: Path) -> int:
        handle = super().open(path)
        self._paths[handle] = path
        return handle

    def read_into(self, handle: int, offset: int, buffer: memoryview) -> int:
        for path, at in self._bad:
            if self._paths.get(handle) == path and offset <= at < offset + len(buffer):
                raise OSError(errno.EIO, "Input/output error")
        return super().read_into(handle, offset, buffer)


class Small(Reader):
    """Disks that have room for so many bytes, by folder; the rest have plenty."""

    def __init__(self, room: dict[Path, int]):
        super().__init__()
        self._room = room

    def free(self, path: Path) -> int:
        used = sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
        return self._room.get(path, 1 << 60) - used
