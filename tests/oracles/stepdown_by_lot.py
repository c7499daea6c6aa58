"""Romano and Wolf's stepdown by randomisation, one assignment and one step at a time, in exact fractions where it can.

Romano & Wolf (2005), doi:10.1198/016214504000000539: the most extreme outcome is held against the largest statistic of
all, then left out, and so on. Statistics are differences in means over the root mean square of those of all
assignments. Shares no code with effekt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

Assignment = Sequence[int]


def difference(outcome: Sequence[Fraction], treated: Assignment) -> Fraction:
    """Mean of the treated less mean of the others."""
    ones = [y for y, d in zip(outcome, treated, strict=True) if d]
    zeros = [y for y, d in zip(outcome, treated, strict=True) if not d]
    return sum(ones, Fraction(0)) / len(ones) - sum(zeros, Fraction(0)) / len(zeros)


def squares(
    outcome: Sequence[Fraction], actual: Assignment, others: Sequence[Assignment]
) -> tuple[Fraction, list[Fraction]]:
    """The square of the actual statistic and of each other one, in units of their mean square over `others`."""
    effects = [difference(outcome, treated) ** 2 for treated in others]
    mean = sum(effects, Fraction(0)) / len(effects)
    return difference(outcome, actual) ** 2 / mean, [effect / mean for effect in effects]


def studentised_squares(
    outcome: Sequence[Fraction], actual: Assignment, others: Sequence[Assignment]
) -> tuple[Fraction, list[Fraction]]:
    """The square of the difference over Neyman's variance; one without variance is more than any."""

    def square(treated: Assignment) -> Fraction:
        variance = Fraction(0)
        for arm in (0, 1):
            own = [y for y, d in zip(outcome, treated, strict=True) if d == arm]
            mean = sum(own, Fraction(0)) / len(own)
            variance += sum(((y - mean) ** 2 for y in own), Fraction(0)) / (len(own) - 1) / len(own)
        return difference(outcome, treated) ** 2 / variance if variance else Fraction(10**30)

    return square(actual), [square(treated) for treated in others]


def adjusted(
    outcomes: Sequence[Sequence[Fraction]],
    actual: Assignment,
    others: Sequence[Assignment],
    squares: Callable[..., tuple[Fraction, list[Fraction]]] = squares,
) -> list[Fraction]:
    """An adjusted p for each outcome, by all possible assignments (the actual one among them)."""
    found = [squares(outcome, actual, others) for outcome in outcomes]
    left = sorted(range(len(outcomes)), key=lambda j: -found[j][0])
    p: dict[int, Fraction] = {}
    largest = Fraction(0)
    while left:
        first = left[0]
        extreme = sum(max(found[j][1][r] for j in left) >= found[first][0] for r in range(len(others)))
        largest = max(largest, Fraction(extreme, len(others)))
        p[first] = largest
        left = left[1:]
    return [p[j] for j in range(len(outcomes))]
