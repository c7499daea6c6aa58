"""The set of a wild bootstrap of two arms of clusters: every sign at every null of a grid, in exact arithmetic.

A level is out of reach where no outcomes at all have a p as small as α. All clusters turned the same way leave t as it
is, or turn its sign: of two sides 2 of the 2^G draws are always as extreme, of one side 1, and where the arms lie far
apart no others are.
"""

from __future__ import annotations

from fractions import Fraction

from oracles.wild_bootstrap import ExactMeans

STEPS = ("-40", "-9", "-4", "-2.3", "-1.4", "-0.9", "-0.6", "-0.3", "-0.1")  # of standard errors from the estimate


class WildSets:
    """p at nulls around the estimate and far from it, and the smallest p that any outcomes have."""

    def __init__(self, treated: list[list[int]], controls: list[list[int]]) -> None:
        self.clusters = len(treated) + len(controls)
        self.exact = ExactMeans(treated, controls)

    def nulls(self, contrast: str, estimate: float, scale: float) -> list[float]:
        """The grid: both ways from the estimate by so many standard errors, some beside it, and 0."""
        steps = [sign * float(step) for step in STEPS for sign in (1, -1)]
        return sorted({0.0, *(estimate + scale * step for step in steps)})

    def p(self, contrast: str, null: float) -> dict[str, Fraction]:
        """By alternative."""
        return self.exact.p(contrast, Fraction(null))

    def least_by_design(self, alternative: str) -> Fraction:
        """The smallest p that any outcomes can have."""
        return Fraction(2 if alternative == "two-sided" else 1, 2**self.clusters)
