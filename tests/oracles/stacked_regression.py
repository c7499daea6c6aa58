"""Slow, obvious errors of weighted regressions: all equations in one matrix, solved anew without each group of rows."""

from __future__ import annotations

import numpy as np


def leave_one_out(y, x, slopes, weighting, target, groups):
    """(groups, 2): the part of (A - A_g)^-1 psi_g that belongs to the means."""
    z, width = weighting.design, x.shape[1]
    k = z.shape[1]
    first = len(weighting.indices) * k
    size = first + 2 * width + 2

    def of_row(i):
        psi, a = np.zeros(size), np.zeros((size, size))
        for b, index in enumerate(weighting.indices):
            own = slice(b * k, (b + 1) * k)
            psi[own] = index.score[i] * z[i]
            a[own, own] = -index.slope[i] * np.outer(z[i], z[i])
        for arm, (weights, beta) in enumerate(zip(weighting.arms, slopes, strict=True)):
            own = slice(first + arm * width, first + (arm + 1) * width)
            error = y[i] - x[i] @ beta
            psi[own] = weights.values[i] * error * x[i]
            a[own, own] = weights.values[i] * np.outer(x[i], x[i])
            for b, slope in enumerate(weights.slopes):
                a[own, b * k : (b + 1) * k] = -slope[i] * error * np.outer(x[i], z[i])
            mean = np.sum(target * (x @ beta)) / np.sum(target)
            last = size - 2 + arm
            psi[last] = target[i] * (x[i] @ beta - mean)
            a[last, own] = -target[i] * x[i]
            a[last, last] = target[i]
        return psi, a

    rows = [of_row(i) for i in range(len(y))]
    whole = sum(a for _, a in rows)
    return np.array(
        [np.linalg.solve(whole - sum(rows[i][1] for i in g), sum(rows[i][0] for i in g))[-2:] for g in groups]
    )
