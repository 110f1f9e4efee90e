"""What takes two people: before the second agrees, nothing leaves and nothing covered is shown."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from archive_cast import World, browser_of

from amana.errors import UsageProblem


def answer(person: Any, proposal: int, word: str) -> int:
    form = {"answer": word, "reason": "looked at"}
    return int(browser_of(person).post(f"/proposals/{proposal}/decide", form).status_code)


def asked(here: World, reason: str = "for the laboratory") -> Any:
    from amana_archive.evidence.models import Export

    item = here.things["item"]
    done = browser_of(here.people["investigator"]).post(
        f"/items/{item.pk}/export", {"reason": reason}
    )
    made = Export.objects.latest("pk")
    assert done["Location"] == f"/exports/{made.pk}"
    return made


def test_an_original_leaves_by_two(here: World, tmp_path: Path) -> None:
    made = asked(here)
    item, first = here.things["item"], browser_of(here.people["investigator"])
    where = f"/exports/{made.pk}"
    assert first.post(f"{where}/fetch").status_code == 404
    assert answer(here.people["investigator"], made.proposal_id, "confirm") == 404
    assert answer(here.people["reviewer-outsider"], made.proposal_id, "confirm") == 404
    assert first.post(f"{where}/fetch").status_code == 404
    size = here.opened.recorder.size
    assert answer(here.people["reviewer"], made.proposal_id, "confirm") == 302
    assert b"Fetch the originals" in first.get(where).content
    # The second person confirmed it: it is not his to fetch.
    assert browser_of(here.people["reviewer"]).post(f"{where}/fetch").status_code == 404
    fetched = first.post(f"{where}/fetch")
    data = b"".join(fetched.streaming_content)
    assert item.name not in fetched["Content-Disposition"]
    with tarfile.open(fileobj=io.BytesIO(data)) as bag:
        bag.extractall(tmp_path, filter="data")
    check = ["sha256sum", "--strict", "-c", "SHA256SUMS"]
    assert subprocess.run(check, cwd=tmp_path, check=True, capture_output=True).returncode == 0
    original = (tmp_path / "originals" / item.sha256).read_bytes()
    assert hashlib.sha256(original).hexdigest() == item.sha256
    line = f"{item.sha256}\t{item.path}\t{item.collection.origin}\t{item.seq}\n"
    assert line in (tmp_path / "ITEMS.tsv").read_text("utf-8")
    acts = [r.fields["act"] for r in here.opened.recorder.records(size)]
    assert acts[:1] == ["export.confirmed"]
    assert acts[-1] == "item.downloaded"


def test_what_was_refused_or_is_old_does_not_leave(here: World) -> None:
    from django.utils import timezone

    from amana_archive.evidence.models import Proposal

    refused, old = asked(here), asked(here)
    assert answer(here.people["liaison"], refused.proposal_id, "refuse") == 302
    assert answer(here.people["liaison"], old.proposal_id, "confirm") == 302
    week = timezone.now() - timedelta(days=7)
    Proposal.objects.filter(pk=old.proposal_id).update(decided=week)
    client = browser_of(here.people["investigator"])
    for made in (refused, old):
        assert client.get(f"/exports/{made.pk}").status_code == 200
        assert client.post(f"/exports/{made.pk}/fetch").status_code == 404


def test_each_original_is_an_entry_before_the_first_byte(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amana.errors import NoSpace

    made = here.things["export"]
    assert answer(here.people["liaison"], made.proposal_id, "confirm") == 302
    client, where = browser_of(here.people["investigator"]), f"/exports/{made.pk}/fetch"
    with monkeypatch.context() as broken:

        def full(*_: object) -> Any:
            raise NoSpace(path="the ledger")

        broken.setattr(here.opened.recorder._book, "append_all", full)
        assert client.post(where).status_code == 503
    size = here.opened.recorder.size
    fetched = client.post(where)
    # Not one byte was asked for yet, and the entries are there.
    entries = [r.fields for r in here.opened.recorder.records(size)]
    assert [e["act"] for e in entries] == ["item.downloaded"] * 2
    assert [e["item"] for e in entries] == [i.pk for i in made.items.order_by("pk")]
    assert b"SHA256SUMS" in b"".join(fetched.streaming_content)


def test_an_export_has_a_reason_and_an_end(here: World) -> None:
    from amana_archive.evidence import exports

    person, item = here.people["investigator"], here.things["item"]
    for items, reason in (([item], " "), ([], "why"), ([item] * 101, "why")):
        with pytest.raises(UsageProblem):
            exports.ask(here.opened, person, items, reason)


def test_who_lost_a_right_fetches_nothing(here: World) -> None:
    from amana_archive.access import accounts
    from amana_archive.access.models import Grant

    made = asked(here, "soon without rights")
    assert answer(here.people["liaison"], made.proposal_id, "confirm") == 302
    person = here.people["investigator"]
    client, where = browser_of(person), f"/exports/{made.pk}"
    assert client.get(where).status_code == 200
    right = Grant.objects.get(person=person, collection=here.things["collection"], ended=None)
    accounts.take_back(here.opened, here.people["administrator"], right)
    try:
        assert client.get(where).status_code == 404
        assert client.post(f"{where}/fetch").status_code == 404
    finally:
        accounts.grant(here.opened, None, person, here.things["collection"])


def covered(here: World) -> Any:
    from amana_archive.evidence import copies

    steps = [{"do": "cover", "box": [200, 200, 500, 500]}]
    maker, item = here.people["reviewer"], here.things["item"]
    return copies.make_working_copy(here.opened, maker, item, steps, "a bystander's face")


def test_a_covered_copy_is_its_makers_until_two_agree(here: World) -> None:
    from amana_archive.evidence import queries
    from amana_archive.evidence.models import Proposal

    made, other = covered(here), here.people["investigator"]
    waiting = Proposal.objects.get(working_copy=made)
    maker, second = browser_of(here.people["reviewer"]), browser_of(other)
    assert maker.get(f"/copies/{made.pk}").status_code == 200
    for client in (second, browser_of(here.people["liaison"])):
        assert client.get(f"/copies/{made.pk}").status_code == 404
        assert client.post(f"/copies/{made.pk}/prove").status_code == 404
    page = second.get(f"/items/{made.item_id}").content.decode()
    assert f'href="/copies/{made.pk}"' not in page
    assert made not in queries.usable_copies(made.item)
    # Who decides sees it, on the page where it is decided, and only while it waits.
    picture = f"/proposals/{waiting.pk}/picture"
    assert picture in second.get(f"/proposals/{waiting.pk}?show=picture").content.decode()
    assert second.get(picture).content[:4] == b"\x89PNG"
    assert browser_of(here.people["reviewer-outsider"]).get(picture).status_code == 404
    assert answer(here.people["reviewer"], waiting.pk, "confirm") == 404
    assert answer(other, waiting.pk, "confirm") == 302
    assert second.get(f"/copies/{made.pk}").status_code == 200
    assert made in queries.usable_copies(made.item)
    assert second.get(picture).status_code == 404


def test_a_refused_cover_stays_unseen(here: World) -> None:
    from amana_archive.evidence import queries
    from amana_archive.evidence.models import Proposal

    made = covered(here)
    waiting = Proposal.objects.get(working_copy=made)
    assert answer(here.people["investigator"], waiting.pk, "refuse") == 302
    second = browser_of(here.people["investigator"])
    assert second.get(f"/copies/{made.pk}").status_code == 404
    assert second.get(f"/proposals/{waiting.pk}/picture").status_code == 404
    assert made not in queries.usable_copies(made.item)
