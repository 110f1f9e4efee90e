"""Real file systems on images: FAT32, exFAT, and btrfs for read errors that are the kernel's own
(a block whose checksum does not match is an input/output error there, as on a dying disk)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from disks_cast import Carried, gathered, pieces

from amana.disks.check import check
from amana.disks.fill import fill
from amana.disks.gather import gather
from amana.disks.layout import BLOCK
from amana.disks.repair import repair

Make = Callable[..., Carried]
pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting an image needs root"
)


def _run(*command: object) -> str:
    done = subprocess.run(
        [str(c) for c in command], capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        pytest.skip(f"this machine cannot {command[0]}: {done.stderr.strip()[:200]}")
    return done.stdout


def _needs(*programs: str) -> None:
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [p for p in programs if not shutil.which(p, path=path)]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


@contextmanager
def mounted(kind: str, image: Path, folder: Path, size: int) -> Iterator[Path]:
    folder.mkdir(exist_ok=True)
    fresh = not image.exists()
    if fresh:
        with image.open("wb") as stream:
            stream.truncate(size)
    device = ""
    if kind == "fat":
        _needs("fusefat", "mkfs.vfat")
        if fresh:
            _run("mkfs.vfat", "-F", "32", image)
        _run("fusefat", "-o", "rw+", image, folder)
    elif kind == "exfat":
        _needs("mount.exfat-fuse", "mkfs.exfat")
        if fresh:
            _run("mkfs.exfat", image)
        device = _run("losetup", "-f", "--show", image).strip()
        _run("mount.exfat-fuse", device, folder)
    else:
        _needs("mkfs.btrfs")
        if fresh:
            _run("mkfs.btrfs", "-q", "-m", "single", image)
        _run("mount", "-o", "loop", image, folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=False, timeout=60)
        if device:
            subprocess.run(["losetup", "-d", device], check=False, timeout=60)


@pytest.mark.parametrize("kind", ["fat", "exfat"])
def test_a_set_on_disks_as_they_are_sold(carried: Make, tmp_path: Path, kind: str) -> None:
    source = carried(2 * BLOCK + 5, 900_000, 300_000)
    disks = source.disks(3)
    image, folder = tmp_path / "disk.img", tmp_path / "mnt"
    with mounted(kind, image, folder, 80 << 20):
        report = fill(source.vault, [disks[0], folder, disks[2]], any_k=2)
        assert report.complete, [(d.failure, d.full, d.held) for d in report.disks]
    with mounted(kind, image, folder, 80 << 20):
        assert check(folder, report.vkey).complete
        names = list(folder.rglob("*"))
        assert [p for p in names if len(p.stem) > 8 or len(p.suffix) > 4] == []
        found = gather([folder, disks[2]], tmp_path / "out")
        assert found.complete
        assert gathered(tmp_path / "out") == source.packs
        source.add(50_000)
        assert fill(source.vault, [disks[0], folder, disks[2]], any_k=2).complete


def test_a_full_fat_disk_is_continued(carried: Make, tmp_path: Path) -> None:
    from amana.disks.join import Wish

    source = carried(*[9_000_000] * 8)
    disks = source.disks(3)
    image, folder = tmp_path / "disk.img", tmp_path / "mnt"
    with mounted("exfat", image, folder, 24 << 20):
        report = fill(source.vault, [folder, *disks[:2]], any_k=2)
        assert report.disks[0].full
        assert 0 < report.disks[0].held < report.stripes
        more = fill(source.vault, disks[2:], any_k=2, of=3, wish=Wish(continues=1))
        assert more.complete
        assert gather([folder, disks[2], disks[0]], tmp_path / "out").complete
        assert gathered(tmp_path / "out") == source.packs


def test_sectors_that_the_kernel_cannot_read(carried: Make, tmp_path: Path) -> None:
    source = carried(6 * BLOCK, 6 * BLOCK)
    disks = source.disks(3)
    image, folder = tmp_path / "disk.img", tmp_path / "mnt"
    with mounted("btrfs", image, folder, 160 << 20):
        fill(source.vault, [folder, *disks[1:]], any_k=2)
        (piece,) = pieces(folder)
        data = piece.read_bytes()
    raw = bytearray(image.read_bytes())
    for block in (1, 4):
        at = raw.find(data[block * BLOCK + 8192 : block * BLOCK + 12288])
        assert at > 0
        raw[at] ^= 0xFF
    image.write_bytes(raw)
    with mounted("btrfs", image, folder, 160 << 20):
        with pytest.raises(OSError, match="Input/output error"):
            (folder / piece.relative_to(folder)).read_bytes()
        report = check(folder)
        assert [d.unreadable for d in report.damaged] == [((1, 1), (4, 4))]
        found = gather([folder, disks[2]], tmp_path / "out")
        assert len(found.lost) <= 1  # two disks of three, and one of them is bad in two places
        assert gather([folder, *disks[1:]], tmp_path / "out").complete
        assert gathered(tmp_path / "out") == source.packs
        assert repair([folder, *disks[1:]]).complete
        assert check(folder).complete
        assert piece.read_bytes() == data
