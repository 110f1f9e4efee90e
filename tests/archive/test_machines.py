"""What machines read is a hint: found by, shown with its confidence, and never an identity."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from archive_cast import World, browser_of
from hypothesis import given
from hypothesis import strategies as st


@dataclass(frozen=True)
class Number:
    value: str
    line: int = 0
    place: int = 0
    confidence: int = 91
    script: str = "ascii"
    box: tuple[int, ...] = (1, 2, 3, 2, 3, 4, 1, 4)


@dataclass(frozen=True)
class Read:
    cursor: int
    original: str
    numbers: tuple[Number, ...] = ()
    text: str = ""
    how: str = "picture"
    machine: str = "amana-cards 1"
    confidence: int | None = None
    unread: int = 0
    trouble: str = ""


CARD = (Number("4411"), Number("52?3", place=1), Number("6677", place=2))


@pytest.fixture
def untouched(here: World) -> Iterator[Any]:
    """A picture of which nothing was read, and a document; taken back afterwards."""
    from amana_archive.evidence import models

    pictures = models.Item.objects.filter(copy__isnull=False, readings=None)
    picture = pictures.select_related("collection").order_by("pk").last()
    yield picture, models.Item.objects.get(path__endswith="testimony.txt")
    models.Reading.objects.filter(item=picture).delete()
    for model in (models.NumberSeen, models.MachineText, models.Followed):
        model.objects.all().delete()


@pytest.fixture
def card_order(here: World) -> Iterator[None]:
    from django.test import override_settings

    with override_settings(AMANA_CARD_ORDER=["detainee", "branch", "death"]):
        yield


def found(here: World, query: str) -> list[int]:
    from django.http import QueryDict

    from amana_archive.search.find import asked, find

    return [i.pk for i in find(here.people["investigator"], asked(QueryDict(query))).items]


def test_a_number_seen_is_a_hint(here: World, untouched: Any) -> None:
    from amana_archive.evidence import queries
    from amana_archive.evidence.models import Reading
    from amana_archive.intake.readings import cursor, take

    picture, _ = untouched
    assert take(here.opened, [Read(7, picture.sha256, CARD)]) == {"readings": 1, "items": 1}
    assert cursor() == 7
    assert [n.value for n in queries.numbers_seen(picture)] == ["4411", "52?3", "6677"]
    assert not Reading.objects.filter(item=picture).exists()
    assert queries.identity_of([picture]) is None
    assert found(here, "q=4411") == [picture.pk]
    assert picture.pk in found(here, "has=machine")
    page = browser_of(here.people["reviewer"]).get(f"/items/{picture.pk}").content.decode()
    for said in ("What a machine saw", "A hint, not a finding", "4411", "52?3", "91"):
        assert said in page, said
    # What a newer machine sees is shown instead; the older stays.
    take(here.opened, [Read(9, picture.sha256, (Number("4417"),), machine="amana-cards 2")])
    assert [n.value for n in queries.numbers_seen(picture)] == ["4417"]
    assert picture.numbers_seen.count() == 4
    assert (
        "4411" in browser_of(here.people["reviewer"]).get(f"/items/{picture.pk}").content.decode()
    )


def test_where_the_order_is_known_a_machine_reads_and_people_decide(
    here: World, untouched: Any, card_order: None
) -> None:
    from amana_archive.evidence import actions, queries
    from amana_archive.evidence.models import Reading
    from amana_archive.intake.readings import take

    picture, _ = untouched
    take(here.opened, [Read(3, picture.sha256, CARD[:2])])  # a part of a card: no reading
    assert not Reading.objects.filter(item=picture).exists()
    take(here.opened, [Read(4, picture.sha256, CARD)])
    take(here.opened, [Read(5, picture.sha256, CARD)])  # the same again is one
    rows = Reading.objects.filter(item=picture)
    assert {(r.number, r.value, r.by) for r in rows} == {
        ("detainee", "4411", None),
        ("branch", "52?3", None),
        ("death", "6677", None),
    }
    assert queries.identity_of([picture]) is None
    reviewer, other = here.people["reviewer"], here.people["investigator"]
    # A digit that the machine could not tell is no disagreement; another one is.
    actions.add_reading(here.opened, reviewer, picture, "branch", "read", "5263", 80)
    actions.add_reading(here.opened, reviewer, picture, "detainee", "read", "4417", 80)
    state = {n.code: n for n in queries.numbers(picture)}
    assert (state["branch"].disagree, state["detainee"].disagree) == (False, True)
    assert queries.identity_of([picture]) == "4417 / 5263 / —"
    page = browser_of(reviewer).get(f"/items/{picture.pk}").content.decode()
    assert "by a machine" in page
    assert "read differently" in page
    actions.add_reading(here.opened, other, picture, "detainee", "read", "4411", 95, settles=True)
    assert queries.identity_of([picture]) == "4411 / 5263 / —"


def test_recognised_text_is_found_and_shown_as_a_machines(here: World, untouched: Any) -> None:
    from amana_archive.intake.readings import take

    _, document = untouched
    text = "شهادة وفاة صادرة عن المشفى العسكري"
    read = Read(2, document.sha256, text=text, how="scan + tesseract", machine="tesseract 5")
    scan = Read(**{**read.__dict__, "confidence": 83, "unread": 2})
    assert take(here.opened, [scan])["items"] == 1
    assert found(here, "q=المشفي العسكرى") == [document.pk]
    page = browser_of(here.people["investigator"]).get(f"/items/{document.pk}").content.decode()
    for said in ("Text read by a machine", "83", "2 pages were not read", text):
        assert said in page, said


def test_the_catalogue_follows_the_store(here: World, untouched: Any) -> None:
    """What `amana archive read` keeps in the archive arrives here, once."""
    from amana.reunite.archive import Archive
    from amana.reunite.readings import NumberRead, Reading, Readings
    from amana_archive.evidence import queries
    from amana_archive.intake.readings import follow

    picture, _ = untouched
    number = NumberRead("8080", "ascii", 77, (0, 0, 9, 0, 9, 9, 0, 9), 0, 0)
    read = Reading(
        cursor=0,
        original=picture.sha256,
        side="copy",
        how="picture",
        machine="amana-cards 1",
        numbers=(number,),
    )
    with Archive.open(here.kept.folder, here.kept.identity) as archive, archive.catalogue.db:
        Readings.of(archive).add([(read, picture.copy["sha256"], True)], 1, 1_700_000_000)
    assert follow(here.opened) == {"readings": 1, "items": 1}
    assert follow(here.opened) == {"readings": 0, "items": 0}
    assert [(n.value, n.confidence) for n in queries.numbers_seen(picture)] == [("8080", 77)]


def test_readings_of_what_is_not_here_are_passed_over(here: World, untouched: Any) -> None:
    from amana_archive.intake.readings import cursor, take

    assert take(here.opened, [Read(11, "0" * 64, CARD)]) == {"readings": 1, "items": 0}
    assert cursor() == 11
    assert take(here.opened, []) == {"readings": 0, "items": 0}


@given(st.lists(st.text("12?", min_size=1, max_size=3), min_size=1, max_size=4))
def test_agreement(values: list[str]) -> None:
    """Agreeing values have one common reading, with which each of them agrees."""
    from amana_archive.evidence.agreement import agree, all_agree, common

    answers = [("read", value) for value in values]
    if all_agree(answers):
        together = ("read", common(values))
        assert all(agree(together, answer) for answer in answers)
    else:
        assert len(set(values)) > 1
    assert all_agree([*answers, *answers]) == all_agree(answers)
    assert not agree(("missing", ""), ("unreadable", ""))


def test_what_is_received_while_it_is_open_comes_in(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is read again when its ledger says that it changed, and only then."""
    from amana_archive.access.audit import record
    from amana_archive.intake import following

    synced: list[int] = []
    monkeypatch.setattr(following, "sync", lambda _: synced.append(len(rounds)))
    monkeypatch.setattr(following, "follow", lambda _: None)
    stop, rounds = threading.Event(), list[int]()

    def finish() -> None:
        rounds.append(len(synced))
        if len(rounds) == 2:
            record(here.opened, None, "received", pack="of today")
        if len(rounds) == 4:
            stop.set()

    following.keep_following(here.opened, stop, finish, every=0)
    assert synced == [0, 2]  # at once, and after the one that was received
