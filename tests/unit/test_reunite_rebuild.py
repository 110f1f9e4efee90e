"""A lost catalogue loses nothing: all of it comes back out of the sealed store."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.reunite_support import Source, new_archive
from tests.unit.reunite_support import receive_here as receive

from amana.core.durable import Disk
from amana.core.unseal import Identity
from amana.errors import Damaged, WriteFailed
from amana.reunite.archive import CATALOGUE, Archive
from amana.reunite.check import check
from amana.reunite.inventory import inventory
from amana.reunite.reading import read_all
from amana.reunite.readings import Readings, without_cursor
from amana.reunite.rebuild import BEFORE, rebuild

DAY = datetime(2014, 3, 1, tzinfo=UTC)
TABLES = {
    "ledger": "origin, proved, frontier, note",
    "record": "seq, leaf, kind, original, copy, refuted, arrived",
    "object": "tag, kind, arrived, sealed",
    "altered": "expected, found, kind, arrived",
    "pack": "sha256, arrived, records",
    "checkpoint": "size, root, arrived, verdict",
    "reading": "object, original, edition, whole, arrived",
}


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.generate()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, identity: Identity) -> tuple[Path, Source]:
    """An archive with everything that can happen to one, received on three days."""
    folder = tmp_path_factory.mktemp("rebuild")
    source = Source(identity, folder / "inbox")
    days = iter(range(1000))
    archive = new_archive(folder / "archive", identity, source)
    archive.clock = lambda: DAY + timedelta(days=next(days) // 4)
    with archive:
        records = source.many(4)
        document = source.add("نص".encode(), None, "papers/a.txt", "text/plain")
        source.pack("copies", records)
        source.checkpoint()
        receive(archive, [source.inbox])
        source.pack("originals", [*records, document], seq1=b"tampered")
        stranger = Source(identity, source.inbox, origin=source.origin)
        stranger.both(stranger.many(2))
        receive(archive, [source.inbox])
        source.both(source.many(2))
        source.checkpoint()
        source.both(source.many(1))
        receive(archive, [source.inbox])
        read_all(archive, using=None)
    return folder, source


@pytest.fixture
def folder(made: tuple[Path, Source], tmp_path: Path) -> Path:
    shutil.copytree(made[0] / "archive", tmp_path / "archive")
    return tmp_path / "archive"


def dumped(archive: Archive) -> dict[str, Any]:
    tables = {
        name: sorted(archive.catalogue.db.execute(f"SELECT {columns} FROM {name}").fetchall())
        for name, columns in TABLES.items()
    }
    readings = [without_cursor(r) for r in Readings.of(archive).since()]
    listed = inventory(archive).to_json()
    return {**tables, "readings": sorted(readings, key=str), "inventory": _sorted(listed)}


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _sorted(v) for k, v in value.items()}
    return sorted(map(_sorted, value), key=str) if isinstance(value, list) else value


def lost(folder: Path) -> None:
    for path in folder.glob(CATALOGUE + "*"):
        path.unlink()


def corrupted(folder: Path) -> None:
    (folder / CATALOGUE).write_bytes(b"not a database" * 400)


@pytest.mark.parametrize("mishap", [lost, corrupted])
def test_everything_comes_back(
    folder: Path, made: tuple[Path, Source], identity: Identity, mishap: Any
) -> None:
    with Archive.open(folder, identity) as archive:
        before = dumped(archive)
    assert before["altered"]
    assert len({row[2] for row in before["object"]}) > 2, "several times of arrival"
    mishap(folder)
    with pytest.raises(Damaged, match="rebuild"):
        Archive.open(folder, identity)
    report = rebuild(folder, identity)
    assert (report.missing, report.damaged, report.incomplete, report.strange) == ([], [], 0, 0)
    with Archive.open(folder, identity) as archive:
        assert dumped(archive) == before
        assert check(archive).whole
        again = receive(archive, [made[1].inbox])
        assert (again.packs_opened, again.records_new, again.checkpoints_new) == (0, 0, 0)
    assert bool(list(folder.glob(BEFORE + "*"))) == (mishap is corrupted)


def test_what_is_missing_is_named_and_can_be_received_again(
    folder: Path, made: tuple[Path, Source], identity: Identity
) -> None:
    with Archive.open(folder, identity) as archive:
        before = dumped(archive)
        names = sorted(archive.store.names())
    (folder / "objects" / names[0]).unlink()
    broken = folder / "objects" / names[3]
    broken.write_bytes(broken.read_bytes()[:-1])
    lost(folder)
    report = rebuild(folder, identity)
    assert (report.missing, report.damaged) == ([names[0]], [names[3]])
    assert report.incomplete > 0
    with Archive.open(folder, identity) as archive:
        receive(archive, [made[1].inbox])
        assert check(archive).whole
        assert dumped(archive)["inventory"] == before["inventory"]


def test_a_store_without_slips(folder: Path, identity: Identity) -> None:
    """As an archive was before slips were kept: all but checkpoints and altered arrivals."""
    with Archive.open(folder, identity) as archive:
        counts = inventory(archive).counts
        slips = archive.catalogue.db.execute("SELECT tag FROM object WHERE kind = 6").fetchall()
        for (tag,) in slips:
            (folder / "records" / tag.hex()[:2] / tag.hex()[2:]).unlink()
    lost(folder)
    report = rebuild(folder, identity)
    assert report.without_slip > 0
    with Archive.open(folder, identity) as archive:
        assert inventory(archive).items_total == sum(counts.values())


class Failing(Disk):
    """Refuses to give the nth new name."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    def rename(self, old: Path, new: Path) -> None:
        self.left -= 1
        if self.left == 0:
            raise OSError(5, "broken by the test")
        super().rename(old, new)


@pytest.mark.parametrize("nth", [1, 2])
def test_interrupted_while_names_change(folder: Path, identity: Identity, nth: int) -> None:
    with Archive.open(folder, identity) as archive:
        before = dumped(archive)
    with pytest.raises(WriteFailed):
        rebuild(folder, identity, disk=Failing(nth))
    rebuild(folder, identity)
    with Archive.open(folder, identity) as archive:
        assert dumped(archive) == before


@pytest.mark.parametrize("step", [1, 4, 9, 14])
def test_interrupted_on_the_way(folder: Path, identity: Identity, step: int) -> None:
    class Stop(Exception):
        pass

    steps = iter(range(1, 1000))

    def stop(done: int, total: int | None, what: str) -> None:
        if next(steps) == step:
            raise Stop

    with Archive.open(folder, identity) as archive:
        before = dumped(archive)
    with pytest.raises(Stop):
        rebuild(folder, identity, progress=stop)
    with Archive.open(folder, identity) as archive:
        assert dumped(archive) == before, "the old one is as it was"
    rebuild(folder, identity)
    with Archive.open(folder, identity) as archive:
        assert dumped(archive) == before
    assert not list(folder.glob(".tmp-*"))
