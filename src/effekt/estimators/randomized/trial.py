"""A randomised trial: individual, blocked, clustered, or blocked and clustered; compared as assigned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from effekt._inference import Means
from effekt._types import Missing, Table
from effekt._validation import check_names
from effekt.estimators._coverage import coverage_notes
from effekt.estimators.randomized.arguments import (
    Adjustment,
    Population,
    TrialEstimand,
    Variance,
    check_options,
    check_outcome,
    check_roles,
)
from effekt.estimators.randomized.data import read_trial
from effekt.estimators.randomized.inference import inference_of
from effekt.estimators.randomized.models import additive_model, by_arm_model, exact_means, observed_means
from effekt.estimators.randomized.words import estimand_of, notes_of, sample_of
from effekt.result import EffectEstimate
from effekt.roles import Outcome


def randomized_trial(
    data: Table,
    *,
    outcome: str | Outcome,
    treatment: str,
    covariates: str | Sequence[str] = (),
    block: str | None = None,
    cluster: str | None = None,
    adjustment: Adjustment = "lin",
    estimand: TrialEstimand = "ATE",
    population: Population = "super",
    variance: Variance | None = None,
    missing: Missing = "raise",
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
        Numeric columns measured before assignment; categories as 0/1 columns.
    block : str, optional
        Column naming the block within which treatment was assigned.
    cluster : str, optional
        Column naming the group that was assigned as a whole; a cluster lies in one block.
    adjustment : {"lin", "additive", "none"}
        Lin: covariates centred and interacted with treatment; without covariates it equals "none". Additive: covariates
        and blocks enter once, so that blocks count by precision. None: arm means, by block when there are blocks.
    estimand : {"ATE", "ATT"}
        Averaged over all units, or over the treated ones.
    population : {"super", "finite"}
        Whether the units represent a larger population or are the population.
    variance : str, optional
        "HC0", "HC1", "HC2" (default) or "HC3", or "welch" for two unadjusted arms; with a cluster "CR0", "CR1", "CR1S",
        "CR2" (default) or "CR3".
    missing : {"raise", "drop"}
        What to do with rows that lack a used value. With "drop", a block that holds one arm only is dropped as well.

    Returns
    -------
    EffectEstimate
        ATE or ATT of assignment. Without blocks and covariates the means are exact fractions. Inference is
        `Unavailable` when an arm (of a block) has a single unit or cluster, there are fewer than six clusters, the
        Satterthwaite degrees of freedom are below 3 (for CR0 and CR1S those of CR2), one unit or cluster alone
        determines a coefficient, or there is no within-arm variation.

    Raises
    ------
    DataError
        For an empty arm or block arm, a treatment other than 0 and 1 or not constant within clusters, and covariates
        that are constant or collinear.
    ArgumentError
        For options that contradict each other, such as ``variance="CR2"`` without a cluster.

    Notes
    -----
    Assumes that treatment was assigned at random (within blocks, to whole clusters), that no unit is affected by the
    treatment of another, and that whoever is missing is missing at random.

    With blocks the block indicators are further regressors. Under "lin" and "none" they are centred and interacted
    (saturated): without covariates the effect is Σ w_b (ȳ₁b − ȳ₀b) with w_b = n_b/N (ATE) or n₁b/N₁ (ATT), and HC2 is
    Σ w_b² (s₁b²/n₁b + s₀b²/n₀b). With clusters every unit still counts equally.

    Under "lin" with covariates, ``population="super"`` adds β_a' V β_b to the covariance of the two means: V is the
    covariance of the covariates' mean over the target units (clusters as drawn, blocks' shares fixed) and β are the
    slopes in each arm. ``population="finite"`` leaves it out; degrees of freedom are the same.

    References
    ----------
    Lin, W. (2013). Agnostic notes on regression adjustments to experimental data. *Annals of Applied Statistics* 7(1),
    295–318. doi:10.1214/12-AOAS583

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
    measured = check_outcome(outcome)
    names = check_names("covariates", covariates)
    check_roles(measured, treatment, names, block, cluster)
    chosen = check_options(adjustment, estimand, population, variance, names, block, cluster)
    trial = read_trial(data, measured, treatment, names, block, cluster, missing)
    target = trial.treated if estimand == "ATT" else np.ones(len(trial.outcome), bool)
    model = (additive_model if adjustment == "additive" else by_arm_model)(trial, target)
    exact = exact_means(trial) if model.by_arm and block is None and not names else None
    if exact is not None:
        model = replace(model, means=Means(treated=float(exact.treated), counterfactual=float(exact.counterfactual)))
    drawn = target if model.by_arm and names and population == "super" else None
    return EffectEstimate(
        means=model.means,
        exact=exact,
        inference=inference_of(trial, model, chosen, drawn),
        estimand=estimand_of(estimand, population, int(target.sum())),
        outcome=measured,
        method="randomized_trial",
        variance=f"{chosen}/1",
        sample=sample_of(trial),
        observed=observed_means(trial),
        arguments={
            "outcome": {"column": measured.column, "unit": measured.unit, "better": measured.better},
            "treatment": treatment,
            "covariates": list(names),
            "block": block,
            "cluster": cluster,
            "adjustment": adjustment,
            "estimand": estimand,
            "population": population,
            "variance": chosen,
            "missing": missing,
        },
        notes=(*notes_of(trial, model, estimand, drawn), *coverage_notes(chosen)),
    )
