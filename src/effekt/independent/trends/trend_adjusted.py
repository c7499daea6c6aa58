"""Second route for the trend-adjusted mean and its placebos, in exact fractions.

With R the reference and E the evaluation window, Y the treated and C the comparator mean::

    ratio        counterfactual = Y_R · C_E / C_R       error = ln(Y_E / counterfactual)
    difference   counterfactual = Y_R + C_E - C_R       error = Y_E - counterfactual
    none         counterfactual = Y_R                   (before-after: no placebos)

A placebo is a unit of the comparator, read as if it were the treated one, its comparator being the
comparator's other units; where the comparator is one series, it is any other unit with complete windows,
against that series. Rank p: Abadie, Diamond & Hainmueller (2010), doi:10.1198/jasa.2009.ap08746, §3.4.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import sqrt
from typing import Any

from effekt.exceptions import ArgumentError
from effekt.independent.columns import Columns, mean
from effekt.independent.trends.trend_blocks import block_inference
from effekt.independent.trends.trend_case import Declared, find_placebos, read_case, signature_of
from effekt.independent.trends.trend_clusters import cluster_inference, read_cells
from effekt.independent.trends.trend_groups import group_inference
from effekt.independent.trends.trend_level import level_corrected
from effekt.independent.trends.trend_means import (
    Outcome,
    Panel,
    Reading,
    Rule,
    Window,
    Windows,
    check_rule,
    complete,
    other_adjustment,
    rank,
    read,
    read_windows,
    require,
    require_signs,
    without_units,
)
from effekt.independent.trends.trend_periods import period_inference
from effekt.independent.trends.trend_rows import spread_inference, without_adopters
from effekt.independent.trends.trend_strata import Standard, read_strata


def trend_adjusted(columns: Columns, **arguments: Any) -> dict[str, object]:
    """Return the treated mean, its counterfactual and the placebos with their rank p, the covariance or the draws.

    The arguments are those of ``Declared``.
    """
    given = Declared(**arguments)
    adjustment, inference, placebos = given.adjustment, given.inference, given.placebos
    check_rule(given.outcome, given.weights, adjustment, given.mean, given.trend)
    _check_repeated(inference, given.level_correction, given.cluster)
    _check_by_period(given.trend, inference, standardized=bool(given.standardize))
    _check_before_after(given.comparator, adjustment, inference, given.weights)
    case = read_case(columns, given)
    columns, windows, own_units, others, rule = case.columns, case.windows, case.own, case.others, case.rule
    panel = case.panel()
    paying = read(panel, own_units, others, windows, rule)
    result: dict[str, object] = {
        "treated_mean": paying.treated,
        "counterfactual_mean": paying.counterfactual,
        "estimate": paying.treated - paying.counterfactual,
        "reference_mean": paying.reference,
        "comparator_reference": paying.comparator_reference,
        "comparator_evaluation": paying.comparator_evaluation,
    }
    left, removed = case.left, case.removed
    if given.level_correction is not None and adjustment != "none":
        beside = find_placebos(case, windows)
        return result | level_corrected(paying, beside, adjustment, inference, given.level_correction)
    if adjustment == "none" or inference == "none":
        return result
    if inference == "cluster":
        cells = read_cells(columns, given.outcome, given.unit, given.time, given.period, str(given.cluster), windows)
        return result | cluster_inference(cells, own_units, others, adjustment, paying)
    if inference == "hac":
        return result | period_inference(panel, own_units, others, windows, rule, paying)
    if inference == "block_bootstrap":
        how = (given.blocks, given.block_length, given.draws, given.rng)
        return result | block_inference(panel, own_units, others, windows, rule, paying, how)
    single = find_placebos(case, windows)
    if placebos != "units" or inference == "placebo_variance":
        also = _also(placebos, own_units, removed=removed)
        if placebos == "units":
            return result | spread_inference(paying, list(single.values()), adjustment)
        groups = _groups(panel, own_units, others, windows, rule, left, also, removed=removed)
        one_series, drawing = len(others) == 1, (given.draws, given.rng)
        return result | group_inference(
            paying, *groups, adjustment, inference, one_series=one_series, own=also, drawing=drawing
        )
    return result | {
        "placebo_scale": "log" if adjustment == "ratio" else "linear",
        "other_reading": {
            "adjustment": other_adjustment(adjustment),
            "counterfactual_mean": _by_the_other(panel, own_units, others, windows, rule, paying),
        },
        "error": paying.error(adjustment),
        "p_value": rank(paying, list(single.values()), adjustment),
        **_placebo_numbers(single, adjustment),
    }


trend_adjusted.__signature__ = signature_of(Declared)  # type: ignore[attr-defined]


def _check_repeated(inference: str, level_correction: str | None, cluster: str | None) -> None:
    """Decline what is not computed here, by its name."""
    if inference not in ("placebo", "placebo_variance", "cluster", "hac", "block_bootstrap", "none"):
        raise ArgumentError(
            "inference must be placebo, placebo_variance, cluster, hac, block_bootstrap or none, "
            f"not {inference!r}; choose one of them."
        )
    if inference == "cluster" and cluster is None:
        raise ArgumentError("cluster must be named with inference='cluster'; name its column.")
    if level_correction not in (None, "regression", "log_regression") or (
        level_correction is not None and inference in ("hac", "cluster", "block_bootstrap")
    ):
        raise ArgumentError(
            "level_correction must be None, regression or log_regression with placebos; correct one of them."
        )


def _check_by_period(trend: str, inference: str, *, standardized: bool) -> None:
    """Decline what a mean of the periods' ratios has not."""
    if trend == "mean_of_period_ratios" and (standardized or inference in ("hac", "cluster", "block_bootstrap")):
        raise ArgumentError("trend='mean_of_period_ratios' goes with placebos and without strata; change one of them.")


def _check_before_after(comparator: object, adjustment: str, inference: str, weights: str | None) -> None:
    """Raise where a comparison has nothing to compare with, or what has nothing is given more."""
    if (comparator is None) != (adjustment == "none"):
        raise ArgumentError("comparator must be None exactly when adjustment='none'; name one or the other.")
    if adjustment == "none" and (inference not in ("placebo", "none") or weights is not None):
        raise ArgumentError(
            "inference must be 'none' or be left out, and weights be None, when adjustment='none', which compares with "
            "nothing; leave them out."
        )


def _also(placebos: str, treated: list[str], *, removed: bool) -> list[str]:
    """Return the treated where they change places with the placebos."""
    if placebos not in ("units", "groups", "permutation") or (placebos == "permutation" and removed):
        raise ArgumentError("placebos must be units, groups, or a permutation without removal; choose one.")
    return treated if placebos == "permutation" else []


def _groups(
    panel: Panel,
    treated: list[str],
    others: list[str],
    windows: Windows,
    rule: Rule,
    left: int | None,
    also: list[str],
    *,
    removed: bool,
) -> tuple[list[str], int, Callable[[list[str]], Reading]]:
    """Return the units that groups are of, how many a group has, and what is read of one.

    `also` are the treated where they change places with the others.
    """
    everyone = sorted({own for own, _ in panel})
    outside = [own for own in everyone if own not in (*treated, *others) and complete(panel, own, windows)]

    def compare(group: list[str]) -> Reading:
        among = (
            without_units(panel, others[0], group, {p for window in windows for p, _ in window}, rule, left)
            if removed
            else panel
        )
        rest = [*others, *(also if len(others) > 1 else [])]
        return read(among, group, [own for own in rest if own not in group], windows, rule)

    return (others if len(others) > 1 else outside), len(treated), compare


def _by_the_other(
    panel: Panel, own: list[str], others: list[str], windows: Windows, rule: Rule, paying: Reading
) -> Fraction | None:
    """Return the counterfactual by the other adjustment; None where that is a ratio to nothing."""
    before = paying.comparator_reference
    if rule.adjustment == "difference" and (before is None or before <= 0):
        return None
    other = rule._replace(adjustment=other_adjustment(rule.adjustment), trend="ratio_of_means")
    return read(panel, own, others, windows, other).counterfactual


def placebo_study(
    columns: Columns,
    *,
    outcome: Outcome,
    unit: str,
    time: str,
    period: str,
    reference_window: Window,
    evaluation_window: Window,
    weights: str | None,
    adopters: str | int | Sequence[str | int] = (),
    adjustment: str = "ratio",
    trend: str = "ratio_of_means",
    mean: str = "ratio_of_sums",
    excluded: Sequence[Window] = (),
    same_months: bool = False,
    standardize: Sequence[str] = (),
    standard: Standard = None,
) -> dict[str, object]:
    """Treat every unit in turn as if it were the treated one, against all others."""
    rule = check_rule(outcome, weights, adjustment, mean, trend)
    if adjustment == "none":
        raise ArgumentError("adjustment must be ratio or difference for placebos, not 'none'; choose one of them.")
    windows = read_windows(reference_window, evaluation_window, period, excluded, same_months)
    panel = read_strata(
        without_adopters(columns, unit, adopters, ()),
        outcome=outcome,
        unit=unit,
        time=time,
        period=period,
        standardize=standardize,
        standard=standard,
        treated=(),
        reference=windows[0],
    )
    everyone = sorted({own for own, _ in panel})
    require_signs(panel, adjustment)
    require(panel, everyone, windows, everyone, period)
    readings = {name: read(panel, [name], [own for own in everyone if own != name], windows, rule) for name in everyone}
    levels = {name: reading.reference for name, reading in readings.items()}
    reductions = {name: 1 - reading.treated / reading.counterfactual for name, reading in readings.items()}
    return {
        "reference_means": levels,
        "reductions": reductions,
        "reference_reduction_correlation": _correlation(list(levels.values()), list(reductions.values())),
        **_placebo_numbers(readings, adjustment),
    }


def _placebo_numbers(readings: Mapping[str, Reading], adjustment: str) -> dict[str, object]:
    """Return the errors by unit and their SD (ddof 1) on the declared and the relative scale, which may have none."""
    errors = {name: reading.error(adjustment) for name, reading in readings.items()}
    above = all(reading.counterfactual for reading in readings.values())
    relative = {name: own.treated / own.counterfactual - 1 for name, own in readings.items()} if above else {}
    return {
        "placebo_errors": errors,
        "placebo_fractions": [reading.fraction(adjustment) for reading in readings.values()],
        "placebo_relative": relative,
        "placebo_sd": _sd([float(error) for error in errors.values()]),
        "placebo_sd_relative": _sd([float(error) for error in relative.values()]),
    }


def _sd(values: list[float]) -> float | None:
    """Return the standard deviation, divisor n - 1."""
    exact = [Fraction(value) for value in values]
    if len(exact) < 2:
        return None
    middle = mean(exact)
    return sqrt(sum(((value - middle) ** 2 for value in exact), Fraction(0)) / (len(exact) - 1))


def _correlation(a: list[Fraction], b: list[Fraction]) -> float | None:
    """Return Pearson's correlation."""
    da, db = ([value - mean(values) for value in values] for values in (a, b))
    top = sum((x * y for x, y in zip(da, db, strict=True)), Fraction(0))
    below = sum((x * x for x in da), Fraction(0)) * sum((y * y for y in db), Fraction(0))
    return float(top) / sqrt(below) if below else None
