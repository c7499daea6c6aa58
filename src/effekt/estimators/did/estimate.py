"""Two groups before and after one adoption date.

With one adoption date and a balanced panel, two-way fixed effects gives the difference of the differences of the four
group means, and a unit enters only through its mean before, Y₀, and after, Y₁ (Wooldridge 2021,
doi:10.2139/ssrn.3906345, section 3). The treated mean is that of Y₁ over treated units; its counterfactual is their
mean Y₀ moved by the controls' mean change. Both are linear in one regression of the two stacked means on group and
time, whose cluster-robust variance of the difference is that of the two-way fixed-effects coefficient.

In triple differences each unit has a subgroup that could not be affected. The estimate is the difference of differences
of those who could less that of those who could not (Olden & Møen 2022, doi:10.1093/ectj/utac010, equation 3.3): that of
the units' changes in the gap between the two, so Y₀ is moved by the unaffected's change and all else stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.random import Generator

from effekt._decimals import decimal_mean
from effekt._inference import Inference, Means
from effekt._inference.wild_weights import WildWeights
from effekt._text import Text
from effekt._types import FloatArray, Missing, Number, Table
from effekt.estimators._coverage import coverage_notes
from effekt.estimators._incomplete import incomplete_notes
from effekt.estimators._one_before import one_before_notes
from effekt.estimators._trend_checks import (
    ONE_PERIOD,
    Asked,
    TrendCheck,
    beside,
    check_trends,
    nothing_to_check,
    trend_diagnostics,
)
from effekt.estimators.did.cells import Model, cell_inference, fitted_model, weight_notes
from effekt.estimators.did.cross_sections import Columns, CrossSections, read_cross_sections
from effekt.estimators.did.event_study import VARIANCES, event_set
from effekt.estimators.did.few_clusters import panel_inference
from effekt.estimators.did.panel import Cells, Panel, read_panel
from effekt.estimators.did.shared import (
    DRAWS,
    Chance,
    PanelInference,
    Sampling,
    chance_of,
    check_columns,
    covariate_names,
    difference_of,
    drift,
    exact_means,
    recorded,
)
from effekt.estimators.did.words import (
    COMPOSITION,
    COMPOSITION_OF,
    PARALLEL,
    PARALLEL_GAPS,
    both_differences,
    few_notes,
    gap_notes,
    population,
)
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic, EffectEstimate, ExactMeans, Note, Observed, OutcomePath, Sample
from effekt.roles import Estimand, Outcome, as_outcome

ClusterVariance: TypeAlias = Literal["CR0", "CR1", "CR1S", "CR2", "CR3"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Comparison:
    """What is found of two groups, however their people were seen."""

    means: Means
    exact: ExactMeans | None
    inference: Inference
    population: Text
    sample: Sample
    observed: Observed
    notes: tuple[Note, ...]
    diagnostics: tuple[Diagnostic, ...]
    path: OutcomePath | None
    n_periods: int


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
) -> EffectEstimate:
    """Effect on the treated, from two groups before and after one adoption date.

    Parameters
    ----------
    data : table
        One row per unit and period; under repeated cross-sections one per person, and with `eligible` one, or one per
        person, for each of its two values.
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
    inference : {"asymptotic", "wild_bootstrap", "permutation", "conley_taber"}
        Asymptotic: by the variance. Wild bootstrap: t statistics with the null imposed and the residuals of whole
        clusters turned. Permutation: the estimate with every choice of as many clusters as the treated ones.
        Conley–Taber: one treated cluster against how the changes of the untreated ones spread. The last two need
        clusters whose units are all treated or all untreated.
    wild_weights : {"rademacher", "webb"}
        What residuals are turned by: signs, or Webb's six values, which tell more draws apart with few clusters.
    draws : int
        How many weights or choices are drawn where there are more than 100 000 (signs of 17 clusters, Webb's weights
        of 7); where there are fewer, all are taken.
    rng : numpy.random.Generator or int, optional
        Where what is drawn comes from; required when anything is.
    sampling : {"panel", "repeated_cross_sections"}
        Panel: the same units are seen in every period. Repeated cross-sections: `unit` is a municipality, school or
        the like, whose rows are other people in each period.
    covariates : sequence of str, optional
        Columns of what people are like, numbers or text, which stands for its categories, where others are seen in
        each period; the intervention cannot move them.
    eligible : str, optional
        Column that is 1 for those who could be affected where the intervention runs, and 0 for a subgroup of the same
        units that could not; gives triple differences. `treatment` says where and when it ran, alike for both.
    checks : list
        Of the trends, by `event_study` of the same data, for `diagnostics`; they move no figure. ``"pretrend"``: the
        joint test of the periods before adoption, and with `margin` that of equivalence. ``"relative_magnitudes"``,
        ``"smoothness"``: how far the groups' trends may part after adoption before the mean effect no longer surpasses
        `threshold` (``effekt.diagnostics.honest_did``).
    threshold : float, str or Decimal, optional
        For `checks`: the effect to be ruled out, treated minus counterfactual in the outcome's unit, so at most 0 where
        lower is better; by default no effect.
    margin : float, str or Decimal, optional
        For the check "pretrend": a deviation before adoption that would not matter, in the outcome's unit.

    Returns
    -------
    EffectEstimate
        ATT of the treated units over the periods after adoption. The means of a panel are exact fractions. Under
        repeated cross-sections that of the people seen in treated units after adoption, with the check
        ``composition_drift`` of the covariates.

    Raises
    ------
    DataError
        For a repeated unit and period, a unit that lacks a period, a treatment that switches off, starts at several
        dates or differs within a unit and period, no treated or no untreated units, or no period before adoption; for
        a unit of a panel that is the sum or the mean of all others.
    ArgumentError
        For options that contradict each other, or `rng` None where something is drawn.

    Notes
    -----
    Assumes that without the intervention the two groups would have changed alike on average (parallel trends), that
    nothing was anticipated, and that units do not affect each other.

    A permutation is exact for an effect τ₀ that is the same for every treated unit, when the changes of the clusters
    are exchangeable but for it. Conley and Taber's p-value is the rank of the treated cluster's change among the
    untreated ones', itself counted; it needs the same of the treated cluster's error. Neither asks for many treated
    clusters. The wild bootstrap needs at least two in each group, and is of little use with two or three. All ask that
    the treated clusters were not chosen for their levels before: where these were the highest or lowest of all, the
    note `extreme_reference` tells what it costs.

    Repeated cross-sections assume besides that the people seen after are such as those seen before but for what is
    common to both groups, or for the covariates. The estimate is the coefficient of treatment in a regression of the
    rows on it, a dummy for each unit and each period, and the covariates; the treated mean is that of the treated rows.
    Where the effect differs between units or periods, a note says how it weighs them.

    Triple differences assume that without the intervention the gap between the two subgroups would have changed alike
    in both groups of units, not that either subgroup would have (Olden & Møen 2022), and that what happens to one does
    not reach the other.

    References
    ----------
    Card, D. & Krueger, A. (1994). Minimum wages and employment. *American Economic Review* 84, 772–793.

    Wooldridge, J. (2021). Two-way fixed effects, the two-way Mundlak regression, and difference-in-differences
    estimators. doi:10.2139/ssrn.3906345

    Conley, T. & Taber, C. (2011). Inference with "difference in differences" with a small number of policy changes.
    *Review of Economics and Statistics* 93(1), 113–125. doi:10.1162/REST_a_00049

    MacKinnon, J. & Webb, M. (2017). Wild bootstrap inference for wildly different cluster sizes. *Journal of Applied
    Econometrics* 32(2), 233–254. doi:10.1002/jae.2508

    Olden, A. & Møen, J. (2022). The triple difference estimator. *Econometrics Journal* 25(3), 531–553.
    doi:10.1093/ectj/utac010

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

    Of the four people each has two rows, and the first of each could not be affected:

    >>> both = {name: [cell for cell in column for _ in (0, 1)] for name, column in data.items()}
    >>> both |= {"could": [0, 1] * 8, "days": [9.0, 10.0, 8.5, 7.0, 11.0, 12.0, 10.5, 8.5] + [8.0, 9.0, 8.0, 8.0] * 2}
    >>> effekt.difference_in_differences(
    ...     both, outcome="days", unit="person", time="year", treatment="treated", eligible="could").exact_estimate
    Fraction(-7, 4)
    """
    measured = as_outcome(outcome)
    if len(measured.columns) != 1:
        raise ArgumentError("`outcome` must be one column here; divide first, or use `trend_adjusted` for a ratio.")
    chance = chance_of(inference, variance, wild_weights, draws, rng, sampling=sampling)
    asked = check_trends(checks, threshold, margin, measured)
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
    compare = _panel if sampling == "panel" else _cross_sections
    found = compare(data, names, missing, chance)
    return EffectEstimate(
        means=found.means,
        exact=found.exact,
        inference=found.inference,
        estimand=Estimand(name="ATT", population=found.population),
        outcome=measured,
        method="difference_in_differences",
        variance=f"{chance.chosen}/1",
        sample=found.sample,
        observed=found.observed,
        arguments={
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
        },
        diagnostics=(
            *found.diagnostics,
            *_of_trends(data, measured, names, missing, sampling, chance.chosen, asked, found),
        ),
        notes=(
            PARALLEL if eligible is None else PARALLEL_GAPS,
            *found.notes,
            *coverage_notes(chance.chosen, found.inference),
        ),
        path=found.path,
    )


def _panel(data: Table, names: Columns, missing: Missing, chance: Chance) -> _Comparison:
    """The same units before and after."""
    panel, n_dropped = read_panel(
        data,
        names.outcome,
        names.unit,
        names.time,
        names.treatment,
        names.cluster,
        missing,
        names.eligible,
    )
    cells, unaffected = panel.cells(), panel.unaffected_cells()
    exact = exact_means(cells, unaffected)
    means = Means(treated=float(exact.treated), counterfactual=float(exact.counterfactual))
    n_treated, n_units = int(panel.treated.sum()), len(panel.treated)
    inference, notes = panel_inference(panel, means, chance)
    return _Comparison(
        means=means,
        exact=exact,
        inference=inference,
        population=population(n_treated, panel, names),
        sample=Sample(
            n_obs=panel.rows,
            n_units=n_units,
            n_treated=n_treated,
            n_control=n_units - n_treated,
            n_clusters=panel.n_clusters(),
            n_dropped=n_dropped,
        ),
        observed=Observed(treated=means.treated, control=float(decimal_mean(cells[False, True]))),
        notes=(
            *gap_notes(panel.periods),
            *incomplete_notes(panel.n_incomplete, names.eligible),
            *panel.called,
            *notes,
            *few_notes(inference, panel, chance.chosen),
            *one_before_notes(int(np.sum(~panel.post))),
        ),
        diagnostics=() if unaffected is None else (both_differences(*map(difference_of, (cells, unaffected))),),
        path=path_of(panel, cells, unaffected),
        n_periods=len(panel.periods),
    )


def _cross_sections(data: Table, names: Columns, missing: Missing, chance: Chance) -> _Comparison:
    """Other people in each period."""
    cells, n_dropped = read_cross_sections(data, names, missing)
    model = fitted_model(cells)
    means = Means(treated=cells.treated_mean, counterfactual=cells.treated_mean - model.effect)
    inference, notes = cell_inference(cells, model, means, chance)
    n_treated, n_units = int(cells.treated.sum()), len(cells.treated)
    return _Comparison(
        means=means,
        exact=None,
        inference=inference,
        population=population(n_treated, cells, names, people=True),
        sample=Sample(
            n_obs=cells.n_rows,
            n_units=n_units,
            n_treated=n_treated,
            n_control=n_units - n_treated,
            n_clusters=cells.n_clusters(),
            n_dropped=n_dropped,
        ),
        observed=Observed(treated=cells.treated_mean, control=cells.control_mean),
        notes=(
            *gap_notes(cells.periods),
            *incomplete_notes(cells.n_incomplete, names.eligible),
            *cells.called,
            COMPOSITION_OF if names.covariates else COMPOSITION,
            *weight_notes(cells, model),
            *notes,
            *few_notes(inference, cells, chance.chosen),
            *one_before_notes(int(np.sum(~cells.post))),
        ),
        diagnostics=drift(cells) if names.covariates else (),
        path=None if names.eligible is not None else _path_of_cells(cells, model),
        n_periods=len(cells.periods),
    )


def _of_trends(
    data: Table,
    outcome: Outcome,
    names: Columns,
    missing: Missing,
    sampling: Sampling,
    chosen: str,
    asked: Asked,
    found: _Comparison,
) -> tuple[Diagnostic, ...]:
    """The checks asked for, of the event study of the same data: by the variance, CR1 for CR1S, and CR2 for none."""
    if not asked.names:
        return ()
    if found.n_periods < 3:
        return tuple(nothing_to_check(name, ONE_PERIOD) for name in asked.names)
    variance = chosen if chosen in VARIANCES else "CR1" if chosen == "CR1S" else "CR2"
    effects, periods = event_set(data, outcome, names, missing, Chance(chosen=variance), {}, sampling)
    return tuple(beside(one, variance) for one in trend_diagnostics(effects, asked, periods))


def path_of(panel: Panel, cells: Cells, unaffected: Cells | None = None) -> OutcomePath:
    """Group means by period; the counterfactual is the treated level before, moved by the controls' change."""
    treated, control = (_levels(cells, arm) for arm in (True, False))
    if unaffected is not None:
        control = control + _levels(unaffected, True) - _levels(unaffected, False)
    counterfactual = control + (treated[~panel.post].mean() - control[~panel.post].mean())
    return _path(panel, treated, counterfactual)


def _levels(cells: Cells, arm: bool) -> FloatArray:
    return np.concatenate([_by_period(cells[arm, False]), _by_period(cells[arm, True])])


def _by_period(cell: FloatArray) -> FloatArray:
    """Means over units, added one after the other as `mean` does, in less time; a single period it adds by halves."""
    return np.asarray(cell.mean(axis=0) if cell.shape[1] == 1 else np.einsum("ij->j", cell) / len(cell))


def _path_of_cells(cells: CrossSections, model: Model) -> OutcomePath:
    """Means of the treated people by period, and what the regression expects of them without the intervention."""
    weights = cells.size[cells.treated]
    paths = [
        (weights * values[cells.treated]).sum(axis=0) / weights.sum(axis=0) for values in (cells.own, model.fitted)
    ]
    return _path(cells, *paths)


def _path(seen: Panel | CrossSections, treated: FloatArray, counterfactual: FloatArray) -> OutcomePath:
    before = [name for name, post in zip(seen.periods, seen.post, strict=True) if not post]
    after = [name for name, post in zip(seen.periods, seen.post, strict=True) if post]
    return OutcomePath(
        periods=seen.periods,
        treated=tuple(map(float, treated)),
        counterfactual=tuple(map(float, counterfactual)),
        reference=(before[0], before[-1]),
        evaluation=(after[0], after[-1]),
    )
