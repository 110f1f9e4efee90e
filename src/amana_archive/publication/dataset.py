"""The dataset of an edition: JSON and CSV, and the strict reader of the JSON (spec/publication.md).

No I/O. The reader accepts one spelling only, so that two readers cannot see two things.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from amana.core.encoding import Json, canonical, parse
from amana.errors import Malformed

VERSION = 1
LANGUAGES = ("ar", "en", "fr")
COLUMNS = ("id", "names", "died", "place", "picture", "words_ar", "words_en", "words_fr")
LONGEST_NAME, LONGEST_PLACE, LONGEST_WORDS = 120, 80, 2000
MOST_NAMES, MOST_SIDE = 8, 640
_ID = re.compile(r"[0-9a-f]{8}")
_DIED = re.compile(r"(?:1[89]|20)\d\d(?:-(?:0[1-9]|1[0-2]))?")
_MONTH = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
# A spreadsheet takes what begins so as a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Picture:
    """A file of the edition, pixels wide and high, and what it shows in words, by language."""

    file: str
    width: int
    height: int
    words: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """One entry. `died` is YYYY, YYYY-MM or empty."""

    id: str
    names: tuple[str, ...] = ()
    died: str = ""
    place: str = ""
    words: dict[str, str] = field(default_factory=dict)
    picture: Picture | None = None


@dataclass(frozen=True)
class Dataset:
    """One edition: its number and month, who is in it, who was taken out in which month (only where
    the family wants that to be said), and the earlier editions by number and month."""

    edition: int
    made: str
    people: tuple[Person, ...] = ()
    withdrawn: tuple[tuple[str, str], ...] = ()
    earlier: tuple[tuple[int, str], ...] = ()


def to_json(dataset: Dataset) -> bytes:
    """Canonical JSON without a line feed."""
    return canonical(
        {
            "v": VERSION,
            "edition": dataset.edition,
            "made": dataset.made,
            "people": [_person(p) for p in dataset.people],
            "withdrawn": [{"id": name, "in": month} for name, month in dataset.withdrawn],
            "earlier": [{"edition": n, "made": month} for n, month in dataset.earlier],
        }
    )


def _person(person: Person) -> Json:
    picture = person.picture
    shown = None
    if picture is not None:
        shown = {
            "file": picture.file,
            "width": picture.width,
            "height": picture.height,
            "words": picture.words,
        }
    return {
        "id": person.id,
        "names": list(person.names),
        "died": person.died,
        "place": person.place,
        "words": person.words,
        "picture": shown,
    }


def to_csv(dataset: Dataset) -> bytes:
    """UTF-8, comma, quotes where needed (RFC 4180); names are joined by ` | `."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for p in dataset.people:
        words = [p.words.get(language, "") for language in LANGUAGES]
        picture = p.picture.file if p.picture else ""
        row = [p.id, " | ".join(p.names), p.died, p.place, picture, *words]
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row])
    return out.getvalue().encode("utf-8")


# --- reading ------------------------------------------------------------------------------------


def read(data: bytes) -> Dataset:
    """An edition's dataset.json. Raises Malformed for anything that spec/publication.md refuses."""
    said = _object(parse(data, "dataset"), "v edition made people withdrawn earlier", "dataset")
    _need(type(said["v"]) is int and said["v"] == VERSION, "version")
    edition = _number(said["edition"], "edition")
    people = tuple(_read_person(x) for x in _array(said["people"], "people"))
    gone = tuple(_read_gone(x) for x in _array(said["withdrawn"], "withdrawn"))
    earlier = tuple(_read_earlier(x) for x in _array(said["earlier"], "earlier"))
    names = [p.id for p in people] + [name for name, _ in gone]
    _need(len(set(names)) == len(names), "an id stands twice")
    _need([p.id for p in people] == sorted(p.id for p in people), "people are not in order")
    _need(list(gone) == sorted(gone), "withdrawn are not in order")
    numbers = [n for n, _ in earlier]
    _need(numbers == sorted(set(numbers)) and all(n < edition for n in numbers), "earlier editions")
    return Dataset(edition, _match(said["made"], _MONTH, "made"), people, gone, earlier)


def _read_person(value: Any) -> Person:
    said = _object(value, "id names died place words picture", "person")
    names = tuple(_text(x, LONGEST_NAME, "name") for x in _array(said["names"], "names"))
    _need(len(names) <= MOST_NAMES and len(set(names)) == len(names), "names")
    name = _match(said["id"], _ID, "id")
    died = said["died"] if said["died"] == "" else _match(said["died"], _DIED, "died")
    place = said["place"] if said["place"] == "" else _text(said["place"], LONGEST_PLACE, "place")
    picture = None if said["picture"] is None else _read_picture(said["picture"], name)
    return Person(name, names, died, place, _words(said["words"]), picture)


def _read_picture(value: Any, name: str) -> Picture:
    said = _object(value, "file width height words", "picture")
    _need(said["file"] == f"pictures/{name}.jpg", "a picture's file is named by its entry")
    sides = [_number(said[side], side) for side in ("width", "height")]
    _need(all(side <= MOST_SIDE for side in sides), "a picture is larger than any may be")
    return Picture(said["file"], sides[0], sides[1], _words(said["words"]))


def _read_gone(value: Any) -> tuple[str, str]:
    said = _object(value, "id in", "withdrawn")
    return _match(said["id"], _ID, "id"), _match(said["in"], _MONTH, "month")


def _read_earlier(value: Any) -> tuple[int, str]:
    said = _object(value, "edition made", "earlier")
    return _number(said["edition"], "edition"), _match(said["made"], _MONTH, "month")


def _words(value: Any) -> dict[str, str]:
    _need(isinstance(value, dict) and set(value) <= set(LANGUAGES), "words by language")
    lines: Callable[[str], str] = lambda text: text.replace("\n", " ")  # noqa: E731
    for text in value.values():
        _need(isinstance(text, str), "words")
        _text(lines(text), LONGEST_WORDS, "words")
    return dict(value)


def clean(text: str, longest: int) -> str:
    """Text as it may be published: one line's spaces single, no control or direction marks."""
    return " ".join(_CONTROL.sub(" ", text).split())[:longest].strip()


def clean_words(text: str) -> str:
    """As `clean`, with its lines kept."""
    lines = [clean(line, LONGEST_WORDS) for line in text.splitlines()]
    return "\n".join(line for line in lines if line)[:LONGEST_WORDS].strip()


def is_died(text: str) -> bool:
    return text == "" or _DIED.fullmatch(text) is not None


def _need(good: object, reason: str) -> None:
    if not good:
        raise Malformed(what="dataset", reason=reason)


def _object(value: Any, names: str, what: str) -> Json:
    _need(isinstance(value, dict) and set(value) == set(names.split()), f"fields of {what}")
    return dict(value)


def _array(value: Any, what: str) -> Sequence[Any]:
    _need(isinstance(value, list), what)
    return list(value)


def _number(value: Any, what: str) -> int:
    _need(type(value) is int and 0 < value < 1_000_000, what)
    return int(value)


def _text(value: Any, longest: int, what: str) -> str:
    good = isinstance(value, str) and 0 < len(value) <= longest and not _CONTROL.search(value)
    _need(good and value == value.strip(), what)
    return str(value)


def _match(value: Any, pattern: re.Pattern[str], what: str) -> str:
    _need(isinstance(value, str) and pattern.fullmatch(value), what)
    return str(value)
