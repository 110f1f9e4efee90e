"""Who may see the addresses of courts: joined to the table of test_cast.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archive_cast import World

COURT = {"court"}
PREPARE = {"liaison", "investigator"}

# Who may, of those with rights; whether the same role without rights may, too.
TABLE: dict[str, tuple[set[str], bool]] = {
    "disclosed": (COURT, True),
    "disclosed/<int:disclosure>": (COURT, False),
    "disclosed/<int:disclosure>/items/<int:item>/picture": (COURT, False),
    "disclosed/<int:disclosure>/dossier": (COURT, False),
    "disclosed/<int:disclosure>/sign": (COURT, False),
    "disclosed/<int:disclosure>/receipt": (COURT, False),
    "cases/<int:case>/dossiers": (PREPARE, False),
    "cases/<int:case>/dossiers/ask": (PREPARE, False),
    "asked/<int:disclosed>": ({"reviewer", "liaison", "investigator"}, False),
    "dossiers/<int:dossier>": (PREPARE, False),
    "dossiers/<int:dossier>/again": (PREPARE, False),
    "dossiers/<int:dossier>/receipt": (PREPARE, False),
}


def furnish(made: World) -> None:
    """A dossier that was received and signed for."""
    from amana_archive.courts import building, disclosing
    from amana_archive.courts.models import Dossier

    building.wait()
    dossier = Dossier.objects.get(disclosure=made.things["disclosure"])
    disclosing.fetched(made.opened, made.people["court"], dossier)
    made.things["dossier"] = dossier
    made.things["disclosed"] = made.things["disclosure"].proposal
    signed = disclosing.acknowledge(
        made.opened, made.people["court"], dossier, dossier.manifest, "Counsel"
    )
    made.things["receipt"] = signed


def lawyers(made: World) -> dict[str, Any]:
    """A prosecutor and a defence lawyer, made once."""
    from amana_archive.access import accounts
    from amana_archive.access.models import Person

    found = {}
    for login, name in (("prosecutor", "Prosecutor"), ("defender", "Defender")):
        if not Person.objects.filter(login=login).exists():
            accounts.invite(made.opened, None, login, name, "court")
            Person.objects.filter(login=login).update(active=True)
        found[login] = Person.objects.get(login=login)
    return found


def pages(made: World) -> list[tuple[str, str, str]]:
    """(who, name, address) of every page that a person looks at, for axe and for the eye."""
    disclosure, case = made.things["disclosure"].pk, made.things["case"].pk
    return [
        ("court", "disclosed", "/disclosed"),
        ("court", "disclosure", f"/disclosed/{disclosure}"),
        ("liaison", "dossiers", f"/cases/{case}/dossiers"),
        ("liaison", "ask-disclosure", f"/cases/{case}/dossiers/ask"),
        ("liaison", "asked", f"/asked/{made.things['disclosed'].pk}"),
        ("liaison", "dossier", f"/dossiers/{made.things['dossier'].pk}"),
    ]
