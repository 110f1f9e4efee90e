"""Who may see the addresses of investigators: joined to the table of test_cast.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive_cast import World

EVIDENCE = {"reviewer", "liaison", "investigator"}

# Who may, of those with rights; whether the same role without rights may, too.
TABLE: dict[str, tuple[set[str], bool]] = {
    "cases/<int:case>/story": (EVIDENCE, False),
    "search": (EVIDENCE, True),
    "search/save": (EVIDENCE, True),
    "search/<int:saved>/forget": ({"investigator"}, False),
}


def furnish(made: World) -> None:
    """Add to `made.things` one of everything that this room's addresses name."""


def pages(made: World) -> list[tuple[str, str, str]]:
    """(who, name, address) of every page that a person looks at, for axe and for the eye."""
    case = made.things["case"].pk
    return [
        ("investigator", "search", "/search?q=dsc"),
        ("investigator", "story", f"/cases/{case}/story"),
    ]
