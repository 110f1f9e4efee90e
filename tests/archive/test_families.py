"""From an enquiry to a meeting and to a withdrawal, through the functions and pages that liaisons
use; an exclusion; and what nobody else may do."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from archive_cast import World, browser_of
from cast_families import PASSPHRASE, drawn, open_store

from amana.errors import CannotOpen, UsageProblem


@pytest.fixture(autouse=True)
def _open(here: World) -> None:
    open_store()


@pytest.fixture
def pair(here: World) -> tuple[Any, Any]:
    """Two liaisons who see the evidence and the records of a test."""
    return here.people["liaison"], here.things["second_liaison"]


def enquiry(here: World, pair: tuple[Any, Any], **more: Any) -> Any:
    from amana_archive.families.record import actions

    fields = {"language": "ar", "sex": "male", **more.pop("fields", {})}
    names = more.pop("names", [("official", "سامر يوسف النجار"), ("other", "Samer Yousef Najjar")])
    told = actions.Told(fields, more.pop("tags", ()), names)
    made = actions.receive(here.opened, pair[0], told)
    actions.share(here.opened, pair[0], made.record, pair[1])
    return made.record


def new_case(here: World, summary: str = "", which: slice = slice(2, 4)) -> Any:
    from amana_archive.evidence import cases
    from amana_archive.evidence.models import Item

    items = [i for i in Item.objects.order_by("pk") if i.copy][which]
    return cases.propose(here.opened, here.people["reviewer"], items, summary)


def identified(here: World, pair: tuple[Any, Any], record: Any = None) -> tuple[Any, Any]:
    from amana_archive.families.reconcile import findings

    record, case = record or enquiry(here, pair), new_case(here, "found in the garage")
    made = findings.propose(here.opened, pair[0], record, case, "identified", "his brother knew")
    findings.decide(here.opened, pair[1], made, True, "compared for myself")
    case.refresh_from_db()
    return record, case


# --- intake --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        (" 2012 ", "2012"),
        ("2012-5", "2012-05"),
        ("2012/05/03", "2012-05-03"),
        ("٢٠١٢-٠٥-٠٣", "2012-05-03"),
    ],
)
def test_partial_dates(given: str, kept: str) -> None:
    from amana_archive.families.record.dates import partial

    assert partial(given) == kept


@pytest.mark.parametrize("given", ["12", "2012-13", "2012-02-30", "May 2012", "1200", "2012-05-"])
def test_what_is_no_date(given: str) -> None:
    from amana_archive.families.record.dates import partial

    with pytest.raises(UsageProblem):
        partial(given)


def test_a_date_may_mean_many_days() -> None:
    from datetime import date

    from amana_archive.families.record.dates import span

    assert span("2012") == (date(2012, 1, 1), date(2012, 12, 31))
    assert span("2012-02") == (date(2012, 2, 1), date(2012, 2, 29))
    assert span("2012-02-03") == (date(2012, 2, 3),) * 2


def test_nothing_is_taken_in_that_cannot_be_recorded(here: World, monkeypatch: Any) -> None:
    from amana.errors import WriteFailed
    from amana_archive.families.models import Record, Slip
    from amana_archive.families.record import actions

    before = Record.objects.count(), Slip.objects.count()

    def full(*args: Any, **more: Any) -> None:
        raise WriteFailed(path="ledger", reason="full")

    monkeypatch.setattr(here.opened.recorder, "record", full)
    told = actions.Told({}, names=[("official", "A Name")])
    with pytest.raises(WriteFailed):
        actions.receive(here.opened, here.people["liaison"], told)
    assert (Record.objects.count(), Slip.objects.count()) == before


def test_a_record_needs_a_name_and_keeps_one(here: World, pair: Any) -> None:
    from amana_archive.families.record import actions

    with pytest.raises(UsageProblem):
        actions.receive(here.opened, pair[0], actions.Told({}, names=[("official", "  ")]))
    record = enquiry(here, pair, names=[("official", "Only One")])
    with pytest.raises(UsageProblem):
        actions.remove_name(here.opened, pair[0], record, record.names.get().pk)


def test_a_change_keeps_what_was_said_before(here: World, pair: Any) -> None:
    from amana_archive.families.record import actions

    record = enquiry(here, pair, fields={"born": "1980", "branch": "215"})
    told = actions.Told({"language": "ar", "sex": "male", "born": "1981", "branch": "215"})
    assert actions.change(here.opened, pair[1], record, told) == ["born"]
    assert record.born == "1981"
    assert "born: 1980" in record.events.get(what="changed").text


def test_photographs_lose_all_but_their_pixels(here: World, pair: Any) -> None:
    from PIL import Image

    from amana_archive.families.record import actions

    record, data = enquiry(here, pair), drawn()
    assert b"Mazen Alhalabi" in data
    photo = actions.add_photo(here.opened, pair[0], record, data, "at home")
    kept = bytes(photo.data)
    with Image.open(io.BytesIO(kept)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (640, 480))
        assert dict(picture.getexif()) == {}
        assert picture.info.get("comment") is None
    assert b"Exif" not in kept
    assert b"Example Optical" not in kept
    for bad in (b"", b"no picture", b"\xff\xd8\xff\xe0" + b"\0" * 100, b"x" * (8 * 2**20 + 1)):
        with pytest.raises(CannotOpen):
            actions.add_photo(here.opened, pair[0], record, bad, "")
    assert record.photos.count() == 1


def test_an_upload_never_touches_a_disk(here: World, pair: Any, monkeypatch: Any) -> None:
    """Through the form, with its token; Django's own handlers would write large files to /tmp."""
    import tempfile

    from django.core.files.uploadedfile import SimpleUploadedFile

    record, client = enquiry(here, pair), browser_of(pair[0])

    def forbidden(*args: Any, **more: Any) -> Any:
        raise AssertionError("a temporary file")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", forbidden)
    monkeypatch.setattr(tempfile, "TemporaryFile", forbidden)
    file = SimpleUploadedFile("photo.jpg", drawn() + b"\0" * 3_000_000)
    answer = client.post(f"/families/{record.pk}/photo", {"file": file, "label": "at home"})
    assert answer.status_code == 302
    photo = record.photos.get()
    assert client.get(f"/families/photos/{photo.pk}").content == bytes(photo.data)
    assert (
        browser_of(here.people["liaison-outsider"]).get(f"/families/photos/{photo.pk}").status_code
        == 404
    )


def test_the_upload_form_needs_its_token(here: World, pair: Any) -> None:
    from django.test import Client

    record = enquiry(here, pair)
    client = Client(enforce_csrf_checks=True)
    client.cookies = browser_of(pair[0]).cookies
    file = io.BytesIO(drawn())
    assert client.post(f"/families/{record.pk}/photo", {"file": file}).status_code == 403
    assert record.photos.count() == 0


# --- who sees it ---------------------------------------------------------------------------------


def test_a_right_to_one_record_is_a_right_to_that_one(here: World, pair: Any) -> None:
    from amana_archive.families.record import actions

    record = enquiry(here, pair)
    other = here.people["liaison-outsider"]
    client = browser_of(other)
    assert client.get(f"/families/{record.pk}").status_code == 404
    assert record.number not in client.get("/families").content.decode()
    actions.share(here.opened, pair[0], record, other)
    assert client.get(f"/families/{record.pk}").status_code == 200
    actions.take_back(here.opened, pair[0], record, other.pk)
    assert client.get(f"/families/{record.pk}").status_code == 404
    for role in ("reviewer", "administrator", "investigator", "auditor", "court"):
        with pytest.raises(UsageProblem):
            actions.share(here.opened, pair[0], record, here.people[role])
    actions.take_back(here.opened, pair[0], record, pair[0].pk)
    with pytest.raises(UsageProblem):
        actions.take_back(here.opened, pair[1], record, pair[1].pk)


def test_what_a_liaison_searches_for_is_not_in_the_ledger(here: World, pair: Any) -> None:
    """It may be a family's name. An investigator's words are: he has no families."""
    from amana_archive.access.audit import catch_up
    from amana_archive.access.models import Act

    for person in (pair[0], here.people["investigator"]):
        assert browser_of(person).get("/search", {"q": "Qamishli"}).status_code == 200
    catch_up(here.opened)
    rows = list(Act.objects.filter(act="searched").order_by("-pk")[:2])
    assert ["Qamishli" in row.fields for row in rows] == [True, False]


def test_closed_it_says_the_same_of_every_record(here: World, pair: Any) -> None:
    """For a session that did not open it: what is there and what is not lead to one page."""
    from amana_archive.access.models import SignIn
    from amana_archive.families.store.openings import openings

    client = browser_of(pair[0])
    session = SignIn.objects.filter(person=pair[0]).latest("pk")
    openings.shut((pair[0].pk, session.pk))
    answers = [client.get(f"/families/{n}") for n in (here.things["record"].pk, 999999)]
    assert {a.status_code for a in answers} == {302}
    assert all(a["Location"].startswith("/families/open?next=") for a in answers)
    page = client.get("/families/open").content.decode()
    assert "Alhalabi" not in page
    assert client.post("/families/open", {"passphrase": "wrong words here"}).status_code == 403


def test_a_form_that_comes_too_late_is_not_lost(here: World, pair: Any) -> None:
    """The store closed while a family spoke: the form comes back with everything in it, and goes
    through once the passphrase is right. Another site's form does not get that far."""
    import html
    import re

    from django.test import Client

    from amana_archive.access.models import Attempt, SignIn
    from amana_archive.families.models import Record
    from amana_archive.families.store.openings import openings

    client = browser_of(pair[0])
    opener = pair[0].pk, SignIn.objects.filter(person=pair[0]).latest("pk").pk
    openings.shut(opener)
    story = "\n\nfirst line\n<b>second</b> & عن ابنها"
    form = {
        "name": ["Late Arrival", "متأخر"],
        "kind": ["official", "other"],
        "circumstances": story,
    }
    before = Record.objects.count()
    page = client.post("/families/new", form)
    assert page.status_code == 403
    text = page.content.decode()
    hidden = re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', text, re.S)
    again: dict[str, list[str]] = {}
    for name, value in hidden:
        again.setdefault(name, []).append(html.unescape(value))
    assert again == {**form, "circumstances": [story]}
    wrong = client.post("/families/new", {**again, "family_passphrase": "not these words"})
    assert (wrong.status_code, Record.objects.count()) == (403, before)
    assert b"Late Arrival" in wrong.content
    assert b"not these words" not in wrong.content
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    right = {**again, "family_passphrase": PASSPHRASE}
    assert strict.post("/families/new", right).status_code == 403
    assert not openings.is_open_for(opener)
    Attempt.objects.all().delete()
    assert client.post("/families/new", right).status_code == 200
    made = Record.objects.latest("pk")
    assert made.circumstances == story.strip()
    assert made.names.count() == 2


def test_signing_out_closes_the_store_for_that_session(here: World, pair: Any) -> None:
    from amana_archive.access import sessions
    from amana_archive.access.models import SignIn
    from amana_archive.families.store.openings import openings

    clients = [browser_of(pair[1]) for _ in range(3)]
    rows = list(SignIn.objects.filter(person=pair[1]).order_by("-pk")[:3])[::-1]
    is_open = lambda: [openings.is_open_for((pair[1].pk, row.pk)) for row in rows]  # noqa: E731
    assert is_open() == [True, True, True]
    clients[0].post("/sign-out")
    assert is_open() == [False, True, True]
    sessions.end_all(pair[1])
    assert is_open() == [False, False, False]
    assert openings.is_open_for((pair[0].pk, 0))


def test_opening_leads_back_inside_only(here: World) -> None:
    client = browser_of(here.people["liaison"])
    for there in ("https://example.org/families", "//example.org", "/people", "/families/7"):
        page = client.get("/families/open", {"next": there}).content.decode()
        inside = there == "/families/7"
        assert (f'name="next" value="{there}"' in page) == inside


# --- the private page ----------------------------------------------------------------------------


def ask(number: str, words: str) -> Any:
    return browser_of(None).post("/ask", {"number": number, "words": words})


def test_the_sheet_of_words_says_nothing_else(here: World, pair: Any) -> None:
    """Read back from the PDF: the words in the family's language, no number, no name, no date."""
    import pypdfium2

    from amana_archive.families import slips
    from amana_archive.families.letters.write import phrase_sheet

    phrase = slips.draw()
    for language in ("ar", "en", "fr"):
        with pypdfium2.PdfDocument(phrase_sheet(phrase, language)) as document:
            assert len(document) == 1
            page = document[0]
            text = page.get_textpage()
            said = text.get_text_bounded()
            text.close()
            page.close()
        if language != "ar":  # the shaped letters of Arabic do not come back as they went in
            assert all(word in said for word in slips.spelled(phrase, language).split())
        assert not any(c.isdecimal() for c in said)
        assert "Amana" not in said


def test_number_and_words_say_one_of_three_things(here: World, pair: Any) -> None:
    from amana_archive.families import slips
    from amana_archive.families.record import actions

    told = actions.Told({}, names=[("official", "Somebody")])
    made = actions.receive(here.opened, pair[0], told)
    for language in ("ar", "en", "fr"):
        words = slips.spelled(made.phrase, language)
        for said in (words, words.upper(), words.replace(" ", "، "), words.replace(" ", ", ")):
            assert "was received" in ask(made.record.number, said).content.decode()
    words = slips.spelled(made.phrase, "ar")
    actions.set_state(here.opened, pair[0], made.record, "looking")
    assert "being looked at" in ask(str(made.record.pk), words).content.decode()
    actions.set_state(here.opened, pair[0], made.record, "call")
    page = ask(made.record.number.replace("0", "٠"), words).content.decode()
    assert "Please call us" in page
    assert "Somebody" not in page
    fresh = actions.new_phrase(here.opened, pair[0], made.record)
    assert ask(made.record.number, words).status_code == 403
    assert ask(made.record.number, slips.spelled(fresh, "fr")).status_code == 200


def test_guessing_gets_one_answer_after_one_work(here: World, pair: Any, monkeypatch: Any) -> None:
    """Wrong words, an unknown number, no words at all, another family's: the same bytes, and the
    same costly step once; and guessing is slowed down."""
    import hashlib
    import re

    from amana_archive.access.models import Attempt
    from amana_archive.families import slips
    from amana_archive.families.record import actions

    told = actions.Told({}, names=[("official", "Somebody")])
    made, other = (actions.receive(here.opened, pair[0], told) for _ in range(2))
    right, theirs = (slips.spelled(m.phrase, "en") for m in (made, other))
    real, calls = hashlib.scrypt, []
    monkeypatch.setattr(hashlib, "scrypt", lambda *a, **m: calls.append(1) or real(*a, **m))
    wrong = slips.spelled(bytes(reversed(made.phrase)), "en")
    guesses = [
        (made.record.number, wrong),
        (made.record.number, theirs),
        ("F-999999", right),
        ("", ""),
        (made.record.number, "not in any list"),
    ]
    pages = []
    for number, words in guesses:
        Attempt.objects.all().delete()
        calls.clear()
        answer = ask(number, words)
        assert len(calls) == 1
        page = answer.content.decode()
        pages.append((answer.status_code, re.sub(r'value="[^"]*"', "", page)))
    assert len(set(pages)) == 1
    Attempt.objects.all().delete()
    for _ in range(5):
        ask(made.record.number, wrong)
    assert "Wait" in ask(made.record.number, right).content.decode()
    Attempt.objects.all().delete()
    assert ask(made.record.number, right).status_code == 200


def test_the_catalogue_does_not_say_whose_page_a_row_is(here: World, pair: Any) -> None:
    """A row changes wholly with each state, and holds neither number nor state."""
    from amana_archive.families.models import Slip
    from amana_archive.families.record import actions

    record = enquiry(here, pair)
    seen = set()
    for state in ("received", "looking", "call", "call"):
        actions.set_state(here.opened, pair[0], record, state)
        row = Slip.objects.get(tag=record.slip)
        sealed = bytes(row.sealed)
        assert len(sealed) == 44
        assert state.encode() not in sealed
        seen.add(sealed)
    assert len(seen) == 4


# --- two people find -----------------------------------------------------------------------------


def test_an_identification_takes_two_who_see_both_sides(here: World, pair: Any) -> None:
    from amana_archive.evidence.models import Change, Proposal
    from amana_archive.families import consent
    from amana_archive.families.reconcile import findings

    record, case = enquiry(here, pair), new_case(here)
    words = "his brother Yousef knew the jacket"
    made = findings.propose(here.opened, pair[0], record, case, "identified", words)
    with pytest.raises(UsageProblem, match="another person"):
        findings.decide(here.opened, pair[0], made, True, "sure")
    for name in ("reviewer", "investigator", "administrator", "liaison-outsider"):
        where = f"/families/findings/{made.pk}/decide"
        client = browser_of(here.people[name])
        assert client.post(where, {"answer": "confirm", "reason": "x"}).status_code == 404
    case.refresh_from_db()
    assert case.status == "proposed"
    assert consent.identified_case(record) is None
    findings.decide(here.opened, pair[1], made, True, "compared for myself")
    case.refresh_from_db()
    assert case.status == "confirmed"
    assert consent.identified_case(record) == case.pk
    proposal = Proposal.objects.get(case=case)
    assert (proposal.text, proposal.reason) == (record.number, record.number)
    assert (proposal.by_id, proposal.decided_by_id) == (pair[0].pk, pair[1].pk)
    said = repr(list(Change.objects.filter(thing="case", key=case.pk).values_list("new", "reason")))
    assert "Yousef" not in said
    with pytest.raises(UsageProblem, match="decided already"):
        findings.decide(here.opened, pair[1], made, True, "again")
    other = new_case(here, which=slice(4, 5))
    with pytest.raises(UsageProblem, match="another case"):
        findings.propose(here.opened, pair[0], record, other, "identified", "or he")


def test_an_exclusion_is_kept_shown_and_not_proposed_again(here: World, pair: Any) -> None:
    from amana_archive.evidence import actions as evidence
    from amana_archive.evidence.models import Tag
    from amana_archive.families.reconcile import candidates, findings
    from amana_archive.families.record import actions

    record = enquiry(here, pair, fields={"last_seen": "2012-04"}, tags=["jacket"])
    case = new_case(here)
    item = case.members.first().item
    evidence.add_tag(here.opened, here.people["reviewer"], item, Tag.objects.get(code="jacket"))

    def found() -> Any:
        return candidates.for_record(pair[0], record)

    assert case.pk in {c.case.pk for c in found().proposed}
    made = findings.propose(here.opened, pair[0], record, case, "excluded", "ten years older")
    findings.decide(here.opened, pair[1], made, True, "another man")
    assert case.pk not in {c.case.pk for c in found().proposed}
    (kept,) = found().excluded
    assert (kept.finding.text, kept.finding.reason, kept.fresh) == (
        "ten years older",
        "another man",
        (),
    )
    page = browser_of(pair[0]).get(f"/families/{record.pk}/candidates").content.decode()
    assert "ten years older" in page
    assert "New facts" not in page
    told = actions.Told({"language": "ar", "sex": "male", "last_seen": "2012-03"}, ["jacket"])
    actions.change(here.opened, pair[0], record, told)
    evidence.add_tag(here.opened, here.people["reviewer"], item, Tag.objects.get(code="scar"))
    (kept,) = found().excluded
    assert kept.fresh == ("family last_seen", "case tags")
    assert case.pk not in {c.case.pk for c in found().proposed}
    page = browser_of(pair[0]).get(f"/families/{record.pk}/candidates").content.decode()
    assert "New facts" in page
    findings.reopen(here.opened, pair[0], made, "a scar was seen")
    assert case.pk in {c.case.pk for c in found().proposed}
    assert record.findings.get().text == "ten years older"


def test_more_cases_cost_no_more_questions(here: World, pair: Any) -> None:
    """Candidates are asked of the database in a handful of questions, however many cases."""
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    from amana_archive.families.reconcile import candidates

    record = enquiry(here, pair, fields={"last_seen": "2012-04"})

    def questions() -> int:
        pair[0].remembered = []  # as the middleware lays it out for a request
        with CaptureQueriesContext(connections["default"]) as asked:
            candidates.for_record(pair[0], record)
        return len(asked)

    few = questions()
    for number in range(5):
        new_case(here, f"case {number}", slice(number % 4, number % 4 + 2))
    assert questions() == few
    assert few <= 8


def test_of_a_case_too(here: World, pair: Any) -> None:
    from amana_archive.families.reconcile import candidates

    record = enquiry(here, pair, fields={"last_seen": "2012-04", "branch": "9077"})
    found = candidates.for_case(pair[0], here.things["case"])
    assert record.pk in {c.record.pk for c in found.proposed}
    nobody = candidates.for_case(here.people["liaison-outsider"], here.things["case"])
    assert (nobody.proposed, nobody.excluded, nobody.identified) == ([], [], [])


def test_a_name_in_a_note_is_found_across_scripts(here: World, pair: Any) -> None:
    from amana_archive.evidence import cases
    from amana_archive.families.reconcile import candidates

    record, case = enquiry(here, pair), new_case(here)
    text = "في السجل: نقل سامر يوسف النجار من المشفى"
    cases.note_case(here.opened, here.people["reviewer"], case, text)
    record.names.filter(kind="official").delete()  # only the Latin spelling is left
    one = next(c for c in candidates.for_record(pair[0], record).proposed if c.case.pk == case.pk)
    first = one.reasons[0]
    assert (first.kind, first.weight) == ("name", 3)
    assert "سامر يوسف النجار" in first.case
    assert first.notes
    page = browser_of(pair[0]).get(f"/families/{record.pk}/beside/{case.pk}").content.decode()
    assert "speaks strongly for it" in page
    assert "in the other script" in page


# --- consent -------------------------------------------------------------------------------------


def test_publication_needs_every_family_and_can_be_withdrawn(here: World, pair: Any) -> None:
    from amana_archive.families import consent
    from amana_archive.families.reconcile import findings
    from amana_archive.families.record import actions

    record, case = identified(here, pair)
    withdrawn: list[Any] = []
    hook = consent.on_withdrawn(lambda opened, case, number: withdrawn.append((case, number)))
    try:
        assert consent.may_publish(case) is None
        give = lambda who, yes, **more: actions.answer(  # noqa: E731
            here.opened, pair[0], who, "publication", yes, **more
        )
        give(record, True, names=["سامر النجار", "Samer Najjar", ""], pictures=True)
        found = consent.may_publish(case)
        assert found is not None
        assert found.names == ("سامر النجار", "Samer Najjar")
        assert (found.records, found.pictures) == ((record.number,), True)
        other = enquiry(here, pair)
        made = findings.propose(here.opened, pair[0], other, case, "identified", "a cousin")
        findings.decide(here.opened, pair[1], made, True, "also")
        assert consent.may_publish(case) is None
        give(other, True, names=["Samer Najjar"])
        found = consent.may_publish(case)
        assert found is not None
        assert (found.names, found.pictures) == (("Samer Najjar",), False)
        assert withdrawn == []
        give(record, False)
        assert consent.may_publish(case) is None
        assert withdrawn == [(case.pk, record.number)]
        give(record, True)
        findings.reopen(here.opened, pair[0], made, "a doubt")
        assert withdrawn[-1] == (case.pk, other.number)
        assert (case, consent.may_publish(case)) in consent.publishable()
    finally:
        consent._hooks.remove(hook)


def test_consent_follows_a_case_that_is_merged(here: World, pair: Any) -> None:
    from amana_archive.evidence import cases
    from amana_archive.families import consent
    from amana_archive.families.record import actions

    record, case = identified(here, pair)
    actions.answer(here.opened, pair[0], record, "publication", True)
    into = new_case(here, which=slice(4, 6))
    cases.merge(here.opened, here.people["reviewer"], case, into, "one man")
    into.refresh_from_db()
    assert consent.may_publish(into) is None  # that case itself was confirmed by nobody
    into.status = "confirmed"
    into.save()
    assert consent.may_publish(into) is not None


# --- meetings ------------------------------------------------------------------------------------


def prepared(here: World, pair: Any) -> tuple[Any, Any, list[Any]]:
    from amana_archive.families.meetings import prepare

    record, _ = identified(here, pair)
    meeting = prepare.prepare(here.opened, pair[0], record, "identified", "2026-12-03", "office")
    items = prepare.showable(pair[0], meeting)
    add = lambda *what: prepare.add_step(here.opened, pair[0], meeting, *what)  # noqa: E731
    add("words", "We found him.")
    add("effects", "his jacket", items[0])
    add("body", "", items[1])
    add("words", "That is what is known.")
    return record, meeting, items


def test_a_meeting_shows_one_thing_at_a_time_on_purpose(here: World, pair: Any) -> None:
    from amana_archive.access.audit import catch_up
    from amana_archive.access.models import Act

    record, meeting, _ = prepared(here, pair)
    client, where = browser_of(pair[0]), f"/families/meetings/{meeting.pk}"

    def act(what: str) -> str:
        return client.post(f"{where}/act", {"do": what}, follow=True).content.decode()

    assert client.get(f"{where}/shown").status_code == 302
    assert client.get(f"{where}/picture").status_code == 404
    begin = {"support": "his sister", "wish": "body"}
    page = client.post(f"{where}/begin", begin, follow=True).content.decode()
    assert "We found him." in page
    assert record.number not in page
    page = act("next")
    assert "under this cover" in page
    assert "/picture" not in page
    assert client.get(f"{where}/picture").status_code == 404
    page = act("uncover")
    assert f"{where}/picture" in page
    picture = client.get(f"{where}/picture")
    assert picture["Content-Type"].startswith("image/")
    assert browser_of(here.people["liaison-outsider"]).get(f"{where}/picture").status_code == 404
    assert "/picture" not in act("cover")
    assert client.get(f"{where}/picture").status_code == 404
    act("uncover")
    act("next")
    assert client.get(f"{where}/picture").status_code == 404  # the next one is covered again
    page = act("stop")
    assert "Stopped by the family" in page
    for what in ("uncover", "next"):
        assert client.post(f"{where}/act", {"do": what}).status_code == 400
    assert client.get(f"{where}/picture").status_code == 404
    catch_up(here.opened)
    acts = [a.act for a in Act.objects.filter(fields__contains=record.number).order_by("seq")]
    shown = [a for a in acts if a in ("family.shown", "family.picture-shown")]
    assert shown == ["family.shown", "family.picture-shown", "family.shown"]
    assert acts.index("family.shown") < acts.index("family.picture-shown")
    steps = list(meeting.steps.order_by("place"))
    assert [bool(s.reached) for s in steps] == [True, True, True, False]
    assert [bool(s.uncovered) for s in steps] == [False, True, False, False]


def test_what_a_family_does_not_want_is_left_out(here: World, pair: Any) -> None:
    from amana_archive.families.meetings import hold

    for wish, reached in (("words", [0, 3]), ("effects", [0, 1, 3]), ("body", [0, 1, 2, 3])):
        _, meeting, _ = prepared(here, pair)
        pictures, body = wish != "words", wish == "body"
        hold.begin(here.opened, pair[0], meeting, support="nobody", pictures=pictures, body=body)
        while hold.current(meeting) is not None:
            hold.go_on(here.opened, pair[0], meeting)
        steps = list(meeting.steps.order_by("place"))
        assert [n for n, s in enumerate(steps) if s.reached] == reached
        assert all(s.passed_over for n, s in enumerate(steps) if n not in reached)


def test_a_picture_that_is_not_wanted_cannot_be_uncovered(here: World, pair: Any) -> None:
    from amana_archive.families.meetings import hold
    from amana_archive.families.models import Meeting

    _, meeting, _ = prepared(here, pair)
    hold.begin(here.opened, pair[0], meeting, support="nobody", pictures=True, body=False)
    body = meeting.steps.get(kind="body")
    Meeting.objects.filter(pk=meeting.pk).update(current=body.place)  # by whatever mistake
    meeting.refresh_from_db()
    with pytest.raises(UsageProblem):
        hold.uncover(here.opened, pair[0], meeting)


def test_nobody_is_told_what_two_did_not_confirm(here: World, pair: Any) -> None:
    from amana_archive.evidence.models import Item
    from amana_archive.families.letters import write
    from amana_archive.families.meetings import prepare
    from amana_archive.families.reconcile import findings

    record, case = enquiry(here, pair), new_case(here)
    findings.propose(here.opened, pair[0], record, case, "identified", "it seems")
    with pytest.raises(UsageProblem):
        prepare.prepare(here.opened, pair[0], record, "identified")
    with pytest.raises(UsageProblem):
        write.write(here.opened, pair[0], record, "identified")
    meeting = prepare.prepare(here.opened, pair[0], record, "")
    item = Item.objects.filter(copy__isnull=False).first()
    with pytest.raises(UsageProblem):
        prepare.add_step(here.opened, pair[0], meeting, "effects", "", item)


def test_consent_and_support_are_asked_first(here: World, pair: Any) -> None:
    from amana_archive.families.meetings import hold

    _, meeting, _ = prepared(here, pair)
    with pytest.raises(UsageProblem):
        hold.begin(here.opened, pair[0], meeting, support=" ", pictures=False, body=False)
    with pytest.raises(UsageProblem):
        hold.go_on(here.opened, pair[0], meeting)
    with pytest.raises(UsageProblem):
        hold.write_minutes(here.opened, pair[0], meeting, "before it was")


# --- erasing -------------------------------------------------------------------------------------


def test_erased_means_gone_from_the_file(here: World, pair: Any) -> None:
    """Two liaisons; rows, pictures, letters, the private page and a publication are gone; decrypted
    page by page, the database holds none of it; a number is left, and is given to nobody again."""
    from amana_archive.families import consent, slips
    from amana_archive.families.models import Photo, Record, Slip, Tombstone
    from amana_archive.families.record import actions, erasure

    told = actions.Told(
        {"circumstances": "taken from the bakery in Qanawat"},
        names=[("official", "زياد المنسي"), ("other", "Ziad Almansi")],
    )
    made = actions.receive(here.opened, pair[0], told)
    record, key, slip = made.record, made.record.pk, made.record.slip
    actions.share(here.opened, pair[0], record, pair[1])
    photo = bytes(actions.add_photo(here.opened, pair[0], record, drawn(), "Ziad").data)
    _, case = identified(here, pair, record)
    actions.answer(here.opened, pair[0], record, "publication", True, names=["Ziad Almansi"])
    words = [b"Almansi", "المنسي".encode(), b"Qanawat"]
    pieces = [photo[at : at + 24] for at in range(1000, 20_000, 1000)]
    store = plain_store()
    assert all(word in store for word in words)
    assert sum(piece in store for piece in pieces) > 15
    asked = erasure.ask(here.opened, pair[0], record)
    with pytest.raises(UsageProblem):
        erasure.erase(here.opened, pair[0], asked)
    client = browser_of(pair[1])
    page = client.post(f"/families/erasures/{asked.pk}/erase").content.decode()
    assert "data:application/pdf;base64," in page
    assert not Record.objects.filter(pk=key).exists()
    assert not Photo.objects.filter(record=key).exists()
    assert not Slip.objects.filter(tag=slip).exists()
    assert Tombstone.objects.filter(number=key).exists()
    assert consent.may_publish(case) is None
    store = plain_store()
    assert [needle for needle in [*words, *pieces] if needle in store] == []
    wal = here.kept.folder / "web" / "families.sealed-wal"
    assert not wal.exists() or wal.stat().st_size == 0
    assert ask(f"F-{key:06d}", slips.spelled(made.phrase, "en")).status_code == 403
    assert client.get(f"/families/{key}").status_code == 404
    assert enquiry(here, pair).pk > key


def plain_store() -> bytes:
    """Every page of the store's file and of its write-ahead log, free ones too, decrypted as by
    somebody who has the key. Source: zetetic.net/sqlcipher/design (AES-256-CBC; of each page of
    4096 bytes the last 80 are the initialisation vector and an HMAC)."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from django.conf import settings

    from amana_archive.sealed_sqlite import keyring

    path, key = Path(settings.DATABASES["families"]["NAME"]), keyring.key("families")
    data = path.read_bytes()
    pages = [data[at : at + 4096] for at in range(0, len(data), 4096)]
    pages[0] = pages[0][16:]  # the salt
    log = path.with_name(path.name + "-wal")
    frames = log.read_bytes()[32:] if log.exists() else b""
    pages += [frames[at + 24 : at + 24 + 4096] for at in range(0, len(frames), 24 + 4096)]
    plain = b""
    for page in pages:
        body, vector = page[:-80], page[-80:-64]
        cipher = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
        plain += cipher.update(body) + cipher.finalize()
    return plain
