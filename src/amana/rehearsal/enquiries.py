"""Two families ask. What answers them is the archive on the web, in a process of its own: `amana`
knows no web framework, and a web server is set up once a process, for one archive."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from amana.core.unseal import Identity

_NEEDED = ("django", "sqlcipher3", "waitress")
_PATIENCE = 600


@dataclass(frozen=True)
class Answered:
    """One family whose relative was found, and one whose was not; the letters both were given."""

    identified: dict[str, Any]
    not_found: dict[str, Any]
    passphrases: dict[str, str]

    @property
    def letters(self) -> int:
        return len(self.identified["letters"]) + len(self.not_found["letters"])


def able() -> bool:
    """Whether the archive's extra is installed."""
    return all(find_spec(name) for name in _NEEDED)


def answer(archive: Path, identity: Identity, letters: Path) -> Answered | str:
    """Fill the catalogue of `archive`, and take two enquiries from intake to their letters (PDF, in
    `letters`). Where the photographs do not allow it, a sentence says why.

    Raises RuntimeError with the process's own last words if it fails: so has the rehearsal.
    """
    letters.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "amana_archive.rehearsed", str(archive), str(letters)],
        input=identity.text,  # never an argument: those can be read by every process
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE,
    )
    if done.returncode:
        raise RuntimeError(f"the families' enquiries failed: {done.stderr[-2000:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    if "left_out" in told:
        return str(told["left_out"])
    return Answered(told["identified"], told["not_found"], told["passphrases"])
