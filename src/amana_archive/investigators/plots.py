"""What the plots of a series, of time and of places show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from math import sqrt

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from amana_archive.investigators.drawing import WIDTH, Drawing, Scale, across, ticks
from amana_archive.investigators.gaps import Series
from amana_archive.investigators.places import Map
from amana_archive.investigators.seen import Seen
from amana_archive.investigators.series import Stretch

_LEFT, _RIGHT, _ROW = 90, 30, 46
_MOST_MARKS, _BINS, _MOST_POINTS, _MOST_STRETCHES = 240, 240, 1500, 12


def strip(found: Series) -> SafeString:
    """Each stretch as a band: filled where we have the number, empty where nobody here saw it."""
    shown = found.stretches[:_MOST_STRETCHES]
    height = 20 + _ROW * len(shown)
    drawing = Drawing(
        height,
        _("Numbers that we have, and gaps between them"),
        _("%(held)s numbers in %(stretches)s stretches; %(missing)s stand in gaps.")
        % {
            "held": found.count,
            "stretches": len(found.stretches),
            "missing": found.missing,
        },
    )
    for place, stretch in enumerate(shown):
        _band(drawing, stretch, 14 + place * _ROW)
    return drawing.svg()


def _band(drawing: Drawing, stretch: Stretch, y: float) -> None:
    scale = Scale(stretch.first, stretch.last + 1, _LEFT, WIDTH - _RIGHT)
    drawing.text(_LEFT - 10, y + 13, stretch.first, "end")
    if len(stretch.runs) > _MOST_MARKS:
        _dense(drawing, stretch, scale, y)
    else:
        for gap in stretch.gaps:
            x = scale(gap.first)
            said = f"{gap.first}\u2013{gap.last}" if gap.size > 1 else str(gap.first)
            drawing.rect(x, y, scale(gap.last + 1) - x, 18, "gap", said)
        for run in stretch.runs:
            x = scale(run.first)
            said = f"{run.first}\u2013{run.last}" if run.size > 1 else str(run.first)
            drawing.rect(x, y, scale(run.last + 1) - x, 18, "held", said)
    for tick in ticks(stretch.first, stretch.last):
        x = scale(tick + 0.5)
        drawing.line(x, y + 18, x, y + 22)
        drawing.text(x, y + 34, tick, "middle")


def _dense(drawing: Drawing, stretch: Stretch, scale: Scale, y: float) -> None:
    """Too many runs for marks: the share that we have, in equal steps."""
    step = (stretch.last + 1 - stretch.first) / _BINS
    held = [0.0] * _BINS
    for run in stretch.runs:
        for number in range(run.first, run.last + 1):
            held[min(_BINS - 1, int((number - stretch.first) / step))] += 1
    drawing.rect(scale(stretch.first), y, scale(stretch.last + 1) - _LEFT, 18, "gap")
    for place, amount in enumerate(held):
        if amount:
            x = scale(stretch.first + place * step)
            width = scale(stretch.first + (place + 1) * step) - x
            drawing.rect(x, y, width, 18, "held", share=max(0.15, min(1.0, amount / step)))


def by_day(held: Mapping[int, Sequence[Seen]]) -> SafeString | None:
    """Numbers over the day of the picture: whether they run on in time. None without days."""
    points = [
        (day, number, any(s.disputed for s in seen))
        for number, seen in held.items()
        if (day := _day(min((s.taken for s in seen if s.taken), default="")))
    ]
    if len({day for day, _, _ in points}) < 2:
        return None
    points.sort()
    points = points[:: -(-len(points) // _MOST_POINTS)]
    days, numbers = [p[0] for p in points], [p[1] for p in points]
    height = 300
    across_, up = (
        Scale(days[0], days[-1], _LEFT, WIDTH - _RIGHT),
        Scale(min(numbers), max(numbers), height - 50, 20),
    )
    drawing = Drawing(
        height,
        _("Numbers by the day of the picture"),
        _("From %(first)s to %(last)s. Where numbers were given one after another, they rise.")
        % {"first": date.fromordinal(days[0]), "last": date.fromordinal(days[-1])},
    )
    for tick in ticks(min(numbers), max(numbers), 5):
        drawing.line(_LEFT, up(tick), WIDTH - _RIGHT, up(tick), "grid")
        drawing.text(_LEFT - 10, up(tick) + 5, tick, "end")
    for day, anchor in ((days[0], "start"), (days[-1], "end")):
        drawing.text(across_(day), height - 20, date.fromordinal(day), anchor)
    for day, number, disputed in points:
        kind = "disputed" if disputed else "point"
        said = f"{number} \u00b7 {date.fromordinal(day)}"
        drawing.circle(across_(day), up(number), 5, kind, said)
    return drawing.svg()


def _day(taken: str) -> int | None:
    try:
        return date.fromisoformat(taken[:10]).toordinal()
    except ValueError:
        return None


def lanes(periods: Sequence[str], rows: Sequence[tuple[str, Mapping[str, int]]]) -> SafeString:
    """One lane a branch, one bar a period; the lane's highest bar fills it."""
    height = 30 + 56 * len(rows)
    drawing = Drawing(
        height,
        _("Pictures by day or month, one lane for each branch"),
        _("From %(first)s to %(last)s. Empty places are periods without a picture.")
        % {"first": periods[0], "last": periods[-1]},
    )
    scale = Scale(0, max(1, len(periods)), _LEFT, WIDTH - _RIGHT)
    width = max(1.0, min(40.0, scale(1) - scale(0) - 1))
    for lane, (label, counts) in enumerate(rows):
        base = 50 + lane * 56
        top = max(counts.values(), default=1)
        drawing.text(_LEFT - 10, base, label or _("All"), "end")
        drawing.line(_LEFT, base, WIDTH - _RIGHT, base)
        for place, period in enumerate(periods):
            if amount := counts.get(period, 0):
                tall = 4 + 36 * amount / top
                said = f"{label} \u00b7 {period}: {amount}"
                x = (scale(place) + scale(place + 1) - width) / 2
                drawing.rect(x, base - tall, width, tall, "held", said.strip(" \u00b7"))
    across(drawing, periods, Scale(-0.5, len(periods) - 0.5, _LEFT, WIDTH - _RIGHT), height - 8)
    return drawing.svg()


def matrix(months: Sequence[str], rows: Sequence[tuple[str, Mapping[str, int]]]) -> SafeString:
    """Branches over months: the area of a circle is the number of pictures."""
    height = 40 + 34 * len(rows)
    drawing = Drawing(
        height,
        _("Branches by month"),
        _("A schematic, no map: the area of a circle is the number of pictures."),
    )
    scale = Scale(0, max(1, len(months) - 1), _LEFT + 30, WIDTH - _RIGHT - 20)
    top = max((n for _, counts in rows for n in counts.values()), default=1)
    for place, (label, counts) in enumerate(rows):
        y = 20 + place * 34
        drawing.text(_LEFT - 10, y + 5, label, "end")
        drawing.line(_LEFT, y, WIDTH - _RIGHT, y, "grid")
        for at, month in enumerate(months):
            if amount := counts.get(month, 0):
                said = f"{label} \u00b7 {month}: {amount}"
                drawing.circle(scale(at), y, 3 + 12 * sqrt(amount / top), "point", said)
    across(drawing, months, scale, height - 6)
    return drawing.svg()


def chart(laid: Map) -> SafeString:
    """The archive's own coordinates on paper of its own: no tiles, nobody is asked for a map."""
    inner, margin = WIDTH - 300, 50
    height = 2 * margin + inner * laid.ratio
    drawing = Drawing(
        height,
        _("Places, by the archive's own coordinates"),
        _("%(places)s places over %(kilometres)s km. A circle's area is the number of pictures.")
        % {"places": len(laid.spots), "kilometres": round(laid.kilometres)},
    )
    drawing.rect(10, 10, WIDTH - 20, height - 20, "ground")
    top = max((spot.pictures for spot in laid.spots), default=0) or 1
    for spot in laid.spots:
        x, y = 150 + spot.x * inner, margin + spot.y * inner * laid.ratio
        place = spot.place
        label = f"{place.name} {place.number}".strip()
        kind = "point" if spot.pictures else "empty"
        drawing.circle(x, y, 5 + 20 * sqrt(spot.pictures / top), kind, f"{label}: {spot.pictures}")
        drawing.text(x, y - 10 - 20 * sqrt(spot.pictures / top), label, "middle")
    drawing.line(30, height - 30, 30 + inner / 4, height - 30)
    drawing.text(30, height - 36, f"{laid.kilometres / 4:.3g} km")
    return drawing.svg()
