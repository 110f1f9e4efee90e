"""The field guide says what the program says: every command in it exists, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amana.handover import endings, words
from amana.handover.machine import Phase, Role, Standing

FIELD = Path(__file__).parents[2] / "docs" / "field"


def commands(text: str) -> list[str]:
    return re.findall(r"^ +(?:the \w+ +)?(amana (?:route|handover) \w+)", text, re.MULTILINE)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_guide_names_real_commands_words_and_endings(language: str) -> None:
    from amana.cli import cmd_handover, cmd_route

    text = (FIELD / f"meeting.{language}.md").read_text(encoding="utf-8")
    known = {f"amana route {c.name}" for c in cmd_route.app.registered_commands}
    known |= {f"amana handover {c.name}" for c in cmd_handover.app.registered_commands}
    assert set(commands(text)) <= known
    assert len(commands(text)) >= 5
    (heard,) = re.findall(r'--heard "([^"]+)"', text)
    assert len(words.read(heard)) == words.PARTING_WORDS
    told = " ".join(
        endings.cut_outcome(role, Phase.TALKING, standing, 1)
        for role, standings in (
            (Role.GIVER, (Standing.OFFERED, Standing.COUNTERSIGNED)),
            (Role.TAKER, (Standing.SIGNED, Standing.HELD)),
        )
        for standing in standings
    )
    rows = re.findall(r"^\| ([a-z][^|]+) \|", text, re.MULTILINE)
    for row in rows:
        if row not in ("it says",):
            assert row.strip() in told, row


def test_both_languages_have_the_same_parts() -> None:
    parts = {
        language: [
            line.count("#") * "#" or line[:1]
            for line in (FIELD / f"meeting.{language}.md").read_text(encoding="utf-8").splitlines()
            if line.startswith(("#", "1.", "2.", "3.", "4.", "* "))
        ]
        for language in ("en", "ar")
    }
    assert parts["en"] == parts["ar"]
