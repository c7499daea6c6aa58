"""What ranks are taken of, as fractions, so that which of two statistics is the larger is no matter of rounding.

Outcomes are the decimals a reader sees, so that differences and ratios of their means are fractions, and so is a null.
Floats tell the larger of two statistics that are apart; where they are near, it is asked of the fractions. On the log
scale |log r| ≥ |log q| is max(r, 1/r) ≥ max(q, 1/q), so that no logarithm is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from effekt._exact import exact
from effekt._inference.sets import NO_EFFECT
from effekt._types import Alternative, BoolArray, Contrast, FloatArray

NEAR = 1e-9  # statistics nearer than this, relative to the means they come from, are compared as fractions
Scale: TypeAlias = Literal["linear", "log"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactErrors:
    """Errors of placebos as fractions, and the means of the treated whose error is ranked among them.

    Attributes
    ----------
    errors : tuple of Fraction
        In the order of the floats: differences, or on the log scale the ratios whose logarithms those are.
    treated, counterfactual : Fraction
    """

    errors: tuple[Fraction, ...]
    treated: Fraction
    counterfactual: Fraction

    def as_extreme(
        self, near: BoolArray, scale: Scale, contrast: Contrast, null: float, alternative: Alternative
    ) -> list[bool]:
        """Which of some errors are at least as extreme as that of the treated beside a null."""
        own = self._beside(scale, contrast, null)
        large = _larger_ratio if scale == "log" else abs
        found = [self.errors[i] for i in np.flatnonzero(near).tolist()]
        if alternative == "two-sided":
            return [large(one) >= large(own) for one in found]
        return [one >= own if alternative == "greater" else one <= own for one in found]

    def rescale(self, factor: float, scale: Scale) -> ExactErrors:
        """The same in a unit `factor` times as fine."""
        times = exact(factor)
        errors = self.errors if scale == "log" else tuple(one * times for one in self.errors)
        return ExactErrors(errors=errors, treated=self.treated * times, counterfactual=self.counterfactual * times)

    def estimate(self, contrast: Contrast) -> Fraction:
        """What is estimated, at which there is no error."""
        if contrast == "difference":
            return self.treated - self.counterfactual
        return self.treated / self.counterfactual

    def _beside(self, scale: Scale, contrast: Contrast, null: float) -> Fraction:
        """The error of the treated where the null is what was caused; the estimate as a float is the estimate."""
        value, treated = exact(null), self.treated
        if null != NO_EFFECT[contrast] and null == float(own := self.estimate(contrast)):
            value = own
        if scale == "linear":
            caused = value if contrast == "difference" else treated - treated / value
            return treated - self.counterfactual - caused
        ratio = value if contrast == "ratio" else treated / (treated - value)
        return treated / self.counterfactual / ratio


def _larger_ratio(value: Fraction) -> Fraction:
    return max(value, 1 / value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactDraws:
    """The statistic under re-drawn assignments as fractions, and what those of the actual assignment are.

    Attributes
    ----------
    statistics, exposures : tuple of Fraction
        In the order of the floats.
    estimate, mean_outcome, share_treated : Fraction
    """

    statistics: tuple[Fraction, ...]
    exposures: tuple[Fraction, ...]
    estimate: Fraction
    mean_outcome: Fraction
    share_treated: Fraction

    def __post_init__(self) -> None:
        """Equal fractions are one object, by which those already compared are known."""
        known: dict[tuple[int, int], Fraction] = {}
        for name in ("statistics", "exposures"):
            kept = tuple(known.setdefault((one.numerator, one.denominator), one) for one in getattr(self, name))
            object.__setattr__(self, name, kept)

    def effect(self, contrast: Contrast, null: float) -> Fraction | None:
        """The constant effect that a null is; None of a ratio that lies beyond all of them."""
        if null == NO_EFFECT[contrast]:
            return Fraction(0)
        value = exact(null)
        if contrast == "difference":
            return value
        slope = 1 + (value - 1) * self.share_treated
        return (value - 1) * self.mean_outcome / slope if slope > 0 else None

    def as_extreme(self, near: BoolArray, effect: Fraction, alternative: Alternative) -> list[bool]:
        """Which of some assignments are at least as extreme as the actual one."""
        own = self.estimate - effect
        extreme: Callable[[Fraction], bool] = {
            "two-sided": lambda one: abs(one) >= abs(own),
            "greater": lambda one: one >= own,
            "less": lambda one: one <= own,
        }[alternative]
        known: dict[tuple[int, int], bool] = {}
        found = []
        for i in np.flatnonzero(near).tolist():
            a, b = self.statistics[i], self.exposures[i]
            key = id(a), id(b)
            if key not in known:
                known[key] = extreme(a - effect * b)
            found.append(known[key])
        return found

    def rescale(self, factor: float) -> ExactDraws:
        """The same in a unit `factor` times as fine."""
        times = exact(factor)
        return replace(
            self,
            statistics=tuple(one * times for one in self.statistics),
            estimate=self.estimate * times,
            mean_outcome=self.mean_outcome * times,
        )


def near_one_another(drawn: FloatArray, observed: float, alternative: Alternative, size: float) -> BoolArray:
    """Which statistics are too near the observed one for floats to tell which is the larger."""
    if alternative == "two-sided":
        drawn, observed = np.abs(drawn), abs(observed)
    return np.asarray(np.abs(drawn - observed) <= NEAR * max(abs(observed), size))
