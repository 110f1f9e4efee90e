"""Disclosure to prosecution and defence: two people, item by item, sealed until it is fetched,
signed for, the same to both sides or the difference stated."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from archive_cast import World, browser_of
from cast_courts import WHY, covered, key_of, lawyers, verify


def disclose(here: World, to: Any, side: str, choices: Any, former: Any = None) -> Any:
    """Asked by the liaison, confirmed by the reviewer, made. Returns the dossier."""
    from amana_archive.courts import building, disclosing
    from amana_archive.courts.models import Dossier
    from amana_archive.evidence import cases

    wish = disclosing.Wish(to, side, "order 12 / 2026", "", choices, former)
    proposal = disclosing.ask(here.opened, here.people["liaison"], here.things["case"], wish)
    cases.decide(here.opened, here.people["reviewer"], proposal, True, "as ordered")
    building.wait()
    return Dossier.objects.get(asked__proposal=proposal)


def choices_of(here: World) -> Any:
    """The first item whole, the second covered, without where it lay."""
    from amana_archive.courts.disclosing import Choice
    from amana_archive.evidence.models import CaseItem

    first, second = (m.item for m in CaseItem.objects.filter(case=here.things["case"], ended=None))
    return [
        Choice(first),
        Choice(second, "covered", True, covered(here, second), WHY),
    ]


def fetched(person: Any, dossier: Any) -> bytes:
    answer = browser_of(person).post(f"/disclosed/{dossier.disclosure_id}/dossier")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def test_both_sides_verify_and_hold_the_same(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amana_archive.courts.wanted.REPORTS", ("ar", "en", "fr"))
    people, bags = lawyers(here), {}
    for login, side in (("prosecutor", "prosecution"), ("defender", "defence")):
        dossier = disclose(here, people[login], side, choices_of(here))
        assert dossier.state == "ready", dossier.trouble
        bag, verdict = verify(fetched(people[login], dossier), tmp_path / login, key_of(here))
        assert verdict["ok"], verdict["failed"]
        assert any("redacted" in line for line in verdict["not_proved"])
        bags[login] = (bag, dossier)
    lines = [
        {
            line
            for line in (bag / "manifest-sha256.txt").read_text().splitlines()
            if line[66:].startswith(("data/items.jsonl", "data/records/", "data/redacted/"))
            or line[66:].startswith(("data/originals/", "data/copies/", "data/working/"))
        }
        for bag, _ in bags.values()
    ]
    assert lines[0] == lines[1]
    first, second = (dossier for _, dossier in bags.values())
    assert first.contents_digest == second.contents_digest
    assert first.number != second.number
    # The line for grep that the guide gives.
    guide = (Path(__file__).parents[2] / "docs" / "archive" / "courts.md").read_text()
    (line,) = [x.strip() for x in guide.splitlines() if x.strip().startswith("grep -E")]
    for bag, dossier in bags.values():
        said = subprocess.run(line, shell=True, cwd=bag, capture_output=True, text=True, check=True)
        assert said.stdout.split()[0] == dossier.contents_digest
    page = browser_of(people["defender"]).get(f"/disclosed/{second.disclosure_id}")
    assert b"the same evidence, byte for byte" in page.content
    bag = bags["defender"][0]
    assert len(list((bag / "data" / "report").iterdir())) == 3
    said = json.loads((bag / "data/access/disclosure.json").read_bytes())
    assert (said["to"], said["basis"]) == ("Defender (defence)", "order 12 / 2026")


def test_what_is_withheld_does_not_slip_out(here: World, tmp_path: Path) -> None:
    """Neither in the dossier, nor on the receiver's pages."""
    from amana_archive.evidence.source import copy_bytes, original_bytes

    people = lawyers(here)
    choices = choices_of(here)
    dossier = disclose(here, people["defender"], "defence", choices)
    data = fetched(people["defender"], dossier)
    hidden = choices[1].item
    assert original_bytes(here.opened, hidden) not in data
    assert copy_bytes(here.opened, hidden)[0] not in data
    assert hidden.path.encode() not in data
    names = [here.people[name].login for name in ("reviewer", "liaison", "investigator")]
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        acts = [n for n in packed.namelist() if "/access/re" in n]
        text = b"".join(packed.read(name) for name in acts).decode()
    assert '"act":"copy.derived"' in text
    assert not [name for name in names if f'"who":"{name}"' in text]
    client = browser_of(people["defender"])
    page = client.get(f"/disclosed/{dossier.disclosure_id}?item={hidden.pk}").content.decode()
    assert hidden.name not in page
    assert WHY in page
    picture = client.get(f"/disclosed/{dossier.disclosure_id}/items/{hidden.pk}/picture")
    assert picture["Content-Type"] == "image/png"
    assert picture.content == b"".join(
        [__import__("amana_archive.evidence.source", fromlist=["x"]).working_copy_bytes(
            here.opened, choices[1].working_copy)]
    )  # fmt: skip


def test_nothing_is_plain_on_the_disk(here: World) -> None:
    """From making to fetching: no file of the archive's folder holds a plain piece of a dossier."""
    from amana_archive.courts import building

    people = lawyers(here)
    dossier = disclose(here, people["prosecutor"], "prosecution", choices_of(here))
    folder = building.folder_of(here.opened, dossier)
    parts = sorted(folder.iterdir())
    assert parts
    assert not list(here.kept.folder.rglob(".tmp-*"))
    for path in here.kept.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"BagIt-Version" not in data, path
            assert dossier.number.encode() not in data, path
    for path in parts:
        assert path.read_bytes().startswith(b"age-encryption.org/v1")


def test_the_receiver_signs_and_the_archive_lets_go(here: World) -> None:
    from amana.core.sign import Verifier, open_note
    from amana.errors import AmanaError
    from amana_archive.access.audit import catch_up
    from amana_archive.access.models import Act
    from amana_archive.courts import building, disclosing
    from amana_archive.courts.models import Dossier

    people = lawyers(here)
    dossier = disclose(here, people["defender"], "defence", choices_of(here))
    folder = building.folder_of(here.opened, dossier)
    with pytest.raises(AmanaError, match="fetch the dossier first"):
        disclosing.acknowledge(here.opened, people["defender"], dossier, dossier.manifest, "D")
    fetched(people["defender"], dossier)
    client = browser_of(people["defender"])
    where = f"/disclosed/{dossier.disclosure_id}"
    client.post(f"{where}/sign", {"manifest": "0" * 64, "name": "Defender"})
    assert Dossier.objects.get(pk=dossier.pk).state == "ready"
    client.post(f"{where}/sign", {"manifest": dossier.manifest[:20].upper(), "name": "A Defender"})
    assert Dossier.objects.get(pk=dossier.pk).state == "received"
    assert not folder.exists()
    note = client.get(f"{where}/receipt").content.decode()
    opened = open_note(note, [Verifier.parse(key_of(here))])
    assert f"manifest {dossier.manifest}\n" in opened.text
    assert "name A Defender\n" in opened.text
    catch_up(here.opened)
    (act,) = Act.objects.filter(act="dossier.received", fields__contains=dossier.manifest)
    assert act.who == "defender"
    assert browser_of(people["defender"]).post(f"{where}/dossier").status_code != 200
    assert browser_of(people["prosecutor"]).get(f"{where}/receipt").status_code == 404


def test_a_supplement_names_the_former_seal(here: World, tmp_path: Path) -> None:
    from amana_archive.courts.disclosing import Choice

    people = lawyers(here)
    first, second = choices_of(here)
    former = disclose(here, people["prosecutor"], "prosecution", [first])
    later = disclose(here, people["prosecutor"], "prosecution", [Choice(second.item)], former)
    bag, verdict = verify(fetched(people["prosecutor"], later), tmp_path, key_of(here))
    assert verdict["ok"]
    (said,) = [c["detail"] for c in verdict["checks"] if c["name"] == "disclosure"]
    assert f"supplements dossier {former.number}" in said
    assert (
        former.manifest
        in json.loads((bag / "data/access/disclosure.json").read_bytes())["supplements"]
    )


def test_what_cannot_be_asked(here: World) -> None:
    from dataclasses import replace

    from amana.errors import UsageProblem
    from amana_archive.courts import disclosing
    from amana_archive.courts.disclosing import Choice, Wish
    from amana_archive.evidence import copies

    person = lawyers(here)["defender"]
    first, second = choices_of(here)
    alone = copies.make_working_copy(
        here.opened, here.people["reviewer"], second.item,
        [{"do": "cover", "box": [1, 1, 2, 2]}], "one person alone",
    )  # fmt: skip
    good = Wish(person, "defence", "order", "", [first, second])
    for wish, why in (
        (replace(good, to=here.people["reviewer"]), "to whom"),
        (replace(good, side="jury"), "to whom"),
        (replace(good, basis=" "), "what is proposed"),
        (replace(good, choices=[]), "at least one"),
        (
            replace(good, choices=[Choice(first.item, "nothing", reason="x")]),
            "everything is withheld",
        ),
        (replace(good, choices=[Choice(first.item, "copy")]), "needs its reason"),
        (replace(good, choices=[replace(second, working_copy=alone)]), "two people"),
        (replace(good, choices=[replace(second, working_copy=None)]), "two people"),
        (replace(good, choices=[replace(first, give="half")]), "how much"),
    ):
        with pytest.raises(UsageProblem, match=why):
            disclosing.ask(here.opened, here.people["liaison"], here.things["case"], wish)


def test_one_person_alone_discloses_nothing(here: World) -> None:
    from amana.errors import UsageProblem
    from amana_archive.courts import disclosing
    from amana_archive.courts.models import Dossier
    from amana_archive.evidence import cases

    before = Dossier.objects.count()
    wish = disclosing.Wish(lawyers(here)["defender"], "defence", "order", "", choices_of(here))
    proposal = disclosing.ask(here.opened, here.people["liaison"], here.things["case"], wish)
    with pytest.raises(UsageProblem, match="another person"):
        cases.decide(here.opened, here.people["liaison"], proposal, True, "me again")
    cases.decide(here.opened, here.people["reviewer"], proposal, False, "not ordered")
    assert Dossier.objects.count() == before


def test_what_a_lock_interrupts_is_made_anew(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locked in the middle: nothing is left but sealed parts, which go at the next unlock."""
    from amana_archive.courts import building
    from amana_archive.courts.models import Dossier

    people = lawyers(here)
    dossier = disclose(here, people["prosecutor"], "prosecution", choices_of(here))
    left = building.root_of(here.opened) / ("0" * 32)
    left.mkdir()
    (left / "000001.age").write_bytes(b"half")
    Dossier.objects.filter(pk=dossier.pk).update(state="building")
    here.lockup.lock("test")
    here.lockup.open_with(here.kept.identity)
    building.wait()
    again = Dossier.objects.get(pk=dossier.pk)
    assert again.state == "ready"
    assert again.folder != dossier.folder
    assert not left.exists()
    assert not building.folder_of(here.opened, dossier).exists()
