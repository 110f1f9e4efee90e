"""Fingerprints kept: what is searched in small rows of its own, the squares beside it.

Threat: a square of 160 pixels is a picture of a victim, and a perceptual hash finds one. So on
disk both are closed with the store's key (or, without an archive, with one that dies with the
process). What remains to be seen is how many pictures there are, and how many have a frame.

To search a million, only the small rows are read (600 bytes each), once, in the order in which they
were added; the squares (39 KB each) of the few candidates are fetched one by one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from amana.reunite.brief import Brief, brief_from, brief_of, brief_to_bytes
from amana.reunite.keys import StoreKeys
from amana.reunite.picture import Fingerprint, from_bytes, to_bytes

Bytes = NDArray[np.uint8]
PRINT = "print"
# A new form of fingerprint: what an older one left is taken anew, from the pictures.
_FORM = 3
_STEP = 1024


class Prints:
    """A growing list of fingerprints, each under the SHA-256 of its file. The place of one in the
    list never changes, so an index of the first million stays right when more are added."""

    def __init__(self, path: Path | None = None, keys: StoreKeys | None = None) -> None:
        self._keys = keys or StoreKeys.generate()
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        if path:
            # What is lost with the power are fingerprints, which are taken again; never a picture.
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
        (form,) = self._db.execute("PRAGMA user_version").fetchone()
        if form != _FORM:
            for table in ("print", "brief"):
                self._db.execute(f"DROP TABLE IF EXISTS {table}")
            self._db.execute(f"PRAGMA user_version = {_FORM}")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS brief"
            " (id INTEGER PRIMARY KEY, tag BLOB NOT NULL UNIQUE, closed BLOB NOT NULL)"
        )
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS print (id INTEGER PRIMARY KEY, closed BLOB NOT NULL)"
        )

    def close(self) -> None:
        self._db.close()

    def __len__(self) -> int:
        (count,) = self._db.execute("SELECT count(*) FROM brief").fetchone()
        return int(count)

    def place(self, sha256: str) -> int | None:
        """Where the picture with this digest stands, or None."""
        tag = self._keys.tag(PRINT, sha256)
        row = self._db.execute("SELECT id FROM brief WHERE tag = ?", (tag,)).fetchone()
        return int(row[0]) - 1 if row else None

    def add(self, sha256: str, found: Fingerprint) -> int:
        """Keep it, once; where it stands."""
        if (place := self.place(sha256)) is not None:
            return place
        tag = self._keys.tag(PRINT, sha256)
        small = self._keys.close_blob(brief_to_bytes(brief_of(found)))
        with self._db:
            self._db.execute("BEGIN")
            added = self._db.execute(
                "INSERT INTO brief (tag, closed) VALUES (?, ?)", (tag, small)
            ).lastrowid
            self._db.execute(
                "INSERT INTO print (id, closed) VALUES (?, ?)",
                (added, self._keys.close_blob(_evened(to_bytes(found)))),
            )
        assert added is not None
        return added - 1

    def get(self, place: int) -> Fingerprint:
        row = self._db.execute("SELECT closed FROM print WHERE id = ?", (place + 1,)).fetchone()
        return from_bytes(_whole(self._keys.open_blob(row[0])))

    def several(self, places: Sequence[int]) -> dict[int, Fingerprint]:
        return {place: self.get(place) for place in sorted(set(places))}

    def brief(self, place: int) -> Brief:
        row = self._db.execute("SELECT closed FROM brief WHERE id = ?", (place + 1,)).fetchone()
        return brief_from(self._keys.open_blob(row[0]))

    def briefs(self, start: int = 0) -> Iterator[Brief]:
        """What is searched, from place `start` on, in order; without the squares."""
        query = "SELECT closed FROM brief WHERE id > ? ORDER BY id"
        for (closed,) in self._db.execute(query, (start,)):
            yield brief_from(self._keys.open_blob(closed))

    def all(self, start: int = 0) -> Iterator[Fingerprint]:
        """From place `start` on, in order."""
        query = "SELECT closed FROM print WHERE id > ? ORDER BY id"
        for (closed,) in self._db.execute(query, (start,)):
            yield from_bytes(_whole(self._keys.open_blob(closed)))


def _evened(data: bytes) -> bytes:
    """`data` behind its length, filled up: the name of a camera must not show in a row's length."""
    whole = len(data).to_bytes(4, "big") + data
    return whole + bytes(-len(whole) % _STEP)


def _whole(evened: bytes) -> bytes:
    return evened[4 : 4 + int.from_bytes(evened[:4], "big")]
