"""Weighted edit distance: of one word with many at once, over sounds and over letters.

The recurrence is Damerau's (optimal string alignment): leaving out, putting in, another sound for
it, two exchanged. All words of a vocabulary are one numpy array, so that a row of the table is
computed for thousands of words in a few array operations; a word put in is resolved along a row by
a running minimum over costs less the sum of insertions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from amana_archive.names.sounds import BETWEEN, MASS, OUT, Table, numbers

Codes = npt.NDArray[np.uint8]  # (words, letters), 0 after the end
_EXCHANGED = 0.5
_LEAST_MASS = 1.6


def pack(words: Sequence[Sequence[int]], longest: int) -> Codes:
    """Words as rows of one array, cut to `longest`."""
    table = np.zeros((len(words), longest), dtype=np.uint8)
    for row, word in enumerate(words):
        cut = word[:longest]
        table[row, : len(cut)] = cut
    return table


def distances(
    word: Sequence[int], words: Codes, between: Table, out: Table, exchanged: float = _EXCHANGED
) -> Table:
    """The distance of `word` from every row of `words`."""
    lengths = (words != 0).sum(axis=1)
    columns = words.T[: int(lengths.max(initial=1))]  # (letters, words)
    total = np.zeros((columns.shape[0] + 1, columns.shape[1]), dtype=np.float32)
    np.cumsum(out[columns], axis=0, out=total[1:])
    before_last: Table | None = None
    last = total.copy()
    for place, sound in enumerate(word):
        left_out = last[1:] + out[sound]
        row = np.empty_like(last)
        row[0] = last[0] + out[sound]
        np.minimum(left_out, last[:-1] + between[sound][columns], out=row[1:])
        if before_last is not None and columns.shape[0] > 1:
            swapped = (columns[:-1] == sound) & (columns[1:] == word[place - 1])
            dearer = np.where(swapped, before_last[:-2] + exchanged, np.float32(np.inf))
            np.minimum(row[2:], dearer, out=row[2:])
        row -= total
        np.minimum.accumulate(row, axis=0, out=row)
        row += total
        before_last, last = last, row
    found: Table = last[lengths, np.arange(columns.shape[1])]
    return found


def masses(words: Codes) -> Table:
    """How much there is to each row, at least so much that one sound is not the whole."""
    found: Table = np.maximum(MASS[words].sum(axis=1), _LEAST_MASS).astype(np.float32)
    return found


def likeness_of_sounds(sounds: str, scripts: int, words: Codes, mass: Table) -> Table:
    """1: sounds the same; 0: nothing in common. `scripts`: of both words, or BETWEEN_SCRIPTS."""
    word = numbers(sounds)
    own = max(float(MASS[word].sum()), _LEAST_MASS)
    cost = distances(word, words, BETWEEN[scripts], OUT[scripts])
    found: Table = np.maximum(0.0, 1.0 - cost / ((mass + own) / 2)).astype(np.float32)
    return found
