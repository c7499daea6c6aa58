"""Checks of how strong something unmeasured would have to be, asked for by name beside an estimate; they move none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

from effekt._text import Text, significant
from effekt._types import Number
from effekt._validation import check_decimal, check_option
from effekt.diagnostics import e_value
from effekt.diagnostics._arrays import number_words
from effekt.diagnostics.hidden_bias import e_statement
from effekt.exceptions import ArgumentError, EffektError
from effekt.result import Diagnostic, EffectEstimate
from effekt.roles import Outcome

HiddenCheck: TypeAlias = Literal[
    "rosenbaum_bounds", "robustness_value", "marginal_sensitivity", "oster_delta", "e_value"
]
LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The checks in the order of their names' list, and the effect to be ruled out.

    Attributes
    ----------
    names : tuple of str
    threshold : float
        Treated − counterfactual, in the outcome's unit.
    """

    names: tuple[HiddenCheck, ...]
    threshold: float

    def plain(self) -> dict[str, Any]:
        """What the result records of it; nothing where no check was asked for."""
        return {"checks": list(self.names), "threshold": self.threshold} if self.names else {}


def check_hidden(
    checks: object, threshold: Number | None, outcome: Outcome, names: Sequence[str] = get_args(HiddenCheck)
) -> Asked:
    """The checks asked for; refuse those that are not there, and a threshold on the side that is worse.

    Parameters
    ----------
    checks : list of str
    threshold : number or None
        None is no effect.
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
    if threshold is None:
        return Asked(names=tuple(name for name in get_args(HiddenCheck) if name in checks), threshold=0.0)
    if not checks:
        raise ArgumentError("`threshold` must be None without `checks`, which are all that use it; name a check.")
    line = check_decimal("threshold", threshold)
    if (outcome.better == "lower" and line > 0) or (outcome.better == "higher" and line < 0):
        side = "at most" if outcome.better == "lower" else "at least"
        raise ArgumentError(
            f"`threshold` must be {side} 0 where {outcome.better} is better, since it is the effect, treated minus "
            f"counterfactual, that the finding must surpass; got {threshold}."
        )
    return Asked(names=tuple(name for name in get_args(HiddenCheck) if name in checks), threshold=line)


def check_ratio_alone(checks: object, threshold: Number | None, outcome: Outcome) -> Asked:
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
    return check_hidden(checks, threshold, outcome, names=("e_value",))


_OTHERS = {
    "rosenbaum_bounds": "matched pairs",
    "marginal_sensitivity": "two weighted means",
    "robustness_value": "the treatment's coefficient in one linear regression",
    "oster_delta": "the treatment's coefficient in one linear regression",
}


def ratio_check(effect: EffectEstimate, threshold: float) -> Diagnostic:
    """The E-value of treated over counterfactual, against the ratio that the threshold would be.

    Where these are no ratios, since one is not above zero, the check says so: it takes no figure away.
    """
    counterfactual = effect.means.counterfactual
    if not (counterfactual > 0 and effect.means.treated > 0 and counterfactual + threshold > 0):
        return impossible("e_value", threshold, _NO_RATIO)
    ratio = effect.ratio()
    line = 1 + threshold / counterfactual
    intervals = _intervals(ratio)
    low, high = intervals[0] if len(intervals) == 1 else (None, None)
    if low is None or high is None or low <= 0 or high == float("inf"):
        low = high = None
    found = e_value(ratio.estimate, conf_low=low, conf_high=high, threshold=line)
    if low is None and any(start <= line <= end for start, end in intervals):
        found = replace(found, status="warning", values={**found.values, "e_value_interval": 1.0})
    short = surpassed(effect.estimate, threshold, effect.outcome.better)
    if short is not None:
        nothing = {"e_value": 1.0, "e_value_interval": None if found.values["e_value_interval"] is None else 1.0}
        return replace(found, status="warning", statement=short, values={**found.values, **nothing})
    value, limit = found.values["e_value"], found.values["e_value_interval"]
    assert isinstance(value, float)
    assert limit is None or isinstance(limit, float)
    return replace(found, statement=e_statement(value, limit, threshold, of_effect=True))


def impossible(name: HiddenCheck, threshold: float, reason: Text) -> Diagnostic:
    """A check that the data do not allow: why, and no numbers; the figure beside it stays as it is.

    Parameters
    ----------
    name : str
    threshold : float
    reason : Text
        What the data lack, after a colon.
    """
    values: dict[str, float | int | str | None] = {**dict.fromkeys(_VALUES[name]), "threshold": threshold}
    return Diagnostic(
        name=name,
        status="information",
        statement=Text(
            en=f"This check cannot be made of these data: {reason.en}. The figure itself does not depend on it.",
            sv=f"Kontrollen kan inte göras med dessa data: {reason.sv}. Siffran i sig beror inte av den.",
        ),
        values=values | ({"scale": "risk_ratio"} if name == "e_value" else {}),
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


def surpassed(estimate: float, threshold: float, better: str | None) -> Text | None:
    """What is said of an estimate that does not surpass the threshold as it is, so that nothing need be hidden."""
    beyond = {"higher": estimate > threshold, "lower": estimate < threshold}.get(str(better), True)
    if beyond:
        return None
    return Text(
        en=f"Even with nothing hidden the estimate, {significant(estimate, 'en')}, does not surpass "
        f"{number_words(threshold, 'en')}.",
        sv=f"Även utan något dolt når skattningen, {significant(estimate, 'sv')}, inte förbi "
        f"{number_words(threshold, 'sv')}.",
    )


def _intervals(ratio: EffectEstimate) -> tuple[tuple[float, float], ...]:
    """The 95 % confidence set; none where there is none."""
    try:
        return ratio.confidence_interval(LEVEL).intervals
    except EffektError:
        return ()
