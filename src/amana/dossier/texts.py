"""The sentences of a dossier in Arabic, English and French: what the report, the command line and
(by a copy that a test compares) the page verify.html say."""

from __future__ import annotations

import functools
import importlib.resources
import json
from typing import Any


@functools.cache
def texts(language: str) -> dict[str, Any]:
    """All sentences of one language (`ar`, `en`, `fr`), by section."""
    path = importlib.resources.files("amana.dossier") / "texts.json"
    return dict(json.loads(path.read_text("utf-8"))[language])


def sentence(template: str, *parts: object) -> str:
    """`template` with {0}, {1} … filled in. What is filled in is not read as a template again."""
    pieces = template.split("{")
    filled = pieces[0]
    for piece in pieces[1:]:
        number, _, rest = piece.partition("}")
        filled += str(parts[int(number)]) + rest
    return filled


def open_question(language: str, key: str, *parts: object) -> str:
    """A sentence of what is not proved."""
    return sentence(texts(language)["open"][key], *parts)
