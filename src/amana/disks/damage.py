"""What was found bad, gathered file by file, in few words even for a disk that is falling apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from amana.disks.manifest import ranges


@dataclass
class Damage:
    """What was wrong with one file: the numbers of its blocks (of 1 MiB, from 0) whose digest is
    another, and of those that could not be read; or that it is not there at all."""

    path: Path
    changed: list[int] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)
    missing: bool = False

    @property
    def blocks(self) -> list[int]:
        return sorted({*self.changed, *self.unreadable})


@dataclass(frozen=True)
class DamagedFile:
    """One damaged file, for a report: ranges (first, last) of its changed and unreadable blocks."""

    path: str
    missing: bool
    changed: tuple[tuple[int, int], ...]
    unreadable: tuple[tuple[int, int], ...]


def report(found: Iterable[Damage]) -> tuple[DamagedFile, ...]:
    return tuple(
        DamagedFile(
            str(d.path),
            d.missing,
            ranges(sorted(set(d.changed))),
            ranges(sorted(set(d.unreadable))),
        )
        for d in sorted(found, key=lambda d: d.path)
    )
