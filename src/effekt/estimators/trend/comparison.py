"""One unit or group compared with its comparator: the four window means and the counterfactual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from effekt._validation import plural
from effekt.diagnostics import placebo_distribution
from effekt.estimators.trend.panel import Panel, total, total_pair
from effekt.estimators.trend.spans import Span
from effekt.exceptions import DataError
from effekt.result import Diagnostic

Adjustment: TypeAlias = Literal["ratio", "difference", "none"]
Trend: TypeAlias = Literal["ratio_of_means", "mean_of_ratios"]
ADJUSTMENTS: tuple[Adjustment, ...] = ("ratio", "difference", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One unit or group against its comparator: the four window means, and the trend where it is a mean of ratios."""

    reference: Fraction
    evaluation: Fraction
    comparator_reference: Fraction
    comparator_evaluation: Fraction
    trend: Fraction | None = None

    def counterfactual(self, adjustment: Adjustment) -> Fraction:
        """Reference × N_E/N_R or × the mean of such ratios, reference + (N_E − N_R), or the reference itself."""
        if adjustment == "ratio" and self.trend is not None:
            return self.reference * self.trend
        if adjustment == "ratio":
            return self.reference * self.comparator_evaluation / self.comparator_reference
        if adjustment == "difference":
            return self.reference + (self.comparator_evaluation - self.comparator_reference)
        return self.reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The choices that move the number."""

    panel: Panel
    reference: Span
    evaluation: Span
    weighted: bool
    adjustment: Adjustment
    trend: Trend = "ratio_of_means"

    def compare(self, units: Sequence[str], comparator: Sequence[str]) -> Comparison:
        """The four window means of units against a comparator (none: themselves, before and after)."""
        means = self.panel.pooled if self.weighted else self.panel.mean_of_units
        reference = self.panel.pooled(units, self.reference.times)
        return Comparison(
            reference=reference,
            evaluation=self.panel.pooled(units, self.evaluation.times),
            comparator_reference=means(comparator, self.reference.times) if comparator else reference,
            comparator_evaluation=means(comparator, self.evaluation.times) if comparator else reference,
            trend=self.mean_ratio(comparator, self.evaluation.times),
        )

    def ratios(self, comparator: Sequence[str], times: Sequence[int]) -> list[Fraction]:
        """Of each comparator unit, its mean over `times` to its mean in the reference."""
        means = self.references(comparator)
        return [self.panel.pooled((unit,), times) / mean for unit, mean in zip(comparator, means, strict=True)]

    def references(self, comparator: Sequence[str]) -> list[Fraction]:
        """The reference mean of each comparator unit, which a ratio to it needs above zero."""
        means = [self.panel.pooled((unit,), self.reference.times) for unit in comparator]
        bad = sum(mean <= 0 for mean in means)
        if bad:
            raise DataError(
                "The reference mean of every comparator unit must be above zero for trend='mean_of_ratios'; for "
                f"{bad} of {plural(len(means), 'unit')} it is not. Use trend='ratio_of_means', or "
                "adjustment='difference'."
            )
        return means

    def mean_ratio(
        self, comparator: Sequence[str], times: Sequence[int], references: Sequence[Fraction] | None = None
    ) -> Fraction | None:
        """The plain mean of these ratios, where that is the declared trend; `references` when they are known."""
        if self.trend != "mean_of_ratios":
            return None
        p, q = self.panel.scale.numerator, self.panel.scale.denominator
        ratios = [
            (above * p * mean.denominator, below * q * mean.numerator)
            for (above, below), mean in zip(
                (self.panel.pair((unit,), times) for unit in comparator),
                self.references(comparator) if references is None else references,
                strict=True,
            )
        ]
        above, below = total_pair(ratios)
        return Fraction(above, below * len(comparator))

    def compare_each(self, units: Sequence[str]) -> list[Comparison]:
        """Each unit as if it were the treated one, against the rest of them."""
        trends: list[Fraction | None] = [None] * len(units)
        if self.trend == "mean_of_ratios":
            own = self.ratios(units, self.evaluation.times)
            together = total(own)
            trends = [(together - ratio) / (len(units) - 1) for ratio in own]
        rest = [self.panel.without_each(units, span.times, self.weighted) for span in (self.reference, self.evaluation)]
        return [
            Comparison(
                reference=self.panel.pooled((unit,), self.reference.times),
                evaluation=self.panel.pooled((unit,), self.evaluation.times),
                comparator_reference=before,
                comparator_evaluation=after,
                trend=trend,
            )
            for unit, before, after, trend in zip(units, *rest, trends, strict=True)
        ]


def relative_change(design: Design, found: Comparison) -> float | None:
    """The relative change; None where the counterfactual is not above zero."""
    if design.adjustment == "ratio" and found.comparator_reference <= 0:
        return None
    counterfactual = found.counterfactual(design.adjustment)
    return float(found.evaluation / counterfactual - 1) if counterfactual > 0 else None


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
