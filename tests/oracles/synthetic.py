"""Synthetic control and its difference-in-differences in fractions: every set of donors, by Lagrange's conditions."""

from __future__ import annotations

import math
from fractions import Fraction as F
from itertools import combinations, pairwise


def solve(rows, right):
    """Any solution of a linear system in fractions, free unknowns zero; None when there is none."""
    table = [[*map(F, row), F(value)] for row, value in zip(rows, right, strict=True)]
    n, pivots, at = len(table[0]) - 1, [], 0
    for column in range(n):
        pivot = next((i for i in range(at, len(table)) if table[i][column]), None)
        if pivot is None:
            continue
        table[at], table[pivot] = table[pivot], table[at]
        table[at] = [value / table[at][column] for value in table[at]]
        for i, row in enumerate(table):
            if i != at and row[column]:
                table[i] = [a - row[column] * b for a, b in zip(row, table[at], strict=True)]
        pivots.append(column)
        at += 1
    if any(row[-1] for row in table[at:]):
        return None
    found = [F(0)] * n
    for i, column in enumerate(pivots):
        found[column] = table[i][-1]
    return found


def dot(a, b):
    return sum((x * y for x, y in zip(a, b, strict=True)), F(0))


def supports(n):
    return [chosen for size in range(1, n + 1) for chosen in combinations(range(n), size)]


def spread_out(chosen, part, n):
    full = [F(0)] * n
    for j, weight in zip(chosen, part, strict=True):
        full[j] = weight
    return full


def nearest(columns, target, ridge=F(0)):
    """The simplex weights nearest to the target, of several those of least norm."""
    best = some_nearest(columns, target, ridge)
    return least_norm(columns, best) if not ridge else best


def some_nearest(columns, target, ridge=F(0)):
    """Simplex weights nearest to the target; where several are, all have the same fitted values.

    On a support S: 2(A_S'A_S + ridge)w + mu = 2A_S'b, sum w = 1.
    """
    n, candidates = len(columns), []
    products = [[dot(one, other) + (ridge if one is other else 0) for other in columns] for one in columns]
    right = [dot(column, target) for column in columns]
    for chosen in supports(n):
        rows = [[products[i][j] for j in chosen] + [F(1)] for i in chosen]
        rows.append([F(1)] * len(chosen) + [F(0)])
        found = solve(rows, [right[i] for i in chosen] + [F(1)])
        if found is not None and min(found[:-1]) >= 0:
            weights = spread_out(chosen, found[:-1], n)
            candidates.append((objective(columns, target, weights, ridge), weights))
    return min(candidates)[1]


def objective(columns, target, weights, ridge=F(0)):
    fitted = [dot(row, weights) for row in zip(*columns, strict=True)]
    gaps = [a - b for a, b in zip(fitted, target, strict=True)]
    return dot(gaps, gaps) + ridge * dot(weights, weights)


def least_norm(columns, weights):
    """The point of least norm with the same fitted values: on a support, w = C'm with CC'm = d."""
    n, candidates = len(columns), []
    right = [*(dot(row, weights) for row in zip(*columns, strict=True)), F(1)]
    for chosen in supports(n):
        rows = [*([columns[j][t] for j in chosen] for t in range(len(columns[0]))), [F(1)] * len(chosen)]
        multipliers = solve([[dot(a, b) for b in rows] for a in rows], right)
        if multipliers is None:
            continue
        part = [dot(multipliers, [row[k] for row in rows]) for k in range(len(chosen))]
        if min(part) >= 0:
            full = spread_out(chosen, part, n)
            candidates.append((dot(full, full), full))
    return min(candidates)[1]


def mean(values):
    return sum(values, F(0)) / len(values)


def centred(values):
    return [value - mean(values) for value in values]


def synthetic_control(treated, donors, before):
    """(effect, weights) of a path against paths, of fractions, with `before` periods before."""
    weights = nearest([path[:before] for path in donors], treated[:before])
    gaps = [y - dot(weights, row) for y, row in zip(treated, zip(*donors, strict=True), strict=True)]
    return mean(gaps[before:]), weights


def synthetic_differences(treated, donors, before, n_treated=1):
    """(effect, unit weights, time weights)."""
    steps = [b - a for path in donors for a, b in pairwise(path[:before])]
    variance = dot(centred(steps), centred(steps)) / (len(steps) - 1)
    ridge = F(math.sqrt(n_treated * (len(treated) - before))) * variance * before
    units = nearest([centred(path[:before]) for path in donors], centred(treated[:before]), ridge)
    after = [mean(path[before:]) for path in donors]
    periods = [centred([path[t] for path in donors]) for t in range(before)]
    times = nearest(periods, centred(after))
    own = mean(treated[before:]) - dot(times, treated[:before])
    theirs = [a - dot(times, path[:before]) for a, path in zip(after, donors, strict=True)]
    return own - dot(units, theirs), units, times
