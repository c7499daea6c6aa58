"""Ordinary least squares and the sandwich variance of two of its contrasts.

Every variance is one formula with another adjustment matrix A_g and another factor::

    V = factor · Σ_g s_g s_g',    s_g = (p₁g' A_g e_g, p₀g' A_g e_g),    p_c = X (X'X)⁻¹ l_c

with e the residuals, g a cluster (a single row for HC names), and l₁, l₀ the contrasts that give the treated
mean and the counterfactual mean. A_g = (I - H_gg)^power with H = X (X'X)⁻¹ X'.

References: MacKinnon & White (1985) for HC1-HC3; Bell & McCaffrey (2002), Survey Methodology 28(2), 169-181,
for CR2 and CR3; Imbens & Kolesár (2016), doi:10.1162/REST_a_00552, p. 707, and Pustejovsky & Tipton (2018),
doi:10.1080/07350015.2016.1247004, for the degrees of freedom under an identity working covariance.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import copysign, fsum, lcm, sqrt
from operator import mul
from typing import NamedTuple

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.linear_algebra import (
    Matrix,
    dot,
    exact_dot,
    exact_gram,
    factored,
    inverse,
    student_tail,
    symmetric_power,
    times,
)

POWER = {"HC0": 0.0, "HC1": 0.0, "HC2": -0.5, "HC3": -1.0}
POWER |= {"CR0": 0.0, "CR1": 0.0, "CR1S": 0.0, "CR2": -0.5, "CR3": -1.0}
SEEN = 1 - 1e-6  # the share of a mean's variance that must be estimable
SATTERTHWAITE = ("HC2", "CR1", "CR2", "CR3")


class Fit(NamedTuple):
    """An exact least-squares fit: regressor rows, coefficients, (X'X)⁻¹ and residuals."""

    rows: list[list[Fraction]]
    coefficients: list[Fraction]
    inverse: list[list[Fraction]]
    residuals: list[Fraction]


def least_squares(rows: list[list[Fraction]], outcome: list[Fraction]) -> Fit:
    """Return b = (X'X)⁻¹ X'y, exactly."""
    columns = list(zip(*rows, strict=True))
    if len(rows) < len(columns):
        raise DataError("there must be at least as many rows as regressors; use fewer covariates.")
    moment = [exact_dot(column, outcome) for column in columns]
    bread = inverse(exact_gram(columns, columns))
    coefficients = [predict(line, moment) for line in bread]
    residuals = [y - predict(row, coefficients) for row, y in zip(rows, outcome, strict=True)]
    return Fit(rows, coefficients, bread, residuals)


def predict(row: Sequence[Fraction], coefficients: Sequence[Fraction]) -> Fraction:
    """Return row · coefficients, exactly, and in lowest terms once."""
    above, below = 0, 1
    for x, b in zip(row, coefficients, strict=True):
        own = x.denominator * b.denominator
        above, below = above * own + x.numerator * b.numerator * below, below * own
    return Fraction(above, below)


def average(rows: Sequence[Sequence[Fraction]]) -> list[Fraction]:
    """Return the mean row."""
    return [sum(cells, Fraction(0)) / len(rows) for cells in zip(*rows, strict=True)]


def factor(variance: str, n: int, k: int, groups: int) -> float:
    """Return the scalar in front of the sum (conventions, "Variance names")."""
    if variance == "HC1":
        return n / (n - k)
    if variance == "CR1":
        return groups / (groups - 1)
    if variance == "CR1S":
        return groups / (groups - 1) * (n - 1) / (n - k)
    return 1.0


class Sandwich(NamedTuple):
    """A 2 x 2 covariance and the two forms that give the degrees of freedom of any contrast of the two means.

    With c = (c₁, c₀) on (treated mean, counterfactual mean), df(c) = quadratic(c)² / quartic(c), where
    quadratic(c) = q₀c₁² + q₁c₁c₀ + q₂c₀² and quartic(c) = Σ_i r_i c₁^(4-i) c₀^i. ``fixed_df`` replaces it
    where the name has one number for all contrasts. ``apart``, the variance of treated - counterfactual and its
    covariance with the counterfactual mean, is held where those of the means would leave them no digits.
    """

    covariance: Matrix
    quadratic: list[float]
    quartic: list[float]
    fixed_df: float | None
    apart: tuple[float, float] | None = None

    def df(self, a: float, b: float) -> float:
        """Return the degrees of freedom of a·μ₁ + b·μ₀: (E V)² / (½ var V), e ~ N(0, I)."""
        if self.fixed_df is not None:
            return self.fixed_df
        square = dot(self.quadratic, [a * a, a * b, b * b])
        fourth = dot(self.quartic, [a**4, a**3 * b, a * a * b * b, a * b**3, b**4])
        return square**2 / fourth if fourth > 0 else 0.0

    def variance(self, a: float, b: float) -> float:
        """Return the variance of a·μ₁ + b·μ₀."""
        return fsum(self.terms(a, b))

    def terms(self, a: float, b: float) -> list[float]:
        """Return what that variance is the sum of: with ``apart`` of a·(μ₁ - μ₀) + (a + b)·μ₀."""
        (v11, v10), (_, v00) = self.covariance
        if self.apart is not None:
            (v11, v10), b = self.apart, a + b
        return [a * a * v11, 2 * a * b * v10, b * b * v00]


def sandwich(
    fit: Fit,
    contrasts: tuple[list[Fraction], list[Fraction]],
    variance: str,
    clusters: Sequence[str] | None = None,
    k: int | None = None,
) -> Sandwich:
    """Return the named covariance of the two contrasts; ``k`` is the number of counted regressors."""
    if variance not in POWER or variance.startswith("CR") != (clusters is not None):
        raise ArgumentError(f"variance {variance!r} does not fit; use HC names without a cluster, CR names with one.")
    n = len(fit.rows)
    k = len(fit.coefficients) if k is None else k
    hat = Hat(fit)
    influence = [[dot(row, line) for row in hat.rows] for line in hat.turned(contrasts)]
    groups = _groups(clusters if clusters is not None else [str(i) for i in range(n)])
    weighted = [_adjusted(hat, influence, group, POWER[variance]) for group in groups]
    residuals = [float(e) for e in fit.residuals]
    scores = [
        [dot(part, [residuals[i] for i in group]) for part in parts]
        for group, parts in zip(groups, weighted, strict=True)
    ]
    scale = factor(variance, n, k, len(groups))
    covariance = [[scale * fsum(s[i] * s[j] for s in scores) for j in (0, 1)] for i in (0, 1)]
    fixed = None if variance in SATTERTHWAITE else float(len(groups) - 1 if clusters is not None else n - k)
    forms = _forms(hat, groups, weighted) if fixed is None else ([0.0] * 3, [0.0] * 5)
    return Sandwich(covariance, *forms, fixed)


class Hat:
    """The hat matrix H = X (X'X)⁻¹ X' = Q Q', its blocks formed when asked for.

    Q = X L D^½ with (X'X)⁻¹ = L D L', exact until the root is taken: its columns are orthogonal, so that a regressor
    far from zero, or near a combination of others, loses no digits in floats.
    """

    def __init__(self, fit: Fit) -> None:
        self._lower, self._sizes = factored(fit.inverse)
        self.rows = self.turned(fit.rows)

    def turned(self, lines: Iterable[Sequence[Fraction]]) -> list[list[float]]:
        """Return D^½ L' l of each line, so that x'(X'X)⁻¹l is the product of two lines that are turned."""
        return turned(self._lower, self._sizes, lines)

    def annihilator(self, first: Sequence[int], second: Sequence[int]) -> Matrix:
        """Return the block of I - H with the rows ``first`` and the columns ``second``."""
        return [[float(i == j) - dot(self.rows[i], self.rows[j]) for j in second] for i in first]


def turned(
    lower: list[list[Fraction]], sizes: Sequence[Fraction], lines: Iterable[Sequence[Fraction]]
) -> list[list[float]]:
    """Return D^½ L' l of each line, each element the root of an exact square; in whole numbers over one divisor."""
    columns = [_whole(column) for column in zip(*lower, strict=True)]
    found = []
    for line in lines:
        tops, below = _whole(line)
        exact = [(sum(map(mul, tops, own)), below * divisor) for own, divisor in columns]
        found.append([_root(*own, size) for own, size in zip(exact, sizes, strict=True)])
    return found


def _whole(line: Sequence[Fraction]) -> tuple[list[int], int]:
    """Return the line's numerators over one denominator, and that."""
    below = lcm(*(x.denominator for x in line))
    return [x.numerator * (below // x.denominator) for x in line], below


def _root(top: int, below: int, size: Fraction) -> float:
    """Return √size · top/below, the root of a square that is rounded once."""
    return copysign(sqrt(top * top * size.numerator / (below * below * size.denominator)), top)


def _groups(clusters: Sequence[str]) -> list[list[int]]:
    """Return the row numbers of each cluster."""
    members: dict[str, list[int]] = {}
    for row, cluster in enumerate(clusters):
        members.setdefault(cluster, []).append(row)
    return list(members.values())


def _adjusted(hat: Hat, influence: Matrix, group: list[int], power: float) -> Matrix:
    """Return A_g p_g for both contrasts, A_g = (I - H_gg)^power (a pseudo-inverse where singular)."""
    parts = [[line[i] for i in group] for line in influence]
    if power == 0.0:
        return parts
    adjustment = symmetric_power(hat.annihilator(group, group), power)
    return [times(adjustment, part) for part in parts]


def _forms(hat: Hat, groups: list[list[int]], weighted: list[Matrix]) -> tuple[list[float], list[float]]:
    """Return the quadratic and quartic forms of the degrees of freedom.

    The variance estimate is e'Be with B = Σ_g b_g b_g', b_g = (I - H)_{·g} w_g, w_g = A_g p_g; under e ~ N(0, I) its
    mean is tr B and its variance 2 tr B². As I - H is idempotent, b_g'b_h = w_g'(I - H)_gh w_h. With H = QQ' and
    u_g = Q_g'w_g that is -u_g'u_h for two clusters, and m_g = w_g'w_g - r_g for one, r_g = u_g'u_g. So::

        tr B = Σ_g m_g        tr B² = tr S S + Σ_g (m_g² - r_g²),    S = Σ_g u_g u_g'

    where w, u, m, r and S are polynomials in c, by their coefficients of c₁², c₁c₀ and c₀² from the two contrasts'.
    """
    width = range(len(hat.rows[0]))
    sums = [
        [[dot([hat.rows[i][p] for i in group], w) for p in width] for w in parts]
        for group, parts in zip(groups, weighted, strict=True)
    ]
    quadratic: list[list[float]] = [[], [], []]
    quartic: list[list[float]] = [[], [], [], [], []]
    for w, u in zip(weighted, sums, strict=True):
        through = _products(u, u)
        own = [a - b for a, b in zip(_products(w, w), through, strict=True)]
        for i in range(3):
            quadratic[i].append(own[i])
            for j in range(3):
                quartic[i + j] += [own[i] * own[j], -through[i] * through[j]]
    columns = [[[u[side][p] for u in sums] for side in (0, 1)] for p in width]
    outer = [[_products(one, other) for other in columns] for one in columns]
    for i in range(3):
        for j in range(3):
            quartic[i + j] += [outer[p][q][i] * outer[q][p][j] for p in width for q in width]
    return [fsum(terms) for terms in quadratic], [fsum(terms) for terms in quartic]


def _products(a: Matrix, b: Matrix) -> tuple[float, float, float]:
    """Return the coefficients of c₁², c₁c₀ and c₀² in (c₁a₁ + c₀a₀)'(c₁b₁ + c₀b₀)."""
    return dot(a[0], b[0]), dot(a[0], b[1]) + dot(a[1], b[0]), dot(a[1], b[1])


def is_determined_alone(fit: Fit, contrasts: tuple[list[Fraction], list[Fraction]], by_cr2: Sandwich) -> bool:
    """Return whether rows of one cluster (or one row) determine a coefficient that a mean rests on.

    CR2, or HC2 without clusters, is unbiased under its working variances but for directions in which a cluster's
    residuals are zero whatever its outcomes: its mean, ``by_cr2.quadratic``, then falls short of l'(X'X)⁻¹l.
    """
    for line, seen in zip(contrasts, (by_cr2.quadratic[0], by_cr2.quadratic[2]), strict=True):
        if seen < SEEN * float(predict(line, [predict(row, line) for row in fit.inverse])):
            return True
    return False


def refusal(by_cr2: Sandwich, arms: Sequence[tuple[str, int]]) -> str | None:
    """Return why cluster inference does not exist, or None (conventions, "Variance names").

    ``by_cr2`` has the degrees of freedom to judge by: those of the name itself or, where it has one fixed
    number (CR0, CR1S), of CR2.
    """
    treated = {cluster for cluster, arm in arms if arm == 1}
    control = {cluster for cluster, arm in arms if arm == 0}
    if min(len(treated), len(control)) < 2:
        return "fewer than two clusters in one arm"
    if len(treated | control) < 6:
        return "fewer than six clusters in all"
    if by_cr2.df(1, -1) < 3:
        return "Satterthwaite degrees of freedom below 3"
    return None


def inference_numbers(estimate: Fraction, spread: Sandwich, unavailable: str | None) -> dict[str, object]:
    """Return the numbers of inference on treated - counterfactual, or None with the reason."""
    variance = spread.variance(1, -1)
    if unavailable is None and not variance > 0:
        unavailable = "no within-arm variation"
    named = ("covariance", "covariance_apart", "std_error", "df", "df_treated_mean", "df_counterfactual_mean")
    empty: dict[str, object] = dict.fromkeys((*named, "df_quadratic", "df_quartic", "p_value"))
    if unavailable is not None:
        return empty | {"unavailable": unavailable}
    df = spread.df(1, -1)
    return {
        "covariance": spread.covariance,
        "covariance_apart": spread.apart,
        "std_error": variance**0.5,
        "df": df,
        "df_treated_mean": spread.df(1, 0),
        "df_counterfactual_mean": spread.df(0, 1),
        "df_quadratic": spread.quadratic if spread.fixed_df is None else None,
        "df_quartic": spread.quartic if spread.fixed_df is None else None,
        "p_value": 2 * student_tail(abs(float(estimate)) / variance**0.5, df),
        "unavailable": None,
    }
