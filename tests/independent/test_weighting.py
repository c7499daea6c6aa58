"""The second route for weighted comparisons against the first, and by what the weights must do."""

from __future__ import annotations

from math import fsum
from random import Random

import pytest
from two_routes import COVARIATES, NSW, agree, cohort, numbers_again

import effekt
from effekt.estimators import weighting as first_weighting
from effekt.exceptions import ArgumentError, DataError
from effekt.independent.matches.matching import matched_comparison
from effekt.independent.matches.weighting import BY_PROPENSITY, METHODS, _fitted, weighted_means

CASES = [(method, estimand) for method, estimands in METHODS.items() for estimand in estimands]
ROLES = {"unit": "unit", "treatment": "treatment", "covariates": COVARIATES}


def match_of(method, estimand, **more):
    return {**ROLES, "method": method, "estimand": estimand, **more}


@pytest.mark.parametrize(("method", "estimand"), CASES)
@pytest.mark.parametrize("moments", [1, 2])
@pytest.mark.parametrize("discard", [None, "both"])
def test_both_routes_agree(method, estimand, moments, discard):
    columns = cohort(11)
    match = match_of(method, estimand, moments=moments, discard=discard)
    agree(weighted_means(columns, match, "outcome"), effekt.matched_comparison(columns, match=match, outcome="outcome"))


@pytest.mark.parametrize(("method", "estimand"), [case for case in CASES if case[0] in BY_PROPENSITY])
@pytest.mark.parametrize("discard", [None, "both", [0.2, 0.8]])
@pytest.mark.parametrize("options", [{}, {"cluster": "school"}, {"variance": "sandwich"}, {"covariates": ["age"]}])
def test_weights_by_probit(method, estimand, discard, options):
    columns, match = cohort(17), match_of(method, estimand, discard=discard, propensity="probit")
    given = {"match": match, "outcome": "outcome", **({} if estimand == "ATO" and "covariates" in options else options)}
    found = matched_comparison(columns, **given)
    agree(found, effekt.matched_comparison(columns, **given))
    other = matched_comparison(columns, **{**given, "match": {**match, "propensity": "logit"}})
    assert abs(found["estimate"] - other["estimate"]) > 1e-6


def test_a_package_that_weights_by_logit_where_probit_is_agreed_is_told(monkeypatch):
    match = match_of("inverse_probability", "ATT", propensity="probit")
    given = {"match": match, "outcome": "outcome"}
    columns, honest = cohort(17), first_weighting.fit_propensity
    monkeypatch.setattr(first_weighting, "fit_propensity", lambda *cells: honest(*cells[:-1], "logit"))
    wrong = effekt.matched_comparison(columns, **given).estimate
    assert abs(matched_comparison(columns, **given)["estimate"] - wrong) > 1e-6


@pytest.mark.parametrize(("method", "estimand"), CASES)
def test_the_plain_sandwich(method, estimand):
    columns, match = cohort(13), match_of(method, estimand)
    given = {"match": match, "outcome": "outcome", "variance": "sandwich"}
    agree(matched_comparison(columns, **given), effekt.matched_comparison(columns, **given))


@pytest.mark.parametrize("discard", ["treated", "control", [0.3, 0.6]])
def test_common_support_of_one_arm(discard):
    columns = cohort(12)
    match = match_of("inverse_probability", "ATE", discard=discard)
    agree(weighted_means(columns, match, "outcome"), effekt.matched_comparison(columns, match=match, outcome="outcome"))


@pytest.mark.parametrize(("method", "estimand"), CASES)
def test_the_national_supported_work_experiment(nsw, method, estimand):
    match = {"unit": "unit", "treatment": "treat", "covariates": list(NSW), "method": method, "estimand": estimand}
    agree(weighted_means(nsw, match, "re78"), effekt.matched_comparison(nsw, match=match, outcome="re78"))


@pytest.mark.parametrize(("method", "estimand"), [("overlap", "ATO"), ("entropy_balancing", "ATE")])
def test_rows_without_a_value_are_left_out(method, estimand):
    columns = cohort(13)
    columns["outcome"] = [None if i % 19 == 2 else v for i, v in enumerate(columns["outcome"])]
    columns["age"] = [None if i % 29 == 1 else v for i, v in enumerate(columns["age"])]
    match = match_of(method, estimand, missing="drop")
    first = effekt.matched_comparison(columns, match=match, outcome="outcome", missing="drop")
    agree(matched_comparison(columns, match=match, outcome="outcome", missing="drop"), first)
    with pytest.raises(DataError, match="must hold a value in every row"):
        weighted_means(columns, match, "outcome")


def test_row_order_does_not_matter():
    columns = cohort(14)
    order = list(range(len(columns["age"])))
    Random(3).shuffle(order)
    turned = {name: [cells[i] for i in order] for name, cells in columns.items()}
    match = match_of("covariate_balancing_propensity", "ATE")
    one, other = (weighted_means(table, match, "outcome") for table in (columns, turned))
    assert numbers_again(one) == pytest.approx(numbers_again(other), rel=1e-12)


@pytest.mark.parametrize("method", ["entropy_balancing", "covariate_balancing_propensity"])
@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
def test_weights_balance_exactly(method, estimand):
    random = Random(5)
    z = [[1.0, random.gauss(0, 1), random.random()] for _ in range(120)]
    d = [int(row[1] + random.gauss(0, 1) > 0.3) for row in z]
    weights = _fitted(method, estimand, z, d).weights
    for j in range(3):
        sums = [fsum(w * row[j] for w, row, own in zip(weights, z, d, strict=True) if own == arm) for arm in (1, 0)]
        assert sums[0] == pytest.approx(sums[1], abs=1e-9)


def test_what_is_not_repeated_is_refused():
    columns = cohort(15)
    for more in ({"caliper": 0.2}, {"exact": ["town"]}, {"propensity": "forest"}, {"reuse": 2}):
        with pytest.raises(ArgumentError):
            weighted_means(columns, match_of("inverse_probability", "ATT", **more), "outcome")
    with pytest.raises(ArgumentError, match="no propensity but logit and probit"):
        weighted_means(columns, match_of("entropy_balancing", "ATT", propensity="probit"), "outcome")
    with pytest.raises(ArgumentError, match="estimand"):
        weighted_means(columns, match_of("overlap", "ATT"), "outcome")
    with pytest.raises(ArgumentError, match="has the variance m_estimation"):
        matched_comparison(columns, match=match_of("overlap", "ATO"), outcome="outcome", variance="CR2")
    with pytest.raises(DataError, match="each unit once"):
        weighted_means({**columns, "unit": ["u"] * 240}, match_of("overlap", "ATO"), "outcome")
    apart = {**columns, "age": [50 + i % 7 if d else i % 7 for i, d in enumerate(columns["treatment"])]}
    with pytest.raises(DataError, match="no solution"):
        weighted_means(apart, match_of("entropy_balancing", "ATT"), "outcome")


def test_the_means_alone_have_no_inference():
    match = match_of("overlap", "ATO")
    assert "std_error" not in matched_comparison(cohort(16), match=match, outcome="outcome", means_only=True)
