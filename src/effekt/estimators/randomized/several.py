"""Several effects of one trial at once: of outcomes, of arms against one control group, or in subgroups."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.random import Generator

from effekt._inference import StudentT
from effekt._types import FloatArray, IntArray, Missing, Number, Table
from effekt._validation import check_names, check_option, did_you_mean
from effekt.estimators._worst_case import check_range
from effekt.estimators.randomized.arguments import (
    COUNTS,
    DRAWS,
    Adjustment,
    Options,
    Population,
    TrialEstimand,
    TrialStatistic,
    Variance,
    check_outcome,
    checked,
)
from effekt.estimators.randomized.data import check_constant
from effekt.estimators.randomized.joint import joint_covariance
from effekt.estimators.randomized.lots import streams_of
from effekt.estimators.randomized.several_words import WITHOUT_STEPDOWN, estimand_in, notes_of_set
from effekt.estimators.randomized.stepdown import stepdown
from effekt.estimators.randomized.trial import Fitted, fitted
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic, EffectSet, Note
from effekt.roles import Outcome, as_weights
from effekt.roles import Weights as WeightColumn
from effekt.tables import Table as CheckedTable
from effekt.tables import as_label, as_table

Dimension: TypeAlias = Literal["outcome", "arm", "subgroup"]
ArmValue: TypeAlias = str | int | float
SetInference: TypeAlias = Literal["asymptotic", "randomization"]
SET_INFERENCES: tuple[SetInference, ...] = ("asymptotic", "randomization")
_SHARED: dict[Dimension, Literal["units", "control"] | None] = {"outcome": "units", "arm": "control", "subgroup": None}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Member:
    """One trial of the set: its label, its rows of the data (numbered from 1, None for all), its 0/1 treatment.

    `title` names it in errors, since a label may be a cell of the data. `call` holds what the call of the set has and
    that of a single trial has not.
    """

    label: str
    title: str
    options: Options
    call: Mapping[str, Any]
    rows: IntArray | None = None
    treated: FloatArray | None = None


def randomized_trials(
    data: Table,
    *,
    outcome: str | Outcome | Sequence[str | Outcome],
    treatment: str,
    arms: Mapping[str, ArmValue] | Sequence[ArmValue] | None = None,
    control: ArmValue | None = None,
    subgroup: str | None = None,
    covariates: str | Sequence[str] = (),
    block: str | None = None,
    cluster: str | None = None,
    weights: WeightColumn | Mapping[str, str] | None = None,
    pairs: str | None = None,
    probability: str | None = None,
    adjustment: Adjustment = "lin",
    estimand: TrialEstimand = "ATE",
    population: Population | None = None,
    cluster_weighted: bool = False,
    exposure: str | None = None,
    variance: Variance | None = None,
    missing: Missing = "raise",
    inference: SetInference = "asymptotic",
    draws: int = DRAWS,
    rng: Generator | int | None = None,
    outcome_range: Sequence[Number] | Mapping[str, Sequence[Number]] | None = None,
    statistic: TrialStatistic = "estimate",
) -> EffectSet:
    """Effects of one randomised trial on several outcomes, of several arms or in subgroups, with joint covariance.

    Parameters
    ----------
    data : table
        One row per unit.
    outcome : str, Outcome or list of them
        A column; a list gives an effect for each outcome.
    treatment : str
        Column of 0 (control) and 1 (treated), as assigned. With `arms` a column of their values.
    arms : mapping of label to value, or list of values, optional
        Gives the effect of each arm against the control group, on the units of the two.
    control : str or number, optional
        The value of the control group; needed with `arms`, and only there.
    subgroup : str, optional
        Column whose values are the subgroups; gives an effect in each. Named before the outcome was seen.
    covariates, block, cluster, weights, pairs, probability
        As in `randomized_trial`; the same for every effect. Arms take no probability.
    adjustment, estimand, population, cluster_weighted, exposure, variance, missing
        As in `randomized_trial`.
    inference : {"asymptotic", "randomization"}
        Asymptotic: by the variance, with a joint covariance. Randomization: each effect as by `randomized_trial`, and
        for outcomes of the same units p-values that hold for all of them together.
    draws, rng
        As in `randomized_trial`; each effect has the draws that a call for it alone has.
    outcome_range : (low, high), or mapping of outcome column to these, optional
        As in `randomized_trial`; of several outcomes each has a range of its own or none.
    statistic : {"estimate", "studentized"}
        As in `randomized_trial`. Studentised, `romano_wolf` holds the outcomes' own |t| against each other; that all
        hold together is exact where no effect is on any unit.

    Returns
    -------
    EffectSet
        Labelled by outcome column, by arm or by subgroup. Each member is the `randomized_trial` of its rows. The
        covariance of their means is joint; `df`, that of combinations, is the smallest of the members' effects, and of
        arms also of their means. A member whose inference is `Unavailable` stays in the set with its reason; its rows
        of the covariance are 0 and never used, as no combination with it has inference.

        By randomisation there is no covariance, and no combination has inference. Outcomes of the same units carry the
        diagnostic `romano_wolf`; other sets say why they have none.

    Raises
    ------
    DataError
        As `randomized_trial`, with the member that it concerns; for a value that is no arm, and for a cluster in two
        arms.
    ArgumentError
        Unless exactly one of a list of outcomes, arms and a subgroup is given; for options that contradict each other.

    See Also
    --------
    effekt.diagnostics.adjusted_p_values : p-values that hold for all members together.
    effekt.diagnostics.interaction_test : whether there is evidence that the members differ.

    Notes
    -----
    With s_gi the (adjusted) scores of member i, whose own covariance is Σ_g s_gi s_gi', the covariance between members
    is Σ_g s_gi s_gj' over the units g (clusters, pairs) they have in common: outcomes share all of them, arms the
    control group, subgroups none unless a cluster spans them. Under ``population="super"`` with covariates what the
    drawn covariates move the means by is added in the same way. The effect on a sum of outcomes then has the variance
    of the sum of the effects.

    By randomisation the assignments behind `romano_wolf` are the same for all outcomes, so that it keeps their
    dependence: with a_rj the effect on outcome j under assignment r and s_j the root mean square of a_j, outcome j is
    held against the largest |a_ri|/s_i among outcomes that are no more extreme than it (two-sided; Romano and Wolf
    2005; Young 2019). The null of an outcome is no effect on any unit. An adjusted p is never below the effect's own.

    References
    ----------
    Zellner, A. (1962). An efficient method of estimating seemingly unrelated regressions and tests for aggregation
    bias. *Journal of the American Statistical Association* 57(298), 348–368. doi:10.1080/01621459.1962.10480664

    Weesie, J. (1999). Seemingly unrelated estimation and the cluster-adjusted sandwich estimator. *Stata Technical
    Bulletin* 52, 34–47.

    Pustejovsky, J. E. & Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and hypothesis
    testing in fixed effects models. *Journal of Business & Economic Statistics* 36(4), 672–683.
    doi:10.1080/07350015.2016.1247004

    Romano, J. P. & Wolf, M. (2005). Exact and approximate stepdown methods for multiple hypothesis testing. *Journal of
    the American Statistical Association* 100(469), 94–108. doi:10.1198/016214504000000539

    Young, A. (2019). Channeling Fisher: randomization tests and the statistical insignificance of seemingly significant
    experimental results. *Quarterly Journal of Economics* 134(2), 557–598. doi:10.1093/qje/qjy029

    Examples
    --------
    >>> import effekt
    >>> data = {"days": [4, 6, 5, 9, 8, 7], "visits": [1, 3, 2, 4, 2, 5], "trained": [1, 1, 1, 0, 0, 0]}
    >>> effects = effekt.randomized_trials(data, outcome=["days", "visits"], treatment="trained")
    >>> effects["visits"].exact_estimate
    Fraction(-5, 3)
    >>> both = effects.combine({"days": 1, "visits": 1})
    >>> round(both.estimate, 4), round(both.std_error, 4)
    (-4.6667, 1.453)
    >>> outcomes = ["days", "visits"]
    >>> drawn = effekt.randomized_trials(data, outcome=outcomes, treatment="trained", inference="randomization")
    >>> drawn.diagnostics[0].table["p_value"], drawn.diagnostics[0].table["p_adjusted"]
    ((0.1, 0.3), (0.1, 0.3))
    """
    check_option("inference", inference, SET_INFERENCES)
    if isinstance(variance, str) and variance in COUNTS:
        raise ArgumentError(
            f"`variance` {variance!r} is of one effect and has no joint covariance; call randomized_trial for each, or "
            "choose 'HC2'."
        )
    dimension = _dimension(outcome, arms, subgroup)
    if isinstance(outcome, list) and not outcome:
        raise ArgumentError("`outcome` must list at least one outcome; the list is empty.")
    _check_arms(arms, control)
    if arms is not None and probability is not None:
        raise ArgumentError(
            "`arms` take no probability, since one column cannot hold the probability of each arm; leave it out, or "
            "call randomized_trial for one arm and the control group."
        )
    outcomes = [check_outcome(one) for one in outcome] if isinstance(outcome, list) else [check_outcome(outcome)]
    ranges = _ranges(outcome_range, [one.name for one in outcomes], several=isinstance(outcome, list))
    options = [
        checked(
            Options(
                outcome=one,
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
                outcome_range=check_range(ranges.get(one.name)),
                statistic=statistic,
            ),
            variance,
            joint=True,
        )
        for one in outcomes
    ]
    table = as_table(data)
    if dimension == "outcome":
        members = _by_outcome(options)
    elif arms is not None and control is not None:
        members = _by_arm(table, options[0], _labelled(arms), as_label(control))
    else:
        members = _by_subgroup(table, options[0], subgroup)
    return _set(table, dimension, members, subgroup)


def _dimension(outcome: object, arms: object, subgroup: object) -> Dimension:
    """Which one of the three the set runs over."""
    given: list[Dimension] = []
    if isinstance(outcome, list):
        given.append("outcome")
    if arms is not None:
        given.append("arm")
    if subgroup is not None:
        given.append("subgroup")
    if len(given) != 1:
        words = {"outcome": "a list of outcomes", "arm": "arms", "subgroup": "a subgroup"}
        got = " and ".join(words[one] for one in given) or "none of them"
        raise ArgumentError(
            "`randomized_trials` needs one of a list of outcomes, `arms` and `subgroup`; got "
            f"{got}. {'Call it once for each.' if given else 'For a single effect call randomized_trial.'}"
        )
    return given[0]


def _ranges(given: Any, outcomes: Sequence[str], *, several: bool) -> Mapping[str, Any]:
    """What is given as the range of each outcome."""
    if given is None:
        return {}
    if several and not isinstance(given, Mapping):
        raise ArgumentError(
            "`outcome_range` must map each outcome that has one to its range, such as {'months': (0, 12)}, since there "
            f"are several outcomes; got {given!r}."
        )
    if not isinstance(given, Mapping):
        return dict.fromkeys(outcomes, given)
    for name in given:
        if name not in outcomes:
            raise ArgumentError(
                f"`outcome_range` must name outcomes of the call; got {name!r}.{did_you_mean(name, outcomes)}"
            )
    return given


def _check_arms(arms: object, control: object) -> None:
    """Arms have labels and distinct values, none of them that of the control group."""
    if arms is None:
        if control is not None:
            raise ArgumentError(
                "`control` belongs to `arms`; without arms the control group is coded 0, so leave it out."
            )
        return
    if isinstance(arms, (str, bytes)) or not isinstance(arms, (Mapping, Sequence)) or not arms:
        raise ArgumentError(f"`arms` must map labels to values, as {{'coaching': 1}}, or list values; got {arms!r}.")
    values = [*(arms.values() if isinstance(arms, Mapping) else arms), control]
    if control is None:
        raise ArgumentError("`control` must be the value of the control group when there are `arms`; give it.")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise ArgumentError(f"`arms` and `control` must be text or numbers; got {value!r}.")
    if isinstance(arms, Mapping) and not all(isinstance(label, str) and label.strip() for label in arms):
        raise ArgumentError(f"`arms` must have text for labels; got {list(arms)!r}.")
    names = [as_label(value) for value in values]
    repeated = [value for value, name in zip(values, names, strict=True) if names.count(name) > 1]
    if repeated:
        raise ArgumentError(f"`arms` and `control` must have a value each; {repeated[0]!r} stands twice.")


def _labelled(arms: Mapping[str, ArmValue] | Sequence[ArmValue]) -> dict[str, str]:
    """{label: value as a label}; listed values are their own labels."""
    if isinstance(arms, Mapping):
        return {label: as_label(value) for label, value in arms.items()}
    return {as_label(value): as_label(value) for value in arms}


def _by_outcome(options: Sequence[Options]) -> list[Member]:
    check_names("outcome", [own.outcome.name for own in options])
    call: dict[str, Any] = {"outcome": [own.recorded()["outcome"] for own in options]}
    ranges = {own.outcome.name: list(own.outcome_range) for own in options if own.outcome_range is not None}
    if ranges:
        call["outcome_range"] = ranges
    return [
        Member(label=own.outcome.name, title=f"Outcome {own.outcome.name!r}", options=own, call=call) for own in options
    ]


def _by_arm(table: CheckedTable, options: Options, arms: dict[str, str], control: str) -> list[Member]:
    """Each arm with the control group; a row of no arm is refused."""
    found = _labels(table, options.treatment, options)
    rows = table.select(labels=[options.treatment], missing=options.missing)
    known = [found.names.index(name) for name in (*arms.values(), control) if name in found.names]
    rows.refuse(
        ~np.isin(rows.labels[options.treatment].codes, known),
        options.treatment,
        "must hold the values of `arms` and `control`",
        "Name every arm, or leave its rows out.",
    )
    for title, name in [*((f"arm {label!r}", name) for label, name in arms.items()), ("control group", control)]:
        if name not in found.names:
            raise DataError(
                f"Column {options.treatment!r} must have rows of every arm; it has none of the {title}, whose value is "
                f"{name!r}. Correct the value, or leave the arm out."
            )
    members, call = [], {"arms": arms, "control": control}
    for label, name in arms.items():
        treated = found.codes == found.names.index(name)
        own = np.flatnonzero(treated | (found.codes == found.names.index(control)))
        coded = treated[own].astype(float)
        title = f"Arm {label!r}"
        members.append(Member(label=label, title=title, options=options, call=call, rows=own + 1, treated=coded))
    return members


def _by_subgroup(table: CheckedTable, options: Options, subgroup: str | None) -> list[Member]:
    """Each value of the column in its order."""
    if not isinstance(subgroup, str):
        raise ArgumentError(f"`subgroup` must be a column name; got {subgroup!r}.")
    weights = None if options.weights is None else options.weights.column
    roles = {"outcome": options.outcome.name, "treatment": options.treatment, "weights": weights}
    roles |= {role: getattr(options, role) for role in ("block", "cluster", "pairs", "probability", "exposure")}
    taken = [role for role, name in roles.items() if name == subgroup]
    taken += ["covariates"] if subgroup in options.covariates else []
    if taken:
        raise ArgumentError(f"Column {subgroup!r} must play one role; it is named as `{taken[0]}` and `subgroup`.")
    found = _labels(table, subgroup, options)
    return [
        Member(
            label=name,
            title=f"Subgroup {code + 1} of column {subgroup!r}, in the order of its values",
            options=options,
            call={"subgroup": subgroup},
            rows=np.flatnonzero(found.codes == code) + 1,
        )
        for code, name in enumerate(found.names)
    ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Labels:
    """The label of every row of the data: `codes` index `names`, −1 where there is none."""

    codes: IntArray
    names: tuple[str, ...]


def _labels(table: CheckedTable, column: str, options: Options) -> _Labels:
    found = table.select(labels=[column], missing=options.missing)
    codes = np.full(len(table), -1, np.intp)
    codes[found.rows - 1] = found.labels[column].codes
    return _Labels(codes=codes, names=found.labels[column].names)


def _set(table: CheckedTable, dimension: Dimension, members: Sequence[Member], subgroup: str | None) -> EffectSet:
    options = members[0].options
    if dimension != "outcome":
        _check_whole_clusters(table, options, dimension)
    trials = [_member(table, dimension, member) for member in members]
    if options.inference == "randomization":
        return _by_lot(table, dimension, members, trials, subgroup)
    names = _unit_names(table, options)
    units = [
        names[(own.trial.rows if member.rows is None else member.rows[own.trial.rows - 1]) - 1]
        for member, own in zip(members, trials, strict=True)
    ]
    known = [one.effect.inference for one in trials if isinstance(one.effect.inference, StudentT)]
    df = min((_smallest_df(inference, dimension) for inference in known), default=math.inf)
    covariance, root = (
        joint_covariance(trials, [member.options for member in members], units) if known else (None, None)
    )
    return EffectSet(
        labels=tuple(member.label for member in members),
        effects=tuple(one.effect for one in trials),
        covariance=covariance,
        root=root,
        df=df,
        shared=_SHARED[dimension],
        notes=notes_of_set(
            dimension,
            [member.label for member in members],
            [one.effect for one in trials],
            df=df if known else None,
            subgroup=subgroup,
            left_out=_left_out(table, members),
        ),
    )


def _left_out(table: CheckedTable, members: Sequence[Member]) -> int:
    """How many rows belong to no member."""
    used = np.unique(np.concatenate([np.arange(len(table)) + 1 if one.rows is None else one.rows for one in members]))
    return len(table) - len(used)


def _by_lot(
    table: CheckedTable, dimension: Dimension, members: Sequence[Member], trials: Sequence[Fitted], subgroup: str | None
) -> EffectSet:
    """The set by randomisation, with p-values that hold for all outcomes together or the reason why there are none."""
    options = [member.options for member in members]
    together = stepdown(table, trials, options) if dimension == "outcome" else WITHOUT_STEPDOWN[dimension]
    if isinstance(options[0].rng, Generator):
        streams_of(options[0].rng)  # every member had a copy: whoever draws next from the generator draws anew
    notes = notes_of_set(
        dimension,
        [member.label for member in members],
        [one.effect for one in trials],
        df=None,
        subgroup=subgroup,
        left_out=_left_out(table, members),
    )
    return EffectSet(
        labels=tuple(member.label for member in members),
        effects=tuple(one.effect for one in trials),
        diagnostics=(together,) if isinstance(together, Diagnostic) else (),
        shared=_SHARED[dimension],
        notes=notes if isinstance(together, Diagnostic) else (*notes, Note(code="without_stepdown", text=together)),
    )


def _smallest_df(inference: StudentT, dimension: Dimension) -> float:
    """That of the effect; of arms also of either mean, as the difference of two arms may have fewer than both effects.

    Parts that are independent have together at least the degrees of freedom of the part that has fewest.
    """
    weights = [[1.0, -1.0], [1.0, 0.0], [0.0, 1.0]] if dimension == "arm" else [[1.0, -1.0]]
    return float(np.min(inference.df.of(np.array(weights))))


def _check_whole_clusters(table: CheckedTable, options: Options, dimension: Dimension) -> None:
    """A cluster has one treatment over all arms and subgroups, and lies in one block."""
    if options.cluster is None:
        return
    kinds = {options.treatment: "must hold one value"}
    if dimension == "subgroup" and options.block is not None:
        kinds[options.block] = "must name one block"
    for name, rule in kinds.items():
        rows = table.select(labels=[options.cluster, name], missing=options.missing)
        check_constant(rows, options.cluster, rows.labels[name].codes, f"Column {name!r} {rule}")


def _member(table: CheckedTable, dimension: Dimension, member: Member) -> Fitted:
    """The trial of one member; what is wrong with it is told under its title."""
    part = table
    if member.rows is not None:
        treated = {} if member.treated is None else {member.options.treatment: member.treated}
        part = table.part(member.rows, treated)
    try:
        found = fitted(part, replace(member.options, rng=deepcopy(member.options.rng)))
    except DataError as error:
        raise DataError(f"{member.title}: {error}") from None
    estimand = estimand_in(dimension, member.label, found.effect.estimand)
    call = {**found.effect.arguments, **member.call}
    return replace(found, effect=replace(found.effect, estimand=estimand, method="randomized_trials", arguments=call))


def _unit_names(table: CheckedTable, options: Options) -> IntArray:
    """What is assigned as a whole, for every row of the data: its pair, its cluster, or itself; −1 where unknown."""
    name = options.pairs or options.cluster
    return np.arange(len(table)) if name is None else _labels(table, name, replace(options, missing="drop")).codes
