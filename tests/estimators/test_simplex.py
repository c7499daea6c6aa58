"""Least squares on the simplex: every support in fractions, conditions of the optimum, ties, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.simplex import exact, simplex

from effekt.estimators.synthetic.simplex import NoSolutionError, check, programme, solve


def halves(low=-8, high=8):
    return st.integers(low, high).map(lambda x: x / 2)


@st.composite
def programmes(draw, tied=False):
    """Small programmes in halves, where ties are common; with `tied` the target lies in the hull."""
    k, n = draw(st.integers(1, 3)), draw(st.integers(2, 5))
    design = np.array(draw(st.lists(st.lists(halves(), min_size=n, max_size=n), min_size=k, max_size=k)))
    if tied:
        shares = np.array(draw(st.lists(st.integers(0, 4), min_size=n, max_size=n).filter(any)), float)
        target = design @ (shares / shares.sum())
    else:
        target = np.array(draw(st.lists(halves(-20, 20), min_size=k, max_size=k)))
    return design, target


def assert_optimal(design, target, ridge=0.0, costs=None):
    problem = programme(design, target, ridge=ridge, costs=costs)
    found = solve(problem)
    paid = None if costs is None else [Fraction(c) for c in costs]
    wanted = simplex(exact(design), [Fraction(b) for b in target], Fraction(ridge), paid)
    assert found.weights == pytest.approx([float(w) for w in wanted], abs=1e-9)
    check(problem, found.weights)


@given(programmes())
def test_the_best_of_every_support(drawn):
    assert_optimal(*drawn)


@given(programmes(tied=True))
def test_a_target_in_the_hull_takes_the_most_even_weights(drawn):
    assert_optimal(*drawn)


@given(programmes(), st.sampled_from([0.25, 1.0, 64.0]))
def test_a_ridge(drawn, ridge):
    assert_optimal(*drawn, ridge=ridge)


@given(programmes(), st.sampled_from([0.125, 1.0, 16.0]))
def test_costs(drawn, penalty):
    design, target = drawn
    assert_optimal(design, target, costs=penalty * ((design - target[:, None]) ** 2).sum(axis=0))


@pytest.mark.parametrize("seed", range(6))
def test_more_donors_than_periods(seed):
    """290 donors over 20 periods: outside the hull few carry weight; inside it the ridge's limit is reached."""
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(20, 290))
    outside = solve(programme(design, 3 * rng.normal(size=20)))
    assert 1 <= (outside.weights > 0).sum() <= 21
    inside = programme(design, design @ rng.dirichlet(np.ones(290)))
    found = solve(inside)
    assert not found.unique
    assert design @ found.weights == pytest.approx(inside.target, abs=1e-12)
    near = solve(programme(design, inside.target, ridge=1e-7)).weights
    assert found.weights == pytest.approx(near, abs=1e-7)
    assert found.weights @ found.weights <= near @ near + 1e-9


def test_what_is_not_allowed_carries_nothing():
    design = np.array([[0.0, 1.0, 2.0, 3.0]])
    found = solve(programme(design, np.array([1.0]), allowed=np.array([True, False, True, False])))
    assert found.weights.tolist() == [0.5, 0.0, 0.5, 0.0]
    assert found.unique


def test_equal_donors_share_alike():
    found = solve(programme(np.array([[1.0, 1.0, 5.0], [2.0, 2.0, 5.0]]), np.array([0.0, 0.0])))
    assert found.weights.tolist() == pytest.approx([0.5, 0.5, 0.0], abs=1e-15)
    assert not found.unique


@pytest.mark.parametrize("weights", [[1.0, 0.0], [0.25, 0.75], [0.6, 0.5], [1.5, -0.5]])
def test_what_is_not_optimal_is_refused(weights):
    problem = programme(np.array([[0.0, 1.0]]), np.array([0.5]))
    check(problem, np.array([0.5, 0.5]))
    with pytest.raises(NoSolutionError):
        check(problem, np.array(weights))


def test_a_solution_that_misses_its_conditions_never_leaves():
    broken = replace(programme(np.eye(3), np.zeros(3)), linear=np.array([0.0, 0.0, 5.0]), ridge=1e-9)
    with pytest.raises(NoSolutionError):
        solve(replace(broken, gram=np.diag([1.0, -4.0, 1.0])))
