"""Pairs with covariates under other assignments: the regression over pairs fitted anew to each of them.

Which of a pair is treated turns the sign of its differences and leaves its mean: with s_j = ±1, D_j the difference of
outcomes of its first and its second unit or cluster, X_j that of the covariates and M_j their mean in the pair, the
estimate is the constant of s_j D_j on s_j X_j and, under "lin", M_j less its average (Fogarty 2018,
doi:10.1093/biomet/asy034). It is linear in the outcome, so a − τ₀ b is its value at y − τ₀ d, and b is 1 for the
assignment that was. Where pairs count differently it is not: a constant effect then moves the constant by another
number, and there is no inference.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from effekt._types import FloatArray, IntArray
from effekt.estimators.randomized.arguments import Options
from effekt.estimators.randomized.data import Trial
from effekt.estimators.randomized.lots import Assignments
from effekt.exceptions import ArgumentError

EXISTS = 1e-10  # a share of variation below this is none


def redrawn_pairs(trial: Trial, options: Options, order: IntArray) -> Callable[[Assignments], FloatArray]:
    """(rows, 2) from assignments: a and b under each of them, NaN where covariates are collinear."""
    if not count_alike(trial, options):
        raise ArgumentError(
            "`pairs` of clusters with covariates must all count alike with inference='randomization', and their "
            "clusters differ in size; choose cluster_weighted=True, or leave `covariates` out."
        )
    p, values = len(trial.names), _units(trial, order)
    apart, middle = values[:, 0] - values[:, 1], values[:, :, 2:].mean(axis=1)
    fixed = middle - middle.mean(axis=0) if options.adjustment == "lin" else middle[:, :0]

    def statistic(assignments: Assignments) -> FloatArray:
        bits = np.unpackbits(assignments, axis=1, count=2 * len(apart), bitorder="little")[:, ::2]
        turned = np.where(bits == 1, 1.0, -1.0)[:, :, None] * apart
        still = np.broadcast_to(fixed, (len(turned), *fixed.shape))
        return _constants(turned[:, :, :2], np.concatenate([turned[:, :, 2:], still], axis=2), p)

    return statistic


def count_alike(trial: Trial, options: Options) -> bool:
    """Whether every pair counts for the same, whichever of it is treated."""
    if options.cluster_weighted or trial.cluster is None:
        return True
    assert trial.pair is not None
    of_each = trial.cluster if options.estimand == "ATT" else trial.pair
    return len(np.unique(np.unique(of_each, return_counts=True)[1])) == 1


def _units(trial: Trial, order: IntArray) -> FloatArray:
    """(J, 2, 2 + p) means of outcome, treatment and covariates of the first and the second of each pair."""
    unit = np.arange(len(trial.outcome)) if trial.cluster is None else np.unique(trial.cluster, return_inverse=True)[1]
    columns = [trial.response, trial.treated.astype(float)]
    for covariate in trial.columns:
        centred = covariate - np.mean(covariate)
        columns.append(centred / np.max(np.abs(centred)))
    means = np.column_stack([np.bincount(unit, column) for column in columns]) / np.bincount(unit)[:, None]
    return means[order].reshape(-1, 2, means.shape[1])


def _constants(outcomes: FloatArray, columns: FloatArray, p: int) -> FloatArray:
    """(R, 2): the constants of (R, J, 2) outcomes on (R, J, k) columns, those after the first p with mean 0."""
    level, centre = outcomes.mean(axis=1), columns.mean(axis=1)
    within = columns - centre[:, None]
    length = np.sqrt(np.sum(within**2, axis=1))
    regular = np.all(length > EXISTS * np.max(np.abs(columns), axis=1), axis=1)
    found = np.full(level.shape, np.nan)
    within = within[regular] / length[regular][:, None]
    gram = np.einsum("rji,rjk->rik", within, within)
    cross = np.einsum("rji,rjk->rik", within, outcomes[regular])
    independent = np.linalg.eigvalsh(gram)[:, 0] > EXISTS
    rows = np.flatnonzero(regular)[independent]
    slopes = np.linalg.solve(gram[independent], cross[independent]) / length[rows][:, :, None]
    found[rows] = level[rows] - np.einsum("ri,rik->rk", centre[rows, :p], slopes[:, :p])
    return found
