"""For random n, k, packs and damage: every pack that has k good blocks at each offset comes back,
byte for byte, and of the others it is said exactly which they are."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from disks_cast import Carried, flip, gathered, new_carried, pieces, snapshot
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from amana.disks import layout, restore  # noqa: F401 - loaded before its numbers are made small
from amana.disks.check import check
from amana.disks.fill import fill
from amana.disks.gather import gather
from amana.disks.layout import position_of
from amana.disks.manifest import Stripe
from amana.disks.media import open_set, read_stripes
from amana.disks.plan import cut
from amana.disks.reading import Reader
from amana.disks.repair import repair


@dataclass(frozen=True)
class Case:
    k: int
    n: int
    sizes: list[int]
    later: list[int]
    lost: list[int]
    flips: int
    cuts: int
    seed: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """k and n are Hypothesis's to choose and to shrink; sizes and damage are spread evenly, because
    what Hypothesis likes best, the smallest, is the least interesting here."""
    n = draw(st.sampled_from((5, 4, 3, 7, 6, 2, 1)))
    seed = draw(st.integers(0, 2**32))
    rng = random.Random(seed)
    k = draw(st.integers(1, n))

    def sizes(least: int, most: int) -> list[int]:
        return [
            rng.choice((rng.randrange(900), rng.randrange(30_000)))
            for _ in range(rng.randint(least, most))
        ]

    return Case(
        k=k,
        n=n,
        sizes=sizes(1, 6),
        later=sizes(0, 2),
        lost=rng.sample(range(1, n + 1), rng.choice((0, 0, (n - k) // 2, min(n - 1, n - k + 1)))),
        flips=rng.choice((0, 0, 4, 40)),
        cuts=rng.randint(0, 3),
        seed=seed,
    )


@pytest.mark.usefixtures("small_numbers")
@settings(
    suppress_health_check=list(HealthCheck), max_examples=int(os.environ.get("AMANA_SOAK", "50"))
)
@given(cases())
@example(Case(2, 3, [696, 10770], [24364, 227], [], flips=40, cuts=2, seed=6099))
def test_what_k_blocks_allow_comes_back_and_the_rest_is_named(case: Case) -> None:
    with tempfile.TemporaryDirectory() as name:
        source = new_carried(Path(name) / "source", case.sizes, case.seed)
        try:
            _run(source, case, Path(name))
        finally:
            source.vault.close()


def test_no_piece_is_too_large_for_fat32() -> None:
    assert layout.PIECE <= (1 << 32) - 1
    parts = cut(Path("pack"), "00" * 32, 5 << 30)
    assert [(p.at, p.size) for p in parts] == [(i << 30, 1 << 30) for i in range(5)]


def _run(source: Carried, case: Case, root: Path) -> None:
    disks = source.disks(case.n)
    assert fill(source.vault, disks, any_k=case.k).complete
    if case.later:
        source.add(*case.later)
        assert fill(source.vault, disks, any_k=case.k).complete
    whole = [snapshot(d) for d in disks]
    # Packs may be larger than a file on FAT32 may be (4 GiB - 1); what lies on a disk is not.
    assert all(p.stat().st_size <= layout.PIECE for disk in disks for p in pieces(disk))
    here = {d: path for d, path in enumerate(disks, 1) if d not in case.lost}
    for number in case.lost:
        shutil.rmtree(disks[number - 1])
    _damage(list(here.values()), case)
    stripes = list(_stripes(next(iter(here.values()))))
    expected = {p for s in stripes for p in _lost(s, case, here)}
    hopeless = {p for s in stripes for p in _lost(s, case, here, whole)}
    out = root / "out"
    report = gather(list(here.values()), out)
    # Every byte that the rule promises; what it does not promise is named, unless more came back.
    lost = {lost.pack for lost in report.lost}
    assert hopeless <= lost <= expected
    got = gathered(out)
    assert set(got) == set(source.packs) - lost
    assert all(source.packs[name] == data for name, data in got.items())
    mended = repair(list(here.values()))
    if not expected:
        assert mended.complete
        for number, disk in here.items():
            assert snapshot(disk) == whole[number - 1]
            assert check(disk).complete
    again = gather(list(here.values()), root / "again")
    assert gathered(root / "again").items() >= got.items()
    assert hopeless <= {found.pack for found in again.lost} <= lost


def _damage(disks: list[Path], case: Case) -> None:
    rng = random.Random(case.seed)
    files = [p for d in disks for p in pieces(d) if p.stat().st_size]
    for _ in range(case.flips if files else 0):
        path = rng.choice(files)
        flip(path, rng.randrange(path.stat().st_size), 1 << rng.randrange(8))
    for _ in range(case.cuts if files else 0):
        path = rng.choice(files)
        if rng.random() < 0.5:
            path.unlink()
            files.remove(path)
        else:
            with path.open("r+b") as stream:
                stream.truncate(rng.randrange(1, path.stat().st_size + 1))
        if not files:
            return


def _stripes(disk: Path) -> list[Stripe]:
    reader = Reader()
    found = open_set([disk], reader)
    return list(read_stripes(found.head, found.media, reader))


def _lost(
    stripe: Stripe, case: Case, here: dict[int, Path], truth: list[dict[str, bytes]] | None = None
) -> set[str]:
    """The packs of `stripe` that the rule says are lost, judged by the files alone: those without
    k good blocks at an offset.

    With the `truth` (what was on each disk), only those that nothing could bring back: a bad byte
    of a long block does not harm a short block that ends before it, and then more may come back
    than the rule promises.
    """
    block_size, lost = layout.BLOCK, set()
    disks = {position_of(d, stripe.number, case.n): d for d in range(1, case.n + 1)}
    for block in range(-(-stripe.size // block_size)):
        start = block * block_size
        for wanted, piece in enumerate(stripe.pieces[: case.k]):
            good = set()
            for position, other in enumerate(stripe.pieces):
                name = stripe.name(position)
                path = here.get(disks[position], Path("/nowhere")) / name
                data = path.read_bytes()[start : start + block_size] if path.exists() else None
                if start >= other.size:
                    good.add(position)
                elif data is not None and truth is not None:
                    end = min(other.length(block), piece.length(block))
                    true = truth[disks[position] - 1][name][start : start + end]
                    if data[:end] == true:
                        good.add(position)
                elif data is not None:
                    data = data[: other.length(block)]
                    if hashlib.sha256(data).digest() == other.digest(block):
                        good.add(position)
            if wanted not in good and len(good) < case.k:
                lost.add(piece.pack)
    return lost
