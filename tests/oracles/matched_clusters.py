"""Slow, obvious clusters of a matched comparison: labels that spread until they stay, and hat matrices.

Clusters are what sets, pairs and a column connect (Abadie & Spiess 2022, doi:10.1080/01621459.2020.1840383). CR2 is
that of Bell & McCaffrey (2002) of a regression written out in full, see `oracles.regression`.
"""

from __future__ import annotations

import numpy as np
from oracles.regression import Regression

DIFFERENCE = np.array([1.0, -1.0])


def connected(groups, n):
    """The smallest row that each row can be reached from, through groups of rows; -1 for rows in no group."""
    found = [-1] * n
    for rows in groups:
        for row in rows:
            found[row] = row
    changed = True
    while changed:
        changed = False
        for rows in groups:
            least = min(found[row] for row in rows)
            changed |= any(found[row] != least for row in rows)
            for row in rows:
                found[row] = least
    return found


def between(y, treated, weights, clusters):
    """Variance and degrees of freedom of the effect in the weighted regression on two arms, over rows with weight."""
    rows = [i for i, w in enumerate(weights) if w > 0]
    root = np.sqrt(np.array([float(weights[i]) for i in rows]))
    arms = np.array([[treated[i], not treated[i]] for i in rows], float)
    fit = Regression(arms * root[:, None], np.array([float(y[i]) for i in rows]) * root, [clusters[i] for i in rows])
    return fit.variance(DIFFERENCE, "CR2"), fit.df(DIFFERENCE, "CR2")


def within(y, sets, shares, clusters):
    """The same of the regression on a dummy for each arm of each set; shares are the sets' own."""
    cells = [rows for arms in sets for rows in arms]
    rows = [i for cell in cells for i in cell]
    dummies = np.array([[float(i in cell) for cell in cells] for i in rows])
    contrast = np.array([sign * share / sum(shares) for share in shares for sign in (1.0, -1.0)])
    fit = Regression(dummies, np.array([float(y[i]) for i in rows]), [clusters[i] for i in rows])
    return fit.variance(contrast, "CR2"), fit.df(contrast, "CR2")
