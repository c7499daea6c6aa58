"""The wild cluster bootstrap by refitting: every combination of weights, one regression each, nothing simplified.

Cameron, Gelbach & Miller (2008, doi:10.1162/rest.90.3.414), the percentile-t method with the null imposed:
1. estimate, and its t from the cluster-robust variance; 2. estimate again subject to the null; 3. for each combination
of weights build the outcome from the restricted fit and the weighted restricted residuals, estimate, and form t* around
the null; 4. the share of t* at least as extreme as t.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np

POINTS = {
    "rademacher": (-1.0, 1.0),
    "webb": (-np.sqrt(3 / 2), -1.0, -np.sqrt(1 / 2), np.sqrt(1 / 2), 1.0, np.sqrt(3 / 2)),
}


def combinations(clusters: int, weights: str) -> list[tuple[float, ...]]:
    """Every combination of the weights."""
    return list(itertools.product(POINTS[weights], repeat=clusters))


def t_statistic(design, outcome, clusters, contrast, value) -> float:
    """(r'b - q) / se, with the CR1 variance written out."""
    bread = np.linalg.inv(design.T @ design)
    slopes = bread @ design.T @ outcome
    residuals = outcome - design @ slopes
    names = np.unique(clusters)
    meat = np.zeros_like(bread)
    for name in names:
        score = design[clusters == name].T @ residuals[clusters == name]
        meat += np.outer(score, score)
    variance = len(names) / (len(names) - 1) * contrast @ bread @ meat @ bread @ contrast
    return float((contrast @ slopes - value) / np.sqrt(variance))


def restricted_fit(design, outcome, contrast, value):
    """Least squares subject to r'b = q, by substituting the coefficient with the largest weight out."""
    out = int(np.argmax(np.abs(contrast)))
    others = [j for j in range(design.shape[1]) if j != out]
    # b_out = (q - sum r_j b_j) / r_out
    left = outcome - design[:, out] * value / contrast[out]
    reduced = design[:, others] - np.outer(design[:, out], contrast[others] / contrast[out])
    slopes = np.zeros(design.shape[1])
    slopes[others] = np.linalg.lstsq(reduced, left, rcond=None)[0]
    slopes[out] = (value - contrast[others] @ slopes[others]) / contrast[out]
    return design @ slopes


def wild_p(design, outcome, clusters, contrast, value, draws, alternative="two-sided", tie=1e-9) -> Fraction:
    """The share of the draws that are as extreme; ties count."""
    names = np.unique(clusters)
    observed = t_statistic(design, outcome, clusters, contrast, value)
    fitted = restricted_fit(design, outcome, contrast, value)
    residuals = outcome - fitted
    count = 0
    for draw in draws:
        weights = np.array([draw[int(np.flatnonzero(names == name)[0])] for name in clusters])
        t = t_statistic(design, fitted + weights * residuals, clusters, contrast, value)
        slack = tie * max(1.0, abs(observed))
        if alternative == "two-sided":
            count += abs(t) >= abs(observed) - slack
        elif alternative == "greater":
            count += t >= observed - slack
        else:
            count += t <= observed + slack
    return Fraction(count, len(draws))
