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


def medians(rounds: int, works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Each in turn, `rounds` times, so that what disturbs one disturbs all; medians in seconds."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(timed(work))
    return {name: statistics.median(values) for name, values in taken.items()}


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
