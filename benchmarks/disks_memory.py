"""Memory of a terabyte's set, by scaled runs: everything that is counted as in the large set, only
each block is 1 KiB instead of 1 MiB. So "100 GB" below has the packs, stripes, blocks, digests and
the index (byte for byte as long) of a set of 100 GB. What the blocks themselves take is the same
for every size and is added: two or three turns of n blocks of 1 MiB.

Each run is a process of its own; the figure is its largest resident memory.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import resource
import shutil
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from amana.core.durable import Disk
from amana.core.locker import Locker
from amana.core.unseal import Identity
from amana.disks import (
    buffers,
    check,
    encode,
    extend,
    fill,
    gather,
    identify,
    manifest,
    plan,
    repair,
    restore,
    verify,
)
from amana.vault.state import State
from amana.vault.store import Vault

K, N = 3, 5
PACK_BLOCKS = 64
STEPS = ("nothing", "fill", "check", "repair", "gather")


def main(gigabytes: tuple[int, ...] = (4, 16, 64)) -> None:
    print(f"{'size as if':>12}{'stripes':>10}{'index':>10}   largest resident memory, MiB")
    for size in gigabytes:
        with tempfile.TemporaryDirectory(prefix="amana-bench-") as name:
            root = Path(name)
            _make(root, size)
            found = {step: _run(root, step) for step in STEPS}
            index = (root / "1" / "index.dat").stat().st_size
            stripes = -(-size * 1000**3 // (PACK_BLOCKS << 20) // K)
        steps = ", ".join(f"{step} {found[step] / 1024:.0f}" for step in STEPS)
        print(f"{size:>9} GB{stripes:>10}{index / 1e6:>7.1f} MB   {steps}", flush=True)


def _make(root: Path, size: int) -> None:
    (root / "vault" / "originals").mkdir(parents=True)
    lines = []
    for number in range(1, size * 1000**3 // (PACK_BLOCKS << 20) + 1):
        data = hashlib.shake_256(str(number).encode()).digest(PACK_BLOCKS << 10)
        (root / "vault" / "originals" / f"{number:06d}.age").write_bytes(data)
        lines.append(f"{hashlib.sha256(data).hexdigest()}  originals/{number:06d}.age\n")
    (root / "vault" / "SHA256SUMS").write_text("".join(lines))
    for disk in range(1, N + 1):
        (root / str(disk)).mkdir()


def _vault(root: Path) -> Vault:
    """As much of a vault as a fill asks for, without the hour that so many commits take."""
    identity = Identity.generate()
    state = State.new(bytes(32), [identity.recipient])
    found = SimpleNamespace(
        path=root / "vault", locker=Locker(identity.text), signer=state.signer, state=state
    )
    return cast(Vault, found)


def _run(root: Path, step: str) -> int:
    """Largest resident memory (KiB) of `step`, done in a fresh process."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_step, args=(root, step, there))
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{step} failed")
    kib: int = here.recv()
    return kib


def _step(root: Path, step: str, answer: Connection) -> None:
    for module in (buffers, encode, gather, identify, manifest, plan, repair, restore, verify):
        module.__dict__["BLOCK"] = 1024
    extend.__dict__["COMMIT_EVERY"] //= 1024

    class Careless(Disk):
        """Memory is measured here, not the disk."""

        def sync(self, handle: int) -> None: ...

        def sync_folder(self, folder: Path) -> None: ...

    disks = [root / str(i) for i in range(1, N + 1)]
    if step == "fill":
        fill.fill(_vault(root), disks, any_k=K, disk_io=Careless())
    elif step == "check":
        check.check(disks[0])
    elif step == "repair":
        shutil.rmtree(disks[0])
        disks[0].mkdir()
        repair.repair(disks[1:], anew=[(1, disks[0])], disk_io=Careless())
    elif step == "gather":
        gather.gather(disks[2:], root / "out", disk_io=Careless())
    answer.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
