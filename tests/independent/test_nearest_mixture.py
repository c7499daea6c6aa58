"""The nearest mixture in whole numbers: against every support in fractions, and whatever the guess in floats was."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles.simplex import simplex

from effekt.independent.limits import NotRepeatedError
from effekt.independent.synthetic import nearest_mixture
from effekt.independent.synthetic.nearest_mixture import nearest, programme, solve_whole

NUMBERS = st.integers(-4, 4)


@st.composite
def programmes(draw):
    """Return columns, a ridge and costs, small numbers, so that there are ties."""
    rows, count = draw(st.integers(1, 3)), draw(st.integers(2, 5))
    columns = [[Fraction(draw(NUMBERS), 2) for _ in range(rows)] for _ in range(count)]
    ridge = draw(st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(7)]))
    return columns, ridge


def test_a_solution_on_the_edge_of_those_as_near():
    """The second column is matched by itself alone, whatever the others are."""
    columns = [[Fraction(2)], [Fraction(0)], [Fraction(2)]]
    found = weights(nearest(programme(columns)))
    assert max(abs(a - b) for a, b in zip(found, (0, 1, 0), strict=True)) < Fraction(1, 10**30)


def weights(found):
    numerators, denominator = found
    return [Fraction(w, denominator) for w in numerators]


def slowly(columns, ridge=Fraction(0), costs=None):
    """Return the weights by trying every support."""
    design = [list(row) for row in zip(*columns, strict=True)]
    return simplex(design, [Fraction(0)] * len(design), ridge, costs)


@given(programmes())
def test_every_support(case):
    columns, ridge = case
    found, want = weights(nearest(programme(columns, ridge=ridge))), slowly(columns, ridge)
    assert max(abs(a - b) for a, b in zip(found, want, strict=True)) < Fraction(1, 10**30)


@pytest.mark.parametrize("seed", range(20))
def test_costs(seed):
    random = Random(seed)
    columns = [[Fraction(random.randrange(-99, 99), 10) for _ in range(3)] for _ in range(4)]
    costs = [Fraction(random.randrange(50), 7) for _ in columns]
    assert weights(nearest(programme(columns, costs=costs))) == slowly(columns, costs=costs)


def test_importance_counts_rows_more_than_once():
    columns = [[Fraction(3), Fraction(-1)], [Fraction(-2), Fraction(2)], [Fraction(1), Fraction(5)]]
    twice = [[one, other, other, other] for one, other in columns]
    found = nearest(programme(columns, importance=[Fraction(1, 5), Fraction(3, 5)]))
    assert weights(found) == weights(nearest(programme(twice)))


@pytest.mark.parametrize("ridge", [Fraction(0), Fraction(1, 2)])
@pytest.mark.parametrize("seed", range(5))
def test_a_wrong_guess_moves_nothing(seed, ridge, monkeypatch):
    random = Random(seed)
    columns = [[Fraction(random.randrange(-99, 999), 10) for _ in range(4)] for _ in range(9)]
    want = nearest(programme(columns, ridge=ridge))
    for wrong in ([0], [8, 3], list(range(9)), []):
        monkeypatch.setattr(nearest_mixture, "_guess", lambda problem, wrong=wrong: wrong)
        monkeypatch.setattr(nearest_mixture, "_guess_with_ridge", lambda problem, wrong=wrong: wrong)
        assert weights(nearest(programme(columns, ridge=ridge))) == weights(want)
    monkeypatch.setattr(nearest_mixture, "_corrected", lambda problem, support: None)
    assert weights(nearest(programme(columns, ridge=ridge))) == weights(want)


def test_weights_that_are_not_the_nearest_are_not_returned(monkeypatch):
    columns = [[Fraction(1)], [Fraction(2)], [Fraction(3)]]
    for wrong in (([0, 1, 0], 1), ([2, -1, 0], 1), ([1, 0, 0], 2)):
        monkeypatch.setattr(nearest_mixture, "_corrected", lambda problem, support, wrong=wrong: wrong)
        with pytest.raises(NotRepeatedError, match="could not be proved"):
            nearest(programme(columns))


def test_what_is_not_found_is_told(monkeypatch):
    monkeypatch.setattr(nearest_mixture, "_corrected", lambda problem, support: None)
    monkeypatch.setattr(nearest_mixture, "_on_support", lambda problem, support: None)
    with pytest.raises(NotRepeatedError, match="mixtures of others"):
        nearest(programme([[Fraction(1)], [Fraction(2)]]))


def test_whole_systems():
    assert solve_whole([[0, 2], [3, 1]], [4, 5]) == ([6, 12], 6)
    assert solve_whole([[1, 2], [2, 4]], [1, 2]) is None
