"""One or few treated units against a historic reference, moved by the trend of a comparator.

With Y the treated and N the comparator, over a reference window R and an evaluation window E, the counterfactual is
Y_R · N_E / N_R (ratio) or Y_R + (N_E − N_R) (difference): a difference-in-differences with one treated series, in logs
or in levels. All uncertainty is in that counterfactual, so inference asks what the same comparison finds in units that
had no intervention (Abadie, Diamond & Hainmueller 2010, doi:10.1198/jasa.2009.ap08746, section 2.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal, cast, get_args

from numpy.random import Generator

from effekt._types import PERIODS, Missing, Number, Period, Table
from effekt._validation import check_decimal, check_option
from effekt.estimators._coverage import coverage_notes, extreme_notes
from effekt.estimators._one_before import one_before_notes
from effekt.estimators._prediction import prediction_interval
from effekt.estimators.trend.adopters import adopters_note, check_adopters, without_adopters
from effekt.estimators.trend.block_bootstrap import DRAWS, Blocks, block_notes, check_length, check_redrawing
from effekt.estimators.trend.case import Case, TrendCheck, check_checks, written_checks
from effekt.estimators.trend.checks import (
    as_listed,
    check_before_after,
    check_comparator,
    check_complete,
    check_panel_roles,
    check_periods_inference,
    check_positive,
    check_trend,
    check_vintage,
    check_weights,
    check_windows,
    comparator_units,
    first_row,
    known,
    written_window,
)
from effekt.estimators.trend.clusters import check_cluster, cluster_note
from effekt.estimators.trend.comparison import ADJUSTMENTS, Adjustment, Design, Trend
from effekt.estimators.trend.composition import composition_diagnostic, read_strata
from effekt.estimators.trend.exclusion import nothing_excluded
from effekt.estimators.trend.further import further_checks
from effekt.estimators.trend.groups import PlaceboChoice, check_grouping, find_groups, groups_note
from effekt.estimators.trend.hac import hac_note
from effekt.estimators.trend.inference import BY_PLACEBOS, TrendInference, find_placebos
from effekt.estimators.trend.level import (
    LEVEL_NOTE,
    LevelCorrection,
    check_level_correction,
    conclude,
    level_diagnostic,
    of_corrected,
)
from effekt.estimators.trend.look import look_diagnostics, look_notes, to_date
from effekt.estimators.trend.negative import compared_numerators, negative_notes
from effekt.estimators.trend.own_unit import (
    OwnUnit,
    check_declared_series,
    declared_series,
    may_be_plain_mean,
    own_unit_diagnostic,
    placebos_in_series_note,
    without_treated,
)
from effekt.estimators.trend.panel import WindowMean, read_counts
from effekt.estimators.trend.path import outcome_path
from effekt.estimators.trend.readings import Readings
from effekt.estimators.trend.recorded import declared_only, estimand_of, exact_means, sample_of
from effekt.estimators.trend.sizes import gap_notes, placebo_units, single_notes, size_notes
from effekt.estimators.trend.spans import spoken_note
from effekt.estimators.trend.standard import (
    Standard,
    check_standardize,
    check_strata,
    read_cells,
    strata_notes,
    with_standard,
    written_standard,
)
from effekt.estimators.trend.totals import called_notes, refuse_compared_totals
from effekt.estimators.trend.words import season_note, trend_diagnostics, trend_notes, vintage_note
from effekt.result import EffectEstimate, Observed
from effekt.roles import Outcome, as_outcome
from effekt.tables import as_label


def trend_adjusted(
    data: Table,
    *,
    outcome: str | tuple[str, str] | Outcome,
    unit: str,
    time: str,
    period: Period,
    treated: str | int | Sequence[str | int],
    reference_window: tuple[Any, Any] | str,
    evaluation_window: tuple[Any, Any] | str,
    comparator: str | int | Sequence[str | int] | None,
    weights: Literal["denominator"] | None,
    adopters: str | int | Sequence[str | int] = (),
    adjustment: Adjustment = "ratio",
    trend: Trend = "ratio_of_means",
    mean: WindowMean = "ratio_of_sums",
    excluded: Sequence[tuple[Any, Any] | str] = (),
    same_months: bool = False,
    through: Any = None,
    standardize: Sequence[str] = (),
    standard: Standard | None = None,
    own_unit: OwnUnit | None = None,
    series_units: int | None = None,
    vintage: str | None = None,
    vintage_column: str | None = None,
    level_correction: LevelCorrection | None = None,
    inference: TrendInference = "placebo",
    placebos: PlaceboChoice = "units",
    cluster: str | None = None,
    blocks: Blocks = "moving",
    block_length: int | None = None,
    draws: int = DRAWS,
    rng: Generator | int | None = None,
    checks: Sequence[TrendCheck | Mapping[str, Any]] = (),
    threshold: Number | None = None,
    missing: Missing = "raise",
) -> EffectEstimate:
    """Effect on one or few treated units, against a historic reference moved by a comparator's trend.

    Parameters
    ----------
    data : table
        One row per unit and period.
    outcome : str, (str, str) or Outcome
        A column, or (numerator, denominator) such as sick days and employees; in the outcome's unit.
    unit, time : str
        Columns; a unit is a municipality, a workplace or a published series.
    period : {"month", "quarter", "tertial", "year", "season"}
        What one row covers; a tertial is four months, a season July to June, written ``"2016/17"``.
    treated : label or list of labels
        Units with the intervention; several are pooled.
    reference_window, evaluation_window : (first, last) or str
        Inclusive, such as ``("2016-01", "2018-12")``; monthly rows may have a window in years,
        ``(2016, 2018)``, quarters or seasons, ``("2016/17", "2018/19")``. Or in words, in English or Swedish:
        ``"years 2016 to 2018"``, ``"juli 2016 – juni 2017"``, ``"tertial 2 2017 – tertial 1 2018"``.
    comparator : label, list of labels, "others" or None
        A published series, named units, or every other unit. None only with ``adjustment="none"``.
    weights : {"denominator"} or None
        Pool comparator units as a ratio of sums, or take the plain mean of the units. None with ``adjustment="none"``,
        which has no comparator.
    adopters : label or list of labels
        Units that adopted the intervention, or something like it, by themselves: left out of the comparator, the
        placebos, a look and every check, as if the data did not have them. A published series is as it was published.
    adjustment : {"ratio", "difference", "none"}
        Counterfactual = reference × trend, reference + change, or the reference itself (*before–after, not an effect*).
    trend : {"ratio_of_means", "mean_of_ratios", "mean_of_period_ratios"}
        Under "ratio": the ratio of the comparator's means; with ``weights=None`` the plain mean of its units' own
        ratios, which stands for a typical unit's change rather than that of their level; or the change that is the
        plain mean, over the evaluation's periods, of each one's change (the mean of yearly ratios), which lets every
        year count alike. The last has inference by placebos.
    mean : {"ratio_of_sums", "mean_of_periods"}
        A window's mean: Σ numerator / Σ denominator, or the plain mean of its periods.
    excluded : list of (first, last) or str
        Periods left out of both windows, such as ``[("2020-03", "2021-09")]``. What the figure would have been with
        nothing left out stands in `diagnostics`.
    same_months : bool
        Weigh the reference's periods so that each month (quarter, tertial) of the year counts there as it does in
        the evaluation window; the same for the treated and the comparator.
    through : period, optional
        A look before the evaluation is over: its last period that counts, such as ``"2017-06"`` or ``"June 2017"``. The
        reference is matched to the months to date unless whole years have passed; `diagnostics` holds a `forecast`. A
        contract refuses it: a look is no ground for payment.
    standardize : list of str
        Columns of strata such as age, sex and occupation, with one row per unit, period and stratum; an empty stratum
        has a row with 0 in both columns of the outcome. Every mean is then the strata's own means, weighted to
        `standard`; what composition has to do with the figure stands in `diagnostics`.
    standard : "treated_reference" or list of mappings, optional
        The population to weight to: the treated units' denominators in the reference window, or the weight of every
        stratum, in persons or shares, such as ``[{"sex": "F", "weight": "0.8"}, {"sex": "M", "weight": "0.2"}]``;
        they are divided by their sum. A weight of 0 leaves a stratum out. What `diagnostics` has by other periods takes
        the former from its own reference.
    own_unit : {"absent", "kept", "removed"}, optional
        What is declared of a published series as comparator: it does not contain the treated units, it does, or it
        does and they are taken out of it. "removed" takes every placebo unit out too, so that each unit of the data is
        to be part of the series.
    series_units : int, optional
        With ``weights=None`` and a series that contains the treated units: how many units it is the plain mean of.
        With ``weights="denominator"`` the denominators say how much of it a unit is.
    level_correction : {"regression", "log_regression"}, optional
        Correct the counterfactual for what the unit's reference level foretells without an intervention, by the line
        of the placebo errors on their levels, or of a ratio of log changes on log levels. It belongs in a contract
        signed before the data are seen. Needs five placebos; the figure without it stands in `diagnostics`.
    vintage : str, optional
        Which edition of the data this is, such as ``"published 2019-03-04"``; printed in the result.
    vintage_column : str, optional
        A column that must hold `vintage` in every row.
    inference : {"placebo", "placebo_variance", "cluster", "hac", "block_bootstrap", "none"}
        Placebo: every comparator unit as pseudo-treated against the rest of them; with a published series as
        comparator, every other unit against that series. Errors are on the log scale for "ratio" and on the outcome's
        for "difference". HAC: a t reference from the variation of the periods within each window, robust to
        autocorrelation; it does not see shocks that last through a window, and says so. Block bootstrap: the same
        by drawing blocks of the periods anew within each window, the treated and the comparator together. Placebo
        variance: the placebo errors' standard deviation as the standard error of a t. Cluster: the variation between
        the workplaces (or employees) in `cluster`; it does not see what moves a whole municipality, and says so.
    placebos : {"units", "groups", "permutation"}
        Of several treated units: single units as placebos, or groups of as many, each compared as the treated are; all
        groups up to 2,000, else `draws` of them. Ranks among groups of few untreated units reject somewhat too often;
        a permutation takes the treated into the pool, and its p of no effect is exact where any of the groups could
        as well have been the treated one.
    cluster : str, optional
        A column of workplaces or employees within the units, with one row per unit, period and cluster, which are added
        up. A comparator of one cluster, such as a published series, counts as known.
    blocks : {"moving", "stationary"}
        Of the bootstrap: blocks of one length, or of lengths that vary by chance about it.
    block_length : int, optional
        How many periods a block has, at most half of the shorter window; the bootstrap's own choice to declare.
    draws : int
        Of the bootstrap or of groups, at least 99; not used where all groups are listed, which the notes say.
    rng : numpy.random.Generator or int, optional
        Where the draws come from; required by the bootstrap, and by more than 2,000 groups. A seed repeats them. Which
        groups it draws follows the order of the units' names as text, 10 before 9.
    checks : list
        Further checks for `diagnostics`; they move no figure. ``"regression_to_mean"``: what the unit's reference level
        foretells without an intervention. ``"baseline_choice"``: the change with every reference window of whole years
        more or fewer. ``"placebo_in_time"``: the change with both windows moved back to before the evaluation.
        ``"inference_choice"``: what each inference would conclude (of blocks where they are declared).
        ``{"check": "substitution", "outcome": (…, …)}``: the same comparison of another outcome over the same
        denominators, such as long absence, with ``"includes": True`` of a total. ``{"check": "level_break", "at": …}``:
        whether the series breaks at a date within a window, such as that of a new routine.
        ``{"check": "spill_over", "share": …}``: the change if that share of the comparator runs the same programme; of
        its outcome in the reference window where the trend is a ratio of means (of its sick days, not its employees),
        else of its weight. Units that can be named are better left out as `adopters`.
        ``{"check": "heaping", "counts": ["ended_13", "ended_14", "ended_15"]}``: whether more spells ended after
        ``"days"`` days, 14 unless said, than after those around it; of the treated units, by columns that count them.
        ``{"check": "composition_change", "standardize": [columns]}``: of rows by strata, which are added up; the figure
        standardised to ``"standard"`` (unless said the treated units' reference population) beside the crude one.
    threshold : float, str or Decimal, optional
        A reduction that pays, such as 0.12, or where more is better an increase: for the first three checks, and for
        the forecast of a look.
    missing : {"raise", "drop"}
        What to do with rows that lack a used value; a unit that then lacks a period of a window is refused.

    Returns
    -------
    EffectEstimate
        ATT of the treated units in the evaluation window. The means are exact fractions; where a plain mean of very
        many ratios makes them longer than 2,000 digits, only the correctly rounded floats are kept. The other
        adjustment is reported in `diagnostics`.

    Raises
    ------
    DataError
        For a duplicated unit and period, a denominator that is not positive, or a mean that is not positive under
        "ratio".
    IncompleteWindowError
        When a window lacks periods, naming them.
    ArgumentError
        For unknown labels, overlapping windows, or a comparator that holds a treated unit or an adopter, or beside
        others a unit that is the sum or the mean of all of them, such as the nation's rows of an export, or such a unit
        among the placebos of one series; for a
        bootstrap without `block_length` or `rng`, and for either without a bootstrap; for inference from clusters
        without `cluster`.

    Notes
    -----
    Assumes that without the intervention the treated units would have followed the comparator's trend (in proportion,
    or in parallel); that the comparator is not touched by the intervention; that what is recorded did not change; and,
    for the placebo p-value, that the treated unit was not chosen for its reference level.

    `inference="hac"` estimates the long-run covariance of the two means in each window from the influence of its
    periods by B = 0.4·T^⅔ equally weighted cosines (T periods; at least two cosines), for a ratio on the log scale.
    With B fixed the statistic is a t with B degrees of freedom; those of the two windows are combined as Welch's are.

    `inference="placebo_variance"` is a t with one degree of freedom less than there are placebos, with the placebo
    errors' standard deviation as its error. `inference="cluster"` is CR2 of the window means by cluster, for a ratio on
    the log scale, with Satterthwaite degrees of freedom; at least six clusters in each window, of the treated and of
    the comparator. With `level_correction` the placebos are studentised residuals about the line, times the standard
    error of a prediction at the unit's level over that of an error, or a t with J − 2 degrees of freedom.

    `inference="block_bootstrap"` draws as many periods as a window has, in blocks laid in a circle, forms the two means
    from them, and takes type-7 quantiles of the draws. The windows are drawn apart.

    References
    ----------
    Arkhangelsky, D., Athey, S., Hirshberg, D. A., Imbens, G. W. & Wager, S. (2021). Synthetic
    difference-in-differences. *American Economic Review* 111(12), 4088–4118. doi:10.1257/aer.20190159

    Pustejovsky, J. E. & Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and hypothesis
    testing in fixed effects models. *Journal of Business & Economic Statistics* 36(4), 672–683.
    doi:10.1080/07350015.2016.1247004

    Künsch, H. R. (1989). The jackknife and the bootstrap for general stationary observations. *Annals of Statistics*
    17(3), 1217–1241. doi:10.1214/aos/1176347265

    Politis, D. N. & Romano, J. P. (1994). The stationary bootstrap. *JASA* 89(428), 1303–1313.
    doi:10.1080/01621459.1994.10476870

    Lazarus, E., Lewis, D. J., Stock, J. H. & Watson, M. W. (2018). HAR inference: recommendations for practice.
    *Journal of Business & Economic Statistics* 36(4), 541–559. doi:10.1080/07350015.2018.1506926

    Abadie, A., Diamond, A. & Hainmueller, J. (2010). Synthetic control methods for comparative case studies. *JASA*
    105, 493–505. doi:10.1198/jasa.2009.ap08746

    Examples
    --------
    >>> import effekt
    >>> data = {
    ...     "unit": ["A", "A", "B", "B", "C", "C"],
    ...     "year": [2018, 2019] * 3,
    ...     "days": [8.0, 7.2, 7.0, 7.0, 6.0, 6.0],
    ... }
    >>> effect = effekt.trend_adjusted(
    ...     data, outcome="days", unit="unit", time="year", period="year", treated="A",
    ...     reference_window=(2018, 2018), evaluation_window=(2019, 2019), comparator="others", weights=None)
    >>> effect.relative().exact_estimate
    Fraction(-1, 10)
    """
    measured, comparator = as_outcome(outcome), cast(Any, as_listed(comparator))
    _check_choices(adjustment, mean, inference, period, weights, measured, unit, time)
    check_standardize(standardize, standard, measured, own_unit, (unit, time))
    check_trend(trend, adjustment, weights, standardized=bool(standardize))
    told = check_vintage(vintage, vintage_column)
    windows = check_windows(reference_window, evaluation_window, period)
    asked = check_checks(checks, threshold, adjustment, inference, measured, windows, look=through is not None)
    strata = read_strata(standardize, standard, asked, measured, own_unit, cluster, (unit, time))
    threshold = None if threshold is None else check_decimal("threshold", threshold)
    names = [one.name for one in asked]
    check_periods_inference(trend, inference=inference, checks=names)
    check_cluster(
        cluster,
        inference=inference,
        outcome=measured,
        pooled=weights == "denominator" or adjustment == "none",
        mean=mean,
        standardized=bool(standardize),
        used=(unit, time),
    )
    check_level_correction(
        level_correction, adjustment=adjustment, trend=trend, inference=inference, block_length=block_length
    )
    grouping = check_grouping(placebos, treated, inference, adjustment, level_correction, own_unit, draws, rng)
    how = check_redrawing(
        inference,
        blocks,
        block_length,
        draws if grouping is None else DRAWS,
        rng if grouping is None else None,
        beside="inference_choice" in names,
        standardized=bool(standardize),
    )
    course = to_date(through, windows, excluded, same_months, period)
    check_length(how, [span.times for span in course.spans], period)
    check_comparator(comparator, adjustment, treated)
    check_declared_series(
        own_unit,
        series_units,
        comparator,
        weighted=weights == "denominator",
        plain_mean=may_be_plain_mean(measured, mean),
    )
    left_out = check_adopters(adopters, treated, comparator)
    read = partial(
        read_cells,
        without_adopters(data, unit, left_out),
        unit=unit,
        time=time,
        period=period,
        mean=mean,
        missing=missing,
        vintage=told,
        columns=strata.columns,
        cluster=cluster,
        signed=adjustment != "ratio",
    )
    cells, n_dropped = read(measured)
    treated_units, first = known(treated, "treated", cells), partial(first_row, data, unit)
    cells = with_standard(cells, strata.standard, treated_units, course.spans[0])
    panel = strata.paying(cells)
    others = comparator_units(comparator, adjustment, treated_units, panel)
    design = Design(
        panel=panel,
        reference=course.spans[0],
        evaluation=course.spans[1],
        weighted=weights == "denominator",
        adjustment=adjustment,
        trend=trend,
    )
    published, series = (
        design,
        declared_series(
            own_unit, series_units, others, design, treated_units, plain_mean=may_be_plain_mean(measured, mean)
        ),
    )
    by_placebos, chosen = inference in BY_PLACEBOS or level_correction is not None, "inference_choice" in names
    check_strata(design, treated_units, others, placebos=by_placebos and adjustment != "none")
    check_complete(design, {"the treated units": treated_units, "the comparator": others}, first)
    refuse_compared_totals(
        design,
        treated_units,
        others,
        first,
        unit=unit,
        placebos=by_placebos or chosen,
        with_adopters=partial(
            read_cells, data, measured, unit, time, period, mean, "drop", told, strata.columns, cluster
        )
        if left_out
        else None,
    )
    if series is not None and series.own_unit == "removed":
        design = without_treated(published, series, treated_units)
    found = check_positive(design.compare(treated_units, others), adjustment)
    single, groups = (
        find_placebos(design, treated_units, others, series) if by_placebos else (),
        find_groups(design, treated_units, others, series, grouping, found),
    )
    end = conclude(design, treated_units, others, found, single, inference, how, level_correction, groups)
    readings = Readings(
        treated=treated_units,
        comparator=others,
        series=series,
        correction=level_correction,
        placebos=by_placebos and adjustment != "none",
    )
    corrected = partial(of_corrected, line=end.line, found=found, adjustment=adjustment)
    return EffectEstimate(
        means=end.means(found),
        exact=None if end.line is not None else exact_means(found.evaluation, found.counterfactual(adjustment)),
        inference=end.by,
        estimand=estimand_of(treated_units, design),
        outcome=measured,
        method="trend_adjusted",
        variance=end.convention,
        sample=sample_of(design, treated_units, others, n_dropped),
        observed=Observed(treated=float(found.evaluation), control=float(found.comparator_evaluation)),
        arguments={
            "outcome": {"column": measured.column, "unit": measured.unit, "better": measured.better},
            "unit": unit,
            "time": time,
            "period": period,
            "treated": list(treated_units),
            "reference_window": written_window(reference_window),
            "evaluation_window": written_window(evaluation_window),
            "comparator": comparator if comparator in ("others", None) else list(others),
            "weights": weights,
            "adjustment": adjustment,
            "mean": mean,
            "inference": inference,
            **({} if how is None else how.recorded()),
            **({} if grouping is None else grouping.recorded()),
            "missing": missing,
            **declared_only(
                adopters=sorted(left_out),
                excluded=[written_window(pair) for pair in excluded],
                trend=trend if trend != "ratio_of_means" else None,
                same_months=same_months,
                through=None if through is None else as_label(through),
                standardize=[] if strata.beside else list(strata.columns),
                standard=written_standard(standard),
                own_unit=own_unit,
                series_units=series_units,
                level_correction=level_correction,
                cluster=cluster,
                vintage=vintage,
                vintage_column=vintage_column,
                checks=written_checks(asked),
                threshold=threshold,
            ),
        },
        diagnostics=(
            *corrected(
                trend_diagnostics(found, adjustment, single, trend, measured.better, ranked=inference == "placebo")
            ),
            *([] if end.line is None else [level_diagnostic(end.line, found, adjustment)]),
            *prediction_interval(end.by, end.means(found)),
            *composition_diagnostic(design, treated_units, others, readings),
            *own_unit_diagnostic(
                published,
                series,
                treated_units,
                lambda moved, of: replace(readings, series=of).relative(moved),
                readings.told,
            ),
            *nothing_excluded(
                design, readings, course.windows, course.excluded, course.same_months, readings.relative(design)[0]
            ),
            *corrected(
                further_checks(
                    Case(
                        design=design,
                        published=published,
                        by_strata=cells,
                        series=series,
                        treated=treated_units,
                        comparator=others,
                        found=found,
                        placebos=tuple(single),
                        excluded=course.excluded,
                        same_months=course.same_months,
                        threshold=threshold,
                        outcome=measured,
                        read=lambda other: strata.paying(
                            with_standard(read(other)[0], strata.standard, treated_units, course.spans[0])
                        ),
                        count=partial(
                            read_counts,
                            data,
                            unit=unit,
                            time=time,
                            period=period,
                            missing=missing,
                            vintage=told,
                            finer=(*strata.columns, *([] if cluster is None else [cluster])),
                        ),
                        first=first,
                        inference=inference,
                        by=end.by,
                        how=how,
                        readings=readings,
                        line=end.line,
                        groups=groups,
                    ),
                    asked,
                )
            ),
            *look_diagnostics(
                course, design, treated_units, others, series, found, threshold, measured.better, end.line
            ),
        ),
        notes=(
            *trend_notes(adjustment, others, comparator, own_unit),
            *spoken_note(
                {"reference_window": reference_window, "evaluation_window": evaluation_window, "excluded": excluded}
            ),
            *adopters_note(left_out, series=len(others) == 1 and comparator != "others"),
            *called_notes(design, treated_units, others, placebos=by_placebos or chosen),
            *strata_notes(cells),
            *season_note(design.reference.times, design.evaluation.times, period),
            *([hac_note(design), *coverage_notes("hac")] if end.convention == "hac/1" else []),
            *(
                [cluster_note(design, treated_units, others), *coverage_notes("cluster")]
                if end.convention == "cluster/1"
                else []
            ),
            *([] if end.line is None else [LEVEL_NOTE]),
            *(block_notes(how) if end.convention == "block_bootstrap/1" else ()),
            *placebos_in_series_note(own_unit, single),
            *(gap_notes(design, treated_units, others) if by_placebos or chosen else ()),
            *extreme_notes(
                float(found.reference),
                [float(one.reference) for one in single],
                corrected=end.line is not None,
                several=len(treated_units) > 1,
            ),
            *(single_notes(len(treated_units), len(single)) if groups is None else groups_note(groups, inference)),
            *(size_notes(design, treated_units, placebo_units(design, treated_units, others)) if single else ()),
            *negative_notes(measured, compared_numerators(design, (*treated_units, *others))),
            *one_before_notes(len(set(design.reference.times))),
            *vintage_note(vintage),
            *look_notes(course),
        ),
        path=outcome_path(design, treated_units, others, found),
    )


def _check_choices(
    adjustment: Adjustment,
    mean: str,
    inference: str,
    period: str,
    weights: str | None,
    measured: Outcome,
    unit: str,
    time: str,
) -> None:
    check_panel_roles(measured, unit, time)
    for name, value, choices in (
        ("adjustment", adjustment, ADJUSTMENTS),
        ("mean", mean, ("ratio_of_sums", "mean_of_periods")),
        ("inference", inference, get_args(TrendInference)),
        ("period", period, PERIODS),
    ):
        check_option(name, value, choices)
    check_weights(weights, measured)
    check_before_after(adjustment, inference, weights)
