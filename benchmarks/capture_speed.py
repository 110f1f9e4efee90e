"""Capture against a careful pipeline of standard tools, and against what cannot be avoided.

The pipeline: sha256sum, vipsthumbnail, tar and age over groups of files, by xargs on all cores.
The unavoidable: scaled decode, the copy's encode, digest and seal, on all cores, nothing stored.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pyrage
from PIL import Image

from amana.capture.decode import fit
from amana.capture.options import Options
from amana.capture.session import capture
from amana.vault.store import Vault
from benchmarks.capture_bench import RECIPIENT, Taken, fresh, medians, workshop
from benchmarks.capture_photos import write_photographs

OURS, UNAVOIDABLE = "amana capture", "the unavoidable"
# How many files one run of the group script gets: one, so that what goes wrong with a file stays
# with that file, as a careful person would have it; and 25, which starts fewer programs.
PIPELINES = {"standard tools, file by file": 1, "standard tools, groups of 25": 25}
PIPELINE = r"""
set -eu
group=$(mktemp -d "$OUT/group.XXXXXX")
sha256sum "$@" > "$group/SHA256SUMS"
mkdir "$group/copies"
vipsthumbnail "$@" --size 480x480 -o "$group/copies/%s.jpg[Q=40,strip]" || true
tar -C "$group" -cf - SHA256SUMS copies | age -r "$RECIPIENT" -o "$group.copies.age"
tar -cf - "$@" 2>/dev/null | age -r "$RECIPIENT" -o "$group.originals.age"
sync -d "$group.copies.age" "$group.originals.age"
rm -r "$group"
"""


def pipeline(photos: Path, out: Path, group: int) -> None:
    fresh(out).mkdir()
    files = b"\0".join(os.fsencode(p) for p in sorted(photos.rglob("*.JPG")))
    cores = str(os.cpu_count())
    command = ["xargs", "-0", "-P", cores, "-n", str(group), "sh", "-c", PIPELINE, "pipeline"]
    environment = {**os.environ, "OUT": str(out), "RECIPIENT": RECIPIENT, "VIPS_CONCURRENCY": "1"}
    subprocess.run(
        command,
        input=files,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _unavoidable(path: str) -> int:
    data = Path(path).read_bytes()
    hashlib.sha256(data).digest()
    with Image.open(io.BytesIO(data)) as image:
        target = fit(*image.size, 480)
        image.draft("RGB", target)
        small = image.resize(target, Image.Resampling.HAMMING)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=40)
    return len(pyrage.encrypt(data, [pyrage.x25519.Recipient.from_str(RECIPIENT)]))


def unavoidable(photos: Path) -> None:
    files = sorted(str(p) for p in photos.rglob("*.JPG"))
    with ProcessPoolExecutor() as pool:
        sum(pool.map(_unavoidable, files, chunksize=8))


def ours(photos: Path, vault: Path, kit: object) -> None:
    with Vault.create(fresh(vault), kit) as opened:  # type: ignore[arg-type]
        report = capture([photos], opened, Options())
    assert report.copies == report.files
    assert not report.unreadable


def main(rounds: int = 3) -> None:
    counts = {"3 MP": 160, "12 MP": 150}
    with workshop() as (folder, kit):
        photos, out = folder / "photos", folder / "out"
        size = write_photographs(photos, counts)
        works: dict[str, Callable[[], object]] = {
            OURS: lambda: ours(photos, folder / "vault", kit),
            UNAVOIDABLE: lambda: unavoidable(photos),
        }
        if shutil.which("vipsthumbnail") and shutil.which("age"):
            works |= {name: partial(pipeline, photos, out, n) for name, n in PIPELINES.items()}
        else:
            print("vipsthumbnail or age is missing: not compared with the pipeline")
        taken = medians(rounds, works)
    tell(taken, sum(counts.values()), size, rounds)


def tell(taken: dict[str, Taken], files: int, size: int, rounds: int) -> None:
    print(f"{files} photographs, {size / 1e6:.0f} MB, {os.cpu_count()} cores, median of {rounds}")
    print(f"  {'':32}{'wall s':>8}{'cpu s':>8}{'files/s':>9}")
    for name, one in sorted(taken.items(), key=lambda pair: pair[1].wall):
        print(f"  {name:32}{one.wall:8.2f}{one.cpu:8.2f}{files / one.wall:9.0f}")
    mine, least = taken[OURS], taken[UNAVOIDABLE]
    print(
        f"  of the unavoidable's speed: {least.wall / mine.wall:.0%} by the wall,"
        f" {least.cpu / mine.cpu:.0%} by the processor   (reach: 80 %)"
    )
    for name in PIPELINES:
        if name in taken:
            other = taken[name]
            print(
                f"  faster than {name}: {other.wall / mine.wall:.2f} x by the wall,"
                f" {other.cpu / mine.cpu:.2f} x by the processor   (reach: 2.5 x;"
                f" the unavoidable alone: {other.wall / least.wall:.2f} x)"
            )


if __name__ == "__main__":
    main()
