"""Writes the reference pages from the program itself: every command's `--help`, every exit code.

    python tests/transcripts/reference.py --write

test_reference.py fails when what is written differs from what the program says.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.update(COLUMNS="96", TERM="dumb", NO_COLOR="1", TYPER_USE_RICH="0")

from typer.main import get_command
from typer.testing import CliRunner

from amana import errors
from amana.cli.main import app

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


def commands(command: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command and group, outermost first."""
    command = get_command(app) if command is None else command
    yield path
    for name, inner in sorted(getattr(command, "commands", {}).items()):
        yield from commands(inner, (*path, name))


def help_of(path: tuple[str, ...]) -> str:
    result = CliRunner().invoke(app, [*path, "--help"], prog_name="amana", terminal_width=96)
    assert result.exit_code == 0, (path, result.output)
    return "\n".join(line.rstrip() for line in result.output.strip().splitlines())


def cli_page() -> str:
    parts = ["# Commands\n\nWritten from the program's own `--help`; a test holds it to that.\n"]
    for path in commands():
        title = " ".join(("amana", *path))
        parts.append(f"## `{title}`\n\n```text\n{help_of(path)}\n```\n")
    return "\n".join(parts)


def error_kinds() -> list[type[errors.AmanaError]]:
    kinds = [
        k
        for _, k in inspect.getmembers(errors, inspect.isclass)
        if issubclass(k, errors.AmanaError)
    ]
    return sorted(kinds, key=lambda k: (k.exit_code, k.__name__))


def exit_code_page() -> str:
    lines = [
        "# Errors and exit codes",
        "",
        "Every error that Amana raises on purpose: what it prints, what is safe, what to do next.",
        "0 is success, 1 anything else that went wrong, 2 a wrong command line.",
        "",
        "| code | error | it says | and then |",
        "|---|---|---|---|",
    ]
    for kind in error_kinds():
        message, _, hint = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")
        cells = (
            kind.exit_code,
            f"`{kind.__name__}`",
            " ".join(message.split()),
            " ".join(hint.split()),
        )
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


PAGES = {"commands.md": cli_page, "exit-codes.md": exit_code_page}

if __name__ == "__main__" and "--write" in sys.argv:
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
