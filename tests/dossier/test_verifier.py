"""The independent verifier agrees with Amana, and never imports it."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

VERIFIER = Path(__file__).parents[2] / "verifier" / "verify_dossier.py"


def run(*arguments: str) -> tuple[int, dict]:
    command = [sys.executable, "-I", str(VERIFIER), "--json", *arguments]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout else {}


def test_it_accepts(bag: Path, partial: Path) -> None:
    for folder in (bag, partial):
        code, said = run(str(folder))
        assert code == 0, said["failed"]
        assert said["not_proved"]


def test_it_uses_the_standard_library_only() -> None:
    tree = ast.parse(VERIFIER.read_text())
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_no_dossier_is_code_2(tmp_path: Path) -> None:
    assert run(str(tmp_path))[0] == 2
    assert run(str(tmp_path / "none"))[0] == 2


def test_another_key_than_the_published_one(bag: Path) -> None:
    seal = json.loads((bag / "data/dossier.json").read_bytes())["seal"]
    assert run(str(bag), "--archive-key", seal)[0] == 0
    code, said = run(str(bag), "--archive-key", "somebody+00000000+AAAA")
    assert (code, said["failed"]) == (1, ["seal"])


def test_roots_from_elsewhere_decide(bag: Path, cast) -> None:
    one, two = (str(authority.folder / "root.pem") for authority in cast.authorities)
    assert run(str(bag), "--root", one, "--root", two)[0] == 0
    assert run(str(bag), "--root", one)[1]["failed"] == ["timestamp"]


def test_a_line_shown_apart_is_found(partial: Path, case, tmp_path: Path) -> None:
    line = tmp_path / "line"
    line.write_bytes(case.ledgers[0][1][1].record.line + b"\n")
    assert "entry 1 of ledger 01" in run(str(partial), "--reveal", str(line))[1]["revealed"]
    line.write_bytes(case.ledgers[0][1][1].record.line.replace(b"original", b"0riginal"))
    assert "no entry" in run(str(partial), "--reveal", str(line))[1]["revealed"]
