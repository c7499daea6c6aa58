"""Covariates that are collinear, or all but: a finite effect or a refusal that names them, never an internal error."""

from __future__ import annotations

import math

import numpy as np
import pytest

import effekt
from effekt.exceptions import EffektError

N = 48
PLACES = np.arange(N)
AGE = 40.0 + PLACES * PLACES % 23
BASE = {
    "unit": PLACES.tolist(),
    "d": (PLACES % 2).tolist(),
    "received": ((PLACES % 2) * (PLACES % 10 != 3)).tolist(),
    "y": (20.0 + PLACES * 7 % 11 + PLACES % 2).tolist(),
    "age": AGE.tolist(),
}
BOTH = ["age", "again"]
ARMS = {"outcome": "y", "treatment": "d", "covariates": BOTH}
MATCH = {"unit": "unit", "treatment": "d", "covariates": BOTH}
ALONE = MATCH | {"covariates": ["age"]}
AGAIN = MATCH | {"replace": True, "distance": "mahalanobis"}
CALLS = {
    "trial": lambda data: effekt.randomized_trial(data, **ARMS),
    "additive": lambda data: effekt.randomized_trial(data, **ARMS, adjustment="additive"),
    "compliers": lambda data: effekt.complier_effect(data, **ARMS, received="received")["ITT"],
    "robust": lambda data: effekt.doubly_robust(data, **ARMS),
    "propensity": lambda data: effekt.matched_comparison(data, match=MATCH, outcome="y"),
    "balancing": lambda data: effekt.matched_comparison(
        data, match=MATCH | {"method": "entropy_balancing"}, outcome="y"
    ),
    "adjusted": lambda data: effekt.matched_comparison(data, match=ALONE, outcome="y", covariates=BOTH),
    "bias": lambda data: effekt.matched_comparison(
        data, match=AGAIN, outcome="y", variance="abadie_imbens", bias_adjustment=BOTH
    ),
}


@pytest.mark.parametrize("apart", [0.0, 1e-13, 1e-9])
@pytest.mark.parametrize("call", CALLS)
def test_no_internal_error_of_linear_algebra_comes_out(call, apart) -> None:
    data = BASE | {"again": (2 * AGE + apart * np.sin(PLACES)).tolist()}
    found, refused = None, ""
    try:
        found = CALLS[call](data)
    except EffektError as error:
        refused = str(error)
    named = any(word in refused for word in ("'again'", "'age'", "`covariates`"))
    assert named if found is None else math.isfinite(found.estimate)
