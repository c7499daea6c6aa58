"""Floats as the decimals a reader sees, so that counts, sums and ratios of sums are exact fractions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from effekt._types import BoolArray, FloatArray

FEW = 2**14
FEWEST_AT_ONCE = 64  # numbers; fewer are read one by one


def exact(value: float | Fraction | str) -> Fraction:
    """The decimal a reader sees: a float stands for its shortest round-trip decimal (0.95 is 19/20)."""
    return Fraction(repr(float(value))) if isinstance(value, float) else Fraction(value)


def scaled_integers(values: Iterable[float]) -> tuple[list[int], int]:
    """Integers and a power of ten 10ᵏ with integer / 10ᵏ equal to each value's shortest decimal."""
    listed = list(map(float, values))
    short = _short_decimals(listed)
    if short is not None:
        return short
    texts = [_positional(text) if "e" in text else text for text in repr(listed)[1:-1].split(", ")] if listed else []
    after = [len(text) - text.find(".") - 1 for text in texts]
    most = max(after, default=0)
    scale = {places: 10 ** (most - places) for places in set(after)}
    whole = map(int, ", ".join(texts).replace(".", "").split(", ")) if listed else ()
    return [digits * scale[places] for digits, places in zip(whole, after, strict=True)], 10**most


def _short_decimals(listed: list[float]) -> tuple[list[int], int] | None:
    """The same of decimals of at most 15 digits; None when some value has more.

    A decimal of 15 digits is the only one of so few that is read as its double. So N/10ᵏ is the decimal of x where it
    is read as x and N has at most 15 digits; both N and 10ᵏ are doubles then, and their quotient is rounded once. As
    Python writes them, numbers have one decimal at least.
    """
    if len(listed) < FEWEST_AT_ONCE:
        return None
    import numpy as np

    values = np.array(listed)
    for places in range(1, 16):
        with np.errstate(over="ignore", invalid="ignore"):
            whole = np.rint(values * 10.0**places)
        if not (np.abs(whole) < 1e15).all():
            return None
        if (whole / 10.0**places == values).all():
            return whole.astype(np.int64).tolist(), 10**places
    return None


def _positional(text: str) -> str:
    """A float that Python writes with a power of ten, written without: 0.00001 of '1e-05', and 100. of '1e+02'."""
    digits = f"{Decimal(text):f}"
    return digits if "." in digits else f"{digits}."


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
