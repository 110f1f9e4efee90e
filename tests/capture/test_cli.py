"""The commands `capture` and `vault`, as a person calls them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from capture_cast import PASSPHRASE, open_vault, picture

from amana.core.unseal import Identity
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import Kit, create_kit


@pytest.fixture(scope="module")
def role(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Identity, Kit]:
    archive = Identity.generate()
    card = ArchiveCard((archive.recipient,), Identity.generate().recipient)
    folder = tmp_path_factory.mktemp("role") / "kit"
    return folder, archive, create_kit(folder, "source", "caesar", card, PASSPHRASE, work_factor=8)


def command(*words: object) -> list[str]:
    program = "from amana.cli.main import run; run()"
    return [sys.executable, "-c", program, *map(str, words)]


def amana(*words: object, passphrase: str = PASSPHRASE) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AMANA_PASSPHRASE": passphrase, "COLUMNS": "200"}
    return subprocess.run(
        command(*words), capture_output=True, text=True, env=environment, timeout=120, check=False
    )


def test_from_the_first_capture_to_forgetting(photos, tmp_path, role):
    folder, archive, kit = role
    vault = tmp_path / "vault"
    first = amana("capture", photos, "--vault", vault, "--kit", folder, "--json")
    assert first.returncode == 0, first.stderr
    assert json.loads(first.stdout)["items"] == 14
    dry = amana("capture", photos, "--vault", vault, "--dry-run")
    assert dry.stdout == "0 of 14 files would be captured; nothing was done\n"
    assert len(open_vault(vault, archive, kit).items) == 14
    wrong = amana("capture", photos, "--vault", vault, passphrase="not the passphrase")
    assert wrong.returncode == 10
    assert wrong.stderr.startswith("amana: this passphrase does not open")
    told = json.loads(amana("vault", "status", vault, "--disks", "--json").stdout)
    assert told["copies_packs"] >= 1
    assert told["disk_sets"] == []
    assert json.loads(amana("vault", "check", vault, "--json").stdout)["whole"] is True
    (vault / "copies" / "000001.age").write_bytes(b"x")
    assert amana("vault", "check", vault).returncode == 40
    assert amana("vault", "forget", vault, "--yes").returncode == 0
    assert amana("capture", photos, "--vault", vault).returncode == 4


def test_two_vaults_from_one_source(photos, tmp_path, role):
    folder, archive, kit = role
    for name in ("main", "hidden"):
        amana("capture", photos, "--vault", tmp_path / name, "--kit", folder)
    both = [open_vault(tmp_path / name, archive, kit) for name in ("main", "hidden")]
    assert both[0].members == both[1].members
    assert both[0].checkpoint.origin != both[1].checkpoint.origin


def test_interrupted_by_the_keyboard(tmp_path, role):
    folder, archive, kit = role
    for number in range(150):
        path = tmp_path / "photos" / f"{number}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(picture(number, (1200, 900)))
    vault = tmp_path / "vault"
    words = command("capture", path.parent, "--vault", vault, "--kit", folder)
    environment = {**os.environ, "AMANA_PASSPHRASE": PASSPHRASE}
    running = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True)
    for _ in range(2000):
        if (vault / "copies" / "000001.age").exists():
            break
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    assert (running.returncode, told.split("\n")[0]) in ((130, "amana: interrupted"), (0, ""))
    assert not list(vault.rglob(".tmp-*"))
    again = amana("capture", path.parent, "--vault", vault, "--json")
    assert again.returncode == 0
    assert len(open_vault(vault, archive, kit).items) == 150


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("capture", "/nowhere"), 3),
        (("capture", ".", "--time-limit", "soon"), 2),
        (("capture", ".", "--since", "lately"), 2),
        (("capture", ".", "--copy-format", "gif"), 2),
        (("vault", "check", "/nowhere"), 4),
        (("vault", "status", "/nowhere"), 4),
        (("vault", "forget", "/nowhere", "--yes"), 4),
    ],
)
def test_bad_input_is_told_and_changes_nothing(words, code, tmp_path, role, photos):
    vault = ("--vault", tmp_path / "vault", "--kit", role[0]) if words[0] == "capture" else ()
    told = amana(*words, *vault)
    assert told.returncode == code, told.stderr
    assert told.stderr.startswith("amana: ")
    assert "Traceback" not in told.stderr


def test_the_limits_of_time_are_read(photos, tmp_path, role):
    told = amana(
        "capture", photos, "--vault", tmp_path / "v", "--kit", role[0], "--time-limit", "5m",
        "--since", "2001-01-01", "--coarse-time", "--json",
    )  # fmt: skip
    report = json.loads(told.stdout)
    assert (report["items"], report["originals"], report["left"]) == (14, 13, 0)
    times = {
        r.fields["capture"]["time"][10:] for r in open_vault(tmp_path / "v", role[1], role[2]).items
    }
    assert times == {"T12:00:00Z"}
