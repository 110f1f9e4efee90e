"""The command `amana`: one group a stage. Heavy imports wait until a command runs."""

from __future__ import annotations

import sys

import typer

from amana import __version__
from amana.cli.output import guarded

app = typer.Typer(
    name="amana",
    help="Evidence, handed over intact: capture, carry, reunite, prove.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"amana {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Evidence, handed over intact: capture, carry, reunite, prove."""


def run() -> None:
    """The entry point of the command `amana`."""
    sys.exit(guarded(lambda: app(standalone_mode=True)))
