"""The scan over everything that leaves: dossiers with covered pictures, letters in three languages.
(The published site is scanned whenever an edition is made: test_publication.)"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from archive_cast import World, browser_of
from cast_courts import WHY, covered, lawyers

from amana_archive.publication.scan.known import Known
from amana_archive.publication.scan.scan import DOSSIER, LETTER, scan, scan_folder
from amana_archive.publication.scan.sources import of_archive, of_dossier


def everything(here: World) -> Known:
    from amana.reunite.archive import Archive

    with Archive.open(here.kept.folder, here.kept.identity) as archive:
        return of_archive(archive)


def asked_and_confirmed(here: World) -> tuple[Any, Any]:
    """One item whole, one covered and without where it lay: the dossier, and the covered item."""
    from amana_archive.courts import building, disclosing
    from amana_archive.courts.disclosing import Choice, Wish
    from amana_archive.courts.models import Dossier
    from amana_archive.evidence import cases
    from amana_archive.evidence.models import CaseItem

    rows = CaseItem.objects.filter(case=here.things["case"], ended=None).order_by("item")
    # The case is the world's: other tests may have added to it.
    first, second, *others = (row.item for row in rows.select_related("item__collection"))
    choices = [Choice(first), Choice(second, "covered", True, covered(here, second), WHY)]
    choices += [Choice(other) for other in others]
    wish = Wish(lawyers(here)["defender"], "defence", "order", "", choices)
    proposal = disclosing.ask(here.opened, here.people["liaison"], here.things["case"], wish)
    cases.decide(here.opened, here.people["reviewer"], proposal, True, "as ordered")
    building.wait()
    return Dossier.objects.get(asked__proposal=proposal), second


def a_dossier(here: World, folder: Path) -> tuple[Path, Any]:
    """As it was fetched: the bag, and the covered item."""
    dossier, second = asked_and_confirmed(here)
    answer = browser_of(lawyers(here)["defender"]).post(
        f"/disclosed/{dossier.disclosure_id}/dossier"
    )
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as packed:
        packed.extractall(folder)
    (bag,) = folder.iterdir()
    return bag, second


def test_a_dossier_gives_away_nothing_that_was_withheld(here: World, tmp_path: Path) -> None:
    known = everything(here)
    assert len(known) > 20
    bag, hidden = a_dossier(here, tmp_path / "d")
    left = known.without(of_dossier(bag))
    assert hidden.path in left.paths
    assert hidden.sha256 not in left.digests  # the record with its digest is disclosed
    report = scan_folder(bag, left, DOSSIER)
    assert "\n".join(str(f) for f in report.findings) == ""
    assert report.files > 20
    # And the same scan finds a slip of the pen, and a picture that was covered by a layer only.
    (bag / "data" / "HOW-TO-VERIFY.en.txt").write_text(f"see {hidden.name}")
    (made,) = (bag / "data" / "working").iterdir()
    made.write_bytes(made.read_bytes() + b"the picture before it was covered")
    found = {(f.file, f.kind) for f in scan_folder(bag, left, DOSSIER).findings}
    assert ("data/HOW-TO-VERIFY.en.txt", "path") in found
    assert (f"data/working/{made.name}", "appended") in found


def test_letters_name_no_maker_and_no_machine(here: World) -> None:
    from amana_archive.families.letters import write

    letters = {f"{lang}.pdf": write.withdrawn("F-000012", lang) for lang in ("ar", "en", "fr")}
    letters["received.pdf"] = bytes(here.things["letter"].data)
    report = scan(letters, everything(here), LETTER)
    assert "\n".join(str(f) for f in report.findings) == ""
    signed = letters["en.pdf"].replace(b"/Producer", b"/Author (Leila) /Producer", 1)
    spoilt = letters["en.pdf"] + b"%/home/leila/letter.typ\n"
    for data in (spoilt, signed) if signed != letters["en.pdf"] else (spoilt,):
        assert not scan({"x.pdf": data}, Known(), LETTER).clean


@pytest.mark.parametrize("fault", ["hidden", "missing"])
def test_a_covered_picture_that_holds_more_than_it_shows_stops_the_dossier(
    here: World, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Nobody gets it: the dossier fails, says why, and can be tried again."""
    from amana_archive.courts import wanted
    from amana_archive.publication.scan import exif

    if fault == "missing":
        monkeypatch.setattr(exif.shutil, "which", lambda name: None)
    else:
        whole = wanted.working_copy_bytes
        monkeypatch.setattr(wanted, "working_copy_bytes", lambda *a: whole(*a) + b"behind the end")
    dossier = asked_and_confirmed(here)[0]
    assert dossier.state == "failed"
    assert ("after the picture's end" if fault == "hidden" else "exiftool") in dossier.trouble
    page = browser_of(here.people["liaison"]).get(f"/dossiers/{dossier.pk}").content.decode()
    assert dossier.trouble.split(":")[0] in page
    monkeypatch.undo()
    again = browser_of(here.people["liaison"]).post(f"/dossiers/{dossier.pk}/again")
    assert again.status_code == 302
    from amana_archive.courts import building

    building.wait()
    dossier.refresh_from_db()
    assert dossier.state == "ready"
