"""Disk sets from the first fill to the last gather, with everything that happens to disks."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from disks_cast import (
    BadSectors,
    Carried,
    Small,
    copy,
    flip,
    gathered,
    pieces,
    snapshot,
)

from amana.core.unseal import unseal
from amana.disks.check import check
from amana.disks.content import open_content
from amana.disks.fill import fill
from amana.disks.gather import gather
from amana.disks.join import Wish
from amana.disks.layout import BLOCK, LABEL, NOTE, NOTE_COPY
from amana.disks.repair import repair
from amana.disks.status import status, vault_sets
from amana.errors import NotOurs, NotProved, UsageProblem

MiB = 1 << 20
Make = Callable[..., Carried]


def test_any_three_of_five_give_back_every_pack(carried: Make, tmp_path: Path) -> None:
    source = carried(2 * MiB + 77, 900_000, 500_000, 400_000, 100_000, 7, 1)
    source.add(3000, series="copies")
    disks = source.disks(5)
    report = fill(source.vault, disks, any_k=3)
    assert report.complete
    assert report.packs == 8
    for number, three in enumerate(itertools.combinations(disks, 3)):
        out = tmp_path / f"out{number}"
        found = gather(three, out, vkey=report.vkey)
        assert found.complete
        assert gathered(out) == source.packs
        assert len(list((out / "checkpoints").iterdir())) == 1


def test_two_of_five_are_too_few_and_it_says_which_packs(carried: Make, tmp_path: Path) -> None:
    source = carried(*[300_000] * 6)
    disks = source.disks(5)
    fill(source.vault, disks, any_k=3)
    found = gather(disks[:2], tmp_path / "out")
    assert not found.complete
    got = gathered(tmp_path / "out")
    assert {x.pack for x in found.lost} == set(source.packs) - set(got)
    assert all(source.packs[name] == data for name, data in got.items())
    # Bring one more: only what was missing is done.
    again = gather([*disks[:2], disks[4]], tmp_path / "out")
    assert again.complete
    assert again.packs_before == len(got)
    assert gathered(tmp_path / "out") == source.packs


def test_data_packs_are_plain_age_files_that_age_opens(carried: Make, tmp_path: Path) -> None:
    source = carried(200_000, 150_000)
    disks = source.disks(3)
    fill(source.vault, disks, any_k=2)
    identity = tmp_path / "identity.txt"
    identity.write_text(source.archive.to_file("the archive's"))
    files = [p for disk in disks for p in pieces(disk) if p.suffix == ".age"]
    assert {p.read_bytes() for p in files} == set(source.packs.values())
    for path in files:
        opened = subprocess.run(
            ["age", "-d", "-i", identity, path], capture_output=True, check=True
        ).stdout
        assert len(opened) in (200_000, 150_000)


def test_one_disk_at_a_time_with_captures_between(carried: Make, tmp_path: Path) -> None:
    source = carried(500_000, 400_000)
    disks = source.disks(4)
    first = fill(source.vault, disks[:1], any_k=2, of=4)
    assert first.absent == (2, 3, 4)
    source.add(300_000)
    source.reopen()
    second = fill(source.vault, disks[1:2], any_k=2, of=4)
    assert second.set_id == first.set_id
    assert second.packs == 1
    third = fill(source.vault, disks[2:], any_k=2, of=4)
    # The first disk has not seen the last pack; it says so, and the others suffice.
    assert third.absent == (1,)
    (remembered,) = vault_sets(source.vault)
    assert not remembered.complete
    found = gather([disks[0], disks[3]], tmp_path / "few")
    assert found.behind == (1,)
    assert len(found.lost) == 1
    assert gather(disks[1:3], tmp_path / "out").complete
    assert gathered(tmp_path / "out") == source.packs
    assert fill(source.vault, disks[:1], any_k=2).complete
    assert vault_sets(source.vault)[0].complete


def test_filling_again_writes_nothing_twice(carried: Make) -> None:
    source = carried(500_000)
    disks = source.disks(3)
    fill(source.vault, disks, any_k=2)
    before = {p: p.stat().st_ino for d in disks for p in pieces(d)}
    again = fill(source.vault, disks, any_k=2)
    assert (again.packs, again.bytes) == (0, 0)
    assert before == {p: p.stat().st_ino for d in disks for p in pieces(d)}


def test_damage_on_every_disk_is_found_and_repaired(carried: Make, tmp_path: Path) -> None:
    source = carried(*[5 * BLOCK - 300] * 3)
    disks = source.disks(5)
    fill(source.vault, disks, any_k=3)
    whole = [snapshot(d) for d in disks]
    for block, disk in enumerate(disks):
        flip(pieces(disk)[0], block * BLOCK + 1234)
        report = check(disk)
        assert not report.ok
        assert [d.changed for d in report.damaged] == [((block, block),)]
    found = gather(disks, tmp_path / "out")
    assert found.complete
    assert gathered(tmp_path / "out") == source.packs
    assert found.blocks_repaired
    mended = repair(disks)
    assert mended.complete
    assert [d.blocks for d in mended.disks] == [1] * 5
    assert [snapshot(d) for d in disks] == whole


def test_a_lost_disk_is_made_again_without_keys(carried: Make, tmp_path: Path) -> None:
    source = carried(700_000, 600_000, 500_000, 400_000)
    disks = source.disks(5)
    fill(source.vault, disks, any_k=3)
    old = snapshot(disks[3])
    shutil.rmtree(disks[3])
    disks[3].mkdir()
    source.vault.close()
    report = repair([disks[0], disks[1], disks[4]], anew=[(4, disks[3])])
    assert report.complete
    new = snapshot(disks[3])
    assert {**new, LABEL: b""} == {**old, LABEL: b""}
    assert check(disks[3]).complete
    assert gather([disks[3], disks[0], disks[2]], tmp_path / "out").complete
    assert gathered(tmp_path / "out") == source.packs


def test_the_vault_makes_a_lost_disk_again_alone(carried: Make) -> None:
    source = carried(700_000, 600_000)
    disks = source.disks(4)
    fill(source.vault, disks[:3], any_k=2)
    with pytest.raises(UsageProblem):
        fill(source.vault, disks[3:], any_k=2, of=3, wish=Wish(continues=9))
    report = fill(source.vault, disks[3:], any_k=2, of=3, wish=Wish(lost=(2,)))
    assert report.complete
    assert report.disks[0].disk == 2
    first, second = snapshot(disks[1]), snapshot(disks[3])
    assert {**first, LABEL: b""} == {**second, LABEL: b""}


def test_a_disk_that_fills_up_is_continued_by_another(carried: Make, tmp_path: Path) -> None:
    source = carried(*[400_000] * 8)
    disks = source.disks(4)
    small = Small({disks[1].resolve(): (8 << 20) + 1_200_000})
    report = fill(source.vault, disks[:3], any_k=2, reader=small)
    (full,) = [d for d in report.disks if d.full]
    assert (full.disk, full.held < full.stripes) == (2, True)
    assert report.absent == (2,)
    assert check(disks[1]).ok
    assert not check(disks[1]).complete
    more = fill(source.vault, disks[3:], any_k=2, of=3, wish=Wish(continues=2))
    assert more.complete
    both = {p.name for p in pieces(disks[1])}, {p.name for p in pieces(disks[3])}
    assert not both[0] & both[1]
    assert gather([disks[1], disks[3], disks[2]], tmp_path / "out").complete
    assert gathered(tmp_path / "out") == source.packs


def test_sectors_that_cannot_be_read(carried: Make, tmp_path: Path) -> None:
    source = carried(3 * BLOCK, 3 * BLOCK)
    disks = source.disks(3)
    fill(source.vault, disks, any_k=2)
    bad = BadSectors([(pieces(disks[0])[0], BLOCK + 5), (pieces(disks[1])[0], 17)])
    report = check(disks[0], reader=bad)
    assert [d.unreadable for d in report.damaged] == [((1, 1),)]
    found = gather(disks, tmp_path / "out", reader=bad)
    assert found.complete
    assert gathered(tmp_path / "out") == source.packs
    assert not check(disks[0]).damaged


def test_a_disk_of_another_set_is_put_aside(carried: Make, tmp_path: Path) -> None:
    ours, other = carried(300_000, seed=1), carried(300_000, seed=2)
    disks, strange = ours.disks(3), other.disks(3)
    report = fill(ours.vault, disks, any_k=2)
    foreign = fill(other.vault, strange, any_k=2)
    found = gather([disks[0], strange[1], disks[2]], tmp_path / "out")
    assert found.foreign == (str(strange[1]),)
    assert gathered(tmp_path / "out") == ours.packs
    with pytest.raises(UsageProblem):
        gather([disks[0], strange[0]], tmp_path / "two")
    assert gather([disks[0], strange[0], disks[1]], tmp_path / "named", set_id=report.set_id)
    with pytest.raises(NotProved):
        check(disks[0], foreign.vkey)
    with pytest.raises(NotOurs):
        fill(ours.vault, [strange[0]], any_k=2)
    with pytest.raises(UsageProblem):
        fill(ours.vault, [disks[0], strange[0]], any_k=2)


def test_the_same_disk_twice_counts_once(carried: Make, tmp_path: Path) -> None:
    source = carried(*[300_000] * 4)
    disks = source.disks(3)
    fill(source.vault, disks, any_k=2)
    link = tmp_path / "link"
    link.symlink_to(disks[0])
    found = gather([disks[0], link, disks[0]], tmp_path / "out")
    assert found.disks_used == (1,)
    assert len(found.twice) == 2
    assert not found.complete
    spare = copy(disks[0], tmp_path / "copy")
    assert gather([disks[0], spare], tmp_path / "out").twice == (str(spare),)
    assert not status([disks[0], spare]).enough
    with pytest.raises(UsageProblem):
        fill(source.vault, [disks[0], spare], any_k=2)


def test_notes_labels_and_index_heal_too(carried: Make, tmp_path: Path) -> None:
    source = carried(*[200_000] * 5)
    disks = source.disks(3)
    fill(source.vault, disks, any_k=2)
    whole = [snapshot(d) for d in disks]
    (disks[0] / NOTE).write_bytes(b"")
    (disks[0] / NOTE_COPY).unlink()
    (disks[1] / LABEL).write_text("{}")
    for number, disk in enumerate(disks):
        flip(disk / "index.dat", 100 + 300 * number)
    flip(disks[2] / NOTE, 200)
    # Alone, the first disk cannot prove itself; its note is on the others.
    with pytest.raises(NotProved):
        check(disks[0])
    assert gather(disks, tmp_path / "out").complete
    assert gathered(tmp_path / "out") == source.packs
    assert repair(disks).complete
    mended = [snapshot(d) for d in disks]
    assert [{**m, LABEL: b""} for m in mended] == [{**w, LABEL: b""} for w in whole]
    assert all(check(d).complete for d in disks)


def test_a_forged_disk_is_refused(carried: Make, tmp_path: Path) -> None:
    source = carried(300_000)
    disks = source.disks(3)
    fill(source.vault, disks, any_k=2)
    for name in (NOTE, NOTE_COPY):
        note = (disks[0] / name).read_bytes()
        (disks[0] / name).write_bytes(note.replace(b'"stripes":1', b'"stripes":9'))
    with pytest.raises(NotProved):
        check(disks[0])
    # A label that lies does no harm: what lies there decides.
    label = (disks[1] / LABEL).read_bytes()
    (disks[1] / LABEL).write_bytes(label.replace(b'"disk":2', b'"disk":3'))
    assert check(disks[1]).disk == 2
    assert gather(disks, tmp_path / "out").disks_used == (1, 2, 3)


def test_the_archive_learns_which_vault_it_was(carried: Make, tmp_path: Path) -> None:
    source = carried(100_000)
    disks = source.disks(2)
    report = fill(source.vault, disks, any_k=1)
    gather(disks[:1], tmp_path / "out")
    (sealed,) = (tmp_path / "out" / "sets").iterdir()
    opened = unseal(sealed.read_bytes(), [source.archive], "content")
    verifier = source.kit.public.verifier(source.vault.signer.name)
    content = open_content(opened, verifier)
    assert (content.vkey, content.origin) == (report.vkey, source.vault.signer.name)


def test_a_pack_that_rotted_in_the_vault_is_left_out(carried: Make, tmp_path: Path) -> None:
    source = carried(300_000, 200_000, 100_000)
    disks = source.disks(3)
    rotten = sorted((source.vault.path / "originals").iterdir())[1]
    flip(rotten, 5000)
    report = fill(source.vault, disks, any_k=2)
    assert [reason for _, reason in report.unfit] == ["its digest is not the one in SHA256SUMS"]
    assert report.packs == 2
    flip(rotten, 5000)
    assert fill(source.vault, disks, any_k=2).complete
    gather(disks[1:], tmp_path / "out")
    assert gathered(tmp_path / "out") == source.packs


def test_packs_that_rotted_do_not_hold_up_those_behind_them(carried: Make, tmp_path: Path) -> None:
    """Several stripes are under way when it shows; theirs are other numbers then."""
    source = carried(*[300_000 - 10_000 * i for i in range(12)], 2 * BLOCK, 40)
    disks = source.disks(4)
    files = sorted((source.vault.path / "originals").iterdir())
    for rotten in (files[0], files[5], files[12], files[13]):
        flip(rotten, rotten.stat().st_size // 2)
    files[7].unlink()
    report = fill(source.vault, disks, any_k=2)
    assert (len(report.unfit), report.packs, report.stripes) == (5, 9, 5)
    for disk in disks:
        assert check(disk).complete
        assert len(pieces(disk)) <= report.stripes
    gather(disks[2:], tmp_path / "out")
    good = {name: data for name, data in source.packs.items() if name not in dict(report.unfit)}
    assert gathered(tmp_path / "out") == good


def test_a_short_piece_beside_a_long_one_is_made_again(carried: Make) -> None:
    source = carried(3 * BLOCK, 500)
    disks = source.disks(3)
    fill(source.vault, disks, any_k=2)
    whole = [snapshot(d) for d in disks]
    short = next(p for d in disks for p in pieces(d) if p.stat().st_size < BLOCK)
    short.unlink()
    mended = repair(disks)
    assert mended.complete
    assert [d.path for d in mended.damaged] == [str(short)]
    assert [snapshot(d) for d in disks] == whole
