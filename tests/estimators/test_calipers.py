"""A pair at the very limit of a caliper is within, whatever rounding makes of it; by fractions of the decimals."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

import effekt
from effekt.estimators.matching.calipers import caliper_of
from effekt.independent.matches.nearest_neighbours import match_controls as second_route

METHODS = {
    "propensity": {},
    "Mahalanobis": {"distance": "mahalanobis"},
    "with replacement": {"distance": "mahalanobis", "replace": True},
    "reuse": {"replace": True, "reuse": 2},
    "optimal": {"method": "optimal"},
    "full": {"method": "full", "distance": "mahalanobis"},
}


def people(seed: int, places: int, n: int = 60) -> dict[str, Any]:
    """Decimals of a few places, a third of people treated."""
    rng = np.random.default_rng(seed)
    x = [round(float(one), places) for one in rng.integers(0, 12, n) / 10**places]
    d = (np.arange(n) % 3 == 0).astype(float)
    return {"id": [f"p{i}" for i in range(n)], "d": d.tolist(), "x": x, "z": rng.normal(size=n).round(3).tolist()}


def written(number: float) -> Fraction:
    return Fraction(repr(number))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("first", [0.8, 1.2, -0.2, 123456.8])
def test_a_pair_at_the_limit_is_matched(method, first):
    """One step of a tenth apart; with the float of the difference above or below the float 0.1."""
    for step in range(12):
        ends = [round(first + step / 10 + shift, 1) for shift in (0.0, -0.1, 5.0, 7.2, -5.0)]
        data = {"id": list("abcde"), "d": [1, 0, 1, 0, 0], "x": ends, "z": [0.3, 0.1, 0.7, 0.2, 0.9]}
        call = {"unit": "id", "treatment": "d", "covariates": ["x", "z"], "calipers": {"x": 0.1}} | METHODS[method]
        pairs = [(pair.treated, pair.control) for pair in effekt.match_controls(data, **call).pairs]
        assert pairs == [("a", "b")]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("places", [1, 2])
@pytest.mark.parametrize("steps", [1, 3])
def test_who_has_a_match_is_who_has_someone_within(seed, places, steps):
    data, width = people(seed, places), round(steps / 10**places, places)
    found = effekt.match_controls(
        data, unit="id", treatment="d", covariates=["x", "z"], distance="mahalanobis", replace=True,
        calipers={"x": width},
    )  # fmt: skip
    rows = range(len(data["x"]))
    within = [[abs(written(data["x"][i]) - written(data["x"][j])) <= written(width) for j in rows] for i in rows]
    wanted = {data["id"][i] for i in rows if data["d"][i] and any(within[i][j] for j in rows if not data["d"][j])}
    place = {name: i for i, name in enumerate(data["id"])}
    assert {pair.treated for pair in found.pairs} == wanted
    assert all(within[place[pair.treated]][place[pair.control]] for pair in found.pairs)


@pytest.mark.parametrize(
    ("values", "width"),
    [
        ([0.8, 0.7, 0.6, 0.1, -0.3], 0.1),
        ([1e-30, 2e-30, 3.5e-30, 0.0], 1e-30),
        ([1e22, 1.1e22, 9e21], 1e21),
        ([0.1234567890123456, 0.2234567890123456, 7.0], 0.1),
        ([3.0, 4.0, 6.0], 1e300),
        ([5.0, 5.0], 1e-300),
    ],
)
def test_within_is_by_fractions(values, width):
    caliper = caliper_of(np.array(values), width)
    rows = np.arange(len(values))
    for i, j in product(rows.tolist(), rows.tolist()):
        wanted = abs(written(values[i]) - written(values[j])) <= written(width)
        assert caliper.holds(i, np.array([j])).tolist() == [wanted]
    assert caliper.holds(rows[:, None], np.tile(rows, (len(rows), 1))).dtype == bool


@pytest.mark.parametrize(("moved", "matched"), [(0.0, 4), (1e-15, 4), (-1e-15, 4), (1e-9, 4), (-1e-9, 0)])
@pytest.mark.parametrize("method", [{}, {"replace": True}, {"distance": "mahalanobis"}, {"method": "optimal"}])
def test_the_limit_of_the_logit_is_within_but_for_rounding(moved, matched, method):
    """Treated people have x = 1 or 3 and controls 0 or 2 in shares that make the logit linear, a step apart."""
    x = [1.0] * 3 + [3.0] * 9 + [0.0] * 9 + [2.0] * 3
    d = [1.0] * 12 + [0.0] * 12
    data: dict[str, Any] = {"id": [f"p{i:02}" for i in range(24)], "d": d, "x": x}
    free = effekt.match_controls(data, unit="id", treatment="d", covariates="x", caliper=9)
    step = abs(free.coefficients["x"])
    call = {"unit": "id", "treatment": "d", "covariates": "x", "caliper": 9 * step / free.caliper_width * (1 + moved)}
    try:
        found = {pair.treated for pair in effekt.match_controls(data, **call, **method).pairs}
    except effekt.exceptions.DataError:
        found = set()
    assert (len(found) > 0) == (matched > 0)
    if method == {"replace": True} and matched:
        second = second_route(data, **call, **method)
        assert len(second.controls) == len(found)
