"""The second route for several effects of one trial, member by member, against the first."""

import csv
from pathlib import Path

import pytest

import effekt
from effekt.exceptions import ArgumentError
from effekt.independent import METHODS

TABLES = Path(__file__).parents[1] / "goldens" / "several"
OVER = {
    "outcomes": {"outcome": ["days", {"column": "visits", "unit": "", "better": None}], "treatment": "d"},
    "arms": {"outcome": "days", "treatment": "arm", "arms": {"first": 1, "second": 2}, "control": 0},
    "listed": {"outcome": "days", "treatment": "arm", "arms": [2, "1"], "control": "0"},
    "subgroups": {"outcome": "days", "treatment": "d", "subgroup": "sex"},
}


def read(name):
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: [row[key] for row in rows] for key in rows[0]}


@pytest.mark.parametrize("table", ["units", "clusters"])
@pytest.mark.parametrize("over", OVER)
def test_members_are_those_of_the_first_route(over, table):
    options = OVER[over] | {"covariates": ["x"]} | ({"cluster": "cluster"} if table == "clusters" else {})
    found = METHODS["randomized_trials"](read(table), **options)["members"]
    effects = effekt.randomized_trials(effekt.read_table(TABLES / f"{table}.csv"), **options)
    assert sorted(found) == sorted(effects)
    for label, numbers in found.items():
        effect = effects[label]
        assert float(numbers["treated_mean"]) == pytest.approx(effect.treated_mean, rel=1e-10)
        assert float(numbers["counterfactual_mean"]) == pytest.approx(effect.counterfactual_mean, rel=1e-10)
        (v11, v10), (_, v00) = numbers["covariance"]
        assert (v11, v10, v00) == pytest.approx(effect.inference.covariance, rel=1e-8, abs=1e-14)


def test_a_population_that_is_not_named_is_that_of_the_first_route():
    given = OVER["subgroups"] | {"covariates": ["x"]}
    found = METHODS["randomized_trials"](read("units"), **given, population=None)
    assert found == METHODS["randomized_trials"](read("units"), **given, population="super")


def test_what_it_refuses():
    with pytest.raises(ArgumentError) as error:
        METHODS["randomized_trials"](read("units"), outcome="days", treatment="d")
    assert str(error.value) == (
        "several effects need a list of outcomes, arms with a control group, or a subgroup; give one."
    )
    with pytest.raises(ArgumentError) as error:
        METHODS["randomized_trials"](read("units"), outcome=[{"column": ["a", "b"]}], treatment="d")
    assert str(error.value) == "an outcome of a trial must be one column; name it."
