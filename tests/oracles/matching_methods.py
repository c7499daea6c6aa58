"""Slow, obvious versions of the other matching methods: every way is tried, one line per definition.

Sets and weights: Imbens & Rubin (2015, doi:10.1017/CBO9781139025751), chapter 17. Optimal pairs: Rosenbaum (1989,
doi:10.1080/01621459.1989.10478868). Full matching: Rosenbaum (1991, doi:10.1111/j.2517-6161.1991.tb01848.x). Robust
Mahalanobis distance: Rosenbaum (2010, doi:10.1007/978-1-4419-1213-8), section 8.3.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
from oracles.matching import is_tied


def sets_by(labels, treated):
    """{label: ([treated rows], [control rows])} of the labels that both arms have."""
    found = {}
    for row, label in enumerate(labels):
        found.setdefault(label, ([], []))[0 if treated[row] else 1].append(row)
    return {label: arms for label, arms in found.items() if arms[0] and arms[1]}


def weights(sets, n, estimand):
    """n_s-weights: a set counts for its treated, its controls or both, evenly spread in each arm."""
    found = [Fraction(0)] * n
    for first, second in sets.values():
        share = {"ATT": len(first), "ATC": len(second), "ATE": len(first) + len(second)}[estimand]
        for rows in (first, second):
            for row in rows:
                found[row] = Fraction(share, len(rows))
    return found


def two_means(w, treated, y):
    """Weighted means of the treated and of the controls."""
    means = []
    for arm in (True, False):
        rows = [i for i in range(len(y)) if bool(treated[i]) == arm]
        means.append(sum(w[i] * y[i] for i in rows) / sum(w[i] for i in rows))
    return means


def _shares(sets, estimand):
    sizes = {"ATT": lambda a, b: len(a), "ATC": lambda a, b: len(b), "ATE": lambda a, b: len(a) + len(b)}
    found = [sizes[estimand](*arms) for arms in sets.values()]
    return [Fraction(size, sum(found)) for size in found]


def between(sets, y, estimand):
    """Σ w²(d − τ)²/(1 − w) over the sets."""
    w = _shares(sets, estimand)
    d = [sum(y[i] for i in a) / Fraction(len(a)) - sum(y[i] for i in b) / Fraction(len(b)) for a, b in sets.values()]
    tau = sum(p * q for p, q in zip(w, d, strict=True))
    return sum(p**2 * (q - tau) ** 2 / (1 - p) for p, q in zip(w, d, strict=True))


def within(sets, y, estimand):
    """Σ w²(s₁²/n₁ + s₀²/n₀) over the sets, and Satterthwaite's degrees of freedom of that sum."""
    parts = []
    for w, arms in zip(_shares(sets, estimand), sets.values(), strict=True):
        for rows in arms:
            mean = sum(y[i] for i in rows) / Fraction(len(rows))
            spread = sum((y[i] - mean) ** 2 for i in rows) / Fraction(len(rows) - 1)
            parts.append((w**2 / len(rows), spread, len(rows) - 1))
    variance = sum(scale * spread for scale, spread, _ in parts)
    df = sum(scale for scale, _, _ in parts) ** 2 / sum(scale**2 / left for scale, _, left in parts)
    return variance, df


def mahalanobis(x, treated):
    """All distances, with the covariance pooled within the arms."""
    x, treated = np.asarray(x, float), np.asarray(treated, bool)
    pooled = sum((sum(arm) - 1) * np.atleast_2d(np.cov(x[arm], rowvar=False)) for arm in (treated, ~treated))
    return _distances(x, pooled / (len(x) - 2))


def robust_mahalanobis(x):
    """The same for ranks, whose covariance is scaled to untied ranks."""
    x = np.asarray(x, float)
    ranks = np.array([[sum(v < a for v in col) + (sum(v == a for v in col) + 1) / 2 for a in col] for col in x.T]).T
    cov = np.atleast_2d(np.cov(ranks, rowvar=False))
    scale = np.diag(np.sqrt(np.var(np.arange(1, len(x) + 1), ddof=1) / np.diag(cov)))
    return _distances(ranks, scale @ cov @ scale)


def _distances(x, cov):
    inverse = np.linalg.inv(cov)
    return np.array([[math.sqrt(max(0.0, (a - b) @ inverse @ (a - b))) for b in x] for a in x])


def greedy(distance, focal, queue, keys, *, ratio=1, uses=1, scale, all_tied=False):
    """{focal row: [rows of the other arm]}; infinite distances are forbidden, `scale` is what ties are relative to."""
    left = {j: uses for j in range(len(focal)) if not focal[j]}
    sets = {}
    for i in queue:
        chosen = []
        while len(chosen) < ratio:
            near = {j: distance[i][j] for j in left if left[j] and j not in chosen and math.isfinite(distance[i][j])}
            if not near:
                break
            least = min(near.values())
            tied = [j for j in near if is_tied(near[j], least, scale[i])]
            taken = tied if all_tied else [min(tied, key=lambda j: keys[j])]
            chosen += taken
            if not all_tied:
                left[taken[0]] -= 1
        if chosen:
            sets[i] = sorted(chosen)
    return sets


def pair_number(first, second):
    """24 bits from two 64-bit keys."""
    z = first ^ ((second << 32 | second >> 32) % 2**64)
    z = (z + 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return (z ^ (z >> 31)) >> 40


def optimal(cost, keys, rows, columns, *, ratio=1, least=None, most=None):
    """The best pairs of all, up to `ratio` for each row in all, and how they rank: the lower, the better.

    By rows with a column, columns lacking of `least` for each row, pairs, cost, squared costs, and keyed numbers.
    `cost` is {(row, column): distance, exact} of the allowed pairs.
    """
    least, most = least or ratio, most or ratio
    choices = []
    for row in rows:
        able = [column for column in columns if (row, column) in cost]
        choices.append([c for k in range(most + 1) for c in itertools.combinations(able, k)])
    best = None
    for picked in itertools.product(*choices):
        used = [column for chosen in picked for column in chosen]
        if len(set(used)) < len(used):
            continue
        pairs = [(row, column) for row, chosen in zip(rows, picked, strict=True) for column in chosen]
        if len(pairs) > ratio * len(rows):
            continue
        numbers = sum(pair_number(keys[r], keys[c]) for r, c in pairs)
        if least == most:
            numbers += sum((ratio - len(c)) * pair_number(keys[r], keys[r]) for r, c in zip(rows, picked, strict=True))
        total = sum(cost[pair] for pair in pairs)
        squares = sum(cost[pair] ** 2 for pair in pairs)
        lacking = sum(max(0, least - len(chosen)) for chosen in picked)
        rank = (-sum(bool(chosen) for chosen in picked), lacking, -len(pairs), total, squares, numbers)
        if best is None or rank < best[0]:
            best = rank, sorted(pairs)
    return best


def full(cost, rows, columns):
    """The least cost of sets that cover every row and column that has a pair at all, and its least squared costs."""
    edges = list(cost)
    coverable = {("row", r) for r, _ in edges} | {("column", c) for _, c in edges}
    least = math.inf, math.inf
    for size in range(len(edges) + 1):
        for kept in itertools.combinations(edges, size):
            if {("row", r) for r, _ in kept} | {("column", c) for _, c in kept} == coverable:
                least = min(least, (sum(cost[edge] for edge in kept), sum(cost[edge] ** 2 for edge in kept)))
    return least


def places(x, coefficients):
    """Σ βx of rows of fractions; each β is rounded to 2⁻³² over the power of two next above the range of its x."""
    found = [Fraction(0)] * len(x)
    for column, beta in zip(zip(*x, strict=True), coefficients, strict=True):
        above = Fraction(2) ** math.frexp(float(max(column) - min(column)))[1]
        rounded = round(Fraction(beta) * 2**32 * above) / (2**32 * above)
        found = [place + rounded * value for place, value in zip(found, column, strict=True)]
    return found


def along(first, second, triangle):
    """How often a difference of two rows holds one without a common divisor, times its length to 40 binary digits."""
    gap = [one - other for one, other in zip(first, second, strict=True)]
    if not any(gap):
        return 0
    scale = math.lcm(*(value.denominator for value in (*first, *second)))
    times = Fraction(math.gcd(*(int(value * scale) for value in gap)), scale)
    white = []
    for row, value in zip(triangle, gap, strict=True):
        left = value / times - sum(Fraction(a) * b for a, b in zip(row, white, strict=False))
        white.append(left / Fraction(row[len(white)]))
    square = sum(value**2 for value in white)
    length = Fraction(math.isqrt(math.floor(square * 4**200)), 2**200)
    exponent = math.frexp(float(length))[1]
    return times * (round(length * Fraction(2) ** (40 - exponent)) * Fraction(2) ** (exponent - 40))


def quantile(values, k, parts):
    """Type 7."""
    ranked, place = sorted(values), Fraction(k * (len(values) - 1), parts)
    low = math.floor(place)
    return ranked[low] if place == low else ranked[low] + float(place - low) * (ranked[low + 1] - ranked[low])
