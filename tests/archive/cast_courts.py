"""Who may see the addresses of courts: joined to the table of test_cast.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive_cast import World

COURT = {"court"}

# Who may, of those with rights; whether the same role without rights may, too.
TABLE: dict[str, tuple[set[str], bool]] = {
    "disclosed": (COURT, True),
    "disclosed/<int:disclosure>": (COURT, False),
    "disclosed/<int:disclosure>/items/<int:item>/picture": (COURT, False),
}


def furnish(made: World) -> None:
    """Add to `made.things` one of everything that this room's addresses name."""


def pages(made: World) -> list[tuple[str, str, str]]:
    """(who, name, address) of every page that a person looks at, for axe and for the eye."""
    disclosure = made.things["disclosure"].pk
    return [
        ("court", "disclosed", "/disclosed"),
        ("court", "disclosure", f"/disclosed/{disclosure}"),
    ]
