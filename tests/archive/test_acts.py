"""Nothing is shown and nothing is changed unless the ledger says so first."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from archive_cast import World, browser_of

from amana.errors import NoSpace


def acts(here: World, last: int = 1) -> list[dict[str, Any]]:
    return [r.fields for r in here.opened.recorder.records()][-last:]


@pytest.fixture
def full_disk(here: World):
    """The ledger cannot be written."""
    book = here.opened.recorder._book
    whole = book.append_all

    def refuse(*_: object) -> Any:
        raise NoSpace(path="the ledger")

    book.append_all = refuse
    yield
    book.append_all = whole


def test_a_view_is_an_entry_before_the_bytes_leave(here: World) -> None:
    item = here.things["item"]
    size = here.opened.recorder.size
    answer = browser_of(here.people["reviewer"]).get(f"/items/{item.pk}/picture")
    assert answer.status_code == 200
    assert answer.content[:3] == b"\xff\xd8\xff"
    (entry,) = acts(here)
    assert (entry["act"], entry["who"], entry["item"]) == ("item.viewed", "reviewer", item.pk)
    assert (entry["ledger"], entry["record"]) == (item.collection.origin, item.seq)
    assert here.opened.recorder.size == size + 1


def test_what_cannot_be_recorded_is_not_shown(here: World, full_disk: None) -> None:
    from amana_archive.evidence.models import ItemTag, Note

    reviewer = browser_of(here.people["reviewer"])
    investigator = browser_of(here.people["investigator"])
    item, case = here.things["item"].pk, here.things["case"].pk
    before = (Note.objects.count(), ItemTag.objects.count())
    for answer in (
        reviewer.get("/review"),
        reviewer.get(f"/items/{item}"),
        reviewer.get(f"/items/{item}/picture"),
        reviewer.get(f"/copies/{here.things['made'].pk}"),
        investigator.get(f"/exports/{here.things['export'].pk}"),
        investigator.get("/search?q=dsc"),
        investigator.get(f"/cases/{case}"),
        browser_of(here.people["court"]).get(f"/disclosed/{here.things['disclosure'].pk}"),
        browser_of(here.people["auditor"]).get("/log"),
    ):
        assert answer.status_code == 503
        assert b"DSC_" not in answer.content
    changed = [
        reviewer.post(f"/items/{item}/note", {"text": "unseen"}),
        reviewer.post(f"/items/{item}/tag", {"tag": "scar"}),
        reviewer.post("/cases/propose", {"item": item}),
    ]
    assert all(a.status_code in (400, 503) for a in changed)
    assert (Note.objects.count(), ItemTag.objects.count()) == before


def test_many_at_once_share_one_signature(here: World) -> None:
    from amana_archive.access.recorder import Recorder

    calls: list[int] = []
    book = here.opened.recorder._book
    recorder = Recorder(book)
    whole, gate = book.append_all, threading.Event()

    def counted(fields: Any, *rest: Any) -> Any:
        calls.append(len(fields))
        gate.wait(1)  # the others arrive meanwhile
        return whole(fields, *rest)

    book.append_all = counted
    seqs: list[int] = []
    try:
        jobs = [
            threading.Thread(target=lambda n=n: seqs.append(recorder.record({"act": f"t{n}"}).seq))
            for n in range(12)
        ]
        for job in jobs:
            job.start()
        gate.set()
        for job in jobs:
            job.join()
    finally:
        book.append_all = whole
    assert len(set(seqs)) == 12
    assert sum(calls) == 12
    assert len(calls) < 12


def test_the_auditors_page_is_the_ledger_itself(here: World) -> None:
    from amana_archive.access.models import Act

    client = browser_of(here.people["auditor"])
    page = client.get("/log").content.decode()
    assert here.opened.recorder.origin in page  # the signed head
    assert Act.objects.count() == here.opened.recorder.size
    Act.objects.all().delete()  # the index is thrown away, and comes back
    assert "item.viewed" in client.get("/log").content.decode()
    assert Act.objects.count() == here.opened.recorder.size


def test_the_ledger_of_acts_verifies(here: World) -> None:
    here.opened.recorder._book.tree()
