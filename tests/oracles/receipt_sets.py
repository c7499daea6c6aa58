"""The set of effects on compliers by randomisation: every assignment and every effect, in exact arithmetic.

With A and B the effects of assignment on outcome and on receipt, p of τ is the share of assignments with
|A − τB| ≥ |â − τb̂| (Imbens & Rosenbaum 2005). It changes at roots of A − τB = ±(â − τb̂) alone, so that its values at
all roots, between each two, below the first and above the last are all there are. Shares no code with effekt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from oracles.randomization_inference import Assignment, assignments, difference_in_means

Piece = tuple[Fraction | None, Fraction | None]


class ReceiptSets:
    """p of every effect and the sets of those that are kept; one end of a piece that is None is infinite."""

    def __init__(self, outcome: Sequence[Fraction], assigned: Assignment, taken: Sequence[int]) -> None:
        receipt = [Fraction(one) for one in taken]
        drawn = assignments(len(assigned), sum(assigned))
        self.pairs = Counter((difference_in_means(outcome, z), difference_in_means(receipt, z)) for z in drawn)
        self.actual = difference_in_means(outcome, assigned), difference_in_means(receipt, assigned)
        self.count = len(drawn)
        self.opposite = 2 * sum(assigned) == len(assigned)  # that of each assignment is possible

    def p(self, effect: Fraction, alternative: str) -> Fraction:
        """The share of assignments that are at least as extreme."""
        y, d = self.actual
        own = y - effect * d
        held = {
            "two-sided": lambda one: abs(one) >= abs(own),
            "greater": lambda one: one >= own,
            "less": lambda one: one <= own,
        }[alternative]
        return Fraction(sum(often for (a, b), often in self.pairs.items() if held(a - effect * b)), self.count)

    def least_by_design(self, alternative: str) -> Fraction:
        """The smallest p that any outcomes can have: the assignment itself, and of two sides its opposite."""
        return Fraction(2 if alternative == "two-sided" and self.opposite else 1, self.count)

    def everywhere(self, alternative: str) -> list[tuple[Piece, Fraction]]:
        """Each root and each open stretch, from low to high, with its p."""
        y, d = self.actual
        signs = (1, -1) if alternative == "two-sided" else (1,)
        roots = sorted({(a - s * y) / (b - s * d) for a, b in self.pairs for s in signs if b != s * d})
        if not roots:
            return [((None, None), self.p(Fraction(0), alternative))]
        found: list[tuple[Piece, Fraction]] = [((None, roots[0]), self.p(roots[0] - 1, alternative))]
        for low, high in pairwise(roots):
            found.append(((low, low), self.p(low, alternative)))
            found.append(((low, high), self.p((low + high) / 2, alternative)))
        found.append(((roots[-1], roots[-1]), self.p(roots[-1], alternative)))
        return [*found, ((roots[-1], None), self.p(roots[-1] + 1, alternative))]

    def kept(self, alpha: Fraction, alternative: str) -> list[Piece]:
        """Every effect with p > α."""
        pieces: list[Piece] = []
        joined = False
        for (low, high), p in self.everywhere(alternative):
            if p > alpha:
                pieces.append((pieces.pop()[0] if joined else low, high))
            joined = p > alpha
        return pieces
