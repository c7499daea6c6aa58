"""Worst cases of missing outcomes for comparisons without a lot: the estimator with the ends of the range written in.

Every missing treated outcome at one end and every missing control's at the other: where the estimator weighs outcomes
by numbers of at least zero (matches and weightings) nothing else could give more or less; where it does not (regression
and weighting together) these are consistent for the bounds of the effect among all whose covariates are known
(Horowitz & Manski 2000, doi:10.1080/01621459.2000.10473902).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from effekt._inference import Inference, Means, StudentT
from effekt._text import Text
from effekt._types import BoolArray, FloatArray
from effekt._validation import check_decimal
from effekt.diagnostics._outcome_bounds import Bound
from effekt.diagnostics.manski import manski_of_design
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic, Note
from effekt.tables import Selection, Table

ALPHA = Fraction(1, 20)
Compared = Callable[[FloatArray], tuple[Means, Inference | None]]

NOT_TOLD = Note(
    code="no_worst_case",
    text=Text(
        en="How far the effect could lie whatever the missing outcomes are is not told, since that needs the smallest "
        "and largest possible outcome; declare them in `outcome_range`.",
        sv="Hur långt bort effekten kan ligga vilka utfall som än saknas sägs inte, eftersom det kräver det minsta och "
        "det största möjliga utfallet; ange dem i `outcome_range`.",
    ),
)
ADJUSTED = Note(
    code="no_worst_case",
    text=Text(
        en="How far the effect could lie whatever the missing outcomes are is not told with `bias_adjustment` or "
        "`covariates`, whose regression would take the outcomes written in for measured ones; leave it out to be told.",
        sv="Hur långt bort effekten kan ligga vilka utfall som än saknas sägs inte med `bias_adjustment` eller "
        "`covariates`, vars regression skulle ta de inskrivna utfallen för uppmätta; utelämna det för att få veta.",
    ),
)


def check_range(outcome_range: Any) -> tuple[float, float] | None:
    """The smallest and the largest possible outcome."""
    if outcome_range is None:
        return None
    if isinstance(outcome_range, (str, bytes)) or not isinstance(outcome_range, Sequence) or len(outcome_range) != 2:
        raise ArgumentError(
            "`outcome_range` must be the smallest and the largest outcome that is possible, such as (0, 12); got "
            f"{outcome_range!r}."
        )
    low, high = (check_decimal("outcome_range", end) for end in outcome_range)
    if low >= high:
        raise ArgumentError(f"`outcome_range` must go from a smaller to a larger number; got {outcome_range!r}.")
    return low, high


def range_of(values: FloatArray, outcome_range: tuple[float, float] | None) -> tuple[float, float] | None:
    """The declared range or, where all that are seen are 0 or 1, these; none else."""
    seen = values[~np.isnan(values)]
    shares = bool(len(seen)) and bool(np.all((seen == 0) | (seen == 1)))
    return outcome_range or ((0.0, 1.0) if shares else None)


def refuse_outside(rows: Selection, name: str, outcome_range: tuple[float, float] | None) -> None:
    """Stop when an outcome lies outside the range that is declared to hold all that are possible."""
    if outcome_range is None:
        return
    low, high = outcome_range
    rows.refuse(
        (rows.numbers[name] < low) | (rows.numbers[name] > high),
        name,
        f"must hold outcomes from {low:g} to {high:g}, as `outcome_range` says",
        "Declare the range of the measure, not of these data.",
    )


def refuse_any_outside(table: Table, name: str, outcome_range: tuple[float, float] | None) -> None:
    """The same of every row of a table that has an outcome."""
    if outcome_range is not None:
        refuse_outside(table.select(numbers=(name,), missing="drop"), name, outcome_range)


def worst_case(
    values: FloatArray, treated: BoolArray, ends: tuple[float, float], compared: Compared, population: Text
) -> Diagnostic:
    """Bounds of the effect by the comparison's own estimator.

    Parameters
    ----------
    values : (n,) array
        Outcomes of all who are compared where none is missing; NaN where it is.
    treated : (n,) bool array
    ends : (low, high)
    compared : callable
        Means and inference by outcomes without a gap; None for the latter where there is none for everybody.
    population : Text
        Among whom the effect is.
    """
    found = []
    for first, second in (ends, ends[::-1]):
        found.append(compared(np.where(np.isnan(values), np.where(treated, first, second), values)))
    known = all(isinstance(inference, StudentT) for _, inference in found)
    bounds, limits = [], []
    for means, inference in found:
        error = None
        if known and isinstance(inference, StudentT):
            error = math.sqrt(max(0.0, inference.of_difference()[0]))
            limits.append(inference.confidence_set(means, "difference", ALPHA, "two-sided").intervals[0])
        bounds.append(Bound(treated=means.treated, control=means.counterfactual, std_error=error))
    return manski_of_design(
        values,
        treated,
        bounds,
        low=ends[0],
        high=ends[1],
        interval=(limits[0][0], limits[1][1]) if known else None,
        estimand="",
        population=population,
    )
