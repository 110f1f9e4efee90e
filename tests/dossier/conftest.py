from __future__ import annotations

from pathlib import Path

import pytest
from dossier_cast import Cast, withhold

from amana.dossier.build import build
from amana.dossier.case import CaseFile


@pytest.fixture(scope="session")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Cast:
    return Cast(tmp_path_factory.mktemp("authorities"))


@pytest.fixture(scope="session")
def case(cast: Cast) -> CaseFile:
    return cast.case()


@pytest.fixture(scope="session")
def bag(tmp_path_factory: pytest.TempPathFactory, case: CaseFile) -> Path:
    """A dossier with everything; nobody may change it."""
    return build(tmp_path_factory.mktemp("court") / "dossier", case).path


@pytest.fixture(scope="session")
def partial(tmp_path_factory: pytest.TempPathFactory, case: CaseFile) -> Path:
    """A dossier with withheld and redacted parts."""
    return build(tmp_path_factory.mktemp("court") / "partial", withhold(case)).path
