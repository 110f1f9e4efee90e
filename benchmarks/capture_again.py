"""Capture of many small files, and once more with nothing new, beside restic."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

from amana.capture.options import Options
from amana.capture.session import capture
from amana.vault.store import Vault
from benchmarks.capture_bench import fresh, run, timed, workshop

FILES = 50_000


def write_small(folder: Path, count: int) -> None:
    """`count` files of one to four kilobytes, in folders of 500, no two alike."""
    rng = random.Random(1)
    for number in range(count):
        path = folder / f"{number // 500:04d}" / f"{number:06d}.dat"
        if number % 500 == 0:
            path.parent.mkdir(parents=True)
        path.write_bytes(rng.randbytes(rng.randrange(1000, 4000)))


def main() -> None:
    with workshop() as (folder, kit):
        files = folder / "files"
        write_small(files, FILES)
        vault = Vault.create(folder / "vault", kit)
        with vault:
            first = timed(lambda: capture([files], vault, Options()))
        with Vault.open(folder / "vault", locker=kit.locker) as again:
            second = timed(lambda: capture([files], again, Options()))
        rows = [("amana capture", first, second)]
        if shutil.which("restic"):
            rows.append(("restic backup", *restic(files, folder / "restic")))
        else:
            print("restic is missing: not compared with it")
    print(f"{FILES} files, {os.cpu_count()} cores")
    for name, one, two in rows:
        print(f"  {name:16} first {one:7.2f} s   again, nothing new {two:6.2f} s")
    if len(rows) == 2:
        first_ratio, again_ratio = rows[1][1] / rows[0][1], rows[1][2] / rows[0][2]
        print(f"  faster than restic: first {first_ratio:.1f} x, again {again_ratio:.1f} x")
        print("    (reach: again, faster)")


def restic(files: Path, repository: Path) -> tuple[float, float]:
    fresh(repository)
    where = {
        "RESTIC_REPOSITORY": str(repository),
        "RESTIC_PASSWORD": "only for a benchmark",
        "RESTIC_CACHE_DIR": str(repository.parent / "cache"),
    }
    run(["restic", "init"], **where)
    first = timed(lambda: run(["restic", "backup", "-q", str(files)], **where))
    return first, timed(lambda: run(["restic", "backup", "-q", str(files)], **where))


if __name__ == "__main__":
    main()
