"""A covariate of text in every design: the golden of a formula, 0/1 columns made by hand, and both routes."""

from __future__ import annotations

import datetime

import numpy as np
import openpyxl
import pandas as pd
import patsy
import polars as pl
import pyarrow as pa
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.treatment.treatment_effects import TreatmentEffect

import effekt
from effekt import independent
from effekt.exceptions import DataError

LABELS = ("hög", "low", "mid")
TRIAL = {"outcome": "y", "treatment": "t"}
MATCH = {"unit": "id", "treatment": "t"}
BY_HAND = ["age", "low", "mid"]


def people(n=120, seed=3):
    """Persons with a category that goes with treatment and outcome."""
    rng = np.random.default_rng(seed)
    place = rng.integers(0, 3, n)
    frame = pd.DataFrame({"id": np.arange(n), "age": rng.integers(20, 60, n), "cluster": np.arange(n) % 12})
    frame["school"] = np.array(LABELS)[place]
    frame["t"] = (rng.random(n) < 0.3 + 0.15 * place).astype(int)
    frame["t_cluster"] = frame.cluster % 2
    frame["y"] = np.round(rng.normal(size=n) + 0.1 * frame.age + place * frame.t, 3)
    for label in LABELS[1:]:
        frame[label] = (frame.school == label).astype(int)
    return frame


DATA = people()


def numbers(effect):
    return [effect.treated_mean, effect.counterfactual_mean, effect.std_error, effect.df]


# --- goldens ----------------------------------------------------------------------------------------------------------


def test_additive_regression_is_that_of_a_formula():
    effect = effekt.randomized_trial(DATA, **TRIAL, covariates=["age", "school"], adjustment="additive")
    fit = smf.ols("y ~ t + age + C(school)", DATA).fit(cov_type="HC2")
    assert [effect.estimate, effect.std_error] == pytest.approx([fit.params["t"], fit.bse["t"]], rel=1e-8)


def test_lin_is_that_of_a_formula_with_centred_interactions():
    effect = effekt.randomized_trial(DATA, **TRIAL, covariates=["age", "school"], population="finite")
    x = np.asarray(patsy.dmatrix("age + C(school)", DATA))[:, 1:]
    x = x - x.mean(axis=0)
    t = DATA.t.to_numpy()[:, None]
    fit = sm.OLS(DATA.y, np.hstack([np.ones_like(t), t, x, t * x])).fit(cov_type="HC2")
    assert [effect.estimate, effect.std_error] == pytest.approx([fit.params["x1"], fit.bse["x1"]], rel=1e-8)


def test_doubly_robust_is_that_of_formulas():
    effect = effekt.doubly_robust(DATA, **TRIAL, covariates=["age", "school"])
    outcome = sm.OLS.from_formula("y ~ age + C(school)", DATA)
    select = sm.Logit.from_formula("t ~ age + C(school)", DATA).fit(disp=0, tol=1e-14)
    found = TreatmentEffect(outcome, DATA.t, results_select=select).aipw(return_results=False)
    assert [effect.estimate, effect.counterfactual_mean] == pytest.approx(found[:2], rel=1e-8)


# --- 0/1 columns made by hand -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        {},
        {"adjustment": "additive", "variance": "HC3"},
        {"estimand": "ATT"},
        {"treatment": "t_cluster", "cluster": "cluster"},
        {"inference": "randomization", "draws": 99, "rng": 1},
    ],
)
def test_trials_take_the_indicators(call):
    call = {**TRIAL, **call}
    named = effekt.randomized_trial(DATA, **call, covariates=["age", "school"])
    by_hand = effekt.randomized_trial(DATA, **call, covariates=BY_HAND)
    if "inference" in call:
        assert named.p_value() == by_hand.p_value()
    else:
        assert numbers(named) == pytest.approx(numbers(by_hand), rel=1e-12)
    assert named.arguments["covariates"] == ["age", "school"]


def test_compliers_take_the_indicators():
    data = DATA.assign(received=np.where(DATA.id % 4 == 0, 0, DATA.t))
    named, by_hand = (
        effekt.complier_effect(data, **TRIAL, received="received", covariates=covariates)["CACE"]
        for covariates in (["age", "school"], BY_HAND)
    )
    assert named.estimate == pytest.approx(by_hand.estimate, rel=1e-12)


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"replace": True},
        {"distance": "mahalanobis"},
        {"distance": "robust_mahalanobis"},
        {"method": "exact"},
        {"method": "coarsened_exact"},
        {"method": "entropy_balancing"},
        {"method": "inverse_probability", "estimand": "ATE", "moments": 2},
    ],
)
def test_matches_take_the_indicators(choices):
    named = effekt.match_controls(DATA, **MATCH, covariates=["age", "school"], **choices)
    by_hand = effekt.match_controls(DATA, **MATCH, covariates=BY_HAND, **choices)
    assert named.weights == by_hand.weights
    effects = [effekt.matched_comparison(DATA, match=match, outcome="y") for match in (named, by_hand)]
    assert effects[0].estimate == effects[1].estimate
    assert effects[0].std_error == effects[1].std_error
    assert [row for row in named.balance.table["covariate"] if "²" not in row] == [
        "age",
        "school: hög",
        "school: low",
        "school: mid",
    ]


def test_bias_adjustment_takes_the_indicators():
    match = {**MATCH, "replace": True}
    named, by_hand = (
        effekt.matched_comparison(
            DATA, match={**match, "covariates": columns}, outcome="y", bias_adjustment=columns, variance="abadie_imbens"
        )
        for columns in (["age", "school"], BY_HAND)
    )
    assert numbers(named)[:3] == pytest.approx(numbers(by_hand)[:3], rel=1e-12)


def test_coarsened_matching_has_no_cutpoints_of_categories():
    match = effekt.match_controls(DATA, **MATCH, covariates=["age", "school"], method="coarsened_exact")
    assert set(match.cutpoints) == {"age"}
    for choices in ({"method": "coarsened_exact", "cutpoints": {"school": 2}}, {"calipers": {"school": 1}}):
        name = next(key for key in choices if key != "method")
        with pytest.raises(DataError, match=f"`{name}` must name covariates of numbers; 'school' holds categories"):
            effekt.match_controls(DATA, **MATCH, covariates=["age", "school"], **choices)


def panel():
    """Units over four periods, of which some adopt; a category that is constant in each."""
    rng = np.random.default_rng(8)
    units = people(90)
    rows = units.loc[units.index.repeat(4)].reset_index(drop=True)
    rows["period"] = np.tile(np.arange(2011, 2015), len(units))
    rows["start"] = np.where(rows.t == 1, 2013, 0)
    rows["treated_now"] = ((rows.t == 1) & (rows.period >= 2013)).astype(int)
    rows["y"] = np.round(rows.y + rng.normal(size=len(rows)) + (rows.period - 2011) * (1 + 0.1 * rows.low), 3)
    rows["place"] = rows.id % 10 + 100 * rows.t
    return rows


@pytest.mark.parametrize("sampling", ["panel", "repeated_cross_sections"])
def test_staggered_adoption_takes_the_indicators_on_both_routes(sampling):
    call = {"outcome": "y", "time": "period", "start": "start", "never": "0", "sampling": sampling}
    call |= {"unit": "id" if sampling == "panel" else "place", "aggregate": "simple"}
    if sampling != "panel":
        call["cluster"] = "place"
    rows = panel()
    named, by_hand = (
        effekt.staggered_adoption(rows, **call, covariates=columns) for columns in (["age", "school"], BY_HAND)
    )
    assert numbers(named) == pytest.approx(numbers(by_hand), rel=1e-9)
    again = independent.METHODS["staggered_adoption"](rows.to_dict("list"), **call, covariates=["age", "school"])
    assert [again["treated_mean"], again["counterfactual_mean"], again["std_error"]] == pytest.approx(
        numbers(named)[:3], rel=1e-9
    )


@pytest.mark.parametrize("method", ["difference_in_differences", "event_study"])
def test_people_of_each_period_take_the_indicators(method):
    call = {"outcome": "y", "unit": "place", "time": "period", "treatment": "treated_now"}
    call["sampling"] = "repeated_cross_sections"
    named, by_hand = (
        getattr(effekt, method)(panel(), **call, covariates=columns) for columns in (["age", "school"], BY_HAND)
    )
    check = next(check for check in named.diagnostics if check.name == "composition_drift")
    assert check.table["covariate"] == ("age", "school: hög", "school: low", "school: mid")
    if method == "event_study":
        named, by_hand = named["1"], by_hand["1"]
    assert numbers(named) == pytest.approx(numbers(by_hand), rel=1e-12)


# --- the second route -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("randomized_trial", {**TRIAL, "adjustment": "lin"}),
        ("doubly_robust", TRIAL),
        ("matched_comparison", {"outcome": "y", "match": MATCH}),
        ("matched_comparison", {"outcome": "y", "match": {**MATCH, "method": "exact", "covariates": "school"}}),
        ("matched_comparison", {"outcome": "y", "match": {**MATCH, "method": "coarsened_exact"}}),
        ("matched_comparison", {"outcome": "y", "match": {**MATCH, "method": "entropy_balancing"}}),
    ],
)
def test_the_second_route_reads_the_raw_column(method, call):
    covariates = ["age", "school"]
    if "match" in call:
        call = {**call, "match": {"covariates": covariates, **call["match"]}}
    else:
        call = {**call, "covariates": covariates}
    effect = getattr(effekt, method)(DATA, **call)
    again = independent.METHODS[method](DATA.to_dict("list"), **call)
    assert [float(again["treated_mean"]), float(again["counterfactual_mean"])] == pytest.approx(
        numbers(effect)[:2], rel=1e-9
    )
    if effect.std_error is not None:
        assert again["std_error"] == pytest.approx(effect.std_error, rel=1e-8)


# --- invariance -------------------------------------------------------------------------------------------------------


@settings(max_examples=8, deadline=None)
@given(st.permutations(["a", "m  x", "z", "Å", "0-9 år"]))
def test_the_choice_of_the_first_category_moves_no_effect(names):
    renamed = DATA.assign(school=DATA.school.map(dict(zip(LABELS, names, strict=False))))
    for method in (effekt.randomized_trial, effekt.doubly_robust):
        before, after = (numbers(method(data, **TRIAL, covariates=["age", "school"])) for data in (DATA, renamed))
        assert after == pytest.approx(before, rel=1e-12)


@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_moves_no_byte(random):
    order = list(range(len(DATA)))
    random.shuffle(order)
    for method in (effekt.randomized_trial, effekt.doubly_robust):
        first, second = (method(data, **TRIAL, covariates=["age", "school"]) for data in (DATA, DATA.iloc[order]))
        assert first.to_json() == second.to_json()


def test_categories_that_only_rows_left_out_have_are_none():
    data = DATA.assign(y=DATA.y.where(DATA.id != 0), school=DATA.school.where(DATA.id != 0, "another"))
    with_drop = effekt.randomized_trial(data, **TRIAL, covariates=["age", "school"], missing="drop")
    without = effekt.randomized_trial(DATA[DATA.id != 0], **TRIAL, covariates=["age", "school"])
    assert numbers(with_drop) == numbers(without)


# --- kinds of tables --------------------------------------------------------------------------------------------------

CODES = ["0114", "0115", "1280"]


def encoded(frame):
    return pa.array(frame.code.tolist()).dictionary_encode()


@pytest.mark.parametrize(
    "kind",
    [
        lambda frame: frame.assign(code=frame.code.astype("category")),
        lambda frame: frame.assign(code=frame.code.astype(int).astype("category")),
        lambda frame: pl.from_pandas(frame).with_columns(pl.col("code").cast(pl.Categorical)),
        lambda frame: pl.from_pandas(frame).with_columns(pl.col("code").cast(pl.Enum(CODES))),
        lambda frame: pa.table({**frame.to_dict("list"), "code": encoded(frame)}),
        lambda frame: frame.assign(code=pd.Series(pd.arrays.ArrowExtensionArray(encoded(frame)))),
        lambda frame: {**frame, "code": frame.code.astype("category")},
        lambda frame: {**frame, "code": pd.Categorical(frame.code.astype(int))},
        lambda frame: {**frame, "code": pl.Series(frame.code.tolist(), dtype=pl.Categorical)},
        lambda frame: {**frame, "code": pl.Series(frame.code.tolist(), dtype=pl.Enum(CODES))},
        lambda frame: {**frame, "code": encoded(frame)},
        lambda frame: {**frame, "code": pa.chunked_array([encoded(frame)])},
    ],
)
def test_codes_of_a_categorical_type_are_categories(kind):
    frame = DATA.assign(code=DATA.school.map(dict(zip(LABELS, CODES, strict=True))))
    effect = effekt.randomized_trial(kind(frame), **TRIAL, covariates=["age", "code"])
    assert numbers(effect) == pytest.approx(
        numbers(effekt.randomized_trial(DATA, **TRIAL, covariates=BY_HAND)), rel=1e-12
    )


def test_codes_that_a_file_names_as_text_are_categories(tmp_path):
    frame = DATA.assign(code=DATA.school.map(dict(zip(LABELS, CODES, strict=True))))
    frame.to_csv(tmp_path / "people.csv", index=False)
    table = effekt.read_table(tmp_path / "people.csv", text="code")
    effect = effekt.doubly_robust(table, **TRIAL, covariates=["age", "code"])
    assert effect.diagnostics[0].table["covariate"] == ("age", "code: 0114", "code: 0115", "code: 1280")
    numeric = effekt.doubly_robust(effekt.read_table(tmp_path / "people.csv"), **TRIAL, covariates=["age", "code"])
    assert numeric.diagnostics[0].table["covariate"] == ("age", "code")


def test_labels_are_told_apart_as_names_are():
    written = DATA.school.where(DATA.id % 2 == 0, DATA.school.map({"hög": " ho\u0308g ", "low": "low ", "mid": "mid"}))
    first, second = (
        effekt.doubly_robust(data, **TRIAL, covariates=["age", "school"])
        for data in (DATA, DATA.assign(school=written))
    )
    assert first.to_json() == second.to_json()


# --- refusals ---------------------------------------------------------------------------------------------------------

DECLARE = (
    "Turn it into numbers, as read_table does with the right `decimal`; if these are codes such as '0114', name the "
    "column in its `text`, or give it a categorical type."
)
READS = "Column 'x' must hold numbers, or categories none of which reads as a number or a date; "
ODD = [
    "12,5",
    "1 234",
    "-3",
    "−3",
    "1\u00a0234,5",
    "1.234,50",
    "1'000",
    "5e3",
    "12 %",
    "0114",
    ".5",
    "1_000",
]


@pytest.mark.parametrize(
    ("by_arm", "counts"), [(("no", "yes"), "2 categories 1 has"), (("no", "a"), "3 categories 1 has")]
)
def test_categories_that_only_say_who_is_treated_are_to_be_left_out(by_arm, counts):
    control, treated = by_arm
    column = np.where(DATA.t == 1, np.where((DATA.id % 2 == 0) & (treated == "a"), "b", treated), control)
    with pytest.raises(DataError) as error:
        effekt.randomized_trial(DATA.assign(x=column), **TRIAL, covariates="x")
    assert str(error.value) == (
        f"Column 'x' must have rows of every category within the treated arm; of {counts} none there. Leave it out, as "
        "no category is in both arms."
    )


@pytest.mark.parametrize("cell", ODD)
def test_text_of_which_some_reads_as_a_number_is_refused(cell):
    column = ["high", "low", cell, "low"] * 30
    with pytest.raises(DataError) as error:
        effekt.randomized_trial(DATA.assign(x=column), **TRIAL, covariates="x")
    assert str(error.value) == f"{READS}30 rows did, the first at row 3. {DECLARE}"


def test_text_of_which_some_is_a_number_and_some_a_date_is_told_of_both():
    column = ["0114", "2019-01-31", "low", "low"] * 30
    with pytest.raises(DataError) as error:
        effekt.randomized_trial(DATA.assign(x=column), **TRIAL, covariates="x")
    assert str(error.value) == f"{READS}60 rows did, the first at row 1. {DECLARE}"


def test_a_date_as_text_is_told_to_be_given_as_a_number(tmp_path):
    file = tmp_path / "people.csv"
    DATA.assign(x=["2019-01-31", "2020-02-29", "", "2019-01-31"] * 30).to_csv(file, index=False)
    with pytest.raises(DataError) as error:
        effekt.randomized_trial(effekt.read_table(file), **TRIAL, covariates="x")
    assert str(error.value) == (
        f"{READS}90 rows held a date as text, the first at row 1, line 2. Give it as a number, such as an age in years "
        "or days since a day. If each is a category, name the column in the `text` of read_table."
    )


@pytest.mark.parametrize("cell", ["#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#SAKNAS!", "#VÄRDEFEL!", " #DIVISION/0! "])
@pytest.mark.parametrize("others", [("high", "low", "low"), ("1", "2", "3")])
def test_an_error_of_a_spreadsheet_program_is_no_category(cell, others, tmp_path):
    file = tmp_path / "people.csv"
    DATA.assign(x=[*others, cell] * 30).to_csv(file, index=False)
    with pytest.raises(DataError) as error:
        effekt.randomized_trial(effekt.read_table(file), **TRIAL, covariates="x")
    assert str(error.value) == (
        "Column 'x' must hold numbers or categories, as a covariate; 30 rows held a spreadsheet program's error, such "
        "as #N/A or #DIV/0!, the first at row 4, line 5. Mend the formula, or leave cells without a value empty."
    )


def test_an_error_of_a_workbook_is_no_category(tmp_path):
    file, book = tmp_path / "people.xlsx", openpyxl.Workbook()
    book.active.append([*DATA.columns, "x"])
    for row in DATA.itertuples(index=False):
        book.active.append([*row, "low" if row.id % 2 else "high"])
    failed = book.active.cell(row=5, column=len(DATA.columns) + 1)
    failed.value, failed.data_type = "#DIV/0!", "e"
    book.save(file)
    with pytest.raises(DataError, match=r"1 row held a spreadsheet program's error, .* the first at row 4, line 5\."):
        effekt.randomized_trial(effekt.read_table(file), **TRIAL, covariates="x")


@pytest.mark.parametrize(
    "column",
    [
        [None, *(datetime.date(1980, 1, 1 + i % 28) for i in range(119))],
        [None, *(datetime.datetime(1980, 1, 1 + i % 28, 12) for i in range(119))],
        pd.Series([None, *pd.date_range("1980-01-01", periods=119)]),
    ],
)
def test_dates_are_no_covariate(column):
    calls = [
        lambda data: effekt.randomized_trial(data, **TRIAL, covariates="x"),
        lambda data: effekt.match_controls(data, unit="id", treatment=TRIAL["treatment"], covariates="x"),
    ]
    for call in calls:
        with pytest.raises(DataError) as error:
            call({name: list(DATA[name]) for name in DATA} | {"x": list(column)})
        assert str(error.value) == (
            "Column 'x' must hold numbers or categories, as a covariate; 119 rows held a date, the first at row 2. "
            "Give it as a number, such as an age in years or days since a day."
        )


@pytest.mark.parametrize("cell", ["18-24", "65+", "<5", "3:e", "grade 7", "A1", "nan", "1:a–3:e"])
def test_text_that_holds_digits_is_categories(cell):
    effekt.randomized_trial(DATA.assign(x=np.where(DATA.id % 3 == 0, cell, "other")), **TRIAL, covariates="x")


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        (["one"] * 120, "Column 'x' must vary; all rows are of one category. Leave it out of `covariates`."),
        (
            [f"p{i}" for i in range(120)],
            "Column 'x' must hold few categories for a covariate, at most 1,000 and one for two rows; 120 rows have "
            "120. Merge categories, or leave it out of `covariates` if it names units.",
        ),
        (
            ["high", 3] * 60,
            "Column 'x' must hold numbers; 60 rows held text, the first at row 1. Code words as numbers (1 for yes, 0 "
            "for no), without units; leave only cells without a value empty.",
        ),
        (
            ["high", None] * 60,
            "Column 'x' must have a value in every row; 60 rows did not, the first at row 2. Complete the data, or "
            "pass missing='drop' to leave such rows out and have them counted.",
        ),
    ],
)
def test_other_columns_are_refused_by_name(column, sentence):
    for method in (effekt.randomized_trial, effekt.doubly_robust):
        with pytest.raises(DataError) as error:
            method(DATA.assign(x=column), **TRIAL, covariates=["age", "x"])
        assert str(error.value) == sentence


@pytest.mark.parametrize("absent", LABELS)
@pytest.mark.parametrize("arm", [0, 1])
def test_a_category_that_an_arm_lacks_is_refused_by_its_column(absent, arm):
    """The first category, which has no indicator, and any other: the sentence names the column and no category."""
    data = DATA.assign(school=DATA.school.where((DATA.school != absent) | (DATA.t != arm), LABELS[absent == LABELS[0]]))
    noun, controls = ("treated arm", "treated") if arm else ("control arm", "controls")
    rule = "Column 'school' must have rows of every category within the {}; of 3 categories 1 has none there. {}"
    remedy = "Merge categories, or leave it out of `covariates`."
    for method, within, then in (
        (effekt.randomized_trial, noun, "Merge categories, or choose adjustment='additive'."),
        (effekt.doubly_robust, controls, remedy),
    ):
        with pytest.raises(DataError) as error:
            method(data, **TRIAL, covariates=["age", "school"])
        assert str(error.value) == rule.format(within, then)
    with pytest.raises(DataError) as error:
        effekt.match_controls(data, **MATCH, covariates=["age", "school"], method="entropy_balancing")
    assert str(error.value) == rule.format(controls, remedy)
    effekt.randomized_trial(data, **TRIAL, covariates=["age", "school"], adjustment="additive")


def test_a_category_that_depends_on_others_is_named_by_its_column():
    data = DATA.assign(place=DATA.school.map({name: f"at {name}" for name in LABELS}))
    for method in (effekt.randomized_trial, effekt.doubly_robust):
        with pytest.raises(DataError, match=r"^A category of column 'place' must not be a linear combination of"):
            method(data, **TRIAL, covariates=["school", "place"])


def test_two_covariates_of_one_name_are_refused():
    data = DATA.assign(**{"school: low": DATA.low})
    with pytest.raises(DataError, match="a category and another column are both 'school: low'"):
        effekt.randomized_trial(data, **TRIAL, covariates=["school", "school: low"])
