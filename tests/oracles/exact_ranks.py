"""Ranks by fractions, from the definitions: every assignment, and every placebo unit, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations


def share_as_extreme(drawn: Iterable[Fraction], own: Fraction, side: str, beyond: int) -> Fraction:
    """(beyond + #{as extreme}) / (beyond + #drawn)."""
    listed = list(drawn)
    extreme = {
        "two-sided": [abs(one) >= abs(own) for one in listed],
        "greater": [one >= own for one in listed],
        "less": [one <= own for one in listed],
    }[side]
    return Fraction(beyond + sum(extreme), beyond + len(listed))


def trial_p(clusters: Sequence[tuple[Sequence[Fraction], int]], null: Fraction, side: str) -> Fraction:
    """P of a constant effect where clusters (outcomes, arm) were drawn, by the difference in means of their rows."""
    untreated = [[y - null * arm for y in outcomes] for outcomes, arm in clusters]

    def difference(chosen: Sequence[int]) -> Fraction:
        ones = [y for i in chosen for y in untreated[i]]
        zeros = [y for i in range(len(untreated)) if i not in chosen for y in untreated[i]]
        return sum(ones, Fraction(0)) / len(ones) - sum(zeros, Fraction(0)) / len(zeros)

    actual = [i for i, (_, arm) in enumerate(clusters) if arm]
    every = combinations(range(len(clusters)), len(actual))
    return share_as_extreme(map(difference, every), difference(actual), side, 0)


def placebo_p(own: Fraction, others: Sequence[Fraction], null: Fraction, side: str) -> Fraction:
    """P of a difference of the treated among the placebos' differences."""
    return share_as_extreme(others, own - null, side, 1)


def placebo_ratio_p(own: Fraction, others: Sequence[Fraction], null: Fraction, side: str) -> Fraction:
    """The same of ratios: log r is as extreme as log q where r or 1/r is beyond q and 1/q, so r beyond both of them."""
    at = own / null
    if side == "two-sided":
        high = max(at, 1 / at)
        extreme = [one >= high or one <= 1 / high for one in others]
    else:
        extreme = [one >= at if side == "greater" else one <= at for one in others]
    return Fraction(1 + sum(extreme), 1 + len(others))
