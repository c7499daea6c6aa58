"""The second route for cross-fitted comparisons against the first, and its draws against numpy's."""

from __future__ import annotations

import sys
from random import Random

import numpy as np
import pytest
from two_routes import COVARIATES, agree, cohort, numbers_again

import effekt
from effekt.estimators import _aipw
from effekt.estimators import _cross_fitting as first_route
from effekt.exceptions import ArgumentError, DataError
from effekt.independent.limits import NotRepeatedError, TooLargeError
from effekt.independent.matches import cross_fitting as second_route
from effekt.independent.matches.doubly_robust import doubly_robust
from effekt.independent.seeded import Stream

BOOSTED = {"outcome": "outcome", "treatment": "treatment", "covariates": COVARIATES, "learner": "gradient_boosting"}
BOOSTED |= {"rng": 5}


SETTINGS = [
    {name: (own, dict(rest)) for name, (own, rest) in of.LEARNERS.items()} for of in (first_route, second_route)
]


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    """Both routes with six trees in place of a hundred."""
    for route in (first_route, second_route):
        for _, settings in route.LEARNERS.values():
            monkeypatch.setitem(settings, "n_estimators", 6)


def test_the_settings_are_the_same():
    assert SETTINGS[0] == SETTINGS[1]
    assert {settings["n_estimators"] for _, settings in SETTINGS[1].values()} == {second_route.TREES}


@pytest.mark.parametrize("seed", [0, 1, 7, 123456789012])
def test_what_is_shuffled_is_numpy_s(seed):
    stream, generator = Stream(seed), np.random.default_rng(seed)
    for size in (2, 3, 8, 9, 65, 1000):
        assert stream.shuffled(range(size)) == generator.permutation(np.arange(size)).tolist()
        assert stream.half() >> 1 == generator.integers(2**31)
        assert stream.shuffled(range(size)) == generator.permutation(size).tolist()


OPTIONS = {
    "everybody": {},
    "the treated": {"estimand": "ATT"},
    "the controls": {"estimand": "ATC", "rng": 0},
    "a forest": {"learner": "random_forest", "estimand": "ATT"},
    "clusters": {"cluster": "school"},
    "clusters by number": {"cluster": "number", "estimand": "ATT", "learner": "random_forest"},
    "shares": {"outcome": "above", "outcome_model": "logistic"},
    "shares by lines": {"outcome": "above", "estimand": "ATC", "cluster": "school"},
    "categories": {"covariates": ["age", "kind", "baseline"]},
    "a level": {"covariates": ["far", "baseline"], "learner": "random_forest"},
    "more folds": {"folds": 6, "repeats": 7},
}


def people(seed, n=160):
    columns = cohort(seed, n)
    columns["kind"] = [f"k{int(school[1:]) % 4}" for school in columns["school"]]
    columns["number"] = [int(school[1:]) for school in columns["school"]]
    columns["far"] = [10**9 + round(value, 1) for value in columns["age"]]
    return columns


@pytest.mark.parametrize("name", OPTIONS)
def test_both_routes_agree(name):
    columns, given = people(1), BOOSTED | OPTIONS[name]
    first, second = effekt.doubly_robust(columns, **given), doubly_robust(columns, **given)
    assert first.std_error is not None
    agree(second, first)
    assert doubly_robust(columns, **given, means_only=True)["estimate"] == second["estimate"]


@pytest.mark.parametrize("options", [{}, {"cluster": "school", "estimand": "ATT"}])
def test_subgroups_are_learnt_together_and_have_their_own_medians(options):
    columns, given = people(3, 240), BOOSTED | {"subgroup": "town"} | options
    effects, found = effekt.doubly_robust(columns, **given), doubly_robust(columns, **given)["members"]
    assert sorted(found) == ["a", "b"]
    for name, member in found.items():
        agree(member, effects[name])


def test_the_order_of_the_rows_moves_nothing():
    columns, order = people(4), list(range(160))
    Random(9).shuffle(order)
    turned = {name: [cells[i] for i in order] for name, cells in columns.items()}
    assert numbers_again(doubly_robust(columns, **BOOSTED)) == numbers_again(doubly_robust(turned, **BOOSTED))


def test_rows_without_a_used_value_are_left_out():
    columns = people(4)
    columns["age"] = [None if i % 23 == 5 else v for i, v in enumerate(columns["age"])]
    agree(doubly_robust(columns, **BOOSTED, missing="drop"), effekt.doubly_robust(columns, **BOOSTED, missing="drop"))


CHEATS = {
    "its best repeat": (_aipw, "_medians", lambda honest: lambda m, e: honest(m[[int(np.argmax(m[:, 0]))] * 5], e)),
    "shallow trees": (
        first_route,
        "_seeded",
        lambda honest: lambda model, seed: honest(model, seed).set_params(max_depth=1),
    ),
    "another seed": (first_route, "_seeded", lambda honest: lambda model, _: honest(model, 1)),
    "other folds": (_aipw, "assign_folds", lambda honest: lambda *given: (honest(*given) + np.arange(160)) % 5),
}


@pytest.mark.parametrize("name", CHEATS)
def test_a_package_that_learns_otherwise_is_told(name, monkeypatch):
    where, function, cheat = CHEATS[name]
    columns, given = people(1), BOOSTED | {"learner": "random_forest"}
    second = doubly_robust(columns, **given)["estimate"]
    assert effekt.doubly_robust(columns, **given).estimate == pytest.approx(second, rel=1e-9)
    monkeypatch.setattr(where, function, cheat(getattr(where, function)))
    assert effekt.doubly_robust(columns, **given).estimate != pytest.approx(second, rel=1e-5)


def test_what_it_does_not_have_it_refuses(monkeypatch):
    columns = people(8)
    for other in ({"learner": "lasso"}, {"variance": "sandwich"}, {"rng": None}, {"learner": "parametric"}):
        with pytest.raises(ArgumentError):
            doubly_robust(columns, **BOOSTED | other)
    few = {name: cells[:12] for name, cells in columns.items()} | {"treatment": [1, 1, 1] + [0] * 9}
    with pytest.raises(DataError, match="at least two rows of each arm"):
        doubly_robust(few, **BOOSTED | {"cluster": "treatment"})
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(NotRepeatedError, match="needs scikit-learn"):
        doubly_robust(columns, **BOOSTED)


def test_data_that_would_take_minutes_are_not_begun():
    columns = {name: cells * 51 for name, cells in people(9).items()}
    with pytest.raises(TooLargeError, match="at most 100000000 steps, and this would be 102000000"):
        doubly_robust(columns, **BOOSTED)
