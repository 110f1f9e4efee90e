"""The commands: build from an archive's folder, verify, report, pack; and how they refuse."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
from reunite_support import Source

from amana.cli.cmd_dossier import app
from amana.core.unseal import Identity
from amana.dossier.parcel import pack
from amana.dossier.verify import verify
from amana.errors import AlreadyThere, AmanaError, Malformed, NotOurs, UsageProblem
from amana.reunite.archive import Archive
from amana.reunite.open import receive
from amana.trustees.archive_keys import new_archive

ASKED = ["--case", "Case 227 / 9077", "--to", "court", "--by", "us", "--basis", "order 1"]


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Source]:
    folder = tmp_path_factory.mktemp("held")
    keys = new_archive(folder / "archive")
    identity = Identity.from_file((folder / "archive/archive-identity.txt").read_text())
    source = Source(identity, folder / "inbox")
    keys.register(source.kit)
    with Archive.open(folder / "archive", identity) as archive:
        records = source.many(5)
        source.checkpoint()
        source.both(records)
        receive(archive, [source.inbox])
    return folder / "archive", source


def run(*arguments: object) -> tuple[int, dict]:
    done = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    if isinstance(done.exception, AmanaError):
        raise done.exception
    assert done.exception is None or isinstance(done.exception, SystemExit | typer.Exit), (
        done.output
    )
    return done.exit_code, json.loads(done.stdout) if done.stdout else {}


def opened(held: tuple[Path, Source], *rest: object) -> tuple[int, dict]:
    archive = held[0]
    identity = archive / "archive-identity.txt"
    return run("build", archive, *rest, *ASKED, "--identity", identity, "--languages", "en")


def test_build_verify_report_pack(held: tuple[Path, Source], tmp_path: Path) -> None:
    out = tmp_path / "d"
    code, said = opened(held, out, "--query", "IMG_0000")
    assert (code, said["items"], said["originals"]) == (0, 5, 5)
    assert verify(out).ok
    code, said = run("verify", out, "--archive-key", (held[0] / "ledger.vkey").read_text())
    assert (code, said["ok"]) == (0, True)
    assert run("report", out, tmp_path / "again.pdf", "--language", "fr")[1]["verified"]
    assert (tmp_path / "again.pdf").read_bytes().startswith(b"%PDF")
    spoilt = out / "data/access/disclosure.json"
    spoilt.write_bytes(spoilt.read_bytes() + b" ")
    code, said = run("verify", out)
    assert code == 1
    assert "manifest" in said["failed"]
    assert "DO NOT" not in CliRunner().invoke(app, ["verify", str(out)]).output
    assert "الملف" in CliRunner().invoke(app, ["verify", str(out), "--language", "ar"]).output


def test_a_list_of_items_and_what_is_held_back(held: tuple[Path, Source], tmp_path: Path) -> None:
    origin = held[1].origin
    (tmp_path / "items").write_text(f"{origin} 0\n{origin} 3\n\n{origin} 4\n")
    lines = [
        {"ledger": origin, "seq": 3, "record": "names a witness"},
        {"ledger": origin, "seq": 4, "remove": {"original.path": "names a place"}},
    ]
    (tmp_path / "held").write_text("".join(json.dumps(line) + "\n" for line in lines))
    out = tmp_path / "d"
    _, said = opened(held, out, "--items", tmp_path / "items", "--withhold", tmp_path / "held")
    assert (said["items"], said["withheld"], said["redacted"]) == (3, 1, 1)
    assert verify(out).ok


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ('{"ledger": "x", "seq": 0, "record": "why"}', UsageProblem),
        ('{"ledger": "ORIGIN", "seq": 0}', Malformed),
        ('{"ledger": "ORIGIN", "seq": 0, "record": ""}', Malformed),
        ('{"ledger": "ORIGIN", "seq": 0, "recrod": "why"}', Malformed),
        ('{"ledger": "ORIGIN", "seq": 0, "remove": ["original.path"]}', Malformed),
        ("original.path", Malformed),
    ],
)
def test_a_slip_in_what_is_held_back_discloses_nothing(
    held: tuple[Path, Source], tmp_path: Path, line: str, error: type[AmanaError]
) -> None:
    (tmp_path / "held").write_text(line.replace("ORIGIN", held[1].origin))
    with pytest.raises(error):
        opened(held, tmp_path / "d", "--query", "IMG_00000", "--withhold", tmp_path / "held")
    assert not (tmp_path / "d").exists()


def test_what_cannot_be_asked_for(held: tuple[Path, Source], tmp_path: Path) -> None:
    (tmp_path / "items").write_text("nonsense")
    for asked in ((), ("--query", "no such"), ("--items", tmp_path / "items")):
        with pytest.raises(UsageProblem):
            opened(held, tmp_path / "d", *asked)


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_one_file(bag: Path, tmp_path: Path, kind: str) -> None:
    first = pack(bag, tmp_path / f"a.{kind}")
    pack(bag, tmp_path / f"b.{kind}")
    data = (tmp_path / f"a.{kind}").read_bytes()
    assert data == (tmp_path / f"b.{kind}").read_bytes()
    tool = ["unzip", "-q"] if kind == "zip" else ["tar", "-xf"]
    out = tmp_path / "out"
    out.mkdir()
    if kind == "zip":
        with zipfile.ZipFile(first.path) as packed:
            assert packed.testzip() is None
            packed.extractall(out)
    else:
        subprocess.run([*tool, str(first.path)], cwd=out, check=True)
        with tarfile.open(first.path) as unpacked:
            assert {(m.uid, m.gid, m.mtime, m.uname) for m in unpacked} == {(0, 0, 946684800, "")}
    assert verify(out / bag.name).ok


def test_packing_refuses(bag: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageProblem):
        pack(bag, tmp_path / "a.rar")
    with pytest.raises(NotOurs):
        pack(tmp_path, tmp_path / "a.zip")
    (tmp_path / "a.zip").write_bytes(b"there")
    with pytest.raises(AlreadyThere):
        pack(bag, tmp_path / "a.zip")
