"""What a combination leaves of means that cancel: a fraction where the means are fractions, else 0, in both routes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import every_check
import numpy as np
import pytest

import effekt
from effekt import independent
from effekt.independent.trials.published_comparison import combined

Data = Mapping[str, Any]
MEANS = ("treated_mean", "counterfactual_mean")


def _people() -> Data:
    rng, n = np.random.default_rng(1), 60
    y, z, x = (np.round(rng.normal(middle, 2, n), 2).tolist() for middle in (10, 7, 0))
    more = {"half": [i // 30 for i in range(n)], "w": [1 + i % 3 for i in range(n)], "one": ["a"] * n}
    return {"y": y, "z": z, "x": x, "d": [1, 0] * 30, "s": ["m" if i % 4 < 2 else "k" for i in range(n)], **more}


TRIALS = {"outcome": ["y", "z"], "treatment": "d", "estimand": "ATE", "population": "finite", "adjustment": "none"}
LINEAR = {"adjustment": "lin", "covariates": ["x"]}
PUBLISHED = {"c": ["a", "a", "b", "b"], "d": [1, 0, 1, 0], "n": [30, 40, 20, 10], "m": [100, 100, 70, 50]}
STARTS = {**every_check.TREND, "start": "s"}
CASES: dict[str, tuple[str, Data, dict[str, Any], bool]] = {
    "means": ("randomized_trials", _people(), TRIALS, True),
    "covariates": ("randomized_trials", _people(), TRIALS | LINEAR, False),
    "additive": ("randomized_trials", _people(), TRIALS | LINEAR | {"adjustment": "additive"}, False),
    "blocks": ("randomized_trials", _people(), TRIALS | {"block": "half"}, False),
    "one block": ("randomized_trials", _people(), TRIALS | {"block": "one"}, False),
    "weights": ("randomized_trials", _people(), TRIALS | {"weights": {"column": "w", "kind": "sampling"}}, True),
    "subgroups": ("randomized_trials", _people(), TRIALS | {"outcome": "y", "subgroup": "s"}, True),
    "subgroups, lin": ("randomized_trials", _people(), TRIALS | LINEAR | {"outcome": "y", "subgroup": "s"}, False),
    "panel": ("event_study", every_check.panel(), every_check.ADOPTED, True),
    "other people": (
        "event_study",
        every_check.panel(),
        every_check.ADOPTED | {"sampling": "repeated_cross_sections", "covariates": ["a"]},
        False,
    ),
    "cohorts": ("staggered_adoption", every_check.panel(n=30, adopt=(4, 5, None)), STARTS, False),
    "imputed": (
        "staggered_adoption",
        every_check.panel(n=30, adopt=(4, 5, None)),
        STARTS | {"estimator": "imputation"},
        False,
    ),
    "published": ("published_comparison", PUBLISHED, {"outcome": ("n", "m"), "cohort": "c", "treatment": "d"}, True),
}


@pytest.mark.parametrize("name", CASES)
def test_both_routes_keep_a_rest_or_neither_does(name: str) -> None:
    method, data, call, is_exact = CASES[name]
    one, numbers = getattr(effekt, method)(data, **call), independent.METHODS[method](data, **call)
    first, second = one.labels[:2]
    for mean in MEANS:
        near = Fraction(getattr(one[first], mean)) / Fraction(getattr(one[second], mean)) * (1 + Fraction(1, 10**13))
        weights = {first: Fraction(1), second: -near}
        effect = one.combine(weights)
        joint = numbers.get("combine")
        again: Mapping[str, Any] = combined(numbers["members"], weights) if joint is None else joint(weights)
        assert (getattr(effect, mean) != 0) == is_exact
        assert float(again[mean]) == getattr(effect, mean)
