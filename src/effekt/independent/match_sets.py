"""Second route for exact and coarsened exact matching: units in one cell are a set.

A set counts for its treated (ATT), its controls (ATC) or all its units (ATE), and its arms' means are plain means
(Imbens & Rubin 2015, chapter 17); coarsening as Iacus, King & Porro (2012, doi:10.1093/pan/mpr013). Cutpoints are exact
fractions; a value at a cutpoint belongs to the interval above it.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, log2
from typing import Any

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns, labels, mean, number, numbers, zero_one
from effekt.independent.regression import inference_numbers
from effekt.independent.shared_controls import strata

METHODS = ("exact", "coarsened_exact")
NEUTRAL = {"distance": "propensity", "caliper": None, "ratio": 1, "replace": False}
KNOWN = ("unit", "treatment", "covariates", "exact", "method", "estimand", "cutpoints", "salt", "tie_orders", "missing")


def set_means(
    columns: Columns, match: Mapping[str, Any], outcome: str, variance: str | None = None, *, means_only: bool = True
) -> dict[str, object]:
    """Return the two weighted means of a contract's match by sets, and inference within the sets."""
    for name, value in match.items():
        if name not in KNOWN and (name not in NEUTRAL or value != NEUTRAL[name]):
            raise ArgumentError(f"the second route does not match sets with the argument {name!r}; leave it out.")
    if len(set(labels(columns, match["unit"]))) != len(labels(columns, match["unit"])):
        raise DataError("the unit column must name each unit once; keep one row per unit.")
    y, d = numbers(columns, outcome), zero_one(columns, match["treatment"])
    sets: dict[tuple[object, ...], tuple[list[Fraction], list[Fraction]]] = {}
    for value, arm, cell in zip(y, d, _cells(columns, match), strict=True):
        sets.setdefault(cell, ([], []))[1 - arm].append(value)
    both = [arms for arms in sets.values() if arms[0] and arms[1]]
    if not both:
        raise DataError("no set holds treated and controls; use fewer or coarser columns.")
    estimand = match.get("estimand", "ATT")
    counts = [
        {"ATT": len(treated), "ATC": len(controls), "ATE": len(treated) + len(controls)}[estimand]
        for treated, controls in both
    ]
    means = [
        sum((count * mean(arms[side]) for count, arms in zip(counts, both, strict=True)), Fraction(0)) / sum(counts)
        for side in (0, 1)
    ]
    matched = sum(len(treated) for treated, _ in both)
    found: dict[str, object] = {
        "treated_mean": means[0],
        "counterfactual_mean": means[1],
        "estimate": means[0] - means[1],
        "n_matched": matched,
        "n_unmatched": sum(d) - matched,
    }
    if means_only or variance not in (None, "HC2"):
        return found
    return found | inference_numbers(means[0] - means[1], *strata(both, counts))


def _cells(columns: Columns, match: Mapping[str, Any]) -> list[tuple[object, ...]]:
    """Return the cell of each row: its labels in the exact columns, its values or intervals in the covariates."""
    names = match["covariates"]
    names = [names] if isinstance(names, str) else names
    exact = match.get("exact", ())
    found: list[Sequence[object]] = [labels(columns, name) for name in ([exact] if isinstance(exact, str) else exact)]
    rules = match.get("cutpoints") or {}
    for name in names:
        values = numbers(columns, name)
        if match["method"] == "exact":
            found.append(values)
        else:
            cuts = cutpoints(values, rules.get(name, "sturges"))
            found.append([sum(cut <= value for cut in cuts) for value in values])
    return list(zip(*found, strict=True))


def cutpoints(values: Sequence[Fraction], rule: str | int | Sequence[Any]) -> list[Fraction]:
    """Return the distinct cutpoints of a rule: "sturges", a number of intervals, "q4", or the cutpoints themselves."""
    if not isinstance(rule, (str, int)):
        return sorted({number(cut) for cut in rule})
    low, high = min(values), max(values)
    if isinstance(rule, str) and rule != "sturges":
        parts, ranked = int(rule[1:]), sorted(values)
        cuts = set()
        for k in range(1, parts):
            place, left = divmod(k * (len(ranked) - 1), parts)
            after = ranked[min(place + 1, len(ranked) - 1)]
            cuts.add(ranked[place] + (after - ranked[place]) * Fraction(left, parts))
        return sorted(cuts)
    parts = ceil(log2(len(values)) + 1) if isinstance(rule, str) else rule
    return [low + (high - low) * Fraction(k, parts) for k in range(1, parts)]
