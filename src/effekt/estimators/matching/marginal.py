"""How strong a hidden confounder of a weighted comparison would have to be: Tan's marginal sensitivity model.

The true odds of treatment of a unit, given also what is hidden and its outcome, lie within 1/Λ and Λ times those that
the covariates give (Tan 2006, doi:10.1198/016214506000000023). The part of a weight that is an odds is then z times as
large, 1/Λ ≤ z ≤ Λ. The largest weighted mean has z = Λ for outcomes above it and 1/Λ for the others (Zhao, Small &
Bhattacharya 2019, doi:10.1111/rssb.12327, section 4), which is found by Dinkelbach's iteration. As the mean does not
change at first order with who is above it, its standard error is that of the weights with these z held fixed, stacked
on the equations of the propensity, by the variance of the comparison itself, where Zhao et al. have a bootstrap. The
ends hold the truth but are not the narrowest (Dorn & Guo 2023, doi:10.1080/01621459.2022.2069572).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from effekt._inference import StudentT
from effekt._inference.distributions import t_quantile
from effekt._text import LANGUAGES, Language, Text, format_number
from effekt._types import FloatArray, IntArray
from effekt.estimators._hidden import Asked, holds_threshold, surpassed
from effekt.estimators.weighting import ArmWeights, Weighting, arm_means, arm_reference
from effekt.result import Diagnostic, EffectEstimate

LAMBDAS = (1.0, 1.25, 1.5, 2.0, 3.0)
LARGEST = 1e6  # odds ratios beyond are told as none
HALVINGS = 60
ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Weighted:
    """A weighted comparison with what it was computed from.

    Attributes
    ----------
    effect : EffectEstimate
    weighting : Weighting
    outcome : (n,) array
    clusters : (n,) integer array, optional
    left_out : bool
        False for errors by the plain sandwich, with a normal reference, as the effect's own then are.
    """

    effect: EffectEstimate
    weighting: Weighting
    outcome: FloatArray
    clusters: IntArray | None
    left_out: bool = True

    def end(self, odds: float, *, up: bool, of_interval: bool) -> float:
        """The largest effect, or the smallest, when odds differ by up to Λ; or that end of its 95 % interval."""
        treated, control = (
            _tilted(arm, part, self.outcome, odds, up=up == first)
            for arm, part, first in zip(self.weighting.arms, self._odds_parts(), (True, False), strict=True)
        )
        tilted = replace(self.weighting, arms=(treated, control))
        means = arm_means(self.outcome, tilted)
        found = means.value("difference")
        if not of_interval:
            return found
        chance = arm_reference(self.outcome, tilted, self.clusters, left_out=self.left_out)
        error = None if chance is None else chance.std_error(means, "difference")
        if chance is None or error is None:  # a unit alone determines what the mean rests on
            return math.inf if up else -math.inf
        away = t_quantile(1 - ALPHA / 2, chance.df_of("difference")) * error
        return found + away if up else found - away

    def _odds_parts(self) -> tuple[FloatArray, FloatArray]:
        """The part of each arm's weights that is an odds: none of the arm that the effect is on."""
        treated, estimand = self.weighting.treated, self.weighting.estimand
        first, second = (arm.values for arm in self.weighting.arms)
        none = np.zeros(len(treated))
        if estimand == "ATE":
            return np.where(treated, first - 1, 0.0), np.where(treated, 0.0, second - 1)
        return (none, second) if estimand == "ATT" else (first, none)


def marginal_check(found: Weighted, asked: Asked) -> Diagnostic:
    """The Λ at which the estimate, and its interval, reach the threshold."""
    line, held = asked.line, holds_threshold(found.effect, asked)
    with_interval = isinstance(found.effect.inference, StudentT)
    found = replace(found, outcome=asked.at_threshold(found.outcome, found.weighting.treated))
    estimate = found.effect.estimate if asked.ratio is None else found.end(1.0, up=True, of_interval=False)
    up = asked.better == "higher" if asked.better is not None else estimate >= line
    limits: dict[str, float | None] = {"lambda_limit": _limit(found, line, up=up, of_interval=False)}
    limits["lambda_limit_interval"] = None
    if held is not None:
        limits["lambda_limit_interval"] = 1.0 if held else _limit(found, line, up=up, of_interval=True)
    ends: dict[str, tuple[float | None, ...]] = {"lambda": LAMBDAS}
    for name, of_interval in (("estimate", False), ("conf", True)):
        for side, high in (("low", False), ("high", True)):
            ends[f"{name}_{side}"] = tuple(
                _finite(found.end(odds, up=high, of_interval=of_interval)) if with_interval or not of_interval else None
                for odds in LAMBDAS
            )
    short = surpassed(estimate, asked, at=line)
    check = Diagnostic(
        name="marginal_sensitivity",
        status="warning" if held or short is not None else "information",
        statement=short or _statement(limits, asked.told(), held=held),
        values={**limits, "estimate": estimate, "threshold": line, "level": 1 - ALPHA},
        table=ends,
    )
    return asked.as_asked(check)


def _tilted(arm: ArmWeights, part: FloatArray, outcome: FloatArray, odds: float, *, up: bool) -> ArmWeights:
    """The weights of an arm under which its mean is largest, or smallest; `part` is what of them is an odds."""
    fixed, mean = arm.values - part, float(np.sum(arm.values * outcome) / np.sum(arm.values))
    factor = np.ones(len(outcome))
    while part.any():
        factor = np.where((outcome > mean) == up, odds, 1 / odds)
        weights = fixed + factor * part
        further = float(np.sum(weights * outcome) / np.sum(weights))
        if not (further > mean if up else further < mean):
            break
        mean = further
    return ArmWeights(values=fixed + factor * part, slopes=tuple(factor * slope for slope in arm.slopes))


def _limit(found: Weighted, line: float, *, up: bool, of_interval: bool) -> float | None:
    """The smallest Λ at which the end that is nearest the threshold reaches it; None where none does."""

    def reached(odds: float) -> bool:
        end = found.end(odds, up=not up, of_interval=of_interval)
        return end <= line if up else end >= line

    return _least(reached)


def _least(reached: Callable[[float], bool]) -> float | None:
    """The least Λ of at least 1, by halving, at which something is reached."""
    low, high = 1.0, 2.0
    if reached(low):
        return low
    while not reached(high):
        low, high = high, 2 * high
        if high > LARGEST:
            return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _statement(limits: dict[str, float | None], line: Text, *, held: bool | None) -> Text:
    """What is said of the estimate, and of the interval where there is one."""
    told = {lang: _sentence(limits["lambda_limit"], line, lang) for lang in LANGUAGES}
    if held is not None:
        limit = limits["lambda_limit_interval"]
        told = {lang: told[lang] + _of_interval(limit, lang, held=held) for lang in LANGUAGES}
    return Text(en=told["en"] + ".", sv=told["sv"] + ".")


def _sentence(limit: float | None, line: Text, lang: Language) -> str:
    words = line.in_language(lang)
    if limit is None:
        return {
            "en": f"No hidden confounder of the odds of treatment could move the estimate to {words}, which no weights "
            "of these outcomes reach",
            "sv": f"Ingen dold störfaktor i oddsen för behandling kan flytta skattningen till {words}, som inga vikter "
            "av dessa utfall når",
        }[lang]
    times = _floor(limit, lang)
    return {
        "en": f"A hidden confounder could move the estimate to {words} only if it made the odds of treatment of some "
        f"differ by more than {times} times from what the covariates give",
        "sv": f"En dold störfaktor kan flytta skattningen till {words} bara om den gör att oddsen för behandling för "
        f"några skiljer sig mer än {times} gånger från vad kovariaten ger",
    }[lang]


def _of_interval(limit: float | None, lang: Language, *, held: bool) -> str:
    if held:
        return {
            "en": "; the 95% interval already holds it, so for the interval no confounding is needed",
            "sv": "; 95-procentsintervallet rymmer den redan, så för intervallet krävs ingen störfaktor",
        }[lang]
    if limit is None:
        return {"en": ", nor does the 95% interval reach it", "sv": ", och 95-procentsintervallet når den inte"}[lang]
    times = _floor(limit, lang)
    return {
        "en": f"; the 95% interval reaches it from {times} times on",
        "sv": f"; 95-procentsintervallet når den från {times} gånger",
    }[lang]


def _floor(limit: float, lang: Language) -> str:
    return format_number(math.floor(limit * 100) / 100, lang, 2)
