"""From the features of an aligned pair to a probability with a meaning.

A logistic model, fitted by `benchmarks/reunite_calibrate.py` on drawn scenes and on windows of real
photographs, none of which `benchmarks/reunite_pictures.py` and `reunite_real.py` test on. Pairs of
a picture and a copy of it (every kind of change that we look for) stand against pairs with the
nearest other frame of the scene and with look-alikes. It says how often, among pairs that look like
this one, the first was made from the second. It does not say that a court may rely on it: a match
by picture is a proposal until a person has confirmed it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from amana.reunite.remains import FEATURES

Floats = NDArray[np.float32]
Numbers = NDArray[np.float64]

# The model is fitted on pairs of which half are a picture and the NEXT FRAME of its scene, the
# hardest case there is. A score is for a set in which one copy in twenty has no original, but only
# such a frame: its log odds are higher by PRIOR. At and above SURE a match is proposed by itself,
# if it also leads before the next best original by LEAD (in log odds); from PERSON on a person
# must look. Where another copy asks for the same original, with better right, SHARED is asked for.
PRIOR = float(np.log(19))
SURE, PERSON, SHARED = 0.9, 0.1, 0.998
LEAD = 1.5
# The log odds of a score of one half.
UNDECIDED = -PRIOR

FILE = "score.json"
# Weighed as they are, and weighed against the remainder on the whole.
_PLAIN = ("moving", "moving_worst", "shift", "shift_worst", "peak", "peak_wide")
_RELATIVE = ("worst", "typical", "structure", "structure_worst", "edges")
# What kind of pair it is: it says how much the others weigh.
_CONTEXT = ("resampled", "fineness", "slope", "contrast")
_ALL_PAIRS = 1e-6
_CORRELATION, _OVERLAP = FEATURES.index("correlation"), FEATURES.index("overlap")


@dataclass(frozen=True)
class Model:
    """`least`, `most`, `centre` and `spread` of what `evidence` gave when it was fitted; `weights`
    of `terms`."""

    least: Numbers
    most: Numbers
    centre: Numbers
    spread: Numbers
    weights: Numbers

    def log_odds(self, features: Floats) -> Numbers:
        """That each pair is a copy and its original, where half are. Pairs that were given up come
        after all others, the nearest first."""
        # Beyond what was seen a square would turn round.
        known = np.clip(evidence(features), self.least, self.most)
        found = terms((known - self.centre) / self.spread) @ self.weights
        given_up = -30 + 10 * features[:, _CORRELATION]
        return np.where(_compared(features), np.clip(found, -20, 40), given_up)

    def to_json(self) -> str:
        fields = {name: np.round(values, 5).tolist() for name, values in vars(self).items()}
        return json.dumps(fields, indent=1) + "\n"


@cache
def shipped() -> Model:
    """The model that the package brings."""
    found = json.loads((files(__package__) / FILE).read_text("utf-8"))
    return Model(*(np.array(found[name]) for name in Model.__dataclass_fields__))


def _compared(features: Floats) -> NDArray[np.bool_]:
    """Which pairs were looked at to the end: they have anything in common."""
    return np.asarray(features[:, _OVERLAP] > 0)


def evidence(features: Floats) -> Numbers:
    """What speaks for or against a pair, from remains.FEATURES; the last columns are _CONTEXT."""
    of = dict(zip(FEATURES, features.astype(np.float64).T, strict=True))
    return np.stack(
        [
            np.log(np.clip(1 - of["correlation"], 1e-4, 2)),
            np.log(np.clip(1 - of["detail"], 1e-3, 2)),
            of["remainder"],
            *(of[name] - of["remainder"] for name in _RELATIVE),
            *(of[name] for name in _PLAIN),
            *(of[name] for name in _CONTEXT),
        ],
        1,
    )


def terms(standard: Numbers) -> Numbers:
    """What is weighed, of standardised evidence: a constant, each by itself and squared, and each
    once more by what kind of pair it is."""
    plain, context = standard[:, : -len(_CONTEXT)], standard[:, -len(_CONTEXT) :]
    kinds = [plain * context[:, [n]] for n in range(len(_CONTEXT))]
    first, second = np.triu_indices(len(_CONTEXT), 1)
    constant = np.ones((len(standard), 1))
    return np.concatenate(
        [constant, standard, standard**2, *kinds, context[:, first] * context[:, second]], 1
    )


def log_odds(features: Floats) -> Numbers:
    """By the model that is shipped."""
    return shipped().log_odds(features)


def probability(odds: Numbers) -> Numbers:
    """The score of a pair with these log odds, where nineteen in twenty are."""
    return np.asarray(1 / (1 + np.exp(-odds - PRIOR)))


def fit(features: Floats, same: NDArray[np.bool_], rounds: int = 40, penalty: float = 0.1) -> Model:
    """Weights by penalised iteratively reweighted least squares (Newton's method); either kind of
    pair counts as one half of all. What was given up teaches nothing."""
    compared = _compared(features)
    features, same = features[compared], same[compared]
    seen = evidence(features)
    centre, spread = seen.mean(0), seen.std(0) + 1e-9
    x = terms((seen - centre) / spread)
    counts = np.where(same, 0.5 / same.mean(), 0.5 / (1 - same.mean()))
    # Squares and products have other sizes than what they are made of: each is held by its own.
    hold = penalty * x.var(0) + _ALL_PAIRS
    hold[0] = 0
    weights = np.zeros(x.shape[1])
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (counts * (same - p)) - hold * weights
        bend = (x * (counts * p * (1 - p))[:, None]).T @ x + np.diag(hold)
        weights = weights + np.linalg.solve(bend, slope)
    return Model(seen.min(0), seen.max(0), centre, spread, weights)
