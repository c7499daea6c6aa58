"""The one result object of every causal design.

`EffectEstimate` states the mean among the treated and its counterfactual for a named target population. The effect is
always treated − counterfactual; only `improvement` turns the sign by which direction is better. Everything else
(difference, ratio, relative effect, total) is a view of the same two means with the same inference.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from effekt._exact import exact
from effekt._frozen import freeze
from effekt._inference import (
    MIRROR,
    NO_EFFECT,
    AndersonRubin,
    ConfidenceSet,
    DeclaredP,
    DeclaredSet,
    Draws,
    Means,
    Placebos,
    Randomization,
    StudentT,
    TestInversion,
    TwoProportions,
    TwoRates,
    Unavailable,
    WildBootstrap,
)
from effekt._text import Language
from effekt._types import ALTERNATIVES, Alternative, Contrast, Number
from effekt._validation import check_decimal, check_exact, check_level, check_number, check_option, shown
from effekt.exceptions import ArgumentError, InferenceUnavailableError, ViewUnavailableError
from effekt.result.parts import Diagnostic, ExactMeans, Note, Observed, OutcomePath, Result, Sample
from effekt.roles import Estimand, Outcome

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_LEVELS = (0.8, 0.9, 0.95, 0.99)
_RAW: dict[type, str] = {  # made public
    Randomization: "randomization",
    WildBootstrap: "wild_bootstrap",
    Draws: "draws",
    TwoRates: "exact_poisson",
}
ViewName: TypeAlias = Literal["difference", "relative", "ratio", "improvement", "relative_improvement", "total"]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An affine map of a contrast: value = slope · contrast + offset."""

    name: ViewName = "difference"
    contrast: Contrast = "difference"
    slope: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.slope) and math.isfinite(self.offset) and self.slope):
            raise ArgumentError("`slope` and `offset` of a view must be finite, and `slope` not zero.")

    def in_contrast(self, value: float) -> float:
        """The contrast of a value of the view, of decimals and rounded once: -0.7 relative is a ratio of 0.3."""
        return float((exact(value) - exact(self.offset)) / exact(self.slope))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class EffectEstimate(Result):
    """The estimated effect of an intervention, with everything needed to question it.

    Every causal design returns this class. The stored numbers are the treated mean, its counterfactual and the
    inference; estimate, standard error, p-values and intervals are derived for the view that is asked for.

    Attributes
    ----------
    means : Means
        Treated and counterfactual mean in the outcome's unit.
    inference : Inference
        One of `StudentT`, `AndersonRubin`, `Placebos`, `Randomization`, `WildBootstrap`, `Draws`, `TwoProportions`,
        `TwoRates`, `TestInversion`, `Unavailable`.
    estimand : Estimand
    outcome : Outcome
    method : str
        The public function that made it, such as "randomized_trial".
    variance : str
        Name and version of the variance convention, such as "CR2/1".
    sample : Sample
    observed : Observed
        Raw means beside the adjusted ones.
    exact : ExactMeans, optional
        The means as exact fractions, where they are.
    view : View
    arguments : mapping
        The call, as it would stand in a contract's `analysis`.
    diagnostics : tuple of Diagnostic
    notes : tuple of Note
    path : OutcomePath, optional

    Examples
    --------
    >>> import effekt
    >>> data = {"outcome": [4.0, 5.0, 6.0, 7.0, 8.0, 9.5], "treatment": [0, 0, 0, 1, 1, 1]}
    >>> effect = effekt.randomized_trial(data, outcome="outcome", treatment="treatment", adjustment="none")
    >>> round(effect.estimate, 4), round(effect.std_error, 4)
    (3.1667, 0.928)
    >>> effect.confidence_interval(level=0.9).kind
    'bounded'
    """

    SCHEMA = "effekt/effect/1"

    means: Means
    inference: (
        StudentT
        | AndersonRubin
        | Placebos
        | Randomization
        | WildBootstrap
        | Draws
        | TwoProportions
        | TwoRates
        | TestInversion
        | Unavailable
    )
    estimand: Estimand
    outcome: Outcome
    method: str
    variance: str
    sample: Sample
    observed: Observed
    exact: ExactMeans | None = None
    view: View = View()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    notes: tuple[Note, ...] = ()
    path: OutcomePath | None = None

    def __post_init__(self) -> None:
        freeze(self, "arguments")
        if not isinstance(self.means, Means):
            raise ArgumentError(f"`means` must be Means, the treated and the counterfactual; got {shown(self.means)}.")
        for name in ("treated", "counterfactual"):
            if not math.isfinite(getattr(self.means, name)):
                raise ArgumentError(f"The {name} mean must be a finite number.")
        inference = self.inference
        if isinstance(inference, (StudentT, AndersonRubin)):
            error = inference.std_error(self.means, "difference")
            if error is None or not error > 0:
                raise ArgumentError(
                    "A standard error must be above zero; where nothing varies, inference is Unavailable."
                )

    # --- the numbers of this view -----------------------------------------------------------------------------

    @property
    def treated_mean(self) -> float:
        """Mean outcome among the target population with the intervention."""
        return self.means.treated

    @property
    def counterfactual_mean(self) -> float:
        """Mean outcome of the same population had there been no intervention, as estimated."""
        return self.means.counterfactual

    @property
    def estimate(self) -> float:
        """The effect in this view; where the means are exact, the float nearest to `exact_estimate`.

        Else it is right to about the last place of the means as floats, and no further where they nearly cancel.
        """
        found = self.exact_estimate
        if found is not None:
            return float(found)
        return self.view.slope * self.means.value(self.view.contrast) + self.view.offset

    @property
    def exact_estimate(self) -> Fraction | None:
        """The effect in this view as an exact fraction, where the means are exact."""
        if self.exact is None:
            return None
        treated, counterfactual = self.exact.treated, self.exact.counterfactual
        contrast = treated - counterfactual if self.view.contrast == "difference" else treated / counterfactual
        return exact(self.view.slope) * contrast + exact(self.view.offset)

    @property
    def std_error(self) -> float | None:
        """Standard error in this view (delta method where the view is a ratio); None when there is none."""
        error = self.inference.std_error(self.means, self.view.contrast)
        return None if error is None else abs(self.view.slope) * error

    @property
    def df(self) -> float | None:
        """Degrees of freedom of the test of no effect; None when inference has none."""
        return self.inference.df_of(self.view.contrast)

    @property
    def statistic(self) -> float | None:
        """The t statistic of no effect, the same in every view but for its sign; None when inference has none."""
        if not isinstance(self.inference, (StudentT, AndersonRubin)):
            return None
        return math.copysign(1.0, self.view.slope) * self.inference.statistic(self.means)

    @property
    def placebo_sd(self) -> float | None:
        """Standard deviation of the placebo errors in this view; None without two placebos."""
        if not isinstance(self.inference, Placebos):
            return None
        spread = self.inference.spread(self.means, self.view.contrast)
        return None if spread is None else abs(self.view.slope) * spread

    def p_value(self, null: float | None = None, alternative: Alternative = "two-sided") -> float:
        """P-value of a null in this view.

        Parameters
        ----------
        null : float, optional
            Default: the view's own value of no effect, for which every view has the same p.
        alternative : {"two-sided", "greater", "less"}
            "greater" tests against effects above the null.

        Raises
        ------
        InferenceUnavailableError
            With the reason, when no p-value exists.
        """
        return float(self.rank_p_value(null, alternative))

    def rank_p_value(self, null: float | None = None, alternative: Alternative = "two-sided") -> float | Fraction:
        """`p_value`, as an exact fraction where it is a rank."""
        return self.declared_p(null, alternative).p_value

    def declared_p(self, null: float | None = None, alternative: Alternative = "two-sided") -> DeclaredP:
        """`rank_p_value` as its declaration in the scale of the inference, which a public form can hold."""
        check_option("alternative", alternative, ALTERNATIVES)
        side = MIRROR[alternative] if self.view.slope < 0 else alternative
        value = NO_EFFECT[self.view.contrast]
        if null is not None:
            value = self.view.in_contrast(check_number("null", null))
        p_value = self.inference.p_value(self.means, self.view.contrast, value, side)
        return DeclaredP(contrast=self.view.contrast, null=value, alternative=side, p_value=p_value)

    def confidence_interval(
        self, level: float | Fraction = 0.95, alternative: Alternative = "two-sided"
    ) -> ConfidenceSet:
        """The nulls that are not rejected: {null: p > 1 − level}.

        Parameters
        ----------
        level : float
        alternative : {"two-sided", "greater", "less"}
            "greater" bounds the effect from below, "less" from above.

        Raises
        ------
        InferenceUnavailableError
            With the reason, when there is no set at this level; it says which level exists.
        """
        return self.declared_set(level, alternative).set.affine(self.view.slope, self.view.offset)

    def declared_set(self, level: float | Fraction = 0.95, alternative: Alternative = "two-sided") -> DeclaredSet:
        """`confidence_interval` as its declaration in the scale of the inference, which a public form can hold."""
        check_option("alternative", alternative, ALTERNATIVES)
        side = MIRROR[alternative] if self.view.slope < 0 else alternative
        found = self.inference.confidence_set(self.means, self.view.contrast, check_level(level), side)
        return DeclaredSet(contrast=self.view.contrast, set=found)

    def confidence_at_least(self, threshold: Number) -> float:
        """1 − one-sided p of "the effect is at most the threshold": confidence, not a posterior probability."""
        return float(1 - self.rank_p_value(check_decimal("threshold", threshold), "greater"))

    # --- views ------------------------------------------------------------------------------------------------

    def difference(self) -> EffectEstimate:
        """Treated − counterfactual, in the outcome's unit; of a total the same total."""
        return self._in_units("difference", 1.0)

    def relative(self) -> EffectEstimate:
        """(treated − counterfactual) / counterfactual."""
        return self._ratio_view("relative", 1.0, -1.0)

    def ratio(self) -> EffectEstimate:
        """Treated / counterfactual."""
        return self._ratio_view("ratio", 1.0, 0.0)

    def improvement(self) -> EffectEstimate:
        """The difference with the sign that makes positive better; of a total the same total."""
        return self._in_units("improvement", self._sign())

    def relative_improvement(self) -> EffectEstimate:
        """The relative effect with the sign that makes positive better: 1 − ratio when lower is better."""
        sign = self._sign()
        return self._ratio_view("relative_improvement", sign, -sign)

    def total(self, n: float | str | Fraction) -> EffectEstimate:
        """Take n times the difference or improvement: the effect on n units together."""
        if self.view.contrast == "ratio":
            raise ViewUnavailableError(
                "A total needs an effect in units; take `.difference()` or `.improvement()` first.",
                "En total effekt kräver en effekt i utfallets enhet.",
            )
        number = check_exact("n", n)
        if number <= 0:
            raise ArgumentError(f"`n` must be a positive number; got {n!r}.")
        try:
            slope = math.copysign(1.0, self.view.slope) * float(number)
        except OverflowError:
            slope = math.inf
        if not math.isfinite(slope * self.means.value("difference")):
            raise ArgumentError(f"`n` must leave every value within the reach of a float; got {shown(n)}.")
        return replace(self, view=View(name="total", slope=slope))

    def rescale(self, factor: float, unit: str) -> EffectEstimate:
        """The same estimate with the outcome in another unit: every value times `factor`."""
        if not isinstance(unit, str) or not unit.strip():
            raise ArgumentError(f"`unit` must name the new unit; got {unit!r}.")
        factor = check_number("factor", factor)
        if factor <= 0:
            raise ArgumentError(f"`factor` must be positive; got {factor!r}.")
        try:
            return self._times(factor, unit)
        except OverflowError:
            raise ArgumentError(
                f"`factor` must leave every value within the reach of a float; got {factor!r}."
            ) from None

    def _times(self, factor: float, unit: str) -> EffectEstimate:
        return replace(
            self,
            means=Means(treated=self.treated_mean * factor, counterfactual=self.counterfactual_mean * factor),
            inference=self.inference.rescale(factor),
            exact=_scale_exact(self.exact, factor),
            observed=_scale_observed(self.observed, factor),
            outcome=replace(self.outcome, unit=unit),
            path=_scale_path(self.path, factor),
        )

    def _in_units(self, name: ViewName, sign: float) -> EffectEstimate:
        if self.view.name == "total":
            return replace(self, view=replace(self.view, slope=sign * abs(self.view.slope)))
        return replace(self, view=View(name=name, slope=sign))

    def _ratio_view(self, name: ViewName, slope: float, offset: float) -> EffectEstimate:
        if not self.means.has_ratio:
            held = self.counterfactual_mean + 0.0  # −0.0 is 0
            found = "0 but for rounding" if self.means.has_rest else f"{held:.6g}"
            raise ViewUnavailableError(
                f"`{name}` needs a positive counterfactual mean; it is {found}.",
                "En relativ effekt kräver ett positivt kontrafaktiskt medelvärde.",
            )
        return replace(self, view=View(name=name, contrast="ratio", slope=slope, offset=offset))

    def _sign(self) -> float:
        if self.outcome.better is None:
            raise ViewUnavailableError(
                "`improvement` needs to know which direction is better; give the outcome as "
                "Outcome(column=..., better='lower') or better='higher'.",
                "En förbättring kräver att utfallet säger vilken riktning som är bättre.",
            )
        return -1.0 if self.outcome.better == "lower" else 1.0

    # --- forms ------------------------------------------------------------------------------------------------

    def public(self, nulls: tuple[float, ...] = ()) -> EffectEstimate:
        """The same estimate without raw draws: p-values at declared nulls and sets at declared levels instead.

        Parameters
        ----------
        nulls : tuple of float
            Further nulls, in this view, whose p-values are to be kept.
        """
        if not isinstance(self.inference, (*_RAW, TwoProportions)):
            return self
        values = [self.view.in_contrast(check_number("nulls", null)) for null in nulls]
        return replace(self, inference=_declared(self, values))

    def with_diagnostics(self, *diagnostics: Diagnostic) -> EffectEstimate:
        """The same estimate with further diagnostics."""
        return replace(self, diagnostics=(*self.diagnostics, *diagnostics))

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """One row: method, estimand, view, estimate, std_error, statistic, p_value, df, conf_low, conf_high."""
        from effekt.tables import to_pandas

        return to_pandas({name: (value,) for name, value in tidy_row(self, level).items()})

    def summary(self, lang: Language = "en") -> str:
        """Labelled lines for reading, in English or Swedish."""
        from effekt.result.summary import effect_summary

        return effect_summary(self, lang)

    def plot(self, lang: Language = "en") -> Any:
        """A matplotlib figure: the path over time where there is one, and the effect of this view with its interval."""
        from effekt.reports.plots import plot_effect

        return plot_effect(self, lang)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"

    def __repr__(self) -> str:
        unit = "" if self.view.contrast == "ratio" else f" {self.outcome.unit}".rstrip()
        return (
            f"EffectEstimate({self.method}, {self.estimand.name}, {self.view.name}: "
            f"{self.estimate:.6g}{unit}, {_uncertainty(self)})"
        )


def _uncertainty(effect: EffectEstimate) -> str:
    try:
        found = effect.confidence_interval()
    except InferenceUnavailableError:
        error = effect.std_error
        return "no 95% interval" if error is None else f"std_error {error:.6g}"
    parts = " ∪ ".join(f"[{low:.6g}, {high:.6g}]" for low, high in found.intervals)
    return f"95% {parts or 'empty set'}"


def tidy_row(effect: EffectEstimate, level: float) -> dict[str, float | str | None]:
    """The columns of `tidy`, nulls where inference does not exist."""
    error, low, high, p_value = effect.std_error, None, None, None
    with suppress(InferenceUnavailableError):  # the columns stay null, as documented
        p_value = effect.p_value()
    with suppress(InferenceUnavailableError):
        found = effect.confidence_interval(level)
        if len(found.intervals) == 1:
            low, high = found.intervals[0]
    return {
        "method": effect.method,
        "estimand": effect.estimand.name,
        "view": effect.view.name,
        "estimate": effect.estimate,
        "std_error": error,
        "statistic": effect.statistic,
        "p_value": p_value,
        "df": effect.df,
        "conf_low": low,
        "conf_high": high,
        "level": level,
        "treated_mean": effect.treated_mean,
        "counterfactual_mean": effect.counterfactual_mean,
        "variance": effect.variance,
        "n_obs": effect.sample.n_obs,
    }


def _declared(effect: EffectEstimate, nulls: list[float]) -> TestInversion:
    """Sets at the default levels and p at their ends, at no effect and at the asked nulls, for both contrasts."""
    inference, means = effect.inference, effect.means
    contrasts: tuple[Contrast, ...] = ("difference", "ratio") if means.has_ratio else ("difference",)
    sets, p_values = [], []
    for contrast in contrasts:
        grid = {NO_EFFECT[contrast], *(nulls if contrast == effect.view.contrast else ())}
        for level in DEFAULT_LEVELS:
            for alternative in ALTERNATIVES:
                try:
                    found = inference.confidence_set(means, contrast, check_level(level), alternative)
                except InferenceUnavailableError:
                    continue  # a level that does not exist is not declared
                sets.append(DeclaredSet(contrast=contrast, set=found))
                grid.update(end for ends in found.intervals for end in ends if math.isfinite(end))
        for null in sorted(grid):
            for alternative in ALTERNATIVES:
                with suppress(InferenceUnavailableError):  # so is a null that cannot be tested
                    p_value = inference.p_value(means, contrast, null, alternative)
                    p_values.append(DeclaredP(contrast=contrast, null=null, alternative=alternative, p_value=p_value))
    errors = tuple((c, e) for c in contrasts if (e := inference.std_error(means, c)) is not None)
    return TestInversion(procedure=_procedure(inference), sets=tuple(sets), p_values=tuple(p_values), std_errors=errors)


def _procedure(inference: object) -> str:
    """The name of what a set was declared from."""
    if isinstance(inference, TwoProportions):
        return inference.test
    return _RAW[type(inference)]


def _scale_exact(means: ExactMeans | None, factor: float) -> ExactMeans | None:
    if means is None:
        return None
    by = exact(factor)
    return ExactMeans(treated=means.treated * by, counterfactual=means.counterfactual * by)


def _scale_observed(observed: Observed, factor: float) -> Observed:
    control = None if observed.control is None else observed.control * factor
    return Observed(treated=observed.treated * factor, control=control)


def _scale_path(path: OutcomePath | None, factor: float) -> OutcomePath | None:
    if path is None:
        return None
    counterfactual = tuple(None if value is None else value * factor for value in path.counterfactual)
    return replace(path, treated=tuple(v * factor for v in path.treated), counterfactual=counterfactual)
