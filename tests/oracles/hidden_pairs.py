"""Bounds on McNemar's test, a regression's robustness value and an E-value, from their formulas."""

from fractions import Fraction
from math import comb, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t as student


def mcnemar_upper_p(wins, discordant, gamma):
    """P(X ≥ wins), X binomial with share Γ/(1 + Γ): Rosenbaum (2002), section 4.3.2."""
    share = Fraction(gamma) / (1 + Fraction(gamma))
    return float(
        sum(comb(discordant, k) * share**k * (1 - share) ** (discordant - k) for k in range(wins, discordant + 1))
    )


def _solve(matrix, right):
    rows = [[*map(Fraction, row), Fraction(value)] for row, value in zip(matrix, right, strict=True)]
    for i in range(len(rows)):
        pivot = next(j for j in range(i, len(rows)) if rows[j][i] != 0)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for j in range(len(rows)):
            if j != i:
                rows[j] = [a - rows[j][i] * b for a, b in zip(rows[j], rows[i], strict=True)]
    return [row[-1] for row in rows]


def weighted_regression(y, columns, weights):
    """Coefficients and the weighted sum of squares they leave, exactly."""
    y, weights = [Fraction(v) for v in y], [Fraction(w) for w in weights]
    columns = [[Fraction(v) for v in column] for column in columns]
    cross = [[sum(w * a * b for w, a, b in zip(weights, u, v, strict=True)) for v in columns] for u in columns]
    right = [sum(w * a * b for w, a, b in zip(weights, u, y, strict=True)) for u in columns]
    found = _solve(cross, right)
    fitted = [sum(b * c for b, c in zip(found, row, strict=True)) for row in zip(*columns, strict=True)]
    left = sum(w * (a - b) ** 2 for w, a, b in zip(weights, y, fitted, strict=True))
    return [float(b) for b in found], float(left)


def partial_r2(y, columns, weights, column):
    """1 − what all columns leave over what the others leave."""
    others = [one for j, one in enumerate(columns) if j != column]
    return 1 - weighted_regression(y, columns, weights)[1] / weighted_regression(y, others, weights)[1]


def robustness(estimate, error, df, threshold):
    """Cinelli & Hazlett (2020): ½(√(f⁴ + 4f²) − f²)."""
    f2 = ((estimate - threshold) / error) ** 2 / df
    return (sqrt(f2**2 + 4 * f2) - f2) / 2


def e_value(ratio):
    """VanderWeele & Ding (2017): RR + √(RR(RR − 1))."""
    turned = max(ratio, 1 / ratio)
    return turned + sqrt(turned * (turned - 1))


def smallest_ratio(effect, moved):
    """The ratio below the treated's mean over `moved` at which treated − ratio · moved has a two-sided p of 5 %."""
    variance, cross, other = effect.inference.covariance
    treated = effect.means.treated

    def beyond(ratio):
        df = float(effect.inference.df.of(np.array([[1.0, -ratio]]))[0])
        error = sqrt(variance - 2 * ratio * cross + ratio**2 * other)
        return (treated - ratio * moved) / error - student.ppf(0.975, df)

    return brentq(beyond, 0.0, treated / moved, xtol=1e-13)
