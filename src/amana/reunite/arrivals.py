"""A picture of what arrived when: copies, originals, and what is still missing.

Plain SVG, which opens anywhere and prints well; made from the catalogue alone, so that a locked
archive can draw it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from amana.reunite.archive import Archive

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 760, 340, 60, 40, 30
_POINTS = 400
_LINES = (
    ("recorded", "#6b7280", "records of items"),
    ("copies", "#2563eb", "copies"),
    ("originals", "#047857", "originals"),
    ("missing", "#b91c1c", "originals still missing"),
)
_QUERIES = {
    "recorded": "SELECT arrived, count(*) FROM record WHERE kind = 1 AND NOT refuted",
    "copies": "SELECT o.arrived, count(*) FROM record r JOIN object o ON o.tag = r.copy"
    " WHERE r.kind = 1 AND NOT r.refuted",
    "originals": "SELECT o.arrived, count(*) FROM record r JOIN object o ON o.tag = r.original"
    " WHERE r.kind = 1 AND NOT r.refuted",
}
Series = list[tuple[int, int]]


def arrived(archive: Archive) -> dict[str, Series]:
    """For each line of the plot: (time in seconds, how many items by then), in order."""
    lines: dict[str, Series] = {}
    for name, query in _QUERIES.items():
        column = "arrived" if name == "recorded" else "o.arrived"
        rows = archive.catalogue.db.execute(f"{query} GROUP BY {column} ORDER BY {column}")
        total, line = 0, []
        for moment, count in rows:
            total += count
            line.append((int(moment), total))
        lines[name] = line
    moments = sorted({moment for line in lines.values() for moment, _ in line})
    lines["missing"] = [
        (m, max(0, _at(lines["recorded"], m) - _at(lines["originals"], m))) for m in moments
    ]
    return lines


def plot(archive: Archive) -> bytes:
    """The SVG. Works on a locked archive."""
    lines = arrived(archive)
    moments = [moment for line in lines.values() for moment, _ in line] or [0]
    start, end = min(moments), max(moments)
    highest = max([value for line in lines.values() for _, value in line], default=0) or 1
    parts = [_axes(start, end, highest)]
    for number, (name, colour, words) in enumerate(_LINES):
        points = _points(lines[name], start, end, highest)
        parts.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>'
        )
        x = _LEFT + 170 * number
        parts.append(f'<rect x="{x}" y="8" width="12" height="12" fill="{colour}"/>')
        total = lines[name][-1][1] if lines[name] else 0
        parts.append(f'<text x="{x + 17}" y="18">{words}: {total}</text>')
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        ' font-family="sans-serif" font-size="12">'
        '<rect width="100%" height="100%" fill="white"/>'
    )
    return (head + "".join(parts) + "</svg>\n").encode("utf-8")


def _at(line: Series, moment: int) -> int:
    return max((value for when, value in line if when <= moment), default=0)


def _points(line: Series, start: int, end: int, highest: int) -> str:
    """Steps: what has arrived stays until more does."""
    thinned: Sequence[tuple[int, int]] = line[:: max(1, len(line) // _POINTS)]
    if line and thinned[-1] != line[-1]:
        thinned = [*thinned, line[-1]]
    points, before = [], 0
    for moment, value in thinned:
        x = _x(moment, start, end)
        points += [f"{x:.1f},{_y(before, highest):.1f}", f"{x:.1f},{_y(value, highest):.1f}"]
        before = value
    points.append(f"{_x(end, start, end):.1f},{_y(before, highest):.1f}")
    return " ".join(points)


def _x(moment: int, start: int, end: int) -> float:
    return _LEFT + (_WIDTH - _LEFT - 20) * (moment - start) / max(1, end - start)


def _y(value: int, highest: int) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * value / highest


def _axes(start: int, end: int, highest: int) -> str:
    base, right = _HEIGHT - _BOTTOM, _WIDTH - 20
    parts = [f'<path d="M{_LEFT},{_TOP} V{base} H{right}" fill="none" stroke="#111"/>']
    for share in (0, 0.5, 1):
        value = round(highest * share)
        parts.append(f'<text x="{_LEFT - 8}" y="{_y(value, highest) + 4:.1f}" ')
        parts.append(f'text-anchor="end">{value}</text>')
    for moment, anchor in ((start, "start"), (end, "end")):
        day = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M")
        x = _x(moment, start, end) if anchor == "start" else right
        parts.append(f'<text x="{x:.1f}" y="{base + 20}" text-anchor="{anchor}">{day}</text>')
    return "".join(parts)
