"""Stacked estimating equations in plain Python: indices that stand alone, and means that rest on them.

Every equation of an index z'θ has the form Σ s_i z_i = 0, where -∂s_i/∂(z_i'θ) = c_i ≥ 0: logistic regression has
s = d - e and c = e(1 - e), least squares s = y - z'θ and c = 1. A mean μ has Σ ψ_i = 0 with slopes q_i on the indices
and weight t_i on itself. The contribution of row or cluster i to the error of the means is one Newton step to the
estimate without it (docs/methods/doubly_robust.md; Stefanski & Boos 2002, doi:10.1198/000313002753631330)::

    φ_i = [(A - A_i)⁻¹ ψ_i]_μ,   covariance Σ φ_i φ_i',
    df(w) = 3 (m - k)/(m + 2) · (Σ (w'φ_i)²)² / Σ (w'φ_i)⁴

An index does not depend on another, so the step is solved index by index, then for the means.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import comb, exp, fsum, inf, log1p, sqrt
from typing import NamedTuple

from effekt.exceptions import DataError
from effekt.independent.columns import Columns, covariate_lines, mean
from effekt.independent.limits import check_steps
from effekt.independent.linear_algebra import Matrix, dot
from effekt.independent.regression import Sandwich

ALONE = "one unit or cluster determines a parameter alone"
Scores = Callable[[int, float], tuple[float, float]]  # of a row and its index: s and c


class Index(NamedTuple):
    """A fitted index: its rows z, its value, score and curvature in each."""

    rows: Matrix
    value: list[float]
    score: list[float]
    curvature: list[float]


class Mean(NamedTuple):
    """The equation of a mean: ψ, its weight on the mean, and its slopes on the indices that it rests on."""

    psi: list[float]
    weight: list[float]
    slopes: Mapping[int, list[float]]


def regressors(
    columns: Columns, names: Sequence[str], extra: Sequence[Sequence[Fraction]] = (), *, squares: bool = False
) -> Matrix:
    """Return a constant, the standardised covariates and, if asked for, centred squares of those with many values."""
    values = list(covariate_lines(columns, names).values())
    if squares:
        values += [_squares(line) for line in values if len(set(line)) > 2]
    lines = [_standardised(line) for line in (*values, *extra)]
    return [[1.0, *cells] for cells in zip(*lines, strict=True)]


def _squares(values: Sequence[Fraction]) -> list[Fraction]:
    middle = mean(values)
    return [(own - middle) ** 2 for own in values]


def _standardised(values: Sequence[Fraction]) -> list[float]:
    middle = mean(values)
    moved = [float(value - middle) for value in values]
    spread = sqrt(fsum(own * own for own in moved) / len(moved))
    if spread == 0:
        raise DataError("every covariate must vary; leave out the one that does not.")
    return [own / spread for own in moved]


def check_size(rows: int, widths: Sequence[int]) -> None:
    """Raise where leaving every row out would take plain Python more than about half a minute."""
    check_steps(rows * sum((width + 4) ** 3 for width in widths))


def fit(rows: Matrix, scores: Scores, *, linear: bool = False) -> Index:
    """Solve Σ s_i z_i = 0 by Newton's method, damped by ln(1 + r)/r with r the largest change of an index.

    That step always leads downhill for logistic and exponential losses: Sun & Tran-Dinh (2019),
    doi:10.1007/s10107-018-1282-4, eq. 12 with ν = 2.
    """
    width = range(len(rows[0]))
    theta = [0.0 for _ in width]
    for _ in range(200):
        value = [dot(row, theta) for row in rows]
        pairs = [scores(i, own) for i, own in enumerate(value)]
        score, curvature = [s for s, _ in pairs], [c for _, c in pairs]
        right = [fsum(s * row[j] for s, row in zip(score, rows, strict=True)) for j in width]
        step = _solved(_gram(rows, curvature, range(len(rows))), right)
        if step is None or (max(map(abs, value)) > 500 and not linear):
            break
        moved = max(abs(dot(row, step)) for row in rows)
        if moved <= 1e-11 * (1 if not linear else max(map(abs, value)) or moved):
            theta = [a + b for a, b in zip(theta, step, strict=True)]
            value = [dot(row, theta) for row in rows]
            pairs = [scores(i, own) for i, own in enumerate(value)]
            return Index(rows, value, [s for s, _ in pairs], [c for _, c in pairs])
        size = 1.0 if linear else log1p(moved) / moved
        theta = [a + size * b for a, b in zip(theta, step, strict=True)]
    raise DataError("an equation of the weights or regressions has no solution; leave out covariates.")


def logistic(outcome: Sequence[float], among: Sequence[bool] | None = None) -> Scores:
    """Return the scores of a logistic regression of 0 and 1, of some rows only."""

    def scores(i: int, index: float) -> tuple[float, float]:
        if among is not None and not among[i]:
            return 0.0, 0.0
        chance, other = probability(index), probability(-index)
        return (other if outcome[i] == 1 else -chance), chance * other

    return scores


def least_squares(outcome: Sequence[float], among: Sequence[bool]) -> Scores:
    """Return the scores of least squares of some rows."""
    return lambda i, index: (outcome[i] - index, 1.0) if among[i] else (0.0, 0.0)


def probability(index: float) -> float:
    """Return 1/(1 + exp(-index))."""
    return 1 / (1 + exp(-index)) if index >= 0 else exp(index) / (1 + exp(index))


def contributions(
    indices: Sequence[Index], means: Sequence[Mean], groups: Sequence[Sequence[int]], *, plain: bool = False
) -> Matrix | None:
    """Return φ of each group for each mean; None where the equations without a group have no single solution.

    The plain one is that of the sandwich without correction, A⁻¹ψ: no group is left out.
    """
    everyone = range(len(means[0].psi))
    grams = [_gram(index.rows, index.curvature, everyone) for index in indices]
    weights = [fsum(own.weight) for own in means]
    slopes = [{b: _pulled(indices[b].rows, q, everyone) for b, q in own.slopes.items()} for own in means]
    found = []
    for group in groups:
        gone = [] if plain else group
        steps = [_left_out(index, gram, group, gone) for index, gram in zip(indices, grams, strict=True)]
        line = []
        for own, weight, pulls in zip(means, weights, slopes, strict=True):
            left = weight - fsum(own.weight[i] for i in gone)
            terms = [fsum(own.psi[i] for i in group)]
            for b, pull in pulls.items():
                step = steps[b]
                if step is None:
                    return None
                mine = _pulled(indices[b].rows, own.slopes[b], gone)
                terms.append(dot([a - c for a, c in zip(pull, mine, strict=True)], step))
            if not left > 1e-12 * weight:
                return None
            line.append(fsum(terms) / left)
        found.append(line)
    return found


class Regression(NamedTuple):
    """An arm's weighted regression: x, w, its slopes ∂w/∂ℓ by the number of an index, y, and the target's t."""

    rows: Matrix
    weight: Sequence[float]
    slopes: Mapping[int, Sequence[float]]
    outcome: Sequence[float]
    target: Sequence[float]

    def coefficients(self) -> list[float] | None:
        """Return β of Σ w (y - x'β) x = 0."""
        everyone = range(len(self.rows))
        right = _pulled(self.rows, [w * y for w, y in zip(self.weight, self.outcome, strict=True)], everyone)
        return _solved(_gram(self.rows, self.weight, everyone), right)


def regressed_contributions(
    indices: Sequence[Index], arms: Sequence[Regression], groups: Sequence[Sequence[int]], *, plain: bool = False
) -> Matrix | None:
    """Return φ of each group for Σ t x'β/Σ t of each arm; None where the equations without a group have no solution.

    With e = y - x'β, B = Σ w x x' and C = Σ ∂w/∂ℓ e x z', and δ of an index (J - J_g)⁻¹ψ_g, the step of β is
    (B - B_g)⁻¹ (Σ_g w e x + (C - C_g) δ), and φ_g = (Σ_g t (x'β - μ) + (Σ t x - Σ_g t x)'step)/(Σ t - Σ_g t);
    the plain one subtracts no group.
    """
    everyone = range(len(arms[0].rows))
    grams = [_gram(index.rows, index.curvature, everyone) for index in indices]
    steps = [
        [_left_out(index, gram, group, [] if plain else group) for index, gram in zip(indices, grams, strict=True)]
        for group in groups
    ]
    found: Matrix = [[] for _ in groups]
    for own in arms:
        beta = own.coefficients()
        if beta is None:
            return None
        width, gram = range(len(beta)), _gram(own.rows, own.weight, everyone)
        fitted = [dot(row, beta) for row in own.rows]
        error = [y - f for y, f in zip(own.outcome, fitted, strict=True)]
        total = fsum(own.target)
        mean = fsum(t * f for t, f in zip(own.target, fitted, strict=True)) / total
        for place, group in enumerate(groups):
            gone = set() if plain else set(group)
            others = [i for i in everyone if i not in gone]
            right = _pulled(own.rows, [w * e for w, e in zip(own.weight, error, strict=True)], group)
            for b, slopes in own.slopes.items():
                step = steps[place][b]
                if step is None:
                    return None
                moved = [slopes[i] * error[i] * dot(indices[b].rows[i], step) if slopes[i] else 0.0 for i in everyone]
                right = [a + c for a, c in zip(right, _pulled(own.rows, moved, others), strict=True)]
            part = _gram(own.rows, own.weight, sorted(gone))
            change = _solved([[gram[i][j] - part[i][j] for j in width] for i in width], right, beside=gram)
            left = fsum(own.target[i] for i in others)
            if change is None or not left > 1e-12 * total:
                return None
            terms = [own.target[i] * (fitted[i] - mean) for i in group]
            found[place].append(fsum([*terms, dot(_pulled(own.rows, own.target, others), change)]) / left)
    return found


def _left_out(index: Index, gram: Matrix, group: Sequence[int], gone: Sequence[int]) -> list[float] | None:
    """Return (A - A_g)⁻¹ ψ_g of one index, with A_g of the rows that are gone."""
    width = range(len(gram))
    right = [fsum(index.score[i] * index.rows[i][j] for i in group) for j in width]
    own = _gram(index.rows, index.curvature, gone)
    return _solved([[gram[i][j] - own[i][j] for j in width] for i in width], right, beside=gram)


def _gram(rows: Matrix, weights: Sequence[float], among: Sequence[int]) -> Matrix:
    """Return Σ c_i z_i z_i'."""
    width = len(rows[0])
    kept = [(weights[i], rows[i]) for i in among if weights[i]]
    half = [[fsum(w * row[i] * row[j] for w, row in kept) for j in range(i + 1)] for i in range(width)]
    return [[half[max(i, j)][min(i, j)] for j in range(width)] for i in range(width)]


def _pulled(rows: Matrix, slopes: Sequence[float], among: Sequence[int]) -> list[float]:
    """Return Σ q_i z_i."""
    return [fsum(slopes[i] * rows[i][j] for i in among) for j in range(len(rows[0]))]


def _solved(matrix: Matrix, right: Sequence[float], beside: Matrix | None = None) -> list[float] | None:
    """Solve a positive definite system by Cholesky's factors; None where a pivot is nothing beside its diagonal."""
    size = len(matrix)
    whole = matrix if beside is None else beside
    lower: Matrix = []
    for i in range(size):
        line: list[float] = []
        for j in range(i):
            other = lower[j]
            line.append((matrix[i][j] - sum(a * b for a, b in zip(line, other, strict=False))) / other[j])
        pivot = matrix[i][i] - sum(a * a for a in line)
        if not pivot > 1e-11 * whole[i][i]:
            return None
        lower.append([*line, sqrt(pivot)])
    forward: list[float] = []
    for line, own in zip(lower, right, strict=True):
        forward.append((own - sum(a * b for a, b in zip(line, forward, strict=False))) / line[-1])
    solution = [0.0] * size
    for i in reversed(range(size)):
        below = sum(lower[j][i] * solution[j] for j in range(i + 1, size))
        solution[i] = (forward[i] - below) / lower[i][i]
    return solution


def stacked_spread(found: Matrix, parameters: int, *, plain: bool = False) -> Sandwich:
    """Return covariance and degrees of freedom of two means from the contributions of m rows or clusters.

    The plain sandwich has a normal reference.
    """
    m = len(found)
    covariance = [[fsum(line[i] * line[j] for line in found) for j in (0, 1)] for i in (0, 1)]
    if plain:
        return Sandwich(covariance, [0.0] * 3, [0.0] * 5, inf)
    (v11, v10), (_, v00) = covariance
    scale = (m + 2) / (3 * (m - parameters)) if m > parameters else 0.0
    quartic = [scale * comb(4, j) * fsum(a ** (4 - j) * b**j for a, b in found) for j in range(5)]
    return Sandwich(covariance, [v11, 2 * v10, v00], quartic, None)


def stacked_refusal(
    weights: Sequence[float], d: Sequence[int], clusters: Sequence[str] | None, spread: Sandwich
) -> str | None:
    """Return why there is no inference, or None (conventions, "Weighting and doubly robust comparison")."""
    for arm in (1, 0):
        own = [w for w, side in zip(weights, d, strict=True) if side == arm]
        if fsum(own) ** 2 < 6 * fsum(w * w for w in own):
            return "an arm is worth fewer than six equally weighted units"
    if clusters is not None:
        names = [{name for name, side in zip(clusters, d, strict=True) if side == arm} for arm in (1, 0)]
        if min(map(len, names)) < 2:
            return "fewer than two clusters in one arm"
        if len(names[0] | names[1]) < 6:
            return "fewer than six clusters in all"
    if spread.variance(1, -1) > 0 and spread.df(1, -1) < 3:
        return "degrees of freedom below 3"
    return None
