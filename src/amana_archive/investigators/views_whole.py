"""The whole drawn together: number series, time, places; to be looked at and taken as data.

Every page and every download is an entry in the ledger before it leaves; each counts only what this
person may see, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from amana.errors import AmanaError
from amana_archive.access.audit import note, opened
from amana_archive.access.gate import asks, who
from amana_archive.access.models import Person
from amana_archive.evidence.models import Number
from amana_archive.investigators import gaps, places, plots, rights
from amana_archive.investigators.downloads import Cell, as_file
from amana_archive.investigators.models import Place
from amana_archive.investigators.seen import FILE, KINDS, View, view
from amana_archive.investigators.series import WIDEST
from amana_archive.investigators.timeline import DAY, MONTH, Timeline, timeline
from amana_archive.review.describe import problem

_MOST_ROWS = 200


def _chosen(request: HttpRequest) -> tuple[str, str]:
    """The number and the branch (or folder) that the address names."""
    kind = request.GET.get("number", "")
    kind = kind if kind in KINDS else Number.DEATH.value
    return kind, request.GET.get("of", "")[:400]


def _overview(seen: View) -> list[gaps.Series]:
    """One line for each branch (or folder), those with most numbers first."""
    found = [gaps.series(seen, branch) for branch in seen.branches()]
    return sorted(found, key=lambda s: -s.count)[:_MOST_ROWS]


@asks(rights.investigate)
@require_GET
def series(request: HttpRequest) -> HttpResponse:
    """Runs and gaps of one number, of all branches or of one."""
    person = who(request)
    kind, of = _chosen(request)
    note(request, "series.viewed", number=kind, of=of)
    seen = view(person, kind)
    whole = bool(of) or kind == Number.DEATH.value
    found = gaps.series(seen, of) if whole else None
    context: dict[str, Any] = {
        "kinds": [*Number.choices[::2], (FILE, "")],
        "kind": kind,
        "of": of,
        "overview": _overview(seen),
        "found": found,
        "widest": WIDEST,
        "data": f"number={kind}" + (f"&of={of}" if of else ""),
    }
    if found is not None and found.count:
        context |= {
            "plot": plots.strip(found),
            "days": plots.by_day(found.held),
            "gaps": gaps.missing(person, seen, found),
        }
    return render(request, "series.html", context)


@asks(rights.investigate)
@require_GET
def series_data(request: HttpRequest) -> HttpResponse:
    """Every number that we have and every gap, as CSV or JSON."""
    person = who(request)
    kind, of = _chosen(request)
    found = gaps.series(view(person, kind), of)
    rows = list(_series_rows(found))
    form = request.GET.get("as", "csv")
    note(request, "series.downloaded", number=kind, of=of, form=form, rows=len(rows))
    columns = ("what", "first", "last", "numbers", "branch", "item", "taken", "disputed")
    return as_file(f"series-{kind}", form, columns, rows)


def _series_rows(found: gaps.Series) -> Iterator[list[Cell]]:
    for number in sorted(found.held):
        for one in found.held[number]:
            yield [
                *("number", number, number, 1, one.branch, one.item, one.taken),
                "yes" if one.disputed else "no",
            ]
    for gap in found.gaps:
        yield ["gap", gap.first, gap.last, gap.size, found.branch, None, "", ""]


# --- time ----------------------------------------------------------------------------------------


def _timeline(request: HttpRequest, person: Person) -> Timeline:
    by = DAY if request.GET.get("by") == DAY else MONTH
    return timeline(person, by, _day(request, "since"), _day(request, "until"))


def _day(request: HttpRequest, name: str) -> str:
    try:
        return str(date.fromisoformat(request.GET.get(name, "")))
    except ValueError:
        return ""


@asks(rights.investigate)
@require_GET
def time(request: HttpRequest) -> HttpResponse:
    """Pictures by day or month, a lane for each branch, and the periods without any."""
    note(request, "timeline.viewed", query=request.GET.urlencode()[:200])
    found = _timeline(request, who(request))
    lanes: list[tuple[str, dict[str, int]]] = [("", found.total), *found.lanes]
    context = {
        "found": found,
        "since": _day(request, "since"),
        "until": _day(request, "until"),
        "plot": plots.lanes(found.periods, lanes) if found.periods else "",
        "rows": [(p, *(c.get(p, 0) for _, c in lanes)) for p in found.periods if p in found.total],
        "lanes": lanes,
    }
    return render(request, "timeline.html", context)


@asks(rights.investigate)
@require_GET
def time_data(request: HttpRequest) -> HttpResponse:
    found = _timeline(request, who(request))
    rows: list[list[Cell]] = [[p, "", n] for p, n in found.total.items()]
    rows += [[p, b, n] for b, counts in found.branches.items() for p, n in counts.items()]
    form = request.GET.get("as", "csv")
    note(request, "timeline.downloaded", form=form, rows=len(rows))
    return as_file("timeline", form, (found.by, "branch", "pictures"), rows)


# --- places --------------------------------------------------------------------------------------


def _places(person: Person) -> tuple[Timeline, dict[str, int], list[Place]]:
    found = timeline(person, MONTH)
    pictures = {b: sum(counts.values()) for b, counts in found.branches.items()}
    known = list(Place.objects.filter(ended=None).select_related("by").order_by("kind", "pk"))
    return found, pictures, known


@asks(rights.investigate)
@require_http_methods(["GET", "POST"])
def where(request: HttpRequest) -> HttpResponse:
    """The map of the archive's own coordinates, and branches by month; or say where one is."""
    person = who(request)
    if request.method == "POST":
        form = {f: request.POST.get(f, "") for f in places.Described.__dataclass_fields__}
        try:
            places.add(opened(request), person, places.Described(**form))
        except AmanaError as error:
            return problem(request, error)
        return HttpResponseRedirect("/places#known")
    note(request, "places.viewed")
    found, pictures, known = _places(person)
    laid = places.layout(known, pictures)
    context = {
        "map": plots.chart(laid) if laid else "",
        "matrix": plots.matrix(found.periods, found.lanes) if found.lanes else "",
        "known": [(place, pictures.get(place.number, 0)) for place in known],
        "unplaced": [(b, n) for b, n in pictures.items() if b not in {p.number for p in known}],
        "lanes": found.lanes,
        "months": [p for p in found.periods if p in found.total],
        "kinds": Place.Kind.choices,
    }
    return render(request, "places.html", context)


@asks(rights.change_place, place=Place)
@require_POST
def take_place(request: HttpRequest, place: Place) -> HttpResponse:
    try:
        places.take(opened(request), who(request), place, request.POST.get("reason", ""))
    except AmanaError as error:
        return problem(request, error)
    return HttpResponseRedirect("/places#known")


def _described(place: Place) -> tuple[Cell, ...]:
    at = str(place.latitude), str(place.longitude)
    return place.name, place.kind, place.number, *at, place.source


@asks(rights.investigate)
@require_GET
def where_data(request: HttpRequest) -> HttpResponse:
    _, pictures, known = _places(who(request))
    rows: list[list[Cell]] = [[*_described(p), pictures.get(p.number, 0)] for p in known]
    placed = {p.number for p in known}
    rows += [["", "branch", b, "", "", "", n] for b, n in pictures.items() if b not in placed]
    form = request.GET.get("as", "csv")
    note(request, "places.downloaded", form=form, rows=len(rows))
    columns = ("name", "kind", "branch", "latitude", "longitude", "source", "pictures")
    return as_file("places", form, columns, rows)
