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


def counted(who: str, **options: Any) -> tuple[Any, Call, Mapping[str, Any]]:
    """A result, its call, and what its match counts."""
    call = called(who, **options)
    result = effekt.matched_comparison(people(who), **call)
    return result, call, next(one.values for one in result.diagnostics if one.name == "matched_sample")


@pytest.mark.parametrize("method", ["full", "inverse_probability"])
def test_a_match_that_counts_more_rows_than_its_table_has_is_told(method: str) -> None:
    """Whoever is compared, dropped or discarded is another row, and so is whoever has an arm."""
    result, call, n = counted("match", method=method, discard="both")
    assert n["discarded"] > 0 < n["dropped"]
    assert faults(result, call, len(people("match")["u"])) == []
    apart = sum(n[name] for name in ("matched", "controls_used", "dropped", "discarded"))
    for least in (n["treated"] + n["controls"], apart, result.sample.n_obs + result.sample.n_dropped):
        assert ("data.t.rows", least - 1) in [fault[1:3] for fault in faults(result, call, least - 1)]
    forged = changed(result, "matched_sample", dropped=200)
    forged = replace(forged, sample=replace(forged.sample, n_dropped=200))
    rows = len(people("match")["u"])
    assert ("data.t.rows", rows, f"≥ {apart - n['dropped'] + 200}") in [one[1:] for one in faults(forged, call, rows)]


@pytest.mark.parametrize("discard", [None, "both"])
def test_those_alone_are_discarded_who_are_not_compared_and_by_a_match_that_discards(discard: str | None) -> None:
    result, call, n = counted("match", method="full", discard=discard)
    most = n["treated"] + n["controls"] - n["matched"] - n["controls_used"] if discard else 0
    forged = changed(result, "matched_sample", discarded=most + 1)
    assert ("diagnostics.matched_sample.values.discarded", most + 1, f"≤ {most}") in told(forged, call)


@pytest.mark.parametrize(
    "options",
    [
        {"ratio": 2},
        {"estimand": "ATC"},
        {"replace": True, "ratio": 2},
        {"replace": True, "estimand": "ATC"},
        {"replace": True, "estimand": "ATE"},
        {"method": "full", "estimand": "ATE"},
        {"method": "optimal"},
        {"method": "subclassification", "subclasses": 2, "estimand": "ATE"},
    ],
    ids=lambda options: " ".join(map(str, options.values())),
)
def test_pairs_and_who_is_compared_are_those_of_the_sets(options: Mapping[str, Any]) -> None:
    """Of an arm whose units serve again the sets count some twice, so that they do not say how many there are."""
    result, call, n = counted("match", **options)
    place = "diagnostics.matched_sample"
    for other in (n["pairs"] - 1, n["pairs"] + 1):
        forged = changed(result, "matched_sample", pairs=other)
        assert (f"{place}.values.pairs", other, n["pairs"]) in told(forged, call)
    again, estimand = options.get("replace"), options.get("estimand", "ATT")
    for arm, name, served in (("treated", "matched", "ATT"), ("controls", "controls_used", "ATC")):
        forged = changed(result, "matched_sample", **{name: n[name] - 1})
        found = {(where, must) for where, _, must in told(forged, call)}
        assert ((f"{place}.table.sets", n[name] - 1) in found) is (not again or estimand == served), arm


def test_no_more_orders_nor_pairs_by_order_nor_short_sets_are_told_than_there_are() -> None:
    result, call, n = counted("match", ratio=2, tie_orders=3)
    place = "diagnostics.matched_sample.values"
    for name, whole in (("by_order", "pairs"), ("short", "sets")):
        forged = changed(result, "matched_sample", **{name: n[whole] + 1})
        assert (f"{place}.{name}", n[whole] + 1, f"≤ {n[whole]}") in told(forged, call)
    for given, most in ((call, 3), (called("match", ratio=2), 100)):
        result = effekt.matched_comparison(people("match"), **given)
        forged = changed(result, "tie_orders", count=most + 1)
        assert ("diagnostics.tie_orders.values.count", most + 1, f"≤ {most}") in told(forged, given)


FEW: tuple[Mapping[str, Any], ...] = (
    {"method": "nearest", "ratio": 2},
    {"method": "nearest", "order": "keyed"},
    {"method": "nearest", "distance": "mahalanobis"},
    {"method": "nearest", "exact": ["s"]},
    {"method": "nearest", "estimand": "ATC"},
    {"method": "nearest", "replace": True, "ratio": 3},
    {"method": "nearest", "replace": True, "reuse": 2, "tie_orders": 7},
    {"method": "nearest", "replace": True, "estimand": "ATC"},
    {"method": "nearest", "replace": True, "estimand": "ATE", "ratio": 2},
    {"method": "nearest", "caliper": 0.05},
    {"method": "optimal", "ratio": 2},
    {"method": "optimal", "ratio": 2, "min_controls": 1, "max_controls": 3, "tie_orders": 1},
    {"method": "optimal", "estimand": "ATC", "discard": "both"},
    {"method": "full", "estimand": "ATE", "discard": "both"},
    {"method": "full", "caliper": 0.05},
    {"method": "exact", "estimand": "ATE"},
    {"method": "coarsened_exact", "cutpoints": {"x": [0.5]}},
    {"method": "subclassification", "subclasses": 2, "discard": "treated"},
    {"method": "entropy_balancing"},
    {"method": "inverse_probability", "estimand": "ATE", "discard": "both"},
    {"method": "overlap", "estimand": "ATO"},
)
"""Ways to match few people."""


def _few() -> Iterator[Data]:
    """People so few or so alike that each serves each, many are tied, or some are like nobody; some lack a value."""
    for n, values, treated in product((4, 6, 9, 16), (1, 2, 3, 9), (2, 3)):
        x = [float((i * 5 + i // treated) % values + 20 * (i == 2 * values)) for i in range(n)]
        yield {
            "u": [f"p{i:02}" for i in range(n)],
            "z": [int(i % treated == 0) for i in range(n)],
            "x": [None if i == 3 and n > 6 else value for i, value in enumerate(x)],
            "s": [i // 2 % 2 for i in range(n)],
            "y": [None if i == 5 and n > 9 else float((i * 7) % 5) for i in range(n)],
        }


@pytest.mark.parametrize("options", FEW, ids=lambda options: " ".join(map(str, options.values())))
def test_no_match_of_few_or_of_like_people_is_accused(options: Mapping[str, Any]) -> None:
    held, made = [], 0
    for data in _few():
        call = called("both", **options)
        try:
            result = effekt.matched_comparison(data, **call)
        except effekt.EffektError:
            continue
        made += 1
        held += [(len(data["u"]), fault) for fault in faults(result, call, len(data["u"]))]
    assert held == []
    assert made > 3
