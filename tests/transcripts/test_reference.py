"""Every command, error and exit code is documented, or the build fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
REFERENCE = HERE.parents[1] / "docs" / "reference"


def test_the_reference_pages_are_what_the_program_says(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; sys.path.insert(0, sys.argv[1]); import reference; "
        "[pathlib.Path(sys.argv[2], n).write_text(p(), encoding='utf-8') "
        "for n, p in reference.PAGES.items()]"
    )
    subprocess.run([sys.executable, "-c", script, str(HERE), str(tmp_path)], check=True)
    for page in sorted(tmp_path.iterdir()):
        written = (REFERENCE / page.name).read_text(encoding="utf-8")
        if written != page.read_text(encoding="utf-8"):
            pytest.fail(
                f"{page.name} is out of date: python tests/transcripts/reference.py --write"
            )


def test_every_error_has_a_message_a_hint_and_a_code() -> None:
    sys.path.insert(0, str(HERE))
    from reference import error_kinds  # type: ignore[import-not-found]

    for kind in error_kinds():
        error = kind(**dict.fromkeys(("path", "reason", "what"), "x"))
        assert error.message
        assert not error.message.endswith(".")
        assert error.message[0] in "{<'\"" or error.message[0].islower() or error.message[0] == "x"
        assert error.hint or kind.__name__ == "AmanaError", kind
        assert 1 <= kind.exit_code <= 130
