"""Blocks of periods drawn anew by the second route, against the first: p, bounds and standard errors."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import pytest

import effekt
from effekt.exceptions import EffektError, InferenceUnavailableError
from effekt.independent.statistics import bound, p_value, spread_statistic, view_of
from effekt.independent.trends.trend_adjusted import trend_adjusted

CALLS: dict[str, dict[str, Any]] = {
    "pooled": {"outcome": ("y", "n"), "weights": "denominator"},
    "by difference": {"outcome": ("y", "n"), "weights": "denominator", "adjustment": "difference"},
    "plain means": {"outcome": ("y", "n"), "weights": None, "mean": "mean_of_periods", "blocks": "stationary"},
    "unit by unit": {"outcome": "y", "weights": None, "mean": "mean_of_periods", "trend": "mean_of_ratios"},
    "matched months": {
        "outcome": ("y", "n"),
        "weights": "denominator",
        "same_months": True,
        "evaluation_window": ("2017-01", "2018-12"),
    },
    "improvement": {"outcome": "y", "weights": None, "mean": "mean_of_periods", "block_length": 1},
}


def panel(seed: int, level: float = 0.0, last: int = 2017) -> dict[str, list[Any]]:
    """Months of four units from 2016 on, whole numbers that tie."""
    random = Random(seed)
    months = [f"{year}-{month:02}" for year in range(2016, last + 1) for month in range(1, 13)]
    rows = [
        (unit, month, random.randrange(4, 9) + level, random.choice([8, 10])) for unit in "ABCD" for month in months
    ]
    return dict(zip(("unit", "month", "y", "n"), map(list, zip(*rows, strict=True)), strict=True))


def call(name: str) -> dict[str, Any]:
    windows = {"reference_window": ("2016-01", "2016-12"), "evaluation_window": ("2017-01", "2017-12")}
    roles = {"unit": "unit", "time": "month", "period": "month", "treated": "A", "comparator": "others"}
    blocks = {"inference": "block_bootstrap", "block_length": 3, "draws": 99, "rng": 7}
    return {**windows, **roles, **blocks, **CALLS[name]}


@pytest.mark.parametrize("level", [0.0, 1e9], ids=["small", "far"])
@pytest.mark.parametrize("name", CALLS)
def test_the_same_as_the_first_route(name: str, level: float) -> None:
    columns = panel(3, level, int(call(name)["evaluation_window"][1][:4]))
    first, second = effekt.trend_adjusted(columns, **call(name)), trend_adjusted(columns, **call(name))
    for kind, view in (("difference", first.difference()), ("relative", first.relative())):
        own, scale = view_of(kind, None, Fraction(1)), max(1.0, level) if kind == "difference" else 1.0
        assert spread_statistic(second, own, "std_error") == pytest.approx(view.std_error, rel=1e-6)
        for side, null in product(("two-sided", "greater", "less"), (None, Fraction("-0.13"), Fraction(9))):
            wanted = view.p_value(None if null is None else float(null), side)
            assert p_value(second, own, null, side) == pytest.approx(wanted, abs=1e-9 * scale**0.75)
        for side in ("two-sided", "greater", "less"):
            wanted = view.confidence_interval(0.9, side)
            for statistic, end in (("confidence_low", wanted.low), ("confidence_high", wanted.high)):
                found = bound(second, own, statistic, Fraction("0.9"), side)
                assert (found is None) == (abs(end) == float("inf"))
                assert found is None or found == pytest.approx(end, rel=1e-9, abs=1e-12 * scale)


def test_an_improvement_turns_the_ends() -> None:
    columns = panel(5)
    first, second = effekt.trend_adjusted(columns, **call("pooled")), trend_adjusted(columns, **call("pooled"))
    wanted, own = first.difference().confidence_interval(0.8), view_of("improvement", "lower", Fraction(1))
    assert bound(second, own, "confidence_low", Fraction("0.8"), "two-sided") == pytest.approx(-wanted.high, rel=1e-9)


def test_where_there_are_no_draws_neither_route_has_any() -> None:
    """Periods that are all alike, and a comparator that is nothing in most periods, so that a draw has no ratio."""
    still, nothing = panel(1) | {"y": [5] * 96, "n": [10] * 96}, panel(1)
    nothing["y"] = [
        y if unit == "A" or month in ("2016-05", "2017-05") else 0 for unit, month, y, _ in rows_of(nothing)
    ]
    for columns in (still, nothing):
        given, view = call("pooled"), view_of("difference", None, Fraction(1))
        with pytest.raises(InferenceUnavailableError):
            effekt.trend_adjusted(columns, **given).p_value()
        second = trend_adjusted(columns, **given)
        assert second["unavailable"]
        assert p_value(second, view, None, "less") is None


def rows_of(columns: dict[str, list[Any]]) -> list[tuple[Any, ...]]:
    return list(zip(*columns.values(), strict=True))


def test_too_few_draws_for_a_level_give_no_bound() -> None:
    second = trend_adjusted(panel(2), **call("pooled"))
    assert bound(second, view_of("ratio", None, Fraction(1)), "confidence_low", Fraction("0.999"), "two-sided") is None


def test_a_seed_is_needed() -> None:
    with pytest.raises(EffektError, match="rng must be a whole number"):
        trend_adjusted(panel(2), **call("pooled") | {"rng": None})
