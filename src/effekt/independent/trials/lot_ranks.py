"""Second route to the p of randomisation inference, from the statistic A - τB under every assignment, or drawn ones.

p is the share of assignments under which A - τB is as extreme as the estimate less τ, of drawn ones (1 + b)/(1 + R):
Fisher (1935); Rosenbaum (2002), section 2.4. A ratio ρ is tested by the τ that makes ρ the ratio of the target's means
with and without treatment. Differences in plain means are compared as fractions; where means are adjusted or weighted
those within 1e-12 of the largest statistic, the mean outcome or the null are ties (docs/conventions.md).
"""

from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import NamedTuple, TypeVar

Pair = tuple[Fraction, Fraction]
NEAR = 1e-9  # by how much floats must differ, of the largest, to tell which is larger
TIE = Fraction(1, 10**12)
Number = TypeVar("Number", float, Fraction)
Test = Callable[[str, float | Fraction, str], Fraction]


class Target(NamedTuple):
    """The estimate, and the mean outcome and the share treated of those it is about."""

    estimate: Fraction
    level: Fraction
    share: Fraction


def ranked(pairs: Iterable[Pair], target: Target, *, listed: bool, ties: bool) -> Test:
    """Return the test of a null: of a contrast ("difference", "ratio"), its value and the alternative.

    ``ties`` says that statistics within 1e-12 are tied.
    """
    times = Counter(pairs)
    rows = [(float(a), float(b), a, b, often) for (a, b), often in times.items()]
    total, size = sum(times.values()), max([abs(target.estimate), abs(target.level), *(abs(a) for a, _ in times)])

    def count(effect: Fraction, side: str) -> int:
        own = target.estimate - effect
        largest = max(size, abs(effect))
        bar = _sided(own, side) - (TIE * max(abs(own), largest) if ties else 0)
        near, at, moved = NEAR * float(largest), float(bar), float(effect)
        found = 0
        for a, b, exact_a, exact_b, often in rows:
            gap = _sided(a - moved * b, side) - at
            if gap > near or (gap >= -near and _sided(exact_a - effect * exact_b, side) >= bar):
                found += often
        return found

    def test(contrast: str, null: float | Fraction, side: str) -> Fraction:
        value = null if isinstance(null, Fraction) else Fraction(repr(float(null)))
        if contrast == "difference" or value == 1:
            extreme = count(value if contrast == "difference" else Fraction(0), side)
        else:
            slope = 1 - target.share + value * target.share
            if slope > 0:
                extreme = count(target.level * (value - 1) / slope, side)
            else:
                extreme = sum(often for _, _, a, b, often in rows if _beyond(a, b, target.estimate, side, ties=ties))
        return Fraction(max(extreme, 1), total) if listed else Fraction(1 + extreme, 1 + total)

    return test


def _sided(value: Number, side: str) -> Number:
    """Return what is larger where it is more extreme."""
    return abs(value) if side == "two-sided" else -value if side == "less" else value


def _beyond(a: Fraction, b: Fraction, estimate: Fraction, side: str, *, ties: bool) -> bool:
    """Return whether A - τB is as extreme as the estimate less τ for every τ far below zero."""
    slope, sign = (abs(b), 1 if b > 0 else -1) if side == "two-sided" else (b, 1)
    gap = slope - 1
    if abs(gap) > (TIE if ties else 0):
        return gap > 0 if side != "less" else gap < 0
    ahead = sign * a - estimate
    return ahead <= 0 if side == "less" else ahead >= 0
