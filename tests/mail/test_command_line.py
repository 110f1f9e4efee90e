"""`amana mail` as a person runs it: a process, its outputs, its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from mail_cast import arrived, free_port, make_packs

from amana.kits.kit import create_kit
from amana.trustees.archive_keys import ArchiveKeys, new_archive

AMANA = Path(sys.executable).parent / "amana"
PASSPHRASE = "three calm words"


class Keeping(Message):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        folder.mkdir()

    def handle_message(self, message: Any) -> None:
        number = len(list(self.folder.iterdir()))
        (self.folder / f"{number:04d}.eml").write_bytes(message.as_bytes())


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Path, ArchiveKeys]]:
    """An archive, a registered kit, packs, and an account at a server that keeps what comes."""
    archive = new_archive(tmp_path / "archive")
    kit = create_kit(tmp_path / "kit", "sender", "walnut", archive.card, PASSPHRASE, work_factor=8)
    archive.register(kit.public)
    port = free_port()
    controller = Controller(
        Keeping(tmp_path / "mailbox"), hostname="127.0.0.1", port=port, ready_timeout=20
    )
    controller.start()
    (tmp_path / "mine.toml").write_text(
        f'address = "someone@localhost"\n[smtp]\nhost = "127.0.0.1"\nport = {port}\n'
        'security = "none"\n'
    )
    yield tmp_path, archive
    controller.stop()


def run(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [AMANA, "mail", *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, "AMANA_PASSPHRASE": PASSPHRASE},
        cwd=folder,
        check=False,
    )


def test_from_kit_to_inbox_and_the_answer_back(place: tuple[Path, ArchiveKeys]) -> None:
    folder, _ = place
    contents = make_packs(folder / "packs", [60_000])
    sending = ["send", "--packs", "packs", "--kit", "kit", "--to", "archive@localhost"]
    limited = run(folder, *sending, "--account", "mine.toml", "--letters-per-day", "3", "--json")
    assert limited.returncode == 40, limited.stderr
    report = json.loads(limited.stdout)
    assert report["letters_sent"] == 3
    assert report["again_at"]
    assert "run it again after" in limited.stderr
    sealed = run(folder, "seal", "mine.toml", "mine.age", "--kit", "kit")
    assert sealed.returncode == 0, sealed.stderr
    whole = run(folder, *sending, "--account", "mine.age")
    assert whole.returncode == 0, whole.stderr
    assert "packs out" in whole.stdout
    gone = run(folder, "status", "--kit", "kit", "--json")
    assert json.loads(gone.stdout)["packs_out"] == 1
    fetched = run(folder, "fetch", "mailbox", "--archive", "archive", "--json")
    assert json.loads(fetched.stdout)["packs_complete"] == 1
    assert arrived(folder / "archive/inbox") == contents
    status = run(folder, "status", "archive/inbox", "--json")
    assert json.loads(status.stdout)["letters_missing"] == 0
    before = len(list((folder / "mailbox").iterdir()))
    answered = run(folder, "answer", "--account", "mine.toml", "--archive", "archive", "--json")
    assert json.loads(answered.stdout) == {"answered": 1}
    assert len(list((folder / "mailbox").iterdir())) == before + 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["send", "--kit", "kit", "--to", "a@b.c", "--account", "mine.toml"], 2, "one of --vault"),
        (["send", "--packs", "packs", "--kit", "kit", "--to", "a@b.c"], 2, "--account"),
        (
            [
                "send",
                "--packs",
                "packs",
                "--kit",
                "kit",
                "--to",
                "nobody",
                "--account",
                "mine.toml",
            ],
            2,
            "not a mail address",
        ),
        (
            ["send", "--packs", "no", "--kit", "kit", "--to", "a@b.c", "--account", "mine.toml"],
            4,
            "not a vault",
        ),
        (["fetch", "nowhere", "--archive", "archive"], 3, "no folder or file"),
        (["fetch", "--archive", "archive"], 2, "a mailbox, or --account"),
        (["fetch", "mailbox"], 2, "--archive, or --identity"),
    ],
)
def test_mistakes_are_one_clear_line(
    place: tuple[Path, ArchiveKeys], words: list[str], code: int, said: str
) -> None:
    folder, _ = place
    make_packs(folder / "packs", [60_000])
    done = run(folder, *words)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_is_not_there_is_unreachable(place: tuple[Path, ArchiveKeys]) -> None:
    folder, _ = place
    make_packs(folder / "packs", [60_000])
    text = (folder / "mine.toml").read_text()
    (folder / "mine.toml").write_text(text[: text.index("port")] + 'port = 9\nsecurity = "none"\n')
    done = run(
        *(folder, "send", "--packs", "packs", "--kit", "kit"),
        *("--to", "a@b.c", "--account", "mine.toml"),
    )
    assert done.returncode == 30
    assert "cannot be reached" in done.stderr
