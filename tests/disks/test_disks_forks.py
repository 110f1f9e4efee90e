"""A vault that was put back from an older copy of itself, and the disks that know more than it; and
sets whose disks are copies of each other."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from disks_cast import Carried, copy, flip, gathered, pieces, snapshot

from amana.disks.check import check
from amana.disks.fill import fill
from amana.disks.gather import gather
from amana.disks.layout import INDEX, LABEL
from amana.disks.repair import repair
from amana.disks.status import status, vault_sets
from amana.errors import Damaged, NotOurs
from amana.vault.store import Vault

Make = Callable[..., Carried]


def _keep(source: Carried) -> Path:
    """A backup of the vault."""
    source.vault.close()
    kept = copy(source.vault.path, source.folder / "backup")
    source.reopen()
    return kept


def _put_back(source: Carried, kept: Path) -> None:
    source.vault.close()
    shutil.rmtree(source.vault.path)
    copy(kept, source.vault.path)
    source.vault = Vault.open(source.vault.path, locker=source.kit.locker)


def test_a_vault_from_a_backup_learns_from_its_disks(carried: Make, tmp_path: Path) -> None:
    source = carried(60_000, 50_000, 40_000)
    disks = source.disks(3)
    fill(source.vault, disks, any_k=2)
    kept = _keep(source)
    source.add(30_000, 20_000, 10_000)
    fill(source.vault, disks[:2], any_k=2)
    ahead = [snapshot(d) for d in disks[:2]]
    _put_back(source, kept)
    source.add(5_000)
    # Disk 3 is behind, and gets what this vault never knew from the two others.
    report = fill(source.vault, disks, any_k=2)
    assert report.complete
    assert report.packs == 1
    for disk, before in zip(disks, ahead, strict=False):
        now = snapshot(disk)
        assert {name: now[name] for name in before if name.startswith("0")} == {
            name: data for name, data in before.items() if name.startswith("0")
        }
    assert all(check(d).complete for d in disks)
    assert vault_sets(source.vault)[0].complete
    for pair in (disks[:2], disks[1:], disks[::2]):
        out = tmp_path / pair[0].name / pair[1].name
        assert gather(pair, out).complete
        assert gathered(out) == source.packs


@pytest.mark.usefixtures("small_numbers")
@pytest.mark.parametrize("earlier", [(3000,), (3000,) * 6])
def test_two_branches_of_a_set_are_not_mixed(
    carried: Make, tmp_path: Path, earlier: tuple[int, ...]
) -> None:
    """Whether they part within the first chunk of the index or later."""
    source = carried(*earlier)
    disks = source.disks(4)
    fill(source.vault, disks[:3], any_k=2, of=4)
    common = dict(source.packs)
    kept = _keep(source)
    source.add(2000, 1500, 1000)
    fill(source.vault, disks[:2], any_k=2)
    branch = dict(source.packs)
    _put_back(source, kept)
    source.packs = dict(common)
    source.add(1200)
    fill(source.vault, disks[2:], any_k=2)  # the vault does not know of the first branch
    before = [snapshot(d) for d in disks]
    for other in (disks[:1], [disks[2], disks[1]]):
        with pytest.raises(NotOurs, match="put back in time"):
            fill(source.vault, other, any_k=2)
    assert [snapshot(d) for d in disks] == before
    found = gather(disks, tmp_path / "all")
    assert found.forked == tuple(map(str, disks[2:]))
    assert found.complete
    assert gathered(tmp_path / "all") == branch
    # What the others carry is not lost: they are gathered by themselves.
    assert status(disks).forked == tuple(map(str, disks[2:]))
    assert gather(disks[2:], tmp_path / "others").complete
    assert gathered(tmp_path / "others") == source.packs
    # A repair leaves the other branch as it is.
    assert repair(disks).complete
    assert [snapshot(d) for d in disks] == before


def test_a_disk_that_is_only_behind_is_no_branch(carried: Make, tmp_path: Path) -> None:
    source = carried(3000, 3000, 3000)
    disks = source.disks(3)
    fill(source.vault, disks, any_k=2)
    source.add(2000)
    fill(source.vault, disks[:2], any_k=2)
    found = gather(disks, tmp_path / "out")
    assert (found.forked, found.behind) == ((), (3,))
    assert found.complete


def test_a_disk_that_knows_more_but_is_not_whole_is_left_alone(carried: Make) -> None:
    source = carried(3000)
    disks = source.disks(3)
    fill(source.vault, disks, any_k=2)
    kept = _keep(source)
    source.add(2000, 2000, 2000)
    fill(source.vault, disks, any_k=2)
    _put_back(source, kept)
    flip(disks[0] / INDEX, 700)
    before = snapshot(disks[0])
    with pytest.raises(Damaged, match="repair it first"):
        fill(source.vault, disks[:1], any_k=2)
    assert snapshot(disks[0]) == before
    # With a whole one beside it there is nothing to fear.
    assert repair(disks).complete
    assert fill(source.vault, disks[:1], any_k=2).stripes == 2 + 1


def test_disks_that_are_copies_of_each_other_keep_their_numbers(
    carried: Make, tmp_path: Path
) -> None:
    """Any 1 of 2: the pieces are alike, so only the label can tell them apart."""
    source = carried(300_000)
    disks = source.disks(2)
    fill(source.vault, disks, any_k=1)
    assert pieces(disks[0])[0].read_bytes() == pieces(disks[1])[0].read_bytes()
    for number, disk in enumerate(disks, 1):
        report = check(disk)
        assert (report.disk, report.complete, report.problems) == (number, True, ())
    assert status(disks).here == (1, 2)
    (disks[1] / LABEL).unlink()
    found = gather(disks, tmp_path / "out")
    assert (found.disks_used, found.complete) == ((1, 2), True)
    assert gathered(tmp_path / "out") == source.packs
    assert repair(disks).complete
    assert [check(d).disk for d in disks] == [1, 2]
