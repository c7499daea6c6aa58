"""Whether outcomes moved alike before treatment, by the rows without treatment alone.

Borusyak, Jaravel & Spiess (2024, doi:10.1093/restud/rdae007), test 1 (equation 9, page 3273): least squares of
Y_it = α_i + β_t + Σ_p γ_p 1{t = g_i − p} + ε_it on those rows, and whether all γ are nothing. p goes from 1 + δ, δ the
periods of anticipation, as far as every γ_p can be told whichever cluster is left out, and to half of the degrees of
freedom at most; periods still farther from treatment, and units never treated, are what is compared with.

The variance is the jackknife of clusters, (G − 1)/G Σ_c (γ̂ − γ̂₍₋c₎)², in one step each: with A = Σ X'X and residuals e,
γ̂ − γ̂₍₋c₎ is the part of (A − X_c'X_c)⁻¹X_c'e_c (MacKinnon, Nielsen & Webb 2023, doi:10.1002/jae.2969). The paper's
sandwich finds trends that are not there too often in small panels. All units of a cohort have the same rows, so X_c'X_c
follows from how many units of each cohort are in the cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from effekt._types import FloatArray, IntArray
from effekt.diagnostics.pretrends import joint_pretrends
from effekt.estimators._m_estimation import cross_sums, predict
from effekt.estimators.staggered.frame import Frame
from effekt.estimators.staggered.imputation import Untreated
from effekt.estimators.staggered.panel import NEVER
from effekt.result import Diagnostic

ROUNDING = 1e-12  # a standard error this small relative to the outcome is rounding
SINGULAR = 1e-9  # an eigenvalue this small relative to the largest is nothing
TOLD = 1e-6  # how far from itself an effect may be after what cannot be told is taken out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Design:
    """Period effects but the first, and q periods before treatment, less the mean of each unit.

    Attributes
    ----------
    wide : dict of start to (m, p) array
        The same for all units of a cohort; the last q of p columns are the periods before treatment.
    products : (cohorts, p, p) array
        X'X of one unit of each cohort.
    scale : (p,) array
        Root of the diagonal of the sum over all units.
    """

    wide: dict[int, FloatArray]
    products: FloatArray
    scale: FloatArray


def leads(frame: Frame, fitted: Untreated, anticipation: int) -> Diagnostic:
    """The test, on F by Hotelling, with as many degrees of freedom as clusters have a unit that adopts, less one."""
    kinds, kind = _compositions(frame)
    adopting = np.array([start < NEVER for start in frame.slices])
    df = float((kinds[kind] @ adopting > 0).sum() - 1)
    count = _count(frame, fitted, anticipation, kinds, df)
    if not count:
        seen = any(start < NEVER and m > 1 for start, m in fitted.rows.items())
        return joint_pretrends(("-1",) * seen, np.zeros(1), np.zeros((1, 1)), df)
    design = _design(frame, fitted, anticipation, count)
    total = _sum(design, _sizes(frame))
    moments = np.sum([own.T @ frame.moments[start][0, : len(own)] for start, own in design.wide.items()], axis=0)
    beta = _inverse(total, design.scale) @ moments
    scores = _scores(frame, design, beta)
    moved = np.zeros((len(kind), count))
    for place, own in enumerate(kinds):
        left, members = _inverse(total - _sum(design, own), design.scale), kind == place
        for column, row in enumerate(left[-count:]):
            moved[members, column] = predict(scores[members], row)
    covariance = (len(kind) - 1) / len(kind) * cross_sums(moved, moved)
    seen_at = np.diag(covariance) > (ROUNDING * np.max(np.abs(frame.outcome))) ** 2
    covariance = (covariance + covariance.T) / 2 * np.outer(seen_at, seen_at)
    names = tuple(str(-anticipation - 1 - place) for place in range(count))
    return joint_pretrends(names, beta[-count:], covariance, df)


def _count(frame: Frame, fitted: Untreated, anticipation: int, kinds: IntArray, df: float) -> int:
    """How many periods before treatment are tested; those of fewer can be told where those of more can."""
    low, high = 0, min(max(fitted.rows.values()), int(df // 2))
    while low < high:
        middle = (low + high + 1) // 2
        if _told(_design(frame, fitted, anticipation, middle), frame, kinds, middle):
            low = middle
        else:
            high = middle - 1
    return low


def _sizes(frame: Frame) -> IntArray:
    return np.array([own.stop - own.start for own in frame.slices.values()], np.intp)


def _compositions(frame: Frame) -> tuple[IntArray, IntArray]:
    """How many units of each cohort clusters hold, the different ones; and which of them each cluster is."""
    size = int(frame.cluster.max()) + 1
    if frame.single:
        kind = np.zeros(size, np.intp)
        for place, own in enumerate(frame.slices.values()):
            kind[frame.cluster[own]] = place
        return np.eye(len(frame.slices), dtype=np.intp), kind
    counts = np.array([np.bincount(frame.cluster[own], minlength=size) for own in frame.slices.values()]).T
    kinds, kind = np.unique(counts, axis=0, return_inverse=True)
    return kinds, np.asarray(kind, np.intp).ravel()


def _design(frame: Frame, fitted: Untreated, anticipation: int, count: int) -> _Design:
    wide, size = {}, len(fitted.beta)
    for start, m in fitted.rows.items():
        own = np.zeros((m, size - 1 + count))
        for t in range(m):
            own[t, t - 1 : t] = 1.0
            before = start - anticipation - 1 - t
            if before < count:
                own[t, size - 1 + before] = 1.0
        wide[start] = own - own.mean(axis=0)
    products = np.array([own.T @ own for own in wide.values()])
    scale = np.sqrt(np.diag(np.tensordot(_sizes(frame).astype(float), products, 1)))
    return _Design(wide=wide, products=products, scale=scale)


def _sum(design: _Design, counts: IntArray) -> FloatArray:
    return np.asarray(np.tensordot(counts.astype(float), design.products, 1))


def _told(design: _Design, frame: Frame, kinds: IntArray, count: int) -> bool:
    """Whether every period before treatment has an effect of its own, whichever cluster is left out."""
    if not design.scale[-count:].all():
        return False
    total = _sum(design, _sizes(frame))
    return all(_identified(total - _sum(design, own), design.scale, count) for own in (0 * kinds[0], *kinds))


def _identified(gram: FloatArray, scale: FloatArray, count: int) -> bool:
    """Whether the last coefficients do not depend on what the sums leave open."""
    back = _inverse(gram, scale) @ gram
    return bool(np.allclose(back[-count:], np.eye(len(gram))[-count:], rtol=0, atol=TOLD))


def _inverse(gram: FloatArray, scale: FloatArray) -> FloatArray:
    """The inverse, or of what can be told."""
    size = np.where(scale > 0, scale, 1.0)
    return np.asarray(np.linalg.pinv(gram / np.outer(size, size), SINGULAR, hermitian=True) / np.outer(size, size))


def _scores(frame: Frame, design: _Design, beta: FloatArray) -> FloatArray:
    """(clusters, p): X'e of each."""
    size = int(frame.cluster.max()) + 1
    sums = np.zeros((len(beta), size))
    for start, own in design.wide.items():
        level = own @ beta
        for rows in frame.blocks(start):
            since = frame.outcome[: len(own), rows] - frame.outcome[:1, rows]
            errors = since - since.mean(axis=0) - level[:, None]
            for place, weights in enumerate(own.T.tolist()):
                parts = np.zeros(errors.shape[1])
                for weight, values in zip(weights, errors, strict=True):
                    parts += weight * values
                sums[place] += np.bincount(frame.cluster[rows], parts, minlength=size)
    return sums.T
