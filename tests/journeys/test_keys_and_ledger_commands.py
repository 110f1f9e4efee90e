"""Keys and ledger as people use them: real processes, files, and third parties on loopback."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from commandline import AMANA, amana, result

from amana.rehearsal.authority import LocalAuthority

PASS = "five ordinary words here"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with its shares beside it."""
    folder = tmp_path_factory.mktemp("keys")
    made = result("keys", "new", "archive", folder / "archive")
    assert made["recipient"].startswith("age1")
    split = result("keys", "split", "--archive", folder / "archive", "--out", folder / "shares")
    assert split["identity_destroyed"]
    assert len(list((folder / "shares").glob("*.pdf"))) == 3
    return folder / "archive"


def shares(archive: Path, *numbers: int, successor: bool = False) -> list[str | Path]:
    folder = archive.parent / "shares"
    option, place = ("--share", folder)
    if successor:
        option, place = "--successor-share", folder / "successor"
    return [word for n in numbers for word in (option, place / f"share-{n}.txt")]


def test_shares_join_for_plain_age(archive: Path, tmp_path: Path) -> None:
    result("keys", "join", "--archive", archive, *shares(archive, 1, 3), "--out", tmp_path / "key")
    if shutil.which("age"):
        words = ["age", "-d", "-i", tmp_path / "key", archive / "office.age"]
        opened = subprocess.run(words, capture_output=True, check=True)
        assert b'"seed"' in opened.stdout
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    again = amana(
        "keys", "join", "--archive", archive, *shares(archive, 1, 3), "--out", tmp_path / "key"
    )
    assert again.returncode == 4


def test_wrong_shares_say_what_is_wrong(archive: Path, tmp_path: Path) -> None:
    one = amana("keys", "drill", "--archive", archive, *shares(archive, 1))
    assert one.returncode == 12
    assert "2 are needed" in one.stderr
    wrong = tmp_path / "wrong.txt"
    words = (archive.parent / "shares" / "share-2.txt").read_text().split("\n")[1].split()
    words[9] = "academic" if words[9] != "academic" else "acid"
    wrong.write_text(" ".join(words))
    typo = amana("keys", "drill", "--archive", archive, *shares(archive, 1), "--share", wrong)
    assert typo.returncode == 12
    assert "a word is wrong" in typo.stderr
    assert not any(word in typo.stderr.split() for word in words[4:])
    locked = amana("ledger", "show", archive)
    assert locked.returncode == 12
    assert "2 trustees" in locked.stderr


def test_the_ledger_is_shown_verified_proved(archive: Path, tmp_path: Path) -> None:
    shown = result("ledger", "show", archive, *shares(archive, 2, 3))
    assert [e["act"] for e in shown["entries"]][:1] == ["keys-made"]
    assert result("ledger", "verify", archive)["verified"]
    assert result("ledger", "verify", archive, *shares(archive, 2, 3))["entries_opened"]
    proof, record = tmp_path / "0.tlog-proof", tmp_path / "0.json"
    words = ("ledger", "prove", archive, "0", "--out", proof, "--record", record)
    result(*words, *shares(archive, 1, 2))
    check = ("ledger", "verify", "--proof", proof, "--record", record, "--key")
    assert result(*check, archive / "ledger.vkey")["verified"]
    record.write_bytes(record.read_bytes().replace(b"keys-made", b"keys-lost"))
    assert amana(*check, archive / "ledger.vkey").returncode == 22
    head = tmp_path / "head"
    head.write_text(shown["checkpoint"])
    assert result("ledger", "consistency", archive, head)["consistent"]


def test_two_time_authorities(archive: Path, tmp_path: Path) -> None:
    with LocalAuthority(tmp_path / "1", "geneva") as one, LocalAuthority(tmp_path / "2") as two:
        words: list[str | Path] = ["ledger", "timestamp", archive]
        for number, authority in enumerate((one, two)):
            pem = tmp_path / f"{number}.pem"
            pem.write_bytes(authority.ca_pem)
            words += ["--authority", authority.url, "--roots", pem]
        two.failures = 1
        first = amana(*words)
        assert first.returncode == 40
        assert "1 tokens are missing" in first.stderr
        again = result(*words)
        assert len(again["kept"]) == 2
        assert again["contacted"] == [two.url]
        only = amana(*words[:3], *words[3:7])
        assert only.returncode == 2


def test_witness_and_mirror_as_processes(archive: Path, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    made = result(
        "ledger", "witness", "new", witness, "--name", "witness.example/1", passphrase=PASS
    )
    environment = {**os.environ, "AMANA_PASSPHRASE": PASS}
    words = ["ledger", "witness", "serve", witness, "--log", archive / "ledger.vkey", "--port", "0"]
    server = subprocess.Popen(
        [AMANA, *map(str, words)], stderr=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert server.stderr
        url = server.stderr.readline().split(" at ")[1].split(",")[0]
        out = tmp_path / "cosigned"
        ask = ("ledger", "witness", "ask", archive, "--url", url, "--key", made["key"])
        assert result(*ask, "--out", out)["witness"] == "witness.example/1"
        assert out.read_text().count("\u2014") == 2
    finally:
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=20)
    assert server.returncode == 130

    www, mirror = tmp_path / "www", tmp_path / "mirror"
    result("ledger", "mirror", "publish", archive, www)
    key = ("--key", archive / "ledger.vkey")
    followed = result("ledger", "mirror", "follow", www, mirror, *key)
    assert followed["size"] == followed["added"] >= 1
    demanding = ("--witness", made["key"], "--quorum", "1")
    uncosigned = amana("ledger", "mirror", "follow", www, tmp_path / "m2", *key, *demanding)
    assert uncosigned.returncode == 22
    shutil.copy(out, www / "checkpoint")
    assert result("ledger", "mirror", "follow", www, tmp_path / "m2", *key, *demanding)


def test_kits_for_two_archives(archive: Path, tmp_path: Path) -> None:
    result("keys", "new", "archive", tmp_path / "second")
    words = ("kit", "new", "source", tmp_path / "kit", "--codename", "caesar")
    cards = ("--archive", archive / "archive.json", "--archive", tmp_path / "second/archive.json")
    made = result(*words, *cards, "--register", archive, passphrase=PASS)
    assert made["archives"] == 2
    shown = result("kit", "show", tmp_path / "kit", passphrase=PASS)
    assert len(shown["archive"]) == 2
    assert amana("kit", "show", tmp_path / "kit", passphrase="wrong words").returncode == 10
    assert amana(*words, *cards, passphrase=PASS).returncode == 4
    assert amana("kit", "new", "spy", tmp_path / "k", "--codename", "x", *cards).returncode == 2


def test_rotation_last(archive: Path, tmp_path: Path) -> None:
    """The last of this module: afterwards other shares open the archive."""
    words = ("keys", "rotate", "--archive", archive, "--reason", "a trustee left")
    out = ("--out", tmp_path / "next")
    refused = amana(
        *words, *out, *shares(archive, 1, 2), "--successor-share", *shares(archive, 1)[1:]
    )
    assert refused.returncode == 12
    done = result(*words, *out, *shares(archive, 1, 2), *shares(archive, 1, 3, successor=True))
    assert len(done["successor_shares"]) == 3
    assert len(list((tmp_path / "next").glob("*.pdf"))) == 3
    old = amana("keys", "drill", "--archive", archive, *shares(archive, 1, 2))
    assert old.returncode == 12
    new = [
        ("--share" if w == "--successor-share" else w)
        for w in shares(archive, 1, 2, successor=True)
    ]
    assert result("keys", "drill", "--archive", archive, *new)["recipient"] == done["recipient"]
    entries = result("ledger", "show", archive, *new)["entries"]
    assert [e["act"] for e in entries][-1] == "keys-rotated"
    assert entries[-1]["reason"] == "a trustee left"
