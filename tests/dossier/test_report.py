"""The report: in three languages, numbers in their direction, what is not proved beside what is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from dossier_cast import Cast, withhold
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.dossier.build import build
from amana.dossier.case import Disclosure
from amana.dossier.report import kept, kept_path, printable
from amana.dossier.texts import sentence, texts
from amana.dossier.verify import verify
from amana.paper.render import render

PAGE = (
    "#let d = json(bytes(sys.inputs.data))\n"
    '#set text(font: ("Libertinus Serif", "Noto Naskh Arabic"))\n#d.t'
)
NUMBERS = ("227", "9077", "2935")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, cast: Cast) -> Path:
    case = replace(
        withhold(cast.case(4)),
        case="القضية 7: الجثة 227 / 9077 / 2935 في مشفى 601",
        disclosure=Disclosure(
            "الأرشيف", "محكمة باريس", "أمر 12/2026", "2026-11-23T15:00:00Z", "Palais, salle 3 中文"
        ),
        reports=("ar", "en", "fr"),
    )
    return build(tmp_path_factory.mktemp("report") / "d", case).path


@pytest.mark.parametrize("language", ["ar", "en", "fr"])
def test_numbers_keep_their_direction_on_the_page(told: Path, language: str) -> None:
    document = pypdfium2.PdfDocument(told / f"data/report/report.{language}.pdf")
    page = document[0].get_textpage()
    text = page.get_text_range()
    lefts = [page.get_charbox(text.index(number))[0] for number in NUMBERS]
    assert lefts == sorted(lefts)
    bottoms = [page.get_charbox(text.index(number))[1] for number in NUMBERS]
    assert max(bottoms) - min(bottoms) < 3
    document.close()


def test_what_is_not_proved_is_there(told: Path) -> None:
    document = pypdfium2.PdfDocument(told / "data/report/report.en.pdf")
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    text = " ".join(text.replace("\ufffe", "").split())
    assert "What is not proved" in text
    for key in ("pictures", "before", "else", "acts"):
        said = texts("en")["open"][key].split(";")[0].split(".")[0]
        assert " ".join(said.split()[:4]) in text
    assert "names a living witness" in text
    assert "caesar" in text
    document.close()


def test_a_dossier_with_reports_verifies(told: Path) -> None:
    assert verify(told).ok


def test_all_languages_say_the_same_things() -> None:
    def shape(value: object) -> object:
        if isinstance(value, dict):
            return {k: shape(v) for k, v in value.items()}
        assert isinstance(value, str)
        return sorted(piece[:2] for piece in value.split("{")[1:])

    assert shape(texts("en")) == shape(texts("ar")) == shape(texts("fr"))


def test_what_is_filled_in_is_not_a_template() -> None:
    assert sentence("a {0} b {1}", "{1}", "x") == "a {1} b x"


def test_marks_that_turn_direction_are_shown_by_number() -> None:
    assert "\u202e" not in kept("a\u202eb")
    assert "{U+202E}" in kept_path("x/a\u202egpj.exe")


@given(st.text(max_size=40))
@settings(max_examples=25)
def test_no_name_breaks_the_page(name: str) -> None:
    """Every character that is let through has a glyph, or the PDF/A would not be made."""
    assert render(PAGE, {"t": kept(name) + kept_path(name)})


def test_every_character_that_is_let_through_has_a_glyph() -> None:
    shown = "".join(c for c in map(chr, range(0x20, 0x2200)) if printable(c) == c)
    assert len(shown) > 400
    assert render(PAGE, {"t": " ".join(shown)})
