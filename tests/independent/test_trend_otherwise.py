"""The second route's other windows, adjustments, trends and series: by hand, and against the checks of the first."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import chain

import pytest

import effekt
from effekt._calendar import period_label
from effekt.independent.limits import NotRepeatedError, TooLargeError
from effekt.independent.trends.trend_adjusted import trend_adjusted
from effekt.independent.trends.trend_otherwise import trend_otherwise
from effekt.reports.other_means import adjustments, comparators, windows

YEARS = {"reference_window": [2017, 2017], "evaluation_window": [2018, 2018]}
ROWS = {"A": (40, 44, 36), "B": (50, 40, 60), "C": (30, 20, 36), "nation": (38, 40, 39)}
PLAIN = {"unit": "unit", "time": "time", "period": "year", "treated": "A", "weights": None, **YEARS}


def table(rows):
    return {
        "unit": [unit for unit in rows for _ in rows[unit]],
        "time": [2016 + i for unit in rows for i in range(len(rows[unit]))],
        "days": [value for own in rows.values() for value in own],
    }


def counterfactuals(found):
    return {name: means["counterfactual_mean"] for name, means in found.items()}


def test_other_readings_by_hand():
    # B and C together: 40, 30 and 48. A is 40, 44 and, in the evaluation, 36.
    found = trend_otherwise(table(ROWS), outcome="days", comparator=["B", "C"], adjustment="ratio", **PLAIN)
    assert counterfactuals(found) == {
        "window 2016": 40 * Fraction(48, 40),
        "window 2016–2017": 42 * Fraction(48, 35),
        "adjustment difference": 44 + 48 - 30,
        "adjustment none": 44,
    }
    assert {means["treated_mean"] for means in found.values()} == {36}


def test_the_mean_of_ratios_is_read_as_the_ratio_of_means_too():
    options = {"comparator": ["B", "C"], "adjustment": "ratio", "trend": "mean_of_ratios"}
    found = counterfactuals(trend_otherwise(table(ROWS), outcome="days", **options, **PLAIN))
    assert found["trend ratio_of_means"] == 44 * Fraction(48, 30)
    assert found["window 2016"] == 40 * (Fraction(60, 50) + Fraction(36, 30)) / 2


@pytest.mark.parametrize(("declared", "other"), [("kept", "removed"), ("removed", "kept")])
def test_the_series_is_read_with_the_treated_unit_and_without(declared, other):
    options = {"comparator": "nation", "series_units": 40, "adjustment": "ratio"}
    found = counterfactuals(trend_otherwise(table(ROWS), outcome="days", own_unit=declared, **options, **PLAIN))
    without = [(40 * value - own) / Fraction(39) for value, own in zip(ROWS["nation"], ROWS["A"], strict=True)]
    expected = {"kept": 44 * Fraction(39, 40), "removed": 44 * without[2] / without[1]}
    assert found[f"series {other}"] == expected[other]
    assert f"series {declared}" not in found


def test_what_has_no_comparison_is_left_out():
    rows = {**ROWS, "B": (0, 40, 60), "C": (0, 20, 36)}
    found = trend_otherwise(table(rows), outcome="days", comparator=["B", "C"], adjustment="ratio", **PLAIN)
    assert "window 2016" not in found
    before = trend_otherwise(table(ROWS), outcome="days", comparator=None, adjustment="none", **PLAIN)
    assert counterfactuals(before) == {"window 2016": 40, "window 2016–2017": 42}


def test_what_would_take_minutes_is_not_begun(monkeypatch):
    monkeypatch.setattr("effekt.independent.limits.LARGEST", 2 * 4 * (2 + 1) * 5 - 1)  # windows, units, periods, sums
    with pytest.raises(TooLargeError, match="would be 120;"):
        trend_otherwise(table(ROWS), outcome="days", comparator=["B", "C"], adjustment="ratio", **PLAIN)


def test_what_it_does_not_know_is_refused():
    with pytest.raises(NotRepeatedError, match="'through'"):
        trend_otherwise(table(ROWS), outcome="days", comparator=["B", "C"], through=2018, **PLAIN)


STEPS = {"month": 12, "quarter": 4, "tertial": 3, "year": 1, "season": 1}


def drawn(rng):
    """A panel and a call of any kind that there is."""
    period = rng.choice(list(STEPS))
    step, years = STEPS[period], rng.randint(4, 5)
    base, until = 2010 * step, (2010 + years) * step
    units, parts = [*"ABCDEFGH", "nation"], ["m", "w"] if rng.random() < 0.3 else ["m"]
    rows = [
        (unit, period_label(t, period), part)
        for unit in units
        for t in range(base, until)
        for part in parts
        if unit in ("A", "B", "C", "nation") or rng.random() > 0.01
    ]
    columns = {name: [row[i] for row in rows] for i, name in enumerate(("unit", "time", "part"))}
    large = [40 if unit == "nation" else 1 for unit in columns["unit"]]
    columns["above"] = [rng.randint(1, 30) * size + 3 for size in large]
    columns["below"] = [rng.randint(5, 20) * size for size in large]
    evaluation = until - rng.randint(1, min(2 * step, years * step // 2))
    last = rng.randint(base, evaluation - 1)
    first = rng.randint(base, last)
    comparator = rng.choice(["others", "nation", ["B", "C", "D"], None])
    pair = len(parts) == 2 or rng.random() < 0.5
    adjustment = "none" if comparator is None else rng.choice(["ratio", "difference"])
    options = {
        **{"unit": "unit", "time": "time", "period": period, "treated": "A", "comparator": comparator},
        "reference_window": tuple(period_label(t, period) for t in (first, last)),
        "evaluation_window": tuple(period_label(t, period) for t in (evaluation, until - 1)),
        "weights": "denominator" if pair and comparator is not None and rng.random() < 0.6 else None,
        **{"mean": rng.choice(["ratio_of_sums", "mean_of_periods"]), "adjustment": adjustment},
        "inference": "none" if comparator is None else rng.choice(["none", "placebo"]),
        "same_months": rng.random() < 0.2 and step > 1,
    }
    if adjustment == "ratio" and rng.random() < 0.4 and len(parts) == 1:
        plain = ["mean_of_ratios"] if options["weights"] is None else []
        options["trend"] = rng.choice(["mean_of_period_ratios", *plain])
    if rng.random() < 0.3 and last > first:
        options["excluded"] = [(options["reference_window"][0],) * 2]
    if comparator == "nation" and len(parts) == 1 and (options["weights"] or not pair):
        options["own_unit"] = rng.choice(["absent", "kept", "removed"])
        if options["own_unit"] != "absent" and options["weights"] is None:
            options["series_units"] = 40
    if comparator is not None and rng.random() < 0.3:
        log = adjustment == "ratio" and options.get("trend") != "mean_of_period_ratios"
        options["level_correction"] = rng.choice(["regression", *(["log_regression"] if log else [])])
    if len(parts) == 2:
        table = [{"part": "m", "weight": "0.3"}, {"part": "w", "weight": "0.7"}]
        options |= {"standardize": ["part"], "standard": rng.choice(["treated_reference", table])}
    return columns, ["above", "below"] if pair else "above", options


@pytest.mark.filterwarnings("ignore")
def test_random_comparisons_have_the_readings_of_the_first_route():
    rng, compared, kinds = random.Random(7), 0, set()
    for _ in range(60):
        columns, outcome, options = drawn(rng)
        measured = {"column": outcome, "unit": "days", "better": "lower"}
        try:
            effect = effekt.trend_adjusted(
                columns, outcome=measured, missing="raise", checks=["baseline_choice"], **options
            )
        except effekt.exceptions.EffektError:
            continue
        if not effect.counterfactual_mean > 0:  # no relative change to begin with
            assert options["adjustment"] == "difference"
            continue
        first = {one.name: one.means for one in chain(windows(effect), adjustments(effect), comparators(effect))}
        second = trend_otherwise(columns, outcome=tuple(outcome) if outcome != "above" else outcome, **options)
        assert set(first) == set(second), options
        for name, means in first.items():
            assert float(second[name]["treated_mean"]) == pytest.approx(means.treated, rel=1e-10)
            assert float(second[name]["counterfactual_mean"]) == pytest.approx(means.counterfactual, rel=1e-9)
        compared += len(first)
        kinds |= {name.rpartition(" ")[0] for name in first}
    assert compared > 150
    assert kinds == {"window", "adjustment", "trend", "series"}


def test_a_counterfactual_that_the_line_lifts_above_zero_has_its_windows_by_both_routes():
    rows = {"A": (30, 34, 12), "B": (50, 56, 21), "C": (60, 58, 23), "D": (70, 74, 31), "E": (80, 82, 29)}
    data = table(rows | {"F": (90, 88, 38), "G": (100, 104, 40)})
    options = {"comparator": "others", "adjustment": "difference", "level_correction": "regression", **PLAIN}
    measured = {"column": "days", "unit": "days", "better": "lower"}
    effect = effekt.trend_adjusted(data, outcome=measured, checks=["baseline_choice"], **options)
    first = {one.name: one.means.counterfactual for one in windows(effect)}
    second = trend_otherwise(data, outcome="days", **options)
    assert set(first) == {"window 2016", "window 2016–2017"} == {name for name in second if name.startswith("window")}
    for name, counterfactual in first.items():
        assert float(second[name]["counterfactual_mean"]) == pytest.approx(counterfactual, rel=1e-9)
    assert "adjustment difference" not in second  # without the line it is below zero


def test_a_window_is_the_call_with_that_window_declared():
    call = {"outcome": "days", "comparator": ["B", "C"], "adjustment": "ratio", "inference": "none"}
    found = trend_otherwise(table(ROWS), **call, **PLAIN)
    declared = trend_adjusted(table(ROWS), **call, **{**PLAIN, "reference_window": [2016, 2016]})
    names = ("treated_mean", "counterfactual_mean", "estimate")
    assert found["window 2016"] == {name: declared[name] for name in names}
