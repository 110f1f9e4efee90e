"""What both sides say, in a form that can be compared: a family's record, and a case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from amana.core.encoding import Json
from amana_archive.access import policy
from amana_archive.access.models import Person
from amana_archive.evidence.models import Case, CaseItem, ItemTag, Note, Number, Reading
from amana_archive.families.models import Name, Record

MAX_TEXT = 40_000  # characters of documents and notes of one case that are looked through for names


@dataclass
class Family:
    """A record. `names` are its spellings, without the mother's, which is no name of his."""

    record: Record
    names: list[str] = field(default_factory=list)

    def told(self) -> Json:
        """What a later look is compared with: is there anything new?"""
        r = self.record
        return {
            "born": r.born,
            "sex": r.sex,
            "arrested": r.arrested,
            "last_seen": r.last_seen,
            "branch": r.branch,
            "detainee": r.detainee,
            "tags": sorted(r.tags),
            "names": sorted(self.names),
        }


@dataclass
class Found:
    """A case, as far as one person may see it. `days` are the first and last day that a camera
    wrote, `numbers` what was read, by which number."""

    case: Case
    items: list[int] = field(default_factory=list)
    days: tuple[str, str] | None = None
    tags: set[str] = field(default_factory=set)
    numbers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    texts: list[str] = field(default_factory=list)

    def told(self) -> Json:
        return {
            "items": sorted(self.items),
            "days": list(self.days or ()),
            "tags": sorted(self.tags),
            "numbers": {k: sorted(v) for k, v in sorted(self.numbers.items()) if v},
        }


def families(records: Iterable[Record]) -> list[Family]:
    found = {record.pk: Family(record) for record in records}
    rows = Name.objects.filter(record__in=list(found)).exclude(kind=Name.Kind.MOTHER)
    for key, text in rows.order_by("pk").values_list("record", "text"):
        found[key].names.append(text)
    return list(found.values())


def visible_cases(person: Person) -> QuerySet[Case]:
    return policy.visible_cases(person).exclude(status=Case.Status.MERGED)


def cases(person: Person, rows: QuerySet[Case]) -> list[Found]:
    """Those of `rows` with all that this person may see of them, in a handful of questions to the
    database, however many there are."""
    found = {case.pk: Found(case) for case in rows}
    members = _members(person, rows)
    of_item: dict[int, list[Found]] = defaultdict(list)
    for key, item, taken, words in members.values_list(
        "case", "item", "item__taken", "item__words"
    ):
        one = found[key]
        one.items.append(item)
        of_item[item].append(one)
        if taken:
            first, last = one.days or (taken[:10], taken[:10])
            one.days = min(first, taken[:10]), max(last, taken[:10])
        if words:
            one.texts.append(words[:MAX_TEXT])
    inside = members.values("item")
    for item, code in ItemTag.objects.filter(item__in=inside, ended=None).values_list(
        "item", "tag__code"
    ):
        for one in of_item[item]:
            one.tags.add(code)
    readings = Reading.objects.filter(item__in=inside, ended=None, finding=Reading.Finding.READ)
    for item, number, value in readings.values_list("item", "number", "value"):
        for one in of_item[item]:
            one.numbers[number].add(value)
    _notes(found, rows)
    return list(found.values())


def _members(person: Person, rows: QuerySet[Case]) -> QuerySet[CaseItem]:
    own = Q(item__collection__in=policy.collections(person))
    granted = Q(case__in=policy.granted_cases(person))
    return CaseItem.objects.filter(own | granted, case__in=rows.values("pk"), ended=None)


def _notes(found: dict[int, Found], rows: QuerySet[Case]) -> None:
    for one in found.values():
        if one.case.summary:
            one.texts.append(one.case.summary)
    notes = Note.objects.filter(case__in=rows.values("pk"), ended=None)
    for key, text in notes.values_list("case", "text"):
        found[key].texts.append(text)


DETAINEE, BRANCH = Number.DETAINEE.value, Number.BRANCH.value
