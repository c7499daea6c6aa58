"""Floats as the decimals a reader sees, so that counts, sums and ratios of sums are exact fractions."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction


def exact(value: float | Fraction | str) -> Fraction:
    """The decimal a reader sees: a float stands for its shortest round-trip decimal (0.95 is 19/20)."""
    return Fraction(repr(float(value))) if isinstance(value, float) else Fraction(value)


def scaled_integers(values: Iterable[float]) -> tuple[list[int], int]:
    """Integers and a power of ten 10ᵏ with integer / 10ᵏ equal to each value's shortest decimal."""
    decimals = [Decimal(repr(float(value))) for value in values]
    places = max((-int(d.as_tuple().exponent) for d in decimals), default=0)
    places = max(places, 0)
    return [int(Fraction(d) * 10**places) for d in decimals], 10**places
