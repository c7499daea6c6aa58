"""Units that achieved an outcome: what a rate card pays on, with no counterfactual by design."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np

from effekt._exact import scaled_integers
from effekt._text import Text
from effekt._types import FloatArray, Missing, Table
from effekt._validation import check_number, check_option, plural
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
    missing : {"raise", "drop"}
        What to do with rows that lack a used value.

    Returns
    -------
    OutcomeMeasure
        An exact fraction, labelled *outcome, not effect*: nothing is said of what would have happened anyway.

    Raises
    ------
    DataError
        When a unit (or unit and period) stands twice: an outcome is paid once.
    ArgumentError
        For an option that breaks its rule.

    Notes
    -----
    Assumes nothing but that the rows are right; attribution to the intervention is agreed, not estimated.

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
    if len(measured.columns) > 1:
        raise ArgumentError("`outcome` must be one column, since a count has no denominator; name one column.")
    column = measured.columns[0]
    keys = (unit,) if time is None else (unit, time)
    rows = as_table(data).select(labels=(unit,), times=keys[1:], numbers=(column,), missing=missing)
    rows.refuse_repeats(keys, "Remove the repeated rows, or name the period or milestone with `time`.")
    values = rows.numbers[column]
    achieved = int(np.count_nonzero(values >= threshold))
    units = len(rows.labels[unit].names)
    return OutcomeMeasure(
        exact=_total(values, achieved, statistic),
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
            "at_least": f"{Decimal(repr(threshold)).normalize():f}",
            "missing": missing,
        },
    )


def _total(values: FloatArray, achieved: int, statistic: MeasureStatistic) -> Fraction:
    """The statistic as an exact fraction."""
    integers, scale = scaled_integers(values)
    total = Fraction(achieved) if statistic in ("count", "share") else Fraction(sum(integers), scale)
    return total / len(values) if statistic in ("share", "mean") else total
