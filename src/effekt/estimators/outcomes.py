"""Units that achieved an outcome: what a rate card pays on, with no counterfactual by design."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from effekt._exact import scaled_integers
from effekt._text import Text
from effekt._types import FloatArray, IntArray, Missing, Table
from effekt._validation import check_number, check_option, check_roles, plural
from effekt.estimators._paid_once import refuse_codes, refuse_mixed_times, refuse_total
from effekt.exceptions import ArgumentError
from effekt.result import OutcomeMeasure, Sample
from effekt.result.measure import MeasureStatistic
from effekt.roles import Outcome, as_outcome
from effekt.tables import as_table


def outcome_count(
    data: Table,
    *,
    unit: str,
    outcome: str | Outcome,
    time: str | None = None,
    statistic: MeasureStatistic = "count",
    at_least: float = 1,
    min_per_unit: float | None = None,
    max_per_unit: float | None = None,
    missing: Missing = "raise",
) -> OutcomeMeasure:
    """Count the units, or unit-periods, that achieved an outcome: *outcome, not effect*.

    Parameters
    ----------
    data : table
        One row per unit, or with `time` one row per unit and period.
    unit : str
        Column that identifies people, households or pupils.
    outcome : str or Outcome
        Column with 0 and 1, or with an amount.
    time : str, optional
        Column of the period or milestone; each unit may then count once in each.
    statistic : {"count", "sum", "share", "mean"}
        Rows whose outcome reaches `at_least`; the sum of the outcome; the count or the sum over all rows.
    at_least : float
        What counts as achieved, for "count" and "share"; the others take 1 only, since they do not use it.
    min_per_unit, max_per_unit : float, optional
        The least and most that one unit counts for, all its rows together; for "count" and "sum". A least below 0 says
        that outcomes below 0 are amounts where every other is 0 or 1.
    missing : {"raise", "drop"}
        What to do with rows that lack a used value.

    Returns
    -------
    OutcomeMeasure
        An exact fraction, labelled *outcome, not effect*: nothing is said of what would have happened anyway.

    Raises
    ------
    DataError
        When a unit (or unit and period) stands twice: an outcome is paid once. For periods in several forms, a row that
        is the sum of the others and called so, and values below 0 beside 0 and 1 alone that are below `min_per_unit`
        too.
    ArgumentError
        For an option that breaks its rule.

    Notes
    -----
    Assumes nothing but that the rows are right; attribution to the intervention is agreed, not estimated.
    A unit without a row counts for nothing, whatever `min_per_unit`.

    References
    ----------
    European Commission (2021). Guidelines on the use of simplified cost options, C 200/01: with unit costs, what is
    verified is that the quantity was achieved.

    Examples
    --------
    >>> import effekt
    >>> data = {"person": ["a", "a", "b", "b"], "month": ["2024-01", "2024-02"] * 2, "in_work": [1, 1, 0, 1]}
    >>> effekt.outcome_count(data, unit="person", time="month", outcome="in_work").value
    3.0
    """
    measured = as_outcome(outcome)
    check_option("statistic", statistic, ("count", "sum", "share", "mean"))
    threshold = check_number("at_least", at_least)
    if statistic in ("sum", "mean") and threshold != 1:
        raise ArgumentError(f"`at_least` has no meaning with statistic={statistic!r}; leave it at 1.")
    limits = _limits(min_per_unit, max_per_unit, statistic)
    if len(measured.columns) > 1:
        raise ArgumentError("`outcome` must be one column, since a count has no denominator; name one column.")
    column = measured.columns[0]
    check_roles([("outcome", column), ("unit", unit), *([] if time is None else [("time", time)])])
    keys = (unit,) if time is None else (unit, time)
    rows = as_table(data).select(labels=(unit,), times=keys[1:], numbers=(column,), missing=missing)
    finer = ", or name the period or milestone with `time`" if time is None else ""
    if time is not None:
        refuse_mixed_times(rows, time)
    rows.refuse_repeats(keys, f"Remove the repeated rows{finer}.")
    refuse_codes(rows, column, limits[0] or 0)
    notes = refuse_total(rows, unit, time, column)
    values = rows.numbers[column]
    labels = rows.labels[unit]
    units = len(labels.names)
    return OutcomeMeasure(
        exact=_total(values, threshold, statistic, labels.codes, limits),
        statistic=statistic,
        outcome=measured,
        population=Text(
            en=f"{plural(units, 'unit')} in the data", sv=f"{units} {'enhet' if units == 1 else 'enheter'} i underlaget"
        ),
        method="outcome_count",
        sample=Sample(n_obs=len(rows), n_units=units, n_dropped=rows.n_dropped),
        arguments={
            "unit": unit,
            "outcome": {"column": measured.column, "unit": measured.unit, "better": measured.better},
            "time": time,
            "statistic": statistic,
            "at_least": _decimal(threshold),
            "min_per_unit": None if limits[0] is None else _decimal(limits[0]),
            "max_per_unit": None if limits[1] is None else _decimal(limits[1]),
            "missing": missing,
        },
        notes=notes,
    )


def _decimal(number: float) -> str:
    """A number as a contract writes it: never 1e-07."""
    return f"{Decimal(repr(number)).normalize():f}"


_Limits: TypeAlias = tuple[float | None, float | None]
"""The least and the most that one unit counts for."""


def _limits(least: float | None, most: float | None, statistic: MeasureStatistic) -> _Limits:
    """The limits of a unit, where they mean something."""
    low = None if least is None else check_number("min_per_unit", least)
    high = None if most is None else check_number("max_per_unit", most)
    for name, limit in (("min_per_unit", low), ("max_per_unit", high)):
        if limit is not None and statistic in ("share", "mean"):
            raise ArgumentError(
                f"`{name}` has no meaning with statistic={statistic!r}, which is over rows; leave it out."
            )
        if limit is not None and limit < 0 and statistic == "count":
            raise ArgumentError(f"`{name}` must be at least 0, since no count is below it; got {_decimal(limit)}.")
    if low is not None and high is not None and low > high:
        raise ArgumentError(f"`min_per_unit` must be at most `max_per_unit`, {_decimal(high)}; got {_decimal(low)}.")
    return low, high


def _total(
    values: FloatArray, threshold: float, statistic: MeasureStatistic, units: IntArray, limits: _Limits
) -> Fraction:
    """The statistic as an exact fraction."""
    if statistic in ("count", "share"):
        integers, scale = (values >= threshold).astype(int).tolist(), 1
    else:
        integers, scale = scaled_integers(values)
    total = Fraction(sum(integers), scale)
    if limits != (None, None):
        return _limited(integers, scale, units, limits)
    return total / len(values) if statistic in ("share", "mean") else total


def _limited(integers: list[int], scale: int, units: IntArray, limits: _Limits) -> Fraction:
    """The sum of what each unit counts for, within its limits."""
    of_each: dict[int, int] = {}
    for unit, integer in zip(units.tolist(), integers, strict=True):
        of_each[unit] = of_each.get(unit, 0) + integer
    low, high = (None if limit is None else Fraction(repr(limit)) for limit in limits)
    total = Fraction(0)
    for whole in of_each.values():
        count = Fraction(whole, scale)
        count = count if high is None else min(count, high)
        total += count if low is None else max(count, low)
    return total
