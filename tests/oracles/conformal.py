"""P-values by cyclic moves of residuals, in fractions: every set of donors, every move, one null at a time."""

from __future__ import annotations

from fractions import Fraction as F

from oracles.synthetic import dot, some_nearest


def residuals(treated, donors, before, null):
    """The treated path less the null from the first treated period on, less the mixture nearest to it over all."""
    aim = [y - (null if t >= before else 0) for t, y in enumerate(treated)]
    weights = some_nearest(donors, aim)
    return [y - dot(row, weights) for y, row in zip(aim, zip(*donors, strict=True), strict=True)]


def p_values(treated, donors, before, null):
    """The share of moves whose sum over the periods after is as extreme as that of the residuals where they stand."""
    found = residuals(treated, donors, before, null)
    count = len(found)
    sums = [sum(found[(t + move) % count] for t in range(before, count)) for move in range(count)]
    sizes = {"two-sided": [abs(one) for one in sums], "greater": sums, "less": [-one for one in sums]}
    return {side: F(sum(one >= own[0] for one in own), count) for side, own in sizes.items()}
