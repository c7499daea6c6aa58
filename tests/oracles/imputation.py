"""Imputation by the letter: a regression with a dummy for every unit and period, and weights by solving for them.

Borusyak, Jaravel & Spiess (2024, doi:10.1093/restud/rdae007): theorem 2 (equation 5), theorem 3 (equations 7 and 8),
and test 1 (equation 9).
"""

from __future__ import annotations

import math

import numpy as np


class Imputation:
    """units: list of {"start": position or None, "y": [...], "cluster": name}."""

    def __init__(self, units, anticipation):
        self.units, self.anticipation, self.periods = units, anticipation, len(units[0]["y"])
        self.rows = [(i, t) for i in range(len(units)) for t in range(self.periods)]
        self.treated = [row for row in self.rows if self.is_treated(*row)]
        self.free = [row for row in self.rows if not self.is_treated(*row)]
        self.late = max(t for _, t in self.free)
        y0 = np.array([units[i]["y"][t] for i, t in self.free])
        dummies = np.array([self.dummies(i, t) for i, t in self.free])
        self.solve = np.linalg.pinv(dummies, rcond=1e-12)
        beta = self.solve @ y0
        self.error = dict(zip(self.free, y0 - dummies @ beta, strict=True))
        self.imputed = {row: float(self.dummies(*row) @ beta) for row in self.treated}
        self.tau = {(i, t): units[i]["y"][t] - self.imputed[i, t] for i, t in self.treated}
        self.clusters = sorted({unit["cluster"] for unit in units})
        cohorts = {units[i]["start"] for i, t in self.treated if units[i]["start"] < self.periods}
        self.cells = [(g, t) for g in sorted(cohorts) for t in range(g - anticipation, self.periods) if t <= self.late]

    def is_treated(self, i, t):
        start = self.units[i]["start"]
        return start is not None and t >= start - self.anticipation

    def dummies(self, i, t):
        found = np.zeros(len(self.units) + self.periods)
        found[i] = found[len(self.units) + t] = 1.0
        return found

    def members(self, g, t):
        return [(i, s) for i, s in self.treated if self.units[i]["start"] == g and s == t]

    def weights(self, targets):
        """v of every row: those of the targets, and what they take from rows without treatment."""
        moved = sum(w * self.dummies(*row) for row, w in targets.items())
        v = dict(zip(self.free, -(self.solve.T @ moved), strict=True))
        return {**v, **targets}

    def conservative(self, targets):
        """The estimate and its variance, with the cohort and period averages of equation 8 for these very weights."""
        v = self.weights(targets)
        value = sum(w * self.tau[row] for row, w in targets.items())
        centre = {}
        for g, t in {(self.units[i]["start"], t) for i, t in targets}:
            own = self.members(g, t)
            centre[g, t] = sum(v[r] * v[r] * self.tau[r] for r in own) / sum(v[r] * v[r] for r in own)
        sums = dict.fromkeys(self.clusters, 0.0)
        for (i, t), weight in v.items():
            error = self.error[i, t] if (i, t) in self.error else self.tau[i, t] - centre[self.units[i]["start"], t]
            sums[self.units[i]["cluster"]] += weight * error
        return value, sum(part**2 for part in sums.values())

    def average(self, cells):
        """Every treated unit in these cells weighs the same."""
        rows = [row for cell in cells for row in self.members(*cell)]
        return dict.fromkeys(rows, 1 / len(rows))

    def cell(self, g, t, adjusted):
        """Treated mean, counterfactual mean, each cluster's part in both, and the degrees of freedom."""
        own = self.members(g, t)
        n = len(own)
        v = self.weights(dict.fromkeys(own, 1 / n))
        mean = sum(self.units[i]["y"][t] for i, _ in own) / n
        imputed = sum(self.imputed[row] for row in own) / n
        tau = mean - imputed
        cohort = {i for i, _ in own}
        zeros = lambda: dict.fromkeys(self.clusters, 0.0)  # noqa: E731
        first, inside, outside, share, weight = zeros(), zeros(), zeros(), zeros(), zeros()
        for i, s in (*self.free, *own):
            c, part = self.units[i]["cluster"], v[i, s]
            if (i, s) in self.error:
                (inside if i in cohort else outside)[c] += part * self.error[i, s]
                if s == t and i not in cohort:
                    weight[c] -= part
                continue
            first[c] += (self.units[i]["y"][t] - mean) / n
            inside[c] += part * (self.tau[i, s] - tau)
            share[c] += 1 / n
        for c in self.clusters:
            if adjusted:
                first[c] /= math.sqrt(1 - share[c])
                inside[c] /= math.sqrt(1 - share[c])
                outside[c] /= math.sqrt(1 - weight[c])
        second = {c: first[c] - inside[c] - outside[c] for c in self.clusters}
        v1, v0 = sum(p**2 for p in inside.values()), sum(p**2 for p in outside.values())
        d1, d0 = (1 / sum(p**2 for p in spread.values()) - 1 for spread in (share, weight))
        return mean, imputed, first, second, (v1 + v0) ** 2 / (v1**2 / d1 + v0**2 / d0)

    def leads(self, count):
        """Coefficients of the periods before treatment, and the jackknife: each cluster is left out in turn."""
        beta = self.regression(count, self.free)
        moved = [
            beta - self.regression(count, [row for row in self.free if self.units[row[0]]["cluster"] != c])
            for c in self.clusters
        ]
        g = len(self.clusters)
        return beta, (g - 1) / g * sum(np.outer(part, part) for part in moved)

    def regression(self, count, rows):
        wide = [[float(self.lead(i, t) == p) for p in range(1, count + 1)] for i, t in rows]
        z = np.array([[*self.dummies(i, t), *own] for (i, t), own in zip(rows, wide, strict=True)])
        y = np.array([self.units[i]["y"][t] for i, t in rows])
        return (np.linalg.pinv(z, rcond=1e-12) @ y)[-count:]

    def lead(self, i, t):
        start = self.units[i]["start"]
        return None if start is None else start - self.anticipation - t
