"""Sessions at the command line, word for word: what a person types, and what he reads.

A session is a text: `$ ` begins a command, the lines under it are what it prints (both outputs, in
order), `(exit N)` is its exit code where it is not 0, `#` begins a remark. `…` stands for anything
within a line, and a line that is only `…` for any lines. AMANA_UPDATE=1 prints what was said.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from amana.rehearsal.draw import draw_set

SESSIONS = sorted((Path(__file__).parent / "sessions").glob("*.txt"))
AMANA = Path(sys.executable).parent / "amana"


@dataclass
class Command:
    words: str
    line: int
    said: list[str] = field(default_factory=list)
    code: int = 0


def parse(text: str) -> list[Command]:
    commands: list[Command] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("$ "):
            commands.append(Command(line[2:], number))
        elif match := re.fullmatch(r"\(exit (\d+)\)", line):
            commands[-1].code = int(match.group(1))
        elif commands and line.strip() and not line.startswith("#"):
            commands[-1].said.append(line.rstrip())
    return commands


def fits(pattern: list[str], said: list[str]) -> bool:
    """Whether the lines fit, a line of `…` alone standing for any number of lines."""
    if not pattern:
        return not said
    if pattern[0] == "…":
        return any(fits(pattern[1:], said[skip:]) for skip in range(len(said) + 1))
    if not said:
        return False
    line = ".*".join(re.escape(part) for part in pattern[0].split("…"))
    return re.fullmatch(line, said[0]) is not None and fits(pattern[1:], said[1:])


def run(command: Command, place: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "90", "NO_COLOR": "1", "TERM": "dumb"}
    environment.pop("AMANA_PASSPHRASE", None)
    words = shlex.split(command.words)
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    if words[0] == "amana":
        words[0] = str(AMANA)
    return subprocess.run(
        words,
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("session", SESSIONS, ids=lambda path: path.stem)
def test_session(session: Path, tmp_path: Path) -> None:
    draw_set(tmp_path / "photographs", 10, seed=9)
    for command in parse(session.read_text("utf-8")):
        done = run(command, tmp_path)
        said = [line.rstrip() for line in done.stdout.splitlines() if line.strip()]
        if "AMANA_UPDATE" in os.environ:
            print(f"$ {command.words}\n" + "\n".join(said))
            print(f"(exit {done.returncode})" if done.returncode else "")
            continue
        where = f"{session.name}:{command.line}: {command.words}"
        assert done.returncode == command.code, f"{where}\n{done.stdout}"
        assert fits(command.said, said), f"{where}\n" + "\n".join(said)
