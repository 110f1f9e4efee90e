"""The command `amana`: one group a stage. Heavy imports wait until a command runs."""

from __future__ import annotations

import sys

import typer

from amana import __version__
from amana.cli import (
    cmd_archive,
    cmd_capture,
    cmd_custody,
    cmd_disks,
    cmd_dossier,
    cmd_handover,
    cmd_keys,
    cmd_kit,
    cmd_ledger,
    cmd_mail,
    cmd_publication,
    cmd_receive,
    cmd_rehearse,
    cmd_reunite,
    cmd_route,
    cmd_serve,
    cmd_vault,
)
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


app.command("rehearse")(cmd_rehearse.command)
app.add_typer(cmd_keys.app, name="keys")
app.add_typer(cmd_kit.app, name="kit")
app.command("capture")(cmd_capture.command)
app.add_typer(cmd_vault.app, name="vault")
app.add_typer(cmd_mail.app, name="mail")
app.add_typer(cmd_disks.app, name="disks")
app.add_typer(cmd_route.app, name="route")
app.add_typer(cmd_handover.app, name="handover")
app.add_typer(cmd_custody.app, name="custody")
app.command("receive")(cmd_receive.command)
app.add_typer(cmd_reunite.app, name="reunite")
app.add_typer(cmd_ledger.app, name="ledger")
app.add_typer(cmd_dossier.app, name="dossier")
for _served in (cmd_serve.serve, cmd_serve.unlock, cmd_serve.lock, cmd_serve.invite):
    cmd_archive.app.command()(_served)
cmd_archive.app.add_typer(cmd_publication.app, name="publication")
app.add_typer(cmd_archive.app, name="archive")


def run() -> None:
    """The entry point of the command `amana`."""
    sys.exit(guarded(lambda: app(standalone_mode=True)))
