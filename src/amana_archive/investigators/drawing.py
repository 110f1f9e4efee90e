"""Plots as SVG, made on the server: no script, no foreign library, readable as text.

Numbers and time run from left to right in every language, as on the cards. What a plot shows also
stands in a table beneath it; colours come from the page (static/plots.css), light and dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WIDTH = 960
_ids = count(1)


@dataclass
class Drawing:
    """An SVG image of `WIDTH` by `height` units with a title and a description for those who hear
    it. Everything put in is escaped here."""

    height: float
    title: str
    description: str
    parts: list[str] = field(default_factory=list)

    def rect(
        self, x: float, y: float, w: float, h: float, kind: str, said: str = "", share: float = 1
    ) -> None:
        more = f' fill-opacity="{share:.2f}"' if share < 1 else ""
        place = f'x="{x:.1f}" y="{y:.1f}" width="{max(w, 0.8):.1f}" height="{h:.1f}"'
        self._put("rect", f'{place} class="{kind}"{more}', said)

    def circle(self, x: float, y: float, r: float, kind: str, said: str = "") -> None:
        self._put("circle", f'cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" class="{kind}"', said)

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str = "axis") -> None:
        ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
        self.parts.append(f'<line {ends} class="{kind}"/>')

    def text(self, x: float, y: float, words: object, anchor: str = "start") -> None:
        place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
        self.parts.append(f"<text {place}>{escape(words)}</text>")

    def _put(self, shape: str, attributes: str, said: str) -> None:
        inside = f"<title>{escape(said)}</title>" if said else ""
        self.parts.append(f"<{shape} {attributes}>{inside}</{shape}>")

    def svg(self) -> SafeString:
        key = f"plot{next(_ids)}"
        head = (
            f'<svg class="plot" viewBox="0 0 {WIDTH} {self.height:.0f}" direction="ltr" role="img"'
            f' aria-labelledby="{key}t {key}d"><title id="{key}t">{escape(self.title)}</title>'
            f'<desc id="{key}d">{escape(self.description)}</desc>'
        )
        return mark_safe(head + "".join(self.parts) + "</svg>")  # noqa: S308 - escaped above


@dataclass(frozen=True)
class Scale:
    """From values to units of the drawing."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def ticks(low: int, high: int, most: int = 6) -> list[int]:
    """Round numbers between two, at most so many."""
    step = 1
    for step in _steps():
        if (high - low) / step <= most:
            break
    first = -(-low // step) * step
    return list(range(first, high + 1, step))


def _steps() -> Iterable[int]:
    for power in range(12):
        for factor in (1, 2, 5):
            yield factor * 10**power


def across(drawing: Drawing, labels: Sequence[str], scale: Scale, y: float, most: int = 12) -> None:
    """Labels of periods under a plot, as many as find room."""
    every = max(1, -(-len(labels) // most))
    for place, label in enumerate(labels):
        if place % every == 0:
            drawing.text(scale(place), y, label, "middle")
