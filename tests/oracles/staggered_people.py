"""One group-time effect of other people in each period, by the letter of Sant'Anna & Zhao (2020).

doi:10.1016/j.jeconom.2020.06.003, section 2.2: every term of the estimators for repeated cross-sections as a weighted
mean over all rows, and the influence function of each term by itself, with those of the regressions and the propensity
by stacked averages of n rows. Nothing is reduced, so that terms that cancel are there twice. The two means are told
apart only at the end: the effect, its parts by row, and no more.
"""

from __future__ import annotations

import numpy as np
from oracles.staggered import logistic


def effect(y, x, d, post, method):
    """(effect, parts by row whose squares add to its variance): y, d, post (n,), x (n, k) with a constant."""
    n = len(y)
    arms = {(g, t): (d == g) & (post == t) for g in (0, 1) for t in (0, 1)}

    def ols(which):
        """Coefficients, and each row's part in their error."""
        own = arms[which].astype(float)
        bread = np.linalg.inv(x.T @ (x * own[:, None]) / n)
        beta = bread @ (x.T @ (own * y)) / n
        return beta, ((own * (y - x @ beta))[:, None] * x) @ bread

    def weighted(weight, value):
        """A weighted mean and each row's part in it, the value as given."""
        mean = np.mean(weight * value) / np.mean(weight)
        return mean, weight * (value - mean) / np.mean(weight)

    def centre(weight):
        return (weight[:, None] * x).mean(axis=0) / np.mean(weight)

    fits = {which: ols(which) for which in arms}
    gamma, information = logistic(list(x), list(d.astype(float)))
    odds = np.exp(x @ gamma)
    p = odds / (1 + odds)
    of_propensity = ((d - p)[:, None] * x) @ np.linalg.inv(information / n)
    total, parts = 0.0, np.zeros(n)

    def add(sign, weight, value, uses=(), drawn=False):
        """A term: `uses` are (sign, regression) inside its value; `drawn` says that its weights are odds."""
        nonlocal total, parts
        mean, own = weighted(weight, value)
        for factor, which in uses:
            own = own + factor * (fits[which][1] @ centre(weight))
        if drawn:
            slope = ((weight * (value - mean))[:, None] * x).mean(axis=0) / np.mean(weight)
            own = own + of_propensity @ slope
        total, parts = total + sign * mean, parts + sign * own

    level = {which: x @ fits[which][0] for which in arms}
    for t, sign in ((1, 1), (0, -1)):
        at = (post == t).astype(float)
        if method == "regression":
            add(sign, d * at, y)
            add(-sign, d * 1.0, level[0, t], [(1, (0, t))])
        elif method == "inverse_probability":
            add(sign, d * at, y)
            add(-sign, odds * (1 - d) * at, y, drawn=True)
        else:
            add(sign, d * at, y - level[0, t], [(-1, (0, t))])
            add(-sign, odds * (1 - d) * at, y - level[0, t], [(-1, (0, t))], drawn=True)
            add(sign, d * 1.0, level[1, t] - level[0, t], [(1, (1, t)), (-1, (0, t))])
            add(-sign, d * at, level[1, t] - level[0, t], [(1, (1, t)), (-1, (0, t))])
    return total, parts / n
