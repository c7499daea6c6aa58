"""A choice that an estimator fills in where it is left out is what its result must record, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from effekt.workflow.rules.recorded import argument_faults

LEARNT: Mapping[str, Any] = {
    "outcome": "y",
    "treatment": "d",
    "covariates": ["x"],
    "learner": "random_forest",
    "rng": 3,
}
FOLDED: Mapping[str, Any] = {**LEARNT, "outcome": {"column": "y"}, "folds": 5, "repeats": 5, "variance": "cross_fitted"}


@pytest.mark.parametrize("written", [{}, {"folds": 5}, {"repeats": 5}, {"folds": None, "repeats": None}])
def test_folds_and_repeats_that_a_learner_fills_in_are_held_against_nobody(written: Mapping[str, Any]) -> None:
    assert list(argument_faults("doubly_robust", FOLDED, {**LEARNT, **written})) == []


@pytest.mark.parametrize(("name", "stated"), [("folds", 7), ("repeats", 9), ("repeats", None)])
def test_another_number_than_is_filled_in_is_told(name: str, stated: int | None) -> None:
    assert list(argument_faults("doubly_robust", {**FOLDED, name: stated}, LEARNT)) == [
        (f"arguments.{name}", stated, 5)
    ]


def test_folds_that_are_recorded_without_a_learner_are_told() -> None:
    plain = {"learner": "parametric", "rng": None}
    found = argument_faults("doubly_robust", {**FOLDED, **plain, "repeats": None}, {**LEARNT, **plain})
    assert list(found) == [("arguments.folds", 5, None)]
