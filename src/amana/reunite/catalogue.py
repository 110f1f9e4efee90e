"""The catalogue: an index over the store, in SQLite, which reveals no name, digest, size or date.

What a thief of a locked archive reads in it: random ledger origins, how many records and objects
there are, when they arrived (to the second), which state they are in. Whatever says *which* is
either a tag under the store's secret or a row closed with it.

A transaction is one pack: it is the commit point of receiving. Rows of records are closed with a
key rather than with age, because opening a million of them is then a matter of seconds; the same
lines lie in the store as age files, so nothing here is the only copy.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from amana.errors import Damaged, WriteFailed

GOOD, CONTRADICTED, WAITING = 1, 2, 0
REBUILD = "amana archive rebuild makes it again from the store"
_VERSION = 2
_READINGS = """
CREATE TABLE reading (
  id INTEGER PRIMARY KEY, object BLOB NOT NULL, original BLOB NOT NULL,
  edition INTEGER NOT NULL, whole INTEGER NOT NULL, arrived INTEGER NOT NULL,
  closed BLOB NOT NULL);
CREATE INDEX reading_object ON reading (object);
CREATE INDEX reading_original ON reading (original);
"""
_SCHEMA = f"""
PRAGMA user_version = {_VERSION};
CREATE TABLE ledger (
  id INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE,
  proved INTEGER NOT NULL DEFAULT 0, frontier BLOB NOT NULL DEFAULT x'',
  note TEXT NOT NULL DEFAULT '');
CREATE TABLE record (
  id INTEGER PRIMARY KEY, ledger INTEGER NOT NULL REFERENCES ledger, seq INTEGER NOT NULL,
  leaf BLOB NOT NULL, kind INTEGER NOT NULL, original BLOB, copy BLOB,
  refuted INTEGER NOT NULL DEFAULT 0, arrived INTEGER NOT NULL, closed BLOB NOT NULL,
  UNIQUE (ledger, seq, leaf));
CREATE INDEX record_original ON record (original) WHERE original IS NOT NULL;
CREATE INDEX record_copy ON record (copy) WHERE copy IS NOT NULL;
CREATE TABLE object (
  tag BLOB PRIMARY KEY, kind INTEGER NOT NULL, arrived INTEGER NOT NULL,
  sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE altered (
  expected BLOB NOT NULL, found BLOB NOT NULL, kind INTEGER NOT NULL, arrived INTEGER NOT NULL,
  closed BLOB NOT NULL, PRIMARY KEY (expected, found)) WITHOUT ROWID;
CREATE TABLE pack (
  sha256 TEXT PRIMARY KEY, arrived INTEGER NOT NULL, records BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE checkpoint (
  id INTEGER PRIMARY KEY, ledger INTEGER NOT NULL REFERENCES ledger, size INTEGER NOT NULL,
  root BLOB NOT NULL, arrived INTEGER NOT NULL, verdict INTEGER NOT NULL DEFAULT 0,
  closed BLOB NOT NULL, UNIQUE (ledger, size, root));
{_READINGS}"""
# How a catalogue of each earlier version becomes one of the next.
_UPGRADES = {1: f"PRAGMA user_version = 2;{_READINGS}"}
KIND_ITEM, KIND_SKIPPED, KIND_ACT = 1, 2, 3
KIND_ORIGINAL, KIND_COPY, KIND_ASIDE, KIND_RECORDS, KIND_READINGS, KIND_ARRIVAL = range(1, 7)
KINDS_OF_RECORDS = (KIND_RECORDS, KIND_READINGS, KIND_ARRIVAL)


@dataclass(frozen=True)
class RecordRow:
    """One record: where it stands in which ledger, tags of its bytes, and its closed line."""

    ledger: int
    seq: int
    leaf: bytes
    kind: int
    original: bytes | None
    copy: bytes | None
    closed: bytes


@dataclass(frozen=True)
class LedgerRow:
    id: int
    origin: str
    proved: int
    frontier: bytes
    note: str


@dataclass(frozen=True)
class CheckpointRow:
    id: int
    size: int
    root: bytes
    arrived: int
    verdict: int
    closed: bytes


class Catalogue:
    """The database of one archive. Not for two processes that write at once: the second fails."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.db = sqlite3.connect(path, isolation_level=None, timeout=5)
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise Damaged(path=str(path), reason=f"{error}; {REBUILD}") from None

    def _prepare(self) -> None:
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute("PRAGMA temp_store = MEMORY")  # no row ever lies in a temporary file
        self.db.execute("PRAGMA cache_size = -65536")
        (version,) = self.db.execute("PRAGMA user_version").fetchone()
        if version == 0:
            self.db.executescript(f"BEGIN;{_SCHEMA}COMMIT;")
        elif version in _UPGRADES:
            self.db.executescript(f"BEGIN;{_UPGRADES[version]}COMMIT;")
        elif version != _VERSION:
            raise Damaged(path=str(self.path), reason=f"a catalogue of version {version}")

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable when it ends. Raises WriteFailed."""
        try:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise WriteFailed(path=str(self.path), reason=str(error)) from None

    # -- writing (inside a transaction) ---------------------------------------------------------

    def ledger(self, origin: str) -> int:
        """The row of this ledger, made where it is new."""
        self.db.execute("INSERT OR IGNORE INTO ledger (origin) VALUES (?)", (origin,))
        row = self.db.execute("SELECT id FROM ledger WHERE origin = ?", (origin,)).fetchone()
        return int(row[0])

    def add_records(self, rows: Iterable[RecordRow], arrived: int) -> int:
        """How many of them are new."""
        before = self.db.total_changes
        (last,) = self.db.execute("SELECT coalesce(max(id), 0) FROM record").fetchone()
        self.db.executemany(
            "INSERT OR IGNORE INTO record"
            " (ledger, seq, leaf, kind, original, copy, closed, arrived)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (r.ledger, r.seq, r.leaf, r.kind, r.original, r.copy, r.closed, arrived)
                for r in rows
            ),
        )
        added = self.db.total_changes - before
        # A place that is proved already is held by the record that proved it.
        self.db.execute(
            "UPDATE record SET refuted = 1 WHERE id > ? AND EXISTS (SELECT 1 FROM ledger l"
            " WHERE l.id = record.ledger AND record.seq < l.proved)",
            (last,),
        )
        return added

    def add_object(self, tag: bytes, kind: int, arrived: int, sealed: bytes) -> None:
        """Bytes that are held; `sealed` is the SHA-256 of the sealed object, by which a locked
        archive is checked. Those put aside as altered may later turn out to be an item."""
        self.db.execute(
            "INSERT INTO object VALUES (?, ?, ?, ?)"
            " ON CONFLICT (tag) DO UPDATE SET kind = min(kind, excluded.kind)",
            (tag, kind, arrived, sealed),
        )

    def add_altered(
        self, expected: bytes, found: bytes, kind: int, closed: bytes, arrived: int
    ) -> None:
        self.db.execute(
            "INSERT OR IGNORE INTO altered VALUES (?, ?, ?, ?, ?)",
            (expected, found, kind, arrived, closed),
        )

    def add_pack(self, sha256: str, records: bytes, arrived: int) -> None:
        self.db.execute("INSERT OR IGNORE INTO pack VALUES (?, ?, ?)", (sha256, arrived, records))

    def add_checkpoint(
        self, ledger: int, size: int, root: bytes, closed: bytes, arrived: int
    ) -> bool:
        before = self.db.total_changes
        self.db.execute(
            "INSERT OR IGNORE INTO checkpoint (ledger, size, root, closed, arrived)"
            " VALUES (?, ?, ?, ?, ?)",
            (ledger, size, root, closed, arrived),
        )
        return self.db.total_changes > before

    # -- reading --------------------------------------------------------------------------------

    def has_pack(self, sha256: str) -> bool:
        return self._any("SELECT 1 FROM pack WHERE sha256 = ?", sha256)

    def has_object(self, tag: bytes) -> bool:
        return self._any("SELECT 1 FROM object WHERE tag = ?", tag)

    def has_checkpoint(self, ledger: int, size: int, root: bytes) -> bool:
        query = "SELECT 1 FROM checkpoint WHERE ledger = ? AND size = ? AND root = ?"
        return self._any(query, ledger, size, root)

    def _any(self, query: str, *values: object) -> bool:
        return self.db.execute(query, values).fetchone() is not None

    def ledgers(self) -> list[LedgerRow]:
        rows = self.db.execute("SELECT id, origin, proved, frontier, note FROM ledger ORDER BY id")
        return [LedgerRow(*row) for row in rows]

    def objects(self) -> Iterator[tuple[bytes, int, bytes]]:
        """(tag, kind, SHA-256 of the sealed object) of everything that must be in the store."""
        yield from self.db.execute("SELECT tag, kind, sealed FROM object ORDER BY tag")

    def checkpoints(self, ledger: int) -> list[CheckpointRow]:
        """In the order of their arrival."""
        rows = self.db.execute(
            "SELECT id, size, root, arrived, verdict, closed FROM checkpoint WHERE ledger = ?"
            " ORDER BY arrived, size, id",
            (ledger,),
        )
        return [CheckpointRow(*row) for row in rows]

    def leaves_of(self, ledgers: list[int]) -> Iterator[tuple[int, bytes, int]]:
        """(seq, leaf, refuted) of all records of several ledgers, as if they were one."""
        marks = ", ".join("?" * len(ledgers))
        yield from self.db.execute(
            f"SELECT seq, leaf, refuted FROM record WHERE ledger IN ({marks}) ORDER BY seq",  # noqa: S608
            ledgers,
        )

    def move_records(self, old: int, new: int) -> None:
        """Records of ledger `old` are those of `new`, and `old` is no more."""
        self.db.execute("UPDATE OR IGNORE record SET ledger = ? WHERE ledger = ?", (new, old))
        self.db.execute("DELETE FROM record WHERE ledger = ?", (old,))
        self.db.execute("DELETE FROM ledger WHERE id = ?", (old,))

    def leaves(self, ledger: int, start: int) -> Iterator[tuple[int, bytes, int]]:
        """(seq, leaf, refuted) of a ledger's records from `start` on, in order."""
        yield from self.db.execute(
            "SELECT seq, leaf, refuted FROM record WHERE ledger = ? AND seq >= ? ORDER BY seq, id",
            (ledger, start),
        )
