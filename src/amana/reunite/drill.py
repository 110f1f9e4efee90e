"""A drill: losing the key is the archive's main fear, so that it can open is shown, not hoped."""

from __future__ import annotations

from amana.core.encoding import Json
from amana.errors import Damaged
from amana.ledger.entry import parse_record
from amana.reunite.archive import Archive
from amana.reunite.keys import COPY, ORIGINAL


def drill(archive: Archive, objects: int) -> Json:
    """Open up to `objects` items picked at random, and compare them with their records.

    Written into the archive's ledger. Raises Locked, CannotOpen, Damaged.
    """
    query = (
        "SELECT r.closed, o.kind FROM record r JOIN object o ON o.tag IN (r.original, r.copy)"
        " WHERE r.kind = 1 AND o.kind < 3 ORDER BY random() LIMIT ?"
    )
    rows = archive.catalogue.db.execute(query, (objects,)).fetchall()
    archive.act("drill", objects=len(rows))
    opened = 0
    for closed, kind in rows:
        record = parse_record(archive.keys.open_row(closed))
        section = record.original if kind == 1 else record.copy
        if section is None:
            continue
        try:
            archive.read(ORIGINAL if kind == 1 else COPY, section["sha256"], section["size"])
        except KeyError as name:
            raise Damaged(path=str(name), reason="it is not in the store") from None
        opened += 1
    return {"opened": opened, "as_recorded": True}
