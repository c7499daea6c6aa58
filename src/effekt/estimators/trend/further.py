"""Checks that are asked for by name: other reference windows, earlier years, and what the level foretells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

import numpy as np

from effekt._calendar import PARTS, Window, period_label
from effekt._text import Text
from effekt._types import Contrast
from effekt.diagnostics import baseline_choice, placebo_in_time, regression_to_mean
from effekt.estimators.trend.case import Asked, Case, TrendCheck
from effekt.estimators.trend.choice import beyond_the_line, each_inference
from effekt.estimators.trend.composition import composition_check
from effekt.estimators.trend.declared import (
    heaping_check,
    level_break_check,
    spill_over_check,
    substitution_check,
)
from effekt.estimators.trend.spans import left_out, span_of
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic


def further_checks(case: Case, checks: Sequence[Asked]) -> tuple[Diagnostic, ...]:
    """The checks asked for, in the order of their names' list; of one name as they were asked for."""
    made: dict[str, Callable[[Case, Asked], Diagnostic]] = {
        "regression_to_mean": lambda case, _: _regression_to_mean(case),
        "baseline_choice": lambda case, _: _baseline_choice(case),
        "placebo_in_time": lambda case, _: _placebo_in_time(case),
        "substitution": substitution_check,
        "level_break": level_break_check,
        "spill_over": spill_over_check,
        "heaping": heaping_check,
        "composition_change": lambda case, _: composition_check(case),
        "inference_choice": lambda case, _: _inference_choice(case),
    }
    once = [one for i, one in enumerate(checks) if one not in checks[:i]]
    return tuple(made[name](case, one) for name in get_args(TrendCheck) for one in once if one.name == name)


def _regression_to_mean(case: Case) -> Diagnostic:
    if not case.placebos:
        raise ArgumentError(
            "`checks` can hold 'regression_to_mean' only where some unit can serve as placebo; there is none. Add "
            "units without the intervention, or leave the check out."
        )
    adjustment = case.design.adjustment
    return regression_to_mean(
        errors=np.array([one.error(adjustment) for one in case.placebos]),
        levels=np.array([float(one.reference) for one in case.placebos]),
        effect=case.found.error(adjustment),
        level=float(case.found.reference),
        scale="log" if adjustment == "ratio" else "linear",
        threshold=case.threshold if adjustment == "ratio" else None,
        better=case.outcome.better or "lower",
    )


def _inference_choice(case: Case) -> Diagnostic:
    if case.line is not None:
        contrast: Contrast = "ratio" if case.design.adjustment == "ratio" else "difference"
        return beyond_the_line(case.found, case.line, contrast, case.inference)
    return each_inference(
        case.design,
        case.treated,
        case.comparator,
        case.found,
        series=case.series,
        declared=case.inference,
        by=case.by,
        how=case.how,
        groups=case.groups,
    )


def _baseline_choice(case: Case) -> Diagnostic:
    """Every reference of whole years more or fewer, or earlier or later, that ends before the evaluation begins."""
    declared, period = case.design.reference.window, case.design.panel.period
    step, first = _year(case)
    tried = _Tried(case=case)
    for start in range(
        declared.first - (declared.first - first) // step * step, case.design.evaluation.window.first, step
    ):
        for end in range(start + (declared.last - declared.first) % step, case.design.evaluation.window.first, step):
            window = Window(first=start, last=end, period=period)
            tried.read(_label(window), window, case.design.evaluation.window)
    if _label(declared) not in tried.found:
        return Diagnostic(name="baseline_choice", status="information", statement=_NO_WINDOWS)
    check = baseline_choice(
        relative=np.array(list(tried.found.values())),
        treated=np.array([tried.treated[label] for label in tried.found]) if tried.treated else None,
        labels=tuple(tried.found),
        declared=_label(declared),
        threshold=case.threshold,
        better=case.outcome.better or "lower",
    )
    return tried.told(check)


def _placebo_in_time(case: Case) -> Diagnostic:
    """Both windows moved back by whole years, the evaluation to before the true one begins."""
    reference, evaluation = case.design.reference.window, case.design.evaluation.window
    step, first = _year(case)
    declared, _ = case.readings.relative(case.design)
    if declared is None:
        return Diagnostic(name="placebo_in_time", status="information", statement=_NO_YEARS)
    tried = _Tried(case=case)
    for back in range(step, reference.first - first + 1, step):
        if evaluation.last - back >= evaluation.first:
            continue
        moved = [
            Window(first=one.first - back, last=one.last - back, period=one.period) for one in (reference, evaluation)
        ]
        tried.read(_label(moved[1]), moved[0], moved[1])
    check = placebo_in_time(
        relative=np.array(list(tried.found.values())),
        labels=tuple(tried.found),
        declared=declared,
        threshold=case.threshold,
        better=case.outcome.better or "lower",
    )
    return tried.told(check)


def _year(case: Case) -> tuple[int, int]:
    """How many periods a year has, and the first period of the treated units."""
    own = (t for unit, t in case.design.panel.numerators if unit in case.treated)
    return PARTS[case.design.panel.period], min(own)


@dataclass(slots=True, kw_only=True)
class _Tried:
    """The relative changes that other windows give, and how many windows give none though their data are complete.

    `treated` are the means of the treated, where these move with the window.
    """

    case: Case
    found: dict[str, float] = field(default_factory=dict)
    treated: dict[str, float] = field(default_factory=dict)
    not_drawn: int = 0
    without_strata: int = 0
    no_change: int = 0

    def read(self, label: str, reference: Window, evaluation: Window) -> None:
        """Take one pair of windows, where the data are complete."""
        out = left_out(self.case.excluded, self.case.design.panel.period)
        spans = span_of(reference, evaluation, out, self.case.same_months)
        if spans is None:
            return
        reading = self.case.readings.over(self.case.design, spans)
        if reading is None:
            return
        if reading.relative is not None:
            self.found[label] = reading.relative
        if reading.treated is not None:
            self.treated[label] = reading.treated
        self.not_drawn += reading.lacks == "line"
        self.without_strata += reading.lacks == "strata"
        self.no_change += reading.lacks == "change"

    def told(self, check: Diagnostic) -> Diagnostic:
        """The check, which says how many give none."""
        check = self.case.readings.told(check, self.not_drawn, self.without_strata)
        if not self.no_change:
            return check
        statement = Text(
            en=f"{check.statement.en} For {self.no_change} more there is no relative change: a mean that it rests on "
            "is not above zero, or has no value.",
            sv=f"{check.statement.sv} För ytterligare {self.no_change} finns ingen relativ förändring: ett medelvärde "
            "som den vilar på är inte över noll, eller saknar värde.",
        )
        return replace(check, statement=statement, values={**check.values, "n_without_change": self.no_change})


_NO_WINDOWS = Text(
    en="The counterfactual is not above zero, so there is no relative change to give under other reference windows.",
    sv="Det kontrafaktiska värdet är inte över noll, så det finns ingen relativ förändring att ange med andra "
    "referensfönster.",
)
_NO_YEARS = Text(
    en="The counterfactual is not above zero, so there is no relative change to hold against those of earlier years.",
    sv="Det kontrafaktiska värdet är inte över noll, så det finns ingen relativ förändring att ställa mot dem i "
    "tidigare år.",
)


def _label(window: Window) -> str:
    ends = [period_label(t, window.period) for t in (window.first, window.last)]
    return ends[0] if ends[0] == ends[1] else "–".join(ends)
