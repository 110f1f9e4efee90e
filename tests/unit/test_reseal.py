"""After a rotation the store is sealed again: with a crash in between, and to hybrid keys, too."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from tests.unit.reunite_support import Source, card_of, new_archive
from tests.unit.reunite_support import receive_here as receive

from amana.core.durable import Disk
from amana.core.unseal import Identity, unseal
from amana.errors import AmanaError, CannotOpen
from amana.reunite.archive import Archive
from amana.reunite.check import check
from amana.reunite.inventory import inventory
from amana.reunite.reseal import reseal_store


@pytest.fixture
def filled(tmp_path: Path) -> tuple[Path, Identity]:
    old = Identity.generate()
    source = Source(old, tmp_path / "inbox")
    source.both(source.many(6))
    source.checkpoint()
    with new_archive(tmp_path / "archive", old, source) as archive:
        receive(archive, [source.inbox])
    return tmp_path / "archive", old


def _objects(folder: Path) -> list[Path]:
    return [p for name in ("objects", "records") for p in (folder / name).rglob("*") if p.is_file()]


@pytest.mark.parametrize("hybrid", [False, True], ids=["classical", "hybrid"])
def test_everything_opens_with_the_new_key_only(
    filled: tuple[Path, Identity], hybrid: bool
) -> None:
    folder, old = filled
    new = Identity.generate(hybrid=hybrid)
    (folder / "archive.json").write_bytes(card_of(new).to_bytes())
    count = len(_objects(folder))
    assert count >= 12
    assert reseal_store(folder, old, new) == count
    for path in _objects(folder):
        unseal(path.read_bytes(), [new], "object")
        with pytest.raises(CannotOpen):
            unseal(path.read_bytes(), [old], "object")
    with Archive.open(folder, new) as archive:
        assert check(archive).whole, "the catalogue knows the new digests"
        assert inventory(archive).counts["reunited"] == 6
    assert reseal_store(folder, old, new) == 0, "what is done is not done again"


@pytest.mark.parametrize("at", [1, 2, 5, 9, 14])
def test_it_goes_on_after_a_crash(filled: tuple[Path, Identity], at: int) -> None:
    folder, old = filled
    new = Identity.generate()
    (folder / "archive.json").write_bytes(card_of(new).to_bytes())

    class Broken(Disk):
        left = at

        def rename(self, source: Path, target: Path) -> None:
            self.left -= 1
            if self.left == 0:
                raise OSError(errno.EIO, "broken on purpose")
            super().rename(source, target)

    try:
        reseal_store(folder, old, new, disk=Broken())
    except (AmanaError, OSError):
        assert at <= len(_objects(folder)) + 1
    reseal_store(folder, old, new)
    with Archive.open(folder, new) as archive:
        assert check(archive).whole
        assert inventory(archive).counts["reunited"] == 6


def test_a_damaged_object_is_not_replaced(filled: tuple[Path, Identity]) -> None:
    folder, old = filled
    new = Identity.generate()
    (folder / "archive.json").write_bytes(card_of(new).to_bytes())
    victim = max(_objects(folder), key=lambda p: p.stat().st_size)
    damaged = victim.read_bytes()[:-1]
    victim.write_bytes(damaged)
    with pytest.raises(CannotOpen):
        reseal_store(folder, old, new)
    assert victim.read_bytes() == damaged
