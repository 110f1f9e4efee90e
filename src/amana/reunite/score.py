"""From the features of an aligned pair to a probability with a meaning.

A logistic model, fitted by `benchmarks/reunite_calibrate.py` on one half of a drawn set and held
against the other half; neither half is in the set that `benchmarks/reunite_pictures.py` tests on.
Pairs of a picture and a copy of it (every kind of change that we look for) stand against as many
pairs with the nearest other frame of the scene and with look-alikes. It says how often, among pairs
that look like this one, the first was made from the second. It does not say that a court may rely
on it: a match by picture is a proposal until a person has confirmed it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amana.reunite.remains import FEATURES

Floats = NDArray[np.float32]

# Order as `terms`.
WEIGHTS = np.array(
    [
        1.4000,
        -0.8245,
        -1.2617,
        0.5226,
        -0.2287,
        -4.6326,
        4.0878,
        0.2680,
        -3.3924,
        -2.5316,
        -0.6425,
        -2.0881,
        -0.4771,
        -1.5662,
        -1.6218,
        -0.1582,
        -0.1618,
        0.5768,
        0.4831,
        0.7044,
        0.1675,
        -0.0700,
        -0.2650,
        -0.1527,
        -0.0579,
    ]
)
# The model is fitted on pairs of which half are a picture and the NEXT FRAME of its scene, the
# hardest case there is. A score is for a set in which one copy in twenty has no original, but only
# such a frame: its log odds are higher by PRIOR. At and above SURE a match is proposed by itself,
# if it also leads before the next best original by LEAD (in log odds); from PERSON on a person
# must look.
PRIOR = float(np.log(19))
SURE, PERSON = 0.92, 0.2
LEAD = 1.5


# Weighed as they are; weighed against the remainder on the whole; and how much more, or less, some
# of them weigh where the copy was sampled on another grid.
_PLAIN = ("moving", "moving_worst", "shift", "shift_worst", "peak", "peak_wide")
_RELATIVE = ("worst", "typical", "structure", "structure_worst", "edges")
_RESAMPLED = (3, 6, 7, 9, 10, 11, 12, 13, 14)


def terms(features: Floats) -> NDArray[np.float64]:
    """What the model weighs, from remains.FEATURES; the first column is constant."""
    of = dict(zip(FEATURES, features.astype(np.float64).T, strict=True))
    plain = np.stack(
        [
            np.ones(len(features)),
            np.log(np.clip(1 - of["correlation"], 1e-4, 2)),
            np.log(np.clip(1 - of["detail"], 1e-3, 2)),
            of["remainder"],
            *(of[name] - of["remainder"] for name in _RELATIVE),
            *(of[name] for name in _PLAIN),
        ],
        1,
    )
    resampled = of["resampled"][:, None]
    return np.concatenate([plain, resampled, plain[:, _RESAMPLED] * resampled], 1)


def log_odds(features: Floats) -> NDArray[np.float64]:
    """The model's log odds that each pair is a copy and its original, where half are."""
    return np.asarray(np.clip(terms(features) @ WEIGHTS, -40, 40))


def probability(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The score of a pair with these log odds, where nineteen in twenty are."""
    return np.asarray(1 / (1 + np.exp(-odds - PRIOR)))


def fit(features: Floats, same: NDArray[np.bool_], rounds: int = 60) -> NDArray[np.float64]:
    """Weights by penalised iteratively reweighted least squares (Newton's method)."""
    x = terms(features)
    centre, spread = x.mean(0), x.std(0) + 1e-9
    centre[0], spread[0] = 0, 1
    z = (x - centre) / spread
    weights = np.zeros(x.shape[1])
    penalty = np.eye(x.shape[1])
    penalty[0, 0] = 0
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-np.clip(z @ weights, -30, 30)))
        slope = z.T @ (same - p) - penalty @ weights
        bend = (z * (p * (1 - p))[:, None]).T @ z + penalty + 1e-9 * np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    plain = weights / spread
    plain[0] -= (weights[1:] / spread[1:] * centre[1:]).sum()
    return np.asarray(plain)
