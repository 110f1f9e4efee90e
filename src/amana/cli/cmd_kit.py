"""`amana kit`: what one person is handed before the work begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from amana.cli import output
from amana.errors import UsageProblem

app = typer.Typer(help="Kits: the keys of a source, a sender or a courier.")


@app.command("new")
def new(
    role: str = typer.Argument(..., help="source, sender or courier."),
    folder: Path = typer.Argument(..., metavar="DIR", help="A new or empty folder."),
    archive: list[Path] = typer.Option(
        ..., "--archive", metavar="FILE", help="archive.json; several for archives that share."
    ),
    codename: str = typer.Option(..., "--codename", help="A name that means nothing."),
    register: Path = typer.Option(
        None, "--register", metavar="DIR", help="An archive folder that shall know this kit."
    ),
    passphrase_fd: int = output.PassphraseFdOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Make a kit under a passphrase, and its public half for the archive.

    With several --archive, everything is sealed to all of them, and each can open it alone; mail
    goes to the first.

    Example: amana kit new source ./kit --archive archive.json --codename caesar --register .
    """
    from amana.kits.archive_card import ArchiveCard, combine
    from amana.kits.kit import ROLES, create_kit
    from amana.trustees.archive_keys import open_archive

    if role not in ROLES:
        raise UsageProblem(what=f"there is no role {role!r}: source, sender or courier")
    keys = open_archive(register) if register else None
    cards = [ArchiveCard.from_file(path) for path in archive]
    passphrase = output.read_passphrase("the new kit", passphrase_fd, confirm=True)
    kit = create_kit(folder, role, codename, combine(cards), passphrase)
    result: dict[str, Any] = {
        "kit": str(folder),
        "role": role,
        "public": kit.public.public.hex(),
        "archives": len(kit.archive.recipients),
    }
    if keys:
        result["registered"] = str(keys.register(kit.public))
    output.show(result, as_json, output.rows)


@app.command("show")
def show(
    folder: Path = typer.Argument(..., metavar="DIR", help="The kit's folder."),
    passphrase_fd: int = output.PassphraseFdOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Show whose kit this is, with its passphrase; never its secrets.

    Example: amana kit show ./kit
    """
    from amana.kits.kit import open_kit

    kit = open_kit(folder, output.read_passphrase("the kit", passphrase_fd))
    result = {
        "role": kit.role,
        "codename": kit.codename,
        "public": kit.public.public.hex(),
        "archive": list(kit.archive.recipients),
        "mailbox": kit.archive.mailbox,
    }
    output.show(result, as_json, output.rows)
