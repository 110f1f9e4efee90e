"""The standing cast: for every address, who may come in; everybody else gets 404, as if there were
nothing. The table is written by hand: a view that is not in it, or asks no question, fails."""

from __future__ import annotations

import re
from typing import Any

import pytest
from archive_cast import ROLES, ROOMS, World, browser_of, world

ADMINISTRATOR, AUDITOR = {"administrator"}, {"auditor"}

EVIDENCE = {"reviewer", "liaison", "investigator"}
DESCRIBE = {"reviewer", "investigator"}
EVERYBODY = set(ROLES)
ANYBODY = {*EVERYBODY, "nobody"}

# Who may, of those with rights. "outsiders": whether the same role without rights may, too.
TABLE: dict[str, tuple[set[str], bool]] = {
    "": (ANYBODY, True),
    "unlock": (ANYBODY, True),
    "lock": (EVERYBODY, True),
    "language": (ANYBODY, True),
    "sign-in": (ANYBODY, True),
    "sign-in/second": (ANYBODY, True),
    "sign-in/passkey": (ANYBODY, True),
    "sign-in/passkey/answer": (ANYBODY, True),
    "sign-out": (EVERYBODY, True),
    "welcome/<str:token>": (set(), False),
    "account": (EVERYBODY, True),
    "account/sessions/<int:session>/end": (set(), False),
    "account/sessions/end-others": (EVERYBODY, True),
    "account/passkeys/begin": (EVERYBODY, True),
    "account/passkeys/finish": (EVERYBODY, True),
    "account/passkeys/<int:key>/remove": (EVERYBODY, True),
    "people": (ADMINISTRATOR, True),
    "people/invite": (ADMINISTRATOR, True),
    "people/<int:person>": (ADMINISTRATOR, True),
    "people/<int:person>/activity": (ADMINISTRATOR, True),
    "people/<int:person>/sessions/end": (ADMINISTRATOR, True),
    "people/<int:person>/rights/give": (ADMINISTRATOR, True),
    "people/<int:person>/rights/take": (ADMINISTRATOR, True),
    "people/<int:person>/recover": (ADMINISTRATOR, True),
    "log": (AUDITOR, True),
    "log/witness": (AUDITOR, True),
    "review": ({"reviewer"}, True),
    "review/rested": ({"reviewer"}, True),
    "items/<int:item>": (EVIDENCE, False),
    "items/<int:item>/picture": (EVIDENCE, False),
    "items/<int:item>/tag": (DESCRIBE, False),
    "items/<int:item>/note": (DESCRIBE, False),
    "items/<int:item>/reading": (DESCRIBE, False),
    "items/<int:item>/skip": (DESCRIBE, False),
    "items/<int:item>/derive": (DESCRIBE, False),
    "tagged/<int:tagged>/take": (DESCRIBE, False),
    "copies/<int:made>": (EVIDENCE, False),
    "copies/<int:made>/prove": (EVIDENCE, False),
    "cases": (EVIDENCE, True),
    "cases/propose": (EVIDENCE, True),
    "cases/<int:case>": (EVIDENCE, False),
    "cases/<int:case>/add": (EVIDENCE, False),
    "cases/<int:case>/take-out": (EVIDENCE, False),
    "cases/<int:case>/summary": (EVIDENCE, False),
    "items/<int:item>/case": (EVIDENCE, False),
    "cases/<int:case>/merge": (EVIDENCE, False),
    "cases/<int:case>/split": (EVIDENCE, False),
    "cases/<int:case>/note": (EVIDENCE, False),
    "cases/<int:case>/identify": (EVIDENCE, False),
    "cases/<int:case>/disclose": ({"investigator"}, False),
    "proposals": (EVIDENCE, True),
    "proposals/<int:proposal>": (EVIDENCE, False),
    # Only a redaction that waits has a picture: test_two_people.py.
    "proposals/<int:proposal>/picture": (set(), False),
    "exports": ({"investigator"}, True),
    "exports/<int:export>": ({"investigator"}, False),
    "exports/<int:export>/fetch": ({"investigator"}, False),
    "items/<int:item>/export": ({"investigator"}, False),
    "cases/<int:case>/export": ({"investigator"}, False),
    # The investigator of the cast proposed it, so he may not decide it.
    "proposals/<int:proposal>/decide": ({"reviewer", "liaison"}, False),
}
for room in ROOMS:
    TABLE.update(room.TABLE)


def patterns() -> list[Any]:
    world()
    from amana_archive.urls import urlpatterns

    return urlpatterns


def address(here: World, route: str) -> str:
    """A route with the things of the cast put in; what the cast has none of, 999999."""

    def key(found: re.Match[str]) -> str:
        thing = here.things.get(found[2])
        if found[1] == "str":
            return str(thing) if thing else "none-such"
        return str(thing.pk) if thing else "999999"

    return "/" + re.sub(r"<(int|str):(\w+)>", key, route)


def test_every_view_is_in_the_table_and_asks_a_question() -> None:
    routes = {str(p.pattern) for p in patterns()}
    assert routes == set(TABLE)
    assert [p for p in patterns() if not hasattr(p.callback, "policy")] == []


@pytest.mark.parametrize("route", sorted(TABLE))
def test_who_may_not_see_it_gets_404(here: World, route: str) -> None:
    may, outsiders = TABLE[route]
    where = address(here, route)
    cast = {**here.people, "nobody": None}
    for name, person in cast.items():
        role = name.removesuffix("-outsider")
        allowed = role in may and (outsiders or name == role)
        answer = browser_of(person).get(where)
        if allowed:
            assert answer.status_code != 404, f"{name} should see {where}"
        else:
            assert answer.status_code == 404, f"{name} sees {where}"
            assert browser_of(person).post(where).status_code == 404, f"{name} posts {where}"


# Pages that show nothing of the evidence, and so need no entry.
# A search without words asks nothing.
SILENT = {"review/rested", "search/save", "search"}


def test_no_page_of_evidence_without_an_entry(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address that only people at work with evidence may open, of every room: while the
    ledger cannot be written, none of them answers."""
    from amana.errors import NoSpace

    def full(*_: object) -> Any:
        raise NoSpace(path="the ledger")

    monkeypatch.setattr(here.opened.recorder._book, "append_all", full)
    shown = []
    for route, (may, _) in sorted(TABLE.items()):
        if not may or may & {"administrator", "nobody"} or route in SILENT:
            continue
        client, where = browser_of(here.people[min(may)]), address(here, route)
        if client.get(where).status_code in (200, 302) or client.post(where).status_code == 200:
            shown.append(route)
    assert shown == []


def test_what_is_not_there_looks_like_what_may_not_be_seen(here: World) -> None:
    for person in (None, here.people["administrator"], here.people["reviewer-outsider"]):
        client = browser_of(person)
        hidden = client.get(f"/items/{here.things['item'].pk}")
        missing = client.get("/items/99999999")
        nowhere = client.get("/no/such/page")
        assert hidden.status_code == missing.status_code == nowhere.status_code == 404
        strip = lambda r: r.content.replace(r.request["PATH_INFO"].encode(), b"")  # noqa: E731
        tokens = [_without_tokens(strip(r)) for r in (hidden, missing, nowhere)]
        assert tokens[0] == tokens[1] == tokens[2]


def _without_tokens(page: bytes) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", page)


def test_a_view_without_a_policy_answers_nobody(here: World) -> None:
    import sys
    import types

    from django.http import HttpResponse
    from django.test import override_settings
    from django.urls import path

    module = types.ModuleType("bare_urls")
    module.urlpatterns = [path("bare", lambda request: HttpResponse("shown"))]  # type: ignore[attr-defined]
    module.handler404 = "amana_archive.web.errors.not_found"  # type: ignore[attr-defined]
    sys.modules["bare_urls"] = module
    with override_settings(ROOT_URLCONF="bare_urls"):
        assert browser_of(here.people["administrator"]).get("/bare").status_code == 404


def test_own_session_can_be_ended_by_nobody_else(here: World) -> None:
    from amana_archive.access.models import SignIn

    person = here.people["auditor"]
    client = browser_of(person)
    row = SignIn.objects.filter(person=person, ended=None).latest("pk")
    other = browser_of(here.people["administrator"])
    assert other.post(f"/account/sessions/{row.pk}/end").status_code == 404
    assert client.get("/account").status_code == 200
    assert client.post(f"/account/sessions/{row.pk}/end").status_code == 302
    assert client.get("/account").status_code == 404
