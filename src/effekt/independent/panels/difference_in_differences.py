"""Second route for difference in differences: exact dummy regression, then the sandwich of ``regression``.

With a ``group`` column: y ~ group dummies + time dummies + D (+ x); with two groups and two periods D's
coefficient is the difference of the differences of the four cell means, over all rows there are.
Without: y ~ unit dummies + time dummies + D (+ x). The unit dummies are partialled out first by subtracting
each unit's mean from every column (Frisch-Waugh-Lovell), which leaves D's coefficient, the residuals and,
with clusters made of whole units, every clustered variance as they are (Pustejovsky & Tipton 2018,
doi:10.1080/07350015.2016.1247004, Theorem 2). Units seen once carry no information and are dropped.
CR1S counts D, x, and one per period; unit effects, nested in clusters, do not count.

A panel with every unit in every period, all adopting at once, has the same coefficient as the units' two means after
and before, stacked; the covariance of its two means is then not conditional on the units (``panel_means``).
Other people in each period, and a third difference, are in ``other_people``.

The treated mean is the raw mean of the treated unit-periods, the counterfactual mean that less the
coefficient. Inference as in ``regression``: clusters, CR2 by default.
"""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, TypeVar

from effekt.exceptions import ArgumentError, DataError
from effekt.independent.columns import (
    Columns,
    covariate_lines,
    labels,
    mean,
    numbers,
    times,
    unit_time_keys,
    whole_units,
    zero_one,
)
from effekt.independent.limits import NotRepeatedError
from effekt.independent.panels.few_clusters import Units, resampled_panel, resampled_units, units_of
from effekt.independent.panels.other_people import moved_units, other_people, panel_means
from effekt.independent.panels.wild_bootstrap import Draws
from effekt.independent.regression import average, inference_numbers, least_squares, refusal, sandwich

Rows = list[list[Fraction]]
V = TypeVar("V")


def difference_in_differences(
    columns: Columns,
    *,
    outcome: str,
    unit: str,
    time: str,
    treatment: str,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    variance: str | None = None,
    group: str | None = None,
    inference: str = "asymptotic",
    wild_weights: str = "rademacher",
    draws: int = 9_999,
    rng: object = None,
    sampling: str = "panel",
    eligible: str | None = None,
    missing: str = "raise",
    checks: Sequence[object] = (),
    threshold: object = None,
    margin: object = None,
) -> dict[str, object]:
    """Return treated and counterfactual mean of the treated unit-periods (exact) and clustered inference.

    The `checks`, with their `threshold` and `margin`, stand beside the figure and move none of these numbers.
    """
    by_chance = Draws(wild_weights, draws, rng)
    also = [name for name in (cluster, group, eligible) if name is not None]
    covariates = [covariates] if isinstance(covariates, str) else covariates
    used = [outcome, unit, time, treatment, *covariates, *also]
    columns = whole_units(columns, used, missing, unit, time, eligible)
    if sampling != "panel" or eligible is not None:
        roles = outcome, unit, time, treatment, cluster or unit, eligible
        return _people(columns, roles, covariates, sampling, variance or "CR2", inference, by_chance, group)
    keys = unit_time_keys(columns, unit, time)
    seen = Counter(own for own, _ in keys)
    keep = [i for i, (own, _) in enumerate(keys) if group is not None or seen[own] > 1]
    if not keep:
        raise DataError("every unit is seen once; give units seen before and after.")
    units, dates = [keys[i][0] for i in keep], [keys[i][1] for i in keep]
    clusters = _kept(labels(columns, cluster), keep) if cluster is not None else units
    y, d = _kept(numbers(columns, outcome), keep), _kept(zero_one(columns, treatment), keep)
    if len(set(d)) != 2 or len(set(dates)) < 2:
        raise DataError(f"column {treatment!r} must hold both 0 and 1, over two periods or more; check the data.")
    if inference not in ("asymptotic", "none"):
        _check_resampled(bool(covariates) or group is not None)
        return resampled_panel([keys[i] for i in keep], y, d, clusters, inference, by_chance)
    x = [_kept(line, keep) for line in covariate_lines(columns, covariates).values()]
    owners = _kept(labels(columns, group), keep) if group is not None else units
    dropped = {"n_dropped": len(keys) - len(keep)}
    if group is None and len(set(zip(units, clusters, strict=True))) != len(set(units)):
        raise ArgumentError("cluster must hold whole units; name a column that is constant in each unit.")
    alone = None if x or group is not None else _one_date([keys[i] for i in keep], y, d, clusters)
    if alone is not None:
        return panel_means(alone, len(y), len(set(dates)), variance or "CR2") | dropped
    return _dummy_regression(y, d, x, units, dates, clusters, owners, group is not None, variance or "CR2") | dropped


def _dummy_regression(
    y: list[Fraction],
    d: Sequence[int],
    x: Sequence[Sequence[Fraction]],
    units: list[str],
    dates: list[str],
    clusters: Sequence[str],
    owners: list[str],
    grouped: bool,
    name: str,
) -> dict[str, object]:
    """Return the two means of the regression on dummies, and their inference."""
    regressors = zip(*x, *zip(*_dummies(dates), strict=True), strict=True)
    rows = [[Fraction(now), *rest] for now, rest in zip(d, regressors, strict=True)]
    if grouped:
        rows = [[*row, Fraction(1), *own] for row, own in zip(rows, _dummies(owners), strict=True)]
        k = len(rows[0])
        fit = least_squares(rows, y)
    else:
        k = len(rows[0]) + 1
        rows = _within(rows, units)
        fit = least_squares(rows, [row[0] for row in _within([[value] for value in y], units)])

    treated_line = average([row for row, now in zip(rows, d, strict=True) if now == 1])
    counterfactual_line = [treated_line[0] - 1, *treated_line[1:]]
    lines = (treated_line, counterfactual_line)
    spread = sandwich(fit, lines, name, clusters, k)
    judged = spread if spread.fixed_df is None else sandwich(fit, lines, "CR2", clusters, k)
    ever = {own for own, now in zip(owners, d, strict=True) if now == 1}
    reason = refusal(judged, [(g, int(own in ever)) for g, own in zip(clusters, owners, strict=True)])
    effect = fit.coefficients[0]
    treated = mean([value for value, now in zip(y, d, strict=True) if now == 1])
    result: dict[str, object] = {
        "treated_mean": treated,
        "counterfactual_mean": treated - effect,
        "estimate": effect,
        "variance": name,
    }
    return result | inference_numbers(effect, spread, reason)


def _one_date(keys: list[tuple[str, str]], y: list[Fraction], d: list[int], clusters: list[str]) -> Units | None:
    """Return each unit's two means where every unit has every period and all adopt at once; None elsewhere."""
    try:
        return units_of(keys, y, d, clusters)
    except NotRepeatedError:
        return None


class _Given(NamedTuple):
    """The rows: unit and period, outcome, treatment, whether they could be affected, cluster."""

    keys: list[tuple[str, str]]
    y: list[Fraction]
    d: list[int]
    kind: list[int] | None
    clusters: list[str]


def _given(columns: Columns, roles: tuple[str, str, str, str, str, str | None]) -> _Given:
    """Return the rows by role."""
    outcome, unit, time, treatment, cluster, eligible = roles
    return _Given(
        list(zip(labels(columns, unit), times(columns, time), strict=True)),
        numbers(columns, outcome),
        zero_one(columns, treatment),
        None if eligible is None else zero_one(columns, eligible),
        labels(columns, cluster),
    )


def _people(
    columns: Columns,
    roles: tuple[str, str, str, str, str, str | None],
    covariates: Sequence[str],
    sampling: str,
    variance: str,
    inference: str,
    draws: Draws,
    group: str | None,
) -> dict[str, object]:
    """Return the numbers of other people in each period, or of a third difference."""
    _check_resampled(group is not None)
    given = _given(columns, roles)
    x = list(covariate_lines(columns, covariates).values())
    _check_whole(given)
    if sampling != "panel" or given.kind is None:
        return other_people(given.keys, given.y, given.d, given.kind, x, given.clusters, variance, inference, draws)
    named = [(*key, kind) for key, kind in zip(given.keys, given.kind, strict=True)]
    if len(set(named)) < len(named) or x:
        raise ArgumentError("a panel has one row of each unit, period and subgroup, and no covariates; leave them out.")
    units = moved_units(given.keys, given.y, given.d, given.kind, given.clusters, units_of)
    if inference not in ("asymptotic", "none"):
        return resampled_units(units, inference, draws)
    return panel_means(units, len(given.y), len({time for _, time in given.keys}), variance)


def _check_whole(given: _Given) -> None:
    """Refuse units that lack a cell, or rows of a unit and period that differ in treatment."""
    kinds = given.kind or [1] * len(given.keys)
    cells = {(*key, kind) for key, kind in zip(given.keys, kinds, strict=True)}
    shape = [len({cell[place] for cell in cells}) for place in range(3)]
    if len(cells) < shape[0] * shape[1] * shape[2] or (given.kind is not None and shape[2] < 2):
        raise DataError("every unit must be seen in every period, with every subgroup; complete the data.")
    if len({(*key, now) for key, now in zip(given.keys, given.d, strict=True)}) > shape[0] * shape[1]:
        raise DataError("treatment must be alike in a unit and period; correct the rows that differ.")
    if len({(key[0], own) for key, own in zip(given.keys, given.clusters, strict=True)}) > shape[0]:
        raise ArgumentError("cluster must hold whole units; name a column that is constant in each unit.")


def _check_resampled(adjusted: bool) -> None:
    """Refuse what the second route has no other count for."""
    if adjusted:
        raise ArgumentError("a panel that is resampled has neither covariates nor a column of groups; leave them out.")


def _kept(values: list[V], keep: list[int]) -> list[V]:
    """Return the values of the kept rows."""
    return [values[i] for i in keep]


def _dummies(values: list[str]) -> Rows:
    """Return one 0/1 column per label after the first."""
    names = sorted(set(values))[1:]
    return [[Fraction(int(own == name)) for name in names] for own in values]


def _within(rows: Rows, units: list[str]) -> Rows:
    """Subtract each unit's mean row."""
    members: dict[str, Rows] = {}
    for row, own in zip(rows, units, strict=True):
        members.setdefault(own, []).append(row)
    centres = {own: average(inside) for own, inside in members.items()}
    return [[v - m for v, m in zip(row, centres[own], strict=True)] for row, own in zip(rows, units, strict=True)]
