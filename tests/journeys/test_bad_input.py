"""Bad input: one clear line (what, what is safe, what to do), a documented exit code, and the rest
goes on."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from commandline import amana, result

from amana.core.unseal import Identity
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import create_kit
from amana.rehearsal.draw import draw_set

PASSPHRASE = "six plain words are enough here"


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    draw_set(folder, 10, seed=3)
    return folder


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    card = ArchiveCard((Identity.generate().recipient,), Identity.generate().recipient)
    create_kit(tmp_path / "kit", "source", "palmyra", card, PASSPHRASE, work_factor=10)
    return tmp_path / "kit"


def said(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """The exit code, and a message of one line and a hint: no traceback, and the words in it."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert lines[0].startswith("amana: "), done.stderr
    assert lines[1].startswith("  "), done.stderr
    for word in words:
        assert word in done.stderr


def test_a_file_that_changes_while_it_is_read(tmp_path: Path, kit: Path) -> None:
    """A file that grows all the time: what was read is captured, or it is listed; never stops."""
    growing = tmp_path / "live" / "log.bin"
    growing.parent.mkdir()
    growing.write_bytes(bytes(3_000_000))
    grow = f"f = open({str(growing)!r}, 'ab', 0)\nfor _ in range(20000): f.write(b'x' * 9999)"
    writer = subprocess.Popen([sys.executable, "-c", grow])
    try:
        report = result(
            "capture",
            growing.parent,
            "--vault",
            tmp_path / "v",
            "--kit",
            kit,
            passphrase=PASSPHRASE,
        )
    finally:
        writer.kill()
        writer.wait()
    assert report["files"] == 1
    assert report["items"] + len(report["unreadable"]) + report["left"] >= 1


def test_a_missing_folder(tmp_path: Path, kit: Path) -> None:
    done = amana(
        "capture", tmp_path / "no", "--vault", tmp_path / "v", "--kit", kit, passphrase=PASSPHRASE
    )
    said(done, 3, "no folder or file", "nothing was done")


def test_a_wrong_passphrase(tmp_path: Path, kit: Path, photos: Path) -> None:
    done = amana("capture", photos, "--vault", tmp_path / "v", "--kit", kit, passphrase="wrong one")
    said(done, 10, "passphrase", "nothing was changed")


def test_no_passphrase_and_nobody_to_ask(tmp_path: Path, kit: Path, photos: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "AMANA_PASSPHRASE"}
    from commandline import AMANA

    words = [AMANA, "capture", photos, "--vault", tmp_path / "v", "--kit", kit]
    done = subprocess.run(
        words,
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    said(done, 2, "passphrase")


def test_odd_things_in_the_folder_do_not_stop_the_rest(
    tmp_path: Path, kit: Path, photos: Path
) -> None:
    odd = tmp_path / "odd"
    shutil.copytree(photos, odd)
    os.mkfifo(odd / "fifo")
    (odd / "loop").symlink_to(odd)
    (odd / "dangling").symlink_to(tmp_path / "nowhere")
    raw = os.fsencode(odd) + b"/caf\xe9 \xff.jpg"
    Path(os.fsdecode(raw)).write_bytes(b"no picture")
    report = result("capture", odd, "--vault", tmp_path / "v", "--kit", kit, passphrase=PASSPHRASE)
    there = sum(1 for p in odd.rglob("*") if p.is_file() and not p.is_symlink())
    assert report["files"] == there
    assert report["items"] == there
    assert len(report["skipped"]) == 3
    assert {"a FIFO", "a symbolic link, not followed"} == {s["reason"] for s in report["skipped"]}
    again = result("capture", odd, "--vault", tmp_path / "v", passphrase=PASSPHRASE)
    assert (again["items"], again["unchanged"]) == (0, there)


def test_an_unreadable_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root reads everything, so the system's refusal is played here."""
    from amana.capture.walk import check_sources
    from amana.errors import SourceUnreadable

    def refuse(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(SourceUnreadable) as caught:
        check_sources([tmp_path])
    assert caught.value.exit_code == 3
    assert "Permission denied" in caught.value.message


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB: a real full disk. Only root may mount one."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("test_a_full_disk: no right to mount a small file system here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk(small_disk: Path, kit: Path, photos: Path, tmp_path: Path) -> None:
    done = amana(
        "capture", photos, "--vault", small_disk / "v", "--kit", kit, passphrase=PASSPHRASE
    )
    said(done, 5, "no space left", "everything committed before is safe")
    shutil.copytree(small_disk / "v", tmp_path / "v")
    report = result("capture", photos, "--vault", tmp_path / "v", passphrase=PASSPHRASE)
    assert report["left"] == 0
    check = result("vault", "check", tmp_path / "v")
    assert check


def test_a_wrong_share(tmp_path: Path) -> None:
    for name in ("ours", "theirs"):
        result("keys", "new", "archive", tmp_path / name)
        place = tmp_path / f"shares of {name}"
        result("keys", "split", "--archive", tmp_path / name, "--out", place)
    ours = tmp_path / "shares of ours" / "share-1.txt"
    theirs = tmp_path / "shares of theirs" / "share-2.txt"
    join = ("keys", "join", "--archive", tmp_path / "ours", "--out", tmp_path / "key.txt")
    done = amana(*join, "--share", ours, "--share", theirs)
    said(done, 12, "shares do not give the archive's key", "nothing was opened")
    said(amana(*join, "--share", ours), 12, "2 are needed")
    assert not (tmp_path / "key.txt").exists()


class _Refusing:
    """A provider that takes no letter from this account."""

    async def handle_MAIL(self, *_: object) -> str:
        return "550 5.7.1 this account may not send"


@pytest.fixture
def sender(tmp_path: Path, kit: Path, photos: Path) -> list[str | Path]:
    """What is typed in order to send: a vault with something in it, a sender's kit."""
    result("capture", photos, "--vault", tmp_path / "v", "--kit", kit, passphrase=PASSPHRASE)
    card = ArchiveCard((Identity.generate().recipient,), Identity.generate().recipient)
    create_kit(tmp_path / "sender", "sender", "zenobia", card, PASSPHRASE, work_factor=10)
    words: list[str | Path] = ["mail", "send", "--vault", tmp_path / "v"]
    return [*words, "--kit", tmp_path / "sender", "--to", "office@example.net", "--account"]


def _account(folder: Path, port: int) -> Path:
    path = folder / "account.toml"
    server = f'host = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
    path.write_text(f'address = "z@example.org"\n[smtp]\n{server}')
    return path


def test_a_mailbox_that_refuses(tmp_path: Path, sender: list[str | Path]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(_Refusing(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        done = amana(*sender, _account(tmp_path, port), passphrase=PASSPHRASE)
    finally:
        controller.stop()
    said(done, 30, "refused", "may not send")


def test_a_mail_server_that_is_not_there(tmp_path: Path, sender: list[str | Path]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    done = amana(*sender, _account(tmp_path, port), passphrase=PASSPHRASE)
    said(done, 30, "cannot be reached", "nothing was lost")
