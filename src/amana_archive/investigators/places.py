"""Places: the archive's own coordinates, and what was photographed under each branch's number."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from amana.errors import UsageProblem
from amana_archive.access.audit import record
from amana_archive.access.models import Person
from amana_archive.evidence.actions import remember, required
from amana_archive.investigators.models import Place
from amana_archive.investigators.seen import whole
from amana_archive.lockup.opened import Opened

ERRORS = (
    _("a place needs a name, a kind and how it is known where it is"),
    _("a branch number has digits only"),
    _("latitude is from -90 to 90 degrees, longitude from -180 to 180"),
)


@dataclass(frozen=True)
class Described:
    """What a form says of a place."""

    name: str
    kind: str
    number: str
    latitude: str
    longitude: str
    source: str


def add(opened: Opened, by: Person, said: Described) -> Place:
    """Raises UsageProblem."""
    name, source = said.name.strip()[:120], said.source.strip()[:300]
    if not name or not source or said.kind not in Place.Kind.values:
        raise UsageProblem(what="a place needs a name, a kind and how it is known where it is")
    number = "".join(str(int(c)) if c.isdecimal() else c for c in said.number.strip())
    if number and whole(number) is None:
        raise UsageProblem(what="a branch number has digits only")
    latitude, longitude = _degrees(said.latitude, 90), _degrees(said.longitude, 180)
    with transaction.atomic():
        made = Place.objects.create(
            by=by,
            name=name,
            kind=said.kind,
            number=number,
            latitude=latitude,
            longitude=longitude,
            source=source,
        )
        entry = record(opened, by, "place.added", place=made.pk, name=name, number=number)
        remember(entry, by, "place", made.pk, {"field": "place", "new": name}, source)
    return made


def _degrees(text: str, most: int) -> float:
    western = "".join(str(int(c)) if c.isdecimal() else c for c in text.strip())
    try:
        found = float(western.replace(",", ".").replace("\u066b", "."))
    except ValueError:
        found = 999.0
    if not -most <= found <= most:
        raise UsageProblem(what="latitude is from -90 to 90 degrees, longitude from -180 to 180")
    return round(found, 6)


def take(opened: Opened, by: Person, place: Place, reason: str) -> None:
    """Take a place back; that it was said stays. Raises UsageProblem without a reason."""
    reason = required(reason)
    with transaction.atomic():
        here = Place.objects.filter(pk=place.pk, ended=None)
        if here.update(ended=timezone.now(), ended_by=by, reason=reason):
            entry = record(opened, by, "place.taken", place=place.pk, reason=reason)
            remember(entry, by, "place", place.pk, {"field": "place", "old": place.name}, reason)


@dataclass(frozen=True)
class Spot:
    """A place on the map: `x`, `y` from 0 to 1 (y downwards), and how many pictures."""

    place: Place
    x: float
    y: float
    pictures: int


@dataclass(frozen=True)
class Map:
    spots: tuple[Spot, ...]
    kilometres: float  # across its width
    ratio: float  # height over width


def layout(places: list[Place], pictures: dict[str, int]) -> Map | None:
    """An equirectangular projection around the middle latitude: true enough over one country."""
    if not places:
        return None
    wide = cos(radians(sum(p.latitude for p in places) / len(places)))
    xs, ys = [p.longitude * wide for p in places], [-p.latitude for p in places]
    left, top = min(xs), min(ys)
    width, height = max(xs) - left, max(ys) - top
    span = max(width, height, 0.02)
    left -= (span - width) / 2
    ratio = max(0.35, height / span)
    top -= (span * ratio - height) / 2
    spots = tuple(
        Spot(p, (x - left) / span, (y - top) / (span * ratio), pictures.get(p.number, 0))
        for p, x, y in zip(places, xs, ys, strict=True)
    )
    return Map(spots, span * 111.32, ratio)
