"""Whether outcomes moved alike before treatment, by the rows without treatment alone.

Borusyak, Jaravel & Spiess (2024, doi:10.1093/restud/rdae007), test 1 (equation 9, page 3273): least squares of
Y_it = α_i + β_t + Σ_p γ_p 1{t = g_i − p} + ε_it on those rows, and whether all γ are nothing. p goes from 1 + δ, δ the
periods of anticipation, as far as γ_p can be told from the other effects and two clusters are seen at it; periods still
farther from treatment, and units never treated, are what is compared with.
"""

from __future__ import annotations

import numpy as np

from effekt._types import FloatArray
from effekt.diagnostics.pretrends import joint_pretrends
from effekt.estimators._m_estimation import cross_sums
from effekt.estimators.staggered.frame import Frame
from effekt.estimators.staggered.imputation import Untreated
from effekt.estimators.staggered.panel import NEVER
from effekt.result import Diagnostic

ROUNDING = 1e-12  # a standard error this small relative to the outcome is rounding
TOLD = 1e-9  # what is left of an indicator without the other effects, relative to it, below which it is one of them


def leads(frame: Frame, fitted: Untreated, anticipation: int) -> Diagnostic:
    """The test, with the variance of clusters times G/(G − 1), on F(q, G − q) by Hotelling."""
    count = _count(frame, fitted, anticipation)
    left, gram = _indicators(frame, fitted, anticipation, count)
    size = int(frame.cluster.max()) + 1
    names = tuple(str(-anticipation - 1 - place) for place in range(count))
    if not count:
        return joint_pretrends(names, np.zeros(0), np.zeros((0, 0)), size - 1.0)
    moments = np.sum([left[start].T @ frame.moments[start][0, : fitted.rows[start]] for start in left], axis=0)
    gamma = np.linalg.solve(gram, moments)
    sums = np.zeros((count, size))
    for start, own in left.items():
        across = np.linalg.solve(gram, own.T)
        for rows in frame.blocks(start):
            since = frame.outcome[:, rows] - frame.outcome[:1, rows]
            errors = fitted.without_effects(since, start) - (own @ gamma)[:, None]
            for place, weights in enumerate(across.tolist()):
                parts = np.zeros(errors.shape[1])
                for weight, values in zip(weights, errors, strict=True):
                    parts += weight * values
                sums[place] += np.bincount(frame.cluster[rows], parts, minlength=size)
    covariance = size / (size - 1) * cross_sums(sums.T, sums.T)
    seen = np.diag(covariance) > (ROUNDING * np.max(np.abs(frame.outcome))) ** 2
    covariance = covariance * np.outer(seen, seen)
    return joint_pretrends(names, gamma, (covariance + covariance.T) / 2, size - 1.0)


def _count(frame: Frame, fitted: Untreated, anticipation: int) -> int:
    """How many periods before treatment have an effect that can be told from the others, and are seen twice."""
    count = 0
    while True:
        clusters = {
            int(cluster)
            for start, own in frame.slices.items()
            if NEVER > start >= anticipation + 1 + count
            for cluster in np.unique(frame.cluster[own])[:2]
        }
        if len(clusters) < 2:
            return count
        gram = _indicators(frame, fitted, anticipation, count + 1)[1]
        raw = sum(frame.size([start]) for start, m in fitted.rows.items() if 0 <= start - anticipation - 1 - count < m)
        rest = gram[-1, -1]
        if count:
            rest -= float(gram[-1, :-1] @ np.linalg.solve(gram[:-1, :-1], gram[:-1, -1]))
        if rest <= TOLD * raw:
            return count
        count += 1


def _indicators(
    frame: Frame, fitted: Untreated, anticipation: int, count: int
) -> tuple[dict[int, FloatArray], FloatArray]:
    """(m, count) of each cohort: indicators without unit and period effects; and their (count, count) products."""
    raw, size = {}, len(fitted.beta)
    moments = np.zeros((size, count))
    for start, m in fitted.rows.items():
        own = np.array([[float(t == start - anticipation - 1 - p) for p in range(count)] for t in range(m)])
        raw[start] = own.reshape(m, count)
        moments[:m] += frame.size([start]) * (raw[start] - raw[start].mean(axis=0))
    beta = fitted.inverse @ moments
    left = {}
    for start, own in raw.items():
        rest = own - beta[: len(own)]
        left[start] = rest - rest.mean(axis=0)
    gram = np.sum([frame.size([start]) * own.T @ own for start, own in left.items()], axis=0)
    return left, np.asarray(gram, float)
