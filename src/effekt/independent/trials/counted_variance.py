"""Second route for the variance of two means of a weighted regression, by sums of short vectors.

With V the weights of the fit, B = (X'VX)⁻¹, H = X B X'V, Φ the working variances of y and p_c = V X B l_c the weights
of a mean, each variance is factor · Σ_g s_g s_g', s_g = (b₁g'e_g, b₀g'e_g), b_cg = A_g'p_cg, with A_g

    HC0, HC1, CR0, CR1, CR1S    I
    HC2, HC3                    (1 - h_i)^(-1/2), (1 - h_i)⁻¹, h_i = v_i x_i'B x_i
    CR3                         (I - H_gg)⁻¹
    CR2                         D (D S_gg D)^(-1/2) D, D = Φ_g^(1/2), S = (I - H) Φ (I - H)'

(Pustejovsky & Tipton 2018, doi:10.1080/07350015.2016.1247004, section 2 and eq. 10-11). Degrees of freedom are
(tr P)²/tr P², P_gh = b_g'S_gh b_h. S is diagonal but for terms of the regressors' rank: with B = L D L', Q = X L D^½,
u_g = Q_g'b_g, r_g = Q_g'V_gΦ_g b_g and C = Q'VΦVQ,

    P_gh = [g = h] b_g'Φ_g b_g - u_g'r_h - r_g'u_h + u_g'C u_h,

so that tr P² needs no pair of rows. Means and residuals are exact before this begins.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import fsum, inf, sqrt
from typing import NamedTuple

from effekt.exceptions import ArgumentError
from effekt.independent.limits import check_steps
from effekt.independent.linear_algebra import Matrix, dot, factored, symmetric_power, times
from effekt.independent.regression import POWER, SATTERTHWAITE, SEEN, Sandwich, factor, predict, turned

NOTHING = 1e-10  # of a working variance: what is left where a cluster's rows fit whatever their outcomes
Exact = list[Fraction]


class WeightedFit(NamedTuple):
    """An exact weighted fit: regressor rows, their weights, (X'VX)⁻¹, residuals, and the two means' contrasts."""

    rows: list[Exact]
    weights: Exact
    inverse: list[Exact]
    residuals: Exact
    contrasts: tuple[Exact, Exact]


def weighted_sandwich(
    fit: WeightedFit, working: Sequence[Fraction], variance: str, clusters: Sequence[str] | None
) -> Sandwich:
    """Return the named covariance of the two means, with degrees of freedom under the working variances."""
    if variance not in POWER or variance.startswith("CR") != (clusters is not None):
        raise ArgumentError(f"variance {variance!r} does not fit; use HC names without a cluster, CR names with one.")
    n, k = len(fit.rows), len(fit.inverse)
    groups = _members(clusters, n)
    check_steps(16 * n * k * k + sum(20 * len(group) ** 3 for group in groups if len(group) > 1))
    floats = _Floats(fit, working)
    adjusted = [_adjusted(floats, group, variance) for group in groups]
    residuals = [float(own) for own in fit.residuals]
    scores = [
        [dot(line, [residuals[i] for i in group]) for line in lines]
        for group, lines in zip(groups, adjusted, strict=True)
    ]
    scale = factor(variance, n, k, len(groups))
    covariance = [[scale * fsum(s[i] * s[j] for s in scores) for j in (0, 1)] for i in (0, 1)]
    if variance in SATTERTHWAITE:
        return Sandwich(covariance, *_forms(floats, groups, adjusted), None)
    return Sandwich(covariance, [0.0] * 3, [0.0] * 5, float(len(groups) - 1 if clusters is not None else n - k))


def is_determined_alone(fit: WeightedFit, working: Sequence[Fraction], by_cr2: Sandwich) -> bool:
    """Return whether rows of one cluster (or one row) determine a coefficient that a mean rests on.

    As in ``regression``: the mean of CR2, or HC2 without clusters, falls short of p'Φp there.
    """
    for line, seen in zip(fit.contrasts, (by_cr2.quadratic[0], by_cr2.quadratic[2]), strict=True):
        moved = [predict(row, line) for row in fit.inverse]
        pulls = [v * predict(row, moved) for row, v in zip(fit.rows, fit.weights, strict=True)]
        whole = sum((own * pull**2 for own, pull in zip(working, pulls, strict=True)), Fraction(0))
        if seen < SEEN * float(whole):
            return True
    return False


def young(totals: Sequence[dict[str, Fraction]], n: int) -> Sandwich:
    """Return Σ (y_g/p_g)²/N² of each arm, covariance 0, against the normal distribution.

    Aronow & Middleton (2013), doi:10.1515/jci-2012-0009, section 3: an upper bound, by Young's inequality.
    """
    v1, v0 = (float(sum((own**2 for own in arm.values()), Fraction(0)) / n**2) for arm in totals)
    return Sandwich([[v1, 0.0], [0.0, v0]], [0.0] * 3, [0.0] * 5, inf)


def _members(clusters: Sequence[str] | None, n: int) -> list[list[int]]:
    if clusters is None:
        return [[i] for i in range(n)]
    found: dict[str, list[int]] = {}
    for i, name in enumerate(clusters):
        found.setdefault(name, []).append(i)
    return list(found.values())


class _Floats:
    """The fit as floats: Q = X L D^½, (X'VX)⁻¹ = L D L', for the regressors, contrasts alike; C = Q'VΦVQ."""

    def __init__(self, fit: WeightedFit, working: Sequence[Fraction]) -> None:
        lower, sizes = factored(fit.inverse)
        self.rows = turned(lower, sizes, fit.rows)
        self.v, self.phi = [float(own) for own in fit.weights], [float(own) for own in working]
        self.lines = turned(lower, sizes, fit.contrasts)
        k = range(len(sizes))
        heavy = [v * v * phi for v, phi in zip(self.v, self.phi, strict=True)]
        self.core = [[fsum(w * row[i] * row[j] for w, row in zip(heavy, self.rows, strict=True)) for j in k] for i in k]

    def spread(self, i: int, j: int) -> float:
        """Return the element of (I - H) Φ (I - H)'."""
        own = self.phi[i] if i == j else 0.0
        crossed = dot(self.rows[i], self.rows[j])
        return (
            own
            - crossed * (self.v[j] * self.phi[j] + self.v[i] * self.phi[i])
            + dot(self.rows[i], times(self.core, self.rows[j]))
        )


def _adjusted(floats: _Floats, group: list[int], variance: str) -> Matrix:
    """Return b_g = A_g'p_g for both means."""
    parts = [[floats.v[i] * dot(floats.rows[i], line) for i in group] for line in floats.lines]
    power = POWER[variance]
    if power == 0.0:
        return parts
    if variance == "CR2":
        root = [sqrt(floats.phi[i]) for i in group]
        inner = [[root[a] * floats.spread(i, j) * root[b] for b, j in enumerate(group)] for a, i in enumerate(group)]
        size = max(inner[a][a] for a in range(len(group)))
        if size <= NOTHING * max(floats.phi[i] for i in group) ** 2:
            return [[0.0] * len(group) for _ in parts]  # the pseudo-inverse of nothing
        power_of = symmetric_power([[cell / size for cell in line] for line in inner], power)
        return [
            [
                r * own / sqrt(size)
                for r, own in zip(root, times(power_of, [r * p for r, p in zip(root, part, strict=True)]), strict=True)
            ]
            for part in parts
        ]
    root = [sqrt(floats.v[i]) for i in group]
    inner = [
        [float(i == j) - root[a] * root[b] * dot(floats.rows[i], floats.rows[j]) for b, j in enumerate(group)]
        for a, i in enumerate(group)
    ]
    power_of = symmetric_power(inner, power)
    return [
        [
            r * own
            for r, own in zip(root, times(power_of, [p / r for r, p in zip(root, part, strict=True)]), strict=True)
        ]
        for part in parts
    ]


def _forms(floats: _Floats, groups: list[list[int]], adjusted: list[Matrix]) -> tuple[list[float], list[float]]:
    """Return tr P and tr P² as polynomials of the contrast (c₁, c₀), from its highest power of c₁ to that of c₀."""
    k = len(floats.core)
    kernel = [[*floats.core[i], *(-float(i == j) for j in range(k))] for i in range(k)]
    kernel += [[*(-float(i == j) for j in range(k)), *([0.0] * k)] for i in range(k)]
    owns: list[list[float]] = []  # b_g'Φ_g b_g
    sides: list[Matrix] = []  # (u_g, r_g) of both means
    for group, lines in zip(groups, adjusted, strict=True):
        phi = [floats.phi[i] for i in group]
        owns.append(_square(lines, [[p * cell for p, cell in zip(phi, line, strict=True)] for line in lines]))
        sides.append([_side(floats, group, line) for line in lines])
    turned = [[times(kernel, side) for side in pair] for pair in sides]
    low = [_square(pair, other) for pair, other in zip(sides, turned, strict=True)]
    trace = [fsum([own[i] for own in owns] + [own[i] for own in low]) for i in range(3)]
    moments = [
        [
            [
                [fsum(a[x][i] * b[y][j] for a, b in zip(turned, sides, strict=True)) for j in range(2 * k)]
                for i in range(2 * k)
            ]
            for y in (0, 1)
        ]
        for x in (0, 1)
    ]
    quartic: list[list[float]] = [[], [], [], [], []]
    for own, added in zip(owns, low, strict=True):
        for i in range(3):
            for j in range(3):
                quartic[i + j].append(own[i] * (own[j] + 2 * added[j]))
    for p, q, r, s in [(p, q, r, s) for p in (0, 1) for q in (0, 1) for r in (0, 1) for s in (0, 1)]:
        first, second = moments[p][q], moments[r][s]
        quartic[p + q + r + s] += [first[i][j] * second[j][i] for i in range(2 * k) for j in range(2 * k)]
    return trace, [fsum(terms) for terms in quartic]


def _square(lines: Matrix, others: Matrix) -> list[float]:
    """Return the coefficients of a quadratic form in (c₁, c₀)."""
    return [
        dot(lines[0], others[0]),
        dot(lines[0], others[1]) + dot(lines[1], others[0]),
        dot(lines[1], others[1]),
    ]


def _side(floats: _Floats, group: list[int], line: list[float]) -> list[float]:
    """Return u_g and r_g, one after the other."""
    width = range(len(floats.core))
    heavy = [floats.v[i] * floats.phi[i] * own for i, own in zip(group, line, strict=True)]
    return [
        *(fsum(floats.rows[i][j] * own for i, own in zip(group, line, strict=True)) for j in width),
        *(fsum(floats.rows[i][j] * own for i, own in zip(group, heavy, strict=True)) for j in width),
    ]
