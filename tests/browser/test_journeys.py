"""Each role's day, in Arabic and English, through real forms in a real browser."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
from browser_cast import Site, aside

PASSPHRASE = "five words are easy to keep"
BOTH = pytest.mark.parametrize("language", ["ar", "en"])


def code_of(secret: str) -> str:
    from amana_archive.access import second_factor

    return second_factor.code_at(secret, second_factor.current_step())


def fresh_codes(login: str) -> None:
    """Let a code count again within its thirty seconds: a test has no time to wait."""
    from amana_archive.access.models import Attempt, Person

    aside(lambda: Person.objects.filter(login=login).update(totp_step=0))
    aside(lambda: Attempt.objects.all().delete())


def submit(page: Any, place: str) -> None:
    page.locator(place).locator("button").last.click()


def sees(page: Any, place: str, text: str) -> None:
    """Wait until `place` holds `text`: a click has not yet answered when it returns."""
    page.locator(place, has_text=text).first.wait_for()


def presses(page: Any, language: str, key: str, arabic: str) -> None:
    """A key by its place: what it says depends on the keyboard."""
    if language == "en":
        page.keyboard.press(key)
        return
    told = {"key": arabic, "code": f"Key{key.upper()}", "bubbles": True}
    page.evaluate("told => document.body.dispatchEvent(new KeyboardEvent('keydown', told))", told)


def sees_no(page: Any, place: str, text: str) -> None:
    page.locator(place, has_text=text).first.wait_for(state="detached")


@BOTH
def test_unlock_invite_enter(site: Site, language: str) -> None:
    """Two trustees; the first administrator invites; the invited comes in with two factors."""
    site.world.lockup.lock("journey")
    page = site.visitor(None, language)
    try:
        for place in (0, 2):
            page.goto(site.address)
            page.fill("#share", site.world.kept.shares[place])
            submit(page, "form[action='/unlock']")
        page.wait_for_url("**/sign-in")
    finally:
        if site.world.lockup.status().locked:
            site.world.lockup.open_with(site.world.kept.identity)
    office = site.visitor(site.world.people["administrator"], language)
    office.goto(site.address + "/people")
    login = f"guest{language}"
    office.fill("#login", login)
    office.fill("#name", "ضيفة" if language == "ar" else "A guest")
    office.select_option("#role", "auditor")
    submit(office, "form[action='/people/invite']")
    link = office.locator(".link").inner_text().strip()
    page.goto(link)
    secret = page.locator("form bdi.ltr").last.inner_text()
    page.fill("#passphrase", PASSPHRASE)
    page.fill("#again", PASSPHRASE)
    page.fill("#code", code_of(secret))
    submit(page, "main form")
    page.wait_for_url("**/sign-in")
    fresh_codes(login)
    page.fill("#login", login)
    page.fill("#passphrase", PASSPHRASE)
    submit(page, "form[action='/sign-in']")
    page.fill("#code", code_of(secret))
    submit(page, "form[action='/sign-in/second']")
    page.wait_for_url("**/log")
    page.click("form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in")
    page.goto(site.address + "/log")
    assert page.locator("table").count() == 0
    page.context.close()
    office.context.close()


@BOTH
def test_a_reviewers_day(site: Site, language: str) -> None:
    """By keyboard to one item; reveal on purpose; read, tag, note; cover; skip."""
    page = site.visitor(site.world.people["reviewer"], language)
    page.goto(site.address + "/review")
    assert page.locator(".grid img").count() > 5
    assert page.locator("img[src*='/picture']").count() == 0
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft" if language == "ar" else "ArrowRight")
    name = page.locator(".grid a:focus").inner_text().strip()
    page.keyboard.press("Enter")
    page.wait_for_url("**/items/*")
    assert page.locator("h1").inner_text().strip() == name
    assert page.locator("img.veil").count() == 1
    presses(page, language, "v", "ر")
    page.wait_for_url("**?show=grey")
    shown = page.locator("img.grey")
    shown.wait_for()
    assert shown.evaluate("i => i.complete && i.naturalWidth > 100")
    assert "grayscale" in shown.evaluate("i => getComputedStyle(i).filter")
    page.click("#numbers summary")
    page.select_option("#number", "branch")
    page.fill("#value", "٩٠٧٧" if language == "ar" else "9077")
    page.fill("#confidence", "80")
    page.click("#numbers form button")
    sees(page, "#numbers bdi", "9077")
    page.select_option("#tag", "trousers")
    page.click("form[action$='/tag'] button")
    label = "بنطال" if language == "ar" else "Trousers"
    sees(page, ".tags", label)
    page.click("#notes summary")
    page.fill("#text", "ظلّ على الحائط")
    page.click("#notes form button")
    sees(page, "#notes blockquote", "ظلّ على الحائط")
    tag = page.locator("#tags li", has_text=label)
    tag.locator("summary").click()
    tag.locator("input[name=reason]").fill("a shadow")
    tag.locator("form button").click()
    sees(page, "#history", "a shadow")
    sees_no(page, ".tags", label)
    here = page.url.split("#")[0]
    presses(page, language, "s", "س")
    page.wait_for_url(lambda url: url.split("#")[0] != here)
    assert name not in page.locator("h1").inner_text()
    page.context.close()
    aside(_nothing_skipped)


def _nothing_skipped() -> None:
    from amana_archive.evidence.models import Skip

    Skip.objects.all().delete()


@BOTH
def test_a_liaison_and_a_reviewer_confirm_together(site: Site, language: str) -> None:
    first = site.visitor(site.world.people["liaison"], language)
    first.goto(f"{site.address}/cases/{site.world.things['case'].pk}")
    first.click("#two details summary")
    words = f"his brother knew the jacket ({language})"
    first.fill("#identify", words)
    first.click("#two form button")
    first.wait_for_url("**#two")
    sees(first, "#two", words)
    first.goto(site.address + "/proposals")
    mine = first.locator("article", has_text=words)
    assert mine.locator("button").count() == 0
    second = site.visitor(site.world.people["reviewer"], language)
    second.goto(site.address + "/proposals")
    asked = second.locator("article", has_text=words)
    asked.locator("input[name=reason]").fill("seen by two")
    asked.locator("button[value=confirm]").click()
    sees_no(second, "article", words)
    for page in (first, second):
        page.context.close()


@BOTH
def test_an_investigator_finds_narrows_saves_and_reopens(site: Site, language: str) -> None:
    page = site.visitor(site.world.people["investigator"], language)
    page.goto(site.address + "/search")
    page.fill("#q", "احمد" if language == "ar" else "testimony")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")
    sees(page, ".results", "testimony.txt")
    page.fill("#q", "dsc*")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=dsc*")
    before = page.locator(".results li").count()
    page.locator(".facets a[href*='tag=jacket']").click()
    page.wait_for_url("**tag=jacket*")
    assert 0 < page.locator(".results li").count() < before
    page.fill("#name", f"jackets {language}")
    page.click("form[action='/search/save'] button")
    sees(page, ".tags a", f"jackets {language}")
    page.goto(f"{site.address}/cases/{site.world.things['case'].pk}")
    page.click("a[href$='/story']")
    page.wait_for_url("**/story")
    times = [t for t in page.locator(".story time").all_inner_texts() if t.strip()]
    assert len(times) > 5
    assert times == sorted(times)
    page.context.close()


@BOTH
def test_a_face_is_covered_by_two(site: Site, language: str) -> None:
    """Drawn with the pointer on the picture; the copy waits; a colleague looks, confirms."""
    item = site.world.things["item"].pk
    first = site.visitor(site.world.people["investigator"], language)
    first.goto(f"{site.address}/items/{item}?show=grey")
    first.locator("img.grey").wait_for()
    first.locator("details", has=first.locator("form[data-derive]")).locator("summary").click()
    first.locator("img.grey").scroll_into_view_if_needed()
    area = first.locator("img.grey").bounding_box()
    first.mouse.move(area["x"] + 0.255 * area["width"], area["y"] + 0.305 * area["height"])
    first.mouse.down()
    first.mouse.move(area["x"] + 0.495 * area["width"], area["y"] + 0.595 * area["height"], steps=4)
    first.mouse.up()
    sides = [first.input_value(f"#{side}") for side in ("left", "top", "right", "bottom")]
    assert sides == ["25", "30", "50", "60"]
    assert first.locator("input[name=do]:checked").get_attribute("value") == "cover"
    why = f"somebody who lives ({language})"
    first.fill("#copyreason", why)
    first.click("form[data-derive] button")
    first.wait_for_url("**#copies")
    second = site.visitor(site.world.people["reviewer"], language)
    second.goto(f"{site.address}/items/{item}")
    waiting = second.locator("#copies li", has_text=why)
    assert waiting.locator("a").count() == 0
    second.goto(site.address + "/proposals")
    second.locator("article", has_text=why).locator("h2 a").first.click()
    second.locator(".reveal a").click()
    shown = second.locator("figure img.grey")
    shown.wait_for()
    assert shown.evaluate("i => i.complete && i.naturalWidth > 100")
    second.fill("#reason", "nothing else is hidden")
    second.click("button[value=confirm]")
    second.wait_for_url("**/proposals")
    second.goto(f"{site.address}/items/{item}")
    assert waiting.locator("a").count() == 1
    for page in (first, second):
        page.context.close()


@BOTH
def test_originals_leave_by_two(site: Site, language: str, tmp_path: Path) -> None:
    """An investigator asks; a liaison looks and confirms; the investigator fetches a tar."""
    first = site.visitor(site.world.people["investigator"], language)
    first.goto(f"{site.address}/items/{site.world.things['item'].pk}")
    first.locator("details", has=first.locator("form[action$='/export']")).locator(
        "summary"
    ).click()
    first.fill("#exportreason", f"for the laboratory ({language})")
    first.locator("form[action$='/export'] button").click()
    first.wait_for_url("**/exports/*")
    where = first.url
    assert first.locator("form[action$='/fetch']").count() == 0
    second = site.visitor(site.world.people["liaison"], language)
    second.goto(site.address + "/proposals")
    second.locator("article", has_text=f"for the laboratory ({language})").locator(
        "h2 a"
    ).first.click()
    second.locator(".grid img").first.wait_for()
    second.fill("#reason", "the laboratory wrote")
    second.click("button[value=confirm]")
    second.wait_for_url("**/proposals")
    first.goto(where)
    with first.expect_download() as download:
        first.click("form[action$='/fetch'] button")
    download.value.save_as(tmp_path / "export.tar")
    with tarfile.open(tmp_path / "export.tar") as bag:
        names = bag.getnames()
    assert names == ["SHA256SUMS", "ITEMS.tsv", f"originals/{site.world.things['item'].sha256}"]
    for page in (first, second):
        page.context.close()


@BOTH
def test_a_lawyer_sees_what_was_disclosed_and_nothing_else(site: Site, language: str) -> None:
    page = site.visitor(site.world.people["court"], language)
    page.goto(site.address + "/disclosed")
    page.click("main a[href^='/disclosed/']")
    page.locator(".grid a").first.click()
    page.locator("figure img.veil").wait_for()
    page.locator(".reveal a").first.click()
    page.locator("figure img.grey").wait_for()
    assert page.locator("figure img.grey").evaluate("i => i.complete && i.naturalWidth > 100")
    for path in ("/search", "/review", "/cases", f"/items/{site.world.things['item'].pk}"):
        assert page.goto(site.address + path).status == 404
    page.context.close()


@BOTH
def test_an_auditor_sees_who_looked(site: Site, language: str) -> None:
    reviewer = site.visitor(site.world.people["reviewer"], language)
    item = site.world.things["item"].pk
    reviewer.goto(f"{site.address}/items/{item}?show=grey")
    reviewer.context.close()
    page = site.visitor(site.world.people["auditor"], language)
    page.goto(site.address + "/log")
    page.fill("#who", "reviewer")
    page.select_option("#act", "item.viewed")
    page.fill("#item", str(item))
    page.click("form[role=search] button")
    page.wait_for_url("**who=reviewer*")
    assert page.locator("tbody tr").count() >= 1
    assert set(page.locator("tbody td:nth-child(3)").all_inner_texts()) == {"reviewer"}
    page.goto(site.address + "/log")
    assert page.locator("#head pre").last.inner_text().startswith(site.world.opened.recorder.origin)
    assert page.goto(f"{site.address}/items/{item}").status == 404
    page.context.close()


def test_without_javascript_all_of_it_works(site: Site) -> None:
    page = site.visitor(site.world.people["reviewer"], "ar", java_script_enabled=False)
    page.goto(site.address + "/review")
    page.locator(".grid a:has(img)").first.click()
    page.click(".reveal a")
    page.locator("img.grey").wait_for()
    page.click("#notes summary")
    page.fill("#text", "without a script")
    page.click("#notes form button")
    sees(page, "#notes", "without a script")
    page.context.close()


def test_a_passkey_instead_of_a_code(site: Site) -> None:
    """A virtual authenticator of the browser: added once, used to come in; a foreign one is not."""
    from amana_archive.access.models import Person

    person = site.world.people["auditor-outsider"]
    aside(lambda: _with_passphrase(person.pk))
    page = site.visitor(person)
    _authenticator(page)
    page.goto(site.address + "/account")
    page.fill("#label", "a key")
    page.click("form[data-passkey] button")
    page.locator("li", has_text="a key").wait_for()
    page.click("form[action='/sign-out'] button")
    aside(lambda: Person.objects.filter(pk=person.pk).update(totp_secret=""))
    for _ in range(2):
        page.goto(site.address + "/sign-in")
        page.fill("#login", person.login)
        page.fill("#passphrase", PASSPHRASE)
        submit(page, "form[action='/sign-in']")
        page.click("[data-passkey] button")
        page.wait_for_url("**/log")
        page.click("form[action='/sign-out'] button")
    stranger = site.visitor(None)
    _authenticator(stranger)
    stranger.goto(site.address + "/sign-in")
    stranger.fill("#login", person.login)
    stranger.fill("#passphrase", PASSPHRASE)
    submit(stranger, "form[action='/sign-in']")
    stranger.click("[data-passkey] button")
    stranger.locator(".problem:visible").wait_for()
    for one in (page, stranger):
        one.context.close()


def _authenticator(page: Any) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def _with_passphrase(key: int) -> None:
    from django.contrib.auth.hashers import make_password

    from amana_archive.access.models import Person

    Person.objects.filter(pk=key).update(passphrase=make_password(PASSPHRASE))


def test_every_link_of_every_role_leads_somewhere_allowed(site: Site) -> None:
    """A crawl: whatever a page offers, its reader may have; nothing it shows is another's."""
    for role in ("administrator", "reviewer", "liaison", "investigator", "court", "auditor"):
        aside(lambda role=role: _crawl(site, role))


def _crawl(site: Site, role: str) -> None:
    from archive_cast import browser_of

    client = browser_of(site.world.people[role])
    todo, seen = ["/"], set()
    while todo:
        path = todo.pop()
        answer = client.get(path, follow=True)
        assert answer.status_code == 200, f"{role}: {path} is {answer.status_code}"
        if "text/html" not in answer["Content-Type"]:
            continue
        page = answer.content.decode()
        base = answer.request["PATH_INFO"]
        for found in re.findall(r'(?:href|src)="([^"#]+)', page):
            link = found.replace("&amp;", "&")
            full = base + link if link.startswith("?") else link
            kind = re.sub(r"\d+", "N", full)
            if full.startswith("/") and not full.startswith("/static") and kind not in seen:
                seen.add(kind)
                todo.append(full)
        if role in ("administrator", "auditor"):
            assert "data:image/webp" not in page
            assert 'href="/items/' not in page
    assert len(seen) > 1
