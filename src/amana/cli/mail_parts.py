"""What stands between `amana mail` and the stage: files into objects, reports into rows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amana.cli import output
from amana.errors import MailUnreachable, UsageProblem

if TYPE_CHECKING:
    from amana.core.unseal import Identity
    from amana.kits.kit import Kit, PublicKit
    from amana.mail.account import Account
    from amana.mail.delivery import Outlet
    from amana.mail.fetch import FetchReport
    from amana.mail.send import Sender, SendReport
    from amana.ports import Mailbox

_POLL, _PAUSE = 15 * 60.0, 60.0


@dataclass(frozen=True)
class Job:
    """What `mail send` was told."""

    kit: Path
    packs: Path
    to: list[str]
    accounts: list[Path]
    state: Path
    redundancy: tuple[int, int, float | None]
    limits: dict[str, Any]
    proxy: str | None
    pgp: list[Path]
    follow: bool


@dataclass(frozen=True)
class FetchJob:
    """What `mail fetch` was told."""

    folders: list[Path]
    accounts: list[Path]
    keys: tuple[Identity, list[PublicKit]]
    inbox: Path
    wait: bool
    answer: bool
    pgp_key: Path | None = None
    again: bool = False


# --- sending -----------------------------------------------------------------------------------


def run_send(job: Job, passphrase: str, as_json: bool) -> dict[str, Any]:
    from amana.kits.kit import open_kit
    from amana.mail.account import read_account
    from amana.mail.plan import Redundancy
    from amana.mail.send import Sender
    from amana.ports import local_clock

    if not job.accounts:
        raise UsageProblem(what="--account says from where to send")
    kit = open_kit(job.kit, passphrase)
    accounts = [_adjusted(read_account(path, kit.locker), job) for path in job.accounts]
    with ExitStack() as stack, output.progress(as_json) as progress:
        outlets = [_outlet(account, stack) for account in accounts]
        redundancy = Redundancy(*job.redundancy)
        # Quiet hours are those of the wall; letters are dated in UTC all the same.
        sender = Sender(kit, job.to, outlets, redundancy, wrap=_wrap(job.pgp), clock=local_clock)
        report = _run(sender, accounts, job, progress, stack)
    return asdict(report)


def _run(
    sender: Sender, accounts: list[Account], job: Job, progress: Any, stack: ExitStack
) -> SendReport:
    from amana.mail.follow import Following, follow
    from amana.mail.imap import ImapMailbox

    if not job.follow:
        return sender.run(job.packs, job.state, progress)
    listening = next((account for account in accounts if account.imap), None)
    if listening is None:
        raise UsageProblem(what="--follow needs an account with [imap], where answers arrive")
    mailbox = stack.enter_context(ImapMailbox(listening))
    return follow(sender, job.packs, job.state, Following(mailbox), progress)


def _adjusted(account: Account, job: Job) -> Account:
    """The account with what the command line says in place of what its file says."""
    from amana.mail.line import check_proxy

    limits = replace(account.limits, **job.limits)
    return replace(account, limits=limits, proxy=check_proxy(job.proxy) or account.proxy)


def _outlet(account: Account, stack: ExitStack) -> Outlet:
    from amana.mail.delivery import Outlet
    from amana.mail.smtp import mailer_of

    mailer = stack.enter_context(mailer_of(account))
    return Outlet(account.address, mailer, account.limits, account.cover)


def _wrap(certificates: list[Path]) -> Any:
    if not certificates:
        return None
    from amana.mail.pgp import wrapper

    return wrapper(certificates)


def sent(report: Mapping[str, Any]) -> str:
    """A sender's report for people: what is safe, what is out, what is left."""
    lines = {
        "packs out": f"{report['packs']} of {report['packs'] + report['packs_waiting']}",
        "packs safe abroad": report["packs_safe"],
        "letters sent now": report["letters_sent"],
        "letters waiting": report["letters_waiting"],
        "refused": report["refused"],
    }
    if report["again_at"]:
        lines["again at"] = f"{report['again_at']} ({report['why']})"
    if report["seconds_left"]:
        lines["time left"] = f"about {_span(report['seconds_left'])} at this budget"
    return output.rows(lines)


def _span(seconds: int) -> str:
    hours = -(-seconds // 3600)
    return f"{hours} hours" if hours < 48 else f"{-(-hours // 24)} days"


def limits(letters: str | None, size: str | None, line: str | None, quiet: str | None) -> Any:
    """The fields of Limits that the command line sets. Raises Malformed."""
    from amana.mail.schedule import parse_amount, parse_quiet

    found: dict[str, Any] = {}
    for name, text in (("letters_per_day", letters), ("bytes_per_day", size), ("per_second", line)):
        if text is not None:
            found[name] = parse_amount(text)
    if quiet is not None:
        found["quiet"] = parse_quiet(quiet)
    return found


def seal_account(path: Path, out: Path, kit: Path, passphrase: str) -> dict[str, Any]:
    from amana.core.durable import Disk
    from amana.core.padding import padme
    from amana.kits.kit import open_kit
    from amana.mail.account import read_account

    opened = open_kit(kit, passphrase)
    read_account(path)
    plain = path.read_bytes()
    Disk().write_whole(out, opened.locker.seal(plain.ljust(max(4096, padme(len(plain))))))
    return {"sealed": str(out), "delete": str(path)}


# --- fetching ----------------------------------------------------------------------------------


def run_fetch(job: FetchJob, as_json: bool) -> dict[str, Any]:
    from amana.mail.account import read_account
    from amana.mail.folder import open_folder
    from amana.mail.imap import ImapMailbox

    if not job.folders and not job.accounts:
        raise UsageProblem(what="a mailbox, or --account, says where letters arrive")
    with ExitStack() as stack, output.progress(as_json) as progress:
        live = [stack.enter_context(ImapMailbox(read_account(path))) for path in job.accounts]
        mailboxes: list[Mailbox] = [*map(open_folder, job.folders), *live]
        while True:
            try:
                report = _fetch_all(job, mailboxes, progress)
                if job.answer and report.letters and job.accounts:
                    run_answer(job.inbox, job.accounts[0], job.keys[0])
                if not job.wait or not live:
                    return asdict(report)
                output.say(f"{report.letters} new letters; {report.packs_held} packs complete")
                live[0].wait(_POLL)
            except MailUnreachable as error:
                if not job.wait:
                    raise
                output.say(f"{error.message}; trying again")
                time.sleep(_PAUSE)


def _fetch_all(job: FetchJob, mailboxes: list[Mailbox], progress: Any) -> FetchReport:
    from amana.mail.fetch import fetch

    key, people = job.keys
    opener = _opener(job.pgp_key)
    reports = [
        fetch(m, job.inbox, key, people, progress=progress, opener=opener, again=job.again)
        for m in mailboxes
    ]
    whole = reports[-1]
    for report in reports[:-1]:
        whole.letters += report.letters
        whole.duplicates += report.duplicates
        whole.refused += report.refused
        whole.refused_count += report.refused_count
        whole.packs_complete += report.packs_complete
        whole.bytes += report.bytes
    return whole


def _opener(key: Path | None) -> Any:
    if key is None:
        return None
    from amana.mail.pgp import opener

    return opener(key)


def run_answer(inbox: Path, account: Path, key: Identity) -> dict[str, Any]:
    """Answer every sender that named an address."""
    from amana.mail.account import read_account
    from amana.mail.acknowledge import answer_for, answer_signer, write_answer
    from amana.mail.assemble import read_shelf
    from amana.mail.post import compose
    from amana.mail.smtp import mailer_of
    from amana.ports import system_clock

    sets = list(read_shelf(inbox).values())
    mine = read_account(account)
    answered = 0
    with mailer_of(mine) as mailer:
        for sender in sorted({s.sender for s in sets if s.reply is not None}):
            answer, reply = answer_for(sender, sets, system_clock())
            attachment = write_answer(answer, reply, answer_signer(key.secret()))
            message = compose(mine.address, reply.address, attachment, mine.cover)
            mailer.send(mine.address, reply.address, message)
            answered += 1
    return {"answered": answered}


def arrived(inbox: Path) -> dict[str, Any]:
    """What has come into an inbox, set by set."""
    from amana.mail.assemble import read_shelf

    sets = read_shelf(inbox)
    rows = [
        {"set": name, "have": s.count, "need": s.of.k, "sent": s.n, "complete": s.done}
        for name, s in sets.items()
    ]
    complete = sum(s.done for s in sets.values())
    return {
        "packs_complete": complete,
        "packs_incomplete": len(sets) - complete,
        "letters_missing": sum(max(0, s.of.k - s.count) for s in sets.values()),
        "sets": rows,
    }


def gone(kit: Path, state: Path, passphrase: str) -> dict[str, Any]:
    """What a sender has sent, set by set."""
    from amana.kits.kit import open_kit
    from amana.mail.journal import Journal
    from amana.mail.outbox import Outbox

    opened: Kit = open_kit(kit, passphrase)
    outbox = Outbox.load(Journal.open(state, opened.locker))
    sendings = list(outbox.by_set.items())
    rows = [
        {"set": name, "sent": s.sent, "waiting": len(s.waiting()), "safe": s.safe}
        for name, s in sendings
    ]
    return {
        "packs_safe": sum(s.safe for _, s in sendings),
        "packs_out": sum(not s.waiting() for _, s in sendings),
        "letters_waiting": sum(len(s.waiting()) for _, s in sendings),
        "sets": rows,
    }


# --- what both need ----------------------------------------------------------------------------


def keys(
    archive: Path | None, identity: Path | None, senders: Path | None
) -> tuple[Identity, list[PublicKit]]:
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


def inbox_of(archive: Path | None, inbox: Path | None) -> Path:
    if inbox is not None:
        return inbox
    if archive is None:
        raise UsageProblem(what="--inbox says where the letters are put together")
    return archive / "inbox"


def one_of(vault: Path | None, packs: Path | None) -> Path:
    chosen = [path for path in (vault, packs) if path is not None]
    if len(chosen) != 1:
        raise UsageProblem(what="one of --vault and --packs says what to send")
    return chosen[0]


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
