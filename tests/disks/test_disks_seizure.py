"""What a disk tells to one who took it and owns the originals: docs/threat-model/disks.md."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from disks_cast import Carried, pieces

from amana.capture.options import Options
from amana.capture.session import capture
from amana.core.durable import CONSTANT_TIME
from amana.disks.fill import fill
from amana.disks.join import Wish
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import create_kit
from amana.vault.store import Vault

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "journeys"))
from searcher import confessions

Make = Callable[..., Carried]


@pytest.fixture
def captured(tmp_path: Path, carried: Make) -> tuple[list[Path], list[Path], Path]:
    """Files that were captured, two disks of the three they are on, and the vault."""
    photos = tmp_path / "photos" / "Branch 227"
    photos.mkdir(parents=True)
    for number in range(37):
        data = hashlib.shake_256(bytes([number])).digest(9000 + 777 * number)
        (photos / f"detainee-{2935 + number}.jpg").write_bytes(data)
    archive = carried().archive
    card = ArchiveCard((archive.recipient,), archive.recipient)
    kit = create_kit(tmp_path / "kit", "source", "caesar", card, "olive lantern", work_factor=10)
    with Vault.create(tmp_path / "vault", kit) as vault:
        capture([tmp_path / "photos"], vault, Options(workers=0))
        disks = [tmp_path / "disks" / str(i) for i in (1, 2, 3)]
        for disk in disks:
            disk.mkdir(parents=True)
        assert fill(vault, disks, any_k=2).complete
    return sorted(photos.iterdir()), disks, tmp_path / "vault"


def test_a_searcher_who_owns_the_originals_finds_nothing(
    captured: tuple[list[Path], list[Path], Path],
) -> None:
    files, disks, vault = captured
    for disk in disks:
        assert confessions(disk, files, [len(files)]) == []
    assert confessions(vault / "sets", files, [len(files)]) == []
    # The searcher would find it, if it were there.
    (disks[0] / "slip.txt").write_text(hashlib.sha256(files[0].read_bytes()).hexdigest())
    assert confessions(disks[0], files) != []


def test_a_disk_holds_what_the_table_says_and_no_more(
    captured: tuple[list[Path], list[Path], Path],
) -> None:
    _, disks, vault = captured
    sealed = {
        p.read_bytes() for series in ("copies", "originals") for p in (vault / series).iterdir()
    }
    for disk in disks:
        names = {str(p.relative_to(disk)) for p in disk.rglob("*") if p.is_file()}
        own = {"index.txt", "index.bak", "index.dat", "label.txt", "content.age", "head.age"}
        assert {n for n in names if "/" not in n} == own
        assert all(p.read_bytes() in sealed for p in pieces(disk) if p.suffix == ".age")
        times = {int(p.stat().st_mtime) for p in disk.rglob("*") if p.is_file()}
        assert times == {CONSTANT_TIME}
        note = json.loads((disk / "index.txt").read_text().split("\n")[1])
        assert set(note) == {"v", "key", "k", "n", "block", "stripes", "index", "files"}
        for line in (disk / "index.dat").read_text().splitlines():
            fields = json.loads(line)
            assert set(fields) == {"stripe", "pieces"}
            assert {k for p in fields["pieces"] for k in p} <= {"size", "blocks", "pack"}
        label = json.loads((disk / "label.txt").read_text())
        assert set(label) == {"v", "set", "disk", "medium", "held"}
        for name in ("content.age", "head.age"):
            assert (disk / name).read_bytes().startswith(b"age-encryption.org/v1\n")
    weights = [sum(p.stat().st_size for p in pieces(d)) for d in disks]
    assert min(weights) > 0


def test_a_readme_only_on_request(carried: Make) -> None:
    source = carried(1000)
    plain, told = source.disks(2)
    fill(source.vault, [plain], any_k=1, of=1)
    fill(source.vault, [told], any_k=1, of=1, wish=Wish(with_readme=True))
    assert not (plain / "README.txt").exists()
    assert "age" in (told / "README.txt").read_text()
