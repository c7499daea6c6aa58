"""Other readings, windows and periods of a trend that a signer changed: told without data where the rest tells."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import every_check
import pytest
from every_check import ADOPTED, TREND, panel
from held_against import faults

import effekt
from effekt.result import EffectSet

Change = Callable[[Any], object]

BASE = {**TREND, "treated": "u00", "period": "year", "weights": None, "comparator": "others"}
WINDOWS = {"reference_window": (2014, 2015), "evaluation_window": (2016, 2017)}
CHECKS = ["baseline_choice", "placebo_in_time"]
CALLS: Mapping[str, dict[str, Any]] = {
    "ratio": {},
    "difference": {"adjustment": "difference"},
    "threshold": {"threshold": "0.05"},
    "more is better": {"outcome": {"column": "y", "unit": "days", "better": "higher"}, "threshold": "0.01"},
    "before and after": {"adjustment": "none", "comparator": None, "inference": "none"},
    "one period": {"reference_window": (2015, 2015), "evaluation_window": (2016, 2016)},
    "excluded": {"excluded": [(2015, 2015)]},
    "corrected": {"level_correction": "regression"},
    "corrected by logs": {"level_correction": "log_regression"},
    "corrected difference": {"level_correction": "regression", "adjustment": "difference"},
    "mean of ratios": {"trend": "mean_of_ratios"},
    "mean of period ratios": {"trend": "mean_of_period_ratios"},
    "two": {"treated": ["u00", "u01"], "placebos": "groups"},
    "series": {"comparator": "u23", "own_unit": "absent"},
    "early": {"reference_window": (2012, 2012), "evaluation_window": (2013, 2015)},
}
"""Calls, beside one of two years before and two after with its other windows."""


def _levels(**moved: float) -> dict[str, list[Any]]:
    """The panel with other levels: of the treated and the others before and after, so that some readings are none."""
    data = panel()
    for i, (unit, time) in enumerate(zip(data["u"], data["t"], strict=True)):
        name = f"{'own' if unit == 'u00' else 'others'}_{'after' if time >= 2016 else 'before'}"
        data["y"][i] = round((data["y"][i] + 0.003) * moved.get(name, 1.0), 5)  # no whole number, which could be hidden
    return data


LEVELS: Mapping[str, dict[str, float]] = {
    "as it is": {},
    "no difference": {"others_before": 3.0},
    "nothing of the comparator before": {"others_before": 0.0},
    "nothing of the treated before": {"own_before": 0.0},
    "nothing of the treated after": {"own_after": 0.0},
    "nothing of the comparator after": {"others_after": 0.0},
    "nearly no difference": {"others_before": 1.99},
}


def _called(call: str, **moved: float) -> Any:
    given = {**BASE, **WINDOWS, "checks": CHECKS, **CALLS[call]}
    return effekt.trend_adjusted(_levels(**moved), **given), given


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("call", CALLS)
def test_no_honest_reading_is_held_against_a_trend(call: str, level: str) -> None:
    try:
        honest, given = _called(call, **LEVELS[level])
    except effekt.exceptions.EffektError:
        assert level != "as it is"  # such a comparison is refused, and has no result
        return
    assert faults(honest, given) == []


def test_readings_that_are_not_there_are_among_the_honest_ones() -> None:
    def of(call: str, level: str) -> set[str]:
        honest, _ = _called(call, **LEVELS[level])
        return {name for check in honest.diagnostics if check.name == "adjustment_readings" for name in check.values}

    assert "relative_difference" in of("ratio", "as it is")
    assert "relative_difference" not in of("ratio", "no difference")
    assert "relative_ratio" not in of("difference", "nothing of the comparator before")


def _changed(result: Any, change: Change) -> Any:
    plain = json.loads(result.to_json())
    change(plain)
    return type(result).from_json(json.dumps(plain))


def _told(result: Any, given: Mapping[str, Any], change: Change) -> set[str]:
    return {place for _, place, *_ in faults(_changed(result, change), given)}


def _of(name: str, change: Change) -> Change:
    def changed(result: Any) -> None:
        (check,) = (one for one in result["diagnostics"] if one["name"] == name)
        change(check)

    return changed


def _values(name: str, **values: Any) -> Change:
    return _of(name, lambda check: check["values"].update(values))


def _without(name: str, *keys: str) -> Change:
    return _of(name, lambda check: [check["values"].pop(key) for key in keys])


def _moved(name: str, column: str, place: int, value: Any) -> Change:
    return _of(name, lambda check: check["table"][column].__setitem__(place, value))


def _emptied(name: str) -> Change:
    return _of(name, lambda check: check.update(values={}, table={}))


WINDOW, EARLIER, READ = "baseline_choice", "placebo_in_time", "adjustment_readings"
FORGED: Mapping[str, tuple[str, Change, str]] = {
    "declared null": ("ratio", _values(WINDOW, declared=None), f"{WINDOW}.values.declared"),
    "declared taken away": ("ratio", _without(WINDOW, "declared"), f"{WINDOW}.values.declared"),
    "declared": ("ratio", _values(WINDOW, declared=-0.01), f"{WINDOW}.values.declared"),
    "larger": ("ratio", _values(WINDOW, n_larger_reduction=99), f"{WINDOW}.values.n_larger_reduction"),
    "larger taken away": ("ratio", _without(WINDOW, "n_larger_reduction"), f"{WINDOW}.values.n_larger_reduction"),
    "larger increase": ("more is better", _values(WINDOW, n_larger_increase=99), f"{WINDOW}.values.n_larger_increase"),
    "reaching": ("threshold", _values(WINDOW, n_reaching=99), f"{WINDOW}.values.n_reaching"),
    "reaching taken away": ("threshold", _without(WINDOW, "n_reaching"), f"{WINDOW}.values.n_reaching"),
    "least": ("corrected", _values(WINDOW, min_relative=-0.9), f"{WINDOW}.values.min_relative"),
    "how many": ("series", _values(WINDOW, n_windows=3), f"{WINDOW}.values.n_windows"),
    "all of it": ("ratio", _emptied(WINDOW), f"{WINDOW}.values.declared"),
    "declared window": ("one period", _of(WINDOW, lambda check: check["table"]["window"].reverse()), f"{WINDOW}."),
    "window is none": ("ratio", _of(WINDOW, lambda c: c["table"].update(window=["a"] * 10)), f"{WINDOW}.values"),
    "status": ("ratio", _of(WINDOW, lambda check: check.update(status="ok")), f"{WINDOW}.status"),
    "said": (
        "ratio",
        _of(WINDOW, lambda check: check["statement"].update(en="With other windows the change is the same.")),
        f"{WINDOW}.statement.en",
    ),
    "earlier declared": ("one period", _values(EARLIER, declared=-0.9), f"{EARLIER}.values.declared"),
    "as large": ("one period", _values(EARLIER, n_as_large=0, n_windows=7), f"{EARLIER}.values.n_windows"),
    "as large taken away": ("one period", _without(EARLIER, "n_as_large"), f"{EARLIER}.values.n_as_large"),
    "earlier change": ("one period", _moved(EARLIER, "relative", 0, -0.9), f"{EARLIER}.values."),
    "all earlier": ("one period", _emptied(EARLIER), f"{EARLIER}.values."),
    "difference null": ("ratio", _values(READ, relative_difference=None), f"{READ}.values.relative_difference"),
    "difference taken away": ("ratio", _without(READ, "relative_difference"), f"{READ}.values.relative_difference"),
    "difference of corrected": (
        "corrected",
        _without(READ, "relative_difference"),
        f"{READ}.values.relative_difference",
    ),
    "difference of ratios": (
        "mean of ratios",
        _without(READ, "relative_difference"),
        f"{READ}.values.relative_difference",
    ),
    "ratio taken away": ("difference", _without(READ, "relative_ratio"), f"{READ}.values.relative_ratio"),
    "before taken away": ("difference", _without(READ, "relative_none"), f"{READ}.values.relative_none"),
    "label": ("ratio", lambda r: r["path"]["periods"].__setitem__(1, "2015x"), "path.periods"),
    "label of another kind": ("ratio", lambda r: r["path"]["periods"].__setitem__(1, "2015-01"), "path.periods"),
    "spelling": ("ratio", lambda r: r["path"]["periods"].__setitem__(1, " 2015"), "path.periods"),
    "twice": ("ratio", lambda r: r["path"]["periods"].__setitem__(2, "2015"), "path.periods"),
    "order": ("early", lambda r: r["path"]["periods"].__setitem__(slice(1, 3), ["2014", "2013"]), "path.periods"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_reading_that_contradicts_the_rest_is_told(name: str) -> None:
    call, change, place = FORGED[name]
    honest, given = _called(call)
    assert _told(honest, given, lambda _: None) == set()
    assert [one for one in _told(honest, given, change) if place in one] != []


def test_a_reading_that_the_others_leave_none_of_is_told() -> None:
    honest, given = _called("ratio", **LEVELS["no difference"])
    assert _told(honest, given, _values(READ, relative_difference=-0.1)) == {
        f"diagnostics.{READ}.values.relative_difference"
    }


def test_periods_before_and_after_the_windows_are_told() -> None:
    honest, given = _called("ratio")

    def longer(result: Any) -> None:
        for name, value in (("periods", "2013"), ("treated", 10.0), ("counterfactual", 10.0)):
            result["path"][name].insert(0, value)

    assert _told(honest, given, longer) == {"path.periods"}


NUMBERED = panel() | {"t": [i % 8 for i in range(24 * 8)]}
DATED = panel() | {"t": [f"{2012 + i % 8}-01-01" for i in range(24 * 8)]}


@pytest.mark.parametrize("data", [panel(), NUMBERED, DATED])
@pytest.mark.parametrize("label", ["2015x", "2015-01", ""])
def test_periods_of_a_call_without_a_kind_are_of_one_kind(data: Any, label: str) -> None:
    honest = effekt.difference_in_differences(data, **ADOPTED)
    assert faults(honest, honest.arguments) == []
    assert _told(honest, honest.arguments, lambda r: r["path"]["periods"].__setitem__(1, label)) == {"path.periods"}


@pytest.mark.parametrize("method", every_check.METHODS)
def test_a_changed_label_of_a_picture_is_told_whatever_the_method(method: str) -> None:
    for result in every_check.results(method):
        if isinstance(result, EffectSet) or getattr(result, "path", None) is None:
            continue
        label = f"{result.path.periods[1]}x"
        told = _told(result, result.arguments, lambda r, label=label: r["path"]["periods"].__setitem__(1, label))
        assert "path.periods" in told
