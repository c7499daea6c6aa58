"""Slow, obvious inference for matching with replacement: loops over units, one line per definition.

Abadie & Imbens (2006, doi:10.1111/j.1468-0262.2006.00655.x, theorems 6 and 7), with ties as Abadie, Drukker, Herr &
Imbens (2004, doi:10.1177/1536867X0400400307); bias adjustment as Abadie & Imbens (2011, doi:10.1198/jbes.2009.07333).
"""

from __future__ import annotations

import math

import numpy as np

TIE = 1e-12


def distance(first, second):
    return math.sqrt(sum((a - b) ** 2 for a, b in zip(first, second, strict=True)))


def nearest(i, candidates, points, wanted):
    """The `wanted` nearest candidates and all that are tied with the last of them."""
    gaps = {j: distance(points[i], points[j]) for j in candidates}
    if not gaps:
        return []
    limit = sorted(gaps.values())[min(wanted, len(gaps)) - 1]
    slack = TIE * max(1.0, distance(points[i], [0.0] * len(points[i])))
    return [j for j, gap in gaps.items() if gap <= limit + slack]


def pairs(points, treated, strata, *, wanted=1, focal=True):
    """The matches of each unit of the focal arm that has any, with replacement: {unit: {match: share}}."""
    n = len(points)
    found = {}
    for i in range(n):
        if treated[i] == focal:
            near = nearest(i, [j for j in range(n) if treated[j] != focal and strata[j] == strata[i]], points, wanted)
            if near:
                found[i] = {j: 1 / len(near) for j in near}
    return found


def variance_at(i, outcome, treated, points, strata, neighbours):
    """σ̂²: the variance (ddof 1) of the outcomes of a unit and its nearest neighbours in its arm and stratum."""
    own = [j for j in range(len(points)) if j != i and treated[j] == treated[i] and strata[j] == strata[i]]
    values = [outcome[j] for j in [i, *nearest(i, own, points, neighbours)]]
    middle = math.fsum(values) / len(values)
    return math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1) if len(values) > 1 else math.nan


def slopes(matches, outcome, regressors):
    """β of the least squares of outcomes on the regressors among the matches, weighted by how much they serve."""
    served = service(matches)
    used = sorted(served)
    root = np.sqrt([served[j] for j in used])
    design = np.column_stack([np.ones(len(used)), np.asarray(regressors)[used]])
    return np.linalg.lstsq(design * root[:, None], np.asarray(outcome)[used] * root, rcond=None)[0][1:]


def service(matches):
    """K: the sum of each match's shares."""
    served = {}
    for shares in matches.values():
        for j, share in shares.items():
            served[j] = served.get(j, 0.0) + share
    return served


def imputed(matches, outcome, regressors=None):
    """Ŷ_i: the mean outcome of the matches of each unit, moved to its covariates."""
    beta = None if regressors is None else slopes(matches, outcome, regressors)
    found = {}
    for i, shares in matches.items():
        found[i] = 0.0
        for j, share in shares.items():
            moved = (
                0.0
                if beta is None
                else sum(b * (x - z) for b, x, z in zip(beta, regressors[i], regressors[j], strict=True))
            )
            found[i] += share * (outcome[j] + moved)
    return found


def effect(matches, outcome, regressors=None):
    """Mean of outcome less imputed outcome: the effect when the focal arm is treated, else its negative."""
    moved = imputed(matches, outcome, regressors)
    return math.fsum(outcome[i] - moved[i] for i in matches) / len(matches)


def variance(matches, outcome, treated, points, strata, *, population, neighbours, regressors=None):
    """V̂ of the effect."""
    n, served, tau = len(matches), service(matches), effect(matches, outcome, regressors)
    moved = imputed(matches, outcome, regressors)

    def own(i):
        if neighbours:
            return variance_at(i, outcome, treated, points, strata, neighbours)
        beta = [] if regressors is None else slopes(matches, outcome, regressors)
        total = 0.0
        for one, shares in matches.items():
            for other, share in shares.items():
                gap = sum(b * (regressors[one][k] - regressors[other][k]) for k, b in enumerate(beta))
                total += share * (outcome[one] - outcome[other] - gap - tau) ** 2
        return total / (2 * n)

    if population == "SATT":
        return (sum(own(i) for i in matches) + sum(k**2 * own(j) for j, k in served.items())) / n**2
    between = sum((outcome[i] - moved[i] - tau) ** 2 for i in matches)
    shared = 0.0
    for j, k in served.items():
        excess = k**2 - sum(shares.get(j, 0.0) ** 2 for shares in matches.values())
        shared += excess * own(j) if excess > 1e-12 else 0.0
    return (between + shared) / n**2


def values_of_all(first, second, outcome, regressors=None):
    """(Ŷ_i(1), Ŷ_i(0)) of every unit with a match; `first` are the treated units' matches, `second` the controls'."""
    one, two = imputed(first, outcome, regressors), imputed(second, outcome, regressors)
    return {**{i: (outcome[i], one[i]) for i in first}, **{i: (two[i], outcome[i]) for i in second}}


def variance_on_all(first, second, outcome, treated, points, strata, *, population, neighbours, regressors=None):
    """V̂ of the effect on everybody (Abadie & Imbens 2006, theorems 6 and 7, with shares in the place of 1/M)."""
    values, served = values_of_all(first, second, outcome, regressors), service({**first, **second})
    n = len(values)
    tau = math.fsum(y1 - y0 for y1, y0 in values.values()) / n

    def own(i):
        if neighbours:
            return variance_at(i, outcome, treated, points, strata, neighbours)
        total = 0.0
        for sign, matches in ((1, first), (-1, second)):
            beta = [] if regressors is None else slopes(matches, outcome, regressors)
            for one, shares in matches.items():
                for other, share in shares.items():
                    gap = sum(b * (regressors[one][k] - regressors[other][k]) for k, b in enumerate(beta))
                    total += share * (sign * (outcome[one] - outcome[other] - gap) - tau) ** 2
        return total / (2 * n)

    total = 0.0 if population == "SATT" else sum((y1 - y0 - tau) ** 2 for y1, y0 in values.values())
    for j in {*values, *served}:
        k, focal = served.get(j, 0.0), int(j in values)
        factor = (focal + k) ** 2
        if population == "PATT":
            squares = sum(shares.get(j, 0.0) ** 2 for matches in (first, second) for shares in matches.values())
            factor = k**2 + 2 * focal * k - squares
        total += factor * own(j) if factor > 1e-12 else 0.0
    return total / n**2
