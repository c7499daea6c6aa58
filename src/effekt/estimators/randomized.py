"""A randomised trial: individual, blocked, clustered, or blocked and clustered; compared as assigned.

Every adjustment is a regression whose prediction, averaged over the target population, is the treated mean with the
treatment set to 1 and the counterfactual mean with it set to 0. With regressors z (block indicators, then covariates)
centred at the target population's mean, both are read off the coefficients::

    lin, none   y = μ + (z − z̄)'β in each arm by itself    means μ₁ and μ₀        Lin (2013)
    additive    y = μ + τ·d + (z − z̄)'β                     means μ + τ and μ
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np

from effekt import _linalg
from effekt._exact import scaled_integers
from effekt._inference import ContrastDf, Inference, Means, StudentT, Unavailable
from effekt._text import Text, format_number
from effekt._types import BoolArray, FloatArray, IntArray, Missing, Table
from effekt._validation import check_names, check_option, join_words, plural
from effekt.estimators._coverage import coverage_notes
from effekt.estimators._refusals import JUDGED_BY_CR2, NO_VARIATION, few_clusters, low_df
from effekt.exceptions import ArgumentError, DataError
from effekt.result import EffectEstimate, ExactMeans, Note, Observed, Sample
from effekt.roles import Estimand, Outcome, as_outcome
from effekt.tables import Selection, as_table

Adjustment: TypeAlias = Literal["lin", "additive", "none"]
TrialEstimand: TypeAlias = Literal["ATE", "ATT"]
Population: TypeAlias = Literal["super", "finite"]
Variance: TypeAlias = Literal["HC0", "HC1", "HC2", "HC3", "welch", "CR0", "CR1", "CR1S", "CR2", "CR3"]
ADJUSTMENTS: tuple[Adjustment, ...] = ("lin", "additive", "none")
UNIT_VARIANCES = (*_linalg.UNIT_VARIANCES, "welch")
SEEN = 1 - 1e-6  # the share of a mean's variance that must be estimable
ROUNDING = 1e-13  # variation this small relative to the values is rounding
ARMS = (Text(en="treated", sv="behandlingsgruppen"), Text(en="control", sv="kontrollgruppen"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """The checked arrays of a trial, rows in canonical order.

    Attributes
    ----------
    outcome : (n,) array
    treated : (n,) bool array
    covariates : (n, p) array, named by `names`
    block, cluster : (n,) integer arrays, or None
    n_dropped : int
        Rows left out, those of dropped blocks among them.
    dropped_blocks : int
    """

    outcome: FloatArray
    treated: BoolArray
    covariates: FloatArray
    names: tuple[str, ...]
    block: IntArray | None
    cluster: IntArray | None
    n_dropped: int
    dropped_blocks: int

    @property
    def arms(self) -> tuple[BoolArray, BoolArray]:
        """Which rows are treated, and which are controls."""
        return self.treated, ~self.treated

    @property
    def assigned(self) -> IntArray:
        """One row of each unit that was assigned as a whole: every row, or the first of each cluster."""
        if self.cluster is None:
            return np.arange(len(self.outcome))
        return np.unique(self.cluster, return_index=True)[1]

    def regressors(self) -> FloatArray:
        """(n, q): an indicator of each block after the first, then covariates."""
        if self.block is None:
            return self.covariates
        return np.column_stack([self.block[:, None] == np.unique(self.block)[1:], self.covariates])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """The fitted parts of an adjustment and the two means they give."""

    means: Means
    parts: tuple[_linalg.Part, ...]

    @property
    def by_arm(self) -> bool:
        """Whether each arm has its own regression, and so each arm of a block its own mean."""
        return len(self.parts) == 2


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
    measured = _check_outcome(outcome)
    names = check_names("covariates", covariates)
    _check_roles(measured, treatment, names, block, cluster)
    chosen = _check_options(adjustment, estimand, population, variance, names, block, cluster)
    trial = _read_trial(data, measured, treatment, names, block, cluster, missing)
    target = trial.treated if estimand == "ATT" else np.ones(len(trial.outcome), bool)
    model = (_additive if adjustment == "additive" else _by_arm)(trial, target)
    exact = _exact_means(trial) if model.by_arm and block is None and not names else None
    if exact is not None:
        model = replace(model, means=Means(treated=float(exact.treated), counterfactual=float(exact.counterfactual)))
    drawn = target if model.by_arm and names and population == "super" else None
    return EffectEstimate(
        means=model.means,
        exact=exact,
        inference=_inference(trial, model, chosen, drawn),
        estimand=_estimand(estimand, population, int(target.sum())),
        outcome=measured,
        method="randomized_trial",
        variance=f"{chosen}/1",
        sample=_sample(trial),
        observed=_observed(trial),
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
        notes=(*_notes(trial, model, estimand, drawn), *coverage_notes(chosen)),
    )


# --- arguments ----------------------------------------------------------------------------------------------------


def _check_outcome(outcome: Any) -> Outcome:
    """The outcome, one column of it."""
    measured = as_outcome(outcome)
    if len(measured.columns) > 1:
        raise ArgumentError(
            f"`outcome` must be one column in a randomised trial; got {measured.column!r}. Divide the columns first, "
            "and say in `unit` what the ratio is."
        )
    return measured


def _check_roles(
    outcome: Outcome, treatment: object, covariates: tuple[str, ...], block: object, cluster: object
) -> None:
    """Each column is a name and plays one role."""
    roles: dict[str, str] = {}
    named = [("outcome", outcome.name), ("treatment", treatment), *(("covariates", name) for name in covariates)]
    for role, column in [*named, *((r, c) for r, c in (("block", block), ("cluster", cluster)) if c is not None)]:
        if not isinstance(column, str):
            raise ArgumentError(f"`{role}` must be a column name; got {column!r}.")
        if column in roles:
            raise ArgumentError(f"Column {column!r} must play one role; it is named as `{roles[column]}` and `{role}`.")
        roles[column] = role


def _check_options(
    adjustment: object,
    estimand: object,
    population: object,
    variance: object,
    covariates: tuple[str, ...],
    block: str | None,
    cluster: str | None,
) -> str:
    """The name of the variance, when the options agree with each other."""
    check_option("adjustment", adjustment, ADJUSTMENTS)
    check_option("estimand", estimand, ("ATE", "ATT"))
    check_option("population", population, ("super", "finite"))
    if adjustment == "none" and covariates:
        raise ArgumentError("`adjustment` 'none' takes no covariates; leave them out, or choose 'lin' or 'additive'.")
    if adjustment == "additive" and not covariates and block is None:
        raise ArgumentError("`adjustment` 'additive' needs covariates or a block; give them, or choose 'none'.")
    if variance is None:
        return "HC2" if cluster is None else "CR2"
    check_option("variance", variance, (*UNIT_VARIANCES, *_linalg.CLUSTER_VARIANCES))
    allowed = UNIT_VARIANCES if cluster is None else _linalg.CLUSTER_VARIANCES
    if variance not in allowed:
        listed = join_words(map(repr, allowed))
        raise ArgumentError(
            f"`variance` must be {listed} {'without' if cluster is None else 'with'} a cluster; got {variance!r}."
        )
    if variance == "welch" and (covariates or block is not None):
        raise ArgumentError("`variance` 'welch' takes no covariates or block; leave them out, or choose 'HC2'.")
    return str(variance)


# --- data ---------------------------------------------------------------------------------------------------------


def _read_trial(
    data: Table,
    outcome: Outcome,
    treatment: str,
    covariates: tuple[str, ...],
    block: str | None,
    cluster: str | None,
    missing: Missing,
) -> Trial:
    """The columns by role, checked; with missing="drop" without the blocks that hold one arm only."""
    groups = [name for name in (block, cluster) if name is not None]
    rows = as_table(data).select(numbers=(outcome.name, treatment, *covariates), labels=groups, missing=missing)
    treated = _read_treatment(rows, treatment)
    if cluster is not None:
        _check_constant(rows, cluster, treated, f"Column {treatment!r} must hold one value")
        if block is not None:
            _check_constant(rows, cluster, rows.labels[block].codes, f"Column {block!r} must name one block")
    kept = np.ones(len(rows), bool) if block is None else _complete_blocks(rows, block, treated, missing)
    return Trial(
        outcome=rows.numbers[outcome.name][kept],
        treated=treated[kept],
        covariates=np.array([rows.numbers[name][kept] for name in covariates]).reshape(-1, int(kept.sum())).T,
        names=covariates,
        block=None if block is None else rows.labels[block].codes[kept],
        cluster=None if cluster is None else rows.labels[cluster].codes[kept],
        n_dropped=rows.n_dropped + int((~kept).sum()),
        dropped_blocks=0 if block is None else len(np.unique(rows.labels[block].codes[~kept])),
    )


def _read_treatment(rows: Selection, treatment: str) -> BoolArray:
    """Which rows are treated; both arms must be there."""
    assigned = rows.numbers[treatment]
    rows.refuse(
        (assigned != 0) & (assigned != 1),
        treatment,
        "must hold 0 (control) or 1 (treated)",
        "Recode it, and leave rows of other arms out.",
    )
    treated: BoolArray = assigned == 1
    for arm, present in (("treated", treated.any()), ("control", not treated.all())):
        if not present:
            raise DataError(
                f"Column {treatment!r} must hold both 0 (control) and 1 (treated); there is no {arm} row. "
                "Give the rows of both arms."
            )
    return treated


def _check_constant(rows: Selection, cluster: str, values: BoolArray | IntArray, rule: str) -> None:
    """Raise when a cluster holds two values."""
    clusters = rows.labels[cluster].codes
    _, first, position = np.unique(clusters, return_index=True, return_inverse=True)
    differs = values != values[first][position]
    mixed = len(np.unique(clusters[differs]))
    if mixed:
        raise DataError(
            f"{rule} within each cluster of column {cluster!r}; {plural(mixed, 'cluster')} did not, the first at "
            f"{rows.first(np.isin(clusters, clusters[differs]))}. Correct the data, or leave `cluster` out if clusters "
            "were not assigned as a whole."
        )


def _complete_blocks(rows: Selection, block: str, treated: BoolArray, missing: Missing) -> BoolArray:
    """Rows of blocks with both arms; other blocks raise, or are dropped."""
    blocks = rows.labels[block].codes
    kept: BoolArray = np.isin(blocks, blocks[treated]) & np.isin(blocks, blocks[~treated])
    rule = f"Column {block!r} must name blocks that hold treated and control rows"
    if not kept.any():
        raise DataError(f"{rule}; none of its blocks has both. Name the blocks within which treatment was assigned.")
    if missing == "raise" and not kept.all():
        raise DataError(
            f"{rule}; {plural(len(np.unique(blocks[~kept])), 'block')} did not, the first at {rows.first(~kept)}. "
            "Correct the data, or pass missing='drop' to leave such blocks out and have them counted."
        )
    return kept


# --- models -------------------------------------------------------------------------------------------------------


def _by_arm(trial: Trial, target: BoolArray) -> Model:
    """Lin (2013, section 3): a regression in each arm, read at the target's mean regressors."""
    regressors = trial.regressors()
    centre = np.array([np.mean(column[target]) for column in regressors.T])
    parts = []
    for i, (arm, name) in enumerate(zip(trial.arms, ARMS, strict=True)):
        design = np.column_stack([np.ones(int(arm.sum())), regressors[arm] - centre])
        contrasts = np.zeros((2, design.shape[1]))
        contrasts[i, 0] = 1.0
        parts.append(_part(trial, arm, design, contrasts, f"the {name.en} arm"))
    treated, counterfactual = (float(part.fit.coefficients[0]) for part in parts)
    return Model(means=Means(treated=treated, counterfactual=counterfactual), parts=tuple(parts))


def _additive(trial: Trial, target: BoolArray) -> Model:
    """One regression on treatment, blocks and covariates."""
    regressors = trial.regressors()
    centre = np.array([np.mean(column[target]) for column in regressors.T])
    everyone = np.ones(len(trial.outcome), bool)
    design = np.column_stack([everyone, trial.treated, regressors - centre])
    contrasts = np.zeros((2, design.shape[1]))
    contrasts[:, 0] = contrasts[0, 1] = 1.0
    part = _part(trial, everyone, design, contrasts, None)
    mean, effect = (float(value) for value in part.fit.coefficients[:2])
    return Model(means=Means(treated=mean + effect, counterfactual=mean), parts=(part,))


def _part(trial: Trial, rows: BoolArray, design: FloatArray, contrasts: FloatArray, arm: str | None) -> _linalg.Part:
    """The regression on some rows; `arm` names them in errors."""
    remedy = "Leave it out." if arm is None else "Leave it out, or choose adjustment='additive'."
    for name, column in zip(trial.names, trial.covariates[rows].T, strict=True):
        if np.ptp(column) <= ROUNDING * np.max(np.abs(column)):
            raise DataError(
                f"Column {name!r} must vary within {arm or 'the trial'}; it holds one value there. {remedy}"
            )
    try:
        fit = _linalg.least_squares(design, trial.outcome[rows])
    except _linalg.CollinearColumnError as dependent:
        name = trial.names[dependent.index - (design.shape[1] - len(trial.names))]
        others = f"the other regressors within {arm}" if arm else "the treatment and the other regressors"
        raise DataError(f"Column {name!r} must not be a linear combination of {others}. {remedy}") from None
    clusters = None if trial.cluster is None else trial.cluster[rows]
    return _linalg.Part(fit=fit, contrasts=contrasts, clusters=clusters)


def _exact_means(trial: Trial) -> ExactMeans:
    """The arms' raw means as fractions."""
    treated, control = (_exact_mean(trial.outcome[arm]) for arm in trial.arms)
    return ExactMeans(treated=treated, counterfactual=control)


def _exact_mean(values: FloatArray) -> Fraction:
    """Σ value · count / n over the distinct values, each its shortest decimal."""
    distinct, counts = np.unique(values, return_counts=True)
    integers, scale = scaled_integers(distinct)
    total = sum(integer * count for integer, count in zip(integers, counts.tolist(), strict=True))
    return Fraction(total, scale * len(values))


def _observed(trial: Trial) -> Observed:
    """Raw means of the arms; each sum is correctly rounded, whatever the order."""
    treated, control = (math.fsum(trial.outcome[arm].tolist()) / int(arm.sum()) for arm in trial.arms)
    return Observed(treated=treated, control=control)


# --- inference ----------------------------------------------------------------------------------------------------


def _inference(trial: Trial, model: Model, variance: str, drawn: BoolArray | None) -> Inference:
    """A t reference under the named variance, or why there is none; `drawn` are rows with sampled covariates."""
    reason = _too_few(trial, model)
    if reason is not None:
        return Unavailable(reason=reason)
    unbiased = _linalg.sandwich("HC2" if trial.cluster is None else "CR2", model.parts)
    if _linalg.captured_share(unbiased, model.parts) < SEEN:
        return Unavailable(reason=_DETERMINED_BY_UNIT if trial.cluster is None else _DETERMINED_BY_CLUSTER)
    found = _student_t(trial, model, variance, unbiased)
    if trial.cluster is not None:
        reason = low_df((unbiased if variance in JUDGED_BY_CR2 else found).df_of("difference"))
        if reason is not None:
            return Unavailable(reason=reason)
    if drawn is not None:
        found = _add(found, _covariate_mean_term(trial, model, drawn))
    if found.std_error(model.means, "difference") <= ROUNDING * np.max(np.abs(trial.outcome)):
        return Unavailable(reason=NO_VARIATION)
    return found


def _student_t(trial: Trial, model: Model, variance: str, unbiased: StudentT) -> StudentT:
    """The covariance and df of the named variance; HC2 and CR2 are at hand."""
    if variance == "welch":
        return _welch(trial)
    return unbiased if variance in ("HC2", "CR2") else _linalg.sandwich(variance, model.parts)


def _add(found: StudentT, term: FloatArray) -> StudentT:
    """The same inference with a further 2 × 2 covariance of the means."""
    first, cross, second = (a + float(b) for a, b in zip(found.covariance, term[[0, 0, 1], [0, 1, 1]], strict=True))
    return replace(found, covariance=(first, cross, second))


def _too_few(trial: Trial, model: Model) -> Text | None:
    """A single unit or cluster in an arm, or in the arm of a block that has its own mean; too few clusters."""
    clustered = trial.cluster is not None
    treated = trial.treated[trial.assigned]
    blocks = np.zeros(len(treated)) if trial.block is None or not model.by_arm else trial.block[trial.assigned]
    for arm, name in zip((treated, ~treated), ARMS, strict=True):
        if arm.sum() < 2:
            return _single_in_arm(name, clustered=clustered)
        if np.unique(blocks[arm], return_counts=True)[1].min() < 2:
            return _SINGLE_CLUSTER_IN_BLOCK if clustered else _SINGLE_UNIT_IN_BLOCK
    return few_clusters(len(treated)) if clustered else None


def _welch(trial: Trial) -> StudentT:
    """Neyman's diag(s₁²/n₁, s₀²/n₀) with Welch's (1947, doi:10.1093/biomet/34.1-2.28) degrees of freedom."""
    (v1, n1), (v0, n0) = ((float(np.var(trial.outcome[arm], ddof=1)) / arm.sum(), int(arm.sum())) for arm in trial.arms)
    df = ContrastDf(quadratic=(v1, 0.0, v0), quartic=(v1**2 / (n1 - 1), 0.0, 0.0, 0.0, v0**2 / (n0 - 1)))
    return StudentT(covariance=(v1, 0.0, v0), df=df)


def _covariate_mean_term(trial: Trial, model: Model, target: BoolArray) -> FloatArray:
    """β_a' V β_b with V = Σ_b G_b/(G_b − 1) Σ_g t_g t_g' / n², the covariance of the mean of x over n rows.

    t_g is the sum of x less its block's mean over a cluster (or unit) g, of which block b has G_b.
    """
    slopes = np.array([part.fit.coefficients[-len(trial.names) :] for part in model.parts])
    moves = trial.covariates[target] @ slopes.T  # what the covariates alone move each mean by
    n = len(moves)
    block = np.zeros(n, np.intp) if trial.block is None else np.unique(trial.block[target], return_inverse=True)[1]
    moves = moves - _group_sums(moves, block)[block] / np.bincount(block)[block][:, None]
    units = np.arange(n) if trial.cluster is None else trial.cluster[target]
    _, first, unit = np.unique(units, return_index=True, return_inverse=True)
    drawn = np.bincount(block[first])  # clusters or units in each block
    sums = _group_sums(moves, unit) * np.sqrt(drawn / (drawn - 1))[block[first]][:, None]
    term: FloatArray = sums.T @ sums / n**2
    return term


def _group_sums(values: FloatArray, groups: IntArray) -> FloatArray:
    """(groups, columns): the sum of each column over each group."""
    return np.column_stack([np.bincount(groups, column) for column in values.T])


# --- words --------------------------------------------------------------------------------------------------------

_SINGLE_UNIT_IN_BLOCK = Text(
    en="An arm of a block has a single unit, so its variation cannot be estimated.",
    sv="En grupp i ett block har en enda enhet, så dess variation kan inte skattas.",
)
_SINGLE_CLUSTER_IN_BLOCK = Text(
    en="Cluster-robust inference needs at least two clusters in each arm of every block; an arm of a block has one.",
    sv="Klusterrobust inferens kräver minst två kluster i varje grupp i alla block; en grupp i ett block har ett.",
)
_DETERMINED_BY_UNIT = Text(
    en="One unit alone determines a coefficient that the means rest on, so their uncertainty cannot be estimated.",
    sv="En enda enhet bestämmer en koefficient som medelvärdena vilar på, så deras osäkerhet kan inte skattas.",
)
_DETERMINED_BY_CLUSTER = Text(
    en="One cluster alone determines a coefficient that the means rest on, so their uncertainty cannot be estimated.",
    sv="Ett enda kluster bestämmer en koefficient som medelvärdena vilar på, så deras osäkerhet kan inte skattas.",
)


def _single_in_arm(arm: Text, *, clustered: bool) -> Text:
    if clustered:
        return Text(
            en=f"Cluster-robust inference needs at least two clusters in each arm; the {arm.en} arm has one.",
            sv=f"Klusterrobust inferens kräver minst två kluster i varje grupp; {arm.sv} har ett.",
        )
    return Text(
        en=f"The {arm.en} arm has a single unit, so its variation cannot be estimated.",
        sv=f"{arm.sv.capitalize()} har en enda enhet, så dess variation kan inte skattas.",
    )


def _estimand(estimand: TrialEstimand, population: Population, n: int) -> Estimand:
    treated_en, treated_sv = ("treated ", "behandlade ") if estimand == "ATT" else ("", "")
    en = f"the {format_number(n, 'en')} {treated_en}units of the trial"
    sv = f"försökets {format_number(n, 'sv')} {treated_sv}enheter"
    if population == "super":
        en, sv = f"the population that {en} represent", f"den population som {sv} representerar"
    return Estimand(name=estimand, population=Text(en=en, sv=sv))


def _sample(trial: Trial) -> Sample:
    n_treated = int(trial.treated.sum())
    return Sample(
        n_obs=len(trial.outcome),
        n_units=len(trial.outcome),
        n_treated=n_treated,
        n_control=len(trial.outcome) - n_treated,
        n_clusters=None if trial.cluster is None else len(np.unique(trial.cluster)),
        n_dropped=trial.n_dropped,
    )


def _notes(trial: Trial, model: Model, estimand: TrialEstimand, drawn: BoolArray | None) -> tuple[Note, ...]:
    """What the reader must know: what is compared, how units and blocks count, what was left out."""
    notes = {
        "intention_to_treat": Text(
            en="Units are compared as assigned, whatever they received.",
            sv="Enheterna jämförs så som de lottades, oavsett vilken insats de fick.",
        )
    }
    if trial.cluster is not None:
        notes["unit_weighted"] = Text(
            en="Every unit counts equally, so a large cluster counts for more than a small one.",
            sv="Varje enhet väger lika, så ett stort kluster väger tyngre än ett litet.",
        )
    if trial.block is not None and model.by_arm:
        treated_en, treated_sv = ("treated ", "behandlade ") if estimand == "ATT" else ("", "")
        notes["blocks_by_size"] = Text(
            en=f"Block indicators are interacted with treatment, so blocks count by their number of {treated_en}units.",
            sv=f"Blockindikatorerna interageras med behandlingen, så blocken väger efter antalet {treated_sv}enheter.",
        )
    if trial.block is not None and not model.by_arm:
        notes["blocks_by_precision"] = Text(
            en="Block indicators enter additively, so blocks count by precision, not by size.",
            sv="Blockindikatorerna ingår additivt, så blocken väger efter precision, inte efter storlek.",
        )
    if drawn is not None:
        notes["sampled_covariates"] = Text(
            en="The standard error allows for the sampling of the covariates, as the units represent a population.",
            sv="Medelfelet beaktar att kovariaterna är ett urval, eftersom enheterna representerar en population.",
        )
    if trial.dropped_blocks:
        notes["dropped_blocks"] = Text(
            en=f"Left out: {plural(trial.dropped_blocks, 'block')} without rows in both arms.",
            sv=f"Uteslutna: {trial.dropped_blocks} block utan rader i båda grupperna.",
        )
    return tuple(Note(code=code, text=text) for code, text in notes.items())
