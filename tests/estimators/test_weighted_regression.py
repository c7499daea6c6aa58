"""Weighted regressions in each arm: Stata's published numbers, statsmodels, a dense slow oracle, and both routes."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.treatment.tests.results as published
from helpers import assert_valid_effect
from oracles.stacked_regression import leave_one_out
from two_routes import agree

import effekt
from effekt import independent
from effekt._inference import Unavailable
from effekt.estimators import weighted_regression
from effekt.estimators._m_estimation import standardised
from effekt.estimators.weighting import fit_weights
from effekt.exceptions import ArgumentError, DataError

ROLES = {"unit": "unit", "treatment": "d", "covariates": ["x"]}
BIRTHS = pd.read_csv(Path(published.__file__).with_name("cataneo2.csv"))
SMOKING = ["mmarried_", "mage", "mage2", "fbaby_", "medu"]
WEIGHT = ["prenatal1_", "mmarried_", "mage", "fbaby_"]
STATSMODELS = {  # TreatmentEffect.ipw_ra of statsmodels 0.15.0, effect_group "all", 1 and 0: effect and control mean
    "ATE": (-229.96707793521432, 3403.335639307422),
    "ATT": (-223.54526198669058, 3361.2049842089123),
    "ATC": (-231.12597249071497, 3412.911593435678),
}
STATA = (26.626675683, 9.5712596119)  # teffects ipwra, probit: standard errors of the ATE and of the control mean


def births(estimand, variance=None):
    """Smoking and birth weight (Cattaneo 2010), as in Stata's manual and statsmodels' tests."""
    table = BIRTHS.assign(unit=np.arange(len(BIRTHS)))
    roles = {"unit": "unit", "treatment": "mbsmoke_", "covariates": SMOKING}
    match = {**roles, "method": "inverse_probability", "propensity": "probit", "estimand": estimand}
    call = {"match": match, "outcome": "bweight", "covariates": WEIGHT, "adjustment": "lin", "variance": variance}
    return effekt.matched_comparison(table, **call)


@pytest.mark.parametrize("estimand", STATSMODELS)
def test_means_are_those_of_statsmodels(estimand):
    effect = births(estimand)
    assert (effect.estimate, effect.counterfactual_mean) == pytest.approx(STATSMODELS[estimand], rel=1e-8)
    assert effect.variance == "m_estimation/1"
    assert_valid_effect(effect)


def test_the_plain_sandwich_is_that_of_stata():
    plain, ours = births("ATE", "sandwich"), births("ATE")
    assert (plain.std_error, plain.inference.covariance[2] ** 0.5) == pytest.approx(STATA, rel=1e-8)
    assert (plain.variance, plain.df) == ("sandwich/1", math.inf)
    assert plain.estimate == ours.estimate
    assert plain.std_error < ours.std_error  # which leaves each row out
    assert {note.code for note in plain.notes} - {note.code for note in ours.notes} == {"plain_sandwich"}
    assert_valid_effect(plain)


def people(n=90, seed=2):
    rng = np.random.default_rng(seed)
    x, z = np.round(rng.normal(size=(2, n)), 2)
    d = (rng.random(n) < 1 / (1 + np.exp(0.4 - 0.8 * x))).astype(int)
    y = np.round(1 + x + z + d * (1 + 0.5 * x) + rng.normal(size=n), 2)
    names, school = [f"u{i:03d}" for i in rng.permutation(n)], [f"s{k}" for k in rng.integers(0, 12, n)]
    numbers = {"d": d, "x": x, "z": z, "y": y}
    return {"unit": names, "school": school, **{name: own.tolist() for name, own in numbers.items()}}


PEOPLE = people()
METHODS = ("inverse_probability", "entropy_balancing", "covariate_balancing_propensity")


@pytest.mark.parametrize("clusters", [None, np.arange(90) % 10])
@pytest.mark.parametrize("estimand", ["ATE", "ATT", "ATC"])
def test_each_row_is_left_out_as_the_dense_equations_leave_it_out(estimand, clusters):
    treated, y = np.array(PEOPLE["d"]) == 1, np.array(PEOPLE["y"])
    covariates = np.column_stack([PEOPLE["x"], PEOPLE["z"]])
    weighting = fit_weights(treated, covariates[:, :1], ["x"], method="entropy_balancing", estimand=estimand)
    slopes = weighted_regression.fitted(y, covariates, ("x", "z"), weighting)
    x = standardised(covariates)
    errors = weighted_regression.mean_errors(y, x, slopes, weighting, clusters)
    groups = [[i] for i in range(90)] if clusters is None else [np.flatnonzero(clusters == c) for c in range(10)]
    target = {"ATE": np.ones(90), "ATT": treated.astype(float), "ATC": 1.0 - treated}[estimand]
    slow = leave_one_out(y, x, slopes, weighting, target, groups)
    assert errors == pytest.approx(slow, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize(
    ("method", "estimand", "options"),
    [
        *((method, estimand, {}) for method in METHODS for estimand in ("ATT", "ATE")),
        ("inverse_probability", "ATC", {"cluster": "school"}),
        ("inverse_probability", "ATT", {"variance": "sandwich"}),
        ("entropy_balancing", "ATE", {"variance": "sandwich"}),
    ],
)
def test_both_routes_find_the_same(method, estimand, options):
    match = {**ROLES, "method": method, "estimand": estimand}
    call = {"match": match, "outcome": "y", "covariates": ["x", "z"], **options}
    effect = effekt.matched_comparison(PEOPLE, **call)
    agree(independent.METHODS["matched_comparison"](PEOPLE, **call), effect)


@pytest.mark.parametrize("variance", ["m_estimation", "sandwich"])
def test_text_stands_for_its_categories(variance):
    places = [["Berg", "By", "Dal"][i % 3] for i in range(90)]
    data = {**PEOPLE, "place": places, **{own: [int(one == own) for one in places] for own in ("By", "Dal")}}
    match = {**ROLES, "method": "inverse_probability", "covariates": ["x", "place"]}
    call = {"match": match, "outcome": "y", "covariates": ["place", "z"], "variance": variance}
    effect = effekt.matched_comparison(data, **call)
    named = {**call, "match": {**match, "covariates": ["x", "By", "Dal"]}, "covariates": ["By", "Dal", "z"]}
    by_hand = effekt.matched_comparison(data, **named)
    assert effect.means == by_hand.means
    assert effect.inference == by_hand.inference
    agree(independent.METHODS["matched_comparison"](data, **call), effect)


def test_the_order_of_rows_moves_no_byte():
    places = np.random.default_rng(8).permutation(90)
    turned = {column: [cells[i] for i in places] for column, cells in PEOPLE.items()}
    call = {"match": {**ROLES, "method": "entropy_balancing"}, "outcome": "y", "covariates": ["z"]}
    first, second = (effekt.matched_comparison(data, **call) for data in (PEOPLE, turned))
    assert first.to_json() == second.to_json()


def test_regression_on_what_is_balanced_moves_nothing():
    """Entropy balancing gives the controls the treated's means, so that a regression has nothing to take out."""
    match = {**ROLES, "method": "entropy_balancing"}
    plain = effekt.matched_comparison(PEOPLE, match=match, outcome="y")
    found = effekt.matched_comparison(PEOPLE, match=match, outcome="y", covariates="x")
    assert found.estimate == pytest.approx(plain.estimate, rel=1e-8)
    assert {note.code for note in found.notes} >= {"outcome_regression"}


def test_a_missing_outcome_is_left_out_and_the_weights_fitted_again():
    lost = {**PEOPLE, "y": [None, *PEOPLE["y"][1:]], "z": [*PEOPLE["z"][:-1], None]}
    match = {**ROLES, "method": "inverse_probability"}
    found = effekt.matched_comparison(lost, match=match, outcome="y", covariates="z", missing="drop")
    kept = {name: cells[1:-1] for name, cells in PEOPLE.items()}
    whole = effekt.matched_comparison(kept, match=match, outcome="y", covariates="z")
    assert found.estimate == pytest.approx(whole.estimate, rel=1e-10)
    assert found.std_error == pytest.approx(whole.std_error, rel=1e-10)
    assert found.sample.n_dropped == 2
    assert "no_worst_case" in {note.code for note in found.notes}


def test_weights_of_a_classifier_have_no_inference():
    class Constant:
        random_state = 1

        def fit(self, x, d):
            return self

        def predict_proba(self, x):
            p = 1 / (1 + np.exp(-0.5 * x[:, 0]))
            return np.column_stack([1 - p, p])

    match = {**ROLES, "method": "inverse_probability", "propensity": Constant()}
    effect = effekt.matched_comparison(PEOPLE, match=match, outcome="y", covariates="z")
    assert isinstance(effect.inference, Unavailable)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"population": "SATT"}, "`population` must be 'PATT'; got 'SATT'. Did you mean 'PATT'?"),
        (
            {"checks": ["marginal_sensitivity"]},
            "`checks` must not name 'marginal_sensitivity' beside `covariates`, as it is of outcomes that no "
            "regression has moved. Leave out one of the two.",
        ),
        (
            {"match": {"method": "overlap", "estimand": "ATO"}},
            "`covariates` must be left out with estimand 'ATO', whose effects are averaged by weights of their "
            "own; got ('z',). Choose the ATT, ATC or ATE.",
        ),
    ],
)
def test_refused_arguments(options, sentence):
    match = {**ROLES, "method": "inverse_probability", **options.get("match", {})}
    with pytest.raises(ArgumentError) as refused:
        effekt.matched_comparison(PEOPLE, **{**options, "match": match}, outcome="y", covariates="z")
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        (
            [float(d) for d in PEOPLE["d"]],
            "Column 'z' must vary within the treated; it holds one value there. Leave it out of the comparison's "
            "`covariates`.",
        ),
        (
            [2 * x for x in PEOPLE["x"]],
            "Column 'z' must not be a linear combination of the other `covariates` of the comparison within the "
            "treated. Leave it out.",
        ),
    ],
)
def test_refused_columns(column, sentence):
    match = {**ROLES, "method": "inverse_probability"}
    with pytest.raises(DataError) as refused:
        effekt.matched_comparison({**PEOPLE, "z": column}, match=match, outcome="y", covariates=["x", "z"])
    assert str(refused.value) == sentence
