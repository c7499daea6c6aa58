"""Staggered adoption: an effect for each cohort and period, with the covariance of all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.random import Generator

from effekt._inference import ContrastDf, Inference, Means, StudentT, Unavailable
from effekt._text import Text
from effekt._threads import each
from effekt._types import FloatArray, Missing, Number, Table
from effekt._validation import check_integer, check_names, check_option, check_roles, join_words
from effekt.diagnostics.pretrends import pretrends
from effekt.estimators._coverage import coverage_notes
from effekt.estimators._incomplete import incomplete_notes
from effekt.estimators._one_before import one_cohort_notes
from effekt.estimators._refusals import NO_VARIATION
from effekt.estimators.did.shared import SAMPLINGS, Sampling
from effekt.estimators.staggered.checks import StaggeredCheck, check_staggered, staggered_diagnostics
from effekt.estimators.staggered.comparisons import BASE_PERIODS, CONTROLS, BasePeriod, Controls, Group, groups_of
from effekt.estimators.staggered.covariance import VARIANCES, Arms, Joint, Variance, arms_of, joint_covariance
from effekt.estimators.staggered.cross_sections import People, extreme_cohorts, read_people
from effekt.estimators.staggered.effects import ADJUSTMENTS, Adjustment, Fitted, fit
from effekt.estimators.staggered.frame import Frame, frame_of
from effekt.estimators.staggered.imputation import arms_of_imputed, fit_untreated, impute, joint_of_imputed
from effekt.estimators.staggered.leads import leads
from effekt.estimators.staggered.panel import Columns, Panel, never_label, read_panel
from effekt.estimators.staggered.people import arms_of_people, compare, joint_of_people
from effekt.estimators.staggered.permutation import DRAWS, StaggeredInference, check_permutation, with_permutation
from effekt.estimators.staggered.words import (
    ALIKE,
    BY_AVERAGE,
    COMPOSITION,
    CONDITIONAL,
    PARALLEL,
    awaiting_note,
    estimand_of,
    label_of,
    people_of,
    refusal_of,
    set_notes,
)
from effekt.exceptions import ArgumentError, DataError
from effekt.result import EffectEstimate, EffectSet, Observed, Sample
from effekt.result.group_times import AGGREGATIONS, Aggregation, GroupTimes
from effekt.roles import Outcome, as_outcome

Estimator: TypeAlias = Literal["group_time", "imputation"]
ESTIMATORS: tuple[Estimator, ...] = ("group_time", "imputation")
ROUNDING = 1e-12  # a standard error this small relative to the outcome is rounding
CANCELLED = 1e-10  # a variance this small relative to those it is the rest of has lost its digits


def staggered_adoption(
    data: Table,
    *,
    outcome: str | Outcome,
    unit: str,
    time: str,
    start: str,
    never: str | int | float | None = None,
    estimator: Estimator = "group_time",
    covariates: str | Sequence[str] = (),
    adjustment: Adjustment | None = None,
    comparison: Controls | None = None,
    base_period: BasePeriod | None = None,
    anticipation: int = 0,
    aggregate: Aggregation | None = None,
    cluster: str | None = None,
    variance: Variance | None = None,
    inference: StaggeredInference = "asymptotic",
    draws: int = DRAWS,
    rng: Generator | int | None = None,
    missing: Missing = "raise",
    sampling: Sampling = "panel",
    checks: Sequence[StaggeredCheck] = (),
    threshold: Number | None = None,
    margin: Number | None = None,
) -> EffectSet | EffectEstimate:
    """Effects on units that adopt in different periods, for each cohort and period, or averaged.

    Parameters
    ----------
    data : table
        One row per unit and period; with other people in each period, one per person.
    outcome : str or Outcome
        Column; in the outcome's unit.
    unit, time : str
        Columns. Times are months, quarters, tertials, years or whole numbers, without a gap.
    start : str
        Column with the first period in which the unit is treated, written as times are; the same in all its rows.
    never : str or number, optional
        The value of `start` that marks units never treated; by default an empty cell does. Where no row has it, no unit
        is marked: every start is then a period (among numbered ones 0 too), and the notes say whom that leaves out.
    estimator : {"group_time", "imputation"}
        A cohort's change beside that of others (Callaway and Sant'Anna); or what it would have had by unit and period
        effects fitted to all rows without treatment (Borusyak, Jaravel and Spiess), which is more precise, and rests on
        parallel trends in all periods before.
    covariates : str or list of str
        Columns of numbers or of text, which stands for its categories, in a panel constant within units: parallel
        trends among units that are alike in them. Not with imputation, whose unit effects hold them.
    adjustment : {"doubly_robust", "regression", "inverse_probability"}, optional
        What is modelled by the covariates: the controls' change, who is of the cohort, or by default both, of which one
        may be wrong. Without covariates all three are a difference of means. Not with imputation.
    comparison : {"never_treated", "not_yet_treated"}, optional
        Whom a cohort is compared with, by default those never treated. Not with imputation.
    base_period : {"varying", "universal"}, optional
        Since when periods before treatment are compared: by default the period before each, or the one all later
        periods have. Not with imputation.
    anticipation : int
        Periods before treatment in which an effect is allowed for.
    aggregate : {"simple", "dynamic", "cohort", "calendar"}, optional
        Return `effects.aggregate(aggregate)` in place of the effects.
    cluster : str, optional
        Column of what holds whole units; by default each unit is its own cluster.
    variance : {"leverage", "CR0", "CR3"}, optional
        From influence functions, by default with "leverage", a correction for small groups which without covariates is
        CR2; under imputation "CR0" is the conservative variance of the paper. "CR3" corrects more: without covariates
        it is the jackknife of each effect, which leaves out one cluster at a time.
    inference : {"asymptotic", "permutation"}
        A t reference by `variance`; or for few clusters, of the average that `aggregate` names, without anticipation
        and with covariates under ``adjustment="regression"``: that average with the clusters' periods of adoption
        given to each other, in all ways up to 100,000 of them. It tests one effect of every unit in every treated
        period, and is exact where without the intervention the clusters' paths are exchangeable.
    draws : int
        How many ways are drawn where there are more than 100,000; not used where all are listed, which the notes say.
    rng : numpy.random.Generator or int, optional
        Where they come from, and as little used where all are listed. A seed repeats them.
    missing : {"raise", "drop"}
        With "drop", a unit that lacks any period is left out whole, and its rows are counted; with other people in each
        period, rows that lack a value.
    sampling : {"panel", "repeated_cross_sections"}
        Panel: the same units are seen in every period. Repeated cross-sections: `unit` is a municipality, school or
        the like, whose rows are other people in each period, or the people themselves, each seen once; covariates are
        of the people. Not with imputation.
    checks : list
        Further ones, for `diagnostics`; they move no figure. Of the effects by periods since adoption, with
        estimator="group_time" and base_period="universal": ``"pretrend"``, the joint test of those before it, and with
        `margin` that of equivalence; ``"relative_magnitudes"``, ``"smoothness"``, how far trends may part after
        adoption before the mean effect no longer surpasses `threshold` (``effekt.diagnostics.honest_did``). Of the
        data: ``"bacon_decomposition"``, what two-way fixed effects would have found and compared.
    threshold : float, str or Decimal, optional
        For `checks`: the effect to be ruled out, treated minus counterfactual in the outcome's unit, so at most 0 where
        lower is better; by default no effect.
    margin : float, str or Decimal, optional
        For the check "pretrend": a deviation before adoption that would not matter, in the outcome's unit.

    Returns
    -------
    EffectSet or EffectEstimate
        ATT(g,t) of each cohort g in each period t, labelled "(g, t)", which `effects[2004, 2006]` also finds; with the
        joint covariance, and `aggregate`. Periods before treatment are there too; the base period, where the effect is
        nothing by construction, is not. Its diagnostic `pretrends` tests whether those before are all nothing. Imputed
        effects are of periods since treatment and its anticipation alone, and `pretrends` is a regression of its own.

    Raises
    ------
    DataError
        For a repeated unit and period, an unbalanced panel, gaps in time, a start or covariate that varies within a
        unit, no cohort, no units to compare with, covariates that are collinear or separate a cohort, and a unit of
        a panel that is the sum or the mean of all others.
    ArgumentError
        For an option that does not exist, or has no meaning under imputation, and a ratio as outcome.

    See Also
    --------
    effekt.diagnostics.uniform_bands : intervals that hold for all effects of a set together.

    Notes
    -----
    Assumes that without the intervention a cohort would have changed, from the period g − δ − 1 before it anticipated
    anything, as the units it is compared with (with covariates: as those of them that are alike); that treatment stays
    on; and that units do not affect each other (assumptions 1 to 6 of Callaway and Sant'Anna 2021). The treated mean is
    the cohort's in t; the counterfactual its mean in the base period moved by the change of the units it is compared
    with.

    With other people in each period the estimators are those of Sant'Anna and Zhao for repeated cross-sections, doubly
    robust the locally efficient one. They assume besides that those seen in each period are drawn from one population,
    in which neither the cohorts' shares nor what their people are like changes; cohorts weigh in averages as their
    shares of the people. Every cohort must have people in every period, but not every unit.

    Units that have no period before treatment and anticipation are left out and counted. Those that start after the
    last period and its anticipation are never treated as far as the data go; of those that start within it a note says
    what they are compared with.

    Under imputation the counterfactual of a unit is α̂_i + β̂_t, least squares of Y_it = α_i + β_t on the rows without
    treatment (theorem 2, equation 5); the variance is that of theorem 3, equations 7 and 8 with the averages of each
    cohort and period, and takes the cohorts' shares as given. Effects of periods in which every unit is treated, or
    may anticipate it, cannot be told, and are named.

    References
    ----------
    Borusyak, K., Jaravel, X. & Spiess, J. (2024). Revisiting event-study designs: robust and efficient estimation.
    *Review of Economic Studies* 91(6), 3253–3285. doi:10.1093/restud/rdae007

    Callaway, B. & Sant'Anna, P. (2021). Difference-in-differences with multiple time periods. *Journal of Econometrics*
    225(2), 200–230. doi:10.1016/j.jeconom.2020.12.001

    MacKinnon, J., Nielsen, M. & Webb, M. (2023). Fast and reliable jackknife and bootstrap methods for cluster-robust
    inference. *Journal of Applied Econometrics* 38(5), 671–694. doi:10.1002/jae.2969

    Sant'Anna, P. & Zhao, J. (2020). Doubly robust difference-in-differences estimators. *Journal of Econometrics*
    219(1), 101–122. doi:10.1016/j.jeconom.2020.06.003

    Examples
    --------
    >>> import effekt
    >>> data = {
    ...     "school": [school for school in range(12) for _ in range(3)],
    ...     "year": [2020, 2021, 2022] * 12,
    ...     "start": [2021] * 12 + [2022] * 12 + [None] * 12,
    ...     "absence": [9.0 + (7 * i) % 5 - 2.0 * (i < 12 and i % 3 > 0) - 1.0 * (12 <= i < 24 and i % 3 == 2)
    ...                 for i in range(36)],
    ... }
    >>> effects = effekt.staggered_adoption(data, outcome="absence", unit="school", time="year", start="start")
    >>> effects.labels
    ('(2021, 2021)', '(2021, 2022)', '(2022, 2021)', '(2022, 2022)')
    >>> round(effects[2021, 2022].estimate, 4)
    -2.0
    >>> round(effects.aggregate("simple").estimate, 4)
    -1.6667
    >>> columns = {"outcome": "absence", "unit": "school", "time": "year", "start": "start"}
    >>> imputed = effekt.staggered_adoption(data, **columns, estimator="imputation")
    >>> round(imputed[2021, 2022].estimate, 4), round(imputed.aggregate("simple").estimate, 4)
    (-2.3125, -1.7708)
    """
    measured = as_outcome(outcome)
    columns = Columns(
        outcome=measured.columns[0],
        unit=unit,
        time=time,
        start=start,
        never=never_label(never),
        covariates=check_names("covariates", covariates),
        cluster=unit if cluster is None else cluster,
        anticipation=check_integer("anticipation", anticipation, 0),
        missing=missing,
    )
    named = [("outcome", columns.outcome), ("unit", unit), ("time", time), ("start", start)]
    named += [("covariates", name) for name in columns.covariates]
    check_roles(named)
    check_roles([("cluster", columns.cluster)])
    check_roles(named if columns.cluster == unit else [*named, ("cluster", cluster)])
    _check_options(measured, variance, aggregate)
    check_option("sampling", sampling, SAMPLINGS)
    asked = check_staggered(checks, threshold, margin, measured, estimator, base_period, sampling)
    permutation = check_permutation(
        inference,
        draws,
        rng,
        variance=variance,
        aggregate=aggregate,
        covariates=columns.covariates,
        adjustment=adjustment,
        anticipation=columns.anticipation,
        sampling=sampling,
        checks=asked.names,
    )
    choices = _choices(estimator, columns.covariates, adjustment, comparison, base_period)
    if sampling != "panel" and estimator == "imputation":
        raise ArgumentError(
            "`estimator` 'imputation' needs the same units in every period; got sampling='repeated_cross_sections'. "
            "Pass estimator='group_time', or give each unit its mean of each period."
        )
    panel = read_panel(data, columns) if sampling == "panel" else read_people(data, columns)
    controls: Controls = choices.get("comparison", "not_yet_treated")
    groups, without = groups_of(
        panel.start, panel.periods, controls, choices.get("base_period", "universal"), anticipation
    )
    _check_groups(groups, panel, columns, controls)
    call = {
        "outcome": {"column": measured.column, "unit": measured.unit, "better": measured.better},
        "unit": unit,
        "time": time,
        "start": start,
        "never": never,
        **choices,
        "anticipation": anticipation,
        "cluster": cluster,
        "variance": "leverage" if variance is None and permutation is None else variance,
        "missing": missing,
        **({} if permutation is None else permutation.recorded()),
        **({} if sampling == "panel" else {"sampling": sampling}),
        **asked.plain(),
    }
    if isinstance(panel, People):
        found = _of_people(panel, groups, measured, call)
    else:
        frame = frame_of(panel)
        found = (_imputed if estimator == "imputation" else _compared)(frame, panel, groups, measured, call)
    lacking = [
        (panel.periods[cohort], panel.periods[period])
        for cohort, period in without
        if estimator == "group_time" or period >= cohort - anticipation
    ]
    told = (
        *set_notes(panel.n_always, panel.n_later, awaiting_note(panel.n_awaiting, controls), lacking),
        *one_cohort_notes([one.cohort for one in groups], panel.periods, anticipation),
        *incomplete_notes(panel.n_incomplete),
        *panel.called,
        *(() if all(isinstance(one.inference, Unavailable) for one in found.effects) else extreme_cohorts(panel)),
    )
    found = replace(found, notes=told)
    result = found if aggregate is None else found.aggregate(aggregate)
    if permutation is not None and aggregate is not None and isinstance(panel, Panel):
        result = with_permutation(result, panel, groups, estimator, aggregate, permutation)
    further = staggered_diagnostics(asked, found, panel if isinstance(panel, Panel) else None)
    return replace(result, diagnostics=(*result.diagnostics, *further)) if further else result


def _check_options(outcome: Outcome, variance: str | None, aggregate: Aggregation | None) -> None:
    if len(outcome.columns) != 1:
        raise ArgumentError("`outcome` must be one column here; divide first, or use `trend_adjusted` for a ratio.")
    if isinstance(variance, str) and variance == "CR2":
        raise ArgumentError(
            "`variance` must be 'leverage', 'CR0' or 'CR3'; got 'CR2'. Pass 'leverage', which is CR2 where there are "
            "no covariates and estimator='group_time'."
        )
    if variance is not None:
        check_option("variance", variance, VARIANCES)
    if aggregate is not None:
        check_option("aggregate", aggregate, AGGREGATIONS)


def _choices(
    estimator: Estimator,
    covariates: Sequence[str],
    adjustment: Adjustment | None,
    comparison: Controls | None,
    base_period: BasePeriod | None,
) -> dict[str, Any]:
    """What the estimator is asked for, with what None stands for; what has no meaning for it is refused."""
    check_option("estimator", estimator, ESTIMATORS)
    for name, value, options in (
        ("adjustment", adjustment, ADJUSTMENTS),
        ("comparison", comparison, CONTROLS),
        ("base_period", base_period, BASE_PERIODS),
    ):
        if value is None:
            continue
        check_option(name, value, options)
        if estimator == "imputation":
            raise ArgumentError(
                f"`{name}` must be left out with estimator='imputation', which fits all rows without treatment; got "
                f"{value!r}. Leave it out, or pass estimator='group_time'."
            )
    if estimator == "group_time":
        return {
            "covariates": list(covariates),
            "adjustment": adjustment or "doubly_robust",
            "comparison": comparison or "never_treated",
            "base_period": base_period or "varying",
        }
    if covariates:
        raise ArgumentError(
            "`covariates` must be left out with estimator='imputation': they are constant within units, and so are the "
            f"unit effects that it fits; got {join_words([repr(name) for name in covariates], 'and')}. Leave them out, "
            "or pass estimator='group_time'."
        )
    return {"estimator": estimator}


def _check_groups(groups: Sequence[Group], panel: Panel | People, columns: Columns, comparison: Controls) -> None:
    """There is a cohort, and somebody to compare it with."""
    if not (panel.start < len(panel.periods)).any():
        left_out = f" ({panel.n_always} without a period before treatment were left out)" if panel.n_always else ""
        raise DataError(
            f"Column {columns.start!r} must hold the first treated period of some units, after the first period of the "
            f"panel and its anticipation; no unit has one{left_out}. Add earlier periods, or check how it is coded."
        )
    if not groups:
        remedy = (
            "Leave their cells empty or name their value with `never`, or pass comparison='not_yet_treated'."
            if comparison == "never_treated"
            else "Add units that adopt later or never."
        )
        raise DataError(
            f"Column {columns.start!r} must leave units to compare with, {comparison.replace('_', ' ')}; there are "
            f"none. {remedy}"
        )


# --- the set ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """One effect before it has inference: of a cohort in a period, by position, and what it is made of."""

    cohort: int
    period: int
    means: Means
    observed: float | None = None
    control: float
    n_treated: int
    n_control: int
    n_obs: int
    arms: Arms


def _compared(
    frame: Frame, panel: Panel, groups: Sequence[Group], outcome: Outcome, call: Mapping[str, Any]
) -> EffectSet:
    """Each cohort's change beside that of its controls."""

    def solved(group: Group) -> Fitted:
        return fit(frame, group, call["adjustment"], panel.names, panel.periods[group.cohort])

    fits = each(solved, groups, len(frame.cluster))
    arms = [arms_of(frame, one) for one in fits]
    order = sorted(
        (group.cohort, cell.period, i, j) for i, group in enumerate(groups) for j, cell in enumerate(group.cells)
    )
    place = {(i, j): k for k, (_, _, i, j) in enumerate(order)}
    places = [np.array([place[i, j] for j in range(len(group.cells))]) for i, group in enumerate(groups)]
    joint = joint_covariance(frame, fits, arms, places, call["variance"] or "CR0")
    cells = [
        _Cell(
            cohort=cohort,
            period=period,
            means=Means(treated=float(fits[i].treated[j]), counterfactual=float(fits[i].counterfactual[j])),
            control=float(fits[i].control[j]),
            n_treated=fits[i].n_treated,
            n_control=fits[i].n_control,
            n_obs=2 * (fits[i].n_treated + fits[i].n_control),
            arms=arms[i],
        )
        for cohort, period, i, j in order
    ]
    found = _set(frame, panel, cells, joint, outcome, call)
    return replace(found, diagnostics=(pretrends(found),))


def _imputed(
    frame: Frame, panel: Panel, groups: Sequence[Group], outcome: Outcome, call: Mapping[str, Any]
) -> EffectSet:
    """Each cohort beside what is imputed for it."""
    fitted = fit_untreated(frame, call["anticipation"])
    imputed = impute(frame, fitted, groups)
    arms = arms_of_imputed(frame, fitted, imputed)
    joint = joint_of_imputed(frame, fitted, imputed, arms, call["variance"] or "CR0")
    n_units, n_obs = len(frame.cluster), fitted.n_obs(frame)
    cells = [
        _Cell(
            cohort=cohort,
            period=period,
            means=Means(treated=float(imputed.treated[k]), counterfactual=float(imputed.counterfactual[k])),
            control=float(imputed.control[k]),
            n_treated=frame.size([cohort]),
            n_control=n_units - frame.size([cohort]),
            n_obs=n_obs + frame.size([cohort]),
            arms=arms[k],
        )
        for k, (cohort, period) in enumerate(imputed.cells)
    ]
    found = _set(frame, panel, cells, joint, outcome, call)
    return replace(found, diagnostics=(leads(frame, fitted, call["anticipation"]),))


def _of_people(people: People, groups: Sequence[Group], outcome: Outcome, call: Mapping[str, Any]) -> EffectSet:
    """Each cohort's change beside that of its controls, other people in each period."""
    found = [
        compare(people, group, cell, call["adjustment"], people.names, people.periods[group.cohort])
        for group in groups
        for cell in group.cells
    ]
    found.sort(key=lambda one: (one.cohort, one.period))
    cells = [
        _Cell(
            cohort=one.cohort,
            period=one.period,
            means=Means(treated=one.treated, counterfactual=one.counterfactual),
            observed=one.observed,
            control=one.control,
            n_treated=one.n_treated,
            n_control=one.n_control,
            n_obs=one.n_treated + one.n_control,
            arms=arms_of_people(people, one),
        )
        for one in found
    ]
    effects = _set(people, people, cells, joint_of_people(people, found, call["variance"]), outcome, call)
    return replace(effects, diagnostics=(pretrends(effects),))


def _set(
    frame: Frame | People,
    panel: Panel | People,
    cells: Sequence[_Cell],
    joint: Joint,
    outcome: Outcome,
    call: Mapping[str, Any],
) -> EffectSet:
    size = max(float(panel.outcome.max()), -float(panel.outcome.min()))
    never = bool((panel.start >= len(panel.periods)).any())
    effects = [
        _effect(cell, _inference(joint, k, _refused(cell, call, never=never), cell.arms, size), panel, outcome, call)
        for k, cell in enumerate(cells)
    ]
    known = [one for one in effects if isinstance(one.inference, StudentT)]
    lacking = np.repeat([isinstance(one.inference, Unavailable) for one in effects], 2)
    joint.means[lacking] = joint.means[:, lacking] = joint.cross[:, lacking] = 0.0
    return EffectSet(
        labels=tuple(label_of(panel.periods[cell.cohort], panel.periods[cell.period]) for cell in cells),
        effects=tuple(effects),
        covariance=_rows(joint.means),
        df=min((one.df for one in known if one.df is not None), default=math.inf),
        group_times=_group_times(frame, panel, cells, joint, call["anticipation"]),
    )


def _group_times(
    frame: Frame | People, panel: Panel | People, cells: Sequence[_Cell], joint: Joint, anticipation: int
) -> GroupTimes:
    cohorts = sorted({cell.cohort for cell in cells})
    return GroupTimes(
        cohorts=tuple(panel.periods[cohort] for cohort in cohorts),
        starts=tuple(cohorts),
        sizes=tuple(frame.size([cohort]) for cohort in cohorts),
        periods=panel.periods,
        members=tuple((cohorts.index(cell.cohort), cell.period) for cell in cells),
        n_units=len(panel.start),
        anticipation=anticipation,
        share_covariance=_rows(joint.shares),
        cross_covariance=_rows(joint.cross),
    )


def _effect(
    cell: _Cell, inference: Inference, panel: Panel | People, outcome: Outcome, call: Mapping[str, Any]
) -> EffectEstimate:
    variance = call["variance"]
    cohort, period = panel.periods[cell.cohort], panel.periods[cell.period]
    people = isinstance(panel, People)
    assumed = ALIKE if "estimator" in call else CONDITIONAL if call["covariates"] else PARALLEL
    return EffectEstimate(
        means=cell.means,
        inference=inference,
        estimand=people_of(cohort, period) if people else estimand_of(cell.n_treated, cohort, period),
        outcome=outcome,
        method="staggered_adoption",
        variance="none/1" if isinstance(inference, Unavailable) else f"{variance}/1",
        sample=Sample(
            n_obs=cell.n_obs,
            n_units=cell.n_treated + cell.n_control,
            n_treated=cell.n_treated,
            n_control=cell.n_control,
            n_clusters=cell.arms.clusters[2],
            n_dropped=panel.n_dropped,
        ),
        observed=Observed(treated=cell.means.treated if cell.observed is None else cell.observed, control=cell.control),
        arguments=call,
        notes=(assumed, *([COMPOSITION] if people else []), *coverage_notes(variance, inference)),
    )


def _refused(cell: _Cell, call: Mapping[str, Any], *, never: bool) -> Text | None:
    """Why one effect has no inference by a variance; None when it has."""
    return BY_AVERAGE if call["variance"] is None else refusal_of(cell.arms, never=never)


def _inference(joint: Joint, place: int, reason: Text | None, arms: Arms, size: float) -> Inference:
    """A t reference, or why there is none; `size` is the largest outcome."""
    if reason is not None:
        return Unavailable(reason=reason)
    first, cross, second = (float(joint.means[2 * place + i, 2 * place + j]) for i, j in ((0, 0), (0, 1), (1, 1)))
    floor = max((ROUNDING * size) ** 2, CANCELLED * (first + second))
    if first - 2 * cross + second <= floor:
        return Unavailable(reason=NO_VARIATION)
    return StudentT(
        covariance=(first, cross, second), df=_welch(joint.treated[place], float(joint.control[place]), arms.df)
    )


def _welch(treated: FloatArray, control: float, df: tuple[float, float]) -> ContrastDf:
    """Degrees of freedom of w: with v₁ = aw₁² + bw₁w₂ + cw₂² and v₀ = ew₂², (v₁ + v₀)²/(v₁²/d₁ + v₀²/d₀)."""
    a, b, c = float(treated[0]), 2 * float(treated[1]), float(treated[2])
    own = [value / df[0] for value in (a * a, 2 * a * b, b * b + 2 * a * c, 2 * b * c, c * c)]
    return ContrastDf(
        quadratic=(a, b, c + control),
        quartic=(own[0], own[1], own[2], own[3], own[4] + control * control / df[1]),
    )


def _rows(matrix: FloatArray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())
