"""The means of other readings: from the checks that a comparison makes, against the estimator with each declared."""

from __future__ import annotations

from dataclasses import replace

import pytest

import effekt
from effekt.reports.other_means import adjustments, comparators, windows

YEARS = {"reference_window": [2016, 2017], "evaluation_window": [2018, 2018], "unit": "unit", "time": "time"}
ROWS = {
    "A": (40, 44, 36),
    "B": (50, 52, 49),
    "C": (30, 35, 36),
    "D": (20, 22, 19),
    "nation": (38, 40, 39),
}


def compare(**options):
    data = {
        "unit": [unit for unit in ROWS for _ in ROWS[unit]],
        "time": [2016 + i for unit in ROWS for i in range(len(ROWS[unit]))],
        "days": [value for own in ROWS.values() for value in own],
    }
    fixed = {
        "outcome": {"column": "days", "unit": "days", "better": "lower"},
        "period": "year",
        "treated": "A",
        "weights": None,
        "mean": "ratio_of_sums",
        "inference": "none",
        "missing": "raise",
    }
    return effekt.trend_adjusted(data, **(fixed | YEARS | options))


def told(readings):
    return {one.label.en: one.means.counterfactual for one in readings}


def test_another_trend_is_the_ratio_of_means():
    units = {"comparator": ["B", "C", "D"], "adjustment": "ratio"}
    declared, other = (compare(**units, trend=trend) for trend in ("mean_of_ratios", "ratio_of_means"))
    assert told(comparators(declared)) == {
        "the trend as the ratio of the comparator's means": pytest.approx(other.counterfactual_mean, rel=1e-12)
    }
    assert told(comparators(other)) == {}
    assert list(told(adjustments(other))) == [
        "the reference plus the comparator's change",
        "before and after, with no comparator",
    ]


@pytest.mark.parametrize(("declared", "other"), [("kept", "removed"), ("removed", "kept")])
def test_the_treated_unit_in_the_series_and_out_of_it(declared, other):
    series = {"comparator": "nation", "adjustment": "ratio", "series_units": 40}
    effect, moved = (compare(**series, own_unit=own) for own in (declared, other))
    ((label, value),) = told(comparators(effect)).items()
    assert label.startswith("the treated units kept") == (other == "kept")
    assert value == pytest.approx(moved.counterfactual_mean, rel=1e-12)


def test_a_check_whose_declared_reading_is_not_the_effect_gives_none():
    effect = compare(comparator="nation", adjustment="ratio", own_unit="kept", series_units=40)
    means = replace(effect.means, counterfactual=effect.counterfactual_mean * 1.01)
    other = replace(effect, means=means, exact=None)
    assert told(adjustments(effect))
    assert told(comparators(effect))
    assert told(adjustments(other)) == told(comparators(other)) == {}


@pytest.mark.parametrize("written", [[2016, 2017], ["2016", "2017"], "calendar years 2016 to 2017"])
def test_every_other_reference_window_and_not_the_declared_one(written):
    options = {"comparator": ["B", "C", "D"], "adjustment": "difference"}
    effect = compare(**options, checks=["baseline_choice"], reference_window=written)
    assert told(windows(effect)) == {
        f"reference window {year}": pytest.approx(
            compare(**options, reference_window=[year, year]).counterfactual_mean, rel=1e-12
        )
        for year in (2016, 2017)
    }
    assert told(windows(compare(**options))) == {}


def test_before_and_after_has_no_other_adjustment():
    assert told(adjustments(compare(comparator=None, adjustment="none"))) == {}
