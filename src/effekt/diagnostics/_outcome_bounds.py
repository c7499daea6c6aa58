"""Bounds of an effect with outcomes missing: the arms as seen, the interval, and what is said of both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np

from effekt._inference.distributions import t_quantile, t_upper_tail
from effekt._text import Language, Text, format_percent, significant
from effekt._types import FloatArray
from effekt.diagnostics._arrays import check_arms, check_vector, number_words
from effekt.exceptions import ArgumentError
from effekt.result.parts import Status

ROUNDING = 1e-12  # means are sums of floats: what differs by less than this part of the larger is equal
Place: TypeAlias = Literal["within bounds", "within interval", "outside interval", "outside bounds"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arm:
    """The outcomes seen in one arm, ascending, and how many units were assigned to it."""

    seen: FloatArray
    assigned: int

    @property
    def share(self) -> Fraction:
        """Share of the assigned whose outcome is seen."""
        return Fraction(len(self.seen), self.assigned)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One end of the identified set."""

    treated: float
    control: float
    std_error: float | None

    @property
    def effect(self) -> float:
        """Treated − control; 0 where the means are equal but for rounding."""
        equal = math.isclose(self.treated, self.control, rel_tol=ROUNDING)
        return 0.0 if equal else self.treated - self.control


def read_arms(outcome: Any, treatment: Any) -> tuple[Arm, Arm]:
    values = check_vector("outcome", outcome, missing=True)
    treated = check_arms(treatment, len(values))
    arms = []
    for name, rows in (("treated", treated), ("controls", ~treated)):
        seen = values[rows & ~np.isnan(values)]
        if len(seen) < 2:
            raise ArgumentError(f"`outcome` must be seen for at least two units of each arm; {name} have {len(seen)}.")
        arms.append(Arm(seen=np.sort(seen), assigned=int(rows.sum())))
    return arms[0], arms[1]


def as_assigned(bounds: list[Bound], *, clustered: bool) -> list[Bound]:
    """Without standard errors where units were not assigned one by one, as these take them, or no outcome varies."""
    return [replace(bound, std_error=None) for bound in bounds] if clustered or no_variation(bounds) else bounds


def no_variation(bounds: Sequence[Bound]) -> bool:
    """Whether outcomes vary within no arm of either bound, of which nothing tells how far chance may reach."""
    return all(
        bound.std_error is not None and bound.std_error <= ROUNDING * max(abs(bound.treated), abs(bound.control))
        for bound in bounds
    )


def welch(treated: FloatArray, control: FloatArray) -> Bound:
    variance = sum(float(np.var(arm, ddof=1)) / len(arm) for arm in (treated, control))
    return Bound(treated=float(np.mean(treated)), control=float(np.mean(control)), std_error=math.sqrt(variance))


def _interval(bounds: Sequence[Bound], alpha: Fraction) -> tuple[float, float] | None:
    """The interval of Imbens & Manski (2004) for the effect."""
    from scipy.optimize import brentq  # slow to load, and seldom needed

    errors = [bound.std_error for bound in bounds]
    if errors[0] is None or errors[1] is None:
        return None
    width, largest = bounds[1].effect - bounds[0].effect, max(errors[0], errors[1])
    if largest == 0:
        return None
    one_sided, two_sided = (t_quantile(1 - float(alpha) / sides, math.inf) for sides in (1, 2))

    def excess(c: float) -> float:
        return float(alpha) - float(t_upper_tail(c + width / largest, math.inf)) - float(t_upper_tail(c, math.inf))

    c = two_sided if excess(two_sided) <= 0 else float(brentq(excess, one_sided - 1e-9, two_sided, xtol=1e-14))
    return bounds[0].effect - c * errors[0], bounds[1].effect + c * errors[1]


def bound_values(
    bounds: Sequence[Bound], threshold: float, alpha: Fraction, interval: tuple[float, float] | None = None
) -> dict[str, float | int | str | None]:
    """What a check of bounds says in numbers; the interval is that of Imbens & Manski unless another is given."""
    low, high = interval or _interval(bounds, alpha) or (None, None)
    relative = [bound.effect / bound.control for bound in bounds] if min(b.control for b in bounds) > 0 else [None] * 2
    return {
        "lower": bounds[0].effect,
        "upper": bounds[1].effect,
        "std_error_lower": bounds[0].std_error,
        "std_error_upper": bounds[1].std_error,
        "conf_low": low,
        "conf_high": high,
        "level": float(1 - alpha),
        "relative_lower": relative[0],
        "relative_upper": relative[1],
        "threshold": threshold,
    }


def seen_values(treated: Arm, control: Arm) -> dict[str, float | int | str | None]:
    return {
        "n_treated": treated.assigned,
        "n_seen_treated": len(treated.seen),
        "share_seen_treated": float(treated.share),
        "n_control": control.assigned,
        "n_seen_control": len(control.seen),
        "share_seen_control": float(control.share),
    }


def table(bounds: Sequence[Bound]) -> dict[str, tuple[float | int | str | None, ...]]:
    return {
        "bound": ("lower", "upper"),
        "treated_mean": tuple(bound.treated for bound in bounds),
        "control_mean": tuple(bound.control for bound in bounds),
        "effect": tuple(bound.effect for bound in bounds),
        "std_error": tuple(bound.std_error for bound in bounds),
    }


def holds(bounds: tuple[float, float], line: float) -> bool:
    """Whether a threshold lies within bounds; a bound that is the threshold but for rounding holds it."""
    at_an_end = any(math.isclose(end, line, rel_tol=ROUNDING) for end in bounds)
    return at_an_end or bounds[0] <= line <= bounds[1]


def _place(values: dict[str, Any]) -> Place:
    """Where the threshold lies."""
    line, low, high = values["threshold"], values["conf_low"], values["conf_high"]
    if holds((values["lower"], values["upper"]), line):
        return "within bounds"
    if low is None:
        return "outside bounds"
    return "within interval" if low <= line <= high else "outside interval"


def status(values: dict[str, Any]) -> Status:
    return "warning" if _place(values).startswith("within") else "ok"


def bounds_statement(values: dict[str, Any], population: Text, condition: Text, *, no_variation: bool = False) -> Text:
    """What bounds say; `no_variation` tells why they have no interval."""

    def sentence(lang: Language) -> str:
        low, high = significant(values["lower"], lang), significant(values["upper"], lang)
        interval = _NO_VARIATION.in_language(lang) if no_variation else ""
        if values["conf_low"] is not None:
            share = format_percent(values["level"], lang, 0)
            ends = significant(values["conf_low"], lang), significant(values["conf_high"], lang)
            interval = (
                f" ({share} interval {ends[0]} to {ends[1]})"
                if lang == "en"
                else f" ({share} konfidensintervall {ends[0]} till {ends[1]})"
            )
        line = number_words(values["threshold"], lang)
        within = f"{line} {_PLACES[_place(values)].in_language(lang)}"
        if lang == "en":
            return f"The effect {population.en} lies between {low} and {high}{interval} {condition.en}; {within}."
        return f"Effekten {population.sv} ligger mellan {low} och {high}{interval} {condition.sv}; {within}."

    return Text(en=sentence("en"), sv=sentence("sv"))


_NO_VARIATION = Text(
    en=" (without an interval, as there is no within-arm variation)",
    sv=" (utan konfidensintervall, eftersom det inte finns någon variation inom grupperna)",
)
_PLACES: dict[Place, Text] = {
    "within bounds": Text(
        en="lies within the bounds, so the data leave its side open",
        sv="ligger inom gränserna, så data lämnar öppet på vilken sida effekten ligger",
    ),
    "within interval": Text(
        en="lies outside the bounds but within the interval", sv="ligger utanför gränserna men inom intervallet"
    ),
    "outside interval": Text(en="lies outside the interval", sv="ligger utanför intervallet"),
    "outside bounds": Text(en="lies outside the bounds", sv="ligger utanför gränserna"),
}
