from __future__ import annotations

from pathlib import Path

import pytest
from mail_cast import Cast, make_cast


@pytest.fixture(scope="session")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Cast:
    return make_cast(tmp_path_factory.mktemp("cast"))


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "inbox"
