"""Two groups before and after one adoption date, period by period.

The effect of period t is the difference of differences of the two groups between t and the reference period r, the last
before adoption; with one adoption date and a balanced panel these are the coefficients of two-way fixed effects with a
treated-group dummy in every period but r. Each is `difference_in_differences` of the two periods alone. All are linear
in one saturated regression of each period's outcomes on group, whose cluster scores of the two group means, s_gt, give
the joint covariance: those of the treated mean of t are s_gt, of its counterfactual s⁰_gt + s¹_gr − s⁰_gr.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np

from effekt import _linalg
from effekt._inference import Means, StudentT
from effekt._text import Text
from effekt._types import FloatArray, Missing, Table
from effekt._validation import check_option
from effekt.diagnostics.event_times import event_arrays, pretrend_test
from effekt.estimators._coverage import coverage_notes, doubt_notes
from effekt.estimators.did.asymptotic import asymptotic
from effekt.estimators.did.estimate import exact_means
from effekt.estimators.did.panel import Panel, read_panel
from effekt.estimators.did.words import PARALLEL
from effekt.exceptions import ArgumentError, DataError
from effekt.result import EffectEstimate, EffectSet, Note, Observed, Sample
from effekt.roles import Estimand, Outcome, as_outcome

EventVariance: TypeAlias = Literal["CR0", "CR1", "CR2", "CR3"]
VARIANCES = ("CR0", "CR1", "CR2", "CR3")


def event_study(
    data: Table,
    *,
    outcome: str | Outcome,
    unit: str,
    time: str,
    treatment: str,
    cluster: str | None = None,
    variance: EventVariance = "CR2",
    missing: Missing = "raise",
) -> EffectSet:
    """Effect on the treated in each period after one adoption date, and what the same comparison finds before it.

    Parameters
    ----------
    data : table
        One row per unit and period.
    outcome : str or Outcome
        Column; in the outcome's unit.
    unit, time : str
        Columns. Times are numbers, or text that sorts in time order such as "2019-01".
    treatment : str
        Column that is 1 in treated unit-periods and 0 elsewhere; it does not switch off.
    cluster : str, optional
        Column; by default each unit is its own cluster.
    variance : {"CR0", "CR1", "CR2", "CR3"}
        As in `difference_in_differences`.
    missing : {"raise", "drop"}
        With "drop", a unit that lacks any period is left out whole, and its rows are counted.

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
    Assumes what `difference_in_differences` does. Effects before adoption near zero are no evidence against parallel
    trends, and say nothing of the trends after it.

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
    check_option("variance", variance, VARIANCES)
    panel, n_dropped = read_panel(data, measured.columns[0], unit, time, treatment, cluster or unit, missing)
    if len(panel.periods) < 3:
        raise DataError(
            f"Column {time!r} must hold at least three periods for an event study; it holds {len(panel.periods)}. Use "
            "`difference_in_differences`."
        )
    first = int(np.argmax(panel.post))
    others = [t for t in range(len(panel.periods)) if t != first - 1]
    arguments = {
        "outcome": {"column": measured.column, "unit": measured.unit, "better": measured.better},
        "unit": unit,
        "time": time,
        "treatment": treatment,
        "cluster": cluster,
        "variance": variance,
        "missing": missing,
    }
    effects = [replace(_effect(panel, t, variance, measured, n_dropped), arguments=arguments) for t in others]
    return _checked_before(
        EffectSet(
            labels=tuple(str(t - first) for t in others),
            effects=tuple(effects),
            covariance=_joint(panel, others, variance, effects),
            df=min((one.df for one in effects if one.df is not None), default=float("inf")),
            notes=(_reference(panel.periods[first - 1]), PARALLEL, *coverage_notes(variance)),
            shared="units",
        ),
        variance,
    )


def _effect(panel: Panel, t: int, variance: str, outcome: Outcome, n_dropped: int) -> EffectEstimate:
    """The difference of differences of two periods."""
    reference = int(np.argmax(panel.post)) - 1
    two = replace(
        panel,
        outcome=panel.outcome[:, [reference, t]],
        post=np.array([False, True]),
        periods=(panel.periods[reference], panel.periods[t]),
    )
    exact = exact_means(two.cells())
    treated = int(two.treated.sum())
    return EffectEstimate(
        means=Means(treated=float(exact.treated), counterfactual=float(exact.counterfactual)),
        exact=exact,
        inference=asymptotic(two, variance),
        estimand=_estimand(panel, t, treated),
        outcome=outcome,
        method="event_study",
        variance=f"{variance}/1",
        sample=Sample(
            n_obs=two.outcome.size,
            n_units=len(two.treated),
            n_treated=treated,
            n_control=len(two.treated) - treated,
            n_clusters=two.n_clusters(),
            n_dropped=n_dropped,
        ),
        observed=Observed(
            treated=float(panel.outcome[panel.treated, t].mean()),
            control=float(panel.outcome[~panel.treated, t].mean()),
        ),
        arguments={},
        notes=() if panel.post[t] else (_LEAD,),
    )


def _joint(
    panel: Panel, others: list[int], variance: str, effects: list[EffectEstimate]
) -> tuple[tuple[float, ...], ...] | None:
    """The covariance of all means, from the cluster scores of each period's two; None where an effect has none."""
    if not all(isinstance(one.inference, StudentT) for one in effects):
        return None
    reference = int(np.argmax(panel.post)) - 1
    at_reference = _scores(panel, reference, variance)
    columns = []
    for t in others:
        own = _scores(panel, t, variance)
        columns += [own[:, 0], own[:, 1] + at_reference[:, 0] - at_reference[:, 1]]
    scores = np.column_stack(columns)
    joint = scores.T @ scores
    return tuple(map(tuple, ((joint + joint.T) / 2).tolist()))


def _scores(panel: Panel, t: int, variance: str) -> FloatArray:
    """(G, 2): what each cluster adds to the treated and the untreated mean of one period."""
    design = np.column_stack([np.ones(len(panel.treated)), panel.treated])
    fit = _linalg.least_squares(design, panel.outcome[:, t])
    part = _linalg.Part(fit=fit, contrasts=np.array([[1.0, 1.0], [1.0, 0.0]]), clusters=panel.cluster)
    (rows,) = _linalg.row_scores(variance, [part])
    _, code = np.unique(panel.cluster, return_inverse=True)
    return np.column_stack([np.bincount(code, column) for column in rows.T])


def _checked_before(effects: EffectSet, variance: str) -> EffectSet:
    """With the joint test of what the comparison finds before adoption, where there is something to test."""
    if effects.covariance is None or not effects.labels[0].startswith("-"):
        return effects
    return replace(
        effects,
        diagnostics=(pretrend_test(**event_arrays(effects)),),
        notes=(*effects.notes, *doubt_notes(variance)),
    )


# --- words --------------------------------------------------------------------------------------------------------

_LEAD = Note(
    code="before_adoption",
    text=Text(
        en="This period lies before adoption: the figure is a check of the comparison, not an effect.",
        sv="Perioden ligger före införandet: siffran är en kontroll av jämförelsen och ingen effekt.",
    ),
)


def _reference(period: str) -> Note:
    return Note(
        code="reference_period",
        text=Text(
            en=f"Every period is compared with {period}, the last before adoption.",
            sv=f"Varje period jämförs med {period}, den sista före införandet.",
        ),
    )


def _estimand(panel: Panel, t: int, treated: int) -> Estimand:
    period = panel.periods[t]
    return Estimand(
        name="ATT",
        population=Text(
            en=f"the {'treated unit' if treated == 1 else f'{treated} treated units'} in {period}",
            sv=f"{'den behandlade enheten' if treated == 1 else f'de {treated} behandlade enheterna'} i {period}",
        ),
    )
