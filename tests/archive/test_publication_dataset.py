"""The dataset: what is written is read back; what spec/publication.md refuses is refused."""

from __future__ import annotations

import base64
import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amana.errors import Malformed
from amana_archive.publication.dataset import (
    LONGEST_NAME,
    Dataset,
    Person,
    clean,
    clean_words,
    read,
    to_csv,
    to_json,
)

VECTORS = Path(__file__).parents[2] / "vectors" / "publication"
NAMES = sorted(str(path.relative_to(VECTORS)) for path in VECTORS.rglob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_a_vector(name: str) -> None:
    data = base64.b64decode(json.loads((VECTORS / name).read_text("utf-8"))["dataset"])
    if name.startswith("valid"):
        assert to_json(read(data)) == data
    else:
        with pytest.raises(Malformed):
            read(data)


def test_there_are_vectors() -> None:
    assert sum(name.startswith("invalid") for name in NAMES) > 30


texts = st.text(max_size=200)


@settings(max_examples=60, deadline=None)
@given(st.lists(texts, max_size=8), texts, texts, st.lists(texts, max_size=3))
def test_whatever_is_cleaned_can_be_published(
    names: list[str], place: str, words: str, more: list[str]
) -> None:
    """Whatever a liaison types becomes something that every reader accepts, or nothing."""
    good = tuple(dict.fromkeys(n for n in (clean(x, LONGEST_NAME).strip() for x in names) if n))
    said = {c: t for c, t in zip(("ar", "en", "fr"), map(clean_words, more), strict=False) if t}
    person = Person("0" * 8, good, "2013", clean(place, 80).strip(), said)
    dataset = Dataset(1, "2026-11", (person,))
    assert read(to_json(dataset)) == dataset
    (row,) = csv.DictReader(io.StringIO(to_csv(dataset).decode("utf-8"), newline=""))
    assert None not in row
    assert not any(str(cell).startswith(("=", "+", "-", "@")) for cell in row.values())
    assert row["names"].removeprefix("'") == " | ".join(good)
