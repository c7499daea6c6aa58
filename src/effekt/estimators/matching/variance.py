"""The variance of a matched comparison: which names a match has, and how each is computed.

A new variance is one more function here, and its name with the matches that may take it in `choose_variance`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from effekt import _linalg
from effekt._few import low_df
from effekt._inference import ContrastDf, Inference, StudentT, Unavailable
from effekt._tall import Shrink
from effekt._text import Text, format_number
from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import check_option
from effekt.estimators._refusals import NO_VARIATION
from effekt.estimators.matching.clusters import Clusters, within_clusters
from effekt.estimators.matching.design import set_shares, set_sizes
from effekt.estimators.matching.methods import METHODS
from effekt.estimators.matching.outcomes import Groups
from effekt.estimators.weighting import SANDWICH, refuse_clusters
from effekt.exceptions import ArgumentError

ROUNDING = 1e-13  # variation this small relative to the values is rounding
M_ESTIMATION = "m_estimation"  # of weightings, see `weighting.weighted_means`
WITHIN_SETS = ("HC2", "CR2_within")  # variances of units, or their clusters, within sets
LARGE_SETS = ("exact", "coarsened_exact", "subclassification")  # methods whose sets hold many units of each arm


def choose_variance(taken: Mapping[str, Any], variance: object, cluster: str | None = None) -> str | None:
    """The variance of a comparison, when its arguments and the match's agree: None where there is none by default."""
    if METHODS[taken["method"]].weighs:
        check_option("variance", M_ESTIMATION if variance is None else variance, (M_ESTIMATION, SANDWICH))
        refuse_clusters(variance, cluster)
        return SANDWICH if variance == SANDWICH else M_ESTIMATION
    names = names_of_variance(taken, clustered=cluster is not None)
    if cluster is not None and taken["replace"] and variance != "CR2" and (variance or "reuse" not in taken):
        raise ArgumentError(
            f"`variance` must be 'CR2' when `cluster` is given and controls are shared; got {variance!r}. The variance "
            "of Abadie and Imbens takes units as independent."
        )
    if variance is None:
        return names[0]
    check_option("variance", variance, tuple(name for name in names if name is not None))
    return str(variance)


def names_of_variance(taken: Mapping[str, Any], *, clustered: bool) -> tuple[str | None, ...]:
    """Which variances there are for a match of these arguments, the default first."""
    if taken["replace"]:
        if "reuse" in taken:
            return "CR2", "abadie_imbens"
        return None, "abadie_imbens", "abadie_imbens_estimated", "CR2"
    if taken["method"] not in LARGE_SETS:
        return ("CR2",)
    return ("CR2_within", "CR2") if clustered else ("HC2", "CR2")


def infer(outcome: FloatArray, groups: Groups, variance: str | None, clusters: Clusters | None) -> Inference:
    """A t reference for the two means, or why there is none.

    Parameters
    ----------
    outcome : (n,) array
    groups : Groups
    variance : {"CR2", "CR2_within", "HC2"} or None
    clusters : Clusters, optional
        Those of the variance.
    """
    if variance is None:
        return Unavailable(reason=SHARED_CONTROLS)
    if clusters is not None and (few := clusters.few()) is not None:
        return Unavailable(reason=few)
    rows, sets, estimand = np.flatnonzero(groups.used), groups.sets, groups.estimand
    y, treated = outcome[rows], groups.treated[rows]
    if variance == "CR2":
        assert clusters is not None
        return _between(y, treated, groups.weights[rows], clusters.of_unit[rows])
    assert sets is not None
    if clusters is None:
        return _within_sets(y, treated, sets[rows], estimand)
    found = within_clusters(y, treated, sets[rows], clusters.of_unit[rows], estimand)
    return found if isinstance(found, Unavailable) else _judged(found)


def _between(outcome: FloatArray, treated: BoolArray, weights: FloatArray, clusters: IntArray) -> Inference:
    """CR2 of the regression on two arms with the weights of the match, by clusters that no set or pair crosses.

    With w_g the share of cluster g in the weights of either arm and d_g its difference of weighted means, the variance
    is Σ w_g²(d_g − τ̂)²/(1 − w_g). With q_g = w_g²/(1 − w_g) the degrees of freedom are 1/(Σ w² + (Σ q)² − Σ q²).

    The columns of the arms are orthogonal, in each cluster too. So for h_ga the share of cluster g in the weight W_a of
    arm a, (I − H_gg)^(−1/2) divides the part of arm a by √(1 − h_ga), and the terms of `_linalg._sums` are, of the mean
    of arm a, s = h(ȳ_ga − μ_a)/√(1 − h), c = h/(1 − h)/W_a and u = h/√(1 − h)/√W_a in the direction of its column.
    """
    totals = [np.asarray(np.bincount(clusters[arm], weights[arm]), float) for arm in (treated, ~treated)]
    means = [
        np.bincount(clusters[arm], (weights * outcome)[arm]) / total
        for arm, total in zip((treated, ~treated), totals, strict=True)
    ]
    if np.ptp(means[0] - means[1]) <= ROUNDING * np.max(np.abs(outcome)):
        return Unavailable(reason=_EQUAL_DIFFERENCES)
    scores, own, shared, roots = zip(*map(_of_arm, totals, means), strict=True)
    (first, cross), (_, second) = _products(scores)
    quartic = _products(own) - _products(shared) + _products(roots) ** 2
    df = ContrastDf(
        quadratic=(float(np.sum(own[0])), 0.0, float(np.sum(own[1]))),
        quartic=(float(quartic[0, 0]), 0.0, 2 * float(quartic[0, 1]), 0.0, float(quartic[1, 1])),
    )
    return _judged(StudentT(covariance=(float(first), float(cross), float(second)), df=df))


def _of_arm(total: FloatArray, mean: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """s, c − u², u² and u of each cluster."""
    size = np.sum(total)
    share = total / size
    shrink = Shrink(power=-0.5).of(share)
    turned = share * shrink**2 / size
    scores = share * shrink * (mean - np.sum(share * mean))
    return scores, turned * (1 - share), turned * share, share * shrink / np.sqrt(size)


def _products(arms: Sequence[FloatArray]) -> FloatArray:
    """(2, 2): the sums over clusters of the products of two arms."""
    return np.array([[np.sum(one * other) for other in arms] for one in arms])


def _within_sets(outcome: FloatArray, treated: BoolArray, sets: IntArray, estimand: str) -> Inference:
    """HC2 of the regression saturated in the sets: Σ w_s²(s₁²/n₁ + s₀²/n₀), Neyman's variance in strata.

    Imbens & Rubin (2015), *Causal Inference for Statistics, Social, and Biomedical Sciences*, section 17.5
    (doi:10.1017/CBO9781139025751); the weights w_s of the sets are taken as fixed.
    """
    first, second = set_sizes(sets, treated)
    alone = int(np.sum((first < 2) | (second < 2)))
    if alone:
        return Unavailable(reason=_alone(alone, len(first)))
    share = set_shares(first, second, estimand)
    order = np.argsort(sets, kind="stable")
    parts = []
    for number, rows in enumerate(np.split(order, np.cumsum(first + second)[:-1])):
        arm = treated[rows]
        fit = _linalg.least_squares(np.column_stack([arm, ~arm]).astype(float), outcome[rows])
        parts.append(_linalg.Part(fit=fit, contrasts=np.eye(2) * (share[number] / share.sum())))
    if max(np.max(np.abs(part.fit.residuals)) for part in parts) <= ROUNDING * np.max(np.abs(outcome)):
        return Unavailable(reason=NO_VARIATION)
    return _judged(_linalg.sandwich("HC2", parts))


def _judged(found: StudentT) -> Inference:
    """The reference, unless too few degrees of freedom are left."""
    reason = low_df(found.df_of("difference"))
    return found if reason is None else Unavailable(reason=reason)


SHARED_CONTROLS = Text(
    en="Matching with replacement has no pair-clustered variance, because controls are shared between pairs; choose "
    "variance='abadie_imbens', or 'CR2', which compares groups that share no control.",
    sv="Matchning med återläggning har ingen parklustrad varians, eftersom kontroller delas mellan par; välj "
    "variance='abadie_imbens', eller 'CR2', som jämför grupper som inte delar någon kontroll.",
)
_EQUAL_DIFFERENCES = Text(
    en="The difference is the same in every matched set, so there is no standard error.",
    sv="Skillnaden är densamma i alla matchade grupper, så det finns inget medelfel.",
)


def _alone(alone: int, sets: int) -> Text:
    return Text(
        en=f"{format_number(alone, 'en')} of {format_number(sets, 'en')} sets have a single treated unit or a single "
        "control, so the variance within sets cannot be estimated; coarsen more, or choose variance='CR2', which "
        "compares the sets.",
        sv=f"{format_number(alone, 'sv')} av {format_number(sets, 'sv')} grupper har en enda behandlad enhet eller en "
        "enda kontroll, så variansen inom grupperna kan inte skattas; gör indelningen grövre, eller välj "
        "variance='CR2', som jämför grupperna.",
    )
