"""A statistic that does not exist by the recorded path has no number by the second route either; else both have one."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

import effekt
from effekt import independent
from effekt.exceptions import UnavailableError
from effekt.independent.limits import NotRepeatedError
from effekt.result import EffectEstimate, EffectSet
from effekt.workflow.recomputed.second_figures import as_fraction, second_statistic

UNITS = Fraction(7)
VIEWS = ("difference", "total", "ratio", "relative_improvement")
NULLS = ("-0.3", "0.1", "0.9")
LEVELS = ("0.5", "0.85", "0.95", "0.999")
OUTCOME = effekt.Outcome(column="o", unit="d", better="lower")
Data = dict[str, list[Any]]
Asked = SimpleNamespace


def asked() -> Iterator[Asked]:
    """Everything that a figure may take from a result."""
    empty = {"null": None, "threshold": None, "level": None, "alternative": None}
    for view in VIEWS:
        for statistic in ("std_error", "placebo_sd"):
            yield Asked(**{**empty, "view": view, "statistic": statistic})
        for side in ("two-sided", "greater", "less"):
            for null in (None, *NULLS):
                yield Asked(**{**empty, "view": view, "statistic": "p_value", "null": null, "alternative": side})
        for threshold in ("0", *NULLS):
            yield Asked(**{**empty, "view": view, "statistic": "confidence_at_least", "threshold": threshold})
        for level in LEVELS:
            for statistic, sides in (("confidence_low", ("two-sided", "greater")), ("confidence_high", ("less",))):
                for side in sides:
                    own = {"view": view, "statistic": statistic, "level": level, "alternative": side}
                    yield Asked(**{**empty, **own})


def recorded(effect: EffectEstimate, term: Asked) -> float | Fraction | None:
    """The statistic by the recorded path; None where it does not exist or is not finite."""
    try:
        view = effect.improvement().total(UNITS) if term.view == "total" else getattr(effect, term.view)()
        match term.statistic:
            case "p_value":
                value = view.rank_p_value(None if term.null is None else float(term.null), term.alternative)
            case "confidence_at_least":
                value = 1 - view.rank_p_value(float(term.threshold), "greater")
            case "confidence_low" | "confidence_high":
                found = view.confidence_interval(Fraction(term.level), term.alternative)
                value = found.low if term.statistic == "confidence_low" else found.high
            case _:
                value = getattr(view, term.statistic)
    except UnavailableError:
        return None
    return value if value is not None and math.isfinite(value) else None


def again(numbers: Mapping[str, Any], term: Asked) -> Fraction | str | None:
    """The same by the second route, or that it declines."""
    try:
        return as_fraction(second_statistic(term, numbers, "lower", UNITS))
    except NotRepeatedError as declined:
        return str(declined)


def parted(effect: EffectEstimate, numbers: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Where one of both has a number and the other none, or another."""
    found = []
    for term in asked():
        first, second = recorded(effect, term), again(numbers, term)
        if isinstance(second, str):
            continue
        if (first is None) != (second is None) or (
            first is not None and second is not None and float(second) != pytest.approx(float(first), rel=1e-8, abs=1e-9)
        ):
            found.append((*(value for value in vars(term).values() if value is not None), first, second))
    return found


# --- panels -----------------------------------------------------------------------------------------------------------

YEARS = (2015, 2016, 2017, 2018)


def panel(treated: int, others: int, outcome: Any, seed: int) -> Data:
    """Units over four years, of which so many adopt in 2017."""
    draw, rows = random.Random(seed), []
    for i in range(treated + others):
        level = draw.gauss(8, 1)
        for year in YEARS:
            on = int(i < treated and year >= 2017)
            rows.append((f"u{i}", year, 2017 if i < treated else None, on, outcome(draw, level, on), f"c{i // 2}"))
    return dict(zip(("u", "t", "g", "D", "o", "k"), map(list, zip(*rows, strict=True)), strict=True))


PANELS = {
    "few units": panel(3, 4, lambda draw, level, on: round(level + draw.gauss(0, 0.5) - on, 1), 6),
    "one treated": panel(1, 8, lambda draw, level, on: round(level + draw.gauss(0, 0.5) - on, 1), 7),
    "no event afterwards": panel(5, 6, lambda draw, level, on: 0 if on else draw.randrange(3), 8),
    "no event at all": panel(4, 5, lambda draw, level, on: 0, 8),
    "constant arms": panel(5, 6, lambda draw, level, on: 5 if on else 7, 9),
    "shares": panel(6, 7, lambda draw, level, on: int(draw.random() < 0.4), 10),
    "more shares": panel(6, 7, lambda draw, level, on: int(draw.random() < 0.3), 12),
    "ties": panel(5, 5, lambda draw, level, on: draw.randrange(4, 7), 11),
    "levels": panel(5, 5, lambda draw, level, on: round(level, 1), 13),
}
LOT = {"draws": 499, "rng": 1}
STAGED = {"start": "g", "estimator": "group_time", "aggregate": "simple"}
BY_PANEL = {
    "difference_in_differences": (
        {"variance": "CR2"},
        {"variance": "CR1"},
        {"variance": "CR3"},
        {"cluster": "k", "variance": "CR2"},
        {"inference": "permutation", **LOT},
        {"inference": "wild_bootstrap", "wild_weights": "rademacher", **LOT},
        {"inference": "conley_taber"},
    ),
    "event_study": (
        {"variance": "CR2"},
        {"inference": "permutation", **LOT},
        {"inference": "wild_bootstrap", "wild_weights": "rademacher", **LOT},
    ),
    "staggered_adoption": (
        STAGED,
        {**STAGED, "comparison": "not_yet_treated"},
        {**STAGED, "estimator": "imputation"},
        {**STAGED, "inference": "permutation", **LOT},
        {**STAGED, "estimator": "imputation", "inference": "permutation", **LOT},
    ),
}


def both(method: str, data: Data, options: dict[str, Any]) -> tuple[Any, Mapping[str, Any]]:
    """The result by the recorded path, and the numbers of the second route."""
    effect = getattr(effekt, method)(data, **options)
    plain = {name: value for name, value in options.items() if name != "checks"}
    plain["outcome"] = OUTCOME.column if plain["outcome"] is OUTCOME else plain["outcome"].column
    own = independent.METHODS[method]
    return effect, own(data, **plain)
