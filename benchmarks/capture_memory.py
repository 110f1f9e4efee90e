"""Memory of a capture, all its processes together, at 1,000, 10,000 and 100,000 files.

Proportional set size (what is shared is counted once), sampled twenty times a second: Linux only.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from amana.capture.options import Options
from amana.capture.session import capture
from amana.vault.store import Vault
from benchmarks.capture_again import write_small
from benchmarks.capture_bench import timed, workshop
from benchmarks.capture_photos import write_photographs

COUNTS = (1_000, 10_000, 100_000)


def _tree(root: int) -> list[int]:
    found, pending = [], [root]
    while pending:
        process = pending.pop()
        found.append(process)
        for task in Path(f"/proc/{process}/task").glob("*/children"):
            pending += [int(child) for child in task.read_text().split()]
    return found


def _pss(process: int) -> int:
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0


class Peak:
    """The highest sum of memory of this process and its children while the block runs."""

    def __init__(self) -> None:
        self.bytes = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            try:
                self.bytes = max(self.bytes, sum(map(_pss, _tree(os.getpid()))))
            except OSError:
                continue

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()


def measure(what: str, files: Path, vault: Path, kit: object) -> None:
    with Vault.create(vault, kit) as opened, Peak() as peak:  # type: ignore[arg-type]
        seconds = timed(lambda: capture([files], opened, Options()))
    with Vault.open(vault, locker=kit.locker) as opened, Peak() as again:  # type: ignore[attr-defined]
        capture([files], opened, Options())
    print(
        f"  {what:24}{peak.bytes / 2**20:7.0f} MiB   again {again.bytes / 2**20:5.0f} MiB"
        f"   {seconds:7.1f} s"
    )


def main() -> None:
    if not Path("/proc/self/smaps_rollup").exists():
        print("this system does not tell the memory of processes: not measured")
        return
    print("peak memory of all processes together   (reach: flat, at most 400 MiB)")
    for count in COUNTS:
        with workshop() as (folder, kit):
            write_small(folder / "files", count)
            measure(f"{count:,} small files", folder / "files", folder / "vault", kit)
    with workshop() as (folder, kit):
        write_photographs(folder / "files", {"12 MP": 120}, scenes=2)
        measure("120 photographs, 12 MP", folder / "files", folder / "vault", kit)
    with workshop() as (folder, kit):
        path = folder / "files" / "film.mp4"
        path.parent.mkdir()
        with path.open("wb") as stream:
            for _ in range(1024):
                stream.write(os.urandom(1 << 20))
        measure("one file of 1 GiB", folder / "files", folder / "vault", kit)


if __name__ == "__main__":
    main()
