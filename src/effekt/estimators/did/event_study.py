"""Two groups before and after one adoption date, period by period.

The effect of period t is the difference of differences of the two groups between t and the reference period r, the last
before adoption; with one adoption date and a balanced panel these are the coefficients of two-way fixed effects with a
treated-group dummy in every period but r. Each is `difference_in_differences` of the two periods alone. All are linear
in one saturated regression of each period's outcomes on group, whose cluster scores of the two group means, s_gt, give
the joint covariance: those of the treated mean of t are s_gt, of its counterfactual s⁰_gt + s¹_gr − s⁰_gr.

In triple differences the outcome of the reference is moved by how those changed from r to t whom the intervention could
not affect, Y_r + U_t − U_r, as in `difference_in_differences`; all else stays. Other people in each period are in
`effekt.estimators.did.event_cells`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.random import Generator

from effekt import _linalg
from effekt._decimals import decimal_mean
from effekt._inference import Inference, Means, StudentT, Unavailable
from effekt._inference.wild_weights import WildWeights
from effekt._text import Text
from effekt._types import FloatArray, Missing, Number, Table
from effekt.estimators._coverage import coverage_notes, doubt_notes
from effekt.estimators._incomplete import incomplete_notes
from effekt.estimators._level import less_level
from effekt.estimators._one_before import one_before_notes
from effekt.estimators._refusals import NO_VARIATION
from effekt.estimators._trend_checks import Asked, TrendCheck, check_trends, of_mean, trend_diagnostics
from effekt.estimators.did.asymptotic import unit_means
from effekt.estimators.did.cells import extreme_cells, part_inference
from effekt.estimators.did.cross_sections import Columns, CrossSections, read_cross_sections
from effekt.estimators.did.event_cells import EventModel, event_model, event_scores, event_weight_notes
from effekt.estimators.did.few_clusters import panel_inference
from effekt.estimators.did.panel import Panel, read_panel
from effekt.estimators.did.shared import (
    DRAWS,
    Chance,
    PanelInference,
    Sampling,
    chance_of,
    check_columns,
    covariate_names,
    drift,
    exact_means,
    recorded,
)
from effekt.estimators.did.words import COMPOSITION, COMPOSITION_OF, DISTANCES, FEW, PARALLEL, PARALLEL_GAPS, gap_notes
from effekt.exceptions import ArgumentError, DataError
from effekt.result import Diagnostic, EffectEstimate, EffectSet, ExactMeans, Note, Observed, Sample
from effekt.roles import Estimand, Outcome, as_outcome

EventVariance: TypeAlias = Literal["CR0", "CR1", "CR2", "CR3"]
VARIANCES = ("CR0", "CR1", "CR2", "CR3")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Event:
    """What is found of one period.

    Attributes
    ----------
    scores : (G, 2) array
        What each cluster adds to the two means.
    """

    means: Means
    exact: ExactMeans | None
    inference: Inference
    n_obs: int
    observed: Observed
    scores: FloatArray
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Study:
    """All periods but the reference, however their people were seen."""

    seen: Panel | CrossSections
    others: list[int]
    events: list[_Event]
    n_dropped: int
    notes: tuple[Note, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def event_study(
    data: Table,
    *,
    outcome: str | Outcome,
    unit: str,
    time: str,
    treatment: str,
    cluster: str | None = None,
    variance: EventVariance | None = None,
    missing: Missing = "raise",
    inference: PanelInference = "asymptotic",
    wild_weights: WildWeights = "rademacher",
    draws: int = DRAWS,
    rng: Generator | int | None = None,
    sampling: Sampling = "panel",
    covariates: str | Sequence[str] = (),
    eligible: str | None = None,
    checks: Sequence[TrendCheck] = (),
    threshold: Number | None = None,
    margin: Number | None = None,
) -> EffectSet:
    """Effect on the treated in each period after one adoption date, and what the same comparison finds before it.

    Parameters
    ----------
    data : table
        One row per unit and period; per person with other people in each; per subgroup too with `eligible`.
    outcome : str or Outcome
        Column; in the outcome's unit.
    unit, time : str
        Columns. Times are numbers, or text that sorts in time order such as "2019-01".
    treatment : str
        Column that is 1 in treated unit-periods and 0 elsewhere; it does not switch off.
    cluster : str, optional
        Column; by default each unit is its own cluster.
    variance : {"CR0", "CR1", "CR2", "CR3"}, optional
        As in `difference_in_differences`.
    missing : {"raise", "drop"}
        With "drop", a unit that lacks any period is left out whole, and its rows are counted.
    inference : {"asymptotic", "wild_bootstrap", "permutation", "conley_taber"}
        As in `difference_in_differences`, for each period by itself. All but the first have no joint covariance, and
        so no joint test of the periods before adoption and no `checks`. The last two are of a panel.
    wild_weights, draws, rng
        As in `difference_in_differences`; a whole number as `rng` gives every period the same draws.
    sampling : {"panel", "repeated_cross_sections"}
        The same units in every period, or rows that are people, other ones in each period, in units that stay.
    covariates : str or list of str
        Columns that people are alike in, numbers or text, which stands for its categories, for repeated
        cross-sections; the intervention may not move them.
    eligible : str, optional
        Column that is 1 for those whom the intervention could affect and 0 for those in the same units whom it could
        not: each effect is then a difference in differences of differences.
    checks : list
        Of the trends, for `diagnostics`; they move no figure. ``"pretrend"``: the joint test, which is there without
        being asked for, with `margin` that of equivalence too. ``"relative_magnitudes"``, ``"smoothness"``: how far
        the groups' trends may part after adoption before the mean effect no longer surpasses `threshold`
        (``effekt.diagnostics.honest_did``).
    threshold : float, str or Decimal, optional
        For `checks`: the effect to be ruled out, treated minus counterfactual in the outcome's unit, so at most 0 where
        lower is better; by default no effect.
    margin : float, str or Decimal, optional
        For the check "pretrend": a deviation before adoption that would not matter, in the outcome's unit.

    Returns
    -------
    EffectSet
        One effect for each period but the last before adoption, to which all are compared; labelled by how many of the
        panel's periods it lies after adoption: "0" is the first treated period, "-2" the last but one before. The
        effects after adoption are ATTs; those before are no effects of the intervention but a check: differences of
        the groups' changes that the intervention cannot have caused. With a joint covariance, and the check
        ``effekt.diagnostics.pretrend_test`` when there are two periods or more before adoption.

    Raises
    ------
    DataError
        For what `difference_in_differences` refuses, and a panel of two periods, whose only effect that function gives.

    Notes
    -----
    Assumes what `difference_in_differences` does. In a panel each effect is what that function finds of two periods. Of
    repeated cross-sections all effects are coefficients of one regression of the rows on a dummy for each unit and
    period, the covariates and the treated group in every period but the reference; their degrees of freedom differ, and
    the test before adoption has the smallest. Where units' effects differ, a note says how they enter. Effects before
    adoption near zero are no evidence against parallel trends, and say nothing of the trends after it.

    References
    ----------
    Roth, J., Sant'Anna, P., Bilinski, A. & Poe, J. (2023). What's trending in difference-in-differences? *Journal of
    Econometrics* 235(2), 2218–2244. doi:10.1016/j.jeconom.2023.03.008

    Examples
    --------
    >>> import effekt
    >>> cohort = effekt.datasets.two_group_panel(rng=1, n_units=40, n_periods=5, n_before=3)
    >>> effects = effekt.event_study(
    ...     cohort.table, outcome="outcome", unit="unit", time="year", treatment="treatment")
    >>> list(effects)
    ['-3', '-2', '0', '1']
    >>> effects.diagnostics[0].status
    'ok'
    """
    measured = as_outcome(outcome)
    if len(measured.columns) != 1:
        raise ArgumentError("`outcome` must be one column here; divide first.")
    chance = _chance(inference, variance, wild_weights, draws, rng, sampling)
    asked = _asked(checks, threshold, margin, measured, inference)
    names = Columns(
        outcome=measured.columns[0],
        unit=unit,
        time=time,
        treatment=treatment,
        cluster=unit if cluster is None else cluster,
        eligible=eligible,
        covariates=covariate_names(covariates, sampling),
    )
    check_columns(names)
    arguments = {
        "outcome": {"column": measured.column, "unit": measured.unit, "better": measured.better},
        "unit": unit,
        "time": time,
        "treatment": treatment,
        "cluster": cluster,
        "variance": chance.chosen if inference == "asymptotic" else None,
        "missing": missing,
        **recorded(inference, wild_weights, draws, rng),
        **({} if sampling == "panel" else {"sampling": sampling}),
        **({"covariates": list(names.covariates)} if names.covariates else {}),
        **({} if eligible is None else {"eligible": eligible}),
        **asked.plain(),
    }
    effects, periods = event_set(data, measured, names, missing, chance, arguments, sampling)
    return _checked_before(effects, chance.chosen, asked, periods)


def event_set(
    data: Table,
    outcome: Outcome,
    names: Columns,
    missing: Missing,
    chance: Chance,
    arguments: dict[str, Any],
    sampling: Sampling,
) -> tuple[EffectSet, tuple[str, ...]]:
    """The effects, before anything is tested of them; and all periods, the reference too."""
    found = (_panel if sampling == "panel" else _cross_sections)(data, names, missing, chance)
    first = _first(found.seen)
    effects = [_effect(found, place, chance.chosen, outcome, names, arguments) for place in range(len(found.others))]
    whole = EffectSet(
        labels=tuple(str(t - first) for t in found.others),
        effects=tuple(effects),
        covariance=_joint(found.events),
        df=min((one.df for one in effects if one.df is not None), default=float("inf")),
        notes=(
            _reference(found.seen.periods[first - 1]),
            PARALLEL if names.eligible is None else PARALLEL_GAPS,
            *gap_notes(found.seen.periods, DISTANCES),
            *incomplete_notes(found.seen.n_incomplete, names.eligible),
            *found.notes,
            *dict.fromkeys(note for one in found.events for note in one.notes),
            *((FEW,) if sampling == "panel" and chance.chosen in VARIANCES and _refused(found.events) else ()),
            *(() if all(isinstance(one.inference, Unavailable) for one in effects) else coverage_notes(chance.chosen)),
            *one_before_notes(first),
        ),
        shared="units",
        diagnostics=found.diagnostics,
    )
    return whole, found.seen.periods


def _chance(
    inference: PanelInference,
    variance: EventVariance | None,
    weights: WildWeights,
    draws: int,
    rng: Generator | int | None,
    sampling: Sampling,
) -> Chance:
    """What is asked for; other people in each period cannot change places here."""
    chance = chance_of(inference, variance, weights, draws, rng, sampling=sampling, variances=VARIANCES)
    if sampling == "repeated_cross_sections" and inference == "permutation":
        raise ArgumentError(
            "`inference` 'permutation' takes the changes of a panel in an event study; with "
            "sampling='repeated_cross_sections' choose 'wild_bootstrap', or permute the whole time after adoption with "
            "`difference_in_differences`."
        )
    return chance


def _asked(
    checks: Sequence[TrendCheck], threshold: Number | None, margin: Number | None, outcome: Outcome, inference: str
) -> Asked:
    """The checks, which take a joint covariance of all periods."""
    asked = check_trends(checks, threshold, margin, outcome)
    if asked.names and inference != "asymptotic":
        raise ArgumentError(
            f"`checks` must be left out with inference={inference!r}: they take the joint covariance of all periods, "
            "which it does not give. Leave it out, or choose inference='asymptotic'."
        )
    return asked


def _first(seen: Panel | CrossSections) -> int:
    return int(np.argmax(seen.post))


def _others(seen: Panel | CrossSections, time: str) -> list[int]:
    """All periods but the last before adoption."""
    if len(seen.periods) < 3:
        raise DataError(
            f"Column {time!r} must hold at least three periods for an event study; it holds {len(seen.periods)}. Use "
            "`difference_in_differences`."
        )
    return [t for t in range(len(seen.periods)) if t != _first(seen) - 1]


# --- a panel ------------------------------------------------------------------------------------------------------


def _panel(data: Table, names: Columns, missing: Missing, chance: Chance) -> _Study:
    """The same units in every period: each period beside the reference."""
    panel, n_dropped = read_panel(
        data, names.outcome, names.unit, names.time, names.treatment, names.cluster, missing, names.eligible
    )
    others = _others(panel, names.time)
    before = None
    if panel.unaffected is None:
        before = _scores(panel, panel.outcome[:, _first(panel) - 1], chance)
    events = [_of_two(panel, t, chance, before) for t in others]
    notes = panel.called
    return _Study(seen=panel, others=others, events=events, n_dropped=n_dropped, notes=notes)


def _of_two(panel: Panel, t: int, chance: Chance, before: FloatArray | None) -> _Event:
    """The difference of differences of two periods; `before` the scores of the reference, where all have the same."""
    pair = [_first(panel) - 1, t]
    two = replace(
        panel,
        outcome=panel.outcome[:, pair],
        unaffected=None if panel.unaffected is None else panel.unaffected[:, pair],
        post=np.array([False, True]),
        periods=(panel.periods[pair[0]], panel.periods[t]),
    )
    exact = exact_means(two.cells(), two.unaffected_cells())
    means = Means(treated=float(exact.treated), counterfactual=float(exact.counterfactual))
    inference, notes = panel_inference(two, means, chance)
    after = _scores(panel, panel.outcome[:, t], chance)
    if before is None:
        before = _scores(panel, unit_means(two)[1], chance)
    return _Event(
        means=means,
        exact=exact,
        inference=inference,
        notes=notes,
        n_obs=two.rows,
        observed=Observed(treated=means.treated, control=float(decimal_mean(panel.outcome[~panel.treated, t]))),
        scores=np.column_stack([after[:, 0], after[:, 1] + before[:, 0] - before[:, 1]]),
    )


def _scores(panel: Panel, outcome: FloatArray, chance: Chance) -> FloatArray:
    """(G, 2): what each cluster adds to the treated and the untreated mean of one outcome (units,)."""
    design = np.column_stack([np.ones(len(panel.treated)), panel.treated])
    fit = _linalg.least_squares(design, less_level(outcome))
    part = _linalg.Part(fit=fit, contrasts=np.array([[1.0, 1.0], [1.0, 0.0]]), clusters=panel.cluster)
    return event_scores(_sandwich(chance), part)


def _sandwich(chance: Chance) -> str:
    """The variance by which scores are; any, where none is asked for and none is used."""
    return chance.chosen if chance.chosen in VARIANCES else "CR0"


# --- other people in each period ----------------------------------------------------------------------------------


def _cross_sections(data: Table, names: Columns, missing: Missing, chance: Chance) -> _Study:
    """Rows that are people: all periods in one regression."""
    cells, n_dropped = read_cross_sections(data, names, missing)
    others = _others(cells, names.time)
    model = event_model(cells, others)
    return _Study(
        seen=cells,
        others=others,
        events=[_of_cells(cells, model, place, chance) for place in range(len(others))],
        n_dropped=n_dropped,
        notes=(
            *cells.called,
            COMPOSITION_OF if names.covariates else COMPOSITION,
            *event_weight_notes(cells, model, others),
        ),
        diagnostics=drift(cells) if names.covariates else (),
    )


def _of_cells(cells: CrossSections, model: EventModel, place: int, chance: Chance) -> _Event:
    treated, control, part = float(model.treated[place]), float(model.control[place]), model.parts[place]
    inference, notes = part_inference(cells, part, chance)
    if not isinstance(inference, Unavailable):
        notes = (*notes, *extreme_cells(cells, np.arange(len(cells.post)) == _first(cells) - 1))
    return _Event(
        means=Means(treated=treated, counterfactual=treated - float(model.effects[place])),
        exact=None,
        inference=inference,
        notes=notes,
        n_obs=cells.n_rows,
        observed=Observed(treated=treated, control=control),
        scores=event_scores(_sandwich(chance), part),
    )


# --- the set ------------------------------------------------------------------------------------------------------


def _effect(
    found: _Study, place: int, variance: str, outcome: Outcome, names: Columns, arguments: dict[str, Any]
) -> EffectEstimate:
    seen, t, one = found.seen, found.others[place], found.events[place]
    treated = int(seen.treated.sum())
    return EffectEstimate(
        means=one.means,
        exact=one.exact,
        inference=one.inference,
        estimand=_estimand(seen, t, names),
        outcome=outcome,
        method="event_study",
        variance=f"{variance}/1",
        sample=Sample(
            n_obs=one.n_obs,
            n_units=len(seen.treated),
            n_treated=treated,
            n_control=len(seen.treated) - treated,
            n_clusters=seen.n_clusters(),
            n_dropped=found.n_dropped,
        ),
        observed=one.observed,
        arguments=arguments,
        notes=() if seen.post[t] else (_LEAD,),
    )


def _joint(events: list[_Event]) -> tuple[tuple[float, ...], ...] | None:
    """The covariance of all means from the scores of their clusters, zero where an effect has no inference; or None."""
    known = [isinstance(one.inference, StudentT) for one in events]
    if not any(known):
        return None
    scores = np.column_stack([one.scores if own else 0 * one.scores for own, one in zip(known, events, strict=True)])
    joint = scores.T @ scores
    return tuple(map(tuple, ((joint + joint.T) / 2).tolist()))


def _checked_before(effects: EffectSet, variance: str, asked: Asked, periods: tuple[str, ...]) -> EffectSet:
    """With the checks, and the joint test of the periods before adoption where there is something to test."""
    whole = all(isinstance(one.inference, StudentT) for one in effects.effects)
    if whole and effects.labels[0].startswith("-"):
        notes = (*effects.notes, *doubt_notes(variance))
        tested = trend_diagnostics(effects, replace(asked, names=("pretrend",)), periods)
        effects = replace(effects, diagnostics=(*tested, *effects.diagnostics), notes=notes)
        asked = replace(asked, names=tuple(name for name in asked.names if name != "pretrend"))
    bounds = tuple(of_mean(one, effects) for one in trend_diagnostics(effects, asked, periods))
    return replace(effects, diagnostics=(*effects.diagnostics, *bounds))


# --- words --------------------------------------------------------------------------------------------------------

_LEAD = Note(
    code="before_adoption",
    text=Text(
        en="This period lies before adoption: the figure is a check of the comparison, not an effect.",
        sv="Perioden ligger före införandet: siffran är en kontroll av jämförelsen och ingen effekt.",
    ),
)


def _refused(events: list[_Event]) -> bool:
    """Whether some effect has no inference for want of clusters."""
    return any(isinstance(one.inference, Unavailable) and one.inference.reason != NO_VARIATION for one in events)


def _reference(period: str) -> Note:
    return Note(
        code="reference_period",
        text=Text(
            en=f"Every period is compared with {period}, the last before adoption.",
            sv=f"Varje period jämförs med {period}, den sista före införandet.",
        ),
    )


def _estimand(seen: Panel | CrossSections, t: int, names: Columns) -> Estimand:
    period, treated = seen.periods[t], int(seen.treated.sum())
    en = "the treated unit" if treated == 1 else f"the {treated} treated units"
    sv = "den behandlade enheten" if treated == 1 else f"de {treated} behandlade enheterna"
    if names.eligible is not None:
        en, sv = f"those who could be affected in {en}", f"de som kunde påverkas i {sv}"
    elif isinstance(seen, CrossSections):
        en, sv = f"the people seen in {en}", f"de personer som ingår i {sv}"
    return Estimand(name="ATT", population=Text(en=f"{en} in {period}", sv=f"{sv} i {period}"))
