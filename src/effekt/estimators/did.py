"""Two groups before and after one adoption date.

With one adoption date and a balanced panel, two-way fixed effects gives the difference of the differences of the four
group means, and a unit enters only through its mean before, Y₀, and after, Y₁ (Wooldridge 2021,
doi:10.2139/ssrn.3906345, section 3). The treated mean is that of Y₁ over treated units; its counterfactual is their
mean Y₀ moved by the controls' mean change. Both are linear in one regression of the two stacked means on group and
time, whose cluster-robust variance of the difference is that of the two-way fixed-effects coefficient.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from effekt import _linalg
from effekt._exact import scaled_integers
from effekt._inference import Inference, Means, StudentT, Unavailable
from effekt._text import Text
from effekt._types import BoolArray, FloatArray, IntArray, Missing, Table
from effekt._validation import check_option, plural
from effekt.estimators._coverage import coverage_notes
from effekt.estimators._refusals import JUDGED_BY_CR2, NO_VARIATION, few_clusters, low_df
from effekt.exceptions import ArgumentError, DataError
from effekt.result import EffectEstimate, ExactMeans, Note, Observed, OutcomePath, Sample
from effekt.roles import Estimand, Outcome, as_outcome
from effekt.tables import Selection, as_table

ClusterVariance: TypeAlias = Literal["CR0", "CR1", "CR1S", "CR2", "CR3"]


ROUNDING = 1e-12  # a standard error this small relative to the outcome is rounding
CANCELLED = 1e-10  # a variance this small relative to those it is the rest of has lost its digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A balanced panel with one adoption date; units sorted by name, periods in time order.

    Attributes
    ----------
    outcome : (units, periods) array
    treated : (units,) bool array
    post : (periods,) bool array
    cluster : (units,) integer array
    periods : tuple of str
    """

    outcome: FloatArray
    treated: BoolArray
    post: BoolArray
    cluster: IntArray
    periods: tuple[str, ...]


def difference_in_differences(
    data: Table,
    *,
    outcome: str | Outcome,
    unit: str,
    time: str,
    treatment: str,
    cluster: str | None = None,
    variance: ClusterVariance | None = None,
    missing: Missing = "raise",
) -> EffectEstimate:
    """Effect on the treated, from two groups before and after one adoption date.

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
    variance : {"CR0", "CR1", "CR1S", "CR2", "CR3"}, optional
        Default CR2 with Satterthwaite degrees of freedom.
    missing : {"raise", "drop"}
        With "drop", a unit that lacks any period is left out whole, and its rows are counted.

    Returns
    -------
    EffectEstimate
        ATT of the treated units over the periods after adoption. Without covariates the means are exact fractions.

    Raises
    ------
    DataError
        For a repeated unit and period, an unbalanced panel, a treatment that switches off or starts at several dates,
        no treated or no untreated units, or no period before adoption.

    Notes
    -----
    Assumes that without the intervention the two groups would have changed alike on average (parallel trends), that
    nothing was anticipated, and that units do not affect each other.

    References
    ----------
    Card, D. & Krueger, A. (1994). Minimum wages and employment. *American Economic Review* 84, 772–793.

    Wooldridge, J. (2021). Two-way fixed effects, the two-way Mundlak regression, and difference-in-differences
    estimators. doi:10.2139/ssrn.3906345

    Examples
    --------
    >>> import effekt
    >>> data = {
    ...     "person": [1, 1, 2, 2, 3, 3, 4, 4],
    ...     "year": [2018, 2019] * 4,
    ...     "treated": [0, 1, 0, 1, 0, 0, 0, 0],
    ...     "days": [10.0, 7.0, 12.0, 8.5, 9.0, 8.0, 11.0, 10.5],
    ... }
    >>> effect = effekt.difference_in_differences(
    ...     data, outcome="days", unit="person", time="year", treatment="treated")
    >>> effect.exact_estimate
    Fraction(-5, 2)
    """
    measured = as_outcome(outcome)
    if len(measured.columns) != 1:
        raise ArgumentError("`outcome` must be one column here; divide first, or use `trend_adjusted` for a ratio.")
    chosen = variance or "CR2"
    check_option("variance", chosen, _linalg.CLUSTER_VARIANCES)
    panel, n_dropped = _read(data, measured.columns[0], unit, time, treatment, cluster or unit, missing)
    exact = _exact_means(panel)
    means = Means(treated=float(exact.treated), counterfactual=float(exact.counterfactual))
    n_treated, n_units = int(panel.treated.sum()), len(panel.treated)
    return EffectEstimate(
        means=means,
        exact=exact,
        inference=_inference(panel, chosen),
        estimand=_estimand(n_treated, panel),
        outcome=measured,
        method="difference_in_differences",
        variance=f"{chosen}/1",
        sample=Sample(
            n_obs=panel.outcome.size,
            n_units=n_units,
            n_treated=n_treated,
            n_control=n_units - n_treated,
            n_clusters=len(np.unique(panel.cluster)),
            n_dropped=n_dropped,
        ),
        observed=Observed(
            treated=float(panel.outcome[np.ix_(panel.treated, panel.post)].mean()),
            control=float(panel.outcome[np.ix_(~panel.treated, panel.post)].mean()),
        ),
        arguments={
            "outcome": {"column": measured.column, "unit": measured.unit, "better": measured.better},
            "unit": unit,
            "time": time,
            "treatment": treatment,
            "cluster": cluster,
            "variance": chosen,
            "missing": missing,
        },
        notes=(_PARALLEL, *coverage_notes(chosen)),
        path=_path(panel),
    )


# --- reading ------------------------------------------------------------------------------------------------------


def _read(
    data: Table, outcome: str, unit: str, time: str, treatment: str, cluster: str, missing: Missing
) -> tuple[Panel, int]:
    rows = as_table(data).select(labels=(unit, cluster), times=(time,), numbers=(treatment, outcome), missing=missing)
    if not rows.labels[time].timed:
        raise DataError(
            f"Column {time!r} must hold periods of one kind, such as '2014-03', '2014Q1', '2014T1' or '2014', dates, "
            "or numbers, since they need an order; it does not. Number the periods, or write them so."
        )
    rows.refuse_repeats((unit, time), "Remove the repeated rows.")
    values = rows.numbers[treatment]
    rows.refuse((values != 0) & (values != 1), treatment, "must hold 0 and 1", "Code treated unit-periods 1, others 0.")
    shape = (len(rows.labels[unit].names), len(rows.labels[time].names))
    at = (rows.labels[unit].codes, rows.labels[time].codes)
    there = np.zeros(shape, bool)
    there[at] = True
    whole = there.min(axis=1)
    _check_balance(rows, unit, whole, missing)
    y, d = np.zeros(shape), np.zeros(shape)
    groups, place = np.zeros(shape, np.intp), np.zeros(shape, np.intp)
    y[at], d[at], groups[at], place[at] = rows.numbers[outcome], values, rows.labels[cluster].codes, rows.rows
    y, d, groups, place = y[whole], d[whole], groups[whole], place[whole]

    def first(offending: BoolArray) -> str:
        return rows.table.where(int(place[offending].min()))

    _check_cluster(groups, unit, cluster, first)
    _check_design(d, treatment, first)
    panel = Panel(
        outcome=y,
        treated=d.max(axis=1) > 0,
        post=d.max(axis=0) > 0,
        cluster=groups[:, 0],
        periods=rows.labels[time].names,
    )
    return panel, rows.n_dropped + int(there[~whole].sum())


def _check_balance(rows: Selection, unit: str, whole: BoolArray, missing: Missing) -> None:
    if not whole.any():
        raise DataError(
            f"Column {unit!r} must name units seen in every period; none of the {plural(len(whole), 'unit')} is. Check "
            "the time column."
        )
    if not whole.all() and missing == "raise":
        short = ~whole[rows.labels[unit].codes]
        raise DataError(
            f"Column {unit!r} must name units seen in every period; {plural(int((~whole).sum()), 'unit')} lacked some, "
            f"the first at {rows.first(short)}. Complete the data, or pass missing='drop' to leave such units out."
        )


def _check_cluster(groups: IntArray, unit: str, cluster: str, first: Callable[[BoolArray], str]) -> None:
    away = groups != groups[:, :1]
    if away.any():
        raise DataError(
            f"Column {cluster!r} must be constant within each unit of column {unit!r}; "
            f"{plural(int(away.any(axis=1).sum()), 'unit')} changed cluster, the first at {first(away)}. Use a column "
            "of clusters that hold whole units."
        )


def _check_design(d: FloatArray, treatment: str, first: Callable[[BoolArray], str]) -> None:
    treated = d.max(axis=1) > 0
    if not treated.any() or treated.all():
        raise DataError(
            f"Column {treatment!r} must be 1 for some units and 0 in every period for others; "
            f"{'every' if treated.all() else 'no'} unit is treated. Check how treatment is coded."
        )
    change = np.diff(d, axis=1, prepend=0.0)
    if (change < 0).any():
        raise DataError(
            f"Column {treatment!r} must not switch off once it is 1; for "
            f"{plural(int((change.min(axis=1) < 0).sum()), 'unit')} it did, the first at {first(change < 0)}. Leave "
            "such units out, or code them 1 from adoption on."
        )
    adopted = np.flatnonzero(change.max(axis=0) > 0)
    if adopted[0] == 0:
        raise DataError(
            f"Column {treatment!r} must be 0 for all units in some period before adoption; "
            f"{plural(int(d[:, 0].sum()), 'unit')} had 1 in the first period, the first at "
            f"{first((change > 0) & (np.arange(d.shape[1]) == 0))}. Add earlier periods, or leave such units out."
        )
    if len(adopted) > 1:
        later = (change > 0) & (np.arange(d.shape[1]) > adopted[0])
        raise DataError(
            f"Column {treatment!r} must start in one period for all treated units; it starts in {len(adopted)} "
            f"periods, after the earliest of them first at {first(later)}. Keep the units of one adoption date and the "
            "untreated, so that no treated unit is compared with a treated one."
        )


# --- estimating ---------------------------------------------------------------------------------------------------


def _stacked(panel: Panel) -> _linalg.Part:
    """Y₁ on (1, D) and Y₀ on (1, D), stacked; contrasts on (a₁, b₁, a₀, b₀).

    The treated mean is a₁ + b₁; the counterfactual, treated before plus the controls' change, a₀ + b₀ + a₁ − a₀.
    """
    after, before = _unit_means(panel)
    group = np.column_stack([np.ones(len(after)), panel.treated])
    nothing = np.zeros(group.shape)
    fit = _linalg.least_squares(np.block([[group, nothing], [nothing, group]]), np.concatenate([after, before]))
    contrasts = np.array([[1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 1.0]])
    return _linalg.Part(fit=fit, contrasts=contrasts, clusters=np.concatenate([panel.cluster, panel.cluster]))


def _unit_means(panel: Panel) -> tuple[FloatArray, FloatArray]:
    """Each unit's mean after and before adoption."""
    return panel.outcome[:, panel.post].mean(axis=1), panel.outcome[:, ~panel.post].mean(axis=1)


def _inference(panel: Panel, variance: str) -> Inference:
    clusters = np.unique(panel.cluster)
    for arm, name in ((panel.treated, _TREATED), (~panel.treated, _CONTROL)):
        if len(np.unique(panel.cluster[arm])) < 2:
            return Unavailable(
                reason=Text(
                    en=f"Cluster-robust inference needs at least two clusters in each group; the {name.en} has one.",
                    sv=f"Klusterrobust inferens kräver minst två kluster i varje grupp; den {name.sv} har ett.",
                )
            )
    reason = few_clusters(len(clusters))
    if reason is not None:
        return Unavailable(reason=reason)
    part = _stacked(panel)
    unbiased = _linalg.sandwich("CR2", [part])
    found = (
        _scaled(_linalg.sandwich("CR0", [part]), panel) if variance == "CR1S" else _linalg.sandwich(variance, [part])
    )
    reason = low_df((unbiased if variance in JUDGED_BY_CR2 else found).df_of("difference"))
    if reason is not None:
        return Unavailable(reason=reason)
    return Unavailable(reason=NO_VARIATION) if _is_rounding(panel, found) else found


def _is_rounding(panel: Panel, found: StudentT) -> bool:
    """Whether the variance of the difference, Σ_g (Σ_i score)² over units' changes, is rounding.

    Of the outcome, or of the two means' variances: what is left of them when nearly all of both is common cancels.
    """
    after, before = _unit_means(panel)
    change = after - before
    scores = np.zeros(len(change))
    for arm, sign in ((panel.treated, 1.0), (~panel.treated, -1.0)):
        scores[arm] = sign * (change[arm] - change[arm].mean()) / arm.sum()
    _, cluster = np.unique(panel.cluster, return_inverse=True)
    variance = float(np.sum(np.bincount(cluster, scores) ** 2))
    first, _, second = found.covariance
    floor = max(ROUNDING * float(np.max(np.abs(panel.outcome))), math.sqrt(CANCELLED * (first + second)))
    return math.sqrt(variance) <= floor


def _scaled(plain: StudentT, panel: Panel) -> StudentT:
    """CR1S: G/(G − 1) · (N − 1)/(N − k), N unit-periods, k one effect and the periods; unit effects are nested."""
    groups, n, k = len(np.unique(panel.cluster)), panel.outcome.size, 1 + len(panel.periods)
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    first, cross, second = (value * factor for value in plain.covariance)
    return replace(plain, covariance=(first, cross, second))


def _exact_means(panel: Panel) -> ExactMeans:
    """The four group means as fractions; the counterfactual is treated before plus the controls' change."""
    cells = {
        (arm, when): _mean(panel.outcome[np.ix_(panel.treated == arm, panel.post == when)])
        for arm in (True, False)
        for when in (True, False)
    }
    change = cells[False, True] - cells[False, False]
    return ExactMeans(treated=cells[True, True], counterfactual=cells[True, False] + change)


def _mean(values: FloatArray) -> Fraction:
    integers, scale = scaled_integers(values.ravel().tolist())
    return Fraction(sum(integers), scale * values.size)


def _path(panel: Panel) -> OutcomePath:
    """Group means by period; the counterfactual is the treated level before, moved by the controls' change."""
    treated, control = panel.outcome[panel.treated].mean(axis=0), panel.outcome[~panel.treated].mean(axis=0)
    counterfactual = control + (treated[~panel.post].mean() - control[~panel.post].mean())
    before = [name for name, post in zip(panel.periods, panel.post, strict=True) if not post]
    after = [name for name, post in zip(panel.periods, panel.post, strict=True) if post]
    return OutcomePath(
        periods=panel.periods,
        treated=tuple(map(float, treated)),
        counterfactual=tuple(map(float, counterfactual)),
        reference=(before[0], before[-1]),
        evaluation=(after[0], after[-1]),
    )


# --- words --------------------------------------------------------------------------------------------------------

_TREATED = Text(en="treated group", sv="behandlade gruppen")
_CONTROL = Text(en="untreated group", sv="obehandlade gruppen")
_PARALLEL = Note(
    code="parallel_trends",
    text=Text(
        en="The figure assumes that without the intervention both groups would have changed alike.",
        sv="Siffran förutsätter att båda grupperna hade förändrats lika utan insatsen.",
    ),
)


def _estimand(n_treated: int, panel: Panel) -> Estimand:
    after = [name for name, post in zip(panel.periods, panel.post, strict=True) if post]
    return Estimand(
        name="ATT",
        population=Text(
            en=f"the {'treated unit' if n_treated == 1 else f'{n_treated} treated units'}, {after[0]} to {after[-1]}",
            sv=f"{'den behandlade enheten' if n_treated == 1 else f'de {n_treated} behandlade enheterna'}, "
            f"{after[0]} till {after[-1]}",
        ),
    )
