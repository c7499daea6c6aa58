"""Checks that are asked for by name: other reference windows, earlier years, and what the level foretells."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np

from effekt._calendar import PARTS, Window, period_label
from effekt._inference import Inference
from effekt._validation import check_option
from effekt.diagnostics import baseline_choice, placebo_in_time, regression_to_mean
from effekt.diagnostics._arrays import check_between
from effekt.estimators.trend.block_bootstrap import Redrawing
from effekt.estimators.trend.choice import each_inference
from effekt.estimators.trend.comparison import Comparison, Design, relative_change
from effekt.estimators.trend.inference import TrendInference
from effekt.estimators.trend.own_unit import Series
from effekt.estimators.trend.spans import left_out, span_of
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic

TrendCheck: TypeAlias = Literal["regression_to_mean", "baseline_choice", "placebo_in_time", "inference_choice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One comparison as declared, and what it found."""

    design: Design
    treated: tuple[str, ...]
    comparator: tuple[str, ...]
    found: Comparison
    placebos: tuple[Comparison, ...]
    excluded: Sequence[tuple[object, object]]
    same_months: bool
    threshold: float | None
    series: Series | None = None
    inference: TrendInference = "placebo"
    by: Inference | None = None
    how: Redrawing | None = None


def check_checks(
    checks: object, threshold: float | None, adjustment: str, inference: str, better: str | None, *, look: bool = False
) -> None:
    """Refuse checks that are not there or that the design cannot have, and a threshold that none would use."""
    if not isinstance(checks, (tuple, list)):
        raise ArgumentError(f"`checks` must be a list such as ['baseline_choice']; got {checks!r}.")
    for one in checks:
        check_option("checks", one, get_args(TrendCheck))
    if threshold is not None and not checks and not look:
        raise ArgumentError("`threshold` must be None without `checks`, which are all that use it; name a check.")
    if threshold is not None:
        check_between("threshold", threshold, 0, 1)
    if threshold is not None and better == "higher":
        raise ArgumentError(
            "`threshold` must be None where more is better, since the checks count reductions; leave it out."
        )
    if threshold is not None and not look and adjustment == "difference" and set(checks) == {"regression_to_mean"}:
        raise ArgumentError(
            "`threshold` must be None when 'regression_to_mean' is the only check and adjustment='difference', whose "
            "line is in the outcome's unit; leave it out, or choose adjustment='ratio'."
        )
    if threshold is not None and not look and set(checks) == {"inference_choice"}:
        raise ArgumentError(
            "`threshold` must be None when 'inference_choice' is the only check, which asks about no effect; leave it "
            "out."
        )
    if "inference_choice" in checks and adjustment == "none":
        raise ArgumentError(
            "`checks` can hold 'inference_choice' only with an adjustment, as a before–after comparison has no "
            "inference."
        )
    if "regression_to_mean" in checks and (adjustment == "none" or inference != "placebo"):
        raise ArgumentError(
            "`checks` can hold 'regression_to_mean' only with inference='placebo' and an adjustment, as it compares "
            "with units that had no intervention."
        )


def further_checks(case: Case, checks: Sequence[TrendCheck]) -> tuple[Diagnostic, ...]:
    """The checks asked for, in the order of their names' list."""
    made: dict[str, Callable[[Case], Diagnostic]] = {
        "regression_to_mean": _regression_to_mean,
        "baseline_choice": _baseline_choice,
        "placebo_in_time": _placebo_in_time,
        "inference_choice": _inference_choice,
    }
    return tuple(made[name](case) for name in get_args(TrendCheck) if name in checks)


def _regression_to_mean(case: Case) -> Diagnostic:
    if not case.placebos:
        raise ArgumentError(
            "`checks` can hold 'regression_to_mean' only where some unit can serve as placebo; there is none. Add "
            "units without the intervention, or leave the check out."
        )
    adjustment = case.design.adjustment
    return regression_to_mean(
        errors=np.array([_error(one, adjustment) for one in case.placebos]),
        levels=np.array([float(one.reference) for one in case.placebos]),
        effect=_error(case.found, adjustment),
        level=float(case.found.reference),
        scale="log" if adjustment == "ratio" else "linear",
        threshold=case.threshold if adjustment == "ratio" else None,
    )


def _inference_choice(case: Case) -> Diagnostic:
    return each_inference(
        case.design,
        case.treated,
        case.comparator,
        case.found,
        series=case.series,
        declared=case.inference,
        by=case.by,
        how=case.how,
    )


def _error(found: Comparison, adjustment: str) -> float:
    if adjustment == "ratio":
        return math.log1p(found.evaluation / found.counterfactual("ratio") - 1)
    return float(found.evaluation - found.counterfactual("difference"))


def _baseline_choice(case: Case) -> Diagnostic:
    """Every reference of whole years more or fewer, or earlier or later, that ends before the evaluation begins."""
    declared, period = case.design.reference.window, case.design.panel.period
    step, first = _year(case)
    found: dict[str, float] = {}
    for start in range(
        declared.first - (declared.first - first) // step * step, case.design.evaluation.window.first, step
    ):
        for end in range(start + (declared.last - declared.first) % step, case.design.evaluation.window.first, step):
            window = Window(first=start, last=end, period=period)
            relative = _relative(case, window, case.design.evaluation.window)
            if relative is not None:
                found[_label(window)] = relative
    if _label(declared) not in found:
        raise DataError(
            "The counterfactual must be above zero for checks=['baseline_choice'], which compares relative changes, "
            "and it is not. Leave the check out."
        )
    return baseline_choice(
        relative=np.array(list(found.values())),
        labels=tuple(found),
        declared=_label(declared),
        threshold=case.threshold,
    )


def _placebo_in_time(case: Case) -> Diagnostic:
    """Both windows moved back by whole years, the evaluation to before the true one begins."""
    reference, evaluation = case.design.reference.window, case.design.evaluation.window
    step, first = _year(case)
    declared = relative_change(case.design, case.found)
    if declared is None:
        raise DataError(
            "The counterfactual must be above zero for checks=['placebo_in_time'], which compares relative changes, "
            "and it is not. Leave the check out."
        )
    found: dict[str, float] = {}
    for back in range(step, reference.first - first + 1, step):
        if evaluation.last - back >= evaluation.first:
            continue
        moved = [
            Window(first=one.first - back, last=one.last - back, period=one.period) for one in (reference, evaluation)
        ]
        relative = _relative(case, moved[0], moved[1])
        if relative is not None:
            found[_label(moved[1])] = relative
    return placebo_in_time(
        relative=np.array(list(found.values())), labels=tuple(found), declared=declared, threshold=case.threshold
    )


def _year(case: Case) -> tuple[int, int]:
    """How many periods a year has, and the first period of the treated units."""
    own = (t for unit, t in case.design.panel.numerators if unit in case.treated)
    return PARTS[case.design.panel.period], min(own)


def _relative(case: Case, reference: Window, evaluation: Window) -> float | None:
    """The relative change with these windows; None where the data are incomplete or the figure has no meaning."""
    out = left_out(case.excluded, case.design.panel.period)
    spans = span_of(reference, evaluation, out, case.same_months)
    if spans is None:
        return None
    design = replace(case.design, reference=spans[0], evaluation=spans[1])
    units = (*case.treated, *case.comparator)
    if any(design.panel.missing(units, span.times) for span in spans):
        return None
    try:
        return relative_change(design, design.compare(case.treated, case.comparator))
    except DataError:  # a mean of ratios has none
        return None


def _label(window: Window) -> str:
    ends = [period_label(t, window.period) for t in (window.first, window.last)]
    return ends[0] if ends[0] == ends[1] else "–".join(ends)
