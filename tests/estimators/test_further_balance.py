"""Balance of a match in columns that it was not made on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from oracles import matching as oracle

import effekt
from effekt.exceptions import ArgumentError, DataError

ROLES = {"unit": "unit", "treatment": "d", "covariates": ["x"]}


def people(n=80):
    rng = np.random.default_rng(11)
    d = (rng.random(n) < 0.35).astype(int)
    x, z = rng.normal(size=n) + 0.5 * d, rng.normal(size=n)
    return {
        "unit": [f"u{i:02d}" for i in rng.permutation(n)],
        "d": d.tolist(),
        "x": x.tolist(),
        "z": (0.5 * x + z).tolist(),
        "b": (z > 0.3).astype(int).tolist(),
    }


MATCHES = [{}, {"replace": True, "ratio": 2}, {"method": "full", "estimand": "ATE"}, {"method": "entropy_balancing"}]


@pytest.mark.parametrize("options", MATCHES)
def test_what_was_matched_on_has_the_balance_of_the_match(options):
    data = people()
    match = effekt.match_controls(data, **ROLES, **options)
    assert match.balance_of(data, "x") == match.balance


@pytest.mark.parametrize("options", MATCHES)
def test_other_columns_are_weighted_as_the_match(options):
    data = people()
    match = effekt.match_controls(data, **ROLES, **options)
    found = match.balance_of(data, ["z", "b"])
    assert found.table["covariate"] == ("z", "b")
    weights = match.weights
    w = [weights.get(unit, 0.0) for unit in data["unit"]]
    for place, name in enumerate(("z", "b")):
        for arm, key in ((1, "treated"), (0, "control")):
            rows = [i for i, d in enumerate(data["d"]) if d == arm]
            mean = oracle.weighted_mean([data[name][i] for i in rows], [w[i] for i in rows])
            assert found.table[f"{key}_mean_after"][place] == pytest.approx(mean, rel=1e-10, abs=1e-12)
    shuffled = {name: cells[::-1] for name, cells in data.items()}
    assert match.balance_of(shuffled, ["z", "b"]) == found


def test_two_categories_of_one_column_have_no_product():
    data = people()
    match = effekt.match_controls(data, **ROLES)
    data["town"] = ["abc"[i % 3] for i in range(80)]
    found = match.balance_of(data, ["town", "b", "x"], interactions=True)
    towns = ("town: a", "town: b", "town: c")
    assert found.table["covariate"] == (
        *towns,
        "b",
        "x",
        *(f"{town} × {other}" for town in towns for other in ("b", "x")),
        "b × x",
    )


def test_squares_and_products():
    data = people()
    match = effekt.match_controls(data, **ROLES)
    found = match.balance_of(data, ["x", "z", "b"], squares=True, interactions=True)
    assert len(found.table["covariate"]) == 3 + 2 + 3


def test_refusals():
    data = people()
    match = effekt.match_controls(data, **ROLES)

    def said(error, table=data, covariates="z", of=match):
        with pytest.raises(error) as refusal:
            of.balance_of(table, covariates)
        return str(refusal.value)

    assert said(ArgumentError, covariates=[]) == "`covariates` must name at least one column; got none."
    assert said(ArgumentError, covariates="d") == "Column 'd' must play one role; it is the match's `treatment`."
    assert said(ArgumentError, of=effekt.Match.from_json(match.to_json())) == (
        "The match holds no units; restore them with `match.with_units(text)`."
    )
    used = [i for i, unit in enumerate(data["unit"]) if unit in match.weights]
    short = {name: [cell for i, cell in enumerate(cells) if i != used[0]] for name, cells in data.items()}
    assert said(DataError, short) == (
        "Column 'unit' must name every unit of the match; 1 unit had no row. Use the table that the match was made on, "
        "with further columns."
    )
    turned = data | {"d": [1 - d if i == used[0] else d for i, d in enumerate(data["d"])]}
    assert said(DataError, turned).startswith("Column 'd' must hold 1 for the treated and 0 for the controls of the")
    holes = data | {"z": [math.nan, *data["z"][1:]]}
    assert said(DataError, holes).startswith("Column 'z' must have a value in every row; 1 row did not")


@pytest.mark.parametrize("option", ["squares", "interactions"])
def test_a_yes_is_true_and_a_no_is_false(option):
    match = effekt.match_controls(people(), **ROLES)
    with pytest.raises(ArgumentError) as refusal:
        match.balance_of(people(), "z", **{option: "no"})
    assert str(refusal.value) == f"`{option}` must be True or False; got 'no'."


def test_a_summary_is_in_one_of_two_languages():
    with pytest.raises(ArgumentError) as refusal:
        effekt.match_controls(people(), **ROLES).summary("se")
    assert str(refusal.value) == "`lang` must be 'en' or 'sv'; got 'se'."
