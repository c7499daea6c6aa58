"""Randomised trials: known numbers, R's numbers, explicit regressions, invariances, refusals and error sentences."""

from __future__ import annotations

import csv
import json
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from causaldata import nsw_mixtape
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.regression import Regression

import effekt
from effekt._inference import Unavailable
from effekt.exceptions import ArgumentError, DataError, InferenceUnavailableError

GOLDENS = Path(__file__).parents[1] / "goldens" / "randomized"
R = json.loads((GOLDENS / "output.json").read_text(encoding="utf-8"))
CONTRASTS = np.array([[1, 0], [0, 1], [1, -1], [1, -1.1]], float)  # those whose degrees of freedom R has
UNIT_VARIANCES = ("HC0", "HC1", "HC2", "HC3")
CLUSTER_VARIANCES = ("CR0", "CR1", "CR1S", "CR2", "CR3")
WITH_CONTRAST_DF = ("HC2", "CR1", "CR2", "CR3")


def read(name):
    with (GOLDENS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    text = {"block", "cluster", "g"}
    return {key: [row[key] if key in text else float(row[key]) for row in rows] for key in rows[0]}


def nsw():
    return nsw_mixtape.load_pandas().data


def trial(data, **options):
    return effekt.randomized_trial(data, outcome="y", treatment="d", **options)


def arrays(data, *names):
    return [np.array(data[name]) for name in names]


# --- known numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variance", "std_error", "df", "p_value"),
    [
        ("CR0", 0.24677, 11, 0.7617),
        ("CR1", 0.25775, 9.995, 0.7721),
        ("CR1S", 0.25920, 11, 0.7728),
        ("CR2", 0.26985, 9.997, 0.7820),
        ("CR3", 0.29529, 9.999, 0.8003),
    ],
)
def test_one_trial_of_twelve_clusters_under_every_name(variance, std_error, df, p_value):
    effect = trial(read("vcov-table"), covariates="x", cluster="g", adjustment="additive", variance=variance)
    assert effect.estimate == pytest.approx(0.07671, abs=5e-6)
    assert effect.std_error == pytest.approx(std_error, abs=5e-6)
    assert effect.df == pytest.approx(df, abs=5e-4)
    assert effect.p_value() == pytest.approx(p_value, abs=5e-5)
    assert effect.variance == f"{variance}/1"


@pytest.mark.parametrize(("variance", "df"), [("welch", 307.13), ("HC2", 396.42), (None, 396.42)])
def test_national_supported_work(variance, df):
    effect = effekt.randomized_trial(nsw(), outcome="re78", treatment="treat", variance=variance)
    assert effect.estimate == pytest.approx(1794.34, abs=5e-3)
    assert effect.std_error == pytest.approx(671.00, abs=5e-3)
    assert effect.df == pytest.approx(df, abs=5e-3)
    assert (effect.sample.n_obs, effect.sample.n_treated, effect.sample.n_control) == (445, 185, 260)


# --- R ------------------------------------------------------------------------------------------------------------

NSW_COVARIATES = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")
DESIGNS = {
    "individual": {"columns": {}, "covariates": ("x1", "x2")},
    "blocked": {"columns": {"block": "block"}, "covariates": ("x",)},
    "clustered": {"columns": {"cluster": "cluster"}, "covariates": ("x",)},
    "blocked_clustered": {"columns": {"block": "block", "cluster": "cluster"}, "covariates": ("x",)},
    "vcov_table": {"columns": {"cluster": "g"}, "covariates": ("x",)},
    "nsw": {"columns": {}, "covariates": NSW_COVARIATES},
}
CASES = [
    (design, model, estimand, variance)
    for design, options in DESIGNS.items()
    for model in ("none", "additive", "lin", "lin_by_block", "additive_blocks_only")
    for estimand in ("ATE", "ATT")
    for variance in (CLUSTER_VARIANCES if "cluster" in options["columns"] else UNIT_VARIANCES)
    if model in R[design]
]


def fitted(design, model, **options):
    data = nsw().rename(columns={"treat": "d", "re78": "y"}) if design == "nsw" else read(design.replace("v_", "v-"))
    adjusted = model in ("additive", "lin", "lin_by_block")
    adjustment = "additive" if model == "additive_blocks_only" else model
    covariates = DESIGNS[design]["covariates"] if adjusted else ()
    return trial(data, covariates=covariates, adjustment=adjustment, **DESIGNS[design]["columns"], **options)


@pytest.mark.parametrize(("design", "model", "estimand", "variance"), CASES)
def test_means_covariance_and_df_are_those_of_r(design, model, estimand, variance):
    golden = R[design][model][estimand]
    effect = fitted(design, model, estimand=estimand, variance=variance, population="finite")
    v11, v10, v00 = effect.inference.covariance
    expected = golden[variance]
    assert effect.treated_mean == pytest.approx(golden["treated_mean"], rel=1e-8)
    assert effect.counterfactual_mean == pytest.approx(golden["counterfactual_mean"], rel=1e-8)
    assert v11 == pytest.approx(expected["v11"], rel=1e-8)
    assert v00 == pytest.approx(expected["v00"], rel=1e-8)
    assert v10 == pytest.approx(expected["v10"], rel=1e-8, abs=1e-12 * max(v11, v00))
    assert effect.std_error == pytest.approx(expected["std_error"], rel=1e-8)
    if variance in WITH_CONTRAST_DF:
        np.testing.assert_allclose(effect.inference.df.of(CONTRASTS), expected["df"], rtol=1e-8)


@pytest.mark.parametrize(
    ("design", "model", "name", "variance"),
    [
        ("individual", "none", "welch", "welch"),
        ("individual", "lin", "lin_HC2", "HC2"),
        ("individual", "lin", "lin_HC3", "HC3"),
        ("nsw", "none", "welch", "welch"),
        ("nsw", "lin", "lin_HC2", "HC2"),
        ("clustered", "lin", "lin_CR2", "CR2"),
        ("clustered", "none", "difference_in_means", "CR2"),
        ("blocked", "none", None, "HC2"),
        ("blocked_clustered", "none", None, "CR2"),
    ],
)
def test_estimate_and_error_are_those_of_estimatr(design, model, name, variance):
    golden = R[design]["estimatr"] if name is None else R[design]["estimatr"][name]
    effect = fitted(design, model, variance=variance, population="finite")
    assert effect.estimate == pytest.approx(golden["estimate"], rel=1e-8)
    assert effect.std_error == pytest.approx(golden["std_error"], rel=1e-8)
    if variance in ("welch", "CR2") and name is not None:
        assert effect.df == pytest.approx(golden["df"], rel=1e-8)


# --- against explicit regressions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("design", ["individual", "clustered"])
@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_lin_is_one_saturated_regression(design, estimand):
    data = read(design)
    names = DESIGNS[design]["covariates"]
    y, d = arrays(data, "y", "d")
    x = np.column_stack(arrays(data, *names))
    centred = x - (x if estimand == "ATE" else x[d == 1]).mean(axis=0)
    clusters = data.get("cluster")
    oracle = Regression(np.column_stack([np.ones(len(y)), d, centred, d[:, None] * centred]), y, clusters)
    effect = fitted(design, "lin", estimand=estimand, population="finite")
    coefficient = np.eye(len(oracle.coefficients))[1]
    variance = "HC2" if clusters is None else "CR2"
    assert effect.estimate == pytest.approx(oracle.coefficients[1], rel=1e-10)
    assert effect.counterfactual_mean == pytest.approx(oracle.coefficients[0], rel=1e-10)
    assert effect.std_error**2 == pytest.approx(oracle.variance(coefficient, variance), rel=1e-10)
    assert effect.df == pytest.approx(oracle.df(coefficient, variance), rel=1e-10)


@pytest.mark.parametrize("variance", UNIT_VARIANCES)
@pytest.mark.parametrize("block", [None, "block"])
def test_additive_difference_has_the_variance_of_the_coefficient(variance, block):
    data = read("blocked")
    y, d, x, blocks = arrays(data, "y", "d", "x", "block")
    dummies = blocks[:, None] == np.unique(blocks)[None, 1:]
    design = np.column_stack([np.ones(len(y)), d, x, *([dummies] if block else [])])
    oracle = Regression(design, y)
    effect = trial(data, covariates="x", block=block, adjustment="additive", variance=variance)
    v11, v10, v00 = effect.inference.covariance
    coefficient = np.eye(design.shape[1])[1]
    assert v11 - 2 * v10 + v00 == pytest.approx(oracle.variance(coefficient, variance), rel=1e-12)
    assert effect.df == pytest.approx(oracle.df(coefficient, variance), rel=1e-10)


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_blocks_without_covariates_are_a_weighted_sum_of_differences(estimand):
    data = read("blocked")
    y, d, blocks = arrays(data, "y", "d", "block")
    effect = trial(data, block="block", adjustment="none", estimand=estimand)
    means, variance = np.zeros(2), 0.0
    target = np.ones(len(y), bool) if estimand == "ATE" else d == 1
    for block in np.unique(blocks):
        weight = np.mean(blocks[target] == block)
        arms = [y[(blocks == block) & (d == arm)] for arm in (1, 0)]
        means += weight * np.array([arm.mean() for arm in arms])
        variance += weight**2 * sum(arm.var(ddof=1) / len(arm) for arm in arms)
    assert effect.treated_mean == pytest.approx(means[0], rel=1e-12)
    assert effect.counterfactual_mean == pytest.approx(means[1], rel=1e-12)
    assert effect.std_error**2 == pytest.approx(variance, rel=1e-12)
    assert trial(data, block="block", estimand=estimand).estimate == effect.estimate


def covariance_of_mean(data, covariates, target, blocks, units):
    """Σ_b G_b/(G_b - 1) Σ_g t_g t_g' / n², one cluster at a time."""
    x = np.column_stack(arrays(data, *covariates))[target]
    blocks, units = blocks[target], units[target]
    total = np.zeros((x.shape[1], x.shape[1]))
    for block in np.unique(blocks):
        inside = blocks == block
        centre, members = x[inside].mean(axis=0), np.unique(units[inside])
        sums = [(x[inside & (units == unit)] - centre).sum(axis=0) for unit in members]
        total += len(members) / (len(members) - 1) * sum(np.outer(t, t) for t in sums)
    return total / target.sum() ** 2


@pytest.mark.parametrize("design", ["individual", "blocked", "clustered", "blocked_clustered"])
@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_a_superpopulation_adds_the_covariate_mean_to_lin(design, estimand):
    data, covariates = read(design), DESIGNS[design]["covariates"]
    y, d = arrays(data, "y", "d")
    blocks = np.array(data.get("block", ["all"] * len(y)))
    units = np.array(data.get("cluster", range(len(y))))
    slopes = []
    for arm in (1, 0):
        x = np.column_stack([np.ones(len(y)), *arrays(data, *covariates), blocks[:, None] == np.unique(blocks)[1:]])
        slopes.append(np.linalg.lstsq(x[d == arm], y[d == arm])[0][1 : 1 + len(covariates)])
    target = d == 1 if estimand == "ATT" else np.ones(len(y), bool)
    added = np.array(slopes) @ covariance_of_mean(data, covariates, target, blocks, units) @ np.array(slopes).T
    finite, drawn = (fitted(design, "lin", estimand=estimand, population=p) for p in ("finite", "super"))
    difference = np.subtract(drawn.inference.covariance, finite.inference.covariance)
    np.testing.assert_allclose(difference, added[[0, 0, 1], [0, 1, 1]], rtol=1e-9)
    assert (drawn.inference.df, drawn.means) == (finite.inference.df, finite.means)


@pytest.mark.parametrize("adjustment", ["none", "additive"])
def test_a_superpopulation_adds_nothing_elsewhere(adjustment):
    options = {"adjustment": adjustment, "covariates": ["x1"] if adjustment == "additive" else []}
    finite, drawn = (trial(read("individual"), population=p, **options) for p in ("finite", "super"))
    assert drawn.inference == finite.inference
    assert drawn.estimand.population != finite.estimand.population


# --- exact means and observed means -------------------------------------------------------------------------------


def test_unadjusted_means_are_exact_fractions():
    effect = trial({"y": [0.1, 0.2, 0.4, 1.5, 2.5, 3.1], "d": [0, 0, 0, 1, 1, 1]})
    assert effect.exact.treated == Fraction(71, 30)
    assert effect.exact.counterfactual == Fraction(7, 30)
    assert effect.exact_estimate == Fraction(64, 30)
    assert effect.treated_mean == float(Fraction(71, 30))


def test_adjusted_means_are_not_exact_and_raw_means_stand_beside_them():
    data = read("individual")
    y, d = arrays(data, "y", "d")
    effect = trial(data, covariates=["x1", "x2"])
    assert effect.exact is None
    assert trial(read("blocked"), block="block").exact is None
    assert effect.observed.treated == pytest.approx(y[d == 1].mean(), rel=1e-14)
    assert effect.observed.control == pytest.approx(y[d == 0].mean(), rel=1e-14)
    assert effect.observed.treated != effect.treated_mean


# --- what does not change the figures -----------------------------------------------------------------------------

FORMATS = {
    "mapping": lambda data, folder: data,
    "pandas": lambda data, folder: pd.DataFrame(data),
    "polars": lambda data, folder: pl.DataFrame(data),
    "pyarrow": lambda data, folder: pa.table(data),
    "csv": lambda data, folder: written(data, folder / "trial.csv"),
}


def written(data, path):
    pd.DataFrame(data).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("form", FORMATS)
def test_every_input_format_gives_the_same_bytes(form, tmp_path):
    data = read("blocked_clustered")
    options = {"covariates": "x", "block": "block", "cluster": "cluster"}
    assert trial(FORMATS[form](data, tmp_path), **options).to_json() == trial(data, **options).to_json()


@pytest.mark.parametrize(
    ("design", "options"),
    [
        ("individual", {"covariates": ["x1", "x2"]}),
        ("blocked", {"covariates": ["x"], "block": "block", "adjustment": "additive"}),
        ("clustered", {"covariates": ["x"], "cluster": "cluster"}),
    ],
)
def test_row_order_does_not_change_a_byte(design, options):
    data = {name: list(column) * 2 for name, column in read(design).items()}  # every row has a tie
    expected = trial(data, **options).to_json()
    rng = np.random.default_rng(11)
    for _ in range(100):
        order = rng.permutation(len(data["y"]))
        assert (
            trial({name: [column[i] for i in order] for name, column in data.items()}, **options).to_json() == expected
        )


def test_json_round_trip():
    effect = trial(read("clustered"), covariates="x", cluster="cluster")
    again = effekt.read_result(effect.to_json())
    assert again.to_json() == effect.to_json()
    assert again.confidence_interval() == effect.confidence_interval()
    assert effect.public() is effect


def test_recorded_arguments_repeat_the_estimate():
    effect = trial(read("blocked"), covariates="x", block="block")
    assert effekt.randomized_trial(read("blocked"), **effect.arguments).to_json() == effect.to_json()


OPTIONS = [
    ("individual", {}),
    ("individual", {"variance": "welch"}),
    ("individual", {"covariates": ["x1", "x2"], "estimand": "ATT"}),
    ("individual", {"covariates": ["x1", "x2"], "adjustment": "additive", "variance": "HC1"}),
    ("blocked", {"block": "block", "covariates": ["x"]}),
    ("clustered", {"cluster": "cluster", "covariates": ["x"], "variance": "CR3"}),
    ("blocked_clustered", {"cluster": "cluster", "block": "block", "covariates": ["x"], "adjustment": "additive"}),
]


def assert_same(effect, other, scale=1.0, shift=0.0):
    """`other` is `effect` with the outcome times `scale`, plus `shift`."""
    assert other.treated_mean == pytest.approx(scale * effect.treated_mean + shift, rel=1e-9)
    assert other.counterfactual_mean == pytest.approx(scale * effect.counterfactual_mean + shift, rel=1e-9)
    assert other.std_error == pytest.approx(abs(scale) * effect.std_error, rel=1e-9)
    assert other.df == pytest.approx(effect.df, rel=1e-9)
    assert other.p_value() == pytest.approx(effect.p_value(), rel=1e-8)


@settings(max_examples=40, deadline=None)
@given(
    case=st.sampled_from(OPTIONS),
    shift=st.integers(-1000, 1000),
    scale=st.sampled_from([-3.0, -1.0, 0.01, 1.0, 1e4]),
)
def test_location_and_scale_of_the_outcome(case, shift, scale):
    data, options = read(case[0]), case[1]
    moved = {**data, "y": [scale * value + shift for value in data["y"]]}
    assert_same(trial(data, **options), trial(moved, **options), scale, shift)


@settings(max_examples=40, deadline=None)
@given(
    case=st.sampled_from([case for case in OPTIONS if "covariates" in case[1]]),
    shift=st.integers(-1000, 1000),
    scale=st.sampled_from([-2.0, 0.001, 1e5]),
)
def test_location_and_scale_of_a_covariate(case, shift, scale):
    data, options = read(case[0]), case[1]
    name = options["covariates"][0]
    moved = {**data, name: [scale * value + shift for value in data[name]]}
    assert_same(trial(data, **options), trial(moved, **options))


@settings(max_examples=30, deadline=None)
@given(case=st.sampled_from([case for case in OPTIONS if case[0] != "individual"]), salt=st.integers(0, 10**6))
def test_names_of_blocks_and_clusters(case, salt):
    data, options = read(case[0]), case[1]
    renamed = dict(data)
    for column in ("block", "cluster"):
        names = sorted(set(data.get(column, [])))
        new = dict(zip(names, np.random.default_rng(salt).permutation(len(names)).tolist(), strict=True))
        if names:
            renamed[column] = [new[name] for name in data[column]]
    assert_same(trial(data, **options), trial(renamed, **options))


@pytest.mark.parametrize(("design", "options"), OPTIONS)
def test_swapping_the_arms_turns_the_sign(design, options):
    data = read(design)
    swapped = {**data, "d": [1 - value for value in data["d"]]}
    if options.get("estimand") == "ATT":
        options = {**options, "estimand": "ATE"}
    effect, other = trial(data, **options), trial(swapped, **options)
    assert other.estimate == pytest.approx(-effect.estimate, rel=1e-9)
    assert other.treated_mean == pytest.approx(effect.counterfactual_mean, rel=1e-9)
    assert other.std_error == pytest.approx(effect.std_error, rel=1e-9)
    assert other.df == pytest.approx(effect.df, rel=1e-9)


@pytest.mark.parametrize("covariates", [("x1", "x2"), ("x2", "x1")])
@pytest.mark.parametrize("adjustment", ["lin", "additive"])
def test_the_order_of_covariates_does_not_matter(covariates, adjustment):
    assert_same(
        trial(read("individual"), covariates=("x1", "x2"), adjustment=adjustment),
        trial(read("individual"), covariates=covariates, adjustment=adjustment),
    )


def test_one_covariate_may_be_given_by_its_name():
    assert trial(read("blocked"), covariates="x") == trial(read("blocked"), covariates=["x"])


def test_lin_without_covariates_is_none():
    lin, none = trial(read("individual")), trial(read("individual"), adjustment="none")
    assert (lin.means, lin.exact, lin.inference) == (none.means, none.exact, none.inference)


@pytest.mark.parametrize(("design", "options"), OPTIONS)
def test_no_effect_has_one_p_in_every_view(design, options):
    data = read(design)
    effect = effekt.randomized_trial(
        data, outcome={"column": "y", "unit": "days", "better": "lower"}, treatment="d", **options
    )
    views = (effect.relative(), effect.ratio(), effect.improvement(), effect.relative_improvement(), effect.total(10))
    assert [view.p_value() for view in views] == pytest.approx([effect.p_value()] * 5, rel=1e-12)
    assert effect.improvement().estimate == -effect.estimate


# --- what is told -------------------------------------------------------------------------------------------------


def test_sample_counts_units_and_clusters():
    sample = trial(read("clustered"), cluster="cluster").sample
    assert (sample.n_obs, sample.n_units, sample.n_clusters, sample.n_dropped) == (80, 80, 14, 0)
    assert sample.n_treated + sample.n_control == 80
    assert trial(read("individual")).sample.n_clusters is None


@pytest.mark.parametrize(
    ("options", "english", "swedish"),
    [
        (
            {},
            "the population that the 60 units of the trial represent",
            "den population som försökets 60 enheter representerar",
        ),
        ({"population": "finite"}, "the 60 units of the trial", "försökets 60 enheter"),
        (
            {"population": "finite", "estimand": "ATT"},
            "the 22 treated units of the trial",
            "försökets 22 behandlade enheter",
        ),
    ],
)
def test_the_population_is_named(options, english, swedish):
    estimand = trial(read("individual"), **options).estimand
    assert (estimand.name, estimand.population.en, estimand.population.sv) == (
        options.get("estimand", "ATE"),
        english,
        swedish,
    )


def test_a_set_for_the_treated_at_hand_is_doubted_where_it_is_of_the_treated_as_drawn():
    """Six of 60 units, whose outcomes become a quarter: sets leave out the effect on those six far too often."""
    rng = np.random.default_rng(7)
    without = rng.normal(30, 10, 60)
    held, lots = 0, 200
    for _ in range(lots):
        drawn = np.isin(np.arange(60), rng.permutation(60)[:6])
        table = {"y": np.where(drawn, without / 4, without), "d": drawn.astype(int)}
        found = effekt.randomized_trial(table, outcome="y", treatment="d", estimand="ATT", population="finite")
        assert "treated_at_hand" in {note.code for note in found.notes}
        ((low, high),) = found.confidence_interval(0.95).intervals
        held += low <= float((-0.75 * without[drawn]).mean()) <= high
    assert held < 0.8 * lots
    for other in ({"population": "super"}, {"estimand": "ATE"}, {"inference": "randomization", "draws": 99, "rng": 1}):
        asked = {"estimand": "ATT", "population": "finite"} | other
        found = effekt.randomized_trial(table, outcome="y", treatment="d", **asked)
        assert "treated_at_hand" not in {note.code for note in found.notes}


@pytest.mark.parametrize(
    ("design", "options", "codes"),
    [
        ("individual", {}, ["intention_to_treat"]),
        ("clustered", {"cluster": "cluster"}, ["intention_to_treat", "unit_weighted"]),
        ("blocked", {"block": "block"}, ["intention_to_treat", "blocks_by_size"]),
        ("individual", {"covariates": "x1"}, ["intention_to_treat", "sampled_covariates"]),
        ("individual", {"covariates": "x1", "population": "finite"}, ["intention_to_treat"]),
        ("blocked", {"block": "block", "adjustment": "additive"}, ["intention_to_treat", "blocks_by_precision"]),
        (
            "individual",
            {"covariates": "x1", "adjustment": "additive", "estimand": "ATT"},
            ["intention_to_treat", "covariates_by_precision"],
        ),
    ],
)
def test_notes(design, options, codes):
    assert [note.code for note in trial(read(design), **options).notes] == codes


# --- missing values -----------------------------------------------------------------------------------------------


def blocked_with_gaps():
    data = read("blocked")
    gaps = [
        None if block == "b1" and d == 1 else y for y, d, block in zip(data["y"], data["d"], data["block"], strict=True)
    ]
    return {**data, "y": gaps}


def test_a_block_that_loses_an_arm_is_dropped_and_counted():
    data = blocked_with_gaps()
    effect = trial(data, block="block", missing="drop")
    kept = {name: [v for v, b in zip(column, data["block"], strict=True) if b != "b1"] for name, column in data.items()}
    expected = trial(kept, block="block")
    assert effect.means == expected.means
    assert effect.inference == expected.inference
    assert effect.sample.n_dropped == data["block"].count("b1")
    assert [note.code for note in effect.notes][-1] == "no_worst_case"
    assert effect.notes[-2].text.en == "Left out: 1 block without rows in both arms."
    assert effect.notes[-2].text.sv == "Uteslutna: 1 block utan rader i båda grupperna."


def test_rows_with_gaps_are_dropped_and_counted():
    data = read("individual")
    data["x2"][3] = None
    effect = trial(data, covariates="x2", missing="drop")
    assert (effect.sample.n_obs, effect.sample.n_dropped) == (59, 1)


# --- inference that does not exist --------------------------------------------------------------------------------


def clusters_of_two(treated, control):
    """Clusters of two rows each, the first of them treated; x marks the first cluster."""
    labels = [f"c{i}" for i in range(treated + control)]
    rng = np.random.default_rng(5)
    return {
        "g": [label for label in labels for _ in (0, 1)],
        "d": [int(i < treated) for i in range(len(labels)) for _ in (0, 1)],
        "y": [float(v) for _ in labels for v in rng.normal(size=2).round(3)],
        "x": [float(i == 0) for i in range(len(labels)) for _ in (0, 1)],
    }


def constant(*values):
    return {"y": [v for v in values for _ in range(3)], "d": [0, 0, 0, 1, 1, 1]}


REFUSALS = {
    "one unit in an arm": (
        {"y": [1.0, 2.0, 4.0], "d": [0, 0, 1]},
        {},
        "The treated arm has a single unit, so its variation cannot be estimated.",
        "Behandlingsgruppen har en enda enhet, så dess variation kan inte skattas.",
    ),
    "one unit in an arm of a block": (
        {"y": [1.0, 2.0, 4.0, 3.0, 1.5, 2.5, 3.5], "d": [0, 1, 1, 0, 1, 1, 0], "b": [1, 1, 1, 2, 2, 2, 2]},
        {"block": "b"},
        "An arm of a block has a single unit, so its variation cannot be estimated.",
        "En grupp i ett block har en enda enhet, så dess variation kan inte skattas.",
    ),
    "one cluster in an arm": (
        clusters_of_two(6, 1),
        {"cluster": "g"},
        "Cluster-robust inference needs at least two clusters in each arm; the control arm has one. Choose "
        "inference='randomization'; with so few clusters its two-sided p is at least 1/7.",
        "Klusterrobust inferens kräver minst två kluster i varje grupp; kontrollgruppen har ett. Välj "
        "inference='randomization'; med så få kluster är det tvåsidiga p-värdet minst 1/7.",
    ),
    "one cluster in an arm of a block": (
        {**clusters_of_two(4, 4), "b": [block for block in "11121212" for _ in (0, 1)]},
        {"cluster": "g", "block": "b"},
        "Cluster-robust inference needs at least two clusters in each arm of every block; an arm of a block has one. "
        "Choose inference='randomization'.",
        "Klusterrobust inferens kräver minst två kluster i varje grupp i alla block; en grupp i ett block har ett. "
        "Välj inference='randomization'.",
    ),
    "five clusters": (
        clusters_of_two(2, 3),
        {"cluster": "g", "variance": "CR0"},
        "Cluster-robust inference needs at least six clusters; there are 5. Choose inference='randomization' or "
        "'wild_bootstrap'; with so few clusters its two-sided p is at least 1/10 or 1/16.",
        "Klusterrobust inferens kräver minst sex kluster; det finns 5. Välj inference='randomization' eller "
        "'wild_bootstrap'; med så få kluster är det tvåsidiga p-värdet minst 1/10 eller 1/16.",
    ),
    "one cluster determines a coefficient": (
        clusters_of_two(4, 4),
        {"cluster": "g", "covariates": "x", "adjustment": "additive", "variance": "CR1"},
        "One cluster alone determines a coefficient that the means rest on, so their uncertainty cannot be estimated.",
        "Ett enda kluster bestämmer en koefficient som medelvärdena vilar på, så deras osäkerhet kan inte skattas.",
    ),
    "one unit determines a coefficient": (
        {"y": [1.0, 2.0, 4.0, 3.0, 5.0, 9.0], "d": [0, 0, 0, 1, 1, 1], "x": [0, 0, 1, 0, 0, 1]},
        {"covariates": "x", "variance": "HC1"},
        "One unit alone determines a coefficient that the means rest on, so their uncertainty cannot be estimated.",
        "En enda enhet bestämmer en koefficient som medelvärdena vilar på, så deras osäkerhet kan inte skattas.",
    ),
    "no variation": (
        constant(1.0, 2.0),
        {},
        "There is no within-arm variation, so there is no standard error.",
        "Det finns ingen variation inom grupperna och därför inget medelfel.",
    ),
    "no variation after covariates": (
        {"y": [0.1, 0.3, 0.7, 1.2, 1.4, 1.9], "d": [0, 0, 0, 1, 1, 1], "x": [0.1, 0.3, 0.7, 0.2, 0.4, 0.9]},
        {"covariates": "x", "adjustment": "additive"},
        "There is no within-arm variation, so there is no standard error.",
        "Det finns ingen variation inom grupperna och därför inget medelfel.",
    ),
    "no variation at all": (
        constant(0.0, 0.0),
        {"variance": "welch"},
        "There is no within-arm variation, so there is no standard error.",
        "Det finns ingen variation inom grupperna och därför inget medelfel.",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_inference_that_does_not_exist_says_why(case):
    data, options, english, swedish = REFUSALS[case]
    effect = trial(data, **options)
    assert isinstance(effect.inference, Unavailable)
    assert (effect.inference.reason.en, effect.inference.reason.sv) == (english, swedish)
    assert effect.std_error is None
    assert np.isfinite(effect.estimate)
    with pytest.raises(InferenceUnavailableError, match=r".") as caught:
        effect.p_value()
    assert (str(caught.value), caught.value.sv) == (english, swedish)


@pytest.mark.parametrize("variance", CLUSTER_VARIANCES)
def test_few_degrees_of_freedom_are_refused_under_every_name(variance):
    small = clusters_of_two(2, 5)
    data = {name: small[name] + small[name][-3:] for name in ("y", "d", "g")}  # two treated clusters, unequal controls
    reason = trial(data, cluster="g", variance=variance).inference.reason
    y, d = arrays(data, "y", "d")
    oracle = Regression(np.column_stack([np.ones(len(y)), d]), y, data["g"])
    judged = "CR2" if variance in ("CR0", "CR1S") else variance
    df = oracle.df(np.array([0.0, 1.0]), judged)
    assert df < 3
    english, swedish = f"{df:.2f}", f"{df:.2f}".replace(".", ",")
    assert reason.en == (
        f"The Satterthwaite degrees of freedom are {english}; below 3 a t reference cannot be relied on. "
        "Choose inference='randomization' or 'wild_bootstrap'."
    )
    assert reason.sv == (
        f"Antalet frihetsgrader enligt Satterthwaite är {swedish}; under 3 går det inte att lita på t-fördelningen. "
        "Välj inference='randomization' eller 'wild_bootstrap'."
    )


@pytest.mark.parametrize("more", [{}, {"population": "finite"}, {"estimand": "ATT"}, {"block": "b"}])
@pytest.mark.parametrize("level", [0.0, 1e6])
def test_an_outcome_that_covariates_explain_wholly_has_no_standard_error(more, level):
    """The covariates' own variation cancels in the difference; what floats leave of it is no standard error."""
    x, t = np.random.default_rng(0).normal(size=40), np.arange(40) % 2
    data = {"y": level + 3 * x + 2 * t, "t": t, "x": x, "b": [f"b{i % 6 // 2}" for i in range(40)]}
    effect = effekt.randomized_trial(data, outcome="y", treatment="t", covariates="x", **more)
    assert effect.estimate == pytest.approx(2, rel=1e-8)
    assert effect.std_error is None
    with pytest.raises(InferenceUnavailableError, match="no within-arm variation"):
        effect.p_value()
    nearly = data | {"y": data["y"] + 1e-4 * np.random.default_rng(1).normal(size=40)}
    assert effekt.randomized_trial(nearly, outcome="y", treatment="t", covariates="x", **more).std_error > 1e-5


def test_variation_in_one_arm_is_enough():
    effect = trial({"y": [1.0, 1.0, 1.0, 2.0, 3.0, 7.0], "d": [0, 0, 0, 1, 1, 1]})
    assert effect.std_error == pytest.approx(np.std([2, 3, 7], ddof=1) / 3**0.5)


# --- unusable data and contradictory options ----------------------------------------------------------------------

GOOD = {
    "y": [1.0, 2.5, 3.0, 4.0, 6.5, 6.0, 7.0, 8.5],
    "d": [0, 1, 0, 1, 0, 1, 0, 1],
    "x": [1.0, 2.0, 4.0, 3.0, 7.0, 5.0, 6.0, 9.0],
    "w": [2.0, 4.0, 8.0, 6.0, 14.0, 10.0, 12.0, 18.0],
    "b": ["n", "n", "n", "n", "s", "s", "s", "s"],
    "g": ["1", "2", "3", "4", "5", "6", "7", "8"],
}


def changed(**columns):
    data = {name: list(values) for name, values in GOOD.items()}
    for name, cells in columns.items():
        for row, value in cells.items():
            data[name][row] = value
    return data


BAD_DATA = {
    "missing column": (
        GOOD,
        {"covariates": "age"},
        "The data has no column 'age' among its 6 columns. Check the name, and that the header is there.",
    ),
    "NaN": (
        changed(y={2: float("nan")}),
        {},
        "Column 'y' must have a value in every row; 1 row did not, the first at row 3. Complete the data, or pass "
        "missing='drop' to leave such rows out and have them counted.",
    ),
    "infinite": (
        changed(y={2: float("inf"), 4: float("-inf")}),
        {},
        "Column 'y' must hold finite numbers; 2 rows did not, the first at row 3. Correct the data.",
    ),
    "treatment with three values": (
        changed(d={3: 2, 5: 2}),
        {},
        "Column 'd' must hold 0 (control) or 1 (treated); 2 rows did not, the first at row 4. Recode it, and leave "
        "rows of other arms out.",
    ),
    "no control": (
        {**GOOD, "d": [1] * 8},
        {},
        "Column 'd' must hold both 0 (control) and 1 (treated); there is no control row. Give the rows of both arms.",
    ),
    "no treated": (
        {**GOOD, "d": [0] * 8},
        {"block": "b"},
        "Column 'd' must hold both 0 (control) and 1 (treated); there is no treated row. Give the rows of both arms.",
    ),
    "an empty block arm": (
        changed(d={4: 1, 6: 1}),
        {"block": "b"},
        "Column 'b' must name blocks that hold treated and control rows; 1 block did not, the first at row 5. Correct "
        "the data, or pass missing='drop' to leave such blocks out and have them counted.",
    ),
    "no block with both arms": (
        {**GOOD, "b": GOOD["d"]},
        {"block": "b", "missing": "drop"},
        "Column 'b' must name blocks that hold treated and control rows; none of its blocks has both. Name the blocks "
        "within which treatment was assigned.",
    ),
    "collinear covariates": (
        GOOD,
        {"covariates": ["x", "w"]},
        "Column 'w' must not be a linear combination of the other regressors within the treated arm. Leave it out, or, "
        "if others vary more, choose adjustment='additive'.",
    ),
    "collinear covariates, additive": (
        GOOD,
        {"covariates": ["x", "w"], "adjustment": "additive"},
        "Column 'w' must not be a linear combination of the treatment and the other regressors. Leave it out.",
    ),
    "a covariate that is the treatment": (
        {**GOOD, "x": [1 - 2 * d for d in GOOD["d"]]},
        {"covariates": "x", "adjustment": "additive"},
        "Column 'x' must not be a linear combination of the treatment and the other regressors. Leave it out.",
    ),
    "a covariate constant in an arm": (
        {**GOOD, "x": [0.1 if d == 0 else x for d, x in zip(GOOD["d"], GOOD["x"], strict=True)]},
        {"covariates": "x"},
        "Column 'x' must vary within the control arm; it holds one value there. Leave it out, or choose "
        "adjustment='additive'.",
    ),
    "a covariate that is the treatment, by arm": (
        {**GOOD, "x": [1 - 2 * d for d in GOOD["d"]]},
        {"covariates": "x"},
        "Column 'x' must vary within the treated arm; it holds one value there. Leave it out.",
    ),
    "a constant covariate": (
        {**GOOD, "x": [0.1] * 8},
        {"covariates": "x", "adjustment": "additive"},
        "Column 'x' must vary within the trial; it holds one value there. Leave it out.",
    ),
    "a covariate constant in blocks": (
        {**GOOD, "x": [1.0] * 4 + [2.0] * 4},
        {"covariates": "x", "block": "b"},
        "Column 'x' must not be a linear combination of the other regressors within the treated arm. Leave it out, or, "
        "if others vary more, choose adjustment='additive'.",
    ),
    "a cluster with both arms": (
        changed(g={1: "1", 7: "7"}),
        {"cluster": "g"},
        "Column 'd' must hold one value within each cluster of column 'g'; 2 clusters did not, the first at row 1. "
        "Correct the data, or leave `cluster` out if clusters were not assigned as a whole.",
    ),
    "a cluster in two blocks": (
        changed(g={4: "1"}),
        {"cluster": "g", "block": "b"},
        "Column 'b' must name one block within each cluster of column 'g'; 1 cluster did not, the first at row 1. "
        "Correct the data, or leave `cluster` out if clusters were not assigned as a whole.",
    ),
    "a covariate of words": (
        changed(x={4: "old", 6: "young"}),
        {"covariates": "x"},
        "Column 'x' must hold numbers; 2 rows held text, the first at row 5. Code words as numbers (1 "
        "for yes, 0 for no), without units; leave only cells without a value empty.",
    ),
}


@pytest.mark.parametrize("case", BAD_DATA)
def test_unusable_data_is_refused_in_one_sentence(case):
    data, options, sentence = BAD_DATA[case]
    with pytest.raises(DataError) as caught:
        trial(data, **options)
    assert str(caught.value) == sentence


BAD_OPTIONS = {
    "cluster variance without clusters": (
        {"variance": "CR2"},
        "`variance` must be 'HC0', 'HC1', 'HC2', 'HC3', 'welch' or 'quasi_poisson' without a cluster; got 'CR2'.",
    ),
    "unit variance with clusters": (
        {"variance": "HC2", "cluster": "g"},
        "`variance` must be 'CR0', 'CR1', 'CR1S', 'CR2' or 'CR3' with a cluster; got 'HC2'.",
    ),
    "welch with clusters": (
        {"variance": "welch", "cluster": "g"},
        "`variance` must be 'CR0', 'CR1', 'CR1S', 'CR2' or 'CR3' with a cluster; got 'welch'.",
    ),
    "welch with covariates": (
        {"variance": "welch", "covariates": "x"},
        "`variance` 'welch' takes no covariates or block; leave them out, or choose 'HC2'.",
    ),
    "welch with blocks": (
        {"variance": "welch", "block": "b"},
        "`variance` 'welch' takes no covariates or block; leave them out, or choose 'HC2'.",
    ),
    "unknown variance": (
        {"variance": "hc2"},
        "`variance` must be 'HC0', 'HC1', 'HC2', 'HC3', 'welch', 'quasi_poisson', 'CR0', 'CR1', 'CR1S', 'CR2', 'CR3', "
        "'between_pair' or 'young'; got 'hc2'. Did you mean 'HC2'?",
    ),
    "unknown adjustment": (
        {"adjustment": "linn"},
        "`adjustment` must be 'lin', 'lin_by_block', 'additive' or 'none'; got 'linn'. Did you mean 'lin'?",
    ),
    "unknown estimand": ({"estimand": "LATE"}, "`estimand` must be 'ATE' or 'ATT'; got 'LATE'. Did you mean 'ATE'?"),
    "unknown population": ({"population": "all"}, "`population` must be 'super' or 'finite'; got 'all'."),
    "unknown missing": ({"missing": "ignore"}, "`missing` must be 'raise' or 'drop'; got 'ignore'."),
    "no adjustment, with covariates": (
        {"adjustment": "none", "covariates": "x"},
        "`adjustment` 'none' takes no covariates; leave them out, or choose 'lin' or 'additive'.",
    ),
    "nothing to add": (
        {"adjustment": "additive"},
        "`adjustment` 'additive' needs covariates or a block; give them, or choose 'none'.",
    ),
    "a column in two roles": (
        {"covariates": ["x", "y"]},
        "Column 'y' must play one role; it is named as `outcome` and `covariates`.",
    ),
    "a cluster that is the block": (
        {"block": "b", "cluster": "b"},
        "Column 'b' must play one role; it is named as `block` and `cluster`.",
    ),
    "a covariate twice": ({"covariates": ["x", "x"]}, "`covariates` must name each column once; 'x' stands twice."),
    "a block that is no name": ({"block": ["b"]}, "`block` must be a column name; got ['b']."),
    "a ratio": (
        {"outcome": ("y", "x")},
        "`outcome` must be one column in a randomised trial; got ('y', 'x'). Divide the columns first, and say in "
        "`unit` what the ratio is, or name the denominator in `exposure`.",
    ),
}


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_contradictory_options_are_refused_in_one_sentence(case):
    options, sentence = BAD_OPTIONS[case]
    with pytest.raises(ArgumentError) as caught:
        effekt.randomized_trial(GOOD, **{"outcome": "y", "treatment": "d", **options})
    assert str(caught.value) == sentence


def test_a_file_names_the_line_as_well(tmp_path):
    path = written(changed(d={3: 2}), tmp_path / "trial.csv")
    with pytest.raises(DataError, match=r"1 row did not, the first at row 4, line 5\. Recode it"):
        trial(path)


def test_the_data_are_not_changed():
    frame = pd.DataFrame(GOOD)
    before = frame.copy(deep=True)
    trial(frame, covariates="x", cluster="g", adjustment="additive")
    pd.testing.assert_frame_equal(frame, before)


def test_a_refusal_of_few_clusters_names_the_inference_that_takes_the_design():
    """What is named gives a p when it is chosen, and what is not named is refused."""
    several = {**clusters_of_two(2, 3), "p": [0.4] * 10, "x": [float(i) for i in (3, 1, 4, 1, 5, 9, 2, 6, 5, 8)]}
    lone = clusters_of_two(6, 1)
    designs = [
        (several, {}, ("randomization", "wild_bootstrap")),
        (several, {"covariates": "x"}, ("randomization",)),
        (several, {"covariates": "x", "population": "finite"}, ("randomization", "wild_bootstrap")),
        (several, {"probability": "p", "adjustment": "none"}, ("randomization",)),
        (several, {"probability": "p", "covariates": "x", "adjustment": "additive"}, ("wild_bootstrap",)),
        (lone, {}, ("randomization",)),
    ]
    for data, options, named in designs:
        given = {"outcome": "y", "treatment": "d", "cluster": "g", **options}
        reason = effekt.randomized_trial(data, **given).inference.reason
        floors = dict(zip(named, re.findall(r"1/(\d+)", reason.en), strict=False))
        for way in ("randomization", "wild_bootstrap"):
            assert (repr(way) in reason.en) == (repr(way) in reason.sv) == (way in named), (options, way)
            try:
                found = effekt.randomized_trial(data, **given, inference=way, rng=1)
            except ArgumentError:
                assert way not in named
                continue
            assert isinstance(found.inference, Unavailable) == (way not in named)
            if way in floors:
                assert found.p_value() >= 1 / int(floors[way])
        assert bool(floors) == ("probability" not in options)


@pytest.mark.parametrize(("n_treated", "lot", "signs"), [(2, 3, 8), (3, 10, 16)])
def test_a_refusal_of_few_clusters_tells_the_least_p_that_there_is(n_treated, lot, signs):
    data = clusters_of_two(n_treated, 2)
    data["y"] = [y + 50 * d for y, d in zip(data["y"], data["d"], strict=True)]
    given = {"outcome": "y", "treatment": "d", "cluster": "g"}
    reason = effekt.randomized_trial(data, **given).inference.reason
    assert re.findall(r"1/(\d+)", reason.en) == re.findall(r"1/(\d+)", reason.sv) == [str(lot), str(signs)]
    for way, floor in (("randomization", lot), ("wild_bootstrap", signs)):
        assert effekt.randomized_trial(data, **given, inference=way, rng=1).p_value() == pytest.approx(1 / floor)


def test_a_refusal_among_compliers_names_no_inference_that_they_lack():
    data = {**clusters_of_two(2, 3), "r": clusters_of_two(2, 3)["d"]}
    effects = effekt.complier_effect(
        {**data, "r": [0 if i == len(data["d"]) - 1 else d for i, d in enumerate(data["d"])]},
        outcome="y",
        treatment="d",
        received="r",
        cluster="g",
    )
    assert "'randomization'" in effects["CACE"].inference.reason.en
    assert "wild" not in effects["CACE"].inference.reason.en
