"""Letters come back together, whatever came with them.

For each message: look at its size; glance at where its attachments begin, which tells most
forgeries and most other mail; take out what has a letter's size; open it with the mailbox key;
check it (letter.py); keep its shard (assemble.py). What fails is counted, with its reason, and a
bounded number of such messages is set aside to be looked at. One bad message never stops the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from amana.core.durable import Disk
from amana.core.unseal import Identity, is_for, unseal
from amana.errors import CannotOpen, Malformed, NotProved
from amana.kits.kit import PublicKit
from amana.mail.aside import Aside, Seen
from amana.mail.assemble import COMPLETE, DUPLICATE, Shelf
from amana.mail.bare import to_age
from amana.mail.folder import everything
from amana.mail.letter import Letter, read_letter
from amana.mail.plan import LARGEST
from amana.mail.sift import attachments, beginnings, glance
from amana.ports import Arrival, Mailbox, Progress, silent

# The longest message that is loaded: the largest attachment in base64, twice re-wrapped, and text.
MAX_MESSAGE = LARGEST * 3 // 2 + (1 << 20)
_MOST_REFUSALS = 10_000
_KEPT_OF_OVERSIZED = 64 << 10
_GLANCE = 4096
_ANOTHER_KEY = "the letter is sealed to another key, or altered"

Opener = Callable[[bytes], Iterator[bytes]]


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
    `checkpoints`: how many different ones the inbox holds. `bytes`: how much was loaded.
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
    opener: Opener | None = None,
    again: bool = False,
) -> FetchReport:
    """Take every new message out of `mailbox` into `inbox`.

    `identity` is the mailbox key, which opens envelopes only; `opener` (pgp.py) opens what was
    wrapped once more. `again`: look at messages that were looked at before, too (a sender has been
    registered meanwhile). Runs may be killed and repeated at will.
    Raises WriteFailed, NoSpace, and what the mailbox raises.
    """
    disk = disk or Disk()
    shelf = Shelf.open(inbox, disk)
    aside = Aside.open(inbox / "aside", disk)
    work = _Fetching(shelf, aside, Opening(identity, senders), opener)
    with Seen(inbox / "seen") as seen:
        skip = everything if again else seen.knows
        for number, arrival in enumerate(mailbox.arrivals(skip), 1):
            work.take(arrival)
            seen.add(arrival.name)
            progress(number, None, "letters")
    return work.finished()


@dataclass(frozen=True)
class Opening:
    """Opens attachments with the mailbox key, and asks letter.py whether to trust them."""

    identity: Identity
    senders: Sequence[PublicKit]

    def letter(self, attachment: bytes) -> Letter:
        """Raises CannotOpen, Malformed, NotProved."""
        content = unseal(to_age(attachment), [self.identity], "the letter")
        return read_letter(content, self.senders, self.identity.recipient)


class _Fetching:
    def __init__(self, shelf: Shelf, aside: Aside, opening: Opening, opener: Opener | None) -> None:
        self.shelf, self.aside = shelf, aside
        self.opening, self.opener = opening, opener
        self.report = FetchReport()

    def take(self, arrival: Arrival) -> None:
        if arrival.size > MAX_MESSAGE:
            beginning = arrival.read(_KEPT_OF_OVERSIZED)
            self._refuse(arrival.name, "it is larger than any letter", beginning)
            return
        if self._forged(arrival):
            return
        raw = arrival.read(MAX_MESSAGE)
        self.report.bytes += len(raw)
        if self._foreign(arrival, raw):
            return
        found = False
        for attachment in self._attachments(raw):
            found = True
            try:
                self._keep(self.opening.letter(attachment))
            except (CannotOpen, Malformed, NotProved) as error:
                self._refuse(arrival.name, error.message, raw)
        if not found:
            self._refuse(arrival.name, "nothing in it has a letter's size", raw)

    def _forged(self, arrival: Arrival) -> bool:
        """Whether a message looks like a letter from outside, and is sealed to another key.

        Threat: a flood of forgeries that look like letters. Each costs 4 KiB and a key exchange.
        """
        head = arrival.read(_GLANCE)
        beginning = glance(head, arrival.size)
        if beginning is None or is_for(beginning, self.opening.identity):
            return False
        raw = head if self.aside.full else arrival.read(MAX_MESSAGE)
        self.report.bytes += len(raw)
        self._refuse(arrival.name, _ANOTHER_KEY, raw)
        return True

    def _foreign(self, arrival: Arrival, raw: bytes) -> bool:
        """Whether what begins in a message shows that it is no letter to this mailbox.

        Threat: a flood of anything else. What has not the plain form of a mail is decoded in full.
        """
        begins = beginnings(raw)
        if begins is None or self.opener:
            return False
        if not begins:
            self._refuse(arrival.name, "nothing in it has a letter's size", raw)
            return True
        if any(is_for(beginning, self.opening.identity) for beginning in begins):
            return False
        self._refuse(arrival.name, _ANOTHER_KEY, raw)
        return True

    def _attachments(self, raw: bytes) -> Iterator[bytes]:
        yield from attachments(raw)
        for inner in self.opener(raw) if self.opener else ():
            yield from attachments(inner)

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
        if not self.aside.full:
            self.aside.keep(hashlib.sha256(raw).hexdigest()[:32], reason, raw)

    def finished(self) -> FetchReport:
        waiting = {name: s for name, s in self.shelf.sets.items() if not s.done}
        self.report.packs_incomplete = {
            name: {"have": s.count, "need": s.of.k} for name, s in waiting.items()
        }
        self.report.packs_held = len(self.shelf.sets) - len(waiting)
        self.report.checkpoints = len(self.shelf.checkpoints)
        return self.report
