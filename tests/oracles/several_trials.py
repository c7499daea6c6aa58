"""Slow, obvious joint covariance of several unweighted trials: explicit hat matrices, one unit or cluster at a time.

Between members i and j it is Σ_g s_gi s_gj' with s_gi = (a, b)'(X'X)⁻¹X_g'(I − H_gg)^power e_g, plus, where covariates
were drawn with their units, Σ_g t_gi t_gj' with t_gi = √(G_i/(G_i − 1)) · (β₁'d_gi, β₀'d_gi)/n_i and d_gi the sum over
g of x less its mean in member i (Lin 2013, section 3; Pustejovsky & Tipton 2018, section 2).
"""

from __future__ import annotations

import numpy as np
from oracles.regression import symmetric_power

POWER = {"HC0": 0.0, "HC2": -0.5, "HC3": -1.0, "CR0": 0.0, "CR2": -0.5, "CR3": -1.0}


class Member:
    """One trial, adjusted as Lin has it, its rows named by the unit or cluster they belong to."""

    def __init__(self, outcome, treated, covariates, units, variance):
        y, d, self.units = np.asarray(outcome, float), np.asarray(treated, float), list(units)
        x = np.asarray(covariates, float).reshape(len(y), -1)
        centred = x - x.mean(axis=0)
        columns = [d, 1 - d, *(d * one for one in centred.T), *((1 - d) * one for one in centred.T)]
        self.design = np.column_stack(columns)
        self.bread = np.linalg.inv(self.design.T @ self.design)
        self.coefficients = self.bread @ self.design.T @ y
        self.residuals = y - self.design @ self.coefficients
        self.hat = self.design @ self.bread @ self.design.T
        self.power, self.centred, self.names = POWER[variance], centred, sorted(set(self.units))
        k = x.shape[1]
        self.slopes = np.array([self.coefficients[2 : 2 + k], self.coefficients[2 + k :]])

    def rows(self, unit):
        return [i for i, own in enumerate(self.units) if own == unit]

    def score(self, unit):
        """(2,): what a unit adds to both means; nothing when the member lacks it."""
        rows = self.rows(unit)
        if not rows:
            return np.zeros(2)
        adjusted = symmetric_power(np.eye(len(rows)) - self.hat[np.ix_(rows, rows)], self.power) @ self.residuals[rows]
        return (self.bread @ self.design[rows].T @ adjusted)[:2]

    def move(self, unit):
        rows = self.rows(unit)
        number = len(self.names)
        moved = self.slopes @ self.centred[rows].sum(axis=0) / len(self.units)
        return np.sqrt(number / (number - 1)) * moved


def joint_covariance(members, *, drawn):
    """(2k, 2k) over all units; `drawn` adds the sampling of covariates."""
    total = np.zeros((2 * len(members), 2 * len(members)))
    for unit in sorted({name for member in members for name in member.names}):
        for add in ("score", "move") if drawn else ("score",):
            line = np.concatenate([getattr(member, add)(unit) for member in members])
            total += np.outer(line, line)
    return total


def hotelling(estimates, covariance, df):
    """F statistic of equal effects and its degrees of freedom, by the explicit inverse."""
    k = len(estimates)
    across = np.array([[float(i == j + 1) - float(i == 0) for i in range(k)] for j in range(k - 1)])
    moved = across @ estimates
    wald = moved @ np.linalg.inv(across @ covariance @ across.T) @ moved
    return (df - k + 2) / (df * (k - 1)) * wald, k - 1, df - k + 2
