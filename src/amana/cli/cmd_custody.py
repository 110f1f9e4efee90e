"""`amana custody`: the chain from the source to the archive, with its gaps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from amana.cli import output
from amana.cli.unlock import IdentityOption, SharesOption
from amana.errors import NotProved

if TYPE_CHECKING:
    from amana.handover.custody import CustodyReport

app = typer.Typer(help="Custody: who signed for which disk, what is proved, what is not.")

_PlanArgument = typer.Argument(..., metavar="PLAN", help="The route's sealed plan, plan.age.")
_ReceiptsOption = typer.Option(
    ..., "--receipts", metavar="DIR|FILE", help="Sealed receipts, or folders of them."
)
_ArchiveOption = typer.Option(..., "--archive", metavar="DIR", help="The archive's folder.")


@app.command("show")
def show(
    plan: Path = _PlanArgument,
    receipts: list[Path] = _ReceiptsOption,
    archive: Path = _ArchiveOption,
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Show the chain of one route, under codenames: each leg, how it is proved, what is missing.

    Example: amana custody show route/plan.age --receipts inbox/receipts --archive ./archive
    --share a.txt --share b.txt
    """
    report = _report(plan, receipts, archive, shares, identity)
    output.show(report.to_json(), as_json, chain_text)


@app.command("verify")
def verify(
    plan: Path = _PlanArgument,
    receipts: list[Path] = _ReceiptsOption,
    archive: Path = _ArchiveOption,
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """As show; ends with exit code 22 where the chain has a gap or is broken.

    Example: amana custody verify route/plan.age --receipts inbox/receipts --archive ./archive
    """
    report = _report(plan, receipts, archive, shares, identity)
    output.show(report.to_json(), as_json, chain_text)
    if not report.intact:
        found = f"{len(report.gaps)} gaps, {len(report.broken)} breaks"
        raise NotProved(what="the chain of custody", reason=found)


def _report(
    plan: Path,
    receipts: list[Path],
    archive: Path,
    shares: list[Path] | None,
    identity: Path | None,
) -> CustodyReport:
    from amana.cli.cmd_route import read
    from amana.cli.unlock import unlock
    from amana.core.unseal import unseal
    from amana.handover.custody import verify as verify_chain
    from amana.handover.plan import parse_plan

    key = unlock(archive, shares, identity)
    opened = parse_plan(unseal(read(plan, "a plan"), [key], str(plan)))
    files = [p for place in receipts for p in _files(place)]
    return verify_chain([unseal(p.read_bytes(), [key], str(p)) for p in files], opened)


def _files(place: Path) -> list[Path]:
    return sorted(place.rglob("*.age")) if place.is_dir() else [place]


def chain_text(report: Any) -> str:
    """The chain for the terminal, what is not proved as plainly as what is."""
    lines = [f"route {report['route']}"]
    for event in report["chain"]:
        what = ", ".join(event["what"]) or report["kind"]
        lines.append(
            f"  {event['leg']}. {event['from']} → {event['to']}: {event['proof']}; {what}; "
            f"{event['when'] or 'no time'}; {event['how'] or 'unknown how'}"
        )
        for name, seal in event["seals"].items():
            lines.append(f"       disk {name}: seal {seal}, {event['conditions'][name]}")
    for name in ("gaps", "broken", "remarks"):
        lines += [f"{name}: {text}" for text in report[name]] or [f"{name}: none"]
    return "\n".join(lines)
