"""Numbers that are worked out as far as they are asked for: what is read is the exact number, rounded once."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effekt.estimators.trend.number import DIGITS, UNIT, ExactNumber, as_number, mean_of, mean_of_products, total

WHOLE = st.integers(-(10**6), 10**6)
PAIRS = st.lists(st.tuples(WHOLE, st.integers(1, 10**6)), min_size=1, max_size=6)
SCALES = st.fractions(min_value=Fraction(1, 1000), max_value=1000)


@st.composite
def both(draw: st.DrawFn, depth: int = 3) -> tuple[ExactNumber, Fraction]:
    """A number, and the same by fractions alone."""
    if depth == 0 or draw(st.booleans()):
        pairs, scale = draw(PAIRS), draw(SCALES)
        return mean_of(pairs, scale), scale * sum(Fraction(*pair) for pair in pairs) / len(pairs)
    (a, x), (b, y) = draw(both(depth=depth - 1)), draw(both(depth=depth - 1))
    how = draw(st.sampled_from(["+", "-", "*", "/", "total", "times", "products"]))
    if how == "/":
        return (a / b, x / y) if y else (a - b, x - y)
    if how == "times":
        factor = draw(SCALES)
        return a.times(factor), x * factor
    if how == "products":
        factors, pairs = draw(st.lists(SCALES, min_size=2, max_size=2)), draw(PAIRS)[:1] * 2
        found = mean_of_products(pairs, [as_number(one) for one in factors], Fraction(3))
        return found + a, 3 * sum(Fraction(*p) * f for p, f in zip(pairs, factors, strict=True)) / 2 + x
    return {"+": (a + b, x + y), "-": (a - b, x - y), "*": (a * b, x * y), "total": (total([a, b, UNIT]), x + y + 1)}[
        how
    ]


@given(both(), st.sampled_from([10, 10**6, 10**40]))
def test_a_number_is_its_fraction_rounded_once(pair: tuple[ExactNumber, Fraction], limit: int) -> None:
    found, expected = pair
    assert float(found).hex() == float(expected).hex()
    assert found.is_positive() == (expected > 0)
    for bits in (5, DIGITS):
        low, high = found.ends(bits)
        assert low <= expected * 2**bits <= high
    short = max(abs(expected.numerator), expected.denominator) < limit
    assert found.short_fraction(limit) == (expected if short else None)
    assert found.fraction() == expected
    assert found.short_fraction(limit) == (expected if short else None)


@pytest.mark.parametrize(
    "least", [Fraction(0), Fraction(1, 3 * 2 ** (DIGITS + 9)), -Fraction(1, 3 * 2 ** (DIGITS + 9))]
)
def test_what_no_enclosure_can_tell_is_told_by_the_fraction(least: Fraction) -> None:
    """Half way between two doubles, at and about zero: both ends lie too close to tell."""
    half_way = 1 + Fraction(1, 2**53) + least
    number = mean_of([(half_way.numerator, half_way.denominator)], Fraction(1))
    assert float(number) == float(half_way) == (1 + 2**-52 if least > 0 else 1.0)
    nothing = number - as_number(half_way - least)
    assert float(nothing) == float(least)
    assert nothing.is_positive() == (least > 0)


def test_a_short_fraction_is_found_behind_long_ones_and_a_long_one_is_not_worked_out() -> None:
    primes = [n for n in range(3, 3000) if all(n % d for d in range(2, int(n**0.5) + 1))]
    long = mean_of([(1, prime) for prime in primes], Fraction(1))
    assert (long * as_number(Fraction(2)) / long).short_fraction(10**3) == 2
    asked = []
    kept = ExactNumber(long.ends, lambda: asked.append(1) or long.fraction())
    assert kept.short_fraction(10**20) is None
    assert float(kept) == float(long.fraction())
    assert asked == []
