"""Floats as the decimals a reader sees, so that counts, sums and ratios of sums are exact fractions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from effekt._types import BoolArray, FloatArray

FEW = 2**14


def exact(value: float | Fraction | str) -> Fraction:
    """The decimal a reader sees: a float stands for its shortest round-trip decimal (0.95 is 19/20)."""
    return Fraction(repr(float(value))) if isinstance(value, float) else Fraction(value)


def scaled_integers(values: Iterable[float]) -> tuple[list[int], int]:
    """Integers and a power of ten 10ᵏ with integer / 10ᵏ equal to each value's shortest decimal."""
    listed = list(map(float, values))
    decimals = _decimals(repr(listed)[1:-1]) if listed else []
    places = max((-power for _, power in decimals), default=0)
    places = max(places, 0)
    scales = {power: 10 ** (power + places) for power in {power for _, power in decimals}}
    return [digits * scales[power] for digits, power in decimals], 10**places


def _decimals(text: str) -> list[tuple[int, int]]:
    """Digits and power of ten of each float in a list as Python writes it; quicker where none has an exponent."""
    texts = text.split(", ")
    if "e" in text:
        return list(map(_decimal, texts))
    digits = map(int, text.replace(".", "").split(", "))
    return [(whole, one.find(".") + 1 - len(one)) for whole, one in zip(digits, texts, strict=True)]


def _decimal(text: str) -> tuple[int, int]:
    """Digits and power of ten of a float as Python writes it: 125 and −2 of '1.25', 1 and 22 of '1e+22'."""
    if "e" not in text:
        return int(text.replace(".", "", 1)), text.find(".") + 1 - len(text)
    mantissa, _, power = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    return int(whole + fraction), int(power) - len(fraction)


def rounded_total(values: FloatArray) -> float:
    """The sum as `math.fsum` has it: rounded once, so the same whatever the order."""
    return math.fsum(float(high.sum()) for _, high in _pieces(values))


def rounded_totals(values: FloatArray, chosen: BoolArray) -> tuple[float, float]:
    """The sums over the chosen rows and over the others, each rounded once."""
    own, less = [], []
    for rows, high in _pieces(values):
        own.append(float(high @ chosen[rows]))
        less.append(float(high.sum()) - own[-1])  # exact: a sum of some of the numbers, as the other two are
    return math.fsum(own), math.fsum(less)


def _pieces(values: FloatArray) -> Iterator[tuple[slice, FloatArray]]:
    """Rows, and numbers for them that any of them sum to without rounding, in any order; all pieces add to the values.

    Of at most 2¹⁴ numbers below 2ᵉ in size, (x + σ) − σ with σ = 2^(e + 15) is x to a multiple of 2^(e − 38). These sum
    without rounding in any order, and what is left of x is exact (Rump, Ogita & Oishi 2008, doi:10.1137/050645671,
    section 3).
    """
    for first in range(0, len(values), FEW):
        rows = slice(first, first + FEW)
        left = values[rows]
        while largest := max(float(left.max()), -float(left.min())):
            sigma = math.ldexp(1.0, math.frexp(largest)[1] + 15)
            high = (left + sigma) - sigma
            yield rows, high
            left = left - high
