"""`amana mail`: copies get out as letters, and come back together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from amana.cli import mail_parts as parts
from amana.cli import output
from amana.errors import Incomplete, UsageProblem

app = typer.Typer(help="Letters: send copies by ordinary mail, and fetch them again.")

ArchiveOption = typer.Option(
    None, "--archive", metavar="DIR", help="The archive's folder: its mailbox key and its people."
)
IdentityOption = typer.Option(
    None, "--identity", metavar="FILE", help="Or only the mailbox key, on another machine."
)
SendersOption = typer.Option(
    None, "--senders", metavar="DIR", help="With --identity: the folder of known kits (json)."
)
InboxOption = typer.Option(
    None, "--inbox", metavar="DIR", help="Where letters are put together; default: ARCHIVE/inbox."
)
AccountsOption = typer.Option(
    [],
    "--account",
    metavar="FILE",
    help="A mail account (TOML, or sealed); several share the work.",
)
KitOption = typer.Option(..., "--kit", metavar="DIR", help="The sender's kit.")


@app.command("send")
def send(
    kit: Path = KitOption,
    vault: Path = typer.Option(None, "--vault", metavar="DIR", help="The vault to send from."),
    packs: Path = typer.Option(
        None, "--packs", metavar="DIR", help="Or a folder with its copies/ and SHA256SUMS."
    ),
    to: list[str] = typer.Option(..., "--to", metavar="ADDRESS", help="The archive's addresses."),
    account: list[Path] = AccountsOption,
    state: Path = typer.Option(
        None, "--state", metavar="DIR", help="What is remembered; default: KIT/mail."
    ),
    split: str = typer.Option("10+4", "--split", help="Letters, and spare ones beside them."),
    loss: str = typer.Option(None, "--loss", help="Instead: the share that may get lost, as 30%."),
    letters_per_day: str = typer.Option(None, "--letters-per-day", help="For each account."),
    bytes_per_day: str = typer.Option(None, "--bytes-per-day", help="As 200M, for each account."),
    bandwidth: str = typer.Option(None, "--bandwidth", help="Bytes a second, as 30k."),
    quiet: str = typer.Option(None, "--quiet", help="Hours in which nothing goes: 23:00-07:00."),
    proxy: str = typer.Option(None, "--proxy", help="As socks5://127.0.0.1:9050, for Tor."),
    follow: bool = typer.Option(False, "--follow", help="Stay; send what the archive misses."),
    pgp: list[Path] = typer.Option(
        [], "--pgp", metavar="CERT", help="Wrap letters as PGP/MIME to these certificates."
    ),
    passphrase_fd: int = output.PassphraseFdOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Send the copies of a vault that have not gone yet; run it again at any time.

    It stops when a day's budget is used up, and says when to run it again; with --follow it stays,
    and goes on by itself.

    Example: amana mail send --vault ./vault --kit ./kit --to us@example.org --account mine.toml
    """
    job = parts.Job(
        kit=kit,
        packs=parts.one_of(vault, packs),
        to=to,
        accounts=account,
        state=state or kit / "mail",
        redundancy=(*parts.parse_split(split), parts.parse_share(loss)),
        limits=parts.limits(letters_per_day, bytes_per_day, bandwidth, quiet),
        proxy=proxy,
        pgp=pgp,
        follow=follow,
    )
    report = parts.run_send(job, output.read_passphrase("the kit", passphrase_fd), as_json)
    output.show(report, as_json, parts.sent)
    if report["letters_waiting"] or report["refused"]:
        what = f"{report['letters_waiting']} letters have not gone yet"
        when = f"run it again after {report['again_at']}" if report["again_at"] else "run it again"
        raise Incomplete(what=what, next=when)


@app.command("fetch")
def fetch(
    mailbox: list[Path] = typer.Argument(
        None, metavar="[MAILBOX]...", help="Folders of .eml files, Maildirs, mbox files."
    ),
    account: list[Path] = AccountsOption,
    archive: Path = ArchiveOption,
    identity: Path = IdentityOption,
    senders: Path = SendersOption,
    inbox: Path = InboxOption,
    wait: bool = typer.Option(False, "--wait", help="Stay, and take letters as they come (IDLE)."),
    answer: bool = typer.Option(False, "--answer", help="Tell senders what has come."),
    again: bool = typer.Option(
        False, "--again", help="Look once more at old mail: a sender was registered meanwhile."
    ),
    pgp_key: Path = typer.Option(
        None, "--pgp-key", metavar="FILE", help="Open PGP/MIME with this secret key, too."
    ),
    as_json: bool = output.JsonOption,
) -> None:
    """Take the letters out of mailboxes and put the packs together.

    Only the mailbox key is needed: it opens envelopes, never packs.

    Example: amana mail fetch --account archive.toml --archive ./archive --answer
    """
    job = parts.FetchJob(
        folders=mailbox or [],
        accounts=account,
        keys=parts.keys(archive, identity, senders),
        inbox=parts.inbox_of(archive, inbox),
        wait=wait,
        answer=answer,
        pgp_key=pgp_key,
        again=again,
    )
    output.show(parts.run_fetch(job, as_json), as_json, output.rows)


@app.command("answer")
def answer(
    account: list[Path] = AccountsOption,
    archive: Path = ArchiveOption,
    identity: Path = IdentityOption,
    senders: Path = SendersOption,
    inbox: Path = InboxOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Tell each sender which packs are complete and what is missing, by a small sealed letter.

    Example: amana mail answer --account archive.toml --archive ./archive
    """
    if not account:
        raise UsageProblem(what="--account says from where to answer")
    key, _ = parts.keys(archive, identity, senders)
    result = parts.run_answer(parts.inbox_of(archive, inbox), account[0], key)
    output.show(result, as_json, output.rows)


@app.command("status")
def status(
    inbox: Path = typer.Argument(None, metavar="[INBOX]", help="An archive's inbox."),
    kit: Path = typer.Option(
        None, "--kit", metavar="DIR", help="Or a sender's kit: what has gone."
    ),
    state: Path = typer.Option(None, "--state", metavar="DIR", help="Default: KIT/mail."),
    passphrase_fd: int = output.PassphraseFdOption,
    as_json: bool = output.JsonOption,
) -> None:
    """What has come, or what has gone, pack by pack.

    Example: amana mail status ./archive/inbox
    """
    if (inbox is None) == (kit is None):
        raise UsageProblem(what="an inbox, or --kit, says whose status")
    result: dict[str, Any]
    if inbox is not None:
        result = parts.arrived(inbox)
    else:
        passphrase = output.read_passphrase("the kit", passphrase_fd)
        result = parts.gone(kit, state or kit / "mail", passphrase)
    output.show(result, as_json, output.rows)


@app.command("seal")
def seal(
    account: Path = typer.Argument(..., metavar="FILE", help="A mail account (TOML)."),
    out: Path = typer.Argument(..., metavar="OUT", help="Where the sealed one goes."),
    kit: Path = KitOption,
    passphrase_fd: int = output.PassphraseFdOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Seal an account's file to the kit, so that no password lies about in clear.

    Delete the plain file afterwards.

    Example: amana mail seal mine.toml mine.age --kit ./kit
    """
    passphrase = output.read_passphrase("the kit", passphrase_fd)
    output.show(parts.seal_account(account, out, kit, passphrase), as_json, output.rows)
