"""Slow, obvious adjustment for an estimated propensity: loops over units, one line per definition.

Abadie & Imbens (2016, doi:10.3982/ECTA11293): theorems 1 and 2, with the estimators of their section 4. Here p is the
fitted probability, f its derivative by the index, x the covariates with a constant first; all as lists of numbers.
"""

from __future__ import annotations

import numpy as np
from oracles.abadie_imbens import nearest


def near(i, arm, scores, treated, wanted, *, itself):
    """The `wanted` nearest units of an arm to unit i, all tied with the last kept; with or without i."""
    members = [j for j in range(len(scores)) if treated[j] == arm and (itself or j != i)]
    return nearest(i, members, scores, wanted)


def covariance(units, x, outcome):
    """Covariance (ddof 1) of each covariate with the outcome among some units."""
    middle_y = sum(outcome[j] for j in units) / len(units)
    middle_x = [sum(x[j][k] for j in units) / len(units) for k in range(len(x[0]))]
    return np.array(
        [
            sum((x[j][k] - middle_x[k]) * (outcome[j] - middle_y) for j in units) / (len(units) - 1)
            for k in range(len(x[0]))
        ]
    )


def mean(units, outcome):
    return sum(outcome[j] for j in units) / len(units)


def information(x, p, f):
    """Σ f²/(p(1 − p)) xx'."""
    return sum(f[i] ** 2 / (p[i] * (1 - p[i])) * np.outer(x[i], x[i]) for i in range(len(x)))


def everyone(outcome, treated, scores, x, p, f, *, neighbours):
    """What is added to the variance of the effect on everybody: −c'J⁻¹c."""
    n = len(outcome)
    c = np.zeros(len(x[0]))
    for i in range(n):
        gamma = [covariance(near(i, arm, scores, treated, neighbours + 1, itself=True), x, outcome) for arm in (0, 1)]
        c += f[i] * (gamma[1] / p[i] + gamma[0] / (1 - p[i])) / n
    return -c @ np.linalg.solve(information(x, p, f), c)


def on_the_treated(outcome, treated, scores, x, p, f, points, effect, *, neighbours):
    """What is added to the variance of the effect on the treated: −c'J⁻¹c + d'J⁻¹d.

    `points` say how unlike units are in the covariates, by their Euclidean distance.
    """
    n, count = len(outcome), sum(treated)
    c, d = np.zeros(len(x[0])), np.zeros(len(x[0]))
    for i in range(n):
        sets = [near(i, arm, scores, treated, neighbours + 1, itself=True) for arm in (0, 1)]
        gamma = [covariance(one, x, outcome) for one in sets]
        others = [near(i, arm, scores, treated, neighbours + 1, itself=False) for arm in (0, 1)]
        smooth = mean(others[1], outcome) - mean(others[0], outcome)
        alike = nearest(i, [j for j in range(n) if treated[j] != treated[i]], points, 1)
        raw = (1 if treated[i] else -1) * (outcome[i] - mean(alike, outcome))
        c += f[i] * (np.array(x[i]) * (smooth - effect) + gamma[1] + p[i] / (1 - p[i]) * gamma[0]) / count
        d += f[i] * np.array(x[i]) * (raw - effect) / count
    inverse = np.linalg.inv(information(x, p, f))
    return -c @ inverse @ c + d @ inverse @ d
