"""Matches that leave out who lacks a value, whatever the comparison does: honest ones pass, contradictions do not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from every_check import Data
from held_against import Call, faults

import effekt

WAYS: Mapping[str, tuple[Mapping[str, Any], tuple[str, ...]]] = {
    "nearest": ({}, ("ATT", "ATC")),
    "nearest with replacement": ({"method": "nearest", "replace": True}, ("ATT", "ATC", "ATE")),
    "nearest in strata": ({"method": "nearest", "exact": ["s"]}, ("ATT", "ATC")),
    "optimal": ({}, ("ATT", "ATC")),
    "full": ({}, ("ATT", "ATC", "ATE")),
    "exact": ({"covariates": ["s"]}, ("ATT", "ATC", "ATE")),
    "coarsened_exact": ({"cutpoints": {"x": [0]}}, ("ATT", "ATC", "ATE")),
    "subclassification": ({"subclasses": 2}, ("ATT", "ATC", "ATE")),
    "entropy_balancing": ({}, ("ATT", "ATC", "ATE")),
    "covariate_balancing_propensity": ({}, ("ATT", "ATC", "ATE")),
    "inverse_probability": ({}, ("ATT", "ATC", "ATE")),
    "overlap": ({}, ("ATO",)),
}
PAIRING = ("nearest", "optimal", "full")
FURTHER = ({"caliper": 0.3}, {"discard": "both"}, {"distance": "mahalanobis"})
LACKING = {"match": ("x", "s"), "comparison": ("y",), "both": ("x", "y"), "arms": ("x", "z")}
"""Which columns have empty cells, by who leaves those rows out; where the arm lacks, both do."""
EMPTY = {"x": (1, 2, 3), "s": (1, 7, 9), "y": (2, 12, 13), "z": (20, 21)}


def people(who: str) -> Data:
    """Forty people, of whom 14 are treated and some lack a value."""
    rng, n = np.random.default_rng(5), 40
    data: Data = {
        "u": [f"p{i:02}" for i in range(n)],
        "z": [int(i % 3 == 0) for i in range(n)],
        "x": rng.normal(0, 1, n).round(2).tolist(),
        "s": [i % 2 for i in range(n)],
        "g": [f"g{i % 10}" for i in range(n)],
        "k": [i % 7 for i in range(n)],
        "y": rng.normal(20, 2, n).round(1).tolist(),
    }
    for name in LACKING[who]:
        for i in EMPTY[name]:
            data[name][i] = None
    return data


def called(who: str, **options: Any) -> Call:
    """A call by who leaves out rows."""
    match = {"unit": "u", "treatment": "z", "covariates": ["x"], "salt": "s1", **options}
    match |= {"missing": "raise" if who == "comparison" else "drop"}
    return {"match": match, "outcome": "y", "missing": "raise" if who == "match" else "drop"}


def _calls() -> Iterator[tuple[str, Call]]:
    for (name, (options, estimands)), who in product(WAYS.items(), LACKING):
        how = {"method": name, **options}
        for estimand in estimands:
            yield who, called(who, **how, estimand=estimand)
        if who == "arms":
            continue
        call = called(who, **how, estimand=estimands[0])
        shared = bool(options.get("replace"))
        yield who, {**call, "cluster": "g", **({"variance": "CR2"} if shared else {})}
        if who != "match":
            yield who, {**call, "outcome_range": (-100, 100)}
        if shared:
            yield who, {**call, "variance": "abadie_imbens", "bias_adjustment": ["x"]}
        elif name != "overlap":
            yield who, {**call, "covariates": ["k"]}
        for more in FURTHER if how["method"] in PAIRING else ():
            yield who, called(who, **{**how, **more}, estimand=estimands[0])


def test_no_match_that_leaves_out_who_lacks_a_value_is_accused() -> None:
    held, refused = [], []
    for who, call in _calls():
        data = people(who)
        try:
            result = effekt.matched_comparison(data, **call)
        except effekt.EffektError as error:
            refused.append((who, call, str(error)))
            continue
        held += [(who, call, fault) for fault in faults(result, call, len(data["u"]))]
    assert held == []
    assert refused == []


def changed(result: Any, name: str, **values: Any) -> Any:
    """The result with other values of a check."""
    others = [replace(one, values={**one.values, **values}) if one.name == name else one for one in result.diagnostics]
    return replace(result, diagnostics=tuple(others))


def told(result: Any, call: Call) -> list[Any]:
    return [fault[1:] for fault in faults(result, call) if fault[0] == 0]


@pytest.mark.parametrize("method", ["nearest", "full", "entropy_balancing"])
def test_rows_that_no_match_dropped_are_told(method: str) -> None:
    """Of a comparison that takes no row without a value as many are left out as the match says, and no more lack."""
    call = called("match", method=method)
    result = effekt.matched_comparison(people("match"), **call)
    (counts,) = (one.values for one in result.diagnostics if one.name == "matched_sample")
    n = counts["dropped"]
    assert n == result.sample.n_dropped > 0
    for other in (0, n + 1):
        forged = replace(result, sample=replace(result.sample, n_dropped=other))
        assert ("sample.n_dropped", other, n) in told(forged, call)
    fewer = changed(result, "matched_sample", dropped=n - 1)
    assert ("sample.n_dropped", n, n - 1) in told(fewer, call)
    assert any(place.endswith("_before") for place, *_ in told(fewer, call))
    for arm in ("treated", "controls"):
        place = f"diagnostics.covariate_balance.values.effective_{arm}_before"
        for count in (float(counts[arm] - n - 1), float(counts[arm] + 1)):
            forged = changed(result, "covariate_balance", **{f"effective_{arm}_before": count})
            assert (place, count) in {(where, stated) for where, stated, _ in told(forged, call)}


def test_a_match_that_takes_no_row_without_a_value_has_dropped_none() -> None:
    call = called("comparison", method="nearest")
    result = effekt.matched_comparison(people("comparison"), **call)
    forged = changed(result, "matched_sample", dropped=2)
    assert ("diagnostics.matched_sample.values.dropped", 2, 0) in told(forged, call)
