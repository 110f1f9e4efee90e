"""`amana reunite`: what is proved of each item, and proposals where there is no record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from amana.cli import output
from amana.cli.unlock import IdentityOption, SharesOption

app = typer.Typer(help="Reunite copies and originals: report by record, match by picture.")

ArchiveArgument = typer.Argument(..., metavar="ARCHIVE", help="The archive's folder.")


@app.command("report")
def report(
    archive: Path = ArchiveArgument,
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    out: Path = typer.Option(
        None, "--out", metavar="FILE", help="Write the whole inventory here, as JSON."
    ),
    state: str = typer.Option("", help="List the items of this state as well."),
    as_json: bool = output.JsonOption,
) -> None:
    """Say of every item in which of the six states it is, and why.

    Example: amana reunite report ./archive --share a.txt --share b.txt --state copy_only
    """
    from amana.cli.unlock import unlock
    from amana.reunite.archive import Archive
    from amana.reunite.inventory import STATES, inventory
    from amana.reunite.report import write_report

    if state and state not in STATES:
        raise typer.BadParameter(f"one of {', '.join(STATES)}", param_hint="--state")
    with Archive.open(archive, unlock(archive, shares, identity)) as opened:
        found = inventory(opened)
        result: dict[str, Any] = {
            "items": found.items_total,
            **found.counts,
            "skipped": found.skipped,
            "missing": found.missing,
            "altered_arrivals": list(found.altered()),
            "ledgers": found.ledgers(),
        }
        if state:
            result["listed"] = [item.to_json() for item in found.items(state)]
        if out:
            result["written"] = [str(path) for path in write_report(opened, out)]
    output.show(result, as_json, _table)


def _table(result: Mapping[str, Any]) -> str:
    return output.rows({k: v for k, v in result.items() if v != []})
