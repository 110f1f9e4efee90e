"""Letters come back together, whatever came with them.

For each message: look at its size; look at its beginning, where that can already tell a forgery;
take out what has a letter's size; open it with the mailbox key; check it (letter.py); keep its
shard (assemble.py). What fails is counted, with its reason, and a bounded number of such messages
is set aside to be looked at. One bad message never stops the rest.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from amana.core.durable import Disk
from amana.core.unseal import Identity, unseal, unseal_stream
from amana.errors import CannotOpen, Malformed, NotProved
from amana.kits.kit import PublicKit
from amana.mail.aside import Aside, Seen
from amana.mail.assemble import COMPLETE, DUPLICATE, Shelf
from amana.mail.bare import CHUNK, bare_length, to_age
from amana.mail.letter import Letter, read_header, read_letter
from amana.mail.plan import LARGEST
from amana.mail.sift import attachments, first_attachment
from amana.ports import Arrival, Mailbox, Progress, silent

# The longest message that is loaded: the largest attachment in base64, twice re-wrapped, and text.
MAX_MESSAGE = LARGEST * 3 // 2 + (1 << 20)
_MOST_REFUSALS = 10_000
# The first chunk of an envelope holds signature and header; so much of a message shows it whole.
_FRONT = bare_length(CHUNK)
_HEAD = 112 << 10
_KEPT_OF_OVERSIZED = 64 << 10

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
) -> FetchReport:
    """Take every new message out of `mailbox` into `inbox`.

    `identity` is the mailbox key, which opens envelopes only; `opener` (pgp.py) opens what was
    wrapped once more. Runs may be killed and repeated at will.
    Raises WriteFailed, NoSpace, and what the mailbox raises.
    """
    disk = disk or Disk()
    shelf = Shelf.open(inbox, disk)
    aside = Aside.open(inbox / "aside", disk)
    work = _Fetching(shelf, aside, Opening(identity, senders), opener)
    with Seen(inbox / "seen") as seen:
        for number, arrival in enumerate(mailbox.arrivals(seen.knows), 1):
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

    def check_front(self, beginning: bytes) -> None:
        """Decide from the beginning of an attachment, more than its first chunk, whether it can be
        a letter at all. Raises CannotOpen, Malformed, NotProved.

        A chunk is authenticated by itself; only that the file goes on behind it is not. So what
        passes here is opened again as a whole, and what fails here would have failed there.
        """
        front = io.BytesIO()
        try:
            unseal_stream(io.BytesIO(to_age(beginning)), front, [self.identity], "the letter")
        except CannotOpen:
            if front.tell() == 0:
                raise
        read_header(front.getvalue(), self.senders, self.identity.recipient)


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
        if arrival.size > 2 * _HEAD and self._forged(arrival):
            return
        raw = arrival.read(MAX_MESSAGE)
        self.report.bytes += len(raw)
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
        """Whether the beginning of a large message shows that it is no genuine letter.

        Threat: a flood of large forgeries. Each costs its first 112 KiB and one key exchange. Where
        the beginning is not as ours are, the whole message decides.
        """
        head = arrival.read(_HEAD)
        beginning = first_attachment(head)
        if beginning is None or len(beginning) <= _FRONT:
            return False
        try:
            self.opening.check_front(beginning)
        except (CannotOpen, Malformed, NotProved) as error:
            self.report.bytes += len(head)
            self._refuse(arrival.name, error.message, head)
            return True
        return False

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
