"""Each outcome over its known probability, over all units: unbiased, but it moves with the zero of the outcome.

Horvitz & Thompson (1952, doi:10.1080/01621459.1952.10483446), units or clusters assigned independently with
probabilities p, N units in all, y_g the total of a cluster (or the outcome of a unit)::

    μ₁ = Σ_treated y_g/p_g / N,    V₁₁ = Σ_treated (y_g/p_g)² / N²,    and with 1 − p_g for the controls;    V₁₀ = 0

The variance of a·μ₁ + b·μ₀ has the unknown term 2ab Σ y₁y₀, at most Σ a²y₁² + b²y₀² by Young's inequality; with it the
bound is a²V₁₁ + b²V₀₀ (Aronow & Middleton 2013, doi:10.1515/jci-2012-0009, as in estimatr). The reference is
normal.
"""

from __future__ import annotations

import math

import numpy as np

from effekt._inference import FixedDf, Inference, StudentT, Unavailable
from effekt._types import FloatArray, IntArray
from effekt.estimators._refusals import NO_VARIATION
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.data import Trial
from effekt.estimators.randomized.inference import too_few
from effekt.estimators.randomized.models import Model, means_of
from effekt.estimators.randomized.words import with_way_out


def horvitz_thompson(trial: Trial, options: Options) -> tuple[Model, Inference]:
    """The means over all units and their inference."""
    _, scores = total_scores(trial)
    treated, counterfactual = (float(np.sum(column)) for column in scores.T)
    model = Model(means=means_of(trial, treated, counterfactual), parts=())
    first, second = (float(np.sum(column**2)) for column in scores.T)
    reason = too_few(trial, by_arm=False)
    if reason is not None:
        return model, Unavailable(reason=with_way_out(reason, trial, options))
    if not first + second > 0:
        return model, Unavailable(reason=NO_VARIATION)
    return model, StudentT(covariance=(first, 0.0, second), df=FixedDf(df=math.inf))


def total_scores(trial: Trial) -> tuple[IntArray, FloatArray]:
    """The first row of each unit or cluster, and (G, 2): y_g/p_g/N if treated, y_g/(1 − p_g)/N if not, 0 elsewhere."""
    assert trial.probability is not None
    n = len(trial.outcome)
    names = np.arange(n) if trial.cluster is None else trial.cluster
    _, first, units = np.unique(names, return_index=True, return_inverse=True)
    chances = (trial.probability, 1 - trial.probability)
    columns = [
        np.bincount(units, np.where(arm, trial.outcome / chance, 0.0) / n)
        for arm, chance in zip(trial.arms, chances, strict=True)
    ]
    return first, np.column_stack(columns)
