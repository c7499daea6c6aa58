"""Slow, obvious trials where rows count differently: explicit n × n matrices, sums over units and pairs.

Weighted sandwich: Pustejovsky & Tipton (2018, doi:10.1080/07350015.2016.1247004, section 2): e = (I − H)y with
H = X(X'WX)⁻¹X'W, working covariance Φ of y, for CR2 A_g = D_g'(D_g [(I − H)Φ(I − H)']_gg D_g')^{+1/2} D_g with
D = Φ^{1/2}, and (1 − h)^{-1/2} for HC2. Pairs: Imai, King & Nall (2009, doi:10.1214/08-STS274, equation 6).
Horvitz–Thompson: Aronow & Middleton (2013, doi:10.1515/jci-2012-0009).
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from oracles.regression import symmetric_power


class WeightedRegression:
    """One weighted regression; `working` are the variances of the errors of y."""

    def __init__(self, design, outcome, weights, working, clusters=None):
        self.design, self.weights = np.asarray(design, float), np.diag(weights)
        n = len(outcome)
        self.bread = np.linalg.inv(self.design.T @ self.weights @ self.design)
        self.coefficients = self.bread @ self.design.T @ self.weights @ outcome
        self.annihilator = np.eye(n) - self.design @ self.bread @ self.design.T @ self.weights
        self.residuals = self.annihilator @ outcome
        self.working = np.diag(working)
        self.spread = self.annihilator @ self.working @ self.annihilator.T
        labels = np.arange(n) if clusters is None else np.asarray(clusters)
        self.members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        self.clustered = clusters is not None

    def adjustment(self, rows):
        if not self.clustered:
            return self.annihilator[np.ix_(rows, rows)] ** -0.5
        root = np.sqrt(self.working[np.ix_(rows, rows)])
        return root @ symmetric_power(root @ self.spread[np.ix_(rows, rows)] @ root, -0.5) @ root

    def weights_of(self, contrast, rows):
        line = contrast @ self.bread @ self.design.T @ self.weights
        return line[rows] @ self.adjustment(rows)

    def covariance(self, first, second):
        terms = [
            (self.weights_of(first, rows) @ self.residuals[rows])
            * (self.weights_of(second, rows) @ self.residuals[rows])
            for rows in self.members
        ]
        return sum(terms)

    def df(self, contrast):
        """(Σ P_gg)² / Σ P_gh², P_gh = a_g'[(I − H)Φ(I − H)']_gh a_h."""
        lines = [(rows, self.weights_of(contrast, rows)) for rows in self.members]
        form = np.array([[a @ self.spread[np.ix_(g, h)] @ b for h, b in lines] for g, a in lines])
        return np.trace(form) ** 2 / np.sum(form**2)


def paired(outcome, treated, pairs, *, equal=False, estimand="ATE"):
    """Means, covariance and df of the two means, one pair at a time; `equal` counts pairs equally."""
    terms, counted = [], []
    for pair in sorted(set(pairs)):
        rows = [i for i in range(len(outcome)) if pairs[i] == pair]
        arms = [[outcome[i] for i in rows if treated[i] == arm] for arm in (1, 0)]
        terms.append([sum(arm) / len(arm) for arm in arms])
        counted.append(1 if equal else len(arms[0]) if estimand == "ATT" else len(rows))
    shares = [count / sum(counted) for count in counted]
    terms = [[share * value for value in line] for share, line in zip(shares, terms, strict=True)]
    number = len(terms)
    means = [sum(line[arm] for line in terms) for arm in (0, 1)]
    covariance = [
        [
            number / (number - 1) * sum((t[a] - means[a] / number) * (t[b] - means[b] / number) for t in terms)
            for b in (0, 1)
        ]
        for a in (0, 1)
    ]
    return means, covariance, number - 1


def horvitz_thompson(outcome, treated, probability, clusters=None):
    """Means and their variances: totals of units or clusters over their probabilities."""
    names = list(range(len(outcome))) if clusters is None else clusters
    means, variances = [], []
    for arm in (1, 0):
        totals = {}
        for name, value, own, chance in zip(names, outcome, treated, probability, strict=True):
            if own == arm:
                totals[name] = totals.get(name, 0.0) + value / (chance if arm == 1 else 1 - chance)
        means.append(sum(totals.values()) / len(outcome))
        variances.append(sum(total**2 for total in totals.values()) / len(outcome) ** 2)
    return means, variances


def ratio_of_sums(numerators, denominators):
    """Σ a / Σ b of decimals, exactly."""
    above = sum((Fraction(repr(float(value))) for value in numerators), Fraction(0))
    return above / sum((Fraction(repr(float(value))) for value in denominators), Fraction(0))
