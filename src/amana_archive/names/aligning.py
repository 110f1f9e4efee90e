"""Which part of one name is which of the other: the assignment that explains most.

Parts may stand in another order (it costs a little), two parts may be one word, and some may be
missing. Names have a handful of parts, so the best assignment is found by looking at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amana_archive.names.reasons import Reason

# How much it counts that a part was asked for and is not there, or is there and was not asked for,
# and that both happens at once: then two parts contradict each other.
MISSING, EXTRA, CONTRADICTION = 0.55, 0.16, 0.5
TURNED = 0.97  # the parts in another order
ALONE = 0.72  # one part in common, of however many, is not a person


@dataclass(frozen=True)
class Edge:
    """These parts (places) of the asked name are those of the found one."""

    asked: tuple[int, ...]
    found: tuple[int, ...]
    score: float
    why: str


@dataclass(frozen=True)
class Aligned:
    score: float
    edges: tuple[Edge, ...]


def align(edges: Sequence[Edge], asked: Sequence[float], found: Sequence[float]) -> Aligned:
    """The best assignment; `asked` and `found` are the weights of the parts of the two names."""
    best: list[tuple[float, tuple[Edge, ...]]] = [(0.0, ())]
    ordered = sorted(edges, key=lambda e: -e.score)[:24]

    def extend(start: int, chosen: tuple[Edge, ...], left: int, right: int, gain: float) -> None:
        if gain > best[0][0]:
            best[0] = (gain, chosen)
        for n in range(start, len(ordered)):
            edge = ordered[n]
            a, b = _mask(edge.asked), _mask(edge.found)
            if not (left & a or right & b):
                worth = sum(asked[i] for i in edge.asked)
                extend(n + 1, (*chosen, edge), left | a, right | b, gain + worth * edge.score)

    extend(0, (), 0, 0, 0.0)
    chosen = tuple(sorted(best[0][1], key=lambda e: e.asked))
    return Aligned(_score(chosen, asked, found), chosen)


def _mask(places: tuple[int, ...]) -> int:
    return sum(1 << p for p in places)


def _score(edges: tuple[Edge, ...], asked: Sequence[float], found: Sequence[float]) -> float:
    if not edges:
        return 0.0
    here = {i for e in edges for i in e.asked}
    there = {j for e in edges for j in e.found}
    matched = sum(asked[i] for i in here)
    missing = sum(w for i, w in enumerate(asked) if i not in here)
    extra = sum(w for j, w in enumerate(found) if j not in there)
    gain = sum(sum(asked[i] for i in e.asked) * e.score for e in edges)
    against = MISSING * missing + EXTRA * extra + CONTRADICTION * min(missing, extra)
    score = gain / (matched + against)
    if turned(edges):
        score *= TURNED
    if max(len(here), len(there)) < 2 and max(len(asked), len(found)) > 1:
        score *= ALONE
    return min(1.0, score)


def turned(edges: tuple[Edge, ...]) -> bool:
    places = [e.found[0] for e in edges]
    return places != sorted(places)


def explain(edges: Sequence[Edge], asked: Sequence[str], found: Sequence[str]) -> list[Reason]:
    """The assignment in words; `asked` and `found` are the parts as they were written."""
    reasons = []
    for edge in edges:
        left = " ".join(asked[i] for i in edge.asked)
        right = " ".join(found[j] for j in edge.found)
        reasons.append(Reason(edge.why, left, right))
    if turned(tuple(edges)):
        reasons.append(Reason("order"))
    here = {i for e in edges for i in e.asked}
    there = {j for e in edges for j in e.found}
    reasons += [Reason("missing", left=p) for i, p in enumerate(asked) if i not in here]
    reasons += [Reason("extra", right=p) for j, p in enumerate(found) if j not in there]
    return reasons
