"""What is proved of each item: exactly one state each. docs/archive/states.md says it in words.

reunited       the original is here and is the one that was committed; so is the copy, or there
               rightly is none
copy_only      the copy is here and committed; the original has not arrived
original_only  the original is here and committed; its copy has not arrived
record_only    only the record has arrived, and is committed
altered        bytes arrived under this record that are not the recorded ones, and the right
               ones are not here; `side` says whether of the original or of the copy
not_in_ledger  no signed checkpoint that arrived commits to this record; the reason says
               whether it is refuted, or cannot be shown yet
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from amana.core.encoding import Json, parse
from amana.ledger.entry import Record, parse_record
from amana.reunite.archive import Archive

REUNITED, COPY_ONLY, ORIGINAL_ONLY = "reunited", "copy_only", "original_only"
RECORD_ONLY, ALTERED, NOT_IN_LEDGER = "record_only", "altered", "not_in_ledger"
STATES = (REUNITED, COPY_ONLY, ORIGINAL_ONLY, RECORD_ONLY, ALTERED, NOT_IN_LEDGER)

# One expression decides; every count and list uses it, so no item can be in two states.
_FACTS = """
  SELECT r.id, r.seq, r.refuted, r.closed, r.original, r.copy, l.origin, l.note,
    (r.seq < l.proved AND NOT r.refuted) AS proved,
    EXISTS (SELECT 1 FROM object o WHERE o.tag = r.original) AS have_original,
    r.copy IS NULL AS no_copy,
    EXISTS (SELECT 1 FROM object o WHERE o.tag = r.copy) AS have_copy,
    EXISTS (SELECT 1 FROM altered a WHERE a.expected = r.original) AS bad_original,
    EXISTS (SELECT 1 FROM altered a WHERE a.expected = r.copy) AS bad_copy,
    EXISTS (SELECT 1 FROM record t WHERE t.original = r.original AND t.id != r.id
            AND t.kind = 1) AS has_twins
  FROM record r JOIN ledger l ON l.id = r.ledger WHERE r.kind = 1
"""
_STATE = f"""CASE
  WHEN refuted THEN '{NOT_IN_LEDGER}'
  WHEN bad_original AND NOT have_original THEN '{ALTERED}'
  WHEN bad_copy AND NOT have_copy THEN '{ALTERED}'
  WHEN NOT proved THEN '{NOT_IN_LEDGER}'
  WHEN have_original AND (have_copy OR no_copy) THEN '{REUNITED}'
  WHEN have_original THEN '{ORIGINAL_ONLY}'
  WHEN have_copy THEN '{COPY_ONLY}'
  ELSE '{RECORD_ONLY}' END"""


@dataclass(frozen=True)
class Item:
    """One item, its state, and the reason in a sentence. `side` is set where it is altered.

    `also` are the other records of the same original, (ledger, seq) each: a file that lay under
    two paths, or that two sources captured. They are items of their own and never merged."""

    origin: str
    seq: int
    state: str
    side: str
    reason: str
    record: Record
    also: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> Json:
        original = self.record.original
        shown = {"ledger": self.origin, "seq": self.seq, "path": original["path"]}
        shown |= {"sha256": original["sha256"], "reason": self.reason}
        if self.also:
            shown["also"] = [{"ledger": origin, "seq": seq} for origin, seq in self.also]
        return {**shown, "side": self.side} if self.side else shown


class Inventory:
    """A view of an archive's catalogue; it holds nothing itself, so its size does not matter."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._db = archive.catalogue.db

    @property
    def counts(self) -> dict[str, int]:
        """How many items are in each state, every state named. Works on a locked archive."""
        query = f"SELECT {_STATE} AS state, count(*) FROM ({_FACTS}) GROUP BY state"  # noqa: S608
        found = dict(self._db.execute(query).fetchall())
        return {state: int(found.get(state, 0)) for state in STATES}

    @property
    def items_total(self) -> int:
        return sum(self.counts.values())

    @property
    def skipped(self) -> int:
        """Files that the source could not read, and recorded as such."""
        (count,) = self._db.execute("SELECT count(*) FROM record WHERE kind = 2").fetchone()
        return int(count)

    def items(self, state: str | None = None) -> Iterator[Item]:
        """The items, in the order of their ledgers, of one state or all. Raises Locked."""
        query = f"SELECT *, {_STATE} AS state FROM ({_FACTS})"  # noqa: S608
        values: tuple[str, ...] = ()
        if state is not None:
            query, values = f"SELECT * FROM ({query}) WHERE state = ?", (state,)  # noqa: S608
        cursor = self._db.execute(query + " ORDER BY id", values)
        names = [column[0] for column in cursor.description]
        for row in cursor:
            yield self._item(dict(zip(names, row, strict=True)))

    def _item(self, row: dict[str, Any]) -> Item:
        record = parse_record(self._archive.keys.open_row(row["closed"]))
        state = row["state"]
        bad_original = row["bad_original"] and not row["have_original"]
        side = ("original" if bad_original else "copy") if state == ALTERED else ""
        reason = _reason(row, record, state, side)
        also = self._twins(row) if row["has_twins"] else ()
        if also:
            reason += "; " + _explained(row["origin"], also)
        return Item(row["origin"], row["seq"], state, side, reason, record, also)

    def _twins(self, row: dict[str, Any]) -> tuple[tuple[str, int], ...]:
        found = self._db.execute(
            "SELECT l.origin, t.seq FROM record t JOIN ledger l ON l.id = t.ledger"
            " WHERE t.original = ? AND t.id != ? AND t.kind = 1 ORDER BY l.id, t.seq, t.id",
            (row["original"], row["id"]),
        )
        return tuple((str(origin), int(seq)) for origin, seq in found)

    def altered(self) -> Iterator[Json]:
        """Every arrival of altered bytes, also where the right ones came later. Raises Locked."""
        query = "SELECT closed FROM altered ORDER BY arrived, expected"
        for (closed,) in self._db.execute(query):
            yield parse(self._archive.keys.open_row(closed), "altered item")

    def to_json(self, limit: int | None = None) -> Json:
        """Everything as one object; `limit` bounds each list. Raises Locked."""
        counts = self.counts
        return {
            "items": sum(counts.values()),
            "counts": counts,
            "skipped": self.skipped,
            "missing": self.missing,
            "altered_arrivals": list(self.altered()),
            "ledgers": self.ledgers(),
            "states": {state: self._listed(state, limit) for state in STATES},
        }

    @property
    def missing(self) -> int:
        """Items whose original is not here, whatever else is."""
        query = f"SELECT count(*) FROM ({_FACTS}) WHERE NOT have_original"  # noqa: S608
        (count,) = self._db.execute(query).fetchone()
        return int(count)

    def ledgers(self) -> list[Json]:
        """Each ledger: how far it is proved, and what stands in the way of the rest."""
        query = (
            "SELECT l.origin, l.proved, count(r.id), l.note FROM ledger l"
            " LEFT JOIN record r ON r.ledger = l.id GROUP BY l.id ORDER BY l.id"
        )
        return [
            {"ledger": origin, "proved": proved, "records": records, "note": note}
            for origin, proved, records, note in self._db.execute(query)
        ]

    def _listed(self, state: str, limit: int | None) -> list[Json]:
        listed = []
        for count, item in enumerate(self.items(state)):
            if limit is not None and count >= limit:
                break
            listed.append(item.to_json())
        return listed


def inventory(archive: Archive) -> Inventory:
    return Inventory(archive)


def _explained(origin: str, also: tuple[tuple[str, int], ...]) -> str:
    """Why one original has several records: said, never smoothed away."""
    here = sum(ledger == origin for ledger, _ in also)
    words = []
    if here:
        words.append(f"the same file is recorded {here} more time(s) in this ledger (another path)")
    if len(also) > here:
        words.append(f"another ledger records the same file ({len(also) - here} more record(s))")
    return " and ".join(words) + ": each record is an item of its own"


def _reason(row: dict[str, Any], record: Record, state: str, side: str) -> str:
    if state == NOT_IN_LEDGER:
        if row["refuted"]:
            return "another record holds this place in the signed ledger"
        return str(row["note"]) or "no checkpoint of this ledger has arrived"
    if state == ALTERED:
        proof = "committed" if row["proved"] else "not yet proved"
        return f"the {side} that arrived is not the recorded one; the record is {proof}"
    return {
        REUNITED: "original here, committed before it arrived"
        + ("" if record.copy else f"; no copy: {record.fields.get('trouble', 'none was made')}"),
        COPY_ONLY: "copy here and committed; the original has not arrived",
        ORIGINAL_ONLY: "original here and committed; its copy has not arrived",
        RECORD_ONLY: "only its record has arrived, and is committed",
    }[state]
