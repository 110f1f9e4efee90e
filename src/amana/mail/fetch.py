"""Letters come back together, whatever came with them.

For each message: look at its size; take out what has a letter's size; open it with the mailbox key;
check it (letter.py); keep its shard (assemble.py). What fails is counted, with its reason, and a
bounded number of such messages is set aside to be looked at. One bad message never stops the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from amana.core.durable import Disk
from amana.core.unseal import Identity, unseal
from amana.errors import CannotOpen, Malformed, NotProved
from amana.kits.kit import PublicKit
from amana.mail.aside import Aside, Seen
from amana.mail.assemble import COMPLETE, DUPLICATE, Shelf
from amana.mail.bare import to_age
from amana.mail.letter import Letter, read_letter
from amana.mail.plan import LARGEST
from amana.mail.sift import attachments
from amana.ports import Arrival, Mailbox, Progress, silent

# The longest message that is loaded: the largest attachment in base64, twice re-wrapped, and text.
MAX_MESSAGE = LARGEST * 3 // 2 + (1 << 20)
_MOST_REFUSALS = 10_000


@dataclass(frozen=True)
class Refusal:
    """A message that was not used, and why."""

    letter: str
    reason: str


@dataclass
class FetchReport:
    """What one run of `fetch` found.

    `letters`: new genuine letters. `refused` lists at most 10,000; `refused_count` counts all.
    `packs_complete`: packs completed in this run; `packs_held`: in all runs.
    `packs_incomplete`: by set, `have` of `need` shards, for every set that is still waiting.
    `checkpoints`: how many different ones the inbox holds.
    """

    letters: int = 0
    duplicates: int = 0
    refused: list[Refusal] = field(default_factory=list)
    refused_count: int = 0
    packs_complete: int = 0
    packs_held: int = 0
    packs_incomplete: dict[str, dict[str, int]] = field(default_factory=dict)
    checkpoints: int = 0
    bytes: int = 0


def fetch(
    mailbox: Mailbox,
    inbox: Path,
    identity: Identity,
    senders: Sequence[PublicKit],
    *,
    progress: Progress = silent,
    disk: Disk | None = None,
) -> FetchReport:
    """Take every new message out of `mailbox` into `inbox`.

    `identity` is the mailbox key, which opens envelopes only. Runs may be killed and repeated at
    will. Raises WriteFailed, NoSpace, and what the mailbox raises.
    """
    disk = disk or Disk()
    shelf = Shelf.open(inbox, disk)
    with Seen(inbox / "seen") as seen:
        work = _Fetching(shelf, Aside.open(inbox / "aside", disk), identity, senders)
        for number, arrival in enumerate(mailbox.arrivals(seen.knows), 1):
            work.take(arrival)
            seen.add(arrival.name)
            progress(number, None, "letters")
    return work.finished()


class _Fetching:
    def __init__(
        self, shelf: Shelf, aside: Aside, identity: Identity, senders: Sequence[PublicKit]
    ) -> None:
        self.shelf, self.aside = shelf, aside
        self.identity, self.senders = identity, senders
        self.report = FetchReport()

    def take(self, arrival: Arrival) -> None:
        if arrival.size > MAX_MESSAGE:
            self._refuse(arrival.name, "it is larger than any letter", arrival.read(1 << 16))
            return
        raw = arrival.read(MAX_MESSAGE)
        self.report.bytes += len(raw)
        found = False
        for attachment in attachments(raw):
            found = True
            try:
                self._keep(open_letter(attachment, self.identity, self.senders))
            except (CannotOpen, Malformed, NotProved) as error:
                self._refuse(arrival.name, error.message, raw)
        if not found:
            self._refuse(arrival.name, "nothing in it has a letter's size", raw)

    def _keep(self, letter: Letter) -> None:
        outcome = self.shelf.add(letter)
        if outcome == DUPLICATE:
            self.report.duplicates += 1
            return
        self.report.letters += 1
        self.report.packs_complete += outcome == COMPLETE

    def _refuse(self, name: str, reason: str, raw: bytes) -> None:
        self.report.refused_count += 1
        if len(self.report.refused) < _MOST_REFUSALS:
            self.report.refused.append(Refusal(name, reason))
        self.aside.keep(hashlib.sha256(raw).hexdigest()[:32], reason, raw)

    def finished(self) -> FetchReport:
        waiting = {name: s for name, s in self.shelf.sets.items() if not s.done}
        self.report.packs_incomplete = {
            name: {"have": s.count, "need": s.of.k} for name, s in waiting.items()
        }
        self.report.packs_held = len(self.shelf.sets) - len(waiting)
        self.report.checkpoints = len(self.shelf.checkpoints)
        return self.report


def open_letter(attachment: bytes, identity: Identity, senders: Sequence[PublicKit]) -> Letter:
    """The letter in an attachment. Raises CannotOpen, Malformed, NotProved."""
    content = unseal(to_age(attachment), [identity], "the letter")
    return read_letter(content, senders, identity.recipient)
