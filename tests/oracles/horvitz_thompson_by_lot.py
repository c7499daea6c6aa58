"""Fisher's test of a constant effect by Horvitz and Thompson's difference, in fractions, over given assignments.

Under the null of an effect τ for everyone the outcomes without treatment are y - τd whatever was drawn (Rosenbaum 2002,
section 2.4): the statistic is computed anew on these, for the actual assignment as for the others. Shares no code with
effekt.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

Assignment = Sequence[int]


def difference(outcome: Sequence[Fraction], treated: Assignment, chances: Sequence[Fraction]) -> Fraction:
    """Σ y/p of the treated less Σ y/(1 − p) of the others, over all."""
    total = Fraction(0)
    for y, d, p in zip(outcome, treated, chances, strict=True):
        total += y / p if d else -y / (1 - p)
    return total / len(outcome)


def as_extreme(
    outcome: Sequence[Fraction],
    actual: Assignment,
    others: Iterable[Assignment],
    chances: Sequence[Fraction],
    effect: Fraction,
    side: str,
) -> list[bool]:
    """Which of the other assignments are at least as extreme as the actual one under an effect for everyone."""
    untreated = [y - effect * d for y, d in zip(outcome, actual, strict=True)]

    def statistic(treated: Assignment) -> Fraction:
        value = difference(untreated, treated, chances)
        return abs(value) if side == "two-sided" else value if side == "greater" else -value

    observed = statistic(actual)
    return [statistic(other) >= observed for other in others]


def every(chances: Sequence[Fraction]) -> Iterator[tuple[tuple[int, ...], Fraction]]:
    """All assignments of units drawn independently, and the probability of each."""
    for treated in itertools.product((0, 1), repeat=len(chances)):
        share = Fraction(1)
        for d, p in zip(treated, chances, strict=True):
            share *= p if d else 1 - p
        yield treated, share
