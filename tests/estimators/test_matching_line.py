"""Pairs on a line are those of the assignment by augmenting paths, found and proven with few edges."""

from __future__ import annotations

import math

import numpy as np
import pytest

import effekt
from effekt.estimators.matching import line, optimal
from effekt.estimators.matching.assignment import Costs, Edges, assign, choose, narrow, proven
from effekt.estimators.matching.line import assign_on_line

ROLES = {"unit": "unit", "treatment": "d", "method": "optimal"}


def by_paths(places, strata, price, group):
    """The same problem with every pair listed."""
    rows, columns = (at.astype(object) for at in places)
    theirs = [np.flatnonzero(strata[1] == own) for own in strata[0]]

    def edges(row, _):
        return Edges(columns=theirs[row], costs=abs(rows[row] - columns[theirs[row]]))

    leaving = np.full(len(rows), price, object)
    optima = assign(Costs(edges=edges, n_columns=len(columns), price=leaving, group=group))
    return narrow(optima, (rows[optima.tails] - columns[optima.heads]) ** 2, np.zeros(len(rows), np.int64))


def drawn(rng):
    """A small problem with few places, many or huge ones, strata, slots, and more rows or more columns."""
    n, m, ratio = int(rng.integers(1, 9)), int(rng.integers(1, 14)), int(rng.choice([1, 1, 2, 3]))
    top = int(rng.choice([1, 3, 12, 1000, 2**40]))
    places = [rng.integers(0, top + 1, size).astype(object) for size in (n, m)]
    if rng.random() < 0.3:  # floats do not tell the small parts
        places = [at * 2**70 + rng.integers(0, 3, len(at)).astype(object) for at in places]
    if rng.random() < 0.5:
        places[0] += int(rng.integers(0, top + 1))
    elif max(max(at) for at in places) < 2**60:
        places = [at.astype(np.int64) for at in places]
    strata = [np.sort(rng.integers(0, rng.choice([1, 3]), size)) for size in (n, m)]
    group = np.arange(n)
    if all(ratio * np.sum(strata[0] == own) <= np.sum(strata[1] == own) for own in strata[0]):
        group = np.tile(group, ratio)
    places, strata = (places[0][group], places[1]), (strata[0][group], strata[1])
    everywhere = np.concatenate(places)
    return places, strata, (len(group) + 1) * (int(everywhere.max() - everywhere.min()) + 1), group


def test_the_optima_on_a_line_are_those_of_augmenting_paths():
    rng, several, out = np.random.default_rng(5), 0, 0
    for _ in range(3000):
        problem = drawn(rng)
        found, expected, group = assign_on_line(*problem), by_paths(*problem), problem[-1]
        edges = {*zip(found.tails.tolist(), found.heads.tolist(), strict=True)}
        assert edges == {*zip(expected.tails.tolist(), expected.heads.tolist(), strict=True)}
        assert found.open.tolist() == expected.open.tolist()
        # slots of one row share its columns in any way
        assert np.bincount(group, found.replaceable).tolist() == np.bincount(group, expected.replaceable).tolist()
        assert found.column[~found.open].tolist() == expected.column[~found.open].tolist()
        assert found.may_leave[found.open].tolist() == expected.may_leave[found.open].tolist()
        assert found.may_be_free[found.heads].tolist() == expected.may_be_free[found.heads].tolist()
        several, out = several + bool(edges), out + bool(np.any(found.column < 0))
        chosen = [
            sorted(
                zip(
                    group.tolist(),
                    choose(
                        one, (group[one.tails] * 7919 + one.heads * 104729) ** 2 % 999983, 1009 * (group + 1) ** 2
                    ).tolist(),
                    strict=True,
                )
            )
            for one in (found, expected)
        ]
        assert chosen[0] == chosen[1]
    assert several > 1000
    assert out > 500


def crowd(n_treated, decimals=None, seed=1):
    """Treated by strong selection: they crowd where controls are few."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(4 * n_treated, 2))
    x = x if decimals is None else x.round(decimals)
    order = np.argsort(-(x @ [0.5, 0.3] + rng.gumbel(size=len(x))))
    d = np.zeros(len(x), int)
    d[order[:n_treated]] = 1
    return {"unit": np.arange(len(x)), "d": d, "x": x[:, 0], "z": x[:, 1], "e": (x[:, 1] > 0).astype(int)}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"ratio": 2},
        {"estimand": "ATC"},
        {"exact": "e"},
        {"estimand": "ATC", "exact": "e"},
        {"propensity": "probit"},
        {"discard": "both"},
        {"covariates": "x", "distance": "mahalanobis"},
        {"covariates": "x", "distance": "robust_mahalanobis"},
    ],
)
@pytest.mark.parametrize("decimals", [None, 1])
def test_a_match_is_that_of_augmenting_paths(monkeypatch, options, decimals):
    arguments = {**ROLES, "covariates": ["x", "z"], "tie_orders": 3, **options}
    match = effekt.match_controls(crowd(60, decimals), **arguments)
    monkeypatch.setattr(optimal, "_is_a_line", lambda *_: False)
    assert effekt.match_controls(crowd(60, decimals), **arguments) == match


@pytest.mark.parametrize(
    ("options", "is_line"),
    [
        ({}, True),
        ({"ratio": 3}, True),
        ({"estimand": "ATC"}, True),
        ({"ratio": 4}, False),  # more slots than controls: which are left empty is looked at first
        ({"min_controls": 1, "max_controls": 2, "ratio": 1}, False),
        ({"caliper": 0.2}, False),
        ({"calipers": {"x": 1}}, False),
        ({"distance": "mahalanobis"}, False),
    ],
)
def test_what_is_a_line(monkeypatch, options, is_line):
    asked = []
    original = optimal._by_paths
    monkeypatch.setattr(optimal, "_by_paths", lambda *given: asked.append(1) or original(*given))
    effekt.match_controls(crowd(30), **ROLES, covariates=["x", "z"], tie_orders=1, **options)
    assert bool(asked) is not is_line


def test_few_edges_prove_the_pairs_of_a_crowd(monkeypatch):
    """Of 1 200 pairs within reach of each of 300 treated fewer than four are looked at for each unit."""
    listed = []

    def counted(costs, *start):
        listed.append(sum(len(costs.edges(row, -math.inf).columns) for row in range(len(costs.price))))
        return proven(costs, *start)

    monkeypatch.setattr(line, "proven", counted)
    effekt.match_controls(crowd(300), **ROLES, covariates=["x", "z"], tie_orders=1)
    assert 600 < listed[0] < 4 * 1200


def test_pairs_on_a_line_that_are_not_proven_are_never_returned(monkeypatch):
    least, worth = line._least, line._worth

    def match():
        return effekt.match_controls(crowd(20), **ROLES, covariates=["x", "z"], tie_orders=1)

    for name, wrong in (
        ("_worth", lambda *given: worth(*given) + 1),
        ("_worth", lambda *given: worth(*given) * 0),
        ("_least", lambda *given: least(*given)[::-1]),  # crossed
        ("_least", lambda rows, columns: np.arange(len(rows))),
        ("_least", lambda rows, columns: np.append(least(rows, columns)[:-1], -1)),  # one left out
    ):
        with monkeypatch.context() as patch:
            patch.setattr(line, name, wrong)
            with pytest.raises(RuntimeError, match="not proven to be the best"):
                match()
    assert len(match().pairs) == 20


def test_a_column_that_two_rows_have_proves_nothing():
    one = Edges(columns=np.array([0]), costs=np.array([1]))
    costs = Costs(edges=lambda *_: one, n_columns=1, price=np.array([5, 5]), group=np.arange(2))
    with pytest.raises(RuntimeError, match="not proven to be the best"):
        proven(costs, np.array([0, 0]), np.array([1, 1]), np.array([0]))
