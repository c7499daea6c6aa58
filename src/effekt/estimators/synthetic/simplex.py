"""Weights on the simplex nearest to a target: an active-set quadratic programme that checks its own optimality.

The programme min |Aw − b|² over w ≥ 0, Σw = 1 asks for the point of least norm in the hull of the columns of
B = A − b1'. With u = s·w, |Bu|² + (Σu − 1)² is least over s at D/(1 + D), D = |Bw|², which grows in D: the non-negative
least squares of (0, 1) on (B, 1') gives w = u/Σu. That is solved by the active sets of Lawson & Hanson (1974, *Solving
least squares problems*, chapter 23, doi:10.1137/1.9781611971217), which end at the minimiser after finitely many sets.

Where several w are minimisers, all have the same Bw, and the one of least norm is taken: least distance programming
(the same chapter, section 4), again by non-negative least squares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from effekt._types import BoolArray, FloatArray

ENTERS = 1e-12  # gain, for columns and target of norm one, below which a column does not enter
OPTIMAL = 1e-10  # duality gap that is allowed, relative to the squared length of the longest column
FLAT = 1e-10  # singular value, relative to the largest, below which a direction changes no fitted value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimplexFit:
    """Weights, and whether no other weights fit as well.

    Attributes
    ----------
    weights : (n,) array
        Not negative, with the sum 1.
    unique : bool
        False where the weights are those of least norm among several that fit equally well.
    """

    weights: FloatArray
    unique: bool


def nearest_weights(donors: FloatArray, target: FloatArray, ridge: float = 0.0) -> SimplexFit:
    """The w ≥ 0 with Σw = 1 that minimise |donors·w − target|² + ridge·|w|².

    Parameters
    ----------
    donors : (m, n) array
    target : (m,) array
    ridge : float
        Not negative; above zero the minimiser is unique.
    """
    gaps = donors - target[:, None]
    if ridge > 0:
        gaps = np.vstack([gaps, np.sqrt(ridge) * np.eye(gaps.shape[1])])
    size = float(np.sqrt(np.max(np.sum(gaps**2, axis=0))))
    gaps = gaps / size if size > 0 else gaps
    found = non_negative(*_lifted(gaps))
    weights = found / found.sum()
    weights, unique = _least_norm(gaps, weights)
    _check_optimal(gaps, weights)
    return SimplexFit(weights=weights, unique=unique)


def non_negative(columns: FloatArray, target: FloatArray) -> FloatArray:
    """The u ≥ 0 that minimises |columns·u − target|², by Lawson & Hanson's active sets."""
    n = columns.shape[1]
    found, free, refused = np.zeros(n), np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    for _ in range(30 * n + 30):
        gain = columns.T @ (target - columns @ found)
        gain[free | refused] = 0.0
        entering = int(np.argmax(gain))
        if gain[entering] <= ENTERS:
            return found
        free[entering] = True
        wanted = _solved(columns, target, free)
        if wanted[entering] <= 0:  # the gain was rounding: as in theory the entering weight grows
            free[entering], refused[entering] = False, True
            continue
        refused[:] = False
        while np.any(wanted[free] <= 0):
            leaving = free & (wanted <= 0)
            steps = found[leaving] / (found[leaving] - wanted[leaving])
            found = found + steps.min() * (wanted - found)
            free[np.flatnonzero(leaving)[steps == steps.min()]] = False
            found[~free] = 0.0
            wanted = _solved(columns, target, free)
        found = wanted
    raise AssertionError("The active sets of non-negative least squares did not end.")


def _solved(columns: FloatArray, target: FloatArray, free: BoolArray) -> FloatArray:
    """Least squares on the free columns, zero elsewhere."""
    solved = np.zeros(columns.shape[1])
    solved[free] = np.linalg.lstsq(columns[:, free], target, rcond=None)[0]
    return solved


def _lifted(rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The columns with a one below each, and the target (0, …, 0, 1)."""
    target = np.zeros(len(rows) + 1)
    target[-1] = 1.0
    return np.vstack([rows, np.ones(rows.shape[1])]), target


def _least_norm(gaps: FloatArray, weights: FloatArray) -> tuple[FloatArray, bool]:
    """The minimiser of least norm, and whether it is the only one.

    Minimisers have the same fitted values and no weight where the gradient is above its least, so they are
    w + Nv ≥ 0 with N a basis of the directions among the other columns that move neither fit nor sum.
    """
    slack = gaps.T @ (gaps @ weights)
    near = (slack - slack.min() <= OPTIMAL) | (weights > 0)
    _, values, directions = np.linalg.svd(np.vstack([gaps[:, near], np.ones(int(near.sum()))]), full_matrices=True)
    rank = int(np.sum(values > FLAT * values[0]))
    flat = directions[rank:].T
    if not flat.shape[1]:
        return weights, True
    fixed = weights[near] - flat @ (flat.T @ weights[near])
    target = np.zeros(flat.shape[1] + 1)
    target[-1] = 1.0
    columns = np.vstack([flat.T, -fixed])
    residual = columns @ non_negative(columns, target) - target
    least = np.zeros(len(weights))
    least[near] = np.maximum(fixed - flat @ (residual[:-1] / residual[-1]), 0.0)
    least[least < ENTERS] = 0.0
    least /= least.sum()
    return least, bool(np.allclose(least, weights, rtol=0.0, atol=1e-9))


def _check_optimal(gaps: FloatArray, weights: FloatArray) -> None:
    """Karush–Kuhn–Tucker: feasible, and no column's gradient below the weighted mean of the gradients.

    |Bw|² exceeds its least value by at most twice the gap that is checked, as the objective is convex.
    """
    gradient = gaps.T @ (gaps @ weights)
    gap = float(weights @ gradient - gradient.min())
    feasible = bool(np.all(weights >= 0)) and abs(float(weights.sum()) - 1) <= OPTIMAL
    if not (feasible and gap <= OPTIMAL):
        raise AssertionError(f"The weights are not optimal: duality gap {gap:.3g}.")
