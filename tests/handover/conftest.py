"""One cast for a whole test module is enough: routes and folders are made anew in each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from handover_cast import Cast


@pytest.fixture
def cast(tmp_path: Path) -> Cast:
    return Cast.make(tmp_path)
