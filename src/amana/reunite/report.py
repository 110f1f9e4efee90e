"""The inventory as files: the whole list as JSON, streamed; a picture of what arrived when; and a
page for people with both, the table of states and the items of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from itertools import islice
from pathlib import Path

from amana.core.durable import Disk
from amana.reunite.archive import Archive
from amana.reunite.arrivals import plot
from amana.reunite.inventory import (
    ALTERED,
    COPY_ONLY,
    NOT_IN_LEDGER,
    ORIGINAL_ONLY,
    RECORD_ONLY,
    REUNITED,
    STATES,
    Inventory,
    inventory,
)

# The page lists so many items of a state; the JSON file lists all.
LISTED = 1000
WORDS = {
    REUNITED: "The original is here, byte for byte as committed; so is its copy, if one was made.",
    COPY_ONLY: "The copy is here as committed; the original has not arrived.",
    ORIGINAL_ONLY: "The original is here as committed; its copy has not arrived.",
    RECORD_ONLY: "Only the record has arrived, and is committed.",
    ALTERED: "Bytes arrived under this record that are not the recorded ones.",
    NOT_IN_LEDGER: "No signed checkpoint that arrived commits to this record; the reason says why.",
}
_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111}"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #ccc;padding:.3rem .5rem;"
    "text-align:start;vertical-align:top;overflow-wrap:anywhere}td.n{text-align:end}"
    "@media print{h2{break-before:page}}"
)


def write_report(archive: Archive, path: Path, disk: Disk | None = None) -> list[Path]:
    """Write the inventory to `path` (JSON), and beside it the picture of arrivals (SVG) and a page
    for people (HTML). Returns what was written. Raises Locked, WriteFailed.

    Memory does not grow with the number of items.
    """
    disk, picture, page = disk or Disk(), path.with_suffix(".svg"), path.with_suffix(".html")
    drawn = plot(archive)
    disk.write_whole(path, _json(inventory(archive)))
    disk.write_whole(picture, drawn)
    disk.write_whole(page, _html(inventory(archive), drawn, path.name))
    return [path, picture, page]


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


def _html(found: Inventory, drawn: bytes, whole: str) -> Iterator[bytes]:
    counts = found.counts
    rows = "".join(
        f'<tr><th><a href="#{s}">{_title(s)}</a></th><td class="n">{counts[s]:,}</td>'
        f"<td>{WORDS[s]}</td></tr>"
        for s in STATES
    )
    yield (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Inventory</title>'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style></head><body><h1>What is proved of each item</h1>"
        f"<p>{found.items_total:,} items; {found.missing:,} originals are not here; "
        f"{found.skipped:,} files could not be read by the source.</p><table>{rows}</table>"
    ).encode()
    yield drawn
    yield from _ledgers(found)
    for state in STATES:
        yield from _state(found, state, counts[state], whole)
    yield b"</body></html>\n"


def _ledgers(found: Inventory) -> Iterator[bytes]:
    yield b"<h3>Ledgers</h3><table><tr><th>ledger<th>records<th>proved<th>what is in the way</tr>"
    for ledger in found.ledgers():
        cells = (ledger["ledger"], ledger["records"], ledger["proved"], ledger["note"] or "nothing")
        yield (
            "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"
        ).encode()
    yield b"</table>"


def _state(found: Inventory, state: str, count: int, whole: str) -> Iterator[bytes]:
    yield f'<h2 id="{state}">{_title(state)}: {count:,}</h2><p>{WORDS[state]}</p>'.encode()
    if not count:
        return
    yield b"<table><tr><th>path<th>record<th>SHA-256 of the original<th>why</tr>"
    for item in islice(found.items(state), LISTED):
        shown = item.to_json()
        place = f"{shown['seq']} of {shown['ledger']}"
        cells = (shown["path"], place, shown["sha256"], shown["reason"])
        # Threat: a path is chosen by whoever named the file; on a page it is text and no more.
        yield (
            "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"
        ).encode()
    yield b"</table>"
    if count > LISTED:
        yield f"<p>The first {LISTED:,} are listed here, all in {escape(whole)}.</p>".encode()


def _title(state: str) -> str:
    return state.replace("_", " ")
