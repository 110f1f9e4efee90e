"""An investigator finds a gap in a number series and re-opens a case; a document is read beside its
translation. In a real browser; with AMANA_SCREENSHOTS set, the pictures of the guide are made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_cast import Site, aside

BOTH = pytest.mark.parametrize("language", ["ar", "en"])


@pytest.fixture
def numbered(site: Site) -> Iterator[None]:
    """Numbers of three branches on a few items, some of them missing; ended afterwards."""
    before: set[int] = set(aside(_keys) or ())
    taken: dict[int, str] = aside(lambda: _number(site))
    yield
    aside(lambda: _end(before, taken))


def _keys() -> list[int]:
    from amana_archive.evidence.models import Reading

    return list(Reading.objects.values_list("pk", flat=True))


def _number(site: Site) -> dict[int, str]:
    from amana_archive.evidence import actions, cases
    from amana_archive.evidence.models import Case, Item

    world = site.world
    items = [i for i in Item.objects.order_by("pk") if i.copy][2:8]
    taken = {item.pk: item.taken for item in items}
    for day, item in enumerate(items):  # a picture every third day: days between them are silent
        Item.objects.filter(pk=item.pk).update(taken=f"2012-05-{4 + 3 * day:02d} 08:00:00")
    given = (("2942", "9077"), ("2943", "9077"), ("2951", "251"), ("2960", "251"), ("2961", "227"))
    for item, (death, branch) in zip(items, given, strict=False):
        actions.add_reading(
            world.opened, world.people["reviewer"], item, "death", "read", death, 90
        )
        actions.add_reading(
            world.opened, world.people["reviewer"], item, "branch", "read", branch, 90
        )
    if not Case.objects.filter(summary="after the gap").exists():
        cases.propose(world.opened, world.people["reviewer"], items[:1], "after the gap")
    return taken


def _end(before: set[int], taken: dict[int, str]) -> None:
    from django.utils import timezone

    from amana_archive.evidence.models import Item, Reading

    for key, when in taken.items():
        Item.objects.filter(pk=key).update(taken=when)
    Reading.objects.exclude(pk__in=before).update(ended=timezone.now())


def axe(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    return [v["id"] for v in Axe().run(page).response["violations"]]


@BOTH
def test_from_a_gap_to_a_case_re_opened(site: Site, numbered: None, language: str) -> None:
    from test_pages import keep, overflow

    page = site.visitor(site.world.people["investigator"], language)
    page.goto(site.address + "/search")
    page.click("nav a[href='/series']")
    page.locator("svg.plot rect.gap").first.wait_for()
    assert page.locator("svg.plot[role=img] title").count() > 3
    gap = page.locator("#gap2936")
    said = gap.locator("strong").inner_text()
    assert all(number in said for number in ("2936", "2941", "6"))
    assert axe(page) == []
    keep(page, f"investigator-gap-{language}")
    with page.expect_download() as download:
        page.click(".take a >> nth=0")
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert "gap,2936,2941,6" in text
    gap.locator(".side").nth(1).locator("a[href$='/story']").first.click()
    page.wait_for_url("**/story")
    assert page.locator(".story li").count() > 2
    page.goto(site.address + "/series?number=death&of=9077")
    page.set_viewport_size({"width": 320, "height": 700})
    assert overflow(page) <= 0
    for path in ("/timeline?by=day", "/places"):
        page.goto(site.address + path)
        assert overflow(page) <= 0
        assert axe(page) == []
        page.set_viewport_size({"width": 1280, "height": 900})
        keep(page, f"investigator-{path[1:5]}-{language}")
        page.set_viewport_size({"width": 320, "height": 700})
    page.context.close()


@BOTH
def test_a_document_beside_its_translation(site: Site, language: str) -> None:
    page = site.visitor(site.world.people["investigator"], language)
    page.goto(site.address + "/documents")
    page.locator("main .rows a", has_text="testimony.txt").click()
    page.fill("main #q", "السجن")
    page.keyboard.press("Enter")
    page.locator("mark", has_text="السجن").first.wait_for()
    page.locator("#translations details").last.locator("summary").click()
    words = "Témoignage sur la prison" if language == "ar" else "Aussage über das Gefängnis"
    page.select_option("#from", "ar")
    page.select_option("#to", "fr" if language == "ar" else "de")
    page.fill("#translator", "Une traductrice")
    page.fill("#translation", words)
    page.locator("#translations form button").click()
    page.locator("#translations .text", has_text=words).first.wait_for()
    page.goto(site.address + "/search?q=" + words.split(maxsplit=1)[0])
    page.locator(".results", has_text="testimony.txt").wait_for()
    page.context.close()
