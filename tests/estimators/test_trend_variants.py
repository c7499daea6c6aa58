"""Declared variants of the trend-adjusted comparison: what is left out, months matched, seasons, the data's vintage."""

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
from effekt.exceptions import ArgumentError, DataError, IncompleteWindowError

UNITS = ("A", "B", "C", "D", "E")
CALL = {
    "unit": "unit",
    "time": "time",
    "period": "month",
    "treated": "A",
    "comparator": "others",
    "reference_window": (2014, 2015),
    "evaluation_window": ("2016-01", "2016-09"),
}
OUTCOMES = ({"outcome": "days", "weights": None}, {"outcome": ("days", "people"), "weights": "denominator"})


def panel(seed, first="2014-01", count=42, period="month", without=()):
    rng = random.Random(seed)
    rows = [
        (unit, label, round(rng.uniform(30, 60), 2), rng.randint(400, 600))
        for unit in UNITS
        for label in labels(first, count, period)
        if label not in without
    ]
    rng.shuffle(rows)
    return dict(zip(("unit", "time", "days", "people"), map(list, zip(*rows, strict=True)), strict=True))


def compare(data, **options):
    return effekt.trend_adjusted(data, **(CALL | OUTCOMES[0] | options))


def second_route(data, **options):
    return independent.METHODS["trend_adjusted"](data, **(CALL | OUTCOMES[0] | options))


def beside(effect, name):
    return next(one for one in effect.diagnostics if one.name == name)


def check(data, options, reference, evaluation, same_months=False):
    """Against the oracle and the second route: means, placebos and the rank p."""
    given_options = {"mean": "ratio_of_sums", "adjustment": "ratio"} | OUTCOMES[0] | options
    effect = compare(data, **given_options)
    oracle = Trend(
        data,
        numerator="days",
        denominator="people" if given_options["weights"] else None,
        unit="unit",
        time="time",
        reference=reference,
        evaluation=evaluation,
        weights=given_options["weights"],
        mean=given_options["mean"],
        adjustment=given_options["adjustment"],
        same_months=same_months,
    )
    others = [unit for unit in UNITS if unit != "A"]
    assert effect.exact.treated == oracle.treated_mean(["A"])
    assert effect.exact.counterfactual == oracle.counterfactual(["A"], others)
    assert effect.rank_p_value() == oracle.p_value(["A"], others)
    again = second_route(data, **given_options)
    assert (effect.exact.treated, effect.exact.counterfactual) == (again["treated_mean"], again["counterfactual_mean"])
    assert effect.rank_p_value() == again["p_value"]
    assert effekt.trend_adjusted(data, **effect.arguments) == effect
    assert_valid_effect(effect)
    return effect


# --- left out ---------------------------------------------------------------------------------------------------------

COVID = {"excluded": [("2015-03", "2015-06"), ("2016-08", "2016-12")]}
KEPT = (
    [*labels("2014-01", 14, "month"), *labels("2015-07", 6, "month")],
    labels("2016-01", 7, "month"),
)


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("mean", ["ratio_of_sums", "mean_of_periods"])
@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
def test_what_is_left_out_counts_nowhere(outcome, mean, adjustment):
    effect = check(panel(3), {**outcome, **COVID, "mean": mean, "adjustment": adjustment}, *KEPT)
    whole = compare(panel(3), **outcome, mean=mean, adjustment=adjustment)
    both = beside(effect, "excluded_periods")
    assert both.values == {
        "excluded_periods": 6,
        "relative_excluding": pytest.approx(float(effect.relative().exact_estimate), rel=1e-12),
        "relative_nothing_excluded": pytest.approx(float(whole.relative().exact_estimate), rel=1e-12),
    }
    assert both.values["relative_excluding"] != both.values["relative_nothing_excluded"]
    assert "bara den avtalade gäller" in both.statement.sv
    assert effect.sample.n_obs == 5 * (20 + 7)


def test_excluded_periods_may_be_missing_from_the_data_and_others_may_not():
    data = panel(4, without=("2015-04", "2015-05"))
    effect = check(data, COVID, *KEPT)
    assert beside(effect, "excluded_periods").values["relative_nothing_excluded"] is None
    with pytest.raises(IncompleteWindowError) as refusal:
        compare(data, excluded=[("2015-05", "2015-06")])
    assert refusal.value.missing == ("2015-04",)


def test_nothing_excluded_is_nothing_said():
    effect = compare(panel(5))
    assert compare(panel(5), excluded=(), same_months=False, vintage=None) == effect
    assert not {"excluded", "same_months", "vintage", "vintage_column"} & set(effect.arguments)
    assert "excluded_periods" not in [one.name for one in effect.diagnostics]


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_the_values_of_excluded_periods_are_nothing(seed):
    rng = random.Random(seed)
    cells = panel(6)
    changed = dict(cells)
    out = {*labels("2015-03", 4, "month"), *labels("2016-08", 5, "month")}
    changed["days"] = [
        rng.randint(1, 99) if label in out else value for label, value in zip(cells["time"], cells["days"], strict=True)
    ]
    one, other = (compare(table, **COVID) for table in (cells, changed))
    assert (one.exact, one.inference) == (other.exact, other.inference)


# --- months matched ---------------------------------------------------------------------------------------------------


def test_months_matched_by_hand():
    """Evaluation in January and February; the reference holds two Januaries, one February and one March."""
    times = ["2017-01", "2017-02", "2017-03", "2018-01", "2018-02", "2019-01", "2019-02"]
    values = {"A": [8, 6, 99, 10, 8, 5, 3], "B": [4, 2, 99, 6, 4, 4, 4]}
    data = {
        "unit": [unit for unit in values for _ in times],
        "time": times * 2,
        "days": [value for own in values.values() for value in own],
    }
    choices = {"comparator": "B", "reference_window": ("2017-01", "2018-01"), "excluded": [("2017-04", "2017-12")]}
    effect = compare(data, **choices, evaluation_window=("2019-01", "2019-02"), same_months=True)
    # reference of A: half the mean of 8 and 10, half of 6; of B: half the mean of 4 and 6, half of 2
    assert effect.exact.counterfactual == (F(9) + 6) / 2 * F(4) / ((F(5) + 2) / 2) == F(60, 7)
    assert effect.exact.treated == 4


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("mean", ["ratio_of_sums", "mean_of_periods"])
@pytest.mark.parametrize("adjustment", ["ratio", "difference"])
@pytest.mark.parametrize("first", ["2014-01", "2014-06"])
def test_months_matched_is_the_oracle(outcome, mean, adjustment, first):
    reference = labels(first, 24 if first == "2014-01" else 19, "month")
    evaluation = labels("2016-01", 14, "month")
    options = {
        **outcome,
        "mean": mean,
        "adjustment": adjustment,
        "same_months": True,
        "reference_window": (first, "2015-12"),
        "evaluation_window": ("2016-01", "2017-02"),
    }
    effect = check(panel(7), options, reference, evaluation, same_months=True)
    assert effect.exact != compare(panel(7), **(options | {"same_months": False})).exact


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_whole_years_are_matched_already(outcome):
    options = {**outcome, "evaluation_window": ("2016-01", "2016-12")}
    matched = compare(panel(8), same_months=True, **options)
    assert matched.exact == compare(panel(8), **options).exact


def test_a_season_of_the_year_that_all_share_is_taken_out():
    """Summers are low everywhere: months unmatched see an effect in a winter window, months matched see none."""
    times = labels("2014-01", 27, "month")
    season = {label: 4 if label[5:] in ("06", "07", "08") else 8 for label in times}
    data = {
        "unit": [unit for unit in ("A", "B") for _ in times],
        "time": times * 2,
        "days": [level + season[label] for level in (2, 5) for label in times],
    }
    options = {"comparator": "B", "evaluation_window": ("2016-01", "2016-03"), "adjustment": "ratio"}
    assert compare(data, same_months=True, **options).exact.counterfactual == 10
    assert compare(data, **options).exact.counterfactual != 10


@settings(max_examples=15)
@given(st.integers(0, 50), st.sampled_from([2, 3, 10]), st.booleans())
def test_scale_names_and_order_are_nothing(seed, factor, same_months):
    data = panel(seed)
    options = {**COVID, "same_months": same_months, "evaluation_window": ("2016-01", "2017-02")}
    effect = compare(data, **options)
    scaled = dict(data, days=[round(value * factor, 2) for value in data["days"]])
    assert compare(scaled, **options).relative().exact_estimate == effect.relative().exact_estimate
    names = {"A": "Å", "B": "x", "C": "a", "D": "9", "E": "Ö"}
    renamed = dict(data, unit=[names[unit] for unit in data["unit"]])
    assert compare(renamed, **options, treated="Å").exact == effect.exact
    order = random.Random(seed).sample(range(len(data["unit"])), len(data["unit"]))
    assert compare({name: [column[i] for i in order] for name, column in data.items()}, **options) == effect


# --- seasons and windows in words -------------------------------------------------------------------------------------


def test_monthly_rows_take_windows_in_seasons_years_quarters_and_tertials():
    windows = ("2014/15", "2014/15"), ("2015/16", "2016/17")
    effect = compare(panel(9), reference_window=windows[0], evaluation_window=windows[1])
    months = labels("2014-07", 12, "month"), labels("2015-07", 24, "month")
    named = check(panel(9), {"reference_window": windows[0], "evaluation_window": windows[1]}, *months)
    assert named == effect
    assert effect.path.reference == ("2014-07", "2015-06")
    by_month = compare(panel(9), reference_window=("2014-04", "2015-08"), evaluation_window=("2015-09", "2016-12"))
    by_word = compare(panel(9), reference_window=("2014Q2", "2015T2"), evaluation_window=("2015-09", "2016T3"))
    assert by_word.exact == by_month.exact


def test_windows_in_words_are_told_in_months():
    windows = {"reference_window": "tertial 1 2014 – tertial 2 2015", "evaluation_window": ("2015-09", "2016-12")}
    effect = compare(panel(9), **windows, excluded=["mars 2014", ("2016-01", "2016-02")])
    note = next(one for one in effect.notes if one.code == "windows_in_words")
    assert note.text.en == (
        "In months, the reference window, “tertial 1 2014 – tertial 2 2015”, is 2014-01 to 2015-08; what is left out, "
        "“mars 2014”, is 2014-03 to 2014-03."
    )
    assert note.text.sv == (
        "I månader: referensfönstret, ”tertial 1 2014 – tertial 2 2015”, är 2014-01 till 2015-08; det som utesluts, "
        "”mars 2014”, är 2014-03 till 2014-03."
    )
    labelled = compare(panel(9), **windows | {"reference_window": ("2014-01", "2015-08")})
    assert "windows_in_words" not in {one.code for one in labelled.notes}
    with pytest.raises(ArgumentError, match="words in a list"):
        second_route(panel(9), **windows, excluded=("mars 2014",))


def test_rows_of_seasons():
    data = {
        "unit": ["A"] * 3 + ["B"] * 3,
        "time": ["2014/15", "2015/16", "2016/17"] * 2,
        "days": [8, 9, 8.4, 7, 7, 7.7],
    }
    call = {
        "period": "season",
        "comparator": "B",
        "reference_window": ("2014/15", "2014/15"),
        "evaluation_window": ("2016/17", "2016/17"),
    }
    effect = compare(data, **call)
    assert effect.exact.counterfactual == F("8.8")
    assert effect.estimand.population.en == "A, 2016/17 to 2016/17"
    assert second_route(data, **call)["counterfactual_mean"] == F("8.8")
    dated = dict(data, time=["2014-07-01", "2016-06-30", "2016-07-01"] * 2)
    assert compare(dated, **call).exact == effect.exact
    assert second_route(dated, **call)["counterfactual_mean"] == F("8.8")


# --- vintage ----------------------------------------------------------------------------------------------------------


def test_the_vintage_is_printed_and_held_against_its_column():
    data = panel(10)
    data["edition"] = ["mars 2019"] * len(data["unit"])
    effect = compare(data, vintage="mars 2019", vintage_column="edition")
    note = next(one for one in effect.notes if one.code == "data_vintage")
    assert note.text.sv == "Dataversion: mars 2019. En senare revidering ger en annan siffra."
    assert effect.arguments["vintage"] == "mars 2019"
    assert effekt.trend_adjusted(data, **effect.arguments) == effect
    assert second_route(data, vintage="mars 2019", vintage_column="edition")["counterfactual_mean"] == (
        effect.exact.counterfactual
    )
    data["edition"][4] = "juni 2019"
    with pytest.raises(DataError) as refusal:
        compare(data, vintage="mars 2019", vintage_column="edition")
    assert str(refusal.value) == (
        "Column 'edition' must hold the vintage 'mars 2019'; 1 row did not, the first at row 5. Use the declared "
        "vintage of the data."
    )
    with pytest.raises(DataError, match="vintage"):
        second_route(data, vintage="mars 2019", vintage_column="edition")


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"excluded": ("2015-03", "2015-06")},
            "`excluded` must be a list of pairs (first, last), or of windows in words, such as [('2020-03', "
            "'2021-09')] or ['March 2020 to September 2021']; got "
            "('2015-03', '2015-06').",
        ),
        (
            {"excluded": ("March 2015 to June 2015",)},
            "`excluded` must be a list of pairs (first, last), or of windows in words, such as [('2020-03', "
            "'2021-09')] or ['March 2020 to September 2021']; got ('March 2015 to June 2015',).",
        ),
        (
            {"excluded": ["2015-03", "2015-06"]},
            "`excluded` must be a list of pairs (first, last), or of windows in words, such as [('2020-03', "
            "'2021-09')] or ['March 2020 to September 2021']; got "
            "['2015-03', '2015-06'].",
        ),
        (
            {"excluded": [("2020-03", "2021-09")]},
            "`excluded` must lie in a window; 2020-03 to 2021-09 lies in neither 2014-01 to 2015-12 nor 2016-01 to "
            "2016-09. Take it out, or correct it.",
        ),
        (
            {"excluded": [("2016", "2016")]},
            "`excluded` must leave some month of `evaluation_window` (2016-01 to 2016-09); it leaves none. Exclude "
            "less.",
        ),
        ({"same_months": "yes"}, "`same_months` must be True or False; got 'yes'."),
        (
            {"same_months": True, "reference_window": ("2015-03", "2015-12")},
            "`reference_window` must hold every part of the year that the evaluation holds when same_months=True; it "
            "lacks January and February. Declare a longer reference window.",
        ),
        ({"vintage": " "}, "`vintage` must be a text such as 'published 2019-03-04', or None; got ' '."),
        (
            {"vintage_column": "edition"},
            "`vintage` must be given with `vintage_column`, which is held against it; write the text.",
        ),
        (
            {"reference_window": ("2014/16", "2015")},
            "`reference_window` must be given in whole months such as '2014-03', or in quarters, tertials, years or "
            "seasons; got '2014/16'.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(options, sentence):
    with pytest.raises(ArgumentError) as refusal:
        compare(panel(11), **options)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("period", "times", "options", "sentence"),
    [
        (
            "year",
            ["2014", "2015"],
            {"same_months": True, "reference_window": (2014, 2014), "evaluation_window": (2015, 2015)},
            "`same_months` must be False when period='year', as one row covers every month; use finer rows.",
        ),
        (
            "season",
            ["2014/15", "2015/16"],
            {"reference_window": (2014, 2014), "evaluation_window": (2015, 2015)},
            "`reference_window` must be given in whole seasons such as '2014/15'; got 2014.",
        ),
        (
            "quarter",
            ["2014Q1", "2014Q2"],
            {"reference_window": ("2014T1", "2014T1"), "evaluation_window": ("2014Q2", "2014Q2")},
            "`reference_window` must be given in whole quarters such as '2014Q1', or in years or seasons; "
            "got '2014T1'.",
        ),
    ],
)
def test_rows_too_coarse_for_what_is_asked_are_refused(period, times, options, sentence):
    data = {"unit": ["A", "A", "B", "B"], "time": times * 2, "days": [8, 7, 6, 5]}
    with pytest.raises(ArgumentError) as refusal:
        compare(data, period=period, **options)
    assert str(refusal.value) == sentence


def test_the_placebo_study_leaves_out_and_matches_alike():
    options = {name: value for name, value in CALL.items() if name not in ("treated", "comparator")}
    study = effekt.placebo_study(panel(12), **options, **OUTCOMES[0], **COVID, same_months=True)
    again = independent.METHODS["placebo_study"](panel(12), **options, **OUTCOMES[0], **COVID, same_months=True)
    assert study.table["relative"] == pytest.approx(
        [float(one) for one in again["placebo_relative"].values()], rel=1e-12
    )


def test_dates_within_a_season_are_rows_of_a_finer_period():
    data = {"unit": ["A", "A", "B", "B"], "time": ["2014-07-01", "2014-08-01"] * 2, "days": [1.0, 2.0, 3.0, 4.0]}
    with pytest.raises(DataError) as refusal:
        effekt.trend_adjusted(
            data,
            outcome="days",
            unit="unit",
            time="time",
            period="season",
            treated="A",
            reference_window=("2014/15", "2014/15"),
            evaluation_window=("2015/16", "2015/16"),
            comparator="others",
            weights=None,
        )
    assert str(refusal.value).endswith(
        "Remove the repeated rows, add them up if they are parts, or give each measure a column of its own. Rows of "
        "months take period='month', whose windows may be seasons."
    )


@pytest.mark.parametrize(
    ("evaluation", "options", "told"),
    [
        (("2019-01", "2019-12"), {}, False),
        (("2019-01", "2019-03"), {}, True),
        (("2019-01", "2019-03"), {"same_months": True}, False),
        (("2019-01", "2019-12"), {"excluded": [("2019-07", "2019-08")]}, True),
    ],
)
def test_windows_with_other_parts_of_the_year_are_told_of(evaluation, options, told):
    months = [f"{year}-{month:02d}" for year in (2017, 2018, 2019) for month in range(1, 13)]
    data = {
        "unit": [unit for unit in "ab" for _ in months],
        "month": months * 2,
        "y": [5.0 + (i % 12) / 10 + (unit == "b") for unit in "ab" for i, _ in enumerate(months)],
    }
    effect = effekt.trend_adjusted(
        data,
        outcome="y",
        unit="unit",
        time="month",
        period="month",
        treated="a",
        reference_window=("2017-01", "2018-12"),
        evaluation_window=evaluation,
        comparator="b",
        weights=None,
        inference="none",
        **options,
    )
    notes = [note.text for note in effect.notes if note.code == "other_seasons"]
    assert bool(notes) is told
    for note in notes:
        assert "the months of a year in other proportions" in note.en
        assert "årets månader i andra proportioner" in note.sv
