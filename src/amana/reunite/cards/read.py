"""From a picture to the numbers on its card, each with a confidence that was calibrated.

Every candidate card is tried four ways up and in both scripts; the way that explains all marks on
it best is taken, and how far it leads before the next way goes into the confidence: a card that
says 8961 can be read upside down, and then nobody should be sure.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from amana.reunite.cards.find import Card, find_cards
from amana.reunite.cards.glyphs import Glyph, lines_of, part, square
from amana.reunite.cards.recognise import (
    OTHER,
    SLASH,
    Weights,
    features,
    probabilities,
    weights,
)

Floats = NDArray[np.float32]

ASCII, ARABIC_INDIC = "ascii", "arabic-indic"
_FIRST = {ASCII: 0, ARABIC_INDIC: 10}
# Cards in pictures that EXIF turned upright mostly stand upright themselves.
_TURNS = {0: 0.0, 1: -2.0, 2: -3.0, 3: -2.0}
_WIDE = 1.05  # a mark wider than this share of its line's height may be several digits
_GAP = 0.75  # a gap of this share of the line's height ends a number
_SURE = 0.35  # below this a digit is "?"
_FLOOR = 1e-3
_TALL = 0.7  # of its line: what is lower may be a dot or a dash
_GOOD, _HELPS = 0.8, 0.1  # enough to stop looking; below that a guess is noise
_DIGITS = range(2, 11)
MEASURES = 8


@dataclass(frozen=True)
class Number:
    """`value` in ASCII digits, `?` where one could not be told; `confidence` 0 to 1; the `corners`
    of its card (pixels of the picture, eight numbers); its line and place on the card.

    `measures` are what the confidence was made from (for calibration)."""

    value: str
    script: str
    confidence: float
    corners: tuple[int, ...]
    line: int
    place: int
    measures: tuple[float, ...]


@dataclass(frozen=True)
class _Mark:
    glyph: Glyph
    chances: Floats


@dataclass(frozen=True)
class _Way:
    """One way to read a card: how well it explains the marks, per mark and in all."""

    turn: int
    script: str
    score: float
    lines: list[list[_Mark]]


def read_cards(picture: Image.Image) -> list[Number]:
    """The numbers on the card of a picture that is upright as its EXIF says: of the candidate that
    reads best; nothing where none reads well enough to help anybody."""
    grey = picture if picture.mode == "L" else picture.convert("L")
    using = weights()
    best: list[Number] = []
    for card in find_cards(grey):
        numbers = _read_card(card, using)
        if _worth(numbers) > _worth(best):
            best = numbers
        if _worth(best) > _GOOD:
            break
    return [number for number in best if number.confidence >= _HELPS]


def _worth(numbers: list[Number]) -> float:
    return max((number.confidence for number in numbers), default=0.0)


def _read_card(card: Card, using: Weights) -> list[Number]:
    ways = [way for turn in _TURNS for way in _ways(card, turn, using)]
    if not ways:
        return []
    ways.sort(key=lambda way: -way.score)
    best = ways[0]
    numbers = _numbers(best)
    said = [value for _, _, value, _ in numbers]
    rival = max(
        (w.score for w in ways[1:] if [v for _, _, v, _ in _numbers(w)] != said), default=-99.0
    )
    out = []
    for line, place, value, marks in numbers:
        measures = _measures(marks, best, rival, card)
        corners = tuple(round(float(v)) for v in card.corners.ravel())
        confidence = certainty(measures, using)
        out.append(Number(value, best.script, confidence, corners, line, place, measures))
    return out


def certainty(measures: tuple[float, ...], using: Weights) -> float:
    """The calibrated chance that a number is right, from its measures."""
    raw = float(np.dot(using.curve[:-1], np.array(measures, np.float32)) + using.curve[-1])
    return 1 / (1 + float(np.exp(-np.clip(raw, -30, 30))))


def _ways(card: Card, turn: int, using: Weights) -> list[_Way]:
    lines = lines_of(np.ascontiguousarray(np.rot90(card.grey, turn)))
    lines = [line for line in lines if line]
    if not lines:
        return []
    marked = _recognised([_cuts(line) for line in lines], using)
    return [_way(turn, script, marked) for script in _FIRST]


Cuts = list[list[list[Glyph]]]


def _cuts(line: list[Glyph]) -> list[list[list[Glyph]]]:
    """For each mark the ways to take it apart: whole, or where little ink joins its columns."""
    ways = []
    for glyph in line:
        options = [[glyph]]
        wide = glyph.width / glyph.line_height
        if wide > _WIDE * 0.75 and glyph.height > 0.4 * glyph.line_height:
            for pieces in range(2, min(5, int(wide / 0.35) + 1)):
                cuts = [0, *_thin(glyph, pieces), glyph.width]
                options.append([part(glyph, a, b) for a, b in pairwise(cuts)])
        ways.append(options)
    return ways


def _thin(glyph: Glyph, pieces: int) -> list[int]:
    """The columns with least ink near the equal division of a mark into `pieces`."""
    load = glyph.ink.sum(0)
    step = glyph.width / pieces
    cuts = []
    for number in range(1, pieces):
        low = int(step * (number - 0.3))
        high = max(low + 1, int(step * (number + 0.3)))
        cuts.append(low + int(np.argmin(load[low:high])))
    return cuts


def _recognised(
    lines: list[list[list[list[Glyph]]]], using: Weights
) -> list[list[list[list[_Mark]]]]:
    """The chances of every piece of every mark, all at once."""
    every = [g for line in lines for options in line for option in options for g in option]
    squares, geometry = zip(*(square(g) for g in every), strict=True)
    chances = probabilities(features(np.stack(squares), np.stack(geometry)), using)
    marks = iter([_Mark(g, c) for g, c in zip(every, chances, strict=True)])
    return [
        [[[next(marks) for _ in option] for option in options] for options in line]
        for line in lines
    ]


def _way(turn: int, script: str, lines: list[list[list[list[_Mark]]]]) -> _Way:
    first = _FIRST[script]

    def worth(option: list[_Mark]) -> float:
        return min(_chance(mark, first) for mark in option)

    chosen = []
    for line in lines:
        marks: list[_Mark] = []
        for options in line:
            # A division must convince: in two a 4 may look like 1 and 7.
            best = max(options, key=lambda o: worth(o) * (1.0 if len(o) == 1 else 0.9))
            marks += best
        chosen.append(marks)
    scores = [float(np.log(_chance(m, first) + _FLOOR)) for line in chosen for m in line]
    score = float(np.mean(scores)) * min(len(scores), 12) + _TURNS[turn]
    return _Way(turn, script, score, chosen)


def _chance(mark: _Mark, first: int) -> float:
    return float(max(mark.chances[first : first + 10].max(), mark.chances[SLASH]))


def _within(mark: _Mark, first: int) -> float:
    """How sure the digit is, once the script is known: 1 and ١ are one shape."""
    ten = mark.chances[first : first + 10]
    return float(ten.max() / (ten.sum() + mark.chances[SLASH] + mark.chances[OTHER]))


def _numbers(way: _Way) -> list[tuple[int, int, str, list[_Mark]]]:
    """(line, place, value, marks) of each run of digits."""
    out = []
    for number, line in enumerate(way.lines):
        for place, marks in enumerate(_runs(line, _FIRST[way.script])):
            value = "".join(_digit(mark, _FIRST[way.script]) for mark in marks)
            dots = value.count("0") if way.script == ARABIC_INDIC else 0
            # A row of specks looks like ٠٠٠٠: such a number needs other digits beside it.
            if value.count("?") * 3 <= len(value) and dots <= 2 + len(value) - dots:
                out.append((number, place, value, marks))
    return out


def _runs(line: list[_Mark], first: int) -> list[list[_Mark]]:
    """A line cut at slashes, at what is no digit, and at wide gaps; only what may be a number."""
    runs: list[list[_Mark]] = [[]]
    for mark in line:
        last = runs[-1][-1] if runs[-1] else None
        # A mark as tall as a digit that could not be told stays, as "?": to leave it out would make
        # another number of what is left.
        tall = mark.glyph.height >= _TALL * mark.glyph.line_height
        # A slash stands between numbers: at an end of the line it was a thin 1 or 7.
        between = mark is not line[0] and mark is not line[-1]
        slash = mark.chances[SLASH] > mark.chances[first : first + 10].max()
        if (slash and between) or (_foreign(mark, first) and not tall):
            runs.append([])
            continue
        if last and mark.glyph.left - last.glyph.right > _GAP * mark.glyph.line_height:
            runs.append([])
        runs[-1].append(mark)
    return [run for run in runs if len(run) in _DIGITS]


def _foreign(mark: _Mark, first: int) -> bool:
    return bool(mark.chances[OTHER] > max(4 * mark.chances[first : first + 10].max(), 0.6))


def _digit(mark: _Mark, first: int) -> str:
    ten = mark.chances[first : first + 10]
    if _foreign(mark, first) or mark.chances[SLASH] > ten.max():
        return "?"
    share = ten / max(float(ten.sum()), 1e-6)
    return str(int(ten.argmax())) if share.max() >= _SURE and ten.max() > 0.05 else "?"


def _measures(marks: list[_Mark], way: _Way, rival: float, card: Card) -> tuple[float, ...]:
    first = _FIRST[way.script]
    chances = [_within(m, first) for m in marks]
    logs = np.log(np.array(chances) + _FLOOR)
    heights = [m.glyph.line_height for m in marks]
    every = [_chance(m, first) for line in way.lines for m in line]
    return (
        float(logs.min()),
        float(logs.sum()),
        float(np.log(np.mean(every) + _FLOOR)),
        min(way.score - rival, 12.0) / 4,
        min(float(np.median(heights)), 48.0) / 16,
        len(marks) / 4,
        float(card.score),
        float(np.std([g.glyph.height for g in marks]) / max(float(np.median(heights)), 1.0)),
    )
