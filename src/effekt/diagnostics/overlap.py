"""Whether the controls reach the treated: common support of the propensity."""

from __future__ import annotations

import math

import numpy as np

from effekt._text import Text, format_number, format_percent
from effekt._types import BoolArray, FloatArray, IntArray
from effekt.diagnostics.balance import effective_size
from effekt.result import Diagnostic

CLOSE = 0.2  # standard deviations of the logit
FAILED_SHARE = 0.1  # treated without a close control
FEW, TOO_FEW = 0.5, 0.1  # effective controls for each matched treated unit


def pooled_sd(logit: FloatArray, treated: BoolArray) -> float:
    """√((s₁² + s₀²)/2) with ddof 1: the unit of calipers (Austin 2011, doi:10.1002/pst.433)."""
    first, second = (float(np.var(logit[arm], ddof=1)) for arm in (treated, ~treated))
    return math.sqrt((first + second) / 2)


def propensity_overlap(*, logit: FloatArray, treated: BoolArray, strata: IntArray, weights: FloatArray) -> Diagnostic:
    """How many treated units the controls can stand for.

    Parameters
    ----------
    logit : (n,) array
        Log odds of treatment.
    treated : (n,) bool array
    strata : (n,) integer array
        Only rows of one stratum are comparable.
    weights : (n,) array
        Weight of each row in the comparison; 0 leaves it out.

    Returns
    -------
    Diagnostic
        Values: `share_outside`, the treated outside the range of the controls' logits; `share_without_close`, the
        treated with no control of their stratum within 0.2 standard deviations of the logit, √((s₁² + s₀²)/2);
        `effective_controls`, (Σw)²/Σw² over the controls, and `effective_per_treated`, that over the treated rows with
        weight.

        "failed" when more than 10 % of the treated have no close control, or a matched treated unit has less than 0.1
        effective controls; "warning" when any treated unit has no close control, or there are less than 0.5; else "ok".

    Notes
    -----
    0.2 standard deviations is the caliper that Austin (2011) recommends; the share of the treated with a close control
    is how Imbens & Rubin (2015, chapter 14) assess overlap. The limits of 10 %, 0.5 and 0.1 are conventions of this
    package.

    References
    ----------
    Austin, P. C. (2011). Optimal caliper widths for propensity-score matching when estimating differences in means and
    differences in proportions in observational studies. *Pharmaceutical Statistics* 10(2), 150–161.
    doi:10.1002/pst.433

    Imbens, G. W. & Rubin, D. B. (2015). *Causal Inference for Statistics, Social, and Biomedical Sciences*. Cambridge
    University Press. doi:10.1017/CBO9781139025751

    Examples
    --------
    >>> import numpy as np
    >>> logit, treated = np.array([-1.0, 3.0, -1.1, -0.5]), np.array([True, True, False, False])
    >>> found = propensity_overlap(
    ...     logit=logit, treated=treated, strata=np.zeros(4, int), weights=np.array([1.0, 0.0, 1.0, 0.0]))
    >>> found.status, found.values["share_outside"], found.values["share_without_close"]
    ('failed', 0.5, 0.5)
    """
    close = CLOSE * pooled_sd(logit, treated)
    own, others = logit[treated], logit[~treated]
    outside = float(np.mean((own < others.min()) | (own > others.max())))
    without = float(np.mean(_nearest_control(logit, treated, strata) > close))
    effective = effective_size(weights[~treated])
    each = effective / int(np.sum(weights[treated] > 0))
    poor, thin = without > FAILED_SHARE or each < TOO_FEW, without > 0 or each < FEW
    return Diagnostic(
        name="propensity_overlap",
        status="failed" if poor else "warning" if thin else "ok",
        statement=_statement(without, outside, effective, each, poor=poor),
        values={
            "n_treated": len(own),
            "share_outside": outside,
            "share_without_close": without,
            "close": close,
            "effective_controls": effective,
            "effective_per_treated": each,
        },
    )


def _nearest_control(logit: FloatArray, treated: BoolArray, strata: IntArray) -> FloatArray:
    """Distance of each treated row to the nearest control of its stratum; infinite without one."""
    order = np.lexsort((logit, strata))
    value, stratum, control = logit[order], strata[order], ~treated[order]
    place = np.arange(len(order))
    last = np.maximum.accumulate(np.where(control, place, -1))
    following = np.minimum.accumulate(np.where(control, place, len(order))[::-1])[::-1]
    nearest = np.full(len(order), math.inf)
    for found in (last, following):
        there = np.clip(found, 0, len(order) - 1)
        valid = (found == there) & (stratum[there] == stratum)
        nearest = np.minimum(nearest, np.where(valid, np.abs(value - value[there]), math.inf))
    distances = np.empty(len(order))
    distances[order] = nearest
    return np.asarray(distances[treated])


def _statement(share: float, outside: float, effective: float, each: float, *, poor: bool) -> Text:
    en = (
        f"{format_percent(share, 'en')} of the treated have no control within {format_number(CLOSE, 'en')} standard "
        f"deviations of the logit and {format_percent(outside, 'en')} lie outside the controls' range; the controls "
        f"amount to {format_number(effective, 'en', 1)} equally weighted ones, that is {format_number(each, 'en', 2)} "
        "for each matched treated unit."
    )
    sv = (
        f"{format_percent(share, 'sv')} av de behandlade saknar kontroll inom {format_number(CLOSE, 'sv')} "
        f"standardavvikelser av logiten och {format_percent(outside, 'sv')} ligger utanför kontrollernas spann; "
        f"kontrollerna motsvarar {format_number(effective, 'sv', 1)} lika vägda, det vill säga "
        f"{format_number(each, 'sv', 2)} för varje matchad behandlad enhet."
    )
    if poor:
        en = f"Overlap is poor, so the comparison rests on few or unlike controls: {en}"
        sv = f"Överlappningen är dålig, så jämförelsen vilar på kontroller som är få eller inte liknar dem: {sv}"
    return Text(en=en, sv=sv)
