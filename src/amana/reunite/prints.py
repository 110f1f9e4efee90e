"""Fingerprints kept: hashes in memory, everything else in closed rows.

Threat: a grey square of 96 pixels is a picture of a victim, and a perceptual hash finds one. So on
disk both are closed with the store's key (or, without an archive, with one that dies with the
process).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from amana.reunite.keys import StoreKeys
from amana.reunite.picture import Fingerprint, from_bytes, to_bytes

Bytes = NDArray[np.uint8]
PRINT = "print"


class Prints:
    """A growing list of fingerprints, each under the SHA-256 of its file. The place of one in the
    list never changes. Memory: 352 bytes a picture once `matrix` is asked for."""

    def __init__(self, path: Path | None = None, keys: StoreKeys | None = None) -> None:
        self._keys = keys or StoreKeys.generate()
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS print"
            " (id INTEGER PRIMARY KEY, tag BLOB NOT NULL UNIQUE, closed BLOB NOT NULL)"
        )

    def close(self) -> None:
        self._db.close()

    def __len__(self) -> int:
        (count,) = self._db.execute("SELECT count(*) FROM print").fetchone()
        return int(count)

    def place(self, sha256: str) -> int | None:
        """Where the picture with this digest stands, or None."""
        tag = self._keys.tag(PRINT, sha256)
        row = self._db.execute("SELECT id FROM print WHERE tag = ?", (tag,)).fetchone()
        return int(row[0]) - 1 if row else None

    def add(self, sha256: str, found: Fingerprint) -> int:
        """Keep it, once; where it stands."""
        self._db.execute(
            "INSERT OR IGNORE INTO print (tag, closed) VALUES (?, ?)",
            (self._keys.tag(PRINT, sha256), self._keys.close_blob(to_bytes(found))),
        )
        place = self.place(sha256)
        assert place is not None
        return place

    def get(self, place: int) -> Fingerprint:
        row = self._db.execute("SELECT closed FROM print WHERE id = ?", (place + 1,)).fetchone()
        return from_bytes(self._keys.open_blob(row[0]))

    def several(self, places: Sequence[int]) -> dict[int, Fingerprint]:
        return {place: self.get(place) for place in sorted(set(places))}

    def all(self, start: int = 0) -> Iterator[Fingerprint]:
        """From place `start` on, in order."""
        query = "SELECT closed FROM print WHERE id > ? ORDER BY id"
        for (closed,) in self._db.execute(query, (start,)):
            yield from_bytes(self._keys.open_blob(closed))
