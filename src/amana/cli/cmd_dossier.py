"""`amana dossier`: build, verify, report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from amana.cli import output

if TYPE_CHECKING:
    from amana.dossier.findings import Verdict

app = typer.Typer(
    name="dossier",
    help="What a court gets: evidence with everything needed to check it, offline, without keys.",
    no_args_is_help=True,
)


@app.command()
def verify(
    folder: Path = typer.Argument(..., help="The dossier: the folder that holds bagit.txt."),
    archive_key: str = typer.Option(
        None, "--archive-key", help="The archive's key as published; else it is only shown."
    ),
    as_json: bool = output.JsonOption,
) -> None:
    """Check a dossier, and say what it does not prove.

    Example: amana dossier verify COURT/dossier --archive-key "$(cat published-key.txt)"
    """
    from amana.dossier.verify import verify as run

    with output.progress(as_json) as progress:
        verdict = run(folder, expected_seal=archive_key, progress=progress)
    output.show(_shown(verdict), as_json, _table)
    if not verdict.ok:
        raise typer.Exit(1)


def _shown(verdict: Verdict) -> dict[str, Any]:
    checks = [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in verdict.checks]
    return {
        "ok": verdict.ok,
        "checks": checks,
        "failed": verdict.failed,
        "not_proved": verdict.not_proved,
        **verdict.facts,
    }


def _table(result: Any) -> str:
    lines = [
        f"{'ok  ' if check['ok'] else 'FAIL'}  {check['name']:<12} {check['detail']}"
        for check in result["checks"]
    ]
    lines += ["", "Not proved:", *(f"  - {line}" for line in result["not_proved"]), ""]
    end = "Everything that can be checked holds." if result["ok"] else "DO NOT RELY ON IT."
    return "\n".join([*lines, end])
