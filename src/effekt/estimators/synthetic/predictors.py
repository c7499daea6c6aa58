"""Stated predictors of a synthetic control: means of columns over windows, in units of their importance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from effekt._calendar import parse_period, period_label
from effekt._types import FloatArray, Period, Table
from effekt._validation import check_exact, did_you_mean
from effekt.estimators.synthetic.panel import Paths
from effekt.exceptions import ArgumentError, DataError
from effekt.tables import as_label, as_table

KEYS = ("column", "first", "last", "weight")


def check_predictors(predictors: object, first_treated: object, period: Period) -> tuple[dict[str, Any], ...]:
    """The predictors as plain mappings with the four keys, each over a window before the first treated period.

    None is none.
    """
    predictors = () if predictors is None else predictors
    if not isinstance(predictors, Sequence) or isinstance(predictors, str):
        raise ArgumentError(f"`predictors` must be a list of mappings with the keys {', '.join(KEYS)}.")
    for one in predictors:
        if not isinstance(one, Mapping) or set(one) != set(KEYS):
            given = list(one) if isinstance(one, Mapping) else one
            unknown = [key for key in one if key not in KEYS] if isinstance(one, Mapping) else []
            hint = did_you_mean(unknown[0], KEYS) if unknown else ""
            raise ArgumentError(f"`predictors` must each have the keys {', '.join(KEYS)}; got {given!r}.{hint}")
        if not isinstance(one["column"], str):
            raise ArgumentError(f"`predictors` must each name one column; got {one['column']!r}.")
        if check_exact("weight", one["weight"]) <= 0:
            raise ArgumentError(
                f"`predictors` must have weights above zero; that of {one['column']!r} is {one['weight']!r}."
            )
    wanted = tuple({**one, "first": as_label(one["first"]), "last": as_label(one["last"])} for one in predictors)
    for one in wanted:
        _check_window(one, parse_period(first_treated, period), period)
    return wanted


def _check_window(one: Mapping[str, Any], start: int | None, period: Period) -> tuple[int, int]:
    """The window's first and last period, which lie before the first treated one, where that is known to be one."""
    first, last = (parse_period(one[end], period) for end in ("first", "last"))
    if first is None or last is None or first > last or (start is not None and last >= start):
        raise _wrong_window(one)
    return first, last


def _wrong_window(one: Mapping[str, Any]) -> ArgumentError:
    return ArgumentError(
        "`predictors` must have windows of periods before the first treated one, first to last; that of "
        f"{one['column']!r} is {one['first']} to {one['last']}."
    )


def stated_predictors(
    data: Table, paths: Paths, unit: str, time: str, period: Period, wanted: Sequence[Mapping[str, Any]]
) -> FloatArray:
    """(k, 1 + J): means over windows, over their standard deviation (ddof 1) between treated mean and donors, times √V.

    They are less the donors' mean, which weights that add to 1 do not see.
    """
    rows = np.array([_means(data, paths, unit, time, period, one) for one in wanted])
    spread = rows.std(axis=1, ddof=1)
    flat = np.flatnonzero(spread <= 1e-12 * np.abs(rows).max(axis=1))
    if len(flat):
        one = wanted[int(flat[0])]
        raise DataError(
            f"Column {one['column']!r} must differ between units over the window {one['first']} to {one['last']}, to "
            "be a predictor; it does not. Leave it out."
        )
    importance = np.array([float(check_exact("weight", one["weight"])) for one in wanted])
    scaled = rows * (np.sqrt(importance) / spread)[:, None]
    return np.asarray(scaled - scaled[:, 1:].mean(axis=1, keepdims=True))


def _means(data: Table, paths: Paths, unit: str, time: str, period: Period, one: Mapping[str, Any]) -> FloatArray:
    """The mean of the treated units' means, then each donor's; cells outside the window may be empty."""
    column, window = one["column"], _window(paths, period, one)
    rows = as_table(data).select(labels=(unit,), periods={time: period}, numbers=(column,), missing="drop")
    names = rows.labels[unit].names
    at = {
        (names[code], int(t)): value
        for code, t, value in zip(
            rows.labels[unit].codes, rows.periods[time], rows.numbers[column].tolist(), strict=True
        )
    }
    units = (*paths.treated_units, *paths.donors)
    absent = next((t for t in window if any((name, t) not in at for name in units)), None)
    if absent is not None:
        raise DataError(
            f"Column {column!r} must have a value for every treated unit and donor in every period of its window; it "
            f"lacks some, the first in {period_label(absent, period)}. Complete the data, or choose another window."
        )
    means = [float(np.mean([at[name, t] for t in window])) for name in units]
    m = len(paths.treated_units)
    return np.array([np.mean(means[:m]), *means[m:]])


def _window(paths: Paths, period: Period, one: Mapping[str, Any]) -> range:
    before = paths.span[: paths.n_before]
    first, last = _check_window(one, before[-1] + 1, period)
    if first < before[0]:
        raise _wrong_window(one)
    return range(first, last + 1)
