"""Randomisation inference for a constant effect, by listing every assignment in exact arithmetic.

Under the null of a constant effect τ₀ the untreated outcomes are y − τ₀·d whatever was assigned, so the difference in
means can be computed for every other assignment (Fisher 1935; Rosenbaum 2002, section 2.4). Shares no code with effekt.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction

Assignment = tuple[int, ...]


def assignments(n: int, n_treated: int) -> list[Assignment]:
    """Every way to treat `n_treated` of `n` units."""
    return [tuple(int(unit in chosen) for unit in range(n)) for chosen in itertools.combinations(range(n), n_treated)]


def difference_in_means(outcome: Sequence[Fraction], treated: Assignment) -> Fraction:
    """Mean of the treated less mean of the others."""
    ones = [y for y, d in zip(outcome, treated, strict=True) if d]
    zeros = [y for y, d in zip(outcome, treated, strict=True) if not d]
    return sum(ones, Fraction(0)) / len(ones) - sum(zeros, Fraction(0)) / len(zeros)


def count_extreme(
    outcome: Sequence[Fraction],
    actual: Assignment,
    drawn: Iterable[Assignment],
    effect: Fraction,
    alternative: str,
) -> int:
    """How many drawn assignments give a statistic at least as extreme as the actual one."""
    untreated = [y - effect * d for y, d in zip(outcome, actual, strict=True)]
    observed = difference_in_means(untreated, actual)
    extreme = 0
    for assignment in drawn:
        statistic = difference_in_means(untreated, assignment)
        if alternative == "two-sided":
            extreme += abs(statistic) >= abs(observed)
        elif alternative == "greater":
            extreme += statistic >= observed
        else:
            extreme += statistic <= observed
    return extreme


def exact_p(outcome: Sequence[Fraction], actual: Assignment, effect: Fraction, alternative: str) -> Fraction:
    """The share of all assignments that are at least as extreme."""
    every = assignments(len(actual), sum(actual))
    return Fraction(count_extreme(outcome, actual, every, effect, alternative), len(every))


def sampled_p(
    outcome: Sequence[Fraction],
    actual: Assignment,
    drawn: Sequence[Assignment],
    effect: Fraction,
    alternative: str,
) -> Fraction:
    """(b + 1) / (R + 1) with R drawn assignments."""
    return Fraction(count_extreme(outcome, actual, drawn, effect, alternative) + 1, len(drawn) + 1)


def ratio_effect(outcome: Sequence[Fraction], actual: Assignment, ratio: Fraction) -> Fraction:
    """The constant effect τ with (mean untreated outcome + τ) / mean untreated outcome = ratio."""
    n, n_treated = len(outcome), sum(actual)
    total = sum(outcome, Fraction(0))
    # m = (total − τ·n_treated) / n and τ = (ratio − 1)·m
    return (ratio - 1) * total / (n + (ratio - 1) * n_treated)
