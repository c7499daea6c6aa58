"""Adjusted effects under every assignment of a small trial, in fractions: normal equations solved by elimination.

Regressions are those of Lin (2013, section 3, doi:10.1214/12-AOAS583) and of one common line, with a column for every
block but the first, and those over pairs of Fogarty (2018, doi:10.1093/biomet/asy034). Shares no code with effekt.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

Column = Sequence[Fraction]
Assignment = Sequence[int]


def every(groups: Sequence[int], treated: Assignment) -> Iterator[tuple[int, ...]]:
    """All choices of as many treated in each group."""
    choices = []
    for group in sorted(set(groups)):
        inside = [i for i, own in enumerate(groups) if own == group]
        choices.append(itertools.combinations(inside, sum(treated[i] for i in inside)))
    for chosen in itertools.product(*map(list, choices)):
        ones = set(itertools.chain(*chosen))
        yield tuple(int(i in ones) for i in range(len(groups)))


def coefficients(rows: Sequence[Column], outcome: Column, weights: Column) -> list[Fraction] | None:
    """Those of weighted least squares; None where they are not unique."""
    k = len(rows[0])
    table = [
        [sum(w * r[i] * r[j] for r, w in zip(rows, weights, strict=True)) for j in range(k)]
        + [sum(w * r[i] * y for r, y, w in zip(rows, outcome, weights, strict=True))]
        for i in range(k)
    ]
    for i in range(k):
        pivot = next((row for row in range(i, k) if table[row][i]), None)
        if pivot is None:
            return None
        table[i], table[pivot] = table[pivot], table[i]
        for row in range(k):
            if row != i and table[row][i]:
                factor = Fraction(table[row][i]) / table[i][i]
                table[row] = [a - factor * b for a, b in zip(table[row], table[i], strict=True)]
    return [Fraction(table[i][k]) / table[i][i] for i in range(k)]


def _regressors(covariates: Sequence[Column], groups: Sequence[int]) -> list[list[Fraction]]:
    later = sorted(set(groups))[1:]
    return [
        [Fraction(1), *(Fraction(group == one) for one in later), *(x[i] for x in covariates)]
        for i, group in enumerate(groups)
    ]


def additive(
    outcome: Column, treated: Assignment, covariates: Sequence[Column], groups: Sequence[int], weights: Column
) -> Fraction | None:
    """The coefficient of treatment in one regression."""
    rows = [[Fraction(d), *row] for d, row in zip(treated, _regressors(covariates, groups), strict=True)]
    found = coefficients(rows, outcome, weights)
    return None if found is None else found[0]


def lin(
    outcome: Column,
    treated: Assignment,
    covariates: Sequence[Column],
    groups: Sequence[int],
    weights: Column,
    *,
    att: bool = False,
) -> Fraction | None:
    """A regression in each arm, read at the mean of everyone's regressors, or of the treated's."""
    rows = _regressors(covariates, groups)
    read = [w * d if att else w for w, d in zip(weights, treated, strict=True)]
    middle = [sum(w * row[i] for row, w in zip(rows, read, strict=True)) / sum(read) for i in range(len(rows[0]))]
    means = []
    for arm in (1, 0):
        own = [i for i, d in enumerate(treated) if d == arm]
        found = coefficients([rows[i] for i in own], [outcome[i] for i in own], [weights[i] for i in own])
        if found is None:
            return None
        means.append(sum(b * m for b, m in zip(found, middle, strict=True)))
    return means[0] - means[1]


def lin_by_block(
    outcome: Column, treated: Assignment, covariates: Sequence[Column], groups: Sequence[int]
) -> Fraction | None:
    """That regression in each block alone, the blocks by their shares of everyone."""
    parts = []
    for group in sorted(set(groups)):
        own = [i for i, one in enumerate(groups) if one == group]
        inside = [[x[i] for i in own] for x in covariates]
        ones = [Fraction(1)] * len(own)
        found = lin([outcome[i] for i in own], [treated[i] for i in own], inside, [0] * len(own), ones)
        if found is None:
            return None
        parts.append(found * Fraction(len(own), len(groups)))
    return sum(parts, Fraction(0))


def over_pairs(
    outcome: Column, treated: Assignment, covariates: Sequence[Column], *, with_means: bool
) -> Fraction | None:
    """The constant of the pairs' differences; units 2j and 2j + 1 are pair j."""
    pairs = range(0, len(outcome), 2)
    sign = [Fraction(1 if treated[i] else -1) for i in pairs]
    differences = [s * (outcome[i] - outcome[i + 1]) for s, i in zip(sign, pairs, strict=True)]
    sums = [[x[i] + x[i + 1] for i in pairs] for x in covariates]
    rows = [
        [Fraction(1), *(s * (x[i] - x[i + 1]) for x in covariates)]
        + [own[j] - sum(own) / len(own) for own in sums if with_means]
        for j, (s, i) in enumerate(zip(sign, pairs, strict=True))
    ]
    found = coefficients(rows, differences, [Fraction(1)] * len(rows))
    return None if found is None else found[0]


def exact_p(
    statistic: Callable[[Column, Assignment], Fraction | None],
    outcome: Column,
    actual: Assignment,
    assignments: Iterator[Assignment],
    effect: Fraction,
) -> Fraction | None:
    """The share of the assignments with a statistic that are as extreme, either way; None without an actual one."""
    untreated = [y - effect * d for y, d in zip(outcome, actual, strict=True)]
    observed = statistic(untreated, actual)
    if observed is None:
        return None
    found = [one for one in (statistic(untreated, drawn) for drawn in assignments) if one is not None]
    return Fraction(sum(abs(one) >= abs(observed) for one in found), len(found))
