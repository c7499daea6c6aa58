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

    def count(self, contrast, value, alternative: str) -> int:
        """How many of all sign vectors are as extreme, at a null r'm = q of fractions; ties count."""
        observed, spread = self._square([Fraction(sum(c)) for _, c in self.clusters], contrast, value)
        bend = sum(r * r / n for r, n in zip(contrast, self.n, strict=True))
        under = [m - r / n * observed / bend for m, r, n in zip(self.means, contrast, self.n, strict=True)]
        found = 0
        for signs in itertools.product((1, -1), repeat=len(self.clusters)):
            sums = [
                len(cluster) * under[arm] + sign * (sum(cluster) - len(cluster) * under[arm])
                for sign, (arm, cluster) in zip(signs, self.clusters, strict=True)
            ]
            effect, other = self._square(sums, contrast, value)
            # t* ≥ t with t = observed/√spread, t* = effect/√other: compare signed squares crosswise
            ours, theirs = abs(observed) * observed * other, abs(effect) * effect * spread
            if alternative == "two-sided":
                found += abs(theirs) >= abs(ours)
            else:
                found += theirs >= ours if alternative == "greater" else theirs <= ours
        return found

    def p(self, contrast: str, null: Fraction | None, alternative: str, side: int = 1) -> Fraction:
        """Of a difference or ratio; `None` is an infinite ratio, of the sign `side`."""
        if contrast == "difference":
            assert null is not None
            row, value = (Fraction(1), Fraction(-1)), null
        else:
            row, value = ((Fraction(1), -null) if null is not None else (Fraction(0), Fraction(-side))), Fraction(0)
        return Fraction(self.count(row, value, alternative), 2 ** len(self.clusters))
