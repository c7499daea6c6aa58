"""A randomised trial: individual, blocked, clustered, blocked and clustered, or in pairs; compared as assigned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from numpy.random import Generator

from effekt._inference import Inference
from effekt._types import FloatArray, Missing, Number, Table
from effekt._validation import check_names
from effekt.estimators._constant_arm import constant_arm_notes
from effekt.estimators._coverage import coverage_notes
from effekt.estimators._worst_case import NOT_TOLD, check_range
from effekt.estimators.randomized.arguments import (
    DRAWS,
    Adjustment,
    Options,
    Population,
    TrialEstimand,
    TrialInference,
    TrialStatistic,
    Variance,
    check_outcome,
    checked,
)
from effekt.estimators.randomized.attrition import attrition_of
from effekt.estimators.randomized.data import Trial, read_trial
from effekt.estimators.randomized.horvitz_thompson import horvitz_thompson
from effekt.estimators.randomized.inference import inference_of, samples_covariates
from effekt.estimators.randomized.models import Model, observed_means, regression
from effekt.estimators.randomized.pairs import paired
from effekt.estimators.randomized.proportions import two_proportions
from effekt.estimators.randomized.randomization import randomization
from effekt.estimators.randomized.rates import dispersion_told, exact_poisson, quasi_poisson
from effekt.estimators.randomized.studentized import studentized
from effekt.estimators.randomized.weighting import weighting_of
from effekt.estimators.randomized.wild import wild
from effekt.estimators.randomized.words import estimand_of, instead, measured, notes_of, sample_of
from effekt.result import EffectEstimate, Note
from effekt.roles import Outcome, Weights, as_weights
from effekt.tables import as_table


def randomized_trial(
    data: Table,
    *,
    outcome: str | Outcome,
    treatment: str,
    covariates: str | Sequence[str] = (),
    block: str | None = None,
    cluster: str | None = None,
    weights: Weights | Mapping[str, str] | None = None,
    pairs: str | None = None,
    probability: str | None = None,
    adjustment: Adjustment = "lin",
    estimand: TrialEstimand = "ATE",
    population: Population | None = None,
    cluster_weighted: bool = False,
    exposure: str | None = None,
    variance: Variance | None = None,
    missing: Missing = "raise",
    inference: TrialInference = "asymptotic",
    draws: int = DRAWS,
    rng: Generator | int | None = None,
    outcome_range: Sequence[Number] | None = None,
    statistic: TrialStatistic = "estimate",
) -> EffectEstimate:
    """Effect of being assigned to treatment in a randomised trial (intention to treat).

    Parameters
    ----------
    data : table
        One row per unit.
    outcome : str or Outcome
        A column, in the outcome's unit.
    treatment : str
        Column of 0 (control) and 1 (treated), as assigned; constant within clusters.
    covariates : str or list of str
        Columns measured before assignment: numbers, or text, which stands for its categories.
    block : str, optional
        Column naming the block within which treatment was assigned.
    cluster : str, optional
        Column naming the group that was assigned as a whole; a cluster lies in one block.
    weights : Weights or mapping, optional
        A column and its kind, such as ``{"column": "weight", "kind": "sampling"}``: "sampling", how many units of the
        population a row stands for; "frequency", how many equal rows it stands for; "precision", the inverse of its
        variance.
    pairs : str, optional
        Column naming the pair within which one unit or cluster was treated and one was not.
    probability : str, optional
        Column of each unit's known probability of treatment, above 0 and below 1; constant within clusters.
    adjustment : {"lin", "lin_by_block", "additive", "none"}
        Lin: covariates centred and interacted with treatment; without covariates it equals "none". Lin by block: a Lin
        regression of its own in each block, with covariates centred there; each arm of a block needs at least one row
        more than there are covariates. Additive: covariates and blocks enter once, so that blocks count by precision.
        None: arm means, by block when there are blocks. With a probability, "none" is the Horvitz–Thompson estimator;
        the others weight by the inverse probability of the arm and normalise (Hájek).
    estimand : {"ATE", "ATT"}
        Averaged over all units, or over the treated ones.
    population : {"super", "finite"}, optional
        Whether the units represent a larger population (default) or are the population: with randomisation inference,
        whose chance is that of the lot alone, they always are.
    cluster_weighted : bool
        Whether every cluster counts equally; else every unit does.
    exposure : str, optional
        Column of what the outcome is counted over, such as months at risk: the means are then rates, the sum of the
        outcome over the sum of the exposure.
    variance : str, optional
        "HC0", "HC1", "HC2" (default) or "HC3", or, for two unadjusted arms, "welch" or, of counts of events,
        "quasi_poisson"; with a cluster "CR0", "CR1", "CR1S",
        "CR2" (default) or "CR3"; "between_pair" with pairs; "young" for Horvitz–Thompson.
    missing : {"raise", "drop"}
        What to do with rows that lack a used value. With "drop", a block or pair that holds one arm only is dropped as
        well, and where outcomes are missing the result carries the checks of ``effekt.diagnostics.attrition_checks``,
        those of other designs than single units that count alike by the design's own estimator without covariates.
    inference : {"asymptotic", "randomization", "wild_bootstrap", "newcombe", "miettinen_nurminen", "barnard", \
"exact_poisson"}
        Asymptotic: by the variance. Randomization: the estimator under every assignment the design could have drawn, or
        under `draws` of them where there are more than 100 000 or units have probabilities of their own; of
        Horvitz–Thompson the estimate may be outside its set (the note `set_beside_estimate`). Wild bootstrap, with a
        cluster: t statistics with the null imposed and the residuals of whole clusters turned, in all ways up to 16
        clusters, else in `draws` of them. For two arms
        of a 0/1 outcome and nothing else: Newcombe's hybrid score, Miettinen and Nurminen's score, and Barnard's exact
        p-value of no effect with, in arms of at most 200, the exact set of the difference that inverts it. Exact
        Poisson, for two arms of counts of events, over an exposure or not: the exact set and p-value of the ratio of
        the rates, given the number of events in all.
    draws : int
        How many assignments or signs are drawn; not used where all are listed, which the notes say.
    rng : numpy.random.Generator or int, optional
        Where the drawn assignments come from; required when there are any, and not used where all are listed.
    outcome_range : (low, high), optional
        The smallest and largest outcome that a row could have, declared and not read from the data; an outcome outside
        is refused. With it the worst cases of missing outcomes are told (``effekt.diagnostics.manski_bounds``); where
        every outcome seen is 0 or 1 they are told without it.
    statistic : {"estimate", "studentized"}
        Of randomisation inference: the estimate, or, of units in or without blocks and without covariates, the
        difference over Neyman's standard error, which is right in large trials also for a mean effect of units that
        differ (Wu & Ding 2021). The latter has p of no effect, and sets of the difference at usual levels.

    Returns
    -------
    EffectEstimate
        ATE or ATT of assignment. Means that are ratios of sums are exact fractions: those without blocks, covariates,
        probabilities and equal clusters, and those of pairs of units. Inference is `Unavailable` when an arm (of a
        block) has a single unit or cluster, there are fewer than six clusters or two pairs (four of clusters), the
        Satterthwaite degrees of freedom of clusters are below 3 (for CR0 and CR1S those of CR2), one unit or cluster
        alone determines a coefficient, or there is no within-arm variation.

    Raises
    ------
    DataError
        For an empty arm or block arm, a pair without one of each, a treatment other than 0 and 1 or not constant within
        clusters, weights, exposure or probabilities out of range, and covariates that are constant or collinear.
    ArgumentError
        For options that contradict each other, such as ``variance="CR2"`` without a cluster; for `rng` None where
        assignments are drawn.

    Notes
    -----
    Assumes that treatment was assigned at random (within blocks, to whole clusters), that no unit is affected by the
    treatment of another, and that whoever is missing is missing at random.

    With blocks the block indicators are further regressors. Under "lin" and "none" they are centred and interacted
    (saturated): without covariates the effect is Σ w_b (ȳ₁b − ȳ₀b) with w_b = n_b/N (ATE) or n₁b/N₁ (ATT), and HC2 is
    Σ w_b² (s₁b²/n₁b + s₀b²/n₀b). With clusters every unit still counts equally.

    Under "lin_by_block" the effect is Σ w_b τ_b, and HC2 is Σ w_b² HC2_b, those of the Lin regression of block b
    alone; the degrees of freedom belong to the weighted sum.

    With covariates in either, ``population="super"`` adds β_a' V β_b to the covariance of the two means: V is the
    covariance of the covariates' mean over the target units (clusters as drawn, blocks' shares fixed) and β are the
    slopes in each arm. ``population="finite"`` leaves it out; degrees of freedom are the same.

    Weighted fits have the HC names of the regression of √w·y on √w·x, as in estimatr. Where sampling weights or inverse
    probabilities differ, the working covariance of CR2 and of the degrees of freedom keeps the errors of the outcome
    alike; with precision weights and exposure their variances are 1/w.

    Randomisation inference is exact for the null that the effect is one and the same τ₀ for every unit: the outcomes
    without treatment are then y − τ₀·d whatever was drawn, and the set is every τ₀ with p > α. p is the share of
    assignments whose |estimate| is at least as large, or (b + 1)/(R + 1) of R drawn ones. Differences of plain means
    are compared as fractions; others are tied within 1e-12, those near the actual one after they were made fractions
    and rounded once. A ratio null ρ is the τ₀ that makes ρ the ratio of the
    means of the trial's own target units.

    References
    ----------
    Lin, W. (2013). Agnostic notes on regression adjustments to experimental data. *Annals of Applied Statistics* 7(1),
    295–318. doi:10.1214/12-AOAS583

    Imai, K., King, G. & Nall, C. (2009). The essential role of pair matching in cluster-randomized experiments.
    *Statistical Science* 24(1), 29–53. doi:10.1214/08-STS274

    Aronow, P. M. & Middleton, J. A. (2013). A class of unbiased estimators of the average treatment effect in
    randomized experiments. *Journal of Causal Inference* 1(1), 135–154. doi:10.1515/jci-2012-0009

    Imbens, G. W. & Kolesár, M. (2016). Robust standard errors in small samples. *Review of Economics and Statistics*
    98(4), 701–712. doi:10.1162/REST_a_00552

    Examples
    --------
    >>> import effekt
    >>> data = {"days": [4.0, 6.0, 5.0, 9.0, 8.0, 7.0], "trained": [1, 1, 1, 0, 0, 0]}
    >>> effect = effekt.randomized_trial(data, outcome="days", treatment="trained")
    >>> effect.exact_estimate
    Fraction(-3, 1)
    >>> round(effect.std_error, 4), round(effect.df, 4)
    (0.8165, 4.0)
    """
    options = checked(
        Options(
            outcome=check_outcome(outcome),
            treatment=treatment,
            covariates=check_names("covariates", covariates),
            block=block,
            cluster=cluster,
            weights=as_weights(weights),
            pairs=pairs,
            probability=probability,
            adjustment=adjustment,
            estimand=estimand,
            population=population,
            cluster_weighted=cluster_weighted,
            exposure=exposure,
            variance="",
            missing=missing,
            inference=inference,
            draws=draws,
            rng=rng,
            outcome_range=check_range(outcome_range),
            statistic=statistic,
        ),
        variance,
    )
    return fitted(data, options).effect


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """An effect with what it was computed from."""

    trial: Trial
    model: Model
    effect: EffectEstimate


def fitted(data: Table, options: Options) -> Fitted:
    """The effect by checked options."""
    table = as_table(data)
    trial = read_trial(table, options)
    model, chance, notes = _compared(trial, options)
    lost = attrition_of(trial, table, options, lambda part, own: fitted(part, own).effect)
    told = options.outcome_range is not None or any(one.name == "manski_bounds" for one in lost)
    by_pair = bool(trial.names) and options.pairs is not None and options.adjustment == "lin"
    drawn = options.inference == "asymptotic" and (
        samples_covariates(trial, model, options) or (by_pair and options.population == "super")
    )
    effect = EffectEstimate(
        means=model.means,
        exact=model.exact,
        inference=chance,
        estimand=estimand_of(trial, options),
        outcome=measured(options),
        method="randomized_trial",
        variance=f"{options.variance}/1",
        sample=sample_of(trial),
        observed=observed_means(trial),
        arguments=options.recorded(),
        diagnostics=(*dispersion_told(trial, options), *lost),
        notes=(
            *notes_of(trial, options, drawn=drawn),
            *notes,
            *trial.called,
            *coverage_notes(options.variance, chance),
            *(() if told or not lost else (NOT_TOLD,)),
            *constant_arm_notes(chance, _by_arm(trial, options), instead=instead(trial, options)),
        ),
    )
    return Fitted(trial=trial, model=model, effect=effect)


def _by_arm(trial: Trial, options: Options) -> tuple[FloatArray, FloatArray] | None:
    """The outcomes of the treated and the controls, where one model is fitted to both or the lot is all chance."""
    if options.adjustment != "additive" and options.inference != "randomization":
        return None
    return trial.response[trial.treated], trial.response[~trial.treated]


def _compared(trial: Trial, options: Options) -> tuple[Model, Inference, tuple[Note, ...]]:
    """The two means and their inference, by how treatment was assigned and what was asked for."""
    if options.inference == "randomization":
        model = _model(trial, options)
        if options.statistic == "studentized":
            return model, *studentized(trial, options)
        return model, *randomization(trial, options, model.means.value("difference"))
    if options.inference == "wild_bootstrap":
        model = _model(trial, options)
        return model, *wild(trial, model, options)
    if options.inference == "exact_poisson":
        model = _model(trial, options)
        return model, *exact_poisson(trial, model)
    if options.inference != "asymptotic":
        return _model(trial, options), *two_proportions(trial, options)
    if options.pairs is not None:
        return *paired(trial, options), ()
    if options.horvitz_thompson:
        return *horvitz_thompson(trial, options), ()
    weighting = weighting_of(trial, options)
    model = regression(trial, options, weighting)
    if options.variance == "quasi_poisson":
        return model, *quasi_poisson(trial, model)
    return model, inference_of(trial, model, options, weighting), ()


def _model(trial: Trial, options: Options) -> Model:
    """The two means alone."""
    if options.pairs is not None:
        return paired(trial, options)[0]
    if options.horvitz_thompson:
        return horvitz_thompson(trial, options)[0]
    return regression(trial, options, weighting_of(trial, options))
