"""Slow, obvious matching: every treated unit looks at every control, one line per definition.

Propensity: logistic regression by iteratively reweighted least squares (McCullagh & Nelder 1989,
doi:10.1007/978-1-4899-3242-6, section 2.5). Separation: Konis (2007), by linear programming. Greedy nearest neighbours,
calipers: Rosenbaum & Rubin (1985, doi:10.1080/00031305.1985.10479383); with replacement all ties are kept (Abadie &
Imbens 2006, doi:10.1111/j.1468-0262.2006.00655.x).
"""

from __future__ import annotations

import hashlib
import math

import numpy as np
from scipy.optimize import linprog

TIE = 1e-12


def logit(covariates, treated):
    """Fitted log odds: repeated least squares of the working response on standardised columns."""
    x = np.asarray(covariates, float)
    x = np.column_stack([np.ones(len(x)), (x - x.mean(axis=0)) / x.std(axis=0)])
    d = np.asarray(treated, float)
    eta = np.zeros(len(d))
    for _ in range(200):
        p = 1 / (1 + np.exp(-eta))
        w = p * (1 - p)
        response = eta + (d - p) / w
        beta = np.linalg.lstsq(x * np.sqrt(w)[:, None], response * np.sqrt(w), rcond=None)[0]
        before, eta = eta, x @ beta
        if np.max(np.abs(eta - before)) < 1e-13 * max(1, np.max(np.abs(eta))):
            break
    return eta


def is_separated(covariates, treated):
    """Whether some combination is nowhere on the wrong side and somewhere on the right one."""
    x = np.column_stack([np.ones(len(treated)), covariates])
    signed = np.where(np.asarray(treated, bool)[:, None], x, -x)
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(x)), bounds=[(-1, 1)] * x.shape[1])
    return -found.fun > 1e-7


def unit_of_caliper(scores, treated):
    """√((s₁² + s₀²)/2), each with divisor n - 1."""
    variances = []
    for arm in (True, False):
        values = [score for score, own in zip(scores, treated, strict=True) if own == arm]
        middle = math.fsum(values) / len(values)
        variances.append(math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1))
    return math.sqrt(sum(variances) / 2)


def key(salt, unit, order=0):
    """The place of a unit: SHA-256, and for another order SplitMix64 of it."""
    z = int.from_bytes(hashlib.sha256((salt + unit).encode()).digest()[:8], "big")
    if order == 0:
        return z
    z = (z + order * 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return z ^ (z >> 31)


def is_tied(first, second, scale):
    return abs(first - second) <= TIE * max(1, abs(first), abs(second), abs(scale))


def match(scores, treated, strata, *, keys=None, ratio=1, width=math.inf, replace=False):
    """The controls of each treated row that has any: {treated row: [control rows]}."""
    rows = range(len(scores))
    queue = [i for i in rows if treated[i]]
    if not replace:
        queue = _queue(queue, scores, keys)
    free = {j for j in rows if not treated[j]}
    sets = {}
    for i in queue:
        left = {j: abs(scores[i] - scores[j]) for j in free if strata[i] == strata[j]}
        left = {j: distance for j, distance in left.items() if distance <= width}
        chosen = []
        while left and len(chosen) < ratio:
            nearest = min(left.values())
            tied = [j for j in left if is_tied(left[j], nearest, scores[i])]
            taken = tied if replace else [min(tied, key=lambda j: keys[j])]
            chosen += taken
            left = {j: distance for j, distance in left.items() if j not in taken}
        if chosen:
            sets[i] = sorted(chosen)
        if not replace:
            free -= set(chosen)
    return sets


def _queue(rows, scores, keys):
    """By falling score, tied ones by key."""
    queue = []
    left = list(rows)
    while left:
        highest = max(scores[i] for i in left)
        tied = [i for i in left if is_tied(scores[i], highest, 0)]
        queue.append(min(tied, key=lambda i: keys[i]))
        left.remove(queue[-1])
    return queue


def means(sets, outcome):
    """Mean outcome of the matched treated, and mean of their controls' means."""
    treated = sum(outcome[i] for i in sets) / len(sets)
    return treated, sum(sum(outcome[j] for j in chosen) / len(chosen) for chosen in sets.values()) / len(sets)


def between_sets(sets, outcome):
    """Variance of the mean of n differences: Σ(d - d̄)²/(n(n - 1))."""
    d = [outcome[i] - sum(outcome[j] for j in chosen) / len(chosen) for i, chosen in sets.items()]
    middle = sum(d) / len(d)
    return sum((value - middle) ** 2 for value in d) / (len(d) * (len(d) - 1))


def weights(sets, n):
    """1 for a matched treated row, the sum of shares for a control."""
    found = [0.0] * n
    for i, chosen in sets.items():
        found[i] = 1.0
        for j in chosen:
            found[j] += 1 / len(chosen)
    return found


def weighted_mean(x, w):
    return sum(a * b for a, b in zip(x, w, strict=True)) / sum(w)


def weighted_variance(x, w):
    """Σw(x - x̄)² / (Σw - Σw²/Σw); the divisor n - 1 when all w are 1."""
    middle = weighted_mean(x, w)
    return sum(b * (a - middle) ** 2 for a, b in zip(x, w, strict=True)) / (sum(w) - sum(b * b for b in w) / sum(w))


def ecdf_distances(x, treated, w):
    """|F₁ - F₀| at every value that has weight."""

    def share(arm, limit):
        total = sum(b for b, own in zip(w, treated, strict=True) if own == arm)
        return sum(b for a, b, own in zip(x, w, treated, strict=True) if own == arm and a <= limit) / total

    return [abs(share(True, v) - share(False, v)) for v in sorted({a for a, b in zip(x, w, strict=True) if b > 0})]


def shares_of_overlap(scores, treated, strata):
    """Treated outside the controls' range, and treated without a control of their stratum within 0.2 units."""
    controls = [(score, s) for score, own, s in zip(scores, treated, strata, strict=True) if not own]
    own = [(score, s) for score, own, s in zip(scores, treated, strata, strict=True) if own]
    low, high = min(score for score, _ in controls), max(score for score, _ in controls)
    limit = 0.2 * unit_of_caliper(scores, treated)
    outside = sum(not low <= score <= high for score, _ in own)
    alone = sum(not any(s == t and abs(score - other) <= limit for other, t in controls) for score, s in own)
    return outside / len(own), alone / len(own)
