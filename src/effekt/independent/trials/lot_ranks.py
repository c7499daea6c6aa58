"""Second route to the p of randomisation inference, from the statistic A - τB under every assignment, or drawn ones.

p is the share of assignments under which A - τB is as extreme as under the actual one, of drawn ones (1 + b)/(1 + R):
Fisher (1935); Rosenbaum (2002), section 2.4. There A is the estimate and B the exposure C: 1 but where the weights of
an arm do not sum to one, as those of Horvitz and Thompson. A ratio ρ is tested by the τ that makes ρ the ratio of the
target's means with and without treatment. Differences in plain means are compared as fractions; where means are
adjusted or weighted those within 1e-12 of the largest statistic, the mean outcome or the null are ties
(docs/conventions.md). The set of what is kept ends at a root of |A - τB| = |estimate - τC|, and no tie widens it: that
would be by a share of the level of the outcome. Only an A as good as the estimate or its opposite, or a B as good as
±C, is taken for that one.
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
Tests = dict[str, object]
"""``test`` gives the p of a null, ``test_of_ends`` that by which the set ends; ``without_ratio`` says that no ratio is
tested but that of no effect, as the mean outcome is not above zero."""


class Target(NamedTuple):
    """The estimate, the mean outcome and the share treated of those it is about, and the exposure of the actual lot."""

    estimate: Fraction
    level: Fraction
    share: Fraction
    exposure: Fraction = Fraction(1)

    def less(self, effect: Fraction) -> Fraction:
        """Return the statistic of the actual lot under a null."""
        return self.estimate - effect * self.exposure


def ranked(pairs: Iterable[Pair], target: Target, *, listed: bool, ties: bool) -> Tests:
    """Return the tests of a null: of a contrast ("difference", "ratio"), its value and the alternative.

    ``ties`` says that statistics within 1e-12 are tied.
    """
    times = Counter(pairs)
    if not ties:
        test = _test(times, target, listed=listed, slack=None)
        return {"test": test, "test_of_ends": test, "without_ratio": target.level <= 0}
    size = max([abs(target.estimate), abs(target.level), *(abs(a) for a, _ in times)])
    joined: Counter[Pair] = Counter()
    for (a, b), often in times.items():
        joined[as_good_as(a, b, target.estimate, TIE * size, target.exposure)] += often
    return {
        "test": _test(times, target, listed=listed, slack=size),
        "test_of_ends": _test(joined, target, listed=listed, slack=None),
        "without_ratio": target.level <= 0,
    }


def as_good_as(
    a: Number, b: Number, estimate: Number, close: Number, exposure: Fraction = Fraction(1)
) -> tuple[Number, Number]:
    """Return A and B, or ± the estimate and ± the actual exposure in place of what is as good as these."""
    exposed = next((sign for sign in (1, -1) if abs(b - sign * exposure) <= TIE * exposure), None)
    signs = (1, -1) if exposed is None else (exposed,)
    found = next((sign * estimate for sign in signs if abs(a - sign * estimate) <= close), a)
    return found, b if exposed is None else type(b)(exposed * exposure)


def _test(times: Counter[Pair], target: Target, *, listed: bool, slack: Fraction | None) -> Test:
    """Return the test of a null, in which what is within 1e-12 of ``slack``, or of the null, is tied."""
    rows = [(float(a), float(b), a, b, often) for (a, b), often in times.items()]
    total, ties = sum(times.values()), slack is not None
    reach = max([abs(float(target.estimate)), *(abs(a) for a, *_ in rows)])
    exposure = max([float(target.exposure), *(abs(b) for _, b, *_ in rows)])

    def count(effect: Fraction, side: str) -> int:
        own = target.less(effect)
        bar = _sided(own, side) - (0 if slack is None else TIE * max(abs(own), slack, abs(effect)))
        at, moved = float(bar), float(effect)
        near = NEAR * (reach + abs(moved) * exposure)
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
                extreme = sum(often for _, _, a, b, often in rows if beyond(a, b, target, side, ties=ties))
        return Fraction(max(extreme, 1), total) if listed else Fraction(1 + extreme, 1 + total)

    return test


def _sided(value: Number, side: str) -> Number:
    """Return what is larger where it is more extreme."""
    return abs(value) if side == "two-sided" else -value if side == "less" else value


def beyond(a: Fraction, b: Fraction, target: Target, side: str, *, ties: bool) -> bool:
    """Return whether A - τB is as extreme as under the actual lot for every τ far below zero."""
    slope, sign = (abs(b), 1 if b > 0 else -1) if side == "two-sided" else (b, 1)
    gap = slope - target.exposure
    if abs(gap) > (TIE * target.exposure if ties else 0):
        return gap > 0 if side != "less" else gap < 0
    ahead = sign * a - target.estimate
    return ahead <= 0 if side == "less" else ahead >= 0
