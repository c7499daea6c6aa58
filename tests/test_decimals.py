"""Sums of shortest decimals: what Python writes, added as fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from effekt._decimals import (
    BIAS,
    BLOCK,
    EXACTLY,
    HIGHEST,
    LOWEST,
    OUTSIDE,
    PLACES,
    PLACES_OF,
    ROWS,
    STEPS,
    WIDER,
    decimal_integers,
    decimal_total,
)
from effekt._exact import FEWEST_AT_ONCE, scaled_integers

FLOATS = st.floats(-1e100, 1e100, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-100)

MANY = FEWEST_AT_ONCE  # of which fewer are written out


def written(values):
    return sum((Fraction(repr(float(value))) for value in values), Fraction(0))


@given(st.lists(FLOATS, min_size=0, max_size=30))
@example([9007199254740993.0, 0.1, 5e-324])
@example([1e15, 999999999999999.9, 1e-5, 9.999999999999999e-06])
@example([9007199254740991.0, 9007199254740992.0, 4503599627370497.5, 9.5367431640625e-07, 9.536743164062499e-07])
@example([5000000000000001.0] * 20)
def test_the_sum_is_that_of_what_is_written(values):
    assert decimal_total(np.array(values, float)) == written(values)
    assert decimal_total(np.tile(np.array(values, float), MANY)) == MANY * written(values)
    assert decimal_integers(np.array(values, float)) == scaled_integers(values)


LOOKED_AT = range(LOWEST, HIGHEST + 1)


def test_half_the_distance_to_a_neighbour_lies_between_half_and_five_of_the_last_digit():
    for exponent in LOOKED_AT:
        half = Fraction(2) ** (exponent - 54) * 10 ** PLACES[BIAS + exponent]
        assert Fraction(1, 2) < half <= 5
    assert half == 5  # from 2⁵² on numbers are whole, and each is itself a multiple of 10


def test_the_step_of_a_distance_is_whole_and_leaves_out_what_is_no_part_of_it():
    for exponent in LOOKED_AT:
        step = Fraction(2) ** (exponent - 53) * 10 ** (PLACES[BIAS + exponent] - 1) * 2**64
        assert step.denominator == 1
        assert step % 2**64 == int(STEPS[BIAS + exponent]) == int(STEPS[ROWS // 2 + BIAS + exponent])
        assert step * 2**52 % 2**64 == 0  # of the first digit, the exponent and the sign
        assert step < 2**64 or exponent == HIGHEST
        assert step.numerator % 2**13 == 0  # distances have 51 bits at most, and ten times them 53


def test_tables_tell_what_is_looked_at():
    looked_at = [(PLACES_OF[row] > 0, STEPS[row] > 0, not OUTSIDE[row]) for row in range(ROWS)]
    expected = [LOWEST <= row % (ROWS // 2) - BIAS <= HIGHEST for row in range(ROWS)]
    assert [first for first, _, _ in looked_at] == [last for _, _, last in looked_at] == expected
    assert sum(step for _, step, _ in looked_at) == sum(expected) - 2  # a step of 2⁶⁴ is left out


def test_powers_of_two_that_are_looked_at_are_themselves_multiples_of_ten():
    powers = [Fraction(2) ** (exponent - 1) * 10 ** PLACES[BIAS + exponent] for exponent in LOOKED_AT]
    assert len(powers) == 73
    assert all(power % 10 == 0 for power in powers)


def test_what_is_rounded_together_adds_up_without_rounding():
    for exponent in LOOKED_AT:
        smaller = [e for e in LOOKED_AT if 0 <= PLACES[BIAS + e] - PLACES[BIAS + exponent] <= WIDER]
        unit = Fraction(2) ** min(e - 53 for e in smaller)  # of the last digit of any that is added up with the largest
        front, back = (Fraction(2) ** (exponent - less) for less in (0, 41))  # the most that a part of each comes to
        assert EXACTLY * front <= 2**53 * Fraction(2) ** (exponent - 41)
        assert EXACTLY * back <= 2**53 * unit
        assert unit >= Fraction(2) ** (exponent - 82)


def test_how_far_a_block_lies_beyond_its_decimals_is_known_to_a_tenth():
    largest, rounding = 5 * 10**WIDER, Fraction(1, 2**53)
    each = rounding * (8 * 10**WIDER + largest)  # of ten times a distance, and of its product with the power of ten
    added = 128 // 8 + 3 + (BLOCK // 128).bit_length()  # eight sums of each 128, these, and sums of two such in turn
    assert BLOCK * (each + added * rounding * largest) < Fraction(1, 10)


def edges(rng, n):
    """Numbers in every binade that is looked at, next to powers of ten, at ties, and far outside; half below zero."""
    kinds = (
        np.ldexp(rng.random(n) + 0.5, rng.integers(-22, 57, n)),
        np.nextafter(10.0 ** rng.integers(-6, 17, n), rng.choice([0.0, np.inf], n)),
        rng.integers(1, 2**53, n) / 2.0 ** rng.integers(0, 60, n),  # decimals that end in 5
        rng.integers(10**16, 10**17, n) * 10.0 ** rng.integers(-21, -2, n),
        rng.choice([0.0, -0.0, 5e-324, 2.5e-310, 1.7976931348623157e308, 1e23, 0.1, 2.0**-16, 9007199254740993.0], n),
    )
    return np.concatenate(kinds) * np.repeat(rng.choice([-1.0, 1.0], n), len(kinds))


@pytest.mark.parametrize("seed", range(6))
def test_numbers_at_every_edge_add_up_in_any_order(seed):
    rng = np.random.default_rng(seed)
    values = rng.permutation(edges(rng, 300))
    assert decimal_total(values) == decimal_total(values[::-1]) == written(values)
    assert decimal_total(np.concatenate([values, -values])) == 0
    assert decimal_integers(values) == scaled_integers(values.tolist())
    repeated = np.tile(values, 2 * BLOCK // len(values))  # over several blocks, whole and cut short
    assert (
        decimal_total(repeated)
        == decimal_total(rng.permutation(repeated))
        == written(values) * (len(repeated) // len(values))
    )


@given(st.lists(st.floats(1e-7, 1e17), min_size=20, max_size=60), st.integers(0, 17))
def test_integers_are_those_of_what_is_written(values, places):
    rounded = np.round(values, places)
    assert decimal_integers(rounded) == scaled_integers(rounded.tolist())


@given(st.integers(-6, 16), st.integers(1, 10**17), st.integers(-3, 3))
def test_the_neighbours_of_a_decimal(power, digits, steps):
    value = float(f"{digits}e{power - 16}")
    for _ in range(abs(steps)):
        value = float(np.nextafter(value, np.sign(steps) * np.inf))
    assert decimal_total(np.array([value] * MANY)) == MANY * written([value])


@given(st.integers(-70, 70), st.integers(-2, 2))
def test_powers_of_two_and_their_neighbours(power, steps):
    value = 2.0**power
    for _ in range(abs(steps)):
        value = float(np.nextafter(value, np.sign(steps) * np.inf))
    assert decimal_total(np.array([value, -3 * value] * MANY)) == MANY * written([value, -3 * value])


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
        lambda rng, n: rng.integers(2**51, 2**53, n).astype(float),
        lambda rng, n: rng.integers(2**40, 2**53, n) * 2.0 ** -rng.integers(1, 20, n),
        lambda rng, n: np.where(rng.random(n) < 0.3, 0.0, rng.normal(size=n)),
        lambda rng, n: np.where(np.arange(n) % 1000 == 7, 1e15 / 3, rng.normal(size=n) * 1e-5),
        lambda rng, n: np.full(n, np.nextafter(2.0**46, 2.0**47)) * rng.choice([-1, 1], n),
    ],
)
def test_many_rows_in_any_order(draw):
    rng = np.random.default_rng(3)
    values = draw(rng, 2 * BLOCK + 77)
    assert decimal_total(values) == written(values) == decimal_total(rng.permutation(values))
    assert decimal_integers(values) == scaled_integers(values.tolist())


@pytest.mark.parametrize(
    "kinds",
    [[1.7e308], [1.7e308, 9e307], [1.7e308, -9e307, 1 / 3], [5e-324], [-2.5e-310, 0.1], [0.0, -0.0], [1 / 3, 0.0]],
)
def test_many_rows_that_are_not_looked_at(kinds):
    assert decimal_total(np.array(kinds * MANY)) == MANY * written(kinds)


@given(st.lists(st.integers(-(10**15) + 1, 10**15 - 1), max_size=30), st.integers(0, 15))
def test_a_total_of_short_decimals_is_that_of_their_digits(numbers, places):
    values = np.array([number / 10**places for number in numbers])
    assert decimal_total(values) == Fraction(sum(numbers), 10**places)
    assert decimal_total(np.tile(values, MANY)) == MANY * Fraction(sum(numbers), 10**places)
