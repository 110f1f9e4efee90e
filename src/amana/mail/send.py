"""Sealed packs leave as letters, and the sender knows at every instant which of them have left.

The order, for each letter: hand it to the server; then write into the journal that it has gone. A
kill between the two repeats one letter, and the archive passes over what came twice; nothing is
ever lost. The set is written into the journal before its first letter, so that every later run goes
on with the same shards.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amana.core.durable import Disk
from amana.core.encoding import utc
from amana.errors import AmanaError, MailRefused, MailUnreachable, UsageProblem
from amana.kits.kit import Kit
from amana.mail.delivery import Delivery, NotNow, Outlet
from amana.mail.journal import Journal
from amana.mail.outbox import Outbox, Sending
from amana.mail.plan import LARGEST, SMALLEST, Redundancy, make_plan
from amana.mail.post import Cover, check_address, compose
from amana.mail.schedule import DAY
from amana.mail.split import check_pack, make_attachment, new_split
from amana.ports import Clock, Mailer, Progress, silent, system_clock
from amana.vault.lock import Lock
from amana.vault.manifest import COPIES, PackFile, committed_packs

CHECKPOINT = "checkpoint.age"
_CHECKPOINT_EVERY = 8
PATIENCE = 90.0
Wrap = Callable[[bytes], bytes]  # a whole message into another with the same headers (pgp.py)


@dataclass
class SendReport:
    """What one run of `send` did.

    `packs`: how many have all their letters out; `packs_safe`: of how many the archive says so.
    `bytes`: messages as they went over the wire; `wire_bytes`: the same before base64;
    `sealed_bytes`: the packs that this run worked on. `refused`: what could not go, each with
    `what` and `reason`. `again_at`: when to run again (UTC), where a budget, the night or the line
    ended this run; `seconds_left`: about how long the rest takes at this budget.
    """

    letters_sent: int = 0
    letters_waiting: int = 0
    packs: int = 0
    packs_waiting: int = 0
    packs_safe: int = 0
    bytes: int = 0
    wire_bytes: int = 0
    sealed_bytes: int = 0
    refused: list[dict[str, str]] = field(default_factory=list)
    again_at: str | None = None
    why: str | None = None
    seconds_left: int = 0


def send(  # noqa: PLR0913 - a sender has as many wishes as these
    packs: Path,
    kit: Kit,
    recipients: Sequence[str],
    mailer: Mailer | Sequence[Outlet],
    *,
    sender_address: str = "",
    state: Path,
    k: int = 10,
    m: int = 4,
    loss: float | None = None,
    progress: Progress = silent,
    **options: Any,
) -> SendReport:
    """Send the copies of the vault (or a folder like it) at `packs` that have not gone yet.

    `mailer`: one account, with its `sender_address`; or several outlets. `m` spare letters go with
    every `k`, or as many as a share `loss` of lost letters asks for. `state`: a folder of the
    sender's own. Options: `cover`, `largest` (bytes of an attachment), `wrap` (see pgp.py),
    `patience` (seconds to sleep for one letter before the run ends), `clock`, `sleep`, `disk`.

    Raises NotOurs, UsageProblem, CannotOpen (a state of another kit), MailRefused when nothing is
    accepted at all, MailUnreachable when no account can be reached.
    """
    cover = options.pop("cover", None)
    outlets = _outlets(mailer, sender_address, cover)
    work = Sender(kit, recipients, outlets, Redundancy(k, m, loss), **options)
    return work.run(packs, state, progress)


def _outlets(
    mailer: Mailer | Sequence[Outlet], address: str, cover: Cover | None
) -> Sequence[Outlet]:
    if isinstance(mailer, Sequence):
        return mailer
    return [Outlet(address, mailer, cover=cover or Cover())]


class Sender:
    """One run's work, or many runs': see `send`."""

    def __init__(  # noqa: PLR0913 - see send
        self,
        kit: Kit,
        recipients: Sequence[str],
        outlets: Sequence[Outlet],
        redundancy: Redundancy,
        *,
        largest: int | None = None,
        wrap: Wrap | None = None,
        patience: float = PATIENCE,
        clock: Clock = system_clock,
        sleep: Callable[[float], None] = time.sleep,
        disk: Disk | None = None,
    ) -> None:
        if not recipients or not outlets:
            raise UsageProblem(what="an account to send from and an address to send to are needed")
        for outlet in outlets:
            check_address(outlet.address)
            outlet.cover.check()
        self.kit, self.redundancy, self.outlets = kit, redundancy, outlets
        to = [check_address(recipient) for recipient in recipients]
        self.delivery = Delivery(outlets, to, clock, sleep, patience)
        self.largest = largest or LARGEST
        self.wrap = wrap
        self.clock, self.disk = clock, disk or Disk()
        self.report = SendReport()
        self.checkpoint = b""
        self._begun = 0

    def run(self, packs: Path, state: Path, progress: Progress) -> SendReport:
        """Send what has not gone. Raises as `send` does, and InUse."""
        with self.opened(state) as outbox:
            return self._run(packs, outbox, progress)

    def _run(self, packs: Path, outbox: Outbox, progress: Progress) -> SendReport:
        self.report = SendReport()
        self.checkpoint = _checkpoint(packs)
        limit = self._server_limit()
        # What is wrapped is encoded twice.
        self.largest = min(self.largest, limit * 57 // 80 if self.wrap else limit)
        todo = [(pack, s) for pack in _copies(packs) if (s := self._begin(pack, outbox))]
        self._total = sum(len(sending.waiting()) for _, sending in todo)
        try:
            for number, (pack, sending) in enumerate(todo):
                progress(number, len(todo), "packs")
                self._pack(pack, sending, outbox, progress)
        except NotNow as reason:
            self._stopped(reason)
        return self._finished(outbox)

    @contextmanager
    def opened(self, state: Path) -> Iterator[Outbox]:
        """What is remembered in `state`, for this process alone: two that append to one journal
        would overwrite each other. Raises InUse, CannotOpen, Damaged."""
        self.disk.make_folder(state)
        Journal.open(state, self.kit.locker, self.disk)
        lock = Lock(state)
        try:
            yield self._load(state)
        finally:
            lock.release()

    def _load(self, state: Path) -> Outbox:
        """The outlets learn what they sent within the last day."""
        since = int(self.clock().timestamp()) - DAY
        outbox = Outbox.load(Journal.open(state, self.kit.locker, self.disk), since)
        for outlet in self.outlets:
            outlet.spent = [gone for gone in outbox.spent if gone.by == outlet.address]
        return outbox

    def _server_limit(self) -> int:
        """The longest attachment that all reachable accounts take. Raises MailUnreachable,
        MailRefused where none can be reached."""
        limits, failed = [LARGEST], []
        for outlet in self.outlets:
            try:
                limits.append(outlet.largest_attachment() or LARGEST)
            except (MailUnreachable, MailRefused) as error:
                outlet.reason = error.message
                outlet.refusals = 1 << 16
                failed.append(error)
        if len(failed) == len(self.outlets):
            raise failed[0]
        if min(limits) < SMALLEST:
            raise UsageProblem(what="a server takes no message large enough for a letter")
        return min(limits)

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

    def _pack(self, pack: PackFile, sending: Sending, outbox: Outbox, progress: Progress) -> None:
        for index in _shuffled(sending.waiting()):
            if self.delivery.hopeless:
                return
            try:
                self._letter(pack, sending, index, outbox)
            except MailRefused as error:
                self._set_aside(error)
            progress(self.report.letters_sent, self._total, "letters")

    def _letter(self, pack: PackFile, sending: Sending, index: int, outbox: Outbox) -> None:
        split = sending.split
        made: dict[str, bytes] = {}

        def message(outlet: Outlet, recipient: str) -> bytes:
            # The address to answer to is inside, so each account has its own letter.
            if outlet.address not in made:
                made[outlet.address] = make_attachment(
                    split, index, pack.path, self.checkpoint, self.kit, outlet.address
                )
            attachment = made[outlet.address]
            whole = compose(outlet.address, recipient, attachment, outlet.cover, self.clock())
            return self.wrap(whole) if self.wrap else whole

        gone = self.delivery.deliver(message, split.letter_bytes * 3 // 2)
        outbox.has_gone(split.of.set_id, index, gone)
        self.report.letters_sent += 1
        self.report.bytes += gone.size
        self.report.wire_bytes += before_base64(gone.size, split.letter_bytes)

    def _set_aside(self, error: MailRefused) -> None:
        """The letter waits for the next run, or another account."""
        if self.delivery.hopeless and not self.report.letters_sent:
            raise error
        if len(self.report.refused) < 100:
            self.report.refused.append({"what": "a letter", "reason": error.message})

    def _stopped(self, reason: NotNow) -> None:
        self.report.again_at, self.report.why = utc(reason.until), reason.reason

    def _finished(self, outbox: Outbox) -> SendReport:
        report = self.report
        everything = list(outbox.by_set.values())
        report.letters_waiting = sum(len(s.waiting()) for s in everything)
        report.packs_waiting = sum(bool(s.waiting()) for s in everything)
        report.packs = len(everything) - report.packs_waiting
        report.packs_safe = sum(s.safe for s in everything)
        if report.letters_waiting:
            size = max(s.split.letter_bytes for s in everything) * 7 // 5
            share = -(-report.letters_waiting // len(self.outlets))
            limits = [outlet.limits.seconds_for(share, size) for outlet in self.outlets]
            report.seconds_left = int(max(0.0, *limits))
        return report


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


def before_base64(message: int, attachment: int) -> int:
    """The length of a message, had its attachment not been encoded."""
    return message - -(-attachment // 3) * 4 - -(-attachment // 57) * 2 + attachment
