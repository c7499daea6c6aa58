"""Second route from draws of the two means to p-values and bounds, by their quantiles of type 7.

Hyndman & Fan (1996), doi:10.2307/2684934: of sorted x₀ … x_last the quantile at q lies q·last of the way along them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from fractions import Fraction

Numbers = Mapping[str, object]


def drawn(numbers: Numbers, contrast: str) -> list[float] | None:
    """Return the sorted contrasts of the draws; None where one of them has no ratio."""
    pairs = numbers["draws"]
    assert isinstance(pairs, list)
    if contrast == "ratio" and min(c for _, c in pairs) <= 0:
        return None
    return sorted(t - c if contrast == "difference" else t / c for t, c in pairs)


def draws_p(numbers: Numbers, contrast: str, null: float, side: str) -> float:
    """Return the α at which the interval ends at the null; of no effect that of the difference."""
    if contrast == "ratio" and null == 1:
        contrast, null = "difference", 0.0
    values = drawn(numbers, contrast) or []
    last, left, right = len(values) - 1, bisect_left(values, null), bisect_right(values, null)
    if right == 0 or left > last:
        below = 0.0 if right == 0 else 1.0
        above = 1 - below
    elif right > left:
        below, above = (right - 1) / last, 1 - left / last
    else:
        below = (left - 1 + (null - values[left - 1]) / (values[left] - values[left - 1])) / last
        above = 1 - below
    tail = {"greater": below, "less": above, "two-sided": min(1.0, 2 * min(below, above))}[side]
    return max(tail, 1 / (len(values) + 1))


def draws_end(numbers: Numbers, contrast: str, alpha: Fraction, side: str, *, downwards: bool) -> float | None:
    """Return an end of the interval; None without one."""
    values = drawn(numbers, contrast)
    if values is None or alpha * (len(values) + 1) < 1 or side == ("less" if downwards else "greater"):
        return None
    tail = float(alpha) / (2 if side == "two-sided" else 1)
    along = (len(values) - 1) * (tail if downwards else 1 - tail)
    place = min(int(along), len(values) - 2)
    return values[place] + (along - place) * (values[place + 1] - values[place])
