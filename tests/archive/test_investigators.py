"""Series, time, places, documents: the arithmetic, what the pages say, and what they keep back."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterator
from math import comb
from typing import Any

import pytest
from archive_cast import World, browser_of
from hypothesis import given, settings
from hypothesis import strategies as st

from amana_archive.investigators.series import (
    WIDEST,
    Gap,
    estimate,
    fitting,
    runs_of,
    stretches_of,
)

# --- arithmetic ----------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 1500), min_size=1, max_size=30))
def test_runs_and_gaps_are_all_there_is(numbers: set[int]) -> None:
    """What we have and what is in gaps fills each stretch, without overlap."""
    inside = [n for run in runs_of(numbers) for n in range(run.first, run.last + 1)]
    assert inside == sorted(numbers)
    for stretch in stretches_of(numbers):
        held = {n for n in numbers if stretch.first <= n <= stretch.last}
        missing = {n for gap in stretch.gaps for n in range(gap.first, gap.last + 1)}
        assert held | missing == set(range(stretch.first, stretch.last + 1))
        assert held & missing == set()
        assert (len(held), len(missing)) == (stretch.held, stretch.missing)
        assert all(gap.size <= WIDEST for gap in stretch.gaps)


def test_one_misread_digit_makes_no_gap() -> None:
    stretches = stretches_of([2935, 2942, 29420])
    assert [(s.first, s.last, s.missing) for s in stretches] == [(2935, 2942, 6), (29420, 29420, 0)]


def test_the_interval_is_exact_and_covers() -> None:
    """No larger N is as likely as 5 %, and of 1,000 fair draws 95 % lie inside."""
    found = estimate(stretches_of([3, 5, 40, 41, 77, 90, 102]))
    assert found is not None
    assert (found.least, found.draws, found.likely) == (102, 6, 118)
    assert comb(102, 6) * 100 >= 5 * comb(found.most, 6)
    assert comb(102, 6) * 100 < 5 * comb(found.most + 1, 6)
    rng, covered, tries = random.Random(1), 0, 1000
    for _ in range(tries):
        whole = rng.randrange(200, 480)
        drawn = estimate(stretches_of(rng.sample(range(1, whole + 1), 20)))
        assert drawn is not None
        covered += drawn.most >= whole
    assert covered >= 0.93 * tries


def test_too_little_is_said_to_be_too_little() -> None:
    assert estimate(stretches_of([2935, 2942, 2943])) is None
    assert estimate(stretches_of(range(1, 400))) is None  # one run is one draw
    alone = estimate(stretches_of([3, 5, 40, 41, 77, 90, 102, 9000]))
    assert alone is not None
    assert alone.least == 102  # a number far from all others may be misread


def test_unclear_digits_may_belong_to_a_gap() -> None:
    gap = Gap(2935, 2942)
    assert fitting("29?9", gap)
    assert fitting("2940", gap)
    assert fitting("??36", gap)
    assert not fitting("2942", gap)
    assert not fitting("28?9", gap)
    assert not fitting("", gap)
    assert not fitting("2940/2", gap)


# --- pages ---------------------------------------------------------------------------------------


@pytest.fixture
def numbered(here: World) -> Iterator[dict[str, Any]]:
    """Death numbers 2935 (branch 9077) and 2942; 2938 seen by a machine; ended afterwards."""
    from django.utils import timezone

    from amana_archive.evidence import actions
    from amana_archive.evidence.models import Item, Reading

    reviewer = here.people["reviewer"]
    items = [i for i in Item.objects.order_by("pk") if i.copy]
    before = set(Reading.objects.values_list("pk", flat=True))
    actions.add_reading(here.opened, reviewer, items[3], "death", "read", "2942", 80)
    actions.add_reading(here.opened, reviewer, items[3], "branch", "read", "9077", 80)
    actions.add_reading(here.opened, reviewer, items[4], "death", "read", "29?0", 50)
    actions.add_reading(here.opened, reviewer, items[5], "death", "read", "2939", 80)
    actions.add_reading(here.opened, reviewer, items[5], "branch", "read", "251", 80)
    Reading.objects.create(
        item=items[6], number="death", finding="read", value="2937", confidence=60, machine="m 1"
    )
    yield {"items": items}
    Reading.objects.exclude(pk__in=before).update(ended=timezone.now())


def test_a_gap_with_its_neighbours_and_hints(here: World, numbered: dict[str, Any]) -> None:
    page = browser_of(here.people["investigator"]).get("/series").content.decode()
    assert "Numbers 2936 to 2938 are between two that we have: 3" in page
    assert "Numbers 2940 to 2941 are between two that we have: 2" in page
    case = here.things["case"].pk
    assert f'href="/cases/{case}/story"' in page
    machine, unclear = numbered["items"][6].pk, numbered["items"][4].pk
    assert f'<a href="/items/{machine}"><bdi dir="ltr" class="ltr">2937' in page
    assert f'<a href="/items/{unclear}"><bdi dir="ltr" class="ltr">29?0' in page


def test_a_number_of_another_branch_is_not_missing(here: World, numbered: dict[str, Any]) -> None:
    """2939 is branch 251's: in 9077's gaps, 2936 to 2938 and 2940 to 2941 are, 2939 is not."""
    client = browser_of(here.people["investigator"])
    page = client.get("/series?number=death&of=9077").content.decode()
    assert "2936 to 2938" in page
    assert "2936 to 2941" not in page
    assert "given out for all branches together" in page
    rows = json.loads(client.get("/series/data?number=death&of=9077&as=json").content)["rows"]
    assert {r["first"] for r in rows if r["what"] == "number"} == {2935, 2942}
    assert [(r["first"], r["last"]) for r in rows if r["what"] == "gap"] == [
        (2936, 2938),
        (2940, 2941),
    ]


def test_who_has_no_rights_counts_nothing(here: World, numbered: dict[str, Any]) -> None:
    client = browser_of(here.people["investigator-outsider"])
    for path in ("/series", "/series?number=detainee", "/timeline", "/documents"):
        page = client.get(path).content.decode()
        assert "2935" not in page
        assert "testimony" not in page
        assert "9077" not in page
    assert json.loads(client.get("/series/data?as=json").content)["rows"] == []
    assert json.loads(client.get("/timeline/data?as=json").content)["rows"] == []


def test_a_collection_without_a_right_neither_makes_nor_fills_a_gap(
    here: World, numbered: dict[str, Any]
) -> None:
    """A case granted from it shows that case's items, and no other."""
    from django.utils import timezone

    from amana_archive.access import accounts
    from amana_archive.access.models import Grant
    from amana_archive.evidence.models import Case, CaseItem, Collection, Item, Reading

    reviewer, investigator = here.people["reviewer"], here.people["investigator"]
    other = Collection.objects.create(origin="amana.ledger/other", name="other")
    case = Case.objects.create(by=reviewer)
    made = []
    for n, value in enumerate(("2936", "2950")):
        item = Item.objects.create(
            **{"collection": other, "seq": n, "sha256": "0" * 64, "size": 1, "leaf": str(n)},
            **{"media_type": "image/jpeg", "path": f"o/{n}.jpg", "state": "copy_only"},
        )
        read = Reading(item=item, number="death", finding="read", value=value, confidence=90)
        read.by = reviewer
        read.save()
        made.append(item)
    CaseItem.objects.create(case=case, item=made[1], by=reviewer)
    client = browser_of(investigator)
    try:
        rows = json.loads(client.get("/series/data?as=json").content)["rows"]
        assert {r["first"] for r in rows if r["what"] == "number"} == {2935, 2939, 2942}
        accounts.grant(here.opened, None, investigator, case)
        rows = json.loads(browser_of(investigator).get("/series/data?as=json").content)["rows"]
        assert {r["first"] for r in rows if r["what"] == "number"} == {2935, 2939, 2942, 2950}
        assert (2943, 2949) in [(r["first"], r["last"]) for r in rows if r["what"] == "gap"]
    finally:
        Grant.objects.filter(person=investigator, case=case).update(ended=timezone.now())
        Reading.objects.filter(item__in=made).delete()
        CaseItem.objects.filter(case=case).delete()
        Grant.objects.filter(case=case).delete()
        case.delete()
        Item.objects.filter(pk__in=[i.pk for i in made]).delete()
        other.delete()


def test_every_page_and_download_is_in_the_ledger_first(here: World) -> None:
    client = browser_of(here.people["investigator"])
    log = here.opened.recorder
    for path, act in (
        ("/series", "series.viewed"),
        ("/series/data?as=csv", "series.downloaded"),
        ("/timeline", "timeline.viewed"),
        ("/timeline/data", "timeline.downloaded"),
        ("/places", "places.viewed"),
        ("/places/data?as=json", "places.downloaded"),
        ("/documents", "documents.listed"),
        (f"/documents/{here.things['document'].pk}?q=227", "document.viewed"),
    ):
        start = log.size
        assert client.get(path).status_code == 200
        (entry,) = log.records(start)
        assert (entry.fields["act"], entry.fields["who"]) == (act, "investigator")


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_cell_that_would_run_does_not(here: World, form: str) -> None:
    """Threat: =HYPERLINK(...) as the name of a place runs in whoever opens the table."""
    from amana_archive.investigators import places
    from amana_archive.investigators.models import Place

    investigator = here.people["investigator"]
    for start in "=+-@":
        said = places.Described(f"{start}1+1", "other", "", "33", "36", "\t=cmd")
        places.add(here.opened, investigator, said)
    answer = browser_of(investigator).get(f"/places/data?as={form}")
    assert answer["Content-Disposition"].startswith("attachment")
    text = answer.content.decode("utf-8-sig")
    for place in Place.objects.filter(ended=None, name__endswith="1+1"):
        places.take(here.opened, investigator, place, "a test")
    if form == "json":
        assert "=1+1" in [row["name"] for row in json.loads(text)["rows"]]
        return
    rows = list(csv.reader(io.StringIO(text)))
    assert {"'=1+1", "'+1+1", "'-1+1", "'@1+1"} <= {row[0] for row in rows}
    assert not any(cell.startswith(("=", "+", "@", "\t")) for row in rows for cell in row)


def test_places_are_taken_back_and_stay(here: World) -> None:
    from amana_archive.investigators.models import Place

    client = browser_of(here.people["investigator"])
    form = {
        "name": "فرع",
        "kind": "branch",
        "number": "٢١٥",
        "latitude": "٣٣٫٥",
        "longitude": "36,3",
    }
    assert client.post("/places", {**form, "latitude": "91", "source": "x"}).status_code == 400
    assert client.post("/places", {**form, "source": ""}).status_code == 400
    assert client.post("/places", {**form, "source": "a map of 2010"}).status_code == 302
    made = Place.objects.latest("pk")
    assert (made.number, made.latitude, made.longitude) == ("215", 33.5, 36.3)
    assert client.post(f"/places/{made.pk}/take", {"reason": ""}).status_code == 400
    assert client.post(f"/places/{made.pk}/take", {"reason": "wrong"}).status_code == 302
    assert client.post(f"/places/{made.pk}/take", {"reason": "twice"}).status_code == 404
    made.refresh_from_db()
    assert made.reason == "wrong"


def test_the_time_line_says_when_nothing_was(here: World) -> None:
    from amana_archive.investigators.timeline import DAY, timeline

    person = here.people["investigator"]
    found = timeline(person, DAY)
    assert found.periods == tuple(sorted(found.periods))
    assert set(found.total) <= set(found.periods)
    empty = sum(s.periods for s in found.silences)
    assert len(found.periods) == len(found.total) + empty
    assert found.branches["9077"]
    last = found.periods[-1]
    assert timeline(person, DAY, since=last).periods == (last,)
    assert timeline(person, DAY, until="1991-01-01").periods == ()


def test_the_day_of_a_picture() -> None:
    from amana_archive.investigators.days import day_of

    assert day_of("2013-04-05 10:00:00", "x/2011-01-01/a.jpg") == "2013-04-05"
    assert day_of("", "disk/2011-01-01/5-2013_04_06/a.jpg") == "2013-04-06"
    assert day_of("1970-01-01 00:00:00", "20130407/a.jpg") == "2013-04-07"
    assert day_of("", "2013-13-45/a.jpg") == ""
    assert day_of("", "12013040700/DSC_0001.jpg") == ""


# --- documents -----------------------------------------------------------------------------------


def test_search_within_folds_and_marks(here: World) -> None:
    client = browser_of(here.people["reviewer"])
    page = client.get(f"/documents/{here.things['document'].pk}?q=الشهاده 227").content.decode()
    assert "<mark>شهادة</mark>" in page
    assert "<mark>٢٢٧،</mark>" in page or "<mark>٢٢٧</mark>" in page


def test_a_translation_is_versioned_and_found(here: World) -> None:
    from amana_archive.investigators.models import Translation

    document = here.things["document"]
    client = browser_of(here.people["reviewer"])
    where = f"/documents/{document.pk}/translate"
    form = {"from": "ar", "to": "fr", "translator": "S. Traductrice"}
    assert client.post(where, {**form, "text": " "}).status_code == 400
    assert client.post(where, {**form, "text": "x", "to": "ar"}).status_code == 400
    assert client.post(where, {**form, "text": "x", "translator": ""}).status_code == 400
    for text in ("Un témoignage zirconium.", "Un témoignage wolframite."):
        assert client.post(where, {**form, "text": text}).status_code == 302
    mine = Translation.objects.filter(item=document, to_language="fr").order_by("version")
    assert [t.version for t in mine][-2:] == [mine.count() - 1, mine.count()]
    page = client.get(f"/documents/{document.pk}").content.decode()
    assert "zirconium" in page
    assert "wolframite" in page
    assert document.name in client.get("/search?q=wolframite").content.decode()
    # The search finds the newest only: what it says is what the translator says now.
    assert document.name not in client.get("/search?q=zirconium").content.decode()
    assert client.post(where, {"text": "a" * 10}).status_code == 400
    outsider = browser_of(here.people["liaison"])
    assert outsider.post(where, {**form, "text": "no right"}).status_code == 404


def test_pages_are_made_in_a_cage_and_covered_until_asked(here: World) -> None:
    from amana_archive.investigators.pages import Wanted, reader, render

    pdf = a_pdf()
    found = reader.answer(Wanted(pdf, 0))
    assert found.pages == 1
    assert found.picture[:4] == b"RIFF"
    assert render(Wanted(pdf)).pages == 1
    from amana.errors import CannotOpen

    for data, page in ((pdf, 1), (b"%PDF-1.7 nothing", 0), (b"", None)):
        with pytest.raises(CannotOpen):
            reader.answer(Wanted(data, page))
    item = here.things["item"].pk
    client = browser_of(here.people["investigator"])
    assert "/pages/1" not in client.get(f"/documents/{item}").content.decode()
    assert "/pages/1" in client.get(f"/documents/{item}?show=grey").content.decode()
    assert client.get(f"/documents/{item}/pages/1").status_code == 200


def test_a_pdf_is_read_page_by_page(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from amana_archive.evidence import source
    from amana_archive.evidence.models import Item

    item = here.things["document"]
    client = browser_of(here.people["investigator"])
    assert client.get(f"/documents/{item.pk}/pages/1").status_code == 404  # a text has no pages
    Item.objects.filter(pk=item.pk).update(media_type="application/pdf")
    try:
        monkeypatch.setattr(source, "original_bytes", lambda opened, item: a_pdf())
        page = client.get(f"/documents/{item.pk}").content.decode()
        assert "Page 1 of 1" in page
        assert "/pages/1" not in page
        start = here.opened.recorder.size
        picture = client.get(f"/documents/{item.pk}/pages/1")
        assert (picture["Content-Type"], picture.content[:4]) == ("image/webp", b"RIFF")
        (entry,) = here.opened.recorder.records(start)
        assert (entry.fields["act"], entry.fields["page"]) == ("item.viewed", 1)
        assert client.get(f"/documents/{item.pk}/pages/2").status_code == 404
        monkeypatch.setattr(source, "original_bytes", lambda opened, item: b"%PDF- broken")
        broken = client.get(f"/documents/{item.pk}")
        assert broken.status_code == 200
        assert "no pages that can be shown" in broken.content.decode()
    finally:
        Item.objects.filter(pk=item.pk).update(media_type="text/plain")


def a_pdf() -> bytes:
    """One empty page, as a renderer writes it."""
    import pypdfium2

    document = pypdfium2.PdfDocument.new()
    document.new_page(300, 400)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
