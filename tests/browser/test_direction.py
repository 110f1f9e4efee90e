"""An identity keeps its direction: looked at as a picture, because the text of a page is in logical
order and says nothing of what a reader sees."""

from __future__ import annotations

import io
from typing import Any

from browser_cast import Site

NUMBER = "227 / 9077 / 2935"


def picture(locator: Any) -> Any:
    from PIL import Image

    image = Image.open(io.BytesIO(locator.screenshot())).convert("L")
    box = image.point(lambda v: 255 if v < 128 else 0).getbbox()
    return image.crop(box)


def differs(one: Any, other: Any) -> float:
    """How much of the ink is elsewhere, 0 to 1."""
    from PIL import ImageChops, ImageStat

    other = other.resize(one.size)
    ink = 255 - ImageStat.Stat(one).mean[0]
    return float(ImageStat.Stat(ImageChops.difference(one, other)).mean[0] / ink)


def test_an_identity_is_the_same_picture_in_arabic_as_in_english(site: Site) -> None:
    pictures = {}
    for language in ("en", "ar"):
        page = site.visitor(site.world.people["liaison"], language)
        page.goto(f"{site.address}/items/{site.world.things['item'].pk}")
        shown = page.locator(".identity bdi")
        assert shown.inner_text() == NUMBER
        pictures[language] = picture(shown)
        if language == "ar":
            # The control: the same number bare in Arabic text is turned round, and we would see it.
            turned = page.locator(".identity span")
            page.locator(".identity").evaluate(
                f"p => {{ p.innerHTML = '<span></span>'; p.firstChild.textContent = '{NUMBER}' }}"
            )
            pictures["turned"] = picture(turned)
            page.locator(".identity").evaluate(f"p => p.textContent = 'الرقم {NUMBER} هنا'")
            bare = page.locator(".identity").evaluate(
                """p => { const at = (s) => { const r = document.createRange();
                     const i = p.textContent.indexOf(s); r.setStart(p.firstChild, i);
                     r.setEnd(p.firstChild, i + s.length); return r.getBoundingClientRect().left; };
                   return [at('227'), at('2935')]; }"""
            )
            assert bare[0] > bare[1]
        page.context.close()
    same = differs(pictures["en"], pictures["ar"])
    assert same < 0.3
    assert differs(pictures["en"], pictures["turned"]) > 2 * same + 0.2


def test_every_number_path_and_digest_is_isolated(site: Site) -> None:
    """On every page that shows one: each stands in a <bdi dir=ltr>, and lies left to right."""
    page = site.visitor(site.world.people["investigator"], "ar")
    t = site.world.things
    for path in (
        f"/items/{t['item'].pk}",
        f"/cases/{t['case'].pk}",
        f"/cases/{t['case'].pk}/story",
    ):
        page.goto(site.address + path)
        bare = page.evaluate(
            r"""() => { const found = []; const walk = document.createTreeWalker(
                 document.querySelector('main'), NodeFilter.SHOW_TEXT);
               while (walk.nextNode()) { const n = walk.currentNode;
                 if (/\d+\s*\/\s*\d+|[0-9a-f]{40}|C-\d{6}|\d{4}-\d\d-\d\d/.test(n.data)
                     && !n.parentElement.closest('bdi, option, script, input, textarea'))
                   found.push(n.data.trim()); }
               return found; }"""
        )
        assert bare == [], path
    page.context.close()
