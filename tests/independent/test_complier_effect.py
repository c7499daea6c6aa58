"""The second route for compliers' means against the first, exact numbers, and what it refuses."""

import csv
from fractions import Fraction
from pathlib import Path

import pytest

import effekt
from effekt.exceptions import ArgumentError, DataError
from effekt.independent.complier_effect import complier_effect

GOLDENS = Path(__file__).parents[1] / "goldens" / "compliers"
NAMES = {"outcome": "y", "treatment": "z", "received": "d"}


def read(name):
    with (GOLDENS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: [row[key] for row in rows] for key in rows[0]}


@pytest.mark.parametrize("model", ["none", "lin", "additive"])
@pytest.mark.parametrize(
    ("table", "columns"),
    [("individual", {}), ("weak", {}), ("blocked", {"block": "block"}), ("clustered", {"cluster": "cluster"})],
)
def test_the_two_routes_agree(table, columns, model):
    covariates = () if model == "none" else ("x",)
    own = complier_effect(read(table), **NAMES, covariates=covariates, adjustment=model, **columns)["members"]
    path = GOLDENS / f"{table}.csv"
    other = effekt.complier_effect(path, **NAMES, covariates=covariates, adjustment=model, **columns)
    assert list(own) == list(other)
    for label, numbers in own.items():
        means = (numbers["treated_mean"], numbers["counterfactual_mean"])
        assert all(isinstance(mean, Fraction) for mean in means)
        found = (other[label].treated_mean, other[label].counterfactual_mean)
        assert found == pytest.approx(tuple(map(float, means)), rel=1e-10)
        assert other[label].estimate == pytest.approx(float(numbers["estimate"]), rel=1e-9)
        if other[label].exact is not None:
            assert (other[label].exact.treated, other[label].exact.counterfactual) == means


def test_by_hand():
    columns = {"y": ["2", "4", "9", "8", "9", "7"], "z": [1, 1, 1, 0, 0, 0], "d": [1, 1, 0, 0, 0, 0]}
    members = complier_effect(columns, **NAMES)["members"]
    assert members["CACE"] == {"treated_mean": 3, "counterfactual_mean": Fraction(15, 2), "estimate": Fraction(-9, 2)}
    assert members["first stage"]["estimate"] == Fraction(2, 3)


def test_refusals():
    columns = {"y": [2, 4, 9, 8], "z": [1, 1, 0, 0], "d": [0, 1, 1, 0]}
    with pytest.raises(DataError, match="there are no compliers"):
        complier_effect(columns, **NAMES)
    with pytest.raises(DataError, match="must hold only 0 and 1, which row 2 does not"):
        complier_effect({**columns, "d": [0, 2, 1, 0]}, **NAMES)
    with pytest.raises(ArgumentError, match="variance must be one of"):
        complier_effect(columns, **NAMES, variance="welch")
