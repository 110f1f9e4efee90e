"""Sealed packs leave as letters, and the sender knows at every instant which of them have left.

The order, for each letter: hand it to the server; then write into the journal that it has gone. A
kill between the two repeats one letter, and the archive passes over what came twice; nothing is
ever lost. The set is written into the journal before its first letter, so that every later run goes
on with the same shards.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amana.core.durable import Disk
from amana.errors import AmanaError, MailRefused, UsageProblem
from amana.kits.kit import Kit
from amana.mail.journal import Journal
from amana.mail.outbox import Gone, Outbox, Sending
from amana.mail.plan import LARGEST, Redundancy, make_plan
from amana.mail.post import Cover, check_address, compose
from amana.mail.split import check_pack, make_attachment, new_split
from amana.ports import Clock, Mailer, Progress, silent, system_clock
from amana.vault.manifest import COPIES, PackFile, committed_packs

CHECKPOINT = "checkpoint.age"
_CHECKPOINT_EVERY = 8


@dataclass
class SendReport:
    """What one run of `send` did.

    `packs`: how many have all their letters out. `bytes`: messages as they went over the wire;
    `wire_bytes`: the same before base64; `sealed_bytes`: the packs themselves. `refused`: what
    could not go, each with `what` and `reason`.
    """

    letters_sent: int = 0
    letters_waiting: int = 0
    packs: int = 0
    packs_waiting: int = 0
    bytes: int = 0
    wire_bytes: int = 0
    sealed_bytes: int = 0
    refused: list[dict[str, str]] = field(default_factory=list)


def send(  # noqa: PLR0913 - a sender has as many wishes as these
    packs: Path,
    kit: Kit,
    recipients: Sequence[str],
    mailer: Mailer,
    *,
    sender_address: str,
    state: Path,
    k: int = 10,
    m: int = 4,
    loss: float | None = None,
    progress: Progress = silent,
    **options: Any,
) -> SendReport:
    """Send the copies of the vault (or a folder like it) at `packs` that have not gone yet.

    `m` spare letters go with every `k`, or as many as a share `loss` of lost letters asks for.
    `state` is a folder of the sender's own. Options: `cover`, `largest` (bytes of an attachment),
    `clock`, `disk`.

    Raises NotOurs, UsageProblem, CannotOpen (a state of another kit), MailRefused when nothing is
    accepted at all, MailUnreachable.
    """
    work = _Sender(kit, recipients, mailer, sender_address, Redundancy(k, m, loss), **options)
    return work.run(packs, state, progress)


class _Sender:
    def __init__(  # noqa: PLR0913 - see send
        self,
        kit: Kit,
        recipients: Sequence[str],
        mailer: Mailer,
        address: str,
        redundancy: Redundancy,
        *,
        cover: Cover | None = None,
        largest: int | None = None,
        clock: Clock = system_clock,
        disk: Disk | None = None,
    ) -> None:
        if not recipients:
            raise UsageProblem(what="nobody to send to")
        self.kit, self.mailer, self.redundancy = kit, mailer, redundancy
        self.recipients = [check_address(recipient) for recipient in recipients]
        self.address = check_address(address)
        self.cover = (cover or Cover()).check()
        self.largest = largest or LARGEST
        self.clock, self.disk = clock, disk or Disk()
        self.report = SendReport()
        self.checkpoint = b""
        self._begun = 0

    def run(self, packs: Path, state: Path, progress: Progress) -> SendReport:
        self.checkpoint = _checkpoint(packs)
        outbox = Outbox.load(Journal.open(state, self.kit.locker, self.disk))
        todo = [(pack, s) for pack in _copies(packs) if (s := self._begin(pack, outbox))]
        total = sum(len(sending.waiting()) for _, sending in todo)
        for pack, sending in todo:
            for index in _shuffled(sending.waiting()):
                self._letter(pack, sending, index, outbox)
                progress(self.report.letters_sent, total, "letters")
        self.report.letters_waiting = total - self.report.letters_sent
        self.report.packs = sum(not s.waiting() for s in outbox.sendings())
        self.report.packs_waiting = sum(bool(s.waiting()) for s in outbox.sendings())
        return self.report

    def _begin(self, pack: PackFile, outbox: Outbox) -> Sending | None:
        """The pack's sending, begun now if it is new; None where it is damaged or all has gone."""
        sending = outbox.by_pack.get(pack.sha256)
        if sending is not None and not sending.waiting():
            return None
        try:
            size = check_pack(pack.path, pack.sha256)
            if sending is None:
                room = self._checkpoint_room(size)
                plan = make_plan(size, self.redundancy, outbox.menu, self.largest, room)
                sending = outbox.begin(new_split(size, pack.sha256, plan))
        except AmanaError as error:
            self.report.refused.append({"what": pack.name, "reason": error.message})
            return None
        self.report.sealed_bytes += size
        return sending

    def _checkpoint_room(self, size: int) -> int:
        """The first letters of a run carry the checkpoint whatever it costs; later ones where it
        is less than a hundredth of them."""
        self._begun += 1
        cheap = len(self.checkpoint) * self.redundancy.k * 100 <= size
        return len(self.checkpoint) if cheap or self._begun % _CHECKPOINT_EVERY == 1 else 0

    def _letter(self, pack: PackFile, sending: Sending, index: int, outbox: Outbox) -> None:
        split = sending.split
        attachment = make_attachment(split, index, pack.path, self.checkpoint, self.kit)
        recipient = self.recipients[index % len(self.recipients)]
        message = compose(self.address, recipient, attachment, self.cover, self.clock())
        try:
            self.mailer.send(self.address, recipient, message)
        except MailRefused as error:
            if not self.report.letters_sent and len(self.report.refused) >= 2:
                raise
            self.report.refused.append({"what": "a letter", "reason": error.message})
            return
        now = int(self.clock().timestamp())
        outbox.has_gone(split.of.set_id, index, Gone(self.address, now, len(message)))
        self.report.letters_sent += 1
        self.report.bytes += len(message)
        self.report.wire_bytes += _before_base64(message, attachment)


def _copies(packs: Path) -> list[PackFile]:
    return [pack for pack in committed_packs(packs) if pack.series == COPIES]


def _checkpoint(packs: Path) -> bytes:
    """The ledger's head, sealed to the archive; empty where the folder has none."""
    try:
        return (packs / CHECKPOINT).read_bytes()
    except OSError:
        return b""


def _shuffled(indices: list[int]) -> list[int]:
    """In any order: the place of a letter in the stream must not say its place in the set."""
    secrets.SystemRandom().shuffle(indices)
    return indices


def _before_base64(message: bytes, attachment: bytes) -> int:
    encoded = -(-len(attachment) // 3) * 4
    lines = -(-len(attachment) // 57) * 2
    return len(message) - encoded - lines + len(attachment)
