"""`amana mail`: copies get out as letters, and come back together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from amana.cli import output
from amana.errors import Incomplete, UsageProblem

app = typer.Typer(help="Letters: send copies by ordinary mail, and fetch them again.")

ArchiveOption = typer.Option(
    None, "--archive", metavar="DIR", help="The archive's folder: its mailbox key and its people."
)
InboxOption = typer.Option(
    None, "--inbox", metavar="DIR", help="Where letters are put together; default: ARCHIVE/inbox."
)


@app.command("send")
def send(
    kit: Path = typer.Option(..., "--kit", metavar="DIR", help="The sender's kit."),
    vault: Path = typer.Option(None, "--vault", metavar="DIR", help="The vault to send from."),
    packs: Path = typer.Option(
        None, "--packs", metavar="DIR", help="Or a folder with its copies/ and SHA256SUMS."
    ),
    to: list[str] = typer.Option(..., "--to", metavar="ADDRESS", help="The archive's addresses."),
    account: Path = typer.Option(..., "--account", metavar="FILE", help="A mail account (TOML)."),
    state: Path = typer.Option(
        None, "--state", metavar="DIR", help="What is remembered; default: KIT/mail."
    ),
    split: str = typer.Option("10+4", "--split", help="Letters, and spare ones beside them."),
    loss: str = typer.Option(None, "--loss", help="Instead: the share that may get lost, as 30%."),
    passphrase_fd: int = output.PassphraseFdOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Send the copies of a vault that have not gone yet; run it again at any time.

    Example: amana mail send --vault ./vault --kit ./kit --to us@example.org --account mine.toml
    """
    from dataclasses import asdict

    from amana.kits.kit import open_kit
    from amana.mail import send as sending
    from amana.mail.account import read_account
    from amana.mail.smtp import mailer_of

    if (vault is None) == (packs is None):
        raise UsageProblem(what="one of --vault and --packs says what to send")
    k, m = parse_split(split)
    opened = open_kit(kit, output.read_passphrase("the kit", passphrase_fd))
    mine = read_account(account, opened.locker)
    with mailer_of(mine) as mailer, output.progress(as_json) as progress:
        report = sending.send(
            vault or packs,
            opened,
            to,
            mailer,
            sender_address=mine.address,
            state=state or kit / "mail",
            k=k,
            m=m,
            loss=parse_share(loss),
            cover=mine.cover,
            progress=progress,
        )
    result = asdict(report)
    output.show(result, as_json, output.rows)
    if report.refused or report.letters_waiting:
        raise Incomplete(
            what=f"{report.letters_waiting} letters could not go", next="run it again later"
        )


@app.command("fetch")
def fetch(
    mailbox: Path = typer.Argument(
        ..., metavar="MAILBOX", help="A folder of .eml files, a Maildir, an mbox."
    ),
    archive: Path = ArchiveOption,
    identity: Path = typer.Option(
        None, "--identity", metavar="FILE", help="Or only the mailbox key, on another machine."
    ),
    senders: Path = typer.Option(
        None, "--senders", metavar="DIR", help="With --identity: the folder of known kits (json)."
    ),
    inbox: Path = InboxOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Take the letters out of a mailbox and put the packs together.

    Example: amana mail fetch ./Maildir --archive ./archive
    """
    from dataclasses import asdict

    from amana.mail.fetch import fetch as fetching
    from amana.mail.folder import open_folder

    key, people = keys(archive, identity, senders)
    target = inbox or (archive / "inbox" if archive else None)
    if target is None:
        raise UsageProblem(what="--inbox says where the letters are put together")
    with output.progress(as_json) as progress:
        report = fetching(open_folder(mailbox), target, key, people, progress=progress)
    output.show(asdict(report), as_json, output.rows)


@app.command("status")
def status(
    inbox: Path = typer.Argument(..., metavar="INBOX", help="An archive's inbox."),
    as_json: bool = output.JsonOption,
) -> None:
    """What has come, pack by pack.

    Example: amana mail status ./archive/inbox
    """
    from amana.mail.assemble import read_shelf

    sets = read_shelf(inbox)
    rows = [
        {"set": name, "have": s.count, "need": s.of.k, "sent": s.n, "complete": s.done}
        for name, s in sets.items()
    ]
    result: dict[str, Any] = {
        "packs_complete": sum(s.done for s in sets.values()),
        "packs_incomplete": sum(not s.done for s in sets.values()),
        "sets": rows,
    }
    output.show(result, as_json, output.rows)


def keys(archive: Path | None, identity: Path | None, senders: Path | None) -> Any:
    """(mailbox identity, known kits), from an archive's folder or from the two named places."""
    from amana.core.unseal import Identity
    from amana.errors import NotOurs
    from amana.kits.kit import PublicKit
    from amana.trustees.archive_keys import open_archive

    if archive is not None:
        opened = open_archive(archive)
        return opened.mailbox, opened.people()
    if identity is None or senders is None:
        raise UsageProblem(what="--archive, or --identity and --senders, must be given")
    try:
        key = Identity.from_file(identity.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise NotOurs(path=str(identity), expected="an identity file") from None
    return key, [PublicKit.from_bytes(p.read_bytes()) for p in sorted(senders.glob("*.json"))]


def parse_split(text: str) -> tuple[int, int]:
    """(10, 4) from `10+4`. Raises UsageProblem."""
    k, _, m = text.partition("+")
    if not (k.isdigit() and m.isdigit()):
        raise UsageProblem(what=f"--split is two numbers as 10+4, not {text!r}")
    return int(k), int(m)


def parse_share(text: str | None) -> float | None:
    """0.3 from `30%`. Raises UsageProblem."""
    if text is None:
        return None
    try:
        share = float(text.removesuffix("%"))
    except ValueError:
        raise UsageProblem(what=f"a share is written as 30%, not {text!r}") from None
    return share / 100 if text.endswith("%") else share
