"""Who may see the addresses of courts: joined to the table of test_cast.py."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archive_cast import World

COURT = {"court"}
VERIFIER = Path(__file__).parents[2] / "verifier" / "verify_dossier.py"
WHY = "the face of a bystander"
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
    from amana_archive.courts import building, disclosing, wanted
    from amana_archive.courts.models import Dossier

    wanted.REPORTS = ("en",)  # a third of the time; the tests that look at reports want all
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


def verify(data: bytes, folder: Path, key: str) -> tuple[Path, dict[str, Any]]:
    """The downloaded zip, unpacked, before the independent verifier in a process of its own."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        packed.extractall(folder)
    (bag,) = folder.iterdir()
    command = [sys.executable, "-I", str(VERIFIER), "--json", "--archive-key", key, str(bag)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return bag, json.loads(done.stdout)


def key_of(here: World) -> str:
    from amana.trustees.archive_keys import open_archive

    return str(open_archive(here.kept.folder).verifier.vkey)


def covered(here: World, item: Any) -> Any:
    """A covered picture of `item` that two people have confirmed."""
    from amana_archive.evidence import cases, copies
    from amana_archive.evidence.models import Proposal, WorkingCopy

    held = WorkingCopy.objects.filter(item=item, reason=WHY).first()
    if held is not None:
        return held
    steps = [{"do": "cover", "box": [0, 0, 400, 400]}]
    made = copies.make_working_copy(here.opened, here.people["reviewer"], item, steps, WHY)
    proposal = Proposal.objects.get(working_copy=made)
    cases.decide(here.opened, here.people["investigator"], proposal, True, "enough is covered")
    return made


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
