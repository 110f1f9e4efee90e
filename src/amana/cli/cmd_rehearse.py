"""`amana rehearse`: the whole operation on this machine, with its mishaps."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from amana.cli.output import JsonOption, progress, show
from amana.errors import AlreadyThere, SourceMissing

if TYPE_CHECKING:
    from rich.table import Table

    from amana.rehearsal.story import Story


def command(
    photos: Path | None = typer.Argument(
        None, help="A folder of your own, nested, read only. Without it, photographs are drawn."
    ),
    keep: Path | None = typer.Option(
        None, "--keep", metavar="DIR", help="Leave here what each role holds, to be looked at."
    ),
    items: int = typer.Option(200, "--items", min=10, help="How many photographs to draw."),
    seed: int = typer.Option(1, "--seed", help="Draws the same photographs and mishaps again."),
    as_json: bool = JsonOption,
) -> None:
    """Carry photographs from a folder to a verified court dossier, through everything.

    A source captures in three sittings and is killed in one; copies go by mail, a fifth of the
    letters is swallowed, one altered, one forged; originals go on five disks from hand to hand,
    an impostor comes to a meeting, one disk is confiscated, one damaged, one original tampered
    with. At the end stands what was lost on purpose, and what was found.

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
    if not story.facts["dossier"]["verified"] or story.facts["missing"]:
        raise typer.Exit(1)


def _told(story: Story, keep: Path | None) -> str:
    from rich.console import Console

    console = Console(highlight=False)
    with console.capture() as captured:
        console.print(_table(story))
        console.print(_verdict(story.facts))
        if keep:
            console.print(f"What each role holds is in {keep}; begin with {keep}/READ-ME.txt.")
    return captured.get().rstrip("\n")


def _table(story: Story) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(
        box=box.SIMPLE_HEAD,
        title="Amana · a thing held in trust, handed over intact",
        title_style="bold",
        header_style="dim",
        pad_edge=False,
    )
    table.add_column("stage", style="bold", no_wrap=True)
    for name in ("in", "out"):
        table.add_column(name)
    table.add_column("lost on purpose", style="yellow")
    table.add_column("found", style="green")
    for name in ("MB", "s"):
        table.add_column(name, justify="right", no_wrap=True)
    for s in story.stages:
        megabytes = f"{s.bytes / 1e6:,.1f}" if s.bytes else ""
        cells = (s.name, s.went_in, s.came_out, s.lost, s.found, megabytes, f"{s.seconds:.1f}")
        table.add_row(*cells)
    table.add_section()
    total = sum(s.seconds for s in story.stages)
    table.add_row("together", "", "", "", "", "", f"{total:.1f}")
    return table


def _verdict(facts: Mapping[str, Any]) -> str:
    tampered: Sequence[Any] = facts["tampered"]
    dossier = "verified" if facts["dossier"]["verified"] else "NOT verified"
    return (
        f"{facts['reunited']} of {facts['items']} items reunited and proved, "
        f"{facts['missing']} missing, {len(tampered)} tampered with and found; "
        f"the court's dossier is {dossier}."
    )
