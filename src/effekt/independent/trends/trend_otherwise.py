"""The trend-adjusted mean by every other reference window, adjustment, trend and series, for the second route.

A reference window is admissible that begins and ends whole years from where the declared one does, begins when the
treated units' rows do or later, and ends before the evaluation; what is excluded and which months are matched stay as
declared, and so does a standard population that is listed; one that is the treated units' own is that of the window.
One in which strata lack people, where the call that declares it is refused, is not read. With a correction for the
reference level each window, and each series, has a line through its own placebos; other adjustments have none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import Columns
from effekt.independent.limits import NotRepeatedError, check_steps
from effekt.independent.periods import period_label, window_periods
from effekt.independent.trends.trend_case import (
    Case,
    Declared,
    find_placebos,
    placebo_names,
    read_case,
    signature_of,
)
from effekt.independent.trends.trend_level import level_corrected
from effekt.independent.trends.trend_means import (
    Panel,
    Rule,
    Windows,
    complete,
    read,
    window_mean,
)
from effekt.independent.trends.trend_strata import standing_on, thin_units

Numbers = dict[str, object]
ADJUSTMENTS = ("ratio", "difference", "none")
YEAR = 12
FRACTION = 5  # steps that the sum of two fractions takes


def trend_otherwise(columns: Columns, **arguments: Any) -> dict[str, Numbers]:
    """Return both means of every other reading, by kind and name, such as 'window 2014–2015'.

    The arguments are those of ``Declared``; what is given of inference moves no mean.
    """
    unknown = sorted(set(arguments) - {one.name for one in fields(Declared)})
    if unknown:
        raise NotRepeatedError(
            f"the second route has no other readings with the argument {unknown[0]!r}; leave it out.",
            f"den läser inget på annat sätt med argumentet {unknown[0]}.",
        )
    given = Declared(**arguments)
    case, period, level_correction = read_case(columns, given), given.period, given.level_correction
    declared, evaluation = (
        window_periods(one, period, "window") for one in (given.reference_window, given.evaluation_window)
    )
    found: dict[str, Numbers | None] = {}
    others = list(_other_windows(case, declared, evaluation[0], period))
    _check_size(case, len(others), evaluation[0], corrected=level_correction is not None)
    thin = thin_units(case.published) & set(placebo_names(case, case.published)) if _by_placebos(given) else set()
    for ends in others:
        try:
            windows = given.windows(ends)
            moved = replace(case, published=standing_on(case.published, windows[0]), windows=windows)
            whole = all(complete(moved.published, name, windows) for name in (*case.own, *case.others))
            if whole:
                _require_people(moved.published, sorted(thin), windows, case.rule)
        except (ArgumentError, DataError):
            continue  # nothing is left of it, its months cannot be matched, or a stratum lacks rows or people
        if whole:
            found[f"window {_name(ends)}"] = _means(moved, windows, level_correction)
    for name, rule in _other_rules(case.rule, corrected=level_correction is not None):
        found[name] = _means(replace(case, rule=rule), case.windows, None)
    for name, removed in _other_series(case, given.own_unit):
        found[name] = _means(replace(case, removed=removed), case.windows, level_correction)
    return {name: one for name, one in found.items() if one is not None}


trend_otherwise.__signature__ = signature_of(Declared)  # type: ignore[attr-defined]


def _by_placebos(given: Declared) -> bool:
    """Whether the figure is held against placebos, each of which then has people in every stratum, as a line's have."""
    return given.inference in ("placebo", "placebo_variance") and given.adjustment != "none"


def _require_people(panel: Panel, units: Sequence[str], windows: Windows, rule: Rule) -> None:
    """Raise unless each of these units that has the whole of the windows has a mean in every stratum."""
    for name in units:
        if complete(panel, name, windows):
            for window in windows:
                window_mean(panel, [name], window, rule)


def _check_size(case: Case, windows: int, until: int, *, corrected: bool) -> None:
    """Refuse what would take minutes: sums of every unit over every window, with a correction for every placebo too."""
    units = len({name for name, _ in case.published})
    periods = len({at for _, at in case.published if at < until})
    means = units if corrected else 1  # of the comparator in each window, which add up all its units
    by_period = periods if "mean_of_period" in (case.rule.mean + case.rule.trend) else 1
    check_steps(windows * units * (periods + means * by_period) * FRACTION)


def _name(ends: tuple[str, str]) -> str:
    """Return a window's label."""
    return ends[0] if ends[0] == ends[1] else "–".join(ends)


def _other_windows(case: Case, declared: Sequence[int], until: int, period: str) -> Iterator[tuple[str, str]]:
    """Return the ends of every admissible reference window but the declared one."""
    earliest = min(at for name, at in case.published if name in case.own)
    first, last = declared[0], declared[-1]
    for start in range(first - (first - earliest) // YEAR * YEAR, until, YEAR):
        for end in range(start + (last - first) % YEAR, until, YEAR):
            if (start, end) != (first, last):
                yield period_label(start, period), period_label(end, period)


def _other_rules(rule: Rule, *, corrected: bool) -> Iterator[tuple[str, Rule]]:
    """Return the other adjustments, with a correction the declared one without it too, and the other trend."""
    for adjustment in ADJUSTMENTS if rule.adjustment != "none" else ():
        if corrected or adjustment != rule.adjustment:
            trend = rule.trend if adjustment == rule.adjustment else "ratio_of_means"
            yield f"adjustment {adjustment}", rule._replace(adjustment=adjustment, trend=trend)
    if rule.trend != "ratio_of_means" and not corrected:
        yield "trend ratio_of_means", rule._replace(trend="ratio_of_means")


def _other_series(case: Case, own_unit: str | None) -> Iterator[tuple[str, bool]]:
    """Return the series with the treated units in it where they were taken out, and without them where they were in."""
    if own_unit == "removed":
        yield "series kept", False
    if own_unit == "kept" and (case.units is not None or case.rule.weights is not None):
        yield "series removed", True


def _means(case: Case, windows: Windows, correction: str | None) -> Numbers | None:
    """Return both means and their difference; None where there is no comparison, or one of means not above zero."""
    added = correction is not None and case.rule.adjustment == "difference"  # which may lift it above zero
    try:
        paying = read(case.panel(), case.own, case.others, windows, case.rule)
        if paying.treated <= 0 or (paying.counterfactual <= 0 and not added):
            return None
        numbers: Numbers = {
            "treated_mean": paying.treated,
            "counterfactual_mean": paying.counterfactual,
            "estimate": paying.treated - paying.counterfactual,
        }
        if correction is not None and case.rule.adjustment != "none":
            beside = find_placebos(case, windows)
            numbers |= level_corrected(paying, beside, case.rule.adjustment, "none", correction)
    except (ArgumentError, DataError, ZeroDivisionError, ValueError):  # no ratio to zero, no logarithm of it
        return None
    moved = numbers["counterfactual_mean"]
    return numbers if isinstance(moved, (Fraction, float)) and moved > 0 else None
