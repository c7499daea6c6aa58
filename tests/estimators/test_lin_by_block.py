"""Lin's regression in each block by itself: estimatr block by block, explicit matrices, laws, refusals."""

from __future__ import annotations

import csv
import json
import math
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from helpers import assert_valid_effect
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.regression import Regression

import effekt
from effekt._inference import Unavailable
from effekt.exceptions import ArgumentError, DataError
from effekt.independent.trials.randomized_trial import randomized_trial as second_route

GOLDENS = Path(__file__).parents[1] / "goldens" / "randomized"
R = json.loads((GOLDENS / "output.json").read_text(encoding="utf-8"))
DESIGNS = ("blocked", "blocked_clustered")


def read(name):
    with (GOLDENS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: [row[key] if key in ("block", "cluster") else float(row[key]) for row in rows] for key in rows[0]}


def fitted(data, **options):
    cluster = "cluster" if "cluster" in data else None
    given = {"covariates": "x", "block": "block", "cluster": cluster, "adjustment": "lin_by_block"}
    return effekt.randomized_trial(data, outcome="y", treatment="d", **(given | options))


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_blocks_are_those_of_lm_lin_weighted_by_size(design, estimand):
    """lm_lin centres at all units of the block: its effect is the block's ATE, so ATT is held by the next test."""
    blocks = R[design]["estimatr_by_block"].values()
    effect = fitted(read(design), population="finite")
    total = sum(own["n"] for own in blocks)
    if estimand == "ATE":
        expected = sum(own["n"] / total * own["estimate"] for own in blocks)
        assert effect.estimate == pytest.approx(expected, rel=1e-8)
        error = math.sqrt(sum((own["n"] / total * own["std_error"]) ** 2 for own in blocks))
        assert effect.std_error == pytest.approx(error, rel=1e-8)
    else:
        assert fitted(read(design), estimand="ATT").estimate != pytest.approx(effect.estimate, rel=1e-3)


def saturated(data, estimand):
    """One regression with a column for every block, arm and covariate, and its two mean contrasts."""
    y, d, x, block = (np.array(data[name]) for name in ("y", "d", "x", "block"))
    target = d == 1 if estimand == "ATT" else np.ones(len(y), bool)
    columns, treated, control = [], [], []
    for name in np.unique(block):
        inside = (block == name).astype(float)
        share, centre = inside[target].mean(), x[target & (block == name)].mean()
        for arm in (1, 0):
            columns += [inside * (d == arm), inside * (d == arm) * (x - centre)]
            treated += [share * (arm == 1), 0.0]
            control += [share * (arm == 0), 0.0]
    return Regression(np.column_stack(columns), y, data.get("cluster")), np.array(treated), np.array(control)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_it_is_one_regression_with_all_interactions(design, estimand):
    data = read(design)
    oracle, treated, control = saturated(data, estimand)
    effect = fitted(data, estimand=estimand, population="finite")
    variance = "HC2" if design == "blocked" else "CR2"
    assert effect.treated_mean == pytest.approx(treated @ oracle.coefficients, rel=1e-10)
    assert effect.counterfactual_mean == pytest.approx(control @ oracle.coefficients, rel=1e-10)
    assert effect.std_error**2 == pytest.approx(oracle.variance(treated - control, variance), rel=1e-10)
    assert effect.df == pytest.approx(oracle.df(treated - control, variance), rel=1e-9)
    assert_valid_effect(effect)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
@pytest.mark.parametrize("population", ["super", "finite"])
def test_the_second_route_has_the_same_numbers(design, estimand, population):
    data = read(design)
    first = fitted(data, estimand=estimand, population=population)
    second = second_route(
        data,
        outcome="y",
        treatment="d",
        covariates=["x"],
        block="block",
        cluster="cluster" if "cluster" in data else None,
        adjustment="lin_by_block",
        estimand=estimand,
        population=population,
    )
    assert first.estimate == pytest.approx(float(second["estimate"]), rel=1e-10)
    assert first.std_error == pytest.approx(second["std_error"], rel=1e-10)
    assert first.df == pytest.approx(second["df"], rel=1e-9)


@pytest.mark.parametrize("weights", [{"kind": "sampling", "column": "w"}, {"kind": "precision", "column": "w"}])
def test_weighted_means_are_those_of_the_second_route(weights):
    data = read("blocked")
    data["w"] = [0.5 + (7 * i % 11) / 4 for i in range(len(data["y"]))]
    second = second_route(
        data, outcome="y", treatment="d", covariates=["x"], block="block", weights=weights, adjustment="lin_by_block"
    )
    assert fitted(data, weights=weights).estimate == pytest.approx(float(second["estimate"]), rel=1e-10)


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_a_superpopulation_adds_the_covariate_means_of_the_blocks(estimand):
    """Σ_b w_b² β_b' S_b β_b / n_b, the term of each block's own Lin regression."""
    data = read("blocked")
    y, d, x, block = (np.array(data[name]) for name in ("y", "d", "x", "block"))
    target = d == 1 if estimand == "ATT" else np.ones(len(y), bool)
    added = np.zeros((2, 2))
    for name in np.unique(block):
        inside = block == name
        slopes = np.array([np.polyfit(x[inside & (d == arm)], y[inside & (d == arm)], 1)[0] for arm in (1, 0)])
        own = x[inside & target]
        added += (len(own) / target.sum()) ** 2 * np.outer(slopes, slopes) * own.var(ddof=1) / len(own)
    drawn, finite = (fitted(data, estimand=estimand, population=p) for p in ("super", "finite"))
    difference = np.subtract(drawn.inference.covariance, finite.inference.covariance)
    np.testing.assert_allclose(difference, added[[0, 0, 1], [0, 1, 1]], rtol=1e-9)


def test_one_block_is_lin():
    data = read("blocked")
    rows = [i for i, name in enumerate(data["block"]) if name == "b3"]
    data = {name: [column[i] for i in rows] for name, column in data.items()}
    one, lin = fitted(data), fitted(data, adjustment="lin", block=None)
    assert (one.estimate, one.std_error, one.df) == pytest.approx((lin.estimate, lin.std_error, lin.df), rel=1e-12)


@pytest.mark.parametrize("design", DESIGNS)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000), shift=st.integers(-50, 50), power=st.integers(-3, 3))
def test_invariances(design, seed, shift, power):
    """Rows in another order give the same bytes; other names, and another zero and unit, the numbers that follow."""
    data = read(design)
    effect = fitted(data)
    order = np.random.default_rng(seed).permutation(len(data["y"]))
    assert fitted({name: [column[i] for i in order] for name, column in data.items()}).to_json() == effect.to_json()
    names = dict(zip(sorted(set(data["block"])), "ecadb", strict=False))
    moved = data | {
        "block": [names[name] for name in data["block"]],
        "x": [2.0**power * (value - shift) for value in data["x"]],
        "y": [2.0**power * value + shift for value in data["y"]],
    }
    again = fitted(moved)
    assert again.estimate == pytest.approx(2.0**power * effect.estimate, rel=1e-9)
    assert again.std_error == pytest.approx(2.0**power * effect.std_error, rel=1e-9)
    assert again.df == pytest.approx(effect.df, rel=1e-8)


@pytest.mark.parametrize("inference", ["randomization", "wild_bootstrap"])
def test_other_inference_takes_the_same_estimator(inference):
    data = read("blocked_clustered")
    effect = fitted(data, population="finite")
    again = fitted(data, population="finite", inference=inference, rng=3, draws=199)
    assert again.estimate == pytest.approx(effect.estimate, rel=1e-12)
    assert 0 < again.p_value() < 0.2


def test_randomisation_is_the_estimator_under_every_assignment():
    """Two blocks of five and four: 10 · 6 assignments."""
    data = {
        "y": [3.0, 5.0, 4.0, 8.0, 6.5, 7.0, 5.5, 9.0, 4.5],
        "x": [1.0, 2.0, 2.5, 4.0, 3.0, 2.0, 3.5, 5.0, 2.5],
        "d": [1, 0, 1, 0, 0, 1, 0, 1, 0],
        "block": ["a"] * 5 + ["b"] * 4,
    }
    effect = fitted(data, inference="randomization")
    sizes = [[i for i in range(9) if data["block"][i] == name] for name in "ab"]
    estimates = []
    for one in combinations(sizes[0], 2):
        for other in combinations(sizes[1], 2):
            drawn = {**data, "d": [int(i in one + other) for i in range(9)]}
            estimates.append(fitted(drawn).estimate)
    extreme = sum(abs(value) >= abs(effect.estimate) * (1 - 1e-12) for value in estimates)
    assert effect.p_value() == pytest.approx(extreme / len(estimates), rel=1e-12)


def test_a_reader_is_told_how_blocks_count():
    (note,) = [note for note in fitted(read("blocked")).notes if note.code == "blocks_by_size"]
    assert note.text.en == (
        "The covariates have slopes of their own in each arm of every block, and blocks count by their number of units."
    )
    assert note.text.sv == (
        "Kovariaterna har egna lutningar i varje grupp i alla block, och blocken väger efter antalet enheter."
    )


@pytest.mark.parametrize("options", [{"covariates": ()}, {"block": None}])
def test_it_needs_covariates_and_a_block(options):
    with pytest.raises(ArgumentError) as error:
        fitted(read("blocked"), **options)
    assert str(error.value) == ("`adjustment` 'lin_by_block' needs covariates and a block; give both, or choose 'lin'.")


SMALL = {
    "y": [float(i * i % 7) for i in range(1, 13)],
    "d": [1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1],
    "x": [float(i * 5 % 11) for i in range(12)],
    "block": ["Ankeborg"] * 6 + ["Blåkulla"] * 4 + ["Ankeborg"] * 2,
}


def test_too_few_rows_in_an_arm_of_a_block_are_counted_not_named():
    with pytest.raises(DataError) as error:
        fitted(SMALL)
    assert str(error.value) == (
        "`adjustment` 'lin_by_block' needs at least 2 rows in each arm of every block, one more than there are "
        "covariates; 1 block had fewer, the first at row 7. Choose adjustment='lin', or name fewer covariates."
    )


def test_as_many_rows_as_coefficients_leave_no_inference():
    effect = fitted(SMALL | {"d": [1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1]})
    assert isinstance(effect.inference, Unavailable)
    assert effect.inference.reason.en == (
        "One unit alone determines a coefficient that the means rest on, so their uncertainty cannot be estimated."
    )


def test_a_covariate_that_is_constant_in_an_arm_of_a_block():
    same = SMALL | {"d": [1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1], "x": [*SMALL["x"][:8], 3.0, 3.0, *SMALL["x"][10:]]}
    with pytest.raises(DataError) as error:
        fitted(same)
    assert str(error.value) == (
        "Column 'x' must vary within the control arm of the block of row 9; it holds one value there. Leave it out, or "
        "choose adjustment='lin'."
    )


def test_compliers_have_the_p_of_assignment():
    data = read("blocked")
    data["received"] = [float(own and i % 5 > 0) for i, own in enumerate(data["d"])]
    effects = effekt.complier_effect(
        data,
        outcome="y",
        treatment="d",
        received="received",
        covariates="x",
        block="block",
        adjustment="lin_by_block",
    )
    assert effects["CACE"].p_value() == pytest.approx(effects["ITT"].p_value(), rel=1e-9)
    assert effects["ITT"].estimate == pytest.approx(fitted(data).estimate, rel=1e-12)


def test_several_outcomes_keep_their_joint_covariance():
    data = read("blocked")
    data["z"] = [a * a / 10 for a in data["y"]]
    several = effekt.randomized_trials(
        data, outcome=["y", "z"], treatment="d", covariates="x", block="block", adjustment="lin_by_block"
    )
    one = fitted(data)
    assert several.effects[0].std_error == pytest.approx(one.std_error, rel=1e-12)
    joint = np.array(several.covariance)
    weights = np.array([0.5, -0.5, -1.0, 1.0])
    data["mixed"] = [0.5 * a - b for a, b in zip(data["y"], data["z"], strict=True)]
    own = effekt.randomized_trial(
        data, outcome="mixed", treatment="d", covariates="x", block="block", adjustment="lin_by_block"
    )
    assert weights @ joint @ weights == pytest.approx(own.std_error**2, rel=1e-8)
