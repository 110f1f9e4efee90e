"""The crash table of the vault: every system call of a commit, broken twice.

Once it is lost (it fails and has done nothing), once it is done but reported lost. Then the vault
is opened again and the capture repeated: nothing that was committed is missing or changed, nothing
is stored twice, every file is in, the ledger verifies.
"""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "capture"))
from capture_cast import PASSPHRASE, QuickDisk, open_vault, picture

from amana.capture.options import Options
from amana.capture.session import capture
from amana.core.unseal import Identity
from amana.errors import AlreadyThere, NoSpace, WriteFailed
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import Kit, create_kit
from amana.vault.check import check_vault
from amana.vault.store import Vault

CALLS = ("create", "write", "sync", "close", "rename", "remove", "sync_folder")
LOST, DONE = "lost", "done but reported lost"
OPTIONS = Options(workers=0, batch_files=2)


class BreakingDisk(QuickDisk):
    """Counts its system calls, and breaks one of them, and every one after it: the cable is out."""

    def __init__(self, breaks: int | None = None, how: str = LOST) -> None:
        self.breaks, self.how = breaks, how
        self.calls: list[str] = []
        self.out = False

    def _do(self, name: str, *args: Any) -> Any:
        self.calls.append(name)
        here = self.breaks is not None and len(self.calls) == self.breaks
        if self.out or (here and self.how == LOST):
            self.out = True
            raise OSError(errno.ENOSPC if self.how == LOST else errno.EIO, "the cable is out")
        result = None if name == "close" else getattr(super(), name)(*args)
        if here:
            self.out = True
            raise OSError(errno.EIO, "the cable is out")
        return result

    def create(self, path: Path) -> int:
        return self._do("create", path)

    def write(self, handle: int, data: bytes) -> None:
        self._do("write", handle, data)

    def sync(self, handle: int) -> None:
        self._do("sync", handle)

    def close(self, handle: int) -> None:
        # Whatever is reported, a descriptor is gone after close.
        super().close(handle)
        self._do("close", None)

    def rename(self, old: Path, new: Path) -> None:
        self._do("rename", old, new)

    def remove(self, path: Path) -> None:
        self._do("remove", path)

    def sync_folder(self, folder: Path) -> None:
        self._do("sync_folder", folder)


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> tuple[Identity, Kit]:
    archive = Identity.generate()
    card = ArchiveCard((archive.recipient,), Identity.generate().recipient)
    folder = tmp_path_factory.mktemp("kit") / "kit"
    return archive, create_kit(folder, "source", "caesar", card, PASSPHRASE, work_factor=8)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(picture(number, (32, 24)))
    (folder / "again.jpg").write_bytes(picture(0, (32, 24)))
    return folder


def steps_of_a_run(source: Path, folder: Path, kit: Kit, disk: BreakingDisk, how: str) -> None:
    """Create a vault and capture into it: at once, or copies first and originals afterwards."""
    with Vault.create(folder, kit, disk) as vault:
        if how == "copies first":
            capture([source], vault, Options(workers=0, batch_files=2, originals=False))
        capture([source], vault, OPTIONS)


@pytest.mark.parametrize("how", [LOST, DONE])
@pytest.mark.parametrize("order", ["at once", "copies first"])
def test_every_broken_call_recovers(source, tmp_path, cast, how, order):
    archive, kit = cast
    counting = BreakingDisk()
    steps_of_a_run(source, tmp_path / "counted", kit, counting, order)
    expected = set(CALLS) - ({"remove"} if order == "at once" else set())
    assert set(counting.calls) == expected
    total = len(counting.calls)
    # Half of the calls a run, alternating with the other order, to keep this short.
    start = 1 if order == "at once" else total // 3
    for breaks in range(start, total + 1):
        vault = tmp_path / f"{breaks}"
        disk = BreakingDisk(breaks, how)
        with pytest.raises((NoSpace, WriteFailed)):
            steps_of_a_run(source, vault, kit, disk, order)
        recovers(source, vault, archive, kit, f"{disk.calls[breaks - 1]} ({breaks}, {how})")


def recovers(source: Path, folder: Path, archive: Identity, kit: Kit, what: str) -> None:
    try:
        opened = Vault.create(folder, kit, QuickDisk())
    except AlreadyThere:
        opened = Vault.open(folder, locker=kit.locker, disk=QuickDisk())
    with opened as vault:
        before = open_vault(folder, archive, kit)
        assert before.checkpoint.size == vault.size, what
        capture([source], vault, OPTIONS)
    after = open_vault(folder, archive, kit)
    for seq, record in before.records.items():
        assert after.records[seq].line == record.line, what
    assert before.members.keys() <= after.members.keys(), what
    assert after.doubled == [], what
    expected = sorted(f"photos/{p.name}" for p in source.iterdir())
    assert sorted(r.original["path"] for r in after.items) == expected, what
    assert {after.original(r) for r in after.items} == {p.read_bytes() for p in source.iterdir()}
    assert not list(folder.rglob(".tmp-*")), what
    assert check_vault(folder).whole
