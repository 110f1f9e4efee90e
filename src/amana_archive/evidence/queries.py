"""The only reads that pages make of the evidence. Each is told who asks, and gives no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from amana_archive.access import policy
from amana_archive.access.models import Person
from amana_archive.evidence.agreement import all_agree, common
from amana_archive.evidence.models import (
    Case,
    CaseItem,
    Change,
    Disclosure,
    Export,
    Item,
    ItemTag,
    MachineText,
    Note,
    Number,
    NumberSeen,
    Proposal,
    Reading,
    Skip,
    Tag,
    WorkingCopy,
)

GRID = 24
CASES = 30


@dataclass(frozen=True)
class Page:
    """Some items in order, and the keys to go on and back with."""

    items: list[Item]
    after: int | None
    before: int | None


def grid(person: Person, after: int | None, before: int | None) -> Page:
    """Items of the person's collections by key, without those he left to others."""
    rows = _reviewable(person)
    if before is not None:
        items = list(rows.filter(pk__lt=before).order_by("-pk")[:GRID])[::-1]
    else:
        items = list(rows.filter(pk__gt=after or 0).order_by("pk")[:GRID])
    if not items:
        return Page([], None, None)
    first, last = items[0].pk, items[-1].pk
    # In the order of the key, so that a database walks along it and stops at the first row.
    more = rows.filter(pk__gt=last).values_list("pk").first()
    less = rows.filter(pk__lt=first).order_by("-pk").values_list("pk").first()
    return Page(items, last if more else None, first if less else None)


def _reviewable(person: Person) -> QuerySet[Item]:
    left = Skip.objects.filter(item=OuterRef("pk"), by=person)
    rows = Item.objects.filter(collection__in=policy.collections(person))
    return rows.exclude(Exists(left)).defer("words", "photo", "copy").order_by("pk")


def neighbours(person: Person, item: Item) -> tuple[int | None, int | None]:
    """The keys of the items before and after this one in the grid."""
    rows = _reviewable(person)
    before = rows.filter(pk__lt=item.pk).order_by("-pk").values_list("pk", flat=True).first()
    after = rows.filter(pk__gt=item.pk).values_list("pk", flat=True).first()
    return before, after


@dataclass(frozen=True)
class NumberState:
    """One of the three numbers: every reading, whether they disagree, and what was settled."""

    code: str
    label: str
    readings: list[Reading]
    disagree: bool
    settled: Reading | None


def numbers(item: Item) -> list[NumberState]:
    rows = Reading.objects.filter(item=item).select_related("by").order_by("at")
    found = []
    for code, label in Number.choices:
        mine = [r for r in rows if r.number == code]
        valid = [r for r in mine if r.ended is None]
        settled = next((r for r in reversed(valid) if r.settles), None)
        answers = [(r.finding, r.value) for r in valid if not r.settles]
        disagree = settled is None and not all_agree(answers)
        found.append(NumberState(code, str(label), mine, disagree, settled))
    return found


def numbers_seen(item: Item) -> list[NumberSeen]:
    """What the newest machine saw, without knowing which number it is: top to bottom."""
    rows = list(NumberSeen.objects.filter(item=item).order_by("-cursor", "line", "place"))
    return [row for row in rows if row.cursor == rows[0].cursor]


def identity_of(items: list[Item]) -> str | None:
    """The three numbers as one line, `detainee / branch / death`, as far as people agree on them.

    What only a machine read is no identity.
    """
    keys = [item.pk for item in items]
    rows = Reading.objects.filter(item__in=keys, ended=None, finding="read", machine="")
    parts: dict[str, set[str]] = {}
    settled: dict[str, str] = {}
    for row in rows:
        parts.setdefault(row.number, set()).add(row.value)
        if row.settles:
            settled[row.number] = row.value
    if not parts:
        return None
    shown = []
    for code in Number.values:
        values = sorted(parts.get(code, set()))
        agreed = all_agree([("read", value) for value in values])
        one = settled.get(code) or (common(values) if agreed else "")
        shown.append(one or ("?" if values else "—"))
    return " / ".join(shown)


def about(person: Person, item: Item) -> dict[str, Any]:
    """Everything the page of one item shows."""
    before, after = neighbours(person, item)
    members = list(CaseItem.objects.filter(item=item, ended=None).select_related("case"))
    keys = [m.case_id for m in members]
    visible = set(policy.visible_cases(person).filter(pk__in=keys).values_list("pk", flat=True))
    return {
        "item": item,
        "before": before,
        "after": after,
        "tags": ItemTag.objects.filter(item=item, ended=None).select_related("tag", "by"),
        "notes": Note.objects.filter(item=item).select_related("by").order_by("at"),
        "numbers": numbers(item),
        "seen": numbers_seen(item),
        "texts": MachineText.objects.filter(item=item).order_by("-cursor"),
        "identity": identity_of([item]),
        "cases": [m.case for m in members if m.case_id in visible],
        "working_copies": working_copies(person, item),
        "changes": changes("item", item.pk),
        "others": _same_bytes(item),
    }


def working_copies(person: Person, item: Item) -> list[tuple[WorkingCopy, bool]]:
    """Every working copy, and whether this person may look at it now."""
    rows = WorkingCopy.objects.filter(item=item).select_related("by", "item").order_by("pk")
    return [(made, policy.see_working_copy(person, made)) for made in rows]


def _same_bytes(item: Item) -> list[str]:
    """Other paths of the same bytes in the same collection. Found by the digest alone: a database
    would prefer the collection, and read all of it."""
    rows = Item.objects.filter(sha256=item.sha256).values_list("pk", "collection", "path")[:100]
    return [path for pk, place, path in rows if pk != item.pk and place == item.collection_id]


def changes(thing: str, key: int) -> QuerySet[Change]:
    rows = Change.objects.filter(thing=thing, key=key).select_related("by")
    return rows.order_by("-pk")


def vocabulary() -> dict[str, list[Tag]]:
    """Tags by kind, kinds in the order of the form."""
    found: dict[str, list[Tag]] = {str(label): [] for label in Tag.Kind.labels}
    for tag in Tag.objects.order_by("kind", "code"):
        found[str(Tag.Kind(tag.kind).label)].append(tag)
    return found


# --- cases ---------------------------------------------------------------------------------------


def cases(person: Person, after: int | None) -> tuple[list[Case], int | None]:
    """Cases with how many items they have, newest first."""
    rows = policy.visible_cases(person).exclude(status=Case.Status.MERGED)
    if after is not None:
        rows = rows.filter(pk__lt=after)
    counted = rows.annotate(size=Count("members", filter=Q(members__ended=None), distinct=True))
    found: list[Any] = list(counted.order_by("-pk")[: CASES + 1])
    return found[:CASES], found[CASES - 1].pk if len(found) > CASES else None


def case_counts(person: Person) -> dict[str, int]:
    """How many cases there are. The method: cases that were not merged, each counted once,
    whatever the number of its pictures."""
    rows = policy.visible_cases(person)
    found = dict(rows.values_list("status").annotate(n=Count("pk", distinct=True)))
    return {status: int(found.get(status, 0)) for status in Case.Status.values}


def members(person: Person, case: Case) -> list[Item]:
    """The items of a case that this person may see: all, if the case itself was granted."""
    rows = Item.objects.filter(memberships__case=case, memberships__ended=None)
    if case.pk not in policy.granted_cases(person):
        rows = rows.filter(collection__in=policy.collections(person))
    return list(rows.select_related("collection").distinct().order_by("pk"))


def about_case(person: Person, case: Case) -> dict[str, Any]:
    items = members(person, case)
    return {
        "case": case,
        "items": items,
        "hidden": CaseItem.objects.filter(case=case, ended=None).count() - len(items),
        "identity": identity_of(items),
        "notes": Note.objects.filter(case=case).select_related("by").order_by("at"),
        "proposals": Proposal.objects.filter(case=case).select_related("by", "decided_by", "to"),
        "changes": changes("case", case.pk),
    }


# --- two people ----------------------------------------------------------------------------------


def proposals(person: Person) -> list[Proposal]:
    """Those that wait and that this person may see; one's own among them, to be waited for."""
    rows = Proposal.objects.filter(decision=Proposal.Decision.OPEN).order_by("pk")
    rows = rows.select_related("by", "case", "to", "working_copy__item")
    return [p for p in rows[:500] if policy.see_proposal(person, p)]


def exports(person: Person) -> list[Export]:
    """One's own, newest first."""
    rows = Export.objects.filter(proposal__by=person).annotate(size=Count("items"))
    return list(rows.select_related("proposal__decided_by", "proposal__case").order_by("-pk")[:100])


def with_veils(items: Any) -> list[Item]:
    """Some items, as much of them as a grid shows."""
    rows = items.select_related("collection").defer("words", "photo")
    return list(rows.order_by("pk"))


def usable_copies(item: Item) -> list[WorkingCopy]:
    """Working copies that others than their makers may see: nothing is covered in them, or a second
    person has confirmed what is."""
    sure = Proposal.objects.filter(
        kind=Proposal.Kind.REDACTION,
        decision=Proposal.Decision.CONFIRMED,
        working_copy=OuterRef("pk"),
    )
    rows = WorkingCopy.objects.filter(item=item).annotate(sure=Exists(sure)).select_related("by")
    return [made for made in rows.order_by("pk") if made.sure or not made.covers]


def disclosures(person: Person) -> QuerySet[Disclosure]:
    return Disclosure.objects.filter(to=person).select_related("case").order_by("-pk")
