"""Who may see the addresses of publication: joined to the table of test_cast.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archive_cast import World

EVIDENCE = {"reviewer", "liaison", "investigator"}
LIAISON = {"liaison"}
NAMES = ["أحمد عبد الله", "Ahmad Abdullah"]

# Who may, of those with rights; whether the same role without rights may, too.
TABLE: dict[str, tuple[set[str], bool]] = {
    "publication": (EVIDENCE, True),
    "publication/make": (LIAISON, True),
    "cases/<int:case>/publish": (LIAISON, False),
    "published/<int:entry>": (EVIDENCE, False),
    # The liaison of the cast asked for it, so he may not decide it.
    "published/<int:entry>/decide": ({"reviewer", "investigator"}, False),
    "published/<int:entry>/withdraw": (LIAISON, False),
    "editions/<int:edition>": (LIAISON, True),
    "editions/<int:edition>/fetch": (LIAISON, True),
}


def confirmed_case(made: World, place: int, summary: str) -> Any:
    """A case of one picture, confirmed by two people."""
    from amana_archive.evidence import cases
    from amana_archive.evidence.models import Case, Item, Proposal

    items = [i for i in Item.objects.order_by("pk") if i.copy][place : place + 1]
    case = cases.propose(made.opened, made.people["reviewer"], items, summary)
    kind = Proposal.Kind.IDENTIFICATION
    proposal = cases.propose_act(made.opened, made.people["liaison"], case, kind, "by his family")
    cases.decide(made.opened, made.people["investigator"], proposal, True, "seen by two")
    return Case.objects.get(pk=case.pk)


def consented(case: Any, record: int, names: list[str], pictures: bool = True) -> Any:
    """A family's word, as the families' room leaves it in the catalogue."""
    from django.utils import timezone

    from amana_archive.families.models import OpenConsent

    return OpenConsent.objects.create(
        case=case.pk, record=record, given=True, names=names, pictures=pictures, at=timezone.now()
    )


def a_picture(made: World, case: Any) -> Any:
    """A working copy of the case's first item, as somebody prepared it."""
    from amana_archive.evidence import copies
    from amana_archive.evidence.models import CaseItem

    item = CaseItem.objects.filter(case=case).select_related("item__collection")[0].item
    steps = [{"do": "crop", "box": [100, 100, 900, 900]}]
    return copies.make_working_copy(made.opened, made.people["reviewer"], item, steps, "portrait")


def furnish(made: World) -> None:
    """An entry that waits, one that stands, and an edition of it."""
    from amana_archive.publication import editions, publishing
    from amana_archive.publication.publishing import Text

    case = confirmed_case(made, 4, "published")
    consented(case, 9001, NAMES)
    words = {"ar": "كان يحب الشعر.", "en": "He loved poetry.", "fr": "Il aimait la poésie."}
    picture = a_picture(made, case)
    text = Text(tuple(NAMES), "2013", "دمشق", words, picture, {"en": "A drawn card"}, True)
    entry = publishing.ask(made.opened, made.people["liaison"], case, text)
    publishing.decide(made.opened, made.people["reviewer"], entry, True, "as the family said")
    made.things["standing"] = entry
    made.things["edition"] = editions.make(made.opened, made.people["liaison"], "the first")
    other = confirmed_case(made, 5, "waits to be published")
    consented(other, 9002, [], pictures=False)
    made.things["entry"] = publishing.ask(made.opened, made.people["liaison"], other, Text())


def pages(made: World) -> list[tuple[str, str, str]]:
    """(who, name, address) of every page that a person looks at, for axe and for the eye."""
    standing = made.things["standing"]
    return [
        ("liaison", "publication", "/publication"),
        ("liaison", "entry-standing", f"/published/{standing.pk}"),
        ("reviewer", "entry", f"/published/{made.things['entry'].pk}"),
        ("liaison", "ask-publication", f"/cases/{standing.case_id}/publish"),
        ("liaison", "edition", f"/editions/{made.things['edition'].pk}"),
    ]
