"""The second route's optimal and full matching: against every assignment there is, and against the first route."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from random import Random

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.stats import rankdata
from two_routes import COVARIATES, agree, cohort

import effekt
from effekt.estimators.matching import controls, optimal
from effekt.exceptions import ArgumentError
from effekt.independent.limits import TooLargeError
from effekt.independent.matches.least_assignment import LEFT_OUT, least_assignment
from effekt.independent.matches.match_distance import whole_distances
from effekt.independent.matches.matching import matched_comparison
from effekt.independent.matches.optimal_sets import optimal_sets

MATCH = {"unit": "unit", "treatment": "treatment", "covariates": COVARIATES, "salt": "locked"}


@pytest.mark.parametrize("seed", range(40))
def test_the_least_assignment_against_all_of_them(seed):
    """Rows may be left out, columns may be fewer, and edges may lack."""
    random = Random(seed)
    rows, columns = random.randrange(1, 5), random.randrange(1, 5)
    costs = [{j: random.randrange(9) for j in range(columns) if random.random() < 0.8} for _ in range(rows)]
    leaving = [random.choice([3, 8, 10**20]) for _ in range(rows)]
    every = permutations([*range(columns), *[LEFT_OUT] * rows], rows)
    allowed = (one for one in every if all(j == LEFT_OUT or j in own for j, own in zip(one, costs, strict=True)))

    def total(given):
        rows = zip(given, costs, leaving, strict=True)
        return sum(price if j == LEFT_OUT else own[j] for j, own, price in rows)

    found = least_assignment(costs, leaving)
    taken = [j for j in found if j != LEFT_OUT]
    assert len(set(taken)) == len(taken)
    assert total(found) == min(map(total, allowed))


def tied(seed, n=240):
    """Return a cohort whose covariates are few whole numbers: many units are alike, many distances tied."""
    columns = cohort(seed, n)
    columns["baseline"] = [round(value / 2) for value in columns["baseline"]]
    columns["age"] = [round(value / 10) for value in columns["age"]]
    return columns


OPTIMAL = {
    "one": {},
    "caliper": {"caliper": 0.1, "exact": ["town"]},
    "two": {"ratio": 2, "caliper": 0.3},
    "one to three": {"ratio": 2, "min_controls": 1, "max_controls": 3},
    "one or two": {"min_controls": 1, "max_controls": 2, "caliper": 0.2},
    "one covariate": {"covariates": "age"},
    "categories": {"covariates": ["age", "kind"]},
    "probit": {"propensity": "probit"},
    "probit with calipers": {"propensity": "probit", "caliper": 0.3, "calipers": {"age": 3}},
    "calipers": {"calipers": {"age": 4, "baseline": "5.5"}, "ratio": 2, "min_controls": 1, "max_controls": 3},
    "common support": {"discard": "both", "caliper": 0.5},
    "two to five, not for all": {"ratio": 3, "min_controls": 2, "max_controls": 5, "caliper": 0.1, "exact": ["town"]},
    "up to two": {"ratio": 2, "min_controls": 1, "max_controls": 2, "caliper": 0.05},
}
MAHALANOBIS = {
    "Mahalanobis": {"distance": "mahalanobis"},
    "Mahalanobis within a caliper": {"distance": "mahalanobis", "caliper": 0.3, "exact": ["town"]},
    "ranks": {"distance": "robust_mahalanobis"},
    "ranks and categories": {"distance": "robust_mahalanobis", "covariates": ["age", "kind"], "discard": "both"},
    "ranks of one": {"distance": "robust_mahalanobis", "covariates": "age"},
    "Mahalanobis of one": {"distance": "mahalanobis", "covariates": "baseline", "propensity": "probit"},
}
OPTIMAL |= MAHALANOBIS
OPTIMAL |= {"ranks, one to three": {"distance": "robust_mahalanobis", "ratio": 2, "min_controls": 1, "max_controls": 3}}
FULL = {"probit": {"propensity": "probit"}, "calipers": {"propensity": "probit", "calipers": {"age": 3}}}
FULL |= {"common support": {"discard": [0.2, 0.8]}}
FULL |= MAHALANOBIS
FULL |= {"all": {}, "caliper": {"caliper": 0.1, "exact": ["town"]}, "categories": {"covariates": ["age", "kind"]}}


def same(columns, match, **options):
    """Both routes have the same means, exactly, and the same covariance of them."""
    columns["kind"] = [f"k{int(school[1:]) % 3}" for school in columns["school"]]
    given = {"match": match, "outcome": "outcome", **options}
    second, first = matched_comparison(columns, **given), effekt.matched_comparison(columns, **given)
    if "covariates" not in options:
        assert second["estimate"] == first.exact_estimate
    assert (second["std_error"] is None) == (first.std_error is None)
    if first.std_error is not None:
        agree(second, first)
    return second


@pytest.mark.parametrize("make", [cohort, tied])
@pytest.mark.parametrize("name", OPTIMAL)
@pytest.mark.parametrize("estimand", ["ATT", "ATC"])
def test_optimal_matching(make, name, estimand):
    found = same(make(51, 60), {**MATCH, "method": "optimal", "estimand": estimand, **OPTIMAL[name]})
    assert found["std_error"] is not None


FIVE = {"u": list("ABcdefg"), "d": [1, 1] + [0] * 5, "x": [0, 10, -1, 6, 11, 12, 13], "y": [9, 1, 5, 2, 4, 7, 3]}
KEY = {"u": list("ABcdefgh"), "d": [1, 1] + [0] * 6, "x": [0, 10, -1, 6, 11, 12, 13, 30], "y": [9, 1, 5, 2, 4, 7, 3, 0]}


@pytest.mark.parametrize(
    ("columns", "options", "pairs", "estimate"),
    [
        (FIVE, {"ratio": 3, "min_controls": 2, "max_controls": 4}, "Ac Ad Be Bf Bg", Fraction(11, 12)),
        (
            KEY | {"key": [0, 1, 0, 1, 1, 1, 1, 0]},
            {"ratio": 2, "min_controls": 2, "max_controls": 3, "exact": ["key"]},
            "Ac Be Bf Bg",
            Fraction(1, 6),
        ),
    ],
    ids=["each has its least", "more for one where another lacks"],
)
def test_the_least_of_each_comes_before_the_ratio_of_all(columns, options, pairs, estimate):
    """Of five controls each of two can have two; where one of them can have one, the other has three."""
    roles = {"unit": "u", "treatment": "d", "covariates": "x", "distance": "mahalanobis", "calipers": {"x": 6}}
    match = {**roles, "method": "optimal", **options}
    found = effekt.match_controls(columns, **match)
    assert [pair.treated + pair.control for pair in found.pairs] == pairs.split()
    given = {"match": match, "outcome": "y"}
    assert matched_comparison(columns, **given)["estimate"] == estimate
    assert effekt.matched_comparison(columns, **given).exact_estimate == estimate


@pytest.mark.parametrize("make", [cohort, tied])
@pytest.mark.parametrize("name", FULL)
@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
def test_full_matching(make, name, estimand):
    found = same(make(52, 120), {**MATCH, "method": "full", "estimand": estimand, **FULL[name]})
    assert found["std_error"] is not None


@pytest.mark.parametrize("method", ["optimal", "full"])
@pytest.mark.parametrize(
    "options",
    [{"cluster": "school"}, {"covariates": ["age"]}, {"covariates": ["age", "baseline"], "population": "SATT"}],
)
def test_their_sets_with_clusters_and_covariates(method, options):
    same(cohort(53, 200), {**MATCH, "method": method, "caliper": 0.05, "exact": ["school"]}, **options)


@pytest.mark.parametrize("method", ["optimal", "full"])
def test_the_key_decides_among_equal_sets_in_both_routes(method):
    found = {same(tied(54, 60), {**MATCH, "method": method, "salt": salt})["estimate"] for salt in "abcdefgh"}
    assert len(found) > 1


@pytest.mark.parametrize("method", ["optimal", "full"])
def test_a_package_that_breaks_ties_otherwise_is_told(method, monkeypatch):
    given = {"match": {**MATCH, "method": method}, "outcome": "outcome"}
    columns, honest = tied(54, 60), optimal.pair_numbers
    monkeypatch.setattr(optimal, "pair_numbers", lambda *pairs: 2**24 - honest(*pairs))
    assert (
        matched_comparison(columns, **given)["estimate"] != effekt.matched_comparison(columns, **given).exact_estimate
    )


@pytest.mark.parametrize("method", ["optimal", "full", "subclassification"])
def test_a_package_that_matches_by_logit_where_probit_is_agreed_is_told(method, monkeypatch):
    match = {**MATCH, "method": method, "propensity": "probit"}
    given = {"match": match | ({"subclasses": 5} if method == "subclassification" else {}), "outcome": "outcome"}
    columns, honest = cohort(58, 120), controls.fit_propensity
    second = matched_comparison(columns, **given)["estimate"]
    assert effekt.matched_comparison(columns, **given).exact_estimate == second
    monkeypatch.setattr(controls, "fit_propensity", lambda *cells: honest(*cells[:-1], "logit"))
    assert effekt.matched_comparison(columns, **given).exact_estimate != second


@pytest.mark.parametrize("method", ["optimal", "full"])
@pytest.mark.parametrize("distance", ["mahalanobis", "robust_mahalanobis"])
def test_a_package_that_measures_another_distance_is_told(method, distance, monkeypatch):
    given = {"match": {**MATCH, "method": method, "distance": distance}, "outcome": "outcome"}
    columns, honest = cohort(58, 120), getattr(controls, distance)
    second = matched_comparison(columns, **given)["estimate"]
    assert effekt.matched_comparison(columns, **given).exact_estimate == second

    def stretched(*given):
        metric = honest(*given)
        return replace(metric, triangle=metric.triangle * [5.0, 1.0, 1.0])

    monkeypatch.setattr(controls, distance, stretched)
    assert effekt.matched_comparison(columns, **given).exact_estimate != second


@pytest.mark.parametrize("distance", ["mahalanobis", "robust_mahalanobis"])
def test_the_pairs_are_the_nearest_by_another_solver(distance):
    """By scipy and numpy's inverse, in floats: the sum of the distances of every treated unit with its control."""
    columns = cohort(59, 80)
    x = np.column_stack([columns[name] for name in COVARIATES]).astype(float)
    d = np.array(columns["treatment"], bool)
    if distance == "mahalanobis":
        covariance = sum(np.cov(x[arm].T) * (arm.sum() - 1) for arm in (d, ~d)) / (len(d) - 2)
    else:
        x = rankdata(x, axis=0)
        covariance = np.cov(x.T)
        spread = np.sqrt(len(d) * (len(d) + 1) / 12 / np.diag(covariance))
        covariance = covariance * np.outer(spread, spread)
    apart = cdist(x, x, "mahalanobis", VI=np.linalg.inv(covariance))
    few = d if d.sum() <= (~d).sum() else ~d
    rows, other = np.flatnonzero(few), np.flatnonzero(~few)
    best = apart[np.ix_(rows, other)][linear_sum_assignment(apart[np.ix_(rows, other)])].sum()
    between = whole_distances(columns, COVARIATES, d.astype(int).tolist(), distance)
    scale = between(int(rows[0]), int(other[0])) / apart[rows[0], other[0]]
    match = {**MATCH, "method": "optimal", "distance": distance, "estimand": "ATT" if few is d else "ATC"}
    sets = optimal_sets(columns, match, d.astype(int).tolist(), between, lambda i, j: True)
    pairs = {own: [i for i, one in enumerate(sets) if one == own] for own in set(sets) if own >= 0}
    assert len(pairs) == len(rows)
    assert sum(between(*pair) for pair in pairs.values()) == pytest.approx(best * scale, rel=1e-9)


@pytest.mark.parametrize("method", ["optimal", "full"])
def test_the_order_of_the_rows_moves_nothing(method):
    columns, given = tied(55, 120), {"match": {**MATCH, "method": method}, "outcome": "outcome"}
    order = list(range(120))
    Random(3).shuffle(order)
    moved = {name: [cells[i] for i in order] for name, cells in columns.items()}
    assert matched_comparison(columns, **given)["estimate"] == matched_comparison(moved, **given)["estimate"]


def test_what_it_takes_no_time_for_is_not_begun(monkeypatch):
    monkeypatch.setattr("effekt.independent.limits.LARGEST", 10_000)
    with pytest.raises(TooLargeError):
        matched_comparison(cohort(56), match={**MATCH, "method": "optimal"}, outcome="outcome")


def test_numbers_of_controls_that_contradict_each_other_are_refused():
    match = {**MATCH, "method": "optimal", "ratio": 2, "max_controls": 1}
    with pytest.raises(ArgumentError, match="must rise from 1"):
        matched_comparison(cohort(57, 80), match=match, outcome="outcome")
