"""`amana vault`: what the source may know of his own vault, and how to forget it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from amana.cli import output
from amana.errors import Incomplete

app = typer.Typer(help="Look after a vault: check it, ask for its state, forget its keys.")
_Path = typer.Argument(..., help="The vault.")
_Disks = typer.Option(False, "--disks", help="Tell the disk sets made from it.")
_Kit = typer.Option(None, "--kit", metavar="DIR", help="A sender's kit: tell what it has mailed.")
_State = typer.Option(None, "--state", metavar="DIR", help="The sender's state; default: KIT/mail.")


@app.command()
def check(path: Path = _Path, as_json: bool = output.JsonOption) -> None:
    """Prove, without any key, that every pack is whole as it was committed.

    Example: amana vault check /media/stick/notes
    """
    from amana.vault.check import check_vault

    with output.progress(as_json) as progress:
        report = check_vault(path, progress=progress)
    output.show(report.to_json(), as_json, _checked)
    if not report.whole:
        raise Incomplete(
            what=f"{len(report.troubles)} packs are missing or damaged",
            next="capture their source once more into a new vault, while it can be reached",
        )


def _checked(report: Any) -> str:
    lines = [f"{report['packs']} packs are whole, {report['bytes'] / 1e6:,.1f} MB"]
    lines += [f"  - {trouble}" for trouble in report["troubles"]]
    return "\n".join(lines)


@app.command()
def status(
    path: Path = _Path,
    with_disks: bool = _Disks,
    kit: Path | None = _Kit,
    state: Path | None = _State,
    passphrase_fd: int | None = output.PassphraseFdOption,
    as_json: bool = output.JsonOption,
) -> None:
    """How many packs there are and how much space they take; what is on disks, what is mailed.

    Packs and space are told without a passphrase. --disks asks for the vault's, --kit for the
    sender's.

    Example: amana vault status /media/stick/notes --disks
    """
    from amana.vault.status import vault_status

    result = vault_status(path).to_json()
    if with_disks:
        from amana.disks.status import vault_sets
        from amana.vault.store import Vault

        with Vault.open(path, output.read_passphrase("the vault", passphrase_fd)) as vault:
            sets = vault_sets(vault)
        result["disk_sets"] = [
            {"set": one.set_id, "any": one.k, "of": one.n, "packs_to_come": one.waiting}
            for one in sets
        ]
    if kit is not None:
        from amana.cli import mail_parts

        passphrase = output.read_passphrase("the sender's kit", passphrase_fd)
        result["mailed"] = mail_parts.gone(kit, state or kit / "mail", passphrase)
    output.show(result, as_json, output.rows)


@app.command()
def forget(
    path: Path = _Path,
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    as_json: bool = output.JsonOption,
) -> None:
    """Destroy the keys and the index of a vault; what is sealed stays sealed.

    Afterwards nothing can be added, and not even you with your passphrase can tell what is inside.
    The packs stay as they are and can still be mailed and carried.

    Example: amana vault forget /media/stick/notes
    """
    from amana.vault.forget import forget_vault

    if not yes:
        typer.confirm("Forget this vault's keys for good?", abort=True, err=True)
    output.show(forget_vault(path).to_json(), as_json, output.rows)
