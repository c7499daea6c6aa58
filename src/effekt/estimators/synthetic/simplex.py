"""Least squares on the simplex, solved exactly by an active set: weights that are not negative and add to 1.

The programme is min ½|Aw − b|² + ½ρ|w|² + d'w over w ≥ 0, Σw = 1. With A the donors' outcomes and b the treated
unit's it is the point of the donors' convex hull nearest to it, found as Wolfe (1976, doi:10.1007/BF01580381) does: the
support is kept affinely independent; a donor with a gradient below the support's enters along the direction that keeps
the rest optimal, and what reaches zero leaves. Each step lowers the objective and there are finitely many supports, so
it ends at the solution and not near it. With ρ > 0 the support is guessed and corrected as a whole first (Hintermüller,
Ito & Kunisch 2002, doi:10.1137/S1052623401383558), which takes a few steps whatever its size.

Steps are taken in A'A, which squares the condition; the weights on the support found come from a QR of A itself, and
the Karush–Kuhn–Tucker conditions are checked from residuals: steps go on while they fail, and what fails for good
raises.

Where several weights give the same least objective (the columns of A that could carry weight are affinely dependent, as
when the treated unit lies inside the hull), the one of least |w|² is taken: the limit of ρ → 0, which no order of the
donors moves. It solves min ½|w|² over the optimal set, by Newton's method on its dual.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from effekt._types import BoolArray, FloatArray, IntArray

FLAT = 1e-12  # a squared distance this small relative to the largest is none
TIED = 1e-10  # a gradient this near the support's, relative to the scale, could carry weight
STOP = 1e-13  # a gradient this little below the support's, relative to the scale, lets nobody in
LAST = 1e-14  # the same once weights and gradient are those of a QR and of residuals
KKT = 1e-9  # largest violation of the conditions, relative to the scale, of a solution
STEPS = 20  # of the correction of a whole support, before donors enter one by one


class NoSolutionError(ArithmeticError):
    """The conditions of an optimum are not met: the numbers are too far apart for floating point."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Programme:
    """min ½|Aw − b|² + ½ρ|w|² + d'w over the simplex.

    Attributes
    ----------
    design : (k, n) array
        A; subtract from each row what is common to all columns and the target first.
    target : (k,) array
        b.
    gram : (n, n) array
        A'A + ρI.
    linear : (n,) array
        A'b − d.
    allowed : (n,) bool array
        Columns that may carry weight.
    ridge : float
        ρ ≥ 0.
    costs : (n,) array
        d.
    scale : float
        The size of the numbers that a gradient is the rest of.
    """

    design: FloatArray
    target: FloatArray
    gram: FloatArray
    linear: FloatArray
    allowed: BoolArray
    ridge: float
    costs: FloatArray
    scale: float

    def gradient(self, weights: FloatArray) -> FloatArray:
        """A'(Aw − b) + ρw + d, from residuals."""
        residual = self.design @ weights - self.target
        return np.asarray(self.design.T @ residual + self.ridge * weights + self.costs)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """The weights, and whether no others give the same objective."""

    weights: FloatArray
    unique: bool


def programme(
    design: FloatArray,
    target: FloatArray,
    *,
    ridge: float = 0.0,
    costs: FloatArray | None = None,
    gram: FloatArray | None = None,
    allowed: BoolArray | None = None,
) -> Programme:
    """The programme with its Gram matrix A'A, which may be given where many share one."""
    n = design.shape[1]
    own = design.T @ design if gram is None else gram
    own = own + ridge * np.eye(n) if ridge else own
    paid = np.zeros(n) if costs is None else costs
    size = math.sqrt(float(own.diagonal().max())) + math.sqrt(float(target @ target))
    return Programme(
        design=design,
        target=target,
        gram=own,
        linear=design.T @ target - paid,
        allowed=np.ones(n, bool) if allowed is None else allowed,
        ridge=ridge,
        costs=paid,
        scale=size**2 + float(np.abs(paid).max()) or 1.0,
    )


def solve(problem: Programme) -> Solution:
    """The weights of least objective; of several, those of least |w|².

    Raises
    ------
    NoSolutionError
        When rounding leaves the conditions of an optimum unmet.
    """
    support = _guess(problem) if problem.ridge else None
    if support is None:
        support = _enter(problem)
    weights, gradient = _settle(problem, support)
    tied = problem.allowed & (gradient - float(weights @ gradient) <= TIED * problem.scale)
    unique = bool(problem.ridge) or _independent(problem.design[:, tied])
    if not unique:
        weights = _least_norm(problem, weights, tied)
    check(problem, weights)
    return Solution(weights=weights, unique=unique)


def check(problem: Programme, weights: FloatArray) -> None:
    """Raise unless w ≥ 0, Σw = 1, and no weight could be moved to a donor with a lower gradient."""
    gradient = problem.gradient(weights)
    level = float(weights @ gradient)
    slack = float((gradient - level)[problem.allowed].min())
    spread = float(np.abs(gradient[weights > 0] - level).max())
    sums = abs(math.fsum(weights.tolist()) - 1)
    if not (float(weights.min()) >= 0 and sums <= KKT and max(-slack, spread) <= KKT * problem.scale):
        raise NoSolutionError


# --- the support --------------------------------------------------------------------------------------------------


def _on_support(gram: FloatArray, linear: FloatArray, support: IntArray) -> FloatArray:
    """The minimum over Σw = 1 on a support, whatever its signs."""
    n = len(support)
    bordered = np.ones((n + 1, n + 1))
    bordered[:n, :n] = gram[support[:, None], support]
    bordered[n, n] = 0.0
    right = np.ones(n + 1)
    right[:n] = linear[support]
    return np.asarray(np.linalg.solve(bordered, right)[:n])


def _by_rows(problem: Programme, support: IntArray) -> FloatArray:
    """The same with a ridge and more columns than rows: (A'A + ρI)⁻¹x = (x − A'(AA' + ρI)⁻¹Ax)/ρ, refined once."""
    own, linear, ridge = problem.design[:, support], problem.linear[support], problem.ridge
    inner = own @ own.T + ridge * np.eye(len(own))

    def inverse(x: FloatArray) -> FloatArray:
        return np.asarray((x - own.T @ np.linalg.solve(inner, own @ x)) / ridge)

    even, moved = inverse(np.column_stack([np.ones(len(support)), linear])).T
    total = float(even.sum())
    level = (float(moved.sum()) - 1) / total
    weights = moved - level * even
    moved = weights + inverse(linear - own.T @ (own @ weights) - ridge * weights - level)
    return np.asarray(moved - (float(moved.sum()) - 1) / total * even)


def _guess(problem: Programme) -> IntArray | None:
    """The support of a strictly convex programme by correcting a guess as a whole; None when that does not settle."""
    chosen = problem.allowed
    for _ in range(STEPS):
        support = np.flatnonzero(chosen)
        weights = np.zeros(len(chosen))
        weights[support] = (
            _by_rows(problem, support)
            if len(support) > len(problem.design)
            else _on_support(problem.gram, problem.linear, support)
        )
        gradient = problem.gram @ weights - problem.linear
        corrected = problem.allowed & np.where(chosen, weights > 0, gradient < gradient[support[0]])
        if np.array_equal(corrected, chosen):
            return support
        if not corrected.any():
            return None
        chosen = corrected
    return None


def _enter(problem: Programme) -> IntArray:
    """Wolfe's steps from the one donor of least objective, until no donor's gradient is lower than the support's."""
    gram, linear, bound = problem.gram, problem.linear, STOP * problem.scale
    closed = np.where(problem.allowed, 0.0, math.inf)
    support = np.array([int((gram.diagonal() / 2 - linear + closed).argmin())])
    weights = np.ones(1)
    closed -= linear
    for _ in range(20 * len(linear)):
        gradient = weights @ gram[support] + closed
        level = float(gradient[support[0]])
        gradient[support] = level
        entering = int(gradient.argmin())
        slope = level - float(gradient[entering])
        if slope <= bound:
            break
        support, weights = _step(problem, support, weights, entering, slope)
    return support


def _step(
    problem: Programme, support: IntArray, weights: FloatArray, entering: int, slope: float
) -> tuple[IntArray, FloatArray]:
    """Let a donor in along e − a, with a the affine combination of the support nearest to it."""
    row = problem.gram[entering]
    share = _on_support(problem.gram, row, support)
    away = row[entering] - row[support] @ share  # e'G(e − a) less a'G(e − a), which is the multiplier
    first = int(support[0])
    away -= row[first] - problem.gram[first, support] @ share
    full = slope / float(away) if away > FLAT * problem.scale else math.inf
    room = np.full(len(share), math.inf)
    np.divide(weights, share, out=room, where=share > 0)
    blocking = int(room.argmin())
    length = min(full, float(room[blocking]))
    weights = np.concatenate((weights - length * share, (length,)))
    support = np.concatenate((support, (entering,)))
    if length == full:
        return support, weights
    kept = np.arange(len(support)) != blocking
    return _retreat(problem, support[kept], np.maximum(weights[kept], 0.0))


def _retreat(problem: Programme, support: IntArray, weights: FloatArray) -> tuple[IntArray, FloatArray]:
    """Move towards the minimum on the support; what would turn negative leaves at zero."""
    while True:
        wanted = _on_support(problem.gram, problem.linear, support)
        below = wanted <= 0
        if not below.any() or len(support) == 1:
            return support, wanted
        room = np.full(len(weights), math.inf)
        np.divide(weights, weights - wanted, out=room, where=below & (weights > wanted))
        blocking = int(room.argmin())
        share = min(float(room[blocking]), 1.0)
        kept = np.arange(len(support)) != blocking
        support, weights = support[kept], np.maximum(weights + share * (wanted - weights), 0.0)[kept]


def _settle(problem: Programme, support: IntArray) -> tuple[FloatArray, FloatArray]:
    """Weights on the support by QR, and their gradient from residuals, by which a donor may still enter or leave."""
    closed = ~problem.allowed
    for _ in range(STEPS):
        own = _accurate(problem, support)
        if own.min() < 0:  # by rounding: on the edge of the support
            closed = closed | (np.arange(len(closed)) == support[own.argmin()])
            support = np.delete(support, own.argmin())
            continue
        weights, gradient = _spread(problem, support, own)
        lower = np.where(closed, 0.0, gradient - float(weights @ gradient))
        lower[support] = 0.0
        entering = int(lower.argmin())
        if -float(lower[entering]) <= LAST * problem.scale:
            return weights, gradient
        support, _ = _step(problem, support, own, entering, -float(lower[entering]))
    return _spread(problem, support, np.maximum(_accurate(problem, support), 0.0))


def _spread(problem: Programme, support: IntArray, own: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The weights of all donors, and the gradient there."""
    weights = np.zeros(len(problem.linear))
    weights[support] = own
    return weights, problem.gradient(weights)


def _accurate(problem: Programme, support: IntArray) -> FloatArray:
    """The minimum over Σw = 1 on a support from A itself, by QR: one weight is what the others leave."""
    base, rest = int(support[0]), support[1:]
    if not len(rest):
        return np.ones(1)
    if problem.ridge and len(support) > len(problem.design):
        return _by_rows(problem, support)
    origin = problem.design[:, base]
    moved = problem.design[:, rest] - origin[:, None]
    aim = problem.target - origin
    pull = problem.costs[base] - problem.costs[rest]
    if problem.ridge:  # ½ρ|w|² with w_base = 1 − Σw
        root = math.sqrt(problem.ridge)
        moved = np.vstack([moved, root * np.eye(len(rest)), np.full((1, len(rest)), root)])
        aim = np.concatenate([aim, np.zeros(len(rest)), [root]])
    basis, triangle = np.linalg.qr(moved)
    right = basis.T @ aim
    if pull.any():
        right = right + np.linalg.solve(triangle.T, pull)
    others = np.linalg.solve(triangle, right)
    return np.concatenate([[1 - others.sum()], others])


# --- ties ---------------------------------------------------------------------------------------------------------


def _independent(columns: FloatArray) -> bool:
    """Whether no column is an affine combination of the others."""
    if columns.shape[1] < 2:
        return True
    moved = columns[:, 1:] - columns[:, :1]
    if moved.shape[1] > moved.shape[0]:
        return False
    sizes = np.linalg.svd(moved, compute_uv=False)
    return bool(sizes[-1] > 1e-10 * sizes[0])


def _least_norm(problem: Programme, weights: FloatArray, tied: BoolArray) -> FloatArray:
    """The least |w|² with the same Aw, Σw = 1 and w ≥ 0 on the tied donors.

    With the conditions as Nw = t in orthonormal rows, w = max(0, N'ν) at the minimum of ½|max(0, N'ν)|² − t'ν, which is
    convex and piecewise quadratic: Newton's steps with a line search end on its last piece.
    """
    columns = problem.design[:, tied]
    largest = float(np.abs(columns).max(initial=0.0)) or 1.0
    stacked = np.vstack([columns / largest, np.ones(columns.shape[1])])
    _, sizes, rows = np.linalg.svd(stacked, full_matrices=False)
    rows = rows[sizes > 1e-10 * sizes[0]]
    wanted = rows @ weights[tied]
    dual = wanted.copy()
    for _ in range(200):
        primal = np.maximum(rows.T @ dual, 0.0)
        slope = rows @ primal - wanted
        if float(np.abs(slope).max()) <= 1e-15:
            break
        free = rows[:, rows.T @ dual > 0]
        curvature = free @ free.T + 1e-13 * np.eye(len(dual))
        direction = -np.linalg.solve(curvature, slope)
        dual = dual + _length(rows, wanted, dual, direction) * direction
    found = np.zeros(len(weights))
    found[tied] = np.maximum(rows.T @ dual, 0.0)
    if float(np.abs(rows @ found[tied] - wanted).max()) > KKT:
        raise NoSolutionError
    return np.asarray(found / found.sum())


def _length(rows: FloatArray, wanted: FloatArray, dual: FloatArray, direction: FloatArray) -> float:
    """The step along a direction to where the slope of the dual changes sign: it rises along the line, by pieces."""
    now, change = rows.T @ dual, rows.T @ direction
    own = float(wanted @ direction)

    def slope(length: float) -> float:
        return float(np.maximum(now + length * change, 0.0) @ change) - own

    if slope(1.0) <= 0:
        return 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        kinks = np.sort(-now / change)
    kinks = kinks[(kinks > 0) & (kinks < 1)]
    at = np.array([0.0, *kinks, 1.0])
    low, high = 0, len(at) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if slope(float(at[middle])) <= 0 else (low, middle)
    first, last = slope(float(at[low])), slope(float(at[high]))
    share = -first / (last - first) if last > first else 0.0
    return float(at[low] + share * (at[high] - at[low]))
