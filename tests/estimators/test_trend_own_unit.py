"""A published series with the treated units in it, and a trend as the mean of the units' own ratios."""

from __future__ import annotations

import math
import random
from fractions import Fraction as F
from pathlib import Path

import pandas as pd
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.trend import Trend, labels

import effekt
from effekt import independent
from effekt.estimators.trend.checks import check_windows
from effekt.estimators.trend.comparison import Design
from effekt.estimators.trend.hac import _mean_ratio_moves
from effekt.estimators.trend.panel import read_panel
from effekt.estimators.trend.spans import check_spans
from effekt.exceptions import ArgumentError, DataError
from effekt.roles import as_outcome

HELSINGBORG = Path(effekt.__file__).parent / "datasets" / "helsingborg" / "helsingborg_sick_leave.csv"
UNITS = ("A", "B", "C", "D", "E")
TIMES = labels("2014-01", 30, "month")
REFERENCE, EVALUATION = TIMES[:12], TIMES[12:29]
CALL = {
    "unit": "unit",
    "time": "time",
    "period": "month",
    "treated": "A",
    "reference_window": (REFERENCE[0], REFERENCE[-1]),
    "evaluation_window": (EVALUATION[0], EVALUATION[-1]),
}
POOLED = {"outcome": ("days", "people"), "weights": "denominator"}
PLAIN = {"outcome": "days", "weights": None}


def panel(seed, series=None):
    """Five units, and a series "Riket" that holds all of them: the sums, or the plain mean (exact in decimals)."""
    rng = random.Random(seed)
    cells = {(u, t): (round(rng.uniform(30, 60), 2), rng.randint(400, 600)) for u in UNITS for t in TIMES}
    rows = [(unit, time, *pair) for (unit, time), pair in cells.items()]
    for time in TIMES if series else ():
        days = sum(F(str(cells[unit, time][0])) for unit in UNITS)
        people = sum(cells[unit, time][1] for unit in UNITS)
        rows.append(("Riket", time, float(days if series == "sums" else days / 5), people))
    rng.shuffle(rows)
    return dict(zip(("unit", "time", "days", "people"), map(list, zip(*rows, strict=True)), strict=True))


def compare(data, **options):
    return effekt.trend_adjusted(data, **(CALL | options))


def beside(effect, name):
    return next(one for one in effect.diagnostics if one.name == name)


def agrees_with_the_second_route(data, effect, **options):
    again = independent.METHODS["trend_adjusted"](data, **(CALL | options))
    assert (effect.exact.treated, effect.exact.counterfactual) == (again["treated_mean"], again["counterfactual_mean"])
    assert effect.rank_p_value() == again["p_value"]
    assert effect.relative().placebo_sd is None or effect.inference.errors == pytest.approx(
        sorted(float(error) for error in again["placebo_errors"].values()), rel=1e-12, abs=1e-15
    )
    assert effekt.trend_adjusted(data, **effect.arguments) == effect
    assert_valid_effect(effect)


# --- the treated unit in the series -----------------------------------------------------------------------------------


@pytest.mark.parametrize("treated", ["A", ["A", "B"]])
@pytest.mark.parametrize("mean", ["ratio_of_sums", "mean_of_periods"])
@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize(("how", "declared"), [("sums", POOLED), ("mean", PLAIN | {"series_units": 5})])
def test_a_series_without_the_treated_is_all_the_others(treated, mean, adjustment, how, declared):
    """The sum, or the plain mean, of all units, less the treated: the others; so for every placebo."""
    options = declared | {"mean": mean, "adjustment": adjustment, "treated": treated}
    series = compare(panel(1, how), comparator="Riket", own_unit="removed", **options)
    plain = {name: value for name, value in options.items() if name != "series_units"}
    others = compare(panel(1), comparator="others", **plain)
    assert series.exact == others.exact
    assert series.inference.errors == pytest.approx(others.inference.errors, rel=1e-12)
    assert series.rank_p_value() == others.rank_p_value()
    assert series.path.counterfactual == pytest.approx(others.path.counterfactual, rel=1e-12)
    agrees_with_the_second_route(panel(1, how), series, comparator="Riket", own_unit="removed", **options)


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize(("how", "declared"), [("sums", POOLED), ("mean", PLAIN | {"series_units": 5})])
def test_the_long_run_variance_is_that_of_the_others(adjustment, how, declared):
    options = declared | {"adjustment": adjustment, "inference": "hac"}
    plain = {name: value for name, value in options.items() if name != "series_units"}
    series = compare(panel(2, how), comparator="Riket", own_unit="removed", **options)
    others = compare(panel(2), comparator="others", **plain)
    assert series.inference.covariance == pytest.approx(others.inference.covariance, rel=1e-10)


def test_by_hand():
    """A has 10 of the nation's 100 employees: 80 days of 500, then 60 of 480. The rest: 420 of 90, then 420 of 90."""
    data = {
        "unit": ["A", "A", "Riket", "Riket"],
        "time": ["2014", "2015"] * 2,
        "days": [80, 60, 500, 480],
        "people": [10, 10, 100, 100],
    }
    call = {
        "period": "year",
        "reference_window": (2014, 2014),
        "evaluation_window": (2015, 2015),
        "comparator": "Riket",
        **POOLED,
    }
    removed = compare(data, own_unit="removed", **call)
    kept = compare(data, own_unit="kept", **call)
    assert removed.exact.counterfactual == 8
    assert removed.relative().exact_estimate == F(-1, 4)
    assert kept.exact.counterfactual == F(8 * 480, 500)
    for effect, declared in ((removed, "removed"), (kept, "kept")):
        assert beside(effect, "own_unit").values == {
            "own_unit": declared,
            "share_reference": 0.1,
            "share_evaluation": 0.1,
            "relative_kept": pytest.approx(6 / 7.68 - 1, rel=1e-12),
            "relative_removed": -0.25,
        }


def test_what_is_declared_is_said_and_moves_nothing_else():
    data = panel(3, "sums")
    silent = compare(data, comparator="Riket", **POOLED)
    assert not {"own_unit", "series_units", "trend"} & set(silent.arguments)
    assert silent.notes[0].code == "comparator_series"
    for declared in ("absent", "kept"):
        effect = compare(data, comparator="Riket", own_unit=declared, **POOLED)
        assert (effect.exact, effect.inference) == (silent.exact, silent.inference)
        assert effect.notes[0].code == f"comparator_series_{declared}"
        assert ("placebos_in_series" in [note.code for note in effect.notes]) == (declared == "absent")
        agrees_with_the_second_route(data, effect, comparator="Riket", own_unit=declared, **POOLED)
    assert "own_unit" not in [
        one.name for one in compare(data, comparator="Riket", own_unit="absent", **POOLED).diagnostics
    ]
    removed = compare(data, comparator="Riket", own_unit="removed", **POOLED)
    assert removed.notes[0].text.sv.startswith("Jämförelsen är en enda serie ur vilken de behandlade enheterna")
    assert "bara den avtalade gäller" in beside(removed, "own_unit").statement.sv


def test_a_plain_mean_of_unknown_size_keeps_its_share_untold():
    effect = compare(panel(4, "mean"), comparator="Riket", own_unit="kept", **PLAIN)
    values = beside(effect, "own_unit").values
    assert (values["share_reference"], values["share_evaluation"], values["relative_removed"]) == (None, None, None)
    told = compare(panel(4, "mean"), comparator="Riket", own_unit="kept", series_units=5, **PLAIN)
    assert beside(told, "own_unit").values["share_reference"] == 0.2
    assert beside(told, "own_unit").values["relative_removed"] == pytest.approx(
        float(compare(panel(4), comparator="others", **PLAIN).relative().exact_estimate), rel=1e-12
    )


@pytest.mark.parametrize("month", ["2014-05", "2015-03", "2016-06"])
@pytest.mark.parametrize(
    ("how", "declared", "column"),
    [("sums", POOLED, "people"), ("sums", POOLED, "days"), ("mean", PLAIN | {"series_units": 5}, "days")],
)
def test_no_figure_is_told_of_a_series_that_cannot_hold_the_treated(how, declared, column, month):
    """Where a call that takes them out is refused, the one that leaves them in has no reading without them."""
    data = panel(12, how)
    row = next(i for i in range(180) if (data["unit"][i], data["time"][i]) == ("Riket", month))
    data[column][row] = 1
    for trend_adjusted in (effekt.trend_adjusted, independent.METHODS["trend_adjusted"]):
        with pytest.raises(DataError):
            trend_adjusted(data, **CALL, comparator="Riket", own_unit="removed", inference="none", **declared)
    effect = compare(data, comparator="Riket", own_unit="kept", **declared)
    values = beside(effect, "own_unit").values
    assert values["relative_removed"] is None
    assert values["relative_kept"] == pytest.approx(effect.relative().estimate, rel=1e-12)
    assert "series removed" not in independent.OTHERWISE["trend_adjusted"](
        data, **CALL, comparator="Riket", own_unit="kept", **declared
    )


def test_no_figure_is_told_of_sums_as_a_plain_mean():
    data = panel(5, "mean")
    options = {"outcome": ("days", "people"), "weights": None, "series_units": 5, "comparator": "Riket"}
    with pytest.raises(ArgumentError):
        compare(data, own_unit="removed", inference="none", **options)
    values = beside(compare(data, own_unit="kept", **options), "own_unit").values
    assert (values["share_reference"], values["relative_removed"]) == (0.2, None)
    assert "series removed" not in independent.OTHERWISE["trend_adjusted"](data, **CALL, own_unit="kept", **options)


def test_ratios_of_two_columns_in_a_plain_mean():
    """The series' own ratio is the plain mean of the units' ratios in each period: units of 500 people each."""
    data = panel(5, "mean") | {"people": [500] * 30 * 6}
    options = {"outcome": ("days", "people"), "weights": None, "mean": "mean_of_periods", "series_units": 5}
    effect = compare(data, comparator="Riket", own_unit="removed", **options)
    plain = {name: value for name, value in options.items() if name != "series_units"}
    others = compare(panel(5) | {"people": [500] * 30 * 5}, comparator="others", **plain)
    assert effect.exact == others.exact
    agrees_with_the_second_route(data, effect, comparator="Riket", own_unit="removed", **options)


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from([2, 10]), st.sampled_from(["ratio", "difference"]))
def test_scale_names_and_order_are_nothing(seed, factor, adjustment):
    data = panel(seed, "sums")
    options = {"comparator": "Riket", "own_unit": "removed", "adjustment": adjustment, **POOLED}
    effect = compare(data, **options)
    scaled = dict(data, days=[round(value * factor, 2) for value in data["days"]])
    assert compare(scaled, **options).relative().exact_estimate == effect.relative().exact_estimate
    names = {"A": "Å", "B": "x", "C": "a", "D": "9", "E": "Ö", "Riket": "0"}
    renamed = dict(data, unit=[names[unit] for unit in data["unit"]])
    assert compare(renamed, **(options | {"treated": "Å", "comparator": "0"})).exact == effect.exact
    order = random.Random(seed).sample(range(len(data["unit"])), len(data["unit"]))
    assert compare({name: [column[i] for i in order] for name, column in data.items()}, **options) == effect


BOTH = ("ratio_of_means", "mean_of_ratios")

# --- the mean of ratios -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", ["ratio_of_sums", "mean_of_periods"])
@pytest.mark.parametrize("outcome", ["days", ("days", "people")])
def test_the_mean_of_ratios_is_the_oracle(mean, outcome):
    data = panel(6)
    options = {"comparator": "others", "outcome": outcome, "weights": None, "mean": mean, "trend": "mean_of_ratios"}
    effect = compare(data, **options)
    oracle = Trend(
        data,
        numerator="days",
        denominator="people" if outcome != "days" else None,
        unit="unit",
        time="time",
        reference=REFERENCE,
        evaluation=EVALUATION,
        weights=None,
        mean=mean,
        adjustment="ratio",
        trend="mean_of_ratios",
    )
    others = list(UNITS[1:])
    assert effect.exact.counterfactual == oracle.counterfactual(["A"], others)
    assert effect.rank_p_value() == oracle.p_value(["A"], others)
    other = compare(data, **(options | {"trend": "ratio_of_means"}))
    assert beside(effect, "trend_readings").values == {
        "relative_mean_of_ratios": pytest.approx(float(effect.relative().exact_estimate), rel=1e-12),
        "relative_ratio_of_means": pytest.approx(float(other.relative().exact_estimate), rel=1e-12),
    }
    assert effect.exact != other.exact
    agrees_with_the_second_route(data, effect, **options)


def test_the_path_at_one_period_is_the_figure():
    options = {"comparator": "others", "trend": "mean_of_ratios", "evaluation_window": ("2015-01", "2015-01"), **PLAIN}
    effect = compare(panel(7), **options)
    assert effect.path.counterfactual[-1] == pytest.approx(float(effect.exact.counterfactual), rel=1e-12)


def test_one_series_has_one_ratio():
    data = panel(8, "mean")
    one, other = (compare(data, comparator="Riket", trend=trend, **PLAIN) for trend in BOTH)
    assert one.exact == other.exact
    hac = [compare(data, comparator="Riket", trend=trend, inference="hac", **PLAIN) for trend in BOTH]
    assert hac[0].inference.covariance == pytest.approx(hac[1].inference.covariance, rel=1e-10)


def of_ratios(data):
    """The design itself, whose influences are looked at."""
    cells, _ = read_panel(data, as_outcome("days"), "unit", "time", "month", "ratio_of_sums", "raise")
    spans = check_spans(check_windows(CALL["reference_window"], CALL["evaluation_window"], "month"), (), False, "month")
    return Design(
        panel=cells,
        reference=spans[0],
        evaluation=spans[1],
        weighted=False,
        adjustment="ratio",
        trend="mean_of_ratios",
    )


@pytest.mark.parametrize(("window", "time", "sign"), [(0, REFERENCE[3], -1), (1, EVALUATION[3], 1)])
def test_the_influence_on_a_mean_of_ratios_is_its_slope(window, time, sign):
    """Every cell of one period moved by a little of its distance from its unit's window mean: the change in log r̄."""
    data, others, small = panel(9), UNITS[1:], 1e-4
    base = of_ratios(data)
    times = (base.reference, base.evaluation)[window].times
    own = {unit: float(base.panel.pooled((unit,), times)) for unit in others}
    moved = dict(data)
    moved["days"] = [
        days + small * (days - own[unit]) if unit in others and label == time else days
        for days, unit, label in zip(data["days"], data["unit"], data["time"], strict=True)
    ]
    at = base.evaluation.times
    change = math.log(of_ratios(moved).mean_ratio(others, at) / base.mean_ratio(others, at))
    assert sign * change / small == pytest.approx(_mean_ratio_moves(base, others)[window][3], rel=1e-3)


def test_helsingborg_mean_of_donor_ratios():
    """8.12 % where the ratio of means has 8.08 (docs/conventions.md)."""
    options = {
        "outcome": "sick_leave_percent",
        "unit": "municipality",
        "time": "year",
        "period": "year",
        "reference_window": (2014, 2015),
        "evaluation_window": (2016, 2018),
        "weights": None,
    }
    study = effekt.placebo_study(effekt.datasets.helsingborg(), trend="mean_of_ratios", **options)
    assert study.values["sd_relative"] == pytest.approx(0.0812, abs=5e-5)
    columns = pd.read_csv(HELSINGBORG, dtype=str).to_dict("list")
    again = independent.METHODS["placebo_study"](columns, trend="mean_of_ratios", **options)
    assert study.values["sd_relative"] == pytest.approx(again["placebo_sd_relative"], rel=1e-12)


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "options", "sentence"),
    [
        (
            "sums",
            {**POOLED, "comparator": "others", "own_unit": "removed"},
            "`own_unit` must be None unless `comparator` is one published series; no treated unit is ever among named "
            "units or 'others'.",
        ),
        (
            "sums",
            {**POOLED, "comparator": "Riket", "own_unit": "gone"},
            "`own_unit` must be 'absent', 'kept' or 'removed'; got 'gone'.",
        ),
        (
            "sums",
            {**POOLED, "comparator": "Riket", "series_units": 5},
            "`series_units` must be None unless own_unit='kept' or 'removed'; declare `own_unit`.",
        ),
        (
            "sums",
            {**POOLED, "comparator": "Riket", "own_unit": "removed", "series_units": 5},
            "`series_units` must be None with weights='denominator', whose denominators say how much of the series the "
            "treated units are, and with own_unit='absent'.",
        ),
        (
            "mean",
            {**PLAIN, "comparator": "Riket", "own_unit": "removed"},
            "`series_units` must be given with own_unit='removed' and weights=None: how many units the series is the "
            "plain mean of, such as 290.",
        ),
        (
            "mean",
            {**PLAIN, "comparator": "Riket", "own_unit": "removed", "series_units": 4},
            "`series_units` must be an integer of at least 5; got 4.",
        ),
        (
            "mean",
            {
                "outcome": ("days", "people"),
                "weights": None,
                "comparator": "Riket",
                "own_unit": "removed",
                "series_units": 5,
            },
            "`own_unit` 'removed' with weights=None needs an outcome of one column, or mean='mean_of_periods': a plain "
            "mean of units has no denominators to add up.",
        ),
        (
            None,
            {**POOLED, "comparator": "others", "trend": "mean_of_ratios"},
            "`trend` can be 'mean_of_ratios' only with adjustment='ratio' and weights=None, as it gives every "
            "comparator unit's own ratio the same weight; use trend='ratio_of_means'.",
        ),
        (
            None,
            {**PLAIN, "comparator": "others", "trend": "median"},
            "`trend` must be 'ratio_of_means', 'mean_of_ratios' or 'mean_of_period_ratios'; got 'median'.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(how, options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        compare(panel(11, how), **options)
    assert str(refusal.value) == sentence


def test_a_series_smaller_than_its_units_is_refused():
    data = panel(12, "sums")
    row = next(i for i in range(180) if (data["unit"][i], data["time"][i]) == ("Riket", "2014-05"))
    data["people"][row] = 300
    with pytest.raises(DataError) as refusal:
        compare(data, comparator="Riket", own_unit="removed", **POOLED)
    assert str(refusal.value) == (
        "The denominator of the comparator must be larger than that of the units in it when own_unit='removed'; in 1 "
        "month it is not, the first 2014-05. Use a series that contains the units, or own_unit='absent'."
    )
    with pytest.raises(DataError, match="larger"):
        independent.METHODS["trend_adjusted"](data, **CALL, comparator="Riket", own_unit="removed", **POOLED)


@pytest.mark.parametrize(
    ("how", "declared", "what"),
    [
        ("sums", POOLED, "numerator of the comparator"),
        ("mean", PLAIN | {"series_units": 5}, "comparator's mean times its number of units"),
    ],
)
def test_a_series_with_less_than_its_units_outcome_is_refused(how, declared, what):
    """Two months in which the units in it alone have more days than the series, which would be days below none."""
    data = panel(12, how)
    for month in ("2015-03", "2014-05"):
        row = next(i for i in range(180) if (data["unit"][i], data["time"][i]) == ("Riket", month))
        data["days"][row] = 1.0
    with pytest.raises(DataError) as refusal:
        compare(data, comparator="Riket", own_unit="removed", **declared)
    assert str(refusal.value) == (
        f"The {what} must be at least that of the units in it when own_unit='removed'; in 2 months it is not, the "
        "first 2014-05. Use a series that contains the units, or own_unit='absent'."
    )
    with pytest.raises(DataError, match="at least"):
        independent.METHODS["trend_adjusted"](data, **CALL, comparator="Riket", own_unit="removed", **declared)


def test_outcomes_below_zero_may_be_taken_out_of_a_series():
    data = panel(12, "mean")
    data["days"] = [round(value - 45, 3) for value in data["days"]]
    found = compare(data, comparator="Riket", own_unit="removed", series_units=5, adjustment="difference", **PLAIN)
    others = {
        name: [c for c, u in zip(cells, data["unit"], strict=True) if u != "Riket"] for name, cells in data.items()
    }
    again = compare(others, comparator="others", adjustment="difference", **PLAIN)
    assert found.estimate == pytest.approx(again.estimate, rel=1e-10)


def test_a_mean_of_ratios_needs_every_unit_above_zero():
    data = panel(13)
    data["days"] = [
        0 if unit == "C" and time in REFERENCE else d
        for unit, time, d in zip(*(data[k] for k in ("unit", "time", "days")), strict=True)
    ]
    with pytest.raises(DataError) as refusal:
        compare(data, comparator="others", trend="mean_of_ratios", **PLAIN)
    assert str(refusal.value) == (
        "The reference mean of every comparator unit must be above zero for trend='mean_of_ratios'; for 1 of 4 units "
        "it is not. Use trend='ratio_of_means', or adjustment='difference'."
    )
