"""A vault with sealed packs of chosen sizes, quickly: disks neither know nor care what is inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from disks_cast import Carried, new_carried


@pytest.fixture(scope="session")
def _kit_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kit")


@pytest.fixture
def carried(tmp_path: Path) -> Iterator[Callable[..., Carried]]:
    """Makes a source with a vault of packs of the given sizes (bytes before sealing)."""
    made: list[Carried] = []

    def make(*sizes: int, seed: int = 1) -> Carried:
        made.append(new_carried(tmp_path / f"source{len(made)}", sizes, seed))
        return made[-1]

    yield make
    for one in made:
        one.vault.close()
