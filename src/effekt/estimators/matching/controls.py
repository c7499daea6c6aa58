"""Matched control groups: who is compared with whom, decided before anyone reads the outcome.

The treated are compared with untreated units like them in the covariates (Rosenbaum & Rubin 1985,
doi:10.1080/00031305.1985.10479383). Only the named columns are read, so a `Match` can be fixed, signed and shown before
`matched_comparison` opens the outcome. What a method does stands in the file that `methods` names for it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from effekt._types import BoolArray, FloatArray, Missing, Table
from effekt.diagnostics.balance import covariate_balance
from effekt.diagnostics.overlap import pooled_sd, propensity_overlap, set_overlap
from effekt.estimators._one_value import one_value_notes
from effekt.estimators._propensity import Classifier, Propensity, classifier_name, classify, fit_propensity
from effekt.estimators.matching.arguments import as_options, settings_of
from effekt.estimators.matching.calipers import caliper_of
from effekt.estimators.matching.counts import count
from effekt.estimators.matching.design import Assigned, Cohort, Design, Options, Scores, read_cohort
from effekt.estimators.matching.distances import Metric, mahalanobis, robust_mahalanobis
from effekt.estimators.matching.laws import check_laws
from effekt.estimators.matching.match import Match
from effekt.estimators.matching.methods import METHODS
from effekt.estimators.matching.neighbours import tie_values
from effekt.estimators.matching.units import unit_table
from effekt.estimators.matching.units import units_digest as digest_of
from effekt.estimators.matching.weighted_match import terms_of, weighted_checks
from effekt.estimators.matching.words import notes_of, reasons_of
from effekt.exceptions import DataError
from effekt.result import Diagnostic, Note
from effekt.tables.arrays import order_of

TIED = 1e-12  # how far beyond a limit a logit may lie and be on it, relative to its size (absolute below 1)


def match_controls(
    data: Table,
    *,
    unit: str,
    treatment: str,
    covariates: str | Sequence[str],
    exact: str | Sequence[str] = (),
    method: Literal[
        "nearest",
        "optimal",
        "full",
        "exact",
        "coarsened_exact",
        "subclassification",
        "entropy_balancing",
        "covariate_balancing_propensity",
        "inverse_probability",
        "overlap",
    ] = "nearest",
    distance: Literal["propensity", "mahalanobis", "robust_mahalanobis"] = "propensity",
    caliper: float | None = None,
    ratio: int = 1,
    replace: bool = False,
    estimand: Literal["ATT", "ATC", "ATE", "ATO"] = "ATT",
    salt: str = "",
    tie_orders: int = 100,
    propensity: Literal["logit", "probit"] | Classifier | None = None,
    calipers: Mapping[str, float] | None = None,
    min_controls: int | None = None,
    max_controls: int | None = None,
    reuse: int | None = None,
    order: Literal["largest", "smallest", "keyed"] | None = None,
    discard: Literal["treated", "control", "both"] | Sequence[float] | None = None,
    cutpoints: Mapping[str, Any] | None = None,
    subclasses: int | None = None,
    moments: Literal[1, 2] | None = None,
    units_digest: str | None = None,
    missing: Missing = "raise",
) -> Match:
    """Who is compared with whom: treated units and controls that are alike in the covariates.

    Only the columns named here are read, so the match can be fixed before anyone sees the outcome. A choice that the
    method does not read must keep its default.

    Parameters
    ----------
    data : table
        One row per unit.
    unit : str
        Column that identifies people; each occurs once.
    treatment : str
        Column of 0 (control) and 1 (treated).
    covariates : str or list of str
        Columns measured before treatment: numbers, or text, which stands for its categories.
    exact : str or list of str
        Columns in which a treated unit and its controls must agree, whatever the method; weightings have none.
    method : str
        "nearest": greedy nearest neighbours; treated units come in `order`, each takes all of its controls in its turn.
        "optimal": pairs whose distances have the least sum, of all ways to give as many treated units as possible a
        control, then to let as few as possible be lacking of each one's `min_controls`, and then to make as many pairs
        as possible, up to `ratio` for each in all.
        "full": every unit that can be paired in a set of one treated with controls or one control with treated, with
        the least sum of distances.
        "exact": sets alike in every covariate.
        "coarsened_exact": sets alike in the interval of every covariate, see `cutpoints`.
        "subclassification": sets between quantiles of the propensity, see `subclasses`.
        "entropy_balancing", "covariate_balancing_propensity", "inverse_probability", "overlap": no sets or pairs but
        weights of all units. The first two give the arms the same mean covariates exactly, with the least change of
        equal weights and by a propensity; the others weight by the propensity, "overlap" by the probability of
        the other arm.
    distance : {"propensity", "mahalanobis", "robust_mahalanobis"}
        Difference in the logit of the propensity; Mahalanobis distance in the covariates with their covariance pooled
        within the arms; or the same for ranks (Rosenbaum 2010), which outliers and rare categories move less.
    caliper : float, optional
        Largest difference of the logits in a pair, in standard deviations √((s₁² + s₀²)/2) of the logit before
        matching, whatever the distance; a pair at the limit is within, to 1e-12.
    ratio : int
        Controls for each treated unit; a shortfall is counted.
    replace : bool
        Whether a control can serve several treated units. If so, and without `reuse`, all controls tied at the last
        wanted distance are kept, with equal weights.
    estimand : {"ATT", "ATC", "ATE", "ATO"}
        The effect on the treated, on the controls (the arms then change places in all that is said here of treated and
        controls), on everybody ("nearest", "full", the methods of sets and weightings), or on those who could have been
        in either arm, weighted by e(1 − e) with e the propensity ("overlap", which has no other). "nearest" has the
        effect on everybody with `replace` and without `reuse`: the treated are matched with controls, and the controls
        with treated.
    salt : str
        Key of the order of `unit` that breaks ties: by SHA-256 of the salt followed by the unit. It hides nothing,
        as it stands in the match: see `Match.sealed`.
    tie_orders : int
        How many further orders are tried when a tie was broken, so that the range of the estimate can be told; from 1
        to 10,000, each another match. For "nearest", "optimal" and "full"; not with `replace` unless `reuse` bounds it,
        as no tie is broken then.
    propensity : {"logit", "probit"} or classifier, optional
        How the propensity is estimated; the logit unless another is named. In Python also anything with `fit` and
        `predict_proba`, such as scikit-learn's classifiers, with an integer `random_state` where it has one and
        `n_jobs` None or 1, as the order of threads moves last digits; it gives its own training rows their propensity.
        "inverse_probability" and "overlap" read it too, but the comparison has no inference with a classifier; the
        other weightings have their own.
    calipers : mapping of covariate to float, optional
        Largest difference of a covariate in a pair, in the covariate's own unit. A pair at the limit is within, by the
        decimals that are read: 0.8 and 0.7 are within 0.1.
    min_controls, max_controls : int, optional
        With "optimal": between so many controls for each treated unit, `ratio` on average.
    reuse : int, optional
        With `replace`: how many treated units a control may serve; ties are then broken by key.
    order : {"largest", "smallest", "keyed"}, optional
        Which treated units choose first: those with the largest propensity (the default), with the smallest, or by the
        keyed order of units.
    discard : {"treated", "control", "both"} or pair of float, optional
        Leave out the units of an arm whose propensity lies outside the range of the other arm's; or all units whose
        probability of treatment lies outside two limits, such as (0.1, 0.9) (Crump et al. 2009). Calipers and the
        propensity itself are those from before; weights are fitted to the units that are kept.
    cutpoints : mapping of covariate to rule, optional
        For "coarsened_exact": a list of cutpoints, a number of intervals of equal length, "q4" for quartiles (any
        number), or "sturges", ⌈log₂ n + 1⌉ intervals, which is the rule of covariates that are not named.
    subclasses : int, optional
        For "subclassification": how many classes, by quantiles of the propensity among the treated (ATC: the controls,
        ATE: all); a propensity at a quantile belongs to the class above it.
    moments : {1, 2}, optional
        For weightings: balance the covariates (1, the default), or also the squares of those with more than two values
        (2), which makes variances alike; where the weights come from a propensity, they join its covariates.
    units_digest : str, optional
        `Match.units_digest` of a match that was frozen before: data and arguments must give that match again. In a
        contract it holds whoever made the match, locked with the rest, to that match. Not for weightings.
    missing : {"raise", "drop"}
        What to do with rows that lack a used value.

    Returns
    -------
    Match
        With balance before and after, overlap, and the restricted units with weights, sets and pairs; of a weighting
        also the spread of the weights.

    Raises
    ------
    DataError
        For a repeated unit, a treatment other than 0 and 1, fewer than two units in an arm, a covariate that is
        constant or collinear, covariates that separate the arms, no common value of the exact columns, nobody to
        compare within the calipers, the common support or the sets, a target that no positive weights reach, or a match
        that is not the one of `units_digest`.
    ArgumentError
        For options that break their rule, or that the method does not read.

    Notes
    -----
    Distances and logits that differ by at most 1e-12, relative to their size (absolute below 1), are tied; optimal and
    full matching have whole numbers for distances, made of the decimals of the covariates, so that equal differences
    tie and sums are exact. The result does not depend on the order of the rows.

    In a set with n₁ treated and n₀ controls of n units, treated units weigh 1 and controls n₁/n₀ for the ATT, n₀/n₁ and
    1 for the ATC, n/n₁ and n/n₀ for the ATE. In a weighting each arm's weights add up to the number of treated
    (ATT), of controls (ATC), or of all units; none is trimmed.

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

    Crump, R. K., Hotz, V. J., Imbens, G. W. & Mitnik, O. A. (2009). Dealing with limited overlap in estimation of
    average treatment effects. *Biometrika* 96(1), 187–199. doi:10.1093/biomet/asn055

    Hansen, B. B. & Klopfer, S. O. (2006). Optimal full matching and related designs via network flows. *Journal of
    Computational and Graphical Statistics* 15(3), 609–627. doi:10.1198/106186006X137047

    Hainmueller, J. (2012). Entropy balancing for causal effects. *Political Analysis* 20(1), 25–46.
    doi:10.1093/pan/mpr025

    Imai, K. & Ratkovic, M. (2014). Covariate balancing propensity score. *Journal of the Royal Statistical Society B*
    76(1), 243–263. doi:10.1111/rssb.12027

    Li, F., Morgan, K. L. & Zaslavsky, A. M. (2018). Balancing covariates via propensity score weighting. *Journal of
    the American Statistical Association* 113(521), 390–400. doi:10.1080/01621459.2016.1260466

    Iacus, S. M., King, G. & Porro, G. (2012). Causal inference without balance checking: coarsened exact matching.
    *Political Analysis* 20(1), 1–24. doi:10.1093/pan/mpr013

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

    >>> roles = {"unit": "person", "treatment": "trained", "covariates": "age"}
    >>> match = effekt.match_controls(data, **roles, method="coarsened_exact", cutpoints={"age": [40]})
    >>> match.weights["d"], match.weights["f"]
    (0.3333333333333333, 2.0)

    >>> match = effekt.match_controls(data, **roles, method="entropy_balancing")
    >>> round(sum(match.weights[unit] * age for unit, age in zip("defg", [25, 38, 44, 33])) / 3, 9)
    41.0
    """
    settings = settings_of(
        {
            "unit": unit,
            "treatment": treatment,
            "covariates": covariates,
            "exact": exact,
            "method": method,
            "distance": distance,
            "caliper": caliper,
            "ratio": ratio,
            "replace": replace,
            "estimand": estimand,
            "salt": salt,
            "tie_orders": tie_orders,
            "missing": missing,
            "propensity": propensity,
            "calipers": calipers,
            "min_controls": min_controls,
            "max_controls": max_controls,
            "reuse": reuse,
            "order": order,
            "discard": discard,
            "cutpoints": cutpoints,
            "subclasses": subclasses,
            "moments": moments,
            "units_digest": units_digest,
        }
    )
    options = as_options(settings)
    cohort = read_cohort(data, settings)
    model = _propensity(cohort, options)
    design = _design(cohort, options, None if model is None else _scores(cohort, options, model))
    found = METHODS[method].run(design)
    _refuse_nobody(design, found)
    check_laws(design, found)
    match = _match(design, found, model, settings)
    _refuse_another(match, units_digest)
    return match


def design_of(data: Table, settings: Mapping[str, Any], scores: Scores | None = None) -> Design:
    """The cohort of a match and its distances once more, from the table it was made on and its `arguments`.

    The propensity is fitted again unless `scores` are those of the same cohort.
    """
    options, cohort = as_options(settings), read_cohort(data, settings)
    if scores is None or scores.digest != cohort.digest():
        model = _propensity(cohort, options)
        scores = None if model is None else _scores(cohort, options, model)
    return _design(cohort, options, scores)


# --- from choices to a match ----------------------------------------------------------------------------------------


def _propensity(cohort: Cohort, options: Options) -> Propensity | None:
    """The propensity, for methods that need one."""
    if not METHODS[options.method].needs_propensity:
        return None
    terms, names = terms_of(cohort.covariates, cohort.names, options.moments)
    if isinstance(options.propensity, str):
        return fit_propensity(cohort.treated, terms, names, options.propensity)
    return classify(options.propensity, cohort.treated, terms)


def _scores(cohort: Cohort, options: Options, model: Propensity) -> Scores:
    """Log odds and caliper."""
    sd = math.inf if options.caliper is None else pooled_sd(model.logit, cohort.treated)
    order = order_of(model.logit)
    return Scores(
        digest=cohort.digest() if options.replace else (),
        logit=tie_values(model.logit, order),
        order=order,
        width=(options.caliper or 1.0) * sd,
        coefficients=model.coefficients if model.link == "logit" else (),
    )


def _design(cohort: Cohort, options: Options, scores: Scores | None) -> Design:
    """Distances, calipers and common support."""
    logit = None if scores is None else scores.logit
    metric = coordinates = None
    if METHODS[options.method].needs_distance and scores is not None:
        coordinates = scores.logit[:, None]
        if options.distance == "mahalanobis":
            scores, metric = _metric(cohort, scores)
            coordinates = scores.coordinates
        elif options.distance == "robust_mahalanobis":
            metric = robust_mahalanobis(cohort.covariates, cohort.names)
            coordinates = metric.coordinates()
    return Design(
        cohort=cohort,
        options=options,
        kept=_kept(cohort, options, logit),
        scores=scores,
        coordinates=coordinates,
        calipers={
            number: caliper_of(cohort.covariates[:, number], width)
            for number, width in ((cohort.names.index(name), value) for name, value in options.calipers.items())
        },
        metric=metric,
    )


def _metric(cohort: Cohort, scores: Scores) -> tuple[Scores, Metric]:
    """Mahalanobis' distance, and the scores with what is known of it."""
    if scores.triangle is not None:
        return scores, Metric(values=cohort.covariates, triangle=scores.triangle)
    metric = mahalanobis(cohort.covariates, cohort.treated, cohort.names)
    return dataclasses.replace(scores, triangle=metric.triangle, coordinates=metric.coordinates()), metric


def _kept(cohort: Cohort, options: Options, logit: Any) -> BoolArray:
    """Which units the common-support rule keeps."""
    kept = np.ones(len(cohort.treated), bool)
    if logit is None or options.discard is None:
        return kept
    if not isinstance(options.discard, str):
        return _within(cohort, logit, *options.discard)
    for name, arm in (("treated", cohort.treated), ("control", ~cohort.treated)):
        if options.discard in (name, "both"):
            others = logit[~arm]
            kept &= ~arm | ((logit >= others.min()) & (logit <= others.max()))
    if not np.any(kept & cohort.treated) or not np.any(kept & ~cohort.treated):
        raise DataError(
            f"`discard` must leave units in both arms; with {options.discard!r} the propensities have no common "
            "support. Conclude that the groups cannot be compared."
        )
    return kept


def _within(cohort: Cohort, logit: FloatArray, low: float, high: float) -> BoolArray:
    """Which units have a probability of treatment from `low` to `high`; on a limit is within, to 1e-12 of the logit."""
    least, most = (math.log(p) - math.log1p(-p) for p in (low, high))
    kept = np.asarray((logit >= least - TIED * max(1.0, abs(least))) & (logit <= most + TIED * max(1.0, abs(most))))
    for arm, name in ((cohort.treated, "treated"), (~cohort.treated, "control")):
        if not np.any(kept & arm):
            raise DataError(
                f"`discard` must leave units in both arms; no {name} unit has a probability of treatment from {low!r} "
                f"to {high!r}. Widen the limits, or conclude that the groups cannot be compared."
            )
    return kept


def _refuse_nobody(design: Design, found: Assigned) -> None:
    if np.any(found.weights > 0):
        return
    options, arm = design.options, int(design.focal.sum())
    wanting, other = ("control", "a treated unit") if options.estimand == "ATC" else ("treated unit", "a control")
    if options.caliper is not None and not options.calipers:
        raise DataError(
            f"`caliper` must leave some {wanting} with {other}; within {options.caliper!r} standard deviations of the "
            f"logit none of {arm} has one. Widen it, or conclude that the groups cannot be compared."
        )
    named = "`calipers`" if options.caliper is None else "`caliper` and `calipers`"
    if not options.calipers:
        named = "`discard` and `exact`"
    raise DataError(
        f"{named} must leave some {wanting} with {other}; none of {arm} has one. Widen them, or conclude that the "
        "groups cannot be compared."
    )


def _match(design: Design, found: Assigned, model: Propensity | None, settings: Mapping[str, Any]) -> Match:
    cohort, options = design.cohort, design.options
    checks = _checks(design, found, settings["estimand"])
    table = unit_table(design, found)
    counts = count(design, found, table, settings)
    names: Sequence[str] = cohort.names
    if METHODS[options.method].weighs:
        model, names = found.model, terms_of(cohort.covariates[design.kept], names, options.moments)[1]
    coefficients = () if model is None else model.coefficients
    if not isinstance(options.propensity, str):
        settings = {**settings, "propensity": classifier_name(options.propensity)}
    return Match(
        arguments=settings,
        counts=counts,
        intercept=None if model is None else model.intercept,
        coefficients=dict(zip(names, coefficients, strict=True)) if coefficients else {},
        caliper_width=design.width if math.isfinite(design.width) else None,
        balance=checks[0],
        overlap=checks[1],
        spread=checks[2] if len(checks) > 2 else None,
        notes=(*notes_of(counts, settings, checks, reasons_of(design)), *_one_value(design)),
        units_digest=digest_of(table.decided(settings)),
        table=table,
    )


def _one_value(design: Design) -> tuple[Note, ...]:
    """Covariates without variation in an arm; weightings have refused them where it matters."""
    cohort = design.cohort
    if METHODS[design.options.method].weighs:
        return ()
    return one_value_notes(cohort.covariates, cohort.treated, cohort.names)


def _refuse_another(match: Match, wanted: str | None) -> None:
    """Stop when a match that was frozen does not come again."""
    if wanted not in (None, match.units_digest):
        raise DataError(
            f"The units of the match must have the digest {wanted}, with which it was frozen; made anew from these "
            f"data they have {match.units_digest}. Use the table and the arguments that it was made with."
        )


def _checks(design: Design, found: Assigned, estimand: Literal["ATT", "ATC", "ATE"]) -> tuple[Diagnostic, ...]:
    """Balance and overlap; of a weighting also the spread of its weights."""
    cohort, weights, logit = design.cohort, found.weights, design.logit
    if METHODS[design.options.method].weighs:
        assert logit is not None
        return weighted_checks(cohort.treated, *cohort.balanced, logit, weights, design.options)
    covariates, names = cohort.balanced
    balance = covariate_balance(
        covariates=covariates, names=names, treated=cohort.treated, weights=weights, estimand=estimand
    )
    if logit is None:
        return balance, set_overlap(treated=cohort.treated, weights=weights, estimand=estimand)
    overlap = propensity_overlap(
        logit=logit,
        treated=cohort.treated,
        strata=cohort.strata,
        weights=weights,
        estimand=estimand,
        order=None if design.scores is None else design.scores.order,
    )
    return balance, overlap
