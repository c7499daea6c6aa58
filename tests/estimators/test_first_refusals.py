"""Of several things that are wrong with a call, the one that no other argument mends is told first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import effekt
from effekt.exceptions import ArgumentError, DataError

N = 40
DRAW = np.random.default_rng(1)
TABLE: dict[str, list[Any]] = {
    "unit": [f"u{i}" for i in range(N)],
    "d": [1] * 15 + [0] * 25,
    "a": DRAW.integers(20, 60, N).tolist(),
    "b": DRAW.normal(size=N).tolist(),
    "y": DRAW.normal(size=N).tolist(),
}
CALL: dict[str, Any] = {"unit": "unit", "treatment": "d", "covariates": ["a"], "salt": "s"}
SETS = ("full", "exact", "coarsened_exact", "subclassification", "optimal")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"method": "nearest", "min_controls": 1},
            "`min_controls` must be None with method 'nearest', which does not use it; got 1. It is for method "
            "'optimal'.",
        ),
        *(
            (
                {"method": method, "reuse": 2},
                f"`reuse` must be None with method '{method}', which does not use it; got 2. It is for method "
                "'nearest'.",
            )
            for method in (*SETS, "entropy_balancing", "inverse_probability")
        ),
        (
            {"method": "optimal", "subclasses": 1},
            "`subclasses` must be None with method 'optimal', which does not use it; got 1. It is for method "
            "'subclassification'.",
        ),
        (
            {"method": "optimal", "cutpoints": {"a": [40, 30]}},
            "`cutpoints` must be None with method 'optimal', which does not use it; got {'a': [40, 30]}. It is for "
            "method 'coarsened_exact'.",
        ),
        (
            {"method": "optimal", "moments": np.array([1, 2])},
            "`moments` must be None with method 'optimal', which does not use it; got array([1, 2]).",
        ),
        (
            {"method": "nearest", "estimand": "ATE", "reuse": 2},
            "`reuse` must be None with method 'nearest' and estimand 'ATE'",
        ),
        (
            {"method": "entropy_balancing", "units_digest": "x"},
            "`units_digest` must be None with method 'entropy_balancing'",
        ),
        ({"method": "nearest", "reuse": 2}, "`reuse` must be None unless replace=True; got 2."),
        (
            {"method": "optimal", "min_controls": 1},
            "`min_controls` and `max_controls` must be given together, with `ratio` their average.",
        ),
        ({"method": "subclassification", "subclasses": 1}, "`subclasses` must be an integer of at least 2; got 1."),
    ],
)
def test_a_choice_that_a_method_does_not_use_is_told_before_its_value(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ArgumentError) as error:
        effekt.match_controls(TABLE, **CALL, **given)
    assert str(error.value).startswith(told)


@pytest.mark.parametrize(("treated", "arm"), [(1, "treated"), (2, "treated"), (N - 2, "control"), (N - 1, "control")])
def test_an_arm_with_too_few_rows_for_any_covariate_is_told_so(treated: int, arm: str) -> None:
    table = {**TABLE, "d": [1] * treated + [0] * (N - treated)}
    rows = min(treated, N - treated)
    with pytest.raises(DataError) as error:
        effekt.doubly_robust(
            table, outcome="y", treatment="d", covariates=["a"], estimand="ATE", variance="m_estimation"
        )
    assert str(error.value) == (
        "`covariates` must be at least one and fewer than the rows of each arm less one, which takes three rows; the "
        f"{arm} arm has {rows}. Give more rows."
    )


def test_three_rows_of_an_arm_are_enough_for_one_covariate() -> None:
    table = {**TABLE, "d": [1] * 3 + [0] * (N - 3)}
    call: dict[str, Any] = {"outcome": "y", "treatment": "d", "estimand": "ATE", "variance": "m_estimation"}
    effekt.doubly_robust(table, covariates=["a"], **call)
    with pytest.raises(DataError, match=r"the treated arm has 3 rows for 2 covariates. Name fewer."):
        effekt.doubly_robust(table, covariates=["a", "b"], **call)


def test_the_outcomes_of_a_match_are_not_to_be_dropped_where_none_would_be_left() -> None:
    match = effekt.match_controls(TABLE, **CALL, method="nearest")
    with pytest.raises(DataError, match=r"it has none in any row. Complete the data.$"):
        effekt.matched_comparison({**TABLE, "y": [None] * N}, match=match, outcome="y")
    some = {**TABLE, "y": [None] * 20 + TABLE["y"][20:]}
    with pytest.raises(DataError, match="or pass missing='drop' to leave such rows out and have them counted"):
        effekt.matched_comparison(some, match=match, outcome="y")
    others = {**TABLE, "unit": [f"v{i}" for i in range(N)]}
    with pytest.raises(DataError, match=r"Give the rows of all of them; with missing='drop' none would be left.$"):
        effekt.matched_comparison(others, match=match, outcome="y")
