"""Matching of names: recall for each kind of variant, beside plain trigrams on the same set; how
many others are thought likely; how long a question takes.

AMANA_NAMES (12,000), AMANA_NAMES_EACH (400 questions a kind); AMANA_NAMES_TUNED=1 asks about the
half of the names that tuning looked at.
"""

from __future__ import annotations

import os
import random
import time
from collections import defaultdict

from amana_archive.names import LIKELY, NameIndex
from benchmarks.names_set import Question, people, questions, typing
from benchmarks.names_trigram import Trigrams, plain, romanised

NAMES = int(os.environ.get("AMANA_NAMES", "12000"))
EACH = int(os.environ.get("AMANA_NAMES_EACH", "400"))
TUNED = os.environ.get("AMANA_NAMES_TUNED") == "1"
SPEED = ((12_000, False), (100_000, False), (100_000, True))
ABSENT = 500


def main() -> None:
    everybody = people(NAMES + ABSENT)
    here, absent = everybody[:NAMES], everybody[NAMES:]
    asked = list(questions(here, EACH, 1, held_out=not TUNED))
    print(f"{NAMES:,} people; {len(asked):,} questions about names that were", end=" ")
    print("looked at in tuning" if TUNED else "held out of tuning")
    recall(asked, NameIndex((p.key, [p.recorded]) for p in here), [p.recorded for p in here])
    others(
        asked,
        NameIndex((p.key, [p.recorded]) for p in here),
        list(questions(absent, 40, 2, not TUNED)),
    )
    for count, slips in SPEED:
        speed(count, slips)


def recall(asked: list[Question], index: NameIndex, names: list[str]) -> None:
    plain_grams, roman_grams = Trigrams(names, plain), Trigrams(names, romanised)
    ranks: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for question in asked:
        key = question.person.key
        ours = [m.key for m in index.find(question.text)]
        lists = (ours, plain_grams.find(question.text), roman_grams.find(question.text))
        a, b, c = (one.index(key) + 1 if key in one else 99 for one in lists)
        ranks[question.kind].append((a, b, c))
    print(f"\n{'':<26}{'names':>15}{'trigrams':>15}{'trigrams, romanised':>22}")
    print(
        f"{'variant':<26}{'@1':>7}{'@10':>8}{'@1':>7}{'@10':>8}{'@1':>14}{'@10':>8}{'questions':>11}"
    )
    for kind, rows in ranks.items():
        print(_row(kind, rows))
    print(_row("all", [r for rows in ranks.values() for r in rows]))


def _row(kind: str, rows: list[tuple[int, int, int]]) -> str:
    share = [[sum(r[n] <= at for r in rows) / len(rows) for at in (1, 10)] for n in range(3)]
    cells = [f"{100 * v:.1f}" for pair in share for v in pair]
    widths = (7, 8, 7, 8, 14, 8)
    return (
        f"{kind:<26}"
        + "".join(f"{c:>{w}}" for c, w in zip(cells, widths, strict=True))
        + f"{len(rows):>11}"
    )


def others(asked: list[Question], index: NameIndex, absent: list[Question]) -> None:
    """What is above a threshold although it is somebody else."""
    mine: list[float] = []
    theirs: list[float] = []
    for question in asked:
        for match in index.find(question.text, 50):
            (mine if match.key == question.person.key else theirs).append(match.score)
    alarms = [max((m.score for m in index.find(q.text, 1)), default=0.0) for q in absent]
    print(f"\n{'from this score on':<20}{'himself':>10}{'others a question':>20}", end="")
    print(f"{'somebody, though he is not there':>36}")
    for threshold in (LIKELY, 0.85, 0.9, 0.95):
        himself = sum(s >= threshold for s in mine) / len(asked)
        other = sum(s >= threshold for s in theirs) / len(asked)
        alarm = sum(s >= threshold for s in alarms) / len(absent)
        name = f"{threshold:.2f}" + (" (likely)" if threshold == LIKELY else "")
        print(f"{name:<20}{100 * himself:>9.1f}%{other:>20.2f}{100 * alarm:>35.1f}%")


def speed(count: int, slips: bool) -> None:
    """How long a question takes; `slips`: every third name is recorded with one, so that there are
    many more distinct parts."""
    everybody = people(count, seed=3)
    rng = random.Random(4)
    recorded = [typing(p, rng) if slips and p.key % 3 == 0 else p.recorded for p in everybody]
    started = time.perf_counter()
    index = NameIndex((n, [name]) for n, name in enumerate(recorded))
    built = time.perf_counter() - started
    clocks = {"wall": time.perf_counter, "processor": time.process_time}
    times: dict[str, list[float]] = {name: [] for name in clocks}
    for question in questions(everybody, 25, 5, held_out=True):
        began = {name: clock() for name, clock in clocks.items()}
        index.find(question.text)
        for name, clock in clocks.items():
            times[name].append((clock() - began[name]) * 1000)
    print(f"\n{count:>8,} names, {index.distinct:,} distinct parts: built in {built:.1f} s")
    print("         a question", end="")
    for name, taken in times.items():
        ordered = sorted(taken)
        middle, high = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
        print(f"; {name} {middle:.1f} ms (p50), {high:.1f} ms (p95)", end="")
    print()


if __name__ == "__main__":
    main()
