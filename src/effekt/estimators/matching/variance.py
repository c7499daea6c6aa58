"""The variance of a matched comparison: which names a match has, and how each is computed.

A new variance is one more function here, and its name with the matches that may take it in `choose_variance`.
"""

from __future__ import annotations

import numpy as np

from effekt import _linalg
from effekt._inference import Inference, StudentT, Unavailable
from effekt._text import Text, format_number
from effekt._types import BoolArray, FloatArray, IntArray
from effekt._validation import check_option
from effekt.estimators._refusals import NO_VARIATION, few_clusters, low_df
from effekt.estimators.matching.design import set_shares, set_sizes, weights_of_sets
from effekt.estimators.matching.match import Match
from effekt.estimators.matching.methods import METHODS
from effekt.estimators.matching.outcomes import Groups
from effekt.exceptions import ArgumentError

ROUNDING = 1e-13  # variation this small relative to the values is rounding
M_ESTIMATION = "m_estimation"  # of weightings, see `weighting.weighted_means`
LARGE_SETS = ("exact", "coarsened_exact", "subclassification")  # methods whose sets hold many units of each arm


def choose_variance(match: Match, variance: object) -> str | None:
    """The variance of a comparison, when the arguments agree: the default is None where there is none."""
    taken = match.arguments
    if METHODS[taken["method"]].weighs:
        check_option("variance", M_ESTIMATION if variance is None else variance, (M_ESTIMATION,))
        return M_ESTIMATION
    large = taken["method"] in LARGE_SETS
    names = ("abadie_imbens",) if taken["replace"] else ("CR2", "HC2") if large else ("CR2",)
    if variance is not None:
        check_option("variance", variance, names)
    if not taken["replace"]:
        return str(variance or ("HC2" if large else "CR2"))
    if variance is not None and "reuse" in taken:
        raise ArgumentError(
            "`variance` must be None when `reuse` bounds how often a control serves; got 'abadie_imbens', which is "
            "derived for the nearest controls of every treated unit."
        )
    return None if variance is None else str(variance)


def infer(outcome: FloatArray, groups: Groups, variance: str | None) -> Inference:
    """A t reference for the two means, or why there is none.

    Parameters
    ----------
    outcome : (n,) array
    groups : Groups
    variance : {"CR2", "HC2"} or None
    """
    if variance is None or groups.sets is None:
        return Unavailable(reason=_SHARED_CONTROLS)
    rows = np.flatnonzero(groups.used)
    found = _by_set if variance == "CR2" else _within_sets
    return found(outcome[rows], groups.treated[rows], groups.sets[rows], groups.estimand)


def _by_set(outcome: FloatArray, treated: BoolArray, sets: IntArray, estimand: str) -> Inference:
    """CR2 clustered by set, of the regression on two arms with the weights of the match.

    With w_s the share of set s in the weights and d_s its difference of means it is Σ w_s²(d_s − τ̂)²/(1 − w_s).
    """
    reason = few_clusters(len(np.unique(sets)))
    if reason is not None:
        return Unavailable(reason=reason)
    differences = _mean_of_sets(outcome, sets, treated) - _mean_of_sets(outcome, sets, ~treated)
    if np.ptp(differences) <= ROUNDING * np.max(np.abs(outcome)):
        return Unavailable(reason=_EQUAL_DIFFERENCES)
    root = np.sqrt(weights_of_sets(sets, treated, estimand))
    fit = _linalg.least_squares(np.column_stack([treated, ~treated]) * root[:, None], outcome * root)
    found = _linalg.sandwich("CR2", [_linalg.Part(fit=fit, contrasts=np.eye(2), clusters=sets)])
    return _judged(found)


def _mean_of_sets(outcome: FloatArray, sets: IntArray, arm: BoolArray) -> FloatArray:
    return np.asarray(np.bincount(sets[arm], outcome[arm]) / np.bincount(sets[arm]))


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


_SHARED_CONTROLS = Text(
    en="Matching with replacement has no pair-clustered variance, because controls are shared between pairs; choose "
    "variance='abadie_imbens'.",
    sv="Matchning med återläggning har ingen parklustrad varians, eftersom kontroller delas mellan par; välj "
    "variance='abadie_imbens'.",
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
