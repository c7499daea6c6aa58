"""Cluster-robust t inference of the two means, or why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from effekt import _linalg
from effekt._few import few_clusters, low_df
from effekt._inference import Inference, StudentT, Unavailable
from effekt._text import Text
from effekt._types import BoolArray, FloatArray
from effekt.estimators._level import FAR, less_level
from effekt.estimators._refusals import JUDGED_BY_CR2, NO_VARIATION
from effekt.estimators.did.nested import nested_covariances
from effekt.estimators.did.panel import ROWS, Panel

MANY_UNITS = 1_000  # fewer are regressed, also where every cluster lies in one group

ROUNDING = 1e-12  # a standard error this small relative to the outcome is rounding
CANCELLED = 1e-10  # a variance this small relative to those it is the rest of has lost its digits

TREATED = Text(en="treated group", sv="behandlade gruppen")
CONTROL = Text(en="untreated group", sv="obehandlade gruppen")


def asymptotic(panel: Panel, variance: str) -> Inference:
    """The covariance of the two means under a named convention, unless clusters are too few for a t reference."""
    held = held_of(panel)
    refused = too_few(held)
    if refused is not None:
        return Unavailable(reason=refused)
    after, before = unit_means(panel)
    if held.nested and len(after) > MANY_UNITS:
        found, unbiased = nested_covariances((variance, "CR2"), after, before, panel.treated, panel.cluster)
    else:
        part = _part(panel, after, before)
        found, unbiased = (_linalg.sandwich("CR0" if name == "CR1S" else name, [part]) for name in (variance, "CR2"))
    if variance == "CR1S":
        found = _scaled(found, panel, held.clusters)
    reason = low_df((unbiased if variance in JUDGED_BY_CR2 else found).df_of("difference"))
    if reason is not None:
        return Unavailable(reason=reason)
    return Unavailable(reason=NO_VARIATION) if _is_rounding(panel, after - before, found) else found


class Grouped(Protocol):
    """Units in two arms and in clusters."""

    @property
    def treated(self) -> BoolArray:
        """(units,) bool array."""

    def n_clusters(self, treated: bool | None = None) -> int:
        """How many clusters there are, or how many have treated or untreated units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """How many clusters there are, and how many of them have treated and untreated units."""

    clusters: int
    treated: int
    untreated: int

    @property
    def nested(self) -> bool:
        """Whether every cluster lies in one group."""
        return self.treated + self.untreated == self.clusters


def held_of(panel: Grouped) -> Held:
    """Of two arms."""
    return Held(
        clusters=panel.n_clusters(),
        treated=panel.n_clusters(treated=True),
        untreated=panel.n_clusters(treated=False),
    )


def too_few(held: Held) -> Text | None:
    """Why the clusters are too few for a t reference whatever its degrees of freedom; None when they are not."""
    for clusters, name in ((held.treated, TREATED), (held.untreated, CONTROL)):
        if clusters < 2:
            return Text(
                en=f"Cluster-robust inference needs at least two clusters in each group; the {name.en} has one.",
                sv=f"Klusterrobust inferens kräver minst två kluster i varje grupp; den {name.sv} har ett.",
            )
    return few_clusters(held.clusters)


def is_rounding(panel: Panel, found: StudentT) -> bool:
    """Whether the variance of the difference, Σ_g (Σ_i score)² over units' changes, is rounding.

    Of the outcome, or of the two means' variances: what is left of them when nearly all of both is common cancels.
    """
    after, before = unit_means(panel)
    return _is_rounding(panel, after - before, found)


def _is_rounding(panel: Panel, change: FloatArray, found: StudentT) -> bool:
    scores = np.zeros(len(change))
    for arm, sign in ((panel.treated, 1.0), (~panel.treated, -1.0)):
        rows = np.flatnonzero(arm)
        own = change[rows]
        scores[rows] = sign * (own - own.mean()) / len(rows)
    sums = scores if panel.n_clusters() == len(scores) else np.bincount(panel.cluster, scores)
    variance = float(np.sum(sums**2))
    first, _, second = found.covariance
    largest = max(float(panel.outcome.max()), -float(panel.outcome.min()))
    floor = max(ROUNDING * largest, math.sqrt(CANCELLED * (first + second)))
    return math.sqrt(variance) <= floor


def _scaled(plain: StudentT, panel: Panel, groups: int) -> StudentT:
    """CR1S: G/(G − 1) · (N − 1)/(N − k), N rows, k one effect and the periods; unit effects are nested."""
    n, k = panel.rows, 1 + len(panel.periods)
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    first, cross, second = (value * factor for value in plain.covariance)
    return replace(plain, covariance=(first, cross, second))


def stacked(panel: Panel) -> _linalg.Part:
    """Y₁ on (1, D) and Y₀ on (1, D), stacked; contrasts on (a₁, b₁, a₀, b₀).

    The treated mean is a₁ + b₁; the counterfactual, treated before plus the controls' change, a₀ + b₀ + a₁ − a₀.
    """
    return _part(panel, *unit_means(panel))


def _part(panel: Panel, after: FloatArray, before: FloatArray) -> _linalg.Part:
    group = np.column_stack([np.ones(len(after)), panel.treated])
    nothing = np.zeros(group.shape)
    fit = _linalg.least_squares(np.block([[group, nothing], [nothing, group]]), np.concatenate([after, before]))
    contrasts = np.array([[1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 1.0]])
    return _linalg.Part(fit=fit, contrasts=contrasts, clusters=np.concatenate([panel.cluster, panel.cluster]))


def unit_means(panel: Panel) -> tuple[FloatArray, FloatArray]:
    """Each unit's mean after and before adoption; in triple differences before, moved by the unaffected's change.

    With the change of those in the unit whom the intervention could not affect added to the mean before, the
    difference of differences of the two means is that of the affected less that of the unaffected. A level far above
    the spread, which is common to both means, is taken away, as the digits of a mean would be lost to it.
    """
    outcome = _less_level(panel.outcome)
    unaffected = None if panel.unaffected is None else _less_level(panel.unaffected)
    after, before = np.empty(len(outcome)), np.empty(len(outcome))
    for first in range(0, len(after), ROWS):
        rows = slice(first, first + ROWS)
        after[rows], before[rows] = _row_means(outcome[rows], panel.post), _row_means(outcome[rows], ~panel.post)
        if unaffected is not None:
            before[rows] += _row_means(unaffected[rows], panel.post) - _row_means(unaffected[rows], ~panel.post)
    return after, before


def _row_means(outcome: FloatArray, chosen: BoolArray) -> FloatArray:
    """Each unit's mean of some periods, added one after the other; those of a single unit `mean` adds by halves."""
    first, *others = np.flatnonzero(chosen).tolist()
    if len(outcome) == 1:
        return np.asarray(outcome[:, chosen].mean(axis=1))
    total = outcome[:, first] + 0.0  # not −0
    for period in others:
        total += outcome[:, period]
    total /= 1 + len(others)
    return total


def _less_level(outcome: FloatArray) -> FloatArray:
    """The outcomes (units, periods) without a level that is far above their spread."""
    some = outcome[:1]  # whose spread is seldom so small, and is at most that of all
    if np.abs(some).max() <= (FAR - 1) * (some.max() - some.min()):
        return outcome
    return less_level(outcome.ravel()).reshape(outcome.shape)
