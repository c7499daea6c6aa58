"""A randomised trial in which some did not receive what they were assigned: the effect on compliers.

Every number is an effect of assignment, estimated exactly as `randomized_trial` estimates it, on some outcome: on the
outcome Y itself, on receipt D, and on Y·D. With y, d and u these three effects::

    treated mean of compliers          u / d           Imbens & Rubin (1997), Abadie (2003)
    counterfactual mean of compliers   (u − y) / d     since Y·(1 − D) = Y − Y·D
    their difference                   y / d           Wald (1940); two-stage least squares

Covariances of the three come from the variances of effects on sums: 2s·cov(p, q) = var(p + s·q) − var(p) − s²·var(q).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np
from numpy.random import Generator

from effekt import _linalg, diagnostics
from effekt._inference import AndersonRubin, Inference, Means, Randomization, StudentT, Unavailable
from effekt._types import FloatArray, Missing, Number, Table
from effekt._validation import check_names, check_option, check_roles, plural
from effekt.diagnostics.complier_bounds import complier_bounds_of
from effekt.estimators._complier_words import (
    AS_ASSIGNED,
    ASSUMPTIONS,
    DETERMINED,
    MISSING_OUTCOMES,
    MISSING_RECEIPT,
    NO_BOUNDS,
    NO_BOUNDS_OF_RECEIPT,
    SHARE_OF_EXPOSURE,
    Unknown,
    estimand_of,
    missing_receipt,
    notes_of,
)
from effekt.estimators._coverage import coverage_notes
from effekt.estimators._worst_case import check_range
from effekt.estimators.randomized.arguments import (
    DRAWS,
    PAIRS_ALONE,
    Adjustment,
    Options,
    Population,
    TrialEstimand,
    checked,
)
from effekt.estimators.randomized.attrition import complier_ends
from effekt.estimators.randomized.data import selected
from effekt.estimators.randomized.lots import streams_of
from effekt.estimators.randomized.randomization import SAME_FOR_ALL
from effekt.estimators.randomized.receipt import by_receipt
from effekt.estimators.randomized.trial import fitted
from effekt.exceptions import ArgumentError, DataError
from effekt.result import EffectEstimate, EffectSet, ExactMeans
from effekt.roles import Outcome, Weights, as_outcome, as_weights
from effekt.tables import Selection, as_table
from effekt.tables import Table as CheckedTable

Variance: TypeAlias = Literal["HC0", "HC1", "HC2", "HC3", "CR0", "CR1", "CR1S", "CR2", "CR3", "between_pair", "young"]
ComplierInference: TypeAlias = Literal["asymptotic", "randomization"]
BOUNDS = ("lee_bounds", "manski_bounds")  # for outcomes that are missing, and receipt is not
INCOMPLETE = "incomplete_rows"
LABELS = ("ITT", "CACE", "first stage")
ROUNDING = 1e-12  # a share of compliers, or a relative variance, this small is rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Receipt:
    """The rows of the table, those that lack a used value as NaN.

    Attributes
    ----------
    table : Table
        With NaN in `outcome` and `received` where a row lacks a used value.
    everyone : Table
        The table as it was given.
    outcome, received : (rows,) arrays
    counted : (rows,) array
        Receipt times exposure, where there is exposure; it stands in the table in place of receipt.
    unknown : Unknown
        Whose receipt is missing.
    """

    table: CheckedTable
    everyone: CheckedTable
    outcome: FloatArray
    received: FloatArray
    counted: FloatArray
    unknown: Unknown

    @property
    def complete(self) -> bool:
        """Whether receipt is known of all whose outcome is."""
        return not self.unknown.count


def complier_effect(
    data: Table,
    *,
    outcome: str | Outcome,
    treatment: str,
    received: str,
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
    inference: ComplierInference = "asymptotic",
    draws: int = DRAWS,
    rng: Generator | int | None = None,
    outcome_range: Sequence[Number] | None = None,
) -> EffectSet:
    """Effect of the treatment on those who took it up because they were assigned to it.

    Parameters
    ----------
    data : table
        One row per unit.
    outcome : str or Outcome
        A column, in the outcome's unit.
    treatment : str
        Column of 0 (control) and 1 (treated), as assigned; constant within clusters.
    received : str
        Column of 0 and 1: whether the unit received the treatment.
    covariates : str or list of str
        Columns measured before assignment: numbers, or text, which stands for its categories.
    block : str, optional
        Column naming the block within which treatment was assigned.
    cluster : str, optional
        Column naming the group that was assigned as a whole; a cluster lies in one block.
    weights : Weights or mapping, optional
        A column and its kind, "sampling", "frequency" or "precision", as in `randomized_trial`.
    pairs : str, optional
        Column naming the pair within which one unit or cluster was assigned to treatment and one was not.
    probability : str, optional
        Column of each unit's known probability of being assigned to treatment; constant within clusters.
    adjustment : {"lin", "lin_by_block", "additive", "none"}
        As in `randomized_trial`; with a probability "none" is Horvitz–Thompson, the others Hájek.
    estimand : {"ATE", "ATT"}
        Whose compliers: those of all units, or those of the units that were assigned to treatment.
    population : {"super", "finite"}, optional
        As in `randomized_trial`: whether compliers are those of a larger population (default) or of the units at hand.
    cluster_weighted : bool
        Whether every cluster counts equally; else every unit does.
    exposure : str, optional
        Column of what the outcome is counted over, as in `randomized_trial`: means are rates, and receipt counts by
        exposure as well.
    variance : str, optional
        "HC0", "HC1", "HC2" (default) or "HC3"; with a cluster "CR0", "CR1", "CR1S", "CR2" (default) or "CR3";
        "between_pair" with pairs; "young" for Horvitz–Thompson.
    missing : {"raise", "drop"}
        What to do with rows that lack a used value. With "drop", a block or pair that holds one arm only is dropped as
        well. Rows that lack `received` alone count in the ITT, and in nothing else; a note tells how many they are.
        Where the arms are compared as they are, CACE carries ``effekt.diagnostics.complier_bounds``.
    inference : {"asymptotic", "randomization"}
        Asymptotic: by the variance. Randomization: by the assignments that could have been drawn.
    draws, rng
        As in `randomized_trial`; outcome and receipt have the same assignments.
    outcome_range : (low, high), optional
        As in `randomized_trial`: the smallest and largest possible outcome, for the worst cases of missing outcomes.

    Returns
    -------
    EffectSet
        "ITT": the effect of assignment on the outcome, number for number that of `randomized_trial`, of everyone whose
        outcome is known. "CACE": mean outcome of compliers with the treatment and without it; exact fractions where
        those of `randomized_trial` are. "first stage": the effect of assignment on receipt, the share of compliers.
        Both are of those whose outcome and receipt are known. The first two have the outcome's unit; the third is a
        share. No joint covariance is kept, since no combination of the three is of interest.

        CACE inference is `AndersonRubin`: its sets and p-values hold their level however few comply, and its
        confidence set may be bounded, unbounded or disjoint. Its standard error is that of two-stage least squares
        under the named variance, for comparison (of pairs and Horvitz–Thompson, that of the ratio by the delta method);
        no interval rests on it. CACE carries the diagnostic `first_stage`.
        Inference is `Unavailable` where that of the ITT is, and where the outcome follows from receipt without
        variation; that of the first stage alone where receipt does not vary within the arms.

        By randomisation the set of CACE is every τ with p > α, exact in samples of any size for an effect of receipt
        that is one and the same for all who receive the treatment; it may be bounded, unbounded or disjoint. A ratio
        has no set, and no p-value but that of no effect.

    Raises
    ------
    DataError
        As `randomized_trial`; for a `received` other than 0 and 1, and where no more of those assigned to treatment
        than of the controls received it, so that there are no compliers to speak of.
    ArgumentError
        For options that contradict each other.

    Notes
    -----
    Assumes, beside what `randomized_trial` assumes: assignment affects the outcome through receipt only (exclusion); no
    unit receives the treatment only if *not* assigned to it (monotonicity, no defiers). Where no control can receive
    it, the second holds by design, and compliers are all those who would receive it.

    With y, u and d the effects of assignment on Y, Y·D and D, the means are u/d and (u − y)/d. A null τ is tested by
    y − τ·d = 0, a ratio ρ by u − ρ·(u − y) = 0, against t with the degrees of freedom of the effect of assignment. At
    τ = 0 and ρ = 1 that is the test of the ITT of the same rows: no effect has the same p-value in every view, and in
    the ITT where the receipt of all who have an outcome is known. By randomisation y − τ·d is held against itself under
    other assignments, those of the ITT, and not over its standard error: `randomized_trial` has the studentized test of
    no effect, and the asymptotic one here is right in large trials where compliers' effects differ.

    The variance of y − τ·d is that of the design, as if the trial had been run on Y − τ·D: in pairs it comes from the
    differences of the pairs in y − τ·d, with J − 1 degrees of freedom (Imai, King & Nall 2009; Baiocchi et al. 2010);
    under Horvitz–Thompson it is an upper bound for every τ, with a normal reference.

    References
    ----------
    Imbens, G. W. & Rosenbaum, P. R. (2005). Robust, accurate confidence intervals with a weak instrument: quarter of
    birth and education. *Journal of the Royal Statistical Society A* 168(1), 109–126.
    doi:10.1111/j.1467-985X.2004.00339.x

    Imai, K., King, G. & Nall, C. (2009). The essential role of pair matching in cluster-randomized experiments.
    *Statistical Science* 24(1), 29–53. doi:10.1214/08-STS274

    Baiocchi, M., Small, D. S., Lorch, S. & Rosenbaum, P. R. (2010). Building a stronger instrument in an observational
    study of perinatal care for premature infants. *Journal of the American Statistical Association* 105(492),
    1285–1296. doi:10.1198/jasa.2010.ap09490

    Anderson, T. W. & Rubin, H. (1949). Estimation of the parameters of a single equation in a complete system of
    stochastic equations. *Annals of Mathematical Statistics* 20(1), 46–63. doi:10.1214/aoms/1177730090

    Angrist, J. D., Imbens, G. W. & Rubin, D. B. (1996). Identification of causal effects using instrumental variables.
    *Journal of the American Statistical Association* 91(434), 444–455. doi:10.1080/01621459.1996.10476902

    Imbens, G. W. & Rubin, D. B. (1997). Estimating outcome distributions for compliers in instrumental variables
    models. *Review of Economic Studies* 64(4), 555–574. doi:10.2307/2971731

    Abadie, A. (2003). Semiparametric instrumental variable estimation of treatment response models. *Journal of
    Econometrics* 113(2), 231–263. doi:10.1016/S0304-4076(02)00201-4

    Examples
    --------
    >>> import effekt
    >>> data = {
    ...     "days": [2.0, 4.0, 9.0, 5.0, 8.0, 9.0, 7.0, 10.0],
    ...     "offered": [1, 1, 1, 1, 0, 0, 0, 0],
    ...     "trained": [1, 1, 0, 1, 0, 0, 0, 0],
    ... }
    >>> effects = effekt.complier_effect(data, outcome="days", treatment="offered", received="trained")
    >>> effects["ITT"].exact_estimate, effects["first stage"].exact_estimate, effects["CACE"].exact_estimate
    (Fraction(-7, 2), Fraction(3, 4), Fraction(-14, 3))
    >>> effects["CACE"].p_value() == effects["ITT"].p_value()
    True
    """
    check_option("inference", inference, ("asymptotic", "randomization"))
    asked = Options(
        outcome=as_outcome(outcome),
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
        ways=("randomization",),
        draws=draws,
        rng=rng,
        outcome_range=check_range(outcome_range),
    )
    options, by_variance = _checked(asked, received, variance)
    rows = _read(as_table(data), asked, received)
    measured, share = asked.outcome, Outcome(column=received, unit="share")

    def assigned(values: FloatArray, of: Outcome, *, drawn: bool = False) -> EffectEstimate:
        """The effect of assignment on these values in place of the outcome; drawn: by the inference asked for."""
        own = replace(options, rng=deepcopy(rng), outcome_range=None) if drawn else by_variance
        effect = fitted(rows.table.with_columns({of.name: values}), replace(own, outcome=of)).effect
        effect = effect if of is measured else replace(effect, outcome=of)  # a share, also where it counts by exposure
        return _recorded(effect, own, asked, received)

    itt = _recorded(fitted(rows.everyone, replace(options, rng=deepcopy(rng))).effect, options, asked, received)
    first = _of_both(assigned(rows.counted, share), itt, rows)
    within = itt if rows.complete else _of_both(assigned(rows.outcome, measured, drawn=True), itt, rows)
    with_treatment = assigned(rows.outcome * rows.received, measured)
    _check_compliers(first, received)
    found: Inference
    if inference == "randomization":
        found = within.inference
        if isinstance(found, Randomization):
            found = by_receipt(
                _in_order(rows, options, received), replace(options, rng=deepcopy(rng)), received, _difference(first)
            )
        moved = _of_both(assigned(rows.counted, share, drawn=True), itt, rows)
        if isinstance(rng, Generator):
            streams_of(rng)  # all had a copy: whoever draws next from the generator draws anew
    else:
        found = _inference(within, with_treatment, first, rows, lambda values: assigned(values, measured))
        moved = first
    complier = _complier(within, with_treatment, first, found, by_variance.variance, _largest(rows, asked))
    complier = _with_bounds(complier, itt, rows, options, received)
    effects = (_named(itt, "ITT"), complier, _first_stage(moved))
    return EffectSet(labels=LABELS, effects=effects, notes=(ASSUMPTIONS,))


# --- arguments and data -------------------------------------------------------------------------------------------


def _checked(asked: Options, received: object, variance: str | None) -> tuple[Options, Options]:
    """The options as asked for, and those with inference by a variance, when they agree with each other."""
    _check_roles(asked, received)
    if asked.pairs is not None and asked.covariates:
        raise ArgumentError(PAIRS_ALONE)
    if variance is not None and asked.pairs is None and not asked.horvitz_thompson:
        named = _linalg.UNIT_VARIANCES if asked.cluster is None else _linalg.CLUSTER_VARIANCES
        check_option("variance", variance, named)
    options = checked(asked, variance)
    by_variance = replace(asked, inference="asymptotic", draws=DRAWS, rng=None, outcome_range=None)
    return options, checked(by_variance, variance)


def _check_roles(asked: Options, received: object) -> None:
    """Each column is a name and plays one role."""
    if len(asked.outcome.columns) > 1:
        raise ArgumentError(
            f"`outcome` must be one column in a randomised trial; got {asked.outcome.column!r}. Divide the columns "
            "first, and say in `unit` what the ratio is."
        )
    named = [("outcome", asked.outcome.name), ("treatment", asked.treatment), ("received", received)]
    named += [("covariates", name) for name in asked.covariates]
    others = [(role, getattr(asked, role)) for role in ("block", "cluster", "pairs", "probability", "exposure")]
    if asked.weights is not None:
        others.append(("weights", asked.weights.column))
    check_roles([*named, *((role, column) for role, column in others if column is not None)])


def _read(table: CheckedTable, asked: Options, received: str) -> Receipt:
    """Outcome and receipt of the complete rows, where they stand in the table."""
    outcome = asked.outcome.name
    rows = selected(table, (outcome,), asked, last=(received,))
    taken = rows.numbers[received]
    rows.refuse(
        (taken != 0) & (taken != 1),
        received,
        "must hold 0 (did not receive the treatment) or 1 (received it)",
        "Recode it, and say in the plan from which dose on the treatment counts as received.",
    )
    unknown = _unknown(selected(table, (outcome,), asked), rows, asked)
    unknown.refuse_whole_arm(received)
    if asked.horvitz_thompson and unknown.count:
        raise DataError(
            f"Column {received!r} must be known of every row under adjustment='none' with `probability` (Horvitz and "
            f"Thompson); {plural(unknown.count, 'row')} lacked it. Use adjustment='lin', whose weights "
            "are normalised, or complete the data."
        )
    counted = taken if asked.exposure is None else taken * rows.numbers[asked.exposure]
    y, d, of_exposure = (np.full(len(table), math.nan) for _ in range(3))
    for column, values in ((y, rows.numbers[outcome]), (d, taken), (of_exposure, counted)):
        column[rows.rows - 1] = values
    return Receipt(
        table=table.with_columns({outcome: y, received: of_exposure}),
        everyone=table,
        outcome=y,
        received=d,
        counted=of_exposure,
        unknown=unknown,
    )


def _unknown(everyone: Selection, both: Selection, asked: Options) -> Unknown:
    """Of the treated and of the controls: rows that lack receipt alone, and rows that lack nothing else."""
    arm, lost = everyone.numbers[asked.treatment], ~np.isin(everyone.rows, both.rows)
    treated, control = ((int(np.sum(lost & (arm == one))), int(np.sum(arm == one))) for one in (1, 0))
    tested = None
    if lost.any() and treated[1] and control[1] and asked.cluster is None and asked.probability is None:
        chosen, within = np.isin(arm, (0, 1)), asked.block or asked.pairs
        groups = None if within is None else everyone.labels[within].codes[chosen].tolist()
        tested = diagnostics.differential_attrition(lost[chosen], arm[chosen], block=groups)
    return Unknown(treated=treated, control=control, tested=tested)


def _in_order(rows: Receipt, options: Options, received: str) -> CheckedTable:
    """The complete rows in the order of outcome and receipt, which those that are alike but for one of them keep."""
    return rows.table.part(selected(rows.table, (options.outcome.name,), options, last=(received,)).rows)


def _largest(rows: Receipt, asked: Options) -> float:
    """The size of the largest outcome, per unit of exposure where there is exposure."""
    over = 1.0 if asked.exposure is None else _known(rows.table, asked.exposure)
    return float(np.nanmax(np.abs(rows.outcome / over)))


def _known(table: CheckedTable, column: str) -> FloatArray:
    """A column wherever it is known, also of rows that lack something else."""
    rows = table.select(numbers=(column,), missing="drop")
    found = np.full(len(table), math.nan)
    found[rows.rows - 1] = rows.numbers[column]
    return found


def _recorded(effect: EffectEstimate, own: Options, asked: Options, received: str) -> EffectEstimate:
    """An effect of assignment under the name and the arguments of the call."""
    given: dict[str, object] = {"outcome": _as_written(asked.outcome), "treatment": asked.treatment}
    given["received"] = received
    if asked.outcome_range is not None:
        given["outcome_range"] = list(asked.outcome_range)
    return replace(effect, method="complier_effect", arguments=_arguments(effect, own) | given)


def _arguments(effect: EffectEstimate, options: Options) -> dict[str, object]:
    """The arguments of the call; whose compliers stands there where it is not the default."""
    usual = {"estimand": "ATE", "population": "super" if options.inference == "asymptotic" else "finite"}
    return {name: value for name, value in effect.arguments.items() if (name, value) not in usual.items()}


def _difference(effect: EffectEstimate) -> float:
    """Of the means as floats, from which the inference of the effect is made."""
    return effect.means.value("difference")


def _check_compliers(first: EffectEstimate, received: str) -> None:
    if _difference(first) <= ROUNDING:
        raise DataError(
            f"Column {received!r} must be 1 for a larger share of those assigned to treatment than of the controls, or "
            f"there are no compliers; the shares are {first.treated_mean:.4g} and {first.counterfactual_mean:.4g}. "
            "Check which column is assignment and which is receipt, or use randomized_trial."
        )


def _as_written(outcome: Outcome) -> dict[str, object]:
    return {"column": outcome.column, "unit": outcome.unit, "better": outcome.better}


# --- inference ----------------------------------------------------------------------------------------------------


def _inference(
    itt: EffectEstimate,
    with_treatment: EffectEstimate,
    first: EffectEstimate,
    rows: Receipt,
    assigned: Callable[[FloatArray], EffectEstimate],
) -> Inference:
    """The Anderson–Rubin test of compliers' means, or why there is none.

    What is unavailable for lack of units, clusters or degrees of freedom is so for every outcome of the trial, since
    all of these belong to the design; an effect without inference beside an ITT with one lacks variation only.
    """
    if not isinstance(itt.inference, StudentT):
        return itt.inference
    values = (rows.outcome, rows.outcome * rows.received, rows.counted)
    own = tuple(_variance(effect) for effect in (itt, with_treatment, first))

    def covariance(i: int, j: int) -> float:
        if own[i] == 0 or own[j] == 0:
            return 0.0
        scale = math.sqrt(own[i] / own[j])
        return (_variance(assigned(values[i] + scale * values[j])) - 2 * own[i]) / (2 * scale)

    yu, yd, ud = covariance(0, 1), covariance(0, 2), covariance(1, 2)
    y, u, d = map(_difference, (itt, with_treatment, first))
    effect = y / d
    terms = (own[0], -2 * effect * yd, effect**2 * own[2])  # of the variance that two-stage least squares has
    if math.fsum(terms) <= ROUNDING * sum(map(abs, terms)):
        return DETERMINED
    return AndersonRubin(
        effects=(y, u, d),
        covariance=(own[0], yu, yd, own[1], ud, own[2]),
        df=itt.inference.df_of("difference"),
    )


def _variance(effect: EffectEstimate) -> float:
    """The variance of an effect of assignment; zero where its outcome does not vary within the arms."""
    if not isinstance(effect.inference, StudentT):
        return 0.0
    return effect.inference.of_difference()[0]


# --- the three effects --------------------------------------------------------------------------------------------


def _named(effect: EffectEstimate, name: Literal["ITT", "first_stage"]) -> EffectEstimate:
    return replace(effect, estimand=replace(effect.estimand, name=name))


def _first_stage(first: EffectEstimate) -> EffectEstimate:
    """The effect on receipt; its own reason where all received what they were assigned."""
    checks = tuple(check for check in first.diagnostics if check.name not in BOUNDS)
    notes = tuple(SHARE_OF_EXPOSURE if note.code == "rate" else note for note in first.notes)
    named = replace(_named(first, "first_stage"), diagnostics=checks, notes=notes)
    if not _all_as_assigned(first):
        return named
    return replace(named, inference=AS_ASSIGNED)


def _of_both(effect: EffectEstimate, itt: EffectEstimate, rows: Receipt) -> EffectEstimate:
    """An effect among those whose outcome and receipt are known: what is said of missing outcomes is said of these."""
    told = {note.code: note for note in itt.notes}
    own = [note for note in effect.notes if note.code != MISSING_OUTCOMES or note.code in told]
    notes = [told[note.code] if note.code == MISSING_OUTCOMES else note for note in own]
    if INCOMPLETE in told and not any(note.code == INCOMPLETE for note in notes):  # it rests on the same rows
        notes.append(told[INCOMPLETE])
    checks = itt.diagnostics
    if not rows.complete:
        note, check = missing_receipt(rows.unknown)
        notes, checks = [*notes, note], (*checks, check)
    return replace(effect, notes=tuple(notes), diagnostics=checks)


def _all_as_assigned(first: EffectEstimate) -> bool:
    return isinstance(first.inference, Unavailable) and (first.observed.treated, first.observed.control) == (1.0, 0.0)


def _complier(
    itt: EffectEstimate,
    with_treatment: EffectEstimate,
    first: EffectEstimate,
    inference: Inference,
    variance: str,
    largest: float,
) -> EffectEstimate:
    """Compliers' means u/d and (u − y)/d, with their inference, notes and check of the first stage."""
    y, u, d = map(_difference, (itt, with_treatment, first))
    means = Means.adjusted(u / d, (u - y) / d, largest / d)
    exact = _exact_means(itt.exact_estimate, with_treatment.exact_estimate, first.exact_estimate)
    if exact is not None:
        means = Means(treated=float(exact.treated), counterfactual=float(exact.counterfactual))
    gone = (SAME_FOR_ALL, *(coverage_notes(variance) if isinstance(inference, Unavailable) else ()))
    check = diagnostics.first_stage(
        treated=first.treated_mean, control=first.counterfactual_mean, std_error=first.std_error
    )
    return replace(
        itt,
        means=means,
        exact=exact,
        inference=inference,
        estimand=estimand_of(itt),
        diagnostics=(check, *(one for one in itt.diagnostics if one.name == MISSING_RECEIPT)),
        notes=(*notes_of(itt, first, variance), *(note for note in itt.notes if note not in gone)),
    )


def _exact_means(y: Fraction | None, u: Fraction | None, d: Fraction | None) -> ExactMeans | None:
    if y is None or u is None or d is None:
        return None
    return ExactMeans(treated=u / d, counterfactual=(u - y) / d)


def _as_they_are(options: Options) -> bool:
    """Whether the arms are compared as they are, so that shares of people bound the effect on compliers."""
    uneven = (options.block, options.pairs, options.weights, options.probability, options.exposure)
    return not options.cluster_weighted and all(one is None for one in uneven)


def _with_bounds(
    complier: EffectEstimate, itt: EffectEstimate, rows: Receipt, options: Options, received: str
) -> EffectEstimate:
    """Where outcomes or receipt are missing, what the bounds of both imply for compliers, or that there are none."""
    names = {check.name for check in itt.diagnostics}
    if not names and rows.complete:
        return complier
    outcome, taken, assigned = (
        _known(rows.everyone, name) for name in (options.outcome.name, received, options.treatment)
    )
    taken[(taken != 0) & (taken != 1)] = math.nan
    seen = ~np.isnan(outcome) & ~np.isnan(taken)
    few = min(int(np.sum(seen & (assigned == arm))) for arm in (0, 1)) < 2
    without = replace(complier, notes=(*complier.notes, NO_BOUNDS if names else NO_BOUNDS_OF_RECEIPT))
    if few or (names and names.isdisjoint(BOUNDS)) or options.exposure is not None:
        return without
    if _as_they_are(options):
        where = np.isin(assigned, (0, 1))
        low, high = options.outcome_range or _of_shares(outcome[where])
        check = diagnostics.complier_bounds(outcome[where], taken[where], assigned[where], low=low, high=high)
    else:
        ends = complier_ends(
            rows.everyone, options, lambda part, own: fitted(part, own).effect, outcome=outcome, received=taken
        )
        if not ends:
            return without
        check = complier_bounds_of(ends, 0.0)
    return replace(complier, diagnostics=(*complier.diagnostics, check))


def _of_shares(outcome: FloatArray) -> tuple[float, float] | tuple[None, None]:
    """The range of an outcome of which all that are seen are 0 or 1."""
    return (0.0, 1.0) if np.all(np.isnan(outcome) | (outcome == 0) | (outcome == 1)) else (None, None)
