"""The source's three sittings, and the one in which he is interrupted by SIGKILL."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from amana.capture.options import Options
from amana.capture.report import CaptureReport, Trouble
from amana.capture.session import capture
from amana.core.durable import Disk
from amana.kits.kit import Kit
from amana.ports import Progress, silent
from amana.vault.store import STATE_FILE, Vault

_PACK_CHUNK = 4096  # a write this large is a pack's, not the state's or the index's


@dataclass
class Sittings:
    """All sittings together; `killed` says whether the second was ended by SIGKILL as meant."""

    items: int = 0
    copies: int = 0
    unreadable: tuple[Trouble, ...] = ()
    skipped: tuple[Trouble, ...] = ()
    bytes_read: int = 0
    killed: bool = False
    repaired: tuple[str, ...] = ()

    def add(self, report: CaptureReport) -> None:
        self.items += report.items
        self.copies += report.copies
        self.bytes_read += report.bytes_read
        self.unreadable += tuple(t for t in report.unreadable if t not in self.unreadable)
        self.skipped = tuple(report.skipped)
        self.repaired += tuple(report.repaired)


def three_sittings(
    photos: Path, vault: Path, kit: Kit, passphrase: str, progress: Progress = silent
) -> Sittings:
    """Capture `photos` into a new vault: a part, a part more, and the rest."""
    first, second = _parts(photos)
    options = Options(batch_files=max(2, min(64, _count([photos]) // 12)))
    together = Sittings()
    Vault.create(vault, kit).close()
    with Vault.open(vault, locker=kit.locker) as opened:
        together.add(capture(first, opened, options, progress=progress))
        before = opened.size
    together.killed = _killed_sitting([*first, *second], vault, passphrase, options)
    with Vault.open(vault, locker=kit.locker) as opened:
        # What the killed sitting had committed stays; it could not report it any more.
        together.items += opened.size - before
        together.add(capture([*first, *second], opened, options, progress=progress))
    with Vault.open(vault, locker=kit.locker) as opened:
        together.add(capture([photos], opened, options, progress=progress))
    return together


def _parts(photos: Path) -> tuple[list[Path], list[Path]]:
    """The first and the second third of what lies in the folder, by number of files."""
    total = _count([photos])
    parts: tuple[list[Path], list[Path], list[Path]] = ([], [], [])
    done = 0
    for entry in _entries(photos, most=total // 6):
        parts[min(2, 3 * done // max(1, total))].append(entry)
        done += _count([entry])
    return parts[0], parts[1]


def _entries(folder: Path, most: int) -> Iterator[Path]:
    """The folders and files below `folder`; a folder of more than `most` files is taken apart."""
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink() and _count([entry]) > most:
            yield from _entries(entry, most)
        elif entry.is_dir() or entry.is_file():
            yield entry


def _count(places: Sequence[Path]) -> int:
    return sum(len(files) for place in places for _, _, files in os.walk(place)) + sum(
        place.is_file() for place in places
    )


# --- the interrupted one ---------------------------------------------------------------------


class _DoomedDisk(Disk):
    """Lets one batch be committed, and dies in the middle of writing the next pack."""

    def __init__(self) -> None:
        self._commits = 0

    def rename(self, old: Path, new: Path) -> None:
        super().rename(old, new)
        self._commits += new.name == STATE_FILE

    def write(self, handle: int, data: bytes) -> None:
        if self._commits and len(data) > _PACK_CHUNK:
            super().write(handle, data[: len(data) // 2])
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        super().write(handle, data)


def _doomed(sources: Sequence[Path], vault: Path, passphrase: str, options: Options) -> None:
    """What the child process does: an ordinary sitting, on a disk that kills it."""
    with Vault.open(vault, passphrase, disk=_DoomedDisk()) as opened:
        capture(sources, opened, options)


def _killed_sitting(
    sources: Sequence[Path], vault: Path, passphrase: str, options: Options
) -> bool:
    alone = Options(batch_files=options.batch_files, workers=0)
    process = multiprocessing.get_context("spawn").Process(
        target=_doomed, args=(list(sources), vault, passphrase, alone)
    )
    process.start()
    process.join()
    return process.exitcode not in (0, 1)
