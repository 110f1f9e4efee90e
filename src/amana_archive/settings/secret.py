"""Secrets from the environment or a private file. There is no default secret anywhere."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from amana.errors import BadKey

LEAST = 32


def read_secret(name: str) -> str:
    """The secret `name` from the environment, or from the file that `<name>_FILE` names, which
    nobody but its owner may read. Raises BadKey."""
    direct = os.environ.get(name)
    if direct is not None:
        return _long_enough(name, direct)
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        raise BadKey(expected=f"the secret {name}", reason=f"set {name} or {name}_FILE")
    return _long_enough(name, _private_file(Path(path)))


def _private_file(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadKey(expected="a file with a secret", reason=str(error)) from None
    if os.name != "nt" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadKey(expected="a private file", reason=f"others may read {path}: chmod 600 it")
    return text


def _long_enough(name: str, text: str) -> str:
    if len(text) < LEAST:
        raise BadKey(expected=f"the secret {name}", reason=f"it has fewer than {LEAST} characters")
    return text
