"""The commands of the archive, as they are typed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from benchmarks.reunite_natural import jpeg, render
from tests.unit.reunite_support import Source
from typer.testing import CliRunner

from amana.cli.main import app
from amana.core.unseal import Identity
from amana.errors import AmanaError, Incomplete
from amana.trustees.archive_keys import new_archive


def run(*words: object) -> Any:
    result = CliRunner().invoke(app, [str(w) for w in words], catch_exceptions=True)
    if isinstance(result.exception, AmanaError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout) if "--json" in words else result.stdout


def test_from_inbox_to_decision(tmp_path: Path) -> None:
    home, key = tmp_path / "archive", tmp_path / "key.txt"
    keys = new_archive(home)
    shutil.move(home / "archive-identity.txt", key)
    source = Source(Identity.from_file(key.read_text()), tmp_path / "inbox")
    keys.register(source.kit)
    pictures = [render(40 + n, 0) for n in range(2)]
    source.both([source.add(jpeg(p), b"copy %d" % n) for n, p in enumerate(pictures)])
    source.checkpoint()
    unlock = ["--identity", key, "--json"]
    assert run("receive", source.inbox, "--archive", home, *unlock)["packs_opened"] == 2
    bad = source.put(b"rubbish")
    with pytest.raises(Incomplete):
        run("receive", source.inbox, "--archive", home, *unlock)
    bad.unlink()
    report = run(
        "reunite", "report", home, *unlock, "--state", "reunited", "--out", tmp_path / "i.json"
    )
    assert (report["reunited"], len(report["listed"]), len(report["written"])) == (2, 2, 3)
    assert "reunited" in run("reunite", "report", home, "--identity", key)
    old = tmp_path / "old"
    old.mkdir()
    (old / "a.jpg").write_bytes(jpeg(pictures[1].resize((480, 360)), 40))
    proposed = tmp_path / "proposed.json"
    assert run("reunite", "match", old, home, *unlock, "--out", proposed)["matched"] == 1
    decided = ["decide", proposed, "a.jpg", "--archive", home, "--by", "R. Haddad", *unlock]
    assert run("reunite", *decided)["confirmed_by"] == "R. Haddad"
    acts = [entry["act"] for entry in run("ledger", "show", home, *unlock)["entries"]]
    assert acts[-2:] == ["matching by picture", "confirmed match"]
    assert run("archive", "replicate", home, tmp_path / "second", "--json")["copied"] == 8
    assert run("archive", "read", home, *unlock)["files"] == 2
    assert run("archive", "read", home, *unlock)["files"] == 0
    (home / "catalogue.sqlite").unlink()
    again = run("archive", "rebuild", home, *unlock)
    assert (again["packs"], again["objects"], again["readings"]) == (2, 4, 2)
    victim = next(p for p in (home / "objects").rglob("*") if p.is_file())
    victim.write_bytes(b"rot")
    with pytest.raises(Incomplete):
        run("archive", "check", home, "--json")
    assert run("archive", "check", home, "--replica", tmp_path / "second", "--json")["whole"]
    assert run("archive", "drill", home, *unlock)["opened"] == 4
