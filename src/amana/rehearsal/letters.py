"""Copies leave: from the source's vault to the sender, through the lossy post into the mailbox."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from amana.core.durable import Disk
from amana.kits.archive_card import ArchiveCard
from amana.kits.kit import create_kit
from amana.mail.fetch import FetchReport, fetch
from amana.mail.folder import EmlFolder
from amana.mail.send import CHECKPOINT, SendReport, send
from amana.mail.smtp import SmtpMailer
from amana.ports import Progress, silent
from amana.rehearsal.people import WORK_FACTOR, Cast
from amana.rehearsal.post import LossyPost, Mishaps
from amana.vault.manifest import COPIES, SUMS, committed_packs

SENDER_ADDRESS = "z.haddad@example.org"
ARCHIVE_ADDRESS = "office@example.net"


def give_to_sender(vault: Path, packs: Path) -> int:
    """What the source gives to the sender: sealed copies, their sums, the sealed checkpoint.

    Returns the bytes given.
    """
    disk = Disk()
    disk.make_folder(packs / COPIES)
    copies = [pack for pack in committed_packs(vault) if pack.series == COPIES]
    for pack in copies:
        disk.write_whole(packs / pack.name, pack.path.read_bytes())
    disk.write_whole(packs / CHECKPOINT, (vault / CHECKPOINT).read_bytes())
    sums = "".join(f"{pack.sha256}  {pack.name}\n" for pack in copies)
    disk.write_whole(packs / SUMS, sums.encode("ascii"))
    return sum(pack.size for pack in copies)


@dataclass
class Posted:
    """What went out, and what the post did with it."""

    report: SendReport
    mishaps: Mishaps


def send_all(folder: Path, cast: Cast, seed: int, progress: Progress = silent) -> Posted:
    """Every copy pack as letters over SMTP on loopback; then one forged letter arrives, too."""
    mishaps = Mishaps()
    mailbox = folder / "mailbox"
    with (
        LossyPost(mailbox, mishaps, seed) as post,
        SmtpMailer(post.host, post.port, security="none") as mailer,
    ):
        report = send(
            folder / "sender" / "packs",
            cast.sender,
            [ARCHIVE_ADDRESS],
            mailer,
            sender_address=SENDER_ADDRESS,
            state=folder / "sender" / "outbox",
            progress=progress,
        )
    forge(mailbox, folder / "sender" / "packs", cast.keys.card)
    return Posted(report, mishaps)


def fetch_all(folder: Path, cast: Cast, progress: Progress = silent) -> FetchReport:
    """The fetching machine: it has the mailbox key, the senders' public keys, and no more."""
    return fetch(
        EmlFolder(folder / "mailbox"),
        folder / "archive" / "inbox",
        cast.keys.mailbox,
        [kit for kit in cast.keys.people() if kit.role == "sender"],
        progress=progress,
    )


# --- the forger ------------------------------------------------------------------------------


@dataclass
class _Keeps:
    """A mailer that keeps what it is given: the forger puts it into the mailbox himself."""

    letters: list[bytes] = field(default_factory=list)

    def send(self, sender: str, recipient: str, message: bytes) -> None:
        self.letters.append(message)


def forge(mailbox: Path, packs: Path, archive: ArchiveCard) -> None:
    """One letter of the right form, sealed to the right key, by one whom nobody registered."""
    with tempfile.TemporaryDirectory() as place:
        forger = create_kit(
            Path(place) / "kit",
            "sender",
            "forger",
            archive,
            secrets.token_hex(8),
            work_factor=WORK_FACTOR,
        )
        own = Path(place) / "packs"
        (own / COPIES).mkdir(parents=True)
        first = next(p for p in committed_packs(packs) if p.series == COPIES)
        shutil.copyfile(first.path, own / first.name)
        shutil.copyfile(packs / CHECKPOINT, own / CHECKPOINT)
        (own / SUMS).write_text(f"{first.sha256}  {first.name}\n")
        out = _Keeps()
        send(
            own,
            forger,
            [ARCHIVE_ADDRESS],
            out,
            sender_address=SENDER_ADDRESS,
            state=Path(place) / "state",
        )
        (mailbox / f"{secrets.token_hex(8)}.eml").write_bytes(out.letters[0])
