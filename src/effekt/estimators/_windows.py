"""Exact window means of a unit × period panel, and one unit compared with its comparator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from effekt._calendar import Window, parse_window, period_label
from effekt._exact import scaled_integers
from effekt._types import Missing, Period, Table
from effekt._validation import join_words, plural
from effekt.diagnostics import placebo_distribution
from effekt.exceptions import ArgumentError, DataError, IncompleteWindowError
from effekt.result import Diagnostic
from effekt.roles import Outcome
from effekt.tables import as_table

Adjustment: TypeAlias = Literal["ratio", "difference", "none"]
WindowMean: TypeAlias = Literal["ratio_of_sums", "mean_of_periods"]
ADJUSTMENTS: tuple[Adjustment, ...] = ("ratio", "difference", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Exact cells of a unit × period panel.

    `numerators` and `denominators` map (unit, period) to integers; a value is numerator / denominator · `scale`.
    """

    units: tuple[str, ...]
    numerators: dict[tuple[str, int], int]
    denominators: dict[tuple[str, int], int]
    scale: Fraction
    mean: WindowMean
    period: Period

    def missing(self, units: Iterable[str], window: Window) -> tuple[str, ...]:
        """Labels of the window's periods that some of the units lack."""
        absent = {t for unit in units for t in window.numbers() if (unit, t) not in self.numerators}
        return tuple(period_label(t, self.period) for t in sorted(absent))

    def sums(self, units: Sequence[str], window: Window) -> list[tuple[int, int]]:
        """(Σ numerator, Σ denominator) over the units: one pair for the window, or one a period under that mean."""
        whole = self.mean == "ratio_of_sums"
        parts = [window.numbers()] if whole else [range(t, t + 1) for t in window.numbers()]
        cells = [[(unit, t) for t in part for unit in units] for part in parts]
        return [(sum(self.numerators[at] for at in part), sum(self.denominators[at] for at in part)) for part in cells]

    def mean_of(self, sums: Sequence[tuple[int, int]]) -> Fraction:
        """The mean of the ratios of such sums."""
        return _mean([Fraction(numerator, denominator) for numerator, denominator in sums]) * self.scale

    def pooled(self, units: Sequence[str], window: Window) -> Fraction:
        """Window mean of units taken together."""
        return self.mean_of(self.sums(units, window))

    def mean_of_units(self, units: Sequence[str], window: Window) -> Fraction:
        """Plain mean over units of their window means."""
        return _mean([self.pooled((unit,), window) for unit in units])

    def without_each(self, units: Sequence[str], window: Window, weighted: bool) -> list[Fraction]:
        """The units' comparator mean without each of them in turn: the total less the unit's own part."""
        if not weighted:
            own = [self.pooled((unit,), window) for unit in units]
            total = sum(own, Fraction(0))
            return [(total - value) / (len(units) - 1) for value in own]
        together = self.sums(units, window)
        return [
            self.mean_of([(n - own_n, d - own_d) for (n, d), (own_n, own_d) in zip(together, own, strict=True)])
            for own in (self.sums((unit,), window) for unit in units)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One unit or group against its comparator: the four window means."""

    reference: Fraction
    evaluation: Fraction
    comparator_reference: Fraction
    comparator_evaluation: Fraction

    def counterfactual(self, adjustment: Adjustment) -> Fraction:
        """Reference × N_E/N_R, reference + (N_E − N_R), or the reference itself."""
        if adjustment == "ratio":
            return self.reference * self.comparator_evaluation / self.comparator_reference
        if adjustment == "difference":
            return self.reference + (self.comparator_evaluation - self.comparator_reference)
        return self.reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The choices that move the number."""

    panel: Panel
    reference: Window
    evaluation: Window
    weighted: bool
    adjustment: Adjustment

    def compare(self, units: Sequence[str], comparator: Sequence[str]) -> Comparison:
        """The four window means of units against a comparator (none: themselves, before and after)."""
        means = self.panel.pooled if self.weighted else self.panel.mean_of_units
        reference = self.panel.pooled(units, self.reference)
        return Comparison(
            reference=reference,
            evaluation=self.panel.pooled(units, self.evaluation),
            comparator_reference=means(comparator, self.reference) if comparator else reference,
            comparator_evaluation=means(comparator, self.evaluation) if comparator else reference,
        )

    def compare_each(self, units: Sequence[str]) -> list[Comparison]:
        """Each unit as if it were the treated one, against the rest of them."""
        rest = [self.panel.without_each(units, window, self.weighted) for window in (self.reference, self.evaluation)]
        return [
            Comparison(
                reference=self.panel.pooled((unit,), self.reference),
                evaluation=self.panel.pooled((unit,), self.evaluation),
                comparator_reference=before,
                comparator_evaluation=after,
            )
            for unit, before, after in zip(units, *rest, strict=True)
        ]


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def check_weights(weights: object, outcome: Outcome) -> None:
    """Refuse weights other than "denominator" or None, and a denominator that is not there."""
    if weights not in ("denominator", None):
        raise ArgumentError(f"`weights` must be 'denominator' or None; got {weights!r}.")
    if weights == "denominator" and len(outcome.columns) == 1:
        raise ArgumentError(
            "`weights` can be 'denominator' only with an outcome given as (numerator, denominator); give both columns, "
            "or weights=None."
        )


def check_windows(reference: object, evaluation: object, period: Period) -> tuple[Window, Window]:
    """Both windows, the evaluation after the reference."""
    first = parse_window("reference_window", reference, period)
    second = parse_window("evaluation_window", evaluation, period)
    if second.first <= first.last:
        raise ArgumentError(f"`evaluation_window` ({second}) must start after `reference_window` ({first}) ends.")
    return first, second


def read_panel(
    data: Table, outcome: Outcome, unit: str, time: str, period: Period, mean: WindowMean, missing: Missing
) -> tuple[Panel, int]:
    """The panel in exact integers, and the number of rows dropped."""
    rows = as_table(data).select(labels=(unit,), periods={time: period}, numbers=outcome.columns, missing=missing)
    rows.refuse_repeats((unit, time), "Remove the repeated rows, or add them up.")
    labels = rows.labels[unit]
    keys = [(labels.names[code], int(t)) for code, t in zip(labels.codes, rows.periods[time], strict=True)]
    numerators, numerator_scale = scaled_integers(rows.numbers[outcome.columns[0]])
    denominators, denominator_scale = [1] * len(keys), 1
    if len(outcome.columns) == 2:
        column = outcome.columns[1]
        rows.refuse(rows.numbers[column] <= 0, column, "must hold positive denominators", "Correct the data.")
        denominators, denominator_scale = scaled_integers(rows.numbers[column])
    panel = Panel(
        units=labels.names,
        numerators=dict(zip(keys, numerators, strict=True)),
        denominators=dict(zip(keys, denominators, strict=True)),
        scale=Fraction(denominator_scale, numerator_scale),
        mean=mean,
        period=period,
    )
    return panel, rows.n_dropped


def check_complete(design: Design, roles: Mapping[str, Sequence[str]]) -> None:
    """Refuse windows in which a unit of some role lacks a period, naming all such periods."""
    windows = (("reference_window", design.reference), ("evaluation_window", design.evaluation))
    gaps = {
        (f"`{name}` ({window})", role): absent
        for name, window in windows
        for role, units in roles.items()
        if (absent := design.panel.missing(units, window))
    }
    if not gaps:
        return
    missing = tuple(sorted({period for absent in gaps.values() for period in absent}))
    shown = join_words(missing if len(missing) <= 12 else (*missing[:12], f"{len(missing) - 12} more"), "and")
    raise IncompleteWindowError(
        f"{join_words(dict.fromkeys(window for window, _ in gaps), 'and')} must be complete for "
        f"{join_words(dict.fromkeys(role for _, role in gaps), 'and')}; {plural(len(missing), design.panel.period)} "
        f"missing: {shown}. Wait for the data, or declare another window.",
        missing,
    )


def check_positive(found: Comparison, adjustment: Adjustment) -> None:
    """Refuse means that a ratio cannot use."""
    if adjustment != "ratio":
        return
    for name, value in (
        ("reference mean of the treated units", found.reference),
        ("evaluation mean of the treated units", found.evaluation),
        ("reference mean of the comparator", found.comparator_reference),
        ("evaluation mean of the comparator", found.comparator_evaluation),
    ):
        if value <= 0:
            raise DataError(
                f"The {name} must be above zero for adjustment='ratio', and it is not. Correct the data, or use "
                "adjustment='difference'."
            )


def check_positive_placebos(found: Sequence[Comparison], adjustment: Adjustment, remedy: str) -> None:
    """Refuse placebos whose errors have no logarithm."""
    bad = sum(
        min(one.reference, one.evaluation, one.comparator_reference, one.comparator_evaluation) <= 0 for one in found
    )
    if adjustment == "ratio" and bad:
        raise DataError(
            f"The window means of every placebo unit and of its comparator must be above zero for adjustment='ratio'; "
            f"for {bad} of {plural(len(found), 'unit')} some mean is not. {remedy}"
        )


def distribution(
    found: Sequence[Comparison], adjustment: Adjustment, labels: Sequence[str], threshold: float | None
) -> Diagnostic:
    """The placebo distribution of these comparisons."""
    return placebo_distribution(
        treated=np.array([float(one.evaluation) for one in found]),
        counterfactual=np.array([float(one.counterfactual(adjustment)) for one in found]),
        reference=np.array([float(one.reference) for one in found]),
        labels=labels,
        threshold=threshold,
    )
