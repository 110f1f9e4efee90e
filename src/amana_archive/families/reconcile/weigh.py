"""Reasons for and against: each with what the family said, what the case shows, and a weight.

A weight is about the logarithm to base 2 of how much more often one would see this with the right
person than with a stranger (likelihood ratio), coarse on purpose, from -3 to 3; docs/decisions/0951
says where each comes from. People are shown the weight in words, never a number, and never a sum.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_noop as _

from amana_archive.families.reconcile.facts import BRANCH, DETAINEE, Family, Found
from amana_archive.families.record.dates import span
from amana_archive.names import Reason as Alike

# kind: the sentence a person reads.
SENTENCES = {
    "branch same": _("The branch is the same"),
    "branch other": _("Another branch was read; people were moved between branches"),
    "detainee same": _("The detainee number is the same"),
    "detainee other": _("Another detainee number was read"),
    "date soon": _("Photographed within a year after the person was last seen"),
    "date after": _("Photographed after the person was last seen"),
    "date before": _("Photographed before the person was last seen; a camera's clock may be wrong"),
    "sex same": _("The apparent sex fits"),
    "sex other": _("The apparent sex does not fit"),
    "age fits": _("The apparent age fits"),
    "age far": _("The apparent age is far off"),
    "mark": _("A mark that both describe"),
    "clothing": _("Clothing that both describe"),
    "name": _("The name is in a document or note of the case"),
    "name perhaps": _("A name like it is in a document or note of the case"),
}
WEIGHTS = {
    3: _("speaks strongly for it"),
    2: _("speaks for it"),
    1: _("speaks a little for it"),
    0: _("says little"),
    -1: _("speaks a little against it"),
    -2: _("speaks against it"),
    -3: _("speaks strongly against it"),
}
VERDICTS = {
    "first": _("Compare this one first"),
    "compare": _("Worth comparing"),
    "little": _("Little speaks for it"),
    "against": _("More speaks against it"),
}
MARKS = {"scar": 1, "tattoo": 2, "dental": 2, "birthmark": 2}
CLOTHES = {"jacket": 1, "trousers": 0, "shirt": 0, "uniform": 1}
# The years that a reviewer means by these words, with two years to spare on either side.
AGES = {"child": (0, 16), "young-adult": (14, 36), "middle-aged": (30, 62), "elderly": (55, 120)}
_YEAR = 366


@dataclass(frozen=True)
class Reason:
    """`family` and `case`: what each side says, as it stands there."""

    kind: str
    weight: int
    family: str
    case: str
    notes: tuple[Alike, ...] = ()  # why two names are thought to be one

    @property
    def sentence(self) -> str:
        return SENTENCES[self.kind]

    @property
    def strength(self) -> str:
        return WEIGHTS[self.weight]


def reasons(family: Family, found: Found) -> list[Reason]:
    """Everything that can be compared without names, the weightiest first."""
    made = [
        *_numbers(family, found),
        *_dates(family, found),
        *_sex(family, found),
        *_age(family, found),
        *_shared(family, found, "mark", MARKS),
        *_shared(family, found, "clothing", CLOTHES),
    ]
    return sorted(made, key=lambda reason: -abs(reason.weight))


def verdict(weights: list[int]) -> str:
    """One of VERDICTS. Little evidence never becomes a verdict of its own."""
    total = sum(weights)
    if total < 0:
        return "against"
    if total >= 5:
        return "first"
    return "compare" if total >= 3 else "little"


def _numbers(family: Family, found: Found) -> list[Reason]:
    made = []
    for kind, said, same, other in (
        (BRANCH, family.record.branch, 2, -1),
        (DETAINEE, family.record.detainee, 3, -2),
    ):
        told, read = _digits(said), {v for v in found.numbers.get(kind, set()) if v}
        if not told or not read:
            continue
        agree = any(_alike(one, two) for one in told for two in read)
        name = f"{kind} {'same' if agree else 'other'}"
        made.append(Reason(name, same if agree else other, said, ", ".join(sorted(read))))
    return made


def _digits(text: str) -> set[str]:
    """Every number in what a family said: "215, then 227"."""
    plain = "".join(str(int(c)) if c.isdecimal() else c for c in text)
    return set(re.findall(r"\d+", plain))


def _alike(one: str, two: str) -> bool:
    """The same number; a digit that nobody can read (?) is like any."""
    if len(one) != len(two) or not any(c.isdigit() for c in two):
        return False
    return all(b in (a, "?") for a, b in zip(one, two, strict=True))


def _dates(family: Family, found: Found) -> list[Reason]:
    told = family.record.last_seen or family.record.arrested
    if not told or found.days is None:
        return []
    try:
        first, last = (date.fromisoformat(day) for day in found.days)
    except ValueError:
        return []  # a camera without a clock
    earliest, latest = span(told)
    shown = found.days[0] if first == last else f"{found.days[0]} – {found.days[1]}"
    if last < earliest:
        return [Reason("date before", -3, told, shown)]
    if (first - latest).days <= _YEAR:
        return [Reason("date soon", 1, told, shown)]
    return [Reason("date after", 0, told, shown)]


def _sex(family: Family, found: Found) -> list[Reason]:
    seen = found.tags & {"male", "female"}
    said = family.record.sex
    if not said or len(seen) != 1:
        return []
    (code,) = seen
    if code != said:
        return [Reason("sex other", -3, said, code)]
    # Nearly all of the dead are men: only a woman narrows it down.
    return [Reason("sex same", 2 if said == "female" else 0, said, code)]


def _age(family: Family, found: Found) -> list[Reason]:
    seen = sorted(found.tags & set(AGES))
    if not family.record.born or len(seen) != 1 or found.days is None:
        return []
    try:
        year = date.fromisoformat(found.days[0]).year
    except ValueError:
        return []
    youngest = year - span(family.record.born)[1].year
    low, high = AGES[seen[0]]
    fits = low <= youngest <= high
    return [Reason("age fits" if fits else "age far", 1 if fits else -2, str(youngest), seen[0])]


def _shared(family: Family, found: Found, kind: str, table: dict[str, int]) -> list[Reason]:
    both = sorted(set(family.record.tags) & found.tags & set(table))
    return [Reason(kind, table[code], code, code) for code in both]
