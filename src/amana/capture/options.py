"""What a capture can be asked to do. Picklable: workers get it, too."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from amana.errors import UsageProblem

COPY_FORMATS = ("jpeg", "webp", "avif")
ORDERS = ("newest", "path", "given")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Options:
    """`workers`: processes; 0 works in this one. `copy_size`: the longer side of a copy in pixels.
    `batch_bytes`, `batch_files`: what one pack holds at most; a larger file has its own.
    `time_limit`: seconds after which no new batch is begun; then copies of everything come first.
    `order`: newest first, by path, or as the sources were given. `since`: only files changed at
    or after this time (nanoseconds since 1970). `again`: read files that were seen before, too."""

    workers: int = field(default_factory=_cores)
    copy_format: str = "jpeg"
    copy_size: int = 480
    batch_bytes: int = 64 << 20
    batch_files: int = 512
    coarse_time: bool = False
    originals: bool = True
    time_limit: float | None = None
    order: str = "path"
    since: int | None = None
    again: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.copy_format not in COPY_FORMATS:
            raise UsageProblem(what=f"copies can be {', '.join(COPY_FORMATS)}")
        if self.order not in ORDERS:
            raise UsageProblem(what=f"the order can be {', '.join(ORDERS)}")
        if not 16 <= self.copy_size <= 4096:
            raise UsageProblem(what="copies can be from 16 to 4096 pixels")
        if self.workers < 0 or self.batch_bytes < 1 or not 1 <= self.batch_files <= 4096:
            raise UsageProblem(what="a number of workers or the size of a batch is out of range")
