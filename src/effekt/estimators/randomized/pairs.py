"""Units or clusters assigned within pairs: the variance between the pairs.

With J pairs, m_j the treated and the control mean of pair j and w_j its share of the target units, the two means are
Σ w_j m_j. Their covariance is that of Imai, King & Nall (2009, doi:10.1214/08-STS274, equation 6), which for pairs of
units, where w_j = 1/J, is that of Gerber & Green (2012, Field Experiments, equation 3.16)::

    V = J/(J − 1) Σ_j (w_j m_j − m̄/J)(w_j m_j − m̄/J)',    m̄ = Σ w_j m_j,    with J − 1 degrees of freedom
"""

from __future__ import annotations

import numpy as np

from effekt._few import MIN_CLUSTER_PAIRS, MIN_PAIRS, few_pairs
from effekt._inference import FixedDf, Inference, Means, StudentT, Unavailable
from effekt._types import FloatArray, IntArray
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.data import Trial
from effekt.estimators.randomized.models import ROUNDING, Model, with_exact
from effekt.estimators.randomized.words import NO_VARIATION_BETWEEN_PAIRS, with_way_out


def paired(trial: Trial, options: Options) -> tuple[Model, Inference]:
    """The means over pairs and their inference."""
    _, terms = pair_terms(trial, options)
    treated, counterfactual = (float(value) for value in terms.sum(axis=0))
    model = Model(means=Means(treated=treated, counterfactual=counterfactual), parts=())
    if trial.cluster is None:
        model = with_exact(model, trial)
    return model, _between(terms, trial, options)


def pair_terms(trial: Trial, options: Options) -> tuple[IntArray, FloatArray]:
    """The first row of each pair, and w_j m_j (J, 2)."""
    assert trial.pair is not None
    _, first, pair = np.unique(trial.pair, return_index=True, return_inverse=True)
    sizes = np.column_stack([np.bincount(pair[arm]) for arm in trial.arms])
    sums = np.column_stack([np.bincount(pair[arm], trial.outcome[arm]) for arm in trial.arms])
    counted = sizes[:, 0] if options.estimand == "ATT" else sizes.sum(axis=1)
    if options.cluster_weighted:
        counted = np.ones(len(sizes))
    terms: FloatArray = (counted / counted.sum())[:, None] * (sums / sizes)
    return first, terms


def _between(terms: FloatArray, trial: Trial, options: Options) -> Inference:
    count = len(terms)
    clustered = trial.cluster is not None
    if count < (MIN_CLUSTER_PAIRS if clustered else MIN_PAIRS):
        reason = few_pairs(count, MIN_CLUSTER_PAIRS if clustered else MIN_PAIRS, clustered=clustered)
        return Unavailable(reason=with_way_out(reason, trial, options))
    centred = terms - terms.mean(axis=0)
    (first, cross), (_, second) = count / (count - 1) * (centred.T @ centred)
    found = StudentT(covariance=(float(first), float(cross), float(second)), df=FixedDf(df=float(count - 1)))
    moved = centred[:, 0] - centred[:, 1]
    if np.sqrt(np.sum(moved**2)) <= ROUNDING * np.max(np.abs(trial.outcome)):
        return Unavailable(reason=NO_VARIATION_BETWEEN_PAIRS)
    return found
