"""Every stage as its own command, by the hands of those who would type it, one after the other."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest
from commandline import AMANA, amana, result

from amana.rehearsal.draw import draw_set
from amana.rehearsal.post import LossyPost, Mishaps

PASSPHRASE = "five ordinary words that nobody guesses"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("by-hand")
    draw_set(folder / "photographs", 12, seed=11)
    return folder


def by(place: Path, *words: str | Path) -> dict[str, object]:
    return result(*words, passphrase=PASSPHRASE)


def test_1_keys_and_kits(place: Path) -> None:
    by(place, "keys", "new", "archive", place / "archive")
    by(place, "keys", "split", "--archive", place / "archive", "--out", place / "shares")
    for role, name in (
        ("source", "caesar"),
        ("sender", "zenobia"),
        ("courier", "heron"),
        ("courier", "harbour"),
    ):
        card = place / "archive" / "archive.json"
        by(
            place,
            "kit",
            "new",
            role,
            place / name,
            "--archive",
            card,
            "--codename",
            name,
            "--register",
            place / "archive",
        )


def test_2_capture_twice_and_check(place: Path) -> None:
    words = ("capture", place / "photographs", "--vault", place / "vault")
    first = by(place, *words, "--kit", place / "caesar")
    again = by(place, *words)
    assert first["items"] == first["files"] == again["unchanged"]
    assert again["items"] == 0
    assert amana("vault", "check", place / "vault").returncode == 0
    assert amana("vault", "status", place / "vault", passphrase=PASSPHRASE).returncode == 0


def test_3_mail_out_and_in(place: Path) -> None:
    mishaps = Mishaps()
    with LossyPost(place / "mailbox", mishaps, 3) as post:
        account = place / "account.toml"
        account.write_text(
            f'address = "z@example.org"\n[smtp]\nhost = "{post.host}"\nport = {post.port}\n'
            'security = "none"\n'
        )
        sent = by(
            place,
            "mail",
            "send",
            "--vault",
            place / "vault",
            "--kit",
            place / "zenobia",
            "--to",
            "office@example.net",
            "--account",
            account,
        )
    assert sent["letters_sent"] == mishaps.accepted > 0
    fetched = by(place, "mail", "fetch", place / "mailbox", "--archive", place / "archive")
    assert fetched["packs_complete"] == sent["packs"]
    assert fetched["packs_incomplete"] == {}


def test_4_disks(place: Path) -> None:
    disks = [place / "disks" / str(n) for n in (1, 2, 3)]
    for disk in disks:
        disk.mkdir(parents=True)
    by(place, "disks", "fill", *disks, "--vault", place / "vault", "--any", "2", "--of", "3")
    for disk in disks:
        assert amana("disks", "check", disk).returncode == 0


def test_5_a_meeting(place: Path) -> None:
    people = {
        json.loads(p.read_text())["codename"]: p for p in (place / "archive" / "people").iterdir()
    }
    by(
        place,
        "route",
        "plan",
        place / "route",
        "--archive",
        place / "archive" / "archive.json",
        "--courier",
        people["heron"],
        "--courier",
        people["harbour"],
        "--leg",
        "Monday at seven|at the old mill",
        "--set",
        place / "disks" / "1",
        "--disk",
        "1",
        "--disk",
        "2",
    )
    for number, name in ((1, "heron"), (2, "harbour")):
        folder = place / name / "card"
        folder.mkdir()
        (folder / "card.age").write_bytes(
            (place / "route" / "cards" / f"{number}.age").read_bytes()
        )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    disks = ["--disk", f"1={place / 'disks' / '1'}", "--disk", f"2={place / 'disks' / '2'}"]
    giving = subprocess.Popen(
        [
            AMANA,
            "handover",
            "give",
            place / "heron" / "card",
            "--kit",
            place / "heron",
            *disks,
            "--seal",
            "4711",
            "--listen",
            f"127.0.0.1:{port}",
            "--json",
        ],
        env={**os.environ, "AMANA_PASSPHRASE": PASSPHRASE},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    taken = None
    for _ in range(50):
        taken = amana(
            "handover",
            "take",
            place / "harbour" / "card",
            "--kit",
            place / "harbour",
            *disks,
            "--connect",
            f"127.0.0.1:{port}",
            "--json",
            passphrase=PASSPHRASE,
        )
        if "does not answer" not in taken.stderr:
            break
    said, complained = giving.communicate(timeout=60)
    assert taken is not None
    assert taken.returncode == 0, taken.stderr
    assert giving.returncode == 0, complained
    assert json.loads(said)["disks"] == [1, 2]


def test_6_abroad(place: Path) -> None:
    shares = [
        "--share",
        place / "shares" / "share-1.txt",
        "--share",
        place / "shares" / "share-3.txt",
    ]
    archive = place / "archive"
    custody = amana(
        "custody",
        "verify",
        "--plan",
        place / "route" / "plan.age",
        "--receipts",
        place / "harbour" / "card" / "outbox",
        "--archive",
        archive,
        *shares,
    )
    assert custody.returncode == 0, custody.stderr
    by(
        place,
        "disks",
        "gather",
        place / "disks" / "1",
        place / "disks" / "2",
        "--out",
        place / "inbox",
    )
    by(place, "receive", archive / "inbox", place / "inbox", "--archive", archive, *shares)
    report = by(place, "reunite", "report", archive, *shares)
    assert report["missing"] == 0
    assert report["reunited"] == report["items"]
    shown = amana("ledger", "show", archive, *shares)
    assert "received" in shown.stdout
    assert amana("ledger", "verify", archive, *shares).returncode == 0
