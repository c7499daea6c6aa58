"""Group-time effects by the letter: one loop over cohorts and periods, one over units.

Callaway & Sant'Anna (2021, doi:10.1016/j.jeconom.2020.12.001): population equations 2.2 (doubly robust), 2.3 (outcome
regression) and 2.4 (inverse probability), influence functions of Sant'Anna & Zhao (2020,
doi:10.1016/j.jeconom.2020.06.003), equations 3.1 and 3.5 and their panel versions. The unit's part in the level of the
base period is added, so that both means have an influence function.
"""

from __future__ import annotations

import math

import numpy as np


def logistic(rows, treated):
    """Newton's method on the likelihood, without a stopping rule: forty steps."""
    beta = np.zeros(len(rows[0]))
    for _ in range(40):
        gradient, information = np.zeros(len(beta)), np.zeros((len(beta), len(beta)))
        for x, d in zip(rows, treated, strict=True):
            p = 1 / (1 + math.exp(-float(x @ beta)))
            gradient += (d - p) * x
            information += p * (1 - p) * np.outer(x, x)
        beta = beta + np.linalg.solve(information, gradient)
    return beta, information


def used_up(x, clusters):
    """tr(PQ): the projections on the covariates about their means and on the clusters' indicators, both n by n."""
    x = np.array(x)[:, 1:]
    indicators = np.array([[float(own == c) for c in sorted(set(clusters))] for own in clusters])
    return float(np.trace(projection(x - x.mean(axis=0)) @ projection(indicators)))


def projection(columns):
    q, _ = np.linalg.qr(columns)
    return q @ q.T


class Staggered:
    """units: list of {"start": position or None, "y": [...], "x": [...], "cluster": name}."""

    def __init__(self, units, method, comparison, base, anticipation, adjusted):
        self.units, self.method, self.comparison = units, method, comparison
        self.base, self.anticipation, self.adjusted = base, anticipation, adjusted
        self.clusters = sorted({unit["cluster"] for unit in units})
        periods = len(units[0]["y"])
        self.cohorts = sorted({u["start"] for u in units if u["start"] is not None and u["start"] < periods})
        self.cells = {}
        for g in self.cohorts:
            for t in range(periods):
                found = self.cell(g, t)
                if found is not None:
                    self.cells[g, t] = found

    def base_of(self, g, t):
        free = g - self.anticipation - 1
        if self.base == "universal" or t > free:
            return free if t != free else None
        return t - 1 if t > 0 else None

    def is_control(self, unit, g, t, b):
        start = unit["start"]
        if start is None:
            return True
        if self.comparison == "never_treated" or start == g:
            return False
        return start > max(t, b) + self.anticipation

    def cell(self, g, t):
        """(treated mean, counterfactual mean, parts of each cluster in both) or None."""
        b = self.base_of(g, t)
        if b is None:
            return None
        treated = [i for i, u in enumerate(self.units) if u["start"] == g]
        controls = [i for i, u in enumerate(self.units) if self.is_control(u, g, t, b)]
        if not controls:
            return None
        x = {i: np.array([1.0, *self.units[i]["x"]]) for i in (*treated, *controls)}
        change = {i: self.units[i]["y"][t] - self.units[i]["y"][b] for i in (*treated, *controls)}
        n1 = len(treated)
        gram = sum(np.outer(x[i], x[i]) for i in controls)
        beta = np.linalg.solve(gram, sum(x[i] * change[i] for i in controls))
        beta = (self.method != "inverse_probability") * beta
        error = {i: change[i] - float(x[i] @ beta) for i in change}
        mean_x = sum(x[i] for i in treated) / n1
        w, part_of_propensity = dict.fromkeys(controls, 0.0), dict.fromkeys(change, 0.0)
        if self.method != "regression":
            arms = [*treated, *controls]
            gamma, information = logistic([x[i] for i in arms], [1.0] * n1 + [0.0] * len(controls))
            odds = {i: math.exp(float(x[i] @ gamma)) for i in arms}
            w = {i: odds[i] / sum(odds[j] for j in controls) for i in controls}
        moved = sum(w[i] * error[i] for i in controls)
        if self.method != "regression":
            slope = np.linalg.solve(information, sum(w[i] * (error[i] - moved) * x[i] for i in controls))
            part_of_propensity = {i: float(x[i] @ slope) * ((i in treated) - odds[i] / (1 + odds[i])) for i in arms}
        reach = np.linalg.solve(gram, mean_x - sum(w[i] * x[i] for i in controls))
        reach = (self.method != "inverse_probability") * reach
        mean = sum(self.units[i]["y"][t] for i in treated) / n1
        level = sum(self.units[i]["y"][b] + float(x[i] @ beta) for i in treated) / n1
        first, own_second, second = (dict.fromkeys(self.clusters, 0.0) for _ in range(3))
        h1, h0, weight = self.leverages(treated, controls, x, gram, w, reach)
        for i in treated:
            c = self.units[i]["cluster"]
            scale = 1 / math.sqrt(1 - h1[c]) if self.adjusted else 1.0
            own = self.units[i]["y"][b] + float(x[i] @ beta)
            first[c] += scale * (self.units[i]["y"][t] - mean) / n1
            own_second[c] += scale * ((own - level) / n1 + part_of_propensity[i])
        for i in controls:
            c = self.units[i]["cluster"]
            scale = 1 / math.sqrt(1 - h0[c]) if self.adjusted else 1.0
            second[c] += scale * (w[i] * (error[i] - moved) + float(x[i] @ reach) * error[i] + part_of_propensity[i])
        both = {c: own_second[c] + second[c] for c in self.clusters}
        df = self.welch([first[c] - own_second[c] for c in self.clusters], second, h1, weight, self.used(controls))
        return mean, level + moved, first, both, df

    def welch(self, treated, control, h1, weight, used):
        """Of the difference, from the parts of both arms in it."""
        v1, v0 = sum(part**2 for part in treated), sum(part**2 for part in control.values())
        d1 = 1 / sum(h**2 for h in h1.values()) - 1
        d0 = 1 / sum(v**2 for v in weight.values()) - used - 1
        return (v1 + v0) ** 2 / (v1**2 / d1 + v0**2 / d0)

    def used(self, controls):
        own = [self.units[i] for i in controls]
        return used_up([[1.0, *one["x"]] for one in own], [one["cluster"] for one in own])

    def leverages(self, treated, controls, x, gram, w, reach):
        h1, h0, weight = (dict.fromkeys(self.clusters, 0.0) for _ in range(3))
        for i in treated:
            h1[self.units[i]["cluster"]] += 1 / len(treated)
        for i in controls:
            regression = float(x[i] @ np.linalg.solve(gram, x[i]))
            own = {"regression": regression, "inverse_probability": w[i], "doubly_robust": max(regression, w[i])}
            h0[self.units[i]["cluster"]] += own[self.method]
            weight[self.units[i]["cluster"]] += w[i] + float(x[i] @ reach)
        return h1, h0, weight

    def covariance(self, one, other):
        """2 by 2: of the two means of one cell with those of another."""
        a, b = self.cells[one], self.cells[other]
        return [[sum(a[i][c] * b[j][c] for c in self.clusters) for j in (2, 3)] for i in (2, 3)]

    def aggregate(self, by):
        """{label: (effect, standard error)} and the overall pair, from influence functions with estimated weights."""
        n = len(self.units)
        share = {g: sum(u["start"] == g for u in self.units) / n for g in self.cohorts}
        moved = {g: dict.fromkeys(self.clusters, 0.0) for g in self.cohorts}
        for u in self.units:
            for g in self.cohorts:
                moved[g][u["cluster"]] += ((u["start"] == g) - share[g]) / n

        def average(cells):
            total = sum(share[g] for g, _ in cells)
            value = sum(share[g] / total * (self.cells[g, t][0] - self.cells[g, t][1]) for g, t in cells)
            parts = {}
            for c in self.clusters:
                own = 0.0
                for g, t in cells:
                    mean, counterfactual, first, second, _ = self.cells[g, t]
                    shift = moved[g][c] / total - share[g] / total**2 * sum(moved[k][c] for k, _ in cells)
                    own += share[g] / total * (first[c] - second[c]) + shift * (mean - counterfactual)
                parts[c] = own
            return value, parts

        def mean(averages, weights, extra=None):
            value = sum(w * a for w, (a, _) in zip(weights, averages, strict=True))
            parts = {c: sum(w * p[c] for w, (_, p) in zip(weights, averages, strict=True)) for c in self.clusters}
            if extra is not None:
                parts = {c: parts[c] + extra[c] for c in self.clusters}
            return value, math.sqrt(sum(p**2 for p in parts.values()))

        after = [(g, t) for g, t in self.cells if t >= g]
        if by == "simple":
            return {}, mean([average(after)], [1.0])
        key = {"dynamic": lambda g, t: t - g, "calendar": lambda g, t: t, "cohort": lambda g, t: g}[by]
        cells = self.cells if by == "dynamic" else after
        labels = sorted({key(*cell) for cell in cells})
        averages = {label: average([cell for cell in cells if key(*cell) == label]) for label in labels}
        members = {label: mean([averages[label]], [1.0]) for label in labels}
        if by != "cohort":
            used = [averages[label] for label in labels if by == "calendar" or label >= 0]
            return members, mean(used, [1 / len(used)] * len(used))
        total = sum(share[g] for g in labels)
        extra = {
            c: sum(
                (moved[g][c] / total - share[g] / total**2 * sum(moved[k][c] for k in labels)) * averages[g][0]
                for g in labels
            )
            for c in self.clusters
        }
        return members, mean([averages[g] for g in labels], [share[g] / total for g in labels], extra)
