"""A statistic that does not exist by the recorded path has no number by the second route either; else both have one."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

import effekt
from effekt import independent
from effekt.exceptions import DataError, UnavailableError
from effekt.independent.limits import NotRepeatedError
from effekt.result import EffectEstimate, EffectSet
from effekt.workflow.recomputed.second_figures import as_fraction, second_statistic

VIEWS = ("difference", "ratio", "relative_improvement")
NULLS = ("-0.3", "0.9", "1.05")
LEVELS = ("0.85", "0.95", "0.999")
RATIO = effekt.Outcome(column=("a", "b"), unit="d", better="lower")
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
        view = getattr(effect, term.view)()
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


def again(numbers: Mapping[str, Any], term: Asked, better: str | None) -> Fraction | str | None:
    """The same by the second route, or that it declines."""
    try:
        return as_fraction(second_statistic(term, numbers, better, Fraction(1)))
    except UnavailableError:
        return None
    except NotRepeatedError as declined:
        return str(declined)


def parted(effect: EffectEstimate, numbers: Mapping[str, Any], *, bounds: bool = True) -> list[tuple[Any, ...]]:
    """Where one of both has a number and the other none, or another."""
    found = []
    for term in asked():
        if term.level is not None and not bounds:
            continue
        first, second = recorded(effect, term), again(numbers, term, effect.outcome.better)
        if isinstance(second, str) or (second is None and term.level is not None and numbers.get("without_bounds")):
            continue
        if (first is None) != (second is None) or (
            first is not None
            and second is not None
            and float(second) != pytest.approx(float(first), rel=1e-8, abs=1e-9)
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
        {"inference": "conley_taber"},
    ),
    "event_study": (
        {"variance": "CR2"},
        {"inference": "permutation", **LOT},
    ),
    "staggered_adoption": (
        STAGED,
        {**STAGED, "comparison": "not_yet_treated"},
        {**STAGED, "estimator": "imputation"},
        {**STAGED, "inference": "permutation", **LOT},
        {**STAGED, "estimator": "imputation", "inference": "permutation", **LOT},
    ),
}


# --- trials and matches ----------------------------------------------------------------------------------------------


def people(outcome: Any, seed: int, arm: int = 12) -> Data:
    """People in pairs, of whom every second pair is treated; some of each arm received it."""
    draw, rows = random.Random(seed), []
    for i in range(2 * arm):
        on = i // 2 % 2
        received = int(draw.random() < (0.8 if on else 0.2))
        rows.append((f"p{i}", on, received, outcome(draw, on), f"c{i // 2}", f"b{i // 8}", draw.gauss(0, 1)))
    names = ("id", "D", "R", "o", "k", "b", "x")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


TRIALS = {
    "shares": people(lambda draw, on: int(draw.random() < 0.25), 1),
    "rare": people(lambda draw, on: int(draw.random() < 0.12), 6),
    "no event among the treated": people(lambda draw, on: 0 if on else int(draw.random() < 0.4), 2),
    "no event at all": people(lambda draw, on: 0, 2),
    "constant arms": people(lambda draw, on: 5 - on, 3),
    "constant among the treated": people(lambda draw, on: 5 if on else draw.randrange(4, 8), 3),
    "around zero": people(lambda draw, on: round(draw.gauss(0.2, 1), 2), 4),
    "below zero": people(lambda draw, on: round(draw.gauss(-3, 1), 2), 4),
    "few": people(lambda draw, on: draw.randrange(3), 5, arm=4),
}
BINARY = ("shares", "rare", "no event among the treated", "no event at all")
BY_TRIAL = {
    "randomized_trial": (
        {"variance": "HC2"},
        {"variance": "HC1"},
        {"variance": "welch"},
        {"cluster": "k", "variance": "CR2"},
        {"block": "b", "variance": "HC2"},
        {"adjustment": "additive", "covariates": ["x"], "variance": "HC3"},
        {"inference": "randomization", **LOT},
        {"inference": "randomization", "cluster": "k", **LOT},
        {"inference": "randomization", "statistic": "studentized", **LOT},
        {"inference": "newcombe"},
        {"inference": "miettinen_nurminen"},
        {"inference": "barnard"},
    ),
    "complier_effect": ({"received": "R"}, {"received": "R", "inference": "randomization", **LOT}),
}

MATCH = {"treatment": "D", "unit": "id", "method": "nearest", "estimand": "ATT", "distance": "mahalanobis"}
MATCH["covariates"] = ["x"]
BY_MATCH = {
    "matched_comparison": (
        {"match": MATCH, "variance": "CR2"},
        {"match": {**MATCH, "replace": True}, "variance": "CR2"},
        {"match": {**MATCH, "replace": True}, "variance": "abadie_imbens"},
    ),
    "doubly_robust": (
        {"treatment": "D", "covariates": ["x"]},
        {"treatment": "D", "covariates": ["x"], "estimand": "ATT"},
    ),
}

# --- units over time --------------------------------------------------------------------------------------------------


def series(outcome: Any, seed: int, units: int = 9, years: int = 10) -> Data:
    """Units over years, of which u0 is treated in the last three."""
    draw, rows = random.Random(seed), []
    for i in range(units):
        level = draw.uniform(6, 9)
        for year in range(2010, 2010 + years):
            below = draw.randrange(50, 90)
            for part in ("v", "w"):
                on = i == 0 and year >= 2007 + years
                rows.append((f"u{i}", year, outcome(draw, level, on) * below, below, f"u{i}{part}{draw.randrange(4)}"))
    table: dict[tuple[Any, ...], list[Any]] = {}
    for unit, year, above, below, k in rows:
        held = table.setdefault((unit, year, k), [0, 0])
        held[0], held[1] = round(held[0] + above, 1), held[1] + below
    lines = [(unit, year, above, below, k) for (unit, year, k), (above, below) in table.items()]
    return dict(zip(("u", "t", "a", "b", "k"), map(list, zip(*lines, strict=True)), strict=True))


SERIES = {
    "as usual": series(lambda draw, level, on: max(level + draw.gauss(0, 0.5) - on, 0), 1),
    "no event afterwards": series(lambda draw, level, on: 0 if on else max(level + draw.gauss(0, 0.5), 0), 2),
    "no event at all": series(lambda draw, level, on: 0, 2),
    "constant": series(lambda draw, level, on: 7, 3),
    "often nothing": series(lambda draw, level, on: max(draw.gauss(0, 1), 0), 4),
    "two others": series(lambda draw, level, on: max(draw.gauss(0, 8), 0), 5, units=3),
}
TREND = (
    {},
    {"level_correction": "regression"},
    {"inference": "cluster", "cluster": "k"},
    {"inference": "hac"},
    {"inference": "block_bootstrap", "block_length": 2, **LOT},
    {"placebos": "groups", "treated": ["u0", "u1"]},
    {"placebos": "permutation", "treated": ["u0", "u1"]},
    {"inference": "placebo_variance"},
    {"comparator": ["u1", "u2"]},
)
WINDOWS = {"reference_window": (2010, 2016), "evaluation_window": (2017, 2019)}
SYNTHETIC = ({"inference": "placebo"}, {"inference": "placebo_variance"})
BY_SERIES = {
    "trend_adjusted": tuple(
        {"comparator": "others", "weights": "denominator", **WINDOWS, "adjustment": adjustment, **own}
        for adjustment in ("ratio", "difference")
        for own in TREND
    ),
    "synthetic_control": (
        *({"first_treated": 2017, **own} for own in SYNTHETIC),
        {"first_treated": 2017, "inference": "conformal"},
        {"first_treated": 2017, "inference": "conformal", "penalty": 0.2},
        {"first_treated": 2017, "ridge": 0.5},
    ),
    "synthetic_difference_in_differences": tuple({"first_treated": 2017, **own} for own in SYNTHETIC),
}


def by_year(data: Data) -> Data:
    """The sums of each unit and year."""
    sums: dict[tuple[Any, Any], list[Any]] = {}
    for unit, year, above, below in zip(data["u"], data["t"], data["a"], data["b"], strict=True):
        held = sums.setdefault((unit, year), [0, 0])
        held[0], held[1] = round(held[0] + above, 1), held[1] + below
    lines = [(*key, *own) for key, own in sums.items()]
    return dict(zip(("u", "t", "a", "b"), map(list, zip(*lines, strict=True)), strict=True))


def calls() -> Iterator[tuple[str, str, Data, dict[str, Any]]]:
    """Every method with every inference on every table: its name, the table's, the table and the arguments."""
    for method, designs in BY_PANEL.items():
        roles = {"outcome": OUTCOME, "unit": "u", "time": "t"}
        roles |= {} if method == "staggered_adoption" else {"treatment": "D"}
        for own, (name, data) in product(designs, PANELS.items()):
            yield method, name, data, {**roles, **own}
    for method, designs in BY_TRIAL.items():
        for own, (name, data) in product(designs, TRIALS.items()):
            if name in BINARY or own.get("inference") not in ("newcombe", "miettinen_nurminen", "barnard"):
                yield method, name, data, {"outcome": OUTCOME, "treatment": "D", "adjustment": "none", **own}
    for method, designs in BY_MATCH.items():
        for own, (name, data) in product(designs, TRIALS.items()):
            yield method, name, data, {"outcome": OUTCOME, **own}
    for method, designs in BY_SERIES.items():
        roles = {"outcome": RATIO, "unit": "u", "time": "t", "period": "year", "treated": "u0"}
        for own, (name, data) in product(designs, SERIES.items()):
            yield method, name, data if "cluster" in own else by_year(data), {**roles, **own}


def told(method: str, name: str, given: dict[str, Any]) -> str:
    """What a call is known by."""
    own = {key: value for key, value in given.items() if key not in ("outcome", "draws", "rng", "unit", "time")}
    return f"{method} on {name} with {own}"


@pytest.mark.parametrize("method", [*BY_PANEL, *BY_TRIAL, *BY_MATCH, *BY_SERIES])
def test_neither_route_has_a_number_of_its_own(method: str) -> None:
    compared, found = 0, dict[str, list[tuple[Any, ...]]]()
    for own, name, data, given in calls():
        if own != method:
            continue
        try:
            result = getattr(effekt, method)(data, **given)
        except DataError:  # such as a ratio of means that are zero
            continue
        again_of = independent.METHODS[method](data, **{**given, "outcome": given["outcome"].column})
        members = [("", result, again_of)]
        if isinstance(result, EffectSet):
            members = [(one, result[one], again_of["members"][one]) for one in result.labels]
        for label, effect, numbers in members:
            compared += 1
            parting = parted(effect, numbers)
            if parting:
                found[f"{told(method, name, given)} {label}"] = parting
    assert compared >= 10
    assert found == {}


def wild(name: str) -> tuple[EffectEstimate, Mapping[str, Any]]:
    """A panel with the wild bootstrap, by both routes."""
    roles = {"outcome": OUTCOME, "unit": "u", "time": "t", "treatment": "D"}
    given = {"inference": "wild_bootstrap", "wild_weights": "rademacher", **LOT}
    effect = effekt.difference_in_differences(PANELS[name], **roles, **given)
    return effect, independent.METHODS["difference_in_differences"](PANELS[name], **{**roles, "outcome": "o"}, **given)


@pytest.mark.parametrize("name", ["constant arms", "no event at all", "levels"])
def test_the_wild_bootstrap_has_nothing_to_turn_where_nothing_varies(name: str) -> None:
    effect, numbers = wild(name)
    assert parted(effect, numbers) == []
    assert recorded(effect, next(term for term in asked() if term.statistic == "p_value")) is None


@pytest.mark.parametrize("name", ["few units", "one treated", "no event afterwards", "ties"])
def test_p_values_of_the_wild_bootstrap(name: str) -> None:
    """Its sets have tests of their own (``test_wild_set``), as they take long."""
    assert parted(*wild(name), bounds=False) == []
