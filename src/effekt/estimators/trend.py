"""One or few treated units against a historic reference, moved by the trend of a comparator.

With Y the treated and N the comparator, over a reference window R and an evaluation window E, the counterfactual is
Y_R · N_E / N_R (ratio) or Y_R + (N_E − N_R) (difference): a difference-in-differences with one treated series, in logs
or in levels. All uncertainty is in that counterfactual, so inference asks what the same comparison finds in units that
had no intervention (Abadie, Diamond & Hainmueller 2010, doi:10.1198/jasa.2009.ap08746, section 2.3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal

from effekt._calendar import Window, period_label
from effekt._inference import Inference, Means, Placebos, Unavailable
from effekt._text import Text
from effekt._types import PERIODS, Missing, Period, Table
from effekt._validation import check_option, join_words
from effekt.estimators._windows import (
    ADJUSTMENTS,
    Adjustment,
    Comparison,
    Design,
    Panel,
    WindowMean,
    check_complete,
    check_positive,
    check_positive_placebos,
    check_weights,
    check_windows,
    distribution,
    read_panel,
)
from effekt.exceptions import ArgumentError
from effekt.result import Diagnostic, EffectEstimate, ExactMeans, Note, Observed, OutcomePath, Sample
from effekt.roles import Estimand, Outcome, as_outcome
from effekt.tables import as_label

EXACT_DIGITS = 2000  # of a numerator or denominator; Python writes no integer above 4,300 digits


def trend_adjusted(
    data: Table,
    *,
    outcome: str | tuple[str, str] | Outcome,
    unit: str,
    time: str,
    period: Period,
    treated: str | int | Sequence[str | int],
    reference_window: tuple[Any, Any],
    evaluation_window: tuple[Any, Any],
    comparator: str | int | Sequence[str | int] | None,
    weights: Literal["denominator"] | None,
    adjustment: Adjustment = "ratio",
    mean: WindowMean = "ratio_of_sums",
    inference: Literal["placebo", "none"] = "placebo",
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
    period : {"month", "quarter", "tertial", "year"}
        What one row covers; a tertial is four months.
    treated : label or list of labels
        Units with the intervention; several are pooled.
    reference_window, evaluation_window : (first, last)
        Inclusive, such as ``("2016-01", "2018-12")`` or ``(2016, 2018)``.
    comparator : label, list of labels, "others" or None
        A published series, named units, or every other unit. None only with ``adjustment="none"``.
    weights : {"denominator"} or None
        Pool comparator units as a ratio of sums, or take the plain mean of the units.
    adjustment : {"ratio", "difference", "none"}
        Counterfactual = reference × trend, reference + change, or the reference itself (*before–after, not an effect*).
    mean : {"ratio_of_sums", "mean_of_periods"}
        A window's mean: Σ numerator / Σ denominator, or the plain mean of its periods.
    inference : {"placebo", "none"}
        Placebo: every comparator unit as pseudo-treated against the rest of them; with a published series as
        comparator, every other unit against that series. Errors are on the log scale for "ratio" and on the outcome's
        for "difference".
    missing : {"raise", "drop"}
        What to do with rows that lack a used value.

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
        For unknown labels, overlapping windows, or a comparator that holds a treated unit.

    Notes
    -----
    Assumes that without the intervention the treated units would have followed the comparator's trend (in proportion,
    or in parallel); that the comparator is not touched by the intervention; that what is recorded did not change; and,
    for the placebo p-value, that the treated unit was not chosen for its reference level.

    References
    ----------
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
    measured = as_outcome(outcome)
    for name, value, choices in (
        ("adjustment", adjustment, ADJUSTMENTS),
        ("mean", mean, ("ratio_of_sums", "mean_of_periods")),
        ("inference", inference, ("placebo", "none")),
        ("period", period, PERIODS),
    ):
        check_option(name, value, choices)
    check_weights(weights, measured)
    windows = check_windows(reference_window, evaluation_window, period)
    panel, n_dropped = read_panel(data, measured, unit, time, period, mean, missing)
    treated_units = _known(treated, "treated", panel)
    comparator_units = _comparator(comparator, adjustment, treated_units, panel)
    design = Design(
        panel=panel,
        reference=windows[0],
        evaluation=windows[1],
        weighted=weights == "denominator",
        adjustment=adjustment,
    )
    check_complete(design, {"the treated units": treated_units, "the comparator": comparator_units})
    found = design.compare(treated_units, comparator_units)
    check_positive(found, adjustment)
    placebos = _placebos(design, treated_units, comparator_units) if inference == "placebo" else ()
    counterfactual = found.counterfactual(adjustment)
    return EffectEstimate(
        means=Means(treated=float(found.evaluation), counterfactual=float(counterfactual)),
        exact=_exact_means(found.evaluation, counterfactual),
        inference=_inference(placebos, inference, adjustment),
        estimand=_estimand(treated_units, design),
        outcome=measured,
        method="trend_adjusted",
        variance="placebo/1" if placebos else "none/1",
        sample=_sample(design, treated_units, comparator_units, n_dropped),
        observed=Observed(treated=float(found.evaluation), control=float(found.comparator_evaluation)),
        arguments={
            "outcome": {"column": measured.column, "unit": measured.unit, "better": measured.better},
            "unit": unit,
            "time": time,
            "period": period,
            "treated": list(treated_units),
            "reference_window": [as_label(end) for end in reference_window],
            "evaluation_window": [as_label(end) for end in evaluation_window],
            "comparator": comparator if comparator in ("others", None) else list(comparator_units),
            "weights": weights,
            "adjustment": adjustment,
            "mean": mean,
            "inference": inference,
            "missing": missing,
        },
        diagnostics=_diagnostics(found, adjustment, placebos),
        notes=_notes(adjustment, comparator_units, comparator),
        path=_path(design, treated_units, comparator_units, found),
    )


def _known(labels: object, argument: str, panel: Panel) -> tuple[str, ...]:
    listed = labels if isinstance(labels, (list, tuple)) else [labels]
    names = tuple(dict.fromkeys(as_label(label) for label in listed))
    unknown = [name for name in names if name not in panel.units]
    if not names:
        raise ArgumentError(f"`{argument}` must name at least one unit that is in the data; got none.")
    if unknown:
        raise ArgumentError(
            f"`{argument}` must name units that are in the data; {unknown[0]!r} is not there."
            f"{_same_letters(unknown[0], panel.units)}"
        )
    return names


def _same_letters(label: str, units: Sequence[str]) -> str:
    """The unit that differs from the label in case or spaces alone: other units' names belong in no message."""
    same = [unit for unit in units if unit.strip().casefold() == label.strip().casefold()]
    return f" Did you mean {same[0]!r}?" if same else " Check the spelling."


def _comparator(comparator: object, adjustment: Adjustment, treated: tuple[str, ...], panel: Panel) -> tuple[str, ...]:
    if adjustment == "none":
        if comparator is not None:
            raise ArgumentError(
                "`comparator` must be None when adjustment='none', which compares with nothing; pass comparator=None, "
                "or adjustment='ratio' or 'difference'."
            )
        return ()
    if comparator is None:
        raise ArgumentError(
            f"`comparator` must be named when adjustment={adjustment!r}; give a label, a list of labels or 'others', "
            "or pass adjustment='none' for a before–after comparison."
        )
    if comparator != "others":
        names = _known(comparator, "comparator", panel)
        both = [name for name in names if name in treated]
        if both:
            raise ArgumentError(
                f"`comparator` must not hold a treated unit; {both[0]!r} is treated. Take it out of the comparator."
            )
        return names
    if "others" in panel.units:
        raise ArgumentError("`comparator` 'others' is also the name of a unit; list the comparator's units instead.")
    others = tuple(name for name in panel.units if name not in treated)
    if not others:
        raise ArgumentError(
            "`comparator` 'others' needs at least one unit that is not treated; there is none. Name fewer treated "
            "units, or add comparison units to the data."
        )
    return others


def _placebos(design: Design, treated: Sequence[str], comparator: Sequence[str]) -> tuple[Comparison, ...]:
    """Each comparator unit against the rest; with one published series, each other unit against that series."""
    if len(comparator) > 1:
        found = design.compare_each(comparator)
    else:
        others = [name for name in design.panel.units if name not in (*treated, *comparator)]
        complete = [one for one in others if not _gaps(design, one)]
        found = [design.compare((one,), comparator) for one in complete] if comparator else []
    check_positive_placebos(found, design.adjustment, "Use adjustment='difference', or inference='none'.")
    return tuple(found)


def _exact_means(treated: Fraction, counterfactual: Fraction) -> ExactMeans | None:
    longest = max(abs(part) for mean in (treated, counterfactual) for part in (mean.numerator, mean.denominator))
    return ExactMeans(treated=treated, counterfactual=counterfactual) if longest < 10**EXACT_DIGITS else None


def _gaps(design: Design, unit: str) -> bool:
    return any(design.panel.missing((unit,), window) for window in (design.reference, design.evaluation))


def _inference(placebos: Sequence[Comparison], inference: str, adjustment: Adjustment) -> Inference:
    if adjustment == "none":
        return Unavailable(
            reason=Text(
                en="A before–after comparison has no comparison units, so nothing says what would have happened.",
                sv="En före–efter-jämförelse har inga jämförelseenheter, så inget visar vad som ändå hade hänt.",
            )
        )
    if inference == "none":
        return Unavailable(reason=Text(en="Inference was not asked for.", sv="Ingen osäkerhetsberäkning har begärts."))
    if not placebos:
        return Unavailable(
            reason=Text(
                en="Besides the comparator there is no unit without the intervention to serve as placebo.",
                sv="Utöver jämförelsen finns ingen enhet utan insatsen som kan tjäna som placebo.",
            )
        )
    if adjustment == "ratio":
        errors = [math.log1p(p.evaluation / p.counterfactual("ratio") - 1) for p in placebos]
        return Placebos(errors=tuple(sorted(errors)), scale="log")
    errors = [float(p.evaluation - p.counterfactual("difference")) for p in placebos]
    return Placebos(errors=tuple(sorted(errors)), scale="linear")


def _estimand(treated: Sequence[str], design: Design) -> Estimand:
    names = join_words(treated, "and")
    sv_names = join_words(treated, "och")
    first, last = str(design.evaluation).split(" to ")
    return Estimand(
        name="before_after" if design.adjustment == "none" else "ATT",
        population=Text(en=f"{names}, {first} to {last}", sv=f"{sv_names}, {first} till {last}"),
    )


def _sample(design: Design, treated: Sequence[str], comparator: Sequence[str], n_dropped: int) -> Sample:
    units = len(treated) + len(comparator)
    periods = len(design.reference.numbers()) + len(design.evaluation.numbers())
    return Sample(
        n_obs=units * periods,
        n_units=units,
        n_treated=len(treated),
        n_control=len(comparator),
        n_dropped=n_dropped,
    )


def _diagnostics(found: Comparison, adjustment: Adjustment, placebos: Sequence[Comparison]) -> tuple[Diagnostic, ...]:
    diagnostics = [_readings(found, adjustment)]
    if len(placebos) > 1:
        diagnostics.append(distribution(placebos, adjustment, (), None))
    return tuple(diagnostics)


def _readings(found: Comparison, adjustment: Adjustment) -> Diagnostic:
    """The relative change under each reading of "trend-adjusted", where it has one; before–after has no other."""
    values: dict[str, float | int | str | None] = {"paying": adjustment}
    for reading in ADJUSTMENTS if adjustment != "none" else (adjustment,):
        counterfactual = found.counterfactual(reading) if reading != "ratio" or found.comparator_reference > 0 else 0
        if counterfactual > 0:
            values[f"relative_{reading}"] = float(found.evaluation / counterfactual - 1)
    return Diagnostic(
        name="adjustment_readings",
        status="information",
        statement=Text(
            en="The relative change under each reading of the trend adjustment; only the declared one counts.",
            sv="Den relativa förändringen enligt varje läsning av trendjusteringen; bara den avtalade gäller.",
        ),
        values=values,
    )


def _notes(adjustment: Adjustment, comparator_units: Sequence[str], comparator: object) -> tuple[Note, ...]:
    notes = []
    if adjustment == "none":
        notes.append(
            Note(
                code="before_after",
                text=Text(
                    en="Before–after, not an effect: nothing separates the intervention from all else that changed.",
                    sv="Före–efter, inte en effekt: inget skiljer insatsen från allt annat som förändrades.",
                ),
            )
        )
    if len(comparator_units) == 1 and comparator != "others":
        notes.append(
            Note(
                code="comparator_series",
                text=Text(
                    en="The comparator is one series; if it includes the treated units, the effect is understated by "
                    "about their share of it.",
                    sv="Jämförelsen är en enda serie; om den innehåller de behandlade enheterna underskattas effekten "
                    "med ungefär deras andel av den.",
                ),
            )
        )
    return tuple(notes)


def _path(design: Design, treated: Sequence[str], comparator: Sequence[str], found: Comparison) -> OutcomePath:
    """Treated outcome by period, and the counterfactual as the same rule gives it period by period."""
    panel, period = design.panel, design.panel.period
    span = range(design.reference.first, design.evaluation.last + 1)
    shown = [t for t in span if all((name, t) in panel.numerators for name in treated)]
    counterfactual = [_counterfactual_at(design, comparator, found, t) for t in shown]
    return OutcomePath(
        periods=tuple(period_label(t, period) for t in shown),
        treated=tuple(float(panel.pooled(treated, Window(first=t, last=t, period=period))) for t in shown),
        counterfactual=tuple(counterfactual),
        reference=(period_label(design.reference.first, period), period_label(design.reference.last, period)),
        evaluation=(period_label(design.evaluation.first, period), period_label(design.evaluation.last, period)),
    )


def _counterfactual_at(design: Design, comparator: Sequence[str], found: Comparison, t: int) -> float | None:
    panel = design.panel
    if any((name, t) not in panel.numerators for name in comparator):
        return None
    if not comparator:
        return float(found.reference)
    at = Window(first=t, last=t, period=panel.period)
    now = panel.pooled(comparator, at) if design.weighted else panel.mean_of_units(comparator, at)
    moved = Comparison(
        reference=found.reference,
        evaluation=found.evaluation,
        comparator_reference=found.comparator_reference,
        comparator_evaluation=now,
    )
    return float(moved.counterfactual(design.adjustment))
