"""Trend-adjusted comparison: worked numbers, an oracle, the second route, invariances, placebos and their interval."""

from __future__ import annotations

import csv
import math
import random
import time
from datetime import date
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers import assert_valid_effect
from hypothesis import given
from hypothesis import strategies as st
from oracles.trend import Trend, labels

import effekt
from effekt import independent
from effekt.exceptions import ArgumentError, IncompleteWindowError, InferenceUnavailableError, ViewUnavailableError

HELSINGBORG = Path(effekt.__file__).parent / "datasets" / "helsingborg" / "helsingborg_sick_leave.csv"
WINDOWS = {"reference_window": (2014, 2015), "evaluation_window": (2016, 2018)}
MUNICIPALITIES = {
    "outcome": effekt.Outcome(column="sick_leave_percent", unit="% of working time", better="lower"),
    "unit": "municipality",
    "time": "year",
    "period": "year",
    "weights": None,
    **WINDOWS,
}

PLAIN = {"outcome": "days", "unit": "unit", "time": "time", "weights": None, "comparator": "others"}


def panel(seed, period="year", units=("A", "B", "C", "D", "E", "F"), count=6, first="2013"):
    """Columns unit, time, days, people: `count` periods of every unit, two decimals, rows in no order."""
    rng = random.Random(seed)
    rows = [
        (unit, label, round(rng.uniform(30, 60), 2), rng.randint(400, 600))
        for unit in units
        for label in labels(first, count, period)
    ]
    rng.shuffle(rows)
    return dict(zip(("unit", "time", "days", "people"), map(list, zip(*rows, strict=True)), strict=True))


def compare(data, **options):
    return effekt.trend_adjusted(data, **(PLAIN | options))


def second_route(data, **options):
    return independent.METHODS["trend_adjusted"](data, **(PLAIN | options))


def series(values, first=2018):
    """Columns of plain yearly outcomes from {unit: (value, ...)}."""
    return {
        "unit": [unit for unit, own in values.items() for _ in own],
        "time": [first + t for own in values.values() for t in range(len(own))],
        "days": [value for own in values.values() for value in own],
    }


def two_years(values, **options):
    return compare(
        series(values),
        **({"period": "year", "reference_window": (2018, 2018), "evaluation_window": (2019, 2019)} | options),
    )


def readings(effect):
    return next(d for d in effect.diagnostics if d.name == "adjustment_readings").values


# --- worked numbers -----------------------------------------------------------------------------------------------


def test_a_municipality_against_the_nation():
    """Botkyrka 8.0 to 8.4 days while the nation went 7.0 to 7.7: a rise, and a trend-adjusted fall."""
    effect = two_years(
        {"Botkyrka": (8.0, 8.4), "Riket": (7.0, 7.7)},
        treated="Botkyrka",
        comparator="Riket",
        outcome=effekt.Outcome(column="days", unit="days per employee", better="lower"),
    )
    assert effect.exact.treated == F("8.4")
    assert effect.exact.counterfactual == F("8.8")
    assert effect.relative_improvement().exact_estimate == 1 - F("8.4") / F("8.8") == F(1, 22)
    assert effect.improvement().exact_estimate == F("0.4")
    assert readings(effect) == {
        "paying": "ratio",
        "relative_ratio": pytest.approx(-1 / 22, rel=1e-15),
        "relative_difference": pytest.approx(8.4 / 8.7 - 1, rel=1e-15),
        "relative_none": pytest.approx(0.05, rel=1e-15),
    }
    assert "comparator_series" in [note.code for note in effect.notes]
    with pytest.raises(InferenceUnavailableError) as refusal:
        effect.p_value()
    assert str(refusal.value) == (
        "Besides the comparator there is no unit without the intervention, and with every period of the windows, to "
        "serve as placebo."
    )
    assert refusal.value.sv == (
        "Utöver jämförelsen finns ingen enhet utan insatsen, och med varje period i fönstren, som kan tjäna som "
        "placebo."
    )
    assert effect.std_error is None
    assert_valid_effect(effect)


def test_helsingborg_as_the_treated_municipality():
    effect = effekt.trend_adjusted(HELSINGBORG, **MUNICIPALITIES, treated="Helsingborg", comparator="others")
    assert effect.rank_p_value() == F(7, 11)
    assert len(effect.inference.errors) == 10
    assert effect.sample.n_obs == 55
    assert (effect.sample.n_units, effect.sample.n_treated, effect.sample.n_control) == (11, 1, 10)
    assert effect.exact.treated == (F("6.57") + F("6.51") + F("6.41")) / 3
    with HELSINGBORG.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    plain = {**MUNICIPALITIES, "outcome": "sick_leave_percent"}
    again = independent.METHODS["trend_adjusted"](columns, **plain, treated="Helsingborg", comparator="others")
    assert effect.exact.counterfactual == again["counterfactual_mean"]
    assert effect.rank_p_value() == again["p_value"]
    assert effect.relative().placebo_sd == pytest.approx(again["placebo_sd_relative"], rel=1e-10)
    assert effect.inference.spread(effect.means, "difference") == effect.placebo_sd
    assert_valid_effect(effect)


def test_ten_placebos_allow_no_interval_at_95_percent():
    effect = effekt.trend_adjusted(HELSINGBORG, **MUNICIPALITIES, treated="Helsingborg", comparator="others")
    with pytest.raises(InferenceUnavailableError) as refusal:
        effect.confidence_interval(0.95)
    assert str(refusal.value) == (
        "With 10 placebos the smallest attainable p is 1/11 (0.0909), so no interval at level 0.95 exists; the highest "
        "level that does is 10/11 (0.9090)."
    )
    assert "10/11" in refusal.value.sv
    assert "95\N{NO-BREAK SPACE}%" in refusal.value.sv
    assert effect.confidence_interval(F(10, 11)).kind == "bounded"


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_the_interval_at_90_percent_by_hand(adjustment):
    """Ten placebos at 0.9: one rank in eleven is cut, so the ends are the observed error less and plus the largest."""
    effect = effekt.trend_adjusted(
        HELSINGBORG, **MUNICIPALITIES, treated="Helsingborg", comparator="others", adjustment=adjustment
    )
    table = pd.read_csv(HELSINGBORG).pivot(index="year", columns="municipality", values="sick_leave_percent")
    before, after = table.loc[2014:2015].mean(), table.loc[2016:2018].mean()

    def error(unit, others):
        start, trend = before[unit], (before[others].mean(), after[others].mean())
        if adjustment == "ratio":
            return math.log(after[unit] / (start * trend[1] / trend[0]))
        return after[unit] - (start + trend[1] - trend[0])

    donors = [name for name in table.columns if name != "Helsingborg"]
    largest = max(abs(error(unit, [other for other in donors if other != unit])) for unit in donors)
    own = error("Helsingborg", donors)
    native = effect.relative() if adjustment == "ratio" else effect.difference()
    ends = (own - largest, own + largest)
    if adjustment == "ratio":
        ends = tuple(math.expm1(end) for end in ends)
    found = native.confidence_interval(0.9)
    assert (found.low, found.high) == pytest.approx(ends, rel=1e-10)
    assert_valid_effect(effect)


# --- against the oracle and the second route ------------------------------------------------------------------------

OUTCOMES = {
    "plain": {"outcome": "days", "weights": None},
    "pair": {"outcome": ("days", "people"), "weights": None},
    "pair by denominator": {"outcome": ("days", "people"), "weights": "denominator"},
}


def check_against_both(data, period, windows, treated, comparator, **choices):
    reference, evaluation = windows
    options = {
        **choices,
        "period": period,
        "treated": treated,
        "comparator": comparator,
        "reference_window": (reference[0], reference[-1]),
        "evaluation_window": (evaluation[0], evaluation[-1]),
    }
    effect = compare(data, **options)
    oracle = Trend(
        data,
        numerator="days",
        denominator=None if choices["outcome"] == "days" else "people",
        unit="unit",
        time="time",
        reference=reference,
        evaluation=evaluation,
        weights=choices["weights"],
        mean=choices["mean"],
        adjustment=choices["adjustment"],
    )
    own = [treated] if isinstance(treated, str) else treated
    pool = comparator if isinstance(comparator, list) else [comparator]
    if comparator == "others":
        pool = [unit for unit in oracle.units if unit not in own]
    assert effect.exact.treated == oracle.treated_mean(own)
    assert effect.exact.counterfactual == oracle.counterfactual(own, pool)
    assert effect.treated_mean == float(effect.exact.treated)
    assert effect.counterfactual_mean == float(effect.exact.counterfactual)
    placebos = {unit: oracle.error(*pair) for unit, pair in oracle.placebos(own, pool).items()}
    assert effect.inference.errors == pytest.approx(sorted(map(float, placebos.values())), rel=1e-10)
    assert effect.rank_p_value() == oracle.p_value(own, pool)
    for reading in ("ratio", "difference", "none"):
        assert readings(effect)[f"relative_{reading}"] == pytest.approx(
            float(oracle.relative(own, pool, reading)), rel=1e-10
        )

    again = second_route(data, **options)
    assert effect.exact.treated == again["treated_mean"]
    assert effect.exact.counterfactual == again["counterfactual_mean"]
    errors = {unit: float(error) for unit, error in again["placebo_errors"].items() if unit in placebos}
    assert sorted(errors.values()) == pytest.approx(effect.inference.errors, rel=1e-10)
    if set(again["placebo_errors"]) == set(placebos):
        assert effect.rank_p_value() == again["p_value"]
    assert_valid_effect(effect)
    return effect


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("mean", ["ratio_of_sums", "mean_of_periods"])
@pytest.mark.parametrize("comparator", ["others", ["F", "C", "D"], "E"], ids=str)
@pytest.mark.parametrize("treated", ["A", ["B", "A"]], ids=str)
def test_every_reading_is_the_oracle(adjustment, outcome, mean, comparator, treated):
    data, years = panel(len(outcome) + len(mean)), labels("2013", 6, "year")
    check_against_both(
        data, "year", (years[:2], years[3:]), treated, comparator, adjustment=adjustment, mean=mean, **OUTCOMES[outcome]
    )


@pytest.mark.parametrize(
    ("period", "first"), [("month", "2014-11"), ("quarter", "2014Q4"), ("tertial", "2014T3"), ("year", "2013")]
)
@pytest.mark.parametrize("weights", ["denominator", None])
def test_every_period_is_the_oracle(period, first, weights):
    """Windows run over the turn of a year, and the periods between and after them do not count."""
    data, found = panel(3, period=period, count=9, first=first, units="ABCD"), labels(first, 9, period)
    choices = {"outcome": ("days", "people"), "weights": weights, "mean": "ratio_of_sums", "adjustment": "ratio"}
    effect = check_against_both(data, period, (found[1:4], found[5:8]), "C", "others", **choices)
    assert effect.path.periods == tuple(found[1:8])
    assert effect.path.reference == (found[1], found[3])
    assert effect.path.evaluation == (found[5], found[7])


def test_named_comparators_are_the_only_placebos():
    """A unit that is left out of a named comparator may be an adopter: it is no placebo."""
    values = {"A": (10, 9), "B": (8, 8.5), "C": (7, 7.7), "D": (6, 6.1), "E": (5, 9.9)}
    named = two_years(values, treated="A", comparator=["B", "C", "D"])
    without = two_years({name: own for name, own in values.items() if name != "E"}, treated="A", comparator="others")
    assert len(named.inference.errors) == 3
    assert named.inference == without.inference
    assert named.rank_p_value() == without.rank_p_value()
    assert named.exact == without.exact


def test_a_published_series_takes_every_other_complete_unit_as_placebo():
    values = {"A": (10, 9), "Riket": (7, 7.7), "B": (8, 8.5), "C": (6, 6.1), "D": (5,)}
    effect = two_years(values, treated="A", comparator="Riket")
    own = sorted(math.log(F(str(after)) / F(str(before)) / F("1.1")) for before, after in ((8, 8.5), (6, 6.1)))
    assert effect.inference.errors == pytest.approx(own, rel=1e-12)
    assert effect.rank_p_value() == F(1, 3)


def test_small_errors_keep_their_digits():
    """A change of one in a million: ln(1 + x) and not the logarithm of a rounded ratio."""
    values = {"A": (1_000_000, 1_000_002), "N": (7, 7), "B": (1_000_000, 1_000_001), "C": (2_000_000, 1_999_999)}
    effect = two_years(values, treated="A", comparator="N")
    assert effect.inference.errors == (math.log1p(-5e-7), math.log1p(1e-6))


def test_treated_units_are_pooled_and_their_order_is_nothing():
    data = panel(8)
    options = {"period": "year", "outcome": ("days", "people"), "comparator": ["D", "E", "F"]}
    windows = {"reference_window": (2013, 2014), "evaluation_window": (2015, 2018)}
    one = compare(data, treated=["A", "B", "C", "A"], **options, **windows)
    other = compare(data, treated=["C", "B", "A"], **options, **windows)
    assert one.exact == other.exact
    assert one.inference == other.inference
    assert one.sample == other.sample
    assert one.sample.n_treated == 3
    assert one.sample.n_obs == 6 * 6
    rows = zip(data["unit"], data["time"], data["days"], data["people"], strict=True)
    used = [(F(str(days)), people) for unit, year, days, people in rows if unit in "ABC" and int(year) >= 2015]
    assert one.exact.treated == sum(days for days, _ in used) / sum(people for _, people in used)


@pytest.mark.parametrize(
    "options",
    [
        {"comparator": "others", "outcome": ("days", "people"), "weights": "denominator"},
        {"comparator": ["D", "C"], "adjustment": "difference", "mean": "mean_of_periods"},
        {"comparator": None, "adjustment": "none", "outcome": effekt.Outcome(column="days", better="lower")},
    ],
)
def test_the_recorded_arguments_make_the_same_estimate(options):
    data = panel(17)
    windows = {"reference_window": (2013.0, 2014), "evaluation_window": (date(2015, 1, 1), "2018")}
    effect = compare(data, period="year", treated=["B", "A"], **windows, **options)
    assert effekt.trend_adjusted(data, **effect.arguments) == effect


def test_integer_labels_and_text_labels_are_one_unit():
    values = {127: (8.0, 8.4), 180: (7.0, 7.7), 181: (6.0, 6.1)}
    effect = two_years(values, treated=127, comparator="others")
    again = two_years({str(name): own for name, own in values.items()}, treated=["127"], comparator="others")
    assert effect.to_json() == again.to_json()
    assert effect.arguments["treated"] == ["127"]


def test_dates_belong_to_the_period_they_lie_in():
    text = panel(4, period="month", count=12, first="2014-01", units="ABC")
    days = {**text, "time": [date(int(label[:4]), int(label[5:]), 17) for label in text["time"]]}
    options = {"period": "month", "treated": "A", "reference_window": ("2014-01", "2014-06")}
    windows = [("2014-07", "2014-12"), (date(2014, 7, 1), date(2014, 12, 31))]
    one, other = (
        compare(data, evaluation_window=window, **options) for data, window in zip((text, days), windows, strict=True)
    )
    assert one.exact == other.exact
    assert one.inference == other.inference
    with_years = compare(
        text, period="month", treated="A", reference_window=(2014, "2014-06"), evaluation_window=windows[0]
    )
    assert with_years.exact == one.exact


# --- what is reported beside the figure -------------------------------------------------------------------------------


def test_before_and_after_is_labelled_not_an_effect():
    effect = two_years({"A": (8.0, 8.4), "B": (7.0, 7.7)}, treated="A", comparator=None, adjustment="none")
    assert effect.exact_estimate == F("0.4")
    assert effect.estimand.name == "before_after"
    assert not effect.estimand.causal
    assert effect.variance == "none/1"
    (note,) = [note for note in effect.notes if note.code == "before_after"]
    assert note.text.en.startswith("Before–after, not an effect")
    assert note.text.sv.startswith("Före–efter, inte en effekt")
    assert readings(effect) == {"paying": "none", "relative_none": pytest.approx(0.05, rel=1e-15)}
    assert note.text.en in effect.summary("en")
    assert note.text.sv in effect.summary("sv")
    with pytest.raises(InferenceUnavailableError) as refusal:
        effect.confidence_interval()
    assert str(refusal.value).startswith("A before–after comparison has no comparison units")
    assert refusal.value.sv.startswith("En före–efter-jämförelse har inga jämförelseenheter")
    assert_valid_effect(effect)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        *(
            (
                {"inference": inference, **more},
                "`inference` must be 'none', or be left out, when adjustment='none', of which there is no inference; "
                f"got {inference!r}.",
            )
            for inference, more in {
                "hac": {},
                "placebo_variance": {},
                "block_bootstrap": {"block_length": 1, "rng": 1},
                "cluster": {"cluster": "workplace"},
            }.items()
        ),
        (
            {"weights": "denominator"},
            "`weights` must be None when adjustment='none', which has no comparator to weigh; the treated units are "
            "taken together by their denominators; got 'denominator'.",
        ),
    ],
)
def test_before_and_after_takes_no_choice_that_it_would_not_follow(options, sentence):
    call = {"period": "year", "treated": ["A", "B"], "comparator": None, "adjustment": "none", "weights": None}
    windows = {"reference_window": (2013, 2014), "evaluation_window": (2015, 2018), "outcome": ("days", "people")}
    with pytest.raises(ArgumentError) as refusal:
        compare(panel(8), **(call | windows | options))
    assert str(refusal.value) == sentence


def test_inference_that_was_not_asked_for():
    values = {"A": (8.0, 8.4), "B": (7.0, 7.7), "C": (6.0, 6.6)}
    effect = two_years(values, treated="A", inference="none")
    assert effect.variance == "none/1"
    assert effect.tidy()["p_value"].isna().all()
    with pytest.raises(InferenceUnavailableError, match="Inference was not asked for"):
        effect.p_value()
    assert effect.exact == two_years(values, treated="A").exact
    assert_valid_effect(effect)


def test_the_placebo_distribution_is_beside_the_figure():
    effect = effekt.trend_adjusted(HELSINGBORG, **MUNICIPALITIES, treated="Helsingborg", comparator="others")
    (found,) = [d for d in effect.diagnostics if d.name == "placebo_distribution"]
    assert found.values["n_placebos"] == 10
    assert found.values["sd_relative"] == pytest.approx(effect.relative().placebo_sd, rel=1e-12)
    assert found.values["sd_log"] == pytest.approx(np.std(effect.inference.errors, ddof=1), rel=1e-12)
    assert "unit" not in found.table


def test_the_path_ends_in_the_counterfactual():
    """Period by period the counterfactual is the same rule; over one-period windows it is the counterfactual mean."""
    values = {"A": (8.0, 8.1, 8.4), "B": (7.0, 7.2, 7.7), "C": (6.0, None, 6.6)}
    for adjustment in ("ratio", "difference"):
        effect = two_years(values, treated="A", adjustment=adjustment, missing="drop", evaluation_window=(2020, 2020))
        assert effect.sample.n_dropped == 1
        assert effect.path.periods == ("2018", "2019", "2020")
        assert effect.path.treated == (8.0, 8.1, 8.4)
        assert effect.path.counterfactual[0] == effect.path.treated[0]
        assert effect.path.counterfactual[1] is None
        assert effect.path.counterfactual[2] == effect.counterfactual_mean


@pytest.mark.parametrize("weights", ["denominator", None])
@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_the_path_weighs_the_comparator_as_the_figure_does(weights, adjustment):
    data, years = panel(6), labels("2013", 6, "year")
    windows = {"reference_window": (2013, 2014), "evaluation_window": (2018, 2018)}
    options = {"outcome": ("days", "people"), "weights": weights, "adjustment": adjustment, "treated": ["A", "B"]}
    effect = compare(data, period="year", **windows, **options)
    assert effect.path.periods == tuple(years)
    assert effect.path.counterfactual[-1] == effect.counterfactual_mean
    assert effect.path.treated[-1] == effect.treated_mean


def test_readings_that_have_no_relative_change_are_left_out():
    """A loss of 4 that became 3 is no relative change, and a comparator below zero has no ratio."""
    effect = two_years({"A": (-4, -3), "B": (-2, -1), "C": (-1, -5)}, treated="A", adjustment="difference")
    assert readings(effect) == {"paying": "difference"}
    with pytest.raises(ViewUnavailableError):
        effect.relative()
    assert_valid_effect(effect)


def test_fractions_too_long_to_write_give_correctly_rounded_means():
    """A plain mean of hundreds of ratios with decimal denominators has thousands of digits, which JSON cannot carry."""
    rng = random.Random(11)
    units, months = [f"u{i:02d}" for i in range(40)], labels("2014-01", 24, "month")
    data = {
        "unit": [unit for unit in units for _ in months],
        "time": months * len(units),
        "days": [rng.randint(100, 5000) for _ in range(960)],
        "people": [rng.randint(100_000, 999_999) / 100 for _ in range(960)],
    }
    choices = {"outcome": ("days", "people"), "weights": None, "mean": "mean_of_periods", "adjustment": "ratio"}
    windows = {"reference_window": (2014, 2014), "evaluation_window": (2015, 2015)}
    effect = compare(data, treated="u00", comparator="others", period="month", **choices, **windows)
    assert effect.exact is None
    assert effekt.EffectEstimate.from_json(effect.to_json()) == effect
    again = second_route(data, treated="u00", comparator="others", period="month", **choices, **windows)
    assert again["counterfactual_mean"].denominator > 10**2000
    assert effect.counterfactual_mean == float(again["counterfactual_mean"])
    assert effect.treated_mean == float(again["treated_mean"])
    assert effect.rank_p_value() == again["p_value"]
    assert_valid_effect(effect)


# --- windows that are not complete ------------------------------------------------------------------------------------


def months(units, first, count, without=()):
    found = [(unit, label) for unit in units for label in labels(first, count, "month") if (unit, label) not in without]
    return {"unit": [unit for unit, _ in found], "time": [label for _, label in found], "days": [5.0] * len(found)}


def test_an_incomplete_window_names_the_months():
    options = {"treated": "A", "period": "month", "reference_window": ("2014-01", "2014-12")}
    later = {"evaluation_window": ("2015-01", "2015-06")}
    with pytest.raises(IncompleteWindowError) as refusal:
        compare(months("ABC", "2014-01", 16), **options, **later)
    assert refusal.value.missing == ("2015-05", "2015-06")
    gap = months("ABC", "2014-01", 18, without={("A", "2014-03"), ("B", "2014-03"), ("B", "2014-11"), ("C", "2015-02")})
    with pytest.raises(IncompleteWindowError) as refusal:
        compare(gap, **options, **later)
    assert refusal.value.missing == ("2014-03", "2014-11", "2015-02")
    with pytest.raises(IncompleteWindowError) as again:
        second_route(gap, **options, **later)
    assert again.value.missing == refusal.value.missing
    outside = months("ABC", "2013-01", 30, without={("A", "2013-05"), ("B", "2014-12")})
    assert compare(outside, **{**options, "reference_window": ("2014-01", "2014-11")}, **later).estimate == 0


# --- invariances ------------------------------------------------------------------------------------------------------

cells = st.tuples(st.integers(1, 400), st.integers(1, 60))
choices = st.fixed_dictionaries(
    {
        "weights": st.sampled_from([None, "denominator"]),
        "mean": st.sampled_from(["ratio_of_sums", "mean_of_periods"]),
        "adjustment": st.sampled_from(["ratio", "difference"]),
    }
)


@st.composite
def panels(draw):
    """{unit: [(numerator, denominator), ...]} of 3 to 6 units over 2 + 2 years."""
    units = draw(st.integers(3, 6))
    return {f"u{i}": draw(st.lists(cells, min_size=4, max_size=4)) for i in range(units)}


def estimate(cells, treated="u0", **options):
    data = {
        "unit": [unit for unit, own in cells.items() for _ in own],
        "time": [2014 + t for own in cells.values() for t in range(4)],
        "days": [pair[0] for own in cells.values() for pair in own],
        "people": [pair[1] for own in cells.values() for pair in own],
    }
    defaults = {"outcome": ("days", "people"), "reference_window": (2014, 2015), "evaluation_window": (2016, 2017)}
    return compare(data, period="year", treated=treated, **(defaults | options))


@given(cells=panels(), options=choices, factor=st.sampled_from([3, 10, 0.5, 1000]))
def test_scaling_the_outcome_scales_the_difference_and_leaves_the_rest(cells, options, factor):
    scaled = {unit: [(above * factor, below) for above, below in own] for unit, own in cells.items()}
    before, after = estimate(cells, **options), estimate(scaled, **options)
    assert after.exact_estimate == F(factor) * before.exact_estimate
    assert after.exact.treated == F(factor) * before.exact.treated
    if before.counterfactual_mean > 0:
        assert after.relative().exact_estimate == before.relative().exact_estimate
    assert after.rank_p_value() == before.rank_p_value()


@given(cells=panels(), options=choices, factor=st.integers(2, 50))
def test_a_comparator_in_another_unit_leaves_the_ratio(cells, options, factor):
    options["adjustment"] = "ratio"
    scaled = {
        unit: [(above * (1 if unit == "u0" else factor), below) for above, below in own] for unit, own in cells.items()
    }
    before, after = estimate(cells, **options), estimate(scaled, **options)
    assert after.exact == before.exact
    assert after.inference == before.inference


@given(cells=panels(), options=choices, level=st.integers(1, 50))
def test_a_comparator_at_another_level_leaves_the_difference(cells, options, level):
    options["adjustment"] = "difference"
    moved = {
        unit: [(above + (0 if unit == "u0" else level * below), below) for above, below in own]
        for unit, own in cells.items()
    }
    before, after = estimate(cells, **options), estimate(moved, **options)
    assert after.exact == before.exact
    assert after.inference.errors == before.inference.errors


@given(cells=panels(), options=choices, data=st.data())
def test_the_names_of_the_units_are_nothing(cells, options, data):
    names = data.draw(st.permutations(["a", "Ö", "u9", "Zz", "10", "9"]))
    renamed = dict(zip(cells, names, strict=False))
    shuffled = data.draw(st.permutations(list(cells)))
    before = estimate(cells, **options)
    after = estimate({renamed[unit]: cells[unit] for unit in shuffled}, treated=renamed["u0"], **options)
    assert after.exact == before.exact
    assert after.means == before.means
    assert after.inference == before.inference
    assert after.rank_p_value() == before.rank_p_value()
    assert after.sample == before.sample
    assert after.path == before.path
    assert readings(after) == readings(before)
    one, other = (effect.diagnostics[-1] for effect in (before, after))
    assert one.name == other.name
    for name, value in one.values.items():
        assert other.values[name] == (pytest.approx(value, rel=1e-9, abs=1e-12) if isinstance(value, float) else value)


@given(cells=panels(), options=choices)
def test_a_period_between_the_windows_is_nothing(cells, options):
    data = {
        "unit": [unit for unit, own in cells.items() for _ in range(5)],
        "time": [2014 + t for _ in cells for t in range(5)],
        "days": [above for own in cells.values() for above, _ in (*own[:2], (9, 7), *own[2:])],
        "people": [below for own in cells.values() for _, below in (*own[:2], (9, 7), *own[2:])],
    }
    windows = {"reference_window": (2014, 2015), "evaluation_window": (2017, 2018)}
    after = compare(data, outcome=("days", "people"), period="year", treated="u0", **windows, **options)
    before = estimate(cells, **options)
    assert after.exact == before.exact
    assert after.inference == before.inference


# --- same input, same bytes -------------------------------------------------------------------------------------------


def test_a_hundred_row_orders_give_the_same_bytes():
    """Whole units that tie in every cell, and ties across units and periods."""
    rng = random.Random(5)
    years = range(2014, 2018)
    rows = [(unit, year, rng.choice((1.5, 2.0, 2.5)), rng.choice((10, 20))) for unit in "ABCD" for year in years]
    rows += [(twin, year, days, people) for twin in "EF" for unit, year, days, people in rows if unit == "B"]
    found = set()
    for _ in range(100):
        rng.shuffle(rows)
        data = dict(zip(("unit", "time", "days", "people"), map(list, zip(*rows, strict=True)), strict=True))
        effect = compare(
            data,
            outcome=("days", "people"),
            weights="denominator",
            period="year",
            treated="A",
            reference_window=(2014, 2015),
            evaluation_window=(2016, 2017),
        )
        found.add(effect.to_json())
    assert len(found) == 1


def test_every_format_gives_the_same_bytes(tmp_path):
    data = panel(21, period="month", count=24, first="2014-01", units=("Ängelholm", "Åstorp", "Bjuv", "0127"))
    frame = pd.DataFrame(data)
    frame.to_csv(tmp_path / "comma.csv", index=False)
    frame.to_csv(tmp_path / "swedish.csv", index=False, sep=";", decimal=",", encoding="windows-1252")
    pq.write_table(pa.table(data), tmp_path / "panel.parquet")
    book = openpyxl.Workbook()
    for row in (list(data), *zip(*data.values(), strict=True)):
        book.active.append(row)
    book.save(tmp_path / "panel.xlsx")
    formats = [
        data,
        frame,
        frame.sample(frac=1, random_state=1),
        pl.DataFrame(data),
        pa.table(data),
        tmp_path / "comma.csv",
        tmp_path / "panel.parquet",
        str(tmp_path / "panel.xlsx"),
        effekt.read_table(tmp_path / "swedish.csv", delimiter=";", decimal=",", encoding="windows-1252"),
    ]
    kept = frame.copy()
    found = [
        compare(
            table,
            outcome=("days", "people"),
            weights="denominator",
            period="month",
            treated="Ängelholm",
            reference_window=(2014, 2014),
            evaluation_window=(2015, 2015),
        ).to_json()
        for table in formats
    ]
    assert len(set(found)) == 1
    pd.testing.assert_frame_equal(frame, kept)


# --- placebos: the p-value, its interval, and how often it errs -------------------------------------------------------


@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_the_interval_holds_exactly_the_nulls_that_are_not_rejected(adjustment, alternative):
    """At every attainable level, by the definition of the rank p-value, on the scale of the errors."""
    effect = compare(
        panel(31, units="ABCDEFGH"),
        period="year",
        treated="D",
        reference_window=(2013, 2014),
        evaluation_window=(2016, 2018),
        adjustment=adjustment,
    )
    view = effect.ratio() if adjustment == "ratio" else effect.difference()
    scale = math.log if adjustment == "ratio" else float
    errors, ranks = effect.inference.errors, len(effect.inference.errors) + 1
    grid = np.linspace(0.2, 3, 40) if adjustment == "ratio" else np.linspace(-60, 60, 40)
    tested = 0
    for k in range(1, ranks):
        found = view.confidence_interval(F(ranks - k, ranks), alternative)
        ends = [end for end in (found.low, found.high) if 0 < abs(end) < math.inf]
        around = [end * (1 + step) for end in ends for step in (-1e-7, 1e-7)]
        for null in (*around, *grid, view.estimate):
            distance = scale(view.estimate) - scale(null)
            extreme = {
                "two-sided": sum(abs(error) >= abs(distance) for error in errors),
                "greater": sum(error >= distance for error in errors),
                "less": sum(error <= distance for error in errors),
            }[alternative]
            p_value = F(1 + extreme, ranks)
            assert view.rank_p_value(null, alternative) == p_value
            assert (null in found) == (p_value > F(k, ranks))
            tested += 1
    assert tested > 200
    with pytest.raises(InferenceUnavailableError):
        view.confidence_interval(F(2 * ranks - 1, 2 * ranks), alternative)
    assert_valid_effect(effect)


def test_a_tie_counts_as_extreme():
    """A fell by two sevenths, B rose by two fifths: on the log scale equally far."""
    tie = two_years({"A": (7, 5), "B": (5, 7), "N": (1, 1)}, treated="A", comparator="N")
    assert tie.rank_p_value() == 1
    assert [d.name for d in tie.diagnostics] == ["adjustment_readings", "prediction_interval"]
    apart = two_years({"A": (7, 5), "B": (6, 7), "N": (1, 1)}, treated="A", comparator="N")
    assert apart.rank_p_value() == F(1, 2)
    linear = two_years(
        {"A": (7.3, 7.2), "B": (5.1, 5.2), "N": (1, 1)}, treated="A", comparator="N", adjustment="difference"
    )
    assert linear.rank_p_value() == 1


@pytest.mark.parametrize(("comparator", "rounds"), [("N", 20), ("others", 80)])
def test_a_unit_without_effect_is_paid_for_as_often_as_its_rank_says(comparator, rounds):
    """Exchangeable units: P(p <= k/(J+1)) is k/(J+1) against a series; against the others it is just below.

    The treated unit is compared with J others, a placebo with J - 1, whose mean is a little less certain. Whichever of
    the units is the treated one is as likely: each is, in turn, so that against a series every rank comes once a round.
    """
    rng, others = np.random.default_rng(20140301), 5
    names = [f"u{i}" for i in range(others + 1)]
    hits = np.zeros(others + 2)
    for _ in range(rounds):
        after = np.exp(rng.normal(0, 0.1, others + 1))
        values = {name: (1.0, float(value)) for name, value in zip(names, after, strict=True)}
        if comparator == "N":
            values["N"] = (1.0, 1.0)
        for treated in names:
            effect = two_years(values, treated=treated, comparator=comparator)
            hits[int(effect.rank_p_value() * (others + 1))] += 1
    shares = hits.cumsum() / hits.sum()
    for k in range(1, others + 2):
        rate = k / (others + 1)
        error = 4 * math.sqrt(rate * (1 - rate) / 1200) if comparator == "others" else 1e-12
        assert shares[k] <= rate + error
        assert shares[k] >= rate - error - (0.04 if comparator == "others" else 0)


# --- speed ------------------------------------------------------------------------------------------------------------


def test_the_size_of_sweden():
    """290 municipalities over 72 months: the seconds are printed, and no number is too long to write."""
    rng = np.random.default_rng(290)
    found = labels("2014-01", 72, "month")
    data = {
        "unit": np.repeat([f"{i:04d}" for i in range(290)], 72).tolist(),
        "time": found * 290,
        "days": rng.integers(100, 90_000, 290 * 72),
        "people": rng.integers(50_000, 5_000_000, 290 * 72) / 100,
    }
    for weights in ("denominator", None):
        start = time.perf_counter()
        effect = compare(
            data,
            outcome=("days", "people"),
            weights=weights,
            period="month",
            treated="0127",
            reference_window=(2014, 2016),
            evaluation_window=(2017, 2019),
        )
        print(f"290 x 72 months, weights={weights}: {time.perf_counter() - start:.2f} s")  # noqa: T201
        assert effect.confidence_interval(0.95).kind == "bounded"
        assert effekt.EffectEstimate.from_json(effect.to_json()) == effect
