"""Sums of many floats as the decimals a reader sees, exact and without writing any of them out.

A decimal of at most 15 digits is the shortest of the float it is read as. Where there is none, the nearest decimal of
16 digits that is read as that float is the shortest, and else the nearest of 17 digits. Whether c/10ᵏ is read as x is
seen from x·10ᵏ, a sum of products of halves of both (Dekker 1971, doi:10.1007/BF01397083): it must lie nearer to c than
half the distance of x to its neighbours. With 17 digits c is a whole number of which a shorter decimal is a multiple of
10 or 100. A power of 2, one neighbour of which is nearer, has at most 15 digits in this range, and lies at such a
multiple. What is too near to tell, or outside the range in which all this holds, is written out.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from effekt._exact import scaled_integers
from effekt._types import BoolArray, FloatArray, IntArray

BLOCK = 2**14  # numbers looked at together; sums of so many pieces of 2³⁸ are exact floats
SHORT = 15  # digits, and places after the point, of a short decimal
SAMPLE = 16  # numbers that are written out to see whether a block is worth trying as short decimals
SMALLEST, LARGEST = 1e-5, 1e15  # sizes for which 10ᵏ is a float for every k needed
NEAR = 2.0**-19  # distance to a tie, in the last of 17 digits, that is too near to tell
SPLITTER = 2.0**27 + 1
FRONT = -(2**27)  # all but the last 27 bits
UPPER = 100 * 2**11  # by which numbers of 17 digits are parted

# For each exponent of 2 in that range two rows: numbers below the power of ten that may lie there, and from it on.
LOWEST, HIGHEST = math.frexp(SMALLEST)[1], math.frexp(LARGEST)[1]
LEADS = [math.floor(math.log10(2.0 ** (exponent - 1))) for exponent in range(LOWEST, HIGHEST + 1)]
NEXT = np.array([10.0 ** (lead + 1) for lead in LEADS])
PLACES = [16 - lead - above for lead in LEADS for above in (0, 1)]  # with which they have 17 digits
PLACES_OF = np.array(PLACES)
TENTH = np.array([10.0 ** (places - 1) for places in PLACES])
TENTH *= np.ldexp(1.0, np.repeat(np.arange(LOWEST, HIGHEST + 1) - 54, 2))  # of half the distance to their neighbours
FACTORS = np.array([float(Fraction(10**places, UPPER)) for places in PLACES])
TOP = FACTORS * SPLITTER - (FACTORS * SPLITTER - FACTORS)  # of two parts
END = FACTORS - TOP


def decimal_total(values: FloatArray) -> Fraction:
    """The sum of the shortest decimals of a (n,) array of finite numbers."""
    totals: dict[int, int] = {}
    places, whole = 0, None
    for first in range(0, len(values), BLOCK):
        block = values[first : first + BLOCK]
        known = places if whole is not None or _may_be_short(block[:SAMPLE]) else SHORT + 1
        whole = None
        while known <= SHORT and (whole := _short(block, known)) is None:
            known += 1
        if whole is not None:
            places = known
        for power, total in (_shortest(block) if whole is None else {places: _sum(whole)}).items():
            totals[power] = totals.get(power, 0) + total
    return sum((Fraction(total, 10**power) for power, total in totals.items()), Fraction(0))


def decimal_integers(values: FloatArray) -> tuple[list[int], int]:
    """As `scaled_integers` of a (n,) array of finite numbers, many at a time."""
    values = np.asarray(values, float)
    if len(values) < SAMPLE or _may_be_short(values[:SAMPLE]):
        return scaled_integers(values.tolist())
    digits, places = np.zeros(len(values), np.int64), np.ones(len(values), np.int64)
    written = np.ones(len(values), bool)
    for first in range(0, len(values), BLOCK):
        block = values[first : first + BLOCK]
        usable, row = _placed(block)
        upper, lower, unsure = _nearest(block[usable], row)
        rows = first + np.flatnonzero(usable)[~unsure]
        digits[rows] = upper[~unsure].astype(np.int64) * UPPER + lower[~unsure].astype(np.int64)
        places[rows] = PLACES_OF[row[~unsure]]
        written[rows] = False
    _strip(digits, places, np.flatnonzero(~written))
    texts, scale = scaled_integers(values[written].tolist())
    most = max(int(places.max()), len(str(scale)) - 1)
    powers = [10**more for more in range(most - int(places.min()) + 1)]
    found = [whole * powers[more] for whole, more in zip(digits.tolist(), (most - places).tolist(), strict=True)]
    for row_of, whole in zip(np.flatnonzero(written).tolist(), texts, strict=True):
        found[row_of] = whole * 10**most // scale
    return found, 10**most


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
        if scale > 10**SHORT or max(map(abs, integers)) >= 10 * LARGEST:
            return False
    return True


def _short(values: FloatArray, places: int) -> FloatArray | None:
    """The values as whole numbers of at most 15 digits over 10^places; None where one is not."""
    scale = 10.0**places
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
    usable, row = _placed(values)
    written = []
    if len(row) < len(values):
        written.append(values[~usable & (values != 0)])
        values = values[usable]
    upper, lower, unsure = _nearest(values, row)
    if unsure.any():
        written.append(values[unsure])
        row, upper, lower = row[~unsure], upper[~unsure], lower[~unsure]
    totals = _totals(row, upper, lower)
    for some in written:
        integers, scale = scaled_integers(some.tolist())
        longest = len(str(scale)) - 1
        totals[longest] = totals.get(longest, 0) + sum(integers)
    return totals


def _placed(values: FloatArray) -> tuple[BoolArray, IntArray]:
    """Which values lie where all is exact, and the row of `TOP` and `TENTH` of each of these."""
    size = np.abs(values)
    bits = size.view(np.int64)
    usable = (size >= SMALLEST) & (size < LARGEST)
    if not usable.all():
        size = size[usable]
        bits = size.view(np.int64)
    binade = (bits >> 52) - (1022 + LOWEST)  # of m·2ᵉ with ½ ≤ m < 1, e is 1022 less than the bits tell
    row = 2 * binade
    row += size >= NEXT.take(binade)
    return usable, row


def _nearest(values: FloatArray, row: IntArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """The shortest decimals that are read as x, as a·UPPER + b of 17 digits, and which are too near to tell."""
    upper, rest = _parted(values, row)
    rest *= UPPER / 100
    hundreds = np.rint(rest)
    rest -= hundreds
    rest *= 10
    half, away = TENTH.take(row), np.abs(rest)
    hundred = away < half
    away -= half
    unsure = np.abs(away, out=away) <= NEAR / 10
    tens = np.rint(rest)
    rest -= tens
    np.abs(rest, out=away)
    ten = away < half
    unsure |= ten & (away >= 0.5 - NEAR / 10)
    away -= half
    unsure |= np.abs(away, out=away) <= NEAR / 10
    rest *= 10
    ones = np.rint(rest)
    rest -= ones
    unsure |= np.abs(rest, out=rest) >= 0.5 - NEAR
    ones *= ~ten
    tens *= 10
    tens += ones
    tens *= ~hundred
    hundreds *= 100
    hundreds += tens
    return upper, hundreds, unsure


def _parted(values: FloatArray, row: IntArray) -> tuple[FloatArray, FloatArray]:
    """x·10ᵏ / UPPER as a whole number and what is left of it, at most half of one and to less than NEAR / UPPER.

    x is cut into 26 and 27 bits and 10ᵏ / UPPER into two parts of 26, so that products with the larger of these are
    exact, as is what the whole number leaves of the largest; the others are below 2¹⁵.
    """
    front = (values.view(np.int64) & FRONT).view(np.float64)
    back, top = values - front, TOP.take(row)
    front *= top
    back *= top
    rest = values * END.take(row)
    rest += back
    upper = np.rint(front + rest)
    front -= upper
    rest += front
    return upper, rest


def _totals(row: IntArray, upper: FloatArray, lower: FloatArray) -> dict[int, int]:
    """The sums of a·UPPER + b by their places; those of a block are exact floats."""
    sums = zip(np.bincount(row, upper).tolist(), np.bincount(row, lower).tolist(), strict=True)
    totals: dict[int, int] = {}
    for places, (above, below) in zip(PLACES, sums, strict=False):
        totals[places] = totals.get(places, 0) + int(above) * UPPER + int(below)
    return totals
