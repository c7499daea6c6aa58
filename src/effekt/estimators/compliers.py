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
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np
from numpy.random import Generator

from effekt import _linalg, diagnostics
from effekt._inference import AndersonRubin, Inference, Means, Randomization, StudentT, Unavailable
from effekt._text import Text, format_number, format_percent
from effekt._types import FloatArray, Missing, Table
from effekt._validation import check_names, check_option
from effekt.estimators.randomized import randomized_trial
from effekt.estimators.randomized.arguments import DRAWS, Adjustment, Options, check_roles, checked
from effekt.estimators.randomized.lots import streams_of
from effekt.estimators.randomized.randomization import SAME_FOR_ALL
from effekt.estimators.randomized.receipt import by_receipt
from effekt.exceptions import ArgumentError, DataError
from effekt.result import EffectEstimate, EffectSet, ExactMeans, Note
from effekt.roles import Estimand, Outcome, as_outcome
from effekt.tables import Table as CheckedTable
from effekt.tables import as_table

Variance: TypeAlias = Literal["HC0", "HC1", "HC2", "HC3", "CR0", "CR1", "CR1S", "CR2", "CR3"]
ComplierInference: TypeAlias = Literal["asymptotic", "randomization"]
BOUNDS = ("lee_bounds", "manski_bounds")  # for outcomes that are missing, and receipt is not
LABELS = ("ITT", "CACE", "first stage")
ROUNDING = 1e-12  # a share of compliers, or a relative variance, this small is rounding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Receipt:
    """The rows of the table, those that lack a used value as NaN.

    Attributes
    ----------
    outcome, received : (rows,) arrays
    """

    table: CheckedTable
    outcome: FloatArray
    received: FloatArray


def complier_effect(
    data: Table,
    *,
    outcome: str | Outcome,
    treatment: str,
    received: str,
    covariates: str | Sequence[str] = (),
    block: str | None = None,
    cluster: str | None = None,
    adjustment: Adjustment = "lin",
    variance: Variance | None = None,
    missing: Missing = "raise",
    inference: ComplierInference = "asymptotic",
    draws: int = DRAWS,
    rng: Generator | int | None = None,
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
        Numeric columns measured before assignment; categories as 0/1 columns.
    block : str, optional
        Column naming the block within which treatment was assigned.
    cluster : str, optional
        Column naming the group that was assigned as a whole; a cluster lies in one block.
    adjustment : {"lin", "lin_by_block", "additive", "none"}
        As in `randomized_trial`.
    variance : str, optional
        "HC0", "HC1", "HC2" (default) or "HC3"; with a cluster "CR0", "CR1", "CR1S", "CR2" (default) or "CR3".
    missing : {"raise", "drop"}
        What to do with rows that lack a used value. With "drop", a block that holds one arm only is dropped as well.
    inference : {"asymptotic", "randomization"}
        Asymptotic: by the variance. Randomization: by the assignments that could have been drawn.
    draws, rng
        As in `randomized_trial`; outcome and receipt have the same assignments.

    Returns
    -------
    EffectSet
        "ITT": the effect of assignment on the outcome, number for number that of `randomized_trial`. "CACE": mean
        outcome of compliers with the treatment and without it; exact fractions without blocks and covariates. "first
        stage": the effect of assignment on receipt, the share of compliers. The first has the outcome's unit, as the
        second; the third is a share. No joint covariance is kept, since no combination of the three is of interest.

        CACE inference is `AndersonRubin`: its sets and p-values hold their level however few comply, and its
        confidence set may be bounded, unbounded or disjoint. Its standard error is that of two-stage least squares
        under the named variance, for comparison; no interval rests on it. CACE carries the diagnostic `first_stage`.
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
    τ = 0 and ρ = 1 that is the test of the ITT: no effect has the same p-value in every view, and in the ITT. By
    randomisation y − τ·d is held against itself under other assignments, those of the ITT.

    References
    ----------
    Imbens, G. W. & Rosenbaum, P. R. (2005). Robust, accurate confidence intervals with a weak instrument: quarter of
    birth and education. *Journal of the Royal Statistical Society A* 168(1), 109–126.
    doi:10.1111/j.1467-985X.2004.00339.x

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
    measured, names = as_outcome(outcome), check_names("covariates", covariates)
    _check_roles(measured, treatment, received, names, block, cluster)
    chosen = _check_variance(variance, cluster)
    options = _options(measured, treatment, names, block, cluster, adjustment, missing, draws, rng)
    checked(replace(options, population=None, inference=inference), variance)
    groups = [name for name in (block, cluster) if name is not None]
    rows = _read(as_table(data), measured.name, received, (treatment, *names), groups, missing)

    def assigned(values: FloatArray, of: Outcome, *, drawn: bool = False) -> EffectEstimate:
        """The effect of assignment on these values in place of the outcome; drawn: by the inference asked for."""
        effect = randomized_trial(
            rows.table.with_columns({of.name: values}),
            outcome=of,
            treatment=treatment,
            covariates=names,
            block=block,
            cluster=cluster,
            adjustment=adjustment,
            variance=variance,
            missing=missing,
            inference=inference if drawn else "asymptotic",
            draws=draws if drawn else DRAWS,
            rng=deepcopy(rng) if drawn else None,
        )
        arguments = {name: value for name, value in effect.arguments.items() if name not in ("estimand", "population")}
        given = {"outcome": _as_written(measured), "treatment": treatment, "received": received}
        return replace(effect, method="complier_effect", arguments=arguments | given)

    share = Outcome(column=received, unit="share")
    itt, first = assigned(rows.outcome, measured, drawn=True), assigned(rows.received, share)
    with_treatment = assigned(rows.outcome * rows.received, measured)
    _check_compliers(first, received)
    found: Inference
    if inference == "randomization":
        found = itt.inference
        if isinstance(found, Randomization):
            found = by_receipt(rows.table, replace(options, rng=deepcopy(rng)), received, first.estimate)
        moved = assigned(rows.received, share, drawn=True)
        if isinstance(rng, Generator):
            streams_of(rng)  # all had a copy: whoever draws next from the generator draws anew
    else:
        found = _inference(itt, with_treatment, first, rows, lambda values: assigned(values, measured))
        moved = first
    complier = _complier(itt, with_treatment, first, found, chosen)
    effects = (_named(itt, "ITT"), complier, _first_stage(moved))
    return EffectSet(labels=LABELS, effects=effects, notes=(_ASSUMPTIONS,))


# --- arguments and data -------------------------------------------------------------------------------------------


def _check_roles(
    outcome: Outcome, treatment: object, received: object, covariates: tuple[str, ...], block: object, cluster: object
) -> None:
    """Each column is a name and plays one role."""
    if len(outcome.columns) > 1:
        raise ArgumentError(
            f"`outcome` must be one column in a randomised trial; got {outcome.column!r}. Divide the columns first, "
            "and say in `unit` what the ratio is."
        )
    named = [("outcome", outcome.name), ("treatment", treatment), ("received", received)]
    named += [("covariates", name) for name in covariates]
    named += [(role, column) for role, column in (("block", block), ("cluster", cluster)) if column is not None]
    check_roles(named)


def _check_variance(variance: object, cluster: str | None) -> str:
    """The name of the variance."""
    if variance is None:
        return "HC2" if cluster is None else "CR2"
    check_option("variance", variance, _linalg.UNIT_VARIANCES if cluster is None else _linalg.CLUSTER_VARIANCES)
    return str(variance)


def _read(
    table: CheckedTable, outcome: str, received: str, numbers: tuple[str, ...], labels: list[str], missing: Missing
) -> Receipt:
    """Outcome and receipt of the complete rows, where they stand in the table."""
    rows = table.select(numbers=(outcome, *numbers, received), labels=labels, missing=missing)
    taken = rows.numbers[received]
    rows.refuse(
        (taken != 0) & (taken != 1),
        received,
        "must hold 0 (did not receive the treatment) or 1 (received it)",
        "Recode it, and say in the plan from which dose on the treatment counts as received.",
    )
    values = {name: np.full(len(table), math.nan) for name in (outcome, received)}
    for name, column in values.items():
        column[rows.rows - 1] = rows.numbers[name]
    return Receipt(table=table.with_columns(values), outcome=values[outcome], received=values[received])


def _options(
    outcome: Outcome,
    treatment: str,
    covariates: tuple[str, ...],
    block: str | None,
    cluster: str | None,
    adjustment: Adjustment,
    missing: Missing,
    draws: int,
    rng: Generator | int | None,
) -> Options:
    """What `randomized_trial` makes of the same call."""
    return Options(
        outcome=outcome,
        treatment=treatment,
        covariates=covariates,
        block=block,
        cluster=cluster,
        weights=None,
        pairs=None,
        probability=None,
        adjustment=adjustment,
        estimand="ATE",
        population="super",
        cluster_weighted=False,
        exposure=None,
        variance="randomization",
        missing=missing,
        inference="randomization",
        draws=draws,
        rng=rng,
    )


def _check_compliers(first: EffectEstimate, received: str) -> None:
    if first.estimate <= ROUNDING:
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
    values = (rows.outcome, rows.outcome * rows.received, rows.received)
    own = tuple(_variance(effect) for effect in (itt, with_treatment, first))

    def covariance(i: int, j: int) -> float:
        if own[i] == 0 or own[j] == 0:
            return 0.0
        scale = math.sqrt(own[i] / own[j])
        return (_variance(assigned(values[i] + scale * values[j])) - 2 * own[i]) / (2 * scale)

    yu, yd, ud = covariance(0, 1), covariance(0, 2), covariance(1, 2)
    effect = itt.estimate / first.estimate
    terms = (own[0], -2 * effect * yd, effect**2 * own[2])  # of the variance that two-stage least squares has
    if math.fsum(terms) <= ROUNDING * sum(map(abs, terms)):
        return _DETERMINED
    return AndersonRubin(
        effects=(itt.estimate, with_treatment.estimate, first.estimate),
        covariance=(own[0], yu, yd, own[1], ud, own[2]),
        df=itt.inference.df_of("difference"),
    )


def _variance(effect: EffectEstimate) -> float:
    """The variance of an effect of assignment; zero where its outcome does not vary within the arms."""
    if not isinstance(effect.inference, StudentT):
        return 0.0
    first, cross, second = effect.inference.covariance
    return first - 2 * cross + second


_DETERMINED = Unavailable(
    reason=Text(
        en="Within the arms the outcome follows from what was received without any variation, so there is no standard "
        "error.",
        sv="Inom grupperna följer utfallet av vad som mottagits, utan variation, och därför finns inget medelfel.",
    )
)
_AS_ASSIGNED = Unavailable(
    reason=Text(
        en="Everyone received what they were assigned, so the share of compliers does not vary.",
        sv="Alla fick det de lottats till, så andelen följsamma varierar inte.",
    )
)


# --- the three effects --------------------------------------------------------------------------------------------


def _named(effect: EffectEstimate, name: Literal["ITT", "first_stage"]) -> EffectEstimate:
    return replace(effect, estimand=replace(effect.estimand, name=name))


def _first_stage(first: EffectEstimate) -> EffectEstimate:
    """The effect on receipt; its own reason where all received what they were assigned."""
    checks = tuple(check for check in first.diagnostics if check.name not in BOUNDS)
    named = replace(_named(first, "first_stage"), diagnostics=checks)
    return replace(named, inference=_AS_ASSIGNED) if _all_as_assigned(first) else named


def _all_as_assigned(first: EffectEstimate) -> bool:
    return isinstance(first.inference, Unavailable) and (first.observed.treated, first.observed.control) == (1.0, 0.0)


def _complier(
    itt: EffectEstimate, with_treatment: EffectEstimate, first: EffectEstimate, inference: Inference, variance: str
) -> EffectEstimate:
    """Compliers' means u/d and (u − y)/d, with their inference, notes and check of the first stage."""
    y, u, d = itt.estimate, with_treatment.estimate, first.estimate
    means = Means(treated=u / d, counterfactual=(u - y) / d)
    exact = _exact_means(itt.exact_estimate, with_treatment.exact_estimate, first.exact_estimate)
    if exact is not None:
        means = Means(treated=float(exact.treated), counterfactual=float(exact.counterfactual))
    check = diagnostics.first_stage(
        treated=first.treated_mean, control=first.counterfactual_mean, std_error=first.std_error
    )
    return replace(
        itt,
        means=means,
        exact=exact,
        inference=inference,
        estimand=_estimand(itt, by_lot=isinstance(inference, Randomization)),
        diagnostics=(check,),
        notes=(*_notes(itt, first, variance), *(note for note in itt.notes if note != SAME_FOR_ALL)),
    )


def _exact_means(y: Fraction | None, u: Fraction | None, d: Fraction | None) -> ExactMeans | None:
    if y is None or u is None or d is None:
        return None
    return ExactMeans(treated=u / d, counterfactual=(u - y) / d)


def _estimand(itt: EffectEstimate, *, by_lot: bool) -> Estimand:
    """The compliers; the chance of the lot is about the units of the trial alone."""
    count = itt.sample.n_units or 0
    en, sv = f"the {format_number(count, 'en')} units of the trial", f"försökets {format_number(count, 'sv')} enheter"
    if by_lot:
        return Estimand(name="CACE", population=Text(en=f"the compliers of {en}", sv=f"de följsamma av {sv}"))
    return Estimand(
        name="CACE",
        population=Text(
            en=f"the compliers of the population that {en} represent",
            sv=f"de följsamma i den population som {sv} representerar",
        ),
    )


_ASSUMPTIONS = Note(
    code="complier_assumptions",
    text=Text(
        en="The effect on compliers assumes that assignment affects the outcome through receipt only, and that nobody "
        "receives the treatment only if not assigned to it; the data cannot show either.",
        sv="Effekten för följsamma förutsätter att lottningen påverkar utfallet enbart genom mottagen insats, och att "
        "ingen får insatsen bara om den inte lottats till den; inget av detta kan visas med data.",
    ),
)


def _notes(itt: EffectEstimate, first: EffectEstimate, variance: str) -> tuple[Note, ...]:
    """What a reader of the effect on compliers must know: who they are, what it assumes, how its set is made."""
    notes = {"compliers": _who(first), _ASSUMPTIONS.code: _ASSUMPTIONS.text}
    if first.observed.control == 0:
        notes["one_sided"] = Text(
            en="No control received the treatment, so compliers are all who would receive it if assigned; that nobody "
            "defies the lot needs no assumption.",
            sv="Ingen i kontrollgruppen fick insatsen, så de följsamma är alla som skulle få den om de lottades till "
            "den; att ingen gör tvärtemot lotten behöver inte antas.",
        )
    if isinstance(itt.inference, Randomization):
        notes["receipt_by_lot"] = Text(
            en="Interval and p-value are by randomisation, of the outcome less the effect times receipt: exact for an "
            "effect that is the same for all who receive the treatment.",
            sv="Intervall och p-värde bygger på lottningen, för utfallet minus effekten gånger mottagen insats: exakta "
            "för en effekt som är densamma för alla som får insatsen.",
        )
    elif not isinstance(itt.inference, Unavailable):
        notes["anderson_rubin"] = Text(
            en=f"Interval and p-value invert the Anderson–Rubin test under {variance}; the standard error is that of "
            "two-stage least squares, and no interval rests on it.",
            sv=f"Intervall och p-värde kommer från Anderson–Rubin-testet med {variance}; medelfelet är det från "
            "tvåstegs minsta kvadratmetoden, och inget intervall vilar på det.",
        )
    return tuple(Note(code=code, text=text) for code, text in notes.items())


def _who(first: EffectEstimate) -> Text:
    shares = (first.estimate, first.counterfactual_mean, 1 - first.treated_mean)
    en, sv = ([format_percent(max(share, 0.0), lang) for share in shares] for lang in ("en", "sv"))
    return Text(
        en=f"Compliers are {en[0]}; {en[1]} receive the treatment and {en[2]} do not, whatever they are assigned.",
        sv=f"De följsamma är {sv[0]}; {sv[1]} får insatsen och {sv[2]} får den inte, vad de än lottas till.",
    )
