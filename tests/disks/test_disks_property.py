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
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amana.disks import layout, restore  # noqa: F401 - loaded before its numbers are made small
from amana.disks.check import check
from amana.disks.fill import fill
from amana.disks.gather import gather
from amana.disks.layout import position_of
from amana.disks.manifest import Stripe
from amana.disks.media import open_set, read_stripes
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
def test_what_k_blocks_allow_comes_back_and_the_rest_is_named(case: Case) -> None:
    with tempfile.TemporaryDirectory() as name:
        source = new_carried(Path(name) / "source", case.sizes, case.seed)
        try:
            _run(source, case, Path(name))
        finally:
            source.vault.close()


def _run(source: Carried, case: Case, root: Path) -> None:
    disks = source.disks(case.n)
    assert fill(source.vault, disks, any_k=case.k).complete
    if case.later:
        source.add(*case.later)
        assert fill(source.vault, disks, any_k=case.k).complete
    whole = [snapshot(d) for d in disks]
    here = {d: path for d, path in enumerate(disks, 1) if d not in case.lost}
    for number in case.lost:
        shutil.rmtree(disks[number - 1])
    _damage(list(here.values()), case)
    stripes = list(_stripes(next(iter(here.values()))))
    expected = {p for s in stripes for p in _lost(s, case, here)}
    out = root / "out"
    report = gather(list(here.values()), out)
    assert {lost.pack for lost in report.lost} == expected
    got = gathered(out)
    assert set(got) == set(source.packs) - expected
    assert all(source.packs[name] == data for name, data in got.items())
    mended = repair(list(here.values()))
    if not expected:
        assert mended.complete
        for number, disk in here.items():
            assert snapshot(disk) == whole[number - 1]
            assert check(disk).complete
    again = gather(list(here.values()), root / "again")
    assert gathered(root / "again") == got
    assert {lost.pack for lost in again.lost} == expected


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


def _lost(stripe: Stripe, case: Case, here: dict[int, Path]) -> set[str]:
    """The packs of `stripe` that the rule says are lost, judged by the files alone."""
    block_size, lost = layout.BLOCK, set()
    disks = {position_of(d, stripe.number, case.n): d for d in range(1, case.n + 1)}
    for block in range(-(-stripe.size // block_size)):
        good = set()
        for position, piece in enumerate(stripe.pieces):
            start, end = block * block_size, min(piece.size, (block + 1) * block_size)
            path = here.get(disks[position], Path("/nowhere")) / stripe.name(position)
            data = path.read_bytes()[start:end] if path.exists() else None
            if start >= piece.size or (
                data is not None
                and hashlib.sha256(data).digest() == piece.blocks[32 * block :][:32]
            ):
                good.add(position)
        if len(good) < case.k:
            lost |= {p.pack for i, p in enumerate(stripe.pieces[: case.k]) if i not in good}
    return lost
