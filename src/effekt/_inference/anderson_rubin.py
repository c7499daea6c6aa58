"""Inference on the effect of a treatment that only some took up: the test of Anderson and Rubin, inverted."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from effekt._inference.sets import NO_EFFECT, ConfidenceSet, Means
from effekt._inference.student_t import FixedDf, StudentT
from effekt._types import Alternative, Contrast
from effekt.exceptions import ArgumentError


@dataclass(frozen=True, slots=True, kw_only=True)
class AndersonRubin:
    """A t reference for the intention-to-treat contrast that is zero under a null about compliers.

    With y, u and d the effects of assignment on the outcome Y, on Y·D and on receipt D, the compliers' means are
    u/d treated and (u − y)/d counterfactual. A difference τ is tested by y − τ·d and a ratio ρ by u − ρ·(u − y)
    (Anderson & Rubin 1949, doi:10.1214/aoms/1177730090); neither divides by d, so the tests hold their level however
    few comply. Both are Fieller's test, of the ratios y/d and u/(u − y). "No effect" is y = 0 under either.

    Attributes
    ----------
    effects : (y, u, d)
        d is above zero: some are moved to receive the treatment.
    covariance : (var y, cov yu, cov yd, var u, cov ud, var d)
    df : float
        Degrees of freedom of every such contrast; `math.inf` is the normal.
    """

    effects: tuple[float, float, float]
    covariance: tuple[float, float, float, float, float, float]
    df: float

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, (*self.effects, *self.covariance))):
            raise ArgumentError("`effects` and `covariance` must be finite numbers.")
        if not (self.effects[2] > 0 and self.covariance[0] > 0 and self.df > 0):
            raise ArgumentError("The effect on receipt, the variance of the first effect and `df` must be above zero.")

    def p_value(self, means: Means, contrast: Contrast, null: float, alternative: Alternative) -> float:
        """P-value of the null by the t statistic of the contrast that is zero under it."""
        if null == NO_EFFECT[contrast]:
            contrast, null = "difference", 0.0  # one number in every view, to the last bit
        pair, reference = self._fieller(contrast)
        return reference.p_value(pair, "ratio", null, alternative)

    def confidence_set(
        self, means: Means, contrast: Contrast, alpha: Fraction, alternative: Alternative
    ) -> ConfidenceSet:
        """Every null with p > α: bounded, unbounded or, with two pieces, disjoint."""
        pair, reference = self._fieller(contrast)
        return reference.confidence_set(pair, "ratio", alpha, alternative)

    def statistic(self, means: Means) -> float:
        """The t statistic of no effect, which is that of the effect of assignment."""
        return self.effects[0] / math.sqrt(self.covariance[0])

    def std_error(self, means: Means, contrast: Contrast) -> float | None:
        """The standard error of two-stage least squares, by the delta method; test and set do not use it."""
        pair, reference = self._fieller(contrast)
        return reference.std_error(pair, "ratio")

    def df_of(self, contrast: Contrast) -> float:
        """Degrees of freedom of the test of no effect."""
        return self.df

    def rescale(self, factor: float) -> AndersonRubin:
        """The same inference in a unit `factor` times as fine; receipt has no unit."""
        (y, u, d), (yy, yu, yd, uu, ud, dd) = self.effects, self.covariance
        return replace(
            self,
            effects=(y * factor, u * factor, d),
            covariance=(yy * factor**2, yu * factor**2, yd * factor, uu * factor**2, ud * factor, dd),
        )

    def _fieller(self, contrast: Contrast) -> tuple[Means, StudentT]:
        """The two numbers whose ratio the contrast is, with their t reference."""
        (y, u, d), (yy, yu, yd, uu, _, dd) = self.effects, self.covariance
        if contrast == "difference":
            pair, covariance = Means(treated=y, counterfactual=d), (yy, yd, dd)
            return pair, _TwoUnits(covariance=covariance, df=FixedDf(df=self.df))
        pair, covariance = Means(treated=u, counterfactual=u - y), (uu, uu - yu, uu - 2 * yu + yy)
        return pair, StudentT(covariance=covariance, df=FixedDf(df=self.df), apart=(yy, yu - yy))


class _TwoUnits(StudentT):
    """Of a ratio of two numbers that have no unit in common: the first varies, however small it is beside the other.

    That the ratio itself varies is asked where the inference is made.
    """

    __slots__ = ()

    def _without_event(self, means: Means) -> bool:
        return False

    def _certain(self, means: Means) -> bool:
        return False
