"""`amana disks`, as typed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from disks_cast import PASSPHRASE, Carried, flip, gathered, pieces
from typer.testing import CliRunner, Result

from amana.cli.cmd_disks import app
from amana.errors import AlreadyThere, AmanaError, Incomplete, NotProved, UsageProblem

Make = Callable[..., Carried]


def _run(*words: object, fails: type[AmanaError] | None = None) -> Result:
    result = CliRunner().invoke(app, [str(w) for w in words])
    if fails:
        assert isinstance(result.exception, fails), result.exception
    else:
        assert result.exit_code == 0, (result.output, result.exception)
    return result


def test_the_whole_way_from_the_command_line(
    carried: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AMANA_PASSPHRASE", PASSPHRASE)
    source = carried(300_000, 200_000, 100_000)
    source.vault.close()
    vault, disks = source.vault.path, source.disks(4)
    first = _run("fill", "--vault", vault, "--any", 2, "--of", 3, disks[0], "--json")
    filled = json.loads(first.stdout)
    assert (filled["complete"], filled["absent"]) == (False, [2, 3])
    shown = _run("fill", "--vault", vault, "--any", 2, "--of", 3, disks[1], disks[2])
    assert "2 of 3" in shown.stdout
    sets = json.loads(_run("status", "--vault", vault, "--json").stdout)["sets"]
    assert sets[0]["complete"]
    assert json.loads(_run("status", *disks[:2], "--json").stdout)["enough"]
    _run("status", disks[0], "--vault", vault, fails=UsageProblem)
    assert "whole and unchanged" in _run("check", disks[0], "--set", filled["set_id"]).stdout
    sheet = tmp_path / "set.pdf"
    _run("sheet", disks[1], "--out", sheet, "--language", "ar")
    assert sheet.read_bytes().startswith(b"%PDF-")
    _run("sheet", disks[1], "--out", sheet, fails=AlreadyThere)
    flip(pieces(disks[0])[0], 1000)
    damaged = _run("check", disks[0], "--key", filled["vkey"], fails=NotProved)
    assert "changed blocks 0" in damaged.stdout
    _run("repair", *disks[:3])
    assert json.loads(_run("check", disks[0], "--json").stdout)["complete"]
    shutil.rmtree(disks[2])
    _run("repair", disks[0], disks[1], "--new", f"3={disks[3]}")
    _run("gather", disks[3], "--out", tmp_path / "few", fails=Incomplete)
    _run("gather", disks[3], disks[1], "--out", tmp_path / "out")
    assert gathered(tmp_path / "out") == source.packs


def test_every_command_teaches() -> None:
    for name in ("fill", "check", "repair", "gather", "status", "sheet"):
        assert "Example: amana disks" in " ".join(_run(name, "--help").stdout.split())
