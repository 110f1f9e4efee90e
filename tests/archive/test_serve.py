"""`amana archive serve`, `unlock`, `lock`: the real commands, each a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from archive_cast import make_archive


def amana(*words: object) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "amana"), "archive", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_serve_unlock_lock_end(tmp_path: Path) -> None:
    kept = make_archive(tmp_path, photographs=1)
    for number, words in enumerate(kept.shares):
        (tmp_path / f"share-{number}").write_text(words)
    command = [str(Path(sys.executable).parent / "amana"), "archive", "serve", "--port", "0"]
    running = subprocess.Popen(
        [*command, "--archive", kept.folder], stderr=subprocess.PIPE, text=True
    )
    control = kept.folder / "web" / "control.json"
    try:
        until = time.monotonic() + 40
        while not control.exists() and time.monotonic() < until:
            time.sleep(0.1)
        assert control.stat().st_mode & 0o077 == 0
        address = json.loads(control.read_bytes())["address"]
        assert b"locked" in page(address)
        for number in (2, 0):
            share = tmp_path / f"share-{number}"
            done = amana("unlock", "--archive", kept.folder, "--share", share, "--json")
            assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["locked"] is False
        assert b'name="passphrase"' in page(address)
        assert amana("lock", "--archive", kept.folder).returncode == 0
        assert b'name="share"' in page(address)
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 0
        assert running.stderr is not None
        running.stderr.close()
    assert not control.exists()
    late = amana("lock", "--archive", kept.folder)
    assert late.returncode == 2
    assert "no server runs" in late.stderr


def page(address: str) -> bytes:
    request = urllib.request.Request(address, headers={"Accept-Language": "en"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return bytes(answer.read())
