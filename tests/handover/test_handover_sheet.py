"""Printed sheets and spoken words: read back by other programs, looked at as pictures."""

from __future__ import annotations

import itertools
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from handover_cast import LEGS, Cast
from hypothesis import given
from hypothesis import strategies as st

from amana.errors import Malformed, UsageProblem
from amana.handover import sheet, words
from amana.handover.machine import Role


def _distance(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row, last = [i], row
        for j, y in enumerate(b, 1):
            row.append(min(last[j] + 1, row[-1] + 1, last[j - 1] + (x != y)))
    return row[-1]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_words_cannot_be_taken_for_each_other(language: str) -> None:
    forms = [words.folded(w) for w in words.spell(bytes(range(words.COUNT)), language)]
    assert all(f and " " not in f for f in forms)
    for a, b in itertools.combinations(forms, 2):
        assert _distance(a, b) >= 2, (a, b)


@given(st.lists(st.integers(0, words.COUNT - 1), min_size=1, max_size=8, unique=True))
def test_words_are_read_back_in_every_language(chosen: list[int]) -> None:
    for language in words.LANGUAGES:
        spoken = words.phrase(bytes(chosen), language)
        assert words.read(spoken.upper()) == bytes(chosen)
        assert words.read(" , ".join(spoken.split())) == bytes(chosen)


def test_words_without_accents_and_hamza_are_understood() -> None:
    assert words.read("melon cheminee etoile") == words.read("melon cheminée étoile")
    assert words.read("ارز برتقال نافذه") == words.read("أرز برتقال نافذة")
    with pytest.raises(Malformed, match="xyzzy"):
        words.read("bread xyzzy salt")
    assert words.read("bread خبز pain") == words.read("bread") * 3


def test_no_form_means_two_things() -> None:
    forms: dict[str, int] = {}
    for language in words.LANGUAGES:
        for index, form in enumerate(words.spell(bytes(range(words.COUNT)), language)):
            assert forms.setdefault(words.folded(form), index) == index


def test_words_drawn_differ_and_use_the_whole_list() -> None:
    drawn = [words.draw(words.MEETING_WORDS) for _ in range(300)]
    assert all(len(set(d)) == words.MEETING_WORDS for d in drawn)
    assert len(set().union(*drawn)) == words.COUNT


def pages(pdf: bytes, folder: Path, dpi: int) -> list[Path]:
    (folder / "sheet.pdf").write_bytes(pdf)
    subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-png", folder / "sheet.pdf", folder / "page"], check=True
    )
    return sorted(folder.glob("page*.png"))


@pytest.mark.parametrize(("hand", "language"), [(0, "en"), (1, "fr"), (2, "ar")])
def test_a_telephone_reads_the_card_back_from_paper(
    cast: Cast, tmp_path: Path, hand: int, language: str
) -> None:
    if not shutil.which("zbarimg"):
        pytest.skip("zbarimg is missing: nothing reads the codes back")
    made = cast.plan()
    pdf = sheet.sheet_pdf(made.opened_cards[hand], made.sealed_cards[hand], language)
    assert pdf == sheet.sheet_pdf(made.opened_cards[hand], made.sealed_cards[hand], language)
    drawn = pages(pdf, tmp_path, 200)
    assert len(drawn) == 2
    read = subprocess.run(
        ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", drawn[1]],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    random.Random(1).shuffle(read)
    assert sheet.join_codes([*read, read[0]]) == made.sealed_cards[hand]
    with pytest.raises(Malformed, match="missing"):
        sheet.join_codes(read[1:])


def test_the_sheet_shows_words_and_no_time_place_name_or_number(cast: Cast, tmp_path: Path) -> None:
    made = cast.plan()
    for card, sealed in zip(made.opened_cards, made.sealed_cards, strict=True):
        (tmp_path / "s.pdf").write_bytes(sheet.sheet_pdf(card, sealed, "en"))
        text = subprocess.run(
            ["pdftotext", "-layout", tmp_path / "s.pdf", "-"], check=True, capture_output=True
        ).stdout.decode()
        meeting = card.take or card.give
        assert meeting is not None
        if meeting.language == "en":
            for part in words.split(meeting.word_sets[0]):
                assert " · ".join(words.spell(part, "en")) in text
        hidden = [w for leg in LEGS for w in (leg.when, leg.where)]
        hidden += [made.route, cast.set_id, "heron", "lynx", "harbour"]
        assert not [h for h in hidden if h in text]
        info = subprocess.run(
            ["pdfinfo", tmp_path / "s.pdf"], check=True, capture_output=True
        ).stdout.decode("utf-8", "replace")
        assert "2026" not in info


def test_arabic_words_stand_from_right_to_left(cast: Cast, tmp_path: Path) -> None:
    """The first word of an Arabic challenge is printed to the right of the second."""
    made = cast.plan()
    card, sealed = made.opened_cards[2], made.sealed_cards[2]
    data = sheet.sheet_data(card, "ar")
    assert data["first"][0]["language"] == "ar"
    (tmp_path / "s.pdf").write_bytes(sheet.sheet_pdf(card, sealed, "ar"))
    import pypdfium2

    page = pypdfium2.PdfDocument(tmp_path / "s.pdf")[0]
    text = page.get_textpage()
    spots = [_where(text, w) for w in data["first"][0]["said"].split(" · ")]
    assert spots == sorted(spots, reverse=True)
    assert spots[0] - spots[-1] > 20


def _where(text: object, word: str) -> float:
    """The left edge of a word on the page, in points, whichever way its letters are stored."""
    whole = text.get_text_range()  # type: ignore[attr-defined]
    for form in (word, word[::-1]):
        at = whole.find(form)
        if at >= 0:
            return float(text.get_charbox(at)[0])  # type: ignore[attr-defined]
    raise AssertionError(f"{word} is not on the page")


def test_what_is_wrong_with_codes_is_said() -> None:
    pieces = sheet.codes(bytes(range(256)) * 20)
    other = sheet.codes(bytes(5000))
    for bad, why in (
        ([], "missing"),
        (["hello"], "no code"),
        ([pieces[0], pieces[0][:-1] + "A"], "two different"),
        ([*pieces[:-1], "AMANA 9/9 AAAA"], "two cards"),
        ([other[0], *pieces[1:], pieces[0]], "two different"),
    ):
        with pytest.raises(Malformed, match=why):
            sheet.join_codes(bad)


def test_nothing_open_nothing_printed(cast: Cast) -> None:
    made = cast.plan()
    card = made.opened_cards[0]
    with pytest.raises(UsageProblem):
        sheet.sheet_data(card, "de")
    from dataclasses import replace

    with pytest.raises(UsageProblem):
        sheet.sheet_data(replace(card, give=None), "en")
    assert Role.GIVER.value == "giver"
