"""Checks that are told what to look at: another outcome, a date, a share of the comparator."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Literal

import numpy as np

from effekt._calendar import Window, period_label
from effekt._text import Text
from effekt._validation import plural
from effekt.diagnostics import heaping, level_break, spill_over, substitution
from effekt.diagnostics.level_break import no_level_break
from effekt.diagnostics.substitution import no_substitution, without_rank
from effekt.estimators.trend.case import Asked, Case, adopters_of, at_of, lengths_of, share_of, window_of
from effekt.estimators.trend.checks import check_complete, check_positive
from effekt.estimators.trend.comparison import Comparison, Design
from effekt.estimators.trend.inference import find_placebos
from effekt.estimators.trend.own_unit import without_treated
from effekt.estimators.trend.panel import Panel
from effekt.estimators.trend.readings import Reading
from effekt.estimators.trend.runs_it_too import moved_by, share_of_named
from effekt.estimators.trend.spans import Span, left_out, span_of
from effekt.estimators.trend.standard import check_strata
from effekt.exceptions import DataError
from effekt.result import Diagnostic
from effekt.roles import as_outcome


def spill_over_check(case: Case, asked: Asked) -> Diagnostic:
    """The figure against a comparator without the share that runs the same programme.

    A ratio of means is moved by those units' part of its outcome; a difference, or a mean of ratios, by their weight.
    """
    names = adopters_of(asked)
    return spill_over(
        treated=float(case.found.evaluation),
        counterfactual=float(case.found.counterfactual(case.design.adjustment)),
        share=share_of(asked) if names is None else float(share_of_named(case, names)),
        of=moved_by(case.design),
    )


def heaping_check(case: Case, asked: Asked) -> Diagnostic:
    """Ended spells of the treated units by length, within the evaluation window; beside it those of the reference."""
    columns = lengths_of(asked)
    spans = (case.design.evaluation, case.design.reference)
    counted: list[list[int]] = [[], []]
    for name, days in columns.items():
        cells = case.count(name)
        for found, span in zip(counted, spans, strict=True):
            found += [days] * sum(cells.get((unit, time), 0) for unit in case.treated for time in span.times)
    at, width = list(columns.values())[len(columns) // 2], len(columns) // 2
    after, before = (heaping(np.array(found, int), at=at, width=width) for found in counted)
    return replace(
        after,
        statement=Text(
            en=f"The treated units in the evaluation window: {after.statement.en} In the reference window: "
            f"{before.statement.en}",
            sv=f"De behandlade enheterna i utvärderingsfönstret: {after.statement.sv} I referensfönstret: "
            f"{before.statement.sv}",
        ),
        values={**after.values, "reference_count": before.values["count"], "reference_ratio": before.values["ratio"]},
        table={**(after.table or {}), "spells_reference": (before.table or {})["spells"]},
    )


# ------------------------------------------------------------------------------------------------ another outcome


def substitution_check(case: Case, asked: Asked) -> Diagnostic:
    """The same comparison of another outcome over the same denominators, and the same in every placebo unit."""
    other = as_outcome(asked.options["outcome"])
    includes = asked.options.get("includes", False)
    adjustment = case.design.adjustment
    try:
        design = _design_of_other(case, asked)
        if includes:
            _check_total(case, design, asked)
        found = _compared(case, design)
        if found is None:
            return no_substitution(outcome=case.outcome.name, other=other.name)
        placebos = _placebos(case, design)
    except DataError as error:
        raise DataError(f"checks: substitution, {other.name}: {error}") from None
    elsewhere = [
        float(_elsewhere(one, also, includes, adjustment))
        for one, also in zip(case.placebos, placebos or (), strict=placebos is not None)
    ]
    check = substitution(
        outcome=case.outcome.name,
        other=other.name,
        effect=_effect(case.found, adjustment),
        counterfactual=float(case.found.counterfactual(adjustment)),
        other_effect=_effect(found, adjustment),
        includes=includes,
        placebos=np.array(elsewhere),
        relative=adjustment == "ratio",
        better=case.outcome.better,
    )
    return check if placebos is not None else without_rank(check, other.name)


def _compared(case: Case, design: Design) -> Comparison | None:
    """What is found of the other outcome; None where a mean it divides by, or takes the ratio of, is not above zero."""
    try:
        found = design.compare(case.treated, case.comparator)
        check_positive(found, design.adjustment)
    except DataError:
        if design.adjustment != "ratio":
            raise
        return None
    return found


def _placebos(case: Case, design: Design) -> tuple[Comparison, ...] | None:
    """The same of the placebo units; None where such a mean of one of them is not above zero."""
    if not case.placebos:
        return ()
    try:
        placebos = find_placebos(design, case.treated, case.comparator, case.series)
    except DataError:
        if design.adjustment != "ratio":
            raise
        return None
    if len(placebos) != len(case.placebos):
        raise DataError("The placebo units must have a value in every period of the windows. Complete the data.")
    return placebos


def _design_of_other(case: Case, asked: Asked) -> Design:
    """The declared design with the other outcome's cells; the treated taken out of the series as they were."""
    design = replace(case.published, panel=case.read(as_outcome(asked.options["outcome"])))
    if set(design.panel.units) != set(case.published.panel.units):
        raise DataError("The units that have a value must be those of the paying outcome. Complete the data.")
    check_strata(design, case.treated, case.comparator, placebos=bool(case.placebos))
    check_complete(design, {"the treated units": case.treated, "the comparator": case.comparator}, case.first)
    if case.series is not None and case.series.own_unit == "removed":
        return without_treated(design, case.series, case.treated)
    return design


def _check_total(case: Case, design: Design, asked: Asked) -> None:
    """Refuse a total that is less than its part, which the two outcomes' swap would give."""
    paying, other = case.published.panel, case.read(as_outcome(asked.options["outcome"]))
    units = {*case.treated, *case.comparator}
    times = {*design.reference.times, *design.evaluation.times}
    cells = [at for at in paying.numerators if at[0] in units and at[1] in times]
    less = sum(_value(other, at) < _value(paying, at) or _value(paying, at) < 0 for at in cells)
    if less:
        raise DataError(
            f"With includes=True the outcome must be a total that holds {case.outcome.name}, nowhere less; it is less "
            f"in {less} of {plural(len(cells), 'unit-period')}. Name the total, or leave `includes` out."
        )


def _value(panel: Panel, at: tuple[str, int]) -> Fraction:
    below = panel.denominators[at]
    return Fraction(panel.numerators[at], below) * panel.scale if below else Fraction(0)


def _effect(found: Comparison, adjustment: Literal["ratio", "difference", "none"]) -> float:
    return float(found.evaluation - found.counterfactual(adjustment))


def _elsewhere(
    paying: Comparison, other: Comparison, includes: bool, adjustment: Literal["ratio", "difference", "none"]
) -> float:
    """The change elsewhere, under "ratio" over the paying outcome's counterfactual."""
    base = paying.counterfactual(adjustment)
    moved = other.evaluation - other.counterfactual(adjustment)
    if includes:
        moved -= paying.evaluation - base
    return float(moved / base) if adjustment == "ratio" else float(moved)


# ------------------------------------------------------------------------------------------------ a declared date


def level_break_check(case: Case, asked: Asked) -> Diagnostic:
    """The same comparison within one window, from the periods before the date to those from it on.

    The former are its reference, from which a standard population that is the treated units' own is taken. Months are
    not matched, as a part of a year lacks some: the season that units share goes out with the comparator.
    """
    period = case.design.panel.period
    at = at_of(asked, period)
    if at > case.design.evaluation.window.last:  # a look before the evaluation is over
        return no_level_break(at=period_label(at, period), window="evaluation")
    which = window_of(at, case.design.reference.window, case.design.evaluation.window)
    window = getattr(case.design, which).window
    parts = (
        Window(first=window.first, last=at - 1, period=period),
        Window(first=at, last=window.last, period=period),
    )
    spans = _split(case, parts, same_months=False)
    if spans is None:
        return no_level_break(at=period_label(at, period), window=which)
    try:
        within = case.design.over(*spans)
        check_strata(within, case.treated, case.comparator, placebos=case.readings.placebos)
    except DataError:
        return no_level_break(at=period_label(at, period), window=which, strata=True)
    try:
        found = within.compare(case.treated, case.comparator)
        check_positive(found, within.adjustment)
        placebos = find_placebos(within, case.treated, case.comparator, case.series) if case.placebos else ()
    except DataError:  # a part of a window may have a mean of 0
        return no_level_break(at=period_label(at, period), window=which)
    relative, lacking = case.readings.relative(case.design)
    one_side = _one_side(case, which, parts)
    lacks = None if one_side is None else one_side.lacks
    check = level_break(
        at=period_label(at, period),
        window=which,
        effect=found.error(within.adjustment),
        errors=np.array([one.error(within.adjustment) for one in placebos]),
        scale="log" if within.adjustment == "ratio" else "linear",
        relative=relative,
        relative_one_side=None if one_side is None else one_side.relative,
    )
    return case.readings.told(check, lacking + (lacks == "line"), int(lacks == "strata"))


def _split(case: Case, parts: tuple[Window, Window], *, same_months: bool) -> tuple[Span, Span] | None:
    """These two windows without what is excluded; None where nothing is left of one."""
    return span_of(*parts, left_out(case.excluded, parts[0].period), same_months)


def _one_side(case: Case, which: str, parts: tuple[Window, Window]) -> Reading | None:
    """The reading with the part of the window that has the other window's instrument."""
    windows = (
        (parts[1], case.design.evaluation.window) if which == "reference" else (case.design.reference.window, parts[0])
    )
    spans = _split(case, windows, same_months=case.same_months)
    return None if spans is None else case.readings.over(case.design, spans)
