"""One unit or group compared with its comparator: the four window means and the counterfactual."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from effekt._inference import ExactErrors
from effekt._validation import plural
from effekt.diagnostics import placebo_distribution
from effekt.estimators.trend.number import DIGITS, UNIT, ExactNumber, as_number, total
from effekt.estimators.trend.panel import Panel
from effekt.estimators.trend.spans import Span
from effekt.exceptions import DataError
from effekt.result import Diagnostic

Adjustment: TypeAlias = Literal["ratio", "difference", "none"]
Trend: TypeAlias = Literal["ratio_of_means", "mean_of_ratios", "mean_of_period_ratios"]
SHORT = 10**40  # numerator and denominator of a fraction below this are kept as they are
SHORT_MEAN = 1 << 64  # the same of plain means of units, whose fractions take long to work out
BITS, KEPT = 128, 100  # binary places of what is not kept, and those from the first of a small number
CLOSE, STEP = 28, 8  # places fewer, to which errors may be equal, and at which they are then set apart
ADJUSTMENTS: tuple[Adjustment, ...] = ("ratio", "difference", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One unit or group against its comparator: the four window means, and the trend where it is of ratios."""

    reference: ExactNumber
    evaluation: ExactNumber
    comparator_reference: ExactNumber
    comparator_evaluation: ExactNumber
    trend: ExactNumber | None = None

    def counterfactual(self, adjustment: Adjustment) -> ExactNumber:
        """Reference × N_E/N_R or × the trend of ratios, reference + (N_E − N_R), or the reference itself."""
        if adjustment == "ratio" and self.trend is not None:
            return self.reference * self.trend
        if adjustment == "ratio":
            return self.reference * self.comparator_evaluation / self.comparator_reference
        if adjustment == "difference":
            return self.reference + (self.comparator_evaluation - self.comparator_reference)
        return self.reference

    def relative(self, adjustment: Adjustment) -> float:
        """The relative change."""
        return float(self.evaluation / self.counterfactual(adjustment) - UNIT)

    def error(self, adjustment: Adjustment) -> float:
        """The effect on the scale of the placebos: log(mean / counterfactual), or the difference."""
        if adjustment == "ratio":
            return math.log1p(self.relative("ratio"))
        return float(self.evaluation - self.counterfactual("difference"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """The choices that move the number."""

    panel: Panel
    reference: Span
    evaluation: Span
    weighted: bool
    adjustment: Adjustment
    trend: Trend = "ratio_of_means"

    @property
    def spans(self) -> tuple[Span, Span]:
        """The reference and the evaluation."""
        return self.reference, self.evaluation

    def over(self, reference: Span, evaluation: Span) -> Design:
        """The same choices over other windows, as a call that declares them has them: its population too."""
        panel = self.panel.standing_on(reference.times)
        return replace(self, panel=panel, reference=reference, evaluation=evaluation)

    def compare(self, units: Sequence[str], comparator: Sequence[str]) -> Comparison:
        """The four window means of units against a comparator (none: themselves, before and after)."""
        means = self.panel.pooled if self.weighted else self.panel.mean_of_units
        reference = self.panel.pooled(units, self.reference.times)
        found = Comparison(
            reference=reference,
            evaluation=self.panel.pooled(units, self.evaluation.times),
            comparator_reference=means(comparator, self.reference.times) if comparator else reference,
            comparator_evaluation=means(comparator, self.evaluation.times) if comparator else reference,
            trend=self.mean_ratio(comparator, self.evaluation.times),
        )
        if self.trend != "mean_of_period_ratios":
            return found
        own, other = (
            [mean(names, (t,)) for t in self.evaluation.times]
            for mean, names in ((self.panel.pooled, units), (means, comparator))
        )
        return by_period(found, own, other)

    def ratios(self, comparator: Sequence[str], times: Sequence[int]) -> list[ExactNumber]:
        """Of each comparator unit, its mean over `times` to its mean in the reference."""
        means = self.panel.pooled_each(comparator, times)
        return [mean * over for mean, over in zip(means, self.over_references(comparator), strict=True)]

    def over_references(self, comparator: Sequence[str]) -> list[ExactNumber]:
        """1 over the reference mean of each comparator unit, which must be above zero."""
        return self._over(self.panel.pooled_each(comparator, self.reference.times))

    def _over(self, means: Sequence[ExactNumber]) -> list[ExactNumber]:
        bad = sum(not mean.is_positive() for mean in means)
        if bad:
            raise DataError(
                "The reference mean of every comparator unit must be above zero for trend='mean_of_ratios'; for "
                f"{bad} of {plural(len(means), 'unit')} it is not. Use trend='ratio_of_means', or "
                "adjustment='difference'."
            )
        return [as_number(1 / mean.fraction()) for mean in means]

    def mean_ratio(
        self, comparator: Sequence[str], times: Sequence[int], over: Sequence[ExactNumber] | None = None
    ) -> ExactNumber | None:
        """The plain mean of these ratios, where that is the declared trend; with 1 over the references when known."""
        if self.trend != "mean_of_ratios":
            return None
        return self.panel.mean_of_units(comparator, times, self.over_references(comparator) if over is None else over)

    def compare_each(self, units: Sequence[str]) -> list[Comparison]:
        """Each unit as if it were the treated one, against the rest of them."""
        own, rest = zip(*(self.panel.apart(units, span.times, self.weighted) for span in self.spans), strict=True)
        trends: list[ExactNumber | None] = [None] * len(units)
        if self.trend == "mean_of_ratios":
            ratios = [mean * over for mean, over in zip(own[1], self._over(own[0]), strict=True)]
            together, share = total(ratios), Fraction(1, len(units) - 1)
            trends = [(together - ratio).times(share) for ratio in ratios]
        found = [
            Comparison(
                reference=own_before,
                evaluation=own_after,
                comparator_reference=before,
                comparator_evaluation=after,
                trend=trend,
            )
            for own_before, own_after, before, after, trend in zip(*own, *rest, trends, strict=True)
        ]
        if self.trend != "mean_of_period_ratios":
            return found
        each = [self.panel.apart(units, (t,), self.weighted) for t in self.evaluation.times]
        return [by_period(one, [at[0][i] for at in each], [at[1][i] for at in each]) for i, one in enumerate(found)]


def by_period(found: Comparison, own: Sequence[ExactNumber], other: Sequence[ExactNumber]) -> Comparison:
    """With the trend that makes Y_E/C the plain mean over the evaluation's periods of Y_t/C_t, C_t = Y_R · N_t/N_R.

    `own` are Y_t and `other` N_t, so that the trend is Y_E/(N_R · mean of Y_t/N_t).
    """
    if not all(mean.is_positive() for mean in other):
        raise DataError(
            "The comparator's mean of every evaluation period must be above zero for trend='mean_of_period_ratios', "
            "and it is not. Use trend='ratio_of_means', or adjustment='difference'."
        )
    ratio = total([mean / beside for mean, beside in zip(own, other, strict=True)]).times(Fraction(1, len(own)))
    if not ratio.is_positive():
        raise DataError(
            "The mean of the evaluation periods' ratios to the comparator must be above zero for "
            "trend='mean_of_period_ratios', and it is not. Use adjustment='difference'."
        )
    return replace(found, trend=found.evaluation / (ratio * found.comparator_reference))


def errors_as_fractions(design: Design, found: Comparison, placebos: Sequence[Comparison]) -> ExactErrors | None:
    """Errors of placebos for a rank test, beside the means of the treated; None where these have no error.

    A fraction of many digits is taken to 128 binary places, so that the hundred thousand of a mean of ratios are not
    kept, or to 100 from its first where it is small. An error that is the treated's, or its mirror image, stays it, and
    one that lies above or below stays there.
    """
    adjustment = design.adjustment
    treated, counterfactual = found.evaluation, found.counterfactual(adjustment)
    ratio, limit = adjustment == "ratio", SHORT if design.weighted else SHORT_MEAN
    if ratio and not (treated.is_positive() and counterfactual.is_positive()):
        return None
    observed = _error(found, adjustment)
    places = _places(observed) if ratio else min(_places(treated), _places(counterfactual))

    def shortened(number: ExactNumber) -> Fraction:
        return _shortened(number, limit, _places(number) if ratio else places)

    above, below = shortened(treated), shortened(counterfactual)
    own = above / below if ratio else above - below

    def mirrored(value: Fraction) -> Fraction:
        return 1 / value if ratio else -value

    def beside(error: ExactNumber) -> Fraction:
        value = shortened(error)
        for image, mirror in ((own, False), (mirrored(own), True)):
            bits = BITS if mirror and ratio else places
            if abs(value - image) <= Fraction(1, 1 << bits - CLOSE) and value != image:
                away = error.fraction() - (mirrored(observed.fraction()) if mirror else observed.fraction())
                step = Fraction(1, 1 << bits - STEP)
                return image + (step if away > 0 else -step if away < 0 else 0)
        return value

    errors = tuple(beside(_error(one, adjustment)) for one in placebos)
    return ExactErrors(errors=errors, treated=above, counterfactual=below)


def _error(one: Comparison, adjustment: Adjustment) -> ExactNumber:
    """The error as a number, under "ratio" the ratio that it is the logarithm of."""
    counterfactual = one.counterfactual(adjustment)
    return one.evaluation / counterfactual if adjustment == "ratio" else one.evaluation - counterfactual


def _places(number: ExactNumber) -> int:
    """128 binary places, or 100 from the first where the number is small."""
    low, high = number.ends(DIGITS)
    if (low > 0 or high < 0) and min(abs(low), abs(high)) >> (DIGITS - BITS + KEPT):
        return BITS
    above, below = number.fraction().as_integer_ratio()
    return max(BITS, KEPT + below.bit_length() - abs(above).bit_length()) if above else BITS


def _shortened(number: ExactNumber, limit: int, places: int) -> Fraction:
    short = number.short_fraction(limit)
    if short is not None:
        return short
    low = math.floor(number.fraction() * (1 << places)) if places > BITS else number.ends(DIGITS)[0] >> (DIGITS - BITS)
    return Fraction(low, 1 << places)


def relative_change(design: Design, found: Comparison) -> float | None:
    """The relative change; None where the counterfactual is not above zero."""
    if design.adjustment == "ratio" and not found.comparator_reference.is_positive():
        return None
    return found.relative(design.adjustment) if found.counterfactual(design.adjustment).is_positive() else None


def distribution(
    found: Sequence[Comparison],
    adjustment: Adjustment,
    labels: Sequence[str],
    threshold: float | None,
    better: Literal["lower", "higher"] | None,
    *,
    ranked: bool = True,
) -> Diagnostic:
    """The placebo distribution of these comparisons."""
    return placebo_distribution(
        treated=np.array([float(one.evaluation) for one in found]),
        counterfactual=np.array([float(one.counterfactual(adjustment)) for one in found]),
        reference=np.array([float(one.reference) for one in found]),
        labels=labels,
        threshold=threshold,
        better=better or "lower",
        ranked=ranked,
    )
