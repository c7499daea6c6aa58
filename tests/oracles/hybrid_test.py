"""The hybrid test of Andrews, Roth and Pakes by all the vertices of its dual programme.

From the papers (doi:10.1093/restud/rdad004, sections 3 to 5; doi:10.1093/restud/rdad018, section 3): moments A(β − Mτ)
with θ the target of τ and the rest of it free; vertices by solving every choice of as many multipliers as there are
equations; the least favourable value by a double integral; with finite degrees of freedom t for the normal.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy import integrate, linalg, optimize, special, stats


def moments(event, weights, size, change, sign):
    """Y at θ = 0, what a unit of θ adds, the free directions' part X, and the covariance of Y."""
    times = np.asarray(event["times"])
    order = [*times[times < -1], -1, *times[times >= 0]]
    spot = {time: place for place, time in enumerate(order)}
    rows = []
    for time in range(max(order) + 1):
        for side in (1, -1):
            row = np.zeros(len(order))
            row[spot[time]] += side
            row[spot[time - 1]] -= side
            row[change + 1] -= sign * size
            row[change] += sign * size
            rows.append(row)
    bounds = np.delete(np.array(rows), spot[-1], axis=1)
    after = bounds[:, -len(weights) :]
    free = linalg.null_space(np.atleast_2d(weights))
    through = np.asarray(weights) / (np.asarray(weights) @ weights)
    return (
        bounds @ event["estimates"],
        after @ through,
        after @ free,
        bounds @ event["covariance"] @ bounds.T,
    )


def vertices(free, errors):
    """All γ ≥ 0 with γ'X = 0 and γ'σ = 1 that are on no line between two others."""
    equations = np.vstack([free.T, errors])
    wanted = np.append(np.zeros(free.shape[1]), 1.0)
    found = []
    for chosen in itertools.combinations(range(len(errors)), len(wanted)):
        square = equations[:, chosen]
        if abs(np.linalg.det(square / np.abs(square).max(axis=0))) < 1e-9:
            continue
        gamma = np.zeros(len(errors))
        gamma[list(chosen)] = np.linalg.solve(square, wanted)
        if gamma.min() > -1e-9 * gamma.max() and not any(np.allclose(gamma, one, atol=1e-9) for one in found):
            found.append(np.maximum(gamma, 0.0))
    return np.array(found)


def least_favourable(corners, covariance, kappa, df=math.inf):
    """The 1 − κ quantile of the largest γ'ξ; ξ has rank 2 here, a pair of normals or of t in the plane."""
    values, ways = np.linalg.eigh(corners @ covariance @ corners.T)
    root = ways[:, -2:] * np.sqrt(np.maximum(values[-2:], 0.0))
    scale = float((stats.norm if math.isinf(df) else stats.t(df)).pdf(0.0))

    def beyond(value):
        """1 − P(all below), by the second coordinate's limits given the first."""

        def inside(first):
            # of a pair of t with ν df, the second given the first is t with ν + 1, (ν + x²)/(ν + 1) times as wide²
            wide = 1.0 if math.isinf(df) else math.sqrt((df + first**2) / (df + 1))
            rest = value - root[:, 0] * first
            with np.errstate(divide="ignore"):
                limit = rest / root[:, 1]
            high = np.min(limit[root[:, 1] > 0], initial=np.inf)
            low = np.max(limit[root[:, 1] < 0], initial=-np.inf)
            if math.isinf(df):
                return max(0.0, special.ndtr(high) - special.ndtr(low)) * math.exp(-(first**2) / 2) * scale
            mass = special.stdtr(df + 1, high / wide) - special.stdtr(df + 1, low / wide)
            return max(0.0, mass) * (1 + first**2 / df) ** (-(df + 1) / 2) * scale

        kinks = [
            (root[j, 1] - root[i, 1]) * value / (root[i, 0] * root[j, 1] - root[j, 0] * root[i, 1])
            for i, j in itertools.combinations(range(len(root)), 2)
            if abs(root[i, 0] * root[j, 1] - root[j, 0] * root[i, 1]) > 1e-12
        ]
        reach = 12.0 if math.isinf(df) else 2 * stats.t(df).isf(1e-12)
        edges = sorted({-reach, reach, -3.0, 3.0, *(one for one in kinks if abs(one) < reach)})
        return 1 - sum(
            integrate.quad(inside, low, high, epsabs=1e-12, epsrel=1e-11, limit=200)[0]
            for low, high in itertools.pairwise(edges)
        )

    return optimize.brentq(lambda value: beyond(value) - kappa, 0.5, 1000.0, xtol=1e-10)


def statistic(event, weights, size, change, sign, theta):
    """min η with Y − X·τ ≤ η·σ, by a linear programme."""
    level, slope, free, covariance = moments(event, weights, size, change, sign)
    errors = np.sqrt(np.diag(covariance))
    columns = np.hstack([errors[:, None], free])
    cost = np.append(1.0, np.zeros(free.shape[1]))
    solved = optimize.linprog(cost, -columns, -(level - theta * slope), bounds=[(None, None)] * len(cost))
    return solved.fun


def rejects(event, weights, size, change, sign, theta, critical, alpha=0.05, df=math.inf):
    """Whether the hybrid test rejects θ, and its statistic."""
    level, slope, free, covariance = moments(event, weights, size, change, sign)
    corners = vertices(free, np.sqrt(np.diag(covariance)))
    values = corners @ (level - theta * slope)
    best = corners[np.argmax(values)]
    top, error = values.max(), math.sqrt(best @ covariance @ best)
    if top > critical:
        return True, top
    shares = corners @ covariance @ best / error**2
    rest = values - shares * top
    low = max((r / (1 - s) for r, s in zip(rest, shares, strict=True) if s < 1 - 1e-9), default=-math.inf)
    high = min((r / (1 - s) for r, s in zip(rest, shares, strict=True) if s > 1 + 1e-9), default=math.inf)
    law = stats.norm if math.isinf(df) else stats.t(df)
    kappa = alpha / 10
    below, above = (law.cdf(one / error) for one in (low, min(high, critical)))
    quantile = law.ppf(below + (1 - (alpha - kappa) / (1 - kappa)) * (above - below))
    return top / error > max(0.0, quantile), top
