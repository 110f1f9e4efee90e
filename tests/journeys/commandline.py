"""Runs the real command line, as a person would: a process, its two outputs, its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

AMANA = Path(sys.executable).parent / "amana"


def amana(
    *words: str | Path, passphrase: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AMANA_PASSPHRASE": passphrase, "COLUMNS": "100", **more}
    return subprocess.run(
        [AMANA, *map(str, words)], capture_output=True, text=True, env=environment, check=False
    )


def result(*words: str | Path, passphrase: str = "") -> dict[str, Any]:
    done = amana(*words, "--json", passphrase=passphrase)
    assert done.returncode == 0, done.stderr
    loaded: dict[str, Any] = json.loads(done.stdout)
    return loaded
