"""A t reference for contrasts of two means, with degrees of freedom that belong to the contrast."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from effekt._inference.distributions import t_quantile, t_upper_tail
from effekt._inference.sets import (
    CANCELLED,
    NO_EFFECT,
    ConfidenceSet,
    Means,
    exponential,
    refuse_certain,
    refuse_without_event,
)
from effekt._types import Alternative, Contrast, FloatArray
from effekt.exceptions import InferenceUnavailableError


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedDf:
    """One number of degrees of freedom for every contrast; `math.inf` is the normal."""

    df: float

    def of(self, weights: FloatArray) -> FloatArray:
        """Degrees of freedom of each row (w₁, w₂) of weights on the two means."""
        return np.full(weights.shape[0], self.df)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastDf:
    """Degrees of freedom that belong to a contrast: df(w) = quadratic(w)² / quartic(w).

    Welch–Satterthwaite and Bell–McCaffrey both have this form. `quadratic` holds the coefficients of
    w₁², w₁w₂, w₂²; `quartic` those of w₁⁴, w₁³w₂, w₁²w₂², w₁w₂³, w₂⁴.
    """

    quadratic: tuple[float, float, float]
    quartic: tuple[float, float, float, float, float]

    def of(self, weights: FloatArray) -> FloatArray:
        """Degrees of freedom of each row (w₁, w₂) of weights on the two means."""
        first, second = weights[:, 0], weights[:, 1]
        numerator = sum(q * first ** (2 - i) * second**i for i, q in enumerate(self.quadratic))
        denominator = sum(q * first ** (4 - i) * second**i for i, q in enumerate(self.quartic))
        df = np.full(weights.shape[0], math.inf)  # a contrast without variance has no df to estimate
        np.divide(np.asarray(numerator) ** 2, denominator, out=df, where=np.asarray(denominator) > 0)
        return df


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentT:
    """A t (or normal) reference for linear contrasts of the two means, or of their logarithms.

    `covariance` holds var(treated), cov(treated, counterfactual), var(counterfactual). On the linear scale a
    ratio null ρ is tested by treated − ρ·counterfactual (Fieller 1954, doi:10.1111/j.2517-6161.1954.tb00159.x),
    so "no effect" has the same p in every view. Where no event was seen among the treated, mean and variance are
    zero, and where outcomes are exactly proportional the variance of the ratio is: every other ratio would have the p
    of no effect. There is then no set, standard error or other p of a ratio.

    `apart` holds var(treated − counterfactual) and its covariance with the counterfactual mean where the means vary
    with their level, as those of pairs that count unequally do: beside the square of a far level few digits, or none,
    are left of the difference's variance. Where it is None, both follow from `covariance`.
    """

    covariance: tuple[float, float, float]
    df: FixedDf | ContrastDf
    scale: Literal["linear", "log"] = "linear"
    apart: tuple[float, float] | None = None

    def p_value(self, means: Means, contrast: Contrast, null: float, alternative: Alternative) -> float:
        """P-value of the null by the t statistic of the contrast that is zero under it."""
        weights = np.array([1.0, -1.0])
        if self.scale == "log":
            distance = means.log_ratio() - self._log_null(contrast, null)
        elif contrast == "difference":
            distance = means.value("difference") - null
        else:
            if null != NO_EFFECT["ratio"]:
                self._refuse_ratio(means)
            weights = np.array([1.0, -null])
            distance = means.treated - null * means.counterfactual
        return float(self._tail(weights[None, :], np.array([distance]), alternative)[0])

    def confidence_set(
        self, means: Means, contrast: Contrast, alpha: Fraction, alternative: Alternative
    ) -> ConfidenceSet:
        """Every null with p > α."""
        level = float(1 - alpha)
        if contrast == "ratio":
            self._refuse_ratio(means)
        if contrast == "ratio" and self.scale == "linear":
            return ConfidenceSet(
                intervals=self._fieller(means, float(alpha), alternative), level=level, alternative=alternative
            )
        if contrast == "difference" and self.scale == "log":
            raise InferenceUnavailableError(
                "A difference has no confidence interval when inference lives on the log scale; use `.ratio()` or "
                "`.relative()`.",
                "En skillnad har inget konfidensintervall när osäkerheten beräknas på logaritmisk skala.",
            )
        tail = float(alpha) / (2 if alternative == "two-sided" else 1)
        weights = np.array([[1.0, -1.0]])
        half = -t_quantile(tail, float(self.df.of(weights)[0])) * float(self._error(weights)[0])
        centre = means.value(contrast) if self.scale == "linear" else means.log_ratio()
        low, high = centre - half, centre + half
        if self.scale == "log":
            low, high = exponential(low), exponential(high)
        low = -math.inf if alternative == "less" else low
        high = math.inf if alternative == "greater" else high
        return ConfidenceSet(intervals=((low, high),), level=level, alternative=alternative)

    def statistic(self, means: Means) -> float:
        """The t statistic of no effect, positive when the treated mean is above its counterfactual."""
        distance = means.value("difference") if self.scale == "linear" else means.log_ratio()
        return distance / float(self._error(np.array([[1.0, -1.0]]))[0])

    def std_error(self, means: Means, contrast: Contrast) -> float | None:
        """Standard error of the contrast, by the delta method where it is not linear; None of a ratio without any."""
        if contrast == "ratio" and (self._without_event(means) or self._certain(means)):
            return None
        return self.error(means, contrast)

    def error(self, means: Means, contrast: Contrast) -> float:
        """`std_error` as the formula has it, whatever was seen."""
        t, c = means.treated, means.counterfactual
        gradient = {"difference": (1.0, -1.0), "ratio": (1 / c, -t / c**2) if c else (math.nan, math.nan)}[contrast]
        if self.scale == "log":
            gradient = (gradient[0] * t, gradient[1] * c)
        return float(self._error(np.array([gradient]))[0])

    def df_of(self, contrast: Contrast) -> float:
        """Degrees of freedom of the test of no effect."""
        return float(self.df.of(np.array([[1.0, -1.0]]))[0])

    def rescale(self, factor: float) -> StudentT:
        """The same inference in a unit `factor` times as fine."""
        if self.scale == "log":
            return self
        first, cross, second = (value * factor**2 for value in self.covariance)
        apart = None if self.apart is None else (self.apart[0] * factor**2, self.apart[1] * factor**2)
        return replace(self, covariance=(first, cross, second), apart=apart)

    def of_difference(self) -> tuple[float, float]:
        """var(treated − counterfactual), and its covariance with the counterfactual mean."""
        first, cross, second = self.covariance
        return self.apart or (first - 2 * cross + second, cross - second)

    def _refuse_ratio(self, means: Means) -> None:
        refuse_without_event(self._without_event(means))
        refuse_certain(self._certain(means))

    def _certain(self, means: Means) -> bool:
        if self.scale == "log" or self.apart is None or not means.counterfactual:
            return self.scale != "log" and means.certain(*self.covariance)
        own, second = self.apart[0], self.covariance[2]
        terms = [float(term[0]) for term in self._terms(np.array([[1.0, -means.value("ratio")]]))]
        rounded = math.sqrt(own * max(second, 0.0))  # the difference of the means' scores has their rounding
        return math.fsum(terms) <= CANCELLED * (math.fsum(map(abs, terms)) + rounded)

    def _without_event(self, means: Means) -> bool:
        # on the log scale a mean of zero has no logarithm, which says so itself
        return self.scale == "linear" and means.without_event(math.sqrt(max(self.covariance[0], 0.0)))

    def _error(self, weights: FloatArray) -> FloatArray:
        one, two, three = self._terms(weights)
        return np.sqrt(np.maximum(one + two + three, 0.0))

    def _terms(self, weights: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """What the variance of each weighted sum w·treated + v·counterfactual is the sum of.

        With `apart` the sum is w·(treated − counterfactual) + (w + v)·counterfactual.
        """
        first, cross, second = self.covariance
        w, v = weights[:, 0], weights[:, 1]
        if self.apart is not None:
            (first, cross), v = self.apart, w + v
        return first * w**2, 2 * cross * w * v, second * v**2

    def _tail(self, weights: FloatArray, distance: FloatArray, alternative: Alternative) -> FloatArray:
        error = self._error(weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = distance / error
        statistic = np.where(distance == 0, 0.0, statistic)
        df = self.df.of(weights)
        if alternative == "two-sided":
            return 2 * t_upper_tail(np.abs(statistic), df)
        return t_upper_tail(statistic if alternative == "greater" else -statistic, df)

    def _log_null(self, contrast: Contrast, null: float) -> float:
        if contrast == "difference" and null != 0.0:
            raise InferenceUnavailableError(
                "On the log scale only a difference of zero can be tested; use `.ratio()` or `.relative()`.",
                "På logaritmisk skala kan bara skillnaden noll prövas.",
            )
        ratio = 1.0 if contrast == "difference" else null
        return math.log(ratio) if ratio > 0 else -math.inf

    def _fieller(self, means: Means, alpha: float, alternative: Alternative) -> tuple[tuple[float, float], ...]:
        """{ρ: p(ρ) > α}, searched over the whole projective line ρ = ρ̂ + s·tan φ, df varying with ρ."""
        ratio = means.value("ratio")
        spread = self.error(means, "ratio") or 1.0  # any scale of the line will do

        def excess(angle: FloatArray) -> FloatArray:
            cos = np.where(np.abs(angle) >= math.pi / 2, 0.0, np.cos(angle))
            weights = np.column_stack([cos, -(ratio * cos + spread * np.sin(angle))])
            distance = -spread * np.sin(angle) * means.counterfactual  # w·m, exactly zero at ρ̂
            return self._tail(weights, distance, alternative) - alpha

        angles = np.linspace(-math.pi / 2, math.pi / 2, 721)
        angles = np.sort(np.append(angles, [0.0, math.atan((self._steepest(means) - ratio) / spread)]))
        kept = excess(angles) > 0
        ends = []
        for i in np.flatnonzero(kept[1:] != kept[:-1]):
            ends.append(ratio + spread * math.tan(_zero(excess, angles[i], angles[i + 1])))
        if kept[0]:
            ends.insert(0, -math.inf)
        if kept[-1]:
            ends.append(math.inf)
        return tuple(zip(ends[::2], ends[1::2], strict=True))

    def _steepest(self, means: Means) -> float:
        """The ratio whose statistic is furthest from zero, w ∝ V⁻¹m: around it a gap may be arbitrarily narrow."""
        (first, cross, second), t, c = self.covariance, means.treated, means.counterfactual
        if self.apart is not None:
            (first, cross), t = self.apart, means.value("difference")
        across = second * t - cross * c
        ratio = (cross * t - first * c) / across if across else math.inf
        return ratio if self.apart is None else 1 + ratio


def _zero(function: Callable[[FloatArray], FloatArray], low: float, high: float) -> float:
    """A zero of a vectorised function between two ends of opposite sign, to the last bit, 64 pieces at a time."""
    while True:
        points = np.linspace(low, high, 65)
        positive = function(points) > 0
        first = int(np.argmax(positive != positive[0]))
        if not low <= points[first - 1] < points[first] <= high or (points[first - 1], points[first]) == (low, high):
            return float(points[first])
        low, high = float(points[first - 1]), float(points[first])
