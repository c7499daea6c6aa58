"""Matched control groups: who is compared with whom, decided before the outcome is read, and then the comparison.

The treated are compared with the untreated who had the nearest odds of treatment given the covariates (Rosenbaum &
Rubin 1985, doi:10.1080/00031305.1985.10479383). `match_controls` reads only the columns it is given; its `Match` can be
frozen, signed and shown before `matched_comparison` opens the outcome.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from effekt import _linalg
from effekt._exact import scaled_integers
from effekt._inference import Inference, Means, StudentT, Unavailable
from effekt._text import Text, format_number, significant
from effekt._types import BoolArray, FloatArray, IntArray, Missing, Table
from effekt._validation import check_integer, check_names, check_number, check_option, did_you_mean, join_words, plural
from effekt.diagnostics.balance import covariate_balance
from effekt.diagnostics.overlap import pooled_sd, propensity_overlap
from effekt.estimators._match import Match, MatchCounts, PairTable, pair_table, pairs_digest, set_weights
from effekt.estimators._neighbours import (
    Change,
    KeyedLine,
    Links,
    Problem,
    check_links,
    link_with_replacement,
    tie_values,
    unit_keys,
)
from effekt.estimators._propensity import fit_propensity
from effekt.estimators._refusals import few_clusters
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic, EffectEstimate, ExactMeans, Note, Observed, Sample
from effekt.roles import Estimand, Outcome, as_outcome
from effekt.tables import Selection, as_table

ROUNDING = 1e-13  # variation this small relative to the values is rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Cohort:
    """Checked arrays, one row per unit, sorted by unit.

    Attributes
    ----------
    units : tuple of str, length n
    treated : (n,) bool array
    covariates : (n, p) array
    strata : (n,) integer array
        Numbers the combinations of exact columns.
    n_dropped : int
    """

    units: tuple[str, ...]
    treated: BoolArray
    covariates: FloatArray
    strata: IntArray
    n_dropped: int


def match_controls(
    data: Table,
    *,
    unit: str,
    treatment: str,
    covariates: str | Sequence[str],
    exact: str | Sequence[str] = (),
    method: Literal["nearest"] = "nearest",
    distance: Literal["propensity"] = "propensity",
    caliper: float | None = None,
    ratio: int = 1,
    replace: bool = False,
    estimand: Literal["ATT"] = "ATT",
    salt: str = "",
    tie_orders: int = 100,
    missing: Missing = "raise",
) -> Match:
    """Who is compared with whom: for each treated unit the controls with the nearest propensity of treatment.

    Only the columns named here are read, so the match can be fixed before anyone sees the outcome.

    Parameters
    ----------
    data : table
        One row per unit.
    unit : str
        Column that identifies people; each occurs once.
    treatment : str
        Column of 0 (control) and 1 (treated).
    covariates : str or list of str
        Numeric columns measured before treatment; categories as 0/1 columns.
    exact : str or list of str
        Columns in which a treated unit and its controls must agree.
    method : {"nearest"}
        Greedy nearest neighbours: treated units come by falling propensity, each takes all of its controls in its turn.
    distance : {"propensity"}
        Difference in the logit of a propensity estimated by logistic regression on the covariates.
    caliper : float, optional
        Largest distance, in standard deviations √((s₁² + s₀²)/2) of the logit before matching.
    ratio : int
        Controls for each treated unit; a shortfall is counted.
    replace : bool
        Whether a control can serve several treated units. If so, all controls tied at the last wanted distance are
        kept, with equal weights.
    estimand : {"ATT"}
        The effect on the treated.
    salt : str
        Key of the order of `unit` that breaks ties without replacement: by SHA-256 of the salt followed by the unit.
    tie_orders : int
        How many further orders are tried when a tie was broken, so that the range of the estimate can be told.
    missing : {"raise", "drop"}
        What to do with rows that lack a used value.

    Returns
    -------
    Match
        With balance before and after, overlap, and the restricted pairs.

    Raises
    ------
    DataError
        For a repeated unit, a treatment other than 0 and 1, fewer than two units in an arm, a covariate that is
        constant or collinear, covariates that separate the arms, no common value of the exact columns, or no pair
        within the caliper.
    ArgumentError
        For options that break their rule.

    Notes
    -----
    Distances and logits that differ by at most 1e-12, relative to their size (absolute below 1), are tied. The result
    does not depend on the order of the rows.

    Matching is of use if, given the covariates, treatment does not depend on what the outcome would have been without
    it, and if controls exist where the treated are: see `Match.balance` and `Match.overlap`.

    References
    ----------
    Rosenbaum, P. R. & Rubin, D. B. (1985). Constructing a control group using multivariate matched sampling methods
    that incorporate the propensity score. *The American Statistician* 39(1), 33–38.
    doi:10.1080/00031305.1985.10479383

    Austin, P. C. (2011). Optimal caliper widths for propensity-score matching when estimating differences in means and
    differences in proportions in observational studies. *Pharmaceutical Statistics* 10(2), 150–161.
    doi:10.1002/pst.433

    Examples
    --------
    >>> import effekt
    >>> data = {
    ...     "person": ["a", "b", "c", "d", "e", "f", "g"],
    ...     "trained": [1, 1, 1, 0, 0, 0, 0],
    ...     "age": [32, 41, 50, 25, 38, 44, 33],
    ... }
    >>> match = effekt.match_controls(data, unit="person", treatment="trained", covariates="age")
    >>> [(pair.treated, pair.control) for pair in match.pairs]
    [('a', 'g'), ('b', 'e'), ('c', 'f')]
    """
    settings = {
        "unit": unit,
        "treatment": treatment,
        "covariates": list(check_names("covariates", covariates)),
        "exact": list(check_names("exact", exact)),
        "method": method,
        "distance": distance,
        "caliper": None if caliper is None else check_number("caliper", caliper),
        "ratio": check_integer("ratio", ratio, 1),
        "replace": replace,
        "estimand": estimand,
        "salt": salt,
        "tie_orders": check_integer("tie_orders", tie_orders, 1),
        "missing": missing,
    }
    _check_settings(settings)
    cohort = _read_cohort(data, settings)
    propensity = fit_propensity(cohort.treated, cohort.covariates, settings["covariates"])
    width = None if caliper is None else caliper * pooled_sd(propensity.logit, cohort.treated)
    problem = Problem(
        treated=cohort.treated,
        strata=cohort.strata,
        logit=tie_values(propensity.logit),
        ratio=ratio,
        width=math.inf if width is None else width,
    )
    links, changes, by_order = _link(problem, cohort.units, settings)
    weight = set_weights(links.treated)
    check_links(problem, links, weight, replace=replace)
    weights = np.bincount(links.control, weight, len(cohort.units))
    weights[links.treated] = 1.0
    counts = _counts(cohort, links, ratio, by_order)
    overlap = propensity_overlap(
        logit=problem.logit, treated=cohort.treated, strata=cohort.strata, weights=weights
    )
    table = pair_table(cohort.units, links, problem.logit, changes)
    return Match(
        arguments=settings,
        counts=counts,
        intercept=propensity.intercept,
        coefficients=dict(zip(settings["covariates"], propensity.coefficients, strict=True)),
        caliper_width=width,
        balance=covariate_balance(
            covariates=cohort.covariates, names=settings["covariates"], treated=cohort.treated, weights=weights
        ),
        overlap=overlap,
        notes=_match_notes(counts, ratio, overlap),
        pairs_digest=pairs_digest(salt, table.to_json()),
        table=table,
    )
