"""verify.html in a real Chromium, offline: accepts what the others accept, refuses what they
refuse, by the same checks, and keeps numbers in their direction."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from mutants import Files
from playwright.sync_api import Browser, Page
from vectors_of_dossier import NAMES, load

PAGE = Path(__file__).parents[2] / "verifier" / "verify.html"


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(offline=True, locale="en-GB")
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(PAGE.as_uri())
    yield page
    context.close()


def give(page: Page, where: str, path: Path) -> None:
    """Choose a folder or a zip, as if nothing had been chosen before."""
    page.evaluate(
        "(where) => { last = null; show(); document.querySelector(where).value = ''; }", where
    )
    page.set_input_files(where, str(path))


def failing(page: Page, files: Files) -> list[str]:
    """The codes by which the page refuses `files`."""
    given = {path: base64.b64encode(data).decode() for path, data in files.items()}
    return page.evaluate(
        """async (given) => {
            const files = Object.entries(given).map(([path, data]) =>
                entryOf(path, new Blob([unlatin(atob(data))])));
            const found = await verify({ files, odd: [] }, null);
            return Object.keys(found.wrong).sort();
        }""",
        given,
    )


def test_a_folder(page: Page, bag: Path, partial: Path) -> None:
    for folder in (bag, partial):
        give(page, "#folder", folder)
        page.wait_for_selector("#verdict.good")
    assert "redacted records (1 of them)" in page.inner_text("#open")
    assert page.locator("#checks tr.good").count() == 19


def test_the_published_key_decides(page: Page, bag: Path) -> None:
    seal = json.loads((bag / "data/dossier.json").read_bytes())["seal"]
    for key, kind in ((seal, "good"), ("archive+00000000+AAAA", "bad"), ("", "good")):
        page.fill("#key", key)
        give(page, "#folder", bag)
        page.wait_for_selector(f"#verdict.{kind}")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip(page: Page, bag: Path, tmp_path: Path, method: int) -> None:
    path = tmp_path / "d.zip"
    with zipfile.ZipFile(path, "w", method) as packed:
        for file in sorted(p for p in bag.rglob("*") if p.is_file()):
            packed.write(file, Path("court") / file.relative_to(bag))
    give(page, "#zip", path)
    page.wait_for_selector("#verdict.good")
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("court/data/more.txt", "more")
    give(page, "#zip", path)
    page.wait_for_selector("#verdict.bad")


def test_dragged_in(page: Page, bag: Path, tmp_path: Path) -> None:
    path = tmp_path / "d.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for file in sorted(p for p in bag.rglob("*") if p.is_file()):
            packed.write(file, file.relative_to(bag))
    page.evaluate("last = null; show()")
    handle = page.evaluate_handle(
        """(data) => {
            const carried = new DataTransfer();
            carried.items.add(new File([unlatin(atob(data))], "d.zip"));
            return carried;
        }""",
        base64.b64encode(path.read_bytes()).decode(),
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": handle})
    page.wait_for_selector("#verdict.good")


def test_no_dossier(page: Page, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x/some.txt").write_text("no dossier")
    give(page, "#folder", tmp_path / "x")
    page.wait_for_selector("#verdict.bad")
    assert "no bagit.txt" in page.inner_text("#verdict")


def test_the_vectors_by_the_same_checks(page: Page) -> None:
    for name in NAMES:
        files, fails = load(name)
        assert failing(page, files) == fails, name


def test_large_files_by_streaming(page: Page) -> None:
    """Its own SHA-256 is that of WebCrypto, whatever the pieces."""
    assert (
        page.evaluate(
            """async () => {
            const data = new Uint8Array(300000).map((_, i) => (i * 7 + (i >> 8)) & 255);
            for (const size of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 300000]) {
                const state = new Sha256();
                const part = data.subarray(0, size);
                for (let at = 0; at < size; at += 1237) state.update(part.subarray(at, at + 1237));
                if (hex(state.digest()) !== hex(await digestBy("SHA-256", part))) return size;
            }
            return true;
        }"""
        )
        is True
    )


def test_arabic_keeps_numbers_in_their_direction(page: Page, bag: Path) -> None:
    give(page, "#folder", bag)
    page.wait_for_selector("#verdict.good")
    page.click("[data-language=ar]")
    assert page.get_attribute("html", "dir") == "rtl"
    # Where the first character of an isolated part stands: left of its last.
    detail = page.locator("#checks bdi[dir=ltr]", has_text="9077").first
    positions = detail.evaluate(
        """(element) => ["227", "9077", "2935"].map((part) => {
            const range = document.createRange(), node = element.firstChild;
            const at = node.data.indexOf(part);
            range.setStart(node, at);
            range.setEnd(node, at + part.length);
            return range.getBoundingClientRect().left;
        })"""
    )
    assert positions == sorted(positions)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("[data-language=en]")


def test_the_page_says_what_amana_says() -> None:
    import importlib.resources

    text = (importlib.resources.files("amana.dossier") / "texts.json").read_text("utf-8")
    whole = json.loads(text)
    shown = {lang: {k: said[k] for k in ("ui", "codes", "open")} for lang, said in whole.items()}
    line = next(x for x in PAGE.read_text("utf-8").splitlines() if x.startswith("const TEXTS = "))
    assert json.loads(line.removeprefix("const TEXTS = ").rstrip(";")) == shown
