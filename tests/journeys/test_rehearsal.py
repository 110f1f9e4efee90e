"""The whole operation, run as a person runs it, and looked at with ordinary tools."""

from __future__ import annotations

import email
import json
import os
import re
import shutil
import signal
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bagit
import pytest
from commandline import AMANA, amana
from searcher import confessions

from amana.rehearsal.draw import draw_set

PHOTOGRAPHS = 36


@dataclass(frozen=True)
class Rehearsed:
    """One rehearsal that kept everything: its folder, its JSON, the files that were captured."""

    keep: Path
    facts: dict[str, Any]
    photos: Path

    @property
    def files(self) -> list[Path]:
        return [p for p in self.photos.rglob("*") if p.is_file() and not p.is_symlink()]


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """A nested folder with odd things in it, that may not be written to."""
    place = tmp_path_factory.mktemp("rehearsal")
    photos = place / "photographs of May"
    draw_set(photos, PHOTOGRAPHS, seed=5)
    (photos / "deep" / "er").mkdir(parents=True)
    shutil.copy(next(photos.rglob("DSC_00003.JPG")), photos / "deep" / "er" / "صورة ٣.jpg")
    Path(os.fsdecode(os.fsencode(photos) + b"/not utf-8 \xe9\xff.txt")).write_bytes(b"x" * 5000)
    os.mkfifo(photos / "deep" / "fifo")
    (photos / "deep" / "loop").symlink_to(photos)
    for path in [photos, *photos.rglob("*")]:
        if not path.is_symlink() and path.exists() and (path.is_dir() or path.is_file()):
            path.chmod(0o500 if path.is_dir() else 0o400)
    before = {p: p.stat().st_atime_ns for p in photos.rglob("*") if p.is_file()}
    keep = place / "keep"
    done = amana("rehearse", photos, "--keep", keep, "--json")
    assert done.returncode == 0, done.stderr
    assert {p: p.stat().st_atime_ns for p in before} == before, "the source was touched"
    return Rehearsed(keep, json.loads(done.stdout), photos)


def test_nothing_is_missing_and_the_one_tampered_is_found(rehearsed: Rehearsed) -> None:
    facts = rehearsed.facts
    assert facts["missing"] == 0
    assert facts["tampered"] == [facts["tampered_planted"]]
    assert facts["items"] == len(rehearsed.files)
    assert facts["reunited"] == facts["items"] - 1
    assert {t["name"].rpartition("/")[2] for t in facts["unreadable"]} == {"damaged.jpg"}
    assert {t["reason"] for t in facts["skipped"]} == {"a FIFO", "a symbolic link, not followed"}


def test_what_was_lost_on_purpose_was_lost(rehearsed: Rehearsed) -> None:
    facts = rehearsed.facts
    assert facts["letters_lost"] == facts["letters_sent"] // 5 > 0
    assert facts["letters_refused"] == 2
    assert facts["killed"] is True
    assert (facts["disks"], facts["disks_lost"], facts["impostors_refused"]) == (5, 1, 1)
    lost = [chain["lost"] for chain in facts["custody"]]
    assert lost == [{"2": "courier-3"}, {}], "the confiscated disk is a stated gap"
    assert facts["old_copies"]["wrong"] == 0
    assert facts["old_copies"]["right"] >= facts["old_copies"]["brought"] * 2 // 3
    assert facts["checkpoint"].startswith("amana.ledger/")
    assert set(facts["seconds"]) >= {"capture", "mail", "disks", "couriers", "reunite", "dossier"}


def test_the_couriers_use_all_there_is(rehearsed: Rehearsed) -> None:
    """Signed and spoken meetings, a route planned anew, a person led, a disk made again, and
    everything on paper."""
    by_devices, by_words = (chain["chain"] for chain in rehearsed.facts["custody"])
    assert [leg["proof"] for leg in by_devices] == ["signed", "signed"]
    assert by_devices[0]["words_tried_in_vain"] == 1, "the impostor is in the receipt"
    assert [leg["proof"] for leg in by_words] == ["told", "signed"]
    assert rehearsed.facts["custody"][1]["intact"]
    archive = rehearsed.keep / "archive"
    assert (archive / "routes" / "b-anew" / "plan.age").exists()
    assert len(list((archive / "routes" / "c" / "cards").iterdir())) == 2, "a person was led"
    for paper in ("routes/a/custody.pdf", "routes/b/custody.pdf", "set-of-disks.pdf"):
        assert (archive / paper).read_bytes().startswith(b"%PDF-")
    remade, one = archive / "disk-made-again", rehearsed.keep / "disks" / "2"
    assert {p.name for p in remade.rglob("*")} == {p.name for p in one.rglob("*")}
    assert amana("disks", "check", remade).returncode == 0
    assert amana("disks", "check", rehearsed.keep / "disks" / "4").returncode == 22


def test_ordinary_tools_open_packs_of_the_vault_and_of_a_disk(rehearsed: Rehearsed) -> None:
    if not shutil.which("age"):
        pytest.skip("test_ordinary_tools...: age is not installed")
    identity = rehearsed.keep / "trustees" / "archive-identity.txt"
    vault, disk = rehearsed.keep / "source" / "vault", rehearsed.keep / "disks" / "3"
    for pack in [
        vault / "copies/000001.age",
        vault / "originals/000001.age",
        next(disk.glob("*/*.age")),
    ]:
        opened = subprocess.run(
            ["age", "-d", "-i", identity, pack], capture_output=True, check=True
        )
        listed = subprocess.run(["tar", "t"], input=opened.stdout, capture_output=True, check=True)
        names = listed.stdout.decode().splitlines()
        assert names[0] == "records.jsonl"
        assert len(names) > 1
        assert not listed.stderr


def test_the_vault_is_what_sha256sum_says(rehearsed: Rehearsed) -> None:
    vault = rehearsed.keep / "source" / "vault"
    done = subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"],
        cwd=vault,
        capture_output=True,
        text=True,
        check=False,
    )
    failed = [line for line in done.stdout.splitlines() if not line.endswith(": OK")]
    assert failed == []


@pytest.mark.parametrize("role", ["source", "sender", "couriers", "disks", "mailbox"])
def test_a_searcher_who_owns_the_originals_finds_nothing(rehearsed: Rehearsed, role: str) -> None:
    count = len(rehearsed.files)
    assert confessions(rehearsed.keep / role, rehearsed.files, [count, count - 1]) == []


def test_the_searcher_would_find_it(rehearsed: Rehearsed, tmp_path: Path) -> None:
    """The same search, over what the court got: there the originals lie open."""
    assert confessions(rehearsed.keep / "court", rehearsed.files)
    (tmp_path / "note.txt").write_text(f"{len(rehearsed.files)} done")
    assert confessions(tmp_path, rehearsed.files, [len(rehearsed.files)])


def test_letters_are_ordinary(rehearsed: Rehearsed) -> None:
    allowed = {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
        "Received",
        "Return-Path",
        "X-Peer",
        "X-MailFrom",
        "X-RcptTo",
    }
    letters = sorted((rehearsed.keep / "mailbox").glob("*.eml"))
    assert letters
    for path in letters:
        message = email.message_from_bytes(path.read_bytes())
        assert set(message.keys()) <= allowed, set(message.keys()) - allowed
        assert message["Date"].endswith("+0000")
        assert "amana" not in path.read_bytes()[:2000].decode("latin-1").lower()


def test_the_court_needs_no_key(rehearsed: Rehearsed) -> None:
    dossier = Path(rehearsed.facts["dossier"]["path"])
    assert set(rehearsed.facts["dossier"]["verified_by"].values()) == {True}
    assert amana("dossier", "verify", dossier).returncode == 0
    assert bagit.Bag(str(dossier)).is_valid()
    subprocess.run(["sha256sum", "--quiet", "-c", "manifest-sha256.txt"], cwd=dossier, check=True)
    assert list(dossier.rglob("*.tsr")), "no time stamp in the dossier"
    changed = next((dossier / "data" / "originals").iterdir())
    changed.chmod(0o600)
    with changed.open("r+b") as stream:
        stream.seek(100)
        byte = stream.read(1)
        stream.seek(100)
        stream.write(bytes([byte[0] ^ 1]))
    assert amana("dossier", "verify", dossier).returncode == 1


def test_a_rehearsal_draws_its_own_photographs() -> None:
    done = amana("rehearse", "--items", "10", "--seed", "7")
    assert done.returncode == 0, done.stderr
    assert "tampered" in done.stdout
    assert "verified by" in done.stdout


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    done = amana("rehearse", "--keep", tmp_path)
    assert done.returncode == 4
    assert (tmp_path / "mine").read_text() == "mine"


def test_two_families_ask_one_is_told_and_one_is_not_found(rehearsed: Rehearsed) -> None:
    told = rehearsed.facts["families"]
    assert told["identified"]["page_says"] == "call"  # never the result
    assert ["body", "seen"] not in told["identified"]["shown"]
    assert told["not_found"]["page_says"] == "looking"
    assert told["not_found"]["excluded"]
    letters = sorted((rehearsed.keep / "families").glob("*.pdf"))
    assert len(letters) == len(told["identified"]["letters"]) + len(told["not_found"]["letters"])
    assert all(path.read_bytes().startswith(b"%PDF") for path in letters)


def test_what_families_told_lies_sealed(rehearsed: Rehearsed) -> None:
    """Not in the catalogue, not in the family store's file, not in the archive's ledger."""
    for name in ("العطار", "Alattar", "Mansour", "Abu Nizar"):
        for encoding in ("utf-8", "utf-16-le"):
            needle = name.encode(encoding)
            for path in (rehearsed.keep / "archive").rglob("*"):
                assert not (path.is_file() and needle in path.read_bytes()), path


def test_a_rehearsal_ends_with_the_archive_on_the_web() -> None:
    running = subprocess.Popen(
        [AMANA, "rehearse", "--items", "10", "--serve"], stderr=subprocess.PIPE, text=True
    )
    said = ""
    try:
        assert running.stderr
        for line in running.stderr:
            said += line
            if match := re.search(r"the filled archive is at (http://[0-9.:]+)", line):
                page = urllib.request.urlopen(match.group(1) + "/", timeout=20).read().decode()
                assert 'dir="rtl"' in page, "Arabic is the first language"
                break
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 0
    finally:
        running.kill()
        running.wait()
        running.stderr.close()
    roles = ("administrator", "reviewer", "liaison", "investigator", "court", "auditor")
    assert all(role in said for role in roles), said
