"""Reuniting without records: which copy was made from which original, by what they show.

For each copy: the nearest originals by PDQ (exact search), then a second look at each of them
(`align`), in rounds, the dear ones only for what the cheap ones did not settle:

    1. the nearest, as the picture is; the second, too, if it is nearly as near
    2. the eight nearest
    3. if none of them will do: turned and mirrored; without its frame; as a crop

A fixed threshold on the hash is not enough: a crop lies further from its original than the next
frame of the scene does. So no distance decides; the remainder after alignment does, and the lead
before the next best original. What is found is a proposal. The ledger does not vouch for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from amana.ports import Executor, Progress, silent
from amana.reunite.align import look_at_all
from amana.reunite.index import Index
from amana.reunite.picture import TURN_NAMES, TURNS, Fingerprint, View
from amana.reunite.prints import Prints
from amana.reunite.remains import FEATURES
from amana.reunite.score import LEAD, PERSON, SHARED, SURE, UNDECIDED, log_odds, probability
from amana.reunite.squares import Square

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
MATCHED, PERSON_NEEDED, NONE = "matched", "needs_a_person", "none"
_FIRST, _MORE, _CROPS = 2, 8, 12
# From how many of its crops one original is begun: the nearest ones lead to the same place.
_STARTS = 2
_FAR, _FAR_TURNED, _FAR_CROP = 118, 84, 104
_CLEAR = 24
# Log odds: what is this good before the second round is not looked at again; before the third, any
# original that a person would be asked about is enough, for a wrong turn would not come as near.
_ENOUGH = (3.0, -2.0)
# Farther than this in bits (cropped, turned) the hash does not know which frame of a burst is the
# nearest; then only what is beyond doubt ends the search before the other frames were looked at.
_FIRM, _BEYOND_DOUBT = 32, 9.0
# What the hash finds alike (PDQ's usual threshold) and the second look has nothing to hold on to (a
# plain or nearly black picture) is left to a person, not passed over.
_ALIKE = 31
_OVERLAP = FEATURES.index("overlap")
BATCH = 512
_PIECES = 16
# A copy's square; what it is held against, and what to begin with.
_Asked = tuple[Square, list[tuple[Square, int]]]


@dataclass
class Match:
    """What was found for one copy. `original` is a place in the prints of originals, None where
    there is none; `score` the probability of score.py; `runner_up` the next best original and its
    score; `how` the turn, or "without its frame". `shared_with`: another copy has the same
    original. `confirmed_by` is empty until a person has looked."""

    copy: int
    state: str
    original: int | None = None
    score: float = 0.0
    distance: int = 256
    how: str = TURN_NAMES[0]
    runner_up: tuple[int, float] | None = None
    shared_with: list[int] = field(default_factory=list)
    confirmed_by: str = ""


@dataclass(frozen=True)
class _Pair:
    query: int
    original: int
    view: View
    turn: int
    distance: int
    how: str
    start: int = 0


@dataclass
class _Query:
    copy: int
    found: Fingerprint
    tried: set[tuple[int, int, str, int]] = field(default_factory=set)
    best: dict[int, tuple[float, _Pair]] = field(default_factory=dict)

    def settled(self, enough: float) -> bool:
        """Whether one original is good enough, and leads; then nobody else is asked."""
        ranked = self.ranked()
        if not ranked:
            return False
        odds, pair = ranked[0]
        if enough > 0 and pair.distance > _FIRM:
            enough = _BEYOND_DOUBT
        return odds >= enough and (len(ranked) < 2 or odds - ranked[1][0] >= LEAD)

    def ranked(self) -> list[tuple[float, _Pair]]:
        return sorted(self.best.values(), key=lambda entry: (-entry[0], entry[1].original))


class Matcher:
    """Matches copies against the originals of one index, by batches: memory stays flat."""

    def __init__(
        self, originals: Prints, index: Index | None = None, executor: Executor | None = None
    ) -> None:
        """`executor` of processes: the second looks are shared out to it; else they are taken in
        this process."""
        self._originals, self._executor = originals, executor
        self.index = index or Index()
        self.refresh()

    def refresh(self) -> int:
        """Take up the originals that were added since; how many. Those before are not read."""
        before = len(self.index)
        self.index.add(self._originals.briefs(before))
        return len(self.index) - before

    def match(
        self, copies: Prints, places: Sequence[int] | None = None, progress: Progress = silent
    ) -> list[Match]:
        """One match for each copy (or for those at `places`), assigned one to one."""
        asked = range(len(copies)) if places is None else places
        found: list[Match] = []
        for start in range(0, len(asked), BATCH):
            batch = [(place, copies.get(place)) for place in asked[start : start + BATCH]]
            found += self._batch(batch)
            progress(len(found), len(asked), "copies compared")
        return assign(found)

    def _batch(self, batch: Sequence[tuple[int, Fingerprint]]) -> list[Match]:
        queries = [_Query(place, found) for place, found in batch]
        rounds = (self._nearest_two, self._nearest, self._other_ways)
        for round_, enough in zip(rounds, (0.0, *_ENOUGH), strict=True):
            first = round_ == self._nearest_two
            open_ = queries if first else [q for q in queries if not q.settled(enough)]
            if open_:
                self._look(list(round_(open_)), open_)
        return [_judged(query) for query in queries]

    # -- candidates ---------------------------------------------------------------------------

    def _nearest_two(self, queries: list[_Query]) -> Iterator[_Pair]:
        return self._as_it_is(queries, _FIRST)

    def _nearest(self, queries: list[_Query]) -> Iterator[_Pair]:
        return self._as_it_is(queries, _MORE)

    def _as_it_is(self, queries: list[_Query], count: int) -> Iterator[_Pair]:
        views = [(n, q.found.whole, 0, TURN_NAMES[0]) for n, q in enumerate(queries)]
        nearest: dict[int, int] = {}
        for pair in self._by_hash(views, count, _FAR):
            # The second nearest is asked, too, unless it lies far behind the first.
            first = nearest.setdefault(pair.query, pair.distance)
            if count > _FIRST or pair.distance < first + _CLEAR:
                yield pair

    def _other_ways(self, queries: list[_Query]) -> Iterator[_Pair]:
        turned, inner, cropped = [], [], []
        for n, query in enumerate(queries):
            turned += [(n, query.found.whole, t, TURN_NAMES[t]) for t in range(1, len(TURNS))]
            cropped.append((n, query.found.whole, "cropped"))
            if query.found.inner:
                inner.append((n, query.found.inner, 0, "without its frame"))
                cropped.append((n, query.found.inner, "without its frame, cropped"))
        yield from self._by_hash(inner, _MORE, _FAR)
        yield from self._by_hash(turned, 3, _FAR_TURNED)
        plain = np.stack([view.plain for _, view, _ in cropped])
        found = (part.tolist() for part in self.index.nearest_crops(plain, _CROPS))
        for (n, view, how), *rows in zip(cropped, *found, strict=True):
            begun: Counter[int] = Counter()
            for distance, place, crop in zip(*rows, strict=True):
                begun[place] += 1
                if place >= 0 and distance <= _FAR_CROP and begun[place] <= _STARTS:
                    yield _Pair(n, place, view, 0, distance, how, crop + 1)

    def _by_hash(
        self, views: list[tuple[int, View, int, str]], count: int, far: int
    ) -> Iterator[_Pair]:
        if not views:
            return
        hashes = np.stack([view.hashes[turn] for _, view, turn, _ in views])
        distances, places = self.index.nearest(hashes, count)
        for (n, view, turn, how), row, near in zip(views, places.tolist(), distances, strict=True):
            for place, distance in zip(row, near.tolist(), strict=True):
                if place >= 0 and distance <= far:
                    yield _Pair(n, place, view, turn, distance, how)

    # -- the second look ----------------------------------------------------------------------

    def _look(self, pairs: list[_Pair], queries: list[_Query]) -> None:
        fresh = []
        for pair in pairs:
            key = (pair.original, pair.turn, pair.how.partition(",")[0], pair.start)
            if key not in queries[pair.query].tried:
                queries[pair.query].tried.add(key)
                fresh.append(pair)
        for start in range(0, len(fresh), BATCH):
            self._compare(fresh[start : start + BATCH], queries)

    def _compare(self, pairs: list[_Pair], queries: list[_Query]) -> None:
        # One piece of work is one square of a copy with all originals that it is held against.
        pieces: dict[tuple[int, int, int], list[_Pair]] = {}
        for pair in pairs:
            pieces.setdefault((pair.query, id(pair.view), pair.turn), []).append(pair)
        prints = self._originals.several([pair.original for pair in pairs])
        asked = [
            (
                part[0].view.square(queries[number].found.longest, turn),
                [(_square(prints[p.original]), p.start) for p in part],
            )
            for (number, _, turn), part in pieces.items()
        ]
        ordered = [pair for part in pieces.values() for pair in part]
        features = np.concatenate(list(self._looked(asked)))
        odds = log_odds(features)
        near = np.array([pair.distance <= _ALIKE for pair in ordered])
        odds[near & (features[:, _OVERLAP] == 0)] = UNDECIDED
        for pair, value in zip(ordered, odds, strict=True):
            best = queries[pair.query].best
            if pair.original not in best or value > best[pair.original][0]:
                best[pair.original] = (float(value), pair)

    def _looked(self, asked: Sequence[_Asked]) -> Iterator[Floats]:
        if self._executor is None:
            yield from map(look_at_all, asked)
            return
        waiting = [
            self._executor.submit(_look_at_several, asked[start : start + _PIECES])
            for start in range(0, len(asked), _PIECES)
        ]
        for future in waiting:
            yield from future.result()


def _square(original: Fingerprint) -> Square:
    return original.whole.square(original.longest)


def _look_at_several(asked: Sequence[_Asked]) -> list[Floats]:
    return [look_at_all(piece) for piece in asked]


def _judged(query: _Query) -> Match:
    ranked = query.ranked()
    if not ranked:
        return Match(query.copy, NONE)
    odds, pair = ranked[0]
    score = float(probability(np.array([odds]))[0])
    runner_up = None
    lead = 80.0
    if len(ranked) > 1:
        lead = odds - ranked[1][0]
        second = float(probability(np.array([ranked[1][0]]))[0])
        runner_up = (ranked[1][1].original, second)
    state = NONE if score < PERSON else MATCHED if score >= SURE else PERSON_NEEDED
    if state == MATCHED and lead < LEAD:
        state = PERSON_NEEDED
    if state == NONE:
        return Match(query.copy, NONE, score=score)
    return Match(
        query.copy, state, pair.original, score, pair.distance, pair.how, runner_up=runner_up
    )


def assign(matches: list[Match]) -> list[Match]:
    """One original to one copy. Where several copies ask for one original, the best keeps it, and
    so does every other that is beyond doubt by itself (two mails of one photograph: each names the
    other). The rest go to a person: what explains them as well is a frame of the same burst whose
    own original is not here."""
    wanted: dict[int, list[Match]] = {}
    for match in matches:
        if match.original is not None:
            wanted.setdefault(match.original, []).append(match)
    for rivals in wanted.values():
        best = max(rivals, key=lambda match: match.score)
        for match in rivals:
            match.shared_with = [other.copy for other in rivals if other is not match]
            if match is not best and match.score < SHARED:
                match.state = PERSON_NEEDED
    return matches
