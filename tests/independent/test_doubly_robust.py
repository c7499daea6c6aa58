"""The second route for doubly robust comparisons against the first, against goldens, and by its own equations."""

from __future__ import annotations

from random import Random

import pytest
from two_routes import COVARIATES, NSW, agree, cohort, numbers_again

import effekt
from effekt.exceptions import ArgumentError, DataError
from effekt.independent.limits import TooLargeError
from effekt.independent.matches.doubly_robust import doubly_robust

GIVEN = {"outcome": "outcome", "treatment": "treatment", "covariates": COVARIATES}


@pytest.mark.parametrize(
    "options", [{"estimand": "ATC"}, {"estimand": "ATC", "cluster": "school"}, {"variance": "sandwich"}]
)
def test_the_controls_and_the_plain_sandwich(options):
    columns = cohort(6)
    agree(doubly_robust(columns, **GIVEN, **options), effekt.doubly_robust(columns, **GIVEN, **options))


def test_the_plain_sandwich_has_no_clusters():
    with pytest.raises(ArgumentError, match="leave out the cluster"):
        doubly_robust(cohort(6), **GIVEN, variance="sandwich", cluster="school")


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
@pytest.mark.parametrize(("outcome", "model"), [("outcome", "linear"), ("above", "logistic"), ("above", "linear")])
@pytest.mark.parametrize("cluster", [None, "school"])
def test_both_routes_agree(seed, estimand, outcome, model, cluster):
    columns = cohort(seed)
    given = {**GIVEN, "outcome": outcome, "estimand": estimand, "outcome_model": model, "cluster": cluster}
    agree(doubly_robust(columns, **given), effekt.doubly_robust(columns, **given))


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
@pytest.mark.parametrize("cluster", [None, "school"])
def test_subgroups_share_their_models(estimand, cluster):
    columns = cohort(3)
    given = {**GIVEN, "estimand": estimand, "cluster": cluster, "subgroup": "town"}
    effects, found = effekt.doubly_robust(columns, **given), doubly_robust(columns, **given)["members"]
    assert sorted(found) == ["a", "b"]
    for name, member in found.items():
        agree(member, effects[name])


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_the_national_supported_work_experiment(nsw, estimand):
    """Skewed earnings and many 0/1 covariates."""
    given = {"outcome": "re78", "treatment": "treat", "covariates": NSW, "estimand": estimand}
    agree(doubly_robust(nsw, **given), effekt.doubly_robust(nsw, **given))


def test_rows_without_a_used_value_are_left_out_and_their_order_is_nothing():
    columns = cohort(4)
    gaps = {**columns, "outcome": [None if i % 17 == 0 else v for i, v in enumerate(columns["outcome"])]}
    gaps["age"] = [None if i % 23 == 5 else v for i, v in enumerate(columns["age"])]
    agree(doubly_robust(gaps, **GIVEN, missing="drop"), effekt.doubly_robust(gaps, **GIVEN, missing="drop"))
    with pytest.raises(DataError, match="which row 1 does not"):
        doubly_robust(gaps, **GIVEN)
    order = list(range(len(columns["age"])))
    Random(9).shuffle(order)
    turned = {name: [cells[i] for i in order] for name, cells in columns.items()}
    one, other = doubly_robust(columns, **GIVEN), doubly_robust(turned, **GIVEN)
    assert numbers_again(one) == pytest.approx(numbers_again(other), rel=1e-12)


def test_a_shift_and_a_scale_of_the_outcome_do_what_they_should():
    columns = cohort(5)
    moved = {**columns, "outcome": [3 * value - 7 for value in columns["outcome"]]}
    one, other = doubly_robust(columns, **GIVEN), doubly_robust(moved, **GIVEN)
    assert other["treated_mean"] == pytest.approx(3 * one["treated_mean"] - 7, rel=1e-10)
    assert other["std_error"] == pytest.approx(3 * one["std_error"], rel=1e-10)
    assert other["df"] == pytest.approx(one["df"], rel=1e-9)


def test_the_means_alone_have_no_inference():
    found = doubly_robust(cohort(6), **GIVEN, means_only=True)
    assert "std_error" not in found
    assert found["treated_mean"] == doubly_robust(cohort(6), **GIVEN)["treated_mean"]


def test_where_the_first_route_has_no_inference_neither_has_the_second():
    columns = cohort(7, n=60)
    few = {**columns, "school": [f"s{i % 5}" for i in range(60)]}
    found = doubly_robust(few, **GIVEN, cluster="school")
    assert (found["unavailable"], found["std_error"]) == ("fewer than six clusters in all", None)
    assert "six clusters" in effekt.doubly_robust(few, **GIVEN, cluster="school").inference.reason.en
    alone = {
        "y": [float(i * i % 7) for i in range(16)],
        "d": [0, 1] * 8,
        "x": [int(i in (0, 3)) for i in range(16)],
        "v": [(i * 5) % 11 for i in range(16)],
    }
    given = {"outcome": "y", "treatment": "d", "covariates": ["x", "v"]}
    assert doubly_robust(alone, **given)["unavailable"] == "one unit or cluster determines a parameter alone"
    assert effekt.doubly_robust(alone, **given).inference.reason.en


def test_what_is_not_repeated_is_refused():
    columns = cohort(8)
    for other in ({"learner": "random_forest"}, {"estimand": "ATO"}, {"outcome_model": "probit"}, {"folds": 5}):
        with pytest.raises(ArgumentError):
            doubly_robust(columns, **GIVEN | other)
    with pytest.raises(DataError, match="0 or 1"):
        doubly_robust(columns, **GIVEN, outcome_model="logistic")
    with pytest.raises(DataError, match="treated and control"):
        doubly_robust({**columns, "treatment": [1] * 240}, **GIVEN)
    with pytest.raises(DataError, match="must vary"):
        doubly_robust({**columns, "age": [1] * 240}, **GIVEN)
    with pytest.raises(DataError, match="no solution"):
        doubly_robust({**columns, "age": columns["treatment"]}, **GIVEN)


def test_large_data_are_refused_before_anything_is_left_out():
    columns = {name: cells * 300 for name, cells in cohort(9).items()}
    with pytest.raises(TooLargeError, match="at most 100000000 steps"):
        doubly_robust(columns, **GIVEN)
