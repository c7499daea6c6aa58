"""The comparison of matched treated units with their controls: where the outcome is read for the first time."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from effekt._inference import Inference, Means, StudentT
from effekt._text import Text, format_number
from effekt._types import BoolArray, FloatArray, Missing, Number, Table
from effekt._validation import did_you_mean, plural
from effekt.estimators._constant_arm import constant_arm_notes
from effekt.estimators._coverage import match_notes
from effekt.estimators._hidden import Asked, HiddenCheck, ThresholdView, check_hidden, with_checks
from effekt.estimators._propensity import LINKS
from effekt.estimators._worst_case import check_range, refuse_any_outside
from effekt.estimators.matching.adjusted import Adjustment, adjusted_means, read_adjustment, regression_notes
from effekt.estimators.matching.arguments import settings_of
from effekt.estimators.matching.clusters import Clusters, clusters_of
from effekt.estimators.matching.controls import match_controls
from effekt.estimators.matching.counts import MatchCounts
from effekt.estimators.matching.hidden import bounds_check, check_match, regression_check, selection_check
from effekt.estimators.matching.lost import attrition_of, missing_outcomes, of_the_match, worst_case_of
from effekt.estimators.matching.marginal import marginal_check
from effekt.estimators.matching.match import Match
from effekt.estimators.matching.methods import METHODS
from effekt.estimators.matching.outcomes import Groups, Outcomes, count_dropped, read_outcomes
from effekt.estimators.matching.replacement import (
    ESTIMATED,
    NAME,
    Choices,
    beside_the_propensity,
    compare_with_replacement,
    read_choices,
)
from effekt.estimators.matching.represented import population_notes
from effekt.estimators.matching.tie_orders import Judged, tie_orders
from effekt.estimators.matching.variance import WITHIN_SETS, choose_variance, infer
from effekt.estimators.matching.weighted_comparison import compare_weighted
from effekt.estimators.matching.words import COMMON_SUPPORT, UNCONFOUNDED, despite_poor_overlap
from effekt.estimators.matching.words import population as population_words
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic, EffectEstimate, ExactMeans, Note, Sample
from effekt.roles import Estimand, Outcome, as_outcome
from effekt.tables import as_table


def matched_comparison(
    data: Table,
    *,
    match: Match | Mapping[str, Any],
    outcome: str | Outcome,
    variance: Literal[
        "CR2", "HC2", "CR2_within", "abadie_imbens", "abadie_imbens_estimated", "m_estimation", "sandwich"
    ]
    | None = None,
    cluster: str | None = None,
    covariates: str | Sequence[str] = (),
    adjustment: Literal["lin"] | None = None,
    bias_adjustment: str | Sequence[str] = (),
    population: Literal["PATT", "SATT"] | None = None,
    neighbours: int | None = None,
    missing: Missing = "raise",
    outcome_range: Sequence[Number] | None = None,
    checks: Sequence[HiddenCheck] = (),
    threshold: Number | None = None,
    threshold_view: ThresholdView | None = None,
) -> EffectEstimate:
    """Effect on the matched units, against those they were matched with, or of weighted units.

    Parameters
    ----------
    data : table
        One row per unit, with the columns that the match names for unit and treatment, and of a weighting also its
        covariates.
    match : Match or mapping
        A match, or the arguments of `match_controls`, which is then called on the same table first.
    outcome : str or Outcome
        A column, in the outcome's unit.
    variance : {"CR2", "HC2", "CR2_within", "abadie_imbens", "abadie_imbens_estimated", "m_estimation", "sandwich"}
        Default for nearest neighbours without replacement or with `reuse`, optimal and full matching: CR2 clustered by
        what matched sets, shared controls and `cluster` connect. For exact and coarsened exact matching and
        subclassification: HC2 within sets, with `cluster` CR2_within; or CR2 by name. With replacement there is none
        by default; "CR2", or "abadie_imbens" with a normal reference, by name; where the match is by the propensity
        alone also "abadie_imbens_estimated", which counts that as estimated. Weightings have "m_estimation", or by name
        "sandwich", not with `cluster`.
    cluster : str, optional
        Column naming groups of units that are not independent, such as schools. Not with "abadie_imbens" or
        "abadie_imbens_estimated".
    covariates : str or list of str
        Columns measured before treatment: numbers, or text, which stands for its categories. Of the match or others, on
        which the outcome is regressed in each arm after matching or weighting. Not with "abadie_imbens", which has
        `bias_adjustment`, "abadie_imbens_estimated", nor for the ATO.
    adjustment : {"lin"}, optional
        How, with `covariates`: each arm by itself, with the weights of the match, and both predicted at the mean
        covariates of those whose effect is asked for. "lin" unless named.
    bias_adjustment : str or list of str
        With "abadie_imbens": covariates of the match, whose differences within pairs are taken out of the effect by
        a regression among the controls that serve, weighted by how much they serve (Abadie & Imbens 2011); for the ATE
        by one in each arm.
    population : {"PATT", "SATT"}, optional
        With "abadie_imbens" or `covariates`: whether the standard error is for the effect in the population that the
        matched represent, "PATT" unless named, or that expected of the matched at hand given their covariates,
        whatever the estimand. The estimate is the same. Neither is for the effect that those at hand themselves had.
    neighbours : int, optional
        With "abadie_imbens": with how many of the nearest units of the same arm the variance of each outcome is
        estimated, ties kept; 1 unless named, and 0 for one variance for all. With "abadie_imbens_estimated", which has
        no 0, also from how many the covariances with the covariates are.
    missing : {"raise", "drop"}
        With "drop", a pair in which an outcome, or one of `covariates`, is missing is left out, and a unit that loses
        all its pairs, or whose set has lost an arm, is counted; a matched unit without a row counts as missing. A
        weighting is fitted again to the units that have an outcome, and says so; every unit of it must have a row.
    outcome_range : (low, high), optional
        Smallest and largest possible outcome, for bounds on the effect among all who are matched when outcomes are
        missing and ``missing="drop"``; where all outcomes are 0 or 1 these are told without it.
    checks : list
        How strong something unmeasured would have to be, for `diagnostics`; they move no figure.
        ``"rosenbaum_bounds"``: of pairs, or of sets with one treated or one control, against better outcomes (where it
        is not said what is better, in the direction found); of pairs' outcomes that are 0 or 1 these are McNemar's.
        ``"robustness_value"``: of matched units, with the covariates as benchmarks. ``"marginal_sensitivity"``: of
        weightings by odds of treatment (of "entropy_balancing" for the ATT and ATC), with their own standard errors
        (Zhao et al. 2019). ``"oster_delta"``: of everybody before the match, whose regression with the unobserved is
        taken to have 1.3 times the R² with the covariates, at most 1 (Oster 2019). ``"e_value"``: of the ratio of the
        means. Each once.
    threshold : float, str or Decimal, optional
        For `checks`: the effect to be ruled out, by default none; treated minus counterfactual in the outcome's unit,
        so at most 0 where lower is better, unless `threshold_view` names another view.
    threshold_view : {"difference", "improvement", "relative", "relative_improvement"}, optional
        Of the effect, that `threshold` is in, "difference" unless named: a share of the counterfactual such as "0.12"
        for the relative ones. The checks are then of outcomes in which those of the treated are divided by 1 + the
        relative effect, and their numbers of what lies beyond the threshold.

    Returns
    -------
    EffectEstimate
        The effect that the match is for, among the matched units: for the ATT the mean of the treated units' outcomes
        less the mean over them of their controls' mean outcome; for the ATE of nearest neighbours the mean over all
        units of that difference, turned for the controls. The means are exact fractions, but for weightings and
        regressions, which have none. `diagnostics` holds balance, overlap, what was matched and the range over tie
        orders; of a weighting the spread of the weights instead of the latter.

    Raises
    ------
    DataError
        For a repeated unit, matched units without a row or with another treatment, no complete pair, or covariates that
        do not give a weighting's weights again.
    ArgumentError
        For a match without its pairs, or a variance that does not fit the match.

    Notes
    -----
    Assumes that units alike in the covariates of the match do not differ in anything else that moves both treatment
    and outcome, and that no unit is affected by the treatment of another.

    With d_s the difference of means in set s, and w_s the share of all treated (ATT), controls (ATC) or units (ATE) in
    it, the effect is Σ w_s d_s. `CR2` comes from a regression of the outcome on treatment with the match weights (rows
    scaled by their roots), clustered by set: Σ w_s²(d_s − τ̂)²/(1 − w_s), which for n sets with one treated unit each is
    Σ(d_s − d̄)²/(n(n − 1)) with n − 1 degrees of freedom. `HC2` is Neyman's variance within the sets,
    Σ w_s²(s₁²/n₁ + s₀²/n₀), for sets of at least two treated and two controls. `abadie_imbens` is, for n treated units
    with τ̂_i the difference to the mean of their controls, and K_j and KK_j the sums of the shares in which a control
    serves and of their squares, n⁻²(Σ(τ̂_i − τ̂)² + Σ(K_j² − KK_j)σ²_j) for the population and n⁻²(Σσ²_i + ΣK_j²σ²_j)
    for the sample. Where both arms are matched (nearest neighbours for the ATE), with Ŷ_i(w) the outcome of unit i in
    its own arm and that of its matches in the other, they are n⁻²(Σ(Ŷ_i(1) − Ŷ_i(0) − τ̂)² + Σ(K_j² + 2K_j − KK_j)σ²_j)
    and n⁻²Σ(1 + K_j)²σ²_j over all n units. All take the match as given: the propensity being estimated, and what a
    caliper or a set leaves unlike or out, are not accounted for. `abadie_imbens_estimated` adds to the population's
    what the estimation of a logit or probit propensity does, −c'J⁻¹c for the ATE and −c'J⁻¹c + d'J⁻¹d for the ATT and
    ATC (Abadie & Imbens 2016, theorems 1 and 2).

    With `covariates`, each arm a has y = μ_a + (x − x̄)'β_a by least squares with the match weights, x̄ the mean of those
    whose effect is asked for; the effect is μ₁ − μ₀. The regressors of both arms are the columns of one regression,
    rows scaled by the roots of the weights, with the same clusters as without; "HC2" and "CR2_within" are then of that
    regression, of units or of clusters of the column alone. "PATT" adds β_a'Vβ_b to the covariance of the means, with V
    the covariance of x̄ between clusters.

    A weighting's means are Σ w y/Σ w in each arm. `m_estimation` stacks the equations of the weights on those of the
    means (Stefanski & Boos 2002), so that the weights count as estimated, each row left out of what its own error is
    measured by; `sandwich` leaves none out and has a normal reference, as other packages do. The means that entropy
    balancing gives an arm count as estimated from the target's rows (Källberg & Waernbaum 2023). To that end the
    weights are fitted again to the table's covariates, and must be those of the match to a relative 1e-8. With
    `covariates` each arm has a weighted regression, whose predictions are averaged over those whose effect is asked
    for (inverse-probability-weighted regression adjustment) and whose equations are stacked as well; the standard
    error is then the population's alone.

    References
    ----------
    Abadie, A. & Spiess, J. (2022). Robust post-matching inference. *Journal of the American Statistical Association*
    117(538), 983–995. doi:10.1080/01621459.2020.1840383

    Abadie, A. & Imbens, G. W. (2006). Large sample properties of matching estimators for average treatment effects.
    *Econometrica* 74(1), 235–267. doi:10.1111/j.1468-0262.2006.00655.x

    Abadie, A. & Imbens, G. W. (2011). Bias-corrected matching estimators for average treatment effects. *Journal of
    Business & Economic Statistics* 29(1), 1–11. doi:10.1198/jbes.2009.07333

    Ho, D. E., Imai, K., King, G. & Stuart, E. A. (2007). Matching as nonparametric preprocessing for reducing model
    dependence in parametric causal inference. *Political Analysis* 15(3), 199–236. doi:10.1093/pan/mpl013

    Imbens, G. W. & Rubin, D. B. (2015). *Causal Inference for Statistics, Social, and Biomedical Sciences*. Cambridge
    University Press, chapter 17. doi:10.1017/CBO9781139025751

    Källberg, D. & Waernbaum, I. (2023). Large sample properties of entropy balancing estimators of average causal
    effects. *Econometrics and Statistics*. doi:10.1016/j.ecosta.2023.11.004

    Stefanski, L. A. & Boos, D. D. (2002). The calculus of M-estimation. *The American Statistician* 56(1), 29–38.
    doi:10.1198/000313002753631330

    Abadie, A. & Imbens, G. W. (2016). Matching on the estimated propensity score. *Econometrica* 84(2), 781–807.
    doi:10.3982/ECTA11293

    Rosenbaum, P. R. (2002). *Observational Studies*, 2nd edition. Springer, section 4.3. doi:10.1007/978-1-4757-3692-2

    Cinelli, C. & Hazlett, C. (2020). Making sense of sensitivity: extending omitted variable bias. *Journal of the
    Royal Statistical Society B* 82(1), 39–67. doi:10.1111/rssb.12348

    Zhao, Q., Small, D. S. & Bhattacharya, B. B. (2019). Sensitivity analysis for inverse probability weighting
    estimators via the percentile bootstrap. *Journal of the Royal Statistical Society B* 81(4), 735–761.
    doi:10.1111/rssb.12327

    Wooldridge, J. M. (2007). Inverse probability weighted estimation for general missing data problems. *Journal of
    Econometrics* 141(2), 1281–1301. doi:10.1016/j.jeconom.2007.02.002

    Gastwirth, J. L., Krieger, A. M. & Rosenbaum, P. R. (2000). Asymptotic separability in sensitivity analysis.
    *Journal of the Royal Statistical Society B* 62(3), 545–555. doi:10.1111/1467-9868.00249

    Oster, E. (2019). Unobservable selection and coefficient stability: theory and evidence. *Journal of Business &
    Economic Statistics* 37(2), 187–204. doi:10.1080/07350015.2016.1227711

    VanderWeele, T. J. & Ding, P. (2017). Sensitivity analysis in observational research: introducing the E-value.
    *Annals of Internal Medicine* 167(4), 268–274. doi:10.7326/M16-2607

    Examples
    --------
    >>> import effekt
    >>> data = {
    ...     "person": ["a", "b", "c", "d", "e", "f", "g"],
    ...     "trained": [1, 1, 1, 0, 0, 0, 0],
    ...     "age": [32, 41, 50, 25, 38, 44, 33],
    ...     "days": [4.0, 6.0, 5.0, 9.0, 8.0, 7.0, 6.0],
    ... }
    >>> match = {"unit": "person", "treatment": "trained", "covariates": ["age"]}
    >>> effekt.matched_comparison(data, match=match, outcome="days").exact_estimate
    Fraction(-2, 1)
    """
    measured, table = as_outcome(outcome), as_table(data)
    taken = _settings(match)
    _check_comparison(taken, measured, cluster)
    limits, asked = check_range(outcome_range), check_hidden(checks, threshold, threshold_view, measured)
    check_match(asked, taken)
    chosen = choose_variance(taken, variance, cluster)
    by = read_adjustment(taken, chosen, covariates=covariates, adjustment=adjustment, population=population)
    _check_regression(by, measured, cluster, asked)
    choices = read_choices(
        taken,
        chosen,
        bias_adjustment=bias_adjustment,
        population=None if by else population,
        neighbours=neighbours,
    )
    found = match if isinstance(match, Match) else match_controls(table, **match)
    units, estimand = found.unit_table(), found.arguments["estimand"]
    made: dict[str, Callable[[], Diagnostic]] = {
        "oster_delta": lambda: selection_check(table, found, measured.name, asked)
    }
    arguments = _arguments(found, measured, chosen, cluster, missing, limits)
    arguments |= {} if by is None else by.plain()
    refuse_any_outside(table, measured.name, limits)
    if METHODS[found.arguments["method"]].weighs:
        weighted = compare_weighted(table, found, measured, missing, arguments, cluster, limits, by)
        made["marginal_sensitivity"] = lambda: marginal_check(weighted, asked)
        return with_checks(weighted.effect, asked, made, weighted.outcome)
    plan = _Plan(variance=chosen, cluster=cluster, regression=by, choices=choices)
    outcomes = read_outcomes(table, found, measured, missing, cluster, plan.regressors)
    groups = _groups(outcomes, found, measured.name)
    clusters = clusters_of(groups, chosen, cluster, outcomes.clusters)
    plain = outcomes.means(groups)
    declared = plan.compared(outcomes, groups, plain)
    orders = tie_orders(outcomes, found, declared, lambda one: plan.compared(outcomes, one))
    means, exact, inference, more = _compared(table, found, measured.name, outcomes, groups, plan, plain, declared)
    whole = _judge_of_whole(chosen) if cluster is None and choices is None else None
    worst, untold = worst_case_of(outcomes, found, whole, limits, adjusted=exact is None)
    there = np.isfinite(outcomes.values)
    lost = (*attrition_of(units, there, clustered=cluster is not None, covariates=by is not None), *worst)
    before = (found.balance, found.overlap, _matched_sample(found))
    effect = EffectEstimate(
        means=means,
        exact=exact,
        inference=inference,
        estimand=Estimand(name=estimand, population=population_words(found.counts, estimand, groups.n_compared)),
        outcome=measured,
        method="matched_comparison",
        variance=f"{chosen}/1" if isinstance(inference, StudentT) else "none/1",
        sample=_sample(groups, count_dropped(table, found, measured, outcomes, cluster, plan.regressors), clusters),
        observed=outcomes.observed,
        arguments=arguments | ({} if choices is None else choices.plain()),
        diagnostics=(*(of_the_match(before) if lost else before), orders, *lost),
        notes=(
            *despite_poor_overlap(found.overlap, inference),
            *found.notes,
            *_comparison_notes(found, inference, groups, chosen, clusters, orders, there, by is not None),
            *_short_notes(found, inference, plan, _sharing(groups)),
            *more,
            *population_notes(inference, estimand, population=plan.population, within_sets=plan.within_sets),
            *untold,
            *constant_arm_notes(inference),
        ),
    )
    made |= {
        "rosenbaum_bounds": lambda: bounds_check(outcomes.values, groups, asked, taken),
        "robustness_value": lambda: regression_check(table, found, outcomes.values, groups, asked),
    }
    return with_checks(effect, asked, made, outcomes.values[groups.used])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """How outcomes are compared, whoever is compared with whom."""

    variance: str | None
    cluster: str | None
    regression: Adjustment | None
    choices: Choices | None

    @property
    def regressors(self) -> tuple[str, ...]:
        """The covariates of the comparison."""
        return () if self.regression is None else self.regression.covariates

    @property
    def population(self) -> str:
        """Whether the inference is for the population that the units represent, or for them at hand."""
        named = self.regression or self.choices
        return "PATT" if named is None else named.population

    @property
    def within_sets(self) -> bool:
        """Whether the variance is that within the sets, whose shares it takes as fixed."""
        return self.regression is None and self.variance in WITHIN_SETS

    def compared(self, outcomes: Outcomes, groups: Groups, exact: ExactMeans | None = None) -> Judged:
        """The two means, `exact` where they are known, their inference unless Abadie and Imbens's, and the effect."""
        clusters = clusters_of(groups, self.variance, self.cluster, outcomes.clusters)
        if self.regression is not None:
            means, found = adjusted_means(
                outcomes.values, outcomes.regressors, groups, self.regression, self.variance, clusters
            )
            return means, found, means.value("difference")
        exact = exact or outcomes.means(groups)
        means = Means(treated=float(exact.treated), counterfactual=float(exact.counterfactual))
        inference = None if self.choices else infer(outcomes.values, groups, self.variance, clusters)
        return means, inference, float(exact.treated - exact.counterfactual)


def _groups(outcomes: Outcomes, match: Match, name: str) -> Groups:
    """Who is compared with whom; refuse that nobody is."""
    units = match.unit_table()
    groups = outcomes.groups(units, units.links(), match.arguments["estimand"])
    if not groups.n_compared:
        both = plural(len(units.first), "pair") if len(units.first) else plural(match.counts.sets, "set")
        what = "both units of some pair" if len(units.first) else "a treated and a control of some set"
        raise DataError(f"Column {name!r} must have a value for {what}; none of {both} has both. Complete the data.")
    return groups


def _compared(
    table: Table,
    match: Match,
    name: str,
    outcomes: Outcomes,
    groups: Groups,
    plan: _Plan,
    exact: ExactMeans,
    declared: Judged,
) -> tuple[Means, ExactMeans | None, Inference, tuple[Note, ...]]:
    """The two means, exactly where no regression moved them; their inference; what a regression did."""
    means, inference, _ = declared
    if plan.choices is not None:
        inference, adjusted, notes = compare_with_replacement(table, match, name, outcomes, groups, plan.choices)
        return adjusted or means, exact if adjusted is None else None, inference, notes
    assert inference is not None
    if plan.regression is None:
        return means, exact, inference, ()
    effects = float(exact.treated - exact.counterfactual), means.value("difference")
    notes = regression_notes(plan.regression, effects, inference, plan.variance)
    return means, None, inference, notes


def _judge_of_whole(variance: str | None) -> Callable[[FloatArray, Groups], Inference]:
    """Inference of all who are matched by other outcomes, without `cluster`: a unit without a row has none."""
    return lambda values, one: infer(values, one, variance, clusters_of(one, variance, None, None))


# --- arguments ------------------------------------------------------------------------------------------------------


def _settings(match: Match | Mapping[str, Any]) -> Mapping[str, Any]:
    """The call of a match: the one that made it, or the one that is to be made."""
    if isinstance(match, Match):
        return match.arguments
    if not isinstance(match, Mapping):
        raise ArgumentError(f"`match` must be a Match or the arguments of match_controls; got {type(match).__name__}.")
    parameters = {name: p for name, p in inspect.signature(match_controls).parameters.items() if name != "data"}
    for name in match:
        if name not in parameters:
            remedy = did_you_mean(name, parameters) or " Leave it out."
            raise ArgumentError(f"`match` has the unknown argument {name!r}.{remedy}")
    for name, parameter in parameters.items():
        if name not in match and parameter.default is inspect.Parameter.empty:
            raise ArgumentError(f"`match` lacks the argument {name!r} of match_controls. Give it.")
    return settings_of({name: match.get(name, parameter.default) for name, parameter in parameters.items()})


def _arguments(
    match: Match,
    outcome: Outcome,
    variance: str | None,
    cluster: str | None,
    missing: Missing,
    limits: tuple[float, float] | None,
) -> dict[str, Any]:
    """The call, as the result records it."""
    return {
        "match": dict(match.arguments),
        "outcome": {"column": outcome.column, "unit": outcome.unit, "better": outcome.better},
        "variance": variance,
        "cluster": cluster,
        "missing": missing,
        **({} if limits is None else {"outcome_range": list(limits)}),
    }


def _check_comparison(taken: Mapping[str, Any], outcome: Outcome, cluster: object) -> None:
    if len(outcome.columns) > 1:
        raise ArgumentError(
            f"`outcome` must be one column in a matched comparison; got {outcome.column!r}. Divide the columns first, "
            "and say in `unit` what the ratio is."
        )
    if outcome.name in (taken["unit"], taken["treatment"], *taken["covariates"], *taken["exact"]):
        raise ArgumentError(f"Column {outcome.name!r} must play one role; it is named as `outcome` and in `match`.")
    if cluster is None:
        return
    if not isinstance(cluster, str):
        raise ArgumentError(f"`cluster` must be a column name; got {cluster!r}.")
    if cluster in (taken["unit"], taken["treatment"], *taken["covariates"], outcome.name):
        role = "`outcome`" if cluster == outcome.name else "in `match`"
        raise ArgumentError(f"Column {cluster!r} must play one role; it is named as `cluster` and {role}.")


def _check_regression(by: Adjustment | None, outcome: Outcome, cluster: str | None, asked: Asked) -> None:
    """Covariates play one role, and no check takes the outcomes as they are beside a regression of them."""
    if by is None:
        return
    for name, role in ((outcome.name, "outcome"), (cluster, "cluster")):
        if name in by.covariates:
            raise ArgumentError(f"Column {name!r} must play one role; it is named as `{role}` and in `covariates`.")
    for check in ("rosenbaum_bounds", "marginal_sensitivity"):
        if check in asked.names:
            raise ArgumentError(
                f"`checks` must not name {check!r} beside `covariates`, as it is of outcomes that no regression has "
                "moved. Leave out one of the two."
            )


# --- checks ---------------------------------------------------------------------------------------------------------


def _matched_sample(match: Match) -> Diagnostic:
    counts = match.counts
    values = {name: getattr(counts, name) for name in MatchCounts.__slots__ if name != "set_sizes"}
    treated, controls, sets = zip(*counts.set_sizes, strict=True)
    left_out = counts.unmatched if match.arguments["estimand"] == "ATT" else counts.controls - counts.controls_used
    if match.arguments["estimand"] == "ATE":
        left_out += counts.unmatched
    return Diagnostic(
        name="matched_sample",
        status="warning" if left_out or counts.short else "ok",
        statement=Text(
            en=f"{format_number(counts.matched, 'en')} of {format_number(counts.treated, 'en')} treated units are "
            f"matched with {format_number(counts.controls_used, 'en')} of {format_number(counts.controls, 'en')} "
            "controls.",
            sv=f"{format_number(counts.matched, 'sv')} av {format_number(counts.treated, 'sv')} behandlade enheter är "
            f"matchade med {format_number(counts.controls_used, 'sv')} av {format_number(counts.controls, 'sv')} "
            "kontroller.",
        ),
        values={**values, "caliper_width": match.caliper_width, "units_digest": match.units_digest},
        table={"treated": treated, "controls": controls, "sets": sets},
    )


def _sample(groups: Groups, n_dropped: int, clusters: Clusters | None) -> Sample:
    n_treated, n_control = (int(np.sum(groups.used & arm)) for arm in (groups.treated, ~groups.treated))
    return Sample(
        n_obs=n_treated + n_control,
        n_units=n_treated + n_control,
        n_treated=n_treated,
        n_control=n_control,
        n_clusters=None if clusters is None else clusters.count,
        n_dropped=n_dropped,
    )


# --- words ----------------------------------------------------------------------------------------------------------

_ESTIMATED_PROPENSITY = Text(
    en="The variance takes the match as given; that the propensity is estimated is not accounted for.",
    sv="Variansen tar matchningen för given; att behandlingssannolikheten är skattad beaktas inte.",
)
_EITHER_WAY = Text(
    en="The variance takes the match as given; that the propensity is estimated is not accounted for, and would make "
    "the standard error of an effect on one arm larger or smaller (Abadie and Imbens 2016).",
    sv="Variansen tar matchningen för given; att behandlingssannolikheten är skattad beaktas inte, och skulle göra "
    "medelfelet för en effekt på den ena gruppen större eller mindre (Abadie och Imbens 2016).",
)
_NO_LARGER = Text(
    en="The variance takes the match as given; that the propensity is estimated is not accounted for, which in large "
    "samples can make the standard error of the effect on everybody too large but not too small (Abadie and Imbens "
    "2016).",
    sv="Variansen tar matchningen för given; att behandlingssannolikheten är skattad beaktas inte, vilket i stora "
    "urval kan göra medelfelet för effekten på alla för stort men inte för litet (Abadie och Imbens 2016).",
)
_COUNTED = Text(
    en="The variance counts the propensity as estimated (Abadie and Imbens 2016). What that does to the standard error "
    "is itself learnt from a few neighbours of each unit, so that the interval is too short where units are few.",
    sv="Variansen räknar behandlingssannolikheten som skattad (Abadie och Imbens 2016). Vad det gör med medelfelet "
    "skattas självt från varje enhets få grannar, så att intervallet är för kort där enheterna är få.",
)
_BY_NAME = Text(en=f"variance='{ESTIMATED}' counts it.", sv=f"variance='{ESTIMATED}' räknar med den.")
_LEFT_BY_CALIPER = {
    "ATT": ("treated units", "behandlade enheter"),
    "ATC": ("controls", "kontroller"),
    "ATE": ("units", "enheter"),
}
_CALIPER = {
    estimand: Text(
        en=f"The variance does not account for what remains unlike within the caliper, or for the {left} that the "
        "caliper leaves out.",
        sv=f"Variansen beaktar varken de olikheter som finns kvar inom kalipern eller de {left_sv} som kalipern "
        "utesluter.",
    )
    for estimand, (left, left_sv) in _LEFT_BY_CALIPER.items()
}
_WITHIN_SETS = Text(
    en="The variance is that within the sets, which are taken as given; what remains unlike within a set is not "
    "accounted for.",
    sv="Variansen är den inom grupperna, som tas för givna; de olikheter som finns kvar inom en grupp beaktas inte.",
)


def _comparison_notes(
    match: Match,
    inference: Inference,
    groups: Groups,
    variance: str | None,
    clusters: Clusters | None,
    orders: Diagnostic,
    there: BoolArray,
    regressed: bool,
) -> tuple[Note, ...]:
    taken = match.arguments
    notes = {"unconfounded": UNCONFOUNDED}
    if isinstance(inference, StudentT):
        if _rests_on_propensity(taken):
            notes["estimated_propensity"] = _given_propensity(taken, variance, groups.estimand)
        if match.caliper_width is not None or taken.get("calipers"):
            notes["caliper"] = _CALIPER[groups.estimand]
        if match.counts.discarded:
            notes["common_support"] = COMMON_SUPPORT
        if variance in WITHIN_SETS and not regressed:
            notes["within_sets"] = _WITHIN_SETS
        if clusters is not None and (independent := clusters.note()) is not None:
            notes["clusters"] = independent
    lost = missing_outcomes(match.unit_table(), there, groups.used, covariates=regressed)
    if lost is not None:
        notes["missing_outcomes"] = lost
    if orders.status == "warning":
        notes["tie_orders"] = orders.statement
    return tuple(Note(code=code, text=text) for code, text in notes.items())


def _given_propensity(taken: Mapping[str, Any], variance: str | None, estimand: str) -> Text:
    """That the propensity is taken as given, and by which name it is not, where there is one; or that it is not."""
    if variance == ESTIMATED:
        return _COUNTED
    if variance != NAME:
        return _ESTIMATED_PROPENSITY
    own = _NO_LARGER if estimand == "ATE" else _EITHER_WAY
    if beside_the_propensity(taken) is not None or taken.get("propensity", "logit") not in LINKS:
        return own
    return Text(en=f"{own.en} {_BY_NAME.en}", sv=f"{own.sv} {_BY_NAME.sv}")


def _short_notes(match: Match, inference: Inference, plan: _Plan, sharing: int) -> tuple[Note, ...]:
    """What the published studies found of such an interval, where it fell short."""
    if not isinstance(inference, StudentT):
        return ()
    return match_notes(
        match.arguments,
        plan.cluster,
        None if plan.choices is None else sharing,
        estimated=plan.variance == ESTIMATED,
        regressed=plan.regression is not None or (plan.choices is not None and bool(plan.choices.bias_adjustment)),
    )


def _sharing(groups: Groups) -> int:
    """How many share their matches: of those whose effect is asked for, where both arms are matched of the smaller."""
    if not _both(groups):
        return groups.n_compared
    return min(int(np.count_nonzero(groups.focal & arm)) for arm in (groups.treated, ~groups.treated))


def _both(groups: Groups) -> bool:
    """Whether both arms are matched, each unit in its turn."""
    return groups.links.of_treated is not None


def _rests_on_propensity(taken: Mapping[str, Any]) -> bool:
    """Whether the estimated propensity has a part in who is compared with whom."""
    if taken["method"] == "subclassification":
        return True
    if taken["method"] not in ("nearest", "optimal", "full"):
        return False
    in_turn = (
        taken["method"] == "nearest" and (not taken["replace"] or "reuse" in taken) and taken.get("order") != "keyed"
    )
    by_score = taken["distance"] == "propensity" or taken["caliper"] is not None or bool(taken.get("discard"))
    return by_score or in_turn  # whose turn it is to choose goes by the propensity whatever the distance
