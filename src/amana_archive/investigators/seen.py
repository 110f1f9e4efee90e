"""What was seen of a number, item by item: from people's readings, as far as this person may see.

A settled reading counts; otherwise what people agree on; where they do not, the reading that is
most sure, marked as disputed. A machine's reading is a hint and never counts as a number that we
have. What has digits that nobody could tell is kept apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from django.db.models import Q, QuerySet

from amana_archive.access import policy
from amana_archive.access.models import Person
from amana_archive.evidence.agreement import all_agree, common
from amana_archive.evidence.models import Case, CaseItem, Item, Number, NumberSeen, Reading
from amana_archive.investigators.days import FIRST_YEAR, day_of

FILE = "file"
KINDS = (Number.DEATH.value, Number.DETAINEE.value, FILE)
_LARGEST = 10**9
_TRAILING = 6


@dataclass(frozen=True)
class Seen:
    """One number on one item. `number` is None where digits are missing (`value` says which)."""

    item: int
    value: str
    number: int | None
    disputed: bool
    machine: bool
    branch: str
    taken: str


@dataclass(frozen=True)
class _Read:
    value: str
    confidence: int
    settles: bool


@dataclass
class View:
    """Everything of one number that a person may see. Filled first, asked afterwards."""

    kind: str
    seen: list[Seen] = field(default_factory=list)
    hints: list[Seen] = field(default_factory=list)  # machines', and those with unclear digits

    def numbers(self, branch: str = "") -> dict[int, list[Seen]]:
        """By number, where it was seen; of one branch, or of all."""
        return self._by_branch.get(branch, {})

    def branches(self) -> list[str]:
        return sorted((b for b in self._by_branch if b), key=lambda b: (len(b), b))

    @cached_property
    def _by_branch(self) -> dict[str, dict[int, list[Seen]]]:
        """By branch, by number; all of them under the empty name."""
        found: dict[str, dict[int, list[Seen]]] = {}
        for one in self.seen:
            if one.number is not None:
                for branch in {"", one.branch}:
                    found.setdefault(branch, {}).setdefault(one.number, []).append(one)
        return found


def visible_items(person: Person) -> QuerySet[Item]:
    """Items of the person's collections and of the cases granted to him."""
    own, cases = policy.collections(person), policy.granted_cases(person)
    inside = CaseItem.objects.filter(case__in=cases, ended=None).values("item")
    return Item.objects.filter(Q(collection__in=own) | Q(pk__in=inside))


def view(person: Person, kind: str) -> View:
    """All that this person may see of one kind of number."""
    items = visible_items(person)
    if kind == FILE:
        return _files(items)
    branches, taken = branches_of(items), _taken(items, kind)
    found = View(kind)
    for item, reads in _readings(items, kind).items():
        one = _best(reads)
        seen = _seen(item, one.value, branches, taken, disputed=_disputed(reads))
        (found.seen if seen.number is not None else found.hints).append(seen)
    machines = Reading.objects.filter(item__in=items, number=kind, ended=None, finding="read")
    for item, value in machines.exclude(machine="").values_list("item", "value"):
        found.hints.append(_seen(item, value, branches, taken, machine=True))
    for item, value in NumberSeen.objects.filter(item__in=items).values_list("item", "value"):
        found.hints.append(_seen(item, value, branches, taken, machine=True))
    return found


def _taken(items: QuerySet[Item], kind: str) -> dict[int, str]:
    read = Reading.objects.filter(number=kind, ended=None).values("item")
    seen = NumberSeen.objects.values("item")
    rows = items.filter(Q(pk__in=read) | Q(pk__in=seen)).values_list("pk", "taken", "path")
    return {
        key: taken if taken >= str(FIRST_YEAR) else day_of("", path) for key, taken, path in rows
    }


def _readings(items: QuerySet[Item], kind: str) -> dict[int, list[_Read]]:
    rows = Reading.objects.filter(item__in=items, number=kind, ended=None, finding="read")
    rows = rows.filter(machine="").order_by("pk")
    found: dict[int, list[_Read]] = defaultdict(list)
    for item, value, sure, settles in rows.values_list("item", "value", "confidence", "settles"):
        found[item].append(_Read(value, sure, settles))
    return found


def _disputed(reads: list[_Read]) -> bool:
    return not any(r.settles for r in reads) and not all_agree([("read", r.value) for r in reads])


def _best(reads: list[_Read]) -> _Read:
    settled = [r for r in reads if r.settles]
    if settled:
        return settled[-1]
    if all_agree([("read", r.value) for r in reads]):
        return _Read(common([r.value for r in reads]), max(r.confidence for r in reads), False)
    return max(reads, key=lambda r: r.confidence)


def _seen(
    item: int,
    value: str,
    branches: dict[int, str],
    taken: dict[int, str],
    *,
    disputed: bool = False,
    machine: bool = False,
) -> Seen:
    return Seen(
        item, value, whole(value), disputed, machine, branches.get(item, ""), taken.get(item, "")
    )


def whole(value: str) -> int | None:
    """A number all of whose digits were read, and nothing else."""
    return int(value) if value.isascii() and value.isdigit() and int(value) < _LARGEST else None


def branches_of(items: QuerySet[Item]) -> dict[int, str]:
    """The branch of each item: as people read it there; else that of its case, if it has one."""
    found = {
        item: _best(reads).value
        for item, reads in _readings(items, Number.BRANCH.value).items()
        if whole(_best(reads).value) is not None
    }
    rows = CaseItem.objects.filter(ended=None, item__in=items)
    rows = rows.exclude(case__status=Case.Status.MERGED)
    members: dict[int, list[int]] = defaultdict(list)
    for case, item in rows.values_list("case", "item"):
        members[case].append(item)
    for inside in members.values():
        said = {found[i] for i in inside if i in found}
        if len(said) == 1:
            (branch,) = said
            for item in inside:
                found.setdefault(item, branch)
    return found


def _files(items: QuerySet[Item]) -> View:
    """The numbers that cameras give to files; a folder stands for the branch."""
    found = View(FILE)
    pictures = items.filter(media_type__startswith="image/").values_list("pk", "path", "taken")
    for item, path, taken in pictures.iterator(chunk_size=20_000):
        pure = PurePosixPath(path)
        stem = pure.stem
        digits = stem[len(stem.rstrip("0123456789")) :][-_TRAILING:]
        if digits:
            # Only where the letters before it are the same too does a number run on.
            group = f"{pure.parent}/{stem[: len(stem) - len(digits)]}"
            found.seen.append(Seen(item, digits, int(digits), False, False, group, taken))
    return found


def cases_of(person: Person, items: Iterable[int]) -> dict[int, list[Case]]:
    """The cases of some items that this person may see."""
    keys = list(items)
    rows = CaseItem.objects.filter(item__in=keys, ended=None).select_related("case")
    visible = set(
        policy.visible_cases(person)
        .filter(pk__in={row.case_id for row in rows})
        .values_list("pk", flat=True)
    )
    found: dict[int, list[Case]] = defaultdict(list)
    for row in rows:
        if row.case_id in visible:
            found[row.item_id].append(row.case)
    return dict(found)
