"""Rows of workplaces added up for ``trend_adjusted``, and the spread of its placebos as a standard error.

With the errors e_j of J placebos and their mean ē, the squared standard error of the treated unit's own error is
Σ (e_j - ē)²/(J - 1), all of it in the counterfactual, and the statistic a t with J - 1 degrees of freedom
(Arkhangelsky et al. 2021, doi:10.1257/aer.20190159, algorithm 4, which has the divisor J and a normal).
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import log, sqrt

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Cell, Columns, column, label, labels, mean, numbers
from effekt.independent.linear_algebra import student_tail
from effekt.independent.periods import period_start
from effekt.independent.trends.trend_means import Outcome, Reading


def finer_parts(cluster: str | None, checks: Sequence[object]) -> list[str]:
    """Return the columns that rows are finer by than units and periods: clusters, or strata that a check is of."""
    strata = [
        list(one["standardize"])
        for one in checks
        if isinstance(one, Mapping) and one.get("check") == "composition_change"
    ]
    return [*([] if cluster is None else [cluster]), *(name for names in strata for name in names)]


def added_up(columns: Columns, outcome: Outcome, unit: str, time: str, period: str, parts: Sequence[str]) -> Columns:
    """Return one row per unit and period, its numerator and denominator those of the parts together."""
    if not parts:
        return columns
    if isinstance(outcome, str):
        raise ArgumentError("clusters and strata need a (numerator, denominator) outcome; give both columns.")
    top, below = (numbers(columns, name) for name in outcome)
    cells = column(columns, time)
    seen: set[tuple[str, int, tuple[str, ...]]] = set()
    first: dict[tuple[str, int], Cell] = {}
    sums: dict[tuple[str, int], tuple[Fraction, Fraction]] = {}
    names = zip(labels(columns, unit), zip(*(labels(columns, name) for name in parts), strict=True), strict=True)
    for row, (name, within) in enumerate(names):
        start = period_start(cells[row], period, f"column {time!r}, row {row + 1}")
        if (name, start, within) in seen:
            raise DataError(f"row {row + 1} repeats a unit, period and cluster or stratum; keep one row of each.")
        seen.add((name, start, within))
        so_far = sums.get((name, start), (Fraction(0), Fraction(0)))
        sums[name, start] = so_far[0] + top[row], so_far[1] + below[row]
        first.setdefault((name, start), cells[row])
    return {
        unit: [name for name, _ in sums],
        time: list(first.values()),
        outcome[0]: [a for a, _ in sums.values()],
        outcome[1]: [b for _, b in sums.values()],
    }


def without_adopters(
    columns: Columns, unit: str, adopters: str | int | Sequence[str | int], parts: Sequence[str]
) -> Columns:
    """Return the columns without the rows of units that adopted by themselves, none of which has a part here."""
    names = {label(name) for name in ([adopters] if isinstance(adopters, str | int) else adopters)}
    if not names:
        return columns
    own = labels(columns, unit)
    if not names <= set(own) or names & set(parts):
        raise ArgumentError("adopters must be units of the data that are neither treated nor compared with; name them.")
    kept = [row for row, name in enumerate(own) if name not in names]
    return {name: [cells[row] for row in kept] for name, cells in columns.items()}


def spread_inference(paying: Reading, placebos: Sequence[Reading], adjustment: str) -> dict[str, object]:
    """Return the covariance of the two means, or of their logarithms, or why there is none."""
    count = len(placebos)
    if count < 4:
        return {"unavailable": "fewer than four placebos"}
    errors = [Fraction(one.error(adjustment)) for one in placebos]
    middle = mean(errors)
    variance = float(sum(((one - middle) ** 2 for one in errors), Fraction(0)) / (count - 1))
    on_log = adjustment == "ratio"
    sizes = [abs(value) for one in (paying, *placebos) for value in (one.reference, one.treated)]
    if variance <= (1e-13 * (1.0 if on_log else float(max(sizes)))) ** 2:
        return {"unavailable": "no variation of the placebos"}
    distance = log(paying.treated / paying.counterfactual) if on_log else float(paying.treated - paying.counterfactual)
    return {
        "covariance": [[0.0, 0.0], [0.0, variance]],
        "covariance_scale": "log" if on_log else "linear",
        "df": float(count - 1),
        "p_value": 2 * student_tail(abs(distance) / sqrt(variance), count - 1),
        "unavailable": None,
    }
