"""Rates of two arms of counts, slowly: binomial tails as exact fractions, limits by bisection, quasi-Poisson by hand.

Przyborowski & Wilenski (1940); Clopper & Pearson (1934). Shares no code with effekt.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb

Counts = tuple[int, int]
Exposures = tuple[Fraction, Fraction]


def tails(x: Counts, t: Exposures, ratio: Fraction) -> tuple[Fraction, Fraction]:
    """P(X₁ ≥ x₁) and P(X₁ ≤ x₁) given X₁ + X₀, exactly."""
    n, share = sum(x), ratio * t[0] / (ratio * t[0] + t[1])
    masses = [comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
    return sum(masses[x[0] :], Fraction(0)), sum(masses[: x[0] + 1], Fraction(0))


def p_value(x: Counts, t: Exposures, ratio: Fraction, alternative: str) -> Fraction:
    """A tail, or twice the smaller."""
    above, below = tails(x, t, ratio)
    return {"greater": above, "less": below, "two-sided": min(Fraction(1), 2 * min(above, below))}[alternative]


def limits(x: Counts, t: Exposures, alpha: Fraction) -> tuple[float, float | None]:
    """The central interval, by bisection of the share π of the treated in the sum; None where it has no upper end."""
    n = sum(x)

    def above(share: Fraction) -> Fraction:
        return sum((comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(x[0], n + 1)), Fraction(0))

    def below(share: Fraction) -> Fraction:
        return sum((comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(x[0] + 1)), Fraction(0))

    def odds(share: Fraction) -> float:
        return float(share / (1 - share) * t[1] / t[0])

    low = odds(_bisect(lambda share: above(share) > alpha / 2)) if x[0] else 0.0
    return low, odds(_bisect(lambda share: below(share) < alpha / 2)) if x[1] else None


def _bisect(is_beyond) -> Fraction:  # type: ignore[no-untyped-def]
    """The share from which a statement holds, to 2⁻⁵⁰."""
    low, high = 0, 2**50
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_beyond(Fraction(middle, 2**50)) else (middle, high)
    return Fraction(low + high, 2**51)


def quasi(rows: list[tuple[int, int, Fraction]]) -> tuple[Fraction, Fraction, Fraction]:
    """φ and the variances of the logarithms of the treated and the control rate, of (count, arm, exposure)."""
    events = [sum((Fraction(y) for y, arm, _ in rows if arm == own), Fraction(0)) for own in (1, 0)]
    over = [sum((e for _, arm, e in rows if arm == own), Fraction(0)) for own in (1, 0)]
    total = Fraction(0)
    for y, arm, e in rows:
        expected = events[1 - arm] / over[1 - arm] * e
        total += (y - expected) ** 2 / expected
    dispersion = total / (len(rows) - 2)
    return dispersion, dispersion / events[0], dispersion / events[1]
