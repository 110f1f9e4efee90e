"""What names are compared with: plain trigrams, as PostgreSQL's pg_trgm has them. A word is padded
with two spaces before and one behind; likeness is the trigrams in common over those in either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

_WORD = re.compile(r"\w+")
_ROMAN = dict(
    zip(
        "ابتثجحخدذرزسشصضطظعغفقكلمنهويةىأإآؤئء",
        [
            "a",
            "b",
            "t",
            "th",
            "j",
            "h",
            "kh",
            "d",
            "dh",
            "r",
            "z",
            "s",
            "sh",
            "s",
            "d",
            "t",
            "z",
            "a",
            "gh",
            "f",
            "q",
            "k",
            "l",
            "m",
            "n",
            "h",
            "w",
            "y",
            "a",
            "a",
            "a",
            "i",
            "a",
            "w",
            "y",
            "a",
        ],
        strict=True,
    )
)


def plain(text: str) -> str:
    return text.lower()


def romanised(text: str) -> str:
    """Letter for letter: what somebody would do who wants trigrams to see through scripts."""
    return "".join(_ROMAN.get(c, c) for c in text.lower())


def trigrams(text: str) -> set[str]:
    padded = (f"  {word} " for word in _WORD.findall(text))
    return {word[n : n + 3] for word in padded for n in range(len(word) - 2)}


class Trigrams:
    def __init__(self, names: Sequence[str], fold: Callable[[str], str]) -> None:
        self._fold = fold
        held = [trigrams(fold(name)) for name in names]
        self._sizes = np.array([len(h) for h in held], dtype=np.float32)
        found: dict[str, list[int]] = {}
        for n, own in enumerate(held):
            for gram in own:
                found.setdefault(gram, []).append(n)
        self._holding = {gram: np.array(rows) for gram, rows in found.items()}

    def find(self, text: str, limit: int = 10) -> list[int]:
        asked = trigrams(self._fold(text))
        common = np.zeros(len(self._sizes), dtype=np.float32)
        for gram in asked:
            if gram in self._holding:
                common[self._holding[gram]] += 1
        score = common / (self._sizes + len(asked) - common + 1e-9)
        best = np.argsort(-score, kind="stable")[:limit]
        return [int(n) for n in best if score[n] > 0]
