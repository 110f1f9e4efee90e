"""Names in two scripts: what is the same, what is not, and that it can be found again."""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amana_archive import names
from amana_archive.names import LIKELY, NameIndex, compare
from amana_archive.names.known import COMMON
from amana_archive.names.parts import parts_of

SAME = [
    ("Mhd Khaled al-Ahmad", "محمد خالد الأحمد"),
    ("Abdulrahman Qasim", "عبد الرحمن قاسم"),
    ("Abderrahmane Kassem", "Abd al-Rahman Gasim"),
    ("Youssef Jamal", "يوسف جمال"),
    ("Josef Gamal", "Yusuf Djamel"),
    ("Nour Eddine Chehab", "نور الدين شهاب"),
    ("Selahattin Şahin", "صلاح الدين شاهين"),
    ("Hamoudi al-Khatib", "محمد الخطيب"),
    ("الخطيب محمد", "Mohammad Alkhatib"),
    ("Mo7amad 3abd al ra7man", "محمد عبدالرحمن"),
    ("Fatimah az-Zahra", "فاطمة الزهراء"),
    ("فَاطِمـــة الزهرا", "فاطمة الزهراء"),
    ("Ayman bin Ahmad Assaf", "أيمن أحمد العساف"),
    ("خالدمحمود", "خالد محمود"),
    ("AhmadKhaled Kurdi", "أحمد خالد كردي"),
    ("Eshaq Fathi", "إسحاق فتحي"),
    ("یحیی کردي", "يحيى كردي"),
    ("Joumana Xalil", "Jumana Khalil"),
    ("Sgadi Haddad", "Shadi Haddad"),
    ("عيسى الخوري", "Issa Khoury"),
]
OTHERS = [
    ("Mohamed Hassan", "Ahmed Hassan"),
    ("Khalid Omar", "Samir Omar"),
    ("خالد عمر", "سمير عمر"),
    ("Walid Hamdan", "Khalid Hamdan"),
    ("Muhammad Haddad", "محمد النجار"),
    ("فاطمة كردي", "رنا كردي"),
    ("Muhammad", "Muhammad Haddad"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_name_in_two_spellings(one: str, other: str) -> None:
    assert compare(one, other).score >= LIKELY, compare(one, other)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_two_names(one: str, other: str) -> None:
    assert compare(one, other).score < LIKELY, compare(one, other)


def test_parts_are_parts_however_they_are_written() -> None:
    assert [p.letters for p in parts_of("Abd al-Rahman bin Nur ad-Din el-Khatib").parts] == [
        "abdrahman",
        "nurdin",
        "khatib",
    ]
    for text in ("عبد الرحمن", "عبدالرحمن", "عبد  الرحمٰن"):
        assert [p.letters for p in parts_of(text).parts] == ["عبدرحمن"]


def test_it_says_why() -> None:
    found = compare("Mhd Kalid, al-Kurdi", "محمد عمر الكردي خالد")
    said = {(r.kind, r.left, r.right) for r in found.reasons}
    assert ("abbreviation", "Mhd", "محمد") in said
    assert ("script", "Kurdi", "الكردي") in said
    assert ("order", "", "") in said
    assert ("extra", "", "عمر") in said
    assert "Mhd = محمد: an abbreviation" in [str(r) for r in found.reasons]


def test_a_person_has_several_spellings_and_comes_once() -> None:
    index = NameIndex([("a", ["Rami Haddad", "رامي حداد"]), ("b", ["Sami Haddad"]), ("c", [])])
    found = index.find("Ramy Hadad")
    assert [m.key for m in found] == ["a", "b"]
    assert found[0].spelling == "Rami Haddad"
    assert index.find(["nobody here", "رامي الحداد"])[0].key == "a"
    assert index.find("") == []
    assert NameIndex([]).find("Rami") == []


def test_a_common_name_says_less_than_a_rare_one() -> None:
    people = [(n, [f"محمد {word}"]) for n, word in enumerate(["حداد", "نجار", "كردي"] * 100)]
    people += [("wanted", ["سيامند نجار"]), ("other", ["محمد بهلوان"])]
    found = NameIndex(people).find("Siyamend Najjar", 3)
    assert found[0].key == "wanted"
    # Muhammad in common is no hint to this person; Bahlawan in common is.
    hints = NameIndex(people).find("Muhammad Bahlawan", 3)
    assert hints[0].key == "other"
    assert hints[1].score < LIKELY


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_anything_is_a_name(one: str, other: str) -> None:
    found = compare(one, other)
    assert 0 <= found.score <= 1
    assert found.score == compare(other, one).score
    assert all(str(r) for r in found.reasons)
    if parts_of(one).parts:
        assert compare(one, one).score >= 0.7


def test_recall_on_a_small_set() -> None:
    """The benchmark in little: every kind of variant, names that no tuning looked at."""
    from benchmarks.names_set import people, questions

    everybody = people(600, seed=8)
    index = NameIndex((p.key, [p.recorded]) for p in everybody)
    missed = []
    asked = list(questions(everybody, 10, 9, held_out=True))
    for question in asked:
        if question.person.key not in [m.key for m in index.find(question.text)]:
            missed.append((question.kind, question.text, question.person.recorded))
    assert len(asked) > 100
    assert len(missed) <= len(asked) * 0.02, missed


def test_what_is_measured_is_not_what_is_known() -> None:
    """The spellings of the benchmark that stand in the matcher's tables are few."""
    from benchmarks.names_lists import FAMILIES, MEN, WOMEN, table

    from amana_archive.names.known import ABBREVIATIONS, EQUIVALENTS

    written = {
        s.lower() for text in (MEN, WOMEN, FAMILIES) for _, many in table(text) for s in many
    }
    known = written & {*ABBREVIATIONS, *EQUIVALENTS}
    assert len(known) < len(written) * 0.05, sorted(known)


def test_no_web_framework_in_it() -> None:
    folder = Path(names.__file__ or "").parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = getattr(node, "module", "") or "" if isinstance(node, ast.ImportFrom) else ""
            assert "django" not in module
    assert len(COMMON) < 30


def test_the_set_is_the_same_from_the_same_seed() -> None:
    from benchmarks.names_set import KINDS, people

    once, again = people(30, 5), people(30, 5)
    assert once == again
    for variant in KINDS.values():
        assert variant(once[3], random.Random(1)) == variant(again[3], random.Random(1))
