"""Which records a ledger's signed checkpoints commit to. Bytes in, verdicts out; no I/O.

The rules:
1. A checkpoint counts only when the key of a registered source signed it under its own origin.
2. A record is proved when all records before it, and it, give the root of such a checkpoint: the
   very leaves, in their order. One changed byte anywhere gives another root.
3. Where two records claim one place, the one that gives a signed root holds it; the other is
   refuted. Where none gives it, nothing from there on is proved.
4. Where a record is missing, nothing behind it is proved by this means, and we say which.
5. Two signed roots for one size mean that the ledger was forked: at most one can be proved, and
   the other is reported, never dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter

from amana.core.merkle import Frontier
from amana.errors import Malformed, NotProved
from amana.kits.kit import PublicKit
from amana.ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint

# Threat: forged records for many places at once would make the trials grow without bound.
MAX_TRIALS = 256
_RUN = 4096


@dataclass(frozen=True)
class Head:
    """A verified checkpoint: its row in the catalogue, the tree's size and root (32 bytes)."""

    id: int
    size: int
    root: bytes


@dataclass(frozen=True)
class Verdict:
    """What a ledger's records prove. `frontier` is that of the largest proved head.

    `good` and `contradicted` are ids of heads; `chosen` says which leaf holds a disputed place;
    `missing` is the first run of absent records, end excluded; `note` explains, and is empty where
    everything that arrived is proved.
    """

    frontier: Frontier
    good: frozenset[int]
    contradicted: frozenset[int]
    chosen: dict[int, bytes]
    missing: tuple[int, int] | None
    note: str


def accept_checkpoint(note: str, kits: Sequence[PublicKit]) -> tuple[Checkpoint, PublicKit]:
    """The checkpoint of a note, and the registered source that signed it.

    Raises Malformed, NotProved.
    """
    origin = parse_checkpoint(note).origin
    for kit in kits:
        if kit.role != "source":
            continue
        try:
            return open_checkpoint(note, kit.verifier(origin)), kit
        except (NotProved, Malformed):
            continue
    raise NotProved(what=f"the checkpoint of {origin}", reason="no registered source signed it")


@dataclass
class _Trial:
    frontier: Frontier
    chosen: dict[int, bytes] = field(default_factory=dict)


def prove(start: Frontier, leaves: Iterable[tuple[int, bytes]], heads: Sequence[Head]) -> Verdict:
    """Hold `leaves` ((seq, leaf hash) in ascending seq, from `start.size` on) against `heads`.

    A seq may come more than once, with different leaves. Memory does not grow with the number of
    leaves.
    """
    return _Prover(start, heads).run(leaves)


class _Prover:
    def __init__(self, start: Frontier, heads: Sequence[Head]) -> None:
        self._heads: dict[int, list[Head]] = {}
        for head in heads:
            self._heads.setdefault(head.size, []).append(head)
        self._trials = [_Trial(start)]
        self._run: list[bytes] = []
        self._best = start
        self._chosen: dict[int, bytes] = {}
        self._good: set[int] = set()
        self._bad: set[int] = set()
        self._next = start.size
        self._missing: tuple[int, int] | None = None
        self._too_many = False

    def run(self, leaves: Iterable[tuple[int, bytes]]) -> Verdict:
        self._judge()
        for seq, group in groupby(leaves, key=itemgetter(0)):
            if seq != self._next:
                self._missing = (self._next, seq)
                break
            self._take(seq, sorted({leaf for _, leaf in group}))
            if self._too_many:
                break
            self._next += 1
            self._judge()
        return self._verdict()

    def _take(self, seq: int, candidates: list[bytes]) -> None:
        if len(candidates) == 1:
            self._run.append(candidates[0])
            if len(self._run) >= _RUN:
                self._advance()
            return
        self._advance()
        if len(self._trials) * len(candidates) > MAX_TRIALS:
            self._too_many = True
            return
        self._trials = [
            _Trial(trial.frontier.append([leaf]), {**trial.chosen, seq: leaf})
            for trial in self._trials
            for leaf in candidates
        ]

    def _advance(self) -> None:
        if self._run:
            for trial in self._trials:
                trial.frontier = trial.frontier.append(self._run)
            self._run = []

    def _judge(self) -> None:
        """Hold every trial against the heads of the size that has been reached."""
        heads = self._heads.get(self._next)
        if not heads:
            return
        self._advance()
        for head in heads:
            fitting = [t for t in self._trials if t.frontier.root() == head.root]
            if not fitting:
                self._bad.add(head.id)
                continue
            self._good.add(head.id)
            self._trials = fitting[:1]
            self._best = fitting[0].frontier
            self._chosen = dict(fitting[0].chosen)

    def _verdict(self) -> Verdict:
        largest = max(self._heads, default=0)
        if self._missing is None and self._next < largest and not self._too_many:
            self._missing = (self._next, largest)
        return Verdict(
            frontier=self._best,
            good=frozenset(self._good),
            contradicted=frozenset(self._bad),
            chosen=self._chosen,
            missing=self._missing,
            note=self._note(largest),
        )

    def _note(self, largest: int) -> str:
        proved = self._best.size
        if not self._heads and not proved:
            return "no checkpoint of this ledger has arrived"
        if self._too_many:
            return f"too many records contradict each other from record {self._next} on"
        if self._bad and max(self._bad_sizes()) > proved:
            return (
                f"the records from {proved} on do not give the signed root: at least one of them "
                "is not the one that was committed"
            )
        if self._missing and largest > proved:
            return f"the records from {self._missing[0]} to {self._missing[1] - 1} have not arrived"
        if self._next > proved:
            return f"no checkpoint that covers the records from {proved} on has arrived"
        return ""

    def _bad_sizes(self) -> set[int]:
        return {h.size for heads in self._heads.values() for h in heads if h.id in self._bad}
