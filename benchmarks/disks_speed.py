"""Disks beside par2, cp and sha256sum on the same bytes: fill, check, repair, gather.

"A plain copy" is `cp`, made durable by `sync`, as ours are: of as many bytes as we write (what the
issue means: the speed of writing), and, told beside it, of the packs alone, which are k of n of
those bytes. par2 gets the same bytes, the same parity (n - k of k) and blocks of the same size:
once as people use it, all packs in one set, and once three packs at a time, which is what a stripe
of ours protects. (Its work for a byte grows with the set, ours does not.) The best of three counts,
for par2 the only one: it takes minutes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from amana.core.seal import seal
from amana.core.unseal import Identity
from amana.disks.check import check
from amana.disks.fill import fill
from amana.disks.gather import gather
from amana.disks.repair import repair
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import create_kit
from amana.vault.store import Commit, SealedPack, Vault

MB = 1e6
PACK = 64 << 20
K, N = 3, 5


def main(packs: int = 12) -> None:
    with tempfile.TemporaryDirectory(prefix="amana-bench-") as name:
        root = Path(name)
        vault = make_vault(root, packs)
        files = sorted((vault.path / "originals").iterdir())
        size = sum(f.stat().st_size for f in files)
        print(f"{len(files)} packs, {size / MB:.0f} MB; any {K} of {N}; the best of three\n")
        ours = _ours(root, vault)
        _table(ours, _theirs(root / "all", files), _theirs(root / "threes", files[:K]))


def make_vault(root: Path, packs: int, size: int = PACK) -> Vault:
    """A vault of sealed random packs of `size` bytes."""
    identity = Identity.generate()
    card = ArchiveCard((identity.recipient,), Identity.generate().recipient)
    kit = create_kit(root / "kit", "source", "bench", card, "not a secret", work_factor=10)
    vault = Vault.create(root / "vault", kit)
    for _ in range(packs):
        data = seal(os.urandom(size), card.recipients)
        temporary = vault.path / "originals" / ".tmp-bench"
        temporary.write_bytes(data)
        pack = SealedPack(str(temporary), hashlib.sha256(data).hexdigest(), len(data))
        vault.commit(Commit([bytes(32)], [], None, pack))
    return vault


def _ours(root: Path, vault: Vault) -> dict[str, float]:
    disks = [root / "disks" / str(i) for i in range(1, N + 1)]
    result: dict[str, float] = {}

    def anew() -> None:
        for disk in disks:
            shutil.rmtree(disk, ignore_errors=True)
            disk.mkdir(parents=True)
        shutil.rmtree(vault.path / "sets", ignore_errors=True)
        subprocess.run(["sync"], check=True)

    seconds = _best(lambda: fill(vault, disks, any_k=K), anew)
    result["written"] = sum(f.stat().st_size for d in disks for f in d.rglob("*") if f.is_file())
    result["data"] = sum(f.stat().st_size for f in (vault.path / "originals").iterdir())
    result["fill"] = result["written"] / seconds
    result["fill data"] = result["data"] / seconds
    result["disk"] = sum(f.stat().st_size for f in disks[0].rglob("*") if f.is_file())
    result["check"] = result["disk"] / _best(lambda: check(disks[0]))
    result["check cold"] = result["disk"] / _best(lambda: check(disks[0]), _drop)

    def lose() -> None:
        shutil.rmtree(disks[0])
        disks[0].mkdir()
        subprocess.run(["sync"], check=True)

    seconds = _best(lambda: repair(disks[1:], anew=[(1, disks[0])]), lose)
    result["repair"] = result["disk"] / seconds
    out = root / "out"
    seconds = _best(lambda: gather(disks[2:], out), lambda: shutil.rmtree(out, ignore_errors=True))
    result["gather"] = result["data"] / seconds
    result["copy many"] = result["written"] / _copy(root, disks)
    result["copy data"] = result["data"] / _copy(root, [vault.path / "originals"])
    result["copy one"] = result["disk"] / _copy(root, disks[:1])
    probe = sorted(disks[0].rglob("*.age"))[0]
    bytes_ = probe.stat().st_size
    result["sha256sum"] = bytes_ / _best(lambda: _run("sha256sum", str(probe)))
    result["sha256sum cold"] = bytes_ / _best(lambda: _run("sha256sum", str(probe)), _drop)
    result["openssl"] = bytes_ / _best(lambda: _run("openssl", "dgst", "-sha256", str(probe)))
    return result


def _theirs(folder: Path, files: list[Path]) -> dict[str, float]:
    """par2 over `files` as one set."""
    folder.mkdir()
    for file in files:
        shutil.copy(file, folder / file.name)
    size = sum(f.stat().st_size for f in files)
    names = [f.name for f in files]
    redundancy = str(round(100 * (N - K) / K))
    started = time.perf_counter()
    options = ("-q", "-q", f"-r{redundancy}", "-s1048576")
    _run("par2", "create", *options, "set.par2", *names, cwd=folder)
    create = time.perf_counter() - started
    lost = folder / names[0]
    lost_size = lost.stat().st_size
    lost.unlink()
    started = time.perf_counter()
    _run("par2", "repair", "-q", "-q", "set.par2", cwd=folder)
    mend = time.perf_counter() - started
    return {"fill data": size / create, "repair": lost_size / mend}


def _copy(root: Path, folders: list[Path]) -> float:
    to = root / "copy"

    def run() -> None:
        to.mkdir()
        for folder in folders:
            _run("cp", "-r", str(folder), str(to))
            _run("sync", "-f", str(to))

    def before() -> None:
        shutil.rmtree(to, ignore_errors=True)
        _run("sync")

    return _best(run, before)


def _best(work: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    times = []
    for _ in range(3):
        before()
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def _run(*command: str, cwd: Path | None = None) -> None:
    subprocess.run(command, check=True, cwd=cwd, stdout=subprocess.DEVNULL)


def _drop() -> None:
    subprocess.run(["sync"], check=True)
    try:
        Path("/proc/sys/vm/drop_caches").write_text("1")
    except OSError:
        return  # not root: then both read from memory


def _table(ours: dict[str, float], whole: dict[str, float], threes: dict[str, float]) -> None:
    rows = [
        ("fill (bytes written)", ours["fill"], "cp + sync", ours["copy many"], 0.5),
        ("fill (bytes of packs)", ours["fill data"], "cp of the packs", ours["copy data"], 0),
        ("fill (bytes of packs)", ours["fill data"], "par2 create", whole["fill data"], 20),
        ("fill (bytes of packs)", ours["fill data"], "par2, in threes", threes["fill data"], 0),
        ("repair (bytes made again)", ours["repair"], "cp + sync", ours["copy one"], 0.5),
        ("repair (bytes made again)", ours["repair"], "par2 repair", whole["repair"], 20),
        ("repair (bytes made again)", ours["repair"], "par2, in threes", threes["repair"], 0),
        ("check", ours["check"], "sha256sum", ours["sha256sum"], 0.8),
        ("check, cold", ours["check cold"], "sha256sum, cold", ours["sha256sum cold"], 0.8),
        ("check", ours["check"], "openssl dgst", ours["openssl"], 0),
        ("gather, two disks lost", ours["gather"], "cp + sync", ours["copy many"], 0),
    ]
    print(f"{'':28}{'MB/s':>8}   {'':18}{'MB/s':>8}{'ratio':>8}{'reach':>8}")
    for what, own, other, reference, reach in rows:
        ratio = own / reference
        verdict = "" if not reach else ("ok" if ratio >= reach else "MISSED")
        print(
            f"{what:28}{own / MB:8.0f}   {other:18}{reference / MB:8.1f}{ratio:8.2f}"
            f"{reach or '':>8} {verdict}"
        )
