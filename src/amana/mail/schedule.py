"""When the next letter may go: budgets, bandwidth, quiet hours, growing waits. Pure; no clock of
its own, so that tests can live through a week in a second.

Threat: two hundred mails in ten minutes from a private account are noticed, by the provider's
abuse rules first. A budget a day, uneven spacing and quiet nights look like a person.
"""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from amana.errors import Malformed
from amana.mail.outbox import Gone

DAY = 86_400
_UNITS = {"": 1, "k": 1_000, "M": 1_000_000, "G": 1_000_000_000}
_FIRST_WAIT, _LONGEST_WAIT = 20.0, 3_600.0


@dataclass(frozen=True)
class Limits:
    """What an account may do; None is no limit.

    `per_second`: bytes a second on average. `quiet`: (begin, end) of the hours, by the clock of
    this machine, in which nothing goes. `spacing`: seconds between two letters, drawn at random.
    `message`: the longest message in bytes, where the server does not say.
    """

    letters_per_day: int | None = None
    bytes_per_day: int | None = None
    per_second: int | None = None
    quiet: tuple[time, time] | None = None
    spacing: tuple[float, float] = (0.0, 0.0)
    message: int | None = None

    def seconds_for(self, letters: int, size: int) -> float:
        """About how long `letters` letters of `size` bytes each take at this budget."""
        day = DAY - _quiet_seconds(self.quiet)
        waits = letters * sum(self.spacing) / 2
        line = letters * size / self.per_second if self.per_second else 0.0
        times = [max(waits, line) * DAY / day]
        if self.letters_per_day:
            times.append((letters / self.letters_per_day - 1) * DAY)
        if self.bytes_per_day:
            times.append((letters * size / self.bytes_per_day - 1) * DAY)
        return max(times)


def parse_limits(fields: dict[str, Any]) -> Limits:
    """From the table [limits] of an account. Raises Malformed."""
    known = {"letters_per_day", "bytes_per_day", "bandwidth", "quiet", "spacing", "message"}
    if set(fields) - known:
        raise Malformed(what="mail account", reason=f"limit {min(set(fields) - known)!r}")
    spacing = fields.get("spacing", [0, 0])
    try:
        return Limits(
            letters_per_day=_amount(fields, "letters_per_day"),
            bytes_per_day=_amount(fields, "bytes_per_day"),
            per_second=_amount(fields, "bandwidth"),
            quiet=parse_quiet(fields["quiet"]) if "quiet" in fields else None,
            spacing=(float(spacing[0]), max(float(spacing[0]), float(spacing[1]))),
            message=_amount(fields, "message"),
        )
    except (TypeError, ValueError, IndexError):
        raise Malformed(what="mail account", reason="a limit is no number") from None


def parse_amount(text: str | int) -> int:
    """20000 from `20k`. Raises Malformed."""
    match = re.fullmatch(r"(\d{1,12})([kMG]?)", str(text).strip())
    if match is None or not int(match.group(1)):
        raise Malformed(what="amount", reason=f"{str(text)!r:.40} is not like 500, 20k or 5M")
    return int(match.group(1)) * _UNITS[match.group(2)]


def parse_quiet(text: str) -> tuple[time, time]:
    """The hours in `22:00-06:30`. Raises Malformed."""
    begin, _, end = str(text).partition("-")
    try:
        return time.fromisoformat(begin.strip()), time.fromisoformat(end.strip())
    except ValueError:
        raise Malformed(what="quiet hours", reason=f"{text!r:.40} is not 22:00-06:30") from None


def wait(limits: Limits, now: datetime, spent: Sequence[Gone], size: int) -> float:
    """Seconds from `now` until a letter of `size` bytes may go, given what this account has `spent`
    (in order of time). 0 when it may go at once."""
    ready = max(_budget_wait(limits, now.timestamp(), spent, size), 0.0)
    quiet = _quiet_wait(limits.quiet, now + timedelta(seconds=ready))
    if quiet and limits.spacing[1]:
        # Not everybody begins on the stroke of the hour.
        quiet += random.Random(secrets.randbits(64)).uniform(0, 10 * limits.spacing[1])  # noqa: S311
    return ready + quiet


def pause(limits: Limits, size: int) -> float:
    """Seconds to stay silent after a letter of `size` bytes."""
    spacing = random.Random(secrets.randbits(64)).uniform(*limits.spacing)  # noqa: S311
    line = size / limits.per_second if limits.per_second else 0.0
    return max(spacing, line)


def backoff(failures: int) -> float:
    """The growing wait after `failures` failures in a row: 20 s, 40 s … up to an hour, and up to a
    quarter more at random, so that not all accounts return at once."""
    base = min(_LONGEST_WAIT, _FIRST_WAIT * float(1 << min(failures - 1, 16)))
    return base * (1 + random.Random(secrets.randbits(64)).random() / 4)  # noqa: S311


def _budget_wait(limits: Limits, now: float, spent: Sequence[Gone], size: int) -> float:
    """Until enough of what went within the last day is older than a day."""
    recent = [gone for gone in spent if gone.at > now - DAY]
    letters, total = len(recent), sum(gone.size for gone in recent)
    ready = now
    for gone in recent:
        few = limits.letters_per_day is None or letters < limits.letters_per_day
        little = limits.bytes_per_day is None or total + size <= limits.bytes_per_day
        if few and little:
            break
        ready = gone.at + DAY
        letters, total = letters - 1, total - gone.size
    return ready - now


def _quiet_wait(quiet: tuple[time, time] | None, moment: datetime) -> float:
    if quiet is None or quiet[0] == quiet[1]:
        return 0.0
    begin, end = quiet
    at = moment.timetz().replace(tzinfo=None)
    within = begin <= at < end if begin < end else (at >= begin or at < end)
    if not within:
        return 0.0
    until = moment.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    if until <= moment:
        until += timedelta(days=1)
    return (until - moment).total_seconds()


def _quiet_seconds(quiet: tuple[time, time] | None) -> int:
    if quiet is None:
        return 0
    begin, end = ((t.hour * 60 + t.minute) * 60 for t in quiet)
    return (end - begin) % DAY


def _amount(fields: dict[str, Any], name: str) -> int | None:
    return parse_amount(fields[name]) if name in fields else None
