"""A prosecutor and a defence lawyer, each before a browser of his own: asked for by one, confirmed
by another, fetched, verified with the independent verifier in another process, signed for."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from archive_cast import World
from browser_cast import Site, aside
from cast_courts import WHY, covered, key_of, lawyers, verify
from test_pages import keep

BOTH = pytest.mark.parametrize("language", ["ar", "en"])
SIDES = (("prosecutor", "prosecution"), ("defender", "defence"))


def second_item(here: World) -> Any:
    """The case's second item, with a covered picture that two people have confirmed."""
    from amana_archive.evidence.models import CaseItem

    rows = CaseItem.objects.filter(case=here.things["case"], ended=None).order_by("item")
    item = rows.select_related("item__collection")[1].item
    covered(here, item)
    return item


@BOTH
def test_both_sides_receive_verify_and_sign(
    site: Site, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amana_archive.courts.wanted.REPORTS", (language,))
    people = aside(lambda: lawyers(site.world))
    item = aside(lambda: second_item(site.world))
    contents = set()
    for login, side in SIDES:
        basis = f"order 227 / 9077 / 2935 ({side}, {language})"
        ask(site, language, people[login], side, basis, item.pk)
        confirm(site, language, basis)
        bag, digest = receive(site, language, people[login], tmp_path / login)
        contents.add(digest)
        assert (bag / "data/report" / f"report.{language}.pdf").is_file()
    assert len(contents) == 1


def ask(site: Site, language: str, to: Any, side: str, basis: str, item: int) -> None:
    """The liaison: from the case to a wish, item by item."""
    page = site.visitor(site.world.people["liaison"], language)
    page.goto(f"{site.address}/cases/{site.world.things['case'].pk}")
    page.click("#two a[href$='/dossiers']")
    page.click("main a[href$='/dossiers/ask']")
    page.select_option("#to", str(to.pk))
    page.select_option("#side", side)
    page.fill("#basis", basis)
    page.select_option(f"#give{item}", "covered")
    page.fill(f"#reason{item}", WHY)
    page.check(f"input[name=path{item}]")
    keep(page, f"ask-disclosure-filled-{language}")
    page.click("main form button")
    page.wait_for_url("**/proposals")
    page.locator("article", has_text=basis).wait_for()
    page.context.close()


def confirm(site: Site, language: str, basis: str) -> None:
    """The reviewer reads exactly what would leave, then confirms."""
    page = site.visitor(site.world.people["reviewer"], language)
    page.goto(site.address + "/proposals")
    page.locator("article", has_text=basis).locator("a[href^='/asked/']").click()
    page.locator("main", has_text=WHY).wait_for()
    numbers = page.locator("dd bdi.ltr", has_text="227 / 9077 / 2935").first
    assert numbers.evaluate("b => getComputedStyle(b).direction") == "ltr"
    page.click("main a[href='/proposals']")
    asked = page.locator("article", has_text=basis)
    asked.locator("input[name=reason]").fill("as ordered")
    asked.locator("button[value=confirm]").click()
    page.locator("article", has_text=basis).wait_for(state="detached")
    page.context.close()
    from amana_archive.courts import building

    building.wait()


def receive(site: Site, language: str, person: Any, folder: Path) -> tuple[Path, str]:
    """The lawyer: fetch, verify without us, sign; the bag, and the digest of the evidence."""
    page = site.visitor(person, language)
    page.goto(site.address + "/disclosed")
    page.locator("main a[href^='/disclosed/']").first.click()
    page.locator("#dossier form button").first.wait_for()
    assert page.locator("#sign").count() == 0
    with page.expect_download() as waiting:
        page.locator("form[action$='/dossier'] button").click()
    data = Path(waiting.value.path()).read_bytes()
    bag, verdict = verify(data, folder, key_of(site.world))
    assert verdict["ok"], verdict["failed"]
    page.reload()
    held = page.locator("#dossier li", has_text=WHY).locator("bdi.ltr").first
    assert " / " in held.inner_text()  # one text: two would be turned round in Arabic
    assert held.evaluate("b => getComputedStyle(b).direction") == "ltr"
    keep(page, f"lawyer-{language}")
    page.click("#sign summary")
    digest = hashlib.sha256((bag / "manifest-sha256.txt").read_bytes()).hexdigest()
    page.fill("#manifest", digest)
    page.fill("#name", "المحامية" if language == "ar" else "Counsel")
    page.click("#sign button")
    page.locator("#dossier a[href$='/receipt']").wait_for()
    with page.expect_download() as waiting:
        page.click("#dossier a[href$='/receipt']")
    assert f"manifest {digest}" in Path(waiting.value.path()).read_text()
    evidence = page.locator("#dossier dd.fine bdi").last.inner_text()
    assert len(evidence) == 64
    page.context.close()
    return bag, evidence
