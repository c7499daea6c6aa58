"""Second route for rate cards: rows counted, outcomes summed, exactly."""

from fractions import Fraction

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns, complete, labels, numbers, times
from effekt.independent.trials.counted_once import refuse_code, refuse_mixture, refuse_sum_of_others


def outcome_count(
    columns: Columns,
    *,
    unit: str,
    outcome: str,
    time: str | None = None,
    statistic: str = "count",
    at_least: float | Fraction = 1,
    min_per_unit: float | None = None,
    max_per_unit: float | None = None,
    missing: str = "raise",
) -> dict[str, object]:
    """Return the count of rows whose outcome reaches `at_least`, the sum of outcomes, or either per row.

    A row is a unit, or with `time` a unit in a period; ``value`` is exact. A count or a sum may be limited by unit.
    Refused are times in several forms, values below 0 beside 0 and 1 alone that are below the least of a unit too, and
    a unit that says it is the sum of the others and is.
    """
    if statistic not in ("count", "sum", "share", "mean"):
        raise ArgumentError(f"statistic must be count, sum, share or mean; got {statistic!r}.")
    columns = complete(columns, [unit, outcome, *([] if time is None else [time])], missing)
    units, values = labels(columns, unit), numbers(columns, outcome)
    periods = times(columns, time) if time is not None else [""] * len(units)
    seen: set[tuple[str, str]] = set()
    for row, own in enumerate(zip(units, periods, strict=True), start=1):
        if own in seen:
            raise DataError(f"row {row} repeats an earlier one; keep one row per unit and period.")
        seen.add(own)
    if time is not None:
        refuse_mixture(labels(columns, time), time)
    refuse_code(values, outcome, Fraction(0) if min_per_unit is None else Fraction(str(min_per_unit)))
    refuse_sum_of_others(units, periods, values, unit)
    bar = Fraction(repr(at_least)) if isinstance(at_least, float) else Fraction(at_least)
    achieved = sum(value >= bar for value in values)
    each = [Fraction(value >= bar) if statistic in ("count", "share") else value for value in values]
    if min_per_unit is not None or max_per_unit is not None:
        each = _within(units, each, min_per_unit, max_per_unit)
    total = sum(each, Fraction(0))
    return {
        "value": total / len(values) if statistic in ("share", "mean") else total,
        "units_achieved": achieved,
        "n_units": len(set(units)),
    }


def _within(units: list[str], each: list[Fraction], least: float | None, most: float | None) -> list[Fraction]:
    """What each unit gives, not below one limit and not above the other."""
    sums = dict.fromkeys(units, Fraction(0))
    for unit, value in zip(units, each, strict=True):
        sums[unit] += value
    given = list(sums.values())
    if most is not None:
        given = [min(value, Fraction(str(most))) for value in given]
    return given if least is None else [max(value, Fraction(str(least))) for value in given]
