"""Honest results of data so few or so alike that a check has less to say: none is accused of what it cannot have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from every_check import ADOPTED, TREND, Data
from held_against import MINIMA, Call, faults

import effekt
from effekt.result import Diagnostic, EffectSet

Given = tuple[Data, Call]
KINDS = ("varied", "constant before", "as assigned", "rare")
"""How outcomes vary: alike until the intervention, alike in each arm, or all but one 0."""


def outcome(kind: str, i: int, rng: np.random.Generator, *, late: bool, on: bool) -> float:
    """Of one row."""
    drawn = float(rng.normal(0, 1))
    return {
        "varied": round(10 + drawn - 2 * on, 2),
        "constant before": round(10 + drawn * late, 2),
        "as assigned": 7.0 - 2 * on,
        "rare": float(i == 1 and late),
    }[kind]


def panel(kind: str, n: int, treated: int, periods: int, adopt: int) -> Data:
    """Units in years, the first `treated` of them from the year `adopt` on; two units to a cluster."""
    rng = np.random.default_rng(n * periods)
    rows = [(i, t, int(i < treated and t >= adopt)) for i in range(n) for t in range(periods)]
    return {
        "u": [f"u{i:02}" for i, _, _ in rows],
        "c": [f"c{i // 2:02}" for i, _, _ in rows],
        "t": [2012 + t for _, t, _ in rows],
        "d": [on for *_, on in rows],
        "a": [float(30 + (7 * i + t) % 5) for i, t, _ in rows],
        "s": [2012 + adopt + i % 2 if i < treated else None for i, *_ in rows],
        "y": [outcome(kind, i, rng, late=t >= adopt, on=bool(on)) for i, t, on in rows],
    }


SIZES = ((4, 1), (8, 2), (8, 3), (14, 5))
"""Units, and how many of them are treated: too few for a standard error, for a test, and enough."""
SPANS = ((3, 1), (5, 3), (8, 6))
"""Periods, and how many before adoption: none to test, or more than few clusters let be tested together."""


def _panels(kinds: Sequence[str] = KINDS) -> Iterator[Data]:
    for kind, (n, treated), (periods, adopt) in product(kinds, SIZES, SPANS):
        yield panel(kind, n, treated, periods, adopt)


def _differences() -> Iterator[Given]:
    call = {**ADOPTED, "checks": ["pretrend"], "margin": 1}
    for data in _panels():
        for more in (
            {"variance": "CR0"},
            {"variance": "CR1S"},
            {"variance": "CR2"},
            {"cluster": "c"},
            {"inference": "permutation", "draws": 99, "rng": 1},
            {"inference": "conley_taber"},
        ):
            yield data, {**call, **more}
    for data in _panels(KINDS[:1]):
        yield data, {**call, "sampling": "repeated_cross_sections", "covariates": ["a"]}


def _events() -> Iterator[Given]:
    for data in _panels():
        for more in ({"variance": "CR0"}, {"variance": "CR2", "checks": ["pretrend"], "margin": 1}, {"cluster": "c"}):
            yield data, {**ADOPTED, **more}
        yield data, {**ADOPTED, "inference": "conley_taber"}
    for data in _panels(KINDS[:1]):
        yield data, {**ADOPTED, "sampling": "repeated_cross_sections", "covariates": ["a"]}


def _cohorts() -> Iterator[Given]:
    for data in _panels():
        for aggregate in (None, "simple", "dynamic", "cohort"):
            call = {**TREND, "start": "s", "aggregate": aggregate}
            yield data, {**call, "base_period": "universal", "checks": ["pretrend"], "margin": 1}
        yield data, {**TREND, "start": "s", "estimator": "imputation"}
    for data in _panels(KINDS[:1]):
        yield data, {**TREND, "start": "s", "sampling": "repeated_cross_sections"}


def trial(kind: str, n: int, *, lost: int = 0) -> Data:
    """People by lot, every other one treated, of whom the first few have no outcome."""
    rng = np.random.default_rng(n)
    y: list[Any] = [outcome(kind, i, rng, late=True, on=i % 2 == 0) for i in range(n)]
    return {
        "d": [int(i % 2 == 0) for i in range(n)],
        "y": [None] * lost + y[lost:],
        "r": [int(i % 2 == 0 and i % 6 > 0) for i in range(n)],
        "x": [float((7 * i) % 5) for i in range(n)],
        "c": [f"c{i % 8}" if n >= 16 else f"c{i}" for i in range(n)],
        "b": [f"b{2 * i // n}" for i in range(n)],
        "p": [f"p{i // 2}" for i in range(n)],
        "e": [1 + i % 3 for i in range(n)],
        "w": [1 + i % 2 for i in range(n)],
        "q": [0.5] * n,
    }


DESIGNED: tuple[Call, ...] = (
    {},
    {"cluster": "c"},
    {"cluster": "c", "variance": "CR1S"},
    {"block": "b"},
    {"pairs": "p"},
    {"weights": {"column": "w", "kind": "sampling"}},
    {"weights": {"column": "w", "kind": "frequency"}},
    {"probability": "q"},
    {"covariates": ["x"]},
    {"exposure": "e"},
    {"cluster": "c", "cluster_weighted": True},
    {"inference": "randomization", "draws": 99, "rng": 1},
    {"cluster": "c", "inference": "randomization", "draws": 99, "rng": 1},
)
"""Designs of a trial, and inferences."""
LOST = ({"lost": 0}, {"lost": 2})


def _trials() -> Iterator[Given]:
    for kind, n, lost, more in product(KINDS[2:], (6, 16), LOST, DESIGNED):
        call = {"outcome": "y", "treatment": "d", **more, "missing": "drop" if lost["lost"] else "raise"}
        data = trial(kind, n, **lost)
        yield data, call
        if lost["lost"] and "exposure" not in more:
            yield data, {**call, "outcome_range": (-100, 100)}


def _rates() -> Iterator[Given]:
    for n, kind in product((6, 16), ("rare", "constant before")):
        data = trial(kind, n)
        data["y"] = [round(abs(v)) for v in data["y"]]
        for counts in (data, {**data, "y": [0] * n}):
            call = {"outcome": "y", "treatment": "d", "adjustment": "none"}
            yield counts, {**call, "variance": "quasi_poisson"}
            yield counts, {**call, "variance": "quasi_poisson", "exposure": "e"}
            yield counts, {**call, "inference": "exact_poisson", "exposure": "e"}


def _trials_and_rates() -> Iterator[Given]:
    yield from _trials()
    yield from _rates()


def _several() -> Iterator[Given]:
    by_lot = {"inference": "randomization", "draws": 99, "rng": 1}
    for kind, (n, ways), lost in product(KINDS[2:], ((8, ({}, by_lot)), (32, ({}, {"cluster": "c"}))), LOST):
        data = trial(kind, n, **lost)
        data["arm"] = [("0", "a", "b")[i % 8 % 3] for i in range(n)]
        missing = {"missing": "drop" if lost["lost"] else "raise"}
        for more in ways:
            yield data, {"outcome": ["y", "x"], "treatment": "d", **missing, **more}
            yield data, {"outcome": "y", "treatment": "d", "subgroup": "b", **missing, **more}
            yield data, {"outcome": "y", "treatment": "arm", "arms": ["a", "b"], "control": "0", **missing, **more}


def _compliers() -> Iterator[Given]:
    for data, call in _trials():
        if not {"pairs", "inference"} & {*call}:
            yield data, {**call, "received": "r"}
    for kind in KINDS:
        data = trial(kind, 32)
        for received in ([0] * 32, data["d"], [1] * 31 + [None]):
            call = {"outcome": "y", "treatment": "d", "received": "r", "missing": "drop"}
            yield {**data, "r": received}, call
            yield {**data, "r": received}, {**call, "outcome_range": (-100, 100)}


def _robust() -> Iterator[Given]:
    for kind, lost in product(KINDS, LOST):
        data = trial(kind, 32, **lost)
        data["a"] = [int(i % 3 == 0) for i in range(32)]
        call = {"outcome": "y", "treatment": "a", "covariates": ["x"], "missing": "drop"}
        for more in ({}, {"cluster": "c"}, {"subgroup": "b"}, {"outcome_range": (-100, 100)}, {"variance": "sandwich"}):
            yield data, {**call, **more}
        for estimand, alone in (("ATT", 1), ("ATC", 0)):
            yield {**data, "a": [alone if i == 6 else 1 - alone for i in range(32)]}, {**call, "estimand": estimand}


def _trends() -> Iterator[Given]:
    windows = {"period": "year", "reference_window": (2012, 2014), "evaluation_window": (2015, 2016)}
    base = {**TREND, **windows, "treated": "u00", "weights": None, "comparator": "others"}
    for kind, n in product(KINDS[1:], (2, 3, 6)):
        data = panel(kind, n, 1, 5, 3)
        for inference in ("placebo", "placebo_variance", "none"):
            call = {**base, "inference": inference}
            yield data, call
            yield data, {**call, "trend": "mean_of_ratios"}
            yield data, {**call, "adjustment": "difference", "excluded": [(2013, 2013)]}
            yield data, {**call, "level_correction": "regression"}
            yield data, {**call, "comparator": "u01", "own_unit": "kept", "series_units": 9}
        yield data, {**base, "comparator": None, "adjustment": "none", "inference": "none"}


def _mixtures() -> Iterator[Given]:
    call = {**TREND, "period": "year", "treated": "u00", "first_treated": 2015}
    for kind, n, inference in product(KINDS[1:], (3, 6), ("placebo", "placebo_variance", "none")):
        yield panel(kind, n, 1, 5, 3), {**call, "inference": inference}


CALLS: Mapping[str, Callable[[], Iterator[Given]]] = {
    "complier_effect": _compliers,
    "difference_in_differences": _differences,
    "doubly_robust": _robust,
    "event_study": _events,
    "randomized_trial": _trials_and_rates,
    "randomized_trials": _several,
    "staggered_adoption": _cohorts,
    "synthetic_control": _mixtures,
    "synthetic_difference_in_differences": _mixtures,
    "trend_adjusted": _trends,
}
TOLD = ("complier_effect", "difference_in_differences", "event_study", "randomized_trial", "staggered_adoption")
"""Methods with a check that has a sentence alone where data are too few for its values."""


@pytest.mark.parametrize("method", CALLS)
def test_no_honest_result_of_few_data_is_accused(method: str) -> None:
    held, shapes = [], set()
    for data, call in CALLS[method]():
        try:
            result = getattr(effekt, method)(data, **call)
        except effekt.EffektError:
            continue
        rows = len(data["y"])
        held += [(call, rows, fault) for fault in faults(result, call, rows)]
        members = result.effects if isinstance(result, EffectSet) else ()
        shapes |= {(check.name, *check.values) for one in (result, *members) for check in one.diagnostics}
    assert held == []
    assert shapes
    if method in TOLD:
        assert {len(shape) > 1 for shape in shapes} == {True, False}  # with values, and with a sentence alone


# --- a test of trends that is taken out of the result, or put there ---------------------------------------------------

DESIGNS: Mapping[str, tuple[str, Call]] = {
    "differences": ("difference_in_differences", {**ADOPTED, "checks": ["pretrend"]}),
    "events": ("event_study", ADOPTED),
    "cohorts": ("staggered_adoption", {**TREND, "start": "s", "base_period": "universal", "checks": ["pretrend"]}),
    "cohorts by event": (
        "staggered_adoption",
        {**TREND, "start": "s", "base_period": "universal", "checks": ["pretrend"], "aggregate": "dynamic"},
    ),
}
MUCH, FEW_PERIODS, FEW_CLUSTERS, MANY_PERIODS = (40, 20, 5, 3), (14, 5, 3, 1), (8, 2, 5, 3), (8, 3, 8, 6)
WITHOUT = ("statistic", "df_numerator", "df_denominator", "p_value", "slope_50", "slope_80")


def made(design: str, size: tuple[int, int, int, int]) -> tuple[Any, Call]:
    """A result of a design, and its call."""
    method, call = DESIGNS[design]
    return getattr(effekt, method)(panel("varied", *size), **call), call


def changed(result: Any, name: str, **parts: Any) -> Any:
    """The result with parts of a check otherwise."""
    others = [replace(check, **parts) if check.name == name else check for check in result.diagnostics]
    return replace(result, diagnostics=tuple(others))


def _check(result: Any, name: str) -> Diagnostic:
    return next(check for check in result.diagnostics if check.name == name)


@pytest.mark.parametrize(
    ("design", "name"),
    [
        ("events", "pretrend"),
        ("cohorts", "pretrend"),
        ("cohorts", "pretrends"),
        ("cohorts by event", "pretrend"),
    ],
)
def test_a_test_of_trends_that_the_effects_give_is_missed_where_it_is_emptied(design: str, name: str) -> None:
    result, call = made(design, MUCH)
    empty = changed(result, name, status="information", values={}, table={})
    assert {place for _, place, *_ in faults(empty, call)} == {
        f"diagnostics.{name}.values.{key}" for key in _check(result, name).values
    }


@pytest.mark.parametrize("design", DESIGNS)
def test_a_test_of_trends_for_which_there_are_clusters_enough_is_missed(design: str) -> None:
    result, call = made(design, MUCH)
    values = {key: value for key, value in _check(result, "pretrend").values.items() if key not in WITHOUT}
    less = changed(result, "pretrend", status="information", values=values)
    assert "diagnostics.pretrend.values.statistic" in {place for _, place, *_ in faults(less, call)}
    fewer = changed(result, "pretrend", values={**_check(result, "pretrend").values, "df_denominator": 4.5})
    assert "diagnostics.pretrend.values.df_denominator" in {place for _, place, *_ in faults(fewer, call)}


@pytest.mark.parametrize("design", ["differences", "events"])
@pytest.mark.parametrize("size", [FEW_PERIODS, FEW_CLUSTERS, MANY_PERIODS])
def test_a_test_of_trends_that_the_result_cannot_have_is_told(design: str, size: tuple[int, int, int, int]) -> None:
    """With no second period before, too few clusters, or too few of them for so many periods."""
    result, call = made(design, size)
    assert faults(result, call) == []
    own = next(check for check in result.diagnostics if check.name == "pretrend") if design == "differences" else None
    test = _check(made(design, MUCH)[0], "pretrend")
    forged = replace(result, diagnostics=(*(one for one in result.diagnostics if one is not own), test))
    told = {place for _, place, *_ in faults(forged, call)}
    place = "diagnostics.pretrend.values"
    assert told & {place, f"{place}.statistic", f"{place}.n_periods", "diagnostics"}


def test_more_periods_before_than_the_picture_has_are_told() -> None:
    result, call = made("differences", MANY_PERIODS)
    values = _check(result, "pretrend").values
    assert values["n_periods"] == 5
    more = changed(result, "pretrend", values={**values, "n_periods": 9})
    assert [fault[1:] for fault in faults(more, call)] == [("diagnostics.pretrend.values.n_periods", 9, 5)] * len(
        MINIMA
    )
