"""The variance of Abadie and Imbens: R's numbers, loops from the papers' formulas, invariances, and refusals."""

from __future__ import annotations

import functools
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from causaldata import nsw_mixtape
from helpers import assert_valid_effect
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracles import abadie_imbens as oracle

import effekt
from effekt import _linalg, independent
from effekt._inference import FixedDf, StudentT, Unavailable
from effekt.estimators._propensity import fit_propensity
from effekt.estimators.matching.abadie_imbens import Matched, compare
from effekt.estimators.matching.local_variance import neighbour_variances
from effekt.exceptions import DataError, EffektError
from effekt.workflow.data.arguments import arguments

FOLDER = Path(__file__).parents[1] / "goldens" / "matching"
CASES = json.loads((FOLDER / "abadie_imbens.json").read_text(encoding="utf-8"))
COVARIATES = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]


def matched(outcome, treated, points, strata, *, wanted=1, focal=True):
    """The rows of a match by brute force, and the oracle's pairs."""
    found = oracle.pairs(points.tolist(), treated.tolist(), strata.tolist(), wanted=wanted, focal=focal)
    flat = [(i, j, share) for i, shares in found.items() for j, share in shares.items()]
    one, other, share = (np.array(column) for column in zip(*flat, strict=True)) if flat else ([], [], [])
    rows = Matched(
        outcome=outcome, treated=treated, coordinates=points, strata=strata, focal=one, other=other, share=share
    )
    return rows, found


def variance_of(found):
    first, cross, second = found.inference.covariance
    return first - 2 * cross + second


# --- R --------------------------------------------------------------------------------------------------------------


def frame(name):
    if name == "small":
        return pd.read_csv(FOLDER / "abadie_imbens.csv")
    table = nsw_mixtape.load_pandas().data.drop(columns="data_id").astype(str).astype(float)
    logit = fit_propensity(table.treat.to_numpy() == 1, table[COVARIATES].to_numpy(), COVARIATES).logit
    return table.assign(d=table.treat, y=table.re78, logit=logit)


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{'-'.join(case['columns'])}" for i, case in enumerate(CASES)])
def test_agrees_with_r(case):
    table = frame(case["table"])
    x = table[case["columns"]].to_numpy(float)
    strata = table[case["exact"][0]].to_numpy(int) if case["exact"] else np.zeros(len(table), int)
    rows, _ = matched(
        table.y.to_numpy(float),
        table.d.to_numpy() == 1,
        x / x.std(axis=0, ddof=1),
        strata,
        wanted=case["neighbours_matched"],
        focal=case["estimand"] == "ATT",
    )
    assert len(rows.focal) == case["pairs"]
    for population in ("PATT", "SATT"):
        for neighbours, std_error in enumerate(case[population]):
            found = compare(
                rows, population=population, neighbours=neighbours, regressors=x if case["adjusted"] else None
            )
            assert found.effect == pytest.approx(case["estimate"], rel=1e-8)
            assert math.sqrt(variance_of(found)) == pytest.approx(std_error, rel=1e-8)
            assert found.inference.df == FixedDf(df=math.inf)


# --- the papers' formulas -------------------------------------------------------------------------------------------


@st.composite
def problems(draw, dimensions=(1, 2, 3)):
    """Small tables with many ties, in one to three dimensions, with one or two strata."""
    n, q = draw(st.integers(16, 36)), draw(st.sampled_from(dimensions))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    points = rng.integers(0, draw(st.sampled_from([4, 9, 10_000])), (n, q)) / 7
    treated = np.zeros(n, bool)
    treated[rng.permutation(n)[: draw(st.integers(7, n - 8))]] = True
    strata = rng.integers(0, draw(st.integers(1, 2)), n)
    outcome = 5 + points.sum(axis=1) + 2 * treated + rng.normal(size=n) * (1 + points[:, 0] / 4)
    return outcome, treated, points, strata


@given(
    problems(), st.integers(1, 3), st.booleans(), st.integers(0, 3), st.sampled_from(["PATT", "SATT"]), st.booleans()
)
@settings(max_examples=60, deadline=None)
def test_agrees_with_the_formulas(problem, wanted, focal, neighbours, population, adjusted):
    outcome, treated, points, strata = problem
    rows, pairs = matched(outcome, treated, points, strata, wanted=wanted, focal=focal)
    assume(len(pairs) >= 6 and len(oracle.service(pairs)) >= 6)
    regressors = points[:, :1] if adjusted else None
    assume(not adjusted or np.std(points[sorted(oracle.service(pairs)), 0]) > 0.05)
    found = compare(rows, population=population, neighbours=neighbours, regressors=regressors)
    sign = 1 if focal else -1
    assert found.effect == pytest.approx(sign * oracle.effect(pairs, outcome, regressors), rel=1e-10, abs=1e-10)
    raw = oracle.effect(pairs, outcome)
    assert found.bias == pytest.approx(sign * (raw - oracle.effect(pairs, outcome, regressors)), rel=1e-10, abs=1e-10)
    expected = oracle.variance(
        pairs,
        outcome,
        treated,
        points.tolist(),
        strata,
        population=population,
        neighbours=neighbours,
        regressors=regressors,
    )
    if math.isnan(expected):
        assert isinstance(found.inference, Unavailable)
    else:
        assert variance_of(found) == pytest.approx(expected, rel=1e-10)


@given(problems(), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_neighbours_are_the_nearest_and_all_that_are_tied(problem, neighbours):
    outcome, treated, points, strata = problem
    rows, _ = matched(outcome, treated, points, strata)
    found, sizes = neighbour_variances(rows.arms(), neighbours, np.ones(len(outcome), bool))
    for i in range(len(outcome)):
        own = [j for j in range(len(outcome)) if j != i and treated[j] == treated[i] and strata[j] == strata[i]]
        assert sizes[i] == 1 + len(oracle.nearest(i, own, points.tolist(), neighbours))
        expected = oracle.variance_at(i, outcome, treated, points.tolist(), strata, neighbours)
        assert found[i] == pytest.approx(expected, rel=1e-10, nan_ok=True)


@given(problems(dimensions=(1,)), st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_the_line_and_the_tree_find_the_same(problem, neighbours):
    outcome, treated, points, strata = problem
    rows, _ = matched(outcome, treated, points, strata)
    flat = replace(rows, coordinates=np.column_stack([points, np.zeros(len(points))]))
    needed = np.ones(len(outcome), bool)
    for one, other in zip(*(neighbour_variances(own.arms(), neighbours, needed) for own in (rows, flat)), strict=True):
        np.testing.assert_array_equal(one, other)


# --- invariances ----------------------------------------------------------------------------------------------------


@given(problems(), st.integers(0, 2**32 - 1), st.sampled_from(["PATT", "SATT"]), st.integers(0, 2))
@settings(max_examples=30, deadline=None)
def test_order_of_rows_and_pairs_does_not_matter(problem, seed, population, neighbours):
    outcome, treated, points, strata = problem
    rows, pairs = matched(outcome, treated, points, strata)
    assume(pairs)
    rng = np.random.default_rng(seed)
    order, shuffled = rng.permutation(len(outcome)), rng.permutation(len(rows.focal))
    place = np.argsort(order)
    moved = Matched(
        outcome=outcome[order],
        treated=treated[order],
        coordinates=points[order],
        strata=strata[order],
        focal=place[rows.focal][shuffled],
        other=place[rows.other][shuffled],
        share=rows.share[shuffled],
    )
    one, other = (compare(own, population=population, neighbours=neighbours) for own in (rows, moved))
    assert other.effect == pytest.approx(one.effect, rel=1e-12, abs=1e-12)
    if isinstance(one.inference, Unavailable):
        assert other.inference == one.inference
    else:
        assert other.inference.covariance == pytest.approx(one.inference.covariance, rel=1e-11)


@given(problems(), st.sampled_from(["PATT", "SATT"]), st.integers(0, 2), st.booleans())
@settings(max_examples=30, deadline=None)
def test_shift_and_scale(problem, population, neighbours, adjusted):
    outcome, treated, points, strata = problem
    rows, pairs = matched(outcome, treated, points, strata)
    assume(len(pairs) >= 6 and len(oracle.service(pairs)) >= 6)
    assume(np.std(points[sorted(oracle.service(pairs)), 0]) > 0.05)
    regressors = points[:, :1] if adjusted else None

    def run(rows, regressors):
        return compare(rows, population=population, neighbours=neighbours, regressors=regressors)

    plain = run(rows, regressors)
    changed = run(
        replace(rows, outcome=100 - 3 * outcome, coordinates=points * 2 + 1),
        None if regressors is None else 5 * regressors - 2,
    )
    assert changed.effect == pytest.approx(-3 * plain.effect, rel=1e-9, abs=1e-9)
    assert changed.means.treated == pytest.approx(100 - 3 * plain.means.treated, rel=1e-9)
    if isinstance(plain.inference, StudentT):
        assert changed.inference.covariance == pytest.approx(
            [9 * value for value in plain.inference.covariance], rel=1e-9, abs=1e-9
        )


@given(problems(), st.sampled_from(["PATT", "SATT"]), st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_the_covariance_is_positive_semi_definite(problem, population, wanted):
    rows, _ = matched(*problem, wanted=wanted)
    assume(len(rows.focal))
    found = compare(rows, population=population)
    assume(isinstance(found.inference, StudentT))
    first, cross, second = found.inference.covariance
    assert min(np.linalg.eigvalsh([[first, cross], [cross, second]])) >= -1e-12 * (first + second)


def test_without_shared_matches_the_variance_is_that_between_pairs():
    rng = np.random.default_rng(3)
    score = np.repeat(np.arange(12.0), 2)
    treated = np.tile([True, False], 12)
    outcome = rng.normal(size=24) + score
    rows, pairs = matched(outcome, treated, score[:, None], np.zeros(24, int))
    gaps = outcome[treated] - outcome[~treated]
    assert len(pairs) == len(oracle.service(pairs)) == 12
    assert variance_of(compare(rows)) == pytest.approx(np.var(gaps) / 12, rel=1e-12)


def test_an_adjustment_with_equal_covariates_changes_nothing():
    rng = np.random.default_rng(4)
    score = np.repeat(np.arange(12.0), 2)
    treated = np.tile([True, False], 12)
    rows, _ = matched(rng.normal(size=24) + score, treated, score[:, None], np.zeros(24, int))
    plain, adjusted = compare(rows), compare(rows, regressors=score[:, None])
    assert adjusted.bias == 0.0
    assert (adjusted.effect, adjusted.inference) == (plain.effect, plain.inference)


def test_a_linear_outcome_is_adjusted_to_its_true_effect():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(60, 2))
    treated = rng.random(60) < 1 / (1 + np.exp(1 - 2 * x[:, 0]))
    outcome = 3 + x @ [2.0, -1.0] + 1.5 * treated
    rows, _ = matched(outcome, treated, x, np.zeros(60, int))
    found = compare(rows, regressors=x)
    assert found.effect == pytest.approx(1.5, rel=1e-12)
    assert found.slopes == pytest.approx([2.0, -1.0], rel=1e-12)
    assert abs(compare(rows).effect - 1.5) > 0.05


# --- refusals -------------------------------------------------------------------------------------------------------


def column(n_treated, n_control, noise=1.0):
    rng = np.random.default_rng(6)
    n = n_treated + n_control
    treated = np.arange(n) < n_treated
    score = rng.normal(size=n)
    return noise * rng.normal(size=n) + 3, treated, score[:, None], np.zeros(n, int)


def test_few_units_have_no_normal_reference():
    found = compare(matched(*column(5, 30))[0])
    assert found.inference.reason.en == (
        "The variance of Abadie and Imbens is used with a normal reference, which needs at least six matched units in "
        "each arm; there are 5 and 4."
    )
    assert isinstance(compare(matched(*column(30, 5))[0]).inference, Unavailable)
    assert isinstance(compare(matched(*column(30, 12))[0]).inference, StudentT)


def test_a_unit_alone_in_its_arm_and_stratum_is_not_given_a_variance():
    outcome, treated, points, strata = column(20, 20)
    strata[[0, 1, 20]] = 1
    rows, _ = matched(outcome, treated, points, strata)
    assert compare(rows).inference.reason.en == (
        "The variance of Abadie and Imbens needs a neighbour in the same arm and the same values of the exact columns; "
        "units without one: 1."
    )
    assert isinstance(compare(rows, neighbours=0).inference, StudentT)
    strata[1] = 0  # the only control there serves one treated unit: its own variance enters SATT, but not PATT
    rows, _ = matched(outcome, treated, points, strata)
    assert isinstance(compare(rows).inference, StudentT)
    assert "units without one: 2." in compare(rows, population="SATT").inference.reason.en


def test_fewer_neighbours_than_asked_for_are_counted():
    outcome, treated, points, strata = column(20, 20)
    strata[[0, 1, 20, 21]] = 1
    rows, _ = matched(outcome, treated, points, strata)
    assert compare(rows, population="SATT").short == 0
    assert compare(rows, population="SATT", neighbours=2).short >= 3


def test_equal_outcomes_have_no_standard_error():
    rows, _ = matched(*column(20, 20, noise=0.0))
    assert compare(rows).inference.reason.en == "There is no within-arm variation, so there is no standard error."


def test_dependent_regressors_are_named():
    rows, _ = matched(*column(20, 20))
    with pytest.raises(_linalg.CollinearColumnError) as found:
        compare(rows, regressors=np.column_stack([rows.coordinates, 2 * rows.coordinates]))
    assert found.value.index == 2


# --- matched_comparison ---------------------------------------------------------------------------------------------

ROLES = {"unit": "unit", "treatment": "treat", "covariates": COVARIATES, "replace": True}
DOLLARS = effekt.Outcome(column="re78", unit="USD", better="higher")


@functools.cache
def experiment():
    table = nsw_mixtape.load_pandas().data.drop(columns="data_id").astype(str).astype(float)
    return table.assign(unit=[f"u{i}" for i in range(len(table))])


def compared(match=ROLES, data=None, **options):
    data = experiment() if data is None else data
    return effekt.matched_comparison(data, match=match, outcome=DOLLARS, variance="abadie_imbens", **options)


def notes(effect):
    return {note.code: note.text for note in effect.notes}


@pytest.mark.parametrize(("ratio", "case"), [(1, 8), (2, 9)])
@pytest.mark.parametrize("population", ["PATT", "SATT"])
@pytest.mark.parametrize("neighbours", [0, 1, 2, 3])
def test_the_propensity_of_the_experiment_is_matched_as_in_r(ratio, case, population, neighbours):
    expected = CASES[case]
    assert (expected["columns"], expected["neighbours_matched"]) == (["logit"], ratio)
    effect = compared({**ROLES, "ratio": ratio}, population=population, neighbours=neighbours)
    assert effect.estimate == pytest.approx(expected["estimate"], rel=1e-8)
    assert effect.std_error == pytest.approx(expected[population][neighbours], rel=1e-8)
    assert (effect.variance, effect.df) == ("abadie_imbens/1", math.inf)


CALLS = [
    {},
    {"population": "SATT", "neighbours": 3},
    {"bias_adjustment": ["age", "educ", "re74", "re75"]},
    {"match": {**ROLES, "distance": "mahalanobis", "ratio": 2}, "bias_adjustment": "re74"},
    {"match": {**ROLES, "distance": "robust_mahalanobis"}},
    {"match": {**ROLES, "exact": ["black", "nodegree"], "caliper": 0.25}},
    {"match": {**ROLES, "estimand": "ATC", "propensity": "probit"}, "bias_adjustment": ["age"], "population": "SATT"},
    {"match": {**ROLES, "discard": "both", "calipers": {"age": 10}}, "neighbours": 0},
]


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_the_laws_of_an_effect_hold(call):
    effect = compared(**call)
    assert_valid_effect(effect)
    assert (effect.exact is None) == ("bias_adjustment" in call)
    assert effect.arguments["population"] == call.get("population", "PATT")
    assert effekt.matched_comparison(experiment(), **effect.arguments) == effect
    assert ("bias_adjustment" in notes(effect)) == ("bias_adjustment" in call)


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_the_comparison_is_that_of_the_oracle(call):
    call = {"match": ROLES, "population": "PATT", "neighbours": 1, "bias_adjustment": (), **call}
    data, taken = experiment().sort_values("unit"), call["match"]
    match = effekt.match_controls(data, **taken)
    place = {unit: i for i, unit in enumerate(data.unit)}
    pairs = {}
    for pair in match.pairs:
        ends = (place[pair.treated], place[pair.control])
        own, other = ends[::-1] if taken.get("estimand") == "ATC" else ends
        pairs.setdefault(own, {})[other] = pair.weight
    treated = (data.treat == 1).tolist()
    points = points_of(data, match, taken.get("distance", "propensity"))
    strata = data.groupby(taken["exact"]).ngroup().tolist() if taken.get("exact") else [0] * len(data)
    names = [call["bias_adjustment"]] if isinstance(call["bias_adjustment"], str) else list(call["bias_adjustment"])
    regressors = data[names].to_numpy() if names else None
    effect = compared(**call)
    sign = -1 if taken.get("estimand") == "ATC" else 1
    outcome = data.re78.to_numpy()
    assert effect.estimate == pytest.approx(sign * oracle.effect(pairs, outcome, regressors), rel=1e-9)
    variance = oracle.variance(
        pairs,
        outcome,
        treated,
        points,
        strata,
        population=call["population"],
        neighbours=call["neighbours"],
        regressors=regressors,
    )
    assert effect.std_error**2 == pytest.approx(variance, rel=1e-9)


def points_of(data, match, distance):
    """Where units lie, so that distances are Euclidean."""
    x = data[COVARIATES].to_numpy()
    if distance == "propensity":
        if match.arguments.get("propensity") == "probit":
            fitted = fit_propensity(data.treat.to_numpy() == 1, x, COVARIATES, "probit").logit
        else:
            fitted = match.intercept + x @ [match.coefficients[name] for name in COVARIATES]
        return fitted[:, None].tolist()
    if distance == "robust_mahalanobis":
        ranks = data[COVARIATES].rank().to_numpy()
        covariance = np.cov(ranks.T)
        n = len(data)
        scale = np.sqrt(n * (n + 1) / 12 / np.diag(covariance))
        return (ranks @ np.linalg.cholesky(np.linalg.inv(covariance * np.outer(scale, scale)))).tolist()
    arms = [x[(data.treat == arm).to_numpy()] for arm in (1, 0)]
    pooled = sum((len(arm) - 1) * np.cov(arm.T) for arm in arms) / (len(data) - 2)
    return (x @ np.linalg.cholesky(np.linalg.inv(pooled))).tolist()


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_the_order_of_rows_does_not_move_a_byte(call):
    shuffled = experiment().sample(frac=1, random_state=5)
    assert compared(data=shuffled, **call).to_json() == compared(**call).to_json()


def test_the_ratio_has_a_fieller_set_with_the_same_p_value():
    effect = compared(population="SATT")
    assert effect.relative().p_value() == effect.p_value()
    low, high = effect.relative().confidence_interval().intervals[0]
    assert low < effect.relative().estimate < high


def test_a_match_that_was_kept_gives_the_same():
    match = effekt.match_controls(experiment(), **ROLES)
    kept = effekt.Match.from_json(match.to_json()).with_units(match.units_to_json())
    assert compared(kept, bias_adjustment="age").to_json() == compared(bias_adjustment="age").to_json()


def test_missing_outcomes_leave_pairs_and_neighbours_out():
    match = effekt.match_controls(experiment(), **ROLES)
    holes = experiment().assign(re78=experiment().re78.where(experiment().index % 7 > 0))
    effect = compared(match, holes, missing="drop")
    assert_valid_effect(effect)
    assert "missing_outcomes" in notes(effect)
    assert effect.std_error != compared().std_error


def test_another_table_has_no_variance():
    match = effekt.match_controls(experiment(), **ROLES)
    sentence = (
        "The variance of Abadie and Imbens needs the table that the match was made on, because it is computed from "
        "neighbours in the covariates, matched or not."
    )
    data = experiment()
    for other in (data[["unit", "treat", "re78"]], data.assign(age=data.age + (data.treat == 1)), data[data.age < 40]):
        effect = compared(match, other, missing="drop")
        assert effect.inference.reason.en == sentence
        assert effect.variance == "none/1"
    halves = data.assign(half=data.index % 2)
    within = effekt.match_controls(halves, **ROLES, exact="half")
    assert isinstance(compared(within, halves).inference, StudentT)
    assert compared(within, halves.assign(half=data.index % 3)).inference.reason.en == sentence
    with pytest.raises(DataError) as refusal:
        compared(match, data[["unit", "treat", "re78"]], bias_adjustment="age")
    assert str(refusal.value) == f"`bias_adjustment` must be empty here. {sentence}"


class Odds:
    """A classifier whose propensity is that of age."""

    def fit(self, X, y):
        return self

    def predict_proba(self, X):
        p = 1 / (2 + X[:, 0] / 20)
        return np.column_stack([1 - p, p])


def test_a_classifier_is_not_fitted_again():
    effect = compared({**ROLES, "propensity": Odds()})
    assert effect.inference.reason.en == (
        "The variance of Abadie and Imbens is computed from neighbours in the propensity, which is not estimated again "
        "when it comes from a classifier."
    )


def test_what_the_notes_say():
    effect = compared(bias_adjustment=["age", "educ"])
    said = notes(effect)
    raw = compared().estimate
    assert said["bias_adjustment"].en == (
        "What remained unlike within the pairs in age, educ is taken out of the effect by a regression among the units "
        f"that serve as matches; without it the effect would be {raw:,.0f} and not {effect.estimate:,.0f}."
    )
    assert said["population"].en == (
        "Standard error, interval and p are for the effect in the population that the matched treated units represent, "
        "and not for the effect on these very units, which may differ from it."
    )
    assert said["estimated_propensity"].en == (
        "The variance takes the match as given; that the propensity is estimated is not accounted for, and would make "
        "the standard error of an effect on one arm larger or smaller (Abadie and Imbens 2016). "
        "variance='abadie_imbens_estimated' counts it."
    )
    by_age = compared({**ROLES, "calipers": {"age": 10}})
    assert notes(by_age)["estimated_propensity"].en.endswith("larger or smaller (Abadie and Imbens 2016).")
    sample = notes(compared({**ROLES, "estimand": "ATC"}, population="SATT"))["population"]
    assert sample.en == (
        "Standard error, interval and p are for the effect expected of the matched controls at hand given their "
        "covariates, and not for the effect that these very units had, which may differ from it; they say nothing "
        "about others."
    )
    assert sample.sv == (
        "Medelfel, intervall och p gäller den effekt som är att vänta för kontrollerna i matchningen givet deras "
        "kovariater, och inte den effekt som just dessa enheter fick, som kan vara en annan; de säger inget om andra."
    )


def test_units_with_few_neighbours_are_told():
    effect = compared({**ROLES, "exact": ["hisp", "nodegree"]}, neighbours=2, population="SATT")
    few = experiment().query("hisp == 1 and nodegree == 0").treat.value_counts()
    assert set(few) == {2}  # both treated, and both controls if they serve
    serve = effekt.match_controls(experiment(), **ROLES, exact=["hisp", "nodegree"]).weights
    short = sum(unit in serve for unit in experiment().query("hisp == 1 and nodegree == 0").unit)
    assert notes(effect)["short_neighbours"].en == (
        "Units with fewer than 2 neighbours in their own arm with the same values of the exact columns, whose "
        f"variances are computed from those there are: {short}."
    )
    assert "short_neighbours" not in notes(compared({**ROLES, "exact": ["hisp", "nodegree"]}, population="SATT"))


REFUSALS = [
    (
        {"variance": "HC2"},
        {},
        "`variance` must be 'abadie_imbens', 'abadie_imbens_estimated' or 'CR2'; got 'HC2'.",
    ),
    ({"variance": "HC2"}, {"reuse": 3}, "`variance` must be 'CR2' or 'abadie_imbens'; got 'HC2'."),
    ({}, {"replace": False}, "`variance` must be 'CR2'; got 'abadie_imbens'."),
    ({"population": "ATT"}, {}, "`population` must be 'PATT' or 'SATT'; got 'ATT'. Did you mean 'SATT'?"),
    ({"neighbours": -1}, {}, "`neighbours` must be an integer of at least 0; got -1."),
    (
        {"variance": None, "neighbours": 1},
        {},
        "`neighbours` must be left out unless variance='abadie_imbens' or variance='abadie_imbens_estimated', which "
        "alone read it; got 1.",
    ),
    (
        {"variance": None, "population": "PATT"},
        {"replace": False},
        "`population` must be left out unless `covariates` are given, or variance='abadie_imbens' or "
        "variance='abadie_imbens_estimated', which alone read it; got 'PATT'.",
    ),
    (
        {"variance": None, "bias_adjustment": "age"},
        {},
        "`bias_adjustment` must be left out unless variance='abadie_imbens', which alone reads it; got ('age',).",
    ),
    (
        {"bias_adjustment": "edu"},
        {},
        "`bias_adjustment` must name covariates of the match; got 'edu'. Did you mean 'educ'?",
    ),
]


@pytest.mark.parametrize(("options", "match", "sentence"), REFUSALS, ids=[sentence[:60] for _, _, sentence in REFUSALS])
def test_refusals(options, match, sentence):
    chosen = {"variance": "abadie_imbens", **options}
    with pytest.raises(EffektError) as refusal:
        effekt.matched_comparison(experiment(), match={**ROLES, **match}, outcome=DOLLARS, **chosen)
    assert str(refusal.value) == sentence


def refused_adjustment(b, **columns):
    """Eight treated, eight controls near them, and four far away."""
    data = {
        "unit": range(20),
        "treat": [1] * 8 + [0] * 12,
        "a": [0.1 * i for i in range(8)] * 2 + [8.0, 9.0, 10.0, 11.0],
        "b": b,
        "y": [float(i % 5) for i in range(20)],
        **columns,
    }
    match = {"unit": "unit", "treatment": "treat", "covariates": ["a", "b"], "replace": True}
    match |= {"distance": "mahalanobis", "calipers": {"a": 1.0}}
    with pytest.raises(DataError) as refusal:
        effekt.matched_comparison(data, match=match, outcome="y", variance="abadie_imbens", bias_adjustment=["a", "b"])
    return str(refusal.value)


def test_regressors_that_do_not_vary_among_those_who_serve():
    assert refused_adjustment([0, 1, 0, 1, 0, 1, 0, 1, *[0] * 8, 0, 1, 1, 0]) == (
        "Column 'b' must vary among the units that serve as matches, and not be a linear combination of the other "
        "columns of `bias_adjustment` there. Leave it out of `bias_adjustment`."
    )


def test_too_many_regressors_for_those_who_serve():
    far = {"a": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.0, 0.7, 0.3, *[9.0 + i for i in range(9)]]}
    assert refused_adjustment([i % 3 for i in range(20)], **far) == (
        "`bias_adjustment` must name at least two columns fewer than there are units that serve as matches; there are "
        "too few. Leave some out."
    )


def test_a_contract_writes_the_choices_and_the_second_route_repeats_the_means():
    written = {
        "match": {
            **{name: ROLES[name] for name in ("unit", "treatment", "covariates", "replace")},
            **{"method": "nearest", "distance": "propensity", "caliper": "none", "ratio": 1, "estimand": "ATT"},
            **{"salt": "", "tie_orders": 100, "missing": "raise"},
        },
        "outcome": {"column": "re78"},
        "variance": "abadie_imbens",
        "population": "SATT",
        "neighbours": 2,
        "missing": "raise",
    }
    taken = arguments("effect", effekt.matched_comparison, written)
    effect = effekt.matched_comparison(experiment(), **taken)
    assert effect.std_error == pytest.approx(CASES[8]["SATT"][2], rel=1e-8)
    columns = {name: experiment()[name].tolist() for name in experiment()}
    again = independent.METHODS["matched_comparison"](
        columns, match=taken["match"], outcome="re78", variance="abadie_imbens", population="SATT", neighbours=2
    )
    assert float(again["estimate"]) == pytest.approx(effect.estimate, rel=1e-12)
