"""Exact numbers whose digits are worked out as far as they are asked for.

The mean of the ratios of 290 municipalities over 60 months is a fraction of a hundred thousand digits, and a result
holds the nearest double. So a number x knows, for any b, whole numbers l ≤ 2ᵇx ≤ u that are not far apart, from which
sums, products and quotients have theirs. Where both ends round to one double, so does x; otherwise its fraction is
worked out. What is read is thus the exact number, rounded once (such filters: Brönnimann, Burnikel & Pion 2001,
doi:10.1016/S0166-218X(00)00231-6, section 3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Final, TypeAlias

DIGITS = 192  # binary ones after the point, with which a number is rounded; less than a double's 1,074
ONE = 1 << DIGITS
Ends: TypeAlias = tuple[int, int]


class ExactNumber:
    """A number as a rule for its ends, for as many binary digits as are asked for, and one for its fraction."""

    __slots__ = ("_bits", "_enclose", "_ends", "_fraction", "_work_out")

    def __init__(self, enclose: Callable[[int], Ends], work_out: Callable[[], Fraction]) -> None:
        self._enclose, self._work_out = enclose, work_out
        self._bits, self._ends = -1, (0, 0)
        self._fraction: Fraction | None = None

    def ends(self, bits: int) -> Ends:
        """Whole numbers that x·2ᵇ lies between; those worked out last are kept."""
        if bits != self._bits:
            self._bits, self._ends = bits, self._enclose(bits)
        return self._ends

    def fraction(self) -> Fraction:
        """The number in lowest terms."""
        if self._fraction is None:
            self._fraction = self._work_out()
        return self._fraction

    def short_fraction(self, limit: int) -> Fraction | None:
        """The number in lowest terms where numerator and denominator are below a limit."""
        bits = max(DIGITS, 2 * limit.bit_length() + 62)
        if self._fraction is None and not _holds_short(*self.ends(bits), 1 << bits, limit):
            return None
        found = self.fraction()
        return found if max(abs(found.numerator), found.denominator) < limit else None

    def __float__(self) -> float:
        low, high = self.ends(DIGITS)
        nearest = low / ONE
        return nearest if nearest == high / ONE else float(self.fraction())

    def is_positive(self) -> bool:
        """Whether it is above zero."""
        low, high = self.ends(DIGITS)
        return low > 0 or (high > 0 and self.fraction() > 0)

    def __add__(self, other: ExactNumber) -> ExactNumber:
        return total((self, other))

    def __sub__(self, other: ExactNumber) -> ExactNumber:
        def enclose(bits: int) -> Ends:
            (low, high), (least, most) = self.ends(bits), other.ends(bits)
            return low - most, high - least

        return ExactNumber(enclose, lambda: self.fraction() - other.fraction())

    def __mul__(self, other: ExactNumber) -> ExactNumber:
        def enclose(bits: int) -> Ends:
            (low, high), (least, most) = self.ends(bits), other.ends(bits)
            if low >= 0 and least >= 0:
                return low * least >> bits, -(-high * most >> bits)
            found = (low * least, low * most, high * least, high * most)
            return min(found) >> bits, -(-max(found) >> bits)

        return ExactNumber(enclose, lambda: self.fraction() * other.fraction())

    def __truediv__(self, other: ExactNumber) -> ExactNumber:
        def enclose(bits: int) -> Ends:
            (low, high), (least, most) = self.ends(bits), other.ends(bits)
            if least <= 0:
                return _ends_of(self.fraction() / other.fraction(), bits)
            return (low << bits) // (most if low >= 0 else least), -((-high << bits) // (least if high >= 0 else most))

        return ExactNumber(enclose, lambda: self.fraction() / other.fraction())

    def times(self, factor: Fraction) -> ExactNumber:
        """The number times one that is above zero."""

        def enclose(bits: int) -> Ends:
            low, high = self.ends(bits)
            above, below = factor.numerator, factor.denominator
            return low * above // below, -(-high * above // below)

        return ExactNumber(enclose, lambda: self.fraction() * factor)


UNIT: Final = ExactNumber(lambda bits: (1 << bits, 1 << bits), lambda: Fraction(1))


def as_number(value: Fraction) -> ExactNumber:
    """A fraction as such a number."""
    return ExactNumber(lambda bits: _ends_of(value, bits), lambda: value)


def total(values: Iterable[ExactNumber]) -> ExactNumber:
    """The sum of such numbers."""
    parts = list(values)

    def enclose(bits: int) -> Ends:
        lows, highs = zip(*(part.ends(bits) for part in parts), strict=True)
        return sum(lows), sum(highs)

    def work_out() -> Fraction:
        return Fraction(*added([(part.fraction().numerator, part.fraction().denominator) for part in parts]))

    return ExactNumber(enclose, work_out)


def mean_of(pairs: Sequence[Ends], scale: Fraction) -> ExactNumber:
    """The plain mean of numerators over positive denominators, times a positive scale."""
    by_denominator: dict[int, int] = {}
    for above, below in pairs:
        by_denominator[below] = by_denominator.get(below, 0) + above
    over = scale.denominator * len(pairs)

    def enclose(bits: int) -> Ends:
        low = sum((above << bits) // below for below, above in by_denominator.items())
        high = low + len(by_denominator)
        return low * scale.numerator // over, -(-high * scale.numerator // over)

    def work_out() -> Fraction:
        above, below = added([(above, below) for below, above in by_denominator.items()])
        return Fraction(above * scale.numerator, below * over)

    return ExactNumber(enclose, work_out)


def mean_of_products(pairs: Sequence[Ends], factors: Sequence[ExactNumber], scale: Fraction) -> ExactNumber:
    """The same, each numerator over its denominator times a positive factor."""
    over = scale.denominator * len(pairs)

    def enclose(bits: int) -> Ends:
        low = high = 0
        for (above, below), factor in zip(pairs, factors, strict=True):
            least, most = factor.ends(bits) if above >= 0 else factor.ends(bits)[::-1]
            low += above * least // below
            high += above * most // below + 1
        return low * scale.numerator // over, -(-high * scale.numerator // over)

    def work_out() -> Fraction:
        parts = [factor.fraction() for factor in factors]
        above, below = added(
            [(n * part.numerator, d * part.denominator) for (n, d), part in zip(pairs, parts, strict=True)]
        )
        return Fraction(above * scale.numerator, below * over)

    return ExactNumber(enclose, work_out)


def _ends_of(value: Fraction, bits: int) -> Ends:
    above = value.numerator << bits
    return above // value.denominator, -(-above // value.denominator)


def added(pairs: Sequence[Ends]) -> Ends:
    """The sum of numerators over denominators, halves first as both grow with every term, not in lowest terms."""
    left = list(pairs)
    while len(left) > 1:
        odd = left[len(left) & ~1 :]
        joined = zip(left[::2], left[1::2], strict=False)
        left = [(a * d + c * b, b * d) if b != d else (a + c, b) for (a, b), (c, d) in joined] + odd
    return left[0]


def _holds_short(low: int, high: int, below: int, limit: int) -> bool:
    """Whether a fraction with a denominator under the limit lies between low / below and high / below.

    The one with the least denominator shares the continued fraction of both ends as far as they agree, and its
    denominator is at least that of the part they share.
    """
    first, second = (low, below), (high, below)
    before, denominator = 1, 0  # of the convergents
    while denominator < limit:
        whole, rest = divmod(first[0], first[1])
        other, other_rest = divmod(second[0], second[1])
        if whole != other or rest == 0 or other_rest == 0:
            return True
        before, denominator = denominator, whole * denominator + before
        first, second = (first[1], rest), (second[1], other_rest)
    return False
