"""One document: its pages, its text, what was asked within it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.db.models import Q, QuerySet

from amana.errors import AmanaError
from amana_archive.access.models import Person
from amana_archive.evidence import source
from amana_archive.evidence.models import Item, MachineText
from amana_archive.investigators.pages import Page, Wanted, reader
from amana_archive.investigators.seen import visible_items
from amana_archive.lockup.opened import Opened
from amana_archive.search.normalise import alternatives, normalise, words

PDF = "application/pdf"
LIST = 30
_AROUND = 90
_MOST_FOUND = 40
_WORD = re.compile(r"\w+")


def listed(person: Person, after: int | None) -> tuple[list[Item], int | None]:
    """Documents and texts that this person may see, newest first; a key to go on with."""
    rows = documents(visible_items(person))
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows.defer("words", "photo", "copy").order_by("-pk")[: LIST + 1])
    return found[:LIST], found[LIST - 1].pk if len(found) > LIST else None


def documents(items: QuerySet[Item]) -> QuerySet[Item]:
    """Files that are read rather than looked at; and pictures in which a machine found text."""
    kinds = Q(media_type__startswith="text/") | Q(media_type__startswith="application/")
    scanned = MachineText.objects.exclude(text="").values("item")
    return items.filter(kinds | Q(pk__in=scanned))


def pages(opened: Opened, item: Item) -> tuple[int, str]:
    """How many pages can be shown as pictures, and why none."""
    if item.is_picture:
        return 1, ""
    if item.media_type != PDF:
        return 0, ""
    try:
        return reader.answer(Wanted(source.original_bytes(opened, item))).pages, ""
    except AmanaError as error:
        return 0, str(getattr(error, "reason", "")) or type(error).__name__


def page(opened: Opened, item: Item, number: int) -> Page:
    """A page (from 1) as a picture, with its own text. Raises CannotOpen, Damaged."""
    return reader.answer(Wanted(source.original_bytes(opened, item), number - 1))


@dataclass(frozen=True)
class Piece:
    """Part of a text; `marked` where it was asked for."""

    text: str
    marked: bool


def found_in(text: str, asked: str) -> tuple[list[list[Piece]], int]:
    """Where the words stand in a text, each place with what is around it; how many places.

    Words are compared folded, as in the search: alef, hamza, ta marbuta and digits alike.
    """
    wanted = {form for word in words(asked)[:12] for form in alternatives(word)}
    if not wanted:
        return [], 0
    places = [m.span() for m in _WORD.finditer(text) if _is_one(m[0], wanted)]
    return [list(_around(text, place)) for place in islice(places, _MOST_FOUND)], len(places)


def _is_one(word: str, wanted: set[str]) -> bool:
    return any(form in wanted for form in alternatives(normalise(word)))


def _around(text: str, place: tuple[int, int]) -> Iterator[Piece]:
    start, end = place
    low, high = max(0, start - _AROUND), min(len(text), end + _AROUND)
    yield Piece(("…" if low else "") + text[low:start], False)
    yield Piece(text[start:end], True)
    yield Piece(text[end:high] + ("…" if high < len(text) else ""), False)
