"""The covariance of the two means of a regression and its degrees of freedom, or why there is none."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from effekt import _linalg
from effekt._few import SINGLE_CLUSTER_IN_BLOCK, SINGLE_UNIT_IN_BLOCK, few_clusters, low_df, single_in_arm
from effekt._inference import ContrastDf, Inference, StudentT, Unavailable
from effekt._text import Text
from effekt._types import FloatArray, IntArray
from effekt.estimators._refusals import JUDGED_BY_CR2, NO_EVENT_IN_COMMON_MODEL, NO_VARIATION
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.data import ARMS, Trial, first_and_place
from effekt.estimators.randomized.models import ROUNDING, Model
from effekt.estimators.randomized.weighting import Weighting
from effekt.estimators.randomized.words import DETERMINED_BY_CLUSTER, DETERMINED_BY_UNIT, with_way_out

SEEN = 1 - 1e-6  # the share of a mean's variance that must be estimable
CANCELLED = 1e-7  # an error of the difference below this part of the means' own is rounding of their covariance


def inference_of(trial: Trial, model: Model, options: Options, weighting: Weighting) -> Inference:
    """A t reference under the named variance, or why there is none."""
    variance = options.variance
    reason = too_few(trial, by_arm=model.by_arm)
    if reason is not None:
        return Unavailable(reason=with_way_out(reason, trial, options))
    if not model.by_arm and not trial.response[trial.treated].any():
        return Unavailable(reason=NO_EVENT_IN_COMMON_MODEL)
    # HC2 sees every direction of a fit when its errors are alike; CR2 also when they are not
    alike = [replace(part, working=None) for part in model.parts] if trial.cluster is None else model.parts
    unbiased = _linalg.sandwich("HC2" if trial.cluster is None else "CR2", alike)
    if _linalg.captured_share(unbiased, alike) < SEEN:
        return Unavailable(reason=DETERMINED_BY_UNIT if trial.cluster is None else DETERMINED_BY_CLUSTER)
    known = unbiased if weighting.working is None or trial.cluster is not None else None
    found = _student_t(trial, model, variance, known)
    if trial.cluster is not None:
        reason = low_df((unbiased if variance in JUDGED_BY_CR2 else found).df_of("difference"))
        if reason is not None:
            return Unavailable(reason=with_way_out(reason, trial, options))
    size = ROUNDING * float(np.max(np.abs(trial.response)))
    if samples_covariates(trial, model, options):
        found = _add(found, _covariate_mean_term(trial, model, weighting))
        size = max(size, CANCELLED * math.sqrt(found.covariance[0] + found.covariance[2]))
    error = found.std_error(model.means, "difference")
    if error is not None and error <= size:
        return Unavailable(reason=NO_VARIATION)
    if not any(np.ptp(trial.response[arm]) for arm in trial.arms):  # a row far from the others makes more of rounding
        return Unavailable(reason=NO_VARIATION)
    return found


def samples_covariates(trial: Trial, model: Model, options: Options) -> bool:
    """Whether the means move with the covariates that happened to be drawn from a population."""
    return model.by_arm and bool(trial.names) and options.population == "super"


def too_few(trial: Trial, *, by_arm: bool) -> Text | None:
    """A single unit or cluster in an arm, or in the arm of a block that has its own mean; too few clusters."""
    clustered = trial.cluster is not None
    treated = trial.treated[trial.drawn] if clustered else trial.treated
    blocks = trial.block[trial.drawn] if trial.block is not None and by_arm else None
    for arm, name in zip((treated, ~treated), ARMS, strict=True):
        if arm.sum() < 2:
            return single_in_arm(name, clustered=clustered)
        held = np.array([2]) if blocks is None else np.bincount(blocks[arm])
        if held[held > 0].min() < 2:
            return SINGLE_CLUSTER_IN_BLOCK if clustered else SINGLE_UNIT_IN_BLOCK
    return few_clusters(len(treated)) if clustered else None


def _student_t(trial: Trial, model: Model, variance: str, known: StudentT | None) -> StudentT:
    """The covariance and df of the named variance; HC2 or CR2 may be known."""
    if variance == "welch":
        return _welch(trial)
    return known if known is not None and variance in ("HC2", "CR2") else _linalg.sandwich(variance, model.parts)


def _add(found: StudentT, term: FloatArray) -> StudentT:
    """The same inference with a further 2 × 2 covariance of the means."""
    first, cross, second = (a + float(b) for a, b in zip(found.covariance, term[[0, 0, 1], [0, 1, 1]], strict=True))
    return replace(found, covariance=(first, cross, second))


def _welch(trial: Trial) -> StudentT:
    """Neyman's diag(s₁²/n₁, s₀²/n₀) with Welch's (1947, doi:10.1093/biomet/34.1-2.28) degrees of freedom."""
    (v1, n1), (v0, n0) = ((float(np.var(trial.outcome[arm], ddof=1)) / arm.sum(), int(arm.sum())) for arm in trial.arms)
    df = ContrastDf(quadratic=(v1, 0.0, v0), quartic=(v1**2 / (n1 - 1), 0.0, 0.0, 0.0, v0**2 / (n0 - 1)))
    return StudentT(covariance=(v1, 0.0, v0), df=df)


def _covariate_mean_term(trial: Trial, model: Model, weighting: Weighting) -> FloatArray:
    """β_a' V β_b with V = Σ_b G_b/(G_b − 1) Σ_g t_g t_g' / (Σ c)², the covariance of the mean of x in the target.

    c is what a row counts for; t_g is the sum of c·(x less its block's mean) over a cluster (or unit) g, of which block
    b has G_b.
    """
    _, sums, counted = covariate_moves(trial, model, weighting)
    term: FloatArray = sums.T @ sums / counted**2
    return term


def covariate_moves(trial: Trial, model: Model, weighting: Weighting) -> tuple[IntArray, FloatArray, float]:
    """The first row of each cluster (or unit) of the target, √(G_b/(G_b − 1)) β_a't_g (G, 2), and Σ c."""
    target = weighting.target
    slopes = np.array([part.fit.coefficients[-len(trial.names) :] for part in model.parts])
    slopes = np.swapaxes(slopes.reshape(len(ARMS), -1, len(trial.names)), 0, 1)  # (1 or blocks, arms, covariates)
    n = int(target.sum())
    rows = slice(None) if n == len(target) else target
    counted = np.ones(n) if weighting.counted is None else weighting.counted[target]
    block = np.zeros(n, np.intp) if trial.block is None else np.unique(trial.block[target], return_inverse=True)[1]
    moves = np.zeros((n, len(ARMS)))  # what the covariates alone move each mean by
    for i, column in enumerate(trial.columns):
        own = slopes[0, :, i] if len(slopes) == 1 else slopes[block, :, i]
        moves += column[rows, None] * own
    means = _group_sums(moves * counted[:, None], block) / np.bincount(block, counted)[:, None]
    moves = (moves - means[block]) * counted[:, None]
    units = np.arange(n) if trial.cluster is None else trial.cluster[target]
    first, unit = first_and_place(units)
    drawn = np.bincount(block[first])  # clusters or units in each block
    sums = _group_sums(moves, unit) * np.sqrt(drawn / (drawn - 1))[block[first]][:, None]
    return np.flatnonzero(target)[first], sums, float(np.sum(counted))


def _group_sums(values: FloatArray, groups: IntArray) -> FloatArray:
    """(groups, columns): the sum of each column over each group."""
    return np.column_stack([np.bincount(groups, column) for column in values.T])
