"""The second route for matching by sets, and for matches as a contract writes them."""

from fractions import Fraction

import pytest
from oracles import matching as oracle

import effekt
from effekt.exceptions import ArgumentError, DataError
from effekt.independent.matches.match_sets import cutpoints, set_means
from effekt.independent.matches.matching import matched_comparison
from effekt.independent.matches.nearest_neighbours import keyed_order

NSW = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]
ROLES = {"unit": "unit", "treatment": "treat", "covariates": NSW}
WRITTEN = {"exact": [], "distance": "propensity", "caliper": None, "ratio": 1, "replace": False, "salt": "lock"}


@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
@pytest.mark.parametrize(
    "options",
    [
        {"method": "exact", "covariates": NSW[2:6]},
        {"method": "exact", "covariates": ["educ"], "exact": ["black", "marr"]},
        {"method": "coarsened_exact"},
        {"method": "coarsened_exact", "cutpoints": {"age": [20, "30.5"], "re74": 4, "educ": "q4", "re75": 1}},
    ],
)
def test_both_routes_find_the_same_means(nsw, options, estimand):
    match = {**ROLES, **WRITTEN, **options, "estimand": estimand, "missing": "raise"}
    other = matched_comparison(nsw, match=match, outcome="re78", variance="HC2")
    effect = effekt.matched_comparison(nsw, match=match, outcome="re78")
    assert effect.exact.treated == other["treated_mean"]
    assert effect.exact.counterfactual == other["counterfactual_mean"]
    assert effect.exact_estimate == other["estimate"]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"caliper": 0.1, "ratio": 2, "exact": ["black"]},
        {"replace": True, "propensity": "logit"},
        {"distance": "mahalanobis"},
        {"distance": "robust_mahalanobis", "caliper": 0.5},
        {"propensity": "probit"},
        {"calipers": {"age": 2, "re74": "1500.5"}, "order": "smallest"},
        {"discard": "both", "order": "keyed"},
        {"discard": [0.2, 0.8], "distance": "mahalanobis", "replace": True},
        {"reuse": 2, "replace": True, "calipers": {"educ": 1}},
    ],
)
def test_a_contract_of_nearest_neighbours_is_followed_with_its_salt(nsw, options):
    match = {**ROLES, **WRITTEN, **options, "method": "nearest", "estimand": "ATT", "missing": "raise"}
    other = matched_comparison(nsw, match=match, outcome="re78")
    assert effekt.matched_comparison(nsw, match=match, outcome="re78").exact_estimate == other["estimate"]


@pytest.mark.parametrize(
    "options",
    [
        {"method": "full", "propensity": "forest"},
        {"method": "exact", "propensity": "probit"},
        {"method": "full", "ratio": 2},
        {"propensity": "forest"},
        {"min_controls": 1},
        {"method": "exact", "caliper": 0.2},
    ],
)
def test_what_it_does_not_have_it_refuses(nsw, options):
    match = {**ROLES, **WRITTEN, "method": "nearest", "estimand": "ATT", "tie_orders": 3, **options}
    with pytest.raises(ArgumentError, match="second route"):
        matched_comparison(nsw, match=match, outcome="re78")


@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
@pytest.mark.parametrize("more", [{}, {"discard": "both"}, {"discard": [0.3, 0.6]}, {"discard": "treated"}])
@pytest.mark.parametrize("propensity", ["logit", "probit"])
def test_classes_of_either_propensity(nsw, estimand, more, propensity):
    match = {**ROLES, "method": "subclassification", "subclasses": 6, "estimand": estimand, "propensity": propensity}
    given = {"match": match | more, "outcome": "re78"}
    assert effekt.matched_comparison(nsw, **given).exact_estimate == matched_comparison(nsw, **given)["estimate"]


def test_cutpoints_by_hand():
    values = [Fraction(value) for value in (0, 1, 2, 10)]
    assert cutpoints(values, 5) == [2, 4, 6, 8]
    assert cutpoints(values, "sturges") == [Fraction(10, 3), Fraction(20, 3)]
    assert cutpoints(values, "q2") == [Fraction(3, 2)]
    assert cutpoints(values, ["2.5", 1, 1]) == [1, Fraction(5, 2)]


def test_decimals_at_a_cutpoint_belong_above_it():
    """0.1 · 3 is not 0.3 in floating point; both routes must put 0.3 above the third of ten cutpoints."""
    data = {"unit": list("abcdefgh"), "d": [1, 0] * 4, "x": [0.0, 0.0, 0.3, 0.35, 0.25, 0.2, 1.0, 1.0], "y": range(8)}
    match = {"unit": "unit", "treatment": "d", "covariates": ["x"], "method": "coarsened_exact", "cutpoints": {"x": 10}}
    other = set_means(data, match, "y")
    effect = effekt.matched_comparison(data, match=match, outcome="y")
    assert effect.exact_estimate == other["estimate"]
    assert other["n_matched"] == 4
    nothing = {"caliper": None, "ratio": 1, "replace": False, "distance": "propensity", "discard": None, "reuse": None}
    assert set_means(data, match | nothing, "y") == other


def test_bad_input_is_refused():
    data = {"unit": ["a", "b"], "d": [1, 0], "x": [1, 2], "y": [3, 4]}
    match = {"unit": "unit", "treatment": "d", "covariates": "x", "method": "exact"}
    with pytest.raises(DataError, match="no set holds"):
        set_means(data, match, "y")
    with pytest.raises(DataError, match="each unit once"):
        set_means({**data, "unit": ["a", "a"]}, match, "y")


def test_keyed_order():
    units = [f"unit {i}" for i in range(50)]
    order = keyed_order({"unit": units}, "unit", "salt")
    assert order == sorted(units, key=lambda unit: oracle.key("salt", unit))
    assert order != units
