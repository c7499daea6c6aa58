"""Checks asked for beside a trend-adjusted figure: Helsingborg against R, other windows against the oracle."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from helpers import assert_valid_effect
from oracles.trend import Trend, labels

import effekt
from effekt import independent
from effekt.exceptions import ArgumentError

GOLDEN = json.loads((Path(__file__).parents[1] / "goldens" / "trend" / "output.json").read_text(encoding="utf-8"))
HELSINGBORG = {
    "outcome": "sick_leave_percent",
    "unit": "municipality",
    "time": "year",
    "period": "year",
    "reference_window": (2014, 2015),
    "evaluation_window": (2016, 2018),
    "comparator": "others",
    "weights": None,
}
MONTHS = {
    "outcome": ("days", "people"),
    "unit": "unit",
    "time": "time",
    "period": "month",
    "treated": "A",
    "comparator": "others",
    "weights": "denominator",
    "reference_window": ("2015-01", "2015-12"),
    "evaluation_window": ("2017-01", "2017-06"),
}


UNITS = ("A", "B", "C", "D", "E")


def panel(seed, first="2014-01", count=42, without=()):
    rng = random.Random(seed)
    rows = [
        (unit, label, round(rng.uniform(30, 60), 2), rng.randint(400, 600))
        for unit in UNITS
        for label in labels(first, count, "month")
        if label not in without
    ]
    rng.shuffle(rows)
    return dict(zip(("unit", "time", "days", "people"), map(list, zip(*rows, strict=True)), strict=True))


def beside(effect, name):
    return next(one for one in effect.diagnostics if one.name == name)


@pytest.mark.parametrize("golden", GOLDEN, ids=[one["treated"] for one in GOLDEN])
def test_helsingborg_is_what_r_finds(golden):
    effect = effekt.trend_adjusted(
        effekt.datasets.helsingborg(),
        treated=golden["treated"],
        checks=["regression_to_mean"],
        threshold=0.12,
        **HELSINGBORG,
    )
    found = beside(effect, "regression_to_mean").values
    for name in golden.keys() - {"treated", "effect"}:
        assert found[name] == pytest.approx(golden[name], rel=1e-8, abs=1e-12), name


def test_what_is_paid_for_nothing_depends_on_why_the_unit_was_chosen():
    """The highest municipality: 7.3 % chosen whatever its level, 25.7 % chosen for it."""
    effect = effekt.trend_adjusted(
        effekt.datasets.helsingborg(), treated="Bjuv", checks=["regression_to_mean"], threshold=0.12, **HELSINGBORG
    )
    found = beside(effect, "regression_to_mean")
    assert found.status == "warning"
    assert found.values["false_payment"] == pytest.approx(0.073, abs=5e-4)
    assert found.values["false_payment_given_level"] == pytest.approx(0.257, abs=5e-4)
    words = found.statement.sv.replace("\xa0", " ")
    assert "25,7 % i en enhet som valts för denna nivå, och 7,3 % i en som valts oavsett nivå" in words


def figure(data, reference, evaluation, **options):
    oracle = Trend(
        data,
        numerator="days",
        denominator="people",
        unit="unit",
        time="time",
        reference=reference,
        evaluation=evaluation,
        weights="denominator",
        mean="ratio_of_sums",
        adjustment="ratio",
        **options,
    )
    return float(oracle.relative(["A"], ["B", "C", "D", "E"]))


@pytest.mark.parametrize("same_months", [False, True])
def test_other_references_are_whole_years_more_or_fewer(same_months):
    data = panel(21, count=42)
    effect = effekt.trend_adjusted(data, checks=["baseline_choice"], same_months=same_months, **MONTHS)
    years = {year: labels(f"{year}-01", 12, "month") for year in (2014, 2015, 2016)}
    windows = {
        f"{first}-01–{last}-12": [label for year in range(first, last + 1) for label in years[year]]
        for first in years
        for last in years
        if first <= last
    }
    found = beside(effect, "baseline_choice")
    evaluation = labels("2017-01", 6, "month")
    expected = [figure(data, window, evaluation, same_months=same_months) for window in windows.values()]
    assert found.table["window"] == tuple(windows)
    assert found.table["relative"] == pytest.approx(expected, rel=1e-12)
    assert found.values["declared"] == effect.relative().estimate == float(effect.relative().exact_estimate)


def test_earlier_years_are_both_windows_moved_back():
    data = panel(22, first="2012-01", count=66)
    effect = effekt.trend_adjusted(data, checks=["placebo_in_time"], threshold=0.05, **MONTHS)
    found = beside(effect, "placebo_in_time")
    expected = {
        f"{year}-01–{year}-06": figure(data, labels(f"{year - 2}-01", 12, "month"), labels(f"{year}-01", 6, "month"))
        for year in (2016, 2015, 2014)
    }
    assert found.table["window"] == tuple(expected)
    assert found.table["relative"] == pytest.approx(list(expected.values()), rel=1e-12)


def test_excluded_periods_count_in_no_window_and_incomplete_windows_are_none():
    data = panel(23, first="2013-01", count=54, without=("2013-03",))
    effect = effekt.trend_adjusted(data, checks=["baseline_choice"], excluded=[("2015-02", "2015-03")], **MONTHS)
    found = beside(effect, "baseline_choice").table
    assert found["window"][0] == "2014-01–2014-12"
    window = [*labels("2014-01", 13, "month"), *labels("2015-04", 9, "month")]
    at = found["window"].index("2014-01–2015-12")
    assert found["relative"][at] == pytest.approx(figure(data, window, labels("2017-01", 6, "month")), rel=1e-12)


def test_checks_move_no_figure_and_are_recorded():
    data = panel(24)
    silent = effekt.trend_adjusted(data, **MONTHS)
    assert not {"checks", "threshold"} & set(silent.arguments)
    names = ["placebo_in_time", "regression_to_mean", "baseline_choice"]
    effect = effekt.trend_adjusted(data, checks=names, threshold=0.12, **MONTHS)
    assert (effect.exact, effect.inference, effect.notes) == (silent.exact, silent.inference, silent.notes)
    assert effect.diagnostics[: len(silent.diagnostics)] == silent.diagnostics
    assert effekt.trend_adjusted(data, **effect.arguments) == effect
    again = independent.METHODS["trend_adjusted"](data, **MONTHS, checks=names, threshold=0.12)
    assert again["counterfactual_mean"] == effect.exact.counterfactual
    assert_valid_effect(effect)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"checks": "baseline_choice"}, "`checks` must be a list such as ['baseline_choice']; got 'baseline_choice'."),
        (
            {"checks": ["luck"]},
            "`checks` must be 'regression_to_mean', 'baseline_choice', 'placebo_in_time', 'inference_choice', "
            "'substitution', 'level_break', 'spill_over', 'heaping' or 'composition_change'; got 'luck'.",
        ),
        (
            {"threshold": 0.12},
            "`threshold` must be None without `checks`, which are all that use it; name a check.",
        ),
        (
            {"checks": ["baseline_choice"], "threshold": 12},
            "`threshold` must be a number between 0 and 1, ends apart; got 12.",
        ),
        (
            {"checks": ["regression_to_mean"], "threshold": 0.12, "adjustment": "difference"},
            "`threshold` must be None when 'regression_to_mean' is the only check and adjustment='difference', whose "
            "line is in the outcome's unit; leave it out, or choose adjustment='ratio'.",
        ),
        (
            {"checks": ["regression_to_mean"], "inference": "none"},
            "`checks` can hold 'regression_to_mean' only with inference='placebo' or 'placebo_variance' and an "
            "adjustment, as it compares with units that had no intervention.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        effekt.trend_adjusted(panel(25), **(MONTHS | options))
    assert str(refusal.value) == sentence


def test_where_more_is_better_checks_count_increases():
    """The same figures; what reaches the threshold and what is larger are then those that rose."""
    names = ["baseline_choice", "placebo_in_time"]
    counted = {}
    for better in ("lower", "higher"):
        outcome = effekt.Outcome(column=("days", "people"), unit="days", better=better)
        found = effekt.trend_adjusted(panel(25), **(MONTHS | {"checks": names, "threshold": 0.001, "outcome": outcome}))
        counted[better] = {one.name: one for one in found.diagnostics if one.name in names}
    for name in names:
        relative = counted["higher"][name].table["relative"]
        assert counted["higher"][name].values["n_reaching"] == sum(one >= 0.001 for one in relative)
        assert counted["lower"][name].values["n_reaching"] == sum(one <= -0.001 for one in relative)


def test_the_correlation_is_that_of_the_placebo_distribution():
    effect = effekt.trend_adjusted(
        effekt.datasets.helsingborg(), treated="Klippan", checks=["regression_to_mean"], **HELSINGBORG
    )
    one, other = (beside(effect, name).values for name in ("regression_to_mean", "placebo_distribution"))
    assert one["correlation"] == pytest.approx(other["reference_correlation"], rel=1e-12)


YEARLY = {
    "outcome": "days",
    "unit": "unit",
    "time": "year",
    "period": "year",
    "treated": "A",
    "comparator": "others",
    "weights": None,
    "adjustment": "difference",
    "inference": "none",
}


def yearly(**days: tuple[float, ...]) -> dict[str, list[object]]:
    rows = [(unit, 2012 + i, value) for unit, row in days.items() for i, value in enumerate(row)]
    return {name: list(column) for name, column in zip(("unit", "year", "days"), zip(*rows, strict=True), strict=True)}


def test_windows_without_a_relative_change_are_counted_in_the_sentence():
    """The reference 2012 gives the counterfactual 2 − (9 − 2) and both years 3.5 − (6 − 2); 2013 gives 5 − (3 − 2)."""
    data = yearly(A=(2.0, 5.0, 3.0), B=(9.0, 3.0, 2.0), C=(9.0, 3.0, 2.0))
    effect = effekt.trend_adjusted(
        data, reference_window=(2013, 2013), evaluation_window=(2014, 2014), checks=["baseline_choice"], **YEARLY
    )
    found = beside(effect, "baseline_choice")
    assert found.table == {"window": ("2013",), "relative": (-0.25,)}
    assert (found.values["n_windows"], found.values["n_without_change"]) == (1, 2)
    assert found.statement.en == (
        "The data have no other admissible reference window than the declared one. For 2 more there is no relative "
        "change: a mean that it rests on is not above zero, or has no value."
    )
    assert found.statement.sv == (
        "Data har inget annat tillåtet referensfönster än det avtalade. För ytterligare 2 finns ingen relativ "
        "förändring: ett medelvärde som den vilar på är inte över noll, eller saknar värde."
    )


def test_earlier_years_without_a_relative_change_are_counted_too():
    data = yearly(A=(2.0, 5.0, 3.0), B=(9.0, 3.0, 2.0), C=(9.0, 3.0, 2.0))
    effect = effekt.trend_adjusted(
        data, reference_window=(2013, 2013), evaluation_window=(2014, 2014), checks=["placebo_in_time"], **YEARLY
    )  # moved back the counterfactual of 2013 is 2 − (9 − 3)
    found = beside(effect, "placebo_in_time")
    assert (found.values["n_windows"], found.values["n_without_change"]) == (0, 1)
    assert found.statement.en.startswith("The data do not reach far enough back")


def test_a_counterfactual_that_is_not_above_zero_takes_no_figure_away():
    """Without the intervention 2 − (9 − 2): there is a difference, and no relative change for the checks."""
    data = yearly(A=(1.0, 2.0, 3.0), B=(8.0, 9.0, 2.0), C=(8.0, 9.0, 2.0))
    names = ["baseline_choice", "placebo_in_time"]
    options = {"reference_window": (2013, 2013), "evaluation_window": (2014, 2014), **YEARLY}
    effect, plain = (effekt.trend_adjusted(data, checks=checks, **options) for checks in (names, []))
    assert effect.estimate == plain.estimate == 8.0
    told = {name: beside(effect, name) for name in names}
    assert {(one.status, *one.values, *one.table) for one in told.values()} == {("information",)}
    assert told["baseline_choice"].statement.en == (
        "The counterfactual is not above zero, so there is no relative change to give under other reference windows."
    )
    assert told["placebo_in_time"].statement.en == (
        "The counterfactual is not above zero, so there is no relative change to hold against those of earlier years."
    )
    assert told["placebo_in_time"].statement.sv == (
        "Det kontrafaktiska värdet är inte över noll, så det finns ingen relativ förändring att ställa mot dem i "
        "tidigare år."
    )
