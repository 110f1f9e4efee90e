"""A cable pulled, a disk full, a process killed: at every system call, lost or done and only
reported as failed. Afterwards the same command brings everything about."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from disks_cast import Carried, PulledCable, copy, gathered, pieces, snapshot

from amana.core.durable import TEMPORARY, Disk
from amana.disks.check import check
from amana.disks.fill import fill
from amana.disks.gather import gather
from amana.disks.layout import LABEL
from amana.disks.repair import repair
from amana.errors import AmanaError, NoSpace, WriteFailed

Make = Callable[..., Carried]


class Killed(BaseException):
    """The process ends here: nothing more is done, not even tidying up."""


class Kill(PulledCable):
    """`calls` system calls under `root` are done; at the next the process is dead, for good."""

    def _count(self, ours: bool, done: Callable[[], None] | None = None) -> None:
        if self.left <= 0:
            raise Killed
        self.left -= ours

    def remove(self, path: Path) -> None:
        if self.left > 0:  # the dead do not tidy up
            super().remove(path)


def _every(step: int) -> range:
    """Every call in the soak; elsewhere one in `step`, and each time another one of them."""
    if "AMANA_SOAK" in os.environ:
        return range(400)
    return range(random.randrange(step), 400, step)


@pytest.mark.usefixtures("small_numbers")
@pytest.mark.parametrize(
    ("code", "after"), [(errno.EIO, True), (errno.EIO, False), (errno.ENOSPC, False)]
)
def test_one_disk_fails_at_any_call_and_the_others_go_on(
    carried: Make, tmp_path: Path, code: int, after: bool
) -> None:
    for calls in _every(9):
        source = carried(3000, 9000, 500)
        disks = source.disks(3)
        disk_io = PulledCable(disks[1].resolve(), calls, code, after=after)
        report = fill(source.vault, disks, any_k=2, disk_io=disk_io)
        if disk_io.left >= 0:
            assert report.complete
            assert calls > 20
            return
        bad = report.disks[1]
        assert bad.failure or bad.full
        assert [d.failure for i, d in enumerate(report.disks) if i != 1] == ["", ""]
        gather([disks[0], disks[2]], tmp_path / f"out{calls}")
        assert gathered(tmp_path / f"out{calls}") == source.packs
        again = fill(source.vault, disks, any_k=2)
        assert again.complete
        assert check(disks[1]).complete
        assert not list(disks[1].rglob(TEMPORARY + "*"))
        source.vault.close()
    raise AssertionError("the fill never came to its end")


@pytest.mark.usefixtures("small_numbers")
def test_killed_at_any_call_and_started_again(carried: Make, tmp_path: Path) -> None:
    for calls in _every(9):
        source = carried(3000, 9000, 500)
        disks = source.disks(3)
        disk_io = Kill(source.folder.resolve(), calls)
        try:
            fill(source.vault, disks, any_k=2, disk_io=disk_io)
        except Killed:
            source.reopen()
            report = fill(source.vault, disks, any_k=2, of=3)
            assert report.complete
            assert [d.disk for d in report.disks] == [1, 2, 3]
            assert all(check(d).complete for d in disks)
            gather(disks[1:], tmp_path / f"out{calls}")
            assert gathered(tmp_path / f"out{calls}") == source.packs
            left = [p for p in source.folder.rglob(TEMPORARY + "*") if "disks" in p.parts]
            assert not left
            source.vault.close()
        else:
            assert calls > 60
            return
    raise AssertionError("the fill never came to its end")


@pytest.mark.usefixtures("small_numbers")
@pytest.mark.parametrize("after", [False, True])
def test_a_repair_that_fails_is_done_again(carried: Make, tmp_path: Path, after: bool) -> None:
    source = carried(3000, 9000, 500)
    disks = source.disks(3)
    fill(source.vault, disks, any_k=2)
    whole = snapshot(disks[0])
    for calls in _every(9):
        new = tmp_path / f"new{calls}"
        new.mkdir()
        disk_io = PulledCable(new, calls, after=after)
        report = repair(disks[1:], anew=[(1, new)], disk_io=disk_io)
        if disk_io.left >= 0:
            assert report.complete
            return
        assert not report.complete
        known = (new / LABEL).exists()
        finish = repair([*disks[1:], new]) if known else repair(disks[1:], anew=[(1, new)])
        assert finish.complete
        assert {**snapshot(new), LABEL: b""} == {**whole, LABEL: b""}
    raise AssertionError("the repair never came to its end")


def test_a_full_inbox_is_an_error_and_the_next_gather_goes_on(
    carried: Make, tmp_path: Path
) -> None:
    source = carried(400_000, 300_000, 200_000)
    disks = source.disks(3)
    fill(source.vault, disks, any_k=2)
    out = tmp_path / "out"
    with pytest.raises(NoSpace):
        gather(disks[1:], out, disk_io=PulledCable(out / "packs", 5, errno.ENOSPC))
    assert not list((out / "packs").glob(TEMPORARY + "*"))
    assert all(source.packs[name] == data for name, data in gathered(out).items())
    assert gather(disks[1:], out).complete
    assert gathered(out) == source.packs


def test_when_every_disk_fails_it_is_an_error(carried: Make) -> None:
    source = carried(1000)
    disks = source.disks(2)
    with pytest.raises(WriteFailed):
        fill(source.vault, disks, any_k=1, disk_io=PulledCable(disks[0].parent.resolve(), 0))


def test_a_vault_that_cannot_be_written_stops_the_fill(carried: Make) -> None:
    source = carried(1000)
    disks = source.disks(2)
    with pytest.raises(AmanaError):
        fill(source.vault, disks, any_k=1, disk_io=PulledCable(source.vault.path / "sets", 0))
    assert not any(pieces(d) for d in disks)


def test_a_cable_pulled_while_reading(carried: Make, tmp_path: Path) -> None:
    """A disk that is gone in the middle of a gather is the same as one that was never there."""
    from disks_cast import BadSectors

    source = carried(*[300_000] * 4)
    disks = source.disks(3)
    fill(source.vault, disks, any_k=2)
    gone = BadSectors([(p, 0) for p in pieces(disks[0])[1:]])
    found = gather(disks, tmp_path / "out", reader=gone)
    assert found.complete
    assert gathered(tmp_path / "out") == source.packs
    spare = copy(disks[0], tmp_path / "spare")
    assert gather([disks[0], spare, disks[1]], tmp_path / "again", reader=gone).complete


def test_writing_goes_through_the_one_door(carried: Make) -> None:
    """The tests above break `Disk`; nothing may write past it."""
    written: list[Path] = []

    class Watching(Disk):
        def create(self, path: Path) -> int:
            written.append(path)
            return super().create(path)

    source = carried(1000, 2000)
    disks = source.disks(2)
    fill(source.vault, disks, any_k=1, disk_io=Watching())
    assert len(written) >= sum(len(snapshot(d)) for d in disks) - 2  # but the index is appended to
