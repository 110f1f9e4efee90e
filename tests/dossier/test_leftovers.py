"""Half a dossier is plain evidence: a signal removes it, and after a kill the next build does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dossier_cast import Cast

from amana.dossier.build import build
from amana.dossier.leftovers import PREFIX, hidden_folder, sweep
from amana.dossier.verify import verify

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows locks no folders")

# A build that has written plain evidence and waits in the middle of it.
SLOW = """
import sys, time
from pathlib import Path
from amana.cli.cmd_dossier import _end_by_cleaning
from amana.dossier.leftovers import hidden_folder
_end_by_cleaning()
with hidden_folder(Path(sys.argv[1])) as hidden:
    (hidden / "original").write_bytes(b"plain evidence")
    print("half", flush=True)
    time.sleep(60)
"""


def half_built(folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"half\n"
    return process


def left(folder: Path) -> list[Path]:
    return list(folder.glob(PREFIX + "*"))


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_end_leaves_nothing(tmp_path: Path, sent: signal.Signals) -> None:
    process = half_built(tmp_path)
    process.send_signal(sent)
    process.communicate(timeout=30)
    assert left(tmp_path) == []


def test_what_a_kill_leaves_goes_with_the_next_build(tmp_path: Path, cast: Cast) -> None:
    process = half_built(tmp_path)
    process.kill()
    process.communicate(timeout=30)
    (remains,) = left(tmp_path)
    assert (remains / "original").read_bytes() == b"plain evidence"
    build(tmp_path / "d", cast.case(1, stamp=False))
    assert left(tmp_path) == []
    assert verify(tmp_path / "d").ok


def test_a_build_that_goes_on_is_left_alone(tmp_path: Path) -> None:
    process = half_built(tmp_path)
    assert sweep(tmp_path) == 0
    assert len(left(tmp_path)) == 1
    process.terminate()
    process.communicate(timeout=30)
    until = time.monotonic() + 10
    while left(tmp_path) and time.monotonic() < until:
        time.sleep(0.05)
    assert left(tmp_path) == []


def test_a_link_is_no_leftover(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "x").write_text("x")
    (tmp_path / (PREFIX + "link")).symlink_to(victim)
    assert sweep(tmp_path) == 0
    assert (victim / "x").exists()
    with hidden_folder(tmp_path) as hidden:
        hidden.rename(tmp_path / "made")
    assert (tmp_path / "made").is_dir()
