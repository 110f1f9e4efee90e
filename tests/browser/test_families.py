"""A family's way through the archive, in Arabic and English, through real forms in a real browser:
from the enquiry to the meeting and to the withdrawal of everything; and an exclusion."""

from __future__ import annotations

import re
from typing import Any

import pytest
from browser_cast import SCREENSHOTS, Site, aside
from cast_families import PASSPHRASE, drawn

BOTH = pytest.mark.parametrize("language", ["ar", "en"])
NAMES = {"ar": "كريم ناصر الدباغ", "en": "Karim Naser Dabbagh"}


def sees(page: Any, place: str, text: str) -> None:
    """Wait until `place` holds `text`: a click has not yet answered when it returns."""
    page.locator(place, has_text=text).first.wait_for()


def keep(page: Any, name: str) -> None:
    if SCREENSHOTS:
        page.screenshot(path=f"{SCREENSHOTS}/{name}.png", full_page=True)


def opened_page(site: Site, who: str, language: str) -> Any:
    person = site.world.people.get(who) or site.world.things[who]
    return site.visitor(person, language)


def new_case(site: Site, which: slice, summary: str) -> Any:
    """A case as a reviewer leaves it, with a jacket seen in it."""

    def make() -> Any:
        from amana_archive.evidence import actions, cases
        from amana_archive.evidence.models import Item, Tag

        items = [i for i in Item.objects.order_by("pk") if i.copy][which]
        reviewer = site.world.people["reviewer"]
        case = cases.propose(site.world.opened, reviewer, items, summary)
        jacket = Tag.objects.get(code="jacket")
        actions.add_tag(site.world.opened, reviewer, items[0], jacket)
        return case

    return aside(make)


def intake(page: Any, site: Site, name: str) -> tuple[str, str]:
    """An enquiry; the number of its page and the phrase."""
    page.goto(site.address + "/families")
    page.click("a[href='/families/new']")
    page.fill("#name0", name)
    page.select_option("#sex", "male")
    page.fill("#last_seen", "2012-04")
    page.fill("#asker", "his sister")
    page.check("input[name=tag][value=jacket]")
    page.locator("main form button").last.click()
    page.locator(".phrase").first.wait_for()
    number = page.locator("strong.number").inner_text().strip()
    words = page.locator(".phrase[data-language=ar]").inner_text().strip()
    assert re.fullmatch(r"F-\d{6}", number)
    assert len(words.split()) == 7
    page.locator("main a.button[href^='/families/']").click()
    page.locator("#names", has_text=name).wait_for()
    return number, words


def ask(site: Site, language: str, number: str, words: str) -> Any:
    """What the family sees at home, without an account."""
    from amana_archive.access.models import Attempt

    aside(lambda: Attempt.objects.all().delete())
    page = site.visitor(None, language)
    page.goto(site.address + "/ask")
    page.fill("#number", number)
    page.fill("#words", words)
    page.click("main form button")
    page.locator("[role=status], [role=alert]").wait_for()
    text = page.locator("[role=status], [role=alert]").inner_text()
    page.context.close()
    return text


def compare(page: Any, record: str, case: Any, kind: str, words: str) -> None:
    page.click(f"a[href='{record}/candidates']")
    sees(page, "article.card h2", case.number)
    page.click(f"a[href='{record}/beside/{case.pk}']")
    page.locator(".reasons").wait_for()
    assert page.locator("main img").count() == 0  # nothing is shown before somebody asks
    page.fill("#text", words)
    page.click(f"button[value={kind}]")
    sees(page, "#found", words)


def decide(site: Site, who: str, language: str, record: str, case: Any) -> Any:
    page = opened_page(site, who, language)
    page.goto(site.address + "/families")
    page.click(f"a[href='{record}/beside/{case.pk}']")
    page.locator("a[href^='?item=']").first.click()
    page.locator("img.grey").wait_for()
    page.fill("#reason", "compared for myself")
    page.click("button[value=confirm]")
    page.wait_for_url("**#findings")
    return page


@BOTH
def test_from_an_enquiry_to_a_meeting_and_to_a_withdrawal(site: Site, language: str) -> None:
    name, case = NAMES[language], new_case(site, slice(2, 4), f"in the garage ({language})")
    page = opened_page(site, "liaison", language)
    page.goto(site.address + "/families")
    page.click("form[action='/families/shut'] button")
    page.fill("#passphrase", PASSPHRASE)
    page.locator("form[action='/families/open'] button").click()
    page.wait_for_url("**/families")
    number, words = intake(page, site, name)
    record = "/" + page.url.split("/", 3)[3].split("#")[0]
    _brings_a_photograph(page)
    said = ask(site, language, number, words)
    assert name not in said
    second = site.world.things["second_liaison"]
    page.select_option("#other", str(second.pk))
    page.locator("#rights form").last.locator("button").click()
    sees(page, "#rights li", second.name)
    compare(page, record, case, "identified", "his sister knew the jacket")
    other = decide(site, "second_liaison", language, record, case)
    _meeting(page, site, record, language)
    page.goto(site.address + record)
    page.select_option("#state", "call")
    page.locator("#state").locator("xpath=ancestor::form").locator("button").click()
    call = ask(site, language, number, words)
    assert call != said
    _agrees_and_withdraws(page, case, name)
    page.locator("#erasure button").click()
    page.locator("#erasure button[name=off]").wait_for()
    _erased(other, site, number, name)
    assert ask(site, language, number, words) not in (said, call)
    assert page.goto(site.address + record).status == 404
    page.context.close()
    other.context.close()


def _brings_a_photograph(page: Any) -> None:
    page.click("#photos summary")
    page.set_input_files("#file", {"name": "him.jpg", "mimeType": "image/jpeg", "buffer": drawn()})
    page.fill("#label", "at a wedding")
    page.click("#photos details form button")
    sees(page, "#photos li", "at a wedding")
    assert page.locator("#photos img").count() == 0
    page.click("#photos a")
    shown = page.locator("#photos img")
    shown.wait_for()
    assert shown.evaluate("i => i.complete && i.naturalWidth == 640")


def _meeting(page: Any, site: Site, record: str, language: str) -> None:
    page.goto(site.address + record)
    page.click("#meetings summary")
    page.select_option("#result", "identified")
    page.fill("#when", "2026-12-03")
    page.click("#meetings form button")
    page.click("#steps summary >> nth=0")
    page.fill("#words", "وجدناه." if language == "ar" else "We found him.")
    page.locator("#steps details").nth(0).locator("button").click()
    for kind in ("body", "effects"):
        page.click("#steps summary >> nth=1")
        page.select_option("#kind", kind)
        page.locator("#steps details").nth(1).locator("button").click()
    page.locator("#steps ol li").nth(2).wait_for()
    page.locator("#steps ol li").nth(2).locator("button[name=up]").click()
    sees(page, "#steps ol li:nth-child(2)", "للمتعلقات" if language == "ar" else "effects")
    page.fill("#support", "his mother")
    page.check("input[value=effects]")
    keep(page, f"journey-meeting-{language}")
    page.click("#begin button")
    page.wait_for_url("**/shown")
    assert page.locator("nav").count() == 0  # the family sees the thing, and no menu
    assert page.locator("main img").count() == 0
    keep(page, f"journey-shown-words-{language}")
    page.click("button[value=next]")
    page.locator("figure .none").wait_for()
    keep(page, f"journey-shown-covered-{language}")
    page.click("button[value=uncover]")
    picture = page.locator("img.grey")
    picture.wait_for()
    assert picture.evaluate("i => i.complete && i.naturalWidth > 100")
    assert page.locator("button[value=next]").count() == 0  # the body is not wished: it is left out
    page.click("button[value=stop]")
    page.wait_for_url("**#minutes")
    page.fill("#text", "She asked for the place.")
    page.click("#minutes form >> nth=0 >> button")
    page.click("#minutes form >> nth=1 >> button")
    page.wait_for_url("**#letters")
    page.locator("#letters li a").first.wait_for()


def _agrees_and_withdraws(page: Any, case: Any, name: str) -> None:
    """To a publication; and takes it back."""
    for answer, may in (("yes", True), ("no", False)):
        form = page.locator("#consent details", has=page.locator("#printed"))
        form.locator("summary").click()
        page.fill("#printed", name)
        form.locator(f"button[value={answer}]").click()
        page.wait_for_url("**#consent")
        page.wait_for_load_state()
        assert aside(lambda: _published(case)) == ((name,) if may else None)


def _published(case: Any) -> Any:
    from amana_archive.families import consent

    case.refresh_from_db()
    found = consent.may_publish(case)
    return found.names if found else None


def _erased(page: Any, site: Site, number: str, name: str) -> None:
    page.goto(site.address + "/families")
    page.locator("a[href^='/families/erasures/']", has_text=number).click()
    sees(page, "main", name)
    page.click("form[action$='/erase'] button")
    page.locator("a[download]").wait_for()
    with page.expect_download() as download:
        page.click("a[download]")
    assert download.value.path().read_bytes().startswith(b"%PDF")
    page.goto(site.address + "/families")
    assert page.locator("main", has_text=name).count() == 0


@BOTH
def test_an_exclusion_is_kept_and_opened_again_for_new_facts(site: Site, language: str) -> None:
    case = new_case(site, slice(4, 6), f"another man ({language})")
    page = opened_page(site, "liaison", language)
    intake(page, site, f"{NAMES[language]} الثاني")
    record = "/" + page.url.split("/", 3)[3].split("#")[0]
    page.select_option("#other", str(site.world.things["second_liaison"].pk))
    page.locator("#rights form").last.locator("button").click()
    words = "thirty years younger"
    compare(page, record, case, "excluded", words)
    other = decide(site, "second_liaison", language, record, case)
    page.goto(f"{site.address}{record}/candidates")
    sees(page, "#excluded article", case.number)
    sees(page, "#excluded", words)
    assert page.locator("article h2", has_text=case.number).count() == 0
    assert page.locator("#excluded .flag").count() == 0
    page.goto(f"{site.address}{record}/change")
    page.fill("#born", "1955")
    page.locator("main form button").last.click()
    page.locator("#names").wait_for()
    page.goto(f"{site.address}{record}/candidates")
    page.locator("#excluded .flag").wait_for()
    keep(page, f"journey-excluded-{language}")
    page.click(f"#excluded a[href='{record}/beside/{case.pk}']")
    page.click("#found summary")
    page.fill("#why", "born earlier than we were told")
    page.click("form[action$='/reopen'] button")
    page.wait_for_url("**#findings")
    page.goto(f"{site.address}{record}/candidates")
    sees(page, "article h2", case.number)
    page.context.close()
    other.context.close()


def test_two_administrators_see_no_family(site: Site) -> None:
    """The page of the store says who can open it; each keeper's words are shown once."""
    from amana_archive.families.store import making

    person = site.world.people["administrator"]
    waiting = dict(making._waiting)
    page = site.visitor(person)
    page.goto(site.address + "/families/store")
    page.click("form[action='/families/words'] button")
    assert page.locator("ol code").count() == 33
    page.goto(site.address + "/families/store")
    assert page.locator("form[action='/families/words']").count() == 0
    for path in ("/families", "/families/open", f"/families/{site.world.things['record'].pk}"):
        assert page.goto(site.address + path).status == 404
    making._waiting.update(waiting)
    page.context.close()
