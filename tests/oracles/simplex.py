"""Programmes on the simplex, with ridge and costs, in fractions: every support is tried, and the best point kept.

With them the variants of the synthetic control: penalised, and augmented by a ridge regression.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

Vector = list[Fraction]
Matrix = list[Vector]


def exact(rows):
    """Nested numbers as fractions."""
    return [[Fraction(x) for x in row] for row in rows]


def solutions(matrix: Matrix, right: Vector) -> Vector | None:
    """One solution of a linear system, free variables 0; None where there is none."""
    rows = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    n, pivots, at = len(matrix[0]), [], 0
    for column in range(n):
        best = next((i for i in range(at, len(rows)) if rows[i][column] != 0), None)
        if best is None:
            continue
        rows[at], rows[best] = rows[best], rows[at]
        rows[at] = [x / rows[at][column] for x in rows[at]]
        for i in range(len(rows)):
            if i != at and rows[i][column] != 0:
                factor = rows[i][column]
                rows[i] = [x - factor * y for x, y in zip(rows[i], rows[at], strict=True)]
        pivots.append(column)
        at += 1
    if any(row[-1] != 0 for row in rows[at:]):
        return None
    found = [Fraction(0)] * n
    for i, column in enumerate(pivots):
        found[column] = rows[i][-1]
    return found


def dot(a, b):
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def supports(n):
    for size in range(1, n + 1):
        yield from combinations(range(n), size)


def objective(design, target, ridge, costs, w):
    misfit = [dot(row, w) - b for row, b in zip(design, target, strict=True)]
    return dot(misfit, misfit) + ridge * dot(w, w) + 2 * dot(costs, w)


def simplex(design: Matrix, target: Vector, ridge: Fraction = Fraction(0), costs: Vector | None = None) -> Vector:
    """argmin |Aw − b|² + ρ|w|² + 2d'w over the simplex; of several the least |w|²."""
    n = len(design[0])
    paid = costs or [Fraction(0)] * n
    best, value = None, None
    for support in supports(n):
        s = len(support)
        gram = [
            [sum(row[i] * row[j] for row in design) + (ridge if i == j else 0) for j in support] + [Fraction(1)]
            for i in support
        ]
        right = [sum(row[i] * b for row, b in zip(design, target, strict=True)) - paid[i] for i in support]
        found = solutions([*gram, [Fraction(1)] * s + [Fraction(0)]], [*right, Fraction(1)])
        if found is None or min(found[:s]) < 0:
            continue
        w = [Fraction(0)] * n
        for place, i in enumerate(support):
            w[i] = found[place]
        reached = objective(design, target, ridge, paid, w)
        if value is None or reached < value:
            best, value = w, reached
    return least_norm(design, paid, best)


def least_norm(design: Matrix, costs: Vector, w: Vector) -> Vector:
    """The least |v|² with Av = Aw, d'v = d'w, Σv = 1 and v ≥ 0."""
    n = len(w)
    rules = [*design, costs, [Fraction(1)] * n]
    wanted = [dot(row, w) for row in rules]
    best = w
    for support in supports(n):
        own = [[row[i] for i in support] for row in rules]
        dual = solutions([[dot(a, b) for b in own] for a in own], wanted)
        if dual is None:
            continue
        v = [Fraction(0)] * n
        for place, i in enumerate(support):
            v[i] = sum((y * row[place] for y, row in zip(dual, own, strict=True)), Fraction(0))
        if min(v) >= 0 and [dot(row, v) for row in rules] == wanted and dot(v, v) < dot(best, best):
            best = v
    return best


def mean(values):
    values = list(values)
    return sum(values, Fraction(0)) / len(values)


def gap(y, donors, w, n_before):
    """Mean of y − Σ w_j Y_j after treatment; `donors` are rows of periods."""
    return mean(y[t] - dot(donors[t], w) for t in range(n_before, len(y)))


def control(y, donors, n_before, penalty=None):
    """(effect, weights) of the classic synthetic control, or the penalised one."""
    y, donors = [Fraction(v) for v in y], exact(donors)
    before, aim = donors[:n_before], y[:n_before]
    costs = None
    if penalty is not None:
        costs = [
            Fraction(penalty) / 2 * sum((row[j] - b) ** 2 for row, b in zip(before, aim, strict=True))
            for j in range(len(donors[0]))
        ]
    w = simplex(before, aim, costs=costs)
    return gap(y, donors, w, n_before), w


def augmented(y, donors, n_before, ridge):
    """(effect, weights) with the ridge correction of the classic weights."""
    _, w = control(y, donors, n_before)
    y, donors = [Fraction(v) for v in y], exact(donors)
    centred = [[x - mean(row) for x in row] for row in donors[:n_before]]
    misfit = [b - dot(row, w) for row, b in zip(donors[:n_before], y[:n_before], strict=True)]
    inner = [
        [dot(a, b) + (Fraction(ridge) if i == k else 0) for k, b in enumerate(centred)] for i, a in enumerate(centred)
    ]
    multiplier = solutions(inner, misfit)
    w = [own + dot(multiplier, [row[j] for row in centred]) for j, own in enumerate(w)]
    return gap(y, donors, w, n_before), w
