"""What machines read of pictures and documents: kept beside the evidence, never as truth.

A reading lies twice: in the catalogue, closed row by row, for search; and in the store, sealed in
batches, so that the store alone gives it back. A later reading never replaces an earlier one.

    with Archive.open(folder, identity) as archive:
        for reading in Readings.of(archive).since(cursor):
            …
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from amana.core.encoding import Json, canonical, parse
from amana.errors import Malformed
from amana.reunite.archive import Archive
from amana.reunite.keys import COPY, ORIGINAL


@dataclass(frozen=True)
class NumberRead:
    """A number on a card. `value` in ASCII digits, `?` for one that could not be told; `script`
    "ascii" or "arabic-indic"; `confidence` per cent; `box` the card's corners in the upright
    picture (x, y four times, pixels); `line` and `place` where it stands on the card, from 0."""

    value: str
    script: str
    confidence: int
    box: tuple[int, ...]
    line: int
    place: int


@dataclass(frozen=True)
class Reading:
    """What one machine made of one file.

    `cursor` grows with every reading; `original` is the SHA-256 (hex) of the ORIGINAL, `side`
    which bytes were read ("original" or "copy"); `how` in words; `machine` its name and version,
    empty where the text is the file's own; `text` for the search; `confidence` of recognised text
    in per cent, else None; `unread` pages that nobody has read; `trouble` why.
    """

    cursor: int
    original: str
    side: str
    how: str
    machine: str = ""
    text: str = ""
    confidence: int | None = None
    unread: int = 0
    trouble: str = ""
    numbers: tuple[NumberRead, ...] = ()

    def to_json(self) -> Json:
        shown = asdict(self)
        del shown["cursor"]
        shown["numbers"] = [{**n, "box": list(n["box"])} for n in shown["numbers"]]
        return shown

    def line(self) -> bytes:
        """One canonical line: what is closed, and what is sealed."""
        return canonical(self.to_json())


def parse_reading(line: bytes, cursor: int) -> Reading:
    """Raises Malformed."""
    return reading_of(parse(line, "reading"), cursor)


def reading_of(fields: Json, cursor: int = 0) -> Reading:
    """Raises Malformed."""
    try:
        numbers = tuple(_number(entry) for entry in fields.pop("numbers"))
        return Reading(cursor=cursor, numbers=numbers, **fields)
    except (TypeError, KeyError, AttributeError):
        raise Malformed(what="reading", reason="its fields are not those of a reading") from None


def _number(entry: Mapping[str, Any]) -> NumberRead:
    return NumberRead(**{**entry, "box": tuple(entry["box"])})


class Readings:
    """The readings of an unlocked archive. Uses the archive's own connection, and so its thread."""

    def __init__(self, archive: Archive) -> None:
        self._archive, self._keys = archive, archive.keys
        self._db = archive.catalogue.db

    @classmethod
    def of(cls, archive: Archive) -> Readings:
        """Raises Locked."""
        return cls(archive)

    def __len__(self) -> int:
        (count,) = self._db.execute("SELECT count(*) FROM reading").fetchone()
        return int(count)

    def since(self, cursor: int = 0) -> Iterator[Reading]:
        """The readings made after `cursor`, in the order in which they were made."""
        query = "SELECT id, closed FROM reading WHERE id > ? ORDER BY id"
        for number, closed in self._db.execute(query, (cursor,)):
            yield parse_reading(self._keys.open_row(closed), int(number))

    def get(self, original: str) -> Reading | None:
        """The latest reading of an original, by its SHA-256 (hex)."""
        row = self._db.execute(
            "SELECT id, closed FROM reading WHERE original = ? ORDER BY id DESC LIMIT 1",
            (self._keys.tag(ORIGINAL, original),),
        ).fetchone()
        return parse_reading(self._keys.open_row(row[1]), int(row[0])) if row else None

    def add(self, made: Sequence[tuple[Reading, str, bool]], edition: int, now: int) -> None:
        """Inside a transaction: keep readings, each with the SHA-256 of the bytes that were read
        and whether nothing is left to read of them."""
        self._db.executemany(
            "INSERT INTO reading (object, original, edition, whole, arrived, closed)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                (
                    self._keys.tag(COPY if reading.side == COPY else ORIGINAL, read),
                    self._keys.tag(ORIGINAL, reading.original),
                    edition,
                    whole,
                    now,
                    self._keys.close_row(reading.line()),
                )
                for reading, read, whole in made
            ),
        )


def without_cursor(reading: Reading) -> Reading:
    """As it was before it was kept: for comparison."""
    return replace(reading, cursor=0)
