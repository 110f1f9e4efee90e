"""Which account takes the next letter, to which address, and what to do when it is refused.

4xx and a line that breaks: the account rests, longer each time, and the letter waits or goes by
another. 5xx: this account does not take this letter to this address; the next pair is tried, and
when none is left the letter is set aside. An account that refuses five letters in a row is left
alone for this run.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from amana.errors import MailRefused, MailUnreachable
from amana.mail.outbox import Gone
from amana.mail.post import Cover
from amana.mail.schedule import Limits, backoff, pause, wait
from amana.ports import Clock, Mailer

_HOPELESS = 5
# The From, To, text and boundaries around an attachment, and what base64 makes of its lines.
_AROUND, _PER_LINE, _LINE = 4_096, 78, 57


@dataclass
class Outlet:
    """One account to send from. `spent` is what it has sent within the last day."""

    address: str
    mailer: Mailer
    limits: Limits = field(default_factory=Limits)
    cover: Cover = field(default_factory=Cover)
    spent: list[Gone] = field(default_factory=list)
    rests_until: datetime | None = None
    failures: int = 0
    refusals: int = 0
    reason: str = ""

    @property
    def hopeless(self) -> bool:
        return self.refusals >= _HOPELESS

    def wait(self, now: datetime, size: int) -> float:
        """Seconds until it may send `size` bytes."""
        rest = (self.rests_until - now).total_seconds() if self.rests_until else 0.0
        return max(0.0, rest, wait(self.limits, now, self.spent, size))

    def largest_attachment(self) -> int | None:
        """The longest attachment that its server takes, base64 counted; None if nobody says.

        Raises MailRefused, MailUnreachable.
        """
        asked = getattr(self.mailer, "limit", None)
        said = [x for x in (asked() if asked else None, self.limits.message) if x]
        return (min(said) - _AROUND) // _PER_LINE * _LINE if said else None


class NotNow(Exception):
    """No account may send before `until`."""

    def __init__(self, until: datetime, reason: str) -> None:
        super().__init__(reason)
        self.until, self.reason = until, reason


@dataclass
class Delivery:
    """Hands letters to outlets. `patience`: how many seconds it may sleep for one letter."""

    outlets: Sequence[Outlet]
    recipients: Sequence[str]
    clock: Clock
    sleep: Callable[[float], None]
    patience: float
    _turn: int = field(default_factory=lambda: secrets.randbelow(1 << 16))

    def deliver(self, compose: Callable[[Outlet, str], bytes], size: int) -> Gone:
        """Send one letter of about `size` bytes by the first pair of account and address that takes
        it; what went. Raises NotNow, or MailRefused when every pair has refused for good."""
        refused: set[tuple[int, str]] = set()
        last: MailRefused | None = None
        while pairs := self._pairs(refused):
            outlet, recipient = self._ready(pairs, size)
            try:
                return self._hand_over(outlet, recipient, compose(outlet, recipient))
            except MailUnreachable as error:
                self._rest(outlet, error.message)
            except MailRefused as error:
                last = error
                if 400 <= int(error.fields.get("code", 0)) < 500:
                    self._rest(outlet, error.message)
                else:
                    refused.add((id(outlet), recipient))
                    outlet.refusals += 1
                    outlet.reason = error.message
        raise last or MailRefused(reason=self.outlets[0].reason or "no account is left", code=550)

    @property
    def hopeless(self) -> bool:
        """Whether every account has refused too often to be asked again in this run."""
        return all(outlet.hopeless for outlet in self.outlets)

    def _pairs(self, refused: set[tuple[int, str]]) -> list[tuple[Outlet, str]]:
        return [
            (outlet, recipient)
            for outlet in self.outlets
            for recipient in self.recipients
            if not outlet.hopeless and (id(outlet), recipient) not in refused
        ]

    def _ready(self, pairs: list[tuple[Outlet, str]], size: int) -> tuple[Outlet, str]:
        """The pair that may go first; among equals they take turns, so that a set is spread over
        accounts and addresses. Sleeps, or raises NotNow."""
        now = self.clock()
        self._turn += 1
        turned = [pairs[(self._turn + i) % len(pairs)] for i in range(len(pairs))]
        waits = {id(outlet): outlet.wait(now, size) for outlet, _ in pairs}
        outlet, recipient = min(turned, key=lambda pair: waits[id(pair[0])])
        seconds = waits[id(outlet)]
        if seconds > self.patience:
            raise NotNow(now + timedelta(seconds=seconds), outlet.reason or "the day's budget")
        if seconds > 0:
            self.sleep(seconds)
        return outlet, recipient

    def _hand_over(self, outlet: Outlet, recipient: str, message: bytes) -> Gone:
        outlet.mailer.send(outlet.address, recipient, message)
        now = self.clock()
        gone = Gone(outlet.address, int(now.timestamp()), len(message))
        outlet.spent.append(gone)
        outlet.failures = outlet.refusals = 0
        outlet.reason = ""
        seconds = pause(outlet.limits, len(message))
        outlet.rests_until = now + timedelta(seconds=seconds) if seconds else None
        return gone

    def _rest(self, outlet: Outlet, reason: str) -> None:
        outlet.failures += 1
        outlet.reason = reason
        outlet.rests_until = self.clock() + timedelta(seconds=backoff(outlet.failures))
