"""Scrubbing the store: is every object that must be there, there and unaltered?

It needs no key: the catalogue keeps the SHA-256 of each sealed object. So a machine that is never
unlocked can do it every night, at the speed of the disk.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from amana.ports import Progress, silent
from amana.reunite.archive import Archive
from amana.reunite.keys import object_name
from amana.reunite.places import Place
from amana.reunite.store import Store, copied

CHUNK = 1 << 20
_THREADS = 4
_AHEAD = 64


@dataclass
class CheckReport:
    """`missing` and `damaged` are names in the store; `repaired` those of them that the replica
    gave back, `lost` those that it could not. `strange` counts objects that the catalogue does
    not know: an interrupted batch leaves such. `bytes` were read."""

    objects: int = 0
    bytes: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    strange: int = 0

    @property
    def whole(self) -> bool:
        """Whether every object is good now."""
        return not self.lost and len(self.repaired) == len(self.missing) + len(self.damaged)

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "whole": self.whole}


def check(
    archive: Archive, replica: Place | None = None, *, progress: Progress = silent
) -> CheckReport:
    """Read and compare every object; take what is bad from `replica`, if it is good there.

    Works on a locked archive. Raises WriteFailed, NoSpace.
    """
    report = CheckReport()
    (total,) = archive.catalogue.db.execute("SELECT count(*) FROM object").fetchone()
    place = archive.place
    for name, kind, wanted, found, size in _digests(archive, place):
        report.objects += 1
        report.bytes += size
        if found != wanted:
            (report.missing if found is None else report.damaged).append(name)
            if replica is not None:
                _repair(name, wanted, replica.of(kind), place.of(kind), report)
        progress(report.objects, total, "objects checked")
    for store in (place.objects, place.records):
        store.flush()
    stored = sum(1 for store in (place.objects, place.records) for _ in store.names())
    report.strange = stored - (report.objects - len(report.missing)) - _restored(report)
    if report.repaired:
        archive.act("repaired", objects=report.repaired)
    return report


def _restored(report: CheckReport) -> int:
    return len(set(report.missing) & set(report.repaired))


def replicate(archive: Archive, replica: Place, *, progress: Progress = silent) -> int:
    """Copy to `replica` every object that it lacks, as it is, sealed; how many that were.

    What is damaged here is not copied: a replica must not learn our mistakes.
    """
    (total,) = archive.catalogue.db.execute("SELECT count(*) FROM object").fetchone()
    place, copies = archive.place, 0
    for done, (tag, kind, wanted) in enumerate(archive.catalogue.objects()):
        name, target = object_name(tag), replica.of(kind)
        if not target.has(name) and _read_digest(place.of(kind), name)[0] == wanted:
            _copy(name, place.of(kind), target)
            copies += 1
        progress(done + 1, total, "objects replicated")
    for store in (replica.objects, replica.records):
        store.flush()
    return copies


def _digests(archive: Archive, place: Place) -> Iterator[tuple[str, int, bytes, bytes | None, int]]:
    """(name, kind, wanted digest, found digest or None, bytes) of every object, read ahead."""
    running: deque[tuple[str, int, bytes, Future[tuple[bytes | None, int]]]] = deque()
    with ThreadPoolExecutor(_THREADS) as pool:
        for tag, kind, wanted in archive.catalogue.objects():
            name = object_name(tag)
            running.append((name, kind, wanted, pool.submit(_read_digest, place.of(kind), name)))
            if len(running) >= _AHEAD:
                yield _take(running)
        while running:
            yield _take(running)


def _take(
    running: deque[tuple[str, int, bytes, Future[tuple[bytes | None, int]]]],
) -> tuple[str, int, bytes, bytes | None, int]:
    name, kind, wanted, future = running.popleft()
    found, size = future.result()
    return name, kind, wanted, found, size


def _read_digest(store: Store, name: str) -> tuple[bytes | None, int]:
    """The SHA-256 of an object and its size; (None, 0) where it cannot be read."""
    digest, size = hashlib.sha256(), 0
    try:
        with store.open(name) as reader:
            while chunk := reader.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except (KeyError, OSError):
        return None, 0
    return digest.digest(), size


def _repair(name: str, wanted: bytes, source: Store, target: Store, report: CheckReport) -> None:
    if _read_digest(source, name)[0] != wanted:
        report.lost.append(name)
        return
    _copy(name, source, target)
    report.repaired.append(name)


def _copy(name: str, source: Store, target: Store) -> None:
    with source.open(name) as reader:
        target.replace_stream(name, reader, 0, copied)
