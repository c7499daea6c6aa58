"""Second route for what a match balances: standardised differences, and what weighted controls are worth."""

from collections.abc import Sequence
from fractions import Fraction
from math import sqrt

from effekt.independent.columns import Columns, mean, numbers, zero_one
from effekt.independent.matches.match_propensity import standard_deviation
from effekt.independent.matches.nearest_neighbours import Match


def balance(
    columns: Columns, *, match: Match, treatment: str, covariates: Sequence[str]
) -> dict[str, dict[str, float | None]]:
    """Return standardised mean differences before and after, over the treated SD before matching (ATT).

    The SD of a 0/1 covariate is √(p(1 - p)) with p its share among the treated, else the divisor is n - 1.
    """
    d = zero_one(columns, treatment)
    report: dict[str, dict[str, float | None]] = {}
    for name in covariates:
        x = numbers(columns, name)
        arms = [[value for value, own in zip(x, d, strict=True) if own == arm] for arm in (1, 0)]
        share = mean(arms[0])
        binary = set(x) <= {Fraction(0), Fraction(1)}
        spread = sqrt(share * (1 - share)) if binary else standard_deviation([float(value) for value in arms[0]])
        after = [
            sum((w * v for w, v, own in zip(match.weights, x, d, strict=True) if own == arm), Fraction(0))
            / sum((w for w, own in zip(match.weights, d, strict=True) if own == arm), Fraction(0))
            for arm in (1, 0)
        ]
        report[name] = {
            "before": float(share - mean(arms[1])) / spread if spread else None,
            "after": float(after[0] - after[1]) / spread if spread else None,
        }
    return report


def effective_sample_size(weights: Sequence[Fraction]) -> Fraction:
    """Return (Σw)² / Σw², Kish (1965)."""
    return sum(weights, Fraction(0)) ** 2 / sum((w * w for w in weights), Fraction(0))
