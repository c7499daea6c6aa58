"""Slow, obvious sandwich variances: explicit n × n hat matrix, one line per formula.

HC0 White (1980, doi:10.2307/1912934); HC1-HC3 MacKinnon & White (1985, doi:10.1016/0304-4076(85)90158-7); CR2 and CR3
Bell & McCaffrey (2002, Survey Methodology 28(2)); degrees of freedom Imbens & Kolesár (2016, doi:10.1162/REST_a_00552)
and Pustejovsky & Tipton (2018, doi:10.1080/07350015.2016.1247004) with an identity working covariance.
"""

from __future__ import annotations

import numpy as np

POWERS = {"HC2": -0.5, "CR2": -0.5, "HC3": -1.0, "CR3": -1.0}


def symmetric_power(matrix, power):
    """Matrix power by eigenvalues; a zero eigenvalue stays zero."""
    values, vectors = np.linalg.eigh(matrix)
    raised = [value**power if value > 1e-10 else 0.0 for value in values]
    return vectors @ np.diag(raised) @ vectors.T


class Regression:
    """One regression with its hat matrix, and every named variance of linear functions of its coefficients."""

    def __init__(self, design, outcome, clusters=None):
        self.design = np.asarray(design, float)
        n, k = self.design.shape
        self.bread = np.linalg.inv(self.design.T @ self.design)
        self.hat = self.design @ self.bread @ self.design.T
        self.coefficients = self.bread @ self.design.T @ outcome
        self.residuals = outcome - self.design @ self.coefficients
        labels = np.arange(n) if clusters is None else np.asarray(clusters)
        self.members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        groups = len(self.members)
        self.adjustments = {}  # of each cluster and variance, once
        self.factors = {
            "HC1": n / (n - k) if n > k else np.nan,
            "CR1": groups / (groups - 1),
            "CR1S": groups / (groups - 1) * (n - 1) / (n - k) if n > k else np.nan,
        }
        self.fixed = {"HC0": n - k, "HC1": n - k, "HC3": n - k, "CR0": groups - 1, "CR1S": groups - 1}

    def adjusted_residuals(self, variance):
        """A_g e_g with A_g = (I - H_gg)^power."""
        adjusted = np.zeros_like(self.residuals)
        for rows in self.members:
            adjusted[rows] = self.adjustment(rows, variance) @ self.residuals[rows]
        return adjusted

    def adjustment(self, rows, variance):
        if variance not in POWERS:
            return np.eye(len(rows))
        key = (rows.tobytes(), variance)
        if key not in self.adjustments:
            within = np.eye(len(rows)) - self.hat[np.ix_(rows, rows)]
            self.adjustments[key] = symmetric_power(within, POWERS[variance])
        return self.adjustments[key]

    def coefficient_covariance(self, variance):
        """(X'X)⁻¹ (Σ_g X_g' A_g e_g e_g' A_g X_g) (X'X)⁻¹ times the factor."""
        adjusted = self.adjusted_residuals(variance)
        scores = [self.design[rows].T @ adjusted[rows] for rows in self.members]
        meat = sum(np.outer(score, score) for score in scores)
        return self.factors.get(variance, 1.0) * self.bread @ meat @ self.bread

    def variance(self, contrast, variance):
        return contrast @ self.coefficient_covariance(variance) @ contrast

    def df(self, contrast, variance):
        """The fixed number, or (tr B)² / tr B² with B = Σ_g b_g b_g', b_g = (I - H)_{·g} A_g X_g (X'X)⁻¹ c."""
        if variance in self.fixed:
            return self.fixed[variance]
        n = len(self.residuals)
        annihilator = np.eye(n) - self.hat
        columns = []
        for rows in self.members:
            weights = self.design[rows] @ self.bread @ contrast
            columns.append(annihilator[:, rows] @ (self.adjustment(rows, variance) @ weights))
        form = np.transpose(columns) @ columns
        return np.trace(form) ** 2 / np.sum(form * form)  # B is symmetric
