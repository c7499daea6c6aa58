"""The mean of yearly ratios: the change that is the plain mean of the changes of the evaluation's periods."""

from __future__ import annotations

import random
from fractions import Fraction as F

import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.trend import Trend, labels

import effekt
from effekt import independent
from effekt.exceptions import ArgumentError, DataError

UNITS = ("A", "B", "C", "D", "E", "F", "G")
CALL = {
    "unit": "unit",
    "time": "time",
    "period": "quarter",
    "treated": "A",
    "comparator": "others",
    "reference_window": (2014, 2015),
    "evaluation_window": ("2016Q1", "2016Q3"),
    "trend": "mean_of_period_ratios",
}
PLAIN, PAIR = {"outcome": "days", "weights": None}, {"outcome": ("days", "people"), "weights": "denominator"}
REFERENCE, EVALUATION = labels("2014Q1", 8, "quarter"), labels("2016Q1", 3, "quarter")


def panel(seed=1):
    rng = random.Random(seed)
    rows = [
        (unit, label, round(rng.uniform(30, 60), 2), rng.randint(400, 600))
        for unit in UNITS
        for label in labels("2014Q1", 12, "quarter")
    ]
    rng.shuffle(rows)
    return dict(zip(("unit", "time", "days", "people"), map(list, zip(*rows, strict=True)), strict=True))


def compare(data=None, **options):
    return effekt.trend_adjusted(data or panel(), **(CALL | PLAIN | options))


def test_by_hand():
    """A falls to 0.5 of what B's first year gives and to 0.9 of its second: by 0.3 on average, not by 16/22."""
    data = {
        "unit": ["A"] * 3 + ["B"] * 3,
        "time": [2017, 2018, 2019] * 2,
        "days": [10, 5, 36, 10, 10, 40],
    }
    options = {"period": "year", "reference_window": (2017, 2017), "evaluation_window": (2018, 2019), "comparator": "B"}
    effect = compare(data, **options)
    assert effect.relative().exact_estimate == F(-3, 10)
    assert effect.exact.treated == F(41, 2)
    assert effect.exact.counterfactual == F(41, 2) / F(7, 10)
    readings = next(one for one in effect.diagnostics if one.name == "trend_readings")
    assert readings.values == {
        "relative_mean_of_period_ratios": pytest.approx(-0.3, rel=1e-15),
        "relative_ratio_of_means": pytest.approx(41 / 50 - 1, rel=1e-15),
    }
    assert "förändringarna i utvärderingens perioder, som avtalat" in readings.statement.sv
    other = next(one for one in effect.diagnostics if one.name == "adjustment_readings")
    assert other.values["relative_ratio"] == pytest.approx(-0.3, rel=1e-15)
    changes = [y / c - 1 for y, c in zip(effect.path.treated, effect.path.counterfactual, strict=True)]
    assert changes[1:] == pytest.approx([-0.5, -0.1], rel=1e-12)


@pytest.mark.parametrize(
    ("outcome", "mean", "comparator", "same_months"),
    [
        (PLAIN, "ratio_of_sums", "others", False),
        (PAIR, "ratio_of_sums", "others", True),
        (PAIR, "mean_of_periods", "others", False),
        (PAIR, "ratio_of_sums", "B", False),
        (PLAIN, "mean_of_periods", "B", True),
    ],
)
def test_figure_and_placebos_are_those_of_the_oracle_and_of_the_second_route(outcome, mean, comparator, same_months):
    data, options = panel(2), {**outcome, "mean": mean, "comparator": comparator, "same_months": same_months}
    effect = compare(data, **options)
    oracle = Trend(
        data,
        numerator="days",
        denominator="people" if outcome is PAIR else None,
        unit="unit",
        time="time",
        reference=REFERENCE,
        evaluation=EVALUATION,
        weights=outcome["weights"],
        mean=mean,
        adjustment="ratio",
        same_months=same_months,
        trend="mean_of_period_ratios",
    )
    others = list(UNITS[1:]) if comparator == "others" else ["B"]
    assert effect.exact.treated == oracle.treated_mean(["A"])
    assert effect.exact.counterfactual == oracle.counterfactual(["A"], others)
    assert effect.rank_p_value() == oracle.p_value(["A"], others)
    errors = sorted(float(oracle.error(*pair)) for pair in oracle.placebos(["A"], others).values())
    assert effect.inference.errors == pytest.approx(errors, rel=1e-10)
    again = independent.METHODS["trend_adjusted"](data, **(CALL | options))
    assert (effect.exact.treated, effect.exact.counterfactual) == (again["treated_mean"], again["counterfactual_mean"])
    assert effect.rank_p_value() == again["p_value"]
    assert effekt.trend_adjusted(data, **effect.arguments) == effect
    assert_valid_effect(effect)


def test_one_period_is_the_ratio_of_means():
    options = {"evaluation_window": ("2016Q1", "2016Q1"), **PAIR}
    one, other = compare(**options), compare(**options, trend="ratio_of_means")
    assert (one.exact, one.inference) == (other.exact, other.inference)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 9))
def test_a_period_that_moves_all_alike_moves_nothing(seed, factor):
    """Each period counts alike, so that a common shock of one of them goes out, unlike in a ratio of means."""
    data = panel(seed)
    shocked = data | {
        "days": [
            round(factor * days, 2) if label == "2016Q2" else days
            for label, days in zip(data["time"], data["days"], strict=True)
        ]
    }
    one, other = compare(data, **PAIR), compare(shocked, **PAIR)
    assert one.relative().exact_estimate == other.relative().exact_estimate
    assert one.inference.errors == pytest.approx(other.inference.errors, rel=1e-12)
    plain = (compare(table, **PAIR, trend="ratio_of_means").relative().exact_estimate for table in (data, shocked))
    assert len(set(plain)) == 2


@pytest.mark.parametrize("options", [{"inference": "placebo_variance"}, {"level_correction": "regression"}])
def test_the_spread_and_the_line_are_of_its_own_placebos(options):
    data = panel(3)
    effect = compare(data, **PAIR, **options)
    again = independent.METHODS["trend_adjusted"](data, **(CALL | PAIR | options))
    assert effect.means.counterfactual == pytest.approx(float(again["counterfactual_mean"]), rel=1e-12)
    base = compare(data, **PAIR, **options, trend="ratio_of_means")
    assert base.relative().confidence_interval(0.8) != effect.relative().confidence_interval(0.8)


def test_a_placebo_study_has_the_change_of_every_unit():
    data = panel(4)
    names = ("unit", "time", "period", "reference_window", "evaluation_window", "trend")
    study = effekt.placebo_study(data, **{name: CALL[name] for name in names}, **PAIR)
    each = [compare(data, **PAIR, treated=unit).relative().estimate for unit in UNITS]
    assert sorted(study.table["relative"]) == pytest.approx(sorted(each), rel=1e-12)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"adjustment": "difference"},
            "`trend` can be 'mean_of_period_ratios' only with adjustment='ratio' and without `standardize`, as it is "
            "the mean of ratios of one period each; got adjustment='difference'. Use trend='ratio_of_means'.",
        ),
        (
            {"inference": "hac"},
            "`inference` can be 'placebo', 'placebo_variance' or 'none' with trend='mean_of_period_ratios', whose "
            "placebos are means of ratios too; got 'hac'. Use one of these, or trend='ratio_of_means'.",
        ),
        (
            {"checks": ["inference_choice"]},
            "`checks` can hold 'inference_choice' only without trend='mean_of_period_ratios', as hac, blocks and "
            "clusters are of the ratio of means; leave one of them out.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        compare(**options)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("own", "beside", "sentence"),
    [
        (
            [5, 6],
            [0, 40],
            "The comparator's mean of every evaluation period must be above zero for trend='mean_of_period_ratios', "
            "and it is not. Use trend='ratio_of_means', or adjustment='difference'.",
        ),
        (
            [0, 0],
            [1, 40],
            "The mean of the evaluation periods' ratios to the comparator must be above zero for "
            "trend='mean_of_period_ratios', and it is not. Use adjustment='difference'.",
        ),
    ],
)
def test_periods_that_have_no_ratio_are_refused(own, beside, sentence):
    data = {"unit": ["A"] * 3 + ["B"] * 3, "time": [2017, 2018, 2019] * 2, "days": [10, *own, 10, *beside]}
    options = {"period": "year", "reference_window": (2017, 2017), "evaluation_window": (2018, 2019), "comparator": "B"}
    with pytest.raises(DataError) as refusal:
        compare(data, **options)
    assert str(refusal.value) == sentence
    with pytest.raises(DataError, match="mean_of_period_ratios"):
        independent.METHODS["trend_adjusted"](data, **(CALL | PLAIN | options))
