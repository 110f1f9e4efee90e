"""`amana dossier`: build, verify, report, pack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from amana.cli import output
from amana.cli.unlock import IdentityOption, SharesOption

if TYPE_CHECKING:
    from amana.dossier.build import DossierReport
    from amana.dossier.findings import Verdict
    from amana.dossier.gather import Wanted

app = typer.Typer(
    name="dossier",
    help="What a court gets: evidence with everything needed to check it, offline, without keys.",
    no_args_is_help=True,
)
_Folder = typer.Argument(..., help="The dossier: the folder that holds bagit.txt.")


_Items = typer.Option(
    None, "--items", help="A file of lines `LEDGER SEQ`, one an item; - for standard input."
)
_Query = typer.Option(
    None, "--query", help="Every proved item whose path or digest holds this text."
)
_Basis = typer.Option(..., "--basis", help="The law or order it is disclosed under.")
_Terms = typer.Option("for use in these proceedings only", "--terms", help="On what terms.")
_Withhold = typer.Option(
    None, "--withhold", help="JSON lines: what to hold back, each with its reason (docs/court)."
)
_Stamps = typer.Option(None, "--stamps", help="Where `ledger timestamp` keeps tokens.")
_Roots = typer.Option([], "--root", help="URL=FILE: an authority's root (PEM).")
_Cosigned = typer.Option([], "--cosigned", help="A note that a witness cosigned.")
_Witnesses = typer.Option([], "--witness", help="A witness's key (C2SP vkey).")


@app.command()
def build(
    archive: Path = typer.Argument(..., metavar="ARCHIVE", help="The archive's folder."),
    out: Path = typer.Argument(..., metavar="OUT", help="The new folder to write."),
    title: str = typer.Option(..., "--case", help="What the case is called."),
    items: Path = _Items,
    query: str = _Query,
    to: str = typer.Option(..., "--to", help="To whom the dossier is disclosed."),
    by: str = typer.Option(..., "--by", help="Who discloses it."),
    basis: str = _Basis,
    terms: str = _Terms,
    withhold: Path = _Withhold,
    stamps: Path = _Stamps,
    roots: list[str] = _Roots,
    cosigned: list[Path] = _Cosigned,
    witnesses: list[str] = _Witnesses,
    languages: str = typer.Option("ar,en,fr", "--languages", help="Of the report and the guide."),
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Write a dossier; the disclosure is entered in the archive's ledger first.

    Example: amana dossier build ./archive ./court/7 --case "Case 7" --query "227" --to "The court"
    --by "The archive" --basis "Order 12/2026" --share a.txt --share b.txt
    """
    from amana.cli.unlock import unlock
    from amana.dossier import choose
    from amana.dossier.build import build as run
    from amana.dossier.gather import case_from_archive
    from amana.reunite.archive import Archive
    from amana.trustees.archive_keys import open_archive

    found = unlock(archive, shares, identity)
    _end_by_cleaning()
    with Archive.open(archive, found) as opened, output.progress(as_json) as progress:
        wanted: Wanted = choose.wanted(
            title=title,
            items=choose.items(opened, items, query),
            disclosure=(by, to, basis, terms),
            withheld=choose.withheld(withhold),
            vouchers=choose.vouchers(stamps, roots, cosigned, witnesses),
            languages=languages,
        )
        office = open_archive(archive).open_office([found])
        report = run(out, case_from_archive(opened, wanted, office.signer), progress=progress)
    output.show(_made(report), as_json, output.rows)


@app.command()
def verify(
    folder: Path = _Folder,
    archive_key: str = typer.Option(
        None, "--archive-key", help="The archive's key as published; else it is only shown."
    ),
    language: str = typer.Option("en", "--language", help="ar, en or fr."),
    as_json: bool = output.JsonOption,
) -> None:
    """Check a dossier, and say what it does not prove.

    Example: amana dossier verify COURT/dossier --archive-key "$(cat published-key.txt)"
    """
    from amana.dossier.texts import texts
    from amana.dossier.verify import verify as run

    words = texts(_known(language))
    with output.progress(as_json) as progress:
        verdict = run(folder, expected_seal=archive_key, progress=progress)
    output.show(_shown(verdict), as_json, lambda _: _table(verdict, language, words))
    if not verdict.ok:
        raise typer.Exit(1)


@app.command()
def report(
    folder: Path = _Folder,
    out: Path = typer.Argument(..., help="The PDF to write."),
    language: str = typer.Option("en", "--language", help="ar, en or fr."),
    as_json: bool = output.JsonOption,
) -> None:
    """Write the report of a dossier anew, from the dossier itself, in another language or place.

    Example: amana dossier report COURT/dossier report.fr.pdf --language fr
    """
    from amana.core.durable import Disk
    from amana.dossier.judge import examine
    from amana.dossier.report import report as make
    from amana.dossier.tokens import check_token
    from amana.dossier.verify import read_bag
    from amana.errors import AlreadyThere

    _known(language)
    if out.exists():
        raise AlreadyThere(path=str(out))
    with output.progress(as_json) as progress:
        bag = read_bag(folder, progress=progress)
    examined = examine(bag, check_token)
    pdf = make(language, bag, examined)
    Disk().write_whole(out, pdf)
    result = {"path": str(out), "bytes": len(pdf), "verified": examined.verdict.ok}
    output.show(result, as_json, output.rows)
    if not examined.verdict.ok:
        raise typer.Exit(1)


@app.command()
def pack(
    folder: Path = _Folder,
    out: Path = typer.Argument(..., help="The file to write, .zip or .tar."),
    as_json: bool = output.JsonOption,
) -> None:
    """Put a dossier into one file, to hand over or to send. The same dossier gives the same file.

    Example: amana dossier pack COURT/dossier dossier.zip
    """
    from amana.dossier.parcel import pack as run

    with output.progress(as_json) as progress:
        parcel = run(folder, out, progress=progress)
    result = {"path": str(parcel.path), "files": parcel.files, "bytes": parcel.bytes}
    output.show(result, as_json, output.rows)


def _end_by_cleaning() -> None:
    """A signal to end is answered like Ctrl-C: what was half built goes away.

    Threat: half a dossier is plain evidence in a hidden folder.
    """
    import signal

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)


def _made(report: DossierReport) -> dict[str, Any]:
    fields = ["id", "items", "originals", "copies", "withheld", "redacted", "files", "bytes", "key"]
    result = {name: getattr(report, name) for name in fields}
    return {"path": str(report.path), **result, "not_proved": report.verdict.not_proved}


def _known(language: str) -> str:
    from amana.dossier.layout import LANGUAGES
    from amana.errors import UsageProblem

    if language not in LANGUAGES:
        raise UsageProblem(what=f"there is no language {language!r}: ar, en or fr")
    return language


def _shown(verdict: Verdict) -> dict[str, Any]:
    checks = [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in verdict.checks]
    return {
        "ok": verdict.ok,
        "checks": checks,
        "failed": verdict.failed,
        "not_proved": verdict.not_proved,
        **verdict.facts,
    }


def _table(verdict: Verdict, language: str, words: dict[str, Any]) -> str:

    ui = words["ui"]
    width = max(len(ui["ok"]), len(ui["fail"])) + 2
    lines: list[str] = []
    for check in verdict.checks:
        lines.append(
            (ui["ok"] if check.ok else ui["fail"]).ljust(width) + words["codes"][check.name]
        )
        lines.append(" " * width + f"{check.name}: {check.detail}")
    lines += ["", ui["notProved"] + ":"]
    lines += [f"  - {question.say(language)}" for question in verdict.open]
    return "\n".join([*lines, "", ui["good"] if verdict.ok else ui["bad"]])
