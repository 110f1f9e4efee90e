# ruff: noqa: E501 - a table of scenarios, one a line
"""Makes vectors/publication: python vectors/generate/publication.py

A scenario: `about`, and `dataset` (base64 of dataset.json's bytes); whether it must be read is said
by its folder."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from amana.core.encoding import canonical
from amana_archive.publication.dataset import Dataset, Person, Picture, to_json

ROOT = Path(__file__).resolve().parent.parent / "publication"
Said = dict[str, Any]

WHOLE = Dataset(
    edition=3,
    made="2026-11",
    people=(
        Person("0a1b2c3d"),
        Person(
            "1b2c3d4e",
            ("سلمى حداد", "Salma Haddad"),
            "2013-05",
            "Aleppo",
            {"ar": "كانت تعلّم الأطفال.", "en": "She taught children.\nShe loved jasmine."},
            Picture("pictures/1b2c3d4e.jpg", 640, 480, {"en": "A drawn card"}),
        ),
    ),
    withdrawn=(("2c3d4e5f", "2026-10"),),
    earlier=((1, "2026-09"), (2, "2026-10")),
)


def person(change: Callable[[Said], object]) -> Callable[[Said], object]:
    return lambda said: change(said["people"][1])


INVALID: dict[str, tuple[str, Callable[[Said], object]]] = {
    "another-version": ("v is 2", lambda s: s.update(v=2)),
    "version-true": ("v is true", lambda s: s.update(v=True)),
    "a-field-more": ("a field that the page does not name", lambda s: s.update(more=1)),
    "a-field-less": ("no earlier editions", lambda s: s.pop("earlier")),
    "edition-zero": ("edition 0", lambda s: s.update(edition=0)),
    "a-day": ("made on a day", lambda s: s.update(made="2026-11-23")),
    "a-month-too-far": ("month 13", lambda s: s.update(made="2026-13")),
    "an-id-twice": ("two people of one id", lambda s: s["people"][0].update(id="1b2c3d4e")),
    "withdrawn-and-there": ("a person both there and withdrawn", lambda s: s["withdrawn"][0].update(id="0a1b2c3d")),
    "out-of-order": ("people in descending order", lambda s: s["people"].reverse()),
    "a-later-edition": ("replaces itself", lambda s: s["earlier"][1].update(edition=3)),
    "editions-reversed": ("earlier editions descend", lambda s: s["earlier"].reverse()),
    "an-id-in-capitals": ("capitals in an id", person(lambda p: p.update(id="1B2C3D4E"))),
    "an-exact-day": ("died on a day", person(lambda p: p.update(died="2013-05-04"))),
    "a-name-twice": ("one name twice", person(lambda p: p["names"].append("Salma Haddad"))),
    "an-empty-name": ("an empty name", person(lambda p: p["names"].append(""))),
    "a-name-with-a-line": ("a line feed in a name", person(lambda p: p["names"].append("a\nb"))),
    "a-name-turned-round": ("U+202E in a name", person(lambda p: p["names"].append("a\u202eb"))),
    "nine-names": ("nine names", person(lambda p: p.update(names=[str(n) for n in range(9)]))),
    "a-long-name": ("a name of 121 characters", person(lambda p: p["names"].append("x" * 121))),
    "an-unknown-language": ("words in de", person(lambda p: p["words"].update(de="x"))),
    "words-too-long": ("2001 characters", person(lambda p: p["words"].update(en="x" * 2001))),
    "words-of-a-number": ("words are a number", person(lambda p: p["words"].update(en=1))),
    "a-picture-elsewhere": ("a picture of another folder", person(lambda p: p["picture"].update(file="../x.jpg"))),
    "another-ones-picture": ("another person's picture", person(lambda p: p["picture"].update(file="pictures/0a1b2c3d.jpg"))),
    "a-large-picture": ("641 pixels", person(lambda p: p["picture"].update(width=641))),
    "a-picture-of-no-width": ("0 pixels", person(lambda p: p["picture"].update(height=0))),
    "a-picture-with-more": ("a field more in a picture", person(lambda p: p["picture"].update(camera="x"))),
    "a-case-number": ("a field more in a person", person(lambda p: p.update(case="C-000001"))),
}  # fmt: skip
RAW = {
    "not-canonical": ("a space after a colon", to_json(WHOLE).replace(b'"v":1', b'"v": 1')),
    "a-line-feed": ("a line feed at the end", to_json(WHOLE) + b"\n"),
    "cut-short": ("cut short", to_json(WHOLE)[:-1]),
    "a-name-of-a-field-twice": ("v twice", to_json(WHOLE).replace(b'"v":1', b'"v":1,"v":1')),
    "empty": ("no bytes", b""),
}


def write(folder: str, name: str, about: str, data: bytes) -> None:
    path = ROOT / folder / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    said = {"about": about, "dataset": base64.b64encode(data).decode()}
    path.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", "utf-8")


def main() -> None:
    for old in ROOT.rglob("*.json"):
        old.unlink()
    write("valid", "whole", "two people, one withdrawn, two earlier editions", to_json(WHOLE))
    write("valid", "nobody", "the first edition, of nobody", to_json(Dataset(1, "2026-11")))
    for name, (about, change) in INVALID.items():
        said = json.loads(to_json(WHOLE))
        change(said)
        write("invalid", name, about, canonical(said))
    for name, (about, data) in RAW.items():
        write("invalid", name, about, data)
    print(f"{len(list(ROOT.rglob('*.json')))} vectors")


if __name__ == "__main__":
    main()
