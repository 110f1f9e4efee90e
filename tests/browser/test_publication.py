"""A publication with consent, from the family to the site in a browser; and its withdrawal."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from browser_cast import SCREENSHOTS, Site, aside
from cast_publication import a_picture, confirmed_case, consented
from test_pages import axe_of, keep, overflow, watch

BOTH = pytest.mark.parametrize("language", ["ar", "en"])
NAME, LATIN = "سلمى حداد", "Salma Haddad"


@BOTH
def test_published_with_consent_and_taken_back(site: Site, language: str, tmp_path: Path) -> None:
    here = site.world
    case = aside(lambda: confirmed_case(here, 7, f"for the memorial ({language})"))
    row = aside(lambda: consented(case, 9200 + len(language), [NAME, LATIN]))
    aside(lambda: a_picture(here, case))
    where = ask(site, language, case.pk)
    decide(site, language, where)
    first = edition(site, language, tmp_path / "first")
    (shown,) = [p for p in (first / "ar").glob("*.html") if NAME in p.read_text("utf-8")
                and p.name not in ("index.html", "about.html")]  # fmt: skip
    problems: list[str] = []
    with served(first) as address:
        look_at(site, address, f"{language}/{shown.name}", problems)
        if language == "en":  # each kind of page, each language: the templates are the same
            for path in ("ar/index.html", "ar/about.html", "fr/index.html", f"fr/{shown.name}"):
                look_at(site, address, path, problems)
            look_at(site, address, "index.html", problems)
    from_a_folder(site, first / language / shown.name)
    assert problems == []
    take_back(site, language, where)
    second = newest(site, language, tmp_path / "second")
    assert not (second / language / shown.name).exists()
    everything = b"".join(p.read_bytes() for p in second.rglob("*") if p.is_file())
    assert NAME.encode() not in everything
    assert LATIN.encode() not in everything
    aside(row.delete)


def ask(site: Site, language: str, case: int) -> str:
    """The liaison: names as the family wants them, coarse date and place, words, a picture."""
    page = site.visitor(site.world.people["liaison"], language)
    page.goto(site.address + "/publication")
    page.click(f"#allowed a[href='/cases/{case}/publish']")
    assert page.locator("input[name=name]:checked").count() == 2
    page.fill("#died", "2013-05")
    page.fill("#place", "حلب" if language == "ar" else "Aleppo")
    page.fill("#words_ar", "كانت تعلّم الأطفال القراءة.\nوكانت تحب الياسمين.")
    page.fill("#words_en", "She taught children to read.\nShe loved jasmine.")
    page.select_option("#picture", label="portrait")
    page.fill("#picture_ar", "بطاقة مرسومة على خلفية رمادية")
    page.fill("#picture_en", "A drawn card on a grey ground")
    page.check("input[name=tombstone]")
    page.click("main form button")
    page.wait_for_url("**/published/*")
    assert page.locator("button[value=confirm]").count() == 0
    where = page.url.removeprefix(site.address)
    page.context.close()
    return where


def decide(site: Site, language: str, where: str) -> None:
    page = site.visitor(site.world.people["reviewer"], language)
    page.goto(site.address + "/publication")
    page.click(f"#waiting a[href='{where}']")
    page.locator("dd", has_text=NAME).first.wait_for()
    page.fill("#reason", "as the family said")
    page.click("button[value=confirm]")
    page.locator("button[value=confirm]").wait_for(state="detached")
    page.context.close()


def edition(site: Site, language: str, folder: Path) -> Path:
    page = site.visitor(site.world.people["liaison"], language)
    page.goto(site.address + "/publication")
    page.fill("#why", "one more is remembered")
    page.click("#editions form button")
    page.wait_for_url("**/editions/*")
    return _fetch(page, folder)


def newest(site: Site, language: str, folder: Path) -> Path:
    page = site.visitor(site.world.people["liaison"], language)
    page.goto(site.address + "/publication")
    page.locator("#editions a").first.click()
    return _fetch(page, folder)


def _fetch(page: Any, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.click("form[action$='/fetch'] button")
    data = Path(waiting.value.path()).read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        packed.extractall(folder)
    page.context.close()
    (root,) = folder.iterdir()
    return root


def take_back(site: Site, language: str, where: str) -> None:
    page = site.visitor(site.world.people["liaison"], language)
    page.goto(site.address + where)
    page.click("#withdraw summary")
    page.fill("#why", "the family has asked for it")
    page.uncheck("#withdraw input[name=tombstone]")
    page.click("#withdraw button")
    page.locator("#editions .problem").first.wait_for()
    assert page.locator("#editions [role=alert]").count() == 0  # it is in no newest edition
    page.context.close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The site on a plain web server that knows nothing of us."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def look_at(site: Site, address: str, path: str, problems: list[str]) -> None:
    """Axe, 320 pixels, no foreign host, no error in the console, without a script."""
    context = site.browser.new_context(viewport={"width": 1100, "height": 800})
    page = context.new_page()
    watch(page, address, problems)
    page.goto(f"{address}/{path}")
    problems += [f"{path}: {found}" for found in axe_of(page)]
    for image in page.locator("img").all():
        assert image.evaluate("i => i.complete && i.naturalWidth > 100")
    assert page.locator("script").count() == 0
    if SCREENSHOTS:
        code, _, name = path.removesuffix(".html").rpartition("/")
        keep(page, f"site-{name if name in ('index', 'about') else 'person'}-{code or 'all'}")
    page.set_viewport_size({"width": 320, "height": 700})
    if overflow(page) > 0:
        problems.append(f"{path}: {overflow(page)} px too wide at 320")
    context.close()


def from_a_folder(site: Site, path: Path) -> None:
    """Opened from a disk, without any server: style and picture are there."""
    context = site.browser.new_context()
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator("main img").evaluate("i => i.complete && i.naturalWidth > 100")
    assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px"
    context.close()
