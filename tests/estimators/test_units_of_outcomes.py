"""The outcome's unit moves nothing that is relative, as far out as a table's numbers may lie."""

from __future__ import annotations

import numpy as np
import pytest

import effekt

ARMS = [1, 0] * 12 + [0] * 6
PLACES = range(len(ARMS))


def people(power):
    """Outcomes near 5 with two decimals, times ten to a power, each as near to its decimal number as a float is."""
    rng = np.random.default_rng(3)
    outcomes, x = rng.normal(5, 1, len(ARMS)).round(2), rng.normal(0, 1, len(ARMS)).round(2)
    return {
        "y": [float(f"{value:.2f}e{power}") for value in outcomes],
        "d": ARMS,
        "x": x.tolist(),
        "unit": list(PLACES),
        "cluster": [f"{i % 7}-{arm}" for i, arm in enumerate(ARMS)],
    }


def matched(method, **choices):
    match = {"unit": "unit", "treatment": "d", "covariates": ["x"], "method": method, **choices}
    return lambda table: effekt.matched_comparison(table, match=match, outcome="y")


def trial(**choices):
    return lambda table: effekt.randomized_trial(table, outcome="y", treatment="d", **choices)


METHODS = {
    "doubly robust": lambda table: effekt.doubly_robust(table, outcome="y", treatment="d", covariates="x"),
    "entropy balancing": matched("entropy_balancing"),
    "overlap": matched("overlap", estimand="ATO"),
    "full": matched("full"),
    "clusters": trial(cluster="cluster"),
    "wild bootstrap": trial(cluster="cluster", inference="wild_bootstrap"),
    "Lin": trial(covariates="x"),
}


@pytest.mark.parametrize("power", [-60, 59])
@pytest.mark.parametrize("method", METHODS)
def test_outcomes_in_another_unit(method, power):
    plain, moved = (METHODS[method](people(one)) for one in (0, power))
    assert moved.p_value() == pytest.approx(plain.p_value(), rel=1e-9)
    assert moved.df == (None if plain.df is None else pytest.approx(plain.df, rel=1e-9))
    ends, others = (one.relative().confidence_interval(0.9).intervals for one in (plain, moved))
    np.testing.assert_allclose(others, ends, rtol=1e-7)
