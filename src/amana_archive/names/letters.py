"""Slips of the hand and of the eye: letters beside each other on a keyboard, and letters that look
alike in print. Compared within one script only; what sounds alike is `sounds`.

Keyboards: QWERTY and AZERTY for Latin, the Arabic (101) layout. Shapes: Arabic letters that differ
in dots, and Latin ones that are confused in poor print.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import numpy as np

from amana_archive.names.distance import Codes, distances
from amana_archive.names.sounds import Table

_ALPHABET = "abcdefghijklmnopqrstuvwxyz3" + "ابتثجحخدذرزسشصضطظعغفقكلمنهويةپچژگڤ"
LETTER = {letter: n + 1 for n, letter in enumerate(_ALPHABET)}
SIZE = len(_ALPHABET) + 2
OTHER = SIZE - 1
_ROWS = (
    ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    ("azertyuiop", "qsdfghjklm", "wxcvbn"),
    ("ضصثقفغعهخحجد", "شسيبلاتنمكط", "ذءرلايةوزظ"),
)
_SHAPES = (
    *("بتثني", "جحخچ", "دذرز", "رزو", "سش", "صض", "طظ", "عغ", "فقو", "كگ", "هةه"),
    *("ceo", "il", "lt", "uv", "nu", "mn", "nh", "hb", "rn", "gq", "vy", "ij", "ft", "oa", "ea"),
)
_BESIDE, _ALIKE, _EXCHANGED = 0.55, 0.45, 0.45
_VOWELS_OF_SPELLING = "aeiouyh"


def _neighbours() -> Iterator[tuple[str, str]]:
    """Keys beside and below each other."""
    for rows in _ROWS:
        for n, row in enumerate(rows):
            yield from pairwise(row)
            if n + 1 < len(rows):
                below = rows[n + 1]
                yield from ((c, o) for m, c in enumerate(row) for o in below[max(0, m - 1) : m + 1])


def _between() -> Table:
    costs = np.ones((SIZE, SIZE), dtype=np.float32)
    np.fill_diagonal(costs, 0.0)
    near = [(a, b, _BESIDE) for a, b in _neighbours()]
    near += [(a, b, _ALIKE) for group in _SHAPES for a, b in combinations(group, 2)]
    for a, b, cost in near:
        if a in LETTER and b in LETTER and a != b:
            x, y = LETTER[a], LETTER[b]
            costs[x, y] = costs[y, x] = min(cost, float(costs[x, y]))
    return costs


def _out() -> Table:
    costs = np.full(SIZE, 0.7, dtype=np.float32)
    costs[0] = 0.0
    for letter in _VOWELS_OF_SPELLING:
        costs[LETTER[letter]] = 0.4
    return costs


BETWEEN, OUT = _between(), _out()


def numbers(letters: str) -> list[int]:
    return [LETTER.get(c, OTHER) for c in letters]


def likeness_of_letters(letters: str, words: Codes) -> Table:
    """1: written the same; one slip in a word of five letters is about 0.9."""
    word = numbers(letters)
    lengths = (words != 0).sum(axis=1)
    cost = distances(word, words, BETWEEN, OUT, _EXCHANGED)
    found: Table = np.maximum(0.0, 1.0 - cost / (np.maximum(lengths, len(word)) * 0.85))
    return found.astype(np.float32)
