"""Cluster-robust t inference of the two means, or why there is none."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from effekt import _linalg
from effekt._inference import Inference, StudentT, Unavailable
from effekt._text import Text
from effekt._types import FloatArray
from effekt.estimators._refusals import JUDGED_BY_CR2, NO_VARIATION, few_clusters, low_df
from effekt.estimators.did.panel import Panel

ROUNDING = 1e-12  # a standard error this small relative to the outcome is rounding
CANCELLED = 1e-10  # a variance this small relative to those it is the rest of has lost its digits

TREATED = Text(en="treated group", sv="behandlade gruppen")
CONTROL = Text(en="untreated group", sv="obehandlade gruppen")


def asymptotic(panel: Panel, variance: str) -> Inference:
    """The covariance of the two means under a named convention, unless clusters are too few for a t reference."""
    clusters = np.unique(panel.cluster)
    for arm, name in ((panel.treated, TREATED), (~panel.treated, CONTROL)):
        if len(np.unique(panel.cluster[arm])) < 2:
            return Unavailable(
                reason=Text(
                    en=f"Cluster-robust inference needs at least two clusters in each group; the {name.en} has one.",
                    sv=f"Klusterrobust inferens kräver minst två kluster i varje grupp; den {name.sv} har ett.",
                )
            )
    reason = few_clusters(len(clusters))
    if reason is not None:
        return Unavailable(reason=reason)
    part = stacked(panel)
    unbiased = _linalg.sandwich("CR2", [part])
    found = (
        _scaled(_linalg.sandwich("CR0", [part]), panel) if variance == "CR1S" else _linalg.sandwich(variance, [part])
    )
    reason = low_df((unbiased if variance in JUDGED_BY_CR2 else found).df_of("difference"))
    if reason is not None:
        return Unavailable(reason=reason)
    return Unavailable(reason=NO_VARIATION) if is_rounding(panel, found) else found


def is_rounding(panel: Panel, found: StudentT) -> bool:
    """Whether the variance of the difference, Σ_g (Σ_i score)² over units' changes, is rounding.

    Of the outcome, or of the two means' variances: what is left of them when nearly all of both is common cancels.
    """
    after, before = unit_means(panel)
    change = after - before
    scores = np.zeros(len(change))
    for arm, sign in ((panel.treated, 1.0), (~panel.treated, -1.0)):
        scores[arm] = sign * (change[arm] - change[arm].mean()) / arm.sum()
    _, cluster = np.unique(panel.cluster, return_inverse=True)
    variance = float(np.sum(np.bincount(cluster, scores) ** 2))
    first, _, second = found.covariance
    floor = max(ROUNDING * float(np.max(np.abs(panel.outcome))), math.sqrt(CANCELLED * (first + second)))
    return math.sqrt(variance) <= floor


def _scaled(plain: StudentT, panel: Panel) -> StudentT:
    """CR1S: G/(G − 1) · (N − 1)/(N − k), N unit-periods, k one effect and the periods; unit effects are nested."""
    groups, n, k = len(np.unique(panel.cluster)), panel.outcome.size, 1 + len(panel.periods)
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    first, cross, second = (value * factor for value in plain.covariance)
    return replace(plain, covariance=(first, cross, second))


def stacked(panel: Panel) -> _linalg.Part:
    """Y₁ on (1, D) and Y₀ on (1, D), stacked; contrasts on (a₁, b₁, a₀, b₀).

    The treated mean is a₁ + b₁; the counterfactual, treated before plus the controls' change, a₀ + b₀ + a₁ − a₀.
    """
    after, before = unit_means(panel)
    group = np.column_stack([np.ones(len(after)), panel.treated])
    nothing = np.zeros(group.shape)
    fit = _linalg.least_squares(np.block([[group, nothing], [nothing, group]]), np.concatenate([after, before]))
    contrasts = np.array([[1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 1.0]])
    return _linalg.Part(fit=fit, contrasts=contrasts, clusters=np.concatenate([panel.cluster, panel.cluster]))


def unit_means(panel: Panel) -> tuple[FloatArray, FloatArray]:
    """Each unit's mean after and before adoption."""
    return panel.outcome[:, panel.post].mean(axis=1), panel.outcome[:, ~panel.post].mean(axis=1)
