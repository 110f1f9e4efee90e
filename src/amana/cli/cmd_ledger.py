"""`amana ledger`: what was committed, in which order, and who can vouch for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from amana.cli import output
from amana.cli.unlock import IdentityOption, SharesOption

if TYPE_CHECKING:
    from amana.ledger.book import Book
    from amana.ledger.entry import Record
    from amana.ports import Progress

app = typer.Typer(help="The ledger: show, verify, prove, timestamp, witness, mirror.")

ArchiveArgument = typer.Argument(..., metavar="ARCHIVE", help="The archive's folder.")


def _book(archive: Path, shares: list[Path] | None, identity: Path | None) -> Book:
    from amana.cli.unlock import unlock
    from amana.trustees.archive_keys import open_archive

    keys = open_archive(archive)
    return keys.book(keys.open_office([unlock(archive, shares, identity)]))


def _counted(records: Iterable[Record], size: int, progress: Progress) -> Iterator[Record]:
    for done, record in enumerate(records, 1):
        progress(done, size, "entries")
        yield record


@app.command("show")
def show(
    archive: Path = ArchiveArgument,
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    last: int = typer.Option(20, help="How many of the latest entries; 0 for all."),
    as_json: bool = output.JsonOption,
) -> None:
    """Show the archive's own ledger: every act on the evidence, latest last.

    Example: amana ledger show ./archive --share a.txt --share b.txt --last 50
    """
    from collections import deque

    book = _book(archive, shares, identity)
    entries = deque((r.fields for r in book.records()), maxlen=last or None)
    result: dict[str, Any] = {
        "origin": book.origin,
        "size": book.size,
        "entries": [{k: v for k, v in e.items() if k not in ("salt", "v")} for e in entries],
        "checkpoint": book.checkpoint(),
    }
    output.show(result, as_json, output.rows)


@app.command("verify")
def verify(
    archive: Path = ArchiveArgument,
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Verify that every entry of the archive's ledger is there, in order and unaltered.

    Example: amana ledger verify ./archive --identity key.txt
    """
    from amana.ledger.checkpoint import parse_checkpoint
    from amana.ledger.verify import whole_ledger

    book = _book(archive, shares, identity)
    checkpoint = parse_checkpoint(book.checkpoint())
    with output.progress(as_json) as progress:
        whole_ledger(_counted(book.records(), checkpoint.size, progress), checkpoint)
    result = {"origin": book.origin, "size": checkpoint.size, "verified": True}
    output.show(result, as_json, output.rows)
