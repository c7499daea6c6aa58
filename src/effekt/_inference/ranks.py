"""Inference from ranks: placebo units and re-drawn assignments, with exact p-values."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from effekt._inference.ends import last_kept, shortest_within
from effekt._inference.exact_ranks import ExactDraws, ExactErrors, near_one_another
from effekt._inference.overlaps import settled
from effekt._inference.sets import NO_EFFECT, ConfidenceSet, Means, exponential
from effekt._text import format_percent
from effekt._types import Alternative, BoolArray, Contrast, FloatArray
from effekt._validation import plural
from effekt.exceptions import ArgumentError, InferenceUnavailableError

TIE = 1e-12  # two statistics that differ by less, relative to the means they come from, are equally extreme


@dataclass(frozen=True, slots=True, kw_only=True)
class Placebos:
    """Errors of units that had no intervention, on one declared scale; the treated mean is observed and fixed.

    p = (1 + #{placebo errors as extreme}) / (J + 1), an exact fraction; the interval inverts it. With J placebos no
    p is below 1/(J + 1), so intervals above level J/(J + 1) do not exist. With `exact`, errors that are near are
    compared as fractions, a null is the decimal a reader sees, and an end is the last float at which p is above α.
    """

    errors: tuple[float, ...]
    scale: Literal["linear", "log"]
    exact: ExactErrors | None = None

    def __post_init__(self) -> None:
        if self.exact is not None and len(self.exact.errors) != len(self.errors):
            raise ArgumentError("`exact` must have as many errors as there are placebos.")

    def p_value(self, means: Means, contrast: Contrast, null: float, alternative: Alternative) -> Fraction:
        """Rank p-value of the null."""
        distance = self._observed(means) - self._native(means, contrast, null)
        errors = np.asarray(self.errors)
        size = 1.0 if self.scale == "log" else max(abs(means.treated), abs(means.counterfactual))
        extreme = _as_extreme(errors, np.full(errors.shape, distance), alternative, size)
        if self.exact is not None and math.isfinite(distance):
            near = near_one_another(errors, distance, alternative, size)
            extreme[near] = self.exact.as_extreme(near, self.scale, contrast, null, alternative)
        return Fraction(1 + int(extreme.sum()), self._ranks)

    def confidence_set(
        self, means: Means, contrast: Contrast, alpha: Fraction, alternative: Alternative
    ) -> ConfidenceSet:
        """Every null with p > α, or the reason there is none."""
        count = math.floor(alpha * self._ranks)
        if count < 1:
            levels = Fraction(len(self.errors), self._ranks)
            units = "placeboenhet" if len(self.errors) == 1 else "placeboenheter"
            raise InferenceUnavailableError(
                f"With {plural(len(self.errors), 'placebo')} the smallest attainable p is 1/{self._ranks} "
                f"({1 / self._ranks:.4f}), so no interval at level {float(1 - alpha):g} exists; the highest level that "
                f"does is {levels} ({math.floor(levels * 10_000) / 10_000:.4f}).",
                f"Med {len(self.errors)} {units} är det minsta möjliga p-värdet 1/{self._ranks}, så något "
                f"intervall på nivån {format_percent(1 - alpha, 'sv', None)} finns inte; den högsta nivå som finns är "
                f"{levels}.",
            )
        centre = self._observed(means)
        ranked = np.sort(np.abs(self.errors) if alternative == "two-sided" else np.asarray(self.errors))
        high = (
            math.inf
            if alternative == "greater"
            else centre - (ranked[count - 1] if alternative == "less" else -ranked[-count])
        )
        low = -math.inf if alternative == "less" else centre - ranked[-count]
        ends = tuple(self._to_contrast(means, contrast, float(end)) for end in (low, high))
        if self.exact is not None:

            def kept(null: float) -> bool:
                return self.p_value(means, contrast, null, alternative) > alpha

            held = float(self.exact.estimate(contrast))
            if not kept(held):  # of one side, whose set goes on without an end
                held = math.inf if alternative == "greater" else -math.inf
            ends = tuple(
                last_kept(end, way, _size_of(means, contrast, end), kept, held)
                for end, way in zip(ends, (-1, 1), strict=True)
            )
        return ConfidenceSet(intervals=((ends[0], ends[1]),), level=float(1 - alpha), alternative=alternative)

    def std_error(self, means: Means, contrast: Contrast) -> None:
        """None: placebos give a spread (`spread`), not a standard error."""

    def df_of(self, contrast: Contrast) -> None:
        """None: ranks have no degrees of freedom."""

    def spread(self, means: Means, contrast: Contrast) -> float | None:
        """Standard deviation (ddof 1) of the placebo errors in the units of the contrast; None below two placebos."""
        errors = np.asarray(self.errors)
        if errors.size < 2:
            return None
        if self.scale == "log":
            errors = np.expm1(errors) * (means.counterfactual if contrast == "difference" else 1)
        elif contrast == "ratio":
            errors = errors / means.counterfactual
        return float(np.std(errors, ddof=1))

    def rescale(self, factor: float) -> Placebos:
        """The same inference in a unit `factor` times as fine."""
        errors = self.errors if self.scale == "log" else tuple(e * factor for e in self.errors)
        return replace(self, errors=errors, exact=self.exact and self.exact.rescale(factor, self.scale))

    @property
    def _ranks(self) -> int:
        return len(self.errors) + 1

    def _observed(self, means: Means) -> float:
        return means.log_ratio() if self.scale == "log" else means.value("difference")

    def _native(self, means: Means, contrast: Contrast, null: float) -> float:
        if self.scale == "linear":
            return null if contrast == "difference" else means.translate(null, "difference", "treated")
        ratio = null if contrast == "ratio" else means.translate(null, "ratio", "treated")
        return math.log(ratio) if ratio > 0 else -math.inf

    def _to_contrast(self, means: Means, contrast: Contrast, native: float) -> float:
        if self.scale == "linear":
            return native if contrast == "difference" else means.translate(native, "ratio", "treated")
        if math.isinf(native):
            return native  # no bound stays no bound
        ratio = exponential(native)
        return ratio if contrast == "ratio" else means.translate(ratio, "difference", "treated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Randomization:
    """The statistic in every re-drawn assignment, as a − τ₀·b, so that p is exact for every constant effect τ₀.

    `statistics` (a) re-computes the estimator on the outcomes, `exposures` (b) on the treatment itself. That of the
    actual assignment is τ̂ − τ₀·`actual_exposure`, which is τ̂ − τ₀ where the weights of each arm sum to one.
    `complete` says that every possible assignment is listed, the actual one among them; else p = (1 + b) / (R + 1).
    `mean_outcome` and `share_treated` give the counterfactual mean under τ₀ as mean_outcome − τ₀·share_treated, which
    turns a ratio null into a τ₀; without `ratios` exposures are of what was received, and no ratio but that of no
    effect is one; `opposed` then says that the opposite of every listed assignment is listed. With `exact`, statistics
    that are near are compared as fractions, a null is the decimal a reader sees, and an end is the last float at which
    p is above α.
    """

    statistics: tuple[float, ...]
    exposures: tuple[float, ...]
    complete: bool
    mean_outcome: float
    share_treated: float
    ratios: bool = True
    opposed: bool = False
    exact: ExactDraws | None = None
    actual_exposure: float = 1.0

    def __post_init__(self) -> None:
        if len(self.statistics) != len(self.exposures) or not self.statistics:
            raise ArgumentError("`statistics` and `exposures` must be of one length, at least 1.")
        if not all(map(math.isfinite, (*self.statistics, *self.exposures))):
            raise ArgumentError("`statistics` and `exposures` must be finite numbers.")
        if self.exact is not None and {len(self.exact.statistics), len(self.exact.exposures)} != {len(self.statistics)}:
            raise ArgumentError("`exact` must have as many statistics and exposures as there are assignments.")
        if not 0 < self.actual_exposure < math.inf or (self.exact is not None and self.actual_exposure != 1):
            raise ArgumentError("`actual_exposure` must be a finite number above zero, and 1 with `exact`.")

    def p_value(self, means: Means, contrast: Contrast, null: float, alternative: Alternative) -> Fraction:
        """Exact or Monte-Carlo randomisation p-value of a constant effect."""
        effect = null if contrast == "difference" else self._constant_effect(null)
        estimate = means.value("difference")
        precise = None if self.exact is None else self.exact.effect(contrast, null)
        if self.exact is not None:
            effect = -math.inf if precise is None else float(precise)
        if math.isinf(effect):
            lows, _ = self._extreme_where(estimate, alternative)
            return self._p(int(np.isneginf(lows).sum()))
        drawn = np.asarray(self.statistics) - effect * np.asarray(self.exposures)
        size = max(self._size(estimate), abs(effect))
        observed = estimate - effect * self.actual_exposure
        extreme = _as_extreme(drawn, np.full(drawn.shape, observed), alternative, size)
        if self.exact is not None and precise is not None:
            near = near_one_another(drawn, observed, alternative, size)
            extreme[near] = self.exact.as_extreme(near, precise, alternative)
        return self._p(int(extreme.sum()))

    def confidence_set(
        self, means: Means, contrast: Contrast, alpha: Fraction, alternative: Alternative
    ) -> ConfidenceSet:
        """Every constant effect with p > α, all of them where none is rejected; or why the lot can reject none."""
        total = len(self.statistics) + (0 if self.complete else 1)
        needed = math.floor(alpha * total) + (1 if self.complete else 0)
        estimate = means.value("difference")
        lows, highs = self._extreme_where(estimate, alternative)

        def kept(null: float, of: Contrast = "difference") -> bool:
            return self.p_value(means, of, null, alternative) > alpha

        def holds(end: float, start: float) -> bool:
            middle = (end + start) / 2
            return kept(middle) or (self.exact is not None and kept(shortest_within(middle, TIE * max(size, abs(end)))))

        size = self._size(estimate)
        intervals, fewest = settled(lows, highs, needed, TIE * size, holds)
        if needed <= (alike := min(fewest, self._alike(estimate, alternative))):
            smallest, count = self._p(alike), len(self.statistics)
            raise InferenceUnavailableError(
                f"The smallest attainable p of {count} assignments is {smallest} ({float(smallest):.4f}), so no "
                f"interval at level {float(1 - alpha):g} exists; the highest level that does is {1 - smallest}.",
                f"Det minsta möjliga p-värdet med {count} fördelningar är {smallest}, så något intervall på nivån "
                f"{format_percent(1 - alpha, 'sv', None)} finns inte; den högsta nivå som finns är {1 - smallest}.",
            )
        if contrast == "ratio":
            mapped = [(self._ratio_of(low), self._ratio_of(high)) for low, high in intervals]
            intervals = [(low, high) for low, high in mapped if low < math.inf]
        if self.exact is not None:
            sizes = 1.0 if contrast == "ratio" else size
            settled_ends = [
                tuple(
                    last_kept(end, way, max(sizes, abs(end)), lambda null: kept(null, contrast))
                    for end, way in ((low, -1), (high, 1))
                )
                for low, high in intervals
            ]
            intervals = [(low, high) for low, high in settled_ends if low <= high]
        return ConfidenceSet(intervals=tuple(intervals), level=float(1 - alpha), alternative=alternative)

    def std_error(self, means: Means, contrast: Contrast) -> None:
        """None: the test inverts ranks and has no standard error."""

    def df_of(self, contrast: Contrast) -> None:
        """None: ranks have no degrees of freedom."""

    def rescale(self, factor: float) -> Randomization:
        """The same inference in a unit `factor` times as fine."""
        scaled = tuple(value * factor for value in self.statistics)
        return replace(
            self,
            statistics=scaled,
            mean_outcome=self.mean_outcome * factor,
            exact=self.exact and self.exact.rescale(factor),
        )

    def _p(self, extreme: int) -> Fraction:
        """Never 0: the actual assignment is one of those listed, and as extreme as itself."""
        if self.complete:
            return Fraction(max(extreme, 1), len(self.statistics))
        return Fraction(1 + extreme, len(self.statistics) + 1)

    def _size(self, estimate: float) -> float:
        """The size of the numbers that are compared, to which ties are relative."""
        return max(abs(estimate), max(map(abs, self.statistics)), abs(self.mean_outcome))

    def _constant_effect(self, ratio: float) -> float:
        """τ₀ with τ₀ = (ρ − 1)·(mean_outcome − τ₀·share_treated); ρ at or below 1 − 1/share lies beyond all of them."""
        if ratio == NO_EFFECT["ratio"]:
            return NO_EFFECT["difference"]
        self._check_positive()
        slope = 1 + (ratio - 1) * self.share_treated
        return (ratio - 1) * self.mean_outcome / slope if slope > 0 else -math.inf

    def _ratio_of(self, effect: float) -> float:
        """The ratio of the constant effect; infinite where the counterfactual mean is 0 but for rounding, or less."""
        self._check_positive()
        if effect == -math.inf:
            return effect
        counterfactual = self.mean_outcome - effect * self.share_treated
        return 1 + effect / counterfactual if counterfactual > TIE * self._size(effect) else math.inf

    def _check_positive(self) -> None:
        if not self.ratios:
            raise InferenceUnavailableError(
                "The test by re-drawn assignments is of a difference; a ratio other than that of no effect has none.",
                "Prövningen genom omdragna fördelningar gäller en skillnad; av kvoter prövas bara den utan effekt.",
            )
        if self.mean_outcome <= 0:
            raise InferenceUnavailableError(
                "A ratio under re-drawn assignments needs a mean outcome above zero.",
                "En kvot under omdragna fördelningar kräver att utfallets medelvärde är större än noll.",
            )

    def _alike(self, estimate: float, alternative: Alternative) -> int:
        """How many assignments are as extreme under every null, whatever the outcomes: no p can be below theirs.

        They are the actual one and, of two sides, its opposite, each as often as it was drawn: by exposure to the
        treatment no other is alike. Receipt and outcome may tie by chance, so that draws do not tell which these are;
        of listed assignments the design does, and with it statistics that are opposite from the last to the first.
        """
        a, b, c = np.asarray(self.statistics), np.asarray(self.exposures), self.actual_exposure
        two_sided, close = alternative == "two-sided", TIE * self._size(estimate)
        if not self.ratios and self.complete:
            listed = ((a, close), (b, TIE * c)) if two_sided and self.opposed else ()
            return 2 if listed and all(np.allclose(v, -v[::-1], rtol=TIE, atol=tie) for v, tie in listed) else 1
        if not self.ratios:
            return 0
        same = (np.abs(a - estimate) <= close) & (np.abs(b - c) <= TIE * c)
        opposite = (np.abs(a + estimate) <= close) & (np.abs(b + c) <= TIE * c)
        return int(np.sum(same | opposite if two_sided else same))

    def _extreme_where(self, estimate: float, alternative: Alternative) -> tuple[FloatArray, FloatArray]:
        """Closed intervals of τ₀ on which an assignment is as extreme as the actual one, at most two for each.

        With c the actual exposure, two-sided: (a − τb)² ≥ (â − τc)² has the roots a − τb = ±(â − τc). It holds between
        them when |b| < c, and outside them when |b| > c, which adjustment or probabilities can bring about. One-sided:
        (c − b)τ ≥ â − a, or ≤.
        """
        a, b, c = np.asarray(self.statistics), np.asarray(self.exposures), self.actual_exposure
        same_gap, mirrored_gap = (np.where(np.abs(gap) <= TIE * c, 0.0, gap) for gap in (c - b, c + b))
        close = TIE * self._size(estimate)
        ahead, behind = (np.where(np.abs(gap) <= close, 0.0, gap) for gap in (estimate - a, estimate + a))
        with np.errstate(divide="ignore", invalid="ignore"):
            same = ahead / same_gap  # a − τb = â − τc
            mirrored = behind / mirrored_gap  # a − τb = −(â − τc)
        infinite = np.full(a.shape, math.inf)
        always = (same_gap == 0) & (ahead == 0)
        if alternative != "two-sided":
            upward = same_gap >= 0 if alternative == "greater" else same_gap < 0  # holds above the root
            never_root = (same_gap == 0) & (ahead > 0) if alternative == "greater" else (same_gap == 0) & (ahead < 0)
            upward = np.where(same_gap == 0, True, upward)
            low = np.where(always | (same_gap == 0) | ~upward, -infinite, same)
            high = np.where(always | (same_gap == 0) | upward, infinite, same)
            return low[~never_root], high[~never_root]
        always |= (mirrored_gap == 0) & (behind == 0)
        first, second = np.minimum(same, mirrored), np.maximum(same, mirrored)
        outside = ~always & (np.abs(b) > c) & (same_gap != 0) & (mirrored_gap != 0)
        low = np.where(always | outside, -infinite, first)
        high = np.where(always, infinite, np.where(outside, first, second))
        return np.append(low, second[outside]), np.append(high, infinite[outside])


def _size_of(means: Means, contrast: Contrast, end: float) -> float:
    """The size of the numbers that an end of a set comes from."""
    return max(1.0 if contrast == "ratio" else max(abs(means.treated), abs(means.counterfactual)), abs(end))


def _as_extreme(drawn: FloatArray, observed: FloatArray, alternative: Alternative, size: float) -> BoolArray:
    """Which draws are at least as extreme as the observed statistic; ties count, relative to the means' `size`."""
    if alternative == "two-sided":
        drawn, observed = np.abs(drawn), np.abs(observed)
    sign = -1 if alternative == "less" else 1
    tolerance = np.where(np.isinf(observed), 0.0, TIE * np.maximum(np.abs(observed), size))
    return np.asarray(sign * drawn >= sign * observed - tolerance)
