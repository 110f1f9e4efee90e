"""`amana archive publication scan`: what leaves, examined before it leaves, by anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from amana.cli import output
from amana.cli.unlock import IdentityOption, SharesOption

app = typer.Typer(
    name="publication",
    help="What leaves for everybody: nothing in it may lead to those who saved the evidence.",
    no_args_is_help=True,
)


@app.callback()
def publication() -> None:
    """What leaves for everybody: nothing in it may lead to those who saved the evidence."""


@app.command()
def scan(
    folder: Path = typer.Argument(..., metavar="DIR", help="The folder that is to leave."),
    kind: str = typer.Option(
        "publication", "--kind", help="publication, letter (PDF files) or dossier."
    ),
    archive: Path = typer.Option(
        None, "--archive", help="Look for every value that this archive knows, too."
    ),
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Look into every file of DIR, by exiftool and byte by byte, for what leads to the source:
    cameras, places, paths, digests, exact sizes. Ends with 35 if anything was found.

    Example: amana archive publication scan ./memorial-0004 --archive ./archive --share a --share b
    """
    from amana.errors import Leaks

    report = _scan(folder, kind, archive, shares, identity)
    found = [str(finding) for finding in report.findings]
    result = {
        "folder": str(folder),
        "files": report.files,
        "bytes": report.bytes,
        "looked_for": report.known,
        "exiftool": report.exiftool,
        "findings": found,
    }
    output.show(result, as_json, output.rows)
    if found:
        raise Leaks(count=len(found), first=found[0])


def _scan(
    folder: Path, kind: str, archive: Path | None, shares: list[Path], identity: Path | None
) -> Any:
    from importlib import import_module
    from importlib.util import find_spec

    from amana.errors import UsageProblem

    if find_spec("amana_archive") is None:
        raise UsageProblem(what="the web part is not installed: pip install 'amana[archive]'")
    work = import_module("amana_archive.publication.scan.scan")
    known = import_module("amana_archive.publication.scan.known").Known()
    sources = import_module("amana_archive.publication.scan.sources")
    profiles = {"publication": work.PUBLICATION, "letter": work.LETTER, "dossier": work.DOSSIER}
    if kind not in profiles:
        raise UsageProblem(what=f"there is no kind {kind!r}: publication, letter or dossier")
    if archive is not None:
        from amana.cli.unlock import unlock
        from amana.reunite.archive import Archive

        with Archive.open(archive, unlock(archive, shares, identity)) as opened:
            known = sources.of_archive(opened)
    if kind == "dossier":
        known = known.without(sources.of_dossier(folder))
    return work.scan_folder(folder, known, profiles[kind])
