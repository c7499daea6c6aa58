"""What verification holds against a result without data accuses no honest one, whatever convention it has."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from types import SimpleNamespace
from typing import Any, get_args, get_type_hints

import every_check
import numpy as np
import pytest
from every_check import ADOPTED, LOWER, TREND, Data, Result, panel, people
from held_against import Call, faults

import effekt
from effekt._inference import StudentT
from effekt.certificates.hidden_words import COUNTS_HIDDEN
from effekt.certificates.published import published
from effekt.reports.pictures import window_positions
from effekt.result import Diagnostic, EffectSet
from effekt.tables import Table
from effekt.workflow.rules.checks_given import given_faults
from effekt.workflow.rules.follows import own_faults, set_faults
from effekt.workflow.rules.hidden_counts import hidden_faults, unhidden_faults
from effekt.workflow.rules.number_ranges import check_ranges

Given = tuple[Mapping[str, Any], Mapping[str, Any]]  # the data and the call

DRAWN = {"draws": 99, "rng": 1}
YEARS = {"period": "year", "reference_window": (2012, 2015), "evaluation_window": (2016, 2019)}


@pytest.mark.parametrize("method", every_check.METHODS)
def test_no_check_of_an_honest_result_is_held_against_it(method: str) -> None:
    for result in every_check.results(method):
        one = result.effects[0] if isinstance(result, EffectSet) else result
        assert faults(result, one.arguments) == []


def _options(method: str, name: str) -> tuple[str, ...]:
    """The words that an argument of a method may be."""
    hint = get_type_hints(getattr(effekt, method))[name]
    return tuple(word for part in (hint, *get_args(hint)) for word in get_args(part) if isinstance(word, str))


ONE = {**TREND, **YEARS, "treated": "u00", "weights": None, "comparator": "others"}
TWO = ONE | {"treated": ["u00", "u01"]}
SERIES = {"comparator": "u23", "own_unit": "absent"}
BY_PLACEBOS = ("placebo", "placebo_variance")


def _trend_adjusted() -> Iterator[Given]:
    yield from _trends_by_periods_and_clusters()
    data = panel()
    for inference in (*BY_PLACEBOS, "none"):
        asked = {"inference": inference}
        yield data, ONE | asked
        yield data, TWO | asked
        for correction in _options("trend_adjusted", "level_correction"):
            yield data, ONE | asked | {"level_correction": correction}
            yield data, TWO | asked | {"level_correction": correction}
        yield data, ONE | asked | {"adjustment": "difference", "level_correction": "regression"}
    for inference in BY_PLACEBOS:
        asked = {"inference": inference}
        yield data, ONE | asked | SERIES
        yield data, TWO | asked | SERIES | {"placebos": "groups"}
        yield data, TWO | asked | {"placebos": "groups"}
        for trend in ("mean_of_ratios", "mean_of_period_ratios"):
            yield data, ONE | asked | {"trend": trend}
        yield from _few_placebos(asked)
    yield data, TWO | {"placebos": "permutation"}
    yield from _few_permuted()
    yield data, TWO | {"placebos": "groups", "adjustment": "difference"}
    yield data, ONE | {"comparator": None, "adjustment": "none", "inference": "none"}


def _windows_otherwise() -> Iterator[Given]:
    """Windows that are coarser than the periods, or in words; and such whose ends are excluded and not in the data."""
    months = monthly()
    call = {**ONE, "period": "month", "same_months": False}
    for reference, evaluation in (
        ((2015, 2015), (2016, 2016)),
        (("2015Q1", "2015Q4"), ("2016Q1", "2016Q4")),
        (("2015T1", "2015T3"), ("2016T1", "2016T3")),
        ("January 2015 to December 2015", "åren 2016–2016"),
        ("2015-01-01/2015-12-31", "2016-01-01/2016-12-31"),
    ):
        yield months, {**call, "reference_window": reference, "evaluation_window": evaluation}
    excluded = [("2015-01", "2015-02"), ("2016-11", "2016-12")]
    there = [not any(first <= month <= last for first, last in excluded) for month in months["t"]]
    short = {
        name: [cell for cell, is_there in zip(column, there, strict=True) if is_there]
        for name, column in months.items()
    }
    windows = {"reference_window": (2015, 2015), "evaluation_window": (2016, 2016)}
    yield months, {**call, **windows, "excluded": excluded}
    yield short, {**call, **windows, "excluded": excluded}


def monthly() -> Data:
    """Twelve units over two years."""
    rows = [(u, f"{y}-{m:02}") for u in range(12) for y in (2015, 2016) for m in range(1, 13)]
    outcomes = np.random.default_rng(4).integers(5, 15, len(rows))
    return {"u": [f"u{u:02}" for u, _ in rows], "t": [month for _, month in rows], "y": outcomes.tolist()}


def _few_placebos(asked: Call) -> Iterator[Given]:
    """One placebo or none, or no spread of them."""
    for n in (2, 3, 4):
        few = panel(n=n)
        yield few, ONE | asked
        yield few, ONE | asked | SERIES | {"comparator": f"u0{n - 1}"}
        yield few, ONE | asked | {"adjustment": "difference"}
        yield few, TWO | asked | {"placebos": "groups"}


def _few_permuted() -> Iterator[Given]:
    """Beside a series one unit, or two, that change places with the treated: one unit is no distribution."""
    for count in (2, 3, 4):
        for more in (1, 2):
            treated, series = [f"u{i:02}" for i in range(count)], f"u{count + more:02}"
            call = ONE | SERIES | {"treated": treated, "comparator": series, "placebos": "permutation"}
            yield panel(n=count + more + 1), call


def _trends_by_periods_and_clusters() -> Iterator[Given]:
    spans = {"reference_window": (2012, 2023), "evaluation_window": (2024, 2035)}
    data = {name: [cell for cell in column for _ in range(6)] for name, column in panel().items()}
    data["c"] = [f"{unit}-{i % 6}" for i, unit in enumerate(data["u"])]
    data["m"] = [1 + i % 5 for i in range(len(data["u"]))]
    by_parts = {"outcome": ("y", "m"), "weights": "denominator", "inference": "cluster", "cluster": "c"}
    for adjustment in ("ratio", "difference"):
        for call in (ONE, TWO):
            way = call | {"adjustment": adjustment}
            yield panel(periods=24, adopt=12), way | spans | {"inference": "hac"}
            yield (
                panel(periods=24, adopt=12),
                way | spans | {"inference": "block_bootstrap", "block_length": 2, **DRAWN},
            )
            yield data, way | by_parts
        one_year = {"reference_window": (2012, 2012), "evaluation_window": (2016, 2016), "adjustment": adjustment}
        yield _with_clusters_that_come_and_go(), ONE | by_parts | one_year


def _with_clusters_that_come_and_go() -> Data:
    """Units of eight clusters a year, each there for one year alone: most have no row in a window."""
    rows = [(u, year, place) for u in range(4) for year in range(2010, 2024) for place in range(8)]
    return {
        "u": [f"u{u:02}" for u, *_ in rows],
        "t": [year for _, year, _ in rows],
        "c": [f"{year}-{place}" for _, year, place in rows],
        "y": [5 + (7 * u + 3 * year + place * place) % 11 for u, year, place in rows],
        "m": [30] * len(rows),
    }


def _difference_in_differences() -> Iterator[Given]:
    data, alone = panel(), panel(treated=1)
    data["c"] = [f"c{int(unit[1:]) // 2}" for unit in data["u"]]
    yield data, {**ADOPTED, "cluster": "c"}
    checks = ["pretrend", "relative_magnitudes", "smoothness"]
    for variance in _options("difference_in_differences", "variance"):
        yield data, {**ADOPTED, "variance": variance, "checks": checks}
        yield data, {**ADOPTED, "variance": variance, "sampling": "repeated_cross_sections"}
    for weights in ("rademacher", "webb"):
        yield data, {**ADOPTED, "inference": "wild_bootstrap", "wild_weights": weights, **DRAWN}
    for table in (alone, data):  # several treated have no such test
        yield table, {**ADOPTED, "inference": "conley_taber"}
        yield table, {**ADOPTED, "inference": "permutation", **DRAWN}
        yield table, {**ADOPTED}
    for n in (2, 3):
        yield panel(n=n, treated=1), {**ADOPTED, "inference": "conley_taber"}
    yield data, {**ADOPTED, "inference": "permutation", "sampling": "repeated_cross_sections", **DRAWN}


def _event_study() -> Iterator[Given]:
    data, alone = panel(), panel(treated=1)
    for variance in _options("event_study", "variance"):
        yield data, {**ADOPTED, "variance": variance}
    yield alone, {**ADOPTED, "inference": "conley_taber"}
    yield data, {**ADOPTED, "inference": "conley_taber"}
    for weights in ("rademacher", "webb"):
        yield data, {**ADOPTED, "inference": "wild_bootstrap", "wild_weights": weights, **DRAWN}
    yield data, {**ADOPTED, "inference": "permutation", **DRAWN}


def _staggered_adoption() -> Iterator[Given]:
    data, call = panel(n=30, adopt=(4, 5, None)), {**TREND, "start": "s"}
    for aggregate in (None, "simple", "dynamic", "cohort", "calendar"):
        for variance in _options("staggered_adoption", "variance"):
            yield data, call | {"aggregate": aggregate, "variance": variance}
            yield data, call | {"aggregate": aggregate, "variance": variance, "estimator": "imputation"}
        if aggregate is not None:
            for estimator in ("group_time", "imputation"):
                yield data, call | {"aggregate": aggregate, "inference": "permutation", "estimator": estimator} | DRAWN
    yield data, call | {"sampling": "repeated_cross_sections"}
    yield panel(n=3, adopt=(4, 5, None)), call
    yield panel(n=3, adopt=(4, 5, None)), call | {"aggregate": "simple", "inference": "permutation"} | DRAWN


def _synthetic(method: str) -> Iterator[Given]:
    call = {**TREND, "period": "year", "first_treated": 2016}
    for inference in _options(method, "inference"):
        for n, treated in ((24, 1), (3, 1), (4, 1), (24, 2)):
            units = [f"u{i:02}" for i in range(treated)]
            yield panel(n=n, treated=treated), call | {"treated": units, "inference": inference}


def _synthetic_control() -> Iterator[Given]:
    yield from _synthetic("synthetic_control")


def _synthetic_differences() -> Iterator[Given]:
    yield from _synthetic("synthetic_difference_in_differences")


def _randomized_trial() -> Iterator[Given]:
    call = {"outcome": LOWER, "treatment": "d"}
    rng = np.random.default_rng(5)
    data: dict[str, Any] = people()
    data["x"] = np.round(rng.normal(0, 1, 120), 2).tolist()
    data["c"] = [f"c{i % 12:02}" for i in range(120)]
    data["p"] = [f"p{i // 2:02}" for i in range(120)]
    data["b"] = [f"b{i // 30}" for i in range(120)]
    data["q"] = [0.5] * 120
    data["w"] = [1.0 + i % 3 for i in range(120)]
    data["k"] = rng.poisson(3, 120).tolist()
    data["h"] = rng.integers(0, 2, 120).tolist()
    adjusted = ({}, {"covariates": ["x"]}, {"block": "b"}, {"weights": {"column": "w", "kind": "sampling"}})
    for variance in ("HC0", "HC1", "HC2", "HC3"):
        for more in adjusted:
            yield data, call | {"variance": variance} | more
    for variance in ("CR0", "CR1", "CR1S", "CR2", "CR3"):
        for more in adjusted:
            yield data, call | {"variance": variance, "cluster": "c"} | more
    yield data, call | {"variance": "welch"}
    yield data, call | {"pairs": "p"}
    yield data, call | {"pairs": "p", "covariates": ["x"]}
    yield data, call | {"probability": "q"}
    yield data, call | {"probability": "q", "adjustment": "none"}
    yield data, call | {"outcome": "k", "variance": "quasi_poisson", "adjustment": "none"}
    yield data, call | {"outcome": "k", "exposure": "w", "inference": "exact_poisson", "adjustment": "none"}
    yield data, call | {"outcome": "k", "exposure": "w"}
    for inference in ("newcombe", "miettinen_nurminen", "barnard"):
        yield data, call | {"outcome": "h", "inference": inference, "adjustment": "none"}
    for more in ({}, {"cluster": "c"}, {"block": "b"}, {"pairs": "p"}, {"covariates": ["x"]}):
        yield data, call | {"inference": "randomization", **DRAWN} | more
    yield data, call | {"inference": "randomization", "statistic": "studentized", **DRAWN}
    yield data, call | {"inference": "wild_bootstrap", "cluster": "c", **DRAWN}
    short = {name: column[:2] for name, column in data.items()}
    yield short, call
    gaps = people(gaps=True)
    for more in ({}, {"outcome_range": (0, 20)}, {"inference": "randomization", **DRAWN}):
        yield gaps, call | {"missing": "drop"} | more


def _randomized_trials() -> Iterator[Given]:
    data: dict[str, Any] = people()
    data["g"] = [f"g{i % 2}" for i in np.arange(120) // 2]
    data["arm"] = [("a", "b", "0")[i % 3] for i in range(120)]
    ways: tuple[Call, ...] = ({}, {"inference": "randomization", **DRAWN})
    for way in ways:
        yield data, {"outcome": ["y", "z"], "treatment": "d"} | way
        yield data, {"outcome": "y", "treatment": "d", "subgroup": "g"} | way
        yield data, {"outcome": "y", "treatment": "arm", "arms": ["a", "b"], "control": "0"} | way
    both: Call = {"outcome": ["y", "z"], "treatment": "d", "missing": "drop"}
    for ranges in ({"y": (0, 20), "z": (0, 9)}, {"y": (0, 20)}):
        yield people(gaps=True), both | {"outcome_range": ranges}


def _complier_effect() -> Iterator[Given]:
    call = {"outcome": LOWER, "treatment": "d", "received": "r"}
    data: dict[str, Any] = people()
    data["c"] = [f"c{i % 12:02}" for i in range(120)]
    for variance in ("HC0", "HC1", "HC2", "HC3"):
        yield data, call | {"variance": variance}
    for variance in ("CR0", "CR1", "CR1S", "CR2", "CR3"):
        yield data, call | {"variance": variance, "cluster": "c"}
    yield data, call | {"inference": "randomization", **DRAWN}
    yield people(gaps=True), call | {"missing": "drop", "outcome_range": (0, 20)}


def _matched_comparison() -> Iterator[Given]:
    table = effekt.datasets.observational(rng=3, n=200).table
    match = {"unit": "unit", "treatment": "treatment", "covariates": ["baseline", "age"]}
    kinds: tuple[Call, ...] = (
        {},
        {"replace": True},
        {"replace": True, "ratio": 2},
        {"method": "optimal"},
        {"method": "full"},
        {"method": "exact", "covariates": ["female"]},
        {"method": "coarsened_exact", "covariates": ["age"]},
        {"method": "subclassification", "subclasses": 4},
        {"method": "inverse_probability"},
        {"method": "overlap", "estimand": "ATO"},
        {"method": "entropy_balancing"},
        {"estimand": "ATC"},
    )
    for kind in kinds:
        for variance in (None, *_options("matched_comparison", "variance")):
            yield table, {"match": match | kind, "outcome": "outcome", "variance": variance}
    rows = {
        **{name: table.values(name) for name in ("unit", "treatment", "age", "outcome")},
        "group": [f"g{i % 10}" for i in range(200)],
    }
    sets = match | {"method": "subclassification", "covariates": ["age"], "subclasses": 3}
    weighed = match | {"method": "inverse_probability", "covariates": ["age"]}
    yield rows, {"match": weighed, "outcome": "outcome", "cluster": "group"}
    for variance in ("CR2", "CR2_within"):
        yield rows, {"match": sets, "outcome": "outcome", "variance": variance, "cluster": "group"}
    yield from _matches_with_gaps(match, kinds)


def _matches_with_gaps(match: Call, kinds: tuple[Call, ...]) -> Iterator[Given]:
    """Every kind of match, some of whose units have no outcome, or no covariate, or are far from all others."""
    table = effekt.datasets.observational(rng=3, n=200).table
    rows = {name: table.values(name) for name in ("unit", "treatment", "age", "baseline", "female", "outcome")}
    rows["outcome"] = [None if i % 9 == 0 else value for i, value in enumerate(rows["outcome"])]
    rows["age"] = [None if i in (3, 40, 77) else value for i, value in enumerate(rows["age"])]
    alike = {**rows, "age": [None if value is None else round(value / 10) for value in rows["age"]]}
    dropped = match | {"missing": "drop"}
    for kind in kinds:
        call: Call = {"match": dropped | kind, "outcome": "outcome", "missing": "drop"}
        yield rows, call
        yield rows, call | {"outcome_range": (-100, 400)}
        yield rows, call | {"covariates": ["age"]}
        yield rows, {**call, "match": {**dropped, **kind, "estimand": "ATE"}}
    for how in ({"caliper": 0.05}, {"discard": "both"}, {"ratio": 3}, {"replace": True, "estimand": "ATE"}):
        yield rows, {"match": dropped | how, "outcome": "outcome", "missing": "drop"}
    for method in ("nearest", "optimal", "full"):
        tied = dropped | {"method": method, "covariates": ["age"]}
        yield alike, {"match": tied, "outcome": "outcome", "missing": "drop"}


def _doubly_robust() -> Iterator[Given]:
    table = effekt.datasets.observational(rng=3, n=200).table
    call = {"outcome": "outcome", "treatment": "treatment", "covariates": ["baseline", "age"]}
    for estimand in ("ATE", "ATT", "ATC"):
        for variance in ("m_estimation", "sandwich"):
            yield table, call | {"estimand": estimand, "variance": variance}
    rows = {name: table.values(name) for name in ("treatment", "age", "baseline", "female", "outcome")}
    rows["outcome"] = [None if i % 9 == 0 else value for i, value in enumerate(rows["outcome"])]
    rows["age"] = [None if i in (3, 40, 77) else value for i, value in enumerate(rows["age"])]
    for more in ({}, {"outcome_range": (-100, 400)}, {"subgroup": "female"}):
        yield rows, call | {"missing": "drop"} | more
    grouped = {**rows, "outcome": table.values("outcome"), "group": [f"g{i % 20}" for i in range(200)]}
    yield grouped, call | {"missing": "drop", "cluster": "group"}
    lacking = {**rows, "outcome": table.values("outcome")}
    yield lacking, call | {"missing": "drop"}


def _length(data: Any) -> int:
    return len(data) if isinstance(data, Table) else len(next(iter(data.values())))


# --- the same choice, written in another way ------------------------------------------------------------------------

NO_EFFECT: tuple[Call, ...] = ({}, {"threshold": None}, {"threshold": 0})
SHORT = [panel(periods=length + 2, adopt=length) for length in (2, 3, 5)]
BY_WILD = {"inference": "wild_bootstrap", **DRAWN}


def _orders(*names: str) -> Iterator[list[str]]:
    """Each name, every two in both orders, and all from the last."""
    for size in (1, 2):
        yield from map(list, permutations(names, size))
    yield [*names[::-1]]


def _trials_otherwise(call: Call, data: Any) -> Iterator[Given]:
    """Every kind of weights, and each default written out."""
    data = {**data, "w": [1 + i % 3 for i in range(120)]}
    for kind in ("sampling", "frequency", "precision"):
        for adjustment in ("none", "lin"):
            yield data, {**call, "weights": {"column": "w", "kind": kind}, "adjustment": adjustment}
    for population in (None, "super", "finite"):
        for more in ({"inference": "asymptotic"}, {"inference": "randomization", **DRAWN}):
            yield data, {**call, "population": population, "estimand": "ATE", "missing": "raise", **more}
        yield data, {**call, "population": population, "estimand": "ATT", "cluster_weighted": False, "weights": None}


def _trial_otherwise() -> Iterator[Given]:
    yield from _trials_otherwise({"outcome": LOWER, "treatment": "d", "statistic": "estimate"}, people())


def _several_otherwise() -> Iterator[Given]:
    yield from _trials_otherwise({"outcome": ["y", "z"], "treatment": "d"}, people())


def _compliers_otherwise() -> Iterator[Given]:
    call: Call = {"outcome": LOWER, "treatment": "d", "received": "r"}
    yield from _trials_otherwise(call, people())
    weak = people()
    weak["r"] = [int(i % 7 == 0 or (lot == 1 and i % 11 == 1)) for i, lot in enumerate(weak["d"])]
    yield weak, call
    for gaps in (people(gaps=True), {**people(gaps=True), "r": weak["r"]}):
        yield gaps, {**call, "missing": "drop"}


def _checked_trends(call: Call, data: Any, names: Sequence[str], other: Call, short: Sequence[Any]) -> Iterator[Given]:
    written = {"sampling": "panel", "inference": "asymptotic", "missing": "raise", "margin": None}
    for i, checks in enumerate(_orders(*names)):
        yield data, {**call, **written, "checks": checks, **NO_EFFECT[i % 3]}
    yield data, {**call, "checks": [*names], "margin": 1, "threshold": "-0.5"}
    for table in short:  # of which few periods are tested
        yield table, {**call, "checks": names[:1]}
    yield data, {**call, **other}


def _differences_otherwise() -> Iterator[Given]:
    call = {**ADOPTED, "outcome": LOWER}
    yield from _checked_trends(call, panel(), list(BEFORE), {**BY_WILD, "checks": ["pretrend"]}, SHORT)


def _events_otherwise() -> Iterator[Given]:
    yield from _checked_trends({**ADOPTED, "outcome": LOWER}, panel(), list(BEFORE), {}, SHORT)


def _staggered_otherwise() -> Iterator[Given]:
    written = {"adjustment": "doubly_robust", "comparison": "not_yet_treated", "base_period": "universal"}
    call = {**TREND, **written, "start": "s", "outcome": LOWER}
    data, short = panel(n=30, adopt=(4, 5, None)), [panel(n=30, periods=6, adopt=(3, 4, None))]
    permuted = {
        "aggregate": "simple",
        "inference": "permutation",
        **DRAWN,
        "checks": ["bacon_decomposition", "pretrend"],
    }
    yield from _checked_trends(call, data, ["pretrend", "relative_magnitudes", "bacon_decomposition"], permuted, short)
    yield data, {**call, **permuted, "checks": ["bacon_decomposition"], "threshold": None}
    yield panel(n=30, adopt=(0, 5, None)), {**call, "aggregate": None}  # a third of the units are always treated
    yield panel(n=30, adopt=(1, 5, None)), {**call, "aggregate": "simple", "anticipation": 1}


def _matches_otherwise() -> Iterator[Given]:
    table = effekt.datasets.observational(rng=3, n=200).table
    match = {"unit": "unit", "treatment": "treatment", "covariates": ["baseline", "age"]}
    call = {"match": match, "outcome": {**LOWER, "column": "outcome"}, "missing": "raise"}
    for i, checks in enumerate(_orders("rosenbaum_bounds", "robustness_value", "e_value")):
        yield table, {**call, "checks": checks, **NO_EFFECT[i % 3]}
    yield table, {**call, "checks": ["e_value"], "threshold": 0, "threshold_view": "difference"}
    yield table, {**call, "match": {**match, "exact": ["female"], "covariates": ["age", "baseline"]}}


def _robust_otherwise() -> Iterator[Given]:
    table = effekt.datasets.observational(rng=3, n=200).table
    call = {"outcome": "outcome", "treatment": "treatment", "covariates": ["baseline", "age"], "checks": ["e_value"]}
    for threshold in NO_EFFECT:
        yield table, {**call, **threshold}
    yield table, {**call, "threshold": 0, "threshold_view": "difference", "covariates": ["age", "baseline"]}


def _trends_otherwise() -> Iterator[Given]:
    names = ("regression_to_mean", "baseline_choice", "inference_choice")
    for treated in (["u00", "u01"], ["u01", "u00"]):
        call = {**ONE, "treated": treated, "adopters": ["u05", "u04"], "trend": "ratio_of_means", "same_months": False}
        yield panel(), call
        yield panel(), {**call, "comparator": ["u03", "u02"], "adopters": ["u07", "u06"], "inference": "none"}
        yield panel(), {**call, "excluded": [(2014, 2014), (2013, 2013)], "placebos": "units"}
    for checks in _orders(*names):
        yield panel(), {**ONE, "outcome": LOWER, "checks": checks, "threshold": None}
        yield panel(n=8), {**ONE, "outcome": LOWER, "checks": checks, "threshold": "0.05"}


def _synthetic_otherwise() -> Iterator[Given]:
    call = {**TREND, "period": "year", "first_treated": 2016, "last_evaluated": None, "inference": "placebo"}
    for treated in ("u00", ["u00"], ["u01", "u00"]):
        yield panel(n=8, treated=2), {**call, "treated": treated, "donors": None}
        yield panel(n=8, treated=2), {**call, "treated": treated, "donors": ["u06", "u03", "u05", "u04"]}


BEFORE = ("pretrend", "relative_magnitudes", "smoothness")
OTHERWISE: Mapping[str, Callable[[], Iterator[Given]]] = {
    "complier_effect": _compliers_otherwise,
    "difference_in_differences": _differences_otherwise,
    "doubly_robust": _robust_otherwise,
    "event_study": _events_otherwise,
    "matched_comparison": _matches_otherwise,
    "randomized_trial": _trial_otherwise,
    "randomized_trials": _several_otherwise,
    "staggered_adoption": _staggered_otherwise,
    "synthetic_control": _synthetic_otherwise,
    "synthetic_difference_in_differences": _synthetic_otherwise,
    "trend_adjusted": _trends_otherwise,
}


@pytest.mark.parametrize("method", OTHERWISE)
def test_no_way_to_write_a_call_is_held_against_an_honest_result(method: str) -> None:
    held, made, refused = [], 0, []
    for data, call in OTHERWISE[method]():
        try:
            result = getattr(effekt, method)(data, **call)
        except effekt.EffektError as error:
            refused.append(str(error))
            continue
        made += 1
        held += [(call, fault) for fault in faults(result, call, _length(data))]
    assert held == []
    assert made > len(refused), refused


def test_windows_that_are_coarser_than_periods_or_end_where_nothing_was_seen_fit_the_picture() -> None:
    for data, call in _windows_otherwise():
        result = effekt.trend_adjusted(data, **call)
        assert faults(result, call, _length(data)) == []
        assert result.path is not None
        (first, _), (_, last) = window_positions(result.path)
        assert (first, last) == (0, len(result.path.periods) - 1)
        moved = replace(result, path=replace(result.path, reference=("2015-03", "2015-11")))
        assert [place for place, *_ in own_faults(moved)] == ["path.reference"]


HC, CR = {"HC0", "HC1", "HC2", "HC3"}, {"CR0", "CR1", "CR1S", "CR2", "CR3"}
SYNTHETIC = {"placebo", "placebo_variance", "conformal", "none"}
CONVENTIONS: Mapping[str, tuple[Callable[[], Iterator[Given]], set[str]]] = {
    "complier_effect": (_complier_effect, HC | CR | {"randomization"}),
    "difference_in_differences": (_difference_in_differences, CR | {"wild_bootstrap", "permutation", "conley_taber"}),
    "doubly_robust": (_doubly_robust, {"m_estimation", "sandwich"}),
    "event_study": (_event_study, CR - {"CR1S"} | {"wild_bootstrap", "permutation", "conley_taber"}),
    "matched_comparison": (
        _matched_comparison,
        {"HC2", "CR2", "CR2_within", "abadie_imbens", "abadie_imbens_estimated", "m_estimation", "sandwich", "none"},
    ),
    "randomized_trial": (
        _randomized_trial,
        HC
        | CR
        | {"welch", "quasi_poisson", "between_pair", "young", "randomization", "wild_bootstrap", "newcombe"}
        | {"miettinen_nurminen", "barnard", "exact_poisson"},
    ),
    "randomized_trials": (_randomized_trials, {"HC2", "randomization"}),
    "staggered_adoption": (_staggered_adoption, {"leverage", "CR0", "CR3", "permutation", "none"}),
    "synthetic_control": (_synthetic_control, SYNTHETIC),
    "synthetic_difference_in_differences": (_synthetic_differences, SYNTHETIC - {"conformal"}),
    "trend_adjusted": (
        _trend_adjusted,
        {"placebo", "placebo_variance", "placebo_groups", "placebo_groups_variance", "placebo_permutation"}
        | {"placebo_level", "placebo_level_variance", "placebo_log_level", "placebo_log_level_variance"}
        | {"hac", "cluster", "block_bootstrap", "none"},
    ),
}


@pytest.mark.parametrize("method", CONVENTIONS)
def test_no_convention_of_an_honest_result_is_held_against_it(method: str) -> None:
    calls, conventions = CONVENTIONS[method]
    seen, held = set(), []
    for data, call in calls():
        try:
            result = getattr(effekt, method)(data, **call)
        except effekt.EffektError:
            continue  # a combination that the method refuses
        seen |= {one.variance for one in (result.effects if isinstance(result, EffectSet) else [result])}
        held += [(call, fault) for fault in faults(result, call, _length(data))]
    assert held == []
    assert seen == {f"{name}/1" for name in conventions}


@pytest.mark.parametrize("stated", ["placebo_variance/1", "placebo_groups/1", "placebo_level/1", "placebo/2"])
def test_another_convention_than_that_of_the_call_is_held_against_a_trend(stated: str) -> None:
    result = effekt.trend_adjusted(panel(), **TREND, **YEARS, treated="u00", weights=None, comparator="others")
    assert list(own_faults(replace(result, variance=stated))) == [("variance", stated, "placebo/1")]


def _few_received() -> tuple[Result, Call]:
    """A trial of whose receipt little is known, so that the share of compliers may lie below zero."""
    data: dict[str, Any] = {"y": [float(i % 5) for i in range(24)], "d": [i % 2 for i in range(24)]}
    data["r"] = [None if i % 3 == 0 else int(i % 2 and i % 8 == 1) for i in range(24)]
    data["y"][3] = None
    call = {"outcome": "y", "treatment": "d", "received": "r", "missing": "drop", "outcome_range": (0, 20)}
    return effekt.complier_effect(data, **call), call  # type: ignore[arg-type]


def test_a_bound_below_zero_on_the_share_of_compliers_is_not_held_against_it() -> None:
    result, call = _few_received()
    assert isinstance(result, EffectSet)
    values = {check.name: check.values for check in result["CACE"].diagnostics}["complier_bounds"]
    assert values["manski_share_lower"] == pytest.approx(2 / 12 - 4 / 12)  # received for sure, and perhaps
    assert faults(result, call, 24) == []


@pytest.mark.parametrize("share", [-1.1, 1.1])
def test_a_bound_on_the_share_of_compliers_that_no_difference_of_shares_has_is_told(share: float) -> None:
    result, _ = _few_received()
    assert isinstance(result, EffectSet)
    (check,) = (one for one in result["CACE"].diagnostics if one.name == "complier_bounds")
    forged = replace(check, values={**check.values, "manski_share_lower": share})
    assert [*check_ranges(check)] == []
    assert [*check_ranges(forged)] == [("diagnostics.complier_bounds.manski_share_lower", share, "−1–1")]


# --- checks that are taken away -------------------------------------------------------------------------------------

MAY_LACK: Mapping[str, Mapping[str, str]] = {
    "complier_effect": {"complier_bounds": "whether compliers could be bounded rests on the rows"},
    "trend_adjusted": {"placebo_distribution": "of no inference: how many placebos there were rests on the rows"},
}
"""Checks of which no certificate tells in each case that they were taken away, by method, and why."""


def _every(method: str) -> Iterator[tuple[Result, Call]]:
    """The honest results of a method, each with its call."""
    for result in every_check.results(method):
        yield result, (result.effects[0] if isinstance(result, EffectSet) else result).arguments
    for data, call in (*CONVENTIONS.get(method, (tuple,))[0](), *OTHERWISE.get(method, tuple)()):
        try:
            yield getattr(effekt, method)(data, **call), call
        except effekt.EffektError:
            continue


def _bereft(result: Result) -> Iterator[tuple[str, Result]]:
    """The result without each check in turn, also of its members."""
    for k, check in enumerate(result.diagnostics):
        yield check.name, replace(result, diagnostics=(*result.diagnostics[:k], *result.diagnostics[k + 1 :]))
    for i, one in enumerate(result.effects if isinstance(result, EffectSet) else ()):
        for name, less in _bereft(one):
            yield name, replace(result, effects=(*result.effects[:i], less, *result.effects[i + 1 :]))


@pytest.mark.parametrize("method", every_check.METHODS)
def test_each_check_that_is_taken_away_is_told_or_may_lack(method: str) -> None:
    silent = {name for result, call in _every(method) for name, less in _bereft(result) if not faults(less, call)}
    assert silent == {*MAY_LACK.get(method, ())}


def test_the_distribution_of_the_single_units_of_a_permutation_is_missed_where_there_are_two() -> None:
    for data, call in _few_permuted():
        found = dict(_bereft(effekt.trend_adjusted(data, **call)))
        several = len({*data["u"]}) - len(call["treated"]) > 2  # the series, and more than one unit
        assert ("placebo_distribution" in found) is several
        if several:
            assert faults(found["placebo_distribution"], call)


MADE_UP = Diagnostic(name="made_up", status="ok", statement=COUNTS_HIDDEN)


def _with_more(result: Result) -> Iterator[tuple[str, Result]]:
    """The result with each of its checks twice, and with those of no method or another, also in its members."""
    foreign = [replace(MADE_UP, name=name) for name in ("made_up", "kolada_ledger", "minimum_n", "unit_ledger")]
    for check in (*result.diagnostics, *foreign):
        yield check.name, replace(result, diagnostics=(*result.diagnostics, check))
    if isinstance(result, EffectSet):
        for i, one in enumerate(result.effects):
            for name, more in _with_more(one):
                yield name, replace(result, effects=(*result.effects[:i], more, *result.effects[i + 1 :]))
        for name, more in _with_more(result.overall) if result.overall is not None else ():
            yield name, replace(result, overall=more)


@pytest.mark.parametrize("method", every_check.METHODS)
def test_each_check_that_is_added_is_told(method: str) -> None:
    added = [
        (name, list(given_faults(more, method, one.arguments)))
        for result in every_check.results(method)
        for one in (result.effects[0] if isinstance(result, EffectSet) else result,)
        for name, more in _with_more(result)
    ]
    assert [name for name, told in added if not any(name in str(stated) for _, stated, _ in told)] == []
    assert {name for name, _ in added} > {"made_up", "kolada_ledger"}


def test_clusters_of_a_mixture_and_a_variance_below_zero_are_told() -> None:
    (mixture, *_), (trial, *_) = every_check.results("synthetic_control"), every_check.results("randomized_trial")
    clustered = replace(mixture, sample=replace(mixture.sample, n_clusters=3))
    assert list(own_faults(clustered)) == [("sample.n_clusters", 3, None)]
    by = trial.inference
    below = replace(trial, inference=replace(by, covariance=(5.0, 0.0, -1.0)))
    assert list(own_faults(below)) == [("inference.covariance", -1.0, "≥ 0")]


def test_a_difference_that_varies_as_the_means_do_not_is_told() -> None:
    """What pairs state of the difference beside the means is what the means say of it."""
    rows = {"y": [1, 2, 4, 3, 6, 9, 5, 4], "d": [1, 0] * 4, "p": [i // 2 for i in range(8)]}
    trial = effekt.randomized_trial(rows, outcome="y", treatment="d", pairs="p")
    by = trial.inference
    assert isinstance(by, StudentT)
    assert by.apart is not None
    assert list(own_faults(trial)) == []
    first, second = by.apart
    for stated in ((2 * first, second), (first, second + first), (math.inf, second)):
        told = list(own_faults(replace(trial, inference=replace(by, apart=stated))))
        assert {place for place, _, _ in told} == {"inference.apart"}


def test_a_root_that_differs_from_the_covariance_or_from_a_member_is_told() -> None:
    """What pairs state of their differences together is what their covariance and each member say."""
    rows = {
        "y": [1, 2, 4, 3, 6, 9, 5, 4],
        "z": [2, 5, 1, 4, 4, 3, 8, 6],
        "d": [1, 0] * 4,
        "p": [i // 2 for i in range(8)],
    }
    effects = effekt.randomized_trials(rows, outcome=["y", "z"], treatment="d", pairs="p")
    call: Any = SimpleNamespace(given={"outcome": ["y", "z"]})
    assert effects.root is not None
    assert list(set_faults(effects, call)) == []
    root = np.array(effects.root)
    turned = root * [1, 1, -1, -1]  # each member's own, and another covariance between the two
    for stated, places in ((root * [2, 1, 1, 1], ["root[y]", "root"]), (turned, ["root"])):
        told = set_faults(replace(effects, root=tuple(map(tuple, stated.tolist()))), call)
        assert [place for place, _, _ in told] == places


def test_orders_of_ties_that_are_said_not_to_be_there_are_told() -> None:
    rows = {"unit": range(12), "d": [1, 0, 0] * 4, "x": [1, 1, 1, 2, 2, 2] * 2, "y": range(12)}
    match = {"unit": "unit", "treatment": "d", "covariates": ["x"], "exact": ["x"], "distance": "mahalanobis"}
    effect = effekt.matched_comparison(rows, match=match, outcome="y")
    (ties,) = (check for check in effect.diagnostics if check.name == "tie_orders")
    assert ties.values["count"] == 100
    one = effect.means.value("difference")
    steady = replace(ties, status="ok", values={"min": one, "max": one, "count": 0})
    others = tuple(steady if check is ties else check for check in effect.diagnostics)
    assert list(own_faults(effect)) == []
    assert [*own_faults(replace(effect, diagnostics=others))] == [("diagnostics.tie_orders.values.count", 0, "> 0")]


def test_a_reading_of_a_trend_that_is_emptied_or_taken_away_is_told() -> None:
    """The one that pays is that of the means, and the others follow from each other and the comparator's mean."""
    silent, seen = set(), set()
    for result, call in _every("trend_adjusted"):
        (k,) = (k for k, check in enumerate(result.diagnostics) if check.name == "adjustment_readings")
        check = result.diagnostics[k]
        for name in check.values:
            seen.add(name)
            without = {other: value for other, value in check.values.items() if other != name}
            for how, values in (("emptied", {**check.values, name: None}), ("taken away", without)):
                others = (*result.diagnostics[:k], replace(check, values=values), *result.diagnostics[k + 1 :])
                if not faults(replace(result, diagnostics=others), call):
                    silent.add((name, how, result.arguments["adjustment"]))
    assert seen == {"paying", *(f"relative_{name}" for name in ("none", "difference", "ratio", "corrected"))}
    assert silent == set()


@pytest.mark.parametrize(("minimum", "name"), [(0, "differential_attrition"), (5, "pretrend"), (5, "first_stage")])
def test_a_check_that_says_hidden_what_no_contract_hides_is_held_against_it(minimum: int, name: str) -> None:
    method = {"pretrend": "event_study", "first_stage": "complier_effect"}.get(name, "randomized_trial")
    found = [result for result in every_check.results(method) if any(check.name == name for check in _checks(result))]
    check = next(check for check in _checks(found[0]) if check.name == name)
    hidden = replace(check, values=dict.fromkeys(check.values), statement=COUNTS_HIDDEN)
    said = next(
        one for one in (found[0], *getattr(found[0], "effects", ())) if any(own.name == name for own in one.diagnostics)
    )
    forged = replace(said, diagnostics=(hidden,))
    assert [place for place, *_ in hidden_faults(forged, minimum)] == [f"diagnostics.{name}.statement"]


@pytest.mark.parametrize("more", [{}, {"weights": {"column": "f", "kind": "frequency"}}])
def test_a_share_that_by_chance_is_of_few_among_another_count_hides_nothing(more: Call) -> None:
    """5 of 20 treated are missing, and 25% of the 12 rows left out would be 3; nobody of whom there are few is told."""
    lost = {*range(5), *range(20, 27)}
    data = {"y": [None if i in lost else float(i % 5 + i % 3) for i in range(40)], "d": [1] * 20 + [0] * 20}
    data["f"] = [1] * 40
    call: Call = {"outcome": LOWER, "treatment": "d", "missing": "drop", "outcome_range": (0, 30), **more}
    result = effekt.randomized_trial(data, **call)
    assert result.sample.n_dropped == 12
    shown = published(result, 5)
    assert shown.sample == result.sample
    assert shown.diagnostics == result.public().diagnostics
    assert faults(result, call, 40) == []


def test_counts_that_a_contract_hides_are_told_where_they_stand() -> None:
    """Of a note that repeats a hidden check, of the sample, and of a sentence: by what the result itself shows."""
    found = [
        one for one in every_check.results("matched_comparison") if any(n.code == "thin_overlap" for n in one.notes)
    ]
    whole = found[0]
    hidden = published(whole, 5)
    assert hidden.sample.n_treated is None
    assert [*unhidden_faults(hidden, 5)] == [*hidden_faults(hidden, 5)] == []
    assert [*unhidden_faults(whole.public(), 0)] == []
    for part, place in (("notes", "notes"), ("diagnostics", "diagnostics"), ("estimand", "estimand.population")):
        told = [where for where, *_ in unhidden_faults(replace(hidden, **{part: getattr(whole, part)}), 5)]
        assert any(where.startswith(place) for where in told), part


def test_a_note_that_says_hidden_what_no_check_hides_is_held_against_it() -> None:
    found = [
        one for one in every_check.results("matched_comparison") if any(n.code == "thin_overlap" for n in one.notes)
    ]
    whole = found[0]
    notes = published(whole, 5).notes
    forged = replace(whole.public(), notes=notes)
    for minimum in (0, 5):
        assert "notes.thin_overlap.text" in [place for place, *_ in hidden_faults(forged, minimum)]


def _checks(result: Result) -> list[Any]:
    return [*result.diagnostics, *(check for one in getattr(result, "effects", ()) for check in one.diagnostics)]
