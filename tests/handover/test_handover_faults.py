"""Each system call of either side broken twice: not done, and done but reported lost. After each,
both are in a known standing, and one more talk brings them to the same end."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from handover_cast import Cast, run_meeting

from amana.core.durable import Disk
from amana.errors import NoSpace
from amana.handover import custody
from amana.handover.hand import Hand
from amana.handover.machine import Standing


class BreakingDisk(Disk):
    """Fails at the `at`-th of its system calls, before or after doing it; and at all that follow,
    as a pulled stick does."""

    def __init__(self, at: int, *, done: bool) -> None:
        self.at, self.done, self.count = at, done, 0

    def _call(self, name: str, *arguments: Any) -> Any:
        self.count += 1
        real: Callable[..., Any] = getattr(Disk, name)
        if self.count == self.at and self.done:
            real(self, *arguments)
        if self.count >= self.at:
            raise OSError(errno.EIO, "broken on purpose")
        return real(self, *arguments)

    def create(self, path: Path) -> int:
        return int(self._call("create", path))

    def write(self, handle: int, data: bytes) -> None:
        self._call("write", handle, data)

    def sync(self, handle: int) -> None:
        self._call("sync", handle)

    def rename(self, old: Path, new: Path) -> None:
        self._call("rename", old, new)

    def sync_folder(self, folder: Path) -> None:
        self._call("sync_folder", folder)


def copies(hands: list[Hand], name: str) -> list[Hand]:
    """The two first hands as they are now, in folders of their own."""
    folders = [h.folder.with_name(name) for h in hands[:2]]
    for hand, folder in zip(hands, folders, strict=False):
        shutil.copytree(hand.folder, folder)
    return [Hand.open(f, h.kit) for h, f in zip(hands, folders, strict=False)]


def calls_of_a_meeting(hands: list[Hand]) -> tuple[int, int]:
    """How many system calls giver and taker make when all goes well."""
    first, middle = copies(hands, "count")
    first.disk, middle.disk = BreakingDisk(10**6, done=False), BreakingDisk(10**6, done=False)
    run_meeting(first, middle)
    return first.disk.count, middle.disk.count


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("done", [False, True])
def test_every_broken_call_leaves_a_known_state_that_heals(
    cast: Cast, side: int, done: bool
) -> None:
    made = cast.plan()
    fresh = cast.hands(made)
    total = calls_of_a_meeting(fresh)[side]
    assert total > 15
    for at in range(1, total + 1):
        hands = copies(fresh, f"card{at}")
        hands[side].disk = BreakingDisk(at, done=done)
        run_meeting(hands[0], hands[1])
        again = [Hand.open(h.folder, h.kit) for h in hands]
        standings = again[0].card.giving.standing, again[1].card.taking.standing
        if standings[0] is Standing.HANDED:
            assert standings[1] is Standing.HELD
        else:
            if standings[1] is Standing.HELD:
                assert standings[0] is Standing.COUNTERSIGNED
            run_meeting(again[0], again[1])
        again = [Hand.open(h.folder, h.kit) for h in hands]
        assert again[0].card.giving.standing is Standing.HANDED, at
        assert again[1].card.taking.standing is Standing.HELD, at
        assert again[1].card.give is not None, at
        chain = custody.verify(cast.receipts(again[0]), made.plan).chain
        assert chain == custody.verify(cast.receipts(again[1]), made.plan).chain, at
        assert chain[0].how_proved == "signed"
        assert not list(hands[side].folder.rglob(".tmp-*"))


def test_a_full_disk_is_said_and_nothing_is_lost(cast: Cast) -> None:
    class Full(Disk):
        def write(self, handle: int, data: bytes) -> None:
            raise OSError(errno.ENOSPC, "full")

    first, middle, _ = cast.hands(cast.plan())
    middle.disk = Full()
    _, taken = run_meeting(first, middle)
    assert isinstance(taken, NoSpace)
    assert Hand.open(middle.folder, middle.kit).card.take is not None
