"""Finding a name among many: each distinct part is compared once, and names are found through the
parts they hold. Rare parts say more than common ones: weights come from the names themselves."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from amana_archive.names.aligning import Edge, align, explain
from amana_archive.names.known import COMMON
from amana_archive.names.parts import Name, Part, joined, parts_of, single
from amana_archive.names.reasons import Likeness, Reason
from amana_archive.names.sounds import skeleton
from amana_archive.names.vocabulary import LEAST, Alike, Halves, Vocabulary

LIKELY = 0.8
_LOOKED_AT = 64  # names that are compared part by part
_KEPT = 2000  # answers about a part
_LEAST_WEIGHT = 0.3
_COMMON_WEIGHT = 0.5
_SAME_SOUND, _OTHER_SOUND = 0.84, 0.7

Keys = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
Held = tuple[int, ...]  # the parts of one spelling


@dataclass(frozen=True)
class Match:
    """A person found: `score` as in Likeness, `spelling` the one that fits best."""

    key: Hashable
    score: float
    reasons: tuple[Reason, ...]
    spelling: str


@dataclass
class _Asked:
    """A question, compared with the vocabulary."""

    name: Name
    alike: list[dict[int, Alike]]
    pairs: list[dict[int, Alike]]
    halves: list[list[Halves]]
    weights: list[float]


class NameIndex:
    """Names of people under keys of yours, each person in as many spellings as are known."""

    def __init__(self, names: Iterable[tuple[Hashable, Sequence[str]]]) -> None:
        self._keys: list[Hashable] = []
        self._spellings: list[str] = []
        self._parts: list[Held] = []
        vocabulary: dict[str, int] = {}
        parts: list[Part] = []
        for key, spellings in names:
            for text in spellings:
                held = []
                for part in parts_of(text).parts:
                    number = vocabulary.setdefault(part.letters, len(parts))
                    if number == len(parts):
                        parts.append(part)
                    held.append(number)
                self._keys.append(key)
                self._spellings.append(text)
                self._parts.append(tuple(held))
        self._vocabulary = Vocabulary(parts)
        self._kept: dict[tuple[str, float, int], dict[int, Alike]] = {}
        self._lay_out(len(parts))

    def _lay_out(self, parts: int) -> None:
        """Which spellings hold a part (one array after another), and what each part weighs."""
        pairs = [(p, n) for n, held in enumerate(self._parts) for p in set(held)]
        table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        order = np.lexsort((table[:, 1], table[:, 0]))
        self._flat: Keys = table[order, 1]
        self._ends: Keys = np.cumsum(np.bincount(table[:, 0], minlength=parts))
        counts: dict[str, int] = {}
        held = np.diff(self._ends, prepend=0)
        bones = [skeleton(p.readings[0].sounds) for p in self._vocabulary.parts]
        for bone, count in zip(bones, held, strict=True):
            counts[bone] = counts.get(bone, 0) + int(count)
        self._weights = [
            self._weight(part, counts[bone])
            for part, bone in zip(self._vocabulary.parts, bones, strict=True)
        ]
        self._sums: Scores = np.array(
            [sum(self._weights[p] for p in held) for held in self._parts], dtype=np.float32
        )

    def _weight(self, part: Part, bearers: int) -> float:
        """How much this part says of who somebody is, by how many bear it."""
        names = len(self._spellings)
        if names < 200:  # too few to know what is rare
            return _COMMON_WEIGHT if is_common(part) else 1.0
        rarity = math.log((names + 1) / (bearers + 1)) / math.log(names + 1)
        return max(_LEAST_WEIGHT, min(1.0, 0.25 + rarity))

    def __len__(self) -> int:
        return len(self._spellings)

    @property
    def distinct(self) -> int:
        """How many different parts the names have."""
        return len(self._vocabulary.parts)

    def find(self, query: str | Sequence[str], limit: int = 10) -> list[Match]:
        """The people whose names are most like this one (or one of these), best first."""
        best: dict[Hashable, Match] = {}
        for text in [query] if isinstance(query, str) else query:
            for match in self._find(text, limit):
                if match.key not in best or best[match.key].score < match.score:
                    best[match.key] = match
        return sorted(best.values(), key=lambda m: -m.score)[:limit]

    def _find(self, text: str, limit: int) -> list[Match]:
        asked = self._ask(parts_of(text))
        if not asked.name.parts or not self._spellings:
            return []
        rough = self._rough(asked)
        some = min(len(rough), max(_LOOKED_AT, 4 * limit))
        places = np.argpartition(-rough, some - 1)[:some]
        found: dict[Hashable, tuple[float, int, tuple[Edge, ...]]] = {}
        for place in places[rough[places] > 0]:
            edges = self._edges(asked, self._parts[place])
            weights = [self._weights[p] for p in self._parts[place]]
            aligned = align(edges, asked.weights, weights)
            key = self._keys[place]
            if aligned.score > 0 and (key not in found or found[key][0] < aligned.score):
                found[key] = aligned.score, int(place), aligned.edges
        ranked = sorted(found.items(), key=lambda one: (-one[1][0], one[1][1]))[:limit]
        return [self._match(asked, key, *one) for key, one in ranked]

    def _match(
        self, asked: _Asked, key: Hashable, score: float, place: int, edges: tuple[Edge, ...]
    ) -> Match:
        here = [p.written for p in asked.name.parts]
        there = [self._vocabulary.parts[p].written for p in self._parts[place]]
        reasons = tuple(explain(edges, here, there))
        return Match(key, round(score, 4), reasons, self._spellings[place])

    def _ask(self, name: Name) -> _Asked:
        alike = [self._alike(p, LEAST) for p in name.parts]
        pairs = [
            self._alike(joined(a, b), 0.75)
            for a, b in zip(name.parts, name.parts[1:], strict=False)
        ]
        halves = [self._vocabulary.halves(p) for p in name.parts]
        weights = [
            self._weight(part, sum(self._bearers(k) for k, a in found.items() if a.score >= 0.85))
            for part, found in zip(name.parts, alike, strict=True)
        ]
        return _Asked(name, alike, pairs, halves, weights)

    def _alike(self, part: Part, least: float) -> dict[int, Alike]:
        """As the vocabulary says; the answers to common names are kept."""
        key = part.letters, least, len(part.readings)
        if key not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = self._vocabulary.alike(part, least)
        return self._kept[key]

    def _bearers(self, part: int) -> int:
        return int(self._ends[part] - (self._ends[part - 1] if part else 0))

    def _holding(self, parts: Iterable[int]) -> Keys:
        slices = [self._flat[self._ends[p - 1] if p else 0 : self._ends[p]] for p in parts]
        return np.concatenate(slices) if slices else np.zeros(0, dtype=np.int64)

    def _holding_both(self, first: Iterable[int], second: Iterable[int]) -> Keys:
        """Spellings with a part of each."""
        begins = np.zeros(len(self._spellings), dtype=bool)
        begins[self._holding(first)] = True
        ends = self._holding(second)
        return ends[begins[ends]]

    def _spread(self, alike: dict[int, Alike]) -> Scores:
        """For every spelling, how much its best part is like the one asked for."""
        found = np.zeros(len(self._spellings), dtype=np.float32)
        parts = sorted(alike, key=lambda p: alike[p].score)  # the last written stands
        counts = [self._bearers(p) for p in parts]
        scores = np.array([alike[p].score for p in parts], dtype=np.float32)
        found[self._holding(parts)] = np.repeat(scores, counts)
        return found

    def _rough(self, asked: _Asked) -> Scores:
        """An estimate for every spelling, in a few array operations."""
        singles = [self._spread(a) * w for a, w in zip(asked.alike, asked.weights, strict=True)]
        for n, halves in enumerate(asked.halves):
            for first, second in halves:
                both = self._holding_both(first, second)
                singles[n][both] = np.maximum(singles[n][both], 0.9 * asked.weights[n])
        total: Scores = np.sum(singles, axis=0)
        for n, pair in enumerate(asked.pairs):
            together = self._spread(pair) * (asked.weights[n] + asked.weights[n + 1])
            total += np.maximum(0.0, together - singles[n] - singles[n + 1])
        return total - np.where(total > 0, 0.08 * self._sums, 0)

    def _edges(self, asked: _Asked, held: Held) -> list[Edge]:
        edges = []
        for j, part in enumerate(held):
            for i, alike in enumerate(asked.alike):
                if part in alike:
                    edges.append(self._edge(asked, (i,), (j,), part, alike[part]))
            for i, pair in enumerate(asked.pairs):
                if part in pair:
                    score = pair[part].score
                    edges.append(Edge((i, i + 1), (j,), score, "joined"))
        good = {edge.asked[0] for edge in edges if edge.score >= _SAME_SOUND}
        for i, halves in enumerate(asked.halves):
            if i not in good:
                edges += self._split(asked.name.parts[i], i, halves, held)
        return edges

    def _split(self, part: Part, place: int, halves: list[Halves], held: Held) -> list[Edge]:
        """Where this part is two that stand beside each other."""
        edges = []
        for j, both in enumerate(pairwise(held)):
            if any(both[0] in first and both[1] in second for first, second in halves):
                score = self._together(part, *both)
                if score >= _OTHER_SOUND:
                    edges.append(Edge((place,), (j, j + 1), score, "joined"))
        return edges

    def _together(self, part: Part, first: int, second: int) -> float:
        parts = self._vocabulary.parts
        found = Vocabulary([joined(parts[first], parts[second])]).alike(part)
        return found[0].score if found else 0.0

    def _edge(
        self, asked: _Asked, here: tuple[int, ...], there: tuple[int, ...], part: int, alike: Alike
    ) -> Edge:
        why = alike.why
        mine, theirs = asked.name.parts[here[0]], self._vocabulary.parts[part]
        if mine.letters == theirs.letters:
            why = "same"
        elif why == "missing":
            why = "short"
        elif not why:
            if alike.score < _OTHER_SOUND:
                why = "alike"
            else:
                why = "spelling" if mine.script == theirs.script else "script"
        return Edge(here, there, alike.score, why)


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(skeleton(single(name).readings[0].sounds) for name in COMMON)


def is_common(part: Part) -> bool:
    """Whether it is a name that one in fifty bears: by its consonants, in any script."""
    return any(skeleton(r.sounds) in _common() for r in part.readings)


def compare(a: str, b: str) -> Likeness:
    """How much two names are alike, the same in both directions; the reasons as from `a`."""
    there = NameIndex([(0, [b])]).find(a, 1)
    back = NameIndex([(0, [a])]).find(b, 1)
    if not there or not back:
        return Likeness(0.0, ())
    return Likeness(round((there[0].score + back[0].score) / 2, 4), there[0].reasons)
