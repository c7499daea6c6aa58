"""The two means' variance where every cluster lies in one group, in closed form.

A unit's residuals after and before adoption, e and f, are those from its group's means, and the leverage of the m
units of a cluster among the n of its group is h = m/n in both. With A = (1 − h)^power of the convention the score of a
cluster is A/n · Σ (e, f) in the treated group and A/n · Σ (0, e − f) in the other. Under an identity working covariance
the row weights of a contrast are 1/n, so that P of `effekt._linalg` is S times w₁² + w₂² in the treated group and 2w₂²
in the other, w the weights of the two means, S_gh = δ_gh A²m/n² − v_g v_h and v = Am/n^{3/2}.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from effekt._inference import ContrastDf, FixedDf, StudentT
from effekt._types import BoolArray, FloatArray, IntArray

BLOCK = 8_192
POWER = {"CR2": -0.5, "CR3": -1.0}
SATTERTHWAITE = ("CR1", "CR2", "CR3")


def nested_covariances(
    variances: Sequence[str], after: FloatArray, before: FloatArray, treated: BoolArray, cluster: IntArray
) -> list[StudentT]:
    """As `effekt._linalg.sandwich` has them, CR1S without its factor.

    Parameters
    ----------
    variances : sequence of str
    after, before : (units,) arrays
    treated : (units,) bool array
        Alike within clusters, at least one unit in and outside.
    cluster : (units,) integer array
        Codes from 0; some may be missing.
    """
    single = bool(np.bincount(cluster).max() == 1)
    rows = map(np.flatnonzero, (treated, ~treated))
    arms = [_arm(after[own], before[own], None if single else cluster[own]) for own in rows]
    return [_covariance(variance, *arms) for variance in variances]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Arm:
    """Of each cluster of a group, the sums of its units' residuals after and before, and how many they are."""

    after: FloatArray
    before: FloatArray
    size: FloatArray
    n: int


def _arm(after: FloatArray, before: FloatArray, cluster: IntArray | None) -> _Arm:
    after, before, n = after - after.mean(), before - before.mean(), len(after)
    if cluster is None:
        return _Arm(after=after, before=before, size=np.ones(1), n=n)
    size = np.bincount(cluster)
    there = size > 0
    sums = [np.asarray(np.bincount(cluster, one)[there], float) for one in (after, before)]
    return _Arm(after=sums[0], before=sums[1], size=size[there].astype(float), n=n)


def _covariance(variance: str, treated: _Arm, other: _Arm) -> StudentT:
    own, rest = _weights(variance, treated), _weights(variance, other)
    clusters = len(treated.after) + len(other.after)
    factor = clusters / (clusters - 1) if variance == "CR1" else 1.0
    change = rest * (other.after - other.before)
    after, before = own * treated.after, own * treated.before
    first, cross, second = _dot(after, after), _dot(after, before), _dot(before, before) + _dot(change, change)
    df: FixedDf | ContrastDf = FixedDf(df=float(clusters - 1))
    if variance in SATTERTHWAITE:
        (mean, square), (other_mean, other_square) = _traces(own, treated), _traces(rest, other)
        df = ContrastDf(
            quadratic=(mean, 0.0, mean + 2 * other_mean),
            quartic=(square, 0.0, 2 * square, 0.0, square + 4 * other_square),
        )
    return StudentT(covariance=(float(factor * first), float(factor * cross), float(factor * second)), df=df)


def _dot(first: FloatArray, second: FloatArray) -> float:
    """Σ first·second over fixed blocks of clusters, so few that no thread shares a sum."""
    blocks = range(0, len(first), BLOCK)
    return sum((float(first[i : i + BLOCK] @ second[i : i + BLOCK]) for i in blocks), 0.0)


def _weights(variance: str, arm: _Arm) -> FloatArray:
    """A/n of each cluster, or of all of them."""
    return np.asarray((1 - arm.size / arm.n) ** POWER.get(variance, 0.0) / arm.n)


def _traces(weights: FloatArray, arm: _Arm) -> tuple[float, float]:
    """The traces of S and of S²."""
    each = len(arm.after) / len(arm.size)
    own = weights**2 * arm.size
    shared = (weights * arm.size) ** 2 / arm.n
    mean, square = each * np.sum(own - shared), each * np.sum(own**2 - 2 * own * shared)
    return float(mean), float(square + (each * np.sum(shared)) ** 2)
