"""The drawn state machine is the one that runs. AMANA_WRITE=1 draws it anew."""

from __future__ import annotations

import os
from pathlib import Path

from amana.handover.machine import Role, diagram

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "meeting-machine.md"
HEAD = """# The meeting's state machine

Drawn from the table in `src/amana/handover/machine.py` by `tests/handover/test_handover_diagram.py`
(`AMANA_WRITE=1` writes it anew). A node is a phase of the talk and what the side durably knows; an
edge is what happened, and after the slash what is done: durable things first, then what is said.
What is not drawn ends the talk and changes nothing.
"""


def page() -> str:
    parts = [HEAD]
    for role in Role:
        parts.append(f"\n## The {role}\n\n```mermaid\n{diagram(role)}```\n")
    return "".join(parts)


def test_the_page_shows_the_table() -> None:
    if os.environ.get("AMANA_WRITE"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()
