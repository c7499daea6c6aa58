"""Sums of many floats as the decimals a reader sees, exact and without writing any of them out.

A decimal c/10ᵏ is read as x where it is nearer to x than h, half the distance of x to its neighbours, and the shortest
such is the nearest to x among those as short. Floats between two powers of 2 share h, and k is chosen so that h·10ᵏ
lies between ½ and 5. The nearest c is then read as x, and so is a multiple of 10 if it is nearer to x·10ᵏ than h·10ᵏ.
At most one is: it is the shortest, as what is shorter still is a multiple of 10 too, and where there is none the
nearest c is. x·10ᵏ is a sum of products of halves of both (Dekker 1971, doi:10.1007/BF01397083). A power of 2, one
neighbour of which is nearer, is itself a multiple of 10 in this range. What is too near to tell, or outside the range
in which all this holds, is written out.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from effekt._exact import scaled_integers
from effekt._types import BoolArray, FloatArray, IntArray

BLOCK = 2**14  # numbers looked at together: so few that what is made of them stays near the processor
LINES = 6  # of numbers that are made of a block, in memory that the next block uses again
SHORT = 15  # digits, and places after the point, of a short decimal
LONGEST = 1e15  # from which a whole number has more digits than those
SAMPLE = 16  # numbers that are written out to see whether a block is worth trying as short decimals
LOWEST, HIGHEST = -19, 53  # exponents e of m·2ᵉ, ½ ≤ m < 1, for which all is exact
NEAR = 2.0**-19  # distance to a tie, in the last digit, that is too near to tell
SPLITTER = 2.0**27 + 1
FRONT = -(2**27)  # all but the last 27 bits
UPPER = 10 * 2**15  # by which whole numbers c are parted, so that sums of the parts of a block are exact
EXPONENT, BIAS = 2**11 - 1, 1022  # the bits of a float that tell e, and how much more than e they tell

# By what the bits of a float tell of e; of exponents that are not looked at zeros.
PLACES = [0] * (BIAS + LOWEST) + [
    next(places for places in range(1, 23) if 10**places * Fraction(2) ** exponent > 2**53)
    for exponent in range(LOWEST, HIGHEST + 1)
]
PLACES_OF = np.array(PLACES)
HALF = np.zeros(len(PLACES))  # h·10ᵏ in tens
HALF[BIAS + LOWEST :] = [math.ldexp(10.0 ** (PLACES[BIAS + e] - 1), e - 54) for e in range(LOWEST, HIGHEST + 1)]
FACTORS = np.array([float(Fraction(10**places, UPPER)) for places in PLACES])
TOP = FACTORS * SPLITTER - (FACTORS * SPLITTER - FACTORS)  # of two parts
END = FACTORS - TOP


def decimal_total(values: FloatArray) -> Fraction:
    """The sum of the shortest decimals of a (n,) array of finite numbers."""
    totals: dict[int, int] = {}
    places, whole, lines = 0, None, _lines(values)
    for first in range(0, len(values), BLOCK):
        block = values[first : first + BLOCK]
        known = places if whole is not None or _may_be_short(block[:SAMPLE]) else SHORT + 1
        whole = None
        while known <= SHORT and (whole := _short(block, known, lines)) is None:
            known += 1
        if whole is not None:
            places = known
        for power, total in (_shortest(block, lines) if whole is None else {places: _sum(whole)}).items():
            totals[power] = totals.get(power, 0) + total
    return sum((Fraction(total, 10**power) for power, total in totals.items()), Fraction(0))


def decimal_integers(values: FloatArray) -> tuple[list[int], int]:
    """As `scaled_integers` of a (n,) array of finite numbers, many at a time."""
    values = np.asarray(values, float)
    if len(values) < SAMPLE or _may_be_short(values[:SAMPLE]):
        return scaled_integers(values.tolist())
    digits, places = np.zeros(len(values), np.int64), np.ones(len(values), np.int64)
    written, lines = np.ones(len(values), bool), _lines(values)
    for first in range(0, len(values), BLOCK):
        sure, row, upper, lower = _nearest(values[first : first + BLOCK], lines)
        rows = first + (np.arange(len(row)) if sure is None else np.flatnonzero(sure))
        digits[rows] = upper.astype(np.int64) * UPPER + lower.astype(np.int64)
        places[rows] = PLACES_OF[row]
        written[rows] = False
    _strip(digits, places, np.flatnonzero(~written))
    texts, scale = scaled_integers(values[written].tolist())
    most = max(int(places.max()), len(str(scale)) - 1, 1)  # as Python writes them, numbers have one place at least
    powers = [10**more for more in range(most - int(places.min()) + 1)]
    found = [whole * powers[more] for whole, more in zip(digits.tolist(), (most - places).tolist(), strict=True)]
    for row_of, whole in zip(np.flatnonzero(written).tolist(), texts, strict=True):
        found[row_of] = whole * 10**most // scale
    return found, 10**most


def _lines(values: FloatArray) -> FloatArray:
    return np.empty((LINES, min(len(values), BLOCK)))


def _strip(digits: IntArray, places: IntArray, rows: IntArray) -> None:
    """Take zeros off the ends of some rows' digits, each with a place."""
    while len(rows := rows[digits[rows] % 10 == 0]):
        digits[rows] //= 10
        places[rows] -= 1


def _may_be_short(sample: FloatArray) -> bool:
    """Whether these few are decimals of at most 15 digits and places, as Python writes them or with a last 0 less.

    The first of them tells mostly.
    """
    for some in (sample[:1], sample):
        integers, scale = scaled_integers(some.tolist())
        if scale > 10**SHORT or max(map(abs, integers)) >= 10 * LONGEST:
            return False
    return True


def _short(values: FloatArray, places: int, lines: FloatArray) -> FloatArray | None:
    """The values as whole numbers of at most 15 digits over 10^places; None where one is not."""
    whole, again = lines[:2, : len(values)]
    np.multiply(values, 10.0**places, out=whole)
    np.rint(whole, out=whole)
    if max(whole.max(), -whole.min()) >= LONGEST:
        return None
    np.divide(whole, 10.0**places, out=again)
    return whole if np.array_equal(again, values) else None


def _sum(whole: FloatArray) -> int:
    """The exact sum of a block of whole numbers below 2⁵³."""
    if max(whole.max(), -whole.min()) < 2**38:
        return int(whole.sum())
    high = np.floor(whole / 2**26)
    return (int(high.sum()) << 26) + int((whole - high * 2**26).sum())


def _shortest(values: FloatArray, lines: FloatArray) -> dict[int, int]:
    """By the number of places k, the sum of the c of all shortest decimals c/10ᵏ."""
    sure, row, upper, lower = _nearest(values, lines)
    above, below = np.bincount(row, upper), np.bincount(row, lower)  # exact floats
    totals: dict[int, int] = {}
    for part, sums in ((UPPER, above), (1, below)):
        for place in np.flatnonzero(sums).tolist():
            totals[PLACES[place]] = totals.get(PLACES[place], 0) + int(sums[place]) * part
    if sure is not None:
        integers, scale = scaled_integers(values[~sure & (values != 0)].tolist())
        longest = len(str(scale)) - 1
        totals[longest] = totals.get(longest, 0) + sum(integers)
    return totals


def _nearest(values: FloatArray, lines: FloatArray) -> tuple[BoolArray | None, IntArray, FloatArray, FloatArray]:
    """Which values have shortest decimals that are told here, None for all, and these: rows of the tables, a and b.

    c is a·UPPER + b. What is given lies in the lines.
    """
    upper, rest, tens, away, half = lines[:5, : len(values)]
    row = lines[5, : len(values)].view(np.int64)
    np.right_shift(values.view(np.int64), 52, out=row)
    row &= EXPONENT
    if row.min(initial=BIAS + LOWEST) < BIAS + LOWEST or row.max(initial=BIAS + LOWEST) > BIAS + HIGHEST:
        return _among(values, (row >= BIAS + LOWEST) & (row <= BIAS + HIGHEST), lines)
    _part(values, row, upper, rest, tens, away, half)
    rest *= UPPER / 10
    np.rint(rest, out=tens)
    rest -= tens
    np.abs(rest, out=away)
    away -= HALF.take(row, out=half, mode="clip")
    ones = away >= 0
    rest *= 10
    np.rint(rest, out=half)
    rest -= half
    half *= ones
    tens *= 10
    tens += half
    np.abs(away, out=away)
    np.abs(rest, out=rest)
    if away.min(initial=1.0) <= NEAR / 10 or rest.max(initial=0.0) >= 0.5 - NEAR:
        return _among(values, (away > NEAR / 10) & (rest < 0.5 - NEAR), lines)
    return None, row, upper, tens


def _among(
    values: FloatArray, chosen: BoolArray, lines: FloatArray
) -> tuple[BoolArray, IntArray, FloatArray, FloatArray]:
    """As `_nearest`, of some of the values."""
    sure, row, upper, lower = _nearest(values[chosen], lines)
    if sure is not None:
        chosen[chosen] = sure
    return chosen, row, upper, lower


def _part(
    values: FloatArray,
    row: IntArray,
    upper: FloatArray,
    rest: FloatArray,
    front: FloatArray,
    back: FloatArray,
    factor: FloatArray,
) -> None:
    """x·10ᵏ / UPPER as a whole number and what is left of it, at most half of one and to less than NEAR / UPPER.

    x is cut into 26 and 27 bits and 10ᵏ / UPPER into two parts of 26, so that products with the larger of these are
    exact, as is what the whole number leaves of the largest; the others are below 2¹⁵. `front` and what follows it is
    written over.
    """
    np.bitwise_and(values.view(np.int64), FRONT, out=front.view(np.int64))
    np.subtract(values, front, out=back)
    TOP.take(row, out=factor, mode="clip")  # no index is outside; "raise" would buffer
    front *= factor
    back *= factor
    END.take(row, out=factor, mode="clip")
    np.multiply(values, factor, out=rest)
    rest += back
    np.add(front, rest, out=upper)
    np.rint(upper, out=upper)
    front -= upper
    rest += front
