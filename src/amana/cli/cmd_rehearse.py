"""`amana rehearse`: the whole operation on this machine, with its mishaps."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from amana.cli.cmd_serve import serve_demo
from amana.cli.output import JsonOption, progress, show
from amana.errors import AlreadyThere, SourceMissing

if TYPE_CHECKING:
    from rich.table import Table

    from amana.rehearsal.story import Stage, Story

_WIDE = 120


def command(
    photos: Path | None = typer.Argument(
        None, help="A folder of your own, nested, read only. Without it, photographs are drawn."
    ),
    keep: Path | None = typer.Option(
        None, "--keep", metavar="DIR", help="Leave here what each role holds, to be looked at."
    ),
    items: int = typer.Option(200, "--items", min=10, help="How many photographs to draw."),
    seed: int = typer.Option(1, "--seed", help="Draws the same photographs and mishaps again."),
    serve: bool | None = typer.Option(
        None, help="End with the filled archive on the web; only at a terminal, if not said."
    ),
    as_json: bool = JsonOption,
) -> None:
    """Carry photographs from a folder to a verified court dossier, through everything.

    A source captures in three sittings and is killed in one; copies go by mail, a fifth of the
    letters is swallowed, one altered, one forged; originals go on five disks from hand to hand,
    an impostor comes to a meeting, one disk is confiscated, one damaged, one original tampered
    with. Abroad, a court verifies a dossier, and two families ask: one is told in a meeting, one
    that nothing was found. At the end stands what was lost on purpose, and what was found.

    Nothing is sent anywhere: every server is this machine's own.

    Example:  amana rehearse --keep rehearsal ~/Pictures
    """
    from amana.rehearsal.run import rehearse

    if photos is not None and not photos.is_dir():
        raise SourceMissing(path=str(photos))
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise AlreadyThere(path=str(keep))
    with tempfile.TemporaryDirectory(prefix="amana-rehearsal-") as temporary:
        with progress(as_json) as update:
            story = rehearse(
                keep or Path(temporary), photos, items=items, seed=seed, progress=update
            )
        show(story.to_json(), as_json, lambda _: _told(story, keep))
        if (sys.stdin.isatty() and sys.stdout.isatty()) if serve is None else serve:
            families = story.facts.get("families", {}).get("passphrases", {})
            serve_demo(keep or Path(temporary), families)
    if not story.facts["dossier"]["verified"] or story.facts["missing"]:
        raise typer.Exit(1)


def _told(story: Story, keep: Path | None) -> str:
    from rich.console import Console

    console = Console(highlight=False)
    with console.capture() as captured:
        console.print(_wide(story) if console.width >= _WIDE else _narrow(story))
        console.print(_verdict(story.facts))
        if keep:
            console.print(f"What each role holds is in {keep}; begin with {keep}/READ-ME.txt.")
    return captured.get().rstrip("\n")


def _wide(story: Story) -> Table:
    table = _table()
    table.add_column("stage", style="bold", no_wrap=True)
    for name in ("in", "out"):
        table.add_column(name)
    table.add_column("lost on purpose", style="yellow")
    table.add_column("found", style="green")
    for name in ("MB", "s"):
        table.add_column(name, justify="right", no_wrap=True)
    for s in story.stages:
        cells = (s.name, s.went_in, s.came_out, s.lost, s.found, _megabytes(s), f"{s.seconds:.1f}")
        table.add_row(*cells)
    table.add_section()
    table.add_row("together", "", "", "", "", "", _together(story))
    return table


def _narrow(story: Story) -> Table:
    """The same for a terminal of 80 columns: a few lines a stage."""
    table = _table()
    table.add_column("stage", style="bold", no_wrap=True)
    table.add_column("what went in, came out, was lost on purpose, was found")
    for name in ("MB", "s"):
        table.add_column(name, justify="right", no_wrap=True)
    for s in story.stages:
        lines = [" → ".join(part for part in (s.went_in, s.came_out) if part)]
        lines += [f"[yellow]lost: {s.lost}[/]"] if s.lost else []
        lines += [f"[green]found: {s.found}[/]"] if s.found else []
        table.add_row(s.name, "\n".join(lines), _megabytes(s), f"{s.seconds:.1f}")
    table.add_section()
    table.add_row("together", "", "", _together(story))
    return table


def _table() -> Table:
    from rich import box
    from rich.table import Table

    return Table(
        box=box.SIMPLE_HEAD,
        title="Amana · a thing held in trust, handed over intact",
        title_style="bold",
        header_style="dim",
        pad_edge=False,
    )


def _megabytes(stage: Stage) -> str:
    return f"{stage.bytes / 1e6:,.1f}" if stage.bytes else ""


def _together(story: Story) -> str:
    return f"{sum(s.seconds for s in story.stages):.1f}"


def _verdict(facts: Mapping[str, Any]) -> str:
    tampered: Sequence[Any] = facts["tampered"]
    dossier = "verified" if facts["dossier"]["verified"] else "NOT verified"
    return (
        f"{facts['reunited']} of {facts['items']} items reunited and proved, "
        f"{facts['missing']} missing, {len(tampered)} tampered with and found; "
        f"the court's dossier is {dossier}."
    )
