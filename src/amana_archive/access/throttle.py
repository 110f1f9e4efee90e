"""Failures slow down: after five, each further one doubles the wait, to a quarter of an hour.

Counted per account and per address, under keyed names: the catalogue does not hold addresses.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from amana_archive.access.models import Attempt

FREE = 5
LONGEST = 900


def names(key: bytes, login: str, address: str) -> list[str]:
    """The keyed names of an account and of an address."""
    return [_name(key, "login", login.casefold()), _name(key, "address", address)]


def wait(attempts: list[str], now: datetime | None = None) -> int:
    """Seconds until the next try counts, 0 for now."""
    now = now or timezone.now()
    longest = 0.0
    for row in Attempt.objects.filter(name__in=attempts, failures__gte=FREE):
        pause = min(2 ** (row.failures - FREE + 1), LONGEST)
        longest = max(longest, (row.last + timedelta(seconds=pause) - now).total_seconds())
    return max(0, int(longest + 0.999))


def failed(attempts: list[str]) -> None:
    now = timezone.now()
    for name in attempts:
        Attempt.objects.get_or_create(name=name, defaults={"last": now})
        Attempt.objects.filter(name=name).update(failures=F("failures") + 1, last=now)


def passed(attempts: list[str]) -> None:
    Attempt.objects.filter(name__in=attempts).delete()


def _name(key: bytes, kind: str, value: str) -> str:
    return hmac.new(key, f"{kind}\x00{value}".encode(), hashlib.sha256).hexdigest()
