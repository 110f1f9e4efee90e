"""How many letters of which size a pack becomes.

Threat: a letter's size must not tell which pack it belongs to, so all letters of a sender share a
small menu of sizes, chosen once and kept; a pack takes the size and the number of data shards that
together waste least. On the wire, before base64, that is at most 1.45 times the sealed pack for
packs of about half a megabyte and more, at the default of 4 spare letters for every 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, comb

from amana.core.erasure import MAX_SHARDS
from amana.errors import UsageProblem
from amana.mail.bare import plain_length
from amana.mail.letter import FRONT, FRONT_CHECKPOINT

SMALLEST, LARGEST = 16_384, 24 << 20
# What the mail around an attachment adds, before base64: headers, a short text, boundaries.
MAIL_OVERHEAD = 750
_STEPS_PER_OCTAVE = 7  # as a power of two: 128 sizes between one size and its double
# Bytes on the wire before base64, by bytes of the pack: what is promised, and what is aimed at.
_PROMISE, _BOUND = 1.45, 1.445
_MOST_DATA = 40
_FAILURE = 1e-6


@dataclass(frozen=True)
class Redundancy:
    """`m` spare letters for every `k`; or enough for a share `loss` of letters lost at random,
    so that a pack fails once in a million."""

    k: int = 10
    m: int = 4
    loss: float | None = None

    def __post_init__(self) -> None:
        if not (1 <= self.k <= self.k + self.m <= MAX_SHARDS) or self.m < 0:
            raise UsageProblem(what=f"{self.k} letters and {self.m} spare ones make no code")
        if self.loss is not None and not 0 <= self.loss <= 0.9:
            raise UsageProblem(what="a loss is a share from 0 % to 90 %")

    def spares(self, k: int) -> int:
        """How many parity shards stand beside `k` data shards."""
        if self.loss is None:
            return max(self.m, ceil(k * self.m / self.k))
        return spares_for_loss(k, self.loss)


@dataclass(frozen=True)
class Plan:
    """k data shards among n letters, each with an attachment of `letter_bytes`."""

    k: int
    n: int
    letter_bytes: int

    @property
    def wire(self) -> int:
        """Bytes on the wire before base64."""
        return self.n * (self.letter_bytes + MAIL_OVERHEAD)


@cache
def sizes(largest: int = LARGEST) -> tuple[int, ...]:
    """Every size that an attachment may have, in bytes: 128 steps an octave, from 16 KiB."""
    found, size = [], SMALLEST
    while size <= largest:
        found.append(size)
        size += 1 << (size.bit_length() - 1 - _STEPS_PER_OCTAVE)
    return tuple(found)


@cache
def spares_for_loss(k: int, loss: float) -> int:
    """The fewest m for which more than m of k + m letters are lost once in a million sets."""
    for m in range(MAX_SHARDS - k + 1):
        n = k + m
        survives = sum(comb(n, i) * loss**i * (1 - loss) ** (n - i) for i in range(m + 1))
        if 1 - survives <= _FAILURE:
            return m
    return MAX_SHARDS - k


def make_plan(
    size: int,
    redundancy: Redundancy,
    menu: Sequence[int],
    largest: int = LARGEST,
    checkpoint: int = 0,
) -> Plan:
    """The plan for a pack of `size` bytes: the fewest letters of a size on the `menu`, unless all
    of these waste too much; then a new size. In each letter stays room for `checkpoint` bytes.
    Raises UsageProblem for a pack beyond all letters."""
    front = FRONT_CHECKPOINT + checkpoint if checkpoint else FRONT
    everything = _candidates(size, redundancy, sizes(largest), front)
    if not everything:
        raise UsageProblem(what=f"a pack of {size} bytes does not fit into letters of {largest}")
    least = min(plan.wire for plan in everything)
    affordable = _affordable(least, size, redundancy)
    known = _candidates(size, redundancy, [s for s in menu if s <= largest], front)
    for plans in (known, everything):
        chosen = [plan for plan in plans if plan.wire <= affordable]
        if chosen:
            return min(chosen, key=lambda plan: (plan.n, plan.letter_bytes))
    raise AssertionError("the least plan is affordable")


def _affordable(least: int, size: int, redundancy: Redundancy) -> float:
    """What a plan from the menu may cost on the wire, where `least` is the best there is: up to
    the promise of 1.45 where it can be kept, and a little more than the best where not."""
    if redundancy.loss is not None:
        return least * 1.12
    if least <= _PROMISE * size:
        return max(least, _BOUND * size)
    return least * 1.02


def _candidates(
    size: int, redundancy: Redundancy, letter_sizes: Sequence[int], front: int
) -> list[Plan]:
    plans = []
    for letter_bytes in letter_sizes:
        k = -(-size // (plain_length(letter_bytes) - front))
        n = k + redundancy.spares(k) if k <= MAX_SHARDS else MAX_SHARDS + 1
        if n <= MAX_SHARDS and k <= size:
            plans.append(Plan(k, n, letter_bytes))
    return _fitting(plans, redundancy)


def _fitting(plans: list[Plan], redundancy: Redundancy) -> list[Plan]:
    """Plans with about as many data shards as were asked for, where there are such: fewer give
    less safety for the same redundancy, many more cost time to restore."""
    usual = [p for p in plans if redundancy.k <= p.k <= max(_MOST_DATA, redundancy.k)]
    if usual:
        return usual
    fewer = [p for p in plans if p.k < redundancy.k]
    most = max((p.k for p in fewer), default=0)
    return [p for p in fewer if p.k == most] or plans
