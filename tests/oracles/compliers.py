"""Slow, obvious numbers of a trial with non-compliance: ordinary regressions on pseudo-outcomes, and explicit 2SLS.

Anderson & Rubin (1949, doi:10.1214/aoms/1177730090): under the null τ the outcome less τ times receipt is not affected
by assignment; under the ratio null ρ, neither is Y·D + ρ·Y·(1 − D). Each null is one ordinary regression, and a
confidence set is whatever points of a grid are not rejected. Two-stage least squares: b = (Z'X)⁻¹Z'y, with the hat
matrix of the projected regressors.
"""

from __future__ import annotations

import numpy as np
from oracles.regression import POWERS, Regression, symmetric_power
from scipy import stats


def dummies(labels):
    """One column per label after the first."""
    names = sorted(set(labels))[1:]
    return np.array([[float(label == name) for name in names] for label in labels]).reshape(len(labels), len(names))


class Lottery:
    """Effects of assignment z on any outcome, by one regression with every row."""

    def __init__(self, z, *, x=None, blocks=None, clusters=None, adjustment="lin", variance="HC2"):
        self.z = np.asarray(z, float)
        n = len(self.z)
        self.x = np.empty((n, 0)) if x is None else np.asarray(x, float).reshape(n, -1)
        self.blocks = ["one"] * n if blocks is None else list(blocks)
        self.clusters = clusters
        self.variance = variance
        regressors = np.column_stack([dummies(self.blocks), self.x])
        centred = regressors - regressors.mean(axis=0)
        columns = [np.ones(n), self.z, centred]
        self.interacted = adjustment != "additive"
        if self.interacted:
            columns.append(centred * self.z[:, None])
        self.design = np.column_stack(columns)

    def effect(self, outcome):
        """(effect, variance, degrees of freedom)."""
        fit = Regression(self.design, np.asarray(outcome, float), self.clusters)
        contrast = np.eye(self.design.shape[1])[1]
        spread = fit.variance(contrast, self.variance)
        if self.interacted and self.x.shape[1]:
            spread += self.sampled_covariates(fit.coefficients[-self.x.shape[1] :])
        return fit.coefficients[1], spread, fit.df(contrast, self.variance)

    def sampled_covariates(self, slopes):
        """δ' var(x̄) δ with δ the difference of the slopes of the arms; clusters as drawn, within blocks."""
        n = len(self.z)
        units = list(range(n)) if self.clusters is None else list(self.clusters)
        total = 0.0
        for block in sorted(set(self.blocks)):
            rows = [i for i in range(n) if self.blocks[i] == block]
            moves = (self.x[rows] - self.x[rows].mean(axis=0)) @ slopes
            drawn = sorted({units[i] for i in rows})
            sums = [sum(move for move, i in zip(moves, rows, strict=True) if units[i] == unit) for unit in drawn]
            total += len(drawn) / (len(drawn) - 1) * sum(s * s for s in sums) / n**2
        return total


def p_value(lottery, y, d, null, *, contrast="difference", alternative="two-sided"):
    """P-value of a null about compliers: the t test of assignment on what is zero under it."""
    pseudo = y - null * d if contrast == "difference" else y * d + null * y * (1 - d)
    effect, variance, df = lottery.effect(pseudo)
    t = effect / np.sqrt(variance)
    if alternative == "two-sided":
        return 2 * stats.t.sf(abs(t), df)
    return stats.t.sf(t, df) if alternative == "greater" else stats.t.cdf(t, df)


def kept(lottery, y, d, grid, level, *, contrast="difference", alternative="two-sided"):
    """Which points of a grid the test keeps."""
    return np.array(
        [p_value(lottery, y, d, null, contrast=contrast, alternative=alternative) > 1 - level for null in grid]
    )


def complier_means(lottery, y, d):
    """Effects on Y·D and on Y·(1 − D), each over the effect on D (Imbens & Rubin 1997; Abadie 2003)."""
    share = lottery.effect(d)[0]
    return lottery.effect(y * d)[0] / share, -lottery.effect(y * (1 - d))[0] / share


def two_stage(y, d, z, *, exogenous=None, clusters=None, variance="HC2"):
    """Coefficient on d and its standard error; regressors beside d are their own instruments."""
    y, n = np.asarray(y, float), len(y)
    w = np.empty((n, 0)) if exogenous is None else np.asarray(exogenous, float).reshape(n, -1)
    regressors, instruments = np.column_stack([np.ones(n), d, w]), np.column_stack([np.ones(n), z, w])
    coefficients = np.linalg.solve(instruments.T @ regressors, instruments.T @ y)
    residuals = y - regressors @ coefficients
    projected = instruments @ np.linalg.solve(instruments.T @ instruments, instruments.T @ regressors)
    bread = np.linalg.inv(projected.T @ projected)
    hat = projected @ bread @ projected.T
    labels = np.arange(n) if clusters is None else np.asarray(clusters)
    meat = np.zeros_like(bread)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        power = POWERS.get(variance, 0.0)
        left = np.eye(len(rows)) - hat[np.ix_(rows, rows)]
        score = projected[rows].T @ symmetric_power(left, power) @ residuals[rows] if power else (
            projected[rows].T @ residuals[rows]
        )  # fmt: skip
        meat += np.outer(score, score)
    return coefficients[1], float(np.sqrt((bread @ meat @ bread)[1, 1]))
