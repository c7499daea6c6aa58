"""Confidence sets, and the two means every effect is a contrast of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from effekt._types import Alternative, Contrast
from effekt.exceptions import InferenceUnavailableError

NO_EFFECT: dict[Contrast, float] = {"difference": 0.0, "ratio": 1.0}
ROUNDING = 1e-10  # a mean, or its standard error, this small beside the other mean is rounding
NOTHING = 1e-12  # an adjusted mean this small beside the largest outcome is rounding
CANCELLED = 1e-13  # of its terms, a variance this small is what is left of them by rounding
MIRROR: dict[Alternative, Alternative] = {"two-sided": "two-sided", "greater": "less", "less": "greater"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceSet:
    """Ordered disjoint closed intervals holding every null that is not rejected.

    Attributes
    ----------
    intervals : tuple of (float, float)
        From low to high; an end may be infinite.
    level : float
        Confidence level.
    alternative : {"two-sided", "greater", "less"}
        "greater" bounds the effect from below, "less" from above.
    """

    intervals: tuple[tuple[float, float], ...]
    level: float
    alternative: Alternative = "two-sided"

    @property
    def kind(self) -> Literal["bounded", "unbounded", "disjoint", "empty"]:
        """Whether the set is one finite interval, reaches infinity, has gaps, or holds nothing."""
        if not self.intervals:
            return "empty"
        if len(self.intervals) > 1:
            return "disjoint"
        return "bounded" if all(map(math.isfinite, self.intervals[0])) else "unbounded"

    @property
    def low(self) -> float:
        """The lower end of a set that is one interval."""
        return self._one_interval()[0]

    @property
    def high(self) -> float:
        """The upper end of a set that is one interval."""
        return self._one_interval()[1]

    def _one_interval(self) -> tuple[float, float]:
        if len(self.intervals) != 1:
            raise InferenceUnavailableError(
                f"The confidence set is {self.kind} and has no single low and high; read `.intervals`.",
                "Konfidensmängden är inte ett enda intervall och har ingen enskild nedre och övre gräns.",
            )
        return self.intervals[0]

    def __contains__(self, null: float) -> bool:
        return any(low <= null <= high for low, high in self.intervals)

    def affine(self, slope: float, offset: float) -> ConfidenceSet:
        """The set of ``slope · x + offset``; a negative slope turns it round."""
        mapped = [(slope * low + offset, slope * high + offset) for low, high in self.intervals]
        if slope < 0:
            mapped = [(high, low) for low, high in reversed(mapped)]
        alternative = MIRROR[self.alternative] if slope < 0 else self.alternative
        return ConfidenceSet(intervals=tuple(mapped), level=self.level, alternative=alternative)


def exponential(value: float) -> float:
    """exp, infinite where it is beyond the largest float."""
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def refuse_without_event(without: bool) -> None:
    """Refuse to call a ratio of zero certain because nothing varied among the treated."""
    if without:
        raise InferenceUnavailableError(
            "No event was seen among the treated, whose mean is 0 without any variation, so this inference would "
            "give a ratio of 0 (a fall of 100%) as certain; a ratio has no interval by it. The difference keeps its "
            "interval.",
            "Ingen händelse sågs bland de behandlade, vars medelvärde är 0 utan någon variation, så denna "
            "inferens skulle ange kvoten 0 (en minskning med 100 %) som säker; kvoten får därför inget intervall. "
            "Skillnaden behåller sitt intervall.",
        )


def refuse_certain(certain: bool) -> None:
    """Refuse to call a ratio certain because what varies in the two means cancels in it."""
    if certain:
        raise InferenceUnavailableError(
            "What varies in the two means cancels in their ratio, as where outcomes are exactly proportional, so this "
            "inference would give the ratio as certain; it has no interval by it. The difference keeps its interval.",
            "Det som varierar i de två medelvärdena tar ut varandra i kvoten, som när utfallen är exakt "
            "proportionella, så denna inferens skulle ange kvoten som säker; den får därför inget intervall. "
            "Skillnaden behåller sitt intervall.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """The treated mean and its counterfactual, in the outcome's unit."""

    treated: float
    counterfactual: float

    @classmethod
    def adjusted(cls, treated: float, counterfactual: float, largest: float) -> Means:
        """Means that rest on sums of outcomes of at most a size; what rounding leaves of a mean of 0 is 0."""
        first, second = (0.0 if abs(mean) <= NOTHING * largest else mean for mean in (treated, counterfactual))
        return cls(treated=first, counterfactual=second)

    @classmethod
    def weighed(cls, weights: Sequence[float], members: Sequence[Means]) -> Means:
        """Weighted sums of the members' means; what rounding leaves of terms that cancel is 0."""
        sums = []
        for name in ("treated", "counterfactual"):
            terms = [weight * getattr(one, name) for weight, one in zip(weights, members, strict=True)]
            total = math.fsum(terms)
            sums.append(0.0 if abs(total) <= NOTHING * max(map(abs, terms)) else total)
        return cls(treated=sums[0], counterfactual=sums[1])

    def value(self, contrast: Contrast) -> float:
        """The point estimate of the contrast."""
        if contrast == "difference":
            return self.treated - self.counterfactual
        return self.treated / self.counterfactual

    @property
    def has_ratio(self) -> bool:
        """Whether the counterfactual mean is above zero, and not by what rounding leaves beside the treated mean."""
        return self.counterfactual > 0 and not self.has_rest

    @property
    def has_rest(self) -> bool:
        """Whether the counterfactual mean is what rounding leaves of 0 beside the treated mean, above 0 or below."""
        return 0 < abs(self.counterfactual) <= ROUNDING * abs(self.treated)

    def log_ratio(self) -> float:
        """log(treated / counterfactual), where both are positive."""
        if not min(self.treated, self.counterfactual) > 0:
            raise InferenceUnavailableError(
                "The logarithm of a ratio needs a treated and a counterfactual mean above zero.",
                "Logaritmen av en kvot kräver att båda medelvärdena är större än noll.",
            )
        return math.log(self.value("ratio"))

    def certain(self, first: float, cross: float, second: float) -> bool:
        """Whether the ratio has no variance, by those of the means and their covariance, but what rounding leaves."""
        if not self.counterfactual:
            return False
        ratio = self.value("ratio")
        terms = first, -2 * cross * ratio, second * ratio**2
        return math.fsum(terms) <= CANCELLED * math.fsum(map(abs, terms))

    def without_event(self, spread: float) -> bool:
        """Whether the treated mean is zero and, by this standard error of it, certain to be: no event was seen."""
        return max(abs(self.treated), spread) <= ROUNDING * abs(self.counterfactual)

    def translate(self, value: float, to: Contrast, fixed: Literal["treated", "counterfactual"]) -> float:
        """The value of the other contrast when one mean is known and only the other is uncertain."""
        t, c = self.treated, self.counterfactual
        if value == NO_EFFECT["ratio" if to == "difference" else "difference"]:
            return NO_EFFECT[to]
        if math.isinf(value):
            return value  # no bound stays no bound
        if fixed == "counterfactual":
            return value / c + 1 if to == "ratio" else c * (value - 1)
        if t <= 0:
            raise InferenceUnavailableError(
                "With the treated mean known and not above zero, a ratio and a difference do not map one-to-one.",
                "När de behandlades medelvärde är känt och inte större än noll svarar kvot och skillnad inte mot "
                "varandra.",
            )
        if to == "ratio":
            return math.inf if value >= t else t / (t - value)
        return -math.inf if value <= 0 else t - t / value
