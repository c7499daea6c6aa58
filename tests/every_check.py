"""Runs of every method that together give every check it has: by method, the results, each once a session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

import effekt
from effekt.result import Diagnostic, EffectEstimate, EffectSet, OutcomeMeasure

Result = EffectEstimate | EffectSet | OutcomeMeasure
Data = dict[str, list[Any]]

TREND = {"outcome": "y", "unit": "u", "time": "t"}
ADOPTED = {**TREND, "treatment": "d"}
LOWER = {"column": "y", "unit": "days", "better": "lower"}


def panel(n: int = 24, periods: int = 8, adopt: int | tuple[int | None, ...] = 4, treated: int = 8) -> Data:
    """A panel of years; `adopt` is the first treated period of the treated, or of every unit by its place."""
    rng = np.random.default_rng(3)
    data: Data = {name: [] for name in ["u", "t", "y", "z", "m", "d", "s", "k", "a"]}
    for i in range(n):
        own = (adopt if i < treated else None) if isinstance(adopt, int) else adopt[i % len(adopt)]
        level = rng.normal(10, 1)
        for t in range(periods):
            on = int(own is not None and t >= own)
            y = round(float(level + 0.3 * t + rng.normal(0, 0.5) - 2 * on), 2)
            row = f"u{i:02}", 2012 + t, y, round(y / 2 + rng.normal(0, 0.1), 2), 10 + i, on
            values = (*row, None if own is None else 2012 + own, f"k{(i + t) % 2}", float(rng.normal(40, 5)))
            for name, value in zip(data, values, strict=True):
                data[name].append(value)
    return data


def people(*, gaps: bool = False, counts: bool = False) -> Data:
    """A trial: some without an outcome, some who did not follow the lot, some whose receipt is not known."""
    rng = np.random.default_rng(7)
    lot = np.tile([1, 0], 60)
    y = rng.poisson(4 + lot, size=120).astype(float) if counts else np.round(rng.normal(10 + lot, 2), 2)
    got = np.where(rng.random(120) < 0.85, lot, 1 - lot)
    outcome = [None if gaps and i in (0, 5, 9, 30) else float(v) for i, v in enumerate(y)]
    received = [None if gaps and i in (3, 14) else int(v) for i, v in enumerate(got)]
    other = [round(float(v), 2) for v in rng.normal(5, 1, size=120)]
    return {"y": outcome, "z": other, "d": lot.tolist(), "r": received, "e": [1.0] * 120}


def _trend_adjusted() -> Iterator[Result]:
    data = panel()
    years = {"period": "year", "reference_window": (2015, 2015), "evaluation_window": (2016, 2019)}
    base = {**TREND, **years, "treated": "u00", "weights": None, "comparator": "others"}
    asked = ["regression_to_mean", "baseline_choice", "placebo_in_time", "inference_choice"]
    more = [
        {"check": "substitution", "outcome": "z"},
        {"check": "level_break", "at": 2017},
        {"check": "spill_over", "share": "0.1"},
        {"check": "heaping", "counts": ["n13", "n14", "n15"], "days": 14},
    ]
    data |= {"n13": [2] * len(data["u"]), "n14": [9] * len(data["u"]), "n15": [3] * len(data["u"])}
    call = {**base, "outcome": LOWER, "threshold": "0.05", "excluded": [(2018, 2018)]}
    yield effekt.trend_adjusted(data, **call, checks=[*asked, *more])
    yield effekt.trend_adjusted(data, **base, inference="placebo_variance", checks=["inference_choice"])
    yield effekt.trend_adjusted(data, **base, inference="none", checks=["inference_choice"])
    strata = {"check": "composition_change", "standardize": ["age"]}
    pairs = {"outcome": ("y", "n"), "checks": [strata]}
    yield effekt.trend_adjusted(data | {"n": [1] * len(data["u"]), "age": ["-"] * len(data["u"])}, **{**base, **pairs})
    hac = {"reference_window": (2012, 2015), "inference": "hac", "draws": 99, "block_length": 2, "rng": 1}
    yield effekt.trend_adjusted(data, **(base | hac), checks=["inference_choice"])
    for trend in ("mean_of_ratios", "mean_of_period_ratios"):
        yield effekt.trend_adjusted(data, **base, trend=trend)
    yield effekt.trend_adjusted(data, **(base | {"treated": ["u00", "u01"]}), placebos="groups")
    yield effekt.trend_adjusted(data, **base, level_correction="regression")
    yield effekt.trend_adjusted(data, **base, level_correction="log_regression")
    series = base | {"comparator": "u23", "own_unit": "kept", "series_units": 40}
    yield effekt.trend_adjusted(data, **series)
    strata = panel()
    rows = [
        {**{name: strata[name][i] for name in strata}, "k": k} for i in range(len(strata["u"])) for k in ("k0", "k1")
    ]
    both = {name: [row[name] for row in rows] for name in strata}
    yield effekt.trend_adjusted(
        both, **(base | {"outcome": ("y", "m")}), standardize=["k"], standard="treated_reference"
    )


def _difference_in_differences() -> Iterator[Result]:
    yield effekt.difference_in_differences(
        panel(), **ADOPTED, checks=["pretrend", "relative_magnitudes", "smoothness"], margin=1, threshold="-0.5"
    )
    crossed = panel()
    yield effekt.difference_in_differences(crossed, **ADOPTED, sampling="repeated_cross_sections", covariates=["a"])
    both = {name: [*crossed[name], *crossed[name]] for name in crossed}
    half = len(crossed["u"])
    both["el"] = [1] * half + [0] * half
    both["y"] = [*crossed["y"], *(round(v / 3, 2) for v in crossed["z"])]
    yield effekt.difference_in_differences(both, **ADOPTED, eligible="el")


def _event_study() -> Iterator[Result]:
    yield effekt.event_study(panel(), **ADOPTED, checks=["relative_magnitudes", "smoothness"], threshold="-0.5")
    yield effekt.event_study(panel(), **ADOPTED, checks=["pretrend"], margin=1)
    yield effekt.event_study(panel(), **ADOPTED, sampling="repeated_cross_sections", covariates=["a"])


def _staggered_adoption() -> Iterator[Result]:
    data = panel(n=30, adopt=(4, 5, None))
    call = {**TREND, "start": "s"}
    trends = ["pretrend", "relative_magnitudes", "smoothness"]
    yield effekt.staggered_adoption(data, **call, base_period="universal", checks=trends, margin=1)
    yield effekt.staggered_adoption(data, **call, aggregate="simple", checks=["bacon_decomposition"])
    yield effekt.staggered_adoption(panel(n=32, adopt=(4, 5, 0, None)), **call, checks=["bacon_decomposition"])
    yield effekt.staggered_adoption(data, **call, estimator="imputation")


def _synthetic(method: str) -> Iterator[Result]:
    call = {**TREND, "period": "year", "treated": "u00", "first_treated": 2016}
    alone = panel(treated=1)
    own = ("placebo", "placebo_variance", "none", *(["conformal"] if method == "synthetic_control" else []))
    for inference in own:
        yield getattr(effekt, method)(alone, **call, inference=inference)


def _randomized_trial() -> Iterator[Result]:
    call = {"outcome": LOWER, "treatment": "d"}
    yield effekt.randomized_trial(people(gaps=True), **call, missing="drop", outcome_range=(0, 20))
    yield effekt.randomized_trial(
        people(counts=True), **call, exposure="e", variance="quasi_poisson", adjustment="none"
    )


def _randomized_trials() -> Iterator[Result]:
    two = {"outcome": ["y", "z"], "treatment": "d"}
    yield effekt.randomized_trials(people(gaps=True), **two, missing="drop", outcome_range={"y": (0, 20), "z": (0, 9)})
    yield effekt.randomized_trials(people(), **two, inference="randomization", draws=99, rng=1)


def _complier_effect() -> Iterator[Result]:
    call = {"outcome": LOWER, "treatment": "d", "received": "r"}
    yield effekt.complier_effect(people(gaps=True), **call, missing="drop", outcome_range=(0, 20))


def _matched_comparison() -> Iterator[Result]:
    table = effekt.datasets.observational(rng=3, n=200).table
    match: Mapping[str, Any] = {"unit": "unit", "treatment": "treatment", "covariates": ["baseline", "age"]}
    checks = ["rosenbaum_bounds", "robustness_value", "oster_delta", "e_value"]
    outcome = {"column": "outcome", "unit": "days", "better": "lower"}
    yield effekt.matched_comparison(table, match=match, outcome=outcome, checks=checks)
    weighted = {**match, "method": "inverse_probability"}
    yield effekt.matched_comparison(table, match=weighted, outcome=outcome, checks=["marginal_sensitivity"])
    for options in (
        {"caliper": 0.2, "estimand": "ATC"},
        {"method": "exact", "covariates": ["female"]},
        {"method": "overlap", "estimand": "ATO"},
    ):
        yield effekt.matched_comparison(table, match={**match, **options}, outcome="outcome")
    lacking = {"missing": "drop", "outcome_range": ("-100", "100")}
    yield effekt.matched_comparison(_with_gaps(table), match=match, outcome=outcome, **lacking)
    yield effekt.matched_comparison(_with_gaps(table), match=weighted, outcome=outcome, **lacking)


def _with_gaps(table: Any) -> Data:
    """The table without some outcomes."""
    data: Data = {name: list(table.values(name)) for name in table.columns}
    return {**data, "outcome": [None if i % 17 == 0 else value for i, value in enumerate(data["outcome"])]}


def _doubly_robust() -> Iterator[Result]:
    table = effekt.datasets.observational(rng=3, n=200).table
    call = {"outcome": "outcome", "treatment": "treatment", "covariates": ["baseline", "age"]}
    yield effekt.doubly_robust(table, **call, checks=["e_value"])
    yield effekt.doubly_robust(_with_gaps(table), **call, missing="drop", outcome_range=("-100", "100"))


def _outcome_count() -> Iterator[Result]:
    yield effekt.outcome_count(panel(), unit="u", outcome="y", time="t")


def _published_comparison() -> Iterator[Result]:
    data = {"c": ["a", "a"], "d": [1, 0], "n": [30, 40], "m": [100, 100]}
    yield effekt.published_comparison(data, outcome=("n", "m"), cohort="c", treatment="d")


_RUNS = {
    "complier_effect": _complier_effect,
    "difference_in_differences": _difference_in_differences,
    "doubly_robust": _doubly_robust,
    "event_study": _event_study,
    "matched_comparison": _matched_comparison,
    "outcome_count": _outcome_count,
    "published_comparison": _published_comparison,
    "randomized_trial": _randomized_trial,
    "randomized_trials": _randomized_trials,
    "staggered_adoption": _staggered_adoption,
    "synthetic_control": lambda: _synthetic("synthetic_control"),
    "synthetic_difference_in_differences": lambda: _synthetic("synthetic_difference_in_differences"),
    "trend_adjusted": _trend_adjusted,
}
METHODS = tuple(_RUNS)


@cache
def results(method: str) -> tuple[Result, ...]:
    """The results of these runs."""
    return tuple(_RUNS[method]())


def checks(method: str) -> list[Diagnostic]:
    """Every check of the results and of their members."""
    found = [check for result in results(method) for check in result.diagnostics]
    members = (one for result in results(method) if isinstance(result, EffectSet) for one in result.effects)
    return [*found, *(check for one in members for check in one.diagnostics)]
