"""The vectors of dossiers, replayed by Amana and by the second verifier (the third, in the browser,
replays them in test_browser)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mutants import Judges
from vectors_of_dossier import NAMES, load


@pytest.fixture(scope="module")
def judges() -> Judges:
    return Judges()


@pytest.mark.parametrize("name", NAMES)
def test_a_vector(judges: Judges, name: str) -> None:
    files, fails = load(name)
    found = judges(files)
    assert found.amana == found.second == set(fails)


def test_every_check_has_a_vector() -> None:
    from amana.dossier.findings import CODES

    seen = {code for name in NAMES for code in load(name)[1]}
    assert seen == set(CODES)


@pytest.mark.parametrize("name", ["valid/partial.json", "invalid/checkpoint-rolled-back.json"])
def test_on_a_disk(name: str, tmp_path: Path) -> None:
    files, fails = load(name)
    for path, data in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    verifier = Path(__file__).parents[2] / "verifier" / "verify_dossier.py"
    command = [sys.executable, "-I", str(verifier), "--json", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    assert sorted(json.loads(done.stdout)["failed"]) == fails
    assert done.returncode == bool(fails)
