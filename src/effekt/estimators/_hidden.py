"""Checks of how strong something unmeasured would have to be, asked for by name beside an estimate; they move none."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from effekt._exact import exact
from effekt._inference import Means
from effekt._text import LANGUAGES, Language, Text, format_percent, significant
from effekt._types import BoolArray, FloatArray, Number
from effekt._validation import check_decimal, check_option
from effekt.diagnostics import e_value
from effekt.diagnostics._arrays import number_words
from effekt.diagnostics.hidden_bias import e_of_ratio, e_statement
from effekt.diagnostics.rosenbaum import Direction, effect_beyond
from effekt.exceptions import ArgumentError, EffektError
from effekt.result import Diagnostic, EffectEstimate, ExactMeans
from effekt.roles import Outcome

HiddenCheck: TypeAlias = Literal[
    "rosenbaum_bounds", "robustness_value", "marginal_sensitivity", "oster_delta", "e_value"
]
ThresholdView: TypeAlias = Literal["difference", "improvement", "relative", "relative_improvement"]
LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The checks in the order of their names' list, and the effect to be ruled out.

    Attributes
    ----------
    names : tuple of str
    threshold : float
        In the view.
    view : str
        That of the effect which the threshold is of.
    better : str or None
        Which outcomes are.
    """

    names: tuple[HiddenCheck, ...]
    threshold: float
    view: ThresholdView = "difference"
    better: str | None = None

    def plain(self) -> dict[str, Any]:
        """What the result records of it; nothing where no check was asked for."""
        view = {} if self.view == "difference" else {"threshold_view": self.view}
        return {"checks": list(self.names), "threshold": self.threshold, **view} if self.names else {}

    @property
    def ratio(self) -> float | None:
        """Treated over counterfactual at a relative threshold; None where it is in the outcome's unit."""
        return 1 + self._signed if self.view in _RELATIVE else None

    @property
    def line(self) -> float:
        """Treated − counterfactual at the threshold, of outcomes as `at_threshold` gives them."""
        return self._signed if self.ratio is None else 0.0

    @property
    def _signed(self) -> float:
        return -self.threshold if self.view in _IMPROVEMENTS and self.better == "lower" else self.threshold

    def at_threshold(self, values: FloatArray, treated: BoolArray) -> FloatArray:
        """The outcomes; of a relative threshold those of the treated as they would be without an effect as large.

        Treated over counterfactual is 1 + r exactly where the treated's mean over 1 + r less the counterfactual is
        zero, whichever of the two a confounder moves, so that a check of zero on these outcomes is one of r.
        """
        return values if self.ratio is None else np.where(treated, values / self.ratio, values)

    def told(self) -> Text:
        """The threshold in words: "0.5", "a relative improvement of 12%"."""
        return Text(**{lang: _OF_VIEW[self.view][lang].format(self._number(lang)) for lang in LANGUAGES})

    def finding(self, alternative: Direction) -> Text:
        """What is found when the threshold is surpassed: "a relative improvement of more than 12%"."""
        if self.view == "difference":
            return effect_beyond(self.threshold, alternative)
        way = alternative if self.view not in _IMPROVEMENTS else "more"
        return Text(**{lang: _FOUND[self.view, way][lang].format(self._number(lang)) for lang in LANGUAGES})

    def as_asked(self, found: Diagnostic) -> Diagnostic:
        """A check with the threshold as it was asked for, and with what it is of told apart from an effect."""
        if self.ratio is None:
            return found
        values = {_BEYOND.get(name, name): value for name, value in found.values.items()}
        table = {_BEYOND.get(name, name): column for name, column in found.table.items()}
        values |= {"threshold": self.threshold, "threshold_view": self.view}
        return replace(found, values=values, table=table)

    def _number(self, lang: Language) -> str:
        return number_words(self.threshold, lang) if self.ratio is None else format_percent(self.threshold, lang, None)


_IMPROVEMENTS = ("improvement", "relative_improvement")
_RELATIVE = ("relative", "relative_improvement")
_BEYOND = {
    name: name.replace("estimate", "beyond")
    for name in ("estimate", "short_estimate", "adjusted_estimate", "estimate_low", "estimate_high")
}
_OF_VIEW: dict[ThresholdView, dict[Language, str]] = {
    "difference": {"en": "{}", "sv": "{}"},
    "improvement": {"en": "an improvement of {}", "sv": "en förbättring på {}"},
    "relative": {"en": "a relative effect of {}", "sv": "en relativ effekt på {}"},
    "relative_improvement": {"en": "a relative improvement of {}", "sv": "en relativ förbättring på {}"},
}
_FOUND: dict[tuple[ThresholdView, str], dict[Language, str]] = {
    ("relative", "greater"): {"en": "a relative effect greater than {}", "sv": "en relativ effekt större än {}"},
    ("relative", "less"): {"en": "a relative effect less than {}", "sv": "en relativ effekt mindre än {}"},
    ("improvement", "more"): {"en": "an improvement of more than {}", "sv": "en förbättring på mer än {}"},
    ("relative_improvement", "more"): {
        "en": "a relative improvement of more than {}",
        "sv": "en relativ förbättring på mer än {}",
    },
}


def check_hidden(
    checks: object,
    threshold: Number | None,
    view: object,
    outcome: Outcome,
    names: Sequence[str] = get_args(HiddenCheck),
) -> Asked:
    """The checks asked for; refuse those that are not there, and a threshold on the side that is worse.

    Parameters
    ----------
    checks : list of str
    threshold : number or None
        None is no effect.
    view : str or None
        Of the effect, that the threshold is in.
    outcome : Outcome
    names : sequence of str
        Those that the design has.
    """
    if not isinstance(checks, (tuple, list)):
        raise ArgumentError(f"`checks` must be a list such as [{names[-1]!r}]; got {checks!r}.")
    for place, one in enumerate(checks):
        check_option("checks", one, names)
        if one in checks[:place]:
            raise ArgumentError(f"`checks` must name each check once; {one!r} stands there twice. Leave one out.")
    of = _check_view_name(view)
    asked = tuple(name for name in get_args(HiddenCheck) if name in checks)
    if threshold is None:
        if view is not None:
            raise ArgumentError(
                f"`threshold_view` must be None without `threshold`, which it is the view of; got {view!r}. Give the "
                "threshold too."
            )
        return Asked(names=asked, threshold=0.0, better=outcome.better)
    if not checks:
        raise ArgumentError("`threshold` must be None without `checks`, which are all that use it; name a check.")
    line = check_decimal("threshold", threshold)
    found = Asked(names=asked, threshold=line, view=of, better=outcome.better)
    _check_view(found, threshold, outcome)
    return found


def _check_view_name(view: Any) -> ThresholdView:
    if view is None:
        return "difference"
    check_option("threshold_view", view, get_args(ThresholdView))
    return view  # type: ignore[no-any-return]


def _check_view(found: Asked, threshold: Number, outcome: Outcome) -> None:
    """Refuse a threshold on the side that is worse, and one that no ratio of means reaches."""
    line, of = found.threshold, found.view
    if of in _IMPROVEMENTS:
        if outcome.better is None:
            raise ArgumentError(
                f"`threshold_view` can be {of!r} only where it is known what is better; give "
                "outcome=Outcome(column, better=...), or take another view."
            )
        if line < 0:
            raise ArgumentError(
                f"`threshold` must be at least 0 where `threshold_view` is {of!r}, since it is what the finding must "
                f"surpass; got {threshold}."
            )
    elif (outcome.better == "lower" and line > 0) or (outcome.better == "higher" and line < 0):
        side = "at most" if outcome.better == "lower" else "at least"
        raise ArgumentError(
            f"`threshold` must be {side} 0 where {outcome.better} is better, since it is the effect, treated minus "
            f"counterfactual, that the finding must surpass; got {threshold}."
        )
    if found.ratio is not None and found.ratio <= 0:
        raise ArgumentError(
            f"`threshold` must leave the treated's mean above 0 where `threshold_view` is {of!r}: it is a share of the "
            f"counterfactual, such as 0.12 for 12 per cent; got {threshold}."
        )


def check_ratio_alone(checks: object, threshold: Number | None, view: object, outcome: Outcome) -> Asked:
    """The checks of a design that has the E-value alone; the others are refused by name, with the reason."""
    for one in checks if isinstance(checks, (tuple, list)) else ():
        if isinstance(one, str) and one in _OTHERS:
            other = (
                "weight with matched_comparison"
                if one == "marginal_sensitivity"
                else f"call effekt.diagnostics.{one} on what it is of"
            )
            raise ArgumentError(
                f"`checks` can hold 'e_value' alone here: {one!r} is of {_OTHERS[one]}, which a comparison by two "
                f"models does not have. Ask for 'e_value', or {other}."
            )
    return check_hidden(checks, threshold, view, outcome, names=("e_value",))


_OTHERS = {
    "rosenbaum_bounds": "matched pairs",
    "marginal_sensitivity": "two weighted means",
    "robustness_value": "the treatment's coefficient in one linear regression",
    "oster_delta": "the treatment's coefficient in one linear regression",
}


def ratio_check(effect: EffectEstimate, asked: Asked) -> Diagnostic:
    """The E-value of the treated's mean over that which the threshold would give, of a relative one against 1 + r.

    Its interval is the 95 % set of that ratio by the errors of the result, the counterfactual's among them. Whether it
    holds the threshold is judged by the result's own interval in the threshold's view, which it does exactly where the
    set holds what the ratio is held against. Where these are no ratios, since one mean is not above zero, the check
    says so: it takes no figure away.
    """
    ratio = _ratio_beyond(effect, asked)
    if ratio is None:
        return impossible("e_value", asked, _NO_RATIO)
    line, held = asked.ratio or 1.0, holds_threshold(effect, asked)
    low, high = _part_of_estimate(ratio)
    end = low if ratio.estimate > line else high
    limit = 1.0 if held else e_of_ratio(end / line) if held is not None and 0 < end < math.inf else None
    found = e_value(ratio.estimate, threshold=line)
    value = found.values["e_value"]
    assert isinstance(value, float)
    estimate, at = (effect.estimate, asked.line) if asked.ratio is None else (ratio.estimate, line)
    short = surpassed(estimate, asked, at=at)
    if short is not None:
        value, limit = 1.0, None if held is None else 1.0
    bounded = held is not None and math.isfinite(low) and math.isfinite(high)
    ends = {"conf_low": low, "conf_high": high} if bounded else {}
    return replace(
        found,
        status="warning" if held or short is not None else "information",
        statement=short or e_statement(value, limit, asked.told(), of_effect=True, held=bool(held)),
        values={**found.values, "e_value": value, "e_value_interval": limit, **ends},
    )


def holds_threshold(effect: EffectEstimate, asked: Asked) -> bool | None:
    """Whether the result's own 95 % interval holds the threshold, in the threshold's view; None where there is none."""
    view: EffectEstimate = getattr(effect, asked.view)()
    try:
        return asked.threshold in view.confidence_interval(LEVEL)
    except EffektError:
        return None


def _ratio_beyond(effect: EffectEstimate, asked: Asked) -> EffectEstimate | None:
    """Treated over the counterfactual with a threshold in the outcome's unit added; None where that is no ratio."""
    means, exact_means = effect.means, effect.exact
    if asked.line:
        means = Means(treated=means.treated, counterfactual=means.counterfactual + asked.line)
        if exact_means is not None:
            moved = exact_means.counterfactual + exact(asked.line)
            exact_means = ExactMeans(treated=exact_means.treated, counterfactual=moved)
            means = Means(treated=means.treated, counterfactual=float(moved))
    if not (means.treated > 0 and effect.means.has_ratio and means.has_ratio):
        return None
    return replace(effect, means=means, exact=exact_means).ratio()


def _part_of_estimate(ratio: EffectEstimate) -> tuple[float, float]:
    """The ends of that part of the 95 % set which holds the estimate; infinite where there is none."""
    try:
        parts = ratio.confidence_interval(LEVEL).intervals
    except EffektError:
        parts = ()
    return next((part for part in parts if part[0] <= ratio.estimate <= part[1]), (-math.inf, math.inf))


def with_checks(
    effect: EffectEstimate, asked: Asked, made: Mapping[str, Callable[[], Diagnostic]], values: FloatArray
) -> EffectEstimate:
    """The effect with the checks asked for, and their names among its arguments; as it is where there are none."""
    if not asked.names:
        return effect
    made, lowest = {**made, "e_value": lambda: ratio_check(effect, asked)}, float(values.min())
    reasons = {name: without_share(name, asked, effect, lowest) for name in asked.names}
    found = [made[name]() if reason is None else impossible(name, asked, reason) for name, reason in reasons.items()]
    return replace(effect, arguments={**effect.arguments, **asked.plain()}).with_diagnostics(*found)


def impossible(name: HiddenCheck, asked: Asked, reason: Text) -> Diagnostic:
    """A check that the data do not allow: why, and no numbers; the figure beside it stays as it is.

    Parameters
    ----------
    name : str
    asked : Asked
    reason : Text
        What the data lack, after a colon.
    """
    values: dict[str, float | int | str | None] = {**dict.fromkeys(_VALUES[name]), "threshold": asked.line}
    if name == "e_value":
        values["threshold"] = asked.ratio or 1.0
    found = Diagnostic(
        name=name,
        status="information",
        statement=Text(
            en=f"This check cannot be made of these data: {reason.en}. The figure itself does not depend on it.",
            sv=f"Kontrollen kan inte göras med dessa data: {reason.sv}. Siffran i sig beror inte av den.",
        ),
        values=values | ({"scale": "risk_ratio"} if name == "e_value" else {}),
    )
    return found if name == "e_value" else asked.as_asked(found)


def without_share(name: HiddenCheck, asked: Asked, effect: EffectEstimate, lowest: float) -> Text | None:
    """Why a relative threshold has no meaning for a check; None where it has one.

    The confounder that moves the ratio of two means above zero to 1 + r leaves both above zero. Ranks are of one
    relative effect for everybody, whose side tells what is better only of outcomes that are not below zero.
    """
    if asked.ratio is None or name == "e_value":  # which has its own words
        return None
    if name == "rosenbaum_bounds" and lowest < 0:
        return _BELOW_ZERO
    return None if min(effect.means.treated, effect.means.counterfactual) > 0 else _NO_SHARE


_BELOW_ZERO = Text(
    en="the ranks of a relative threshold need outcomes that are not below zero",
    sv="rangtalen vid en relativ tröskel kräver utfall som inte är mindre än noll",
)
_NO_SHARE = Text(
    en="a relative threshold needs both means to be above zero",
    sv="en relativ tröskel kräver att båda medelvärdena är större än noll",
)
_VALUES: dict[HiddenCheck, tuple[str, ...]] = {
    "e_value": (
        *("e_value", "e_value_interval", "estimate", "conf_low", "conf_high", "threshold", "scale", "risk_ratio"),
        "threshold_risk_ratio",
    ),
    "rosenbaum_bounds": ("gamma_limit", "p_value", "statistic", "n_pairs", "n_zero", "threshold"),
    "robustness_value": (
        *("robustness_value", "robustness_value_interval", "partial_r2", "t_value", "estimate", "std_error", "df"),
        "threshold",
    ),
    "marginal_sensitivity": ("lambda_limit", "lambda_limit_interval", "estimate", "threshold"),
    "oster_delta": (
        *("delta", "threshold", "r2_max", "estimate", "r2", "short_estimate", "short_r2", "adjusted_estimate"),
    ),
}
_NO_RATIO = Text(
    en="it compares ratios, and both means, and the counterfactual with the threshold added, would have to be above "
    "zero",
    sv="den jämför kvoter, och båda medelvärdena, och det kontrafaktiska med tröskeln inräknad, skulle behöva vara "
    "större än noll",
)


def surpassed(estimate: float, asked: Asked, *, at: float) -> Text | None:
    """What is said of an estimate that does not surpass the threshold as it is, so that nothing need be hidden."""
    beyond = {"higher": estimate > at, "lower": estimate < at}.get(str(asked.better), True)
    if beyond:
        return None
    en, sv = ("" if asked.ratio else f", {significant(estimate, lang)}," for lang in LANGUAGES)
    told = asked.told()
    return Text(
        en=f"Even with nothing hidden the estimate{en} does not surpass {told.en}.",
        sv=f"Även utan något dolt når skattningen{sv} inte förbi {told.sv}.",
    )
