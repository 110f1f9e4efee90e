"""When pictures were taken: by day or month, for each branch; and the periods without any."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import Substr

from amana_archive.access.models import Person
from amana_archive.evidence.models import Item
from amana_archive.investigators.days import FIRST_YEAR, day_of, is_day
from amana_archive.investigators.seen import branches_of, visible_items

MONTH, DAY = "month", "day"
_LENGTH = {MONTH: 7, DAY: 10}
MOST_PERIODS = 420
LANES = 10


@dataclass(frozen=True)
class Silence:
    """Periods without a picture, between two that have some."""

    first: str
    last: str
    periods: int


@dataclass(frozen=True)
class Timeline:
    """Counts of pictures by period; of these, `by_path` by the date in their path; `undated` have
    none at all."""

    by: str
    periods: tuple[str, ...]
    total: dict[str, int]
    branches: dict[str, dict[str, int]]
    silences: tuple[Silence, ...]
    by_path: int
    undated: int
    cut: bool

    @property
    def lanes(self) -> list[tuple[str, dict[str, int]]]:
        """The branches with the most pictures, in the order of their numbers."""
        most = sorted(self.branches, key=lambda b: -sum(self.branches[b].values()))[:LANES]
        return [(b, self.branches[b]) for b in sorted(most, key=lambda b: (len(b), b))]


def timeline(person: Person, by: str = MONTH, since: str = "", until: str = "") -> Timeline:
    """As far as this person may see; between two days (ISO), where they are given.

    Pictures whose cameras wrote no time, or an impossible one, count by the date in their path.
    """
    items = visible_items(person).filter(media_type__startswith="image/")
    length, low, high = _LENGTH[by], since or str(FIRST_YEAR), until or "9999"
    total = Counter(_by_camera(items, by, low, high))
    by_path, undated = _by_path(items)
    total.update(day[:length] for day in by_path.values() if low <= day <= high)
    branches: dict[str, Counter[str]] = defaultdict(Counter)
    known = branches_of(items)
    for key, taken in _taken(items, list(known)):
        day = by_path.get(key) or day_of(taken, "")
        if day and low <= day <= high:
            branches[known[key]][day[:length]] += 1
    periods = _between(min(total), max(total), by) if total else []
    shown = tuple(periods[-MOST_PERIODS:])
    return Timeline(
        by,
        shown,
        dict(sorted(total.items())),
        {b: dict(sorted(c.items())) for b, c in branches.items()},
        tuple(_silences(shown, total)),
        len(by_path),
        undated,
        len(periods) > MOST_PERIODS,
    )


def _by_camera(items: QuerySet[Item], by: str, low: str, high: str) -> dict[str, int]:
    """Counted by the database: a million rows never leave it."""
    dated = items.filter(taken__gte=max(low, str(FIRST_YEAR)), taken__lte=high + "~")
    rows = dated.annotate(period=Substr("taken", 1, _LENGTH[by])).values_list("period").order_by()
    counted = rows.annotate(n=Count("pk"))
    return {period: n for period, n in counted if is_day(period if by == DAY else f"{period}-01")}


def _by_path(items: QuerySet[Item]) -> tuple[dict[int, str], int]:
    """The days of pictures without a time of their own, and how many have none at all."""
    rows = items.filter(taken__lt=str(FIRST_YEAR)).values_list("pk", "path")
    found = {key: day_of("", path) for key, path in rows.iterator(chunk_size=20_000)}
    days = {key: day for key, day in found.items() if day}
    return days, len(found) - len(days)


def _taken(items: QuerySet[Item], keys: Sequence[int]) -> Iterator[tuple[int, str]]:
    for start in range(0, len(keys), 500):
        yield from items.filter(pk__in=keys[start : start + 500]).values_list("pk", "taken")


def _between(first: str, last: str, by: str) -> list[str]:
    """Every period from one to another."""
    if by == DAY:
        day, end = date.fromisoformat(first), date.fromisoformat(last)
        return [str(day + timedelta(n)) for n in range((end - day).days + 1)]
    year, month = int(first[:4]), int(first[5:7])
    found = []
    while (text := f"{year:04d}-{month:02d}") <= last:
        found.append(text)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def _silences(periods: Sequence[str], total: Mapping[str, int]) -> Iterator[Silence]:
    empty: list[str] = []
    for period in periods:
        if period not in total:
            empty.append(period)
        elif empty:
            yield Silence(empty[0], empty[-1], len(empty))
            empty = []
