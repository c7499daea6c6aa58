"""How much of the comparator is of named units that run the programme too, as the data of the reference have it.

A ratio of means is moved by their part of the comparator's outcome, which is the comparator's mean with no outcome but
theirs, over its mean; a difference, or a mean of ratios, by their part of its weight. Of one published series they are
units beside it: their numerators over its own, or where it is the plain mean of J units their means over J times its.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from effekt.estimators.trend.case import Case
from effekt.estimators.trend.checks import known
from effekt.estimators.trend.comparison import Design
from effekt.estimators.trend.panel import Panel
from effekt.estimators.trend.standard import StandardPanel
from effekt.exceptions import ArgumentError, DataError

Of = Literal["outcome", "weight"]


def moved_by(design: Design) -> Of:
    """What part of the comparator moves the counterfactual."""
    return "outcome" if design.adjustment == "ratio" and design.trend != "mean_of_ratios" else "weight"


def share_of_named(case: Case, names: Sequence[str]) -> Fraction:
    """The share of the comparator's outcome, or of its weight, in the reference window that is of these units."""
    design, of = case.design, moved_by(case.design)
    if isinstance(design.panel, StandardPanel):
        raise ArgumentError(
            "`adopters` of the check 'spill_over' cannot be named with `standardize`, as their part of a mean over "
            "strata is another in each; give `share` instead."
        )
    units = known(names, "adopters", case.published.panel)
    wrong = [name for name in units if name in case.treated]
    if wrong:
        raise ArgumentError(
            f"`adopters` of the check 'spill_over' must not hold a treated unit; {wrong[0]!r} is treated. Leave it out."
        )
    share = _among(design, case.comparator, units, of) if len(case.comparator) > 1 else _in_series(case, units, of)
    if not 0 < share < 1:
        raise DataError(
            "The `adopters` of the check 'spill_over' must have a part of the comparator between 0 and 1, and they "
            f"have {float(share):g}. Name units that are part of it, and not all of it."
        )
    return share


def _among(design: Design, comparator: Sequence[str], units: Sequence[str], of: Of) -> Fraction:
    """Of units that are in the comparator."""
    outside = [name for name in units if name not in comparator]
    if outside:
        raise ArgumentError(
            f"`adopters` of the check 'spill_over' must be units of the comparator; {outside[0]!r} is none. Leave it "
            "out."
        )
    if of == "weight" and not design.weighted:
        return Fraction(len(units), len(comparator))
    panel = design.panel if of == "outcome" else _of_weights(design.panel)
    theirs = replace(panel, numerators={at: value if at[0] in units else 0 for at, value in panel.numerators.items()})
    whole, part = (_mean(design, one, comparator) for one in (panel, theirs))
    if not whole:
        raise DataError(
            "The comparator's outcome in the reference must be above zero for a part of it, and it is 0. Correct the "
            "data, or give the check 'spill_over' a `share` instead of `adopters`."
        )
    return part / whole


def _of_weights(panel: Panel) -> Panel:
    """Sums of denominators, each period counting as they are."""
    return replace(
        panel,
        numerators=panel.denominators,
        denominators=dict.fromkeys(panel.denominators, 1),
        mean="ratio_of_sums",
        scale=Fraction(1),
    )


def _mean(design: Design, panel: Panel, units: Sequence[str]) -> Fraction:
    means = panel.pooled if design.weighted else panel.mean_of_units
    return means(units, design.reference.times).fraction()


def _in_series(case: Case, units: Sequence[str], of: Of) -> Fraction:
    """Of units beside the one published series that holds them."""
    name, times, panel = case.comparator[0], case.design.reference.times, case.design.panel
    if name in units:
        raise ArgumentError(
            f"`adopters` of the check 'spill_over' must be units beside the series; {name!r} is the series. Leave it "
            "out."
        )
    lacking = panel.missing(units, times)
    if lacking:
        raise DataError(
            "The `adopters` of the check 'spill_over' must have a value in every period of the reference window; the "
            f"first they lack is {lacking[0]}. Complete the data, or give `share`."
        )
    if case.design.weighted:
        cells = panel.numerators if of == "outcome" else panel.denominators
        return Fraction(sum(cells[unit, t] for unit in units for t in times), sum(cells[name, t] for t in times))
    declared = None if case.series is None else case.series.units
    if declared is None:
        raise ArgumentError(
            "`series_units` must say how many units the series is the plain mean of for `adopters` of the check "
            "'spill_over'; with weights=None nothing else does. Declare `own_unit` and `series_units`, or give `share`."
        )
    count = declared - (len(case.treated) if case.series is not None and case.series.own_unit == "removed" else 0)
    if of == "weight":
        return Fraction(len(units), count)
    own = sum((panel.pooled((unit,), times).fraction() for unit in units), Fraction(0))
    return own / (count * panel.pooled((name,), times).fraction())
