"""Receiving against the ordinary tools over the same sealed packs, on all cores:

`age -d | tar x`, and `age` again over the same bytes; then `amana receive`, which also checks every
digest, seals each object on its own, and confines whoever reads the bytes.
"""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.unit.reunite_support import Source, new_archive

from amana.core.unseal import Identity
from amana.reunite.check import check
from amana.reunite.confined import examined_confined
from amana.reunite.inventory import inventory
from amana.reunite.open import examine_here, receive
from amana.vault.pack import COPIES, ORIGINALS

PACKS = int(os.environ.get("AMANA_PACKS", "10"))
PHOTOS, PHOTO, COPY = 20, 3_000_000, 14_000


def make(folder: Path, identity: Identity) -> Source:
    """Originals of 3 MB and copies of 14 kB; one pack of originals is some 60 MB."""
    source = Source(identity, folder / "inbox")
    for _ in range(PACKS):
        records = []
        for _ in range(PHOTOS):
            records.append(source.add(os.urandom(PHOTO), os.urandom(COPY)))
        source.pack(ORIGINALS, records)
        source.pack(COPIES, records)
        source.content.clear()
    source.checkpoint()
    return source


@dataclass(frozen=True)
class Cost:
    """Wall seconds, and seconds of processor of this process and of all that it started."""

    wall: float
    processor: float


def timed(work: Callable[[], object]) -> Cost:
    os.sync()
    before, started = _processor(), time.perf_counter()
    work()
    os.sync()
    return Cost(time.perf_counter() - started, _processor() - before)


def _processor() -> float:
    both = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both)


def tools(source: Source, key: Path, folder: Path) -> None:
    def one(pack: Path) -> None:
        out = folder / hashlib.sha256(pack.name.encode()).hexdigest()[:16]
        out.mkdir(parents=True)
        recipient = source.identity.recipient
        subprocess.run(f"age -d -i {key} {pack} | tar x -C {out}", shell=True, check=True)
        again = f"tar c -C {out} . | age -r {recipient} -o {out}.age"
        subprocess.run(again, shell=True, check=True)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, sorted((source.inbox / "packs").iterdir())))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, identity = Path(name), Identity.generate()
        source = make(folder, identity)
        key = folder / "key"
        key.write_text(identity.to_file("benchmark"))
        size = sum(p.stat().st_size for p in (source.inbox / "packs").iterdir())
        rates = {"age -d | tar x, and age again": timed(lambda: tools(source, key, folder / "t"))}
        for title, opener in (("in one process", examine_here), ("confined", examined_confined)):
            with new_archive(folder / title, identity, source) as archive:
                rates[f"amana receive, {title}"] = timed(
                    lambda a=archive, o=opener: receive(a, [source.inbox], examined=o)  # type: ignore[misc]
                )
                assert inventory(archive).counts["reunited"] == PACKS * PHOTOS
        base = next(iter(rates.values()))
        print(f"{size / 1e6:.0f} MB of sealed packs, {os.cpu_count()} cores")
        for title, cost in rates.items():
            print(
                f"{title:32} {size / cost.wall / 1e6:7.0f} MB/s  {base.wall / cost.wall:6.0%}"
                f"   processor {cost.processor:5.1f} s ({base.processor / cost.processor:4.0%})",
                flush=True,
            )
        with new_archive(folder / "scrub", identity, source) as archive:
            receive(archive, [source.inbox])
            report = None
            seconds = timed(lambda: check(archive)).wall
            report = check(archive)
            print(f"{'amana archive check':32} {report.bytes / seconds / 1e6:7.0f} MB/s")


if __name__ == "__main__":
    main()
