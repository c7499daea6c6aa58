"""One unit or group compared with its comparator: the four window means and the counterfactual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from effekt.diagnostics import placebo_distribution
from effekt.estimators.trend.panel import Panel
from effekt.estimators.trend.spans import Span
from effekt.result import Diagnostic

Adjustment: TypeAlias = Literal["ratio", "difference", "none"]
ADJUSTMENTS: tuple[Adjustment, ...] = ("ratio", "difference", "none")


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
    reference: Span
    evaluation: Span
    weighted: bool
    adjustment: Adjustment

    def compare(self, units: Sequence[str], comparator: Sequence[str]) -> Comparison:
        """The four window means of units against a comparator (none: themselves, before and after)."""
        means = self.panel.pooled if self.weighted else self.panel.mean_of_units
        reference = self.panel.pooled(units, self.reference.times)
        return Comparison(
            reference=reference,
            evaluation=self.panel.pooled(units, self.evaluation.times),
            comparator_reference=means(comparator, self.reference.times) if comparator else reference,
            comparator_evaluation=means(comparator, self.evaluation.times) if comparator else reference,
        )

    def compare_each(self, units: Sequence[str]) -> list[Comparison]:
        """Each unit as if it were the treated one, against the rest of them."""
        rest = [self.panel.without_each(units, span.times, self.weighted) for span in (self.reference, self.evaluation)]
        return [
            Comparison(
                reference=self.panel.pooled((unit,), self.reference.times),
                evaluation=self.panel.pooled((unit,), self.evaluation.times),
                comparator_reference=before,
                comparator_evaluation=after,
            )
            for unit, before, after in zip(units, *rest, strict=True)
        ]


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
