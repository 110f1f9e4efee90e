"""The cast of the capture's tests: an archive, a source's kit, a few drawn photographs."""

from __future__ import annotations

from pathlib import Path

import pytest
from capture_cast import PASSPHRASE, picture

from amana.core.unseal import Identity
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import Kit, create_kit


@pytest.fixture(scope="session")
def archive() -> Identity:
    return Identity.generate()


@pytest.fixture(scope="session")
def kit(archive: Identity, tmp_path_factory: pytest.TempPathFactory) -> Kit:
    card = ArchiveCard((archive.recipient,), Identity.generate().recipient)
    folder = tmp_path_factory.mktemp("kit") / "kit"
    return create_kit(folder, "source", "caesar", card, PASSPHRASE, work_factor=8)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Twelve small photographs in two folders, one of them twice, and a text."""
    folder = tmp_path / "photos"
    for number in range(12):
        path = folder / f"day{number % 2}" / f"DSC_{number:04d}.JPG"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(number))
    (folder / "day1" / "again.jpg").write_bytes(picture(3))
    (folder / "note.txt").write_text("a note\n")
    return folder
