"""A vault with sealed packs of chosen sizes: disks neither know nor care what is inside."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from disks_cast import Carried, new_carried


@pytest.fixture
def small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The format's numbers made small: a few kilobytes have many blocks, parts and chunks."""
    for module in [m for name, m in sys.modules.items() if name.startswith("amana.disks.")]:
        for name, value in (("BLOCK", 1024), ("CHUNK", 512), ("PIECE", 8192)):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, value)


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
