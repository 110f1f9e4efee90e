"""What the capture's benchmarks share: a vault, a stopwatch, the other tools."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from amana.core.unseal import Identity
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import Kit, create_kit

RECIPIENT = Identity.generate().recipient


@contextmanager
def workshop() -> Iterator[tuple[Path, Kit]]:
    """A folder that goes away, and a source's kit."""
    with tempfile.TemporaryDirectory(prefix="amana-bench-") as name:
        card = ArchiveCard((RECIPIENT,), RECIPIENT)
        kit = create_kit(
            Path(name) / "kit", "source", "bench", card, "only for a benchmark", work_factor=10
        )
        yield Path(name), kit


def timed(work: Callable[[], object]) -> float:
    os.sync()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@dataclass(frozen=True)
class Taken:
    """Seconds of a clock on the wall, and of all processors together."""

    wall: float
    cpu: float


def medians(rounds: int, works: dict[str, Callable[[], object]]) -> dict[str, Taken]:
    """Each in turn, `rounds` times, so that what disturbs one disturbs all; medians."""
    taken: dict[str, list[Taken]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            before = _cpu()
            wall = timed(work)
            taken[name].append(Taken(wall, _cpu() - before))
    return {name: _median(values) for name, values in taken.items()}


def _median(values: list[Taken]) -> Taken:
    walls, cpus = [v.wall for v in values], [v.cpu for v in values]
    return Taken(statistics.median(walls), statistics.median(cpus))


def _cpu() -> float:
    """Processor seconds of this process and of the children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def run(command: list[str], **environment: str) -> None:
    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )


def fresh(path: Path) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    return path
