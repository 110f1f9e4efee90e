"""A case re-opened: everything ever known of it, in order, with who knew it and who looked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from amana_archive.access import policy
from amana_archive.access.models import Act, Person
from amana_archive.evidence.models import Case, CaseItem, Change, Item

_LOOKS = ("item.viewed", "item.downloaded", "copy.viewed")
# What is no change of the case, and still belongs to what was known of it.
_OF_CASE = (
    "case.viewed",
    "identification.proposed",
    "disclosure.proposed",
    "export.proposed",
    "disclosure.viewed",
)
_FOREVER = "9999"


@dataclass(frozen=True)
class Happened:
    """One line of a case's whole story. `when` is UTC, except what a camera wrote."""

    when: str
    who: str
    what: str
    thing: str
    text: str
    why: str


def whole_story(person: Person, case: Case) -> list[Happened]:
    """From the moment a camera wrote to the last look, as far as this person may see it.

    Items that left the case are in it, until they left: what was once believed belongs to it.
    """
    until = _ever_in(person, case)
    items = Item.objects.in_bulk(list(until))
    lines = [*_facts(items), *_changes(case, items), *_acts(case, items)]
    told = [line for key, line in lines if line.when <= until.get(key, _FOREVER)]
    return sorted(told, key=lambda line: line.when)


def _ever_in(person: Person, case: Case) -> dict[int, str]:
    """Items that are or were in the case, and until when they count."""
    rows = CaseItem.objects.filter(case=case)
    if case.pk not in policy.granted_cases(person):
        rows = rows.filter(item__collection__in=policy.collections(person))
    until: dict[int, str] = {}
    for key, ended in rows.values_list("item", "ended"):
        moment = f"{ended:%Y-%m-%d %H:%M:%S}" if ended else _FOREVER
        until[key] = max(moment, until.get(key, ""))
    return until


_Line = tuple[int, Happened]  # the item's key (0: the case's own) and what happened


def _facts(items: dict[int, Item]) -> Iterator[_Line]:
    """What the file itself says: when it was taken, when it was captured, by which clock."""
    for key, item in items.items():
        facts = (("taken by the camera's clock", item.taken), ("captured", item.captured))
        for what, when in facts:
            if when:
                yield key, Happened(when, "", what, item.name, "", "")


def _changes(case: Case, items: dict[int, Item]) -> Iterator[_Line]:
    of_items = Change.objects.filter(thing="item", key__in=list(items)).select_related("by")
    of_case = Change.objects.filter(thing="case", key=case.pk).select_related("by")
    for row in (*of_items, *of_case):
        is_item = row.thing == "item"
        yield (
            row.key if is_item else 0,
            Happened(
                when=f"{row.at:%Y-%m-%d %H:%M:%S}",
                who=row.by.name if row.by else "",
                what=row.field,
                thing=items[row.key].name if is_item else case.number,
                text=" → ".join(x for x in (row.old, row.new) if x),
                why=row.reason,
            ),
        )


def _acts(case: Case, items: dict[int, Item]) -> Iterator[_Line]:
    of_items = Act.objects.filter(item__in=list(items), act__in=_LOOKS)
    of_case = Act.objects.filter(case=case.pk, act__in=_OF_CASE)
    for act in (*of_items, *of_case):
        when = act.time.replace("T", " ").removesuffix("Z")
        key = act.item if act.item in items else 0
        thing = items[key].name if key else case.number
        yield key or 0, Happened(when, act.who, act.act, thing, "", "")
