"""Sums of shortest decimals: what Python writes, added as fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from effekt._decimals import BLOCK, HALF, decimal_integers, decimal_total
from effekt._exact import scaled_integers

FLOATS = st.floats(-1e100, 1e100, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-100)


def written(values):
    return sum((Fraction(repr(float(value))) for value in values), Fraction(0))


@given(st.lists(FLOATS, min_size=0, max_size=30))
@example([9007199254740993.0, 0.1, 5e-324])
@example([1e15, 999999999999999.9, 1e-5, 9.999999999999999e-06])
def test_the_sum_is_that_of_what_is_written(values):
    assert decimal_total(np.array(values, float)) == written(values)
    assert decimal_integers(np.array(values, float)) == scaled_integers(values)


def test_a_multiple_of_a_hundred_that_is_read_is_never_near_a_tie():
    assert HALF.max() < 11  # so it lies far below 50, half of a hundred, and only tens are looked at twice


@given(st.lists(st.floats(1e-7, 1e17), min_size=20, max_size=60), st.integers(0, 17))
def test_integers_are_those_of_what_is_written(values, places):
    rounded = np.round(values, places)
    assert decimal_integers(rounded) == scaled_integers(rounded.tolist())


@given(st.integers(-6, 16), st.integers(1, 10**17), st.integers(-3, 3))
def test_the_neighbours_of_a_decimal(power, digits, steps):
    value = float(f"{digits}e{power - 16}")
    for _ in range(abs(steps)):
        value = float(np.nextafter(value, np.sign(steps) * np.inf))
    assert decimal_total(np.array([value])) == written([value])


@given(st.integers(-70, 70), st.integers(-2, 2))
def test_powers_of_two_and_their_neighbours(power, steps):
    value = 2.0**power
    for _ in range(abs(steps)):
        value = float(np.nextafter(value, np.sign(steps) * np.inf))
    assert decimal_total(np.array([value, -3 * value])) == written([value, -3 * value])


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, n: rng.normal(size=n),
        lambda rng, n: rng.normal(size=n).round(2),
        lambda rng, n: np.round(rng.normal(size=n) * 1e6, 9),
        lambda rng, n: np.exp(rng.normal(0, 15, n)) * rng.choice([-1, 1], n),
        lambda rng, n: np.where(rng.random(n) < 1e-3, rng.normal(size=n), 1.25),
        lambda rng, n: rng.integers(9 * 10**14, 10**15, n).astype(float),
        lambda rng, n: rng.random(n).astype(np.float32).astype(float),
    ],
)
def test_many_rows_in_any_order(draw):
    rng = np.random.default_rng(3)
    values = draw(rng, 2 * BLOCK + 77)
    assert decimal_total(values) == written(values) == decimal_total(rng.permutation(values))
    assert decimal_integers(values) == scaled_integers(values.tolist())


@given(st.lists(st.integers(-(10**15) + 1, 10**15 - 1), max_size=30), st.integers(0, 15))
def test_a_total_of_short_decimals_is_that_of_their_digits(numbers, places):
    values = np.array([number / 10**places for number in numbers])
    assert decimal_total(values) == Fraction(sum(numbers), 10**places)
