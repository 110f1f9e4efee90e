"""What the pages of this room show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from amana_archive.access.models import Person, Role
from amana_archive.courts.building import progress_of
from amana_archive.courts.models import Asked, Dossier, Part
from amana_archive.evidence import queries
from amana_archive.evidence.models import Case, Disclosure, Item, WorkingCopy


@dataclass(frozen=True)
class Given:
    """One item as its receiver sees it: what is withheld of it does not reach the page."""

    item: Item
    part: Part | None

    @property
    def name(self) -> str:
        """The path where it lay, or the number of its record where the path is withheld."""
        if self.part is not None and self.part.hides_path:
            return self.part.where
        return self.item.path

    @property
    def veil(self) -> bytes:
        """Threat: even a blur of forty points may show what was covered."""
        whole = self.part is None or self.part.give in (Part.Give.ALL, Part.Give.COPY)
        return bytes(self.item.veil) if whole else b""

    @property
    def working_copy(self) -> WorkingCopy | None:
        return self.part.working_copy if self.part is not None else None

    @property
    def shows_picture(self) -> bool:
        if self.part is None or self.part.give in (Part.Give.ALL, Part.Give.COPY):
            return self.item.is_picture
        return self.part.give == Part.Give.COVERED


def given(disclosure: Disclosure) -> list[Given]:
    """The items of a disclosure, none of those that are withheld wholly."""
    parts = _parts(disclosure)
    items = disclosure.items.select_related("collection").order_by("pk")
    return [Given(item, parts.get(item.pk)) for item in items]


def one_given(disclosure: Disclosure, item: int) -> Given | None:
    found = disclosure.items.filter(pk=item).select_related("collection").first()
    return Given(found, _parts(disclosure).get(found.pk)) if found is not None else None


def _parts(disclosure: Disclosure) -> dict[int, Part]:
    asked = Asked.objects.filter(proposal=disclosure.proposal_id).first()
    if asked is None:
        return {}
    return {p.item_id: p for p in asked.parts.select_related("working_copy", "item__collection")}


def withheld(disclosure: Disclosure) -> list[Part]:
    """Every item of which something is withheld, with its reason: the receiver is told of all."""
    asked = Asked.objects.filter(proposal=disclosure.proposal_id).first()
    if asked is None:
        return []
    return [part for part in asked.parts.select_related("item__collection") if not part.is_whole]


def about_dossier(dossier: Dossier | None) -> dict[str, Any]:
    """What the pages of both sides say of one dossier."""
    if dossier is None:
        return {"dossier": None}
    return {
        "dossier": dossier,
        "progress": progress_of(dossier),
        "receipt": getattr(dossier, "receipt", None),
        "others": compared(dossier),
        "former": dossier.asked.former,
    }


@dataclass(frozen=True)
class Compared:
    """Another dossier of the same case, and in what the evidence differs: lines of a manifest."""

    other: Dossier
    only_here: list[str]
    only_there: list[str]

    @property
    def same(self) -> bool:
        return not self.only_here and not self.only_there


def compared(dossier: Dossier) -> list[Compared]:
    """The dossiers of the same case that went to others, side by side with this one.

    Each side is shown that the other was given the same, or what it was not given.
    """
    if not dossier.contents:
        return []
    others = Dossier.objects.filter(disclosure__case=dossier.disclosure.case_id)
    others = others.exclude(disclosure__to=dossier.disclosure.to_id).exclude(contents="")
    mine = set(dossier.contents.splitlines())
    found = []
    for other in others.select_related("disclosure__to", "asked").order_by("pk"):
        theirs = set(other.contents.splitlines())
        found.append(Compared(other, sorted(mine - theirs), sorted(theirs - mine)))
    return found


def dossiers(case: Case) -> list[Dossier]:
    rows = Dossier.objects.filter(disclosure__case=case).order_by("-pk")
    return list(rows.select_related("disclosure__to", "asked", "receipt"))


def to_ask(person: Person, case: Case) -> dict[str, Any]:
    """What the form to ask for a disclosure offers: only items that this person may see."""
    items = queries.members(person, case)
    formers = Dossier.objects.filter(disclosure__case=case).exclude(number="")
    return {
        "courts": Person.objects.filter(role=Role.COURT, active=True).order_by("name"),
        "rows": [(item, covers(item)) for item in items],
        "formers": list(formers.select_related("disclosure__to").order_by("pk")),
        "sides": Asked.Side.choices,
        "gives": Part.Give.choices,
    }


def covers(item: Item) -> list[WorkingCopy]:
    """The covered pictures of an item that two people have confirmed."""
    return [made for made in queries.usable_copies(item) if made.covers]
