"""What each row counts for, in the average and in the fit.

    counted   in the target population: sampling weight × exposure; 1 in all in each cluster when these count equally
    fit       counted × inverse probability of the arm, or inverse variance
    working   variances of the weighted errors √fit·ε: those of ε are alike when a sampling weight or a probability
              moves it, and proportional to 1/fit when an inverse variance or exposure does (Poisson events)

The inverse probability of the arm is 1/p and 1/(1 − p) over all units, and 1 and p/(1 − p) over the treated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from effekt._types import BoolArray, FloatArray
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.data import Trial


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighting:
    """The target rows, and the (n,) weights of all rows, None where they are alike."""

    target: BoolArray
    counted: FloatArray | None
    fit: FloatArray | None
    working: FloatArray | None

    def mean(self, column: FloatArray) -> float:
        """The mean over the target population."""
        if self.counted is None:
            return float(np.mean(column if self.target.all() else column[self.target]))
        weights = self.counted[self.target]
        return float(np.sum(weights * column[self.target]) / np.sum(weights))


def weighting_of(trial: Trial, options: Options) -> Weighting:
    """The weights that the options ask for."""
    target = trial.treated if options.estimand == "ATT" else np.ones(len(trial.outcome), bool)
    chance = None if trial.probability is None else _inverse(trial.probability, trial.treated, options.estimand)
    counted = _product(trial.sampling, trial.exposure)
    if options.cluster_weighted and trial.cluster is not None:
        own = np.ones(len(trial.outcome)) if counted is None else counted
        counted = own / np.bincount(trial.cluster, own)[trial.cluster]
    return Weighting(
        target=target,
        counted=counted,
        fit=_product(counted, chance, trial.precision),
        working=_product(None if options.cluster_weighted else trial.sampling, chance),
    )


def _inverse(probability: FloatArray, treated: BoolArray, estimand: str) -> FloatArray:
    if estimand == "ATT":
        return np.where(treated, 1.0, probability / (1 - probability))
    return np.where(treated, 1 / probability, 1 / (1 - probability))


def _product(*factors: FloatArray | None) -> FloatArray | None:
    """The product of those that there are."""
    found: FloatArray | None = None
    for factor in factors:
        if factor is not None:
            found = factor if found is None else found * factor
    return found
