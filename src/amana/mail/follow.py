"""Send, listen, and send what is missing, until the archive says that every pack is safe."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from amana.errors import MailUnreachable
from amana.mail.acknowledge import act_on, read_answers
from amana.mail.aside import Seen
from amana.mail.send import Sender, SendReport
from amana.mail.sift import attachments
from amana.ports import Mailbox, Progress, silent

# How long a letter may be on its way before it counts as lost.
GRACE = 6 * 3600.0
_MAX_ANSWER = 8 << 20


class Watched(Mailbox, Protocol):
    """A mailbox that can say when something has come."""

    def wait(self, seconds: float) -> None:
        """Return when a message has come, or after `seconds`."""
        ...


@dataclass(frozen=True)
class Following:
    """`patience`: seconds to go on listening after the last letter; `poll`: between two looks."""

    mailbox: Watched
    patience: float = 7 * 86_400
    poll: float = 300.0
    grace: float = GRACE
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def follow(
    sender: Sender, packs: Path, state: Path, how: Following, progress: Progress = silent
) -> SendReport:
    """Run `sender` again and again, acting on each answer, until all packs are safe or `patience`
    is over. The report is of all runs together. Raises as `send` does."""
    whole = sender.run(packs, state, progress)
    until = how.monotonic() + how.patience
    while whole.packs_safe < whole.packs + whole.packs_waiting and how.monotonic() < until:
        try:
            if listen(sender, state, how):
                until = how.monotonic() + how.patience
            else:
                how.mailbox.wait(min(how.poll, max(0.0, until - how.monotonic())))
                if not whole.letters_waiting:
                    continue
            _add_up(whole, sender.run(packs, state, progress))
        except MailUnreachable:
            # A line that is down for a night must not end what is meant to run for weeks.
            how.sleep(how.poll)
    return whole


def listen(sender: Sender, state: Path, how: Following) -> bool:
    """Read the answers that have come; whether one of them was new."""
    with sender.opened(state) as outbox, Seen(state / "seen") as seen:
        before = outbox.answered
        found = read_answers(
            _fresh(how.mailbox, seen),
            sender.kit.locker,
            sender.kit.signer.verifier.public,
            sender.kit.archive.answers,
        )
        act_on(found, outbox, how.grace)
        return outbox.answered > before


def _fresh(mailbox: Mailbox, seen: Seen) -> Iterator[bytes]:
    for arrival in mailbox.arrivals(seen.knows):
        if arrival.size <= _MAX_ANSWER:
            yield from attachments(arrival.read(_MAX_ANSWER))
        seen.add(arrival.name)


def _add_up(whole: SendReport, run: SendReport) -> None:
    """Sums of what was sent; everything else as the last run left it."""
    whole.letters_sent += run.letters_sent
    whole.bytes += run.bytes
    whole.wire_bytes += run.wire_bytes
    whole.refused += run.refused
    whole.letters_waiting, whole.packs = run.letters_waiting, run.packs
    whole.packs_waiting, whole.packs_safe = run.packs_waiting, run.packs_safe
    whole.again_at, whole.why, whole.seconds_left = run.again_at, run.why, run.seconds_left
