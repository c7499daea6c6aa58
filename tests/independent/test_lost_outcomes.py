"""The second route follows a match some of whose outcomes are missing, or says that it does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import effekt
from effekt._inference import Unavailable
from effekt.independent.limits import NotRepeatedError
from effekt.independent.matches.matching import matched_comparison
from effekt.result import EffectEstimate

ROLES: Mapping[str, Any] = {"unit": "unit", "treatment": "treatment", "covariates": ["baseline", "age"]}
TABLE = effekt.datasets.observational(rng=3, n=160).table
NAMES = ("unit", "treatment", "baseline", "age", "female", "outcome")
COLUMNS: dict[str, list[Any]] = {name: list(TABLE.values(name)) for name in NAMES}
COLUMNS["outcome"] = [None if row % 9 == 4 else value for row, value in enumerate(COLUMNS["outcome"])]
COLUMNS["group"] = [f"g{row % 12}" for row in range(len(COLUMNS["unit"]))]

MATCHES: tuple[Mapping[str, Any], ...] = (
    {"method": "nearest"},
    {"method": "nearest", "ratio": 2},
    {"method": "nearest", "replace": True, "ratio": 2},
    {"method": "nearest", "replace": True, "estimand": "ATE"},
    {"method": "nearest", "replace": True, "estimand": "ATC"},
    {"method": "optimal", "ratio": 2},
    {"method": "full"},
    {"method": "subclassification", "subclasses": 4},
    {"method": "exact", "covariates": ["female"]},
    {"method": "coarsened_exact", "covariates": ["age"]},
    {"method": "entropy_balancing"},
)


WAYS: tuple[Mapping[str, Any], ...] = ({}, {"cluster": "group"}, {"variance": "CR2"}, {"covariates": ["baseline"]})
CALLS = [
    (match, way)
    for match in MATCHES
    for way in WAYS
    if not ("replace" in match and "cluster" in way)
    and not (match["method"] == "entropy_balancing" and "variance" in way)
]


@pytest.mark.parametrize(("match", "options"), CALLS, ids=str)
def test_who_is_left_is_compared_as_in_the_estimator(match: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    call = {"match": {**ROLES, **match}, "outcome": "outcome", "missing": "drop", **options}
    _same(effekt.matched_comparison(COLUMNS, **call), matched_comparison(COLUMNS, **call))


def _same(own: EffectEstimate, again: Mapping[str, Any]) -> None:
    assert float(again["treated_mean"]) == pytest.approx(own.treated_mean, rel=1e-9)
    assert float(again["counterfactual_mean"]) == pytest.approx(own.counterfactual_mean, rel=1e-9)
    assert (again.get("std_error") is None) == isinstance(own.inference, Unavailable)
    if again.get("std_error") is not None:
        assert again["std_error"] == pytest.approx(own.std_error, rel=1e-6)


@pytest.mark.parametrize("lacking", ["outcome", "group"])
def test_what_is_not_followed_is_said(lacking: str) -> None:
    call: dict[str, Any] = {"match": {**ROLES, "replace": True}, "outcome": "outcome", "missing": "drop"}
    columns = COLUMNS
    if lacking == "group":
        columns = {**COLUMNS, "group": [None, *COLUMNS["group"][1:]]}
        call["cluster"] = "group"
    else:
        call |= {"variance": "abadie_imbens", "neighbours": 1}
    with pytest.raises(NotRepeatedError, match="follows missing='drop' after a match where outcomes alone"):
        matched_comparison(columns, **call)
