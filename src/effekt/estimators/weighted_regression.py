"""Inverse-probability-weighted regression adjustment: a weighted regression in each arm, averaged over the target.

With the weights w(ℓ) of a weighting and covariates x (a constant first), β_a solves Σ w_a (y − x'β_a) x = 0 in arm a,
and μ_a = Σ t x'β_a/Σ t with t = 1 for the units whose effect is asked for (Wooldridge 2007,
doi:10.1016/j.jeconom.2007.02.002; Słoczyński & Wooldridge 2018, doi:10.1017/S0266466617000056). It is right where the
weights are, or where the outcome is linear in x.

The equations of the weights, of β and of μ are stacked (Stefanski & Boos 2002, doi:10.1198/000313002753631330), and
each row or cluster is left out of the sums that its own error is measured by, as in `_m_estimation`: its error is the
part of (A − A_i)⁻¹ψ_i that belongs to the means. A is block triangular, weights first::

    δ_b = (J_b − J_bi)⁻¹ z_i g_bi                                   J_b = −Σ g_b' z z'
    δ_a = (B_a − B_ai)⁻¹ (w_ai e_i x_i + Σ_b (C_ab − C_abi) δ_b)    B_a = Σ w_a x x', C_ab = Σ ∂w_a/∂ℓ_b e x z'
    φ_a = (t_i (x_i'β_a − μ_a) + (Σ t x − t_i x_i)'δ_a) / (Σ t − t_i)
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from effekt import _linalg
from effekt._inference import Inference, Means, Unavailable
from effekt._types import BoolArray, FloatArray, IntArray
from effekt.estimators._m_estimation import DETERMINED, cross_sums, group_sums, joint_covariance, predict, standardised
from effekt.estimators._one_value import refuse_one_value
from effekt.estimators.weighting import BY_CLASSIFIER, Weighting, reference, refusal
from effekt.exceptions import DataError
from effekt.tables import called

AT_ONCE = 4096  # rows or clusters whose matrices are held together


def regressed_means(
    outcome: FloatArray,
    covariates: FloatArray,
    names: tuple[str, ...],
    weighting: Weighting,
    clusters: IntArray | None = None,
    *,
    left_out: bool = True,
) -> tuple[Means, Inference]:
    """The two means over the target, and how sure we are of them.

    Parameters
    ----------
    outcome : (n,) array
        Rows as in the weighting.
    covariates : (n, p) array
    names : tuple of str
        Those of the covariates.
    weighting : Weighting
        For the ATT, ATC or ATE.
    clusters : (n,) integer array, optional
    left_out : bool
        False for the plain sandwich, with a normal reference.

    Raises
    ------
    DataError
        For a covariate that holds one value, or depends on others, within an arm.
    """
    slopes = fitted(outcome, covariates, names, weighting)
    x, target = standardised(covariates), _target(weighting)
    predicted = [predict(x, beta) for beta in slopes]
    treated, counterfactual = (float(np.mean(values[target])) for values in predicted)
    means = Means(treated=treated, counterfactual=counterfactual)
    if not weighting.indices:
        return means, Unavailable(reason=BY_CLASSIFIER)
    parameters = weighting.parameters + 2 * x.shape[1]
    reason = refusal(weighting.treated, weighting.shares, clusters, parameters)
    if reason is not None:
        return means, Unavailable(reason=reason)
    errors = mean_errors(outcome, x, slopes, weighting, clusters, left_out=left_out)
    k = (parameters if clusters is None else 1) if left_out else None
    return means, reference(outcome, means, errors, joint_covariance(errors), k)


def mean_errors(
    outcome: FloatArray,
    x: FloatArray,
    slopes: list[FloatArray],
    weighting: Weighting,
    clusters: IntArray | None,
    *,
    left_out: bool = True,
) -> FloatArray:
    """(rows or clusters, 2): what each adds to the error of each mean; not finite where it determines a parameter."""
    z, target = weighting.design, _target(weighting).astype(float)
    groups = np.arange(len(outcome)) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    deltas = [
        _solved(z, -index.slope, group_sums(z * index.score[:, None], groups), groups, left_out=left_out)
        for index in weighting.indices
    ]
    columns = []
    for arm, beta in zip(weighting.arms, slopes, strict=True):
        error = outcome - x @ beta
        right = group_sums(x * (arm.values * error)[:, None], groups)
        for delta, slope in zip(deltas, arm.slopes, strict=True):
            right += delta @ cross_sums(z, x * (slope * error)[:, None])
            if left_out:
                own = x * (slope * error * np.sum(z * delta[groups], axis=1))[:, None]
                right -= group_sums(own, groups)
        moved = _solved(x, arm.values, right, groups, left_out=left_out)
        mean = float(np.sum(target * (x @ beta)) / np.sum(target))
        total, shares = cross_sums(x, target[:, None])[:, 0], group_sums(target[:, None], groups)[:, 0]
        pulled = moved @ total
        if left_out:
            pulled -= np.bincount(groups, target * np.sum(x * moved[groups], axis=1))
        whole = float(np.sum(target)) - (shares if left_out else 0.0)
        whole = np.where(whole > DETERMINED * np.sum(target), whole, np.nan)
        columns.append((np.bincount(groups, target * (x @ beta - mean)) + pulled) / whole)
    return np.column_stack(columns)


def _target(weighting: Weighting) -> BoolArray:
    """Which rows the estimand averages over."""
    everyone = np.ones(len(weighting.treated), bool)
    return {"ATT": weighting.treated, "ATC": ~weighting.treated}.get(weighting.estimand, everyone)


def fitted(
    outcome: FloatArray, covariates: FloatArray, names: tuple[str, ...], weighting: Weighting
) -> list[FloatArray]:
    """The coefficients of each arm on a constant and the standardised covariates."""
    found = []
    sides = (weighting.treated, ~weighting.treated)
    for which, arm, noun in zip(sides, weighting.arms, ("treated", "controls"), strict=True):
        refuse_one_value(covariates, which, names, noun, "Leave it out of the comparison's `covariates`.")
        root = np.sqrt(arm.values[which])
        design = standardised(covariates)[which] * root[:, None]
        try:
            found.append(_linalg.least_squares(design, outcome[which] * root).coefficients)
        except _linalg.CollinearColumnError as dependent:
            raise DataError(
                f"{called(names[dependent.index - 1])} must not be a linear combination of the other `covariates` of "
                f"the comparison within the {noun}. Leave it out."
            ) from None
    return found


def _solved(z: FloatArray, curvature: FloatArray, right: FloatArray, groups: IntArray, *, left_out: bool) -> FloatArray:
    """(groups, k): (Σ c z z' − its own part)⁻¹ times each group's right-hand side."""
    whole = cross_sums(z, z * curvature[:, None])
    if not left_out:
        return np.asarray(np.linalg.solve(whole, right.T).T)
    found = np.empty(right.shape)
    for some, own in _parts(z, curvature, groups, len(right)):
        leverage = np.max(np.real(np.linalg.eigvals(np.linalg.solve(whole, own))), axis=1)
        alone = 1 - leverage <= DETERMINED
        left = np.where(alone[:, None, None], np.eye(z.shape[1]), whole - own)
        solved = np.linalg.solve(left, right[some][..., None])[..., 0]
        found[some] = np.where(alone[:, None], np.nan, solved)
    return found


def _parts(z: FloatArray, curvature: FloatArray, groups: IntArray, count: int) -> Iterator[tuple[slice, FloatArray]]:
    """(some groups, k, k): what each group has in Σ c z z'."""
    order = np.argsort(groups, kind="stable")
    ends = np.searchsorted(groups[order], np.arange(count + 1))
    for first in range(0, count, AT_ONCE):
        last = min(first + AT_ONCE, count)
        rows = order[ends[first] : ends[last]]
        outer = z[rows, :, None] * (z[rows] * curvature[rows, None])[:, None, :]
        yield slice(first, last), np.add.reduceat(outer, ends[first:last] - ends[first], axis=0)
