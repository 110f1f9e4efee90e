"""A picture of what arrived when: copies, originals, and what is still missing.

Plain SVG, which opens anywhere and prints well; made from the catalogue alone, so that a locked
archive can draw it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from amana.reunite.archive import Archive

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 760, 340, 66, 40, 46
_POINTS, _TICKS, _DAY = 400, 4, 86_400
# Name, colour, width, words: wide below narrow, so that lines that coincide are all seen.
_LINES = (
    ("recorded", "#9ca3af", 7, "records of items"),
    ("copies", "#2563eb", 3.5, "copies"),
    ("missing", "#b91c1c", 1.5, "originals missing"),
    ("originals", "#047857", 2.5, "originals"),
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
    start, last = min(moments), max(moments)
    end = last + max(1, (last - start) // 25)  # so that the last step can be seen
    highest = max([value for line in lines.values() for _, value in line], default=0) or 1
    frame = _Frame(start, end, highest)
    parts = [_axes(frame)]
    for number, (name, colour, width, words) in enumerate(_LINES):
        points = _points(lines[name], frame)
        if name == "missing" and points:
            base = f"{_x(end, frame):.1f},{_y(0, frame):.1f} {_LEFT},{_y(0, frame):.1f}"
            parts.append(f'<polygon fill="{colour}" fill-opacity="0.15" points="{points} {base}"/>')
        parts.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="{width}"'
            f' stroke-linejoin="round" points="{points}"/>'
        )
        x = _LEFT + 170 * number
        total = lines[name][-1][1] if lines[name] else 0
        parts.append(f'<rect x="{x}" y="8" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{x + 17}" y="18">{words}: {total:,}</text>')
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        ' font-family="sans-serif" font-size="12">'
        "<title>What arrived when</title>"
        '<rect width="100%" height="100%" fill="white"/>'
    )
    return (head + "".join(parts) + "</svg>\n").encode("utf-8")


@dataclass(frozen=True)
class _Frame:
    """From when to when (Unix seconds), and the largest number of items."""

    start: int
    end: int
    highest: int


def _at(line: Series, moment: int) -> int:
    place = bisect_right(line, (moment, 1 << 62))
    return line[place - 1][1] if place else 0


def _points(line: Series, frame: _Frame) -> str:
    """Steps: what has arrived stays until more does."""
    thinned: Sequence[tuple[int, int]] = line[:: max(1, len(line) // _POINTS)]
    if line and thinned[-1] != line[-1]:
        thinned = [*thinned, line[-1]]
    points, before = [f"{_x(frame.start, frame):.1f},{_y(0, frame):.1f}"], 0
    for moment, value in thinned:
        x = _x(moment, frame)
        points += [f"{x:.1f},{_y(before, frame):.1f}", f"{x:.1f},{_y(value, frame):.1f}"]
        before = value
    points.append(f"{_x(frame.end, frame):.1f},{_y(before, frame):.1f}")
    return " ".join(points)


def _x(moment: int, frame: _Frame) -> float:
    return _LEFT + (_WIDTH - _LEFT - 20) * (moment - frame.start) / (frame.end - frame.start)


def _y(value: float, frame: _Frame) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * value / frame.highest


def _axes(frame: _Frame) -> str:
    base, right = _HEIGHT - _BOTTOM, _WIDTH - 20
    parts = []
    for share in (0.25, 0.5, 0.75, 1):
        y = _y(frame.highest * share, frame)
        parts.append(f'<path d="M{_LEFT},{y:.1f} H{right}" stroke="#e5e7eb"/>')
    for share in (0, 0.5, 1):
        y = _y(frame.highest * share, frame)
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">')
        parts.append(f"{round(frame.highest * share):,}</text>")
    shape = "%Y-%m-%d" if frame.end - frame.start > _TICKS * _DAY else "%Y-%m-%d %H:%M"
    for tick in range(_TICKS + 1):
        moment = frame.start + (frame.end - frame.start) * tick // _TICKS
        x, anchor = _x(moment, frame), {0: "start", _TICKS: "end"}.get(tick, "middle")
        day = datetime.fromtimestamp(moment, UTC).strftime(shape)
        parts.append(f'<path d="M{x:.1f},{base} v5" stroke="#111"/>')
        parts.append(f'<text x="{x:.1f}" y="{base + 20}" text-anchor="{anchor}">{day}</text>')
    parts.append(f'<path d="M{_LEFT},{_TOP} V{base} H{right}" fill="none" stroke="#111"/>')
    parts.append(f'<text x="{_LEFT - 8}" y="{_TOP - 10}" text-anchor="end">items</text>')
    return "".join(parts)
