"""From the features of an aligned pair to a probability with a meaning.

A logistic model, fitted and held out by `benchmarks/reunite_pictures.py --calibrate` on drawn
scenes: pairs of a picture and a copy of it (every kind of change that we look for), against pairs
with the next frames of the same scene, look-alikes and strangers. It says how often, among pairs
that look like this one, the first was made from the second. It does not say that a court may rely
on it: a match by picture is a proposal until a person has confirmed it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Fitted; held out, what claims 0.97 is right in 0.98, and below 0.001 in none. Order as `terms`.
WEIGHTS = np.array([-16.5468, 0.6153, -4.1868, 13.8605, -2.8872, -19.2555, 4.0002])
# The probability is among pairs of which half are a picture and the NEXT FRAME of its scene: the
# hardest case there is. At and above SURE a match is proposed by itself, if it also leads before
# the next best original by LEAD (in log odds); from PERSON on a person must look.
SURE, PERSON = 0.85, 0.02
LEAD = 1.5


def terms(features: Floats) -> NDArray[np.float64]:
    """What the model weighs, from align.FEATURES; the first column is constant."""
    correlation, detail, remainder, worst, local, local_worst, _, _ = features.astype(np.float64).T
    unlike = np.log(np.clip(1 - correlation, 1e-4, 2))
    coarse = np.log(np.clip(1 - detail, 1e-3, 2))
    one = np.ones_like(unlike)
    return np.stack([one, unlike, coarse, remainder, worst, local, local_worst], 1)


def log_odds(features: Floats) -> NDArray[np.float64]:
    """The model's log odds that each pair is a copy and its original."""
    return np.asarray(np.clip(terms(features) @ WEIGHTS, -40, 40))


def probability(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-odds)))


def fit(features: Floats, same: NDArray[np.bool_], rounds: int = 60) -> NDArray[np.float64]:
    """Weights by penalised iteratively reweighted least squares (Newton's method)."""
    x = terms(features)
    centre, spread = x.mean(0), x.std(0) + 1e-9
    centre[0], spread[0] = 0, 1
    z = (x - centre) / spread
    weights = np.zeros(x.shape[1])
    penalty = np.eye(x.shape[1]) * 1e-2
    penalty[0, 0] = 0
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-np.clip(z @ weights, -30, 30)))
        slope = z.T @ (same - p) - penalty @ weights
        bend = (z * (p * (1 - p))[:, None]).T @ z + penalty + 1e-9 * np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    plain = weights / spread
    plain[0] -= (weights[1:] / spread[1:] * centre[1:]).sum()
    return np.asarray(plain)
