"""Pages that are pictures, read by Debian's tesseract: Arabic, French, English.

It is a program of the system and not part of Amana. Where it is missing, or lacks a language, that
is said and counted, never passed over. It runs in the cage (`caged.py`) and is given nothing but
grey pixels, which our own confined worker made: never a foreign file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache

from amana.errors import CannotOpen

PROGRAM = "tesseract"
LANGUAGES = ("ara", "fra", "eng")
_MEMORY, _SECONDS = 2 << 30, 120
_LEAST = 20.0  # words below this confidence (per cent) are noise


@dataclass(frozen=True)
class Page:
    """A page as grey pixels, a byte each, row by row."""

    width: int
    height: int
    pixels: bytes


@dataclass(frozen=True)
class PageText:
    """What a page says, and tesseract's mean confidence in it (per cent, 0 where it is empty)."""

    text: str
    confidence: int


@dataclass(frozen=True)
class Engine:
    """The tesseract of this system: its version, and which of our languages it has."""

    program: str
    version: str
    languages: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"tesseract {self.version} ({'+'.join(self.languages)})"

    @property
    def lacking(self) -> tuple[str, ...]:
        return tuple(name for name in LANGUAGES if name not in self.languages)

    def read(self, page: Page) -> PageText:
        """Raises CannotOpen when it fails or takes too long."""
        command = [sys.executable, "-I", "-m", "amana.reunite.caged", str(_MEMORY), str(_SECONDS)]
        command += [self.program, "-", "-", "-l", "+".join(self.languages), "--dpi", "200", "tsv"]
        head = b"P5 %d %d 255\n" % (page.width, page.height)
        try:
            done = subprocess.run(
                command,
                input=head + page.pixels,
                capture_output=True,
                timeout=2 * _SECONDS,
                env={"PATH": os.environ.get("PATH", os.defpath), "OMP_THREAD_LIMIT": "1"},
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise CannotOpen(what="a scanned page", reason=type(error).__name__) from None
        return parse_table(done.stdout.decode("utf-8", "replace"))


@cache
def engine() -> Engine | None:
    """The tesseract of this system, or None."""
    program = shutil.which(PROGRAM)
    if program is None:
        return None
    try:
        said = subprocess.run([program, "--version"], capture_output=True, check=True, timeout=20)
        listed = subprocess.run(
            [program, "--list-langs"], capture_output=True, check=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return None
    version = said.stdout.decode("utf-8", "replace").split("\n")[0].split()[-1]
    there = listed.stdout.decode("utf-8", "replace").split()
    languages = tuple(name for name in LANGUAGES if name in there)
    return Engine(program, version, languages) if languages else None


def parse_table(table: str) -> PageText:
    """The text of tesseract's `tsv` output: words with their line, and how sure it was of each."""
    lines: dict[tuple[str, ...], list[str]] = {}
    weight = total = 0.0
    for row in table.split("\n")[1:]:
        cells = row.split("\t")
        if len(cells) < 12 or not cells[11].strip():
            continue
        try:
            sure = float(cells[10])
        except ValueError:
            continue
        if sure >= _LEAST:
            lines.setdefault(tuple(cells[1:5]), []).append(cells[11].strip())
            weight += len(cells[11])
            total += sure * len(cells[11])
    text = "\n".join(" ".join(words) for words in lines.values())
    return PageText(text, round(total / weight) if weight else 0)
