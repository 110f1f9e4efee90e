"""`amana custody`: the chain from the source to the archive, with its gaps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from amana.cli import output
from amana.cli.unlock import IdentityOption, SharesOption
from amana.errors import AlreadyThere, NotProved, UsageProblem

if TYPE_CHECKING:
    from amana.handover.custody import CustodyReport

app = typer.Typer(help="Custody: who signed for which disk, what is proved, what is not.")

_PlansOption = typer.Option(
    ..., "--plan", metavar="FILE", help="The route's plan.age; then those that took its place."
)
_ReceiptsOption = typer.Option(
    ..., "--receipts", metavar="DIR|FILE", help="Sealed receipts and entries, or folders of them."
)
_ArchiveOption = typer.Option(..., "--archive", metavar="DIR", help="The archive's folder.")


@app.command("show")
def show(
    plans: list[Path] = _PlansOption,
    receipts: list[Path] = _ReceiptsOption,
    archive: Path = _ArchiveOption,
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Show the chain of one route, under codenames: each leg, how it is proved, what is missing.

    Example: amana custody show --plan route/plan.age --receipts inbox/receipts --archive ./archive
    --share a.txt --share b.txt
    """
    report = _report(plans, receipts, archive, shares, identity)
    output.show(report.to_json(), as_json, chain_text)


@app.command("verify")
def verify(
    plans: list[Path] = _PlansOption,
    receipts: list[Path] = _ReceiptsOption,
    archive: Path = _ArchiveOption,
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """As show; ends with exit code 22 where the chain has a gap or is broken.

    Example: amana custody verify --plan route/plan.age --receipts inbox --archive ./archive
    """
    report = _report(plans, receipts, archive, shares, identity)
    output.show(report.to_json(), as_json, chain_text)
    if not report.intact:
        found = f"{len(report.gaps)} gaps, {len(report.broken)} breaks"
        raise NotProved(what="the chain of custody", reason=found)


@app.command("report")
def report_(
    out: Path = typer.Argument(..., metavar="PDF", help="Where the report shall be written."),
    plans: list[Path] = _PlansOption,
    receipts: list[Path] = _ReceiptsOption,
    archive: Path = _ArchiveOption,
    language: str = typer.Option("en", "--language", help="en, fr or ar."),
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Write the chain as a PDF for people: what, from whom, to whom, when, how, why, condition and
    seal, under codenames; gaps and breaks before everything else.

    Example: amana custody report custody.pdf --plan plan.age --receipts inbox --archive ./archive
    """
    from amana.core.durable import Disk
    from amana.handover.custody_pdf import custody_pdf

    if out.exists():
        raise AlreadyThere(path=str(out))
    report = _report(plans, receipts, archive, shares, identity)
    Disk().write_whole(out, custody_pdf(report, language))
    result = {"report": str(out), "intact": report.intact, "gaps": report.gaps}
    output.show(result, as_json, output.rows)


@app.command("enter")
def enter(
    out: Path = typer.Argument(..., metavar="DIR", help="The folder of the route's receipts."),
    archive: Path = typer.Option(..., "--archive", metavar="FILE", help="archive.json."),
    teller: str = typer.Option(..., "--from", metavar="giver|taker", help="Who tells it."),
    heard: str = typer.Option(..., "--heard", help="The three words that the other said to him."),
    disks: list[int] = typer.Option([], "--disk", metavar="N", help="Which disks passed."),
    seal: str = typer.Option("none", "--seal", help="The number on the tamper-seal."),
    condition: str = typer.Option("not told", "--condition", help="In a few words."),
    day: str = typer.Option(..., "--day", metavar="YYYY-MM-DD", help="When they met."),
    as_json: bool = output.JsonOption,
) -> None:
    """Enter what a courier tells by telephone or letter after a meeting without devices.

    It is sealed to the archive like a receipt; `custody verify` says whether the words are right.

    Example: amana custody enter ./receipts --archive archive.json --from taker
    --heard "bread milk stone" --disk 4 --seal 4711 --day 2026-03-04
    """
    from amana.core.durable import Disk
    from amana.core.ids import new_id
    from amana.handover import words
    from amana.handover.entries import Entry
    from amana.handover.receipts import seal_receipt
    from amana.kits.archive_card import ArchiveCard

    told = words.check(words.read(heard), words.PARTING_WORDS, "words heard")
    time = f"{day}T12:00:00Z"
    entry = Entry(told, teller, tuple(sorted(set(disks))), seal, condition, time)
    data = Entry.from_bytes(entry.to_bytes()).to_bytes()
    path = out / f"{new_id()}.age"
    disk = Disk()
    disk.make_folder(out)
    disk.write_whole(path, seal_receipt(data, ArchiveCard.from_bytes(_read(archive)).recipients))
    output.show({"entry": str(path), "words": words.phrase(told, "en")}, as_json, output.rows)


@app.command("annex")
def annex(
    identities: Path = typer.Argument(
        ..., metavar="FILE", help="CODENAME = REAL NAME, one a line."
    ),
    out: Path = typer.Argument(..., metavar="SEALED", help="Where the sealed annex shall be put."),
    archive: Path = _ArchiveOption,
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Seal real names to codenames, for a court that must know. Only trustees can: it asks for
    their shares, though sealing would need none, so that it never happens behind their backs.

    No other command reads it. Destroy the plain file yourself, on its disk and everywhere else.

    Example: amana custody annex names.txt annex.age --archive ./archive --share a.txt --share b.txt
    """
    from amana.cli.unlock import unlock
    from amana.core.durable import Disk
    from amana.core.seal import seal
    from amana.handover.custody_pdf import seal_annex

    if out.exists():
        raise AlreadyThere(path=str(out))
    key = unlock(archive, shares, identity)
    plain = seal_annex(_read(identities).decode("utf-8", "replace"))
    Disk().write_whole(out, seal(plain, [key.recipient]))
    output.show({"annex": str(out), "still_in_clear": str(identities)}, as_json, output.rows)


def _report(
    plans: list[Path],
    receipts: list[Path],
    archive: Path,
    shares: list[Path] | None,
    identity: Path | None,
) -> CustodyReport:
    from amana.cli.unlock import unlock
    from amana.core.unseal import unseal
    from amana.handover.custody import verify as verify_chain
    from amana.handover.plan import join, parse_plan

    key = unlock(archive, shares, identity)
    route = join([parse_plan(unseal(_read(p), [key], str(p))) for p in plans])
    files = sorted({p for place in receipts for p in _files(place)})
    return verify_chain([unseal(_read(p), [key], str(p)) for p in files], route)


def _files(place: Path) -> list[Path]:
    if not place.exists():
        raise UsageProblem(what=f"there are no receipts at {str(place)!r}")
    return sorted(place.rglob("*.age")) if place.is_dir() else [place]


def _read(path: Path) -> bytes:
    from amana.cli.cmd_route import read

    return read(path, "a file to read here")


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
