"""Who may see the addresses of investigators: joined to the table of test_cast.py."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive_cast import World

EVIDENCE = {"reviewer", "liaison", "investigator"}
INVESTIGATOR = {"investigator"}

# Who may, of those with rights; whether the same role without rights may, too.
TABLE: dict[str, tuple[set[str], bool]] = {
    "cases/<int:case>/story": (EVIDENCE, False),
    "search": (EVIDENCE, True),
    "search/save": (EVIDENCE, True),
    "search/<int:saved>/forget": (INVESTIGATOR, False),
    "series": (INVESTIGATOR, True),
    "series/data": (INVESTIGATOR, True),
    "timeline": (INVESTIGATOR, True),
    "timeline/data": (INVESTIGATOR, True),
    "places": (INVESTIGATOR, True),
    "places/data": (INVESTIGATOR, True),
    "places/<int:place>/take": (INVESTIGATOR, True),
    "documents": (EVIDENCE, True),
    "documents/<int:item>": (EVIDENCE, False),
    "documents/<int:item>/pages/<int:page>": (EVIDENCE, False),
    "documents/<int:item>/translate": ({"reviewer", "investigator"}, False),
}


def furnish(made: World) -> None:
    """Add to `made.things` one of everything that this room's addresses name."""
    from amana_archive.evidence.models import Item
    from amana_archive.investigators import places, translations

    investigator = made.people["investigator"]
    said = places.Described("مستشفى", "hospital", "9077", "33.5", "36.25", "a published report")
    made.things["place"] = places.add(made.opened, investigator, said)
    second = places.Described("Branch", "branch", "251", "33.51", "36.3", "two witnesses")
    places.add(made.opened, investigator, second)
    made.things["page"] = SimpleNamespace(pk=1)
    document = Item.objects.get(path__endswith="testimony.txt")
    made.things["document"] = document
    text = "Testimony on the military prison, number 227."
    translations.add(made.opened, investigator, document, ("ar", "en"), text, "A translator")


def pages(made: World) -> list[tuple[str, str, str]]:
    """(who, name, address) of every page that a person looks at, for axe and for the eye."""
    case, document = made.things["case"].pk, made.things["document"].pk
    return [
        ("investigator", "search", "/search?q=dsc"),
        ("investigator", "story", f"/cases/{case}/story"),
        ("investigator", "series", "/series"),
        ("investigator", "series-files", "/series?number=file"),
        ("investigator", "timeline", "/timeline?by=day"),
        ("investigator", "places", "/places"),
        ("investigator", "documents", "/documents"),
        ("investigator", "document", f"/documents/{document}?q=227"),
    ]
