"""`amana receive`: what arrived is opened, held against its records, and kept sealed again."""

from __future__ import annotations

from pathlib import Path

import typer

from amana.cli import output
from amana.cli.unlock import IdentityOption, SharesOption
from amana.errors import Incomplete


def command(
    places: list[Path] = typer.Argument(
        ..., metavar="PACKS|DISKS|MAIL...", help="Inboxes, gathered disks, vaults or single packs."
    ),
    archive: str = typer.Option(
        ..., "--archive", metavar="DIR|s3://…", help="The archive's folder, or its bucket."
    ),
    work: Path = typer.Option(
        None,
        "--work",
        metavar="DIR",
        help="With s3://: the folder with the archive's keys, ledger and catalogue.",
    ),
    shares: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Receive packs into the archive: open, check every item against its record and the ledger,
    keep each object sealed again on its own.

    Nothing that is wrong with one pack or item stops the rest. Run it again at any time: what was
    received is passed over, what was interrupted goes on.

    With s3:// the objects go straight into the bucket; only the small things stay in --work.

    Example: amana receive inbox/ --archive ./archive --share a.txt --share b.txt
    """
    from amana.cli.unlock import unlock
    from amana.reunite.archive import Archive
    from amana.reunite.open import receive
    from amana.reunite.places import working_folder

    folder = working_folder(archive, work)
    key = unlock(folder, shares, identity)
    with Archive.open(folder, key) as opened, output.progress(as_json) as progress:
        report = receive(opened, places, progress=progress)
    output.show(report.to_json(), as_json, output.rows)
    refused = len(report.packs_refused) + len(report.checkpoints_refused)
    if refused:
        raise Incomplete(
            what=f"{refused} packs or checkpoints were refused",
            next="see the list; ask for them again, then run this once more",
        )
