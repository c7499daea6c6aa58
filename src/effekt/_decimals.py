"""Sums of many floats as the decimals a reader sees, exact and without writing any of them out.

A decimal c/10ᵏ is read as x where it is nearer to x than h, half the distance of x to its neighbours, and the shortest
such is the nearest to x among those as short. Floats between two powers of 2 share h, and k is chosen so that h·10ᵏ
lies between ½ and 5. The nearest c is then read as x, and so is a multiple of 10 if it is nearer to x·10ᵏ than h·10ᵏ.
At most one is: it is the shortest, as what is shorter still is a multiple of 10 too, and where there is none the
nearest c is. A power of 2, one neighbour of which is nearer, is itself a multiple of 10 in this range. What is as near
to two c, or outside the range in which all this holds, is written out.

How far x·10ᵏ⁻¹ lies from a whole number is the last 64 bits of one product of whole numbers. With 2ᵖ the unit of its
last place, x is 2ᵖ times the bits of the float, less a multiple of 2⁵²⁺ᵖ. So in units of 2⁻⁶⁴ x·10ᵏ⁻¹ is the bits times
5ᵏ⁻¹·2⁶³⁺ᵖ⁺ᵏ, less a multiple of 2⁶⁴ in this range, as whole numbers are too; and the processor leaves such multiples
out.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

import numpy as np

from effekt._exact import FEWEST_AT_ONCE, scaled_integers
from effekt._types import BoolArray, FloatArray, IntArray

BLOCK = 2**15  # numbers looked at together: so few that what is made of them stays near the processor
EXACTLY = 2**12  # of which so many parts add up without rounding
LINES = 5  # of numbers that are made of a block, in memory that the next block uses again
SHORT = 15  # digits, and places after the point, of a short decimal
LONGEST = 1e15  # from which a whole number has more digits than those
SAMPLE = 16  # numbers that are written out to see whether a block is worth trying as short decimals
LOWEST, HIGHEST = -19, 53  # exponents e of m·2ᵉ, ½ ≤ m < 1, for which all is exact
WIDER = 8  # places that a number looked at may have more than the largest of its block
TIE = np.uint64(2**62)  # a quarter: ten times that is as near to two whole numbers

# By the first 12 bits of a float, its sign and exponent; of exponents that are not looked at zeros.
ROWS, BIAS = 2**12, 1022  # the bits tell how much more than e they tell
PLACES = [0] * (BIAS + LOWEST) + [
    next(places for places in range(1, 23) if 10**places * Fraction(2) ** exponent > 2**53)
    for exponent in range(LOWEST, HIGHEST + 1)
]
PLACES += [0] * (ROWS // 2 - len(PLACES))
PLACES_OF = np.array(2 * PLACES)
STEPS = np.zeros(ROWS // 2, np.uint64)  # how much further x·10ᵏ⁻¹ is with one more in the last place of x
for _e in range(LOWEST, HIGHEST + 1):
    STEPS[BIAS + _e] = 5 ** (PLACES[BIAS + _e] - 1) * 2 ** (10 + _e + PLACES[BIAS + _e]) % 2**64
STEPS = np.tile(STEPS, 2)
OUTSIDE = PLACES_OF == 0
TENS = 10.0 ** np.arange(22)


def decimal_total(values: FloatArray) -> Fraction:
    """The sum of the shortest decimals of a (n,) array of finite numbers."""
    if len(values) < FEWEST_AT_ONCE:
        integers, scale = scaled_integers(values.tolist())
        return Fraction(sum(integers), scale)
    totals: dict[int, int] = {}
    places, whole, lines = 0, None, _lines(values)
    for first in range(0, len(values), BLOCK):
        block = values[first : first + BLOCK]
        known = places if whole is not None or _may_be_short(block[:SAMPLE]) else SHORT + 1
        whole = None
        while known <= SHORT and (whole := _short(block, known, lines)) is None:
            known += 1
        if whole is None:
            _add_shortest(block, lines, totals)
        else:
            places = known
            _add(totals, places, _sum(whole))
    most = max(totals, default=0)
    return Fraction(sum(total * 10 ** (most - power) for power, total in totals.items()), 10**most)


def decimal_mean(values: FloatArray) -> Fraction:
    """The mean of the shortest decimals of an array of finite numbers, one at least: 0 where these cancel."""
    return decimal_total(values.ravel()) / values.size


def decimal_integers(values: FloatArray) -> tuple[list[int], int]:
    """As `scaled_integers` of a (n,) array of finite numbers, many at a time."""
    values = np.asarray(values, float)
    if len(values) < SAMPLE or _may_be_short(values[:SAMPLE]):
        return scaled_integers(values.tolist())
    digits, places = np.zeros(len(values), np.int64), np.ones(len(values), np.int64)
    written, lines = np.ones(len(values), bool), _lines(values)
    for first in range(0, len(values), BLOCK):
        block = values[first : first + BLOCK]
        row, tens, ones, tie = _nearest(block, lines)
        sure = np.flatnonzero(~OUTSIDE[row] & ~tie & (tens != -5))
        rows = first + sure
        places[rows] = PLACES_OF[row[sure]]
        digits[rows] = _digits(block[sure], places[rows], tens[sure], ones[sure])
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
    if len(repr(float(sample[0])).replace(".", "").lstrip("-0")) > SHORT + 1:
        return False
    integers, scale = scaled_integers(sample.tolist())
    return scale <= 10**SHORT and max(map(abs, integers)) < 10 * LONGEST


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


def _add(totals: dict[int, int], places: int, whole: int) -> None:
    totals[places] = totals.get(places, 0) + whole


def _add_shortest(values: FloatArray, lines: FloatArray, totals: dict[int, int]) -> None:
    """Add the decimals of a block to the totals: the sum of its numbers, less that of how far each lies beyond its own.

    In units of 10⁻ᴷ, K the most places, that is (x·10ᵏ − c)·10ᴷ⁻ᵏ, at most 5·10⁸. NumPy adds these pairwise, by which
    rounding grows as the logarithm of how many they are (Higham 1993, doi:10.1137/0914050): the sum of a block is known
    to 1/10, and what the decimals add up to is a whole number.
    """
    if not values.all():
        values = values[values != 0]
    if not len(values):
        return
    exponent = math.frexp(max(float(values.max()), -float(values.min())))[1]
    fewest = PLACES[BIAS + exponent]
    row, tens, ones, tie = _nearest(values, lines)
    tens -= ones
    tens *= _weights(fewest).take(row, out=ones, mode="clip")
    beyond = float(tens.sum())
    if math.isnan(beyond) or tie.any():
        _add_apart(values, np.isnan(ones), OUTSIDE[row] | tie, lines, totals)
    else:
        most = fewest + WIDER
        whole, after = _total(values, exponent, lines)
        twice = 2 * (whole * 10**most - int(math.ldexp(beyond, after))) + (1 << after)
        _add(totals, most, twice >> (after + 1))


def _add_apart(values: FloatArray, small: BoolArray, odd: BoolArray, lines: FloatArray, totals: dict[int, int]) -> None:
    """The same of those that are written out, of those that are too small to be added up with others, and of these."""
    if odd.any():
        integers, scale = scaled_integers(values[odd].tolist())
        _add(totals, len(str(scale)) - 1, sum(integers))
    for some in (values[small & ~odd], values[~small & ~odd]):
        _add_shortest(some, lines, totals)


@cache
def _weights(fewest: int) -> FloatArray:
    """By row, with the sign, 10ᴷ⁻ᵏ of numbers whose k is `fewest` up to K; else not a number."""
    more = fewest + WIDER - PLACES_OF[: ROWS // 2]
    inside = ~OUTSIDE[: ROWS // 2] & (more >= 0) & (more <= WIDER)
    weights = np.where(inside, TENS[np.where(inside, more, 0)], math.nan)
    return np.append(weights, -weights)


def _total(values: FloatArray, exponent: int, lines: FloatArray) -> tuple[int, int]:
    """The exact sum of a block of numbers below 2ᵉ in size, in units of 2⁻ⁿ, and n.

    They are multiples of 2^(e − 82), as they have at most 8 places more than the largest. With σ = 2^(e + 12) is
    (x + σ) − σ the x to a multiple of 2^(e − 41), and what is left of it at most that (Rump, Ogita & Oishi 2008,
    doi:10.1137/050645671, section 3): 2¹² of either add up to at most 2⁵³ of their units, without rounding.
    """
    front, back = lines[:2, : len(values)]
    sigma, after = math.ldexp(1.0, exponent + 12), 82 - exponent
    np.add(values, sigma, out=front)
    front -= sigma
    np.subtract(values, front, out=back)
    sums = [np.add.reduceat(part, range(0, len(values), EXACTLY)) for part in (front, back)]
    return sum(int(math.ldexp(one, after)) for one in np.concatenate(sums).tolist()), after


def _nearest(values: FloatArray, lines: FloatArray) -> tuple[IntArray, FloatArray, FloatArray, BoolArray]:
    """Rows of the tables; how far |x|·10ᵏ lies beyond a multiple of 10, and c; and what is as near to two c.

    What is given lies in the lines.
    """
    tens, ones = lines[3:, : len(values)]
    row, step, away = (line.view(np.uint64) for line in lines[:3, : len(values)])
    index: IntArray = row.view(np.int64)
    np.right_shift(values.view(np.uint64), np.uint64(52), out=row)
    STEPS.take(index, out=step, mode="clip")  # no index is outside; "raise" would buffer
    np.multiply(values.view(np.uint64), step, out=away)
    signed = away.view(np.int64)
    np.copyto(tens, signed)  # exact, as what is multiplied has few bits
    tens *= 10 * 2.0**-64
    np.rint(tens, out=ones)
    np.abs(signed, out=signed)
    step >>= np.uint64(1)
    far = away >= step
    ones *= far
    return index, tens, ones, (away == TIE) & far


def _digits(values: FloatArray, places: IntArray, tens: FloatArray, ones: FloatArray) -> IntArray:
    """The c of each: x·10ᵏ⁻¹ < 2⁵³ is rounded by at most a half, and how far it lies beyond a whole number is less."""
    scaled = np.abs(values) * TENS[places - 1]
    whole = np.rint(scaled)
    whole += np.rint(scaled - whole - tens / 10)
    digits: IntArray = whole.astype(np.int64) * 10 + ones.astype(np.int64)
    digits[values < 0] *= -1
    return digits
