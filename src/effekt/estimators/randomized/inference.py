"""The covariance of the two means and its degrees of freedom, or why there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from effekt import _linalg
from effekt._inference import ContrastDf, Inference, StudentT, Unavailable
from effekt._text import Text
from effekt._types import BoolArray, FloatArray, IntArray
from effekt.estimators._refusals import JUDGED_BY_CR2, NO_VARIATION, few_clusters, low_df
from effekt.estimators.randomized.data import ARMS, Trial
from effekt.estimators.randomized.models import ROUNDING, Model
from effekt.estimators.randomized.words import (
    DETERMINED_BY_CLUSTER,
    DETERMINED_BY_UNIT,
    SINGLE_CLUSTER_IN_BLOCK,
    SINGLE_UNIT_IN_BLOCK,
    single_in_arm,
)

SEEN = 1 - 1e-6  # the share of a mean's variance that must be estimable


def inference_of(trial: Trial, model: Model, variance: str, drawn: BoolArray | None) -> Inference:
    """A t reference under the named variance, or why there is none; `drawn` are rows with sampled covariates."""
    reason = _too_few(trial, model)
    if reason is not None:
        return Unavailable(reason=reason)
    unbiased = _linalg.sandwich("HC2" if trial.cluster is None else "CR2", model.parts)
    if _linalg.captured_share(unbiased, model.parts) < SEEN:
        return Unavailable(reason=DETERMINED_BY_UNIT if trial.cluster is None else DETERMINED_BY_CLUSTER)
    found = _student_t(trial, model, variance, unbiased)
    if trial.cluster is not None:
        reason = low_df((unbiased if variance in JUDGED_BY_CR2 else found).df_of("difference"))
        if reason is not None:
            return Unavailable(reason=reason)
    if drawn is not None:
        found = _add(found, _covariate_mean_term(trial, model, drawn))
    if found.std_error(model.means, "difference") <= ROUNDING * np.max(np.abs(trial.outcome)):
        return Unavailable(reason=NO_VARIATION)
    return found


def _student_t(trial: Trial, model: Model, variance: str, unbiased: StudentT) -> StudentT:
    """The covariance and df of the named variance; HC2 and CR2 are at hand."""
    if variance == "welch":
        return _welch(trial)
    return unbiased if variance in ("HC2", "CR2") else _linalg.sandwich(variance, model.parts)


def _add(found: StudentT, term: FloatArray) -> StudentT:
    """The same inference with a further 2 × 2 covariance of the means."""
    first, cross, second = (a + float(b) for a, b in zip(found.covariance, term[[0, 0, 1], [0, 1, 1]], strict=True))
    return replace(found, covariance=(first, cross, second))


def _too_few(trial: Trial, model: Model) -> Text | None:
    """A single unit or cluster in an arm, or in the arm of a block that has its own mean; too few clusters."""
    clustered = trial.cluster is not None
    treated = trial.treated[trial.assigned]
    blocks = np.zeros(len(treated)) if trial.block is None or not model.by_arm else trial.block[trial.assigned]
    for arm, name in zip((treated, ~treated), ARMS, strict=True):
        if arm.sum() < 2:
            return single_in_arm(name, clustered=clustered)
        if np.unique(blocks[arm], return_counts=True)[1].min() < 2:
            return SINGLE_CLUSTER_IN_BLOCK if clustered else SINGLE_UNIT_IN_BLOCK
    return few_clusters(len(treated)) if clustered else None


def _welch(trial: Trial) -> StudentT:
    """Neyman's diag(s₁²/n₁, s₀²/n₀) with Welch's (1947, doi:10.1093/biomet/34.1-2.28) degrees of freedom."""
    (v1, n1), (v0, n0) = ((float(np.var(trial.outcome[arm], ddof=1)) / arm.sum(), int(arm.sum())) for arm in trial.arms)
    df = ContrastDf(quadratic=(v1, 0.0, v0), quartic=(v1**2 / (n1 - 1), 0.0, 0.0, 0.0, v0**2 / (n0 - 1)))
    return StudentT(covariance=(v1, 0.0, v0), df=df)


def _covariate_mean_term(trial: Trial, model: Model, target: BoolArray) -> FloatArray:
    """β_a' V β_b with V = Σ_b G_b/(G_b − 1) Σ_g t_g t_g' / n², the covariance of the mean of x over n rows.

    t_g is the sum of x less its block's mean over a cluster (or unit) g, of which block b has G_b.
    """
    slopes = np.array([part.fit.coefficients[-len(trial.names) :] for part in model.parts])
    moves = trial.covariates[target] @ slopes.T  # what the covariates alone move each mean by
    n = len(moves)
    block = np.zeros(n, np.intp) if trial.block is None else np.unique(trial.block[target], return_inverse=True)[1]
    moves = moves - _group_sums(moves, block)[block] / np.bincount(block)[block][:, None]
    units = np.arange(n) if trial.cluster is None else trial.cluster[target]
    _, first, unit = np.unique(units, return_index=True, return_inverse=True)
    drawn = np.bincount(block[first])  # clusters or units in each block
    sums = _group_sums(moves, unit) * np.sqrt(drawn / (drawn - 1))[block[first]][:, None]
    term: FloatArray = sums.T @ sums / n**2
    return term


def _group_sums(values: FloatArray, groups: IntArray) -> FloatArray:
    """(groups, columns): the sum of each column over each group."""
    return np.column_stack([np.bincount(groups, column) for column in values.T])
