"""Exact inference for the ratio of two Poisson rates: the counts given their sum.

With counts X₁ ~ Poisson(λ₁t₁) and X₀ ~ Poisson(λ₀t₀), X₁ given X₁ + X₀ = N is binomial (N, ρt₁/(ρt₁ + t₀)) whatever the
rates are, where ρ = λ₁/λ₀ (Przyborowski & Wilenski 1940, doi:10.1093/biomet/31.3-4.313). The p of a null ρ is a tail of
that binomial, the two-sided one twice the smaller tail and at most 1 (central), and the set is every ρ with p > α: the
interval of Clopper & Pearson (1934, doi:10.1093/biomet/26.4.404) in the share π, as ρ = π/(1 − π) · t₀/t₁. Without an
event among the treated it begins at 0, without one among the controls it has no upper end.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from effekt._inference.distributions import beta_lower_tail
from effekt._inference.sets import NO_EFFECT, ConfidenceSet, Means
from effekt._inference.student_t import _zero
from effekt._types import Alternative, Contrast, FloatArray
from effekt.exceptions import ArgumentError, InferenceUnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoRates:
    """Counts of events among treated and controls, and what they were counted over.

    Attributes
    ----------
    counts : (int, int)
        Events of the treated and of the controls.
    exposures : (float, float)
        The sums of their exposure, in one unit.
    """

    counts: tuple[int, int]
    exposures: tuple[float, float]

    def __post_init__(self) -> None:
        if min(self.counts) < 0 or not all(0 < exposure < math.inf for exposure in self.exposures):
            raise ArgumentError("`counts` must be 0 or more, and `exposures` finite numbers above 0.")

    def p_value(self, means: Means, contrast: Contrast, null: float, alternative: Alternative) -> float:
        """The p of a ratio, or of no effect; a ratio below 0, which no two rates have, is rejected."""
        if null == NO_EFFECT[contrast]:
            contrast, null = "ratio", 1.0
        if contrast == "difference":
            _refuse_difference()
        if null < 0:
            return 1.0 if alternative == "less" else 0.0
        ratio = np.array([null])
        if alternative == "greater":
            return float(self._upper(ratio)[0])
        if alternative == "less":
            return float(self._lower(ratio)[0])
        return float(np.minimum(1.0, 2 * np.minimum(self._upper(ratio), self._lower(ratio)))[0])

    def confidence_set(
        self, means: Means, contrast: Contrast, alpha: Fraction, alternative: Alternative
    ) -> ConfidenceSet:
        """Every ratio with p > α."""
        if contrast == "difference":
            _refuse_difference()
        tail = float(alpha) / (2 if alternative == "two-sided" else 1)
        treated, control = self.counts
        low = 0.0 if treated == 0 else self._crossing(lambda ratio: self._upper(ratio) - tail)
        high = math.inf if control == 0 else self._crossing(lambda ratio: tail - self._lower(ratio))
        low = -math.inf if alternative == "less" else low
        high = math.inf if alternative == "greater" else high
        return ConfidenceSet(intervals=((low, high),), level=float(1 - alpha), alternative=alternative)

    def std_error(self, means: Means, contrast: Contrast) -> None:
        """None: the test is exact and has no standard error."""

    def df_of(self, contrast: Contrast) -> None:
        """None: the reference is binomial."""

    def rescale(self, factor: float) -> TwoRates:
        """The same: a ratio has no unit."""
        return self

    def _upper(self, ratio: FloatArray) -> FloatArray:
        """P(X₁ ≥ x₁ | N) = I_π(x₁, x₀ + 1); π as it is, not as 1 less the rest."""
        (x1, x0), (t1, t0) = self.counts, self.exposures
        return np.ones(ratio.shape) if x1 == 0 else beta_lower_tail(x1, x0 + 1, ratio * t1 / (ratio * t1 + t0))

    def _lower(self, ratio: FloatArray) -> FloatArray:
        """P(X₁ ≤ x₁ | N) = I_{1 − π}(x₀, x₁ + 1)."""
        (x1, x0), (t1, t0) = self.counts, self.exposures
        return np.ones(ratio.shape) if x0 == 0 else beta_lower_tail(x0, x1 + 1, t0 / (ratio * t1 + t0))

    def _crossing(self, excess: Callable[[FloatArray], FloatArray]) -> float:
        """Where a rising function of the ratio, below 0 at the ratio 0, becomes positive."""
        high = self.exposures[1] / self.exposures[0]
        while not excess(np.array([high]))[0] > 0:
            high *= 2
        return _zero(excess, 0.0, high)


def _refuse_difference() -> None:
    raise InferenceUnavailableError(
        "The exact conditional test of two rates is of their ratio and, of a difference, of no difference alone; a "
        "difference has no interval by it. Take `.ratio()` or `.relative()`, or a variance such as 'HC2'.",
        "Det exakta betingade testet av två händelsetal gäller deras kvot och, för skillnaden, bara att den är noll; "
        "skillnaden får därför inget intervall. Ange den relativa effekten, eller välj en varians som 'HC2'.",
    )
