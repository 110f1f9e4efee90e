"""Fingerprints by the thousand: what is read again when more are added, and what stays in memory.

python -m benchmarks reunite_prints      AMANA_PRINTS=100000 for more (39 KB of disk each)
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from amana.reunite.match import Matcher
from amana.reunite.picture import Fingerprint, fingerprint
from amana.reunite.prints import Prints
from benchmarks.reunite_natural import jpeg, render


def _resident() -> float:
    """The most this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _fill(prints: Prints, count: int, one: Fingerprint, rng: np.random.Generator) -> float:
    started = time.perf_counter()
    for _ in range(count):
        hashes = rng.integers(0, 256, (8, 32), dtype=np.uint8)
        crops = rng.integers(0, 256, (9, 32), dtype=np.uint8)
        found = replace(one, whole=replace(one.whole, hashes=hashes), crops=crops)
        prints.add(rng.bytes(32).hex(), found)
    return time.perf_counter() - started


def main() -> None:
    count = int(os.environ.get("AMANA_PRINTS", "20000"))
    one, rng = fingerprint(jpeg(render(1, 0))), np.random.default_rng(7)
    with tempfile.TemporaryDirectory(prefix="amana-bench-") as folder:
        with closing(Prints(Path(folder) / "prints.sqlite")) as prints:
            before = _resident()
            print(f"{count} added in {_fill(prints, count, one, rng):.1f} s", end="")
            print(f", memory +{_resident() - before:.0f} MB")
            started, before = time.perf_counter(), _resident()
            matcher = Matcher(prints)
            print(f"indexed in {time.perf_counter() - started:.2f} s", end="")
            held = matcher.index.memory
            print(f", memory +{_resident() - before:.0f} MB; the index itself {held / 1e6:.1f} MB")
            _fill(prints, count // 100, one, rng)
            started = time.perf_counter()
            more = matcher.refresh()
            print(f"{more} more taken up in {1000 * (time.perf_counter() - started):.0f} ms")
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        print(f"on disk {size / (count + more) / 1000:.1f} KB each")


if __name__ == "__main__":
    main()
