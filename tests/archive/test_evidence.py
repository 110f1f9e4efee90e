"""What people say of the evidence: never overwritten, settled by a third, decided by two."""

from __future__ import annotations

import re
from typing import Any

import pytest
from archive_cast import World, browser_of

from amana.errors import CannotOpen, UsageProblem


def fresh(here: World, number: int) -> Any:
    from amana_archive.evidence.models import Item

    return Item.objects.filter(copy__isnull=False).order_by("-pk")[number]


def test_readings_are_kept_and_a_third_settles(here: World) -> None:
    from amana_archive.evidence import actions, queries

    item, opened = fresh(here, 0), here.opened
    first, second = here.people["reviewer"], here.people["investigator"]
    actions.add_reading(opened, first, item, "detainee", "read", "227", 80)
    actions.add_reading(opened, first, item, "detainee", "read", "٢٢٨", 90)
    state = queries.numbers(item)[0]
    assert [r.value for r in state.readings] == ["227", "228"]
    assert [r.ended is None for r in state.readings] == [False, True]
    with pytest.raises(UsageProblem, match="nothing to settle"):
        actions.add_reading(opened, second, item, "detainee", "read", "1", 9, settles=True)
    actions.add_reading(opened, second, item, "detainee", "unreadable", "", 50)
    assert queries.numbers(item)[0].disagree
    assert queries.identity_of([item]).startswith("228")
    with pytest.raises(UsageProblem, match="third person"):
        actions.add_reading(opened, first, item, "detainee", "read", "228", 9, settles=True)
    third = here.people["liaison"]
    actions.add_reading(opened, third, item, "detainee", "read", "229", 99, settles=True)
    state = queries.numbers(item)[0]
    assert state.settled is not None
    assert not state.disagree
    assert queries.identity_of([item]).startswith("229")
    assert len(state.readings) == 4


@pytest.mark.parametrize(
    ("finding", "value", "confidence"),
    [("read", "", 50), ("missing", "7", 50), ("read", "12a", 50), ("read", "1", 101)],
)
def test_impossible_readings(here: World, finding: str, value: str, confidence: int) -> None:
    from amana_archive.evidence import actions

    with pytest.raises(UsageProblem):
        actions.add_reading(
            here.opened,
            here.people["reviewer"],
            fresh(here, 1),
            "branch",
            finding,
            value,
            confidence,
        )


def test_tags_are_taken_back_with_a_reason_and_stay_known(here: World) -> None:
    from amana_archive.evidence import actions, queries
    from amana_archive.evidence.models import ItemTag, Tag

    item, person = fresh(here, 1), here.people["reviewer"]
    tagged = actions.add_tag(here.opened, person, item, Tag.objects.get(code="scar"))
    with pytest.raises(UsageProblem):
        actions.take_tag(here.opened, person, tagged, "  ")
    actions.take_tag(here.opened, person, tagged, "a shadow")
    row = ItemTag.objects.get(pk=tagged.pk)
    assert (row.ended_by, row.reason) == (person, "a shadow")
    change = queries.changes("item", item.pk)[0]
    assert (change.old, change.reason, change.by) == ("scar", "a shadow", person)
    assert change.act is not None


def test_merge_split_and_the_count(here: World) -> None:
    from amana_archive.evidence import cases, queries
    from amana_archive.evidence.models import Case

    person, opened = here.people["reviewer"], here.opened
    items = [fresh(here, n) for n in range(3)]
    before = queries.case_counts(person)["proposed"]
    one = cases.propose(opened, person, items[:2], "one")
    two = cases.propose(opened, person, items[1:], "two")  # an item in two cases
    assert queries.case_counts(person)["proposed"] == before + 2
    cases.merge(opened, person, one, two, "the same scar")
    one.refresh_from_db()
    assert (one.status, one.merged_into) == (Case.Status.MERGED, two)
    assert {i.pk for i in queries.members(person, two)} == {i.pk for i in items}
    assert queries.case_counts(person)["proposed"] == before + 1
    with pytest.raises(UsageProblem, match="merged"):
        cases.add_item(opened, person, one, items[0])
    three = cases.split(opened, person, two, items[:1], "another man")
    assert [i.pk for i in queries.members(person, three)] == [items[0].pk]
    with pytest.raises(UsageProblem):
        cases.split(opened, person, three, items[:1], "nobody would stay")
    assert [c.field for c in queries.changes("case", two.pk)][:2] == ["items", "merged"]


def test_nobody_confirms_what_he_proposed(here: World) -> None:
    from amana_archive.evidence import cases
    from amana_archive.evidence.models import Case, Proposal

    person, opened = here.people["reviewer"], here.opened
    case = cases.propose(opened, person, [fresh(here, 2)], "alone")
    kind = Proposal.Kind.IDENTIFICATION
    asked = cases.propose_act(opened, person, case, kind, "by his brother")
    with pytest.raises(UsageProblem, match="another person"):
        cases.decide(opened, person, asked, True, "sure")
    assert browser_of(person).post(f"/proposals/{asked.pk}/decide").status_code == 404
    second = here.people["liaison"]
    answer = browser_of(second).post(
        f"/proposals/{asked.pk}/decide", {"answer": "confirm", "reason": "agreed"}
    )
    assert answer.status_code == 302
    case.refresh_from_db()
    assert case.status == Case.Status.CONFIRMED
    with pytest.raises(UsageProblem, match="already"):
        cases.decide(opened, here.people["investigator"], asked, False, "too late")


def test_a_disclosure_is_what_it_was(here: World) -> None:
    """What joins the case later is not disclosed by it."""
    from amana_archive.evidence import cases

    court = browser_of(here.people["court"])
    shown = here.things["disclosure"]
    later = fresh(here, 0)
    cases.add_item(here.opened, here.people["reviewer"], here.things["case"], later)
    assert later not in shown.items.all()
    assert court.get(f"/disclosed/{shown.pk}/items/{later.pk}/picture").status_code == 404
    first = shown.items.first()
    assert court.get(f"/disclosed/{shown.pk}/items/{first.pk}/picture").status_code == 200
    assert court.get(f"/items/{first.pk}/picture").status_code == 404


@pytest.mark.parametrize(
    "step",
    [
        {"do": "rotate", "degrees": 90},
        {"do": "brighten", "percent": 150},
        {"do": "crop", "box": [100, 100, 900, 900]},
        {"do": "cover", "box": [200, 200, 500, 500]},
    ],
)
def test_working_copies_are_provable(here: World, step: dict[str, Any]) -> None:
    import hashlib

    from amana_archive.evidence import copies, source
    from amana_archive.evidence.models import Proposal, WorkingCopy

    item = fresh(here, 2)
    made = copies.make_working_copy(
        here.opened, here.people["reviewer"], item, [step], "to see the card"
    )
    data = source.working_copy_bytes(here.opened, made)
    assert hashlib.sha256(data).hexdigest() == made.sha256
    assert copies.prove(here.opened, made)
    covered = Proposal.objects.filter(working_copy=made).exists()
    assert covered == (step["do"] == "cover")
    assert hashlib.sha256(source.original_bytes(here.opened, item)).hexdigest() == item.sha256
    WorkingCopy.objects.filter(pk=made.pk).update(steps=[{"do": "rotate", "degrees": 180}])
    made.refresh_from_db()
    assert not copies.prove(here.opened, made)


@pytest.mark.parametrize(
    "steps", [[], [{"do": "crop", "box": [5, 5, 4, 4]}], [{"do": "paint"}], [{}]]
)
def test_impossible_steps(here: World, steps: list[dict[str, Any]]) -> None:
    from amana_archive.evidence import copies

    with pytest.raises(CannotOpen):
        copies.make_working_copy(
            here.opened, here.people["reviewer"], fresh(here, 0), steps, "no reason to"
        )


def test_a_hostile_picture_ends_its_own_process_only(here: World) -> None:
    from amana_archive.evidence.pictures import Asked, darkroom

    for data in (b"", b"\xff\xd8\xff\xe0 no picture", b"P6 99999 99999 255\n"):
        with pytest.raises(CannotOpen):
            darkroom.answer(Asked(data))
    assert darkroom  # and it still works:
    test_working_copies_are_provable(here, {"do": "rotate", "degrees": 270})


def test_a_skipped_item_does_not_come_back(here: World) -> None:
    from amana_archive.evidence import queries

    person, item = here.people["reviewer"], fresh(here, 1)
    answer = browser_of(person).post(f"/items/{item.pk}/skip")
    assert answer.status_code == 302
    assert item.pk not in [i.pk for i in queries.grid(person, item.pk - 1, None).items]
    from amana_archive.evidence.models import Skip

    Skip.objects.all().delete()


def test_the_whole_story_in_order(here: World) -> None:
    page = browser_of(here.people["investigator"]).get(f"/cases/{here.things['case'].pk}/story")
    text = page.content.decode()
    for said in ("reading of the detainee number", "9077", "looked at the case", "disclosure"):
        assert said in text, said
    times = re.findall(r"<time>.*?(\d{4}-[^<]*)<", text)
    assert times == sorted(times)
    assert len(times) > 5


def test_the_reminder_to_rest(here: World) -> None:
    from amana_archive.review import rest

    client = browser_of(here.people["reviewer"])
    item = here.things["item"].pk
    for _ in range(rest.AFTER_PICTURES):
        client.get(f"/items/{item}/picture")
    page = client.get("/review").content.decode()
    assert "A pause would be good now" in page
    assert f"{rest.AFTER_PICTURES} pictures" in page
    client.post("/review/rested")
    assert "A pause would be good now" not in client.get("/review").content.decode()


def test_syncing_again_adds_nothing(here: World) -> None:
    from amana_archive.evidence.models import Item
    from amana_archive.intake.sync import sync

    before = Item.objects.count()
    assert sync(here.opened) == {"added": 0, "changed": 0}
    assert Item.objects.count() == before
