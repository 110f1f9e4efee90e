"""Every page of every role, in three languages: axe finds nothing, nothing overflows at 320 px, the
browser's console is silent, and no foreign host is asked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from archive_cast import ROOMS
from browser_cast import SCREENSHOTS, Site, aside

# The browser's own word for an answer that we meant: not here, refused, a share that is none.
EXPECTED = re.compile(r"status of (400|403|404)")
LANGUAGES = ("ar", "en", "fr")
# French words are the longest: these pages show whether they find room.
LONGEST = ("sign-in", "person", "item", "case", "search", "log")


def pages_of(site: Site) -> list[tuple[str, str, str]]:
    """(who, name, address) of every page that a person looks at."""
    t = {name: getattr(thing, "pk", None) for name, thing in site.world.things.items()}
    return [
        ("", "sign-in", "/sign-in"),
        ("administrator", "people", "/people"),
        ("administrator", "person", f"/people/{t['person']}"),
        ("administrator", "not-here", "/review"),
        ("reviewer", "account", "/account"),
        ("reviewer", "review", "/review"),
        ("reviewer", "item", f"/items/{t['item']}"),
        ("reviewer", "item-shown", f"/items/{t['item']}?show=grey"),
        ("reviewer", "proposals", "/proposals"),
        ("reviewer", "proposal", f"/proposals/{t['proposal']}"),
        ("investigator", "redaction", f"/proposals/{t['redaction']}?show=picture"),
        ("investigator", "exports", "/exports"),
        ("investigator", "export", f"/exports/{t['export']}"),
        ("liaison", "cases", "/cases"),
        ("liaison", "case", f"/cases/{t['case']}"),
        ("auditor", "log", "/log"),
        *(page for room in ROOMS for page in room.pages(site.world)),
    ]


# Pages that only somebody sees who is on the way in, or who has just sent a form: `test_the_way_in`
# looks at them.
ON_THE_WAY = {"", "sign-in/second", "welcome/<str:token>"}


def test_every_page_is_looked_at(site: Site) -> None:
    """Whatever address shows a page to somebody is in one of the lists that axe goes through."""
    from archive_cast import browser_of
    from django.urls import resolve
    from test_cast import TABLE, address

    looked_at = {resolve(where.partition("?")[0]).route for _, _, where in pages_of(site)}
    missed = []

    def look() -> None:
        for route, (may, _) in sorted(TABLE.items()):
            if route in looked_at | ON_THE_WAY or not may:
                continue
            person = site.world.people.get(min(may - {"nobody"}))
            answer = browser_of(person).get(address(site.world, route))
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                missed.append(route)

    aside(look)
    assert missed == []


def test_the_pictures_of_the_guides_are_made_here(site: Site) -> None:
    """Every role's guide shows a page as these tests have seen it; none is left over."""
    guides = Path(__file__).parents[2] / "docs" / "archive"
    names = {name for _, name, _ in pages_of(site)} | {"locked", "welcome"}
    shown = {
        picture
        for guide in guides.glob("roles-*.md")
        for picture in re.findall(r"\(images/([^)]+)\.png\)", guide.read_text("utf-8"))
    }
    kept = {path.stem for path in (guides / "images").glob("*.png")}
    assert shown <= kept
    made_here = re.compile(r"(.+?)-(?:ar|en|fr)(?:-320)?|(.+?)-dark")
    for picture in shown:
        found = made_here.fullmatch(picture)
        assert found is not None, picture
        assert (found[1] or found[2]) in names, picture
    for role in ("locked", "people", "review", "case", "search", "disclosure", "log"):
        assert any(picture.startswith(role) for picture in shown), role


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_way_in(site: Site, language: str) -> None:
    """Locked; after a wrong share; invited; welcomed; the second factor; refused; a form too old;
    a proof: pages that are answers to forms."""
    problems: list[str] = []
    office = site.visitor(site.world.people["administrator"], language)
    work = site.visitor(site.world.people["reviewer"], language)
    page = site.visitor(None, language)
    for one in (page, office, work):
        watch(one, site.address, problems)

    def seen(one: Any, name: str) -> None:
        problems.extend(f"{language} {name}: {found}" for found in axe_of(one))
        keep(one, f"{name}-{language}")
        one.set_viewport_size({"width": 320, "height": 700})
        if overflow(one) > 0:
            problems.append(f"{language} {name}: {overflow(one)} px too wide at 320")
        keep(one, f"{name}-{language}-320")
        one.set_viewport_size({"width": 1280, "height": 900})

    office.goto(site.address + "/people")
    office.fill("#login", f"axe{language}")
    office.fill("#name", "ضيف" if language == "ar" else "A guest")
    office.locator("form[action='/people/invite'] button").click()
    office.locator(".link").wait_for()
    seen(office, "invitation")
    page.goto(office.locator(".link").inner_text().strip())
    seen(page, "welcome")
    page.goto(site.address + "/sign-in")
    page.fill("#login", "nobody")
    page.fill("#passphrase", "nothing")
    page.locator("main form button").click()
    page.wait_for_url("**/second")
    seen(page, "second")
    page.fill("#code", "000000")
    page.locator("main form button").first.click()
    page.locator(".problem:visible").wait_for()
    seen(page, "refused")
    work.goto(f"{site.address}/items/{site.world.things['item'].pk}")
    work.locator("form[action$='/prove'] button").first.click()
    work.locator("dl.facts").wait_for()
    seen(work, "proved")
    aside(lambda: site.world.lockup.lock("a look at the state"))
    try:
        page.goto(site.address)
        page.fill("#share", "abandon ability able")
        page.locator("main form button").click()
        page.locator(".problem").wait_for()
        seen(page, "locked")
    finally:
        site.world.lockup.open_with(site.world.kept.identity)
    for one in (page, office, work):
        one.context.close()
    assert problems == []


def axe_of(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    violations = Axe().run(page).response["violations"]
    return [f"{v['id']}: {[n['html'][:160] for n in v['nodes'][:3]]}" for v in violations]


def overflow(page: Any) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page(site: Site, language: str) -> None:
    problems: list[str] = []
    visitors: dict[str, Any] = {}
    for who, name, address in pages_of(site):
        if language == "fr" and name not in LONGEST:
            continue
        if who not in visitors:
            visitors[who] = site.visitor(site.world.people.get(who), language)
            watch(visitors[who], site.address, problems)
        page = visitors[who]
        page.goto(site.address + address)
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        if language != "fr":  # the same pages: French is looked at for room, Arabic for all
            problems += [f"{language} {name}: {found}" for found in axe_of(page)]
        keep(page, f"{name}-{language}")
        if language == "en":
            continue
        page.set_viewport_size({"width": 320, "height": 700})
        if overflow(page) > 0:
            problems.append(f"{language} {name}: {overflow(page)} px too wide at 320")
        keep(page, f"{name}-{language}-320")
        page.set_viewport_size({"width": 1280, "height": 900})
    for page in visitors.values():
        page.context.close()
    assert problems == []


def test_dark_pages_have_contrast_too(site: Site) -> None:
    page = site.visitor(site.world.people["reviewer"], "ar", color_scheme="dark")
    problems: list[str] = []
    for who, name, address in pages_of(site):
        if who == "reviewer":
            page.goto(site.address + address)
            problems += [f"{name}: {found}" for found in axe_of(page)]
            keep(page, f"{name}-dark")
    page.context.close()
    assert problems == []


def watch(page: Any, home: str, problems: list[str]) -> None:
    page.on(
        "console",
        lambda m: (
            problems.append(m.text) if m.type == "error" and not EXPECTED.search(m.text) else None
        ),
    )
    page.on(
        "request",
        lambda r: problems.append(r.url) if not r.url.startswith((home, "data:")) else None,
    )


def keep(page: Any, name: str) -> None:
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SCREENSHOTS}/{name}.png", full_page=True)
