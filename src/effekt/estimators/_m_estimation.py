"""Stacked estimating equations: nuisance parameters first, means last, and the covariance of the means.

Every nuisance parameter β belongs to a linear index ℓ_i = z_i'β with the equation Σ g_i(ℓ_i) z_i = 0: a logistic
propensity has g = d − p, a regression in an arm g = d(y − ℓ), a balancing weight w(ℓ) the imbalance it leaves. A mean μ
solves Σ (h_i(ℓ) − t_i μ) = 0. The covariance of all parameters is A⁻¹ B A⁻ᵀ with A = −Σ ∂ψ_i/∂θ' and B = Σ ψ_i ψ_i'
(Stefanski & Boos 2002, doi:10.1198/000313002753631330, equation 10, times n). No index depends on another and none on
a mean, so A is block triangular, and the part of A⁻¹ψ_i that belongs to a mean is::

    φ_i = (h_i − t_i μ + Σ_b c_b' J_b⁻¹ z_i g_bi) / Σ t,    c_b = Σ ∂h_i/∂ℓ_b z_i,    J_b = −Σ g_b'(ℓ_i) z_i z_i'

Under the name `m_estimation` each row (or cluster) is left out of the sums that its own error is measured by, which is
one Newton step from θ̂ to the estimate without it, (A − A_i)⁻¹ψ_i: J_b, c_b and Σt are taken less its part of them. So
HC3 and CR3 do in a regression; without it, rows with large weights hide their own error. The covariance of two means
is Σ φ_i φ_i', and the degrees of freedom of a contrast are, with m rows (or clusters)::

    df = 3 (m − k)/(m + 2) · (Σ φ_i²)² / Σ φ_i⁴

Satterthwaite's 2 (E V)²/var V with var V estimated from fourth moments. For m equal normal contributions
E[Σφ⁴/(Σφ²)²] = 3/(m + 2), so that 1/df averages 1/(m − k). k counts all parameters, or 1 with clusters.

Under the name `sandwich` nothing is left out and the reference is normal: A⁻¹BA⁻ᵀ itself, as HC0 in a regression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from effekt._inference import ContrastDf, StudentT
from effekt._types import FloatArray, IntArray
from effekt.estimators._level import less_level

GRADIENT = 1e-10  # of the mean potential, at the minimum
MOVE = 1e-8  # of any index in the last step, relative to its size (absolute below 1)
STEPS, HALVINGS = 200, 60
BLOCK = 256  # rows of a block: small enough that no thread shares its sums
AT_ONCE = 16_384  # rows that are looked at together, whole blocks and few enough to stay in the processor's cache
ROUNDING = 1e-13
DETERMINED = 1e-10  # what is left of a parameter without the rows that determine it alone

Potential = Callable[[FloatArray], tuple[FloatArray, FloatArray, FloatArray]]
"""Of the index (n,): a convex function of each row's index, its derivative and its second derivative."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Index:
    """The equation of one index at its solution.

    Attributes
    ----------
    score : (n,) array
        g: Σ g_i z_i = 0.
    slope : (n,) array
        g': the derivative of g_i by the index.
    """

    score: FloatArray
    slope: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Equation:
    """The equation Σ (value − share · μ) = 0 of one mean.

    Attributes
    ----------
    value, share : (n,) arrays
        h and t.
    slopes : tuple of (n,) array
        ∂(h − tμ)/∂ℓ_b for each index b, at the solution.
    """

    value: FloatArray
    share: FloatArray
    slopes: tuple[FloatArray, ...] = ()

    @property
    def mean(self) -> float:
        """μ = Σ h / Σ t."""
        return float(np.sum(self.value) / np.sum(self.share))


def standardised(covariates: FloatArray) -> FloatArray:
    """(n, p + 1): a constant, then each covariate less its mean, over its standard deviation."""
    columns = [less_level(np.ascontiguousarray(column)) for column in covariates.T]
    return np.column_stack([np.ones(len(covariates)), *((c - np.mean(c)) / np.std(c) for c in columns)])


def predict(design: FloatArray, coefficients: FloatArray) -> FloatArray:
    """Zβ column by column, so that equal rows have equal sums whatever their place and the number of threads."""
    total = np.zeros(len(design))
    for rows in pieces(len(design)):
        some = total[rows]
        for column, coefficient in zip(design[rows].T, coefficients.tolist(), strict=True):
            some += coefficient * column
    return total


def pieces(n: int) -> Iterator[slice]:
    """Slices of n rows, some at a time."""
    for first in range(0, n, AT_ONCE):
        yield slice(first, min(n, first + AT_ONCE))


def cross_sums(design: FloatArray, columns: FloatArray) -> FloatArray:
    """Z'C, summed over fixed blocks of rows."""
    head = len(design) - len(design) % BLOCK
    total: FloatArray = np.sum(block_products(design, columns), axis=0) + design[head:].T @ columns[head:]
    return total


def block_products(design: FloatArray, columns: FloatArray) -> FloatArray:
    """Z'C of each whole block of rows."""
    head = len(design) - len(design) % BLOCK
    left, right = (np.swapaxes(a.T[:, :head].reshape(a.shape[1], -1, BLOCK), 0, 1) for a in (design, columns))
    return np.asarray(left @ np.swapaxes(right, 1, 2))


def solve_index(design: FloatArray, potential: Potential, size: float) -> FloatArray | None:
    """The (k,) coefficients at which Σ potential(z_i'β) is least; None when it has no least value.

    Newton's method, each step halved while it raises the sum. `size` is what the sum is divided by, so that the
    gradient is on the scale of a mean. The potential is convex: its gradient vanishes at the minimum alone, or the
    index grows without end.
    """
    beta, index = np.zeros(design.shape[1]), np.zeros(len(design))
    for _ in range(STEPS):
        _, slope, curvature = potential(index)
        gradient = cross_sums(design, slope[:, None])[:, 0] / size
        curvatures = cross_sums(design, design * curvature[:, None]) / size
        try:
            step = np.asarray(np.linalg.solve(curvatures, -gradient), float)
        except np.linalg.LinAlgError:
            return None
        move = predict(design, step)
        moved = np.max(np.abs(move) / np.maximum(1.0, np.abs(index)))
        if not np.isfinite(moved):
            return None
        if np.max(np.abs(gradient)) <= GRADIENT and moved <= MOVE:
            last: FloatArray = beta + step
            return last
        share = _share(potential, index, move)
        beta, index = beta + share * step, index + share * move
    return None


def _share(potential: Potential, index: FloatArray, move: FloatArray) -> float:
    """1, ½, ¼, … : the first share of a step that does not raise the potential beyond rounding."""
    before = potential(index)[0]
    allowed = float(np.sum(before)) + ROUNDING * float(np.sum(np.abs(before)))
    share = 1.0
    for _ in range(HALVINGS):
        if float(np.sum(potential(index + share * move)[0])) <= allowed:
            break
        share /= 2
    return share


def row_errors(
    design: FloatArray,
    indices: Sequence[Index],
    equations: Sequence[Equation],
    clusters: IntArray | None = None,
    *,
    left_out: bool = True,
) -> FloatArray:
    """(rows or clusters, means): what each adds to the error of each mean, φ.

    Not finite where a row or cluster alone determines a parameter. With ``left_out=False`` the plain sandwich.
    """
    curvatures = [cross_sums(design, design * -index.slope[:, None]) for index in indices]
    if left_out and clusters is not None:
        return _without_clusters(design, indices, equations, clusters, curvatures)
    projected = [_project(design, np.asarray(np.linalg.inv(one), float)) for one in curvatures]
    columns = []
    for equation in equations:
        error = equation.value - equation.share * equation.mean
        for index, rows, slope in zip(indices, projected, equation.slopes, strict=True):
            step = predict(rows, cross_sums(design, slope[:, None])[:, 0]) * index.score
            if left_out:
                own = np.sum(rows * design, axis=1)  # z'J⁻¹z
                step = _ratio(step - slope * own * index.score, 1 + index.slope * own)
            error = error + step
        total = np.sum(equation.share)
        columns.append(_ratio(error / total, 1 - equation.share / total) if left_out else error / total)
    found = np.column_stack(columns)
    return found if clusters is None else group_sums(found, clusters)


def _project(design: FloatArray, inverse: FloatArray) -> FloatArray:
    """(n, k) rows z'J⁻¹."""
    return np.column_stack([predict(design, column) for column in inverse.T])


def _without_clusters(
    design: FloatArray,
    indices: Sequence[Index],
    equations: Sequence[Equation],
    clusters: IntArray,
    curvatures: Sequence[FloatArray],
) -> FloatArray:
    """One Newton step from the estimate to that without each cluster."""
    order = np.argsort(clusters, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(clusters[order])) + 1)
    slopes = [[cross_sums(design, slope[:, None])[:, 0] for slope in equation.slopes] for equation in equations]
    found = np.empty((len(members), len(equations)))
    for c, rows in enumerate(members):
        z = design[rows]
        moves = [
            _solve_without(
                whole, cross_sums(z, z * -index.slope[rows, None]), cross_sums(z, index.score[rows, None])[:, 0]
            )
            for index, whole in zip(indices, curvatures, strict=True)
        ]
        for m, equation in enumerate(equations):
            error = float(np.sum(equation.value[rows] - equation.share[rows] * equation.mean))
            for move, total, slope in zip(moves, slopes[m], equation.slopes, strict=True):
                error += float(np.sum((total - cross_sums(z, slope[rows, None])[:, 0]) * move))
            left = float(np.sum(equation.share) - np.sum(equation.share[rows]))
            found[c, m] = error / left if abs(left) > DETERMINED * float(np.sum(equation.share)) else np.nan
    return found


def _solve_without(whole: FloatArray, part: FloatArray, score: FloatArray) -> FloatArray:
    """(J − J_c)⁻¹ s_c; not a number where the cluster determines a parameter alone."""
    leverage = np.max(np.real(np.linalg.eigvals(np.linalg.solve(whole, part))))
    if 1 - leverage <= DETERMINED:
        return np.full(len(score), np.nan)
    return np.asarray(np.linalg.solve(whole - part, score), float)


def _ratio(top: FloatArray, bottom: FloatArray) -> FloatArray:
    """Not a number where the bottom is zero but for rounding."""
    left = np.where(np.abs(bottom) > DETERMINED, bottom, np.nan)
    return np.asarray(top / left)


def group_sums(rows: FloatArray, groups: IntArray) -> FloatArray:
    """(groups, columns): the sum of each column over each group."""
    position = np.unique(groups, return_inverse=True)[1]
    return np.column_stack([np.bincount(position, column) for column in rows.T])


def joint_covariance(errors: FloatArray) -> FloatArray:
    """(m, m) covariance of the means from their row errors."""
    return cross_sums(errors, errors)


def student_t(covariance: FloatArray, errors: FloatArray, parameters: int) -> StudentT:
    """The t reference of two means.

    Parameters
    ----------
    covariance : (2, 2) array
    errors : (rows or clusters, 2) array
    parameters : int
        k: all that was estimated, the two means included; 1 with clusters.
    """
    m, (first, second) = len(errors), errors.T
    scale = (m + 2) / (3 * (m - parameters))
    quadratic = (np.sum(first**2), 2 * np.sum(first * second), np.sum(second**2))
    quartic = [
        scale * times * np.sum(first ** (4 - power) * second**power) for power, times in enumerate((1, 4, 6, 4, 1))
    ]
    df = ContrastDf(
        quadratic=(float(quadratic[0]), float(quadratic[1]), float(quadratic[2])),
        quartic=(float(quartic[0]), float(quartic[1]), float(quartic[2]), float(quartic[3]), float(quartic[4])),
    )
    (v, cross), (_, w) = covariance.tolist()
    return StudentT(covariance=(v, cross, w), df=df)
