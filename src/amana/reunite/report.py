"""The inventory as files: the whole list as JSON, streamed, and a picture of what arrived when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from amana.core.durable import Disk
from amana.reunite.archive import Archive
from amana.reunite.arrivals import plot
from amana.reunite.inventory import STATES, Inventory, inventory


def write_report(archive: Archive, path: Path, disk: Disk | None = None) -> list[Path]:
    """Write the inventory to `path` (JSON), and the picture of arrivals beside it (SVG). Returns
    what was written. Raises Locked, WriteFailed.

    Memory does not grow with the number of items.
    """
    disk, picture = disk or Disk(), path.with_suffix(".svg")
    disk.write_whole(path, _json(inventory(archive)))
    disk.write_whole(picture, plot(archive))
    return [path, picture]


def _json(found: Inventory) -> Iterator[bytes]:
    head = {
        "items": found.items_total,
        "counts": found.counts,
        "skipped": found.skipped,
        "missing": found.missing,
        "altered_arrivals": list(found.altered()),
        "ledgers": found.ledgers(),
    }
    yield _dump(head)[:-1] + b', "states": {'
    for number, state in enumerate(STATES):
        yield (b", " if number else b"") + _dump(state) + b": ["
        for place, item in enumerate(found.items(state)):
            yield (b",\n" if place else b"\n") + _dump(item.to_json())
        yield b"]"
    yield b"}}\n"


def _dump(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8")
