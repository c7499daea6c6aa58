"""Second route for rates of two arms of counts: binomial tails summed term by term, and a quasi-Poisson variance.

Given the sum N of two Poisson counts the treated one is binomial (N, π), π = ρt₁/(ρt₁ + t₀), ρ the ratio of the rates:
Przyborowski & Wilenski (1940), doi:10.1093/biomet/31.3-4.313. Two-sided p: twice the smaller tail, at most 1.

Quasi-Poisson: φ = Σ (y - λ_a e)²/(λ_a e) / (n - 2), the variance of ln λ_a is φ/Σy, t with n - 2 degrees of freedom:
McCullagh & Nelder (1989), doi:10.1007/978-1-4899-3242-6, section 6.2.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import comb, exp, fsum, log, sqrt

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns
from effekt.independent.limits import check_steps
from effekt.independent.linear_algebra import student_tail
from effekt.independent.trials.counted_trial import positive
from effekt.independent.trials.trial_rows import check_arms, two_means

Numbers = dict[str, object]
SEARCH = 300  # tails that a bound takes
NAMES = ("exact_poisson", "quasi_poisson")


def two_rates(
    columns: Columns,
    rows: tuple[list[Fraction], list[int]],
    exposure: str | None,
    name: str,
    others: Sequence[object],
) -> Numbers:
    """Return the rates of the treated and of the controls, and the named inference on their ratio."""
    y, d = rows
    if any(others):
        raise ArgumentError("rates of two arms take no covariates, block, cluster, weights, pairs or probability.")
    if min(y) < 0 or (name == "exact_poisson" and any(own.denominator != 1 for own in y)):
        raise DataError(f"{name} takes counts of events, from 0; correct the outcome.")
    check_arms(d, ["" for _ in d])
    over = [Fraction(1) for _ in y] if exposure is None else positive(columns, exposure)
    (x1, t1), (x0, t0) = (_sums(y, over, d, arm) for arm in (1, 0))
    result: Numbers = two_means((x1 / t1, x0 / t0), y, d, over) | {"covariance_scale": "log"}
    if name == "exact_poisson":
        check_steps(SEARCH * int(x1 + x0))
        return result | {"unavailable": None, "test": _exact_test((int(x1), int(x0)), (t1, t0))}
    reason = _no_quasi(y, d)
    if reason is not None:
        return result | {"variance": name, "covariance": None, "df": None, "unavailable": reason}
    terms = []
    for own, e, arm in zip(y, over, d, strict=True):
        expected = (x1 / t1 if arm else x0 / t0) * e
        terms.append((own - expected) ** 2 / expected)
    dispersion = sum(terms, Fraction(0)) / (len(y) - 2)
    if not dispersion:
        return result | {"variance": name, "covariance": None, "df": None, "unavailable": "no within-arm variation"}
    first, second, df = float(dispersion / x1), float(dispersion / x0), float(len(y) - 2)
    statistic = abs(log((x1 / t1) / (x0 / t0))) / sqrt(first + second)
    return result | {
        "variance": name,
        "covariance": [[first, 0.0], [0.0, second]],
        "std_error": sqrt(float(x1 / t1) ** 2 * first + float(x0 / t0) ** 2 * second),
        "df": df,
        "p_value": 2 * student_tail(statistic, df),
        "unavailable": None,
    }


def _sums(y: list[Fraction], over: list[Fraction], d: list[int], arm: int) -> tuple[Fraction, Fraction]:
    """Return the events of an arm and its exposure."""
    inside = [i for i, own in enumerate(d) if own == arm]
    return sum((y[i] for i in inside), Fraction(0)), sum((over[i] for i in inside), Fraction(0))


def _no_quasi(y: list[Fraction], d: list[int]) -> str | None:
    """Return why the logarithms have no variance, or None."""
    if min(d.count(1), d.count(0)) < 2:
        return "an arm, of the trial or of a block, holds a single unit"
    if any(not any(own for own, other in zip(y, d, strict=True) if other == arm) for arm in (1, 0)):
        return "an arm without an event, whose rate has no logarithm"
    return None


def _exact_test(counts: tuple[int, int], over: tuple[Fraction, Fraction]) -> Callable[[str, float, str], float]:
    """Return the test of a ratio, or of no difference."""
    treated, control = counts
    n = treated + control

    def test(contrast: str, null: float, side: str) -> float:
        ratio = 1.0 if contrast == "difference" else null
        if ratio <= 0:
            return float(side == "less" or (ratio == 0 and treated == 0))
        chance = ratio * float(over[0] / over[1])
        above = _tail(treated, n, chance)
        below = _tail(control, n, 1 / chance)
        return {"greater": above, "less": below, "two-sided": min(1.0, 2 * min(above, below))}[side]

    return test


def _tail(count: int, n: int, odds: float) -> float:
    """Return P(X ≥ count) of n trials with these odds; the side beyond the mean is summed, the other is 1 less it."""
    if count == 0:
        return 1.0
    if count * (1 + odds) < n * odds:
        return 1 - _tail(n - count + 1, n, 1 / odds)
    term = exp(log(comb(n, count)) + count * log(odds) - n * log(1 + odds))
    terms = [term]
    for k in range(count, n):
        term *= (n - k) / (k + 1) * odds
        terms.append(term)
    return min(1.0, fsum(terms))
