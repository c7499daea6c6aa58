"""The placebo study: what the trend-adjusted comparison finds where there was no intervention."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

from effekt._types import PERIODS, Missing, Number, Period, Table
from effekt._validation import check_decimal, check_option
from effekt.estimators.trend.adopters import check_adopters, without_adopters
from effekt.estimators.trend.checks import (
    check_complete,
    check_panel_roles,
    check_positive_placebos,
    check_trend,
    check_weights,
    check_windows,
    first_row,
)
from effekt.estimators.trend.comparison import Design, Trend, distribution
from effekt.estimators.trend.panel import WindowMean
from effekt.estimators.trend.spans import check_spans
from effekt.estimators.trend.standard import Standard, check_standardize, check_strata, read_cells, with_standard
from effekt.estimators.trend.totals import refuse_totals
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic
from effekt.roles import Outcome, as_outcome


def placebo_study(
    data: Table,
    *,
    outcome: str | tuple[str, str] | Outcome,
    unit: str,
    time: str,
    period: Period,
    reference_window: tuple[Any, Any] | str,
    evaluation_window: tuple[Any, Any] | str,
    weights: Literal["denominator"] | None,
    adopters: str | int | Sequence[str | int] = (),
    adjustment: Literal["ratio", "difference"] = "ratio",
    trend: Trend = "ratio_of_means",
    mean: WindowMean = "ratio_of_sums",
    excluded: Sequence[tuple[Any, Any] | str] = (),
    same_months: bool = False,
    standardize: Sequence[str] = (),
    standard: Standard | None = None,
    threshold: Number | None = None,
    missing: Missing = "raise",
) -> Diagnostic:
    """What `trend_adjusted` finds in every unit, each as pseudo-treated against all the others.

    Parameters
    ----------
    data : table
        One row per unit and period; none of the units, but for `adopters`, had the intervention.
    outcome : str, (str, str) or Outcome
        A column, or (numerator, denominator); in the outcome's unit. Its `better` says which way is an improvement;
        unless said, less is better.
    unit, time : str
        Columns.
    period : {"month", "quarter", "tertial", "year", "season"}
        What one row covers.
    reference_window, evaluation_window : (first, last) or str
        Inclusive; or in words, as in `trend_adjusted`.
    weights : {"denominator"} or None
        Pool the others as a ratio of sums, or take their plain mean.
    adopters : label or list of labels
        Units that had the intervention or something like it: left out, as if the data did not have them.
    adjustment : {"ratio", "difference"}
        Reference × trend, or reference + change.
    trend : {"ratio_of_means", "mean_of_ratios", "mean_of_period_ratios"}
        Under "ratio": the ratio of the others' means; with ``weights=None`` the plain mean of their own ratios; or
        the plain mean, over the evaluation's periods, of a unit's mean to its counterfactual.
    mean : {"ratio_of_sums", "mean_of_periods"}
        A window's mean.
    excluded : list of (first, last) or str
        Periods left out of both windows.
    same_months : bool
        Weigh the reference's periods so that each month of the year counts there as in the evaluation window.
    standardize : list of str
        Columns of strata; every mean is then the strata's own means, weighted to `standard`, as in `trend_adjusted`.
    standard : list of mappings, optional
        The weight of every stratum; no unit is the treated one, whose composition it could be.
    threshold : float, str or Decimal, optional
        A reduction that pays, such as 0.12, or where more is better an increase: the share of units that reach it by
        luck is reported.
    missing : {"raise", "drop"}
        What to do with rows that lack a used value; a unit that then lacks a period of a window is refused.

    Returns
    -------
    Diagnostic
        As `effekt.diagnostics.placebo_distribution` says, with one row per unit in its table.

    Raises
    ------
    DataError
        For fewer than three units, a duplicated unit and period, or means that are not positive under "ratio".
    IncompleteWindowError
        When some unit lacks a period of a window, naming the periods.
    ArgumentError
        For an unknown option, windows that overlap, or a unit that is the sum or the mean of all others, or of all
        others but one.

    Examples
    --------
    >>> import effekt
    >>> study = effekt.placebo_study(
    ...     effekt.datasets.helsingborg(),
    ...     outcome="sick_leave_percent",
    ...     unit="municipality",
    ...     time="year",
    ...     period="year",
    ...     reference_window=(2014, 2015),
    ...     evaluation_window=(2016, 2018),
    ...     weights=None,
    ... )
    >>> round(study.values["sd_relative"], 4)
    0.0808
    """
    measured = as_outcome(outcome)
    check_panel_roles(measured, unit, time)
    check_option("adjustment", adjustment, ("ratio", "difference"))
    check_option("mean", mean, ("ratio_of_sums", "mean_of_periods"))
    check_option("period", period, PERIODS)
    check_weights(weights, measured)
    limit = None if threshold is None else check_decimal("threshold", threshold)
    if limit is not None and not 0 < limit < 1:
        raise ArgumentError(
            "`threshold` must be a reduction, or where more is better an increase, between 0 and 1, such as 0.12; got "
            f"{threshold!r}."
        )
    windows = check_windows(reference_window, evaluation_window, period)
    spans = check_spans(windows, excluded, same_months, period)
    strata = check_standardize(standardize, standard, measured, None, (unit, time))
    check_trend(trend, adjustment, weights, standardized=bool(strata))
    if strata and standard == "treated_reference":
        raise ArgumentError(
            "`standard` must be a list with the weight of every stratum in a placebo study, in which no unit is the "
            "treated one; got 'treated_reference'."
        )
    left_out = check_adopters(adopters, (), "others")
    kept = without_adopters(data, unit, left_out)
    panel, _ = read_cells(kept, measured, unit, time, period, mean, missing, (), strata, signed=adjustment != "ratio")
    panel = with_standard(panel, standard, (), spans[0])
    if len(panel.units) < 3:
        raise DataError(
            f"Column {unit!r} must name at least three units for a placebo study; it names {len(panel.units)}. Add "
            "units that had no intervention."
        )
    design = Design(
        panel=panel,
        reference=spans[0],
        evaluation=spans[1],
        weighted=weights == "denominator",
        adjustment=adjustment,
        trend=trend,
    )
    check_strata(design, (), panel.units, placebos=True)
    first = partial(first_row, data, unit)
    check_complete(design, {"every unit": panel.units}, first)
    rule = f"Column {unit!r} must not name a total of the units, which counts every one of them twice"
    everyone = partial(read_cells, data, measured, unit, time, period, mean, "drop", (), strata) if left_out else None
    remedy = "Leave its rows out."
    refuse_totals(design, panel.units, first, with_adopters=everyone, rule=rule, remedy=remedy, treated=None)
    found = design.compare_each(panel.units)
    check_positive_placebos(found, adjustment, "Use adjustment='difference'.")
    return distribution(found, adjustment, panel.units, limit, measured.better)
