"""Every page of every role, in three languages: axe finds nothing, nothing overflows at 320 px, the
browser's console is silent, and no foreign host is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from archive_cast import ROOMS
from browser_cast import SCREENSHOTS, Site

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
        ("liaison", "cases", "/cases"),
        ("liaison", "case", f"/cases/{t['case']}"),
        ("auditor", "log", "/log"),
        *(page for room in ROOMS for page in room.pages(site.world)),
    ]


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
        lambda m: problems.append(m.text) if m.type == "error" and "404" not in m.text else None,
    )
    page.on(
        "request",
        lambda r: problems.append(r.url) if not r.url.startswith((home, "data:")) else None,
    )


def keep(page: Any, name: str) -> None:
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SCREENSHOTS}/{name}.png", full_page=True)
