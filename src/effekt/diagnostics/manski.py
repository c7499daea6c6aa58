"""Worst-case bounds: how far the effect could lie whoever is missing, within a declared range of the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from effekt._text import Text
from effekt._types import BoolArray, FloatArray, Number
from effekt._validation import check_decimal, check_flag, check_level, check_number
from effekt.diagnostics._outcome_bounds import (
    Arm,
    Bound,
    as_assigned,
    bound_values,
    bounds_statement,
    no_variation,
    read_arms,
    seen_values,
    status,
    table,
    welch,
)
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic


def manski_bounds(
    outcome: Sequence[float] | FloatArray,
    treatment: Sequence[int] | FloatArray | BoolArray,
    *,
    low: float,
    high: float,
    threshold: Number = 0.0,
    clustered: bool = False,
    level: float = 0.95,
) -> Diagnostic:
    """How far the effect could lie whoever is missing: the worst case within a declared range of the outcome.

    Parameters
    ----------
    outcome : (n,) array
        In the outcome's unit, one row for each assigned unit; NaN where it is missing.
    treatment : (n,) array
        1 treated, 0 control, as assigned.
    low, high : float
        Smallest and largest possible outcome, declared and not read from the data.
    threshold : float, str or Decimal
        Effect, in the outcome's unit, that the bounds are told against; by default no effect.
    clustered : bool
        Whether whole groups were assigned: the bounds then have no standard errors and no interval.
    level : float
        Of the interval for the effect.

    Returns
    -------
    Diagnostic
        "warning" when the threshold lies within the bounds or the interval; else "ok". Values and table as
        `lee_bounds`, without the trimming, with `low` and `high`.

    Raises
    ------
    ArgumentError
        For arrays of different length, an empty arm, fewer than two outcomes seen in an arm, low ≥ high, or an outcome
        outside the range.

    Notes
    -----
    The effect is that among all who were assigned. Assumes random assignment and the range, and nothing of who is
    missing. The lower bound gives every missing treated unit `low` and every missing control `high`; the upper bound
    the reverse. Standard errors are Welch's of the outcomes so completed, units assigned one by one, and the interval
    is that of Imbens & Manski (2004), as in `lee_bounds`, cut at the largest difference in the range, high − low.

    References
    ----------
    Horowitz, J. L. & Manski, C. F. (2000). Nonparametric analysis of randomized experiments with missing covariate and
    outcome data. *Journal of the American Statistical Association* 95(449), 77–84.
    doi:10.1080/01621459.2000.10473902

    Imbens, G. W. & Manski, C. F. (2004). Confidence intervals for partially identified parameters. *Econometrica*
    72(6), 1845–1857. doi:10.1111/j.1468-0262.2004.00555.x

    Examples
    --------
    >>> nan = float("nan")
    >>> found = manski_bounds([1, 1, 0, nan, 0, 0, 1, nan], [1, 1, 1, 1, 0, 0, 0, 0], low=0, high=1)
    >>> found.values["lower"], found.values["upper"]
    (0.0, 0.5)
    """
    check_flag("clustered", clustered)
    treated, control = read_arms(outcome, treatment)
    least, most = check_number("low", low), check_number("high", high)
    if least >= most:
        raise ArgumentError(f"`low` must be below `high`; got {low!r} and {high!r}.")
    everyone = np.asarray(outcome, dtype=float)
    outside = (everyone < least) | (everyone > most)
    if outside.any():
        raise ArgumentError(
            f"`outcome` must lie from `low` to `high`, {least:g} to {most:g}; the first row that does not is row "
            f"{int(np.argmax(outside)) + 1}. Declare the range of the measure, not of these data."
        )
    threshold, alpha = check_decimal("threshold", threshold), check_level(level)
    found = [
        welch(_completed(treated, ends[0]), _completed(control, ends[1])) for ends in ((least, most), (most, least))
    ]
    bounds = as_assigned(found, clustered=clustered)
    values = bound_values(bounds, threshold, alpha) | {"low": least, "high": most, **seen_values(treated, control)}
    values |= _within(values, most - least)
    return Diagnostic(
        name="manski_bounds",
        status=status(values),
        statement=bounds_statement(values, *_MANSKI, no_variation=no_variation(found)),
        values=values,
        table=table(bounds),
    )


def manski_of_design(
    outcome: FloatArray,
    treatment: BoolArray,
    bounds: Sequence[Bound],
    *,
    low: float,
    high: float,
    interval: tuple[float, float] | None,
    estimand: str,
    population: Text | None = None,
    level: float = 0.95,
) -> Diagnostic:
    """`manski_bounds` of a design whose own estimator was applied to outcomes with the ends of the range written in.

    Parameters
    ----------
    outcome : (n,) array
        NaN where it is missing.
    treatment : (n,) bool array
    bounds : the lower and the upper one
    low, high : float
        Smallest and largest possible outcome.
    interval : (float, float), optional
        From the lower limit of the lower bound's interval to the upper limit of the upper bound's, where both have one.
    estimand : str
        "ATE", or "ATT", which is about the treated alone.
    population : Text, optional
        Among whom the effect is, where it is not among those assigned.
    level : float
        Of these intervals.

    Returns
    -------
    Diagnostic
    """
    seen = ~np.isnan(outcome)
    arms = [Arm(seen=outcome[seen & rows], assigned=int(rows.sum())) for rows in (treatment, ~treatment)]
    values = bound_values(bounds, 0.0, check_level(level), interval) | {"low": low, "high": high, **seen_values(*arms)}
    values |= _within(values, high - low)
    return Diagnostic(
        name="manski_bounds",
        status=status(values),
        statement=bounds_statement(values, population or (_TREATED if estimand == "ATT" else _MANSKI[0]), _MANSKI[1]),
        values=values,
        table=table(bounds),
    )


def _within(values: Mapping[str, Any], most: float) -> dict[str, float]:
    """The ends of the interval, cut at the largest difference that two means in the range can have."""
    ends = {name: values[name] for name in ("conf_low", "conf_high") if values[name] is not None}
    return {name: min(max(end, -most), most) for name, end in ends.items()}


def _completed(arm: Arm, value: float) -> FloatArray:
    return np.concatenate([arm.seen, np.full(arm.assigned - len(arm.seen), value)])


_MANSKI = (
    Text(en="among all who were assigned", sv="bland alla som tilldelades en grupp"),
    Text(
        en="whoever is missing, within the range of the outcome",
        sv="vilka som än saknas, inom utfallets spann",
    ),
)
_TREATED = Text(en="among all who were assigned to treatment", sv="bland alla som tilldelades behandling")
