"""Second route for published aggregates: the rate of each cohort's treated and comparison row, exactly."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns, labels, numbers, zero_one
from effekt.independent.linear_algebra import weighed

Pair = dict[str, Fraction]


def published_comparison(
    columns: Columns, *, outcome: Sequence[str], cohort: str, treatment: str, comparison: str | None = None
) -> dict[str, dict[str, Pair]]:
    """Return under ``members`` each cohort's treated and counterfactual mean, numerator / denominator.

    How the publication chose its comparison moves no number.
    """
    del comparison
    if isinstance(outcome, str) or len(outcome) != 2:
        raise ArgumentError("outcome must be a (numerator, denominator) pair of columns; give both.")
    above, below = numbers(columns, outcome[0]), numbers(columns, outcome[1])
    members: dict[str, Pair] = {}
    arms = zero_one(columns, treatment)
    for row, (name, arm) in enumerate(zip(labels(columns, cohort), arms, strict=True)):
        mean = "treated_mean" if arm else "counterfactual_mean"
        if below[row] <= 0 or mean in members.setdefault(name, {}):
            raise DataError(f"row {row + 1} repeats one or has no positive denominator; keep one row of each kind.")
        members[name][mean] = above[row] / below[row]
    if any(len(pair) != 2 for pair in members.values()):
        raise DataError("every cohort must have a treated and a comparison row; add the missing one.")
    return {"members": members}


def combined(members: Mapping[str, Mapping[str, Any]], weights: Mapping[str, Fraction]) -> Pair:
    """Return the weighted sum of the members' means; a regression's are floats in the first route, and rounded."""
    rounded = any(members[label].get("rounded", False) for label in weights)
    return {
        name: weighed(weights.values(), [members[label][name] for label in weights], rounded=rounded)
        for name in ("treated_mean", "counterfactual_mean")
    }
