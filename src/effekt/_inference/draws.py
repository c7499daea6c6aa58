"""Inference from joint draws of the two means: bootstrap or posterior."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from effekt._inference.sets import NO_EFFECT, ConfidenceSet, Means, refuse_without_event
from effekt._types import Alternative, Contrast, FloatArray
from effekt.exceptions import ArgumentError, InferenceUnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """Joint bootstrap or posterior draws of the two means; intervals are type-7 quantiles of the view's draws."""

    treated: tuple[float, ...]
    counterfactual: tuple[float, ...]
    scheme: str

    def __post_init__(self) -> None:
        if len(self.treated) != len(self.counterfactual) or len(self.treated) < 2:
            raise ArgumentError("`treated` and `counterfactual` must hold draws of one length, at least 2.")

    def p_value(self, means: Means, contrast: Contrast, null: float, alternative: Alternative) -> float:
        """The α at which the type-7 quantile interval ends at the null; never below 1/(R + 1)."""
        if null != NO_EFFECT[contrast]:
            refuse_without_event(contrast == "ratio" and self._without_event(means))
        below, above = self._shares(means, contrast, null)
        tail = {"greater": below, "less": above, "two-sided": min(1.0, 2 * min(below, above))}[alternative]
        return max(tail, 1 / (len(self.treated) + 1))

    def confidence_set(
        self, means: Means, contrast: Contrast, alpha: Fraction, alternative: Alternative
    ) -> ConfidenceSet:
        """Type-7 quantiles of the draws."""
        if alpha * (len(self.treated) + 1) < 1:
            raise InferenceUnavailableError(
                f"{len(self.treated)} draws are too few for an interval at level {float(1 - alpha):g}.",
                f"{len(self.treated)} dragningar är för få för ett intervall på den begärda nivån.",
            )
        refuse_without_event(contrast == "ratio" and self._without_event(means))
        tail = float(alpha) / (2 if alternative == "two-sided" else 1)
        low, high = np.quantile(self._contrast(contrast), [tail, 1 - tail])
        low = -math.inf if alternative == "less" else float(low)
        high = math.inf if alternative == "greater" else float(high)
        return ConfidenceSet(intervals=((low, high),), level=float(1 - alpha), alternative=alternative)

    def std_error(self, means: Means, contrast: Contrast) -> float | None:
        """Standard deviation (ddof 1) of the draws; None where a draw has no ratio, or no draw an event."""
        if contrast == "ratio" and (min(self.counterfactual) <= 0 or self._without_event(means)):
            return None
        return float(np.std(self._contrast(contrast), ddof=1))

    def df_of(self, contrast: Contrast) -> None:
        """None: draws have no degrees of freedom."""

    def rescale(self, factor: float) -> Draws:
        """The same inference in a unit `factor` times as fine."""
        treated, counterfactual = (tuple(v * factor for v in side) for side in (self.treated, self.counterfactual))
        return replace(self, treated=treated, counterfactual=counterfactual)

    def _without_event(self, means: Means) -> bool:
        return means.without_event(max(map(abs, self.treated)))

    def _contrast(self, contrast: Contrast) -> FloatArray:
        t, c = np.asarray(self.treated), np.asarray(self.counterfactual)
        if contrast == "ratio" and np.any(c <= 0):
            raise InferenceUnavailableError(
                "A ratio has no interval: some draws of the counterfactual are not positive.",
                "En kvot har inget intervall: det kontrafaktiska värdet är inte positivt i alla dragningar.",
            )
        return np.asarray(t - c if contrast == "difference" else t / c)

    def _shares(self, means: Means, contrast: Contrast, null: float) -> tuple[float, float]:
        """Shares of draws below and above the null, interpolated as type-7 quantiles are."""
        draws = np.sort(self._contrast("difference" if null == NO_EFFECT[contrast] else contrast))
        null = 0.0 if null == NO_EFFECT[contrast] else null
        last = len(draws) - 1
        right, left = int(np.searchsorted(draws, null, "right")), int(np.searchsorted(draws, null, "left"))
        if right == 0 or left > last:
            return (0.0, 1.0) if right == 0 else (1.0, 0.0)
        if right > left:
            return (right - 1) / last, 1 - left / last
        position = (left - 1 + (null - draws[left - 1]) / (draws[left] - draws[left - 1])) / last
        return float(position), float(1 - position)
