"""A case over time: described anew, added to, taken from, re-opened; every step stays known."""

from __future__ import annotations

from typing import Any

import pytest
from archive_cast import World, browser_of

from amana.errors import UsageProblem


@pytest.fixture
def case(here: World) -> Any:
    from amana_archive.evidence import cases
    from amana_archive.evidence.models import Item

    items = [i for i in Item.objects.order_by("pk") if i.copy][:3]
    return cases.propose(here.opened, here.people["reviewer"], items, "three of one day")


def changes(case: Any) -> list[tuple[str, str, str, str]]:
    from amana_archive.evidence import queries

    rows = queries.changes("case", case.pk)
    return [(c.field, c.old, c.new, c.reason) for c in rows]


def test_a_description_is_never_overwritten(here: World, case: Any) -> None:
    from amana_archive.evidence import cases

    client = browser_of(here.people["investigator"])
    form = {"summary": "ثلاث صور من يوم واحد", "reason": "in the family's words"}
    assert client.post(f"/cases/{case.pk}/summary", form).status_code == 302
    case.refresh_from_db()
    assert case.summary == form["summary"]
    assert changes(case)[0] == ("summary", "three of one day", form["summary"], form["reason"])
    no_reason = client.post(f"/cases/{case.pk}/summary", {"summary": "x", "reason": " "})
    assert no_reason.status_code == 400
    with pytest.raises(UsageProblem):
        cases.describe(here.opened, here.people["reviewer"], case, "x", "")
    case.refresh_from_db()
    assert case.summary == form["summary"]


def test_in_by_number_and_out_with_a_reason(here: World, case: Any) -> None:
    from amana_archive.evidence import queries
    from amana_archive.evidence.models import Item

    reviewer = here.people["reviewer"]
    client = browser_of(reviewer)
    later = Item.objects.exclude(memberships__case=case).order_by("-pk").first()
    assert later is not None
    for number in (
        f"c-{case.pk:06d}",
        str(case.pk).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
    ):
        assert client.post(f"/items/{later.pk}/case", {"case": number}).status_code == 302
    assert later in queries.members(reviewer, case)
    assert client.post(f"/items/{later.pk}/case", {"case": "C-999999"}).status_code == 400
    out = {"item": later.pk, "reason": "the wrong day"}
    assert client.post(f"/cases/{case.pk}/take-out", {**out, "reason": ""}).status_code == 400
    assert client.post(f"/cases/{case.pk}/take-out", out).status_code == 302
    assert later not in queries.members(reviewer, case)
    assert changes(case)[0] == ("item", later.name, "", "the wrong day")


def test_a_case_never_becomes_empty(here: World, case: Any) -> None:
    from amana_archive.evidence import cases, queries

    reviewer = here.people["reviewer"]
    first, *others = queries.members(reviewer, case)
    for item in others:
        cases.take_out(here.opened, reviewer, case, item, "only one is sure")
    with pytest.raises(UsageProblem, match="at least one"):
        cases.take_out(here.opened, reviewer, case, first, "nobody left")


def test_re_opened_it_tells_everything_until_it_left(here: World, case: Any) -> None:
    """From the camera's clock on; what is said of an item after it left is not this case's."""
    from amana_archive.evidence import actions, cases, queries
    from amana_archive.evidence.story import whole_story

    reviewer = here.people["reviewer"]
    leaving = queries.members(reviewer, case)[0]
    actions.add_note(here.opened, reviewer, leaving, "said while it was here")
    cases.take_out(here.opened, reviewer, case, leaving, "somebody else")
    actions.add_note(here.opened, reviewer, leaving, "said after it left")
    browser_of(reviewer).get(f"/cases/{case.pk}/story")
    story = whole_story(reviewer, case)
    told = {line.what for line in story}
    assert {"taken by the camera's clock", "captured", "items", "item", "case.viewed"} <= told
    texts = " ".join(line.text for line in story)
    assert "said while it was here" in texts
    assert [line.when for line in story] == sorted(line.when for line in story)
    outsider = whole_story(here.people["reviewer-outsider"], case)
    assert all(line.thing == case.number for line in outsider)


def test_a_copy_of_a_copy_is_made_from_the_original(here: World) -> None:
    from amana_archive.evidence import copies
    from amana_archive.evidence.models import WorkingCopy

    item = here.things["item"]
    client = browser_of(here.people["reviewer"])
    brighter = {"do": "brighten", "percent": 150, "reason": "to see the card"}
    client.post(f"/items/{item.pk}/derive", {**brighter, "from": here.things["made"].pk})
    made = WorkingCopy.objects.latest("pk")
    assert [step["do"] for step in made.steps] == ["rotate", "brighten"]
    assert made.source_sha256 == here.things["made"].source_sha256
    assert copies.prove(here.opened, made)


def test_a_covered_copy_of_another_is_no_way_round(here: World) -> None:
    """Whoever may not see a copy cannot build on it."""
    from amana_archive.evidence import copies
    from amana_archive.evidence.models import WorkingCopy

    item = here.things["item"]
    cover = [{"do": "cover", "box": [0, 0, 500, 500]}]
    hidden = copies.make_working_copy(
        here.opened, here.people["investigator"], item, cover, "a bystander"
    )
    form = {"do": "rotate", "degrees": 90, "reason": "upright", "from": hidden.pk}
    browser_of(here.people["reviewer"]).post(f"/items/{item.pk}/derive", form)
    made = WorkingCopy.objects.latest("pk")
    assert [step["do"] for step in made.steps] == ["rotate"]
