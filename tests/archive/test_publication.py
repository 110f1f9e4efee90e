"""Publication: with consent, by two people, scanned; taken back by one, at once; what leaves holds
nothing that leads to the source."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from archive_cast import World, browser_of
from cast_publication import NAMES, a_picture, confirmed_case, consented

from amana.errors import ScannerMissing, UsageProblem


def fetched(here: World, edition: Any) -> dict[str, bytes]:
    """The site as it leaves: by path inside its folder."""
    answer = browser_of(here.people["liaison"]).post(f"/editions/{edition.pk}/fetch")
    assert answer.status_code == 200
    data = b"".join(answer.streaming_content)
    assert len(data) == int(answer["Content-Length"])
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name.partition("/")[2]: packed.read(name) for name in packed.namelist()}


def publish(here: World, case: Any, **more: Any) -> Any:
    from amana_archive.publication import publishing
    from amana_archive.publication.publishing import Text

    entry = publishing.ask(here.opened, here.people["liaison"], case, Text(**more))
    publishing.decide(here.opened, here.people["reviewer"], entry, True, "as the family said")
    return entry


def make(here: World, why: str = "test") -> Any:
    from amana_archive.publication import editions

    return editions.make(here.opened, here.people["liaison"], why)


def test_what_leaves_is_what_was_allowed(here: World) -> None:
    """Names, words, a picture without anything of its file; nothing of the source."""
    from PIL import Image

    from amana_archive.evidence.models import CaseItem
    from amana_archive.publication import dataset

    edition = make(here)
    assert edition.state == "ready", edition.findings
    files, standing = fetched(here, edition), here.things["standing"]
    said = dataset.read(files["data/dataset.json"])
    (person,) = [p for p in said.people if p.id == standing.public_id]
    assert (list(person.names), person.died, person.place) == (NAMES, "2013", "دمشق")
    rows = list(csv.DictReader(io.StringIO(files["data/dataset.csv"].decode())))
    assert [r["names"] for r in rows if r["id"] == person.id] == [" | ".join(NAMES)]
    assert person.picture is not None
    data = files[person.picture.file]
    picture = Image.open(io.BytesIO(data))
    assert picture.size == (person.picture.width, person.picture.height)
    assert max(picture.size) <= 640
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"Exif" not in data
    item = CaseItem.objects.filter(case=standing.case_id)[0].item
    everything = b"\n".join(files.values())
    for secret in (item.sha256, item.name, item.collection.origin, str(item.size), "C-0000"):
        assert secret.encode() not in everything
    for language in ("ar", "en", "fr"):
        page = files[f"{language}/{person.id}.html"].decode()
        assert NAMES[0] in page
        assert not re.search(r"<script|https?://|<!--", page)
    assert "كان يحب الشعر." in files[f"ar/{person.id}.html"].decode()


def test_the_list_of_digests_and_the_signature_hold(here: World, tmp_path: Path) -> None:
    from amana.core.sign import Verifier, open_note
    from amana.trustees.archive_keys import open_archive

    files = fetched(here, make(here))
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    subprocess.run(
        ["sha256sum", "-c", "--strict", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True
    )
    listed = {line.split("  ")[1] for line in files["SHA256SUMS"].decode().splitlines()}
    assert listed == set(files) - {"SHA256SUMS", "edition.note"}
    public = open_archive(here.kept.folder).verifier.public
    note = open_note(files["edition.note"].decode(), [Verifier("amana.publication", public)])
    import hashlib

    assert note.text.splitlines()[2] == hashlib.sha256(files["SHA256SUMS"]).hexdigest()


def test_consent_is_needed_at_every_step(here: World) -> None:
    from amana_archive.publication import editions, publishing
    from amana_archive.publication.publishing import Text

    case = confirmed_case(here, 6, "no consent")
    liaison = here.people["liaison"]
    with pytest.raises(UsageProblem, match="no family"):
        publishing.ask(here.opened, liaison, case, Text())
    row = consented(case, 9101, ["One Name"], pictures=False)
    for text, why in (
        (Text(names=("Another Name",)), "as the family wants"),
        (Text(died="2013-05-04"), "a year"),
        (Text(picture=a_picture(here, case)), "not allowed pictures"),
    ):
        with pytest.raises(UsageProblem, match=why):
            publishing.ask(here.opened, liaison, case, text)
    entry = publishing.ask(here.opened, liaison, case, Text(names=("One Name",)))
    with pytest.raises(UsageProblem, match="another person"):
        publishing.decide(here.opened, liaison, entry, True, "me again")
    row.given = False
    row.save()
    with pytest.raises(UsageProblem, match="no family"):
        publishing.decide(here.opened, here.people["reviewer"], entry, True, "late")
    row.given = True
    row.save()
    publishing.decide(here.opened, here.people["reviewer"], entry, True, "now")
    assert entry.public_id in {e.public_id for e, _ in editions.allowed_now()}
    # A consent that shrinks takes its part with it, without anybody asking.
    row.names = []
    row.save()
    page = fetched(here, make(here))[f"en/{entry.public_id}.html"].decode()
    assert "One Name" not in page
    publishing.withdraw(here.opened, liaison, entry, "end of the test")
    row.delete()


def test_a_family_takes_it_back(here: World) -> None:
    """The entry goes, a new edition is made at once, the older ones let go of their bytes."""
    from amana_archive.families import consent
    from amana_archive.families.models import OpenConsent
    from amana_archive.publication import editions
    from amana_archive.publication.models import Edition, Entry

    case = confirmed_case(here, 6, "to be taken back")
    consented(case, 9102, ["Taken Back"], pictures=False)
    entry = publish(here, case, names=("Taken Back",), tombstone=True)
    before = make(here)
    assert "Taken Back" in fetched(here, before)[f"en/{entry.public_id}.html"].decode()
    with __import__("django.db", fromlist=["x"]).transaction.atomic():
        consent.withdraw(here.opened, 9102)
    gone = Entry.objects.get(pk=entry.pk)
    assert gone.ended is not None
    newest = editions.last()
    assert newest is not None
    assert newest.number == before.number + 1
    files = fetched(here, newest)
    assert f"en/{entry.public_id}.html" not in files
    assert "Taken Back" not in b"".join(files.values()).decode("utf-8", "replace")
    said = json.loads(files["data/dataset.json"])
    assert entry.public_id in [w["id"] for w in said["withdrawn"]]
    assert before.number in [e["edition"] for e in said["earlier"]]
    about = files["en/about.html"].decode()
    assert "cannot be called back" in about
    assert Edition.objects.get(pk=before.pk).parts == []
    assert (
        browser_of(here.people["liaison"]).post(f"/editions/{before.pk}/fetch").status_code != 200
    )
    assert not OpenConsent.objects.filter(record=9102).exists()
    page = browser_of(here.people["liaison"]).get(f"/published/{entry.pk}").content.decode()
    assert "cannot be called back" in page


def test_no_tombstone_unless_the_family_wants_one(here: World) -> None:
    from amana_archive.publication import editions, publishing

    case = confirmed_case(here, 6, "without a trace")
    row = consented(case, 9103, ["Leaves No Trace"], pictures=False)
    entry = publish(here, case, names=("Leaves No Trace",))
    make(here)
    publishing.withdraw(here.opened, here.people["liaison"], entry, "asked by telephone")
    row.delete()
    newest = editions.last()
    assert newest is not None
    assert entry.public_id.encode() not in b"".join(fetched(here, newest).values())


TOO_MUCH = (
    ("He was photographed as {name}.", "path"),
    ("The number was 227 / 9077 / 2935.", "text"),
    ("Write to his brother: brother@example.org", "mail address"),
    ("Found at 33.51380, 36.27650", "place"),
    ("Digest {sha}", "digest"),
    ("Case {case}", "text"),
)


def test_the_scan_stops_what_somebody_wrote(here: World) -> None:
    """A liaison may copy too much into a text: the edition is refused, nothing is kept of it, and
    the page says which entry it was."""
    from amana_archive.evidence import actions
    from amana_archive.evidence.models import CaseItem
    from amana_archive.publication import editions, publishing

    before, made = editions.last(), []
    for number, (words, kind) in enumerate(TOO_MUCH):
        case = confirmed_case(here, 6, f"too much said {number}")
        row = consented(case, 9300 + number, [], pictures=False)
        item = CaseItem.objects.filter(case=case)[0].item
        text = words.format(name=item.name, sha=item.sha256, case=case.number)
        made.append((publish(here, case, words={"en": text}), row, kind))
    for number, value in (("detainee", "227"), ("branch", "9077"), ("death", "2935")):
        actions.add_reading(here.opened, here.people["reviewer"], item, number, "read", value, 90)
    refused = make(here)
    assert refused.state == "refused"
    for entry, _, kind in made:
        page = f"en/{entry.public_id}.html: {kind}: "
        assert any(finding.startswith(page) for finding in refused.findings), kind
    assert refused.parts == []
    assert editions.last() == before
    liaison = browser_of(here.people["liaison"])
    shown = liaison.get(f"/editions/{refused.pk}").content.decode()
    assert all(kind in shown for _, kind in TOO_MUCH)
    assert liaison.post(f"/editions/{refused.pk}/fetch").status_code != 200
    for entry, row, _ in made:
        publishing.withdraw(here.opened, here.people["liaison"], entry, "end of the test")
        row.delete()


def test_without_exiftool_nothing_leaves(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from amana_archive.publication.models import Edition
    from amana_archive.publication.scan import exif

    before = Edition.objects.count()
    monkeypatch.setattr(exif.shutil, "which", lambda name: None)
    with pytest.raises(ScannerMissing):
        make(here)
    assert Edition.objects.count() == before


def test_nothing_is_plain_on_the_disk(here: World) -> None:
    edition = make(here)
    assert edition.parts
    for path in here.kept.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert "أحمد عبد الله".encode() not in data, path
            assert b"amana/v1/publication" not in data, path


def test_the_terminal_scans_a_folder(here: World, tmp_path: Path) -> None:
    """The same scan for whoever runs the site: clean, then with a leak."""
    for name, data in fetched(here, make(here)).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    command = [sys.executable, "-m", "amana.cli.main"]
    command = [
        str(Path(sys.executable).parent / "amana"),
        "archive",
        "publication",
        "scan",
        "--json",
    ]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["findings"]) == (0, []), done.stderr
    (tmp_path / "en" / "x.html").write_text(
        "<!doctype html>\n<html lang='en'>/home/leila/x</html>\n"
    )
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 35
    assert "/home/leila" in done.stdout
    assert "not meant to leave" in done.stderr
