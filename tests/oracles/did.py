"""Slow, obvious difference in differences: explicit dummies, and unit-level influence scores.

`TwoWay` regresses every row on a constant, unit dummies, time dummies and the treatment, and takes any clustered
variance of the treatment coefficient from the n x n hat matrix.

`Influence` is about two means that are not conditional on the units. Unit i has the mean outcome b_i before and a_i
after adoption. The treated mean is the mean of a over the treated; its counterfactual the mean of b over the treated
plus the mean of a - b over the others. A contrast w * treated + v * counterfactual is then a sum of one score per unit,

    treated    (w * (a_i - mean a) + v * (b_i - mean b)) / n_arm
    others      v * ((a_i - b_i) - mean (a - b)) / n_arm

and its variance the sum over clusters g of their squared scores. Where a cluster holds m of an arm's n units, the
residuals of these m share n's mean, which shrinks them: CR2 multiplies that arm's part of the score by (1 - m/n)^-1/2,
CR3 by (1 - m/n)^-1; for clusters of one unit CR2 is HC2, the textbook s^2/n. With several arms in a cluster the parts
add up before squaring. Degrees of freedom (Bell & McCaffrey 2002): V = sum of (r_g'y)^2 with y all a and b; under
independent y of equal variance, df = tr(R'R)^2 / tr((R'R)^2) with the r_g as the rows of R.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
from oracles.regression import Regression

POWER = {"CR0": 0.0, "CR1": 0.0, "CR1S": 0.0, "CR2": -0.5, "CR3": -1.0}


def exact_means(frame):
    """(treated mean, counterfactual) of the four groups of rows, as fractions; columns unit, time, d, y."""
    adopted = min(frame.loc[frame["d"] == 1, "time"])
    treated = frame["unit"].isin(frame.loc[frame["d"] == 1, "unit"])

    def mean(arm, after):
        rows = frame.loc[(treated == arm) & ((frame["time"] >= adopted) == after), "y"]
        return sum(Fraction(str(value)) for value in rows) / len(rows)

    return mean(True, True), mean(True, False) + mean(False, True) - mean(False, False)


def scale(variance, groups, n, periods):
    """The factor before the sum; CR1S counts the treatment and one per period, not the nested unit effects."""
    if variance == "CR1":
        return groups / (groups - 1)
    if variance == "CR1S":
        return groups / (groups - 1) * (n - 1) / (n - 1 - periods)
    return 1.0


class TwoWay:
    """y on d, unit dummies and time dummies."""

    def __init__(self, frame, clusters):
        dummies = [pd.get_dummies(frame[name], drop_first=True, dtype=float) for name in ("unit", "time")]
        design = np.column_stack([frame["d"], np.ones(len(frame)), *dummies])
        self.fit = Regression(design, frame["y"].to_numpy(float), clusters)
        self.effect = np.eye(design.shape[1])[0]
        self.periods = frame["time"].nunique()

    @property
    def estimate(self):
        return self.fit.coefficients[0]

    def variance(self, name):
        """The CR0 of `Regression` for CR1S, times the panel's own factor."""
        plain = self.fit.variance(self.effect, "CR0" if name == "CR1S" else name)
        factor = scale(name, len(self.fit.members), len(self.fit.residuals), self.periods)
        return plain * factor if name == "CR1S" else plain

    def df(self, name):
        return self.fit.df(self.effect, name)


class Influence:
    """Scores per unit on (treated mean, counterfactual)."""

    def __init__(self, frame, clusters):
        adopted = min(frame.loc[frame["d"] == 1, "time"])
        data = frame.assign(cluster=list(clusters), after=frame["time"] >= adopted)
        self.units = sorted(data["unit"].unique())
        self.treated = np.array([data.loc[data["unit"] == unit, "d"].max() == 1 for unit in self.units])
        self.cluster = np.array([data.loc[data["unit"] == unit, "cluster"].iloc[0] for unit in self.units])
        self.after, self.before = (
            np.array([data.loc[(data["unit"] == unit) & (data["after"] == when), "y"].mean() for unit in self.units])
            for when in (True, False)
        )
        self.n, self.periods = len(frame), frame["time"].nunique()
        self.groups = sorted(set(self.cluster))

    def rows(self, variance, w, v):
        """One row r_g per cluster on the stacked outcomes (all a, then all b)."""
        size = len(self.units)
        found = []
        for cluster in self.groups:
            row = np.zeros(2 * size)
            for arm in (True, False):
                members = np.flatnonzero((self.cluster == cluster) & (self.treated == arm))
                others = np.flatnonzero(self.treated == arm)
                if not len(members):
                    continue
                grown = (1 - len(members) / len(others)) ** POWER[variance] / len(others)
                for i in members:
                    for position, weight in ((i, w if arm else v), (size + i, v if arm else -v)):
                        row[position] += grown * weight
                        row[others + (size if position >= size else 0)] -= grown * weight / len(others)
            found.append(row)
        return np.array(found)

    def variance(self, variance, w=1.0, v=-1.0):
        scores = self.rows(variance, w, v) @ np.concatenate([self.after, self.before])
        return scale(variance, len(self.groups), self.n, self.periods) * float(scores @ scores)

    def covariance(self, variance):
        """(var treated, cov, var counterfactual); the cross term by polarisation."""
        first, second = self.variance(variance, 1.0, 0.0), self.variance(variance, 0.0, 1.0)
        return first, (self.variance(variance, 1.0, 1.0) - first - second) / 2, second

    def df(self, variance, w=1.0, v=-1.0):
        if variance in ("CR0", "CR1S"):
            return len(self.groups) - 1
        rows = self.rows(variance, w, v)
        gram = rows @ rows.T
        return np.trace(gram) ** 2 / np.trace(gram @ gram)


class Rows:
    """Rows of people on d (or d·e), and a dummy for everything: units and periods, or pairs with e and each other.

    Beside them, in a block of its own, the treated rows on a constant: their mean, of which the counterfactual is that
    less the coefficient. Columns of `frame`: unit, time, d, y, with `third` also e, and the covariates.
    """

    def __init__(self, frame, clusters, third=False, covariates=()):
        frame = frame.reset_index(drop=True)
        own = frame["d"] * (frame["e"] if third else 1)
        keys = [["unit", "e"], ["time", "e"], ["unit", "time"]] if third else [["unit"], ["time"]]
        dummies = [pd.get_dummies(frame[key].astype(str).agg("-".join, axis=1), dtype=float).to_numpy() for key in keys]
        columns = [own.to_numpy(float), *(frame[name].to_numpy(float) for name in covariates)]
        for column in np.column_stack(dummies).T:
            if np.linalg.matrix_rank(np.column_stack([*columns, column])) > len(columns):
                columns.append(column)
        self.design, self.y = np.column_stack(columns), frame["y"].to_numpy(float)
        self.labels, treated = np.asarray(list(clusters)), np.flatnonzero(own == 1)
        self.mean = self.y[treated].mean()
        self.n, self.k = len(frame), 1 + frame["time"].nunique() + len(covariates)
        block = np.zeros((self.n + len(treated), len(columns) + 1))
        block[: self.n, :-1], block[self.n :, -1] = self.design, 1.0
        self.fit = Regression(
            block, np.concatenate([self.y, self.y[treated]]), np.concatenate([self.labels, self.labels[treated]])
        )
        self.weights = np.zeros(len(columns) + 1), np.zeros(len(columns) + 1)
        self.weights[0][-1] = self.weights[1][-1] = 1.0
        self.weights[1][0] = -1.0

    @property
    def estimate(self):
        return self.fit.coefficients[0]

    def covariance(self, name):
        """(var treated, cov, var counterfactual)."""
        groups = len(self.fit.members)
        factor = groups / (groups - 1) * (self.n - 1) / (self.n - self.k) if name == "CR1S" else 1.0
        whole = factor * self.fit.coefficient_covariance("CR0" if name == "CR1S" else name)
        first, second = self.weights
        return first @ whole @ first, first @ whole @ second, second @ whole @ second

    def df(self, name, w=1.0, v=-1.0):
        return self.fit.df(w * self.weights[0] + v * self.weights[1], name)


class EventRows:
    """As `Rows`, with a dummy of the treated (in `third` of those who could be affected) in each of `times`.

    Beside them, in a block of its own for each of these times, the treated rows of that time on a constant.
    """

    def __init__(self, frame, clusters, times, third=False, covariates=()):
        frame = frame.reset_index(drop=True)
        own = frame["unit"].isin(frame.loc[frame["d"] == 1, "unit"]) & ((frame["e"] == 1) if third else True)
        keys = [["unit", "e"], ["time", "e"], ["unit", "time"]] if third else [["unit"], ["time"]]
        dummies = [pd.get_dummies(frame[key].astype(str).agg("-".join, axis=1), dtype=float).to_numpy() for key in keys]
        columns = [(own & (frame["time"] == t)).to_numpy(float) for t in times]
        columns += [frame[name].to_numpy(float) for name in covariates]
        for column in np.column_stack(dummies).T:
            if np.linalg.matrix_rank(np.column_stack([*columns, column])) > len(columns):
                columns.append(column)
        y, labels = frame["y"].to_numpy(float), np.asarray(list(clusters))
        rows, m = [np.flatnonzero(own & (frame["time"] == t)) for t in times], len(times)
        self.design, self.n, k = np.column_stack(columns), len(frame), len(columns)
        block = np.zeros((self.n + sum(map(len, rows)), k + m))
        block[: self.n, :k] = self.design
        first = self.n
        for place, members in enumerate(rows):
            block[first : first + len(members), k + place] = 1.0
            first += len(members)
        order = np.concatenate([np.arange(self.n), *rows])
        self.fit = Regression(block, y[order], labels[order])
        self.estimates = self.fit.coefficients[:m]
        self.means = [y[members].mean() for members in rows]
        self.weights = np.zeros((2 * m, k + m))  # treated and counterfactual of each time
        for place in range(m):
            self.weights[2 * place : 2 * place + 2, k + place] = 1.0
            self.weights[2 * place + 1, place] = -1.0

    def covariance(self, name):
        return self.weights @ self.fit.coefficient_covariance(name) @ self.weights.T

    def df(self, place, name, w=1.0, v=-1.0):
        return self.fit.df(w * self.weights[2 * place] + v * self.weights[2 * place + 1], name)
