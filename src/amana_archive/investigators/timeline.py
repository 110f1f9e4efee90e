"""When pictures were taken: by day or month, for each branch; and the periods without any."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count
from django.db.models.functions import Substr

from amana_archive.access.models import Person
from amana_archive.investigators.seen import branches_of, visible_items

MONTH, DAY = "month", "day"
_LENGTH = {MONTH: 7, DAY: 10}
MOST_PERIODS = 420
LANES = 10
_FIRST_YEAR = 1990  # a camera whose clock was never set says an earlier one


@dataclass(frozen=True)
class Silence:
    """Periods without a picture, between two that have some."""

    first: str
    last: str
    periods: int


@dataclass(frozen=True)
class Timeline:
    """Counts of pictures by period; `undated` have no time, or one that cannot be."""

    by: str
    periods: tuple[str, ...]
    total: dict[str, int]
    branches: dict[str, dict[str, int]]
    silences: tuple[Silence, ...]
    undated: int
    cut: bool

    @property
    def lanes(self) -> list[tuple[str, dict[str, int]]]:
        """The branches with the most pictures, in the order of their numbers."""
        most = sorted(self.branches, key=lambda b: -sum(self.branches[b].values()))[:LANES]
        return [(b, self.branches[b]) for b in sorted(most, key=lambda b: (len(b), b))]


def timeline(person: Person, by: str = MONTH, since: str = "", until: str = "") -> Timeline:
    """As far as this person may see; between two days (ISO), where they are given."""
    items = visible_items(person).filter(media_type__startswith="image/")
    dated = items.filter(taken__gte=since or str(_FIRST_YEAR), taken__lte=(until or "9999") + "~")
    undated = items.filter(taken__lt=str(_FIRST_YEAR)).count()
    length = _LENGTH[by]
    rows = dated.annotate(period=Substr("taken", 1, length)).values_list("period")
    counted = rows.order_by().annotate(n=Count("pk"))
    total = {period: n for period, n in counted if _is_period(period, by)}
    branches: dict[str, Counter[str]] = defaultdict(Counter)
    known = branches_of(items)
    for key, taken in _taken(dated, list(known)):
        if taken[:length] in total:
            branches[known[key]][taken[:length]] += 1
    periods = _between(min(total), max(total), by) if total else []
    cut = len(periods) > MOST_PERIODS
    shown = tuple(periods[-MOST_PERIODS:])
    return Timeline(
        by,
        shown,
        dict(sorted(total.items())),
        {b: dict(sorted(c.items())) for b, c in branches.items()},
        tuple(_silences(shown, total)),
        undated,
        cut,
    )


def _taken(items: object, keys: Sequence[int]) -> Iterator[tuple[int, str]]:
    for start in range(0, len(keys), 500):
        rows = items.filter(pk__in=keys[start : start + 500])  # type: ignore[attr-defined]
        yield from rows.values_list("pk", "taken")


def _is_period(text: str, by: str) -> bool:
    try:
        date.fromisoformat(text if by == DAY else f"{text}-01")
    except ValueError:
        return False
    return True


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


def _silences(periods: Sequence[str], total: dict[str, int]) -> Iterator[Silence]:
    empty: list[str] = []
    for period in periods:
        if period not in total:
            empty.append(period)
        elif empty:
            yield Silence(empty[0], empty[-1], len(empty))
            empty = []
