"""The counterfactual of ``trend_adjusted`` corrected for the reference level, the second time.

Normal equations of the placebo errors e on (1, x), x the placebos' reference means, in fractions: with M the sum of
(1, x)'(1, x), the line at the treated unit's own z = (1, x₀) is z M⁻¹ Σ (1, x)'e, a unit's leverage z_j M⁻¹ z_j', and a
prediction at z has the variance σ²(1 + z M⁻¹ z'). The placebos to rank among are the residuals over √(1 - leverage)
times the root of the latter (Cook & Weisberg 1982, sections 2.1-2.2).
"""

from collections.abc import Mapping
from fractions import Fraction
from math import exp, log, sqrt

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.linear_algebra import student_tail
from effekt.independent.trends.trend_means import Reading

LEAST = 5


def level_corrected(
    paying: Reading, placebos: Mapping[str, Reading], adjustment: str, inference: str, correction: str
) -> dict[str, object]:
    """Return the corrected counterfactual and effect, and the numbers of the declared inference."""
    if len(placebos) < LEAST:
        raise DataError("level_correction needs at least five placebos; add units, or take it out.")
    levels, errors, at = _points(paying, placebos, adjustment, correction)
    count, first, second = len(levels), sum(levels.values()), sum(x * x for x in levels.values())
    determinant = count * second - first * first
    if not determinant:
        raise DataError("level_correction needs placebos with levels that differ; take it out.")

    def form(a: Fraction, b: Fraction) -> Fraction:
        """(1, a) M⁻¹ (1, b)'."""
        return (second - first * (a + b) + count * a * b) / determinant

    def line(x: Fraction) -> Fraction:
        return sum((form(x, levels[name]) * e for name, e in errors.items()), Fraction(0))

    expected, spread = line(at), 1 + form(at, at)
    left = {name: 1 - form(x, x) for name, x in levels.items()}
    if min(left.values()) <= Fraction(1, 10**12):
        raise DataError("level_correction needs a line that no one unit decides alone; take it out.")
    residuals = {name: e - line(levels[name]) for name, e in errors.items()}
    if adjustment == "ratio":
        counterfactual: Fraction | float = float(paying.counterfactual) * exp(expected)
        estimate: Fraction | float = float(paying.treated) - float(counterfactual)
    else:
        counterfactual = paying.counterfactual + expected
        estimate = paying.treated - counterfactual
    moved: dict[str, object] = {"counterfactual_mean": counterfactual, "estimate": estimate}
    own = float(Fraction(paying.error(adjustment)) - expected)
    variance = float(spread * sum((r * r for r in residuals.values()), Fraction(0)) / (count - 2))
    size = 1.0 if adjustment == "ratio" else float(abs(paying.counterfactual))
    if inference == "none":
        return moved
    if sqrt(variance) <= 1e-13 * size:
        return moved | {"unavailable": "all placebos on the line"}
    scale = "log" if adjustment == "ratio" else "linear"
    if inference == "placebo_variance":
        return moved | {
            "covariance": [[0.0, 0.0], [0.0, variance]],
            "covariance_scale": scale,
            "df": float(count - 2),
            "p_value": 2 * student_tail(abs(own) / sqrt(variance), count - 2),
            "unavailable": None,
        }
    beside = {name: float(r) * sqrt(spread / left[name]) for name, r in residuals.items()}
    sizes = [1.0] if adjustment == "ratio" else [abs(float(paying.treated)), abs(float(counterfactual))]
    tie = 1e-12 * max(abs(own), *sizes)
    middle = sum(beside.values()) / count
    return moved | {
        "placebo_scale": scale,
        "error": own,
        "placebo_errors": beside,
        "placebo_sd": sqrt(sum((e - middle) ** 2 for e in beside.values()) / (count - 1)),
        "p_value": Fraction(1 + sum(abs(e) >= abs(own) - tie for e in beside.values()), count + 1),
    }


def _log(value: Fraction) -> Fraction:
    """The double next to the logarithm of a mean above zero."""
    return Fraction(log(value.numerator / value.denominator))


def _points(
    paying: Reading, placebos: Mapping[str, Reading], adjustment: str, correction: str
) -> tuple[dict[str, Fraction], dict[str, Fraction], Fraction]:
    """Return the placebos' levels and errors, and the treated unit's level.

    By logarithms an error is a unit's own change less the treated unit's trend.
    """
    if correction == "regression":
        levels = {name: one.reference for name, one in placebos.items()}
        return levels, {name: Fraction(one.error(adjustment)) for name, one in placebos.items()}, paying.reference
    if adjustment != "ratio":
        raise ArgumentError("level_correction='log_regression' goes with adjustment='ratio'; change one of them.")
    trend = paying.counterfactual / paying.reference
    errors = {name: _log(one.treated / one.reference / trend) for name, one in placebos.items()}
    return {name: _log(one.reference) for name, one in placebos.items()}, errors, _log(paying.reference)
