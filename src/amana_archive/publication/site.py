"""The site of an edition: pages in three languages, tables, digests, one signature. Static: no
script, nobody else's server; it works from a folder on a disk as well as on any web server.

Everything is decided here and nowhere else: what a page may show is what the dataset holds.
"""

from __future__ import annotations

import hashlib
import importlib.resources
from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from amana.core.sign import Signer, sign_note
from amana_archive.publication.dataset import LANGUAGES, Dataset, Person, read, to_csv, to_json

SUMS, NOTE = "SHA256SUMS", "edition.note"
NOTE_LINE = "amana/v1/publication"
_NAMES = (("ar", "العربية", "rtl"), ("en", "English", "ltr"), ("fr", "Français", "ltr"))


def compose(dataset: Dataset, pictures: Mapping[str, bytes], signer: Signer) -> dict[str, bytes]:
    """Every file of the edition by its path. `pictures` by the entry's id.

    Raises Malformed where our own strict reader would refuse the dataset.
    """
    read(to_json(dataset))
    files = {
        "index.html": _page("site_languages.html", {"dataset": dataset, "languages": _NAMES}),
        "style.css": _style(),
        "data/dataset.json": to_json(dataset),
        "data/dataset.csv": to_csv(dataset),
    }
    for language, _, direction in _NAMES:
        with translation.override(language):
            files |= _in_language(dataset, language, direction)
    files |= {f"pictures/{name}.jpg": data for name, data in pictures.items()}
    files[SUMS] = sums(files)
    files[NOTE] = signed(dataset.edition, files[SUMS], signer)
    return files


def _in_language(dataset: Dataset, language: str, direction: str) -> dict[str, bytes]:
    frame: dict[str, Any] = {
        "dataset": dataset,
        "language": language,
        "direction": direction,
        "languages": _NAMES,
    }
    people = [_shown(person, language) for person in dataset.people]
    files = {
        f"{language}/index.html": _page(
            "site_index.html", {**frame, "people": people, "here": "index.html"}
        ),
        f"{language}/about.html": _page("site_about.html", {**frame, "here": "about.html"}),
    }
    for person in people:
        here = f"{person['id']}.html"
        files[f"{language}/{here}"] = _page(
            "site_person.html", {**frame, "person": person, "here": here}
        )
    return files


def _shown(person: Person, language: str) -> dict[str, Any]:
    """One person in one language: first the name in its script; the words of another language
    where there are none in this."""
    picture = person.picture
    return {
        "id": person.id,
        "names": sorted(person.names, key=lambda name: _is_arabic(name) != (language == "ar")),
        "died": person.died,
        "place": person.place,
        "words": _best(person.words, language),
        "picture": picture,
        "picture_words": _best(picture.words, language)[1] if picture else "",
    }


def _is_arabic(name: str) -> bool:
    return any("\u0600" <= c <= "\u06ff" for c in name)


def _best(words: Mapping[str, str], language: str) -> tuple[str, str]:
    """(language, text)."""
    for code in (language, "en", *LANGUAGES):
        if words.get(code):
            return code, words[code]
    return language, ""


def _page(template: str, context: dict[str, Any]) -> bytes:
    lines = render_to_string(template, context).splitlines()
    return ("\n".join(line.rstrip() for line in lines if line.strip()) + "\n").encode("utf-8")


def _style() -> bytes:
    return importlib.resources.files("amana_archive.publication").joinpath("site.css").read_bytes()


def sums(files: Mapping[str, bytes]) -> bytes:
    """As `sha256sum -c` reads it."""
    rows = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return "".join(rows).encode("ascii")


def signed(edition: int, listed: bytes, signer: Signer) -> bytes:
    """The archive's word that this is its edition: a C2SP signed note over the list of digests."""
    text = f"{NOTE_LINE}\n{edition}\n{hashlib.sha256(listed).hexdigest()}\n"
    return str(sign_note(text, [signer])).encode("utf-8")
