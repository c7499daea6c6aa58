"""The wild cluster bootstrap by refitting: every combination of weights, one regression each, nothing simplified.

Cameron, Gelbach & Miller (2008, doi:10.1162/rest.90.3.414), the percentile-t method with the null imposed:
1. estimate, and its t from the cluster-robust variance; 2. estimate again subject to the null; 3. for each combination
of weights build the outcome from the restricted fit and the weighted restricted residuals, estimate, and form t* around
the null; 4. the share of t* at least as extreme as t.
"""

from __future__ import annotations

import functools
import itertools
import math
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
    observed, drawn = refitted(Problem(design, outcome, clusters, contrast, value, draws))
    slack = tie * max(1.0, abs(observed))
    if alternative == "two-sided":
        count = sum(abs(t) >= abs(observed) - slack for t in drawn)
    elif alternative == "greater":
        count = sum(t >= observed - slack for t in drawn)
    else:
        count = sum(t <= observed + slack for t in drawn)
    return Fraction(count, len(drawn))


class Problem:
    """One null of one regression, the same for all alternatives, by its bytes."""

    def __init__(self, design, outcome, clusters, contrast, value, draws) -> None:
        self.parts = design, outcome, clusters, contrast, value, draws
        arrays = (np.asarray(part) for part in self.parts)
        self.key = tuple((array.shape, array.dtype.str, tuple(array.ravel().tolist())) for array in arrays)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Problem) and self.key == other.key


@functools.lru_cache(maxsize=1)
def refitted(problem: Problem) -> tuple[float, list[float]]:
    """t, and t* of every draw; kept while the next alternative asks for the same."""
    design, outcome, clusters, contrast, value, draws = problem.parts
    names = np.unique(clusters)
    observed = t_statistic(design, outcome, clusters, contrast, value)
    fitted = restricted_fit(design, outcome, contrast, value)
    residuals = outcome - fitted
    found = []
    for draw in draws:
        weights = np.array([draw[int(np.flatnonzero(names == name)[0])] for name in clusters])
        found.append(t_statistic(design, fitted + weights * residuals, clusters, contrast, value))
    return observed, found


# --- two means by cluster sums, in exact arithmetic, at nulls as far out as one likes and at infinity ---


class ExactMeans:
    """Two arms of whole-number outcomes in clusters, as fractions: t and every t* of a − ρb = q without rounding.

    The restricted fit of two means is the weighted projection: with n₁, n₀ rows and r = (x, −y), the means under
    r'm = q are m̂ − V r (r'm̂ − q)/(r'V r), V = diag(1/n₁, 1/n₀). Residuals are those means taken off, and the new
    means and cluster sums follow by adding up. Compared are squares with signs, multiplied out, so that nothing is
    divided.
    """

    def __init__(self, treated: list[list[int]], controls: list[list[int]]) -> None:
        self.clusters = [(0, cluster) for cluster in treated] + [(1, cluster) for cluster in controls]
        self.n = [sum(len(c) for arm, c in self.clusters if arm == side) for side in (0, 1)]
        self.means = [Fraction(sum(sum(c) for arm, c in self.clusters if arm == side), self.n[side]) for side in (0, 1)]

    def _square(self, sums, contrast, value):
        """t as its numerator and its squared denominator: r'm* − q and Σ (r'V Z_g'e_g)², e from the new means."""
        means = [
            sum(total for (arm, _), total in zip(self.clusters, sums, strict=True) if arm == side) / self.n[side]
            for side in (0, 1)
        ]
        effect = sum(r * m for r, m in zip(contrast, means, strict=True)) - value
        spread = Fraction(0)
        for (arm, cluster), total in zip(self.clusters, sums, strict=True):
            spread += (contrast[arm] / self.n[arm] * (total - len(cluster) * means[arm])) ** 2
        return effect, spread

    def counts(self, contrast, value) -> dict[str, int]:
        """How many of all sign vectors are as extreme, at a null r'm = q of fractions; ties count.

        With n_g rows and a residual sum u_g in a cluster and T_a in an arm, a vector of signs s gives the effect
        Σ r_a T_a/n_a and the squared denominator Σ (r_a/n_a)² (s_g u_g − n_g T_a/n_a)². The comparison is of squares
        with signs, so r and u may be multiplied by what makes all of them whole numbers.
        """
        observed, spread = self._square([Fraction(sum(c)) for _, c in self.clusters], contrast, value)
        bend = sum(r * r / n for r, n in zip(contrast, self.n, strict=True))
        under = [m - r / n * observed / bend for m, r, n in zip(self.means, contrast, self.n, strict=True)]
        left = whole([sum(cluster) - len(cluster) * under[arm] for arm, cluster in self.clusters])
        row = whole([r / n**2 for r, n in zip(contrast, self.n, strict=True)])
        own = whole([abs(observed) * observed, spread])
        found = dict.fromkeys(("two-sided", "greater", "less"), 0)
        for signs in itertools.product((1, -1), repeat=len(self.clusters)):
            drawn = [sign * one for sign, one in zip(signs, left, strict=True)]
            total = [0, 0]
            for (arm, _), one in zip(self.clusters, drawn, strict=True):
                total[arm] += one
            effect = sum(r * t * n for r, t, n in zip(row, total, self.n, strict=True))
            other = sum(
                (row[arm] * (self.n[arm] * one - len(cluster) * total[arm])) ** 2
                for (arm, cluster), one in zip(self.clusters, drawn, strict=True)
            )
            # t* ≥ t with t = observed/√spread, t* = effect/√other: compare signed squares crosswise
            ours, theirs = own[0] * other, abs(effect) * effect * own[1]
            found["two-sided"] += abs(theirs) >= abs(ours)
            found["greater"] += theirs >= ours
            found["less"] += theirs <= ours
        return found

    def p(self, contrast: str, null: Fraction | None, side: int = 1) -> dict[str, Fraction]:
        """Of a difference or ratio, by alternative; `None` is an infinite ratio, of the sign `side`."""
        if contrast == "difference":
            assert null is not None
            row, value = (Fraction(1), Fraction(-1)), null
        else:
            row, value = ((Fraction(1), -null) if null is not None else (Fraction(0), Fraction(-side))), Fraction(0)
        counts = self.counts(row, value)
        return {alternative: Fraction(count, 2 ** len(self.clusters)) for alternative, count in counts.items()}


def whole(numbers) -> list[int]:
    """Fractions times what makes all of them whole."""
    most = math.lcm(*(Fraction(number).denominator for number in numbers))
    return [int(number * most) for number in numbers]


class CellMeans:
    """All signs of a regression on the four cells of treated and other units, in a later and a base period, exactly.

    The ratio is that of the treated units' later mean over their base mean plus the others' change. Its null is
    imposed by least squares of the cells; a unit's rows turn their sign together.
    """

    def __init__(self, treated: list[tuple[Fraction, Fraction]], others: list[tuple[Fraction, Fraction]]) -> None:
        self.rows, self.n = [*treated, *others], (len(treated), len(others))

    def _cells(self, rows) -> list[Fraction]:
        """Later and base mean of the treated, then of the others."""
        n = self.n[0]
        return [sum(row[i] for row in arm) / len(arm) for arm in (rows[:n], rows[n:]) for i in (0, 1)]

    @property
    def ratio(self) -> Fraction:
        later, base, after, before = self._cells(self.rows)
        return later / (base + after - before)

    def p(self, null: Fraction) -> dict[str, Fraction]:
        """By alternative."""
        line = [Fraction(1), -null, -null, null]
        cells, sizes = self._cells(self.rows), [self.n[0]] * 2 + [self.n[1]] * 2
        distance = sum(a * m for a, m in zip(line, cells, strict=True))
        bend = sum(a * a / n for a, n in zip(line, sizes, strict=True))
        under = [m - a / n * distance / bend for a, m, n in zip(line, cells, sizes, strict=True)]
        arms = [0] * self.n[0] + [1] * self.n[1]
        left = [[y - under[2 * arm + i] for i, y in enumerate(row)] for arm, row in zip(arms, self.rows, strict=True)]
        own = self._squares(line, [list(row) for row in self.rows], arms)
        found = dict.fromkeys(("two-sided", "greater", "less"), 0)
        for signs in itertools.product((1, -1), repeat=len(arms)):
            drawn = self._squares(line, [[sign * y for y in row] for sign, row in zip(signs, left, strict=True)], arms)
            ours, theirs = own[0] * drawn[1], drawn[0] * own[1]
            found["two-sided"] += abs(theirs) >= abs(ours)
            found["greater"] += theirs >= ours
            found["less"] += theirs <= ours
        return {side: Fraction(count, 2 ** len(arms)) for side, count in found.items()}

    def _squares(self, line, rows, arms) -> tuple[Fraction, Fraction]:
        """The effect times its size, and CR0's variance of it."""
        cells = self._cells(rows)
        effect = sum(a * m for a, m in zip(line, cells, strict=True))
        scores = [
            sum(line[2 * arm + i] * (row[i] - cells[2 * arm + i]) for i in (0, 1)) / self.n[arm]
            for arm, row in zip(arms, rows, strict=True)
        ]
        return effect * abs(effect), sum(one * one for one in scores)
