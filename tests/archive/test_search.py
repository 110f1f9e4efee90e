"""Search: what people write differently is found; what may not be seen is not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from archive_cast import ARABIC_NOTE, World, browser_of
from hypothesis import given
from hypothesis import strategies as st

SAME = [
    ("أحمد", "احمد"),
    ("إدلب", "ادلب"),
    ("آثار", "اثار"),
    ("مُحَمَّد", "محمد"),
    ("محمـــد", "محمد"),
    ("فاطمة", "فاطمه"),
    ("مستشفى", "مستشفي"),
    ("مسؤول", "مسوول"),
    ("رئيس", "رييس"),
    ("٢٢٧", "227"),
    ("۲۲۷", "227"),
    ("ﷲ", "الله"),
    ("CAFÉ", "café"),
    ("Straße", "STRASSE"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_written_differently(one: str, other: str) -> None:
    from amana_archive.search.normalise import normalise

    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("word", "stem"), [("والسجن", "سجن"), ("السجن", "سجن"), ("وقال", "قال"), ("ولد", "ولد")]
)
def test_particles(word: str, stem: str) -> None:
    from amana_archive.search.normalise import stem as stemmed

    assert stemmed(word) == stem


@given(st.text(max_size=80))
def test_folding_twice_is_folding_once(text: str) -> None:
    from amana_archive.search.normalise import normalise, words

    assert normalise(normalise(text)) == normalise(text)
    assert all(" " not in word and word for word in words(text))


def found(here: World, query: str, who: str = "investigator") -> list[str]:
    from django.http import QueryDict

    from amana_archive.search.find import asked, find

    person = here.people[who]
    return [item.name for item in find(person, asked(QueryDict(query))).items]


@pytest.mark.parametrize(
    "words",
    [
        "احمد",
        "أحمد",
        "سجن",
        "السجن",
        "عسكري",
        "227",
        "٢٢٧",
        "testimon*",
        "TESTIMONY",
        "testimony txt",
    ],
)
def test_the_words_of_a_document(here: World, words: str) -> None:
    assert "testimony.txt" in found(here, f"q={words}")


@pytest.mark.parametrize(
    "words", ["9077", "سترة", "jacket", "veste", "كتب", "C-000001", "DSC_00001"]
)
def test_what_people_said_of_a_picture(here: World, words: str) -> None:
    assert here.things["item"].name in found(here, f"q={words}")


def test_facets_narrow(here: World) -> None:
    from amana_archive.evidence.models import ItemTag

    every = set(found(here, "q=photos"))
    texts = set(found(here, "q=photos&kind=text"))
    assert texts < every
    assert "testimony.txt" in texts
    jackets = ItemTag.objects.filter(tag__code="jacket", ended=None)
    worn = {tagged.item.name for tagged in jackets.select_related("item")}
    assert set(found(here, "tag=jacket")) == worn
    assert here.things["item"].name in worn
    assert found(here, "state=reunited&kind=image&year=2012")
    assert found(here, "year=1999") == []
    both = set(found(here, "kind=text&kind=image"))
    assert texts < both


def test_dates_cameras_and_what_is_known(here: World) -> None:
    item = here.things["item"]
    day, month = item.taken[:10], item.taken[:7]
    assert item.name in found(here, f"since={day}&until={day}")
    assert item.name in found(here, f"since={month}-01&q=dsc*")
    assert item.name not in found(here, f"until={int(day[:4]) - 1}-12-31")
    assert found(here, f"since={day}&until=2001-01-01") == []  # no day is between them
    assert item.name in found(here, f"year={day[:4]}&month={month}")
    assert item.name in found(here, "has=reading")
    camera = item.photo["exif"]["Model"]
    assert item.name in found(here, f"camera={camera}")
    page = browser_of(here.people["investigator"]).get(f"/search?year={day[:4]}").content.decode()
    assert month in page
    assert camera in page


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)), st.integers(0, 5000), st.data())
def test_a_span_is_its_days(first: date, length: int, data: st.DataObject) -> None:
    from amana_archive.search.dates import span
    from amana_archive.search.index import filter_token

    last = first + timedelta(days=length)
    terms = {term.token for term in span(first, last)}
    assert len(terms) < 120
    edges = [first - timedelta(days=1), first, last, last + timedelta(days=1)]
    day = data.draw(st.sampled_from(edges) | st.dates(date(1945, 1, 1), date(2095, 1, 1)))
    parts = (("year", 4), ("month", 7), ("day", 10))
    held = {filter_token(kind, day.isoformat()[:size]) for kind, size in parts}
    assert bool(held & terms) == (first <= day <= last)


@pytest.mark.parametrize("text", ["", "2012", "2012-13-01", "99999-01-01", "٢٠١٢-٠٥-٠٣x"])
def test_what_is_no_day(text: str) -> None:
    from amana_archive.search.dates import day_of

    assert day_of(text) is None
    assert day_of("٢٠١٢-٠٥-٠٣") == date(2012, 5, 3)


def test_rights_are_inside_the_question(here: World) -> None:
    from amana_archive.access.models import Grant

    assert found(here, "q=photos", "investigator-outsider") == []
    only = Grant.objects.create(person=here.people["liaison-outsider"], case=here.things["case"])
    shown = set(found(here, "q=photos", "liaison-outsider"))
    only.delete()
    assert here.things["item"].name in shown
    assert "testimony.txt" not in shown


HOSTILE = [
    '"',
    "a OR b",
    "NEAR(a b)",
    "*",
    "tokens:a",
    "xqcoll1",
    "'; DROP TABLE x",
    "(",
    "\x00",
    "\\",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_no_word_is_an_operator(here: World, words: str) -> None:
    client = browser_of(here.people["investigator"])
    assert client.get("/search", {"q": words, "tag": words, "after": words}).status_code == 200
    outsider = browser_of(here.people["investigator-outsider"])
    answer = outsider.get("/search", {"q": words, "collection": words})
    assert b"DSC_" not in answer.content


def test_a_filter_cannot_be_typed(here: World) -> None:
    """Words that look like a filter's token are words."""
    from amana_archive.search.index import filter_token, text_token

    token = filter_token("coll", here.things["collection"].pk)
    assert text_token(token) != token
    assert found(here, f"q={token}") == []


def test_saved_searches_are_ones_own(here: World) -> None:
    client = browser_of(here.people["investigator"])
    client.post("/search/save", {"name": "mine", "query": "q=dsc"})
    assert b"mine" in client.get("/search").content
    assert b"mine" not in browser_of(here.people["reviewer"]).get("/search").content


def test_the_longest_texts_and_the_strangest(here: World) -> None:
    """More words than an index's row holds, a word of any length, and what a database refuses."""
    from amana_archive.evidence.models import Item
    from amana_archive.intake.plain import plain
    from amana_archive.search.documents import reindex

    item = Item.objects.get(path__endswith="testimony.txt")
    many = " ".join(f"كلمة{n}طويلة{n * 7919}" for n in range(30_000))
    try:
        item.words = f"البداية {plain(chr(0))} {'x' * 9000} {many}"
        item.save()
        reindex([item])
        assert item.name in found(here, "q=بداية")
        assert item.name in found(here, f"q={'x' * 9000}")
        assert item.name in found(here, "kind=text&q=كلمة9طويلة71271")
    finally:
        item.words = plain(ARABIC_NOTE)
        item.save()
        reindex([item])
    assert plain({"a\0": ["b\0", 1, None]}) == {"a\ufffd": ["b\ufffd", 1, None]}


def test_both_databases_are_asked_the_same() -> None:
    from amana_archive.search.index import Term, fts5_question, tsquery

    question: Any = [[Term("a"), Term('b"')], [Term("c'", prefix=True)]]
    assert fts5_question(question) == '("a" OR "b""") AND ("c\'"*)'
    assert tsquery(question) == "('a' | 'b\"') & ('c''':*)"
