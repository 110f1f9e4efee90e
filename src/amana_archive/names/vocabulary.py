"""All parts of all names, each distinct spelling once, and the search for parts that are alike.

A first look at the coarse consonants of every row leaves a few hundred; the weighted distance over
sounds decides, beside it the distance over letters, for slips of the hand within one script.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amana_archive.names import letters as spelling
from amana_archive.names.distance import Codes, likeness_of_sounds, masses, pack
from amana_archive.names.parts import Part
from amana_archive.names.sounds import (
    ARABIC,
    BETWEEN_SCRIPTS,
    CLASS,
    CLASSES,
    LATIN,
    Table,
    numbers,
    skeleton,
)

LONGEST = 20
LEAST = 0.62  # less alike than this is not alike
_SURE, _STEEP = 0.9, 1.2
_SLIP = 0.04  # what it costs to need a slip of the hand for an explanation
Counts = npt.NDArray[np.int8]
Halves = tuple[set[int], set[int]]  # parts that begin a word, parts that end it


@dataclass(frozen=True)
class Alike:
    """A part of the vocabulary that is like the one asked for."""

    score: float
    why: str


@dataclass
class _Sounds:
    """The rows of one script."""

    codes: Codes
    mass: Table
    classes: Counts
    part: npt.NDArray[np.int64]
    cost: Table
    why: list[str]


@dataclass
class _Letters:
    codes: Codes
    counts: Counts
    part: npt.NDArray[np.int64]


def _class_counts(words: Sequence[str]) -> Counts:
    counts = np.zeros((len(words), CLASSES), dtype=np.int8)
    for row, word in enumerate(words):
        for sound in word:
            if sound in CLASS:
                counts[row, CLASS[sound]] += 1
    counts[:, CLASS["H"]] = 0  # written by some, left out by others
    return counts


def _letter_counts(codes: Codes) -> Counts:
    counts = np.zeros((len(codes), spelling.SIZE), dtype=np.int8)
    for column in codes.T:
        np.add.at(counts, (np.arange(len(codes)), column), 1)
    counts[:, 0] = 0
    return counts


class Vocabulary:
    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.sounds = {s: self._sounds_of(s) for s in (ARABIC, LATIN)}
        self.letters = {s: self._letters_of(s) for s in (ARABIC, LATIN)}
        self.by_skeleton: dict[str, set[int]] = {}
        for key, part in enumerate(parts):
            for bones in {skeleton(r.sounds) for r in part.readings}:
                self.by_skeleton.setdefault(bones, set()).add(key)

    def _sounds_of(self, script: int) -> _Sounds:
        rows = [(n, r) for n, p in enumerate(self.parts) if p.script == script for r in p.readings]
        codes = pack([numbers(r.sounds) for _, r in rows], LONGEST)
        return _Sounds(
            codes,
            masses(codes),
            _class_counts([r.sounds for _, r in rows]),
            np.array([n for n, _ in rows], dtype=np.int64),
            np.array([r.cost for _, r in rows], dtype=np.float32),
            [r.why for _, r in rows],
        )

    def _letters_of(self, script: int) -> _Letters:
        keys = [n for n, p in enumerate(self.parts) if p.script == script]
        codes = pack([spelling.numbers(self.parts[n].letters) for n in keys], LONGEST)
        return _Letters(codes, _letter_counts(codes), np.array(keys, dtype=np.int64))

    def alike(self, part: Part, least: float = LEAST) -> dict[int, Alike]:
        """Every part of the vocabulary that is at least so much like this one."""
        found: dict[int, Alike] = {}
        for script in (ARABIC, LATIN):
            self._by_sounds(part, script, least, found)
        self._by_letters(part, least, found)
        return {k: Alike(_shaped(a.score), a.why) for k, a in found.items()}

    def _by_sounds(self, part: Part, script: int, least: float, found: dict[int, Alike]) -> None:
        table = self.sounds[script]
        if not len(table.part):
            return
        scripts = script if script == part.script else BETWEEN_SCRIPTS
        for reading in part.readings:
            classes = _class_counts([reading.sounds])[0]
            off = np.abs(table.classes - classes).sum(axis=1, dtype=np.int16)
            rows = np.flatnonzero(off <= _tolerance(int(classes.sum()), least))
            if not len(rows):
                continue
            scores = likeness_of_sounds(
                reading.sounds, scripts, table.codes[rows], table.mass[rows]
            )
            scores = scores - table.cost[rows] - reading.cost
            for n in np.flatnonzero(scores >= least):
                row = rows[n]
                _keep(found, table.part[row], scores[n], reading.why or table.why[row])

    def _by_letters(self, part: Part, least: float, found: dict[int, Alike]) -> None:
        table = self.letters[part.script]
        if not len(table.part):
            return
        own = spelling.numbers(part.letters)[:LONGEST]
        counts = np.bincount(own, minlength=spelling.SIZE).astype(np.int8)
        off = np.abs(table.counts - counts).sum(axis=1, dtype=np.int16)
        rows = np.flatnonzero(off <= (2 if len(own) < 6 else 3))
        if not len(rows):
            return
        scores = spelling.likeness_of_letters(part.letters[:LONGEST], table.codes[rows])
        for n in np.flatnonzero(scores - _SLIP >= least):
            key, exact = table.part[rows[n]], scores[n] >= 1
            _keep(found, key, scores[n] - (0 if exact else _SLIP), "same" if exact else "typing")

    def halves(self, part: Part) -> list[Halves]:
        """Where this part may be two of the vocabulary written together."""
        found = []
        sounds = part.readings[0].sounds
        for cut in range(2, len(sounds) - 1):
            head = skeleton(sounds[:cut])
            first = self.by_skeleton.get(head)
            # A sound may belong to both, and the second may have an article.
            ends = [sounds[cut:], sounds[cut - 1 :]]
            ends += [e[2:] for e in ends[:1] if e[:2] in ("al", "el", "Al")]
            for bones in {skeleton(e) for e in ends if len(e) > 1}:
                second = self.by_skeleton.get(bones)
                if first and second and len(head) + len(bones) >= 3:
                    found.append((first, second))
        return found


def _shaped(score: float) -> float:
    """Half alike is not half the evidence: Walid and Khalid share four letters of five."""
    return score if score >= _SURE else max(0.05, score - _STEEP * (_SURE - score))


def _tolerance(consonants: int, least: float) -> int:
    """By how many coarse consonants a word may differ and still be worth a comparison."""
    return (2 if consonants <= 5 else 3) - (least > LEAST)


def _keep(found: dict[int, Alike], key: int, score: float, why: str) -> None:
    there = found.get(int(key))
    if there is None or there.score < score:
        found[int(key)] = Alike(float(score), why)
