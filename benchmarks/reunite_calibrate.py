"""The weights of reunite/score.py, fitted on half of the held-out scenes and held against the rest.

python -m benchmarks.reunite_calibrate          200 scenes, none of which is in the tested set
"""

from __future__ import annotations

import itertools
import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from amana.reunite import score
from amana.reunite.align import Template
from amana.reunite.picture import Fingerprint, from_bytes
from benchmarks.reunite_drawn import HELD_OUT, SCENES_A_FILE, TWINS, prints
from benchmarks.reunite_natural import TWIN, base

_ASKED = ("480 px", "200 px", "brightness", "crop 5 %", "crop 10 %", "turn 2°", TWINS)
_BURST = (0, 3, TWIN)
# (features, made from it, twin, seed)
Example = tuple[np.ndarray, bool, bool, int]


def examples(number: int) -> list[Example]:
    """Of one file of scenes: each copy with its original, with the nearest other frame, and with a
    look-alike where there is one."""
    made: dict[tuple[int, int, str], Fingerprint] = {
        (seed, frame, what): from_bytes(data)
        for seed, drawn in prints(number)
        for what, frame, data in drawn
    }
    found: list[Example] = []
    for (seed, frame, what), one in made.items():
        if what not in _ASKED or frame not in _BURST:
            continue
        template = Template((one.inner or one.whole).grey)
        tempting = [(seed, 3 if frame == 0 else 0)]
        if base(seed) != seed:
            tempting.append((base(seed), frame))
        for key in [(seed, frame), *tempting]:
            other = made.get((*key, "original"))
            if other is not None:
                features, _ = template.look(other.whole.grey, other.whole.colour)
                same = key == (seed, frame)
                found.append((features, same, what == TWINS, seed))
    return found


def main(files: int = 8) -> None:
    first = HELD_OUT // SCENES_A_FILE
    with ProcessPoolExecutor(2) as pool:
        parts = list(pool.map(examples, range(first, first + files)))
    rows = [row for part in parts for row in part]
    features = np.stack([row[0] for row in rows])
    same, twin = (np.array([row[n] for row in rows]) for n in (1, 2))
    seeds = np.array([row[3] for row in rows])
    odds = np.empty(len(rows))
    for half in (0, 1):
        score.WEIGHTS = score.fit(
            features[(seeds % 2 == half) & ~twin], same[(seeds % 2 == half) & ~twin]
        )
        odds[seeds % 2 != half] = score.log_odds(features[seeds % 2 != half])
    table(odds[~twin], same[~twin])
    score.WEIGHTS = score.fit(features[~twin], same[~twin])
    if twin.any():
        sure = score.probability(score.log_odds(features[twin])) >= score.SURE
        print(
            f"twins (nothing moved but the grain): {sure.mean():.0%} of {twin.sum()} look the same"
        )
    print("WEIGHTS = np.array(\n    [" + ", ".join(f"{w:.4f}" for w in score.WEIGHTS) + "]\n)")


def table(odds: np.ndarray, same: np.ndarray) -> None:
    print(f"held out, either way: {len(odds)} pairs")
    steps = (-41, -7, -3, -1, 0, 1, 2, 3, 4, 6, 41)
    for low, high in itertools.pairwise(steps):
        chosen = (odds >= low) & (odds < high)
        if chosen.any():
            claimed = (1 / (1 + np.exp(-odds[chosen]))).mean()
            print(
                f"log odds {low:4} to {high:4}: {chosen.sum():6} pairs, claimed {claimed:8.4f}, "
                f"true {same[chosen].mean():8.4f}"
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
