"""Where all receive what they were assigned, no control does: a common regression leaves rounding of that 0."""

from __future__ import annotations

from fractions import Fraction

import pytest
from held_against import faults

import effekt
from effekt.exceptions import ViewUnavailableError
from effekt.independent import METHODS
from effekt.independent.statistics import bound, mean_statistic, p_value, view_of

DATA = {
    "y": [4.0, 5.0, 5.0, 2.0, 0.0, 6.0, 3.0, 2.0, 5.0, 0.0, 4.0, 4.0],
    "d": [0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1],
    "f": [1, 1, 2, 1, 2, 1, 1, 1, 2, 1, 1, 2],
    "x": [-0.1, 0.8, -0.2, 0.0, 0.1, 0.6, 0.0, -1.5, 1.8, 0.7, -0.8, 0.2],
    "c": ["c00", "c03", "c12", "c10", "c05", "c11", "c13", "c05", "c15", "c12", "c01", "c14"],
}
DATA["r"] = DATA["d"]
GIVEN = {
    "outcome": "y",
    "treatment": "d",
    "received": "r",
    "cluster": "c",
    "cluster_weighted": True,
    "weights": {"column": "f", "kind": "sampling"},
    "covariates": "x",
    "adjustment": "additive",
    "inference": "randomization",
    "rng": 1,
}


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
@pytest.mark.parametrize("step", range(6))
def test_a_share_of_zero_but_for_rounding_has_no_ratio_by_either_route(estimand, step):
    """The ratio was refused, or 10^16 with ends that verification held against it, by the sign of the rounding."""
    table = DATA | {"x": [round(x * (1 + step), 1) for x in DATA["x"]]}
    given = GIVEN | {"estimand": estimand}
    found = effekt.complier_effect(table, **given)
    first = found["first stage"]
    assert abs(first.counterfactual_mean) < 1e-14
    for name in ("ratio", "relative"):
        with pytest.raises(ViewUnavailableError, match="needs a positive counterfactual mean; it is"):
            getattr(first, name)()
    second = METHODS["complier_effect"](table, **given)["members"]["first stage"]
    view = view_of("ratio", None, Fraction(1))
    assert mean_statistic(second, view, "estimate") is None
    assert p_value(second, view, None, "two-sided") is None
    assert bound(second, view, "confidence_low", Fraction(4, 5), "two-sided") is None
    assert faults(found, given | {"outcome": {"column": "y"}}, 12) == []


@pytest.mark.parametrize("left", ["1/1000000000000", "0", "-1"])
def test_the_second_route_has_no_ratio_to_what_is_nothing_beside_the_treated_mean(left):
    numbers = {"treated_mean": Fraction(3), "counterfactual_mean": Fraction(left)}
    assert mean_statistic(numbers, view_of("ratio", None, Fraction(1)), "estimate") is None
    assert mean_statistic(numbers, view_of("difference", None, Fraction(1)), "estimate") == 3 - Fraction(left)
