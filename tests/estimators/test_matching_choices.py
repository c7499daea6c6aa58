"""No choice is ignored: each that a method reads changes something, each that it does not read is refused."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import effekt
from effekt.estimators.matching.methods import METHODS, NEUTRAL
from effekt.exceptions import ArgumentError

ROLES = {"unit": "unit", "treatment": "d", "covariates": ["x", "z"]}
OTHER = {
    "exact": ["e"],
    "tie_orders": 2,
    "distance": "mahalanobis",
    "propensity": "probit",
    "caliper": 0.05,
    "calipers": {"x": 0.5},
    "ratio": 2,
    "min_controls": 1,
    "max_controls": 2,
    "replace": True,
    "reuse": 2,
    "order": "smallest",
    "discard": "both",
    "cutpoints": {"x": 2},
    "subclasses": 2,
    "moments": 2,
}
BESIDE = {
    "reuse": {"replace": True},
    "min_controls": {"ratio": 2, "min_controls": 2, "max_controls": 3},
    "max_controls": {"ratio": 2, "min_controls": 1, "max_controls": 3},
}
"""What a choice needs beside it, and what it then differs from."""
PAIRS = [(method, choice) for method in METHODS for choice in NEUTRAL]


def people(n=60):
    """Values that several share, so that ties are broken; the treated lie higher, some beyond all controls."""
    rng = np.random.default_rng(8)
    d = (rng.random(n) < 0.35).astype(int)
    return {
        "unit": [f"u{i:02d}" for i in range(n)],
        "d": d.tolist(),
        "x": np.round(2 * rng.normal(size=n) + 2 * d).tolist(),
        "z": rng.integers(0, 3, n).tolist(),
        "e": rng.integers(0, 2, n).tolist(),
    }


def found(method, **options):
    """All that a match says but its arguments."""
    base = {"subclasses": 3} if method == "subclassification" else {}
    estimand = METHODS[method].estimands[0]
    match = effekt.match_controls(people(), **ROLES, method=method, **{**base, "estimand": estimand, **options})
    said = (match.counts, match.coefficients, match.caliper_width, match.balance, match.overlap, match.cutpoints)
    return match.units_to_json(), *map(repr, said)


@functools.cache
def without(method, choice):
    """The same of a call that leaves the choice as it is."""
    return found(method, **BESIDE.get(choice, {}))


def test_every_choice_is_tried():
    assert OTHER.keys() == NEUTRAL.keys()


@pytest.mark.parametrize(("method", "choice"), PAIRS)
def test_a_choice_is_read_or_refused(method, choice):
    beside = BESIDE.get(choice, {})
    if choice in METHODS[method].reads:
        assert found(method, **{**beside, choice: OTHER[choice]}) != without(method, choice if beside else None)
    else:
        with pytest.raises(ArgumentError, match="which does not use it"):
            found(method, **{**beside, choice: OTHER[choice]})


@pytest.mark.parametrize("method", [name for name, known in METHODS.items() if "discard" in known.reads])
def test_declared_limits_are_read(method):
    assert found(method, discard=(0.3, 0.6)) != found(method)
    assert found(method, discard=["0.3", "0.6"]) == found(method, discard=(0.3, 0.6))


@pytest.mark.parametrize("choice", ["order", "tie_orders"])
def test_nothing_waits_and_no_tie_is_broken_where_controls_are_shared_without_limit(choice):
    with pytest.raises(ArgumentError, match=f"`{choice}` must be .* with replace=True"):
        found("nearest", replace=True, **{choice: OTHER[choice]})
    assert found("nearest", replace=True, reuse=2, **{choice: OTHER[choice]}) != found("nearest", replace=True, reuse=2)
