"""Sums of many floats as the decimals a reader sees, exact and without writing any of them out.

A decimal of at most 15 digits is the shortest of the float it is read as. Where there is none, the nearest decimal of
16 digits that is read as that float is the shortest, and else the nearest of 17 digits. Whether c/10ᵏ is read as x is
seen from x·10ᵏ, exact as the sum of two floats (Dekker 1971, doi:10.1007/BF01397083): it must lie nearer to c than half
the distance of x to its neighbours. What is too near to tell, or outside the range in which all this is exact, is
written out.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from effekt._exact import scaled_integers
from effekt._types import BoolArray, FloatArray, IntArray

BLOCK = 2**14  # numbers looked at together; sums of so many pieces of 2³⁸ are exact floats
SHORT = 15  # digits, and places after the point, of a short decimal
SMALLEST, LARGEST = 1e-5, 1e15  # sizes for which 10ᵏ is a float for every k needed
NEAR = 1e-9  # relative distance to a tie that is too near to tell
POWERS = np.array([10.0**k for k in range(23)])
SPLITTER = 2.0**27 + 1


def decimal_total(values: FloatArray) -> Fraction:
    """The sum of the shortest decimals of a (n,) array of finite numbers."""
    totals: dict[int, int] = {}
    places = 0
    for first in range(0, len(values), BLOCK):
        block = values[first : first + BLOCK]
        known = places
        while known <= SHORT and _short(block[:64], known) is None:
            known += 1
        whole = None
        while known <= SHORT and (whole := _short(block, known)) is None:
            known += 1
        if whole is not None:
            places = known
        for power, total in (_shortest(block) if whole is None else {places: _sum(whole)}).items():
            totals[power] = totals.get(power, 0) + total
    return sum((Fraction(total, 10**power) for power, total in totals.items()), Fraction(0))


def _short(values: FloatArray, places: int) -> FloatArray | None:
    """The values as whole numbers of at most 15 digits over 10^places; None where one is not."""
    scale = POWERS[places]
    whole = np.rint(values * scale)
    if np.max(np.abs(whole)) >= LARGEST or not np.array_equal(whole / scale, values):
        return None
    return np.asarray(whole)


def _sum(whole: FloatArray) -> int:
    """The exact sum of a block of whole numbers below 2⁵³."""
    if np.max(np.abs(whole)) < 2**38:
        return int(whole.sum())
    high = np.floor(whole / 2**26)
    return (int(high.sum()) << 26) + int((whole - high * 2**26).sum())


def _shortest(values: FloatArray) -> dict[int, int]:
    """By the number of places k, the sum of the c of all shortest decimals c/10ᵏ."""
    size = np.abs(values)
    mantissa, exponent = np.frexp(size)
    usable = (size >= SMALLEST) & (size < LARGEST) & (mantissa != 0.5)  # powers of 2 have one neighbour nearer
    written = [values[~usable & (size > 0)]]
    left, size, exponent = values[usable], size[usable], exponent[usable]
    lead = ((exponent - 1) * 1233) >> 12  # ⌊log₁₀⌋ or one less
    lead += size >= 10.0 ** (lead + 1)
    totals: dict[int, int] = {}
    for digits in (15, 16, 17):
        places = digits - 1 - lead
        whole, read, unsure = _nearest(left, places)
        _add(totals, places[read], whole[read])
        written.append(left[unsure])
        rest = ~(read | unsure)
        left, lead = left[rest], lead[rest]
        if not len(left):
            break
    written.append(left)
    integers, scale = scaled_integers(np.concatenate(written).tolist())
    longest = len(str(scale)) - 1
    totals[longest] = totals.get(longest, 0) + sum(integers)
    return totals


def _nearest(values: FloatArray, places: IntArray) -> tuple[IntArray, BoolArray, BoolArray]:
    """The whole number nearest to x·10ᵏ, whether that decimal is read as x, and whether that is too near to tell."""
    power = POWERS[places]
    high = values * power
    spread = values * SPLITTER
    front = spread - (spread - values)
    spread = power * SPLITTER
    top = spread - (spread - power)
    back, end = values - front, power - top
    low = ((front * top - high) + front * end + back * top) + back * end
    near = np.rint(high)
    rest = (high - near) + low
    step = np.rint(rest)
    away = np.abs(rest - step)
    half = np.spacing(np.abs(values)) / 2 * power
    unsure = (np.abs(away - half) <= NEAR * half) | (away >= 0.5 - NEAR)
    return near.astype(np.int64) + step.astype(np.int64), (away < half) & ~unsure, unsure


def _add(totals: dict[int, int], places: IntArray, whole: IntArray) -> None:
    """Add whole numbers below 2⁵⁷ by their places, in two halves whose sums are exact floats."""
    high = whole >> 26
    sums = zip(np.bincount(places, high).tolist(), np.bincount(places, whole - (high << 26)).tolist(), strict=True)
    for power, (above, below) in enumerate(sums):
        totals[power] = totals.get(power, 0) + (int(above) << 26) + int(below)
