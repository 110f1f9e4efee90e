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
        None,
        "--out",
        metavar="FILE",
        help="Write the whole inventory here, as JSON, and a plot of arrivals beside it.",
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


@app.command("match")
def match(
    copies: Path = typer.Argument(..., metavar="COPIES", help="A folder of pictures."),
    originals: Path = typer.Argument(
        ..., metavar="ORIGINALS", help="A folder of pictures, or an archive's folder."
    ),
    out: Path = typer.Option(
        None, "--out", metavar="FILE", help="Write the proposals here, as JSON, to be decided."
    ),
    cases: bool = typer.Option(False, help="Also propose which copies show one scene."),
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Match copies to originals by what they show, where there is no record: resized,
    re-compressed, cropped, turned, mirrored, framed, grey.

    What is found is proposed, and needs a person's word; the ledger does not vouch for it.

    Example: amana reunite match old-disk/ ./archive --share a.txt --share b.txt --out proposed.json
    """
    from amana.cli.unlock import unlock
    from amana.reunite import proposals
    from amana.reunite.archive import CARD, Archive
    from amana.reunite.matching import match_archive, match_folders

    with output.progress(as_json) as progress:
        if (originals / CARD).is_file():
            with Archive.open(originals, unlock(originals, shares, identity)) as opened:
                result = match_archive(copies, opened, cases=cases, progress=progress)
        else:
            result = match_folders(copies, originals, cases=cases, progress=progress)
    if out:
        proposals.write(result, out)
    output.show(result, as_json, _matches)


def _matches(result: Mapping[str, Any]) -> str:
    shown = {k: v for k, v in result.items() if k not in ("matches", "cases", "twins") and v != []}
    lines = [output.rows(shown), ""]
    for entry in result["matches"]:
        original = entry.get("original", "-")
        lines.append(f"{entry['state']:15} {entry['score']}  {entry['copy']}  <-  {original}")
    for name in ("cases", "twins"):
        lines += [f"{name}: {', '.join(group)}" for group in result.get(name, [])]
    return "\n".join(lines)


@app.command("decide")
def decide(
    proposed: Path = typer.Argument(..., metavar="FILE", help="What match --out wrote."),
    copy: str = typer.Argument(..., help="The copy, by the name it has in the list."),
    archive: Path = typer.Option(..., "--archive", metavar="DIR", help="Whose ledger logs it."),
    by: str = typer.Option(..., help="Who looked at the two pictures and decided."),
    reject: bool = typer.Option(False, help="They are not one picture."),
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Write down who confirmed (or rejected) a proposed match: in the ledger, then in the list.

    Example: amana reunite decide proposed.json a/17.jpg --archive ./archive --by "R. Haddad"
    """
    from amana.cli.unlock import unlock
    from amana.reunite import proposals
    from amana.reunite.archive import Archive

    decision = proposals.REJECTED if reject else proposals.CONFIRMED
    with Archive.open(archive, unlock(archive, shares, identity)) as opened:
        entry = proposals.decide(proposed, copy, decision, by, log=opened.act)
    output.show(entry, as_json, output.rows)
