"""Weighting as a way to match: all units that are kept have a weight, and none a set or a pair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from effekt._types import BoolArray, FloatArray
from effekt.diagnostics.balance import covariate_balance
from effekt.diagnostics.overlap import propensity_overlap
from effekt.diagnostics.weights import weight_spread
from effekt.estimators._propensity import check_varies
from effekt.estimators.matching.design import Assigned, Design
from effekt.estimators.weighting import Weighting, fit_weights, with_squares
from effekt.exceptions import DataError
from effekt.result import Diagnostic


def weigh(design: Design) -> Assigned:
    """Weights of the kept rows by the method of `weighting` that the options name."""
    cohort, options, kept = design.cohort, design.options, design.kept
    weights = np.zeros(len(kept))
    found = weighting_of(cohort.treated[kept], cohort.covariates[kept], cohort.names, options)
    weights[kept] = scaled(found)
    return Assigned(weights=weights, sets=None, model=found.own)


def weighting_of(treated: BoolArray, covariates: FloatArray, names: Sequence[str], options: Any) -> Weighting:
    """The weighting of checked rows by the `method`, `estimand` and `moments` of a match's options."""
    for arm, noun in ((treated, "treated"), (~treated, "control")):
        if np.sum(arm) < 2:
            raise DataError(
                f"Weighting needs at least two rows in each arm; {int(np.sum(arm))} {noun} is left. Complete the data, "
                "or conclude that the groups cannot be compared."
            )
    terms, named = terms_of(covariates, names, options.moments)
    return fit_weights(
        treated, terms, named, method=options.method, estimand=options.estimand, propensity=options.propensity
    )


def terms_of(covariates: FloatArray, names: Sequence[str], moments: int | None) -> tuple[FloatArray, tuple[str, ...]]:
    """What is balanced: the covariates, and with two moments their squares."""
    if moments != 2:
        return covariates, tuple(names)
    check_varies(covariates, names)
    return with_squares(covariates, names)


def scaled(found: Weighting) -> FloatArray:
    """The weights (n,), those of each arm adding up to the number of treated (ATT), controls (ATC) or rows."""
    size = {"ATT": found.treated, "ATC": ~found.treated}.get(found.estimand, np.ones(len(found.treated), bool)).sum()
    first, second = (arm.values * (size / np.sum(arm.values)) for arm in found.arms)
    return np.asarray(first + second)


def weighted_checks(
    treated: BoolArray,
    covariates: FloatArray,
    names: Sequence[str],
    logit: FloatArray,
    weights: FloatArray,
    options: Any,
) -> tuple[Diagnostic, Diagnostic, Diagnostic]:
    """Balance, overlap and the spread of the weights; rows without weight count before weighting alone."""
    balance = covariate_balance(
        covariates=covariates,
        names=names,
        treated=treated,
        weights=weights,
        estimand=options.estimand,
        squares=options.moments == 2,
        adjustment="weighting",
    )
    overlap = propensity_overlap(
        logit=logit,
        treated=treated,
        strata=np.zeros(len(treated), np.intp),
        weights=weights,
        estimand=options.estimand,
        adjustment="weighting",
    )
    return balance, overlap, weight_spread(treated=treated, weights=weights)
