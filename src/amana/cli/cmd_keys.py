"""`amana keys`: the archive's keys, and their shares among trustees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from amana.cli import output
from amana.cli.unlock import SharesOption, read_text, unlock

app = typer.Typer(help="The archive's keys: make, split among trustees, join, practise, rotate.")
new_app = typer.Typer(help="Make new keys.")
app.add_typer(new_app, name="new")

ArchiveOption = typer.Option(..., "--archive", help="The archive's folder.", metavar="DIR")


@new_app.command("archive")
def new_archive(
    folder: Path = typer.Argument(..., metavar="DIR", help="A new or empty folder."),
    hybrid: bool = typer.Option(
        False, "--hybrid", help="Keys that withstand a quantum computer (age 1.3 or newer)."
    ),
    as_json: bool = output.JsonOption,
) -> None:
    """Make the keys of a new archive.

    The folder then holds archive.json, which everybody may have and every kit is made from, and
    archive-identity.txt, the secret key: split it at once, and the file is destroyed.

    With --hybrid, what is sealed today stays sealed when quantum computers come; to open it
    without Amana, the command age 1.3 or newer is needed, which Debian 12 does not have.

    Example: amana keys new archive ./archive
    """
    from amana.trustees.archive_keys import IDENTITY_FILE, new_archive

    keys = new_archive(folder, hybrid=hybrid)
    result = {
        "archive": str(folder),
        "recipient": keys.card.recipients[0],
        "mailbox": keys.card.mailbox,
        "ledger": keys.verifier.vkey,
        "fingerprint": keys.fingerprint,
        "to_be_split": str(folder / IDENTITY_FILE),
    }
    output.show(result, as_json, output.rows)


@app.command("split")
def split(
    archive: Path = ArchiveOption,
    out: Path = typer.Option(..., "--out", metavar="DIR", help="Where the share files go."),
    threshold: int = typer.Option(2, help="How many trustees are needed."),
    shares: int = typer.Option(3, help="How many trustees there are."),
    sheets: bool = typer.Option(True, help="Also write each share as a PDF to print."),
    keep: bool = typer.Option(False, "--keep-identity", help="Do not destroy the identity file."),
    as_json: bool = output.JsonOption,
) -> None:
    """Split the archive's secret key among trustees, and destroy the file that held it.

    Each share is one file of 33 words, and one sheet with the words, a QR code and instructions in
    Arabic, English and French. Those in OUT/successor are for the next rotation: keep them in
    other places. The shares are joined again and compared before the identity files are
    overwritten and removed.

    Example: amana keys split --archive ./archive --threshold 2 --shares 3 --out /media/usb
    """
    from amana.trustees.ceremony import split_archive

    paths = split_archive(archive, out, threshold, shares, keep_identity=keep, sheets=sheets)
    result: dict[str, Any] = {
        "shares": [str(path) for path in paths],
        "needed": threshold,
        "identity_destroyed": not keep,
    }
    output.show(result, as_json, output.rows)


@app.command("join")
def join(
    archive: Path = ArchiveOption,
    shares: list[Path] = SharesOption,
    out: Path = typer.Option(..., "--out", metavar="FILE", help="Where the identity file goes."),
    as_json: bool = output.JsonOption,
) -> None:
    """Join shares to the archive's identity file, for recovery with plain `age`.

    Everyday work does not need this: commands that open take --share themselves, and the key
    never touches a disk.

    Example: amana keys join --archive ./archive --share a.txt --share b.txt --out key.txt
    """
    from amana.core.durable import Disk
    from amana.errors import AlreadyThere

    if out.exists():
        raise AlreadyThere(path=str(out))
    identity = unlock(archive, shares, None)
    Disk().write_whole(out, identity.to_file("the archive's secret key").encode())
    output.show({"identity": str(out), "recipient": identity.recipient}, as_json, output.rows)


@app.command("drill")
def drill(
    archive: Path = ArchiveOption,
    shares: list[Path] = SharesOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Prove with real shares that the archive could be opened today.

    The key is joined in memory, compared with the public key, opens one sealed thing of the
    archive, and is forgotten. Nothing of it is written anywhere.

    Example: amana keys drill --archive ./archive --share a.txt --share b.txt
    """
    from amana.trustees.ceremony import drill

    report = drill(archive, [read_text(path, "a share") for path in shares or []])
    output.show(report, as_json, output.rows)


@app.command("rotate")
def rotate(
    archive: Path = ArchiveOption,
    shares: list[Path] = SharesOption,
    successor: list[Path] = typer.Option(
        ..., "--successor-share", metavar="FILE", help="The next key's shares; once for each."
    ),
    out: Path = typer.Option(..., "--out", metavar="DIR", help="For the shares after the next."),
    reason: str = typer.Option(..., "--reason", help="Why; it goes into the ledger."),
    threshold: int = typer.Option(2, help="How many trustees will be needed."),
    count: int = typer.Option(3, "--shares", help="How many trustees there will be."),
    as_json: bool = output.JsonOption,
) -> None:
    """Retire the archive's keys, and seal again what the archive holds.

    The new keys are those that were committed to when the present ones were made; their shares
    never were on a working machine, so that a thief of everything there cannot name his own. The
    successor's shares are the shares of the archive from now on. Keep the old ones, too: what
    lies in the inbox stays sealed to the old key.

    Example: amana keys rotate --archive ./archive --share a.txt --share b.txt
    --successor-share a-next.txt --successor-share b-next.txt --out ./next --reason "a trustee left"
    """
    from amana.reunite.reseal import reseal_store
    from amana.trustees.archive_keys import open_archive
    from amana.trustees.ceremony import Scheme
    from amana.trustees.rotation import rotate
    from amana.trustees.shares import join_if

    # Today's key; or, when a rotation goes on after a crash, the one that it retired.
    known = {event.recipient for event in open_archive(archive).history}
    words = [read_text(path, "a share") for path in shares or []]
    old = join_if(words, lambda identity: identity.recipient in known)
    rotated = rotate(
        archive,
        old,
        [read_text(path, "a share") for path in successor],
        Scheme(out, threshold, count, sheets=True),
        reason,
        reseal=reseal_store,
    )
    result: dict[str, Any] = {
        "recipient": rotated.identity.recipient,
        "ledger": rotated.event.ledger.vkey,
        "resealed": rotated.resealed,
        "successor_shares": [str(path) for path in rotated.successor_shares],
    }
    output.show(result, as_json, output.rows)
